/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_PARTITIONS_H
#define STK_ENGINE_PARTITIONS_H
/* The second stage: keyed state (law 3). Tuples are dealt to the partitions of their keys in
 * sequence order; partitions run side by side; what they say comes back in sequence order, whatever
 * the number of threads. */
#include "engine/pool.h"
#include "engine/snapshot.h"

typedef struct stk_partitions stk_partitions;

/* One finding of a keyed detector and the event that it is about. */
typedef struct stk_keyed {
    uint64_t sequence;
    uint32_t detector, ordinal; /* order among findings of one event */
    stk_finding finding;        /* id and meta not filled */
} stk_keyed;

/* `budget_bytes` for all partitions and detectors together. */
stk_status stk_partitions_new(const stk_snapshot *snapshot, size_t budget_bytes,
                              stk_partitions **ret, stk_error *err);
void stk_partitions_free(stk_partitions *p);

/* Deal one tuple (its sequence filled). False: no memory. */
bool stk_partitions_send(stk_partitions *p, const stk_tuple *tuple);

/* Run what was dealt, then pass `watermark`. Returns the findings, [*ret_count], sorted by
 * sequence, detector and ordinal; borrowed until the next run. NULL with a count of SIZE_MAX: no
 * memory. */
const stk_keyed *stk_partitions_run(stk_partitions *p, stk_pool *pool, stk_time watermark,
                                    size_t *ret_count);

void stk_partitions_save(const stk_partitions *p, stk_buf *out);
stk_status stk_partitions_load(stk_partitions *p, stk_cursor *in, stk_error *err);
#endif
