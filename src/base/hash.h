/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_HASH_H
#define STK_BASE_HASH_H
/* Keyed hashing for tables, so that nobody outside can choose whom to collide
 * with: SipHash-1-3 (Aumasson and Bernstein, 2012; reduced rounds as in
 * hash tables of Rust and Python). Not a pseudonym: that is crypt's work. */
#include "base/str.h"

#include <stdint.h>

typedef struct stk_hash_key {
    uint64_t k0, k1;
} stk_hash_key;

uint64_t stk_hash(const stk_hash_key *key, stk_str bytes);

/* The finaliser of MurmurHash3: spreads an integer that is already secret or harmless. */
static inline uint64_t stk_mix64(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ (h >> 33);
}
#endif
