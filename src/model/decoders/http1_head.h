/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODERS_HTTP1_HEAD_H
#define STK_MODEL_DECODERS_HTTP1_HEAD_H
/* The head of one HTTP/1 request, as far as it matters to where the request ends.
 * Source: RFC 9112 sections 2 to 7. */
#include "base/str.h"

#include <stdint.h>

enum { STK_LENGTH_NONE = -1, STK_LENGTH_BAD = -2 };

typedef struct stk_head {
    size_t len;     /* bytes through the blank line, or up to the next request's first line */
    size_t lines;   /* behind the request line, the blank one not counted */
    bool ended;     /* a blank line, or another request line, was met */
    bool cut;       /* ...it was another request line */
    bool chunked;   /* Transfer-Encoding ends with chunked */
    int64_t length; /* Content-Length, or STK_LENGTH_* */
} stk_head;

stk_head stk_head_read(stk_str bytes);

/* One line that starts at *at, without CR and LF; *at moves behind it. False at the end, and for
 * a line that is not ended, which is returned all the same. */
bool stk_head_line(stk_str bytes, size_t *at, stk_str *ret);

/* Take the chunks apart that start at bytes.ptr. Copies their data to `out` (room bytes; NULL: do
 * not copy). Returns the bytes used through the trailer; 0: no valid chunks, or `*ret_more`: the
 * bytes ended before them. */
size_t stk_chunks_read(stk_str bytes, char *out, size_t room, size_t *ret_len, bool *ret_more);
#endif
