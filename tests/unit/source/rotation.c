/* SPDX-License-Identifier: Apache-2.0 */
/* Which names are rotated logs, and in what order they were written. */
#include "source/rotation.h"

#include "check.h"

static const char *names(void)
{
    static const struct {
        const char *base, *name;
        bool rotated, packed;
        stk_rotated_style style;
        uint64_t order;
    } table[] = {
        { "access.log", "access.log.1", true, false, STK_ROTATED_INDEX, 1 },
        { "access.log", "access.log.12.gz", true, true, STK_ROTATED_INDEX, 12 },
        { "access.log", "access.log.old", true, false, STK_ROTATED_INDEX, 1 },
        { "access.log", "access.1.log", true, false, STK_ROTATED_INDEX, 1 },
        { "access.log", "access.log-20260101", true, false, STK_ROTATED_DATE, 202601010000000000 },
        { "access.log", "access.log-20260101.zst", true, true, STK_ROTATED_DATE,
          202601010000000000 },
        { "access.log", "access-20260101.log", true, false, STK_ROTATED_DATE, 202601010000000000 },
        { "access.log", "access.log.2026-01-01T03", true, false, STK_ROTATED_DATE,
          202601010300000000 },
        { "access_log", "access_log.1767225600", true, false, STK_ROTATED_DATE,
          176722560000000000 },
        { "access_log", "access_log.1", true, false, STK_ROTATED_INDEX, 1 },
        { "access.log", "access.log", false, false, 0, 0 },
        { "access.log", "access.log.gz", false, false, 0, 0 },
        { "access.log", "access.log.bak", false, false, 0, 0 },
        { "access.log", "access.log.1.swp", false, false, 0, 0 },
        { "access.log", "access.log1", false, false, 0, 0 },
        { "access.log", "error.log.1", false, false, 0, 0 },
        { "access.log", "access.log.", false, false, 0, 0 },
        { "", ".1", true, false, STK_ROTATED_INDEX, 1 },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        stk_rotated r = { .order = 99 };
        bool rotated = stk_rotated_name((stk_str){ table[i].base, strlen(table[i].base) },
                                        (stk_str){ table[i].name, strlen(table[i].name) }, &r);
        if (rotated != table[i].rotated)
            printf("# %s\n", table[i].name);
        CHECK(rotated == table[i].rotated);
        CHECK(!rotated || (r.packed_name == table[i].packed && r.style == table[i].style &&
                           r.order == table[i].order));
    }
    return NULL;
}

static const char *order(void)
{
    stk_rotated one = { .style = STK_ROTATED_INDEX, .order = 1, .changed_at = 5 };
    stk_rotated two = { .style = STK_ROTATED_INDEX, .order = 2, .changed_at = 9 };
    stk_rotated day = { .style = STK_ROTATED_DATE, .order = 2026, .changed_at = 7 };
    stk_rotated later = { .style = STK_ROTATED_DATE, .order = 2027, .changed_at = 1 };
    CHECK(stk_rotated_newer(&one, &two) && !stk_rotated_newer(&two, &one));
    CHECK(stk_rotated_newer(&later, &day) && !stk_rotated_newer(&day, &later));
    CHECK(stk_rotated_newer(&day, &one) && stk_rotated_newer(&two, &day)); /* by time */
    CHECK(!stk_rotated_newer(&one, &one));
    return NULL;
}

static const char *paths(void)
{
    char out[32];
    CHECK(stk_rotated_path("/var/log/access.log", "access.log.1", out, sizeof out));
    CHECK(strcmp(out, "/var/log/access.log.1") == 0);
    CHECK(stk_rotated_path("access.log", "b", out, sizeof out) && strcmp(out, "b") == 0);
    CHECK(!stk_rotated_path("/var/log/access.log", "0123456789012345678901234", out, sizeof out));
    return NULL;
}

static const check_test tests[] = {
    { "names", names },
    { "order", order },
    { "paths", paths },
};
CHECK_MAIN(tests)
