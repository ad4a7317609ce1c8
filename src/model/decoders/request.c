/* SPDX-License-Identifier: Apache-2.0 */
/* Request lines, escapes and clients: what the decoders of web requests have in common. */
#include "model/decoders/request.h"

#include "base/scan.h"

enum { METHOD_BYTES = 32, GUESS_LINES = 200 };

stk_str stk_log_line(stk_str unit, bool *ret_was_quoted)
{
    if (unit.len > 3 && memcmp(unit.ptr, "\xef\xbb\xbf", 3) == 0) /* an editor's byte order mark */
        unit.ptr += 3, unit.len -= 3;
    if (unit.len > 0 && unit.ptr[unit.len - 1] == '\n')
        unit.len--;
    if (unit.len > 0 && unit.ptr[unit.len - 1] == '\r')
        unit.len--;
    *ret_was_quoted = unit.len > 1 && unit.ptr[0] == '"';
    if (*ret_was_quoted) {
        unit.ptr++, unit.len--;
        unit.len -= unit.ptr[unit.len - 1] == '"';
    }
    return unit;
}

/* What the escape that starts at p[0] == '\\' stands for; bytes used, 0 for no escape. */
static size_t escape_at(const char *p, size_t left, char *ret)
{
    static const char from[] = "\"\\nrtbvf", to[] = "\"\\\n\r\t\b\v\f";
    if (left < 2)
        return 0;
    if (left >= 4 && p[1] == 'x' && stk_hex_digit(p[2]) >= 0 && stk_hex_digit(p[3]) >= 0) {
        *ret = (char)(stk_hex_digit(p[2]) << 4 | stk_hex_digit(p[3]));
        return 4;
    }
    const char *at = p[1] == '\0' ? NULL : strchr(from, p[1]);
    if (at == NULL)
        return 0;
    *ret = to[at - from];
    return 2;
}

stk_status stk_log_unescape(stk_str text, stk_arena *arena, stk_str *ret)
{
    if (text.len == 0 || memchr(text.ptr, '\\', text.len) == NULL) {
        *ret = text;
        return STK_OK;
    }
    char *out = stk_arena_bytes(arena, text.len);
    if (out == NULL)
        return STK_ERR_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < text.len;) {
        char c = text.ptr[i];
        size_t used = c == '\\' ? escape_at(text.ptr + i, text.len - i, &c) : 0;
        out[n++] = c;
        i += used == 0 ? 1 : used;
    }
    *ret = (stk_str){ out, n };
    return STK_OK;
}

/* The characters of a method (RFC 9110 section 5.6.2), letters of either case. */
static bool is_token(stk_str s, bool *ret_upper)
{
    *ret_upper = true;
    if (s.len == 0 || s.len > METHOD_BYTES)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 'A' && c <= 'Z')
            continue;
        bool mark = c == '-' || c == '_';
        *ret_upper = *ret_upper && mark && i != 0;
        bool other = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || mark ||
                     (c != 0 && strchr("!#$%&'*+.^`|~", c) != NULL);
        if (!other)
            return false;
    }
    return true;
}

/* "HTTP/1.1" and its kin at the end of a request line, after a blank. */
static size_t protocol_at(stk_str line)
{
    size_t at = line.len;
    while (at > 0 && line.len - at <= 8 && line.ptr[at - 1] != ' ')
        at--;
    stk_str last = { line.ptr + at, line.len - at };
    if (at == 0 || line.ptr[at - 1] != ' ' || last.len < 6 || memcmp(last.ptr, "HTTP/", 5) != 0 ||
        last.ptr[5] < '0' || last.ptr[5] > '9')
        return line.len;
    for (size_t i = 6; i < last.len; i++)
        if (last.ptr[i] != '.' && (last.ptr[i] < '0' || last.ptr[i] > '9'))
            return line.len;
    return at;
}

