/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_WATCH_H
#define STK_SOURCE_WATCH_H
/* Is a source still telling the truth? The first complaints of people who run such programs are a
 * clock or zone that is off, so that nothing is ever detected, and a log format that was changed,
 * so that nothing is ever read. Both are silent elsewhere; here they are measured and said.
 *
 * Clock. In follow mode the times of events are compared with the wall clock: the median of a
 * window, so that late lines and a busy server do not matter. In a replay there is no wall clock:
 * only order and zone are checked (the bulk of a window lying far before the bulk of the last one;
 * an offset of whole hours with no change of the stated zone). A zone that states its offset and
 * changes it at DST keeps UTC in order and is healthy.
 *
 * Format. The share of lines that cannot be read, per window, against the source's own past. When
 * it jumps, the bad lines of that window (kept for nothing else) are shown to every decoder.
 *
 * Pure: the time is passed in. One watch serves one source; not for two threads at once. What is
 * saved holds counts and times only, never a line. */
#include "base/spec.h"
#include "model/decoder.h"
#include "model/finding.h"

typedef struct stk_watch_config {
    int64_t window_us;     /* a window closes when it is this old ... */
    int64_t window_events; /* ... or holds this many units */
    int64_t least_events;  /* a window with fewer says nothing */
    int64_t tolerance_us;  /* a median further than this from the clock is off */
    double bad_share;      /* a share of unread lines under this is never reported */
    double bad_factor;     /* ... nor under this many times the past share */
} stk_watch_config;

extern const stk_spec stk_watch_spec[];
extern const size_t stk_watch_spec_count;

typedef struct stk_watch stk_watch;

/* `source` is its index and key; `follow`: compare with the wall clock. NULL: out of memory. */
stk_watch *stk_watch_new(const stk_watch_config *config, bool follow, stk_key source);
void stk_watch_free(stk_watch *watch);

/* One unit that was read: its meta holds position, `at` and zone_s. `now`: wall clock in follow
 * mode, ignored in a replay. */
void stk_watch_good(stk_watch *watch, const stk_meta *meta, stk_time now);
/* One unit that was set aside as malformed. Its meta holds the position alone. */
void stk_watch_bad(stk_watch *watch, const stk_meta *meta, stk_str unit, stk_time now);
/* Nothing arrived: closes a window that is old enough (follow). */
void stk_watch_tick(stk_watch *watch, stk_time now);
/* No more will come: judges the last window. */
void stk_watch_end(stk_watch *watch, stk_time now);

/* The next statement, if there is one: rule, confidence, by, reason and meta are filled; id is the
 * caller's. At most one of each rule until the source was healthy again. */
bool stk_watch_next(stk_watch *watch, stk_finding *ret);

/* What can be said, for `stockade list` and `explain`: source_clock and source_format. */
extern const stk_rule_info stk_watch_rules[];
extern const size_t stk_watch_rule_count;

void stk_watch_save(const stk_watch *watch, stk_buf *out);
/* STK_ERR_SYNTAX: not its own; the watch is then as new. */
stk_status stk_watch_load(stk_watch *watch, stk_cursor *in, stk_error *err);
#endif
