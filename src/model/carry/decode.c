/* SPDX-License-Identifier: Apache-2.0 */
/* Taking the encodings off one value.
 *
 * The first layer is the server's own and gives `once`. Whatever is still encoded after it is
 * peeled off again and again, at most STK_DECODE_ROUNDS layers, and gives `text`: nobody but an
 * attacker (or a careless program) encodes twice, but a value may also just look so, which is why
 * the two are kept apart. Values without a byte that means anything here are borrowed as they are.
 */
#include "base/utf8.h"
#include "model/carry/parts.h"

/* Small values are worked on here and copied out at their exact size. */
enum { BENCH_BYTES = 1024 };

size_t stk_unpercent(stk_str s, unsigned layer, char *out, uint32_t *met)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '+' && (layer & STK_LAYER_PLUS)) {
            c = ' ';
        } else if (c == '%' && (layer & STK_LAYER_PERCENT)) {
            int32_t v = stk_hex_run(s, i + 1, 2);
            if (v >= 0) {
                *met |= STK_MET_PERCENT;
                c = (char)v;
                i += 2;
            } else if (i + 1 >= s.len || (s.ptr[i + 1] | 0x20) != 'u' ||
                       stk_hex_run(s, i + 2, 4) < 0) {
                *met |= STK_MET_PERCENT_BAD;
            }
        }
        out[n++] = c;
    }
    return n;
}

/* An overlong form at p: its bytes and what it hides; 0: it is none. Only ASCII is worth hiding. */
static size_t overlong_form(const unsigned char *p, size_t left, uint32_t *code)
{
    if (left >= 2 && (p[0] == 0xc0 || p[0] == 0xc1) && (p[1] & 0xc0) == 0x80) {
        *code = (uint32_t)(p[0] & 1) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if (left >= 3 && p[0] == 0xe0 && (p[1] == 0x80 || p[1] == 0x81) && (p[2] & 0xc0) == 0x80) {
        *code = (uint32_t)(p[1] & 1) << 6 | (p[2] & 0x3f);
        return 3;
    }
    if (left >= 4 && p[0] == 0xf0 && p[1] == 0x80 && (p[2] == 0x80 || p[2] == 0x81) &&
        (p[3] & 0xc0) == 0x80) {
        *code = (uint32_t)(p[2] & 1) << 6 | (p[3] & 0x3f);
        return 4;
    }
    return 0;
}

size_t stk_to_utf8(stk_str s, bool overlong, char *out, uint32_t *met)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        unsigned char b = (unsigned char)s.ptr[i];
        if (b < 0x80) {
            out[n++] = (char)b;
            i++;
            continue;
        }
        uint32_t code;
        size_t took = stk_utf8_next(s, i, &code);
        if (code != STK_UTF8_BAD) {
            memcpy(out + n, s.ptr + i, took);
            n += took;
            i += took;
            continue;
        }
        *met |= STK_MET_BAD_UTF8;
        size_t hidden = overlong_form((const unsigned char *)s.ptr + i, s.len - i, &code);
        if (hidden != 0) {
            *met |= STK_MET_OVERLONG;
            if (overlong) {
                out[n++] = (char)code;
                i += hidden;
                continue;
            }
        }
        n += stk_utf8_put(b, out + n);
        i++;
    }
    return n;
}

static bool is_utf8(stk_str s)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t code;
        i += stk_utf8_next(s, i, &code);
        if (code == STK_UTF8_BAD)
            return false;
    }
    return true;
}

/* \uXXXX, \u{X}, \xXX: bytes taken and the character; 0: it is none. */
static size_t escape(stk_str s, size_t at, uint32_t *code)
{
    if (at + 1 >= s.len)
        return 0;
    char kind = s.ptr[at + 1] | 0x20;
    size_t digits = kind == 'u' ? 4 : kind == 'x' ? 2 : 0;
    int32_t v = digits == 0 ? -1 : stk_hex_run(s, at + 2, digits);
    if (v < 0 || (v >= 0xd800 && v < 0xe000))
        return 0;
    *code = (uint32_t)v;
    return 2 + digits;
}

/* An encoding that starts at s.ptr[i]: bytes taken, bytes written to `out`, never more. */
static size_t peel_one(stk_str s, size_t i, char *out, size_t *wrote, uint32_t *met)
{
    uint32_t code = 0, flag = 0;
    size_t took = 0;
    int32_t v;
    switch ((unsigned char)s.ptr[i]) {
    case '%':
        if ((v = stk_hex_run(s, i + 1, 2)) >= 0) {
            *met |= *met & STK_MET_PERCENT ? STK_MET_PERCENT_TWICE : STK_MET_PERCENT;
            out[0] = (char)v;
            *wrote = 1;
            return 3;
        }
        if (i + 1 < s.len && (s.ptr[i + 1] | 0x20) == 'u' && (v = stk_hex_run(s, i + 2, 4)) >= 0 &&
            !(v >= 0xd800 && v < 0xe000)) {
            code = (uint32_t)v;
            took = 6;
            flag = STK_MET_PERCENT_U;
        }
        break;
    case '&':
        took = stk_entity(s, i, false, &code);
        flag = STK_MET_ENTITY;
        break;
    case '\\':
        took = escape(s, i, &code);
        flag = STK_MET_ESCAPE;
        break;
    case 0xef: /* U+FF01..U+FF5E */
        took = stk_utf8_next(s, i, &code);
        if (code < 0xff01 || code > 0xff5e)
            return 0;
        code -= 0xfee0;
        flag = STK_MET_FULLWIDTH;
        break;
    default:
        return 0;
    }
    if (took == 0)
        return 0;
    if (code >= 0xff01 && code <= 0xff5e) { /* %uff1c: full-width and escaped at once */
        code -= 0xfee0;
        flag |= STK_MET_FULLWIDTH;
    }
    *met |= flag;
    *wrote = stk_utf8_put(code, out);
    return took;
}

