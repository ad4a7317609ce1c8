/* SPDX-License-Identifier: Apache-2.0 */
/* Columns come back as they were, whatever is in them; damaged ones are refused. */
#include "protect/column.h"

#include "base/hash.h"
#include "check.h"
#include "protect/dictionary.h"

enum { ROWS = 1000 };

static bool numbers_return(const int64_t *v, size_t count, bool differences, size_t *ret_bytes)
{
    stk_auto_buf out = stk_buf_init(1 << 20);
    int64_t back[ROWS];
    stk_column_put_numbers(&out, v, count, differences);
    stk_cursor in = stk_cursor_of(stk_buf_str(&out));
    *ret_bytes = out.len;
    return !out.failed && stk_column_get_numbers(&in, back, count) && in.ptr == in.end &&
           (count == 0 || memcmp(v, back, count * sizeof *v) == 0);
}

static const char *test_numbers(void)
{
    int64_t v[ROWS];
    size_t bytes;
    for (int pattern = 0; pattern < 8; pattern++) {
        for (size_t i = 0; i < ROWS; i++) {
            int64_t k = (int64_t)i, any = (int64_t)stk_mix64(i + 1);
            int64_t values[8] = { 7,
                                  k * 3,
                                  INT64_MIN,
                                  any,
                                  k * 1000000 + (k % 3) * 2000000,
                                  any % 1000,
                                  k % 2 ? INT64_MIN : INT64_MAX,
                                  k * 5000 - k % 2 * 1000 };
            v[i] = values[pattern];
        }
        for (size_t count = 0; count <= ROWS; count = count * 2 + 1) {
            CHECK(numbers_return(v, count, true, &bytes));
            CHECK(numbers_return(v, count, false, &bytes));
        }
        CHECK(numbers_return(v, ROWS, true, &bytes));
        if (pattern < 3)
            CHECK(bytes < 24); /* constant or linear */
        if (pattern == 4)
            CHECK(bytes < ROWS + 24); /* one byte each, by the scale */
    }
    return NULL;
}

static const char *test_ids(void)
{
    uint16_t ids[ROWS], back[ROWS];
    for (int pattern = 0; pattern < 5; pattern++) {
        for (size_t i = 0; i < ROWS; i++) {
            uint16_t values[5] = { 0, 9, (uint16_t)(i + 1), (uint16_t)(i % 7),
                                   (uint16_t)(ROWS - i) };
            ids[i] = values[pattern];
        }
        for (size_t count = 0; count <= ROWS; count = count * 2 + 1) {
            stk_auto_buf out = stk_buf_init(1 << 20);
            stk_column_put_ids(&out, ids, count);
            stk_cursor in = stk_cursor_of(stk_buf_str(&out));
            CHECK(stk_column_get_ids(&in, back, count, ROWS) && in.ptr == in.end);
            CHECK(count == 0 || memcmp(ids, back, count * sizeof *ids) == 0);
            stk_cursor small = stk_cursor_of(stk_buf_str(&out));
            if (count > 20 && pattern != 0)
                CHECK(!stk_column_get_ids(&small, back, count, 5)); /* over the most */
            for (size_t cut = 0; cut < out.len; cut++) {
                stk_cursor part = stk_cursor_of((stk_str){ out.ptr, cut });
                CHECK(!stk_column_get_ids(&part, back, count, ROWS));
            }
        }
    }
    return NULL;
}

static const char *test_dictionary(void)
{
    stk_dictionary d = { 0 };
    bool fresh;
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 1; i <= STK_BATCH_EVENTS; i++) {
            uint64_t hash = i % 3 ? stk_mix64(i)
                                  : (uint64_t)i; /* a third of them collide in slots */
            CHECK(stk_dictionary_of(&d, hash, &fresh) == i && fresh);
            CHECK(stk_dictionary_of(&d, hash, &fresh) == i && !fresh);
            if (i % 5 == 0) {
                stk_dictionary_undo(&d);
                CHECK(stk_dictionary_of(&d, hash, &fresh) == i && fresh);
            }
        }
        CHECK(stk_dictionary_of(&d, 1, &fresh) == 0); /* full: 1 was mixed and is not in it */
        stk_dictionary_clear(&d);
    }
    stk_dictionary_done(&d);
    return NULL;
}

static const check_test tests[] = {
    { "columns of numbers", test_numbers },
    { "columns of dictionary numbers", test_ids },
    { "dictionaries", test_dictionary },
};
CHECK_MAIN(tests)
