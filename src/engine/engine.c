/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds: gather, inspect, order and look, tell. */
#include "engine/engine.h"

#include "engine/partitions.h"

#include <stdlib.h>

enum { WATCHES_BYTES = 64 << 20 };

/* One unit in the order of the round. */
struct turn {
    stk_batch *batch;
    uint32_t unit;
};

struct stk_engine {
    const stk_snapshot *snapshot;
    stk_listener listener;
    bool in_turn;
    size_t batch_units;
    stk_pool *pool;
    stk_inspector *inspectors; /* [threads] */
    size_t inspector_count;
    stk_partitions *partitions;
    stk_correlator *correlator; /* NULL: not wanted */
    stk_lane lanes[STK_SOURCES];
    size_t lane_count;
    struct turn *turns; /* [turn_count] of the round */
    size_t turn_count, turn_room;
    stk_batch **fresh; /* [fresh_count] batches to inspect */
    size_t fresh_count;
    stk_finding *said; /* findings of the unit in hand */
    size_t said_room;
    stk_buf watches; /* as loaded: for lanes that are yet to be added */
    uint64_t sequence;
    stk_time clock; /* greatest event time told */
    stk_engine_counts counts;
};

stk_status stk_engine_new(const stk_engine_setup *setup, stk_engine **ret, stk_error *err)
{
    stk_engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the engine");
    engine->snapshot = setup->snapshot;
    engine->listener = setup->listener;
    engine->in_turn = setup->in_turn;
    engine->batch_units = setup->batch_units == 0 ? STK_BATCH_EVENTS : setup->batch_units;
    engine->watches = stk_buf_init(WATCHES_BYTES);
    engine->clock = engine->counts.first_at = engine->counts.last_at = STK_TIME_NONE;
    engine->inspectors = calloc(setup->threads, sizeof *engine->inspectors);
    engine->fresh = calloc((size_t)STK_SOURCES + STK_LANE_BATCHES, sizeof *engine->fresh);
    stk_status status = engine->inspectors == NULL || engine->fresh == NULL
                            ? stk_fail(err, STK_ERR_MEMORY, "no memory for the engine")
                            : stk_pool_new(setup->threads, &engine->pool, err);
    for (; status == STK_OK && engine->inspector_count < setup->threads; engine->inspector_count++)
        status = stk_inspector_init(&engine->inspectors[engine->inspector_count], setup->snapshot,
                                    err);
    for (size_t i = 0; i < engine->inspector_count; i++) {
        engine->inspectors[i].taken = setup->taken;
        engine->inspectors[i].taken_ctx = setup->listener.ctx;
    }
    if (status == STK_OK)
        status = stk_partitions_new(setup->snapshot, setup->state_bytes, &engine->partitions, err);
    if (status == STK_OK && setup->correlate)
        status = stk_correlator_new(&setup->snapshot->secret, setup->snapshot->correlate_config,
                                    &engine->correlator, err);
    if (status != STK_OK) {
        stk_engine_free(engine);
        return status;
    }
    *ret = engine;
    return STK_OK;
}

void stk_engine_free(stk_engine *engine)
{
    if (engine == NULL)
        return;
    stk_pool_free(engine->pool);
    for (size_t i = 0; i < engine->inspector_count; i++)
        stk_inspector_done(&engine->inspectors[i]);
    free(engine->inspectors);
    stk_partitions_free(engine->partitions);
    stk_correlator_free(engine->correlator);
    for (size_t i = 0; i < engine->lane_count; i++)
        stk_lane_done(&engine->lanes[i]);
    free(engine->turns);
    free(engine->fresh);
    free(engine->said);
    stk_buf_done(&engine->watches);
    free(engine);
}

stk_lane *stk_engine_add(stk_engine *engine)
{
    for (size_t i = 0; i < engine->lane_count; i++)
        if (!engine->lanes[i].in_use)
            return &engine->lanes[i];
    if (engine->lane_count == STK_SOURCES)
        return NULL;
    return &engine->lanes[engine->lane_count++];
}

size_t stk_engine_lanes(const stk_engine *engine)
{
    return engine->lane_count;
}

stk_lane *stk_engine_lane(stk_engine *engine, size_t i)
{
    return &engine->lanes[i];
}

