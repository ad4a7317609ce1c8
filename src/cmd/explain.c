/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade explain THING`: a rule, a detector, an option, a decoder, a kind, an incident or a
 * finding, in words. */
#include "base/json.h"
#include "cmd/config.h"
#include "cmd/kept.h"
#include "cmd/manual.h"
#include "cmd/verb.h"
#include "source/watch.h"

#include <stdio.h>

struct options {
    stk_str dir, store, rules;
    int64_t lang;
    bool json;
};

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

/* ---- one thing, as text or as an object ---------------------------------------------------- */

struct telling {
    bool json;
    stk_lang lang;
    stk_buf out;
    stk_json j;
};

static struct telling telling_for(const struct options *options)
{
    return (struct telling){ .json = options->json,
                             .lang = (stk_lang)options->lang,
                             .out = stk_buf_init(4 << 20) };
}

static void begin(struct telling *t, const char *type, stk_str name, stk_str summary)
{
    stk_buf_clear(&t->out);
    t->j = stk_json_to(&t->out);
    if (!t->json) {
        stk_buf_printf(&t->out, "%" STK_SFMT ": %" STK_SFMT "\n", STK_SARG(name),
                       STK_SARG(summary));
        return;
    }
    stk_json_open(&t->j, NULL, '{');
    stk_json_int(&t->j, "v", 1);
    stk_json_text(&t->j, "type", type);
    stk_json_str(&t->j, "name", name);
    stk_json_str(&t->j, "summary", summary);
}

static void end(struct telling *t)
{
    if (t->json) {
        stk_json_close(&t->j, '}');
        stk_buf_char(&t->out, '\n');
    }
    if (t->out.len != 0)
        fwrite(t->out.ptr, 1, t->out.len, stdout);
    stk_buf_done(&t->out);
}

static void fact(struct telling *t, const char *label, const char *key, stk_str value)
{
    if (t->json)
        stk_json_str(&t->j, key, value);
    else
        stk_buf_printf(&t->out, "  %-14s%" STK_SFMT "\n", label, STK_SARG(value));
}

/* `rows`: each item has a row of its own. */
static void facts(struct telling *t, const char *label, const char *key, const stk_str *items,
                  size_t count, bool rows)
{
    if (t->json)
        stk_json_open(&t->j, key, '[');
    else if (count != 0)
        stk_buf_printf(&t->out, "  %-14s", label);
    for (size_t i = 0; i < count; i++)
        if (t->json)
            stk_json_str(&t->j, NULL, items[i]);
        else
            stk_buf_printf(&t->out, "%s%" STK_SFMT,
                           i == 0 ? ""
                           : rows ? "\n                "
                                  : ", ",
                           STK_SARG(items[i]));
    if (t->json)
        stk_json_close(&t->j, ']');
    else if (count != 0)
        stk_buf_char(&t->out, '\n');
}

static void number(struct telling *t, const char *label, const char *key, double value)
{
    if (t->json)
        stk_json_real(&t->j, key, value, 3);
    else
        stk_buf_printf(&t->out, "  %-14s%.2f\n", label, value);
}

/* ---- rules --------------------------------------------------------------------------------- */

static void tell_info(struct telling *t, const stk_rule_info *rule)
{
    begin(t, "rule", rule->id, rule->title);
    stk_auto_buf kind = stk_buf_init(256);
    stk_buf_printf(&kind, "%s", stk_incident_kind_name(rule->kind));
    if (!t->json)
        stk_buf_printf(&kind, " (%s)", stk_incident_kind_label(rule->kind, t->lang));
    fact(t, "kind", "kind", stk_buf_str(&kind));
    fact(t, "severity", "severity", text_of(stk_severity_name(rule->severity)));
    facts(t, "ATT&CK", "techniques", rule->techniques, rule->technique_count, false);
    facts(t, "CAPEC", "capec", rule->weaknesses, rule->weakness_count, false);
}

static void tell_text(struct telling *t, const stk_rule_text *text)
{
    stk_auto_buf place = stk_buf_init(4096);
    stk_buf_printf(&place, "%" STK_SFMT ":%u", STK_SARG(text->file), text->line);
    fact(t, "file", "file", stk_buf_str(&place));
    number(t, "confidence", "confidence", text->confidence);
    fact(t, "looks at", "places", text->places);
    facts(t, "suspects", "patterns", text->patterns, text->pattern_count, true);
    if (text->confirmer.len != 0)
        fact(t, "confirmed by", "confirmer", text->confirmer);
    facts(t, "see", "references", text->references, text->reference_count, true);
}

static void tell_built_in(const struct options *options, const stk_rule_info *rule)
{
    struct telling t = telling_for(options);
    tell_info(&t, rule);
    end(&t);
}

/* A rule of a file; false: none has this name, or (err set) they cannot be read. */
static bool explain_written(const struct options *options, stk_str name, stk_error *err)
{
    stk_rules *rules;
    if (stk_load_rules(options->rules.len == 0 ? NULL : options->rules.ptr, NULL, NULL, &rules,
                       err) != STK_OK)
        return false;
    const stk_rule_info *rule = stk_rules_find(rules, name);
    stk_rule_text text;
    if (rule != NULL) {
        struct telling t = telling_for(options);
        tell_info(&t, rule);
        if (stk_rules_text(rules, name, &text))
            tell_text(&t, &text);
        end(&t);
    }
    stk_rules_free(rules);
    return rule != NULL;
}

static bool explain_rule(const struct options *options, stk_str name, stk_error *err)
{
    if (explain_written(options, name, err))
        return true;
    const stk_rule_info *rule = NULL;
    for (const stk_detector *const *d = stk_detectors; rule == NULL && *d != NULL; d++)
        for (size_t r = 0; r < (*d)->rule_count; r++)
            if (stk_str_eq((*d)->rules[r].id, name))
                rule = &(*d)->rules[r];
    for (size_t r = 0; rule == NULL && r < stk_watch_rule_count; r++)
        if (stk_str_eq(stk_watch_rules[r].id, name))
            rule = &stk_watch_rules[r];
    if (rule != NULL)
        tell_built_in(options, rule);
    return rule != NULL;
}

/* ---- options ------------------------------------------------------------------------------- */

static void tell_option(const struct options *options, const char *section, const stk_spec *option)
{
    const char *dflt = option->dflt == NULL ? "" : option->dflt;
    if (!options->json) {
        printf("%s.%s (default %s", section, option->key, dflt[0] == '\0' ? "none" : dflt);
        if (option->kind == STK_CHOICE)
            printf(", one of %s", option->min);
        else if (option->min != NULL && option->max != NULL)
            printf(", %s to %s", option->min, option->max);
        printf(")\n    %s\n", option->help);
        return;
    }
    stk_auto_buf name = stk_buf_init(256);
    stk_buf_printf(&name, "%s.%s", section, option->key);
    struct telling t = telling_for(options);
    begin(&t, "option", stk_buf_str(&name), text_of(option->help));
    stk_json_text(&t.j, "default", dflt);
    if (option->kind == STK_CHOICE) {
        stk_json_text(&t.j, "choices", option->min);
    } else if (option->min != NULL && option->max != NULL) {
        stk_json_text(&t.j, "min", option->min);
        stk_json_text(&t.j, "max", option->max);
    }
    end(&t);
}

/* A section ("rates"), or one option of it ("rates.scraping_pages"). */
static bool explain_section(const struct options *options, const char *type, const char *section,
                            const char *summary, const stk_spec *spec, size_t count, stk_str name)
{
    size_t n = strlen(section);
    bool whole = stk_str_eq(name, text_of(section));
    if (!whole && (name.len <= n || memcmp(name.ptr, section, n) != 0 || name.ptr[n] != '.'))
        return false;
    stk_str key = whole ? (stk_str){ 0 } : (stk_str){ name.ptr + n + 1, name.len - n - 1 };
    if (whole) {
        struct telling t = telling_for(options);
        begin(&t, type, name, text_of(summary));
        end(&t);
    }
    bool found = whole;
    for (size_t o = 0; o < count; o++)
        if (whole || stk_str_eq(key, text_of(spec[o].key))) {
            tell_option(options, section, &spec[o]);
            found = true;
        }
    return found;
}

/* An option of the command line: "fail-on", of every verb that has it, or "replay.fail-on". */
static bool explain_flag(const struct options *options, stk_str name)
{
    bool found = false;
    for (const stk_verb *const *v = stk_verbs; *v != NULL; v++)
        for (size_t o = 0; o < (*v)->option_count; o++) {
            const stk_spec *option = &(*v)->options[o];
            size_t n = strlen((*v)->name), k = strlen(option->key);
            bool bare = name.len == k && memcmp(name.ptr, option->key, k) == 0;
            bool whole = name.len == n + 1 + k && memcmp(name.ptr, (*v)->name, n) == 0 &&
                         name.ptr[n] == '.' && memcmp(name.ptr + n + 1, option->key, k) == 0;
            if (bare || whole)
                tell_option(options, (*v)->name, option);
            found |= bare || whole;
        }
    return found;
}

static bool explain_decoder(const struct options *options, stk_str name)
{
    const stk_decoder *decoder = stk_decoder_named(name);
    if (decoder == NULL)
        return false;
    stk_auto_buf how = stk_buf_init(4096);
    stk_buf_printf(&how, "--format %s%s%s", decoder->name, decoder->argument == NULL ? "" : ":",
                   decoder->argument == NULL ? "" : decoder->argument);
    struct telling t = telling_for(options);
    begin(&t, "decoder", name, text_of(decoder->summary));
    fact(&t, "stated as", "stated_as", stk_buf_str(&how));
    end(&t);
    return true;
}

static bool explain_kind(const struct options *options, stk_str name)
{
    for (int k = 0; k < STK_INCIDENT_KINDS; k++) {
        if (!stk_str_eq(name, text_of(stk_incident_kind_name((stk_incident_kind)k))))
            continue;
        struct telling t = telling_for(options);
        begin(&t, "kind", name,
              text_of(stk_incident_kind_label((stk_incident_kind)k, (stk_lang)options->lang)));
        end(&t);
        return true;
    }
    return false;
}

static bool explain_built_in(const struct options *options, stk_str name)
{
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++)
        if (explain_section(options, "detector", (*d)->name, (*d)->summary, (*d)->spec,
                            (*d)->spec_count, name))
            return true;
    return explain_section(options, "section", "correlate",
                           "findings of one story become one incident", stk_correlate_spec,
                           stk_correlate_spec_count, name) ||
           explain_decoder(options, name) || explain_kind(options, name) ||
           explain_flag(options, name);
}

/* ---- what is remembered -------------------------------------------------------------------- */

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
        stk_json json = stk_json_to(&out);
        if (options->json) {
            stk_finding mine = stored.finding;
            mine.meta.position.source = stk_kept_source(mine.meta.position.source);
            stk_present_finding(&json, &mine, (stk_lang)options->lang, false);
            stk_buf_char(&out, '\n');
            fwrite(out.ptr, 1, out.len, stdout);
        } else {
            stk_reason_render(&stored.finding.reason, (stk_lang)options->lang, false, &out);
            struct telling t = telling_for(options);
            tell_info(&t, stored.finding.rule);
            number(&t, "confidence", "confidence", stored.finding.confidence);
            fact(&t, "reason", "reason", stk_buf_str(&out));
            end(&t);
        }
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
        return stk_usage_error(
            call->verb,
            "name one thing: a rule, a detector or one of its "
            "options (rates.scraping_pages), an option of a verb (fail-on), a decoder, a "
            "kind, an incident or a finding");
    stk_str name = text_of(call->args[0]);
    stk_id id;
    stk_error err = { 0 };
    if (stk_id_parse(name, &id) && is_incident(options, id))
        return stk_incident_show(options->dir, options->store, (stk_lang)options->lang,
                                 options->json, id);
    if (stk_id_parse(name, &id))
        return explain_finding(options, id);
    if (explain_rule(options, name, &err) || explain_built_in(options, name))
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
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_explain = {
    .name = "explain",
    .summary =
        "a rule, a detector, an option, a decoder, a kind, an incident or a finding, in words",
    .arguments = "THING",
    .text = "A rule (sqli.structure), a detector (rates), one of its options "
            "(rates.scraping_pages), an "
            "option of a verb (fail-on, replay.fail-on), a decoder (combined), a kind (sqli), or "
            "the id "
            "of an incident or a finding that a store remembers.",
    .options = explain_options_table,
    .option_count = STK_COUNT(explain_options_table),
    .options_size = sizeof(struct options),
    .run = run_explain,
};
