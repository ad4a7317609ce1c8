/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_INDEX_H
#define STK_DETECT_PROFILE_INDEX_H
/* From a 64-bit hash to a number: open addressing, linear probing, at most half full.
 *
 * Equal hashes are taken for equal things: callers hash with a secret key where the other side
 * chooses what is hashed. Heap-owned; zeroed is empty. */
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct stk_index {
    uint64_t *keys;   /* 0: a free slot */
    uint32_t *values; /* [room] */
    size_t room, count;
} stk_index;

/* The number kept for `key`, or UINT32_MAX. */
static inline uint32_t stk_index_get(const stk_index *index, uint64_t key)
{
    key += key == 0;
    for (size_t i = key & (index->room - 1); index->room != 0; i = (i + 1) & (index->room - 1)) {
        if (index->keys[i] == key)
            return index->values[i];
        if (index->keys[i] == 0)
            break;
    }
    return UINT32_MAX;
}
/* Keep `value` for a key that is not there yet. False: out of memory; the index is as before. */
bool stk_index_put(stk_index *index, uint64_t key, uint32_t value);
void stk_index_done(stk_index *index);
#endif
