/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_ARENA_H
#define STK_BASE_ARENA_H
/* Memory with one owner and one moment of death.
 *
 * An arena hands out zeroed blocks and frees them all at once. Its budget is
 * a promise to the operator: no batch, however hostile, takes more than this.
 * Single-threaded; it travels with its batch from thread to thread. */
#include "base/compiler.h"
#include "base/str.h"

typedef struct stk_arena stk_arena;

stk_arena *stk_arena_new(size_t budget_bytes);                      /* NULL when out of memory */
void stk_arena_free(stk_arena *arena);                              /* NULL is fine */
void *stk_arena_alloc(stk_arena *arena, size_t count, size_t size); /* NULL: budget spent */
stk_str stk_arena_copy(stk_arena *arena, stk_str s); /* terminated; .ptr NULL: budget spent */

/* Forget everything handed out, keep the blocks for the next batch. Blocks are zeroed again
 * when handed out, so nothing of the last batch can be read through the next. */
void stk_arena_reset(stk_arena *arena);

/* Take back everything handed out since the mark was set; blocks are kept. */
typedef struct stk_arena_mark {
    void *block;
    size_t used, left;
} stk_arena_mark;
stk_arena_mark stk_arena_mark_set(const stk_arena *arena);
void stk_arena_rewind(stk_arena *arena, stk_arena_mark mark);

/* Bytes without zeroing, for a caller that fills all of them; 1-aligned. NULL: budget spent. */
char *stk_arena_bytes(stk_arena *arena, size_t size);

#define stk_arena_array(arena, type, n) ((type *)stk_arena_alloc((arena), (n), sizeof(type)))

static inline void stk_arena_cleanup_(stk_arena **arena)
{
    stk_arena_free(*arena);
}
#define stk_auto_arena STK_CLEANUP(stk_arena_cleanup_) stk_arena
#endif
