/* SPDX-License-Identifier: Apache-2.0 */
/* Decode, resolve who it is, take apart, judge, and write down what goes to whom. */
#include "engine/inspect.h"

#include "model/endpoint.h"

#include <stdlib.h>

/* Units without a time of their own get one a millisecond, so that order is kept: unit n of a file
 * happens at 2000-01-01T00:00:00Z + n ms. */
#define STK_UNTIMED_START (INT64_C(946684800) * STK_SECOND)

stk_status stk_inspector_init(stk_inspector *inspector, const stk_snapshot *snapshot,
                              stk_error *err)
{
    *inspector = (stk_inspector){ .snapshot = snapshot };
    for (size_t d = 0; d < snapshot->armed_count; d++) {
        const stk_armed *armed = &snapshot->armed[d];
        if (armed->plugin->scratch_new == NULL)
            continue;
        stk_status status = armed->plugin->scratch_new(armed->self, &inspector->scratch[d], err);
        if (status != STK_OK) {
            stk_inspector_done(inspector);
            return status;
        }
    }
    return STK_OK;
}

void stk_inspector_done(stk_inspector *inspector)
{
    for (size_t d = 0; d < STK_DETECTORS_MAX; d++)
        if (inspector->scratch[d] != NULL) {
            inspector->snapshot->armed[d].plugin->scratch_free(inspector->scratch[d]);
            inspector->scratch[d] = NULL;
        }
}

static void set_meta(stk_seen *seen, const stk_inspector *inspector, const stk_batch *batch,
                     size_t i)
{
    stk_meta *meta = &seen->event.meta;
    meta->schema = STK_EVENT_SCHEMA;
    meta->snapshot = inspector->snapshot->hash;
    meta->position = (stk_position){ .source = batch->source,
                                     .unit = batch->first_unit + i,
                                     .offset = batch->spans[i].offset };
    if (meta->at == STK_TIME_NONE)
        meta->at = STK_UNTIMED_START + (stk_time)meta->position.unit * STK_MS;
    meta->seen_at = batch->seen_at == STK_TIME_NONE ? meta->at : batch->seen_at;
}

static const stk_personal *client_text(const stk_event *event)
{
    switch (stk_kinds[event->kind].shape) {
    case STK_SHAPE_http:
        return &event->u.http.client;
    case STK_SHAPE_auth:
        return &event->u.auth.client;
    default:
        return &event->u.shop.client;
    }
}

static const stk_personal *account_text(const stk_event *event)
{
    switch (stk_kinds[event->kind].shape) {
    case STK_SHAPE_http:
        return &event->u.http.user;
    case STK_SHAPE_auth:
        return &event->u.auth.account;
    default:
        return &event->u.shop.account;
    }
}

/* Law 10: who acts. A session named by --client stands for the client where there is one. */
static void resolve(stk_seen *seen, const stk_snapshot *snapshot)
{
    const stk_event *event = &seen->event;
    const stk_hash_key *secret = &snapshot->secret;
    stk_str address = client_text(event)->raw, account = account_text(event)->raw;
    seen->client_known = seen->address_known = seen->account_known = false;
    if (address.len != 0) {
        seen->address_known = stk_address_parse(address, &seen->address);
        seen->client = seen->address_known
                           ? stk_key_of_address(secret, STK_KEY_ADDRESS, &seen->address)
                           : stk_key_of(secret, STK_KEY_ADDRESS, address);
        seen->client_known = true;
    }
    if (snapshot->client.by != STK_CLIENT_ADDRESS && event->kind == STK_KIND_HTTP_REQUEST) {
        stk_str session = event->u.http.session.raw;
        seen->client_known = session.len != 0;
        if (seen->client_known)
            seen->client = stk_key_of(secret, STK_KEY_SESSION, session);
    }
    if (account.len != 0) {
        seen->account = stk_key_of(secret, STK_KEY_ACCOUNT, account);
        seen->account_known = true;
    }
}

static void send_tuples(const stk_inspector *inspector, stk_batch *batch, stk_seen *seen,
                        const stk_unit *unit)
{
    for (size_t d = 0; d < inspector->snapshot->armed_count; d++) {
        const stk_armed *armed = &inspector->snapshot->armed[d];
        if (armed->plugin->keys == NULL)
            continue;
        if (batch->tuple_room - batch->tuple_count < STK_TUPLES_PER_UNIT) {
            size_t room = batch->tuple_room == 0 ? 4 * STK_BATCH_EVENTS : batch->tuple_room * 2;
            stk_tuple *more = realloc(batch->tuples, room * sizeof *more);
            if (more == NULL) {
                batch->out_of_memory = true;
                return;
            }
            batch->tuples = more;
            batch->tuple_room = room;
        }
        stk_tuple *out = batch->tuples + batch->tuple_count;
        size_t n = armed->plugin->keys(armed->self, unit, &inspector->findings, out,
                                       STK_TUPLES_PER_UNIT);
        for (size_t t = 0; t < n; t++) {
            out[t].at = seen->event.meta.at;
            out[t].detector = (uint32_t)d;
        }
        batch->tuple_count += n;
        seen->tuple_count += (uint32_t)n;
    }
}

