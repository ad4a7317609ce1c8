/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CRYPT_DIGEST_H
#define STK_CRYPT_DIGEST_H
/* SHA-256 (FIPS 180-4), HMAC-SHA-256 (RFC 2104, 4231) and HKDF (RFC 5869). */
#include "crypt/secret.h"

enum { STK_DIGEST_BYTES = 32, STK_PSEUDONYM_BYTES = 16 };

typedef struct stk_digest {
    unsigned char byte[STK_DIGEST_BYTES];
} stk_digest;

stk_status stk_digest_of(stk_str bytes, stk_digest *ret, stk_error *err);

/* Piece by piece: new, add..., end (which starts over), free. One thread. */
typedef struct stk_hasher stk_hasher;
stk_status stk_hasher_new(stk_hasher **ret, stk_error *err);
stk_status stk_hasher_add(stk_hasher *h, stk_str bytes, stk_error *err);
stk_status stk_hasher_end(stk_hasher *h, stk_digest *ret, stk_error *err);
/* The digest of what was added so far; adding may go on. */
stk_status stk_hasher_peek(const stk_hasher *h, stk_digest *ret, stk_error *err);
void stk_hasher_free(stk_hasher *h); /* NULL is fine */

/* A keyed hash that is made once and used often. One thread. */
typedef struct stk_mac stk_mac;
stk_status stk_mac_new(const stk_secret *key, stk_mac **ret, stk_error *err);
stk_status stk_mac_of(stk_mac *mac, stk_str bytes, stk_digest *ret, stk_error *err);
void stk_mac_free(stk_mac *mac); /* NULL is fine */

/* The pseudonym of `value` in `domain` (a byte that keeps an account and an address of the same
 * text apart): the first 128 bits of HMAC(key, domain || value). */
stk_status stk_mac_pseudonym(stk_mac *mac, unsigned char domain, stk_str value,
                             unsigned char ret[STK_PSEUDONYM_BYTES], stk_error *err);

/* HKDF extract and expand; `len` at most 255 * 32. */
stk_status stk_hkdf(stk_str input, stk_str salt, stk_str info, unsigned char *out, size_t len,
                    stk_error *err);
/* A key for one use, derived from another: HKDF with `use` as info. */
stk_status stk_secret_derive(const stk_secret *from, const char *use, stk_secret *ret,
                             stk_error *err);
#endif
