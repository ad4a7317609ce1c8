/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_BUF_H
#define STK_BASE_BUF_H
/* A growing run of bytes with a limit that it is born with.
 *
 * Appending never fails at the call: the first append that would pass the
 * limit, or that the allocator refuses, sets `failed`, and every later one
 * does nothing, so a writer checks once, at the end. Heap-owned: init, use,
 * done. Not for threads. */
#include "base/compiler.h"
#include "base/str.h"

#include <stdint.h>

typedef struct stk_buf {
    char *ptr; /* owned; not terminated */
    size_t len, room, limit_bytes;
    bool failed;
} stk_buf;

static inline stk_buf stk_buf_init(size_t limit_bytes)
{
    return (stk_buf){ .limit_bytes = limit_bytes };
}
void stk_buf_done(stk_buf *buf);            /* frees; the buffer may be used again */
void stk_buf_clear(stk_buf *buf);           /* keeps the memory, forgets bytes and failure */
char *stk_buf_more(stk_buf *buf, size_t n); /* room for n bytes, len advanced; NULL: failed */
void stk_buf_add(stk_buf *buf, stk_str s);
void stk_buf_char(stk_buf *buf, char c);
void stk_buf_int(stk_buf *buf, int64_t i);
void stk_buf_printf(stk_buf *buf, const char *fmt, ...) STK_PRINTF(2, 3);
static inline stk_str stk_buf_str(const stk_buf *buf)
{
    return (stk_str){ .ptr = buf->ptr, .len = buf->len };
}
#define stk_auto_buf STK_CLEANUP(stk_buf_done) stk_buf

/* Binary, for checkpoints and blocks: unsigned LEB128, zigzag, and runs with a length before. */
void stk_buf_varint(stk_buf *buf, uint64_t v);
void stk_buf_zigzag(stk_buf *buf, int64_t v);
void stk_buf_run(stk_buf *buf, stk_str s);

/* Reading the same back. A cursor that has failed stays failed and yields zeros. */
typedef struct stk_cursor {
    const char *ptr, *end;
    bool failed;
} stk_cursor;
static inline stk_cursor stk_cursor_of(stk_str s)
{
    return (stk_cursor){ .ptr = s.ptr, .end = s.len ? s.ptr + s.len : s.ptr };
}
uint64_t stk_cursor_varint(stk_cursor *c);
int64_t stk_cursor_zigzag(stk_cursor *c);
stk_str stk_cursor_run(stk_cursor *c);            /* borrowed from the bytes being read */
stk_str stk_cursor_take(stk_cursor *c, size_t n); /* exactly n bytes, borrowed */
#endif
