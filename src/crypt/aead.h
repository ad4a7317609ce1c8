/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CRYPT_AEAD_H
#define STK_CRYPT_AEAD_H
/* AES-256-GCM (NIST SP 800-38D): seal and open with additional data that is bound, not stored.
 *
 * A sealed run is nonce (12) || ciphertext || tag (16). Nonces are random: one key seals at most
 * 2^32 runs (SP 800-38D 8.3), which a key for each use and day stays far below. One thread. */
#include "base/buf.h"
#include "crypt/secret.h"

enum { STK_NONCE_BYTES = 12, STK_TAG_BYTES = 16, STK_SEAL_BYTES = STK_NONCE_BYTES + STK_TAG_BYTES };

typedef struct stk_aead stk_aead;
stk_status stk_aead_new(const stk_secret *key, stk_aead **ret, stk_error *err);
void stk_aead_free(stk_aead *aead); /* NULL is fine */

/* Append the sealed run to `out`. On failure `out` is as it was. */
stk_status stk_aead_seal(stk_aead *aead, const stk_entropy *from, stk_str aad, stk_str plain,
                         stk_buf *out, stk_error *err);

/* Append what was sealed to `out`. STK_ERR_CRYPT: another key, other additional data, or changed
 * bytes (which of them cannot be told); `out` is then as it was, and nothing unproven was left. */
stk_status stk_aead_open(stk_aead *aead, stk_str aad, stk_str sealed, stk_buf *out, stk_error *err);
#endif
