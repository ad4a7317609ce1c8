/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of fixed size: how far off they are. */
#include "learn/sketch.h"

#include "base/hash.h"
#include "check.h"

#include <math.h>

static const char *buckets_leak(void)
{
    stk_bucket b = { 0 };
    CHECK(stk_bucket_add(&b, 100, 5.0f, 0.5f) == 5.0f);
    CHECK(stk_bucket_add(&b, 104, 1.0f, 0.5f) == 4.0f);
    CHECK(stk_bucket_add(&b, 50, 1.0f, 0.5f) == 5.0f); /* a late event leaks nothing */
    CHECK(stk_bucket_add(&b, 1000, 0.0f, 0.5f) == 0.0f);
    CHECK(stk_bucket_add(&b, 1000, -3.0f, 0.5f) == 0.0f);
    return NULL;
}

static const char *distinct_counts_are_near(void)
{
    static const unsigned sizes[] = { 1, 5, 12, 40, 100, 1000, 20000, 300000 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        double squares = 0.0;
        for (unsigned round = 0; round < 20; round++) {
            stk_distinct d = { { 0 } };
            for (unsigned i = 0; i < sizes[s]; i++) {
                uint64_t hash = stk_mix64(((uint64_t)round << 32) + i + 1);
                (void)stk_distinct_add(&d, hash);
                CHECK(!stk_distinct_add(&d, hash));
            }
            double off = (stk_distinct_count(&d) - sizes[s]) / sizes[s];
            squares += off * off / 20.0;
        }
        CHECK(sqrt(squares) < (sizes[s] < 150 ? 0.12 : 0.16));
    }
    return NULL;
}

static const char *a_filter_forgets_in_time(void)
{
    stk_lately l = { { 0 }, 0 };
    unsigned wrong = 0;
    for (unsigned i = 1; i <= 10000; i++)
        wrong += !stk_lately_new(&l, stk_mix64(i));
    CHECK(wrong < 600);
    CHECK(stk_lately_new(&l, stk_mix64(77777)) && !stk_lately_new(&l, stk_mix64(77777)));
    return NULL;
}

static const char *few_are_counted(void)
{
    uint64_t bits = 0;
    CHECK(stk_few_count(bits) == 0.0);
    stk_few_add(&bits, 3);
    stk_few_add(&bits, 67); /* the same of 64 */
    CHECK(stk_few_count(bits) > 0.9 && stk_few_count(bits) < 1.1);
    CHECK(stk_few_count(UINT64_MAX) > 60.0);
    return NULL;
}

static const check_test tests[] = {
    { "a bucket leaks with time and never below nothing", buckets_leak },
    { "distinct counts are near, from one to 300,000", distinct_counts_are_near },
    { "the filter of late pages says yes wrongly in few cases", a_filter_forgets_in_time },
    { "few things are counted in eight bytes", few_are_counted },
};
CHECK_MAIN(tests)
