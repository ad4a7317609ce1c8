/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade check`: is what a run would start with in order? Everything that is wrong is said, with
 * its place, and the exit code is 1. */
#include "base/json.h"
#include "cmd/config.h"
#include "cmd/verb.h"
#include "engine/files.h"

#include <stdio.h>
#include <unistd.h>

struct options {
    stk_str config, rules, profile;
    bool json;
};

struct checking {
    const struct options *options;
    size_t faults;
};

static void fault(void *ctx, const stk_error *err)
{
    struct checking *c = ctx;
    c->faults++;
    if (!c->options->json) {
        if (err->file[0] != '\0')
            printf("%s:", err->file);
        if (err->line != 0)
            printf("%u:%u:", err->line, err->column);
        printf("%s%s\n", err->file[0] != '\0' || err->line != 0 ? " " : "", err->text);
        return;
    }
    stk_auto_buf out = stk_buf_init(1 << 16);
    stk_json json = stk_json_to(&out);
    stk_json_open(&json, NULL, '{');
    stk_json_int(&json, "v", 1);
    stk_json_text(&json, "file", err->file);
    stk_json_int(&json, "line", err->line);
    stk_json_int(&json, "column", err->column);
    stk_json_text(&json, "text", err->text);
    stk_json_close(&json, '}');
    stk_buf_char(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
}

static void check_rules(struct checking *c, const char *dir)
{
    stk_error err = { 0 };
    stk_rules *rules;
    size_t before = c->faults, examples = 0, failed = 0;
    if (stk_load_rules(dir, fault, c, &rules, &err) != STK_OK) {
        if (c->faults == before)
            fault(c, &err);
        return;
    }
    if (stk_rules_check(rules, fault, c, &examples, &failed, &err) != STK_OK)
        fault(c, &err);
    fprintf(stderr, "%zu rules, %zu examples, %zu of them fail.\n", stk_rules_count(rules),
            examples, failed);
    stk_rules_free(rules);
}

/* Would a source's format open? */
static stk_status check_format(const stk_config_source *source, stk_error *err)
{
    stk_format format;
    STK_TRY(stk_format_parse(source->format, &format, err));
    stk_auto_arena *life = stk_arena_new(1 << 20);
    stk_decoder_setup setup = { .argument = format.argument, .assumed_year = 1970 };
    void *self;
    if (format.decoder == NULL || life == NULL)
        return STK_OK;
    return format.decoder->open(&setup, life, &self, err);
}

static void check_sources(struct checking *c, const stk_config *config)
{
    for (size_t i = 0; i < config->source_count; i++) {
        const stk_config_source *source = &config->sources[i];
        stk_error err = { 0 }, told;
        if (check_format(source, &err) != STK_OK) {
            if (stk_fail_at(&told, STK_ERR_INVALID, c->options->config.ptr, source->line,
                            source->column, "%s", err.text) != STK_OK)
                fault(c, &told);
        }
        if (access(source->path, R_OK) != 0 && !c->options->json)
            fprintf(stderr, "stockade: %s cannot be read (yet); it is followed once it can be\n",
                    source->path);
    }
}

/* Options, policy, formats and the profile, as a run would take them. */
static void check_config(struct checking *c, const stk_config *config)
{
    stk_error err = { 0 };
    static const stk_hash_key any = { 1, 2 };
    stk_snapshot *snapshot;
    stk_policy *policy;
    if (stk_config_snapshot(config, &any, NULL, NULL, &snapshot, &err) == STK_OK)
        stk_snapshot_free(snapshot);
    else if (c->faults == 0) /* faults of rules were told one by one */
        fault(c, &err);
    if (stk_config_policy(config, &policy, &err) == STK_OK)
        stk_policy_free(policy);
    else
        fault(c, &err);
    check_sources(c, config);
}

static int run_check(const stk_call *call)
{
    const struct options *o = call->options;
    if (call->arg_count != 0)
        return stk_usage_error(call->verb, "takes options only; --rules DIR, --config FILE");
    struct checking c = { .options = o };
    stk_error err = { 0 };
    stk_config config;
    if (stk_config_init(&config, ".", &err) != STK_OK)
        return stk_complain(&err);
    bool read = o->config.len == 0 || stk_config_read(&config, o->config.ptr, &err) == STK_OK;
    if (!read && err.line == 0 && err.status != STK_ERR_INVALID) { /* the file itself */
        stk_config_done(&config);
        return stk_complain(&err);
    }
    if (!read)
        fault(&c, &err);
    if (o->rules.len != 0)
        config.rules = o->rules.ptr;
    if (o->profile.len != 0)
        config.profile = o->profile.ptr;
    check_rules(&c, config.rules);
    if (read)
        check_config(&c, &config);
    stk_config_done(&config);
    if (c.faults == 0)
        fputs("All is in order.\n", stderr);
    return c.faults == 0 ? STK_EXIT_DONE : STK_EXIT_CHECK;
}

static const stk_spec check_options[] = {
    { "config", STK_STRING, offsetof(struct options, config), "", NULL, NULL,
      "Configuration file to check." },
    { "rules", STK_STRING, offsetof(struct options, rules), "", NULL, NULL,
      "Directory of rules to check, in place of those compiled in." },
    { "profile", STK_STRING, offsetof(struct options, profile), "", NULL, NULL,
      "Profile to check." },
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_check = {
    .name = "check",
    .summary = "is the configuration in order, and does every rule do what its examples say",
    .arguments = "",
    .text = "Faults are printed one a line with file, line and column; the exit code is then 1.",
    .options = check_options,
    .option_count = STK_COUNT(check_options),
    .options_size = sizeof(struct options),
    .run = run_check,
};
