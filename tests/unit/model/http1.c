/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder http1: where requests end, also when their heads lie about it. */
#include "check.h"
#include "decoding.h"

#define HOST "Host: shop.test\r\n"
#define GET1 "GET /1 HTTP/1.1\r\n" HOST "\r\n"
#define GET2 "GET /2 HTTP/1.1\r\n" HOST "\r\n"

typedef struct row {
    const char *what, *bytes;
    size_t count;
    const char *target[3], *body[3];
    uint32_t faults[3];
} row;

static const row rows[] = {
    { "two in a row", GET1 GET2, 2, { "/1", "/2" }, { "", "" }, { 0 } },
    { "blank lines between",
      "\r\n\n" GET1 "\r\n\r\n" GET2 "\r\n",
      2,
      { "/1", "/2" },
      { "", "" },
      { 0 } },
    { "a body of its length",
      "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na=b" GET2,
      2,
      { "/p", "/2" },
      { "a=b", "" },
      { 0 } },
    { "a body with a request in it, of its length",
      "POST /p HTTP/1.1\r\n" HOST "Content-Length: 19\r\n\r\nGET /x HTTP/1.1\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "GET /x HTTP/1.1\r\n\r\n", "" },
      { 0 } },
    { "a length too short",
      "POST /p HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nabcdef\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "abcdef", "" },
      { STK_FAULT_LENGTH } },
    { "a length too long",
      "POST /p HTTP/1.1\r\n" HOST "Content-Length: 30\r\n\r\nabcdef\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "abcdef", "" },
      { STK_FAULT_LENGTH } },
    { "a length beyond the end",
      "POST /p HTTP/1.1\r\n" HOST "Content-Length: 9999999999\r\n\r\nabc\r\n" GET2,
      2,
      { "/p", "/2" },
      { "abc", "" },
      { STK_FAULT_LENGTH } },
    { "no length at all",
      "POST /p HTTP/1.1\r\n" HOST "\r\nabc=1\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "abc=1", "" },
      { STK_FAULT_LENGTH } },
    { "lengths that differ",
      "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" GET2,
      1,
      { "/p" },
      { NULL },
      { STK_FAULT_LENGTH } },
    { "chunks",
      "POST /p HTTP/1.1\r\n" HOST
      "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "abc0123456789", "" },
      { 0 } },
    { "chunks that are none",
      "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "zz\r\nabc", "" },
      { STK_FAULT_CHUNKING } },
    { "chunks and a length",
      "POST /p HTTP/1.1\r\n" HOST
      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" GET2,
      2,
      { "/p", "/2" },
      { "a", "" },
      { STK_FAULT_LENGTH_AND_CHUNKED } },
    { "absolute form",
      "GET http://shop.test:8080/a?b HTTP/1.1\r\nHost: other.test\r\n\r\nGET http://shop.test "
      "HTTP/1.0\r\n\r\n",
      2,
      { "/a?b", "/" },
      { "", "" },
      { 0 } },
    { "line feeds only",
      "GET /1 HTTP/1.1\nHost: a\n\nGET /2 HTTP/1.1\nHost: a\n\n",
      2,
      { "/1", "/2" },
      { "", "" },
      { 0 } },
    { "one bare line feed",
      "GET /1 HTTP/1.1\r\nHost: a\nA: b\r\n\r\n",
      1,
      { "/1" },
      { "" },
      { STK_FAULT_BARE_LF } },
    { "no host", "GET /1 HTTP/1.1\r\nA: b\r\n\r\n", 1, { "/1" }, { "" }, { STK_FAULT_HOST } },
    { "two hosts",
      "GET /1 HTTP/1.1\r\n" HOST HOST "\r\n",
      1,
      { "/1" },
      { "" },
      { STK_FAULT_HOST } },
    { "no blank line before the next",
      "GET /1 HTTP/1.1\r\n" HOST GET2,
      2,
      { "/1", "/2" },
      { "", "" },
      { STK_FAULT_HEADER } },
    { "odd request lines stay requests",
      "GET /1 2 HTTP/1.1\r\n" HOST "\r\nget /x HTTP/1.1\r\n" HOST "\r\nG@T /3\r\n" HOST "\r\n",
      3,
      { "/1 2", "/x", "G@T /3" },
      { "", "", "" },
      { STK_FAULT_REQUEST_LINE, STK_FAULT_REQUEST_LINE, STK_FAULT_REQUEST_LINE } },
    { "odd headers",
      "GET /1 HTTP/1.1\r\n" HOST "no colon\r\n\r\n",
      1,
      { "/1" },
      { "" },
      { STK_FAULT_HEADER } },
    { "a space before the colon",
      "GET /1 HTTP/1.1\r\nHost : a\r\n\r\n",
      1,
      { "/1" },
      { "" },
      { STK_FAULT_HEADER } },
    { "a folded header",
      "GET /1 HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n",
      1,
      { "/1" },
      { "" },
      { STK_FAULT_HEADER } },
    { "cut in the head", "GET /1 HTTP/1.1\r\nHost: a", 1, { "/1" }, { "" }, { STK_FAULT_HEADER } },
};

