/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from the vault, a builder of blocks for each source, and commits by time. */
#include "engine/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SCRATCH_BYTES = 64 << 20,
    CHECKPOINT_BYTES = 1 << 30,
    CHECKPOINT_PART = 1,
    CHECKPOINT_VERSION = 2,
    CHECKPOINT_WITHOUT_KEY = 1, /* detection was keyed by the vault's STK_USE_STATE */
};

struct source {
    stk_source_name name;
    bool known, reading;
    bool placed;       /* the store knows a place in it */
    uint64_t named_at; /* counts up: the smallest of those not read was named longest ago */
    stk_block_builder *builder;
    uint64_t stored_unit, malformed;
};

struct stk_state {
    stk_vault *vault;
    stk_store *store;
    stk_protector *protector;
    stk_hash_key secret;
    stk_arena *scratch;
    stk_buf blob;     /* the checkpoint found, then the one being written */
    stk_cursor found; /* what of it is detection's */
    bool has_found;
    struct source sources[STK_SOURCES];
    uint64_t named;
    int64_t day;   /* since 1970, whose evidence key is in use; 0: none yet */
    int64_t epoch; /* of pseudonyms */
    bool in_step;  /* a transaction is open */
    bool holding;  /* no checkpoint any more */
    stk_time committed_at, checkpoint_at; /* monotonic */
};

stk_store *stk_state_store(stk_state *state)
{
    return state->store;
}

stk_hash_key stk_state_secret(const stk_state *state)
{
    return state->secret;
}

void stk_state_key_by(stk_state *state, const stk_hash_key *key)
{
    if (!state->has_found)
        state->secret = *key;
}

/* ---- opening ------------------------------------------------------------------------------- */

static stk_status open_protector(stk_state *state, const stk_state_setup *setup,
                                 const stk_secret *record, uint32_t version, stk_error *err)
{
    stk_auto_secret pseudonym = { 0 };
    stk_key_name name = { .use = STK_USE_PSEUDONYM,
                          .epoch = stk_policy_epoch(setup->policy, setup->today) };
    STK_TRY(stk_vault_key(state->vault, &name, true, &pseudonym, NULL, err));
    stk_protect_setup protect = { .policy = setup->policy,
                                  .pseudonym = &pseudonym,
                                  .record = record,
                                  .key_version = version,
                                  .entropy = &stk_entropy_system };
    STK_TRY(stk_protector_new(&protect, &state->protector, err));
    state->epoch = name.epoch;
    return stk_state_day(state, setup->policy, setup->today, err);
}

/* Pseudonyms of a new epoch are made under its own key, so that they link to no older ones. */
static stk_status change_epoch(stk_state *state, int64_t epoch, stk_error *err)
{
    if (state->epoch == epoch)
        return STK_OK;
    stk_auto_secret pseudonym = { 0 };
    stk_key_name name = { .use = STK_USE_PSEUDONYM, .epoch = epoch };
    STK_TRY(stk_vault_key(state->vault, &name, true, &pseudonym, NULL, err));
    STK_TRY(stk_protector_epoch(state->protector, &pseudonym, err));
    state->epoch = epoch;
    return STK_OK;
}

stk_status stk_state_day(stk_state *state, const stk_policy *policy, int64_t today, stk_error *err)
{
    if (state->day == today)
        return STK_OK;
    STK_TRY(change_epoch(state, stk_policy_epoch(policy, today), err));
    int64_t days = stk_policy_evidence_days(policy);
    STK_TRY(stk_vault_expire(state->vault, today, days, NULL, err));
    if (days == 0) {
        STK_TRY(stk_protector_day(state->protector, NULL, today, err));
    } else {
        stk_auto_secret evidence = { 0 };
        stk_key_name name = { .use = STK_USE_EVIDENCE, .epoch = today };
        STK_TRY(stk_vault_key(state->vault, &name, true, &evidence, NULL, err));
        STK_TRY(stk_protector_day(state->protector, &evidence, today, err));
    }
    state->day = today;
    stk_retention rule = { .today = today,
                           .evidence_days = days,
                           .record_days = stk_policy_record_days(policy),
                           .incident_days = stk_policy_incident_days(policy) };
    stk_retained removed;
    STK_TRY(stk_state_commit(state, err));
    return stk_store_retain(state->store, &rule, &removed, err);
}

