/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_KEYED_WORLD_H
#define STK_TESTS_KEYED_WORLD_H
/* A keyed detector run as the engine runs it: tuples to the state of their partition, in order.
 * What it says is counted by rule. */
#include "check.h"
#include "detect/detector.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLD_RULES = 32 };
typedef struct world {
    const stk_detector *detector;
    void *self, *states[STK_PARTITIONS];
    char config[512];
    stk_time now;
    uint64_t sequence;
    unsigned said[WORLD_RULES];
    stk_finding last;
    stk_findings findings;
    stk_buf text;    /* every finding, for comparisons */
    char words[512]; /* of the last reason */
} world;

static const stk_hash_key world_secret = { 31, 41 };

static inline void world_states(world *w)
{
    for (unsigned p = 0; p < STK_PARTITIONS; p++)
        if (w->detector->state_new(w->self, 256 << 10, &w->states[p], NULL) != STK_OK)
            abort();
}

static inline world *world_new(const stk_detector *detector)
{
    world *w = calloc(1, sizeof *w);
    w->detector = detector;
    w->now = INT64_C(1700000000) * STK_SECOND;
    w->text = stk_buf_init(64 << 20);
    stk_spec_defaults(detector->spec, detector->spec_count, w->config);
    stk_detector_setup setup = { .secret = world_secret };
    if (detector->open(&setup, w->config, &w->self, NULL) != STK_OK)
        abort();
    world_states(w);
    return w;
}

static inline void world_free(world *w)
{
    for (unsigned p = 0; p < STK_PARTITIONS; p++)
        w->detector->state_free(w->states[p]);
    w->detector->close(w->self);
    stk_buf_done(&w->text);
    free(w);
}
static inline void world_cleanup(world **w)
{
    world_free(*w);
}
#define auto_world STK_CLEANUP(world_cleanup) world

/* State through a checkpoint and back. NULL: as it was. */
static inline const char *world_checkpoint(world *w)
{
    for (unsigned p = 0; p < STK_PARTITIONS; p++) {
        stk_auto_buf saved = stk_buf_init(64 << 20), again = stk_buf_init(64 << 20);
        w->detector->save(w->self, w->states[p], &saved);
        w->detector->state_free(w->states[p]);
        if (w->detector->state_new(w->self, 256 << 10, &w->states[p], NULL) != STK_OK)
            return "no memory";
        stk_cursor in = stk_cursor_of(stk_buf_str(&saved));
        if (w->detector->load(w->self, w->states[p], &in, NULL) != STK_OK || in.ptr != in.end)
            return "the checkpoint does not load";
        w->detector->save(w->self, w->states[p], &again);
        if (!stk_str_eq(stk_buf_str(&saved), stk_buf_str(&again)))
            return "a checkpoint of a checkpoint differs";
    }
    return NULL;
}

static inline void world_pass(world *w, stk_unit *unit, stk_event *event)
{
    event->meta.at = event->meta.seen_at = w->now;
    event->meta.sequence = event->meta.position.unit = ++w->sequence;
    unit->event = event;
    stk_tuple tuples[STK_TUPLES_PER_UNIT];
    stk_findings none = { .count = 0 };
    size_t n = w->detector->keys(w->self, unit, &none, tuples, STK_TUPLES_PER_UNIT);
    for (size_t t = 0; t < n; t++) {
        tuples[t].at = w->now;
        tuples[t].sequence = w->sequence;
        w->findings.count = w->findings.dropped = 0;
        w->detector->look(w->self, w->states[stk_key_partition(tuples[t].key)], &tuples[t],
                          &w->findings);
        for (size_t f = 0; f < w->findings.count; f++) {
            w->last = w->findings.item[f];
            w->said[w->last.rule - w->detector->rules]++;
            stk_buf_printf(&w->text, "%llu %.*s %.4f ", (unsigned long long)w->sequence,
                           STK_SARG(w->last.rule->id), w->last.confidence);
            size_t from = w->text.len;
            stk_reason_render(&w->last.reason, STK_EN, true, &w->text);
            (void)snprintf(w->words, sizeof w->words, "%.*s", (int)(w->text.len - from),
                           w->text.ptr + from);
            stk_buf_char(&w->text, '\n');
        }
    }
}

/* For a test that expected quiet: what was said. */
static inline void world_tell(const world *w)
{
    printf("# said: %.*s", (int)(w->text.len < 2000 ? w->text.len : 2000), w->text.ptr);
}

static inline stk_str text_of(const char *s)
{
    return (stk_str){ s, s == NULL ? 0 : strlen(s) };
}

/* The client is 10.x.y.z from a number; 0: not known. */
static inline void world_client(stk_unit *unit, unsigned who)
{
    unit->client_known = unit->address_known = who != 0;
    unit->address = (stk_address){ { 0 } };
    unit->address.byte[10] = unit->address.byte[11] = 0xff;
    unit->address.byte[12] = 10;
    unit->address.byte[13] = (unsigned char)(who >> 16);
    unit->address.byte[14] = (unsigned char)(who >> 8);
    unit->address.byte[15] = (unsigned char)who;
    unit->client = stk_key_of_address(&world_secret, STK_KEY_ADDRESS, &unit->address);
}

static inline void world_http(world *w, unsigned who, const char *method, const char *target,
                              int status, const char *agent)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_HTTP_REQUEST);
    stk_unit unit = { 0 };
    world_client(&unit, who);
    e.u.http.method = text_of(method);
    e.u.http.target.raw = text_of(target);
    e.u.http.status = status;
    e.u.http.agent.raw = text_of(agent);
    world_pass(w, &unit, &e);
}

static inline void world_shop(world *w, stk_event *e, unsigned who)
{
    stk_unit unit = { 0 };
    world_client(&unit, who);
    unit.account_known = e->u.shop.account.raw.len != 0;
    unit.account = stk_key_of(&world_secret, STK_KEY_ACCOUNT, e->u.shop.account.raw);
    world_pass(w, &unit, e);
}

static inline void world_login(world *w, unsigned who, const char *account, const char *outcome,
                               const char *agent)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_ACCOUNT_LOGIN);
    e.u.shop.account.raw = text_of(account);
    e.u.shop.outcome = text_of(outcome);
    e.u.shop.agent.raw = text_of(agent);
    world_shop(w, &e, who);
}
#endif