static const char *requests_end_where_they_do(void)
{
    stk_decoder_setup setup = { 0 };
    static char why[200];
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        const row *r = &rows[i];
        auto_decoding d;
        snprintf(why, sizeof why, "row '%s'", r->what);
        CHECK(decode_stream(&d, "http1", &setup, (stk_str){ r->bytes, strlen(r->bytes) }));
        for (size_t j = 0; j < r->count; j++) {
            const stk_http *h = &d.event[j].u.http;
            if (j >= d.count || d.status[j] != STK_OK || !text_is(h->target.raw, r->target[j]) ||
                (r->body[j] != NULL && !text_is(h->body.raw, r->body[j])) ||
                (h->faults & r->faults[j]) != r->faults[j] ||
                (r->faults[j] == 0 && h->faults != 0 && j < r->count))
                return why;
            CHECK(h->whole && d.event[j].meta.at == STK_TIME_NONE);
        }
        if (d.count < r->count || (r->body[0] != NULL && d.count != r->count))
            return why;
    }
    return NULL;
}

/* Cut anywhere, the framing says MORE or what it says of the whole. */
static const char *framing_does_not_hang_on_reads(void)
{
    const stk_decoder *d = stk_decoder_named(STK_S("http1"));
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        stk_str all = { rows[i].bytes, strlen(rows[i].bytes) };
        for (size_t at = 0, whole = 0; at < all.len; at += whole) {
            stk_str rest = { all.ptr + at, all.len - at };
            stk_frame frame = d->frame(NULL, rest, true, &whole);
            CHECK(whole > 0 && whole <= rest.len);
            for (size_t n = 1; frame == STK_FRAME_UNIT && n < rest.len; n++) {
                size_t part;
                if (d->frame(NULL, (stk_str){ rest.ptr, n }, false, &part) != STK_FRAME_MORE)
                    CHECK(part == whole);
            }
        }
    }
    return NULL;
}

static const char *headers_and_session_are_found(void)
{
    static const char text[] = "GET /1 HTTP/1.1\r\n" HOST "user-agent:  a b \r\nReferer: r\r\n"
                               "Cookie: x=1; JSESSIONID=s1\r\nEmpty:\r\n\r\n";
    stk_decoder_setup setup = { .client = { STK_CLIENT_COOKIE, STK_S("JSESSIONID") } };
    auto_decoding d;
    CHECK(decode_stream(&d, "http1", &setup, (stk_str){ text, strlen(text) }));
    const stk_http *h = &d.event[0].u.http;
    CHECK(d.count == 1 && h->header_count == 5 && h->faults == 0);
    CHECK(text_is(h->agent.raw, "a b") && text_is(h->referer.raw, "r"));
    CHECK(text_is(h->host.raw, "shop.test") && text_is(h->session.raw, "s1"));
    CHECK(text_is(h->headers[4].name, "Empty") && h->headers[4].value.raw.len == 0);
    return NULL;
}

static const char *the_client_is_what_a_trusted_proxy_says(void)
{
    static const char text[] = "GET / HTTP/1.1\r\n" HOST
                               "X-Forwarded-For: 1.1.1.1, 198.51.100.1, 10.0.0.2\r\n\r\n";
    stk_network trusted;
    CHECK(stk_network_parse(STK_S("10.0.0.0/8"), &trusted, NULL) == STK_OK);
    stk_decoder_setup none = { 0 }, some = { .proxies = { &trusted, 1 } };
    auto_decoding a, b;
    CHECK(decode_stream(&a, "http1", &none, (stk_str){ text, strlen(text) }));
    CHECK(decode_stream(&b, "http1", &some, (stk_str){ text, strlen(text) }));
    CHECK(a.event[0].u.http.client.raw.len == 0);
    CHECK(text_is(b.event[0].u.http.client.raw, "198.51.100.1"));
    return NULL;
}

static const char *limits_hold(void)
{
    size_t size = 2 * STK_BODY_BYTES;
    char *text = malloc(size + 100);
    CHECK(text != NULL);
    int n = snprintf(text, 100, "POST / HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", size);
    memset(text + n, 'a', size);
    stk_decoder_setup setup = { 0 };
    auto_decoding d;
    bool ok = decode_stream(&d, "http1", &setup, (stk_str){ text, (size_t)n + size });
    free(text);
    CHECK(ok && d.count == 1 && d.status[0] == STK_OK);
    CHECK(d.event[0].u.http.body.raw.len == STK_BODY_BYTES);
    CHECK(d.event[0].u.http.faults == STK_FAULT_BODY_CUT);

    static char many[8192] = "GET / HTTP/1.1\r\n" HOST;
    size_t len = strlen(many);
    for (int i = 0; i < 200; i++, len += 6)
        memcpy(many + len, "A: b\r\n", 6);
    memcpy(many + len, "\r\n", 3);
    auto_decoding m;
    CHECK(decode_stream(&m, "http1", &setup, (stk_str){ many, strlen(many) }));
    CHECK(m.count == 1 && m.event[0].u.http.header_count == STK_HEADERS);
    CHECK(m.event[0].u.http.faults == STK_FAULT_TOO_MANY_HEADERS);
    return NULL;
}

static const check_test tests[] = {
    { "requests end where they do", requests_end_where_they_do },
    { "framing does not hang on reads", framing_does_not_hang_on_reads },
    { "headers and session are found", headers_and_session_are_found },
    { "the client is what a trusted proxy says", the_client_is_what_a_trusted_proxy_says },
    { "limits hold", limits_hold },
};
CHECK_MAIN(tests)
