/* SPDX-License-Identifier: Apache-2.0 */
/* Ids told from words by what they are made of. */
#include "model/endpoint.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool stk_endpoint_is_id(stk_str s)
{
    enum { HASH_CHARS = 16 }; /* hex this long without a digit is rarer than a word of a-f */
    size_t digits = 0, hex = 0, dashes = 0;
    for (size_t i = 0; i < s.len; i++) {
        digits += is_digit(s.ptr[i]);
        hex += is_hex(s.ptr[i]);
        dashes += s.ptr[i] == '-' || s.ptr[i] == '_';
    }
    if (digits == 0)
        return hex == s.len && s.len >= HASH_CHARS;
    size_t letters = s.len - dashes - digits;
    return digits > letters || (hex + dashes == s.len && s.len >= 8);
}

/* Where the file extension of a segment starts: a dot and 1-5 characters at its end. */
static size_t stem_length(stk_str segment)
{
    for (size_t back = 2; back <= 6 && back < segment.len; back++)
        if (segment.ptr[segment.len - back] == '.')
            return segment.len - back;
    return segment.len;
}

static size_t put(char *out, size_t at, stk_str s)
{
    size_t room = STK_ENDPOINT_BYTES - at, n = s.len < room ? s.len : room;
    if (n != 0)
        memcpy(out + at, s.ptr, n);
    return at + n;
}

size_t stk_endpoint(stk_str path, char out[STK_ENDPOINT_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; i < path.len && n < STK_ENDPOINT_BYTES;) {
        const char *slash = memchr(path.ptr + i, '/', path.len - i);
        size_t end = slash == NULL ? path.len : (size_t)(slash - path.ptr);
        stk_str segment = { path.ptr + i, end - i };
        stk_str stem = { segment.ptr, stem_length(segment) };
        if (stk_endpoint_is_id(stem)) {
            n = put(out, n, STK_S("{}"));
            n = put(out, n, (stk_str){ stem.ptr + stem.len, segment.len - stem.len });
        } else {
            n = put(out, n, segment);
        }
        if (end < path.len)
            n = put(out, n, STK_S("/"));
        i = end + 1;
    }
    return n;
}
