/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_NAMING_H
#define STK_CMD_NAMING_H
/* Clear names of the entities of incidents, for a verb whose caller holds the events: learned from
 * the events while they are there, else read from the files again. */
#include "engine/files.h"

typedef struct stk_naming {
    stk_names *names;
    const stk_snapshot *snapshot; /* set by the verb once there is one */
    const stk_files *files;       /* NULL: nothing can be read again */
    stk_arena *scratch;
    stk_buf name;
    const stk_incident *incident; /* that the namer speaks of */
} stk_naming;

stk_status stk_naming_init(stk_naming *naming, const stk_files *files, stk_error *err);
void stk_naming_done(stk_naming *naming);

/* Learn what the round in hand shows of the incident's entities. */
void stk_naming_learn(stk_naming *naming, const stk_engine *engine, const stk_incident *incident);

/* Names this incident's entities, until it is asked for another. */
stk_namer stk_naming_of(stk_naming *naming, const stk_incident *incident);
#endif