const stk_engine_counts *stk_engine_counted(const stk_engine *engine)
{
    return &engine->counts;
}

/* ---- step 1: gather ------------------------------------------------------------------------ */

static bool drained(const stk_lane *lane)
{
    return lane->batch_at == lane->batch_count;
}

static stk_status gather(stk_engine *engine, stk_lane *lane, size_t batches, stk_time now,
                         stk_error *err)
{
    if (!drained(lane))
        return STK_OK;
    lane->batch_at = lane->batch_count = lane->unit_at = 0;
    while (lane->batch_count < batches && !(lane->ended && lane->left_len == 0)) {
        stk_batch **slot = &lane->batches[lane->batch_count];
        if (*slot == NULL && (*slot = stk_batch_new()) == NULL)
            return stk_fail(err, STK_ERR_MEMORY, "no memory for a batch");
        (*slot)->seen_at = now;
        STK_TRY(stk_lane_fill(lane, *slot, err));
        if ((*slot)->count == 0)
            break;
        engine->fresh[engine->fresh_count++] = *slot;
        lane->batch_count++;
    }
    return STK_OK;
}

static stk_status gather_all(stk_engine *engine, stk_time now, stk_error *err)
{
    size_t live = 0;
    for (size_t i = 0; i < engine->lane_count; i++)
        live += engine->lanes[i].in_use && !stk_lane_spent(&engine->lanes[i]);
    size_t most = live <= 4 ? engine->batch_units : (4 * engine->batch_units + live - 1) / live;
    size_t each = live == 0 ? 1 : stk_pool_threads(engine->pool) / live;
    each = each == 0 ? 1 : each > STK_LANE_BATCHES ? STK_LANE_BATCHES : each;
    engine->fresh_count = 0;
    for (size_t i = 0; i < engine->lane_count; i++) {
        if (!engine->lanes[i].in_use)
            continue;
        engine->lanes[i].batch_units = most;
        STK_TRY(gather(engine, &engine->lanes[i], each, now, err));
        if (engine->in_turn && !stk_lane_spent(&engine->lanes[i]))
            break;
    }
    return STK_OK;
}

/* ---- step 2: inspect ----------------------------------------------------------------------- */

static void inspect_one(void *ctx, size_t item, unsigned worker)
{
    stk_engine *engine = ctx;
    stk_inspect(&engine->inspectors[worker], engine->fresh[item]);
}

/* ---- step 3: order and look ---------------------------------------------------------------- */

static stk_time time_of(const stk_lane *lane, const stk_seen *seen)
{
    if (seen->state != STK_UNIT_EVENT || seen->event.meta.at < lane->reached)
        return lane->reached; /* a late line passes with the line before it */
    return seen->event.meta.at;
}

/* The greatest time that a lane's gathered units reach. */
static stk_time gathered_until(const stk_lane *lane)
{
    stk_time until = lane->reached;
    for (size_t b = lane->batch_at; b < lane->batch_count; b++)
        for (size_t u = b == lane->batch_at ? lane->unit_at : 0; u < lane->batches[b]->count; u++) {
            const stk_seen *seen = &lane->batches[b]->seen[u];
            if (seen->state == STK_UNIT_EVENT && seen->event.meta.at > until)
                until = seen->event.meta.at;
        }
    return until;
}

static stk_status add_turn(stk_engine *engine, stk_lane *lane, stk_error *err)
{
    if (engine->turn_count == engine->turn_room) {
        size_t room = engine->turn_room == 0 ? STK_BATCH_EVENTS : engine->turn_room * 2;
        struct turn *more = realloc(engine->turns, room * sizeof *more);
        if (more == NULL)
            return stk_fail(err, STK_ERR_MEMORY, "no memory for a round");
        engine->turns = more;
        engine->turn_room = room;
    }
    stk_batch *batch = lane->batches[lane->batch_at];
    stk_seen *seen = &batch->seen[lane->unit_at];
    engine->turns[engine->turn_count++] = (struct turn){ batch, (uint32_t)lane->unit_at };
    lane->reached = time_of(lane, seen);
    seen->event.meta.sequence = ++engine->sequence;
    for (uint32_t t = 0; t < seen->tuple_count; t++) {
        stk_tuple *tuple = &batch->tuples[seen->tuple_from + t];
        tuple->sequence = engine->sequence;
        if (!stk_partitions_send(engine->partitions, tuple))
            return stk_fail(err, STK_ERR_MEMORY, "no memory for a round");
    }
    if (++lane->unit_at == batch->count) {
        lane->unit_at = 0;
        lane->batch_at++;
    }
    return STK_OK;
}

