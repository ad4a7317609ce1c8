/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_INCIDENT_H
#define STK_MODEL_INCIDENT_H
/* What a person sees: the findings of one actor, target and campaign as one story.
 *
 * It holds keys, never names. Who holds the events (the engine in a replay, reveal with a reason)
 * can name them, from the position where each entity first appeared. */
#include "model/finding.h"

typedef enum stk_stage { /* how far it came, judged from status codes, sizes and what followed */
                         STK_STAGE_RECONNAISSANCE,
                         STK_STAGE_ATTEMPT,
                         STK_STAGE_SUCCESS,
                         STK_STAGE_REACHED, /* data was read, an account or an order was had */
} stk_stage;
const char *stk_stage_name(stk_stage stage); /* "reconnaissance", "attempt", "success", "reached" */

typedef struct stk_entity {
    stk_key key;
    bool target;        /* else an actor */
    stk_position first; /* the event that shows its name */
    uint64_t events;    /* at most so many, once entities_left_out is not 0 */
} stk_entity;

/* Actor e did something to target f, so many times: the graph of entities. */
typedef struct stk_edge {
    uint16_t from, to; /* indices of entities */
    uint32_t events;
} stk_edge;

/* A turn of the story: the first time a rule fired or a stage was reached. */
typedef struct stk_step {
    stk_time at;
    stk_position position;
    stk_stage stage;
    const stk_rule_info *rule; /* NULL: a change of stage alone */
    stk_reason reason;         /* RAW arguments are dropped: steps are remembered */
    uint64_t events;           /* how many like it followed */
} stk_step;

enum { STK_INCIDENT_STEPS = 32, STK_INCIDENT_EDGES = 128, STK_INCIDENT_TECHNIQUES = 16 };

typedef struct stk_unit_ref {
    uint32_t source;
    uint64_t unit;
} stk_unit_ref;

typedef struct stk_incident {
    stk_id id;
    stk_meta meta; /* of the first event */
    stk_incident_kind kind;
    stk_severity severity;
    double confidence;
    stk_stage stage;
    stk_time first_at, last_at;
    uint64_t events; /* all of them, also those no longer listed in units */
    stk_entity entities[STK_INCIDENT_ENTITIES];
    size_t entity_count, entities_left_out;
    stk_edge edges[STK_INCIDENT_EDGES];
    size_t edge_count;
    stk_step steps[STK_INCIDENT_STEPS];
    size_t step_count;
    stk_str
        techniques[STK_INCIDENT_TECHNIQUES]; /* ATT&CK ids, of the rules; live with the snapshot */
    size_t technique_count;
    stk_unit_ref *units; /* [unit_count] in order; at most STK_INCIDENT_UNITS */
    size_t unit_count, unit_room;
    stk_reason summary;
} stk_incident;
#endif
