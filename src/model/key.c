/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of actors and targets. */
#include "model/key.h"

const char *stk_key_type_name(stk_key_type type)
{
    static const char *const names[] = {
#define KEY(id, name) name,
        STK_KEYS(KEY)
#undef KEY
    };
    return names[type];
}

stk_key stk_key_of(const stk_hash_key *secret, stk_key_type type, stk_str bytes)
{
    stk_hash_key typed = { secret->k0, secret->k1 ^ stk_mix64((uint64_t)type + 1) };
    return (stk_key){ .hash = stk_hash(&typed, bytes), .type = type };
}

stk_key stk_key_of_address(const stk_hash_key *secret, stk_key_type type, const stk_address *a)
{
    bool v4 = stk_address_is_v4(a);
    unsigned bits = type == STK_KEY_ADDRESS  ? (v4 ? 128 : 64)
                    : type == STK_KEY_SUBNET ? (v4 ? 120 : 56)
                                             : (v4 ? 112 : 48);
    stk_address cut = stk_address_prefix(a, bits);
    return stk_key_of(secret, type, (stk_str){ (const char *)cut.byte, sizeof cut.byte });
}
