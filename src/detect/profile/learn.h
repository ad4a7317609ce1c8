/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_LEARN_H
#define STK_DETECT_PROFILE_LEARN_H
/* What a learner holds while it learns; finish.c makes a profile of it. */
#include "detect/profile/data.h"
#include "detect/profile/request.h"

typedef struct stk_profile_config {
    int64_t clients, endpoints, parameters, traits, values, pages;
} stk_profile_config;

enum {
    STK_WITNESSES = 14
}; /* distinct clients remembered of one thing; twice the option `clients` */

/* Who was seen with a thing. Clients are keyed hashes cut to 32 bits. */
typedef struct stk_witness {
    uint32_t client[STK_WITNESSES];
    uint8_t clients; /* up to STK_WITNESSES, then no more are counted */
    uint32_t requests;
} stk_witness;

typedef struct stk_seen_trait {
    uint32_t subject;
    uint8_t aspect;
    stk_witness witness;
    uint32_t draws;
    uint64_t first_draw;
    uint64_t payload;
    stk_str text;
} stk_seen_trait;

typedef struct stk_seen_subject {
    stk_subject_kind kind;
    uint32_t parent;
    stk_str name;
    stk_witness witness;
    uint64_t draws, since;   /* unit when it was first seen */
    uint64_t latest;         /* unit when it was last seen */
    uint32_t child, sibling; /* an endpoint's parameters, latest first; UINT32_MAX ends */
    uint32_t values;         /* distinct ones kept as candidates of a closed set */
    bool open;               /* too many of them */
    uint32_t typed[STK_TYPES];
    stk_witness page_openers; /* of an endpoint's folder: clients that brought pages */
    uint32_t pages;
} stk_seen_subject;

struct stk_profile_learner {
    stk_profile_config config;
    stk_hash_key secret;
    bool all_differ; /* client rule "none" */
    stk_arena *arena;
    stk_str format, client;
    uint64_t fingerprint, units, skipped;
    stk_time first_at, last_at;
    stk_seen_subject *subjects;
    size_t subject_count, subject_room, endpoint_count, parameter_count, folder_count;
    stk_seen_trait *traits;
    size_t trait_count, trait_room;
    stk_index subject_index, trait_index, draw_index;
    stk_asked asked; /* work space */
};

bool stk_witness_add(stk_witness *w, uint32_t client);
#endif
