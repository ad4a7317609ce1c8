/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and skipping: what kind of file is it, what is it packed in, where does reading start.
 * The unpackers are in unpack.c. */
#include "dataset/reader.h"

#include "dataset/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC_BYTES = 4, SKIP_BYTES = 256 << 10, SHOWN_PATH = 200 };

struct stk_reader {
    stk_input in;
    stk_packing packing;
    stk_unpack *unpack; /* NULL: plain */
    uint64_t offset;    /* unpacked */
    uint64_t size;
    bool ended;
};

/* ---- packed bytes ---- */

/* read(2) until something comes. A FIFO is waited on, because before its first writer it would
 * look like an empty file; so is a pipe that somebody made non-blocking. */
static stk_status fetch(stk_input *in, char *into, size_t room, size_t *ret, stk_error *err)
{
    for (bool wait = in->fifo;; wait = true) { /* ends with the first read that is not put off */
        struct pollfd p = { .fd = in->fd, .events = POLLIN };
        if (wait)
            (void)poll(&p, 1, -1);
        ssize_t n = read(in->fd, into, room);
        if (n >= 0) {
            *ret = (size_t)n;
            return STK_OK;
        }
        if (errno != EINTR && errno != EAGAIN)
            return stk_fail(err, STK_ERR_IO, "%.*s: reading failed at byte %llu: %s", SHOWN_PATH,
                            in->name, (unsigned long long)in->taken, strerror(errno));
    }
}

stk_status stk_input_read(stk_input *in, char *into, size_t room, size_t *ret, stk_error *err)
{
    size_t n = in->ahead_len < room ? in->ahead_len : room;
    if (n != 0) { /* bytes that were looked at, or that stand in memory */
        memcpy(into, in->ahead, n);
        in->ahead += n;
        in->ahead_len -= n;
    } else if (in->fd >= 0) {
        STK_TRY(fetch(in, into, room, &n, err));
    }
    in->taken += n;
    *ret = n;
    return STK_OK;
}

/* Look at the first bytes. What cannot be sought back to is kept for the first reads. */
static stk_status look_ahead(stk_input *in, size_t *ret, stk_error *err)
{
    size_t n = 1, len = 0;
    if (in->fd < 0) {
        *ret = in->ahead_len < MAGIC_BYTES ? in->ahead_len : MAGIC_BYTES;
        memcpy(in->magic, in->ahead_len == 0 ? "" : in->ahead, *ret);
        return STK_OK;
    }
    for (; n != 0 && len < MAGIC_BYTES; len += n)
        STK_TRY(fetch(in, in->magic + len, MAGIC_BYTES - len, &n, err));
    if (in->seekable && lseek(in->fd, in->start, SEEK_SET) != in->start)
        return stk_fail(err, STK_ERR_IO, "%.*s: %s", SHOWN_PATH, in->name, strerror(errno));
    in->ahead = in->magic;
    in->ahead_len = in->seekable ? 0 : len;
    *ret = len;
    return STK_OK;
}

