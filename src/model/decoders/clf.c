/* SPDX-License-Identifier: Apache-2.0 */
/* One reader of the Common Log Format family:
 *
 *   [vhost ]client ident user [22/Dec/2016:16:30:52 +0300] "request" status bytes
 *       ["referer" "agent"[ anything else]]
 *
 * It is the hot path of every replay of a web log, so it goes through the line once, from
 * delimiter to delimiter, and copies a field only when it holds an escape.
 *
 * Quotes inside fields: nginx writes \x22, Apache \", and some tools write them bare. A quote
 * closes the request only where a status follows, and the referer only where a quote follows. */
#include "model/decoders/clf.h"

#include "base/scan.h"
#include "base/time_parse.h"
#include "model/decoders/request.h"

typedef struct clf {
    stk_clf_shape shape;
    stk_proxies proxies;
} clf;

/* A line on its way: what is left of it, and what it turned out to be. */
typedef struct reader {
    stk_str line;
    size_t at;
    bool combined; /* has a referer and a user agent */
    bool extras;   /* something stands after them */
    bool shifted;  /* an address stands where identd's answer should */
    const char *fault;
} reader;

stk_status stk_clf_open(stk_clf_shape shape, const stk_decoder_setup *setup, stk_arena *life,
                        void **ret, stk_error *err)
{
    clf *self = stk_arena_array(life, clf, 1);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    *self = (clf){ .shape = shape, .proxies = setup->proxies };
    *ret = self;
    return STK_OK;
}

/* The bytes up to the next blank, which is passed. */
static inline stk_str word(reader *r)
{
    size_t start = r->at, end = stk_scan(r->line, start, ' ');
    r->at = end < r->line.len ? end + 1 : end;
    return (stk_str){ r->line.ptr + start, end - start };
}

/* Does a status stand at `at`: "200 ", "- ", or either at the line's end? */
static bool status_at(stk_str line, size_t at)
{
    size_t n = 0;
    while (n < 4 && at + n < line.len && line.ptr[at + n] >= '0' && line.ptr[at + n] <= '9')
        n++;
    if (n == 0 && at < line.len && line.ptr[at] == '-')
        n = 1;
    else if (n != 3)
        return false;
    return at + n == line.len || line.ptr[at + n] == ' ';
}

typedef enum closing { BEFORE_STATUS, BEFORE_QUOTE, BEFORE_END } closing;

static bool closes(stk_str line, size_t quote, closing what)
{
    size_t next = quote + 1;
    if (what == BEFORE_END && next == line.len)
        return true;
    if (next >= line.len || line.ptr[next] != ' ')
        return false;
    if (what == BEFORE_STATUS)
        return status_at(line, next + 1);
    return what == BEFORE_END || (next + 1 < line.len && line.ptr[next + 1] == '"');
}

/* A field in quotes; r->at stands on the opening one and is left behind the closing one.
 * `ret_escaped`: it holds a backslash. */
static bool quoted(reader *r, closing what, stk_str *ret, bool *ret_escaped)
{
    stk_str line = r->line;
    if (r->at >= line.len || line.ptr[r->at] != '"')
        return false;
    size_t start = r->at + 1;
    *ret_escaped = false;
    for (int honour = 1; honour >= 0; honour--) { /* at last, backslashes that escape nothing */
        for (size_t at = stk_scan2(line, start, '"', '\\'); at < line.len;
             at = stk_scan2(line, at + 1, '"', '\\')) {
            if (line.ptr[at] == '\\') {
                *ret_escaped = true;
                at += (size_t)honour;
            } else if (closes(line, at, what)) {
                *ret = (stk_str){ line.ptr + start, at - start };
                r->at = at + 1;
                return true;
            }
        }
        if (!*ret_escaped)
            return false;
    }
    return false;
}

