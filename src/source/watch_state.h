/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_WATCH_STATE_H
#define STK_SOURCE_WATCH_STATE_H
/* What a watch remembers: shared by the files that judge clock and format. Internal to source. */
#include "source/watch.h"

enum {
    WATCH_SAMPLES = 128,       /* of the difference to the wall clock, for each half of a window */
    WATCH_BLOCK = 16,          /* events in a block; three blocks are compared */
    WATCH_LINES_BYTES = 16384, /* of the last lines that could not be read */
    WATCH_LINE_BYTES = 4096,   /* a longer one is not kept */
    WATCH_PENDING = 4,
    WATCH_ZONE_TEXT = 16,
};

/* Numbers of a stream, thinned out evenly so that they stay few. */
typedef struct watch_sample {
    int64_t value[WATCH_SAMPLES];
    uint32_t count, stride, skipped;
} watch_sample;

/* Follow mode: one window of differences to the wall clock, in two halves. */
typedef struct watch_wall {
    watch_sample half[2];
    stk_time opened_at; /* STK_TIME_NONE: no sample yet */
    int64_t length_us;  /* of the window; doubled while a quiet source gives too few events */
    bool off;           /* a statement stands */
    stk_time off_since;
} watch_wall;

typedef struct watch_point {
    stk_time at;
    int32_t zone_s;
    stk_position position;
} watch_point;

/* Replay: the last three blocks of event times, and a jump that waits to be judged. */
typedef struct watch_order {
    watch_point point[3 * WATCH_BLOCK];
    uint32_t count;
    stk_time first_at;   /* of the source */
    stk_time highest_at; /* so far */
    int64_t typical_gap_us;
    uint32_t returns; /* jumps back that were undone or repeated: several streams in one file */
    bool pending;     /* a jump waits */
    bool said;
    watch_point before, after; /* the jump: the last event before it, the first behind it */
    uint32_t events_after;
} watch_order;

typedef struct watch_format {
    uint64_t good, bad;           /* of this window */
    uint64_t past_good, past_bad; /* of earlier windows, fading */
    stk_time opened_at;
    bool off;
    char lines[WATCH_LINES_BYTES]; /* the last bad ones, whole; never saved */
    size_t lines_len;
} watch_format;

struct stk_watch {
    stk_watch_config config;
    bool follow;
    stk_key source;
    stk_meta last; /* of the last unit; its `at` that of the last unit which had one */
    watch_wall wall;
    watch_order order;
    watch_format format;
    stk_finding pending[WATCH_PENDING];
    size_t pending_count;
    char zone[2][WATCH_ZONE_TEXT]; /* texts that a reason borrows */
    char looks_like[64];
};

enum { WATCH_RULE_CLOCK, WATCH_RULE_FORMAT };

/* Queue a statement; the reason's texts must outlive it (static, or in the watch). */
void watch_say(stk_watch *w, int rule, double confidence, const stk_reason *reason);

/* clock */
void watch_clock_good(stk_watch *w, const stk_meta *meta, stk_time now);
void watch_clock_tick(stk_watch *w, stk_time now);
void watch_clock_end(stk_watch *w);
/* format */
void watch_format_unit(stk_watch *w, bool good, stk_str unit, stk_time now);
void watch_format_tick(stk_watch *w, stk_time now);
#endif
