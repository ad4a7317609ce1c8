/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_KEY_H
#define STK_MODEL_KEY_H
/* Who or what state is kept by: a type and a keyed hash, never the thing itself, so that state and
 * checkpoints hold no personal data. The hash key belongs to the store (or the run) and is secret.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "model/address.h"

/* KEY(ID, "name") */
#define STK_KEYS(KEY)                                                                              \
    KEY(SITE, "site")       /* one key: the shop as a whole */                                     \
    KEY(ADDRESS, "address") /* IPv4 /32, IPv6 /64 */                                               \
    KEY(SUBNET, "subnet")   /* IPv4 /24, IPv6 /56 */                                               \
    KEY(NETWORK, "network") /* IPv4 /16, IPv6 /48 */                                               \
    KEY(SESSION, "session")                                                                        \
    KEY(ACCOUNT, "account")                                                                        \
    KEY(CARD, "card")                                                                              \
    KEY(DEVICE, "device")                                                                          \
    KEY(AGENT, "user_agent")                                                                       \
    KEY(ENDPOINT, "endpoint") /* a path, its ids collapsed */                                      \
    KEY(STAFF, "staff")                                                                            \
    KEY(RECORD, "record") /* a customer's record */                                                \
    KEY(PRODUCT, "product")                                                                        \
    KEY(HOST, "host")                                                                              \
    KEY(SOURCE, "source") /* a log or stream of ours */

typedef enum stk_key_type {
#define KEY(id, name) STK_KEY_##id,
    STK_KEYS(KEY)
#undef KEY
        STK_KEY_TYPES,
} stk_key_type;
const char *stk_key_type_name(stk_key_type type);

typedef struct stk_key {
    uint64_t hash;
    stk_key_type type;
} stk_key;

/* The key of some bytes; the type is part of what is hashed. */
stk_key stk_key_of(const stk_hash_key *secret, stk_key_type type, stk_str bytes);
/* The key of an address: `type` ADDRESS, SUBNET or NETWORK cuts it as the table above says. */
stk_key stk_key_of_address(const stk_hash_key *secret, stk_key_type type, const stk_address *a);

static inline unsigned stk_key_partition(stk_key key)
{
    return (unsigned)(key.hash >> 58); /* of STK_PARTITIONS */
}
static inline bool stk_key_eq(stk_key a, stk_key b)
{
    return a.hash == b.hash && a.type == b.type;
}
#endif
