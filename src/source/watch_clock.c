/* SPDX-License-Identifier: Apache-2.0 */
/* Follow mode: the times of events against the wall clock.
 *
 * What is old is not wrong: after a start or a pause a backlog is read, whose times lie far back
 * but run much faster than the clock; some sources deliver in bulk, once an hour. So a window is
 * split into two halves of wall time, and only when the differences are alike within both and
 * between them are they the clock's. */
#include "source/watch_order.h"

#include <stdio.h>
#include <stdlib.h>

#define QUARTER_HOUR   (15 * STK_MINUTE)
#define WIDEST_ZONE    (14 * STK_HOUR)
#define LONGEST_WINDOW STK_DAY
enum { LEAST_A_HALF = 5 };

static void sample_add(watch_sample *s, int64_t v)
{
    if (s->skipped + 1 < s->stride) {
        s->skipped++;
        return;
    }
    s->skipped = 0;
    if (s->count == WATCH_SAMPLES) { /* every other one goes, and from now on as many come */
        for (uint32_t i = 0; i < WATCH_SAMPLES / 2; i++)
            s->value[i] = s->value[2 * i];
        s->count = WATCH_SAMPLES / 2;
        s->stride = s->stride == 0 ? 2 : s->stride * 2;
    }
    s->value[s->count++] = v;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

typedef struct quartiles {
    int64_t low, median, high;
} quartiles;

static quartiles quartiles_of(const watch_sample *s)
{
    int64_t sorted[WATCH_SAMPLES];
    memcpy(sorted, s->value, s->count * sizeof *sorted);
    qsort(sorted, s->count, sizeof *sorted, by_value);
    return (quartiles){ sorted[s->count / 4], sorted[s->count / 2], sorted[s->count * 3 / 4] };
}

stk_str watch_zone_text(char out[WATCH_ZONE_TEXT], int64_t zone_s)
{
    int64_t minutes = (zone_s < 0 ? -zone_s : zone_s) / 60;
    int n = snprintf(out, WATCH_ZONE_TEXT, "UTC%c%02d:%02d", zone_s < 0 ? '-' : '+',
                     (int)(minutes / 60 % 100), (int)(minutes % 60));
    return (stk_str){ out, n < 0 ? 0 : (size_t)n };
}

/* The whole quarters of an hour nearest to a difference; 0: no zone explains it. */
static int64_t zone_of(int64_t skew_us, int64_t tolerance_us)
{
    int64_t half = skew_us < 0 ? -QUARTER_HOUR / 2 : QUARTER_HOUR / 2;
    int64_t zone = (skew_us + half) / QUARTER_HOUR * QUARTER_HOUR, rest = skew_us - zone;
    return zone > WIDEST_ZONE || zone < -WIDEST_ZONE || llabs(rest) > tolerance_us ? 0 : zone;
}

static void say(stk_watch *w, int64_t skew_us, uint64_t events)
{
    int64_t zone = zone_of(skew_us, w->config.tolerance_us / 2);
    bool stated = w->last.zone_s != INT32_MIN;
    int64_t claimed = stated ? w->last.zone_s : 0, meant = claimed + zone / STK_SECOND;
    bool ahead = skew_us > 0;
    stk_reason reason = {
        .message = ahead ? STK_MSG_SOURCE_AHEAD : STK_MSG_SOURCE_BEHIND,
        .args = { STK_ARG_D(llabs(skew_us) / STK_SECOND * STK_SECOND),
                  STK_ARG_I((int64_t)events),
                  { .kind = STK_ARG_TIME, .u.i = w->wall.off_since } },
    };
    if (zone != 0) {
        reason.message = ahead ? STK_MSG_SOURCE_ZONE_AHEAD : STK_MSG_SOURCE_ZONE_BEHIND;
        reason.args[3] = STK_ARG_T(watch_zone_text(w->zone[0], meant));
        reason.args[4] = STK_ARG_T(watch_zone_text(w->zone[1], claimed));
    }
    watch_say(w, WATCH_RULE_CLOCK, 0.95, &reason);
}

/* Judge and forget the window. */
static void close_window(stk_watch *w)
{
    watch_wall *c = &w->wall;
    quartiles first = quartiles_of(&c->half[0]), second = quartiles_of(&c->half[1]);
    int64_t blur = w->config.tolerance_us / 2;
    bool steady = llabs(first.median - second.median) <= blur && first.high - first.low <= blur &&
                  second.high - second.low <= blur;
    bool off = llabs(second.median) > w->config.tolerance_us;
    if (off && steady && !c->off) {
        c->off = true;
        c->off_since = c->opened_at / STK_SECOND * STK_SECOND;
        say(w, second.median, (uint64_t)c->half[0].count + c->half[1].count);
    }
    c->off = c->off && off;
    c->opened_at = STK_TIME_NONE;
}

/* A window that is too thin becomes the first half of one of twice its length. */
static void close_if_old(stk_watch *w, stk_time now)
{
    watch_wall *c = &w->wall;
    int64_t age = c->opened_at == STK_TIME_NONE ? 0 : now - c->opened_at;
    if (age < 0) /* our own clock was set back */
        c->opened_at = STK_TIME_NONE;
    for (; age >= c->length_us && c->opened_at != STK_TIME_NONE; c->length_us *= 2) {
        if (c->half[0].count >= LEAST_A_HALF && c->half[1].count >= LEAST_A_HALF &&
            c->half[0].count + c->half[1].count >= w->config.least_events) {
            close_window(w);
            return;
        }
        if (c->length_us > LONGEST_WINDOW) {
            c->opened_at = STK_TIME_NONE;
            return;
        }
        for (uint32_t i = 0; i < c->half[1].count; i++)
            sample_add(&c->half[0], c->half[1].value[i]);
        c->half[1] = (watch_sample){ 0 };
    }
}

void watch_clock_good(stk_watch *w, const stk_meta *meta, stk_time now)
{
    if (!w->follow) {
        watch_order_event(w, meta);
        return;
    }
    watch_wall *c = &w->wall;
    close_if_old(w, now);
    if (c->opened_at == STK_TIME_NONE) {
        c->opened_at = now;
        c->length_us = w->config.window_us;
        c->half[0] = c->half[1] = (watch_sample){ 0 };
    }
    int64_t skew;
    if (!__builtin_sub_overflow(meta->at, now, &skew) && llabs(skew) < INT64_MAX / 4)
        sample_add(&c->half[now - c->opened_at >= c->length_us / 2], skew);
}

void watch_clock_tick(stk_watch *w, stk_time now)
{
    close_if_old(w, now);
}

void watch_clock_end(stk_watch *w)
{
    watch_order_end(w);
}
