/* SPDX-License-Identifier: Apache-2.0 */
/* Option tables: defaults, every kind, ranges, units, suggestions. */
#include "base/spec.h"

#include "check.h"

typedef struct config {
    int64_t count, window_us, budget, mode;
    double share, factor;
    stk_str name;
    bool on;
} config;

static const stk_spec table[] = {
    { "count", STK_INT, offsetof(config, count), "5", "-1", "100", "How many." },
    { "window", STK_DURATION_US, offsetof(config, window_us), "90s", "1s", "7d", "How long." },
    { "budget", STK_BYTES, offsetof(config, budget), "64k", NULL, "1G", "How much." },
    { "mode", STK_CHOICE, offsetof(config, mode), "fast", "slow|fast|exact", NULL, "Which." },
    { "share", STK_RATIO, offsetof(config, share), "0.25", NULL, NULL, "What part." },
    { "factor", STK_RATIO, offsetof(config, factor), "3", "1", "10", "How often." },
    { "name", STK_STRING, offsetof(config, name), "shop", NULL, NULL, "What." },
    { "on", STK_BOOL, offsetof(config, on), "true", NULL, NULL, "Whether." },
};

static const char *defaults(void)
{
    config c;
    memset(&c, 0xa5, sizeof c);
    stk_spec_defaults(table, STK_COUNT(table), &c);
    CHECK(c.count == 5 && c.window_us == 90000000 && c.budget == 65536 && c.mode == 1);
    CHECK(c.share == 0.25 && c.factor == 3.0 && stk_str_eq(c.name, STK_S("shop")) && c.on);
    return NULL;
}

static const char *values(void)
{
    static const struct {
        const char *key, *value;
        stk_status status;
        const char *says;
    } cases[] = {
        { "count", "-1", STK_OK, "" },
        { "count", "101", STK_ERR_INVALID, "count must be -1 to 100" },
        { "count", "5x", STK_ERR_INVALID, "whole number, not '5x'" },
        { "count", "", STK_ERR_INVALID, "whole number" },
        { "count", "99999999999999999999", STK_ERR_INVALID, "whole number" },
        { "count", "1s", STK_ERR_INVALID, "whole number" },
        { "window", "250ms", STK_ERR_INVALID, "window must be 1s to 7d" },
        { "window", "15m", STK_OK, "" },
        { "window", "90", STK_ERR_INVALID, "duration such as" },
        { "window", "8d", STK_ERR_INVALID, "1s to 7d" },
        { "budget", "512", STK_OK, "" },
        { "budget", "0", STK_OK, "" },
        { "budget", "-1k", STK_ERR_INVALID, "0 to 1G" },
        { "budget", "2G", STK_ERR_INVALID, "0 to 1G" },
        { "budget", "9223372036854775807G", STK_ERR_INVALID, "size in bytes" },
        { "mode", "exact", STK_OK, "" },
        { "mode", "exac", STK_ERR_INVALID, "slow|fast|exact" },
        { "mode", "", STK_ERR_INVALID, "one of" },
        { "share", "1", STK_OK, "" },
        { "share", "1.01", STK_ERR_INVALID, "share must be 0 to 1" },
        { "share", "0.", STK_ERR_INVALID, "decimal" },
        { "share", ".5", STK_ERR_INVALID, "decimal" },
        { "share", "nan", STK_ERR_INVALID, "decimal" },
        { "share", "1e-3", STK_ERR_INVALID, "decimal" },
        { "factor", "0.5", STK_ERR_INVALID, "1 to 10" },
        { "on", "yes", STK_ERR_INVALID, "true or false" },
        { "on", "false", STK_OK, "" },
        { "windw", "1s", STK_ERR_MISSING, "did you mean 'window'" },
        { "colour", "1s", STK_ERR_MISSING, "unknown option 'colour'" },
    };
    for (size_t i = 0; i < STK_COUNT(cases); i++) {
        config c = { .count = 7, .share = 0.125 }, before = c;
        stk_error err = { 0 };
        stk_status status = stk_spec_set(table, STK_COUNT(table), &c,
                                         (stk_str){ cases[i].key, strlen(cases[i].key) },
                                         (stk_str){ cases[i].value, strlen(cases[i].value) }, &err);
        if (status != cases[i].status || strstr(err.text, cases[i].says) == NULL)
            printf("# case %zu: %d %s\n", i, status, err.text);
        CHECK(status == cases[i].status && strstr(err.text, cases[i].says) != NULL);
        CHECK(status == STK_OK || memcmp(&c, &before, sizeof c) == 0);
    }
    config c;
    stk_error err;
    CHECK(stk_spec_set(table, STK_COUNT(table), &c, STK_S("window"), STK_S("7d"), &err) == STK_OK);
    CHECK(c.window_us == INT64_C(7) * 86400 * 1000000);
    CHECK(stk_spec_set(table, STK_COUNT(table), &c, STK_S("share"), STK_S("0.001"), &err) ==
          STK_OK);
    CHECK(c.share == 0.001);
    return NULL;
}

static const char *nearest(void)
{
    static const char *const names[] = { "contains", "startswith", "re", "equals" };
    CHECK(stk_nearest(STK_S("contians"), names, 4) == names[0]);
    CHECK(stk_nearest(STK_S("CONTAINS"), names, 4) == names[0]);
    CHECK(stk_nearest(STK_S("startwith"), names, 4) == names[1]);
    CHECK(stk_nearest(STK_S("equls"), names, 4) == names[3]);
    CHECK(stk_nearest(STK_S("xx"), names, 4) == NULL);
    CHECK(stk_nearest(STK_S("banana"), names, 4) == NULL);
    CHECK(stk_nearest(STK_S(""), names, 4) == NULL);
    char lengthy[1000];
    memset(lengthy, 'a', sizeof lengthy);
    CHECK(stk_nearest((stk_str){ lengthy, sizeof lengthy }, names, 4) == NULL);
    return NULL;
}

static const check_test tests[] = {
    { "defaults", defaults },
    { "values, ranges and units", values },
    { "the nearest name", nearest },
};
CHECK_MAIN(tests)
