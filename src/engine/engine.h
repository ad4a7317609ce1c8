/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_ENGINE_H
#define STK_ENGINE_ENGINE_H
/* The one pipeline. It goes in rounds, and each round in four steps:
 *
 *   1  every lane gathers batches                                     (one thread)
 *   2  batches are inspected                                          (a thread a batch)
 *   3  their units are put into one order, by time, and what they say
 *      to keyed detectors is looked at, partition by partition        (a thread a partition)
 *   4  in that order findings become incidents, and all is handed to
 *      the listener                                                   (one thread)
 *
 * Steps 1, 3 and 4 see every unit in an order that does not depend on the number of threads, and
 * step 2 keeps nothing, so the findings do not either.
 *
 * Call order: new, add each source, then round until idle (or for ever, following), finish, free.
 */
#include "engine/inspect.h"
#include "engine/lane.h"
#include "engine/snapshot.h"

/* What the engine tells, in order, on the thread that calls round(). Any may be NULL. */
typedef struct stk_listener {
    void *ctx;
    /* A unit has passed; findings: of the unit alone first, then keyed ones. Borrowed. */
    stk_status (*unit)(void *ctx, const stk_seen *seen, const stk_finding *findings, size_t count,
                       stk_error *err);
    /* A source's watch had something to say that is about no unit: the source is quiet, or over. */
    stk_status (*late)(void *ctx, const stk_finding *finding, stk_error *err);
    /* An incident opened, changed or closed; at the end of a round. Borrowed. */
    stk_status (*incident)(void *ctx, const stk_incident *incident, bool closed, stk_error *err);
    /* The round is over and all its events are still there. */
    stk_status (*round)(void *ctx, stk_error *err);
} stk_listener;

typedef struct stk_engine_setup {
    const stk_snapshot *snapshot; /* borrowed */
    unsigned threads;             /* 1..64 */
    size_t state_bytes;           /* budget of all keyed state */
    bool correlate;               /* false: verdicts and findings only */
    size_t batch_units;           /* at most so many units in a batch; 0: STK_BATCH_EVENTS */
    bool in_turn;                 /* one source after the other, not merged by time */
    stk_taken taken;              /* not NULL: units go there and not to detectors; one thread */
    stk_listener listener;
} stk_engine_setup;

typedef struct stk_engine stk_engine;
stk_status stk_engine_new(const stk_engine_setup *setup, stk_engine **ret, stk_error *err);
void stk_engine_free(stk_engine *engine);

/* A lane for a source, which the caller fills (stk_lane_init) before the next round; the lane is
 * the engine's. A lane that was released serves again. NULL: STK_SOURCES are in use. */
stk_lane *stk_engine_add(stk_engine *engine);
size_t stk_engine_lanes(const stk_engine *engine);
stk_lane *stk_engine_lane(stk_engine *engine, size_t i);

/* `follow`: take what is there now and do not wait for slower lanes. `*ret_idle`: nothing was. */
stk_status stk_engine_round(stk_engine *engine, bool follow, stk_time now, bool *ret_idle,
                            stk_error *err);
/* Lanes that hold their last unit back, because nothing ends it, give it in the next round. What
 * detection is to go on from when the sources grow is saved before this. */
void stk_engine_let_go(stk_engine *engine);
/* No more will come: watches judge their last window, every incident is closed and told. */
stk_status stk_engine_finish(stk_engine *engine, stk_error *err);

/* The event that stood at a position, if it is of the round in hand; else NULL. */
const stk_event *stk_engine_event_at(const stk_engine *engine, const stk_position *position);

typedef struct stk_engine_counts {
    uint64_t units, events, malformed, other, findings, incidents;
    stk_time first_at, last_at; /* STK_TIME_NONE: no event yet */
} stk_engine_counts;
const stk_engine_counts *stk_engine_counted(const stk_engine *engine);

/* Everything that detection remembers. The caller keeps positions (stk_lane_consumed). */
void stk_engine_save(const stk_engine *engine, stk_buf *out);
stk_status stk_engine_load(stk_engine *engine, stk_cursor *in, stk_error *err);
/* Give a lane's watch what was loaded of it, if anything was. */
void stk_engine_recall(stk_engine *engine, stk_lane *lane);

#endif
