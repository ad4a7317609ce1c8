/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_H
#define STK_DETECT_PROFILE_H
/* What is ordinary at a shop, learned from its own benign traffic: its paths, the parameters of
 * each, and how their values look. The detector `profile` says what deviates.
 *
 * Learning resists poisoning: what fewer than `clients` independent clients support is not learned.
 * The file holds no value that few people sent: only closed sets of values, each supported by that
 * many clients, and shapes. Everything is bounded. Pure; one learner belongs to one thread; a
 * profile is immutable once made and may be shared.
 *
 * Call order: learner_new; add every unit; finish; then save, show, or hand it to the detector. */
#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/spec.h"
#include "detect/detector.h"

typedef struct stk_profile stk_profile;
typedef struct stk_profile_learner stk_profile_learner;

/* Options of learning; the values used travel in the profile. */
extern const stk_spec stk_profile_spec[];
extern const size_t stk_profile_spec_count, stk_profile_config_size;

/* What it is learned from, said by the caller. Texts are copied. */
typedef struct stk_profile_origin {
    stk_str format;       /* as after --format: "combined", "http1", ... */
    stk_str client;       /* "address", "none", "cookie:NAME", "header:NAME" */
    uint64_t fingerprint; /* of the files read */
} stk_profile_origin;

/* `config` NULL: defaults. `secret` only keys tables: what is learned does not depend on it. With
 * the client rule "none" nobody can tell clients apart, and every unit counts as its own. */
stk_status stk_profile_learner_new(const stk_profile_origin *origin, const void *config,
                                   const stk_hash_key *secret, stk_profile_learner **ret,
                                   stk_error *err);
void stk_profile_learner_free(stk_profile_learner *learner); /* NULL is fine */
/* Units that are no http.request, or were answered with an error (status 400 and above), are
 * counted and passed over. */
stk_status stk_profile_learner_add(stk_profile_learner *learner, const stk_unit *unit,
                                   stk_error *err);
/* May be called once; the learner is then only to be freed. */
stk_status stk_profile_learner_finish(stk_profile_learner *learner, stk_profile **ret,
                                      stk_error *err);

void stk_profile_free(stk_profile *profile); /* NULL is fine */

/* A text file, version first; the same profile gives the same bytes. `out->failed`: no room. */
void stk_profile_save(const stk_profile *profile, stk_buf *out);
/* Refuses what it did not write: STK_ERR_SYNTAX or STK_ERR_LIMIT with the line. `file` names
 * errors. */
stk_status stk_profile_load(stk_str bytes, const char *file, stk_profile **ret, stk_error *err);

/* For people: what was learned, endpoint by endpoint. */
void stk_profile_show(const stk_profile *profile, stk_buf *out);
/* The same as NDJSON: a line for the whole, then one for each endpoint, its parameters after it. */
void stk_profile_rows(const stk_profile *profile, stk_buf *out);
/* What is in q and not in p (+), and the other way round (-), one a line. Returns how many. */
size_t stk_profile_diff(const stk_profile *p, const stk_profile *q, stk_buf *out);

/* The client rule it was learned under, "" when there was none: the default of a replay. */
stk_str stk_profile_client(const stk_profile *profile);
/* Of everything in it: part of a snapshot's hash. */
uint64_t stk_profile_hash(const stk_profile *profile);
/* Units learned from, and distinct endpoints kept. */
uint64_t stk_profile_units(const stk_profile *profile);
size_t stk_profile_endpoints(const stk_profile *profile);
#endif
