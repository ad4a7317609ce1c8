/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow by doubling up to their limit. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void stk_buf_done(stk_buf *buf)
{
    free(buf->ptr);
    *buf = (stk_buf){ .limit_bytes = buf->limit_bytes };
}

void stk_buf_clear(stk_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

static bool grow(stk_buf *buf, size_t need)
{
    size_t room = buf->room == 0 ? 256 : buf->room;
    while (room < need)
        room *= 2;
    if (room > buf->limit_bytes)
        room = buf->limit_bytes;
    char *p = realloc(buf->ptr, room);
    if (p == NULL)
        return false;
    buf->ptr = p;
    buf->room = room;
    return true;
}

char *stk_buf_more(stk_buf *buf, size_t n)
{
    if (buf->failed || n > buf->limit_bytes || buf->len > buf->limit_bytes - n ||
        ((buf->ptr == NULL || buf->room - buf->len < n) && !grow(buf, buf->len + n))) {
        buf->failed = true;
        return NULL;
    }
    char *p = buf->ptr + buf->len;
    buf->len += n;
    return p;
}

void stk_buf_add(stk_buf *buf, stk_str s)
{
    char *p = s.len == 0 ? NULL : stk_buf_more(buf, s.len);
    if (p != NULL)
        memcpy(p, s.ptr, s.len);
}

void stk_buf_char(stk_buf *buf, char c)
{
    char *p = stk_buf_more(buf, 1);
    if (p != NULL)
        *p = c;
}

void stk_buf_int(stk_buf *buf, int64_t i)
{
    char digits[20];
    size_t n = sizeof digits;
    uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    do
        digits[--n] = (char)('0' + u % 10);
    while ((u /= 10) != 0);
    if (i < 0)
        stk_buf_char(buf, '-');
    stk_buf_add(buf, (stk_str){ digits + n, sizeof digits - n });
}

void stk_buf_printf(stk_buf *buf, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        buf->failed = true;
    else
        stk_buf_add(buf, (stk_str){ text, (size_t)n });
}

void stk_buf_varint(stk_buf *buf, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        stk_buf_char(buf, (char)(v | 0x80));
    stk_buf_char(buf, (char)v);
}

void stk_buf_zigzag(stk_buf *buf, int64_t v)
{
    stk_buf_varint(buf, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
}

void stk_buf_run(stk_buf *buf, stk_str s)
{
    stk_buf_varint(buf, s.len);
    stk_buf_add(buf, s);
}

uint64_t stk_cursor_varint(stk_cursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && !c->failed; shift += 7) {
        if (c->ptr == c->end)
            break;
        unsigned char byte = (unsigned char)*c->ptr++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    c->failed = true;
    return 0;
}

int64_t stk_cursor_zigzag(stk_cursor *c)
{
    uint64_t v = stk_cursor_varint(c);
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

stk_str stk_cursor_take(stk_cursor *c, size_t n)
{
    if (c->failed || n > (size_t)(c->end - c->ptr)) {
        c->failed = true;
        return (stk_str){ 0 };
    }
    stk_str s = { c->ptr, n };
    c->ptr += n;
    return s;
}

stk_str stk_cursor_run(stk_cursor *c)
{
    uint64_t n = stk_cursor_varint(c);
    if (n > SIZE_MAX)
        c->failed = true;
    return stk_cursor_take(c, (size_t)n);
}
