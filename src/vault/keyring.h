/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_VAULT_KEYRING_H
#define STK_VAULT_KEYRING_H
/* Named data keys, each wrapped (sealed) under one root key, and the bytes they are kept as.
 *
 * The bytes: "STKKEYS", version 1, the root key, then one run sealed under a key derived from the
 * root: the number of keys, and for each its name, version and wrapped form. A change of any byte
 * is noticed. Nothing here touches a file: file.c does. */
#include "base/buf.h"
#include "crypt/aead.h"
#include "vault/vault.h"

enum {
    STK_KEYRING_KEYS = 4096,     /* data keys in one vault */
    STK_KEYRING_BYTES = 1 << 20, /* of its file */
    STK_WRAPPED_BYTES = STK_SECRET_BYTES + STK_SEAL_BYTES,
};

typedef struct stk_wrapped_key {
    stk_key_name name;
    uint32_t version; /* from 1 */
    unsigned char wrapped[STK_WRAPPED_BYTES];
} stk_wrapped_key;

typedef struct stk_keyring {
    stk_secret root;
    stk_wrapped_key *keys; /* owned [count] */
    size_t count, room;
} stk_keyring;

/* A ring with a fresh root and no keys. */
stk_status stk_keyring_init(stk_keyring *ring, const stk_entropy *entropy, stk_error *err);
void stk_keyring_done(stk_keyring *ring); /* wipes */

stk_status stk_keyring_load(stk_keyring *ret, stk_str bytes, stk_error *err);
stk_status stk_keyring_save(const stk_keyring *ring, const stk_entropy *entropy, stk_buf *out,
                            stk_error *err);

/* The newest version of a key; NULL: there is none. */
const stk_wrapped_key *stk_keyring_find(const stk_keyring *ring, const stk_key_name *name);
stk_status stk_keyring_unwrap(const stk_keyring *ring, const stk_wrapped_key *key, stk_secret *ret,
                              stk_error *err);
stk_status stk_keyring_make(stk_keyring *ring, const stk_key_name *name, const stk_entropy *entropy,
                            stk_error *err);
/* Remove evidence keys of days first..last; returns how many. */
size_t stk_keyring_remove_days(stk_keyring *ring, int64_t first, int64_t last);
#endif
