/* SPDX-License-Identifier: Apache-2.0 */
/* The decoders nginx and apache: formats as they are configured, and the lines they write. */
#include "check.h"
#include "decoding.h"

typedef struct row {
    const char *decoder, *format, *line;
    const char *client, *method, *target, *host, *agent, *user,
        *session; /* client NULL: malformed */
    int64_t status, bytes, took_us, at_ms;
} row;

#define AT INT64_C(1482413452000)

static const row rows[] = {
    { "nginx",
      "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
      "\"$http_referer\" \"$http_user_agent\" $request_time",
      "192.0.2.1 - ann lee [22/Dec/2016:16:30:52 +0300] \"GET /a?b=\"c\" d HTTP/1.1\" 200 5 \"-\" "
      "\"x\\x22y\" 0.003\n",
      "192.0.2.1", "GET", "/a?b=\"c\" d", "", "x\"y", "ann lee", "", 200, 5, 3000, AT },
    { "nginx",
      "log_format main escape=json '{\"t\":\"$time_iso8601\",' "
      "'\"a\":\"$remote_addr\",\"u\":\"$request_uri\",'\n "
      "'\"m\":\"$request_method\",\"s\":$status,\"c\":\"${cookie_SID}\"}';",
      "{\"t\":\"2016-12-22T16:30:52+03:00\",\"a\":\"2001:DB8::1\",\"u\":\"/"
      "\\u0041\\\"\",\"m\":\"POST\",\"s\":302,\"c\":\"s1\"}",
      "2001:db8::1", "POST", "/A\"", "", "", "", "s1", 302, -1, -1, AT },
    { "nginx",
      "$msec|$host|$remote_addr|$request_method|$uri|$args|$status|$bytes_sent|$http_x_forwarded_"
      "for",
      "1482413452.250|shop.test|10.0.0.1|GET|/a|b=1|404|77|198.51.100.3, 10.0.0.9", "198.51.100.3",
      "GET", "/a?b=1", "shop.test", "", "", "", 404, 77, -1, AT + 250 },
    { "nginx", "$time_iso8601 $remote_addr $upstream_response_time $status \"$request\"",
      "2016-12-22T16:30:52+03:00 192.0.2.1 0.001, 0.002 : 0.003 200 \"GET / HTTP/1.1\"",
      "192.0.2.1", "GET", "/", "", "", "", "", 200, -1, -1, AT },
    { "nginx", "$remote_addr [$time_local] $request_method $uri$is_args$args $status",
      "192.0.2.1 [22/Dec/2016:16:30:52 +0300] GET /x?y=1 200", "192.0.2.1", "GET", "/x?y=1", "", "",
      "", "", 200, -1, -1, AT },
    { "nginx", "$remote_addr [$time_local] $request",
      "192.0.2.1 [22/Dec/2016:16:30:52 +0300] GET /x HTTP/1.0", "192.0.2.1", "GET", "/x", "", "",
      "", "", -1, -1, -1, AT },
    { "nginx", "$remote_addr [$time_local] \"$request\"",
      "192.0.2.1 [22/Dec/2016:16:30:52 +0300] \"GET /x HTTP/1.0\" 200", NULL, "", "", "", "", "",
      "", 0, 0, 0, 0 },
    { "nginx", "$remote_addr [$time_local] \"$request\"",
      "192.0.2.1 [yesterday] \"GET /x HTTP/1.0\"", NULL, "", "", "", "", "", "", 0, 0, 0, 0 },
    { "nginx", "$remote_addr [$time_local] \"$request\"", "", NULL, "", "", "", "", "", "", 0, 0, 0,
      0 },
    { "apache", "%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\" %D",
      "192.0.2.1 - ann [22/Dec/2016:16:30:52 +0300] \"GET /a\\\"b HTTP/1.1\" 200 - \"-\" "
      "\"x\\\\y\" 1500",
      "192.0.2.1", "GET", "/a\"b", "", "x\\y", "ann", "", 200, -1, 1500, AT },
    { "apache", "LogFormat \"%v:%p %{c}a %a %{%Y-%m-%d %H:%M:%S %z}t %m %U%q %H %>s %O %T%%\" mine",
      "shop.test:443 10.0.0.1 192.0.2.1 2016-12-22 16:30:52 +0300 GET /a?b HTTP/1.1 200 99 2%",
      "192.0.2.1", "GET", "/a?b", "shop.test", "", "", "", 200, 99, 2000000, AT },
    { "apache", "%{sec}t.%{msec_frac}t %a \"%r\" %s %{ms}T %{X-Forwarded-For}i",
      "1482413452.125 10.0.0.1 \"GET / HTTP/1.1\" 500 12 198.51.100.3", "198.51.100.3", "GET", "/",
      "", "", "", "", 500, -1, 12000, AT + 125 },
    { "apache", "%{usec}t %!200,304{User-agent}i %400,501{Host}i %h %r",
      "1482413452000001 x shop.test 192.0.2.1 GET / HTTP/1.1", "192.0.2.1", "GET", "/", "shop.test",
      "x", "", "", -1, -1, -1, AT },
    { "apache", "[%{begin:%d/%b/%Y:%I:%M:%S %p}t] %h %{SID}C \"%r\"",
      "[22/Dec/2016:01:30:52 PM] 192.0.2.1 s2 \"GET / HTTP/1.1\"", "192.0.2.1", "GET", "/", "", "",
      "", "s2", -1, -1, -1, AT },
};