/* Of units of one time the order is that of their files' digests, so that it does not matter in
 * which order files were named. */
static bool goes_first(const stk_lane *lane, const stk_lane *other)
{
    int order = memcmp(lane->name.fingerprint, other->name.fingerprint,
                       sizeof lane->name.fingerprint);
    return order < 0 || (order == 0 && lane->name.occurrence < other->name.occurrence);
}

/* How far units may be put into one order: up to the last one gathered of a lane that may give
 * more. `lane` NULL: all of them. */
struct horizon {
    stk_time at;
    const stk_lane *lane;
};

static bool within(const struct horizon *horizon, stk_time at, const stk_lane *lane)
{
    if (horizon->lane == NULL || at < horizon->at)
        return true;
    return at == horizon->at && (lane == horizon->lane || goes_first(lane, horizon->lane));
}

static struct horizon horizon_of(const stk_engine *engine)
{
    struct horizon horizon = { 0 };
    for (size_t i = 0; i < engine->lane_count; i++) {
        const stk_lane *lane = &engine->lanes[i];
        if (drained(lane) || (lane->ended && lane->left_len == 0))
            continue; /* all of it is here */
        stk_time until = gathered_until(lane);
        if (within(&horizon, until, lane))
            horizon = (struct horizon){ until, lane };
    }
    return horizon;
}

static stk_lane *earliest(stk_engine *engine, const struct horizon *horizon)
{
    stk_lane *best = NULL;
    stk_time best_at = INT64_MAX;
    for (size_t i = 0; i < engine->lane_count; i++) {
        stk_lane *lane = &engine->lanes[i];
        if (drained(lane))
            continue;
        stk_time at = time_of(lane, &lane->batches[lane->batch_at]->seen[lane->unit_at]);
        if (within(horizon, at, lane) &&
            (best == NULL || at < best_at || (at == best_at && goes_first(lane, best)))) {
            best = lane;
            best_at = at;
        }
    }
    return best;
}

/* Units that no lane can overtake any more are put into one order: by time, then by file. */
static stk_status order(stk_engine *engine, bool follow, stk_error *err)
{
    stk_lane *only = NULL;
    size_t ready = 0;
    for (size_t i = 0; i < engine->lane_count; i++)
        if (!drained(&engine->lanes[i])) {
            only = &engine->lanes[i];
            ready++;
        }
    struct horizon horizon = { 0 };
    if (ready > 1 && !follow)
        horizon = horizon_of(engine);
    engine->turn_count = 0;
    if (ready == 1)
        while (!drained(only))
            STK_TRY(add_turn(engine, only, err));
    else
        for (stk_lane *lane; (lane = earliest(engine, &horizon)) != NULL;)
            STK_TRY(add_turn(engine, lane, err));
    return STK_OK;
}

/* ---- step 4: tell -------------------------------------------------------------------------- */

/* Ids derive from rule, file and place in it: the same for everyone who reads the same file. */
static stk_id id_of(const stk_source_name *source, const stk_finding *finding, unsigned ordinal)
{
    static const stk_hash_key published = { UINT64_C(0x73746f636b616465), 1 };
    char text[256];
    stk_str rule = finding->rule->id;
    size_t n = rule.len < 128 ? rule.len : 128;
    memcpy(text, rule.ptr, n);
    memcpy(text + n, source->fingerprint, sizeof source->fingerprint);
    n += sizeof source->fingerprint;
    uint64_t numbers[3] = { source->occurrence, finding->meta.position.unit, ordinal };
    for (size_t i = 0; i < 24; i++)
        text[n++] = (char)(numbers[i / 8] >> (8 * (i % 8)));
    return (stk_id){ stk_hash(&published, (stk_str){ text, n }) };
}

