/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_INSPECT_H
#define STK_ENGINE_INSPECT_H
/* The first stage: each unit of a batch is decoded, taken apart, judged alone, and its messages to
 * keyed detectors are written down. Needs nothing but the batch, so batches run side by side. */
#include "engine/batch.h"
#include "engine/snapshot.h"

/* Called with each event taken apart, in place of the detectors: learning reads traffic so. */
typedef void (*stk_taken)(void *ctx, const stk_unit *unit);

/* What one thread needs of each detector to judge. */
typedef struct stk_inspector {
    const stk_snapshot *snapshot; /* borrowed */
    void *scratch[STK_DETECTORS_MAX];
    stk_findings findings; /* of the unit in hand */
    stk_taken taken;       /* NULL: detectors judge */
    void *taken_ctx;
} stk_inspector;

stk_status stk_inspector_init(stk_inspector *inspector, const stk_snapshot *snapshot,
                              stk_error *err);
void stk_inspector_done(stk_inspector *inspector);

/* Fill batch->seen, tuples and counts from batch->spans. */
void stk_inspect(stk_inspector *inspector, stk_batch *batch);
#endif