/* The part of the checkpoint that names sources by their indices; detection's state follows. */
static stk_status read_sources(stk_state *state, stk_error *err)
{
    stk_cursor in = stk_cursor_of(stk_buf_str(&state->blob));
    uint64_t version = stk_cursor_varint(&in);
    if (version != CHECKPOINT_VERSION && version != CHECKPOINT_WITHOUT_KEY)
        return stk_fail(err, STK_ERR_INVALID, "the store's checkpoint is of another version");
    if (version == CHECKPOINT_VERSION) {
        stk_str key = stk_cursor_take(&in, sizeof state->secret);
        if (!in.failed)
            memcpy(&state->secret, key.ptr, sizeof state->secret);
    }
    uint64_t count = stk_cursor_varint(&in);
    for (uint64_t i = 0; i < count && !in.failed; i++) {
        uint64_t index = stk_cursor_varint(&in);
        stk_str print = stk_cursor_take(&in, sizeof state->sources[0].name.fingerprint);
        uint64_t occurrence = stk_cursor_varint(&in);
        if (in.failed || index >= STK_SOURCES || occurrence > UINT32_MAX)
            break;
        struct source *source = &state->sources[index];
        source->known = true;
        source->named_at = ++state->named;
        memcpy(source->name.fingerprint, print.ptr, print.len);
        source->name.occurrence = (uint32_t)occurrence;
    }
    if (in.failed)
        return stk_fail(err, STK_ERR_SYNTAX, "the store's checkpoint is damaged");
    state->found = in;
    state->has_found = true;
    return STK_OK;
}

/* Open incidents speak of files of earlier runs, whether they are read in this one or not: the
 * store is told which those are. */
static stk_status name_sources(stk_state *state, stk_error *err)
{
    for (uint32_t i = 0; i < STK_SOURCES; i++) {
        stk_source_state stood;
        if (!state->sources[i].known)
            continue;
        stk_arena_reset(state->scratch);
        STK_TRY(stk_store_source(state->store, i, &state->sources[i].name, STK_S("-"),
                                 state->scratch, &stood, err));
        state->sources[i].stored_unit = stood.stored_unit;
        state->sources[i].malformed = stood.malformed;
    }
    return STK_OK;
}

static bool has_store(const char *dir)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/store.db", dir);
    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

static stk_status open_all(stk_state *state, const stk_state_setup *setup, stk_error *err)
{
    stk_auto_secret record = { 0 }, keyed = { 0 };
    uint32_t version;
    bool fresh = !has_store(setup->dir); /* else its keys are wanted, and no new ones */
    STK_TRY(stk_vault_open(setup->key_file, fresh, &state->vault, err));
    STK_TRY(stk_vault_key(state->vault, &(stk_key_name){ .use = STK_USE_RECORD }, true, &record,
                          &version, err));
    STK_TRY(stk_vault_key(state->vault, &(stk_key_name){ .use = STK_USE_STATE }, true, &keyed, NULL,
                          err));
    memcpy(&state->secret, keyed.byte, sizeof state->secret);
    stk_store_setup store = {
        .dir = setup->dir, .mode = STK_STORE_WRITE, .record = &record, .key_version = version
    };
    STK_TRY(stk_store_open(&store, &state->store, err));
    STK_TRY(open_protector(state, setup, &record, version, err));
    stk_status status = stk_store_checkpoint(state->store, CHECKPOINT_PART, &state->blob, err);
    if (status == STK_ERR_MISSING)
        return STK_OK;
    if (status == STK_OK)
        status = read_sources(state, err);
    return status == STK_OK ? name_sources(state, err) : status;
}

