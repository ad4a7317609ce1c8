/* SPDX-License-Identifier: Apache-2.0 */
/* Replay has no wall clock to compare with, but it has order. Lines of a busy server are late by
 * seconds and each by itself; a clock that is set back takes all lines with it. So blocks of
 * events are compared by their medians: the newest with the one before the last.
 *
 * Three things look like a clock that is set back and are none. Files put one behind the other:
 * the times start again near the first event, or lie before it. Streams merged in pieces: times go
 * back again and again, or return at once. DST of a source that states its zone: the zone changes
 * and UTC runs on, so nothing goes back at all.
 *
 * A jump of whole hours is said as soon as it holds; any other waits until time has passed the old
 * place again by as much, because a merged stream would go back once more before that. */
#include "source/watch_order.h"

#include <stdlib.h>

#define HOUR_SLACK_LEAST (5 * (int64_t)STK_SECOND)
#define HOUR_SLACK_MOST  (60 * (int64_t)STK_SECOND)
#define ZONE_STEP        (15 * STK_MINUTE)
enum { MERGED_AFTER = 2, GAP_WEIGHT = 16 };

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static stk_time block_median(const watch_point *p)
{
    int64_t sorted[WATCH_BLOCK];
    for (size_t i = 0; i < WATCH_BLOCK; i++)
        sorted[i] = p[i].at;
    qsort(sorted, WATCH_BLOCK, sizeof *sorted, by_time);
    return sorted[WATCH_BLOCK / 2];
}

/* How exactly a jump must fit whole hours: the time between two events blurs it. */
static int64_t slack(const watch_order *o)
{
    int64_t s = 4 * o->typical_gap_us;
    return s < HOUR_SLACK_LEAST ? HOUR_SLACK_LEAST : s > HOUR_SLACK_MOST ? HOUR_SLACK_MOST : s;
}

/* Is this whole steps (hours, quarters), seen across one gap between two events? */
static bool whole(const watch_order *o, int64_t us, int64_t step)
{
    int64_t rest = us % step;
    rest = rest < 0 ? rest + step : rest;
    return llabs(us) >= step / 2 && (rest <= slack(o) || step - rest <= STK_SECOND);
}

/* The stated zone changed and the written local time simply ran on. */
static bool relabelled(const watch_order *o)
{
    if (o->before.zone_s == INT32_MIN || o->after.zone_s == INT32_MIN ||
        o->before.zone_s == o->after.zone_s)
        return false;
    int64_t local = o->after.at - o->before.at +
                    ((int64_t)o->after.zone_s - o->before.zone_s) * STK_SECOND;
    return local >= -STK_SECOND && local <= slack(o);
}

/* `step`: the jump is told to the nearest whole one, without the gap between two events. */
static void say(stk_watch *w, stk_message message, double confidence, int64_t step)
{
    watch_order *o = &w->order;
    int64_t jump = llabs(o->after.at - o->before.at);
    jump = (jump + step / 2) / step * step;
    stk_reason reason = { .message = message,
                          .args = { STK_ARG_D(jump),
                                    { .kind = STK_ARG_TIME, .u.i = o->before.at },
                                    STK_ARG_I((int64_t)o->after.position.unit) } };
    int64_t zones[2] = { o->before.zone_s, o->after.zone_s };
    for (size_t i = 0; i < 2 && message != STK_MSG_SOURCE_BACK; i++)
        reason.args[3 + i] = zones[i] == INT32_MIN
                                 ? STK_ARG_T(STK_S("-"))
                                 : STK_ARG_T(watch_zone_text(w->zone[i], zones[i]));
    stk_meta last = w->last;
    w->last.position = o->after.position; /* the statement is about the jump */
    w->last.at = o->after.at;
    watch_say(w, WATCH_RULE_CLOCK, confidence, &reason);
    w->last = last;
    o->said = true;
}

/* Another file's start, or an older file behind a newer one. */
static bool put_behind(const stk_watch *w)
{
    const watch_order *o = &w->order;
    int64_t near = (o->highest_at - o->first_at) / 10, from_first = o->after.at - o->first_at;
    near = near < w->config.tolerance_us ? w->config.tolerance_us : near;
    return llabs(from_first) <= near;
}