static bool room_for(stk_engine *engine, size_t count)
{
    if (count <= engine->said_room)
        return true;
    stk_finding *more = realloc(engine->said, (count + 16) * sizeof *more);
    if (more == NULL)
        return false;
    engine->said = more;
    engine->said_room = count + 16;
    return true;
}

/* Findings of one unit, of both halves, with meta and ids. SIZE_MAX: no memory. */
static size_t assemble(stk_engine *engine, const stk_source_name *source, const stk_seen *seen,
                       const stk_keyed **keyed, const stk_keyed *keyed_end)
{
    size_t count = seen->finding_count;
    for (const stk_keyed *k = *keyed; k < keyed_end && k->sequence == seen->event.meta.sequence;
         k++)
        count++;
    if (count == 0)
        return 0;
    if (!room_for(engine, count))
        return SIZE_MAX;
    for (size_t f = 0; f < count; f++) {
        stk_finding *said = &engine->said[f];
        *said = f < seen->finding_count ? seen->findings[f] : (*keyed)++->finding;
        said->meta = seen->event.meta;
        unsigned ordinal = 0;
        for (size_t before = 0; before < f; before++)
            ordinal += stk_str_eq(engine->said[before].rule->id, said->rule->id);
        said->id = id_of(source, said, ordinal);
    }
    return count;
}

/* What the source's watch has to say after this unit joins the findings. SIZE_MAX: no memory. */
static size_t watch(stk_engine *engine, const stk_batch *batch, const stk_seen *seen, size_t count)
{
    if (batch->watch == NULL)
        return count;
    const stk_meta *meta = &seen->event.meta;
    stk_meta untimed = *meta;
    untimed.at = STK_TIME_NONE;
    const stk_span *span = &batch->spans[meta->position.unit - batch->first_unit];
    if (seen->state != STK_UNIT_MALFORMED)
        stk_watch_good(batch->watch, seen->state == STK_UNIT_EVENT ? meta : &untimed,
                       batch->seen_at);
    else
        stk_watch_bad(batch->watch, meta, (stk_str){ batch->bytes + span->from, span->len },
                      batch->seen_at);
    for (stk_finding said; stk_watch_next(batch->watch, &said); count++) {
        if (!room_for(engine, count + 1))
            return SIZE_MAX;
        said.meta.sequence = meta->sequence;
        said.id = id_of(batch->name, &said, 0);
        engine->said[count] = said;
    }
    return count;
}

static void correlate(stk_engine *engine, const stk_seen *seen, size_t count)
{
    stk_time at = seen->event.meta.at;
    if (engine->clock == STK_TIME_NONE || at / STK_MINUTE > engine->clock / STK_MINUTE)
        stk_correlator_tick(engine->correlator, at); /* by the minute of events, not of rounds */
    if (engine->clock == STK_TIME_NONE || at > engine->clock)
        engine->clock = at;
    stk_passed passed = { .event = &seen->event,
                          .client = seen->client,
                          .client_known = seen->client_known,
                          .address = seen->address,
                          .address_known = seen->address_known,
                          .account = seen->account,
                          .account_known = seen->account_known,
                          .endpoint = seen->endpoint,
                          .endpoint_known = seen->endpoint_known,
                          .findings = engine->said,
                          .count = count };
    stk_correlate(engine->correlator, &passed);
}

static void count_unit(stk_engine *engine, const stk_seen *seen, size_t findings)
{
    stk_engine_counts *counts = &engine->counts;
    counts->units++;
    counts->events += seen->state == STK_UNIT_EVENT;
    counts->malformed += seen->state == STK_UNIT_MALFORMED;
    counts->other += seen->state == STK_UNIT_OTHER;
    counts->findings += findings;
    if (seen->state != STK_UNIT_EVENT)
        return;
    stk_time at = seen->event.meta.at;
    if (counts->first_at == STK_TIME_NONE || at < counts->first_at)
        counts->first_at = at;
    if (counts->last_at == STK_TIME_NONE || at > counts->last_at)
        counts->last_at = at;
}

