/* SPDX-License-Identifier: Apache-2.0 */
/* Heads and chunks of HTTP/1, read as leniently as a server that forgives. */
#include "model/decoders/http1_head.h"

#include "base/scan.h"
#include "model/decoders/request.h"

enum { CHUNKS = 4096 }; /* in one body: nested requests could share a long chain of chunks */

bool stk_head_line(stk_str bytes, size_t *at, stk_str *ret)
{
    size_t start = *at, end = stk_scan(bytes, start, '\n');
    bool ended = end < bytes.len;
    *at = ended ? end + 1 : end;
    if (ended && end > start && bytes.ptr[end - 1] == '\r')
        end--;
    *ret = (stk_str){ bytes.ptr + start, end - start };
    return ended;
}

static int64_t length_of(stk_str value)
{
    int64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9' || length > INT64_MAX / 16)
            return STK_LENGTH_BAD;
        length = length * 10 + (value.ptr[i] - '0');
    }
    return value.len == 0 ? STK_LENGTH_BAD : length;
}

static void note(stk_head *head, stk_str line)
{
    size_t colon = stk_scan(line, 0, ':');
    if (colon == line.len)
        return;
    stk_str name = stk_header_trim((stk_str){ line.ptr, colon });
    stk_str value = stk_header_trim((stk_str){ line.ptr + colon + 1, line.len - colon - 1 });
    if (name.len == 14 && stk_header_is(name, STK_S("content-length"))) {
        int64_t length = length_of(value);
        head->length = head->length == STK_LENGTH_NONE || head->length == length ? length
                                                                                 : STK_LENGTH_BAD;
    } else if (name.len == 17 && stk_header_is(name, STK_S("transfer-encoding"))) {
        head->chunked = value.len >= 7 &&
                        stk_header_is((stk_str){ value.ptr + value.len - 7, 7 }, STK_S("chunked"));
    }
}

stk_head stk_head_read(stk_str bytes)
{
    stk_head head = { .length = STK_LENGTH_NONE };
    size_t at = 0;
    stk_str line;
    bool whole = stk_head_line(bytes, &at, &line); /* the request line, whatever it looks like */
    while (whole) {
        size_t start = at;
        whole = stk_head_line(bytes, &at, &line);
        if (whole && line.len == 0) {
            head.len = at;
            head.ended = true;
            return head;
        }
        if (whole && stk_request_line_is(line)) {
            head.len = start;
            head.ended = head.cut = true;
            return head;
        }
        head.lines += line.len > 0;
        note(&head, line);
    }
    head.len = bytes.len;
    return head;
}

/* "1a;extension": the size, -1 when it is none. */
static int64_t chunk_size(stk_str line)
{
    int64_t size = 0;
    size_t n = 0;
    for (; n < line.len && n < 8; n++) {
        char c = line.ptr[n], low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            size = size << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            size = size << 4 | (low - 'a' + 10);
        else
            break;
    }
    bool ends = n == line.len || line.ptr[n] == ';' || line.ptr[n] == ' ' || line.ptr[n] == '\t';
    return n == 0 || !ends ? -1 : size;
}

size_t stk_chunks_read(stk_str bytes, char *out, size_t room, size_t *ret_len, bool *ret_more)
{
    size_t at = 0, len = 0;
    stk_str line;
    *ret_more = true;
    *ret_len = 0;
    for (size_t chunks = 0; at < bytes.len; chunks++) {
        bool ended = stk_head_line(bytes, &at, &line);
        if (chunks == CHUNKS) {
            *ret_more = false;
            return 0;
        }
        int64_t size = chunk_size(line);
        if (size < 0 && (ended || line.len > 0))
            *ret_more = false;
        if (!ended || size < 0)
            return 0;
        if (size == 0) { /* the trailer, up to its blank line */
            while (stk_head_line(bytes, &at, &line))
                if (line.len == 0)
                    return at;
            return 0;
        }
        if ((uint64_t)size > bytes.len - at)
            return 0;
        size_t fits = out == NULL ? 0 : (size_t)size < room - len ? (size_t)size : room - len;
        if (fits > 0)
            memcpy(out + len, bytes.ptr + at, fits);
        len += fits;
        *ret_len = len;
        at += (size_t)size;
        if (!stk_head_line(bytes, &at, &line))
            return 0;
        if (line.len != 0) {
            *ret_more = false;
            return 0;
        }
    }
    return 0;
}
