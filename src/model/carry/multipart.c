/* SPDX-License-Identifier: Apache-2.0 */
/* multipart/form-data (RFC 7578): fields, and the names of uploaded files.
 *
 * What is in a file is carried too when it looks like text, because a script uploaded as a
 * picture's caption is still a script; binary content is not, because a picture holds every
 * pattern. */
#include "model/carry/parts.h"

enum { LOOKED_AT = 1024 }; /* bytes of a file that decide whether it is text */

/* The value of name= or name*= in a Content-Disposition; false: absent. */
static bool parameter(stk_str header, const char *name, stk_str *ret)
{
    for (size_t i = 0; i < header.len; i++) {
        if (header.ptr[i] == '"') { /* do not look inside quotes */
            for (i++; i < header.len && header.ptr[i] != '"'; i++)
                i += header.ptr[i] == '\\';
            continue;
        }
        if (header.ptr[i] != ';')
            continue;
        stk_str rest = stk_str_trim(stk_str_from(header, i + 1, header.len));
        if (!stk_str_starts(rest, name))
            continue;
        size_t from = strlen(name), to = from;
        bool quoted = from < rest.len && rest.ptr[from] == '"';
        from += quoted;
        for (to = from; to < rest.len && rest.ptr[to] != (quoted ? '"' : ';'); to++)
            to += quoted && rest.ptr[to] == '\\';
        *ret = stk_str_from(rest, from, to < rest.len ? to : rest.len);
        return true;
    }
    return false;
}

/* The header line called `name` in a part's head. */
static stk_str head_line(stk_str head, const char *name)
{
    for (size_t at = 0; at < head.len;) {
        const char *end = memchr(head.ptr + at, '\n', head.len - at);
        size_t stop = end == NULL ? head.len : (size_t)(end - head.ptr);
        stk_str line = stk_str_trim(stk_str_from(head, at, stop));
        if (stk_str_starts(line, name))
            return line;
        at = stop + 1;
    }
    return (stk_str){ 0 };
}

static bool looks_like_text(stk_str s)
{
    stk_str start = stk_str_from(s, 0, s.len < LOOKED_AT ? s.len : LOOKED_AT);
    return !(stk_scan_bytes(start) & (STK_BYTE_NUL | STK_BYTE_CONTROL));
}

/* filename*=UTF-8''a%20b (RFC 8187): behind the second quote. */
static stk_str extended(stk_str s)
{
    for (int quotes = 0; quotes < 2; quotes++) {
        const char *p = s.len == 0 ? NULL : memchr(s.ptr, '\'', s.len);
        if (p == NULL)
            return s;
        s = stk_str_from(s, (size_t)(p - s.ptr) + 1, s.len);
    }
    return s;
}

static void read_part(stk_carrier *c, stk_str part)
{
    const char *gap = memmem(part.ptr, part.len, "\r\n\r\n", 4);
    size_t gap_len = 4;
    if (gap == NULL) {
        gap = memmem(part.ptr, part.len, "\n\n", 2);
        gap_len = 2;
    }
    stk_str head = { part.ptr, gap == NULL ? part.len : (size_t)(gap - part.ptr) };
    stk_str body = gap == NULL ? (stk_str){ 0 } : stk_str_from(part, head.len + gap_len, part.len);
    stk_str disposition = head_line(head, "content-disposition:");
    stk_str raw_name = { 0 }, file = { 0 };
    if (gap == NULL || !parameter(disposition, "name=", &raw_name))
        c->out->body_broken = true;
    stk_str name = stk_carrier_name(c, raw_name, STK_LAYER_PERCENT);
    bool is_file = parameter(disposition, "filename=", &file);
    if (is_file)
        stk_carrier_add(c, STK_PLACE_FILE, name, file, STK_LAYER_PERCENT);
    if (parameter(disposition, "filename*=", &file)) {
        stk_carrier_add(c, STK_PLACE_FILE, name, extended(file), STK_LAYER_PERCENT);
        is_file = true;
    }
    if (!is_file || looks_like_text(body))
        stk_carrier_add(c, STK_PLACE_BODY, name, body, STK_LAYER_NONE);
}

/* Where the next "--boundary" at the start of a line stands, from `at` on; s.len: nowhere. */
static size_t find_delimiter(stk_str s, stk_str boundary, size_t at)
{
    while (at < s.len) {
        const char *p = memmem(s.ptr + at, s.len - at, boundary.ptr, boundary.len);
        if (p == NULL)
            return s.len;
        size_t found = (size_t)(p - s.ptr);
        if (found >= 2 && s.ptr[found - 1] == '-' && s.ptr[found - 2] == '-' &&
            (found == 2 || s.ptr[found - 3] == '\n'))
            return found - 2;
        at = found + boundary.len;
    }
    return s.len;
}

void stk_carry_multipart(stk_carrier *c, stk_str bytes, stk_str boundary)
{
    size_t at = find_delimiter(bytes, boundary, 0);
    if (at == bytes.len) {
        c->out->body_broken = true;
        stk_carrier_add(c, STK_PLACE_BODY, STK_S(""), bytes, STK_LAYER_NONE);
        return;
    }
    while (!c->full) {
        size_t from = at + 2 + boundary.len;
        if (bytes.len - from >= 2 && bytes.ptr[from] == '-' && bytes.ptr[from + 1] == '-')
            return;
        const char *line = memchr(bytes.ptr + from, '\n', bytes.len - from);
        if (line == NULL)
            break;
        from = (size_t)(line - bytes.ptr) + 1;
        size_t next = find_delimiter(bytes, boundary, from), stop = next;
        if (next < bytes.len && stop > from) /* the line end belongs to the delimiter */
            stop -= stop - from >= 2 && bytes.ptr[stop - 2] == '\r' ? 2 : 1;
        read_part(c, stk_str_from(bytes, from, stop));
        if (next == bytes.len)
            break;
        at = next;
    }
    c->out->body_broken = true;
}