stk_status stk_state_open(const stk_state_setup *setup, stk_state **ret, stk_error *err)
{
    stk_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to open a store");
    state->blob = stk_buf_init(CHECKPOINT_BYTES);
    state->scratch = stk_arena_new(SCRATCH_BYTES);
    stk_status status = state->scratch == NULL
                            ? stk_fail(err, STK_ERR_MEMORY, "no memory to open a store")
                            : open_all(state, setup, err);
    if (status != STK_OK) {
        stk_state_close(state);
        return status;
    }
    *ret = state;
    return STK_OK;
}

void stk_state_close(stk_state *state)
{
    if (state == NULL)
        return;
    for (size_t i = 0; i < STK_SOURCES; i++)
        stk_block_builder_free(state->sources[i].builder);
    stk_store_close(state->store);
    stk_protector_free(state->protector);
    stk_vault_close(state->vault);
    stk_arena_free(state->scratch);
    stk_buf_done(&state->blob);
    stk_wipe(&state->secret, sizeof state->secret);
    free(state);
}

stk_status stk_state_resume(stk_state *state, stk_engine *engine, stk_error *err)
{
    if (!state->has_found)
        return stk_fail(err, STK_ERR_MISSING, "the store has no checkpoint yet");
    stk_status status = stk_engine_load(engine, &state->found, err);
    stk_buf_done(&state->blob);
    state->has_found = false;
    return status;
}

/* ---- sources ------------------------------------------------------------------------------- */

static bool same_name(const stk_source_name *a, const stk_source_name *b)
{
    return a->occurrence == b->occurrence &&
           memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0;
}

/* Its own index, else the wanted one, else a free one, else that of the source that was named
 * longest ago and is not read any more. STK_SOURCES: all are being read. */
static uint32_t index_for(stk_state *state, const stk_source_name *name, uint32_t wanted)
{
    uint32_t free_one = STK_SOURCES, oldest = STK_SOURCES;
    for (uint32_t i = 0; i < STK_SOURCES; i++) {
        const struct source *s = &state->sources[i];
        if (s->known && same_name(&s->name, name))
            return i;
        if (!s->known && (free_one == STK_SOURCES || i == wanted))
            free_one = i;
        if (!s->reading && (oldest == STK_SOURCES || s->named_at < state->sources[oldest].named_at))
            oldest = i;
    }
    return free_one != STK_SOURCES ? free_one : oldest;
}

stk_status stk_state_source(stk_state *state, const stk_source_name *name, stk_str label,
                            uint32_t wanted, uint32_t *ret_index, stk_source_state *ret,
                            stk_error *err)
{
    uint32_t index = index_for(state, name, wanted);
    if (index == STK_SOURCES)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d sources at once", STK_SOURCES);
    STK_TRY(stk_state_commit(state, err));
    stk_arena_reset(state->scratch);
    STK_TRY(stk_store_source(state->store, index, name, label, state->scratch, ret, err));
    struct source *source = &state->sources[index];
    stk_block_builder_free(source->builder);
    *source = (struct source){ .name = *name,
                               .known = true,
                               .reading = true,
                               .placed = ret->offset != 0,
                               .named_at = ++state->named,
                               .stored_unit = ret->stored_unit,
                               .malformed = ret->malformed };
    *ret_index = index;
    return STK_OK;
}

void stk_state_release(stk_state *state, uint32_t index)
{
    state->sources[index].reading = false;
}

stk_status stk_state_occurrences(stk_state *state, const unsigned char fingerprint[32],
                                 uint32_t *ret, stk_error *err)
{
    return stk_store_occurrences(state->store, fingerprint, ret, err);
}

/* ---- what passes --------------------------------------------------------------------------- */

