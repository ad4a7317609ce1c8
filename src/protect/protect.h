/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_PROTECT_H
#define STK_PROTECT_PROTECT_H
/* The only door from raw to rememberable.
 *
 * A protector holds what protecting takes: the policy, the keys, and a cipher ready to run. Events
 * pass through a block builder (protect/block.h); findings and incidents through the two functions
 * below, which yield opaque forms that store/ accepts and nobody else can make.
 *
 * Pure: keys, the day and randomness are given. One protector belongs to one thread at a time. */
#include "base/arena.h"
#include "crypt/secret.h"
#include "model/incident.h"
#include "protect/policy.h"

typedef struct stk_protect_setup {
    const stk_policy *policy;    /* borrowed for the protector's life */
    const stk_secret *pseudonym; /* STK_USE_PSEUDONYM; copied */
    const stk_secret *record;   /* STK_USE_RECORD, the same that the store is opened with; copied */
    uint32_t key_version;       /* goes into every record */
    const stk_entropy *entropy; /* borrowed */
} stk_protect_setup;

typedef struct stk_protector stk_protector;
stk_status stk_protector_new(const stk_protect_setup *setup, stk_protector **ret, stk_error *err);
void stk_protector_free(stk_protector *p); /* NULL is fine; wipes */

/* Pseudonyms from now on are made with this key: when the policy's epoch changes. */
stk_status stk_protector_epoch(stk_protector *p, const stk_secret *pseudonym, stk_error *err);

/* What is sealed from now on is sealed under this day's evidence key (copied). NULL: nothing is
 * sealed, the sealed parts are dropped; a new protector starts so. `day`, since 1970, is the day of
 * the wall clock on which Stockade stores, not that of the events: an old log that is imported
 * today can be revealed for as many days as one that is written today. */
stk_status stk_protector_day(stk_protector *p, const stk_secret *evidence, int64_t day,
                             stk_error *err);

/* Storable forms; they live in `arena`. */
typedef struct stk_protected_finding stk_protected_finding;
typedef struct stk_protected_incident stk_protected_incident;

/* RAW arguments are masked, and so is the name in `where` unless it is learned; both are put
 * beside it, sealed, when there is an evidence key. STK_ERR_MEMORY: the arena's budget is spent. */
stk_status stk_protect_finding(stk_protector *p, const stk_finding *finding, stk_arena *arena,
                               const stk_protected_finding **ret, stk_error *err);

/* A clear name that the caller knows for a key: an address, an account, a path. */
typedef struct stk_name {
    stk_key key;
    stk_personal name;
} stk_name;

/* Entities stay keys and positions; RAW arguments are masked; those names that belong to its
 * entities are sealed one by one. Names of earlier calls stay in the store: pass what is known. */
stk_status stk_protect_incident(stk_protector *p, const stk_incident *incident,
                                const stk_name *names, size_t name_count, stk_arena *arena,
                                const stk_protected_incident **ret, stk_error *err);

/* What comes back out of the store, and is opened for `stockade reveal`. Borrowed. */
typedef struct stk_sealed_name {
    stk_key key;
    int64_t day; /* whose evidence key opens it */
    stk_str sealed;
} stk_sealed_name;
stk_status stk_unseal_name(const stk_secret *evidence, stk_id incident, const stk_sealed_name *name,
                           stk_arena *arena, stk_personal *ret, stk_error *err);

typedef struct stk_sealed_detail { /* of a finding */
    int64_t day;
    stk_str sealed; /* empty: there was nothing to seal, or it is gone */
} stk_sealed_detail;
/* Put the clear texts back into a finding that the store returned. */
stk_status stk_unseal_finding(const stk_secret *evidence, const stk_sealed_detail *detail,
                              stk_arena *arena, stk_finding *finding, stk_error *err);
#endif
