/* SPDX-License-Identifier: Apache-2.0 */
/* Growth by doubling; nothing is ever removed, so probing needs no tombstones. */
#include "detect/profile/index.h"

#include <stdlib.h>

enum { FIRST_ROOM = 256 };

static void place(stk_index *index, uint64_t key, uint32_t value)
{
    size_t i = key & (index->room - 1);
    while (index->keys[i] != 0)
        i = (i + 1) & (index->room - 1);
    index->keys[i] = key;
    index->values[i] = value;
}

static bool grow(stk_index *index)
{
    stk_index larger = { .room = index->room == 0 ? FIRST_ROOM : 2 * index->room };
    larger.keys = calloc(larger.room, sizeof *larger.keys);
    larger.values = malloc(larger.room * sizeof *larger.values);
    if (larger.keys == NULL || larger.values == NULL) {
        stk_index_done(&larger);
        return false;
    }
    for (size_t i = 0; i < index->room; i++)
        if (index->keys[i] != 0)
            place(&larger, index->keys[i], index->values[i]);
    larger.count = index->count;
    stk_index_done(index);
    *index = larger;
    return true;
}

bool stk_index_put(stk_index *index, uint64_t key, uint32_t value)
{
    if (2 * (index->count + 1) > index->room && !grow(index))
        return false;
    place(index, key + (key == 0), value);
    index->count++;
    return true;
}

void stk_index_done(stk_index *index)
{
    free(index->keys);
    free(index->values);
    *index = (stk_index){ 0 };
}
