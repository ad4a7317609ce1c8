/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite behind sql.h. */
#include "store/sql.h"

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEPT = 48, BUSY_MS = 10000 };

struct stk_query {
    stk_sql *sql;
    sqlite3_stmt *statement;
    const char *text;
    bool keep;
    int bound; /* the first failure of a bind */
};

struct stk_sql {
    sqlite3 *db;
    const char *path;
    stk_query kept[KEPT];
    size_t kept_count;
};

/* What a result code means to the one who runs Stockade. */
static stk_status told(const stk_sql *sql, int code, stk_error *err)
{
    const char *path = sql->path;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return stk_fail(err, STK_ERR_MEMORY, "out of memory in the store");
    case SQLITE_FULL:
        return stk_fail(err, STK_ERR_IO,
                        "the disk that holds %s is full: free some space and start again; what was "
                        "committed is safe",
                        path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return stk_fail(err, STK_ERR_IO, "%s is held by another process: wait for it, or end it",
                        path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return stk_fail(err, STK_ERR_IO,
                        "%s cannot be written: check its owner and mode, and that its disk is not "
                        "mounted read-only",
                        path);
    case SQLITE_CANTOPEN:
        return stk_fail(
            err, STK_ERR_IO,
            "cannot open %s: check that its directory exists and is yours, and that its "
            "disk is not mounted read-only",
            path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return stk_fail(err, STK_ERR_IO,
                        "%s is damaged or no store: restore it from a backup, or move it away and "
                        "start afresh",
                        path);
    case SQLITE_IOERR:
        return stk_fail(err, STK_ERR_IO, "%s: the disk failed or is full (%s)", path,
                        strerror(sqlite3_system_errno(sql->db)));
    default:
        return stk_fail(err, STK_ERR_IO, "%s: %s", path, sqlite3_errmsg(sql->db));
    }
}

/* A read-only directory without a -wal file can only be read by promising that nobody writes. */
static bool must_be_immutable(const char *path)
{
    char wal[PATH_MAX + 8];
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    return access(wal, F_OK) != 0 && access(path, W_OK) != 0 && errno != ENOENT;
}

static bool uri_of(const char *path, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "file:");
    for (const char *c = path; *c != '\0'; c++) {
        if (n + 16 >= size)
            return false;
        n += (size_t)snprintf(out + n, size - n,
                              *c == '?' || *c == '#' || *c == '%' ? "%%%02x" : "%c",
                              (unsigned char)*c);
    }
    (void)snprintf(out + n, size - n, "?immutable=1");
    return true;
}

stk_status stk_sql_open(const char *path, stk_sql_mode mode, stk_sql **ret, stk_error *err)
{
    stk_sql *sql = calloc(1, sizeof *sql);
    char uri[PATH_MAX];
    if (sql == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for the store");
    sql->path = path;
    bool immutable = mode == STK_SQL_READ && must_be_immutable(path);
    if (immutable && !uri_of(path, uri, sizeof uri)) {
        free(sql);
        return stk_fail(err, STK_ERR_INVALID, "the path of the store is too long");
    }
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
                (mode == STK_SQL_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                (immutable ? SQLITE_OPEN_URI : 0);
    int code = sqlite3_open_v2(immutable ? uri : path, &sql->db, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(sql->db, BUSY_MS);
    if (code == SQLITE_OK) /* nothing that the file says may run code */
        code = sqlite3_exec(sql->db,
                            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                            "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192",
                            NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        stk_status status = told(sql, code, err);
        stk_sql_close(sql);
        return status;
    }
    *ret = sql;
    return STK_OK;
}

void stk_sql_close(stk_sql *sql)
{
    if (sql == NULL)
        return;
    for (size_t i = 0; i < sql->kept_count; i++)
        (void)sqlite3_finalize(sql->kept[i].statement);
    (void)sqlite3_close_v2(sql->db);
    free(sql);
}

stk_status stk_sql_run(stk_sql *sql, const char *text, stk_error *err)
{
    int code = sqlite3_exec(sql->db, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? STK_OK : told(sql, code, err);
}

static stk_status prepare(stk_sql *sql, stk_query *q, const char *text, bool keep, stk_error *err)
{
    *q = (stk_query){ .sql = sql, .text = text, .keep = keep };
    int code = sqlite3_prepare_v3(sql->db, text, -1, keep ? SQLITE_PREPARE_PERSISTENT : 0,
                                  &q->statement, NULL);
    return code == SQLITE_OK ? STK_OK : told(sql, code, err);
}

stk_status stk_sql_query(stk_sql *sql, const char *text, bool keep, stk_query **ret, stk_error *err)
{
    for (size_t i = 0; keep && i < sql->kept_count; i++)
        if (sql->kept[i].text == text) {
            *ret = &sql->kept[i];
            return STK_OK;
        }
    keep = keep && sql->kept_count < KEPT;
    stk_query *q = keep ? &sql->kept[sql->kept_count] : malloc(sizeof *q);
    if (q == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory in the store");
    stk_status status = prepare(sql, q, text, keep, err);
    if (status != STK_OK) {
        if (!keep)
            free(q);
        return status;
    }
    sql->kept_count += keep;
    *ret = q;
    return STK_OK;
}

static void note(stk_query *q, int code)
{
    if (q->bound == SQLITE_OK)
        q->bound = code;
}

void stk_query_int(stk_query *q, int at, int64_t v)
{
    note(q, sqlite3_bind_int64(q->statement, at, v));
}

void stk_query_bytes(stk_query *q, int at, stk_str v)
{
    note(q, sqlite3_bind_blob64(q->statement, at, v.len == 0 ? "" : v.ptr, v.len, SQLITE_STATIC));
}

void stk_query_text(stk_query *q, int at, const char *v)
{
    note(q, sqlite3_bind_text(q->statement, at, v, -1, SQLITE_STATIC));
}

stk_status stk_query_next(stk_query *q, bool *ret_row, stk_error *err)
{
    int code = q->bound != SQLITE_OK ? q->bound : sqlite3_step(q->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return told(q->sql, code, err);
    *ret_row = code == SQLITE_ROW;
    return STK_OK;
}

stk_status stk_query_run(stk_query *q, int64_t *ret_changed, stk_error *err)
{
    bool row;
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && ret_changed != NULL)
        *ret_changed = sqlite3_changes64(q->sql->db);
    stk_query_end(q);
    return status;
}

int64_t stk_row_int(const stk_query *q, int column)
{
    return sqlite3_column_int64(q->statement, column);
}

stk_str stk_row_bytes(const stk_query *q, int column)
{
    const char *p = sqlite3_column_blob(q->statement, column);
    int n = sqlite3_column_bytes(q->statement, column);
    return (stk_str){ p, p == NULL ? 0 : (size_t)n };
}

void stk_query_again(stk_query *q)
{
    (void)sqlite3_reset(q->statement); /* says again what step said */
    (void)sqlite3_clear_bindings(q->statement);
    q->bound = SQLITE_OK;
}

void stk_query_end(stk_query *q)
{
    if (q == NULL)
        return;
    stk_query_again(q);
    if (q->keep)
        return;
    (void)sqlite3_finalize(q->statement);
    free(q);
}

stk_status stk_sql_number(stk_sql *sql, const char *text, int64_t *ret, stk_error *err)
{
    stk_query *q;
    bool row = false;
    STK_TRY(stk_sql_query(sql, text, false, &q, err));
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK)
        *ret = row ? stk_row_int(q, 0) : 0;
    stk_query_end(q);
    return status;
}

bool stk_sql_in_step(const stk_sql *sql)
{
    return sqlite3_get_autocommit(sql->db) == 0;
}
