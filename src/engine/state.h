/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_STATE_H
#define STK_ENGINE_STATE_H
/* What a run remembers, and how it goes on after a crash (law 8).
 *
 * Records are sealed block by block; findings and incidents are put as they come; all of it is
 * committed by time, so that an incident is visible within STK_COMMIT_US. Detection's own state is
 * saved with the positions of all sources, in one commit, less often (STK_CHECKPOINT_US). After a
 * crash sources are read again from the checkpoint: ids are the same, so findings and incidents are
 * put again over themselves; records up to the last stored unit are not added again. */
#include "engine/engine.h"
#include "engine/names.h"
#include "store/store.h"
#include "vault/vault.h"

#define STK_COMMIT_US     (INT64_C(250) * STK_MS)
#define STK_CHECKPOINT_US (INT64_C(5) * STK_SECOND)

typedef struct stk_state stk_state;

typedef struct stk_state_setup {
    const char *dir; /* of the store */
    const char *key_file;
    const stk_policy *policy; /* borrowed */
    int64_t today;            /* day since 1970 by the wall clock */
} stk_state_setup;

/* Open vault and store, for writing. */
stk_status stk_state_open(const stk_state_setup *setup, stk_state **ret, stk_error *err);
void stk_state_close(stk_state *state);
stk_store *stk_state_store(stk_state *state);

/* A new day by the wall clock: its evidence key, and what is over is removed with its keys. Call it
 * at the start and when the day changes; cheap when it has not. */
stk_status stk_state_day(stk_state *state, const stk_policy *policy, int64_t today, stk_error *err);

/* The key that detection's state is kept by: that of the checkpoint, sealed in it; the vault's own
 * for a store that has none yet. */
stk_hash_key stk_state_secret(const stk_state *state);
/* Keep it by this one instead, when there is no checkpoint yet. */
void stk_state_key_by(stk_state *state, const stk_hash_key *key);

/* Take detection's state up where the last checkpoint left it. STK_ERR_MISSING: there is none;
 * STK_ERR_INVALID: it is of another set of detectors; detection then starts anew. */
stk_status stk_state_resume(stk_state *state, stk_engine *engine, stk_error *err);

/* Which index a source has in positions, now and after a restart, and where it stands. The same
 * name has the same index; a new one takes the next that is free. `wanted`: try this one first. */
stk_status stk_state_source(stk_state *state, const stk_source_name *name, stk_str label,
                            uint32_t wanted, uint32_t *ret_index, stk_source_state *ret,
                            stk_error *err);
/* No lane reads this source any more: its index may go to another when all are taken. */
void stk_state_release(stk_state *state, uint32_t index);
/* How many occurrences of a fingerprint are known. */
stk_status stk_state_occurrences(stk_state *state, const unsigned char fingerprint[32],
                                 uint32_t *ret, stk_error *err);

/* To be called in order by the listener of the engine. */
stk_status stk_state_unit(stk_state *state, const stk_seen *seen, const stk_finding *findings,
                          size_t count, stk_error *err);
stk_status stk_state_incident(stk_state *state, const stk_incident *incident,
                              const stk_names *names, stk_error *err);
/* `now`: monotonic. Commits when it is time; `force` also makes a checkpoint. `bookmark` gives the
 * digest of the bytes before a position of a lane. STK_ERR_MISSING: it cannot now, for the file was
 * cut; the checkpoint is then tried again in the next round. */
typedef stk_status (*stk_bookmarker)(void *ctx, const stk_lane *lane, uint64_t offset,
                                     stk_source_state *into, stk_error *err);
/* Units that come from here on may yet change in their source: no checkpoint holds them, and they
 * are read again by the next run. Their records, findings and incidents are kept. */
void stk_state_hold(stk_state *state);
/* Commit what was put since, whatever the time. */
stk_status stk_state_commit(stk_state *state, stk_error *err);
stk_status stk_state_finding(stk_state *state, const stk_finding *finding, stk_error *err);
stk_status stk_state_round(stk_state *state, stk_engine *engine, stk_time now, bool force,
                           stk_bookmarker bookmark, void *ctx, stk_error *err);
#endif
