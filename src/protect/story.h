/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_STORY_H
#define STK_PROTECT_STORY_H
/* The storable forms of findings and incidents, for protect, which makes them, and for store,
 * which keeps them and reads them back. Nobody else looks inside.
 *
 * A body is an encoding with a schema number first. Whatever is a word of ours (messages, kinds,
 * rules, key types) is written by name, so that the lists may grow and be reordered. */
#include "protect/protect.h"

enum { STK_STORY_SCHEMA = 1, STK_STORY_BYTES = 4 << 20, STK_STORY_SOURCES = 1024 };

struct stk_protected_finding {
    stk_id id;
    uint32_t source; /* index in this run; not in the body */
    uint64_t unit;
    stk_time at;
    stk_incident_kind kind;
    stk_severity severity;
    int64_t day;
    stk_str body;
    stk_str detail; /* sealed; empty: nothing to seal, or no key */
};

struct stk_protected_incident {
    stk_id id;
    stk_incident_kind kind;
    stk_severity severity;
    stk_time first_at, last_at;
    int64_t day;
    const uint32_t
        *sources; /* [source_count] indices in this run; the body names their places here */
    size_t source_count;
    stk_str body;
    const stk_sealed_name *names;
    size_t name_count;
};

/* Back again. `sources`: what the places of the body's sources are now. All in `arena`.
 * STK_ERR_SYNTAX: damaged, or from a newer Stockade. */
stk_status stk_finding_read(stk_str body, stk_id id, uint32_t source, stk_arena *arena,
                            stk_finding *ret, stk_error *err);
stk_status stk_incident_read(stk_str body, stk_id id, const uint32_t *sources, size_t source_count,
                             stk_arena *arena, stk_incident *ret, stk_error *err);
#endif
