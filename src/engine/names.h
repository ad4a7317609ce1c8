/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_NAMES_H
#define STK_ENGINE_NAMES_H
/* Keys back into names, for the caller who holds the events: incidents hold keys only, and the
 * event in which an entity first appeared shows what it is called. Names live in memory for as
 * long as a run that may show them; they are never written. */
#include "engine/snapshot.h"
#include "model/incident.h"
#include "protect/protect.h"

enum { STK_NAMES_MAX = 1 << 18, STK_NAME_BYTES = 512 };

typedef struct stk_names stk_names;
stk_names *stk_names_new(void); /* NULL: no memory */
void stk_names_free(stk_names *names);

/* NULL: not known. Borrowed until the next add. */
const stk_personal *stk_names_get(const stk_names *names, stk_key key);
/* Is it known? Then it is not among those that are forgotten next. */
bool stk_names_keep(stk_names *names, stk_key key);
/* Copies, cut to STK_NAME_BYTES; the first name stays. Beyond STK_NAMES_MAX names those are
 * forgotten that were neither added nor kept for longest; the newer half is always there. */
void stk_names_add(stk_names *names, stk_key key, stk_str name);

/* What `key` is called in this event, written to `out` (cleared first). False: it is not in it. */
bool stk_name_in_event(const stk_snapshot *snapshot, const stk_event *event, stk_key key,
                       stk_arena *scratch, stk_buf *out);
#endif
