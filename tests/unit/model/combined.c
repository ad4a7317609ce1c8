/* SPDX-License-Identifier: Apache-2.0 */
/* The decoders common, combined and vhost, on lines as servers and tools write them. */
#include "check.h"
#include "decoding.h"

#define UA "Mozilla/5.0 (X11)"
#define AT "[22/Dec/2016:16:30:52 +0300]"

typedef struct row {
    const char *format, *line;
    const char *client, *user, *method, *target, *protocol, *referer, *agent, *host; /* NULL: "" */
    int64_t status, bytes;
} row;

static const row rows[] = {
    { "combined",
      "192.0.2.1 - - " AT " \"GET /a?b=c HTTP/1.1\" 200 512 \"http://x.test/\" \"" UA "\"",
      "192.0.2.1", NULL, "GET", "/a?b=c", "HTTP/1.1", "http://x.test/", UA, NULL, 200, 512 },
    { "combined", "\"192.0.2.1 - - " AT " \"GET /a HTTP/1.1\" 200 512 \"-\" \"" UA "\"\"",
      "192.0.2.1", NULL, "GET", "/a", "HTTP/1.1", NULL, UA, NULL, 200, 512 },
    { "combined",
      "\"192.0.2.1 - - " AT " \"\"GET /a HTTP/1.1\"\" 200 512 \"\"-\"\" \"\"" UA "\"\"\"",
      "192.0.2.1", NULL, "GET", "/a", "HTTP/1.1", NULL, UA, NULL, 200, 512 },
    { "combined", "2001:DB8::1 - ann lee " AT " \"GET /a b HTTP/1.0\" 404 - \"-\" \"-\"\r\n",
      "2001:db8::1", "ann lee", "GET", "/a b", "HTTP/1.0", NULL, NULL, NULL, 404, -1 },
    { "combined", "::ffff:192.0.2.1 - [x] " AT " \"GET /\" 200 5 \"-\" \"" UA "\"", "192.0.2.1",
      "[x]", "GET", "/", NULL, NULL, UA, NULL, 200, 5 },
    { "combined",
      "crawl.example.test - - " AT " \"HEAD http://shop.test/p?q HTTP/1.1\" 200 0 \"-\" \"" UA "\"",
      "crawl.example.test", NULL, "HEAD", "/p?q", "HTTP/1.1", NULL, UA, "shop.test", 200, 0 },
    { "combined", "192.0.2.1 - - " AT " \"\\x16\\x03\\x01\" 400 226 \"-\" \"-\"", "192.0.2.1", NULL,
      NULL, "\x16\x03\x01", NULL, NULL, NULL, NULL, 400, 226 },
    { "combined", "192.0.2.1 - - " AT " \"-\" 408 - \"-\" \"-\"", "192.0.2.1", NULL, NULL, NULL,
      NULL, NULL, NULL, NULL, 408, -1 },
    { "combined", "192.0.2.1 - - " AT " \"GET /?a=\\\"x\\\" HTTP/1.1\" 200 1 \"a\\\\\" \"b\\x22c\"",
      "192.0.2.1", NULL, "GET", "/?a=\"x\"", "HTTP/1.1", "a\\", "b\"c", NULL, 200, 1 },
    { "combined", "192.0.2.1 - - " AT " \"GET /?a=\"x\"&b=\" y\" HTTP/1.1\" 200 1 \"-\" \"b\"",
      "192.0.2.1", NULL, "GET", "/?a=\"x\"&b=\" y\"", "HTTP/1.1", NULL, "b", NULL, 200, 1 },
    { "combined", "192.0.2.1 - - " AT " \"GET /\\\" 200 1 \"-\" \"c:\\\"", "192.0.2.1", NULL, "GET",
      "/\\", NULL, NULL, "c:\\", NULL, 200, 1 },
    { "combined",
      "192.0.2.1 - - " AT " \"GET / HTTP/1.1\" 200 1 \"-\" \"b\" \"198.51.100.1\" 0.003",
      "192.0.2.1", NULL, "GET", "/", "HTTP/1.1", NULL, "b", NULL, 200, 1 },
    { "common", "192.0.2.1 - - " AT " \"PROPFIND / HTTP/1.1\" 207 77", "192.0.2.1", NULL,
      "PROPFIND", "/", "HTTP/1.1", NULL, NULL, NULL, 207, 77 },
    { "common", "192.0.2.1 - - " AT " \"get / HTTP/1.1\" 200", "192.0.2.1", NULL, "get", "/",
      "HTTP/1.1", NULL, NULL, NULL, 200, -1 },
    { "vhost", "shop.test:443 192.0.2.1 - - " AT " \"GET / HTTP/1.1\" 200 1 \"-\" \"b\"",
      "192.0.2.1", NULL, "GET", "/", "HTTP/1.1", NULL, "b", "shop.test", 200, 1 },
};

static bool is(stk_str s, const char *wanted)
{
    return text_is(s, wanted == NULL ? "" : wanted);
}

