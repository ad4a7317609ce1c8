/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_KEPT_H
#define STK_CMD_KEPT_H
/* A store that is looked into: opened with its keys, beside a run that may be writing. */
#include "cmd/verb.h"
#include "model/present.h"
#include "store/store.h"
#include "vault/vault.h"

typedef struct stk_kept {
    stk_vault *vault;
    stk_store *store;
    stk_arena *arena;
} stk_kept;

/* `store` names a replay's store (keys in STORE.keys); empty: that of `stockade run` in `dir`. */
stk_status stk_kept_open(stk_kept *kept, stk_str dir, stk_str store, stk_store_mode mode,
                         stk_error *err);
void stk_kept_close(stk_kept *kept);

/* Names entities by what is remembered of them, their keys: "address-1f00c2...". `ctx` of the namer
 * is the stk_incident. */
bool stk_kept_name(const void *incident, size_t index, stk_lang lang, stk_buf *out);

/* Positions of what is read back name sources by the store's number, as `stockade list sources`
 * prints them. */
uint32_t stk_kept_source(uint32_t source);
void stk_kept_units(const stk_incident *incident); /* in place */

/* `stockade incident`, for other verbs; returns an exit code. */
int stk_incident_show(stk_str dir, stk_str store, stk_lang lang, bool json, stk_id id);

#define STK_OPTION_STORE(type)                                                                     \
    {                                                                                              \
        "store", STK_STRING, offsetof(type, store), "", NULL, NULL,                                \
            "Store of a replay, in place of that in --dir."                                        \
    }
#endif
