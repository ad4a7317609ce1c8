/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder json: presets, maps of one's own, and the preset that is guessed. */
#include "check.h"
#include "decoding.h"

typedef struct row {
    const char *argument, *line;
    bool guessed; /* by its line alone */
    const char *client, *method, *target, *host, *agent;
    int64_t status, bytes, took_us, at_ms;
} row;

static const row rows[] = {
    { "nginx",
      "{\"time_local\":\"22/Dec/2016:16:30:52 "
      "+0300\",\"remote_addr\":\"192.0.2.1\",\"request\":\"GET /a?b HTTP/1.1\","
      "\"status\":\"200\",\"body_bytes_sent\":\"17\",\"http_user_agent\":\"x\",\"request_time\":"
      "\"0.003\",\"host\":\"shop.test\"}",
      true, "192.0.2.1", "GET", "/a?b", "shop.test", "x", 200, 17, 3000, 1482413452000 },
    { "nginx",
      "{\"time_iso8601\":\"2016-12-22T16:30:52+03:00\",\"remote_addr\":\"192.0.2.1\",\"request_"
      "method\":\"GET\",\"uri\":\"/a\","
      "\"args\":\"b=1\",\"status\":404,\"bytes_sent\":17,\"http_user_agent\":\"\"}",
      true, "192.0.2.1", "GET", "/a?b=1", "", "", 404, 17, -1, 1482413452000 },
    { "caddy",
      "{\"level\":\"info\",\"ts\":1482413452.5,\"request\":{\"remote_ip\":\"192.0.2.1\",\"method\":"
      "\"GET\",\"host\":\"shop.test\","
      "\"uri\":\"/a\",\"proto\":\"HTTP/"
      "2.0\",\"headers\":{\"User-Agent\":[\"x\\u0022y\"]}},\"duration\":0.25,\"size\":5,\"status\":"
      "200}",
      true, "192.0.2.1", "GET", "/a", "shop.test", "x\"y", 200, 5, 250000, 1482413452500 },
    { "traefik",
      "{\"ClientHost\":\"192.0.2.1\",\"DownstreamContentSize\":9,\"DownstreamStatus\":302,"
      "\"Duration\":1500000,"
      "\"RequestHost\":\"shop.test\",\"RequestMethod\":\"POST\",\"RequestPath\":\"/"
      "a\",\"RequestProtocol\":\"HTTP/1.1\","
      "\"StartUTC\":\"2016-12-22T13:30:52.123456789Z\",\"request_User-Agent\":\"x\"}",
      true, "192.0.2.1", "POST", "/a", "shop.test", "x", 302, 9, 1500, 1482413452123 },
    { "envoy",
      "2016-12-22T13:30:53+00:00 stdout F "
      "{\"start_time\":\"2016-12-22T13:30:52.000Z\",\"method\":\"GET\","
      "\"x-envoy-origin-path\":\"/"
      "a\",\"response_code\":200,\"user-agent\":\"x\",\"downstream_remote_address\":"
      "\"192.0.2.1:59292\",\":authority\":\"shop.test\",\"bytes_sent\":3,\"duration\":7,"
      "\"protocol\":\"HTTP/2\"}",
      true, "192.0.2.1", "GET", "/a", "shop.test", "x", 200, 3, 7000, 1482413452000 },
    { "time=t,client=req.ip,method=req.m,path=req.p,query=req.q,status=s,took_ms=ms",
      "{\"t\":1482413452000,\"req\":{\"ip\":\"::ffff:192.0.2.1\",\"m\":\"PUT\",\"p\":\"/"
      "a\",\"q\":\"?x\"},\"s\":201,\"ms\":1.5}",
      false, "192.0.2.1", "PUT", "/a?x", "", "", 201, -1, 1500, 1482413452000 },
};

static const char *logs_are_read_by_their_map(void)
{
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        const row *r = &rows[i];
        stk_decoder_setup setup = { .argument = { r->argument, strlen(r->argument) } };
        auto_decoding d;
        CHECK(decode_stream(&d, "json", &setup, (stk_str){ r->line, strlen(r->line) }));
        CHECK(d.count == 1 && d.status[0] == STK_OK);
        const stk_http *h = &d.event[0].u.http;
        CHECK(text_is(h->client.raw, r->client) && text_is(h->method, r->method));
        CHECK(text_is(h->target.raw, r->target) && text_is(h->host.raw, r->host));
        CHECK(text_is(h->agent.raw, r->agent));
        CHECK(h->status == r->status && h->bytes == r->bytes && h->took_us == r->took_us);
        CHECK(d.event[0].meta.at / STK_MS == r->at_ms);
        const char *argument = NULL;
        double share;
        const stk_decoder *guessed = stk_decoder_guess((stk_str){ r->line, strlen(r->line) },
                                                       &argument, &share);
        CHECK(!r->guessed || (guessed != NULL && strcmp(guessed->name, "json") == 0 &&
                              strcmp(argument, r->argument) == 0));
    }
    return NULL;
}

static const char *other_lines_are_told_apart(void)
{
    stk_decoder_setup caddy = { .argument = STK_S("caddy") },
                      own = { .argument = STK_S("time=t,target=p") };
    auto_decoding a, b;
    CHECK(decode_stream(
        &a, "json", &caddy,
        STK_S("{\"level\":\"info\",\"ts\":1,\"msg\":\"serving\"}\n{\"ts\":1,\"request\":{"
              "\"method\":\"GET\"}\nnot json\n{\"request\":{\"method\":\"GET\"}}\n")));
    CHECK(a.count == 4 && a.status[0] == STK_ERR_MISSING && a.status[1] == STK_ERR_SYNTAX);
    CHECK(a.status[2] == STK_ERR_SYNTAX && a.status[3] == STK_ERR_SYNTAX);
    CHECK(decode_stream(&b, "json", &own, STK_S("{\"t\":1,\"q\":\"/\"}\n{\"t\":1,\"p\":\"/\"}\n")));
    CHECK(b.count == 2 && b.status[0] == STK_ERR_SYNTAX && b.status[1] == STK_OK);
    return NULL;
}

static const char *bad_maps_are_refused(void)
{
    static const char *const bad[] = { "",         "ngnix", "tme=t",
                                       "time=",    "=t",    "time=a.b.c.d.e.f.g.h.i.j",
                                       "time=a..b" };
    for (size_t i = 0; i < STK_COUNT(bad); i++) {
        stk_decoder_setup setup = { .argument = { bad[i], strlen(bad[i]) } };
        auto_decoding d;
        CHECK(!decode_stream(&d, "json", &setup, STK_S("{}")) && d.error.text[0] != '\0');
    }
    return NULL;
}

static const check_test tests[] = {
    { "logs are read by their map", logs_are_read_by_their_map },
    { "other lines are told apart", other_lines_are_told_apart },
    { "bad maps are refused", bad_maps_are_refused },
};
CHECK_MAIN(tests)
