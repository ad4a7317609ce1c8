/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_SMALL_ENGINE_H
#define STK_TESTS_SMALL_ENGINE_H
/* One file through decoder, detectors and correlation, on one thread and without a store: the path
 * of the engine in a page, for tests that ask what a log becomes. */
#include "check.h"
#include "dataset/reader.h"
#include "detect/correlate.h"
#include "detect/rules.h"
#include "model/decoder.h"
#include "model/endpoint.h"

#include <stdlib.h>

enum { SMALL_DETECTORS = 16 };
typedef struct small_engine {
    stk_hash_key secret;
    stk_rules *rules;
    void *selves[SMALL_DETECTORS], *scratch[SMALL_DETECTORS];
    void *states[SMALL_DETECTORS][STK_PARTITIONS];
    stk_correlator *correlator;
    stk_arena *arena, *life;
    stk_findings judged, looked, said;
    uint64_t units, events, findings;
    stk_time latest;
} small_engine;

/* What is asked of every incident, when it is closed. */
typedef void (*small_visit)(void *ctx, const small_engine *engine, const stk_incident *incident);

static inline void small_must(stk_status status, const stk_error *err)
{
    if (status == STK_OK)
        return;
    fprintf(stderr, "%s\n", err->text);
    abort();
}

static inline void *small_config(const stk_spec *spec, size_t count, size_t size)
{
    void *config = calloc(1, size + 1);
    stk_spec_defaults(spec, count, config);
    return config;
}

static inline small_engine *small_new(void)
{
    small_engine *e = calloc(1, sizeof *e);
    stk_error err;
    e->secret = (stk_hash_key){ 5, 7 };
    e->arena = stk_arena_new(64 << 20);
    e->life = stk_arena_new(4 << 20);
    small_must(stk_rules_load_embedded(&e->rules, &err), &err);
    stk_detector_setup setup = { .secret = e->secret, .rules = e->rules };
    for (size_t d = 0; stk_detectors[d] != NULL; d++) {
        const stk_detector *plugin = stk_detectors[d];
        void *config = small_config(plugin->spec, plugin->spec_count, plugin->config_size);
        small_must(plugin->open(&setup, config, &e->selves[d], &err), &err);
        free(config);
        if (plugin->scratch_new != NULL)
            small_must(plugin->scratch_new(e->selves[d], &e->scratch[d], &err), &err);
        for (unsigned p = 0; plugin->state_new != NULL && p < STK_PARTITIONS; p++)
            small_must(plugin->state_new(e->selves[d], 256 << 10, &e->states[d][p], &err), &err);
    }
    void *config = small_config(stk_correlate_spec, stk_correlate_spec_count,
                                stk_correlate_config_size);
    small_must(stk_correlator_new(&e->secret, config, &e->correlator, &err), &err);
    free(config);
    return e;
}

static inline void small_free(small_engine *e)
{
    for (size_t d = 0; stk_detectors[d] != NULL; d++) {
        const stk_detector *plugin = stk_detectors[d];
        for (unsigned p = 0; plugin->state_new != NULL && p < STK_PARTITIONS; p++)
            plugin->state_free(e->states[d][p]);
        if (plugin->scratch_free != NULL)
            plugin->scratch_free(e->scratch[d]);
        plugin->close(e->selves[d]);
    }
    stk_correlator_free(e->correlator);
    stk_rules_free(e->rules);
    stk_arena_free(e->arena);
    stk_arena_free(e->life);
    free(e);
}

static inline void small_keyed(small_engine *e, const stk_unit *unit, size_t d)
{
    const stk_detector *plugin = stk_detectors[d];
    stk_tuple tuples[STK_TUPLES_PER_UNIT];
    size_t n = plugin->keys(e->selves[d], unit, &e->judged, tuples, STK_TUPLES_PER_UNIT);
    for (size_t t = 0; t < n; t++) {
        tuples[t].at = unit->event->meta.at;
        tuples[t].sequence = unit->event->meta.sequence;
        e->looked.count = e->looked.dropped = 0;
        plugin->look(e->selves[d], e->states[d][stk_key_partition(tuples[t].key)], &tuples[t],
                     &e->looked);
        for (size_t f = 0; f < e->looked.count; f++)
            stk_findings_add(&e->said, &e->looked.item[f]);
    }
}

