/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_SNAPSHOT_H
#define STK_ENGINE_SNAPSHOT_H
/* Law 4: configuration, rules and models as one immutable thing with a hash, swapped whole. */
#include "base/arena.h"
#include "detect/correlate.h"
#include "detect/detector.h"
#include "detect/profile.h"
#include "detect/rules.h"
#include "model/client.h"
#include "protect/protect.h"

enum { STK_DETECTORS_MAX = 32, STK_PROXIES_MAX = 256 };

/* One detector with its options, compiled. */
typedef struct stk_armed {
    const stk_detector *plugin;
    void *self;
} stk_armed;

typedef struct stk_snapshot {
    uint64_t hash; /* of rules, profile and options */
    stk_rules *rules;
    stk_profile *profile; /* NULL: none learned */
    stk_hash_key secret;
    stk_armed armed[STK_DETECTORS_MAX];
    size_t armed_count;
    void *correlate_config;
    stk_network trusted[STK_PROXIES_MAX];
    stk_proxies proxies;
    stk_client_rule client;
    stk_arena *life; /* options and texts */
} stk_snapshot;

/* An option of one detector or of "correlate", as configuration files give them. */
typedef struct stk_setting {
    stk_str section, key, value;
    const char *file;
    uint32_t line, column;
} stk_setting;

typedef struct stk_snapshot_setup {
    stk_hash_key secret;
    stk_rules *rules;     /* given: the snapshot frees it */
    stk_profile *profile; /* given; may be NULL */
    const stk_setting *settings;
    size_t setting_count;
    const stk_network *trusted; /* copied */
    size_t trusted_count;
    stk_client_rule client; /* its name is copied */
} stk_snapshot_setup;

/* On failure the given rules and profile are freed as well. */
stk_status stk_snapshot_new(const stk_snapshot_setup *setup, stk_snapshot **ret, stk_error *err);
void stk_snapshot_free(stk_snapshot *snapshot);

/* The rule of an id, in the rule files or among the detectors' own; NULL: no such. */
const stk_rule_info *stk_snapshot_rule(const void *snapshot, stk_str id);
#endif
