/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of a file's beginning and of the bytes before a place. */
#include "source/identity.h"

#include "dataset/reader.h"

#include <errno.h>
#include <unistd.h>

enum { BOOKMARK_VERSION = 1 };

stk_status stk_fingerprint_of(stk_str first_unit, stk_digest *ret, stk_error *err)
{
    return stk_digest_of(first_unit, ret, err);
}

static size_t span_of(uint64_t offset)
{
    return offset < STK_BOOKMARK_SPAN ? (size_t)offset : STK_BOOKMARK_SPAN;
}

/* ---- exactly `n` bytes at `offset` ---- */

static stk_status too_short(stk_error *err)
{
    return stk_fail(err, STK_ERR_INVALID, "the file is shorter than the place it was read up to");
}

static stk_status from_fd(int fd, uint64_t offset, char *into, size_t n, stk_error *err)
{
    for (size_t have = 0; have < n;) { /* every round reads, or is the last */
        ssize_t got = pread(fd, into + have, n - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return stk_fail(err, STK_ERR_IO, "reading failed: %s", strerror(errno));
        if (got == 0)
            return too_short(err);
        have += (size_t)got;
    }
    return STK_OK;
}

static stk_status from_path(const char *path, uint64_t offset, char *into, size_t n, stk_error *err)
{
    stk_auto_reader *reader = NULL;
    STK_TRY(stk_reader_open(path, offset, &reader, err));
    for (size_t have = 0, got = 1; have < n; have += got) {
        STK_TRY(stk_reader_read(reader, into + have, n - have, &got, err));
        if (got == 0)
            return too_short(err);
    }
    return STK_OK;
}

/* ---- bookmarks ---- */

/* A file that is open (path NULL), or named. */
typedef struct place {
    const char *path;
    int fd;
} place;

static stk_status digest_at(const place *p, uint64_t offset, size_t n, stk_digest *ret,
                            stk_error *err)
{
    char bytes[STK_BOOKMARK_SPAN];
    STK_TRY(p->path == NULL ? from_fd(p->fd, offset, bytes, n, err)
                            : from_path(p->path, offset, bytes, n, err));
    return stk_digest_of((stk_str){ bytes, n }, ret, err);
}

static stk_status mark(const place *p, uint64_t offset, stk_bookmark *ret, stk_error *err)
{
    stk_bookmark m = { .offset = offset };
    size_t n = span_of(offset);
    if (n != 0) {
        STK_TRY(digest_at(p, 0, n, &m.head, err));
        STK_TRY(digest_at(p, offset - n, n, &m.tail, err));
    }
    *ret = m;
    return STK_OK;
}

/* The head first: in a packed file it is near, the tail is not. */
static bool holds(const place *p, const stk_bookmark *m)
{
    stk_digest d;
    size_t n = span_of(m->offset);
    if (n == 0)
        return true;
    return digest_at(p, 0, n, &d, NULL) == STK_OK && memcmp(&d, &m->head, sizeof d) == 0 &&
           digest_at(p, m->offset - n, n, &d, NULL) == STK_OK &&
           memcmp(&d, &m->tail, sizeof d) == 0;
}

stk_status stk_bookmark_of_fd(int fd, uint64_t offset, stk_bookmark *ret, stk_error *err)
{
    return mark(&(place){ .fd = fd }, offset, ret, err);
}

stk_status stk_bookmark_of_path(const char *path, uint64_t offset, stk_bookmark *ret,
                                stk_error *err)
{
    return mark(&(place){ .path = path, .fd = -1 }, offset, ret, err);
}

stk_status stk_bookmark_of_bytes(uint64_t offset, stk_str head, stk_str before, stk_bookmark *ret,
                                 stk_error *err)
{
    stk_bookmark m = { .offset = offset };
    size_t n = span_of(offset);
    if (head.len != n || before.len != n)
        return stk_fail(err, STK_ERR_INVALID, "a bookmark needs %zu bytes on either side", n);
    if (n != 0) {
        STK_TRY(stk_digest_of(head, &m.head, err));
        STK_TRY(stk_digest_of(before, &m.tail, err));
    }
    *ret = m;
    return STK_OK;
}

bool stk_bookmark_holds_fd(const stk_bookmark *m, int fd)
{
    return holds(&(place){ .fd = fd }, m);
}

bool stk_bookmark_holds_path(const stk_bookmark *m, const char *path)
{
    return holds(&(place){ .path = path, .fd = -1 }, m);
}

void stk_bookmark_save(const stk_bookmark *m, stk_buf *out)
{
    stk_buf_varint(out, BOOKMARK_VERSION);
    stk_buf_varint(out, m->offset);
    stk_buf_add(out, (stk_str){ (const char *)m->head.byte, sizeof m->head.byte });
    stk_buf_add(out, (stk_str){ (const char *)m->tail.byte, sizeof m->tail.byte });
}

stk_status stk_bookmark_load(stk_bookmark *ret, stk_cursor *in, stk_error *err)
{
    uint64_t version = stk_cursor_varint(in);
    stk_bookmark m = { .offset = stk_cursor_varint(in) };
    stk_str head = stk_cursor_take(in, sizeof m.head.byte);
    stk_str tail = stk_cursor_take(in, sizeof m.tail.byte);
    if (in->failed || version != BOOKMARK_VERSION)
        return stk_fail(err, STK_ERR_SYNTAX, "this is no bookmark of a file");
    memcpy(m.head.byte, head.ptr, sizeof m.head.byte);
    memcpy(m.tail.byte, tail.ptr, sizeof m.tail.byte);
    *ret = m;
    return STK_OK;
}
