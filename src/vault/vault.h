/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_VAULT_VAULT_H
#define STK_VAULT_VAULT_H
/* Where keys live. Callers name a data key and get a copy of it; where it is kept, and what wraps
 * it, is the backend's affair. Today one file of mode 0600 whose root key wraps every data key;
 * the key process comes later behind these same functions.
 *
 * Several processes may use one vault: each change is made under a lock and read again first. One
 * handle belongs to one thread. */
#include "base/error.h"
#include "crypt/secret.h"

typedef enum stk_key_use {
    STK_USE_PSEUDONYM = 1, /* keyed hash of protect; `purpose` and `epoch` count */
    STK_USE_RECORD = 2,    /* seals what the store keeps */
    STK_USE_STATE = 3,     /* keys of detectors' and correlator's state (stk_hash_key) */
    STK_USE_EVIDENCE = 4,  /* seals clear values of one day: `epoch` is the day since 1970 */
} stk_key_use;

typedef struct stk_key_name {
    stk_key_use use;
    unsigned char region;  /* stk_region whose law applies; 0 */
    unsigned char purpose; /* 0 = security */
    int64_t epoch;         /* see the uses; else 0 */
} stk_key_name;

typedef struct stk_vault stk_vault;

/* Open the key file; with `create`, make it (and a fresh root key) when it does not exist.
 * STK_ERR_MISSING: no such file. STK_ERR_INVALID: its mode lets others read it, or it is not
 * ours; the text says which command mends it. STK_ERR_CRYPT: not a key file, or damaged. */
stk_status stk_vault_open(const char *path, bool create, stk_vault **ret, stk_error *err);
void stk_vault_close(stk_vault *vault); /* NULL is fine; wipes */

/* The newest version of the named key; with `create`, a random one is made and is on disk before
 * this returns. STK_ERR_MISSING: there is none (for an evidence key: destroyed, or never kept).
 * `ret_version` may be NULL. When the evidence key of a day was destroyed and one is asked for
 * again (a clock that went back), it is another key: what the first one sealed stays closed. */
stk_status stk_vault_key(stk_vault *vault, const stk_key_name *name, bool create, stk_secret *ret,
                         uint32_t *ret_version, stk_error *err);

/* Destroy the evidence keys of days up to `today - keep_days` (0: all of them, today's as well).
 * What they sealed can then be opened by nobody. `ret_destroyed` may be NULL. */
stk_status stk_vault_expire(stk_vault *vault, int64_t today, int64_t keep_days,
                            size_t *ret_destroyed, stk_error *err);
/* Destroy the evidence key of one day; STK_OK also when there is none. */
stk_status stk_vault_destroy_day(stk_vault *vault, int64_t day, stk_error *err);
#endif
