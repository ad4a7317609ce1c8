/* SPDX-License-Identifier: Apache-2.0 */
/* The watch over one source: its options, its rules, what it says and what it saves. Clock and
 * format are judged in watch_clock.c, watch_order.c and watch_format.c. */
#include "source/watch_state.h"

#include <stdlib.h>

enum { SAVED_VERSION = 1 };

#define TIME_MOST (INT64_MAX / 4) /* no clock shows more, and no difference overflows */

const stk_spec stk_watch_spec[] = {
    { "window", STK_DURATION_US, offsetof(stk_watch_config, window_us), "60s", "1s", "1d",
      "How long events are gathered before they are compared with the clock." },
    { "window_events", STK_INT, offsetof(stk_watch_config, window_events), "1000", "10", "1000000",
      "How many units are gathered before the share of unread ones is compared with the past." },
    { "least_events", STK_INT, offsetof(stk_watch_config, least_events), "50", "5", "100000",
      "A window with fewer units says nothing." },
    { "tolerance", STK_DURATION_US, offsetof(stk_watch_config, tolerance_us), "120s", "1s", "1d",
      "A clock that is off by less is not reported." },
    { "bad_share", STK_RATIO, offsetof(stk_watch_config, bad_share), "0.2", "0.001", "1",
      "A share of unread units below this is not reported." },
    { "bad_factor", STK_RATIO, offsetof(stk_watch_config, bad_factor), "5", "1", "1000",
      "Nor is one below this many times the source's past share." },
};
const size_t stk_watch_spec_count = STK_COUNT(stk_watch_spec);

const stk_rule_info stk_watch_rules[] = {
    [WATCH_RULE_CLOCK] = { .id = { "source_clock", 12 },
                           .kind = STK_INCIDENT_SOURCE_CLOCK,
                           .severity = STK_MEDIUM,
                           .title = { "A source's clock or zone is off", 31 } },
    [WATCH_RULE_FORMAT] = { .id = { "source_format", 13 },
                            .kind = STK_INCIDENT_SOURCE_FORMAT,
                            .severity = STK_MEDIUM,
                            .title = { "A source's lines can no longer be read", 38 } },
};
const size_t stk_watch_rule_count = STK_COUNT(stk_watch_rules);

static void reset(stk_watch *w)
{
    *w = (stk_watch){ .config = w->config, .follow = w->follow, .source = w->source };
    w->last = (stk_meta){ .schema = STK_EVENT_SCHEMA,
                          .at = STK_TIME_NONE,
                          .seen_at = STK_TIME_NONE,
                          .zone_s = INT32_MIN };
    w->wall.opened_at = w->format.opened_at = STK_TIME_NONE;
    w->order.first_at = w->order.highest_at = STK_TIME_NONE;
}

stk_watch *stk_watch_new(const stk_watch_config *config, bool follow, stk_key source)
{
    stk_watch *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->config = *config;
    w->follow = follow;
    w->source = source;
    reset(w);
    return w;
}

void stk_watch_free(stk_watch *watch)
{
    free(watch);
}

void watch_say(stk_watch *w, int rule, double confidence, const stk_reason *reason)
{
    if (w->pending_count == WATCH_PENDING)
        return; /* nobody listens */
    w->pending[w->pending_count++] = (stk_finding){
        .meta = w->last,
        .rule = &stk_watch_rules[rule],
        .confidence = confidence,
        .by = w->source,
        .where = { .place = "" },
        .reason = *reason,
    };
}

bool stk_watch_next(stk_watch *watch, stk_finding *ret)
{
    if (watch->pending_count == 0)
        return false;
    *ret = watch->pending[0];
    watch->pending_count--;
    memmove(watch->pending, watch->pending + 1, watch->pending_count * sizeof *watch->pending);
    return true;
}

void stk_watch_good(stk_watch *watch, const stk_meta *meta, stk_time now)
{
    bool timed = meta->at <= TIME_MOST && meta->at >= -TIME_MOST; /* else none is stated */
    stk_time at = timed ? meta->at : watch->last.at;
    watch->last = *meta;
    watch->last.at = at;
    if (timed)
        watch_clock_good(watch, meta, now);
    watch_format_unit(watch, true, (stk_str){ 0 }, now);
}

void stk_watch_bad(stk_watch *watch, const stk_meta *meta, stk_str unit, stk_time now)
{
    watch->last.position = meta->position;
    watch->last.sequence = meta->sequence;
    watch_format_unit(watch, false, unit, now);
}

void stk_watch_tick(stk_watch *watch, stk_time now)
{
    if (!watch->follow)
        return;
    watch_clock_tick(watch, now);
    watch_format_tick(watch, now);
}

void stk_watch_end(stk_watch *watch, stk_time now)
{
    if (watch->follow)
        stk_watch_tick(watch, now);
    else
        watch_clock_end(watch);
}

/* ---- checkpoints ---- */

/* A time, or a difference of times. */
static int64_t load_time(stk_cursor *in)
{
    int64_t v = stk_cursor_zigzag(in);
    in->failed = in->failed || (v != STK_TIME_NONE && (v > TIME_MOST || v < -TIME_MOST));
    return v;
}

