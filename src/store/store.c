/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, closing, and the step that commits together.
 *
 * Durability: WAL with synchronous=NORMAL. Every frame of the log is checksummed, so after kill -9
 * or a loss of power the file holds a prefix of the commits, each of them whole. kill -9 loses
 * none. A loss of power may lose those since the last sync of the log; because a source's position
 * is committed with the effects of what was read, the source is then read again from the older
 * position, and nothing is lost or stored twice. FULL would buy nothing for files but a sync for
 * each commit. Where it matters that a commit is on disk when the call returns (the audit), it is
 * switched on for that commit (audit.c). Input that cannot be read again gets a spool of its own.
 */
#include "store/inside.h"
#include "store/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BODY_BYTES = 1 << 30, AAD_BYTES = 32 };

stk_status stk_store_no_memory(stk_error *err)
{
    return stk_fail(err, STK_ERR_MEMORY, "out of memory in the store");
}

/* ---- bodies ---- */

static stk_str aad_of(stk_body what, uint64_t id, unsigned char out[AAD_BYTES])
{
    static const char use[] = "stockade body";
    memcpy(out, use, sizeof use);
    out[sizeof use] = (unsigned char)what;
    for (size_t i = 0; i < 8; i++)
        out[sizeof use + 1 + i] = (unsigned char)(id >> (8 * i));
    return (stk_str){ (const char *)out, sizeof use + 9 };
}

stk_status stk_body_seal(stk_store *s, stk_body what, uint64_t id, stk_str plain, stk_buf *out,
                         stk_error *err)
{
    unsigned char aad[AAD_BYTES];
    return stk_aead_seal(s->aead, &stk_entropy_system, aad_of(what, id, aad), plain, out, err);
}

stk_status stk_body_open(stk_store *s, stk_body what, uint64_t id, stk_str sealed, stk_buf *out,
                         stk_error *err)
{
    unsigned char aad[AAD_BYTES];
    stk_status status = stk_aead_open(s->aead, aad_of(what, id, aad), sealed, out, err);
    if (status != STK_ERR_CRYPT)
        return status;
    return stk_fail(err, STK_ERR_CRYPT,
                    "a row of %s does not open: it was changed or damaged; restore a backup",
                    s->path);
}

/* ---- sources by two names ---- */

stk_status stk_number_of(const stk_store *s, uint32_t index, uint32_t *ret, stk_error *err)
{
    uint32_t number = index < STK_SOURCES ? s->number_of[index] : index - STK_SOURCES;
    if (number == STK_NO_NUMBER)
        return stk_fail(err, STK_ERR_INVALID, "source %u was not named to the store in this run",
                        index);
    *ret = number;
    return STK_OK;
}

uint32_t stk_index_of(const stk_store *s, uint32_t number)
{
    for (uint32_t i = 0; i < STK_SOURCES; i++)
        if (s->number_of[i] == number)
            return i;
    return number > UINT32_MAX - STK_SOURCES ? UINT32_MAX : number + STK_SOURCES;
}

/* ---- the directory ---- */

static stk_status refused(stk_error *err, const char *what, const char *path)
{
    int why = errno;
    return stk_fail(err, STK_ERR_IO, "cannot %s %s: %s", what, path, strerror(why));
}

static bool is_empty_directory(const char *dir)
{
    DIR *d = opendir(dir);
    size_t names = 0;
    if (d == NULL)
        return false;
    while (names < 3 && readdir(d) != NULL)
        names++;
    (void)closedir(d);
    return names == 2; /* . and .. */
}

/* The directory is made by us with mode 0700, or is empty and becomes so, or holds a store. */
static stk_status prepare_directory(stk_store *s, stk_error *err)
{
    struct stat st;
    bool made = mkdir(s->dir, 0700) == 0;
    if (!made && errno == ENOENT)
        return stk_fail(err, STK_ERR_IO,
                        "cannot make %s: the directory above it does not exist; mkdir -p it first",
                        s->dir);
    if (!made && errno != EEXIST)
        return refused(err, "make the store's directory", s->dir);
    if (stat(s->dir, &st) != 0)
        return refused(err, "look at", s->dir);
    if (!S_ISDIR(st.st_mode))
        return stk_fail(err, STK_ERR_INVALID, "%s is not a directory", s->dir);
    if ((st.st_mode & 077) == 0)
        return STK_OK;
    if (is_empty_directory(s->dir) && chmod(s->dir, 0700) == 0)
        return STK_OK;
    return stk_fail(err, STK_ERR_INVALID,
                    "others can enter %s (mode %04o): give the store a directory of its own, or "
                    "chmod 700 it",
                    s->dir, (unsigned)(st.st_mode & 07777));
}

