/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_SCAN_H
#define STK_BASE_SCAN_H
/* Finding delimiters 16 bytes at a time. Inline, because fields are short and a call costs as
 * much as the search; SSE2 is part of every x86-64, other machines take the plain loop. */
#include "base/str.h"

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>

static inline unsigned stk_scan_block_(const char *p, __m128i a, __m128i b)
{
    __m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(_mm_cmpeq_epi8(block, a), _mm_cmpeq_epi8(block, b)));
}
#endif

/* Index of the first byte from `at` on that is `a` or `b`; s.len when there is none. */
static inline size_t stk_scan2(stk_str s, size_t at, char a, char b)
{
#ifdef __SSE2__
    const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b);
    for (; at + 16 <= s.len; at += 16) {
        unsigned hits = stk_scan_block_(s.ptr + at, va, vb);
        if (hits != 0)
            return at + (unsigned)__builtin_ctz(hits);
    }
    if (s.len >= 16 && at < s.len) { /* the tail: one block that ends with the last byte */
        unsigned passed = (unsigned)(16 - (s.len - at));
        unsigned hits = stk_scan_block_(s.ptr + s.len - 16, va, vb) >> passed;
        return hits != 0 ? at + (unsigned)__builtin_ctz(hits) : s.len;
    }
#endif
    while (at < s.len && s.ptr[at] != a && s.ptr[at] != b)
        at++;
    return at;
}

static inline size_t stk_scan(stk_str s, size_t at, char c)
{
    return stk_scan2(s, at, c, c);
}

/* 0..15 of a hexadecimal digit, -1 of anything else. */
static inline int stk_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}
#endif
