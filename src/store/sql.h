/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_STORE_SQL_H
#define STK_STORE_SQL_H
/* The little that the store asks of a database, so that SQL stays readable and another database
 * can stand behind these functions. Today: SQLite. For the files of store alone.
 *
 * Every failure is told as what the operator can do about it: disk full, not writable, damaged,
 * held by another process. One thread. */
#include "base/error.h"
#include "base/str.h"

typedef struct stk_sql stk_sql;
typedef struct stk_query stk_query;

typedef enum stk_sql_mode { STK_SQL_READ, STK_SQL_WRITE } stk_sql_mode;

/* `path` is borrowed for the handle's life, and named in errors. */
stk_status stk_sql_open(const char *path, stk_sql_mode mode, stk_sql **ret, stk_error *err);
void stk_sql_close(stk_sql *sql); /* NULL is fine */

/* One or several statements without arguments. */
stk_status stk_sql_run(stk_sql *sql, const char *text, stk_error *err);

/* A statement with arguments, numbered from 1. With `keep` it is prepared once for each `text`
 * (which must then be static) and must not be walked by two callers at once. */
stk_status stk_sql_query(stk_sql *sql, const char *text, bool keep, stk_query **ret,
                         stk_error *err);
void stk_query_int(stk_query *q, int at, int64_t v);
void stk_query_bytes(stk_query *q, int at, stk_str v); /* borrowed until stk_query_end */
void stk_query_text(stk_query *q, int at, const char *v);
/* The next row; `*ret_row` false: no more. */
stk_status stk_query_next(stk_query *q, bool *ret_row, stk_error *err);
/* For statements without rows: run, and end. `ret_changed` (rows changed) may be NULL. */
stk_status stk_query_run(stk_query *q, int64_t *ret_changed, stk_error *err);
int64_t stk_row_int(const stk_query *q, int column);   /* from 0 */
stk_str stk_row_bytes(const stk_query *q, int column); /* until the next row */
/* Start over with other arguments. */
void stk_query_again(stk_query *q);
void stk_query_end(stk_query *q); /* NULL is fine */

/* A number that a statement without arguments yields; 0 when it yields no row. */
stk_status stk_sql_number(stk_sql *sql, const char *text, int64_t *ret, stk_error *err);
/* Is a transaction open? The database may have ended it on its own after an error. */
bool stk_sql_in_step(const stk_sql *sql);
#endif
