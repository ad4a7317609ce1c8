/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_UTF8_H
#define STK_BASE_UTF8_H
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing over U+10FFFF. */
#include "base/str.h"

#include <stdint.h>

#define STK_UTF8_BAD UINT32_MAX

/* Read the character at `at` (< s.len). Returns the bytes it takes, at least 1; `*code` is
 * STK_UTF8_BAD for a byte that starts no valid character (1 byte is then taken). */
static inline size_t stk_utf8_next(stk_str s, size_t at, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)s.ptr + at;
    size_t left = s.len - at;
    if (p[0] < 0x80) {
        *code = p[0];
        return 1;
    }
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    *code = STK_UTF8_BAD;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
        return 1;
    uint32_t c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 1;
    *code = c;
    return n;
}

/* Write `code` as UTF-8 into `out` (4 bytes of room); returns the bytes written. */
static inline size_t stk_utf8_put(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    return n;
}
#endif
