/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_DICTIONARY_H
#define STK_PROTECT_DICTIONARY_H
/* The distinct values of one column of one block: each gets a number from 1 in order of first
 * appearance; 0 is "nothing there". It holds a keyed hash of each value and never the value, so two
 * values that agree in 64 keyed bits are taken for one; in a full block that happens with a chance
 * of about 2^-41, and nobody outside can aim for it. */
#include "base/hash.h"
#include "base/limits.h"

typedef struct stk_dictionary {
    uint64_t *hashes; /* [count], owned, with the slots behind it */
    uint16_t *slots;  /* [mask + 1]: numbers; 0 is free */
    uint32_t mask, count;
} stk_dictionary;

/* The number of a value by its hash. A new one gets count + 1 and `*ret_new` is set; 0: out of
 * memory, nothing changed. At most STK_BATCH_EVENTS values. */
uint32_t stk_dictionary_of(stk_dictionary *d, uint64_t hash, bool *ret_new);
void stk_dictionary_undo(stk_dictionary *d); /* take the newest value out again */
void stk_dictionary_clear(stk_dictionary *d);
void stk_dictionary_done(stk_dictionary *d);
#endif