static stk_status step(stk_state *state, stk_error *err)
{
    if (state->in_step)
        return STK_OK;
    STK_TRY(stk_store_begin(state->store, err));
    state->in_step = true;
    return STK_OK;
}

static stk_status seal(stk_state *state, uint32_t index, stk_error *err)
{
    struct source *source = &state->sources[index];
    if (source->builder == NULL || stk_block_count(source->builder) == 0)
        return STK_OK;
    const stk_block *block;
    STK_TRY(stk_block_seal(source->builder, &block, err));
    STK_TRY(step(state, err));
    STK_TRY(stk_store_put_block(state->store, index, block, err));
    source->stored_unit = stk_block_info_of(block)->last_unit;
    return STK_OK;
}

static stk_status add_record(stk_state *state, const stk_event *event, stk_error *err)
{
    uint32_t index = event->meta.position.source;
    struct source *source = &state->sources[index];
    if (event->meta.position.unit <= source->stored_unit)
        return STK_OK; /* read again after a crash */
    if (source->builder == NULL)
        STK_TRY(stk_block_builder_new(state->protector, &source->name, &source->builder, err));
    stk_status status = stk_block_add(source->builder, event, err);
    if (status != STK_ERR_LIMIT)
        return status;
    STK_TRY(seal(state, index, err));
    return stk_block_add(source->builder, event, err);
}

stk_status stk_state_finding(stk_state *state, const stk_finding *finding, stk_error *err)
{
    stk_arena_reset(state->scratch);
    const stk_protected_finding *kept;
    STK_TRY(stk_protect_finding(state->protector, finding, state->scratch, &kept, err));
    STK_TRY(step(state, err));
    return stk_store_put_finding(state->store, kept, err);
}

stk_status stk_state_unit(stk_state *state, const stk_seen *seen, const stk_finding *findings,
                          size_t count, stk_error *err)
{
    if (seen->state == STK_UNIT_EVENT)
        STK_TRY(add_record(state, &seen->event, err));
    else if (seen->state == STK_UNIT_MALFORMED)
        state->sources[seen->event.meta.position.source].malformed++;
    for (size_t f = 0; f < count; f++)
        STK_TRY(stk_state_finding(state, &findings[f], err));
    return STK_OK;
}

stk_status stk_state_incident(stk_state *state, const stk_incident *incident,
                              const stk_names *names, stk_error *err)
{
    stk_name known[STK_INCIDENT_ENTITIES];
    size_t count = 0;
    for (size_t e = 0; e < incident->entity_count; e++) {
        const stk_personal *name = stk_names_get(names, incident->entities[e].key);
        if (name != NULL)
            known[count++] = (stk_name){ incident->entities[e].key, *name };
    }
    stk_arena_reset(state->scratch);
    const stk_protected_incident *kept;
    STK_TRY(
        stk_protect_incident(state->protector, incident, known, count, state->scratch, &kept, err));
    STK_TRY(step(state, err));
    return stk_store_put_incident(state->store, kept, err);
}

/* ---- commits ------------------------------------------------------------------------------- */

static void write_sources(const stk_state *state, stk_buf *out)
{
    uint64_t count = 0;
    for (size_t i = 0; i < STK_SOURCES; i++)
        count += state->sources[i].known;
    stk_buf_varint(out, CHECKPOINT_VERSION);
    stk_buf_add(out, (stk_str){ (const char *)&state->secret, sizeof state->secret });
    stk_buf_varint(out, count);
    for (size_t i = 0; i < STK_SOURCES; i++) {
        const struct source *source = &state->sources[i];
        if (!source->known)
            continue;
        stk_buf_varint(out, i);
        stk_buf_add(out, (stk_str){ (const char *)source->name.fingerprint,
                                    sizeof source->name.fingerprint });
        stk_buf_varint(out, source->name.occurrence);
    }
}

/* All places first, and then all of them into the store: one that cannot be given now (its file was
 * just cut) puts the checkpoint off, and nothing of it is there yet. */