/* One layer of everything. Returns whether there was any. */
static bool peel(stk_str s, char *out, size_t *len, uint32_t *met)
{
    uint32_t before = *met; /* "twice" speaks of layers, not of two escapes in one */
    uint32_t found = before;
    bool any = false;
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        size_t wrote = 0;
        uint32_t here = before;
        size_t took = peel_one(s, i, out + n, &wrote, &here);
        found |= here;
        if (took == 0) {
            out[n++] = s.ptr[i++];
            continue;
        }
        any = true;
        n += wrote;
        i += took;
    }
    *len = n;
    *met = found;
    return any;
}

/* Two places to work in turn on the stack; what is too large for them is worked on in the arena. */
typedef struct bench {
    stk_arena *arena;
    unsigned turn;
    char small[2][BENCH_BYTES];
} bench;

static char *bench_take(bench *b, size_t need)
{
    if (need > BENCH_BYTES)
        return stk_arena_bytes(b->arena, need);
    b->turn ^= 1;
    return b->small[b->turn];
}

/* What stands on the bench moves to the arena, so that the bench is free; the rest stays. */
static bool settle(bench *b, stk_str *s)
{
    if (s->ptr != b->small[0] && s->ptr != b->small[1])
        return true;
    char *p = stk_arena_bytes(b->arena, s->len + 1);
    if (p == NULL)
        return false;
    memcpy(p, s->ptr, s->len);
    p[s->len] = '\0';
    s->ptr = p;
    return true;
}

static bool to_utf8(bench *b, stk_str *s, bool overlong, uint32_t *met)
{
    if (!(stk_scan_bytes(*s) & STK_BYTE_HIGH) || is_utf8(*s))
        return true;
    char *out = bench_take(b, 2 * s->len);
    if (out == NULL)
        return false;
    *s = (stk_str){ out, stk_to_utf8(*s, overlong, out, met) };
    return true;
}

static bool has_layer(stk_str s)
{
    return (stk_scan_bytes(s) & (STK_BYTE_PERCENT | STK_BYTE_AMP | STK_BYTE_BACKSLASH)) != 0 ||
           memchr(s.ptr, 0xef, s.len) != NULL;
}

/* From bytes with the first layer off: read them as UTF-8, then peel on. */
static bool further(bench *b, stk_str bytes, stk_value *v)
{
    stk_str once = bytes;
    if (!to_utf8(b, &once, false, &v->met) || !settle(b, &once))
        return false;
    stk_str text = once;
    if ((v->met & STK_MET_OVERLONG) != 0) {
        text = bytes;
        if (!settle(b, &text) || !to_utf8(b, &text, true, &v->met))
            return false;
    }
    while (v->rounds < STK_DECODE_ROUNDS && text.len != 0 && has_layer(text)) {
        char *out = bench_take(b, text.len);
        size_t len;
        if (out == NULL)
            return false;
        if (!peel(text, out, &len, &v->met))
            break;
        text = (stk_str){ out, len };
        v->rounds++;
        if (!to_utf8(b, &text, true, &v->met))
            return false;
    }
    bool same = text.ptr == once.ptr;
    if (!settle(b, &text))
        return false;
    unsigned left = stk_scan_bytes(text);
    v->met |= (left & STK_BYTE_NUL ? STK_MET_NUL : 0u) |
              (left & STK_BYTE_CONTROL ? STK_MET_CONTROL : 0u);
    v->once.raw = once;
    v->text.raw = same ? once : text;
    return true;
}

bool stk_decode_further(stk_arena *arena, stk_str bytes, stk_value *v)
{
    if (bytes.len > STK_BODY_BYTES) {
        bytes.len = STK_BODY_BYTES;
        v->met |= STK_MET_CUT;
    }
    if (!(stk_scan_bytes(bytes) & ~(unsigned)STK_BYTE_PLUS)) {
        v->once.raw = v->text.raw = bytes;
        return true;
    }
    bench b; /* not zeroed: it is work space */
    b.arena = arena;
    b.turn = 0;
    return further(&b, bytes, v);
}

bool stk_decode_value(stk_arena *arena, stk_str raw, unsigned layer, stk_value *v)
{
    if (raw.len > STK_BODY_BYTES) {
        raw.len = STK_BODY_BYTES;
        v->met |= STK_MET_CUT;
    }
    unsigned found = stk_scan_bytes(raw);
    unsigned first = (layer & STK_LAYER_PERCENT ? STK_BYTE_PERCENT : 0u) |
                     (layer & STK_LAYER_PLUS ? STK_BYTE_PLUS : 0u);
    if (!(found & (first | ~(unsigned)STK_BYTE_PLUS))) {
        v->once.raw = v->text.raw = raw;
        return true;
    }
    bench b; /* not zeroed: it is work space */
    b.arena = arena;
    b.turn = 0;
    if (!(found & first))
        return further(&b, raw, v);
    char *out = bench_take(&b, raw.len);
    if (out == NULL)
        return false;
    stk_str bytes = { out, stk_unpercent(raw, layer, out, &v->met) };
    v->rounds = 1;
    return further(&b, bytes, v);
}