/* One writer: a lock that ends with the process, however it ends. */
static stk_status take_lock(stk_store *s, stk_error *err)
{
    char path[PATH_MAX], text[32] = "";
    (void)snprintf(path, sizeof path, "%s/lock", s->dir);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock < 0)
        return refused(err, "write to the store: open", path);
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(s->lock, text, sizeof text - 1, 0);
        text[n < 0 ? 0 : n] = '\0';
        return stk_fail(err, STK_ERR_IO,
                        "another process (%.10s) is writing to the store in %s: end it, or use "
                        "another directory",
                        text[0] == '\0' ? "unknown" : text, s->dir);
    }
    int n = snprintf(text, sizeof text, "%ld", (long)getpid());
    if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, text, (size_t)n, 0) != n)
        return refused(err, "write", path); /* a full disk shows here first */
    return STK_OK;
}

/* SQLite gives its side files the mode of the main file, so that is made with the right one. */
static stk_status make_file(stk_store *s, stk_error *err)
{
    int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return refused(err, "make", s->path);
    (void)close(fd);
    return STK_OK;
}

/* ---- keys ---- */

static stk_status prepare_keys(stk_store *s, const stk_secret *record, stk_error *err)
{
    stk_auto_secret key;
    STK_TRY(stk_secret_derive(record, "stockade store bodies 1", &key, err));
    STK_TRY(stk_aead_new(&key, &s->aead, err));
    STK_TRY(stk_secret_derive(record, "stockade store names 1", &key, err));
    return stk_mac_new(&key, &s->mac, err);
}

/* The store knows its key by a word that only it opens. */
static stk_status check_key(stk_store *s, stk_error *err)
{
    stk_query *q;
    bool row = false;
    stk_auto_buf plain = stk_buf_init(64), sealed = stk_buf_init(256);
    STK_TRY(
        stk_sql_query(s->sql, "SELECT value FROM meta WHERE key = 'key_check'", false, &q, err));
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && row) {
        status = stk_body_open(s, STK_BODY_KEY_CHECK, 0, stk_row_bytes(q, 0), &plain, err);
        if (status == STK_ERR_CRYPT)
            status = stk_fail(err, STK_ERR_CRYPT,
                              "the store in %s was written with other keys: name the key file that "
                              "belongs to it, or use another directory",
                              s->dir);
    }
    stk_query_end(q);
    if (status != STK_OK || row)
        return status;
    if (s->mode != STK_STORE_WRITE)
        return stk_fail(err, STK_ERR_IO, "the store in %s was never finished: write to it first",
                        s->dir);
    STK_TRY(stk_body_seal(s, STK_BODY_KEY_CHECK, 0, STK_S("stockade"), &sealed, err));
    STK_TRY(stk_sql_query(s->sql, "INSERT INTO meta VALUES ('key_check', ?1)", false, &q, err));
    stk_query_bytes(q, 1, stk_buf_str(&sealed));
    return stk_query_run(q, NULL, err);
}

/* ---- opening ---- */

static stk_status open_database(stk_store *s, stk_error *err)
{
    bool read_only = s->mode == STK_STORE_READ;
    STK_TRY(stk_sql_open(s->path, read_only ? STK_SQL_READ : STK_SQL_WRITE, &s->sql, err));
    if (read_only)
        return STK_OK;
    /* auto_vacuum only takes on an empty file, and before WAL */
    return stk_sql_run(s->sql,
                       "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
                       "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;"
                       "PRAGMA journal_size_limit = 16777216",
                       err);
}

