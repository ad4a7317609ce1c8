/* SPDX-License-Identifier: Apache-2.0 */
/* Whole HTTP/1 requests one after the other, with their bodies, as a proxy or a test set records
 * them.
 *
 * Where a request ends is the hard part, because lengths can lie. A stated end is believed when
 * the start of another request, or the end of the stream, follows it (blank lines aside);
 * otherwise the next line that is a request line beyond doubt starts the next request. What that
 * says about the request is a fault of it, never a reason to set it aside. */
#include "base/scan.h"
#include "model/decoders/http1_head.h"
#include "model/decoders/request.h"

/* Bytes behind a body that may tell whether a request starts there: a bound, so that many requests
 * whose lengths all point into one long line do not cost its square. */
enum { LOOK_AHEAD = 64 << 10 };

typedef struct http1 {
    stk_proxies proxies;
    stk_client_rule client;
} http1;

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    http1 *self = stk_arena_array(life, http1, 1);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    *self = (http1){ .proxies = setup->proxies, .client = setup->client };
    *ret = self;
    return STK_OK;
}

static size_t skip_blank(stk_str bytes, size_t at)
{
    while (at < bytes.len && (bytes.ptr[at] == '\r' || bytes.ptr[at] == '\n'))
        at++;
    return at;
}

/* "Name: value" with a name as RFC 9110 has it. */
static bool header_like(stk_str line)
{
    size_t colon = stk_scan2(line, 0, ':', ' ');
    return colon > 0 && colon < line.len && line.ptr[colon] == ':';
}

typedef enum belief { HOLDS, FAILS, UNDECIDED } belief;

/* Does a request start at `at`, blank lines aside? At the start of a line an odd request line is
 * one too, when it ends in HTTP/x or a header follows it. */
static belief request_follows(stk_str bytes, size_t at, bool last)
{
    size_t start = skip_blank(bytes, at);
    if (start == bytes.len)
        return last ? HOLDS : UNDECIDED;
    if (bytes.len - start > LOOK_AHEAD) {
        bytes.len = start + LOOK_AHEAD;
        last = true;
    }
    bool line_start = start == 0 || bytes.ptr[start - 1] == '\n';
    stk_str line, next;
    size_t move = start;
    if (!stk_head_line(bytes, &move, &line) && !last)
        return UNDECIDED;
    if (stk_request_line_is(line))
        return HOLDS;
    if (!line_start || header_like(line))
        return FAILS;
    for (size_t i = line.len > 9 ? line.len - 9 : 0; i + 6 <= line.len; i++)
        if (memcmp(line.ptr + i, " HTTP/", 6) == 0)
            return HOLDS;
    if (!stk_head_line(bytes, &move, &next) && !last)
        return UNDECIDED;
    return header_like(next) ? HOLDS : FAILS;
}

/* Where the body should end by what the head says; bytes.len + 1 when beyond what is there. */
static size_t stated_end(stk_str bytes, const stk_head *head)
{
    if (head->chunked) {
        size_t ignored;
        bool more;
        stk_str rest = { bytes.ptr + head->len, bytes.len - head->len };
        size_t used = stk_chunks_read(rest, NULL, 0, &ignored, &more);
        if (used != 0)
            return head->len + used;
        if (more)
            return bytes.len + 1;
    }
    int64_t length = head->length < 0 ? 0 : head->length;
    return (uint64_t)length > bytes.len - head->len ? bytes.len + 1 : head->len + (size_t)length;
}

/* The next line from `at` on that is a request line beyond doubt; bytes.len for none. A line that
 * is not ended yet may still become another. */
static size_t next_request(stk_str bytes, size_t at, bool last)
{
    stk_str line;
    while (at < bytes.len) {
        size_t start = at;
        bool ended = stk_head_line(bytes, &at, &line);
        if ((ended || last) && stk_request_line_is(line))
            return start;
    }
    return bytes.len;
}

static stk_frame frame(const void *self, stk_str bytes, bool last, size_t *unit_len)
{
    (void)self;
    *unit_len = skip_blank(bytes, 0);
    if (*unit_len > 0 || bytes.len == 0)
        return bytes.len == 0 && !last ? STK_FRAME_MORE : STK_FRAME_SKIP;
    bool full = bytes.len >= STK_UNIT_BYTES;
    stk_str window = { bytes.ptr, full ? STK_UNIT_BYTES : bytes.len };
    *unit_len = window.len;
    stk_frame otherwise = full ? STK_FRAME_LONG : last ? STK_FRAME_UNIT : STK_FRAME_MORE;
    stk_head head = stk_head_read(window);
    if (!head.ended)
        return otherwise;
    *unit_len = head.len;
    if (head.cut)
        return STK_FRAME_UNIT;
    size_t end = stated_end(window, &head);
    if (end <= window.len) {
        belief next = request_follows(window, end, last || full);
        if (next == UNDECIDED)
            return STK_FRAME_MORE;
        *unit_len = end;
        if (next == HOLDS)
            return STK_FRAME_UNIT;
    } else if (otherwise == STK_FRAME_MORE) {
        return STK_FRAME_MORE;
    }
    *unit_len = next_request(window, head.len, last);
    return *unit_len < window.len ? STK_FRAME_UNIT : otherwise;
}

