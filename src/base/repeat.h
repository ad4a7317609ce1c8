/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_REPEAT_H
#define STK_BASE_REPEAT_H
/* Is a key given twice? Answered by sorting, so that no choice of keys makes it quadratic and no
 * secret is needed to hash them. */
#include "base/str.h"

#include <stdint.h>

typedef struct stk_repeat {
    stk_str key;
    uint32_t ordinal; /* place in the document; unique */
    const void *node; /* the caller's */
} stk_repeat;

/* Sorts `rows`. True when a key occurs twice: *first and *again are the pair whose second member
 * comes first in the document. */
bool stk_repeat_find(stk_repeat *rows, size_t count, const stk_repeat **first,
                     const stk_repeat **again);
#endif