/* The user may hold blanks and brackets: it ends where " [" and a time follow. */
static bool user_and_time(reader *r, stk_str *ret_user, stk_stamp *ret_at)
{
    size_t start = r->at;
    for (size_t at = stk_scan(r->line, start, '['); at < r->line.len;
         at = stk_scan(r->line, at + 1, '[')) {
        stk_str stamp = { r->line.ptr + at + 1, r->line.len - at - 1 };
        if (at > start && r->line.ptr[at - 1] == ' ' && stamp.len > STK_CLF_STAMP &&
            stamp.ptr[STK_CLF_STAMP] == ']' && stk_time_clf(stamp, ret_at) != 0) {
            *ret_user = (stk_str){ r->line.ptr + start, at - 1 - start };
            r->at = at + 1 + STK_CLF_STAMP + 1;
            return true;
        }
    }
    return false;
}

/* Digits up to a blank; -1 for "-". */
static bool number(reader *r, int64_t *ret)
{
    size_t at = r->at;
    int64_t value = 0;
    for (; at < r->line.len && at - r->at < 18 && r->line.ptr[at] >= '0' && r->line.ptr[at] <= '9';
         at++)
        value = value * 10 + (r->line.ptr[at] - '0');
    if (at == r->at) {
        if (at == r->line.len || r->line.ptr[at] != '-')
            return false;
        value = -1;
        at++;
    }
    if (at < r->line.len && r->line.ptr[at] != ' ')
        return false;
    r->at = at < r->line.len ? at + 1 : at;
    *ret = value;
    return true;
}

static bool fails(reader *r, const char *fault)
{
    r->fault = fault;
    return false;
}

/* Referer, agent and what stands behind them. The first extra is nginx's $http_x_forwarded_for
 * in the format `main` that its packages ship; it matters only where the peer is trusted. */
static bool tail(reader *r, stk_http *http, stk_seen *seen, bool escaped[3])
{
    if (!quoted(r, BEFORE_QUOTE, &http->referer.raw, &escaped[1]) || r->line.ptr[r->at++] != ' ')
        return fails(r, "no referer in quotes after the bytes");
    if (!quoted(r, BEFORE_END, &http->agent.raw, &escaped[2]))
        return fails(r, "no user agent in quotes after the referer");
    r->combined = true;
    r->extras = r->at < r->line.len;
    bool ignored;
    if (r->extras && r->line.ptr[r->at++] == ' ' &&
        quoted(r, BEFORE_END, &seen->x_forwarded_for, &ignored)) {
        stk_address first;
        stk_str list = seen->x_forwarded_for;
        list.len = stk_scan(list, 0, ',');
        if (!stk_address_parse(list, &first))
            seen->x_forwarded_for = (stk_str){ 0 };
    }
    return true;
}

static bool read_line(const clf *self, reader *r, stk_event *out, stk_seen *seen, stk_str *request,
                      bool escaped[3])
{
    stk_http *http = &out->u.http;
    stk_stamp stamp;
    if (self->shape == STK_CLF_VHOST) {
        stk_str host = word(r);
        size_t port = stk_scan(host, 0, ':');
        http->host.raw = stk_log_dash(
            (stk_str){ host.ptr, port < host.len && memchr(host.ptr + port + 1, ':',
                                                           host.len - port - 1) == NULL
                                     ? port
                                     : host.len });
    }
    seen->peer = word(r);
    stk_str ident = word(r); /* which nobody has asked for in decades */
    stk_address ignored;
    r->shifted = ident.len > 1 && stk_address_parse(ident, &ignored);
    if (seen->peer.len == 0 || (self->shape == STK_CLF_VHOST && seen->peer.ptr[0] == '-') ||
        !user_and_time(r, &http->user.raw, &stamp))
        return fails(r, "no time like [22/Dec/2016:16:30:52 +0300] after client, ident and user");
    if (STK_UNLIKELY(stk_scan(http->user.raw, 0, ' ') < http->user.raw.len) &&
        !stk_address_parse(seen->peer, &ignored))
        return fails(r, "something stands ahead of the client"); /* a syslog head, say */
    http->user.raw = stk_log_dash(http->user.raw);
    out->meta.at = stamp.at;
    out->meta.zone_s = stamp.zone_s;
    if (r->at >= r->line.len || r->line.ptr[r->at++] != ' ' ||
        !quoted(r, BEFORE_STATUS, request, &escaped[0]) || r->line.ptr[r->at++] != ' ')
        return fails(r, "no request in quotes and status after the time");
    if (!number(r, &http->status))
        return fails(r, "the status is no number");
    if (r->at < r->line.len && !number(r, &http->bytes))
        return fails(r, "the bytes are no number");
    if (r->at < r->line.len && (self->shape != STK_CLF_COMMON || r->line.ptr[r->at] == '"')) {
        if (!tail(r, http, seen, escaped))
            return self->shape == STK_CLF_COMMON;
    } else if (self->shape != STK_CLF_COMMON) {
        return fails(r, "no referer and user agent (is it the format common?)");
    }
    return true;
}

