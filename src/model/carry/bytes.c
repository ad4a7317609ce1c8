/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at bytes: most values of a shop hold nothing to decode, and this is what finds out. */
#include "model/carry/parts.h"

enum { C = STK_BYTE_CONTROL };

static const unsigned char low[128] = {
    STK_BYTE_NUL,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    0,
    0,
    C,
    C,
    0,
    C,
    C, /* not tab, LF, CR */
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    C,
    ['%'] = STK_BYTE_PERCENT,
    ['&'] = STK_BYTE_AMP,
    ['+'] = STK_BYTE_PLUS,
    ['\\'] = STK_BYTE_BACKSLASH,
    [0x7f] = C,
};

unsigned stk_scan_bytes(stk_str s)
{
    unsigned found = 0, high = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char b = (unsigned char)s.ptr[i];
        high |= b;
        found |= low[b & 0x7f] & (b < 0x80 ? 0xffu : 0u);
    }
    return found | (high & 0x80 ? STK_BYTE_HIGH : 0u);
}

stk_str stk_str_trim(stk_str s)
{
    while (s.len != 0 && memchr(" \t\r\n", s.ptr[0], 4) != NULL) {
        s.ptr++;
        s.len--;
    }
    while (s.len != 0 && memchr(" \t\r\n", s.ptr[s.len - 1], 4) != NULL)
        s.len--;
    return s;
}

bool stk_str_starts(stk_str s, const char *lower)
{
    size_t i = 0;
    for (; lower[i] != '\0'; i++) {
        char c = i < s.len ? s.ptr[i] : '\0';
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (c != lower[i])
            return false;
    }
    return true;
}

bool stk_str_is(stk_str s, const char *lower)
{
    return s.len == strlen(lower) && stk_str_starts(s, lower);
}
