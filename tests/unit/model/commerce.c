/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder commerce: types, money, and what is malformed. */
#include "check.h"
#include "decoding.h"

#define HEAD "{\"event\":\"order.placed\",\"time\":\"2026-11-20T10:00:00+01:00\""

static const char *an_event_is_typed(void)
{
    static const char text[] = HEAD
        ",\"account\":417,\"client\":\"::ffff:192.0.2.1\",\"email\":\"a@shop.test\","
        "\"order\":\"o-1\",\"currency\":\"EUR\",\"amount\":\"12.30\",\"quantity\":2,\"country\":"
        "\"DE\","
        "\"outcome\":\"success\",\"note\":{\"any\":[1,2]},\"session\":null}\n"
        "{\"time\":1763632800.25,\"event\":\"staff.access\",\"staff\":{\"name\":\"kim\"},"
        "\"customer\":{\"record\":\"c1\"},"
        "\"client.address\":\"2001:DB8::1\",\"action\":\"export\",\"records\":4000}\n";
    stk_decoder_setup setup = { 0 };
    auto_decoding d;
    CHECK(decode_stream(&d, "commerce", &setup, (stk_str){ text, strlen(text) }));
    CHECK(d.count == 2 && d.status[0] == STK_OK && d.status[1] == STK_OK);
    const stk_shop *s = &d.event[0].u.shop;
    CHECK(d.event[0].kind == STK_KIND_ORDER_PLACED && d.event[0].meta.zone_s == 3600);
    CHECK(d.event[0].meta.at ==
          INT64_C(1763629200) * STK_SECOND + (INT64_C(31536000)) * STK_SECOND);
    CHECK(text_is(s->account.raw, "417") && text_is(s->client.raw, "192.0.2.1"));
    CHECK(text_is(s->email.raw, "a@shop.test") && text_is(s->order.raw, "o-1"));
    CHECK(s->amount == 1230 && text_is(s->currency, "EUR") && s->quantity == 2 && s->records == -1);
    CHECK(s->session.raw.len == 0 && text_is(s->country, "DE") && text_is(s->outcome, "success"));
    s = &d.event[1].u.shop;
    CHECK(d.event[1].kind == STK_KIND_STAFF_ACCESS && text_is(s->staff.raw, "kim"));
    CHECK(d.event[1].meta.at == INT64_C(1763632800250000));
    CHECK(text_is(s->subject.raw, "c1") && text_is(s->client.raw, "2001:db8::1"));
    CHECK(s->records == 4000 && s->amount == INT64_MIN);
    return NULL;
}

static const char *money_has_the_digits_of_its_currency(void)
{
    static const struct {
        const char *fields;
        int64_t amount; /* INT64_MIN: malformed */
    } rows[] = {
        { "\"currency\":\"EUR\",\"amount\":\"0.05\"", 5 },
        { "\"currency\":\"EUR\",\"amount\":\"7\"", 700 },
        { "\"currency\":\"EUR\",\"amount\":\"-7.5\"", -750 },
        { "\"currency\":\"EUR\",\"amount\":\"1.5000\"", 150 },
        { "\"currency\":\"JPY\",\"amount\":\"1500\"", 1500 },
        { "\"currency\":\"JPY\",\"amount\":\"1500.00\"", 1500 },
        { "\"currency\":\"KWD\",\"amount\":\"1.234\"", 1234 },
        { "\"currency\":\"USD\",\"amount_minor\":99", 99 },
        { "\"currency\":\"USD\",\"amount_minor\":99,\"amount\":\"0.99\"", 99 },
        { "\"currency\":\"USD\",\"amount_minor\":98,\"amount\":\"0.99\"", INT64_MIN },
        { "\"currency\":\"JPY\",\"amount\":\"1500.5\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":\"1.234\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":\"1,2\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":\"\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":\".5\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":\"5.\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":\"99999999999999999999\"", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":1.5", INT64_MIN },
        { "\"currency\":\"EUR\",\"amount\":15", INT64_MIN },
        { "\"amount\":\"1.50\"", INT64_MIN },
        { "\"currency\":\"eur\",\"amount\":\"1.50\"", INT64_MIN },
    };
    stk_decoder_setup setup = { 0 };
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        char line[300];
        int n = snprintf(line, sizeof line, HEAD ",%s}", rows[i].fields);
        auto_decoding d;
        CHECK(decode_stream(&d, "commerce", &setup, (stk_str){ line, (size_t)n }));
        CHECK(d.count == 1 && (d.status[0] == STK_OK) == (rows[i].amount != INT64_MIN));
        CHECK(d.status[0] != STK_OK || d.event[0].u.shop.amount == rows[i].amount);
    }
    return NULL;
}

static const char *what_is_wrong_is_said(void)
{
    static const struct {
        const char *line, *word; /* that the reason holds */
    } rows[] = {
        { "{\"time\":\"2026-11-20T10:00:00Z\"}", "event" },
        { "{\"event\":\"order.plcd\",\"time\":\"2026-11-20T10:00:00Z\"}", "kinds" },
        { "{\"event\":\"http.request\",\"time\":\"2026-11-20T10:00:00Z\"}", "kinds" },
        { "{\"event\":\"order.placed\"}", "time" },
        { "{\"event\":\"order.placed\",\"time\":\"yesterday\"}", "time" },
        { HEAD ",\"account\":true}", "account" },
        { HEAD ",\"account\":1.5}", "account" },
        { HEAD ",\"email\":[]}", "email" },
        { HEAD ",\"quantity\":\"2\"}", "quantity" },
        { HEAD ",\"quantity\":-2}", "quantity" },
        { HEAD ",\"country\":\"Germany\"}", "country" },
        { HEAD, "JSON" },
        { "[]", "JSON" },
    };
    stk_decoder_setup setup = { 0 };
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        auto_decoding d;
        CHECK(
            decode_stream(&d, "commerce", &setup, (stk_str){ rows[i].line, strlen(rows[i].line) }));
        CHECK(d.count == 1 && d.status[0] == STK_ERR_SYNTAX);
        CHECK(strstr(d.error.text, rows[i].word) != NULL &&
              strstr(d.error.text, "Germany") == NULL);
    }
    return NULL;
}

static const check_test tests[] = {
    { "an event is typed", an_event_is_typed },
    { "money has the digits of its currency", money_has_the_digits_of_its_currency },
    { "what is wrong is said", what_is_wrong_is_said },
};
CHECK_MAIN(tests)