static const char *lines_are_taken_apart(void)
{
    static char why[400];
    stk_network trusted;
    CHECK(stk_network_parse(STK_S("10.0.0.0/8"), &trusted, NULL) == STK_OK);
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        const row *r = &rows[i];
        stk_decoder_setup setup = { .argument = { r->format, strlen(r->format) },
                                    .proxies = { &trusted, 1 },
                                    .client = { STK_CLIENT_COOKIE, STK_S("SID") } };
        auto_decoding d;
        bool opened = decode_stream(&d, r->decoder, &setup, (stk_str){ r->line, strlen(r->line) });
        snprintf(why, sizeof why, "%s: %s", r->format, d.error.text);
        if (!opened)
            return why;
        if (r->client == NULL) {
            CHECK(d.count == 0 || d.status[0] == STK_ERR_SYNTAX);
            continue;
        }
        const stk_http *h = &d.event[0].u.http;
        if (d.count != 1 || d.status[0] != STK_OK || !text_is(h->client.raw, r->client) ||
            !text_is(h->method, r->method) || !text_is(h->target.raw, r->target) ||
            !text_is(h->host.raw, r->host) || !text_is(h->agent.raw, r->agent) ||
            !text_is(h->user.raw, r->user) || !text_is(h->session.raw, r->session) ||
            h->status != r->status || h->bytes != r->bytes || h->took_us != r->took_us ||
            d.event[0].meta.at / STK_MS != r->at_ms)
            return why;
    }
    return NULL;
}

static const char *formats_that_cannot_be_read_are_refused(void)
{
    static const struct {
        const char *decoder, *format;
    } bad[] = {
        { "nginx", "" },
        { "nginx", "$" },
        { "nginx", "$remote_addr" },
        { "nginx", "$time_local" },
        { "nginx", "$time_local $remote_addr$request" },
        { "nginx", "${time_local $request" },
        { "nginx", "log_format x '$time_local $request" },
        { "apache", "" },
        { "apache", "%" },
        { "apache", "%Y" },
        { "apache", "%h %t" },
        { "apache", "%t %h%r" },
        { "apache", "%{User-Agent" },
    };
    for (size_t i = 0; i < STK_COUNT(bad); i++) {
        stk_decoder_setup setup = { .argument = { bad[i].format, strlen(bad[i].format) } };
        auto_decoding d;
        CHECK(!decode_stream(&d, bad[i].decoder, &setup, STK_S("x")) && d.error.text[0] != '\0');
    }
    return NULL;
}

static const check_test tests[] = {
    { "lines are taken apart", lines_are_taken_apart },
    { "formats that cannot be read are refused", formats_that_cannot_be_read_are_refused },
};
CHECK_MAIN(tests)
