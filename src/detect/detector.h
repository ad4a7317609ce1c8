/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_DETECTOR_H
#define STK_DETECT_DETECTOR_H
/* A detector looks at events and says what it found.
 *
 * To add one: write detectors/<name>.c, add one line to detectors.def, add
 * tests/unit/detect/<name>.c. Nothing else changes. Pure: no files, clock, threads or globals.
 *
 * Two halves, either of which may be absent (NULL):
 *
 *   judge()  speaks of one unit alone and keeps nothing (signatures, profile). Runs on any thread
 *            with a scratch of that thread.
 *   keys() → look()  keeps state by key (law 3). keys() names the keys that an event concerns and
 *            sends each a small tuple; the engine hands every key's tuples, in sequence order, to
 *            the state of the key's partition. Threads own partitions, so look() never locks,
 *            and findings do not depend on the number of threads.
 *
 * Call order: open; then per thread scratch_new; per partition state_new (or load); judge, keys,
 * look, tick in turn; save at a checkpoint; state_free, scratch_free, close. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/spec.h"
#include "model/carry.h"
#include "model/finding.h"

/* One event as detectors see it, with what it carries taken apart once for all of them. */
typedef struct stk_unit {
    const stk_event *event;
    const stk_carried *carried; /* NULL unless http.request */
    stk_key client;             /* the resolved client: ADDRESS, or SESSION under --client */
    bool client_known;
    stk_address address; /* of the client; for SUBNET and NETWORK keys */
    bool address_known;
    stk_key account; /* that the event names */
    bool account_known;
    stk_key endpoint; /* http.request: of the normalised path, ids collapsed */
    bool endpoint_known;
    stk_arena *arena; /* the batch's: reasons' texts may live here */
} stk_unit;

/* What open() gets beside its options. Borrowed for the detector's life. */
typedef struct stk_detector_setup {
    stk_hash_key secret;           /* for keys */
    const struct stk_rules *rules; /* compiled signatures (detect/rules.h); NULL: none */
    const struct stk_profile
        *profile; /* learned endpoint profiles (detect/profile.h); NULL: none */
} stk_detector_setup;

/* What travels to a partition. Holds nothing personal. */
typedef struct stk_tuple {
    stk_key key;
    uint64_t sequence; /* filled by the engine */
    stk_time at;       /* filled by the engine */
    uint32_t what;     /* the detector's own meaning */
    uint32_t detector; /* filled by the engine */
    uint64_t a, b;     /* hashes, counts, codes */
} stk_tuple;

typedef struct stk_detector {
    const char *name;    /* as written in the configuration; [a-z_]+ */
    const char *summary; /* one line for `stockade list detectors` */
    const stk_spec *spec;
    size_t spec_count, config_size;
    unsigned memory_share; /* of the budget for keyed state, beside the others'; 0 counts as 1 */
    /* Rules of its own, beside those in rules/: all that it can say. NULL: none. */
    const stk_rule_info *rules;
    size_t rule_count;

    stk_status (*open)(const stk_detector_setup *setup, const void *config, void **ret,
                       stk_error *err);
    void (*close)(void *self);

    stk_status (*scratch_new)(const void *self, void **ret, stk_error *err);
    void (*scratch_free)(void *scratch);
    void (*judge)(const void *self, void *scratch, const stk_unit *unit, stk_findings *out);

    /* At most `room` tuples into `out`; returns how many. `of_unit`: what judge() said of it. */
    size_t (*keys)(const void *self, const stk_unit *unit, const stk_findings *of_unit,
                   stk_tuple *out, size_t room);
    /* State of one partition in at most `budget_bytes`, allocated now and never more. */
    stk_status (*state_new)(const void *self, size_t budget_bytes, void **ret, stk_error *err);
    void (*state_free)(void *state);
    /* Findings about the tuple's event: rule, confidence, by, where and reason; the engine fills
     * id and meta. Reasons hold numbers and terms only: the event is not here. */
    void (*look)(const void *self, void *state, const stk_tuple *tuple, stk_findings *out);
    /* Time passed: forget what is over. `watermark`: no event before it is expected. */
    void (*tick)(const void *self, void *state, stk_time watermark);
    void (*save)(const void *self, const void *state, stk_buf *out);
    /* Refuses what is not its own with STK_ERR_SYNTAX; the state is then as new. */
    stk_status (*load)(const void *self, void *state, stk_cursor *in, stk_error *err);
} stk_detector;

extern const stk_detector *const stk_detectors[]; /* NULL-terminated, in .def order */
const stk_detector *stk_detector_named(stk_str name);
#endif