stk_packing stk_packing_of(stk_str head)
{
    const unsigned char *p = (const unsigned char *)head.ptr;
    if (head.len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
        return STK_PACK_GZIP;
    if (head.len >= 4 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd && p[0] == 0x28)
        return STK_PACK_ZSTD;
    bool skippable = head.len >= 4 && (p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d &&
                     p[3] == 0x18; /* a zstd file may start with a frame that holds no data */
    return skippable ? STK_PACK_ZSTD : STK_PACK_PLAIN;
}

/* ---- opening ---- */

/* Files, pipes and sockets are read; what has no end or no bytes is refused. Standard input may
 * also be a terminal. */
static stk_status check_kind(stk_reader *r, const char *path, bool standard, stk_error *err)
{
    struct stat st;
    if (fstat(r->in.fd, &st) != 0)
        return stk_fail(err, STK_ERR_IO, "%.*s: %s", SHOWN_PATH, path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return stk_fail(err, STK_ERR_IO, "%.*s is a directory: name a file in it", SHOWN_PATH,
                        path);
    if (!standard && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
        return stk_fail(err, STK_ERR_IO,
                        "%.*s is a device: name a file, or - to read standard input", SHOWN_PATH,
                        path);
    r->in.fifo = S_ISFIFO(st.st_mode) && !standard;
    r->in.seekable = S_ISREG(st.st_mode);
    r->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return STK_OK;
}

static stk_status open_file(stk_reader *r, const char *path, stk_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    r->in.name = strdup(standard ? "standard input" : path);
    if (r->in.name == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    /* O_NONBLOCK: opening a FIFO or a device must not hang before it is known what it is. */
    r->in.fd = standard ? dup(STDIN_FILENO)
                        : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r->in.fd < 0)
        return stk_fail(err, STK_ERR_IO, "%.*s: %s", SHOWN_PATH, r->in.name, strerror(errno));
    STK_TRY(check_kind(r, r->in.name, standard, err));
    if (!standard)
        (void)fcntl(r->in.fd, F_SETFL, 0);
    if (r->in.seekable)
        (void)posix_fadvise(r->in.fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return STK_OK;
}

static stk_status start(stk_reader *r, stk_error *err)
{
    size_t len = 0;
    STK_TRY(look_ahead(&r->in, &len, err));
    r->packing = stk_packing_of((stk_str){ r->in.magic, len });
    if (r->packing == STK_PACK_PLAIN)
        return STK_OK;
    return stk_unpack_new(r->packing, &r->in, &r->unpack, err);
}

static stk_status short_of(const stk_reader *r, uint64_t offset, uint64_t has, stk_error *err)
{
    return stk_fail(err, STK_ERR_INVALID,
                    "%.*s holds %llu bytes, fewer than the %llu read before: it is another file",
                    SHOWN_PATH, r->in.name, (unsigned long long)has, (unsigned long long)offset);
}

/* Take bytes up to `offset`: by a seek where the file has one, else by reading them. */
static stk_status skip_to(stk_reader *r, uint64_t offset, stk_error *err)
{
    if (offset == 0)
        return STK_OK;
    if (r->packing == STK_PACK_PLAIN && r->in.seekable) {
        off_t base = r->in.start + (off_t)offset;
        if (offset > r->size)
            return short_of(r, offset, r->size, err);
        if (lseek(r->in.fd, base, SEEK_SET) != base)
            return stk_fail(err, STK_ERR_IO, "%.*s: %s", SHOWN_PATH, r->in.name, strerror(errno));
        r->in.taken = r->offset = offset;
        return STK_OK;
    }
    char *waste = malloc(SKIP_BYTES);
    if (waste == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    stk_status status = STK_OK;
    for (size_t n = 1; status == STK_OK && r->offset < offset && n != 0;) {
        uint64_t left = offset - r->offset;
        status = stk_reader_read(r, waste, left < SKIP_BYTES ? (size_t)left : SKIP_BYTES, &n, err);
    }
    free(waste);
    if (status == STK_OK && r->offset < offset)
        return short_of(r, offset, r->offset, err);
    return status;
}

stk_status stk_reader_open(const char *path, uint64_t offset, stk_reader **ret, stk_error *err)
{
    stk_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    r->in.fd = -1;
    stk_status status = open_file(r, path, err);
    if (status == STK_OK && r->in.seekable) {
        off_t at = lseek(r->in.fd, 0, SEEK_CUR); /* standard input may stand in a file's middle */
        r->in.start = at < 0 ? 0 : at;
        r->size -= r->size < (uint64_t)r->in.start ? r->size : (uint64_t)r->in.start;
    }
    if (status == STK_OK)
        status = start(r, err);
    if (status == STK_OK)
        status = skip_to(r, offset, err);
    if (status != STK_OK) {
        stk_reader_close(r);
        return status;
    }
    *ret = r;
    return STK_OK;
}

stk_status stk_reader_open_bytes(stk_str packed, stk_reader **ret, stk_error *err)
{
    stk_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    r->in = (stk_input){ .fd = -1, .ahead = packed.ptr, .ahead_len = packed.len };
    r->in.name = strdup("memory");
    r->size = packed.len;
    stk_status status = r->in.name == NULL ? stk_fail(err, STK_ERR_MEMORY, "out of memory")
                                           : start(r, err);
    if (status != STK_OK) {
        stk_reader_close(r);
        return status;
    }
    *ret = r;
    return STK_OK;
}

/* ---- reading ---- */

stk_status stk_reader_read(stk_reader *reader, char *into, size_t room, size_t *ret_len,
                           stk_error *err)
{
    size_t n = 0;
    stk_status status = STK_OK;
    if (!reader->ended)
        status = reader->unpack == NULL ? stk_input_read(&reader->in, into, room, &n, err)
                                        : stk_unpack_read(reader->unpack, into, room, &n, err);
    reader->ended = reader->ended || status != STK_OK || n == 0;
    reader->offset += n;
    if (status == STK_OK)
        *ret_len = n;
    return status;
}

uint64_t stk_reader_offset(const stk_reader *reader)
{
    return reader->offset;
}

uint64_t stk_reader_taken(const stk_reader *reader)
{
    return reader->in.taken;
}

uint64_t stk_reader_size(const stk_reader *reader)
{
    return reader->size;
}

stk_packing stk_reader_packing(const stk_reader *reader)
{
    return reader->packing;
}

void stk_reader_close(stk_reader *reader)
{
    if (reader == NULL)
        return;
    stk_unpack_free(reader->unpack);
    if (reader->in.fd >= 0)
        (void)close(reader->in.fd);
    free(reader->in.name);
    free(reader);
}

stk_status stk_read_whole(const char *path, stk_buf *out, stk_error *err)
{
    stk_auto_reader *reader = NULL;
    STK_TRY(stk_reader_open(path, 0, &reader, err));
    char piece[16 << 10];
    size_t n = 1;
    while (n != 0 && !out->failed) { /* ends at the file's end or the buffer's limit */
        STK_TRY(stk_reader_read(reader, piece, sizeof piece, &n, err));
        if (n > out->limit_bytes - out->len)
            return stk_fail(err, STK_ERR_LIMIT, "%.*s is longer than %zu bytes", SHOWN_PATH, path,
                            out->limit_bytes);
        stk_buf_add(out, (stk_str){ piece, n });
    }
    return out->failed ? stk_fail(err, STK_ERR_MEMORY, "out of memory") : STK_OK;
}
