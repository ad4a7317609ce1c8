/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_STORE_SCHEMA_H
#define STK_STORE_SCHEMA_H
/* The tables, as a list of numbered steps that only go forward. A released step is never changed:
 * what must change is another step. For the files of store alone. */
#include "store/sql.h"

extern const char *const stk_schema_steps[]; /* step n makes version n + 1 of n */
extern const uint32_t stk_schema_version;    /* the newest */

/* The version of a store; 0: empty. STK_ERR_INVALID: newer than `newest`, or another program's. */
stk_status stk_schema_of(stk_sql *sql, uint32_t newest, uint32_t *ret, stk_error *err);
/* Bring it to `newest`, each step in a transaction of its own. */
stk_status stk_schema_upgrade(stk_sql *sql, const char *const *steps, uint32_t newest,
                              stk_error *err);
#endif