static bool same_scheme(stk_str s, const char *scheme, size_t n)
{
    if (s.len < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((s.ptr[i] | (i + 3 < n ? 0x20 : 0)) != scheme[i])
            return false;
    return true;
}

void stk_request_target(stk_str target, stk_http *http)
{
    http->target.raw = target;
    if (target.len < 8 || (target.ptr[0] | 0x20) != 'h')
        return;
    size_t start = same_scheme(target, "http://", 7)    ? 7
                   : same_scheme(target, "https://", 8) ? 8
                                                        : 0;
    if (start == 0)
        return;
    size_t end = stk_scan2(target, start, '/', '?');
    http->host.raw = (stk_str){ target.ptr + start, end - start };
    http->target.raw = end == target.len ? STK_S("/")
                                         : (stk_str){ target.ptr + end, target.len - end };
}

void stk_request_line(stk_str line, stk_http *http)
{
    if (stk_log_dash(line).len == 0)
        return;
    size_t space = stk_scan(line, 0, ' ');
    size_t protocol = protocol_at(line);
    bool upper;
    stk_str method = { line.ptr, space };
    bool whole = space < line.len && is_token(method, &upper) && (upper || protocol < line.len);
    if (!whole) {
        http->target.raw = line;
        return;
    }
    http->method = method;
    http->protocol = (stk_str){ line.ptr + protocol, line.len - protocol };
    size_t end = protocol < line.len ? protocol - 1 : line.len, start = space + 1;
    if (end > start)
        stk_request_target((stk_str){ line.ptr + start, end - start }, http);
}

bool stk_request_line_is(stk_str line)
{
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    size_t space = stk_scan(line, 0, ' ');
    bool upper;
    return protocol_at(line) < line.len && protocol_at(line) > space + 1 &&
           is_token((stk_str){ line.ptr, space }, &upper) && upper;
}

stk_status stk_request_client(const stk_proxies *proxies, const stk_seen *seen, stk_arena *arena,
                              stk_personal *ret_client, stk_personal *ret_peer)
{
    stk_str peer = stk_log_dash(seen->peer);
    stk_address client;
    if (!stk_client_resolve(proxies, peer, stk_log_dash(seen->forwarded),
                            stk_log_dash(seen->x_forwarded_for),
                            stk_log_dash(seen->cf_connecting_ip), &client)) {
        ret_client->raw = peer;
        return STK_OK;
    }
    char text[STK_ADDRESS_TEXT];
    stk_str canonical = { text, stk_address_text(&client, text) };
    if (stk_str_eq(canonical, peer)) {
        ret_client->raw = peer;
        return STK_OK;
    }
    ret_client->raw = stk_arena_copy(arena, canonical);
    if (ret_client->raw.ptr == NULL)
        return STK_ERR_MEMORY;
    stk_address direct;
    if (stk_address_parse(peer, &direct) && memcmp(&direct, &client, sizeof client) != 0)
        ret_peer->raw = peer;
    return STK_OK;
}

double stk_guess_lines(stk_str head, stk_line_score score, const void *context)
{
    stk_auto_arena *arena = stk_arena_new(4 * STK_UNIT_BYTES);
    if (arena == NULL)
        return 0;
    double sum = 0;
    size_t lines = 0;
    for (size_t at = 0; at < head.len && lines < GUESS_LINES;) {
        size_t end = stk_scan(head, at, '\n');
        bool cut = end == head.len && lines > 0;
        stk_str line = { head.ptr + at, end - at };
        at = end + 1;
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 || (cut && lines > 0))
            continue;
        sum += score(context, line, arena);
        lines++;
        stk_arena_reset(arena);
    }
    return lines == 0 ? 0 : sum / (double)lines;
}

double stk_guess_opened(stk_str head, stk_line_score score, stk_decoder_open start,
                        const char *argument)
{
    stk_auto_arena *life = stk_arena_new(256 << 10);
    const stk_decoder_setup setup = { .argument = { argument,
                                                    argument == NULL ? 0 : strlen(argument) } };
    void *self;
    if (life == NULL || start(&setup, life, &self, NULL) != STK_OK)
        return 0;
    return stk_guess_lines(head, score, self);
}
