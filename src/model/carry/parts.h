/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_CARRY_PARTS_H
#define STK_MODEL_CARRY_PARTS_H
/* What the readers of a request's parts share: a table that grows in the arena, and the decoding
 * of one value. Internal to the normaliser. */
#include "model/carry.h"

/* How the server itself would decode a value of this place: its first layer. */
enum {
    STK_LAYER_NONE = 0,
    STK_LAYER_PERCENT = 1 << 0,
    STK_LAYER_PLUS = 1 << 1, /* '+' is a blank, as in forms */
    STK_LAYER_FORM = STK_LAYER_PERCENT | STK_LAYER_PLUS,
};

typedef struct stk_carrier {
    const stk_http *http;
    stk_arena *arena;
    stk_carried *out;
    size_t room; /* of out->values */
    bool full;   /* no more rows: stop reading */
    uint16_t ordinal[STK_PLACES];
} stk_carrier;

/* The next row of the table, its place and ordinal filled; NULL: no room, `cut` is then set. */
stk_value *stk_carrier_next(stk_carrier *c, stk_place place);

/* Decoding needs room; without any (`decoded` false) the value is carried as it was received. */
void stk_carrier_settle(stk_carrier *c, stk_value *v, stk_str raw, bool decoded);

/* Add a value as it was received; `name` is decoded already. */
void stk_carrier_add(stk_carrier *c, stk_place place, stk_str name, stk_str raw, unsigned layer);
/* Add a value whose first layer the caller took off; `met` and `rounds` tell what that was. */
void stk_carrier_add_once(stk_carrier *c, stk_place place, stk_str name, stk_str once, uint32_t met,
                          uint16_t rounds);
/* Decode a name once; when it is no plain word it is also added as a value of its own. */
stk_str stk_carrier_name(stk_carrier *c, stk_str raw, unsigned layer);

/* Decode `raw` into v: met, rounds, once, text. False: the arena's budget is spent. */
bool stk_decode_value(stk_arena *arena, stk_str raw, unsigned layer, stk_value *v);
/* The same from bytes whose first layer is off; v->met and v->rounds are kept and added to. */
bool stk_decode_further(stk_arena *arena, stk_str bytes, stk_value *v);
/* %XX (and '+') of `s` into `out`, which has room for s.len bytes; returns the length. */
size_t stk_unpercent(stk_str s, unsigned layer, char *out, uint32_t *met);
/* UTF-8 of bytes that may not be: invalid ones are read as Latin-1, overlong forms mapped to what
 * they hide when `overlong`. `out` has room for 2 * s.len. */
size_t stk_to_utf8(stk_str s, bool overlong, char *out, uint32_t *met);
/* A character reference at s.ptr[at] == '&': bytes it takes and the character; 0: it is none.
 * `xml`: only the five of XML and numbers, and the semicolon must be there. */
size_t stk_entity(stk_str s, size_t at, bool xml, uint32_t *code);

static inline int stk_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `count` hex digits at s.ptr[at], or -1. */
static inline int32_t stk_hex_run(stk_str s, size_t at, size_t count)
{
    if (at > s.len || s.len - at < count)
        return -1;
    int32_t v = 0;
    for (size_t i = 0; i < count; i++) {
        int d = stk_hex(s.ptr[at + i]);
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

/* Bytes that mean something to a decoder, or to a reader of values. */
enum {
    STK_BYTE_PERCENT = 1 << 0,
    STK_BYTE_PLUS = 1 << 1,
    STK_BYTE_AMP = 1 << 2,
    STK_BYTE_BACKSLASH = 1 << 3,
    STK_BYTE_HIGH = 1 << 4,
    STK_BYTE_NUL = 1 << 5,
    STK_BYTE_CONTROL = 1 << 6, /* without tab, line feed, carriage return */
};
unsigned stk_scan_bytes(stk_str s); /* which of them occur */

static inline stk_str stk_str_from(stk_str s, size_t from, size_t to)
{
    return (stk_str){ s.ptr + from, to - from };
}
stk_str stk_str_trim(stk_str s);               /* blanks, tabs, line ends */
bool stk_str_is(stk_str s, const char *lower); /* equal but for ASCII case */
bool stk_str_starts(stk_str s, const char *lower);

/* The readers. Each adds what it finds and sets out->body_broken where the form is broken. */
void stk_carry_target(stk_carrier *c, stk_str target);
void stk_carry_form(stk_carrier *c, stk_place place, stk_str bytes);
void stk_carry_cookies(stk_carrier *c, stk_str value);
void stk_carry_headers(stk_carrier *c);
void stk_carry_body(stk_carrier *c);
void stk_carry_json(stk_carrier *c, stk_str bytes);
void stk_carry_xml(stk_carrier *c, stk_str bytes);
void stk_carry_multipart(stk_carrier *c, stk_str bytes, stk_str boundary);
#endif
