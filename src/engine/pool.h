/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_POOL_H
#define STK_ENGINE_POOL_H
/* Workers for one kind of work: do the same to n things, in any order, and come back when all are
 * done. The caller works too, so a pool of one has no thread at all. What a job may touch is the
 * caller's affair: batches in one phase, partitions in the next, never both. */
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct stk_pool stk_pool;
typedef void (*stk_pool_job)(void *ctx, size_t item, unsigned worker);

/* `threads` 1..64. */
stk_status stk_pool_new(unsigned threads, stk_pool **ret, stk_error *err);
void stk_pool_free(stk_pool *pool); /* NULL is fine */
unsigned stk_pool_threads(const stk_pool *pool);

/* job(ctx, item, worker) for item 0..count-1; worker 0..threads-1. Returns when all have ended. */
void stk_pool_each(stk_pool *pool, size_t count, stk_pool_job job, void *ctx);
#endif