/* Keep what was said: findings move into the batch's arena. False: no memory for them. */
static bool keep_findings(stk_inspector *inspector, stk_batch *batch, stk_seen *seen)
{
    const stk_findings *said = &inspector->findings;
    stk_finding *kept = stk_arena_array(batch->arena, stk_finding, said->count);
    if (kept == NULL)
        return false;
    for (size_t f = 0; f < said->count; f++) {
        kept[f] = said->item[f];
        kept[f].meta = seen->event.meta;
        kept[f].by = seen->client;
        kept[f].of_unit = true;
    }
    seen->findings = kept;
    seen->finding_count = (uint32_t)said->count;
    seen->findings_dropped = (uint32_t)said->dropped;
    return true;
}

static void judge(stk_inspector *inspector, stk_batch *batch, stk_seen *seen)
{
    const stk_snapshot *snapshot = inspector->snapshot;
    stk_arena_mark mark = stk_arena_mark_set(batch->arena);
    stk_carried carried = { 0 };
    stk_unit unit = { .event = &seen->event,
                      .client = seen->client,
                      .client_known = seen->client_known,
                      .address = seen->address,
                      .address_known = seen->address_known,
                      .account = seen->account,
                      .account_known = seen->account_known,
                      .arena = batch->arena };
    if (seen->event.kind == STK_KIND_HTTP_REQUEST) {
        if (stk_carry(&seen->event.u.http, batch->arena, &carried) != STK_OK)
            batch->out_of_memory = true;
        unit.carried = &carried;
        char template[STK_ENDPOINT_BYTES];
        size_t n = stk_endpoint(carried.path, template);
        seen->endpoint = stk_key_of(&snapshot->secret, STK_KEY_ENDPOINT, (stk_str){ template, n });
        seen->endpoint_known = true;
        unit.endpoint = seen->endpoint;
        unit.endpoint_known = true;
    }
    if (inspector->taken != NULL) {
        inspector->taken(inspector->taken_ctx, &unit);
        stk_arena_rewind(batch->arena, mark);
        return;
    }
    inspector->findings.count = inspector->findings.dropped = 0;
    for (size_t d = 0; d < snapshot->armed_count; d++)
        if (snapshot->armed[d].plugin->judge != NULL)
            snapshot->armed[d].plugin->judge(snapshot->armed[d].self, inspector->scratch[d], &unit,
                                             &inspector->findings);
    if (!batch->isolated)
        send_tuples(inspector, batch, seen, &unit);
    if (inspector->findings.count == 0)
        stk_arena_rewind(batch->arena, mark);
    else if (!keep_findings(inspector, batch, seen))
        batch->out_of_memory = true;
}

static void set_aside(stk_batch *batch, stk_seen *seen, const char *why)
{
    stk_str kept = stk_arena_copy(batch->arena, (stk_str){ why, strlen(why) });
    seen->state = STK_UNIT_MALFORMED;
    seen->why = kept.ptr == NULL ? "no memory left in the batch" : kept.ptr;
    batch->malformed++;
}

static void inspect_unit(stk_inspector *inspector, stk_batch *batch, size_t i)
{
    stk_seen *seen = &batch->seen[i];
    const stk_span *span = &batch->spans[i];
    seen->state = STK_UNIT_EVENT;
    seen->finding_count = seen->findings_dropped = 0;
    seen->tuple_from = (uint32_t)batch->tuple_count;
    seen->tuple_count = 0;
    seen->client_known = seen->account_known = seen->endpoint_known = false;
    seen->client = (stk_key){ 0 };

    stk_error err;
    stk_str unit = { batch->bytes + span->from, span->len };
    stk_status status = span->too_long
                            ? stk_fail(&err, STK_ERR_LIMIT, "longer than %d bytes", STK_UNIT_BYTES)
                            : batch->decoder->decode(batch->decoder_self, unit, batch->arena,
                                                     &seen->event, &err);
    if (status == STK_ERR_MISSING) {
        seen->state = STK_UNIT_OTHER;
        batch->other++;
    } else if (status != STK_OK) {
        set_aside(batch, seen, err.text);
    }
    if (seen->state != STK_UNIT_EVENT) {
        stk_event_init(&seen->event, STK_KIND_HTTP_REQUEST);
        set_meta(seen, inspector, batch, i);
        return;
    }
    set_meta(seen, inspector, batch, i);
    resolve(seen, inspector->snapshot);
    judge(inspector, batch, seen);
}

void stk_inspect(stk_inspector *inspector, stk_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        inspect_unit(inspector, batch, i);
}
