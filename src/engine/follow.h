/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_FOLLOW_H
#define STK_ENGINE_FOLLOW_H
/* Growing files on lanes of the engine. Each path has a tail (source/tail.h); each file that a tail
 * yields bytes of has a lane of its own, so that late lines of a rotated file and lines of the new
 * one do not mix. Files are known by their first unit; where the last run stopped is in the store.
 *
 * Call order: new, add each path, then gather and stk_engine_round() in turn; free. One thread. */
#include "engine/files.h"
#include "source/tail.h"

typedef struct stk_follow stk_follow;

/* Something to tell the operator about a path; `text` is a sentence without personal data. */
typedef void (*stk_follow_notice)(void *ctx, const char *path, const char *text);

typedef struct stk_follow_setup {
    const stk_snapshot *snapshot; /* borrowed */
    stk_engine *engine;           /* borrowed */
    stk_state *state;             /* borrowed */
    stk_follow_notice notice;
    void *ctx;
} stk_follow_setup;

stk_status stk_follow_new(const stk_follow_setup *setup, stk_follow **ret, stk_error *err);
void stk_follow_free(stk_follow *follow);

/* Follow `path` from where the store says the last run stopped, else from its start. */
stk_status stk_follow_add(stk_follow *follow, const char *path, const stk_format *format,
                          stk_error *err);

/* Take what the files have now, as far as there is room; put new files on lanes. */
stk_status stk_follow_gather(stk_follow *follow, stk_time monotonic, stk_error *err);
/* Give lanes back whose files have ended and passed. After a round. */
void stk_follow_release(stk_follow *follow);

/* Wait until a file changes, at most `most_us`. */
void stk_follow_wait(stk_follow *follow, int64_t most_us);

/* A stk_bookmarker: `ctx` is the stk_follow. */
stk_status stk_follow_bookmark(void *ctx, const stk_lane *lane, uint64_t offset,
                               stk_source_state *into, stk_error *err);
#endif