static const char *lines_are_split_and_typed(void)
{
    stk_decoder_setup setup = { 0 };
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        const row *r = &rows[i];
        auto_decoding d;
        CHECK(decode_stream(&d, r->format, &setup, (stk_str){ r->line, strlen(r->line) }));
        CHECK(d.count == 1 && d.status[0] == STK_OK);
        const stk_http *h = &d.event[0].u.http;
        CHECK(d.event[0].meta.at == INT64_C(1482413452000000));
        CHECK(d.event[0].meta.zone_s == 10800);
        CHECK(is(h->client.raw, r->client) && is(h->user.raw, r->user));
        CHECK(is(h->method, r->method) && is(h->protocol, r->protocol));
        CHECK(is(h->target.raw, r->target) && is(h->host.raw, r->host));
        CHECK(is(h->referer.raw, r->referer) && is(h->agent.raw, r->agent));
        CHECK(h->status == r->status && h->bytes == r->bytes);
        CHECK(!h->whole && h->faults == 0 && h->took_us == -1);
    }
    return NULL;
}

static const char *what_is_no_such_line_is_refused(void)
{
    static const char *const lines[] = {
        "GET / HTTP/1.1",
        "192.0.2.1 - - [22/Dex/2016:16:30:52 +0300] \"GET / HTTP/1.1\" 200 1 \"-\" \"b\"",
        "192.0.2.1 - - [31/Feb/2016:16:30:52 +0300] \"GET / HTTP/1.1\" 200 1 \"-\" \"b\"",
        "192.0.2.1 - - " AT " \"GET / HTTP/1.1\" 200 1",
        "192.0.2.1 - - " AT " \"GET / HTTP/1.1\" 200 1 \"-\"",
        "192.0.2.1 - - " AT " \"GET / HTTP/1.1\" 200 1 \"-\" \"cut",
        "192.0.2.1 - - " AT " \"GET / HTTP/1.1\" two 1 \"-\" \"b\"",
        "192.0.2.1 - - " AT " \"GET / HTTP/1.1 200 1",
        "192.0.2.1 - - " AT,
        "192.0.2.1 - - " AT " ",
        "192.0.2.1",
        "\"",
        "\"\"",
        "[",
        " ",
        "\\",
        "\xff\xfe\xfd",
    };
    stk_decoder_setup setup = { 0 };
    for (size_t i = 0; i < STK_COUNT(lines); i++) {
        auto_decoding d;
        CHECK(decode_stream(&d, "combined", &setup, (stk_str){ lines[i], strlen(lines[i]) }));
        CHECK(d.count == 0 || d.status[0] == STK_ERR_SYNTAX);
        CHECK(d.count == 0 || (d.error.text[0] != '\0' && strstr(d.error.text, "192.0") == NULL));
    }
    return NULL;
}

static const char *extras_name_the_client_behind_a_proxy(void)
{
    stk_network trusted;
    CHECK(stk_network_parse(STK_S("10.0.0.0/8"), &trusted, NULL) == STK_OK);
    stk_decoder_setup setup = { .proxies = { &trusted, 1 } };
    static const char text[] = "10.0.0.1 - - " AT
                               " \"GET / HTTP/1.1\" 200 1 \"-\" \"b\" \"198.51.100.1, 10.0.0.2\"\n"
                               "10.0.0.1 - - " AT
                               " \"GET / HTTP/1.1\" 200 1 \"-\" \"b\" \"cache hit\"\n";
    auto_decoding d;
    CHECK(decode_stream(&d, "combined", &setup, (stk_str){ text, strlen(text) }));
    CHECK(d.count == 2 && d.status[0] == STK_OK && d.status[1] == STK_OK);
    CHECK(is(d.event[0].u.http.client.raw, "198.51.100.1") &&
          is(d.event[0].u.http.peer.raw, "10.0.0.1"));
    CHECK(is(d.event[1].u.http.client.raw, "10.0.0.1") && is(d.event[1].u.http.peer.raw, ""));
    return NULL;
}

static const char *lines_are_framed(void)
{
    size_t n;
    CHECK(stk_frame_line(NULL, STK_S("abc"), false, &n) == STK_FRAME_MORE);
    CHECK(stk_frame_line(NULL, STK_S("abc"), true, &n) == STK_FRAME_UNIT && n == 3);
    CHECK(stk_frame_line(NULL, STK_S("abc\ndef\n"), false, &n) == STK_FRAME_UNIT && n == 4);
    CHECK(stk_frame_line(NULL, STK_S(" \r\ndef\n"), false, &n) == STK_FRAME_SKIP && n == 3);
    size_t size = STK_UNIT_BYTES + 10;
    char *big = malloc(size);
    CHECK(big != NULL);
    memset(big, 'a', size);
    bool right = stk_frame_line(NULL, (stk_str){ big, size }, false, &n) == STK_FRAME_LONG &&
                 n == STK_UNIT_BYTES;
    right = right &&
            stk_frame_line(NULL, (stk_str){ big, STK_UNIT_BYTES - 1 }, false, &n) == STK_FRAME_MORE;
    big[STK_UNIT_BYTES - 1] = '\n';
    right = right && stk_frame_line(NULL, (stk_str){ big, size }, false, &n) == STK_FRAME_UNIT;
    free(big);
    CHECK(right);
    return NULL;
}

static const check_test tests[] = {
    { "lines are split and typed", lines_are_split_and_typed },
    { "what is no such line is refused", what_is_no_such_line_is_refused },
    { "extras name the client behind a proxy", extras_name_the_client_behind_a_proxy },
    { "lines are framed", lines_are_framed },
};
CHECK_MAIN(tests)