static stk_status tell_units(stk_engine *engine, const stk_keyed *keyed, size_t keyed_count,
                             stk_error *err)
{
    const stk_listener *listener = &engine->listener;
    const stk_keyed *keyed_end = keyed + keyed_count;
    for (size_t i = 0; i < engine->turn_count; i++) {
        stk_batch *batch = engine->turns[i].batch;
        stk_seen *seen = &batch->seen[engine->turns[i].unit];
        if (seen->state != STK_UNIT_EVENT && engine->clock != STK_TIME_NONE)
            seen->event.meta.at = engine->clock; /* what cannot be read happens now */
        size_t count = assemble(engine, batch->name, seen, &keyed, keyed_end);
        if (count != SIZE_MAX)
            count = watch(engine, batch, seen, count);
        if (count == SIZE_MAX)
            return stk_fail(err, STK_ERR_MEMORY, "no memory for findings");
        count_unit(engine, seen, count);
        if (engine->correlator != NULL && (seen->state == STK_UNIT_EVENT || count != 0))
            correlate(engine, seen, count);
        if (listener->unit != NULL)
            STK_TRY(listener->unit(listener->ctx, seen, engine->said, count, err));
    }
    return STK_OK;
}

static stk_status tell_incidents(stk_engine *engine, stk_error *err)
{
    const stk_incident *incident;
    bool closed;
    while (engine->correlator != NULL &&
           stk_correlator_take(engine->correlator, &incident, &closed)) {
        engine->counts.incidents += closed;
        if (engine->listener.incident != NULL)
            STK_TRY(engine->listener.incident(engine->listener.ctx, incident, closed, err));
    }
    return STK_OK;
}

static stk_time watermark_of(const stk_engine *engine)
{
    stk_time watermark = INT64_MAX;
    for (size_t i = 0; i < engine->lane_count; i++) {
        const stk_lane *lane = &engine->lanes[i];
        if (lane->in_use && !stk_lane_spent(lane) && lane->reached < watermark)
            watermark = lane->reached;
    }
    return watermark == INT64_MAX ? engine->clock : watermark;
}

/* What a watch says beside the units: a window of a quiet source closed, or the source is over. */
static stk_status tell_watch(stk_engine *engine, const stk_lane *lane, stk_error *err)
{
    for (stk_finding said; stk_watch_next(lane->watch, &said);) {
        said.id = id_of(&lane->name, &said, 0);
        stk_event event;
        stk_event_init(&event, STK_KIND_HTTP_REQUEST);
        event.meta = said.meta;
        stk_passed passed = { .event = &event, .findings = &said, .count = 1 };
        if (engine->correlator != NULL)
            stk_correlate(engine->correlator, &passed);
        if (engine->listener.late != NULL)
            STK_TRY(engine->listener.late(engine->listener.ctx, &said, err));
    }
    return STK_OK;
}

static stk_status tick_watches(stk_engine *engine, stk_time now, stk_error *err)
{
    for (size_t i = 0; i < engine->lane_count; i++) {
        const stk_lane *lane = &engine->lanes[i];
        if (!lane->in_use || lane->watch == NULL)
            continue;
        stk_watch_tick(lane->watch, now);
        STK_TRY(tell_watch(engine, lane, err));
    }
    return STK_OK;
}

stk_status stk_engine_round(stk_engine *engine, bool follow, stk_time now, bool *ret_idle,
                            stk_error *err)
{
    STK_TRY(gather_all(engine, now, err));
    stk_pool_each(engine->pool, engine->fresh_count, inspect_one, engine);
    STK_TRY(order(engine, follow, err));
    *ret_idle = engine->turn_count == 0;
    size_t keyed_count;
    const stk_keyed *keyed = stk_partitions_run(engine->partitions, engine->pool,
                                                watermark_of(engine), &keyed_count);
    if (keyed_count == SIZE_MAX)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for findings of a round");
    STK_TRY(tell_units(engine, keyed, keyed_count, err));
    if (follow)
        STK_TRY(tick_watches(engine, now, err));
    STK_TRY(tell_incidents(engine, err));
    if (engine->listener.round != NULL)
        STK_TRY(engine->listener.round(engine->listener.ctx, err));
    return STK_OK;
}

void stk_engine_let_go(stk_engine *engine)
{
    for (size_t i = 0; i < engine->lane_count; i++)
        engine->lanes[i].holding = false;
}

