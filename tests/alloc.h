/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_ALLOC_H
#define STK_TESTS_ALLOC_H
/* Allocation failure at every point: a function is run again and again, with the 1st, the 2nd, the
 * nth allocation refused, until a run needs fewer than that; then the same with every allocation
 * from the nth on refused. Each run must end in STK_ERR_MEMORY (or get by without: STK_OK), free
 * what it took, and crash nowhere.
 *
 * An allocation is malloc, calloc or realloc of anybody in the process, shared libraries included,
 * and one from an arena. Used by tests named alloc*.c, which CMake links so that arenas are
 * wrapped; in sanitizer builds, which bring their own malloc, our own calls are wrapped instead of
 * replaced. Include it in one file of a test. Single-threaded. */
#include "base/arena.h"
#include "base/error.h"
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

/* volatile: a compiler knows that malloc touches no variable of ours; here it does. */
static volatile struct {
    bool armed, all, fired;
    size_t count, at;
    ptrdiff_t live;
} alloc_state;

static inline bool alloc_refused(void)
{
    if (!alloc_state.armed)
        return false;
    alloc_state.count++;
    bool refuse = alloc_state.count == alloc_state.at ||
                  (alloc_state.all && alloc_state.count > alloc_state.at);
    alloc_state.fired = alloc_state.fired || refuse;
    return refuse;
}

#ifdef STK_ALLOC_WRAP
#define ALLOC_OURS(name) __wrap_##name
#define ALLOC_REAL(name) __real_##name
#else
#define ALLOC_OURS(name) name
#define ALLOC_REAL(name) __libc_##name /* glibc keeps these for whoever replaces malloc */
#endif
void *ALLOC_REAL(malloc)(size_t n);
void *ALLOC_REAL(calloc)(size_t n, size_t size);
void *ALLOC_REAL(realloc)(void *p, size_t n);
void ALLOC_REAL(free)(void *p);
void *ALLOC_OURS(malloc)(size_t n);
void *ALLOC_OURS(calloc)(size_t n, size_t size);
void *ALLOC_OURS(realloc)(void *p, size_t n);
void ALLOC_OURS(free)(void *p);

void *ALLOC_OURS(malloc)(size_t n)
{
    void *p = alloc_refused() ? NULL : ALLOC_REAL(malloc)(n);
    alloc_state.live += p != NULL;
    return p;
}

void *ALLOC_OURS(calloc)(size_t n, size_t size)
{
    void *p = alloc_refused() ? NULL : ALLOC_REAL(calloc)(n, size);
    alloc_state.live += p != NULL;
    return p;
}

void *ALLOC_OURS(realloc)(void *old, size_t n)
{
    void *p = alloc_refused() ? NULL : ALLOC_REAL(realloc)(old, n);
    alloc_state.live += p != NULL && old == NULL;
    return p;
}

void ALLOC_OURS(free)(void *p)
{
    alloc_state.live -= p != NULL;
    ALLOC_REAL(free)(p);
}

void *__real_stk_arena_alloc(stk_arena *arena, size_t count, size_t size);
char *__real_stk_arena_bytes(stk_arena *arena, size_t size);
stk_str __real_stk_arena_copy(stk_arena *arena, stk_str s);
void *__wrap_stk_arena_alloc(stk_arena *arena, size_t count, size_t size);
char *__wrap_stk_arena_bytes(stk_arena *arena, size_t size);
stk_str __wrap_stk_arena_copy(stk_arena *arena, stk_str s);

void *__wrap_stk_arena_alloc(stk_arena *arena, size_t count, size_t size)
{
    return alloc_refused() ? NULL : __real_stk_arena_alloc(arena, count, size);
}

char *__wrap_stk_arena_bytes(stk_arena *arena, size_t size)
{
    return alloc_refused() ? NULL : __real_stk_arena_bytes(arena, size);
}

stk_str __wrap_stk_arena_copy(stk_arena *arena, stk_str s)
{
    return alloc_refused() ? (stk_str){ 0 } : __real_stk_arena_copy(arena, s);
}

enum { ALLOC_MOST = 20000 }; /* points of one run; more is a sample that is too large */

typedef stk_status (*alloc_run)(void *ctx);

/* One run with the nth refused. */
static inline const char *alloc_once(alloc_run run, void *ctx, size_t at, bool all,
                                     stk_status *ret_status, bool *ret_fired)
{
    ptrdiff_t live = alloc_state.live;
    alloc_state.count = 0;
    alloc_state.at = at;
    alloc_state.all = all;
    alloc_state.fired = false;
    alloc_state.armed = true;
    *ret_status = run(ctx);
    alloc_state.armed = false;
    *ret_fired = alloc_state.fired;
    return alloc_state.live > live ? "memory is lost when an allocation fails" : NULL;
}

/* NULL, or what is wrong. `sound`: what a run gives when no allocation fails. `stride`: only every
 * so manieth point, for a run that has too many of them. */
static inline const char *alloc_torture_some(alloc_run run, void *ctx, stk_status sound,
                                             size_t stride)
{
    stk_status status = run(ctx); /* what is made once in a process is made now */
    bool fired = true;
    if (status != sound)
        return "the run fails without a failing allocation";
    for (int all = 0; all < 2; all++) {
        fired = true;
        for (size_t at = 1; fired; at += stride) {
            const char *why = alloc_once(run, ctx, at, all == 1, &status, &fired);
            if (why != NULL) /* once may be a library's own cache; twice is not */
                why = alloc_once(run, ctx, at, all == 1, &status, &fired);
            if (why == NULL && status != STK_ERR_MEMORY && status != sound)
                why = "a failed allocation is reported as something else";
            if (why == NULL && !fired && status != sound)
                why = "the run fails without a failing allocation";
            if (why == NULL && at / stride > ALLOC_MOST)
                why = "more allocations than are tried: use a smaller sample or a stride";
            if (why != NULL) {
                printf("# allocation %zu refused, %s: status %d\n", at,
                       all == 1 ? "and all after it" : "alone", status);
                return why;
            }
        }
    }
    return NULL;
}

static inline const char *alloc_torture(alloc_run run, void *ctx, stk_status sound)
{
    return alloc_torture_some(run, ctx, sound, 1);
}
#endif