static stk_status take_places(const stk_state *state, stk_engine *engine, stk_bookmarker bookmark,
                              void *ctx, stk_source_state *places, stk_error *err)
{
    for (size_t i = 0; i < stk_engine_lanes(engine); i++) {
        const stk_lane *lane = stk_engine_lane(engine, i);
        if (!lane->in_use)
            continue;
        places[i] = (stk_source_state){ .malformed = state->sources[lane->source].malformed,
                                        .last_at = lane->reached,
                                        .finished = stk_lane_spent(lane) };
        stk_lane_consumed(lane, &places[i].offset, &places[i].unit);
        places[i].unit--;
        STK_TRY(bookmark(ctx, lane, places[i].offset, &places[i], err));
    }
    return STK_OK;
}

static stk_status put_positions(stk_state *state, stk_engine *engine, stk_bookmarker bookmark,
                                void *ctx, stk_error *err)
{
    stk_source_state places[STK_SOURCES];
    STK_TRY(take_places(state, engine, bookmark, ctx, places, err));
    for (size_t i = 0; i < stk_engine_lanes(engine); i++) {
        const stk_lane *lane = stk_engine_lane(engine, i);
        if (!lane->in_use)
            continue;
        STK_TRY(seal(state, lane->source, err));
        STK_TRY(stk_store_put_position(state->store, lane->source, &places[i], err));
        state->sources[lane->source].placed = true;
    }
    return STK_OK;
}

static stk_status put_checkpoint(stk_state *state, stk_engine *engine, stk_bookmarker bookmark,
                                 void *ctx, stk_error *err)
{
    STK_TRY(step(state, err));
    STK_TRY(put_positions(state, engine, bookmark, ctx, err));
    stk_buf_clear(&state->blob);
    write_sources(state, &state->blob);
    stk_engine_save(engine, &state->blob);
    if (state->blob.failed)
        return stk_fail(err, STK_ERR_MEMORY, "the state of detection does not fit into %d bytes",
                        CHECKPOINT_BYTES);
    return stk_store_put_checkpoint(state->store, CHECKPOINT_PART, stk_buf_str(&state->blob), err);
}

void stk_state_hold(stk_state *state)
{
    state->holding = true;
}

stk_status stk_state_commit(stk_state *state, stk_error *err)
{
    for (uint32_t i = 0; state->holding && i < STK_SOURCES; i++)
        STK_TRY(seal(state, i, err)); /* there is no checkpoint that would */
    if (!state->in_step)
        return STK_OK;
    state->in_step = false;
    return stk_store_commit(state->store, err);
}

/* A file that was begun and has no place in the store yet: once it is rotated it could not be found
 * again, so its first checkpoint does not wait. */
static bool has_unplaced(const stk_state *state)
{
    for (size_t i = 0; i < STK_SOURCES; i++)
        if (state->sources[i].reading && !state->sources[i].placed)
            return true;
    return false;
}

stk_status stk_state_round(stk_state *state, stk_engine *engine, stk_time now, bool force,
                           stk_bookmarker bookmark, void *ctx, stk_error *err)
{
    if (state->checkpoint_at == 0)
        state->checkpoint_at = state->committed_at = now;
    bool due = force || now - state->checkpoint_at >= STK_CHECKPOINT_US ||
               (now - state->committed_at >= STK_COMMIT_US && has_unplaced(state));
    bool checkpoint = due && !state->holding;
    if (checkpoint) {
        stk_status status = put_checkpoint(state, engine, bookmark, ctx, err);
        if (status != STK_OK && status != STK_ERR_MISSING)
            return status;
        checkpoint = status == STK_OK; /* else it is tried again in the next round */
    }
    if (checkpoint)
        state->checkpoint_at = now;
    if (!checkpoint && now - state->committed_at < STK_COMMIT_US)
        return STK_OK;
    state->committed_at = now;
    return stk_state_commit(state, err);
}