stk_status stk_engine_finish(stk_engine *engine, stk_error *err)
{
    for (size_t i = 0; i < engine->lane_count; i++) {
        const stk_lane *lane = &engine->lanes[i];
        if (!lane->in_use || lane->watch == NULL)
            continue;
        stk_watch_end(lane->watch, engine->clock);
        STK_TRY(tell_watch(engine, lane, err));
    }
    if (engine->correlator != NULL)
        stk_correlator_tick(engine->correlator, INT64_MAX);
    return tell_incidents(engine, err);
}

const stk_event *stk_engine_event_at(const stk_engine *engine, const stk_position *position)
{
    for (size_t i = 0; i < engine->turn_count;) {
        const stk_batch *batch = engine->turns[i].batch;
        if (batch->source == position->source && position->unit >= batch->first_unit &&
            position->unit < batch->first_unit + batch->count)
            return &batch->seen[position->unit - batch->first_unit].event;
        do
            i++;
        while (i < engine->turn_count && engine->turns[i].batch == batch);
    }
    return NULL;
}

/* ---- what is remembered -------------------------------------------------------------------- */

static void save_watches(const stk_engine *engine, stk_buf *out)
{
    stk_auto_buf all = stk_buf_init(WATCHES_BYTES), one = stk_buf_init(WATCHES_BYTES);
    for (size_t i = 0; i < engine->lane_count; i++) {
        const stk_lane *lane = &engine->lanes[i];
        if (!lane->in_use || lane->watch == NULL)
            continue;
        stk_buf_clear(&one);
        stk_watch_save(lane->watch, &one);
        stk_buf_varint(&all, lane->source);
        stk_buf_run(&all, stk_buf_str(&one));
    }
    if (all.failed || one.failed)
        out->failed = true;
    stk_buf_run(out, stk_buf_str(&all));
}

void stk_engine_recall(stk_engine *engine, stk_lane *lane)
{
    stk_cursor in = stk_cursor_of(stk_buf_str(&engine->watches));
    while (in.ptr != in.end && !in.failed) {
        uint64_t source = stk_cursor_varint(&in);
        stk_cursor saved = stk_cursor_of(stk_cursor_run(&in));
        if (!in.failed && source == lane->source && lane->watch != NULL &&
            stk_watch_load(lane->watch, &saved, NULL) == STK_OK)
            return;
    }
}

void stk_engine_save(const stk_engine *engine, stk_buf *out)
{
    stk_buf_varint(out, engine->sequence);
    stk_buf_zigzag(out, engine->clock);
    stk_buf_varint(out, engine->counts.units);
    stk_buf_varint(out, engine->counts.events);
    stk_buf_varint(out, engine->counts.malformed);
    stk_buf_varint(out, engine->counts.other);
    stk_buf_varint(out, engine->counts.findings);
    stk_buf_zigzag(out, engine->counts.first_at);
    stk_buf_zigzag(out, engine->counts.last_at);
    stk_partitions_save(engine->partitions, out);
    save_watches(engine, out);
    stk_buf_char(out, engine->correlator != NULL);
    if (engine->correlator != NULL)
        stk_correlator_save(engine->correlator, out);
}

stk_status stk_engine_load(stk_engine *engine, stk_cursor *in, stk_error *err)
{
    engine->sequence = stk_cursor_varint(in);
    engine->clock = stk_cursor_zigzag(in);
    engine->counts.units = stk_cursor_varint(in);
    engine->counts.events = stk_cursor_varint(in);
    engine->counts.malformed = stk_cursor_varint(in);
    engine->counts.other = stk_cursor_varint(in);
    engine->counts.findings = stk_cursor_varint(in);
    engine->counts.first_at = stk_cursor_zigzag(in);
    engine->counts.last_at = stk_cursor_zigzag(in);
    STK_TRY(stk_partitions_load(engine->partitions, in, err));
    stk_buf_clear(&engine->watches);
    stk_buf_add(&engine->watches, stk_cursor_run(in));
    stk_str correlated = stk_cursor_take(in, 1);
    if (in->failed || (*correlated.ptr != 0) != (engine->correlator != NULL))
        return stk_fail(err, STK_ERR_SYNTAX, "the checkpoint is damaged or of another kind of run");
    if (engine->correlator == NULL)
        return STK_OK;
    return stk_correlator_load(engine->correlator, in, stk_snapshot_rule, engine->snapshot, err);
}
