/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_STR_H
#define STK_BASE_STR_H
/* A borrowed view of bytes: pointer and length, no terminator, no ownership.
 *
 * Everything that arrives from outside is a stk_str. It stays valid only as
 * long as the memory it points into -- for an event, its batch's arena. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct stk_str {
    const char *ptr; /* may be NULL only when len is 0 */
    size_t len;      /* bytes, not characters */
} stk_str;

#define STK_S(lit)  ((stk_str){ .ptr = ("" lit), .len = sizeof(lit) - 1 })
#define STK_SFMT    ".*s"
#define STK_SARG(s) (int)(s).len, (s).ptr

static inline bool stk_str_eq(stk_str a, stk_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
#endif