static stk_status open_schema(stk_store *s, stk_error *err)
{
    if (s->mode == STK_STORE_WRITE)
        return stk_schema_upgrade(s->sql, stk_schema_steps, stk_schema_version, err);
    uint32_t version = 0;
    STK_TRY(stk_schema_of(s->sql, stk_schema_version, &version, err));
    if (version < stk_schema_version)
        return stk_fail(err, STK_ERR_INVALID,
                        "the store in %s is of an older schema (%u): run Stockade on it once to "
                        "bring it up to date",
                        s->dir, version);
    return STK_OK;
}

static stk_status open_all(stk_store *s, const stk_store_setup *setup, stk_error *err)
{
    if (s->mode == STK_STORE_WRITE) {
        STK_TRY(prepare_directory(s, err));
        STK_TRY(take_lock(s, err));
        STK_TRY(make_file(s, err));
    } else if (access(s->path, F_OK) != 0) {
        return errno == ENOENT ? stk_fail(err, STK_ERR_MISSING, "there is no store in %s", s->dir)
                               : refused(err, "open", s->path);
    }
    STK_TRY(prepare_keys(s, setup->record, err));
    STK_TRY(open_database(s, err));
    STK_TRY(open_schema(s, err));
    return check_key(s, err);
}

stk_status stk_store_open(const stk_store_setup *setup, stk_store **ret, stk_error *err)
{
    stk_store *s = calloc(1, sizeof *s);
    if (s == NULL)
        return stk_store_no_memory(err);
    s->mode = setup->mode;
    s->key_version = setup->key_version;
    s->lock = -1;
    s->packed = s->scratch = stk_buf_init(BODY_BYTES);
    for (size_t i = 0; i < STK_SOURCES; i++)
        s->number_of[i] = STK_NO_NUMBER;
    if (snprintf(s->dir, sizeof s->dir, "%s", setup->dir) >= (int)sizeof s->dir) {
        stk_store_close(s);
        return stk_fail(err, STK_ERR_INVALID, "the path of the store is too long");
    }
    (void)snprintf(s->path, sizeof s->path, "%s/store.db", s->dir);
    stk_status status = open_all(s, setup, err);
    if (status == STK_OK)
        *ret = s;
    else
        stk_store_close(s);
    return status;
}

void stk_store_close(stk_store *store)
{
    if (store == NULL)
        return;
    stk_store_rollback(store);
    stk_sql_close(store->sql);
    stk_aead_free(store->aead);
    stk_mac_free(store->mac);
    stk_wipe(store->scratch.ptr, store->scratch.room);
    stk_buf_done(&store->scratch);
    stk_buf_done(&store->packed);
    if (store->lock >= 0)
        (void)close(store->lock);
    free(store);
}

/* ---- one step ---- */

stk_status stk_store_begin(stk_store *store, stk_error *err)
{
    if (store->mode != STK_STORE_WRITE)
        return stk_fail(err, STK_ERR_INVALID, "the store is open for reading");
    if (store->stepping)
        return stk_fail(err, STK_ERR_INVALID, "a step of the store is open already");
    STK_TRY(stk_sql_run(store->sql, "BEGIN IMMEDIATE", err));
    store->stepping = true;
    store->failed = false;
    return STK_OK;
}

stk_status stk_step_check(stk_store *s, stk_error *err)
{
    if (!s->stepping)
        return stk_fail(err, STK_ERR_INVALID, "nothing goes into the store outside of a step");
    if (s->failed)
        return stk_fail(err, STK_ERR_INVALID, "an earlier part of this step failed: roll it back");
    return STK_OK;
}

stk_status stk_step_result(stk_store *s, stk_status status)
{
    if (status != STK_OK && s->stepping)
        s->failed = true;
    return status;
}

stk_status stk_store_commit(stk_store *store, stk_error *err)
{
    stk_status status = stk_step_check(store, err);
    if (status == STK_OK)
        status = stk_sql_run(store->sql, "COMMIT", err);
    if (status == STK_OK)
        store->stepping = false;
    else
        stk_store_rollback(store);
    return status;
}

void stk_store_rollback(stk_store *store)
{
    /* after some errors the database has rolled back already */
    if (store->sql != NULL && stk_sql_in_step(store->sql))
        if (stk_sql_run(store->sql, "ROLLBACK", NULL) != STK_OK)
            store->failed = true;
    store->stepping = false;
}