/* The jump holds: what is it? `passed`: time has gone on beyond the old place, with no other. */
static void judge(stk_watch *w, bool passed)
{
    watch_order *o = &w->order;
    int64_t jump = o->after.at - o->before.at;
    bool hours = whole(o, jump, STK_HOUR);
    if (o->returns >= MERGED_AFTER || o->said) {
        o->pending = false;
    } else if (relabelled(o)) {
        o->pending = false;
        say(w, STK_MSG_SOURCE_RELABELLED, 0.9, ZONE_STEP);
    } else if (put_behind(w) || (o->after.at < o->first_at && !hours)) {
        o->pending = false;
    } else if (hours) {
        o->pending = false;
        say(w,
            o->before.zone_s == INT32_MIN ? STK_MSG_SOURCE_BACK_NO_ZONE : STK_MSG_SOURCE_BACK_HOURS,
            0.9, STK_HOUR);
    } else if (passed) {
        o->pending = false;
        say(w, STK_MSG_SOURCE_BACK, 0.7, STK_SECOND);
    }
}

static void begin(watch_order *o, const watch_point *before, const watch_point *after,
                  uint32_t events_after)
{
    if (o->pending)
        o->returns++; /* a second jump before the first was judged: streams merged in pieces */
    o->pending = true;
    o->before = *before;
    o->after = *after;
    o->events_after = events_after;
}

/* Three blocks are full: does the bulk of the newest lie before the bulk of the oldest? */
static void compare(stk_watch *w)
{
    watch_order *o = &w->order;
    stk_time old = block_median(o->point), new = block_median(o->point + 2 * (size_t)WATCH_BLOCK);
    size_t at = 0;
    int64_t deepest = 0;
    if (old - new <= w->config.tolerance_us)
        return;
    for (size_t i = 1; i < STK_COUNT(o->point); i++)
        if (o->point[i].at - o->point[i - 1].at < deepest) {
            deepest = o->point[i].at - o->point[i - 1].at;
            at = i;
        }
    for (size_t i = at + 1; i < STK_COUNT(o->point); i++)
        if (o->point[i].at - o->point[i - 1].at > -deepest / 2) { /* and returned already */
            o->returns++;
            return;
        }
    bool seen = o->pending && o->after.position.unit == o->point[at].position.unit;
    if (at != 0 && -deepest > w->config.tolerance_us && !seen)
        begin(o, &o->point[at - 1], &o->point[at], (uint32_t)(STK_COUNT(o->point) - at));
}

/* A step between two events: what it says of a jump that waits, or of a zone's label. */
static void step(stk_watch *w, const watch_point *last, const watch_point *now)
{
    watch_order *o = &w->order;
    int64_t by = now->at - last->at;
    if (o->pending && by > (o->before.at - o->after.at) / 2 && o->before.at > o->after.at) {
        o->pending = false; /* returned: two streams in turns */
        o->returns++;
    }
    if (by >= 0 && by < STK_HOUR)
        o->typical_gap_us += (by - o->typical_gap_us) / GAP_WEIGHT;
    watch_order seen = { .before = *last, .after = *now, .typical_gap_us = o->typical_gap_us };
    if (by >= ZONE_STEP && !o->pending && relabelled(&seen)) /* forward: else compare() finds it */
        begin(o, last, now, 0);
}

void watch_order_event(stk_watch *w, const stk_meta *meta)
{
    watch_order *o = &w->order;
    watch_point now = { meta->at, meta->zone_s, meta->position };
    if (o->first_at == STK_TIME_NONE)
        o->first_at = o->highest_at = meta->at;
    if (o->count != 0)
        step(w, &o->point[o->count - 1], &now);
    if (o->count == STK_COUNT(o->point)) {
        memmove(o->point, o->point + WATCH_BLOCK, 2 * WATCH_BLOCK * sizeof *o->point);
        o->count = 2 * WATCH_BLOCK;
    }
    o->point[o->count++] = now;
    if (o->count == STK_COUNT(o->point))
        compare(w);
    if (o->pending && o->after.zone_s != now.zone_s && relabelled(o))
        o->pending = false; /* the label changes back and forth: several hosts in one file */
    if (o->pending && ++o->events_after >= w->config.least_events) {
        int64_t jump = llabs(o->after.at - o->before.at);
        judge(w, now.at > o->before.at && now.at - o->before.at > jump);
    }
    o->highest_at = meta->at > o->highest_at ? meta->at : o->highest_at;
}

void watch_order_end(stk_watch *w)
{
    watch_order *o = &w->order;
    if (o->pending && o->events_after >= WATCH_BLOCK)
        judge(w, o->events_after >= w->config.least_events);
    o->pending = false;
}
