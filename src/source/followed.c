/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one growing file without trusting it to stay the same. */
#include "source/followed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Move the windows on over `n` bytes just read. */
static void remember(stk_followed *f, const char *bytes, size_t n)
{
    f->offset += n;
    if (f->span < STK_BOOKMARK_SPAN) {
        size_t room = STK_BOOKMARK_SPAN - f->span, take = n < room ? n : room;
        memcpy(f->head + f->span, bytes, take);
    }
    if (n >= STK_BOOKMARK_SPAN) {
        memcpy(f->before, bytes + n - STK_BOOKMARK_SPAN, STK_BOOKMARK_SPAN);
        f->span = STK_BOOKMARK_SPAN;
        return;
    }
    size_t room = STK_BOOKMARK_SPAN - n, keep = f->span < room ? f->span : room;
    memmove(f->before, f->before + f->span - keep, keep);
    memcpy(f->before + keep, bytes, n);
    f->span = keep + n;
}

/* Exactly `n` bytes of a plain file; false: it has not that many. */
static bool load(int fd, uint64_t offset, char *into, size_t n)
{
    for (size_t have = 0; have < n;) { /* every round reads, or is the last */
        ssize_t got = pread(fd, into + have, n - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

static stk_status open_plain(const char *path, uint64_t offset, stk_followed *f, stk_error *err)
{
    struct stat st;
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (f->fd < 0)
        return stk_fail(err, STK_ERR_IO, "%.200s: %s", path, strerror(errno));
    if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return stk_fail(err, STK_ERR_IO, "%.200s is %s, not a file that can be followed", path,
                        S_ISDIR(st.st_mode) ? "a directory" : "a device or pipe");
    f->device = st.st_dev;
    f->inode = st.st_ino;
    size_t n = offset < STK_BOOKMARK_SPAN ? (size_t)offset : STK_BOOKMARK_SPAN;
    if (!load(f->fd, 0, f->head, n) || !load(f->fd, offset - n, f->before, n))
        return stk_fail(err, STK_ERR_INVALID, "%.200s is shorter than it was", path);
    f->span = n;
    f->offset = offset;
    return STK_OK;
}

/* A packed copy is read to its end and never bookmarked from its windows. */
static stk_status open_packed(const char *path, uint64_t offset, stk_followed *f, stk_error *err)
{
    STK_TRY(stk_reader_open(path, offset, &f->reader, err));
    if (stk_reader_packing(f->reader) == STK_PACK_PLAIN) {
        stk_reader_close(f->reader);
        f->reader = NULL;
        return open_plain(path, offset, f, err);
    }
    struct stat st;
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (f->fd < 0 || fstat(f->fd, &st) != 0)
        return stk_fail(err, STK_ERR_IO, "%.200s: %s", path, strerror(errno));
    f->device = st.st_dev;
    f->inode = st.st_ino;
    f->finite = true;
    f->offset = offset;
    return STK_OK;
}

stk_status stk_followed_open(const char *path, uint64_t offset, bool packed_too, stk_followed *ret,
                             stk_error *err)
{
    *ret = (stk_followed){ .fd = -1, .watch = -1 };
    stk_status status = packed_too ? open_packed(path, offset, ret, err)
                                   : open_plain(path, offset, ret, err);
    if (status != STK_OK)
        stk_followed_close(ret);
    return status;
}

/* All that stands before `offset` is NULs. */
static void behind_nuls(stk_followed *f, uint64_t offset)
{
    f->offset = offset;
    f->span = offset < STK_BOOKMARK_SPAN ? (size_t)offset : STK_BOOKMARK_SPAN;
    memset(f->head, 0, f->span);
    memset(f->before, 0, f->span);
}

/* Behind a hole: the NULs up to the first byte that somebody wrote. */
static size_t drop_nuls(stk_followed *f, char *into, size_t n)
{
    size_t nuls = 0;
    while (nuls < n && into[nuls] == '\0')
        nuls++;
    behind_nuls(f, f->offset + nuls);
    f->at_hole = nuls == n;
    memmove(into, into + nuls, n - nuls);
    return n - nuls;
}

static stk_status read_plain(stk_followed *f, char *into, size_t room, size_t *ret_len,
                             bool *ret_changed, stk_error *err)
{
    char check[STK_BOOKMARK_SPAN];
    struct iovec parts[2] = { { check, f->span }, { into, room } };
    ssize_t got;
    do
        got = preadv(f->fd, parts, 2, (off_t)(f->offset - f->span));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return stk_fail(err, STK_ERR_IO, "reading failed: %s", strerror(errno));
    *ret_changed = (size_t)got < f->span || memcmp(check, f->before, f->span) != 0;
    *ret_len = *ret_changed ? 0 : (size_t)got - f->span;
    return STK_OK;
}

stk_status stk_followed_read(stk_followed *f, char *into, size_t room, size_t *ret_len,
                             bool *ret_changed, stk_error *err)
{
    size_t n = 0;
    bool changed = false;
    if (f->reader != NULL) {
        STK_TRY(stk_reader_read(f->reader, into, room, &n, err));
        f->offset += n;
    } else {
        do { /* at most as often as the file has megabytes of NULs */
            STK_TRY(read_plain(f, into, room, &n, &changed, err));
            bool read = n != 0;
            n = f->at_hole ? drop_nuls(f, into, n) : n;
            if (!read)
                break;
        } while (n == 0);
        remember(f, into, n);
    }
    *ret_len = n;
    *ret_changed = changed;
    return STK_OK;
}

stk_status stk_followed_mark(const stk_followed *f, stk_bookmark *ret, stk_error *err)
{
    return stk_bookmark_of_bytes(f->offset, (stk_str){ f->head, f->span },
                                 (stk_str){ f->before, f->span }, ret, err);
}

stk_status stk_followed_mark_at(stk_followed *f, uint64_t offset, stk_bookmark *ret, stk_error *err)
{
    char path[64], nothing[1];
    size_t n = 0;
    bool changed = false;
    if (f->reader !=
        NULL) { /* unpacked up to there; its descriptor, for its name may have changed */
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
        return stk_bookmark_of_path(path, offset, ret, err);
    }
    stk_bookmark mark;
    STK_TRY(stk_bookmark_of_fd(f->fd, offset, &mark, err));
    STK_TRY(read_plain(f, nothing, 0, &n, &changed, err));
    if (changed) /* cut meanwhile: the digests may be of what is there now */
        return stk_fail(err, STK_ERR_MISSING, "the file was truncated");
    *ret = mark;
    return STK_OK;
}

void stk_followed_restart(stk_followed *f, uint32_t number)
{
    off_t data = lseek(f->fd, 0, SEEK_DATA);
    char first;
    f->number = number;
    f->resumed = false;
    f->at_hole = data > 0 || (load(f->fd, 0, &first, 1) && first == '\0');
    behind_nuls(f, data > 0 ? (uint64_t)data : 0);
}

bool stk_followed_behind(const stk_followed *f)
{
    struct stat st;
    return f->reader == NULL && f->fd >= 0 && fstat(f->fd, &st) == 0 &&
           (uint64_t)st.st_size > f->offset;
}

void stk_followed_close(stk_followed *f)
{
    stk_reader_close(f->reader);
    if (f->fd >= 0)
        (void)close(f->fd);
    f->reader = NULL;
    f->fd = -1;
}
