/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DRILL_SCORE_H
#define STK_DRILL_SCORE_H
/* Incidents against the truth of a drill. Pure: plain values in, a verdict a row out.
 *
 * An incident belongs to a scenario when their times meet (STK_SCORE_SLACK) and it names one of its
 * actors or at least half of the units that it lists are the scenario's. It finds the scenario when
 * its kind is also one of those that name it rightly; an incident that holds two attacks of one
 * kind finds both. An incident that belongs to none is false, whatever its severity. */
#include "base/time.h"
#include "model/finding.h"

#define STK_SCORE_SLACK STK_HOUR

typedef struct stk_score_unit {
    uint32_t file; /* any numbering that both sides share */
    uint64_t unit;
} stk_score_unit;

typedef struct stk_score_truth {
    stk_str scenario;
    uint64_t kinds; /* bit 1 << stk_incident_kind for each that is right */
    stk_time first_at, last_at;
    const stk_str *actors; /* values */
    size_t actor_count;
    const stk_score_unit *units; /* ascending by file, unit */
    size_t unit_count;
} stk_score_truth;

typedef struct stk_score_incident {
    stk_incident_kind kind;
    stk_severity severity;
    stk_time first_at, last_at;
    stk_time shown_at; /* simulated time when it was first shown; STK_TIME_NONE: not known */
    const stk_str *actors;
    size_t actor_count;
    const stk_score_unit *units;
    size_t unit_count;
} stk_score_incident;

typedef struct stk_score_row { /* of one scenario */
    size_t right, other;       /* incidents that belong to it: rightly named, named otherwise */
    stk_time took_us;          /* from its first trace until it was shown; STK_TIME_NONE: not */
} stk_score_row;

typedef struct stk_score {
    size_t found, missed;                     /* scenarios */
    size_t false_count;                       /* incidents that belong to no scenario */
    stk_time median_took_us, longest_took_us; /* of those found and shown; STK_TIME_NONE: none */
} stk_score;

enum { STK_SCORE_NONE = -1 };

/* rows [truth_count]; `of` [incident_count]: the index of the truth that each incident belongs to
 * (the first that it names rightly, if it belongs to several), or STK_SCORE_NONE. */
stk_score stk_score_drill(const stk_score_truth *truths, size_t truth_count,
                          const stk_score_incident *incidents, size_t incident_count,
                          stk_score_row *rows, int *of);
#endif
