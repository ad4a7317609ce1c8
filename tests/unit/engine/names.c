/* SPDX-License-Identifier: Apache-2.0 */
/* Names of entities: bounded, the newest kept, the ones in use kept. */
#include "engine/names.h"

#include "check.h"

static stk_key key_of(uint64_t n)
{
    return (stk_key){ .type = STK_KEY_ADDRESS, .hash = stk_mix64(n + 1) };
}

static void add(stk_names *names, uint64_t n)
{
    char text[32];
    int len = snprintf(text, sizeof text, "name-%llu", (unsigned long long)n);
    stk_names_add(names, key_of(n), (stk_str){ text, (size_t)len });
}

static bool is_known(const stk_names *names, uint64_t n)
{
    char text[32];
    int len = snprintf(text, sizeof text, "name-%llu", (unsigned long long)n);
    const stk_personal *name = stk_names_get(names, key_of(n));
    return name != NULL && stk_str_eq(name->raw, (stk_str){ text, (size_t)len });
}

static const char *test_newest_are_kept(void)
{
    stk_names *names = stk_names_new();
    CHECK(names != NULL && stk_names_get(names, key_of(0)) == NULL &&
          !stk_names_keep(names, key_of(0)));
    uint64_t n = 0, known = 0;
    for (; n < 3 * (uint64_t)STK_NAMES_MAX; n++) {
        add(names, n);
        if (n % 1000 == 0)
            CHECK(stk_names_keep(names, key_of(0))); /* in use: never forgotten */
    }
    CHECK(is_known(names, 0));
    for (uint64_t i = 1; i < n; i++)
        known += stk_names_get(names, key_of(i)) != NULL;
    CHECK(known <= STK_NAMES_MAX);
    for (uint64_t i = n - STK_NAMES_MAX / 2 + 1; i < n; i++)
        CHECK(is_known(names, i));
    stk_names_free(names);
    return NULL;
}

static const char *test_first_name_stays_and_is_cut(void)
{
    char longer[2 * STK_NAME_BYTES];
    memset(longer, 'a', sizeof longer);
    stk_names *names = stk_names_new();
    CHECK(names != NULL);
    stk_names_add(names, key_of(7), (stk_str){ longer, sizeof longer });
    stk_names_add(names, key_of(7), STK_S("other"));
    CHECK(stk_names_get(names, key_of(7))->raw.len == STK_NAME_BYTES);
    stk_names_free(names);
    stk_names_free(NULL);
    return NULL;
}

static const check_test tests[] = {
    { "newest are kept", test_newest_are_kept },
    { "first name stays and is cut", test_first_name_stays_and_is_cut },
};
CHECK_MAIN(tests)
