/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a JSON body (RFC 8259), named by their path: {"a":{"b":[7]}} carries a.b.0 = 7.
 *
 * A pull lexer without a tree: the stack is a path of names in one small buffer, depth is bounded
 * by STK_NEST_DEPTH, and each byte is read once. It is tolerant where servers differ (it does not
 * check numbers or literals), and where it cannot go on, the rest is carried as it stands. */
#include "base/utf8.h"
#include "model/carry/parts.h"

enum { PATH_BYTES = 256 };

typedef struct reader {
    stk_carrier *c;
    stk_str s;
    size_t at;
    char path[PATH_BYTES];
    size_t path_len;
    struct level {
        size_t path_len; /* of the container itself */
        uint32_t index;  /* of the next item; lists only */
        bool list;
    } level[STK_NEST_DEPTH];
    size_t depth;
} reader;

static void skip_blanks(reader *r)
{
    while (r->at < r->s.len && memchr(" \t\r\n", r->s.ptr[r->at], 4) != NULL)
        r->at++;
}

static char peek(reader *r)
{
    skip_blanks(r);
    return r->at < r->s.len ? r->s.ptr[r->at] : '\0';
}

/* Add ".name" to the path; a name that does not fit is cut, which two names may then share. */
static void enter_name(reader *r, size_t from, stk_str name)
{
    r->path_len = from;
    if (from != 0 && r->path_len < PATH_BYTES)
        r->path[r->path_len++] = '.';
    size_t n = name.len < PATH_BYTES - r->path_len ? name.len : PATH_BYTES - r->path_len;
    if (n != 0)
        memcpy(r->path + r->path_len, name.ptr, n);
    r->path_len += n;
}

static void enter_index(reader *r, size_t from, uint32_t index)
{
    char digits[10];
    size_t n = sizeof digits;
    do
        digits[--n] = (char)('0' + index % 10);
    while ((index /= 10) != 0);
    enter_name(r, from, (stk_str){ digits + n, sizeof digits - n });
}

/* The bytes between the quotes, r->at behind them. False: the string does not end. */
static bool string_span(reader *r, stk_str *ret, bool *escaped)
{
    size_t from = ++r->at;
    *escaped = false;
    for (; r->at < r->s.len; r->at++) {
        char c = r->s.ptr[r->at];
        if (c == '"') {
            *ret = stk_str_from(r->s, from, r->at++);
            return true;
        }
        if (c == '\\') {
            *escaped = true;
            r->at++;
        }
    }
    return false;
}

/* \uXXXX at s.ptr[i], with its low half where there is one; bytes taken, 0: broken. */
static size_t unicode_escape(stk_str s, size_t i, uint32_t *code)
{
    int32_t high = stk_hex_run(s, i + 2, 4);
    if (high < 0)
        return 0;
    *code = (uint32_t)high;
    if (high < 0xd800 || high > 0xdfff)
        return 6;
    int32_t low = i + 7 < s.len && s.ptr[i + 6] == '\\' && s.ptr[i + 7] == 'u'
                      ? stk_hex_run(s, i + 8, 4)
                      : -1;
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) {
        *code = 0xfffd;
        return 6;
    }
    *code = 0x10000 + ((uint32_t)(high - 0xd800) << 10 | (uint32_t)(low - 0xdc00));
    return 12;
}

/* Take the escapes off; the result is never longer. ptr NULL: the arena's budget is spent. */
static stk_str unescape(stk_arena *arena, stk_str s)
{
    char *out = stk_arena_bytes(arena, s.len);
    if (out == NULL)
        return (stk_str){ 0 };
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] != '\\' || i + 1 == s.len) {
            out[n++] = s.ptr[i++];
            continue;
        }
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        char c = s.ptr[i + 1];
        const char *known = c == '\0' ? NULL : strchr(from, c);
        uint32_t code;
        size_t took = c == 'u' ? unicode_escape(s, i, &code) : 0;
        if (took != 0) {
            n += stk_utf8_put(code, out + n);
            i += took;
            continue;
        }
        out[n++] = known != NULL ? to[known - from] : c;
        i += 2;
    }
    return (stk_str){ out, n };
}

static void add(reader *r, stk_str once, bool escaped)
{
    stk_str name = stk_arena_copy(r->c->arena, (stk_str){ r->path, r->path_len });
    if (name.ptr == NULL || once.ptr == NULL) {
        r->c->full = r->c->out->cut = true;
        return;
    }
    stk_carrier_add_once(r->c, STK_PLACE_BODY, name, once, escaped ? STK_MET_ESCAPE : 0, escaped);
}

static bool read_string(reader *r)
{
    stk_str s;
    bool escaped;
    if (!string_span(r, &s, &escaped))
        return false;
    add(r, escaped ? unescape(r->c->arena, s) : s, escaped);
    return true;
}

static bool read_bare(reader *r)
{
    size_t from = r->at;
    while (r->at < r->s.len && memchr(",]}: \t\r\n\"[{", r->s.ptr[r->at], 11) == NULL)
        r->at++;
    if (r->at == from)
        return false;
    add(r, stk_str_from(r->s, from, r->at), false);
    return true;
}

/* "name": with the path set to it. */
static bool read_name(reader *r, struct level *in)
{
    stk_str s;
    bool escaped;
    if (peek(r) != '"' || !string_span(r, &s, &escaped) || peek(r) != ':')
        return false;
    r->at++;
    if (escaped)
        s = unescape(r->c->arena, s);
    if (s.ptr == NULL) {
        r->c->full = r->c->out->cut = true;
        return false;
    }
    enter_name(r, in->path_len, stk_carrier_name(r->c, s, STK_LAYER_NONE));
    return true;
}

static bool open_container(reader *r, char bracket)
{
    if (r->depth == STK_NEST_DEPTH)
        return false;
    r->at++;
    r->level[r->depth++] = (struct level){ .path_len = r->path_len, .list = bracket == '[' };
    return true;
}

/* One step inside the innermost container: its end, or an item. */
static bool step(reader *r)
{
    struct level *in = &r->level[r->depth - 1];
    char c = peek(r);
    if (c == (in->list ? ']' : '}')) {
        r->at++;
        r->depth--;
        return true;
    }
    if (c == ',') {
        r->at++;
        return true;
    }
    if (in->list)
        enter_index(r, in->path_len, in->index++);
    else if (!read_name(r, in))
        return false;
    c = peek(r);
    if (c == '{' || c == '[')
        return open_container(r, c);
    return c == '"' ? read_string(r) : read_bare(r);
}

void stk_carry_json(stk_carrier *c, stk_str bytes)
{
    reader r = { .c = c, .s = bytes };
    char first = peek(&r);
    bool fine = first == '{' || first == '[' ? open_container(&r, first)
                : first == '"'               ? read_string(&r)
                                             : read_bare(&r);
    while (fine && r.depth != 0 && !c->full)
        fine = step(&r);
    skip_blanks(&r);
    if (c->full || (fine && r.at >= bytes.len))
        return;
    c->out->body_broken = true;
    if (r.at > bytes.len)
        r.at = bytes.len;
    stk_carrier_add(c, STK_PLACE_BODY, STK_S(""), stk_str_from(bytes, r.at, bytes.len),
                    STK_LAYER_NONE);
}
