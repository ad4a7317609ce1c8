/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_CORRELATE_H
#define STK_DETECT_CORRELATE_H
/* Findings in, incidents out: one actor's, target's or campaign's findings become one incident,
 * and what follows them (answers, sizes, sign-ins, orders) says how far it came.
 *
 * Serial: the engine calls it in sequence order. Bounded: STK_INCIDENTS_OPEN open incidents; the
 * quietest is closed when another is needed. Pure; state holds keys only. */
#include "base/spec.h"
#include "detect/detector.h"
#include "model/incident.h"

typedef struct stk_correlator stk_correlator;

/* Every event passes here, with or without findings: what an actor does after an attack is part of
 * the story. All borrowed for the call. */
typedef struct stk_passed {
    const stk_event *event;
    stk_key client;
    bool client_known;
    stk_address address;
    bool address_known;
    stk_key account; /* of the event, when it names one */
    bool account_known;
    stk_key endpoint; /* of the path with its ids collapsed, for http.request */
    bool endpoint_known;
    const stk_finding *findings; /* [count], unit's and keyed ones together */
    size_t count;
} stk_passed;

extern const stk_spec stk_correlate_spec[];
extern const size_t stk_correlate_spec_count, stk_correlate_config_size;

stk_status stk_correlator_new(const stk_hash_key *secret, const void *config, stk_correlator **ret,
                              stk_error *err);
void stk_correlator_free(stk_correlator *c);

/* Returns true when an incident opened or changed in a way that a reader would see. */
bool stk_correlate(stk_correlator *c, const stk_passed *passed);

/* Incidents that changed since they were last taken, oldest first; closed ones come a last time and
 * are then forgotten. `*ret` is borrowed until the next call on `c`. False: no more.
 * One that was noise and has 0 events left has gone over into another: its record is to be removed.
 */
bool stk_correlator_take(stk_correlator *c, const stk_incident **ret, bool *ret_closed);

/* Close what has been quiet until `watermark`; all of them when it is INT64_MAX. */
void stk_correlator_tick(stk_correlator *c, stk_time watermark);

/* `rule_named` finds the rule of an id when state is read back; unknown rules' steps are dropped.
 */
typedef const stk_rule_info *(*stk_rule_finder)(const void *ctx, stk_str id);
void stk_correlator_save(const stk_correlator *c, stk_buf *out);
stk_status stk_correlator_load(stk_correlator *c, stk_cursor *in, stk_rule_finder finder,
                               const void *ctx, stk_error *err);

/* Fill the summary of an incident from what it holds (kind, entities, stage, counts). */
void stk_incident_summarise(stk_incident *incident);
#endif