/* What the head's lines are, gathered while going through them. */
typedef struct gathering {
    stk_http *http;
    stk_header *headers;
    size_t crlf, lf, hosts;
} gathering;

static void known_header(stk_http *http, const stk_header *h, size_t *hosts)
{
    if (h->name.len == 4 && stk_header_is(h->name, STK_S("host"))) {
        if ((*hosts)++ == 0 && http->host.raw.len == 0) /* an absolute target's authority wins */
            http->host = h->value;
    } else if (h->name.len == 7 && stk_header_is(h->name, STK_S("referer"))) {
        http->referer = h->value;
    } else if (h->name.len == 10 && stk_header_is(h->name, STK_S("user-agent"))) {
        http->agent = h->value;
    }
}

static bool has_control(stk_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] < 0x20 && s.ptr[i] != '\t') || s.ptr[i] == 0x7f)
            return true;
    return false;
}

static void header(gathering *g, stk_str line)
{
    stk_http *http = g->http;
    uint32_t count = http->header_count;
    size_t colon = stk_scan(line, 0, ':');
    if (has_control(line))
        http->faults |= STK_FAULT_HEADER;
    if (line.ptr[0] == ' ' || line.ptr[0] == '\t') { /* folded: the value goes on (RFC 9112 5.2) */
        http->faults |= STK_FAULT_HEADER;
        if (count > 0) {
            stk_str *value = &g->headers[count - 1].value.raw;
            value->len = (size_t)(line.ptr + line.len - value->ptr);
        }
        return;
    }
    if (colon == line.len || colon == 0 || line.ptr[colon - 1] == ' ' ||
        line.ptr[colon - 1] == '\t')
        http->faults |= STK_FAULT_HEADER;
    if (count == STK_HEADERS) {
        http->faults |= STK_FAULT_TOO_MANY_HEADERS;
        return;
    }
    stk_str name = { line.ptr, colon };
    stk_str value = { line.ptr + colon, line.len - colon };
    if (value.len > 0)
        value.ptr++, value.len--;
    while (name.len > 0 && (name.ptr[name.len - 1] == ' ' || name.ptr[name.len - 1] == '\t'))
        name.len--;
    g->headers[count] = (stk_header){ .name = name, .value = { stk_header_trim(value) } };
    http->header_count++;
    known_header(http, &g->headers[count], &g->hosts);
}

static void count_ending(gathering *g, stk_str unit, size_t at)
{
    if (at >= 2 && unit.ptr[at - 1] == '\n' && unit.ptr[at - 2] == '\r')
        g->crlf++;
    else if (at >= 1 && unit.ptr[at - 1] == '\n')
        g->lf++;
}

static void read_head(gathering *g, stk_str unit, size_t head_len)
{
    stk_str line, head = { unit.ptr, head_len };
    size_t at = 0;
    (void)stk_head_line(head, &at, &line);
    count_ending(g, head, at);
    stk_request_line(line, g->http);
    stk_str target = g->http->target.raw, protocol = g->http->protocol;
    if (!stk_request_line_is(line) || has_control(line) || stk_scan(target, 0, ' ') < target.len ||
        protocol.len != 8 || memcmp(protocol.ptr, "HTTP/1.", 7) != 0)
        g->http->faults |= STK_FAULT_REQUEST_LINE;
    while (at < head.len) {
        (void)stk_head_line(head, &at, &line);
        count_ending(g, head, at);
        if (line.len > 0)
            header(g, line);
    }
    if (g->crlf > 0 && g->lf > 0)
        g->http->faults |= STK_FAULT_BARE_LF;
    if (memchr(head.ptr, '\0', head.len) != NULL)
        g->http->faults |= STK_FAULT_NUL;
    if (g->hosts > 1 ||
        (g->hosts == 0 && !stk_str_eq(protocol, STK_S("HTTP/1.0")) && protocol.len > 0))
        g->http->faults |= STK_FAULT_HOST;
}

static stk_str without_line_ends(stk_str s)
{
    while (s.len > 0 && (s.ptr[s.len - 1] == '\r' || s.ptr[s.len - 1] == '\n'))
        s.len--;
    return s;
}

