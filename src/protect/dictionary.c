/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most half full; grows by doubling. */
#include "protect/dictionary.h"

#include <stdlib.h>

enum { LEAST_SLOTS = 64 };

static uint32_t slot_of(const stk_dictionary *d, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & d->mask;
}

static void place(stk_dictionary *d, uint32_t number)
{
    uint32_t at = slot_of(d, d->hashes[number - 1]);
    while (d->slots[at] != 0)
        at = (at + 1) & d->mask;
    d->slots[at] = (uint16_t)number;
}

static bool grow(stk_dictionary *d)
{
    uint32_t slots = d->hashes == NULL ? LEAST_SLOTS : (d->mask + 1) * 2;
    size_t room = slots / 2;
    uint64_t *hashes = malloc(room * sizeof *hashes + slots * sizeof *d->slots);
    if (hashes == NULL)
        return false;
    if (d->count != 0)
        memcpy(hashes, d->hashes, d->count * sizeof *hashes);
    free(d->hashes);
    *d = (stk_dictionary){ .hashes = hashes,
                           .slots = (uint16_t *)(void *)(hashes + room),
                           .mask = slots - 1,
                           .count = d->count };
    memset(d->slots, 0, slots * sizeof *d->slots);
    for (uint32_t i = 1; i <= d->count; i++)
        place(d, i);
    return true;
}

uint32_t stk_dictionary_of(stk_dictionary *d, uint64_t hash, bool *ret_new)
{
    *ret_new = false;
    if (d->hashes != NULL)
        for (uint32_t at = slot_of(d, hash); d->slots[at] != 0; at = (at + 1) & d->mask)
            if (d->hashes[d->slots[at] - 1] == hash)
                return d->slots[at];
    if (d->count == STK_BATCH_EVENTS ||
        ((d->hashes == NULL || d->count == (d->mask + 1) / 2) && !grow(d)))
        return 0;
    d->hashes[d->count++] = hash;
    place(d, d->count);
    *ret_new = true;
    return d->count;
}

void stk_dictionary_undo(stk_dictionary *d)
{
    uint32_t at = slot_of(d, d->hashes[d->count - 1]);
    while (d->slots[at] != d->count)
        at = (at + 1) & d->mask;
    d->slots[at] = 0; /* the newest was placed last: no probe of another leads over its slot */
    d->count--;
}

void stk_dictionary_clear(stk_dictionary *d)
{
    if (d->hashes != NULL)
        memset(d->slots, 0, (d->mask + 1) * sizeof *d->slots);
    d->count = 0;
}

void stk_dictionary_done(stk_dictionary *d)
{
    free(d->hashes);
    *d = (stk_dictionary){ 0 };
}
