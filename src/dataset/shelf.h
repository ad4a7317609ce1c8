/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DATASET_SHELF_H
#define STK_DATASET_SHELF_H
/* Many texts that are alike, kept in memory in packed blocks: what is to be printed at the end may
 * be hundreds of thousands of incidents, and may not lie in a file, for it shows clear names. */
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

enum { STK_SHELF_BYTES = 64 << 20 }; /* packed; beyond it nothing more is taken */

typedef struct stk_shelf stk_shelf;
typedef struct stk_place {
    uint32_t block, from, len;
} stk_place;

stk_shelf *stk_shelf_new(void); /* NULL: no memory */
void stk_shelf_free(stk_shelf *shelf);

/* Copies. STK_ERR_LIMIT: it is full; STK_ERR_MEMORY. */
stk_status stk_shelf_put(stk_shelf *shelf, stk_str text, stk_place *ret, stk_error *err);
/* Borrowed until the next call. Texts near each other are quick to get one after the other. */
stk_status stk_shelf_get(stk_shelf *shelf, stk_place place, stk_str *ret, stk_error *err);
#endif