/* A line in quotes whose inner quotes are doubled, as spreadsheets export it. */
static stk_str undouble(stk_str line, stk_arena *arena)
{
    char *out = stk_arena_bytes(arena, line.len);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < line.len; i++) {
        out[n++] = line.ptr[i];
        i += i + 1 < line.len && line.ptr[i] == '"' && line.ptr[i + 1] == '"';
    }
    return (stk_str){ out, n };
}

static stk_status finish(const clf *self, const stk_seen *seen, stk_str request,
                         const bool escaped[3], stk_arena *arena, stk_http *http)
{
    if (STK_UNLIKELY(escaped[0]))
        STK_TRY(stk_log_unescape(request, arena, &request));
    if (STK_UNLIKELY(escaped[1]))
        STK_TRY(stk_log_unescape(http->referer.raw, arena, &http->referer.raw));
    if (STK_UNLIKELY(escaped[2]))
        STK_TRY(stk_log_unescape(http->agent.raw, arena, &http->agent.raw));
    http->referer.raw = stk_log_dash(http->referer.raw);
    http->agent.raw = stk_log_dash(http->agent.raw);
    stk_request_line(request, http);
    return stk_request_client(&self->proxies, seen, arena, &http->client, &http->peer);
}

static stk_status decode(const clf *self, stk_str unit, stk_arena *arena, stk_event *out, reader *r,
                         stk_error *err)
{
    bool was_quoted, escaped[3] = { false, false, false };
    stk_str request = { 0 };
    stk_seen seen = { 0 };
    *r = (reader){ .line = stk_log_line(unit, &was_quoted) };
    stk_event_init(out, STK_KIND_HTTP_REQUEST);
    if (was_quoted && memmem(r->line.ptr, r->line.len, "] \"\"", 4) != NULL) {
        r->line = undouble(r->line, arena);
        if (r->line.ptr == NULL)
            return stk_fail(err, STK_ERR_MEMORY, "no memory for a line");
    }
    if (!read_line(self, r, out, &seen, &request, escaped))
        return stk_fail(err, STK_ERR_SYNTAX, "%s", r->fault);
    if (finish(self, &seen, request, escaped, arena, &out->u.http) != STK_OK)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line");
    return STK_OK;
}

stk_status stk_clf_decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                          stk_error *err)
{
    reader r;
    return decode(self, unit, arena, out, &r, err);
}

/* The shape that says all there is scores 1; one that leaves something unsaid scores less. */
static double score(const void *context, stk_str line, stk_arena *arena)
{
    const clf *self = context;
    reader r;
    stk_event event;
    if (decode(self, line, arena, &event, &r, NULL) != STK_OK)
        return 0;
    if (r.shifted)
        return 0.3; /* it is rather a vhost that stands in front */
    if (r.extras)
        return 0.8;
    return self->shape == STK_CLF_COMMON && (r.combined || r.at < r.line.len) ? 0.4 : 1;
}

double stk_clf_guess(stk_clf_shape shape, stk_str head)
{
    clf self = { .shape = shape };
    return stk_guess_lines(head, score, &self);
}