static void save_sample(const watch_sample *s, stk_buf *out)
{
    stk_buf_varint(out, s->count);
    stk_buf_varint(out, s->stride);
    stk_buf_varint(out, s->skipped);
    for (uint32_t i = 0; i < s->count; i++)
        stk_buf_zigzag(out, s->value[i]);
}

static void load_sample(watch_sample *s, stk_cursor *in)
{
    uint64_t count = stk_cursor_varint(in);
    s->stride = (uint32_t)stk_cursor_varint(in);
    s->skipped = (uint32_t)stk_cursor_varint(in);
    in->failed = in->failed || count > WATCH_SAMPLES;
    for (s->count = 0; s->count < count && !in->failed; s->count++)
        s->value[s->count] = load_time(in);
}

static void save_point(const watch_point *p, stk_buf *out)
{
    stk_buf_zigzag(out, p->at);
    stk_buf_zigzag(out, p->zone_s);
    stk_buf_varint(out, p->position.source);
    stk_buf_varint(out, p->position.unit);
    stk_buf_varint(out, p->position.offset);
}

static void load_point(watch_point *p, stk_cursor *in)
{
    p->at = load_time(in);
    p->zone_s = (int32_t)stk_cursor_zigzag(in);
    p->position.source = (uint32_t)stk_cursor_varint(in);
    p->position.unit = stk_cursor_varint(in);
    p->position.offset = stk_cursor_varint(in);
}

static void save_order(const watch_order *o, stk_buf *out)
{
    stk_buf_varint(out, o->count);
    for (uint32_t i = 0; i < o->count; i++)
        save_point(&o->point[i], out);
    stk_buf_zigzag(out, o->first_at);
    stk_buf_zigzag(out, o->highest_at);
    stk_buf_zigzag(out, o->typical_gap_us);
    stk_buf_varint(out, o->returns);
    stk_buf_varint(out, (uint64_t)o->pending | (uint64_t)o->said << 1);
    save_point(&o->before, out);
    save_point(&o->after, out);
    stk_buf_varint(out, o->events_after);
}

static void load_order(watch_order *o, stk_cursor *in)
{
    uint64_t count = stk_cursor_varint(in);
    in->failed = in->failed || count > STK_COUNT(o->point);
    for (o->count = 0; o->count < count && !in->failed; o->count++)
        load_point(&o->point[o->count], in);
    o->first_at = load_time(in);
    o->highest_at = load_time(in);
    o->typical_gap_us = load_time(in);
    o->returns = (uint32_t)stk_cursor_varint(in);
    uint64_t flags = stk_cursor_varint(in);
    o->pending = (flags & 1) != 0;
    o->said = (flags & 2) != 0;
    load_point(&o->before, in);
    load_point(&o->after, in);
    o->events_after = (uint32_t)stk_cursor_varint(in);
    in->failed = in->failed || o->typical_gap_us < 0 ||
                 (o->count != 0 && o->first_at == STK_TIME_NONE);
}

void stk_watch_save(const stk_watch *watch, stk_buf *out)
{
    const watch_format *f = &watch->format;
    stk_buf_varint(out, SAVED_VERSION);
    for (int i = 0; i < 2; i++)
        save_sample(&watch->wall.half[i], out);
    stk_buf_zigzag(out, watch->wall.opened_at);
    stk_buf_zigzag(out, watch->wall.length_us);
    stk_buf_zigzag(out, watch->wall.off_since);
    stk_buf_varint(out, (uint64_t)watch->wall.off | (uint64_t)f->off << 1);
    save_order(&watch->order, out);
    stk_buf_varint(out, f->good);
    stk_buf_varint(out, f->bad);
    stk_buf_varint(out, f->past_good);
    stk_buf_varint(out, f->past_bad);
    stk_buf_zigzag(out, f->opened_at);
    stk_buf_zigzag(out, watch->last.at);
}

stk_status stk_watch_load(stk_watch *watch, stk_cursor *in, stk_error *err)
{
    watch_format *f = &watch->format;
    reset(watch);
    in->failed = in->failed || stk_cursor_varint(in) != SAVED_VERSION;
    for (int i = 0; i < 2; i++)
        load_sample(&watch->wall.half[i], in);
    watch->wall.opened_at = load_time(in);
    watch->wall.length_us = load_time(in);
    watch->wall.off_since = load_time(in);
    bool open = watch->wall.opened_at != STK_TIME_NONE;
    in->failed = in->failed || (open && (watch->wall.length_us < watch->config.window_us ||
                                         watch->wall.length_us > 4 * STK_DAY));
    uint64_t flags = stk_cursor_varint(in);
    watch->wall.off = (flags & 1) != 0;
    f->off = (flags & 2) != 0;
    load_order(&watch->order, in);
    f->good = stk_cursor_varint(in) & INT32_MAX;
    f->bad = stk_cursor_varint(in) & INT32_MAX;
    f->past_good = stk_cursor_varint(in) & INT32_MAX;
    f->past_bad = stk_cursor_varint(in) & INT32_MAX;
    f->opened_at = load_time(in);
    watch->last.at = load_time(in);
    if (!in->failed)
        return STK_OK;
    reset(watch);
    return stk_fail(err, STK_ERR_SYNTAX, "this is no saved watch of a source");
}
