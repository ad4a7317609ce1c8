/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade list WHAT`: what is there, one a line. */
#include "cmd/config.h"
#include "cmd/kept.h"
#include "cmd/report.h"
#include "cmd/verb.h"
#include "source/watch.h"

#include <stdio.h>
#include <unistd.h>

struct options {
    stk_str dir, store, rules;
    int64_t lang, severity, limit;
    bool json;
};

struct listing {
    const struct options *options;
    stk_buf out;
    stk_json json;
    stk_error err;
};

static void flush(struct listing *l)
{
    fwrite(l->out.ptr, 1, l->out.len, stdout);
    stk_buf_clear(&l->out);
    l->json = stk_json_to(&l->out);
}

static void begin(struct listing *l)
{
    stk_buf_clear(&l->out);
    l->json = stk_json_to(&l->out);
    stk_json_open(&l->json, NULL, '{');
    stk_json_int(&l->json, "v", 1);
}

static void end(struct listing *l)
{
    stk_json_close(&l->json, '}');
    stk_buf_char(&l->out, '\n');
    flush(l);
}

static void pair(struct listing *l, stk_str name, const char *summary)
{
    if (l->options->json) {
        begin(l);
        stk_json_str(&l->json, "name", name);
        stk_json_text(&l->json, "summary", summary);
        end(l);
        return;
    }
    printf("%-22" STK_SFMT " %s\n", STK_SARG(name), summary);
}

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

static stk_status list_detectors(struct listing *l, stk_error *err)
{
    (void)err;
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++)
        pair(l, text_of((*d)->name), (*d)->summary);
    return STK_OK;
}

static stk_status list_decoders(struct listing *l, stk_error *err)
{
    (void)err;
    for (const stk_decoder *const *d = stk_decoders; *d != NULL; d++)
        pair(l, text_of((*d)->name), (*d)->summary);
    return STK_OK;
}

static stk_status list_kinds(struct listing *l, stk_error *err)
{
    (void)err;
    for (int k = 0; k < STK_INCIDENT_KINDS; k++)
        pair(l, text_of(stk_incident_kind_name((stk_incident_kind)k)),
             stk_incident_kind_label((stk_incident_kind)k, (stk_lang)l->options->lang));
    return STK_OK;
}

static void tell_rule(struct listing *l, const stk_rule_info *rule)
{
    if (!l->options->json) {
        printf("%-34" STK_SFMT " %-8s %-20s %" STK_SFMT "\n", STK_SARG(rule->id),
               stk_severity_name(rule->severity), stk_incident_kind_name(rule->kind),
               STK_SARG(rule->title));
        return;
    }
    begin(l);
    stk_json_str(&l->json, "id", rule->id);
    stk_json_text(&l->json, "kind", stk_incident_kind_name(rule->kind));
    stk_json_text(&l->json, "severity", stk_severity_name(rule->severity));
    stk_json_str(&l->json, "title", rule->title);
    stk_json_open(&l->json, "techniques", '[');
    for (size_t t = 0; t < rule->technique_count; t++)
        stk_json_str(&l->json, NULL, rule->techniques[t]);
    stk_json_close(&l->json, ']');
    end(l);
}

static stk_status list_rules(struct listing *l, stk_error *err)
{
    stk_rules *rules;
    STK_TRY(stk_load_rules(l->options->rules.len == 0 ? NULL : l->options->rules.ptr, NULL, NULL,
                           &rules, err));
    for (size_t r = 0; r < stk_rules_count(rules); r++)
        tell_rule(l, stk_rules_at(rules, r));
    for (const stk_detector *const *d = stk_detectors; *d != NULL; d++)
        for (size_t r = 0; r < (*d)->rule_count; r++)
            tell_rule(l, &(*d)->rules[r]);
    for (size_t r = 0; r < stk_watch_rule_count; r++)
        tell_rule(l, &stk_watch_rules[r]);
    stk_rules_free(rules);
    return STK_OK;
}

static bool tell_incident(void *ctx, const stk_incident *incident)
{
    struct listing *l = ctx;
    if (incident->events == 0) /* it went over into another */
        return true;
    stk_namer namer = { stk_kept_name, incident };
    stk_kept_units(incident);
    stk_buf_clear(&l->out);
    l->json = stk_json_to(&l->out);
    if (l->options->json)
        stk_present_incident(&l->json, incident, (stk_lang)l->options->lang, &namer);
    else
        stk_report_incident(incident, (stk_lang)l->options->lang, &namer, isatty(STDOUT_FILENO),
                            &l->out);
    stk_buf_char(&l->out, '\n');
    flush(l);
    return true;
}

static bool tell_audit(void *ctx, const stk_audit_entry *entry)
{
    struct listing *l = ctx;
    char at[STK_TIME_TEXT];
    stk_str when = { at, stk_time_text(entry->at, at) };
    if (!l->options->json) {
        printf("%6llu %" STK_SFMT " %" STK_SFMT " %" STK_SFMT " %" STK_SFMT ": %" STK_SFMT "\n",
               (unsigned long long)entry->number, STK_SARG(when), STK_SARG(entry->actor),
               STK_SARG(entry->action), STK_SARG(entry->object), STK_SARG(entry->reason));
        return true;
    }
    begin(l);
    stk_json_int(&l->json, "number", (int64_t)entry->number);
    stk_json_str(&l->json, "at", when);
    stk_json_str(&l->json, "actor", entry->actor);
    stk_json_str(&l->json, "action", entry->action);
    stk_json_str(&l->json, "object", entry->object);
    stk_json_str(&l->json, "reason", entry->reason);
    end(l);
    return true;
}

static void tell_source(struct listing *l, const stk_source_row *row)
{
    const stk_source_state *state = &row->state;
    if (!l->options->json) {
        printf("%4u  %-40" STK_SFMT " %12llu units %14llu bytes %8llu malformed%s\n", row->number,
               STK_SARG(row->label), (unsigned long long)state->unit,
               (unsigned long long)state->offset, (unsigned long long)state->malformed,
               state->finished ? ", read to its end" : "");
        return;
    }
    begin(l);
    stk_json_int(&l->json, "number", row->number);
    stk_json_str(&l->json, "label", row->label);
    stk_json_int(&l->json, "units", (int64_t)state->unit);
    stk_json_int(&l->json, "bytes", (int64_t)state->offset);
    stk_json_int(&l->json, "malformed", (int64_t)state->malformed);
    stk_json_bool(&l->json, "finished", state->finished);
    end(l);
}

static stk_status list_kept(struct listing *l, const char *what, stk_error *err)
{
    const struct options *o = l->options;
    stk_kept kept;
    stk_status status = stk_kept_open(&kept, o->dir, o->store, STK_STORE_READ, err);
    if (status != STK_OK) {
        stk_kept_close(&kept);
        return status;
    }
    if (strcmp(what, "incidents") == 0) {
        stk_store_filter filter = { .kind = -1,
                                    .min_severity = (stk_severity)o->severity,
                                    .limit = (uint32_t)o->limit };
        status = stk_store_incidents(kept.store, &filter, kept.arena, true, tell_incident, l, err);
    } else if (strcmp(what, "audit") == 0) {
        status = stk_store_audit_list(kept.store, kept.arena, tell_audit, l, err);
    } else {
        stk_source_row *rows;
        size_t count;
        status = stk_store_sources(kept.store, kept.arena, &rows, &count, err);
        for (size_t i = 0; status == STK_OK && i < count; i++)
            tell_source(l, &rows[i]);
    }
    stk_kept_close(&kept);
    return status;
}

static stk_status list_incidents(struct listing *l, stk_error *err)
{
    return list_kept(l, "incidents", err);
}

static stk_status list_audit(struct listing *l, stk_error *err)
{
    return list_kept(l, "audit", err);
}

static stk_status list_sources(struct listing *l, stk_error *err)
{
    return list_kept(l, "sources", err);
}

static const struct {
    const char *what;
    stk_status (*list)(struct listing *l, stk_error *err);
} lists[] = {
    { "incidents", list_incidents }, { "sources", list_sources },     { "audit", list_audit },
    { "rules", list_rules },         { "detectors", list_detectors }, { "decoders", list_decoders },
    { "kinds", list_kinds },
};

static int run_list(const stk_call *call)
{
    const char *names[STK_COUNT(lists)];
    for (size_t i = 0; i < STK_COUNT(lists); i++)
        names[i] = lists[i].what;
    if (call->arg_count != 1)
        return stk_usage_error(call->verb, "say what: incidents, sources, audit, rules, detectors, "
                                           "decoders or kinds");
    for (size_t i = 0; i < STK_COUNT(lists); i++) {
        if (strcmp(call->args[0], lists[i].what) != 0)
            continue;
        struct listing l = { .options = call->options, .out = stk_buf_init(16 << 20) };
        stk_status status = lists[i].list(&l, &l.err);
        stk_buf_done(&l.out);
        return status == STK_OK ? STK_EXIT_DONE : stk_complain(&l.err);
    }
    const char *near = stk_nearest(text_of(call->args[0]), names, STK_COUNT(names));
    return stk_usage_error(call->verb, "cannot list '%s'%s%s%s", call->args[0],
                           near == NULL ? "" : " (did you mean '", near == NULL ? "" : near,
                           near == NULL ? "" : "'?)");
}

static const stk_spec list_options[] = {
    STK_OPTION_DIR(struct options),
    STK_OPTION_STORE(struct options),
    { "rules", STK_STRING, offsetof(struct options, rules), "", NULL, NULL,
      "Directory of rules, in place of those compiled in." },
    { "severity", STK_CHOICE, offsetof(struct options, severity), "low", "low|medium|high|critical",
      NULL, "Incidents at least this grave." },
    { "limit", STK_INT, offsetof(struct options, limit), "0", "0", "1000000",
      "At most so many incidents, the newest; 0: all." },
    STK_OPTION_LANG(struct options),
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_list = {
    .name = "list",
    .summary = "what is remembered (incidents, sources, audit) and what is built in (rules, ...)",
    .arguments = "incidents|sources|audit|rules|detectors|decoders|kinds",
    .text = "",
    .options = list_options,
    .option_count = STK_COUNT(list_options),
    .options_size = sizeof(struct options),
    .run = run_list,
};