static stk_status read_body(stk_str unit, const stk_head *head, stk_arena *arena, stk_http *http)
{
    stk_str rest = { unit.ptr + head->len, unit.len - head->len };
    if (head->length == STK_LENGTH_BAD)
        http->faults |= STK_FAULT_LENGTH;
    if (head->chunked && head->length != STK_LENGTH_NONE)
        http->faults |= STK_FAULT_LENGTH_AND_CHUNKED;
    if (head->chunked) {
        size_t room = rest.len < STK_BODY_BYTES ? rest.len : STK_BODY_BYTES, len;
        char *out = stk_arena_bytes(arena, room + 1);
        bool more;
        if (out == NULL)
            return STK_ERR_MEMORY;
        bool valid = stk_chunks_read(rest, out, room, &len, &more) != 0;
        http->faults |= valid ? 0 : STK_FAULT_CHUNKING;
        if (valid && len == STK_BODY_BYTES)
            http->faults |= STK_FAULT_BODY_CUT;
        rest = valid ? (stk_str){ out, len } : without_line_ends(rest);
    } else {
        uint64_t length = head->length < 0 ? 0 : (uint64_t)head->length;
        bool met = length <= rest.len && skip_blank(rest, (size_t)length) == rest.len;
        if (!met)
            http->faults |= STK_FAULT_LENGTH;
        rest = met ? (stk_str){ rest.ptr, (size_t)length } : without_line_ends(rest);
    }
    if (rest.len > STK_BODY_BYTES) {
        http->faults |= STK_FAULT_BODY_CUT;
        rest.len = STK_BODY_BYTES;
    }
    http->body.raw = rest;
    return STK_OK;
}

/* Nobody recorded who sent the request. Where proxies are trusted it came through one of them, and
 * who spoke to that one is what it appended to X-Forwarded-For. */
static stk_status find_client(const http1 *h, stk_arena *arena, stk_http *http)
{
    stk_seen seen = { 0 };
    for (size_t i = 0; i < http->header_count && h->proxies.count > 0; i++)
        if (http->headers[i].name.len == 15 &&
            stk_header_is(http->headers[i].name, STK_S("x-forwarded-for")))
            seen.x_forwarded_for = http->headers[i].value.raw;
    stk_str *list = &seen.x_forwarded_for;
    size_t start = list->len;
    while (start > 0 && list->ptr[start - 1] != ',')
        start--;
    seen.peer = (stk_str){ list->len == 0 ? NULL : list->ptr + start, list->len - start };
    list->len = start == 0 ? 0 : start - 1;
    stk_personal nearest = { 0 };
    stk_address ignored;
    if (!stk_address_parse(seen.peer, &ignored))
        return STK_OK;
    return stk_request_client(&h->proxies, &seen, arena, &http->client, &nearest);
}

static stk_status decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                         stk_error *err)
{
    const http1 *h = self;
    stk_head head = stk_head_read(unit);
    stk_str first;
    size_t at = 0;
    (void)stk_head_line(unit, &at, &first);
    if (!head.ended && !stk_request_line_is(first))
        return stk_fail(err, STK_ERR_SYNTAX, "no request line, and no head that ends");
    stk_event_init(out, STK_KIND_HTTP_REQUEST);
    stk_http *http = &out->u.http;
    http->whole = true;
    size_t most = head.lines < STK_HEADERS ? head.lines : STK_HEADERS;
    gathering g = { .http = http, .headers = stk_arena_array(arena, stk_header, most + 1) };
    if (g.headers == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a request's headers");
    read_head(&g, unit, head.len);
    http->headers = g.headers;
    if (!head.ended || head.cut)
        http->faults |= STK_FAULT_HEADER;
    if (read_body(unit, &head, arena, http) != STK_OK || find_client(h, arena, http) != STK_OK)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a request's body or client");
    http->session.raw = stk_client_session(&h->client, http->headers, http->header_count);
    return STK_OK;
}

/* Share of the bytes that stand in requests with a proper request line. */
static double guess(stk_str head, const char **ret_argument)
{
    *ret_argument = NULL;
    size_t good = 0, all = 0;
    for (size_t at = 0, n; at < head.len; at += n) {
        stk_str rest = { head.ptr + at, head.len - at }, first;
        size_t ignored = 0;
        if (frame(NULL, rest, true, &n) == STK_FRAME_SKIP)
            continue;
        (void)stk_head_line(rest, &ignored, &first);
        all += n;
        good += stk_request_line_is(first) ? n : 0;
    }
    return all == 0 ? 0 : (double)good / (double)all;
}

const stk_decoder stk_decoder_http1 = {
    .name = "http1",
    .summary = "whole raw HTTP/1 requests one after the other, with bodies",
    .open = open_it,
    .frame = frame,
    .decode = decode,
    .guess = guess,
};
