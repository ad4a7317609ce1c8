/* SPDX-License-Identifier: Apache-2.0 */
/* Options are set by table, detectors are opened, and the whole gets its hash. */
#include "engine/snapshot.h"

#include "source/watch.h"

#include <stdlib.h>

static const stk_hash_key published = { UINT64_C(0x736e617073686f74), 4 };

static bool named(stk_str section, const char *name)
{
    return stk_str_eq(section, (stk_str){ name, strlen(name) });
}

/* Set what the settings say of one section; errors get the place of the setting. */
static stk_status apply(const stk_snapshot_setup *setup, const char *section, const stk_spec *spec,
                        size_t spec_count, void *config, stk_error *err)
{
    stk_spec_defaults(spec, spec_count, config);
    for (size_t i = 0; i < setup->setting_count; i++) {
        const stk_setting *s = &setup->settings[i];
        if (!named(s->section, section))
            continue;
        stk_error why;
        stk_status status = stk_spec_set(spec, spec_count, config, s->key, s->value, &why);
        if (status != STK_OK)
            return stk_fail_at(err, status, s->file, s->line, s->column, "%s: %s", section,
                               why.text);
    }
    return STK_OK;
}

static stk_status sections_exist(const stk_snapshot_setup *setup, stk_error *err)
{
    for (size_t i = 0; i < setup->setting_count; i++) {
        const stk_setting *s = &setup->settings[i];
        if (named(s->section, "correlate") || stk_detector_named(s->section) != NULL)
            continue;
        const char *names[STK_DETECTORS_MAX + 1] = { "correlate" };
        size_t n = 1;
        for (const stk_detector *const *d = stk_detectors; *d != NULL && n <= STK_DETECTORS_MAX;
             d++)
            names[n++] = (*d)->name;
        const char *near = stk_nearest(s->section, names, n);
        return stk_fail_at(err, STK_ERR_INVALID, s->file, s->line, s->column,
                           "no detector is named '%" STK_SFMT "'%s%s%s", STK_SARG(s->section),
                           near == NULL ? "; `stockade list detectors` names them"
                                        : " (did you mean '",
                           near == NULL ? "" : near, near == NULL ? "" : "'?)");
    }
    return STK_OK;
}

static stk_status arm(stk_snapshot *snapshot, const stk_snapshot_setup *setup, stk_error *err)
{
    stk_detector_setup given = { .secret = setup->secret,
                                 .rules = snapshot->rules,
                                 .profile = snapshot->profile };
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++) {
        if (snapshot->armed_count == STK_DETECTORS_MAX)
            return stk_fail(err, STK_ERR_LIMIT, "more than %d detectors", STK_DETECTORS_MAX);
        const stk_detector *plugin = *d;
        void *config = stk_arena_alloc(snapshot->life, 1, plugin->config_size + 1);
        if (config == NULL)
            return stk_fail(err, STK_ERR_MEMORY, "no memory for options");
        STK_TRY(apply(setup, plugin->name, plugin->spec, plugin->spec_count, config, err));
        stk_armed *armed = &snapshot->armed[snapshot->armed_count];
        armed->plugin = plugin;
        STK_TRY(plugin->open(&given, config, &armed->self, err));
        snapshot->armed_count++;
    }
    snapshot->correlate_config = stk_arena_alloc(snapshot->life, 1, stk_correlate_config_size);
    if (snapshot->correlate_config == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for options");
    return apply(setup, "correlate", stk_correlate_spec, stk_correlate_spec_count,
                 snapshot->correlate_config, err);
}

static uint64_t hash_of(const stk_snapshot *snapshot, const stk_snapshot_setup *setup)
{
    uint64_t hash = stk_rules_hash(snapshot->rules);
    if (snapshot->profile != NULL)
        hash = stk_mix64(hash ^ stk_profile_hash(snapshot->profile));
    for (size_t i = 0; i < setup->setting_count; i++) {
        const stk_setting *s = &setup->settings[i];
        hash = stk_mix64(hash ^ stk_hash(&published, s->section));
        hash = stk_mix64(hash ^ stk_hash(&published, s->key));
        hash = stk_mix64(hash ^ stk_hash(&published, s->value));
    }
    return hash;
}

stk_status stk_snapshot_new(const stk_snapshot_setup *setup, stk_snapshot **ret, stk_error *err)
{
    stk_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL) {
        stk_rules_free(setup->rules);
        stk_profile_free(setup->profile);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a snapshot");
    }
    snapshot->rules = setup->rules;
    snapshot->profile = setup->profile;
    snapshot->secret = setup->secret;
    snapshot->life = stk_arena_new(1 << 20);
    stk_status status = setup->trusted_count > STK_PROXIES_MAX
                            ? stk_fail(err, STK_ERR_LIMIT, "more than %d trusted proxies",
                                       STK_PROXIES_MAX)
                            : sections_exist(setup, err);
    if (status == STK_OK && snapshot->life == NULL)
        status = stk_fail(err, STK_ERR_MEMORY, "no memory for a snapshot");
    if (status == STK_OK) {
        for (size_t i = 0; i < setup->trusted_count; i++)
            snapshot->trusted[i] = setup->trusted[i];
        snapshot->proxies = (stk_proxies){ snapshot->trusted, setup->trusted_count };
        snapshot->client = setup->client;
        snapshot->client.name = stk_arena_copy(snapshot->life, setup->client.name);
        snapshot->hash = hash_of(snapshot, setup);
        status = arm(snapshot, setup, err);
    }
    if (status != STK_OK) {
        stk_snapshot_free(snapshot);
        return status;
    }
    *ret = snapshot;
    return STK_OK;
}

void stk_snapshot_free(stk_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    for (size_t d = 0; d < snapshot->armed_count; d++)
        if (snapshot->armed[d].plugin->close != NULL)
            snapshot->armed[d].plugin->close(snapshot->armed[d].self);
    stk_rules_free(snapshot->rules);
    stk_profile_free(snapshot->profile);
    stk_arena_free(snapshot->life);
    free(snapshot);
}

static const stk_rule_info *among(const stk_rule_info *rules, size_t count, stk_str id)
{
    for (size_t r = 0; r < count; r++)
        if (stk_str_eq(rules[r].id, id))
            return &rules[r];
    return NULL;
}

const stk_rule_info *stk_snapshot_rule(const void *ctx, stk_str id)
{
    const stk_snapshot *snapshot = ctx;
    const stk_rule_info *rule = stk_rules_find(snapshot->rules, id);
    for (size_t d = 0; rule == NULL && d < snapshot->armed_count; d++)
        rule = among(snapshot->armed[d].plugin->rules, snapshot->armed[d].plugin->rule_count, id);
    return rule != NULL ? rule : among(stk_watch_rules, stk_watch_rule_count, id);
}
