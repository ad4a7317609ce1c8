/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_CONFIG_H
#define STK_CMD_CONFIG_H
/* The configuration file, and the snapshot made of it. docs/configuration.md shows every key. */
#include "base/arena.h"
#include "engine/snapshot.h"

enum { STK_CONFIG_SETTINGS = 256 };

typedef struct stk_config_source {
    const char *path;      /* as written, or below the file's directory when relative */
    stk_str format;        /* "auto" when not stated */
    uint32_t line, column; /* where its format stands, else where it begins */
} stk_config_source;

typedef struct stk_config {
    stk_arena *life;     /* owns every text */
    const char *store;   /* directory */
    const char *keys;    /* key file */
    const char *rules;   /* directory; NULL: the rules that are compiled in */
    const char *profile; /* file; NULL: none */
    const char *policy;  /* file; NULL: the policy that is compiled in */
    stk_client_rule client;
    bool client_stated;
    stk_network trusted[STK_PROXIES_MAX];
    size_t trusted_count;
    stk_setting settings[STK_CONFIG_SETTINGS]; /* of detectors and correlate */
    size_t setting_count;
    stk_config_source sources[STK_SOURCES];
    size_t source_count;
    int64_t state_bytes; /* budget of keyed state */
    int64_t threads;     /* 0: as many as processors, at most 4 */
    int64_t lang;        /* stk_lang */
} stk_config;

/* Defaults for a directory as `stockade run --dir` keeps it: DIR/store, DIR/keys. */
stk_status stk_config_init(stk_config *config, const char *dir, stk_error *err);
void stk_config_done(stk_config *config);

/* Read a file over the defaults. Errors name line and column and suggest. */
stk_status stk_config_read(stk_config *config, const char *path, stk_error *err);

/* Rules, profile and options as one snapshot. The client rule is the configuration's, else the
 * profile's, else the address. `complain` hears of each fault of the rules. */
stk_status stk_config_snapshot(const stk_config *config, const stk_hash_key *secret,
                               stk_rules_complain complain, void *ctx, stk_snapshot **ret,
                               stk_error *err);

/* The policy it names. The caller frees it. */
stk_status stk_config_policy(const stk_config *config, stk_policy **ret, stk_error *err);

/* Rules from a directory (every *.yaml, by name), or those compiled in when `dir` is NULL. */
stk_status stk_load_rules(const char *dir, stk_rules_complain complain, void *ctx, stk_rules **ret,
                          stk_error *err);
stk_status stk_load_profile(const char *path, stk_profile **ret, stk_error *err);

/* The keys of the file as rows of a table, on standard output: docs/configuration.md. */
void stk_config_manual(void);

unsigned stk_threads(int64_t wanted);
#endif
