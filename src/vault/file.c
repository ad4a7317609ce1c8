/* SPDX-License-Identifier: Apache-2.0 */
/* The vault in one file of mode 0600.
 *
 * A change is made under a lock (FILE.lock, flock), starting from what the file holds then, so two
 * processes do not undo each other's. The new file is written beside the old one, synced, and
 * renamed over it, so a crash leaves the one or the other. The old bytes are overwritten before
 * they are let go; on a file system that copies on write or on flash that is no promise, which is
 * why keys belong on a disk that is itself encrypted. */
#include "vault/keyring.h"
#include "vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct stk_vault {
    char path[PATH_MAX];
    stk_keyring ring;
    struct stat seen; /* of the file that `ring` was read from */
};

static stk_status refused(stk_error *err, const char *what, const char *path)
{
    int why = errno;
    return stk_fail(err, STK_ERR_IO, "cannot %s %s: %s", what, path, strerror(why));
}

static stk_status check_mode(const char *path, const struct stat *st, stk_error *err)
{
    if (!S_ISREG(st->st_mode))
        return stk_fail(err, STK_ERR_INVALID, "%s is not a file", path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return stk_fail(err, STK_ERR_INVALID,
                        "the keys in %s belong to another user (id %u): run as that user, or chown "
                        "the file",
                        path, (unsigned)st->st_uid);
    if ((st->st_mode & 077) != 0)
        return stk_fail(err, STK_ERR_INVALID,
                        "the keys in %s can be read by others (mode %04o): chmod 600 %s", path,
                        (unsigned)(st->st_mode & 07777), path);
    if (st->st_size > STK_KEYRING_BYTES)
        return stk_fail(err, STK_ERR_CRYPT, "%s is too long to be a key file", path);
    return STK_OK;
}

/* All bytes of an open file into `out`. */
static stk_status read_all(int fd, const char *path, stk_buf *out, stk_error *err)
{
    for (;;) {
        size_t before = out->len;
        char *to = stk_buf_more(out, 4096);
        if (to == NULL)
            return stk_fail(err, STK_ERR_MEMORY, "out of memory while reading %s", path);
        ssize_t n = read(fd, to, 4096);
        out->len = before + (n > 0 ? (size_t)n : 0);
        if (n == 0)
            return STK_OK;
        if (n < 0 && errno != EINTR)
            return refused(err, "read", path);
    }
}

static stk_status read_ring(stk_vault *v, stk_error *err)
{
    int fd = open(v->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return stk_fail(err, STK_ERR_MISSING, "there are no keys at %s", v->path);
    if (fd < 0)
        return refused(err, "open", v->path);
    struct stat st;
    stk_buf bytes = stk_buf_init(STK_KEYRING_BYTES + 8192);
    stk_keyring ring;
    stk_status status = fstat(fd, &st) != 0 ? refused(err, "look at", v->path)
                                            : check_mode(v->path, &st, err);
    if (status == STK_OK)
        status = read_all(fd, v->path, &bytes, err);
    (void)close(fd);
    if (status == STK_OK)
        status = stk_keyring_load(&ring, stk_buf_str(&bytes), err);
    stk_wipe(bytes.ptr, bytes.room);
    stk_buf_done(&bytes);
    if (status != STK_OK)
        return status;
    stk_keyring_done(&v->ring);
    v->ring = ring;
    v->seen = st;
    return STK_OK;
}

/* Read again when the file is not the one that was read. */
static stk_status refresh(stk_vault *v, stk_error *err)
{
    struct stat st;
    if (stat(v->path, &st) == 0 && st.st_ino == v->seen.st_ino && st.st_dev == v->seen.st_dev &&
        st.st_mode == v->seen.st_mode && st.st_size == v->seen.st_size &&
        st.st_mtim.tv_sec == v->seen.st_mtim.tv_sec &&
        st.st_mtim.tv_nsec == v->seen.st_mtim.tv_nsec)
        return STK_OK;
    return read_ring(v, err);
}

static stk_status lock(const stk_vault *v, int *ret_fd, stk_error *err)
{
    char path[PATH_MAX + 8];
    (void)snprintf(path, sizeof path, "%s.lock", v->path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return refused(err, "make", path);
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) {
            stk_status status = refused(err, "lock", path);
            (void)close(fd);
            return status;
        }
    *ret_fd = fd;
    return STK_OK;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* The file's name is only on disk when its directory is. */
static bool sync_directory(const char *path)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path);
    (void)snprintf(dir, sizeof dir, "%.*s", slash == NULL ? 1 : (int)(len == 0 ? 1 : len),
                   slash == NULL ? "." : path);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return done;
}

static void overwrite(int fd, off_t size)
{
    static const char zeros[4096];
    if (lseek(fd, 0, SEEK_SET) != 0)
        return;
    for (off_t left = size; left > 0; left -= (off_t)sizeof zeros)
        if (!write_all(fd, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros))
            return;
    (void)fsync(fd);
}

static stk_status replace_file(stk_vault *v, stk_str bytes, stk_error *err)
{
    char fresh[PATH_MAX + 8];
    (void)snprintf(fresh, sizeof fresh, "%s.new", v->path);
    (void)unlink(fresh); /* of a process that died here; we hold the lock */
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return refused(err, "write", fresh);
    struct stat st = { 0 };
    bool written = fchmod(fd, 0600) == 0 && write_all(fd, bytes.ptr, bytes.len) && fsync(fd) == 0 &&
                   fstat(fd, &st) == 0;
    if (!written) {
        stk_status status = refused(err, "write", fresh);
        (void)close(fd);
        (void)unlink(fresh);
        return status;
    }
    (void)close(fd);
    int old = open(v->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat was = { 0 };
    bool renamed = (old < 0 || fstat(old, &was) == 0) && rename(fresh, v->path) == 0;
    stk_status status = renamed && sync_directory(v->path) ? STK_OK
                                                           : refused(err, "replace", v->path);
    if (old >= 0) {
        if (renamed)
            overwrite(old, was.st_size);
        (void)close(old);
    }
    v->seen = st;
    return status;
}

static stk_status write_ring(stk_vault *v, stk_error *err)
{
    stk_buf bytes = stk_buf_init(STK_KEYRING_BYTES);
    stk_status status = stk_keyring_save(&v->ring, &stk_entropy_system, &bytes, err);
    if (status == STK_OK)
        status = replace_file(v, stk_buf_str(&bytes), err);
    stk_wipe(bytes.ptr, bytes.room);
    stk_buf_done(&bytes);
    if (status != STK_OK)
        v->seen = (struct stat){ 0 }; /* whichever file is there now is read again */
    return status;
}

static stk_status make_file(stk_vault *v, stk_error *err)
{
    int fd;
    STK_TRY(lock(v, &fd, err));
    stk_status status = read_ring(v, NULL); /* another process may have been quicker */
    if (status == STK_ERR_MISSING) {
        status = stk_keyring_init(&v->ring, &stk_entropy_system, err);
        if (status == STK_OK)
            status = write_ring(v, err);
    } else if (status != STK_OK) {
        status = read_ring(v, err);
    }
    (void)close(fd);
    return status;
}

stk_status stk_vault_open(const char *path, bool create, stk_vault **ret, stk_error *err)
{
    stk_vault *v = calloc(1, sizeof *v);
    if (v == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for keys");
    if (snprintf(v->path, sizeof v->path, "%s", path) >= (int)sizeof v->path) {
        free(v);
        return stk_fail(err, STK_ERR_INVALID, "the path of the key file is too long");
    }
    (void)mlock(v, sizeof *v); /* the root key should not be swapped out; a limit may forbid it */
    stk_status status = read_ring(v, err);
    if (status == STK_ERR_MISSING && create)
        status = make_file(v, err);
    if (status == STK_OK)
        *ret = v;
    else
        stk_vault_close(v);
    return status;
}

void stk_vault_close(stk_vault *vault)
{
    if (vault == NULL)
        return;
    stk_keyring_done(&vault->ring);
    (void)munlock(vault, sizeof *vault);
    free(vault);
}

static stk_status make_key(stk_vault *v, const stk_key_name *name, stk_error *err)
{
    int fd;
    STK_TRY(lock(v, &fd, err));
    stk_status status = refresh(v, err);
    if (status == STK_OK && stk_keyring_find(&v->ring, name) == NULL) {
        status = stk_keyring_make(&v->ring, name, &stk_entropy_system, err);
        if (status == STK_OK)
            status = write_ring(v, err);
    }
    (void)close(fd);
    return status;
}

stk_status stk_vault_key(stk_vault *vault, const stk_key_name *name, bool create, stk_secret *ret,
                         uint32_t *ret_version, stk_error *err)
{
    STK_TRY(refresh(vault, err));
    if (create && stk_keyring_find(&vault->ring, name) == NULL)
        STK_TRY(make_key(vault, name, err));
    const stk_wrapped_key *key = stk_keyring_find(&vault->ring, name);
    if (key == NULL && name->use == STK_USE_EVIDENCE)
        return stk_fail(err, STK_ERR_MISSING,
                        "the evidence key of that day was destroyed or never kept");
    if (key == NULL)
        return stk_fail(err, STK_ERR_MISSING, "%s holds no such key", vault->path);
    STK_TRY(stk_keyring_unwrap(&vault->ring, key, ret, err));
    if (ret_version != NULL)
        *ret_version = key->version;
    return STK_OK;
}

static stk_status remove_days(stk_vault *v, int64_t first, int64_t last, size_t *ret_destroyed,
                              stk_error *err)
{
    int fd;
    STK_TRY(lock(v, &fd, err));
    size_t removed = 0;
    stk_status status = refresh(v, err);
    if (status == STK_OK) {
        removed = stk_keyring_remove_days(&v->ring, first, last);
        if (removed > 0)
            status = write_ring(v, err);
    }
    (void)close(fd);
    if (status == STK_OK && ret_destroyed != NULL)
        *ret_destroyed = removed;
    return status;
}

stk_status stk_vault_expire(stk_vault *vault, int64_t today, int64_t keep_days,
                            size_t *ret_destroyed, stk_error *err)
{
    return remove_days(vault, INT64_MIN, today - keep_days, ret_destroyed, err);
}

stk_status stk_vault_destroy_day(stk_vault *vault, int64_t day, stk_error *err)
{
    return remove_days(vault, day, day, NULL, err);
}
