/* SPDX-License-Identifier: Apache-2.0 */
/* The share of units that cannot be read, against the source's own past.
 *
 * A window is judged when it closes, and on every bad unit as soon as it holds enough, so that a
 * changed format is said within seconds. With no past (the first window) more than half must be
 * bad. The past fades by halves, so a source that has always had some bad lines is judged by that.
 */
#include "source/watch_state.h"

#include <stdio.h>

enum { PAST_WINDOWS = 16, LEAST_BAD = 20 };
static const double FIRST_SHARE = 0.5;

static void keep_line(watch_format *f, stk_str unit)
{
    while (unit.len != 0 && (unit.ptr[unit.len - 1] == '\n' || unit.ptr[unit.len - 1] == '\r'))
        unit.len--;
    if (unit.len == 0 || unit.len >= WATCH_LINE_BYTES)
        return;
    if (unit.len + 1 > WATCH_LINES_BYTES - f->lines_len) { /* the older half gives way */
        const char *half = memchr(f->lines + f->lines_len / 2, '\n',
                                  f->lines_len - f->lines_len / 2);
        size_t drop = half == NULL ? f->lines_len : (size_t)(half - f->lines) + 1;
        f->lines_len -= drop;
        memmove(f->lines, f->lines + drop, f->lines_len);
    }
    if (unit.len + 1 > WATCH_LINES_BYTES - f->lines_len)
        f->lines_len = 0;
    memcpy(f->lines + f->lines_len, unit.ptr, unit.len);
    f->lines_len += unit.len;
    f->lines[f->lines_len++] = '\n';
}

static double share_of(uint64_t bad, uint64_t good)
{
    return bad + good == 0 ? 0 : (double)bad / (double)(bad + good);
}

static bool jumped(const stk_watch *w)
{
    const watch_format *f = &w->format;
    uint64_t units = f->good + f->bad, past_units = f->past_good + f->past_bad;
    if (units < (uint64_t)w->config.least_events || f->bad < LEAST_BAD)
        return false;
    double share = share_of(f->bad, f->good), past = share_of(f->past_bad, f->past_good);
    if (past_units < (uint64_t)w->config.least_events)
        return share >= FIRST_SHARE && share >= w->config.bad_share;
    return share >= w->config.bad_share && share >= past * w->config.bad_factor;
}

static void say(stk_watch *w)
{
    watch_format *f = &w->format;
    const char *argument = NULL;
    double explained = 0;
    const stk_decoder *now = stk_decoder_guess((stk_str){ f->lines, f->lines_len }, &argument,
                                               &explained);
    stk_reason reason = {
        .message = now == NULL ? STK_MSG_SOURCE_FORMAT_UNKNOWN : STK_MSG_SOURCE_FORMAT,
        .args = { STK_ARG_R_(100.0 * share_of(f->bad, f->good)),
                  STK_ARG_I((int64_t)(f->good + f->bad)),
                  STK_ARG_R_(100.0 * share_of(f->past_bad, f->past_good)) },
    };
    if (now != NULL) {
        bool with = argument != NULL && argument[0] != '\0';
        int n = snprintf(w->looks_like, sizeof w->looks_like, "%s%s%s", now->name, with ? ":" : "",
                         with ? argument : "");
        size_t len = n < 0                              ? 0
                     : (size_t)n < sizeof w->looks_like ? (size_t)n
                                                        : sizeof w->looks_like - 1;
        reason.args[3] = STK_ARG_T(((stk_str){ w->looks_like, len }));
    }
    f->off = true;
    watch_say(w, WATCH_RULE_FORMAT, now == NULL ? 0.7 : 0.95, &reason);
}

/* The window is over. A bad one does not become the past that the next is judged by. */
static void close_window(stk_watch *w)
{
    watch_format *f = &w->format;
    if (jumped(w)) {
        if (!f->off)
            say(w);
    } else if (f->good + f->bad >= (uint64_t)w->config.least_events) {
        f->off = false;
        f->past_good += f->good;
        f->past_bad += f->bad;
        if (f->past_good + f->past_bad > (uint64_t)(PAST_WINDOWS * w->config.window_events)) {
            f->past_good /= 2;
            f->past_bad /= 2;
        }
        f->lines_len = 0;
    } else {
        return; /* too few to say anything: the window goes on */
    }
    f->good = f->bad = 0;
    f->opened_at = STK_TIME_NONE;
}

void watch_format_unit(stk_watch *w, bool good, stk_str unit, stk_time now)
{
    watch_format *f = &w->format;
    if (f->opened_at == STK_TIME_NONE)
        f->opened_at = w->follow ? now : 0;
    f->good += good;
    f->bad += !good;
    if (!good) {
        keep_line(f, unit);
        if (!f->off && jumped(w))
            say(w);
    }
    if (f->good + f->bad >= (uint64_t)w->config.window_events)
        close_window(w);
    else if (w->follow && now - f->opened_at >= w->config.window_us)
        close_window(w);
}

void watch_format_tick(stk_watch *w, stk_time now)
{
    watch_format *f = &w->format;
    if (f->opened_at != STK_TIME_NONE && now - f->opened_at >= w->config.window_us)
        close_window(w);
}