static inline void small_resolve(const small_engine *e, const stk_event *event, stk_unit *unit,
                                 stk_carried *carried)
{
    stk_str client, account;
    switch (stk_kinds[event->kind].shape) {
    case STK_SHAPE_http:
        client = event->u.http.client.raw, account = event->u.http.user.raw;
        break;
    case STK_SHAPE_auth:
        client = event->u.auth.client.raw, account = event->u.auth.account.raw;
        break;
    default:
        client = event->u.shop.client.raw, account = event->u.shop.account.raw;
        break;
    }
    unit->client_known = client.len != 0;
    unit->address_known = client.len != 0 && stk_address_parse(client, &unit->address);
    unit->client = unit->address_known
                       ? stk_key_of_address(&e->secret, STK_KEY_ADDRESS, &unit->address)
                       : stk_key_of(&e->secret, STK_KEY_ADDRESS, client);
    unit->account_known = account.len != 0;
    unit->account = stk_key_of(&e->secret, STK_KEY_ACCOUNT, account);
    if (event->kind != STK_KIND_HTTP_REQUEST)
        return;
    (void)!stk_carry(&event->u.http, e->arena, carried);
    char template[STK_ENDPOINT_BYTES];
    size_t n = stk_endpoint(carried->path, template);
    unit->carried = carried;
    unit->endpoint = stk_key_of(&e->secret, STK_KEY_ENDPOINT, (stk_str){ template, n });
    unit->endpoint_known = true;
}

static inline void small_event(small_engine *e, stk_event *event)
{
    event->meta.sequence = e->units;
    event->meta.position.unit = e->units;
    if (event->meta.at == STK_TIME_NONE)
        event->meta.at = (stk_time)e->units * STK_MS;
    event->meta.seen_at = event->meta.at;
    stk_unit unit = { .event = event, .arena = e->arena };
    stk_carried carried = { 0 };
    small_resolve(e, event, &unit, &carried);
    e->judged.count = e->judged.dropped = 0;
    e->said.count = e->said.dropped = 0;
    for (size_t d = 0; stk_detectors[d] != NULL; d++)
        if (stk_detectors[d]->judge != NULL)
            stk_detectors[d]->judge(e->selves[d], e->scratch[d], &unit, &e->judged);
    for (size_t f = 0; f < e->judged.count; f++) {
        e->judged.item[f].by = unit.client;
        e->judged.item[f].of_unit = true;
        stk_findings_add(&e->said, &e->judged.item[f]);
    }
    for (size_t d = 0; stk_detectors[d] != NULL; d++)
        if (stk_detectors[d]->keys != NULL)
            small_keyed(e, &unit, d);
    for (size_t f = 0; f < e->said.count; f++) {
        e->said.item[f].meta = event->meta;
        e->said.item[f].id.v = stk_mix64(e->units * 31 + f);
    }
    e->findings += e->said.count;
    if (event->meta.at > e->latest + STK_MINUTE) {
        stk_correlator_tick(e->correlator, event->meta.at);
        e->latest = event->meta.at;
    }
    stk_passed passed = { .event = event,
                          .client = unit.client,
                          .client_known = unit.client_known,
                          .address = unit.address,
                          .address_known = unit.address_known,
                          .account = unit.account,
                          .account_known = unit.account_known,
                          .endpoint = unit.endpoint,
                          .endpoint_known = unit.endpoint_known,
                          .findings = e->said.item,
                          .count = e->said.count };
    (void)stk_correlate(e->correlator, &passed);
}

static inline void small_take(small_engine *e, small_visit visit, void *ctx)
{
    const stk_incident *incident;
    bool closed;
    while (stk_correlator_take(e->correlator, &incident, &closed))
        if (closed && incident->events != 0)
            visit(ctx, e, incident);
}

/* Everything in `bytes`, in the format that its first bytes show; then all incidents are closed. */
static inline bool small_run(small_engine *e, stk_str bytes, const char *format, int year,
                             small_visit visit, void *ctx)
{
    const char *argument = NULL;
    double share;
    stk_str head = { bytes.ptr, bytes.len < 65536 ? bytes.len : 65536 };
    const stk_decoder *decoder = format == NULL
                                     ? stk_decoder_guess(head, &argument, &share)
                                     : stk_decoder_named((stk_str){ format, strlen(format) });
    if (decoder == NULL)
        return false;
    stk_decoder_setup setup = { .argument = { argument, argument == NULL ? 0 : strlen(argument) },
                                .assumed_year = year };
    void *self;
    stk_error err;
    small_must(decoder->open(&setup, e->life, &self, &err), &err);
    for (size_t at = 0; at < bytes.len;) {
        size_t n;
        stk_frame frame = decoder->frame(self, (stk_str){ bytes.ptr + at, bytes.len - at }, true,
                                         &n);
        stk_str unit = { bytes.ptr + at, n };
        at += n;
        if (frame == STK_FRAME_SKIP)
            continue;
        e->units++;
        stk_arena_reset(e->arena);
        stk_event event;
        if (decoder->decode(self, unit, e->arena, &event, &err) != STK_OK)
            continue;
        e->events++;
        small_event(e, &event);
        if (e->units % 1024 == 0)
            small_take(e, visit, ctx);
    }
    stk_correlator_tick(e->correlator, INT64_MAX);
    small_take(e, visit, ctx);
    return true;
}
#endif
