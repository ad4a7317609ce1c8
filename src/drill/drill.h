/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DRILL_DRILL_H
#define STK_DRILL_DRILL_H
/* A simulated shop under attack, to rehearse with (RES-8).
 *
 * The same configuration gives the same bytes on every machine: numbers are drawn by SplitMix64
 * (Steele, Lea, Flood 2014) and all arithmetic is on integers. Nothing real is named: addresses
 * come from ranges that are reserved (240.0.0.0/4) or for documentation (RFC 5737, RFC 3849),
 * names end in .example (RFC 2606).
 *
 * Call order: new, then next until it returns false, then free. Not for threads. */
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"

typedef enum stk_drill_file {
    STK_DRILL_ACCESS,   /* access.log: combined, in the shop's zone (+0100) */
    STK_DRILL_REQUESTS, /* requests.http1: whole requests of a part of the clients, their address in
                           X-Forwarded-For */
    STK_DRILL_AUTH,     /* auth.log: syslog of the shop's servers, ISO 8601 stamps */
    STK_DRILL_COMMERCE, /* commerce.ndjson: docs/events.md */
    STK_DRILL_TRUTH,    /* truth.ndjson: docs/drill.md; comes last */
    STK_DRILL_FILES,
} stk_drill_file;
extern const char *const stk_drill_file_names[STK_DRILL_FILES];

typedef struct stk_drill_config {
    uint64_t seed;
    int32_t days;          /* 1..366 */
    int32_t scale_percent; /* of ordinary traffic; 100 is 20,000-60,000 requests a day; 1..10000 */
    bool peaceful;         /* no attackers at all */
    stk_time start_at;     /* first moment simulated; STK_TIME_NONE: Monday, 2026-03-02 */
    stk_time attacks_from; /* at the earliest this long after the start; STK_TIME_NONE: after the
                              first sixth of the span */
    stk_time attacks_within; /* all of them begin within this time; STK_TIME_NONE: over the span */
} stk_drill_config;

typedef struct stk_drill_chunk {
    stk_drill_file file;
    stk_time at;   /* never before the last chunk's */
    stk_str bytes; /* whole lines or one whole request; borrowed until the next call */
} stk_drill_chunk;

typedef struct stk_drill stk_drill;

/* STK_ERR_INVALID: days or scale out of range. */
stk_status stk_drill_new(const stk_drill_config *config, stk_drill **ret, stk_error *err);
void stk_drill_free(stk_drill *drill); /* NULL is fine */

/* What the shop's logs say next. False: the simulated time is over, or memory was short (then
 * stk_drill_failed() says so). */
bool stk_drill_next(stk_drill *drill, stk_drill_chunk *ret);
bool stk_drill_failed(const stk_drill *drill);

/* The scenarios that attackers play, for `stockade drill --list` and the docs. */
typedef struct stk_drill_scenario {
    const char *name;
    const char *kinds; /* of incidents that name it rightly, comma between */
    const char *summary;
} stk_drill_scenario;
extern const stk_drill_scenario stk_drill_scenarios[];
extern const size_t stk_drill_scenario_count;
#endif
