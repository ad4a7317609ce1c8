/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a batch, taken once and used again. */
#include "engine/batch.h"

#include <stdlib.h>

stk_batch *stk_batch_new(void)
{
    stk_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL)
        return NULL;
    batch->arena = stk_arena_new(STK_BATCH_ARENA_BYTES);
    batch->bytes = malloc(STK_BATCH_BYTES);
    batch->spans = malloc(STK_BATCH_EVENTS * sizeof *batch->spans);
    batch->seen = malloc(STK_BATCH_EVENTS * sizeof *batch->seen);
    if (batch->arena == NULL || batch->bytes == NULL || batch->spans == NULL ||
        batch->seen == NULL) {
        stk_batch_free(batch);
        return NULL;
    }
    return batch;
}

void stk_batch_free(stk_batch *batch)
{
    if (batch == NULL)
        return;
    stk_arena_free(batch->arena);
    free(batch->bytes);
    free(batch->spans);
    free(batch->seen);
    free(batch->tuples);
    free(batch);
}

void stk_batch_clear(stk_batch *batch)
{
    stk_arena_reset(batch->arena);
    batch->len = batch->count = batch->tuple_count = 0;
    batch->malformed = batch->other = 0;
    batch->out_of_memory = false;
}
