/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade explain THING`: a rule, a detector, an option, a decoder, an incident or a finding, in
 * words. */
#include "cmd/config.h"
#include "cmd/kept.h"
#include "cmd/verb.h"
#include "source/watch.h"

#include <stdio.h>

struct options {
    stk_str dir, store, rules;
    int64_t lang;
};

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

static void print_list(const char *label, const stk_str *items, size_t count)
{
    if (count == 0)
        return;
    printf("  %-12s", label);
    for (size_t i = 0; i < count; i++)
        printf("%s%" STK_SFMT, i == 0 ? "" : ", ", STK_SARG(items[i]));
    putchar('\n');
}

static void explain_info(const stk_rule_info *rule)
{
    printf("%" STK_SFMT ": %" STK_SFMT "\n", STK_SARG(rule->id), STK_SARG(rule->title));
    printf("  %-12s%s (%s)\n", "kind", stk_incident_kind_name(rule->kind),
           stk_incident_kind_label(rule->kind, STK_EN));
    printf("  %-12s%s\n", "severity", stk_severity_name(rule->severity));
    print_list("ATT&CK", rule->techniques, rule->technique_count);
    print_list("CAPEC", rule->weaknesses, rule->weakness_count);
}

static void explain_text(const stk_rule_text *text)
{
    printf("  %-12s%" STK_SFMT ":%u\n", "file", STK_SARG(text->file), text->line);
    printf("  %-12s%.2f\n", "confidence", text->confidence);
    printf("  %-12s%" STK_SFMT "\n", "looks at", STK_SARG(text->places));
    for (size_t p = 0; p < text->pattern_count; p++)
        printf("  %-12s%" STK_SFMT "\n", p == 0 ? "suspects" : "", STK_SARG(text->patterns[p]));
    if (text->confirmer.len != 0)
        printf("  %-12s%" STK_SFMT "\n", "confirmed by", STK_SARG(text->confirmer));
    for (size_t r = 0; r < text->reference_count; r++)
        printf("  %-12s%" STK_SFMT "\n", r == 0 ? "see" : "", STK_SARG(text->references[r]));
}

static bool explain_rule(const struct options *options, stk_str name, stk_error *err)
{
    stk_rules *rules;
    if (stk_load_rules(options->rules.len == 0 ? NULL : options->rules.ptr, NULL, NULL, &rules,
                       err) != STK_OK)
        return false;
    const stk_rule_info *rule = stk_rules_find(rules, name);
    stk_rule_text text;
    if (rule != NULL) {
        explain_info(rule);
        if (stk_rules_text(rules, name, &text))
            explain_text(&text);
    }
    stk_rules_free(rules);
    for (const stk_detector *const *d = stk_detectors; rule == NULL && *d != NULL; d++)
        for (size_t r = 0; r < (*d)->rule_count; r++)
            if (stk_str_eq((*d)->rules[r].id, name))
                rule = &(*d)->rules[r], explain_info(rule);
    for (size_t r = 0; rule == NULL && r < stk_watch_rule_count; r++)
        if (stk_str_eq(stk_watch_rules[r].id, name))
            rule = &stk_watch_rules[r], explain_info(rule);
    return rule != NULL;
}

static void explain_option(const char *section, const stk_spec *option)
{
    printf("%s.%s (default %s", section, option->key, option->dflt);
    if (option->kind == STK_CHOICE)
        printf(", one of %s", option->min);
    else if (option->min != NULL && option->max != NULL)
        printf(", %s to %s", option->min, option->max);
    printf(")\n    %s\n", option->help);
}

/* A section ("rates"), or one option of it ("rates.window"). */
static bool explain_options(const char *section, const char *summary, const stk_spec *spec,
                            size_t count, stk_str name)
{
    size_t n = strlen(section);
    bool whole = stk_str_eq(name, text_of(section));
    if (!whole && (name.len <= n || memcmp(name.ptr, section, n) != 0 || name.ptr[n] != '.'))
        return false;
    stk_str key = whole ? (stk_str){ 0 } : (stk_str){ name.ptr + n + 1, name.len - n - 1 };
    bool found = whole;
    if (whole)
        printf("%s: %s\n", section, summary);
    for (size_t o = 0; o < count; o++)
        if (whole || stk_str_eq(key, text_of(spec[o].key))) {
            explain_option(section, &spec[o]);
            found = true;
        }
    return found;
}

static bool explain_built_in(stk_str name)
{
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++)
        if (explain_options((*d)->name, (*d)->summary, (*d)->spec, (*d)->spec_count, name))
            return true;
    if (explain_options("correlate", "findings of one story become one incident",
                        stk_correlate_spec, stk_correlate_spec_count, name))
        return true;
    for (const stk_decoder *const *d = stk_decoders; *d != NULL; d++)
        if (stk_str_eq(name, text_of((*d)->name))) {
            printf("--format %s%s%s: %s\n", (*d)->name, (*d)->argument == NULL ? "" : ":",
                   (*d)->argument == NULL ? "" : (*d)->argument, (*d)->summary);
            return true;
        }
    return false;
}

static int explain_finding(const struct options *options, stk_id id)
{
    stk_kept kept;
    stk_error err = { 0 };
    stk_stored_finding stored;
    stk_status status = stk_kept_open(&kept, options->dir, options->store, STK_STORE_READ, &err);
    if (status == STK_OK)
        status = stk_store_finding(kept.store, id, kept.arena, &stored, &err);
    if (status == STK_OK) {
        stk_auto_buf out = stk_buf_init(1 << 16);
        stk_reason_render(&stored.finding.reason, (stk_lang)options->lang, false, &out);
        explain_info(stored.finding.rule);
        printf("  %-12s%.2f\n  %-12s%" STK_SFMT "\n", "confidence", stored.finding.confidence,
               "reason", STK_SARG(stk_buf_str(&out)));
    }
    stk_kept_close(&kept);
    return status == STK_OK ? STK_EXIT_DONE : stk_complain(&err);
}

static bool is_incident(const struct options *options, stk_id id)
{
    stk_kept kept;
    stk_stored_incident stored;
    bool found = stk_kept_open(&kept, options->dir, options->store, STK_STORE_READ, NULL) ==
                     STK_OK &&
                 stk_store_incident(kept.store, id, kept.arena, &stored, NULL) == STK_OK;
    stk_kept_close(&kept);
    return found;
}

static int run_explain(const stk_call *call)
{
    const struct options *options = call->options;
    if (call->arg_count != 1)
        return stk_usage_error(call->verb, "name one thing: a rule, a detector or one of its "
                                           "options, a decoder, an incident or a finding");
    stk_str name = text_of(call->args[0]);
    stk_id id;
    stk_error err = { 0 };
    if (stk_id_parse(name, &id) && is_incident(options, id))
        return stk_incident_show(options->dir, options->store, (stk_lang)options->lang, false, id);
    if (stk_id_parse(name, &id))
        return explain_finding(options, id);
    if (explain_rule(options, name, &err) || explain_built_in(name))
        return STK_EXIT_DONE;
    if (err.status != STK_OK)
        return stk_complain(&err);
    return stk_usage_error(call->verb,
                           "nothing is named '%s'; `stockade list rules`, `list "
                           "detectors` and `list decoders` say what there is",
                           call->args[0]);
}

static const stk_spec explain_options_table[] = {
    STK_OPTION_DIR(struct options),
    STK_OPTION_STORE(struct options),
    { "rules", STK_STRING, offsetof(struct options, rules), "", NULL, NULL,
      "Directory of rules, in place of those compiled in." },
    STK_OPTION_LANG(struct options),
};

const stk_verb stk_verb_explain = {
    .name = "explain",
    .summary = "a rule, a detector, an option, a decoder, an incident or a finding, in words",
    .arguments = "THING",
    .text = "",
    .options = explain_options_table,
    .option_count = STK_COUNT(explain_options_table),
    .options_size = sizeof(struct options),
    .run = run_explain,
};
