/* SPDX-License-Identifier: Apache-2.0 */
/* Names, the short list of findings, and reasons in words. */
#include "check.h"
#include "model/incident.h"

static const stk_rule_info rules[20] = {
#define R(n)                                                                                       \
    {                                                                                              \
        .id = { "rule." #n, sizeof("rule." #n) - 1 }                                               \
    }
    R(0),  R(1),  R(2),  R(3),  R(4),  R(5),  R(6),  R(7),  R(8),  R(9),
    R(10), R(11), R(12), R(13), R(14), R(15), R(16), R(17), R(18), R(19),
};

static const char *names(void)
{
    stk_severity severity;
    CHECK(stk_severity_named(STK_S("critical"), &severity) && severity == STK_CRITICAL);
    CHECK(!stk_severity_named(STK_S("criticals"), &severity));
    for (int i = 0; i < STK_INCIDENT_KINDS; i++) {
        const char *name = stk_incident_kind_name((stk_incident_kind)i);
        stk_incident_kind back;
        CHECK(stk_incident_kind_named((stk_str){ name, strlen(name) }, &back) && (int)back == i);
        CHECK(strlen(stk_incident_kind_label(back, STK_EN)) > 0);
        CHECK(strlen(stk_incident_kind_label(back, STK_ZH)) > 0);
    }
    CHECK(strcmp(stk_stage_name(STK_STAGE_REACHED), "reached") == 0);
    return NULL;
}

static const char *short_list(void)
{
    static stk_findings list;
    list = (stk_findings){ 0 };
    for (int i = 0; i < 20; i++) {
        stk_finding f = { .rule = &rules[i], .confidence = i < 18 ? 0.5 : 0.9 };
        f.where.place = "query";
        stk_findings_add(&list, &f);
    }
    CHECK(list.count == STK_FINDINGS_PER_UNIT && list.dropped == 4);
    CHECK(list.item[0].rule == &rules[0]);
    CHECK(list.item[15].rule == &rules[18] && list.item[14].rule == &rules[19]);
    stk_finding again = { .rule = &rules[0], .confidence = 0.4, .where.place = "query" };
    stk_findings_add(&list, &again);
    CHECK(list.item[0].confidence == 0.5);
    again.confidence = 0.8;
    stk_findings_add(&list, &again);
    CHECK(list.item[0].confidence == 0.8 && list.dropped == 4);
    return NULL;
}

static bool named(const void *ctx, size_t index, stk_lang lang, stk_buf *out)
{
    (void)lang;
    if (index != 1)
        return false;
    stk_buf_add(out, STK_S("the till of "));
    stk_buf_add(out, *(const stk_str *)ctx);
    return true;
}

/* The message under test is any with {0}: what is checked is the argument inside of it. */
static bool holds(const stk_arg *arg, stk_lang lang, bool clear, const char *text)
{
    static const stk_str shop = { "a shop", 6 };
    stk_namer namer = { named, &shop };
    stk_auto_buf out = stk_buf_init(4096);
    stk_reason reason = { .message = STK_MSG_ONE_ARGUMENT, .args = { *arg } };
    stk_reason_render_named(&reason, lang, clear, &namer, &out);
    stk_buf_char(&out, '\0');
    return strcmp(out.ptr, text) == 0;
}

static const char *words(void)
{
    CHECK(holds(&STK_ARG_I(11964), STK_EN, true, "11,964"));
    CHECK(holds(&STK_ARG_I(-123), STK_EN, true, "-123"));
    CHECK(holds(&STK_ARG_I(-1234567), STK_EN, true, "-1,234,567"));
    CHECK(holds(&STK_ARG_I(INT64_MIN), STK_EN, true, "-9,223,372,036,854,775,808"));
    CHECK(holds(&STK_ARG_R_(0.123456), STK_EN, true, "0.123"));
    CHECK(holds(&STK_ARG_R_(12345.6), STK_EN, true, "12,346"));
    CHECK(holds(&STK_ARG_D(2 * STK_HOUR + 10 * STK_MINUTE + 5), STK_EN, true, "2 h 10 min"));
    CHECK(holds(&STK_ARG_D(2 * STK_HOUR + 10 * STK_MINUTE), STK_ZH, true, "2 小时 10 分"));
    CHECK(holds(&STK_ARG_D(45 * STK_SECOND), STK_ZH, true, "45 秒"));
    CHECK(holds(&STK_ARG_D(1500 * STK_MS), STK_EN, true, "1 s"));
    CHECK(holds(&STK_ARG_D(0), STK_EN, true, "1 s"));
    CHECK(holds(&STK_ARG_E(1), STK_EN, true, "the till of a shop"));
    CHECK(holds(&STK_ARG_E(2), STK_EN, true, "[3]"));
    stk_arg kind = { .kind = STK_ARG_KIND, .u.i = STK_INCIDENT_SQLI };
    CHECK(holds(&kind, STK_EN, true, "SQL injection") && holds(&kind, STK_ZH, true, "SQL 注入"));
    stk_arg clause = { .kind = STK_ARG_MESSAGE, .u.i = STK_MESSAGES };
    CHECK(holds(&clause, STK_EN, true, ""));
    stk_arg at = { .kind = STK_ARG_TIME, .u.i = 0 };
    CHECK(holds(&at, STK_EN, true, "1970-01-01T00:00:00Z"));
    return NULL;
}

static const char *raw_is_masked_cut_and_cleaned(void)
{
    stk_personal secret = { STK_S("1' OR \x1b[31m\xff") };
    CHECK(holds(&STK_ARG_P(secret), STK_EN, false, "[…]"));
    CHECK(holds(&STK_ARG_P(secret), STK_EN, true, "1' OR ?[31m\xef\xbf\xbd"));
    char text[200], want[200];
    memset(text, 'a', sizeof text);
    memcpy(text + 79, "é", 2); /* would straddle the 80th byte */
    memset(want, 'a', 79);
    memcpy(want + 79, "…", 4);
    stk_personal lengthy = { { text, 120 } };
    CHECK(holds(&STK_ARG_P(lengthy), STK_EN, true, want));
    return NULL;
}

static const check_test tests[] = {
    { "severities, kinds and stages have names", names },
    { "the strongest sixteen findings stay", short_list },
    { "numbers, durations, times and entities in words", words },
    { "what the other side wrote is masked, cut and cleaned", raw_is_masked_cut_and_cleaned },
};
CHECK_MAIN(tests)
