/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_STORE_INSIDE_H
#define STK_STORE_INSIDE_H
/* What a store handle holds, and the helpers that its files share. */
#include "crypt/aead.h"
#include "crypt/digest.h"
#include "protect/story.h"
#include "store/sql.h"
#include "store/store.h"

#include <limits.h>

struct stk_store {
    stk_store_mode mode;
    uint32_t key_version;
    char dir[PATH_MAX - 32], path[PATH_MAX];
    int lock; /* held by the one writer; -1 */
    stk_sql *sql;
    stk_aead *aead;                  /* seals every body that the store encodes */
    stk_mac *mac;                    /* names of sources, the head of the audit */
    bool stepping;                   /* between begin and commit */
    bool failed;                     /* a part of the step did not go in: nothing of it may */
    uint32_t number_of[STK_SOURCES]; /* the store's number of a source of this run */
    stk_buf packed, scratch;
};

#define STK_NO_NUMBER UINT32_MAX

/* What a sealed body is: bound to it, so that one cannot stand for another. Append only. */
typedef enum stk_body {
    STK_BODY_KEY_CHECK = 1,
    STK_BODY_SOURCE,
    STK_BODY_SOURCE_NOTE,
    STK_BODY_CHECKPOINT,
    STK_BODY_FINDING,
    STK_BODY_INCIDENT,
    STK_BODY_AUDIT,
    STK_BODY_NAME_KEY,
    STK_BODY_SOURCE_TAIL,
} stk_body;

/* Seal into / open out of the database: `id` is the row's. Appends to `out`. */
stk_status stk_body_seal(stk_store *s, stk_body what, uint64_t id, stk_str plain, stk_buf *out,
                         stk_error *err);
stk_status stk_body_open(stk_store *s, stk_body what, uint64_t id, stk_str sealed, stk_buf *out,
                         stk_error *err);

/* STK_OK while a step is open and whole. A put that fails must say so with stk_step_failed. */
stk_status stk_step_check(stk_store *s, stk_error *err);
stk_status stk_step_result(stk_store *s, stk_status status);

/* Between an index as callers know it and the store's number. */
stk_status stk_number_of(const stk_store *s, uint32_t index, uint32_t *ret, stk_error *err);
uint32_t stk_index_of(const stk_store *s, uint32_t number);

stk_status stk_store_no_memory(stk_error *err);
#endif
