/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade incident` and `stockade reveal`: one story whole, and what is behind its seals. */
#include "cmd/kept.h"
#include "cmd/report.h"

#include <pwd.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { OUT_BYTES = 16 << 20 };

struct options {
    stk_str dir, store, reason;
    int64_t lang;
    bool json;
};

static stk_status parse_id(const stk_call *call, stk_id *ret, stk_error *err)
{
    stk_str text = { call->args[0], strlen(call->args[0]) };
    if (!stk_id_parse(text, ret))
        return stk_fail(err, STK_ERR_INVALID,
                        "'%s' is no id; ids have 16 hex digits, as `stockade "
                        "list incidents` prints them",
                        call->args[0]);
    return STK_OK;
}

/* ---- incident ------------------------------------------------------------------------------ */

struct telling {
    const struct options *options;
    stk_buf out;
    stk_json json;
};

/* Steps stand in the order in which they were first taken up, which for merged incidents is not
 * that of time. */
static void order_steps(const stk_incident *incident, size_t order[STK_INCIDENT_STEPS])
{
    for (size_t s = 0; s < incident->step_count; s++) {
        size_t at = s;
        for (; at > 0 && incident->steps[order[at - 1]].at > incident->steps[s].at; at--)
            order[at] = order[at - 1];
        order[at] = s;
    }
}

static void tell_steps(struct telling *t, const stk_incident *incident, const stk_namer *namer)
{
    size_t order[STK_INCIDENT_STEPS];
    order_steps(incident, order);
    stk_lang lang = (stk_lang)t->options->lang;
    if (t->options->json)
        stk_json_open(&t->json, "timeline", '[');
    else
        stk_buf_add(&t->out, lang == STK_ZH ? STK_S("\n  时间线\n") : STK_S("\n  timeline\n"));
    stk_auto_buf reason = stk_buf_init(1 << 16);
    for (size_t s = 0; s < incident->step_count; s++) {
        const stk_step *step = &incident->steps[order[s]];
        stk_buf_clear(&reason);
        stk_reason_render_named(&step->reason, lang, false, namer, &reason);
        stk_str rule = step->rule == NULL ? (stk_str){ 0 } : step->rule->id;
        if (!t->options->json) {
            char at[STK_TIME_TEXT] = "";
            stk_time_text(step->at, at);
            stk_buf_printf(&t->out, "    %-24s %-14s %" STK_SFMT "%s", at,
                           stk_stage_label(step->stage, lang), STK_SARG(rule),
                           rule.len == 0 ? "" : ": ");
            stk_buf_add(&t->out, stk_buf_str(&reason));
            if (step->events > 0)
                stk_buf_printf(&t->out, " (%llu times)", (unsigned long long)step->events + 1);
            stk_buf_char(&t->out, '\n');
            continue;
        }
        stk_json_open(&t->json, NULL, '{');
        stk_present_time(&t->json, "at", step->at);
        stk_json_text(&t->json, "stage", stk_stage_name(step->stage));
        stk_json_str(&t->json, "rule", rule);
        stk_json_str(&t->json, "reason", stk_buf_str(&reason));
        stk_json_int(&t->json, "events", (int64_t)step->events + 1);
        stk_json_close(&t->json, '}');
    }
    if (t->options->json)
        stk_json_close(&t->json, ']');
}

static void tell_edges(struct telling *t, const stk_incident *incident, const stk_namer *namer)
{
    stk_lang lang = (stk_lang)t->options->lang;
    stk_auto_buf name = stk_buf_init(4096);
    if (t->options->json)
        stk_json_open(&t->json, "graph", '[');
    else if (incident->edge_count != 0)
        stk_buf_add(&t->out, lang == STK_ZH ? STK_S("\n  谁对什么做了多少次\n")
                                            : STK_S("\n  who did how much to what\n"));
    for (size_t e = 0; e < incident->edge_count; e++) {
        const stk_edge *edge = &incident->edges[e];
        stk_buf_clear(&name);
        namer->name(namer->ctx, edge->from, lang, &name);
        if (!t->options->json) {
            stk_buf_add(&name, STK_S(" -> "));
            namer->name(namer->ctx, edge->to, lang, &name);
            stk_buf_printf(&t->out, "    %8u  ", edge->events);
            stk_buf_add(&t->out, stk_buf_str(&name));
            stk_buf_char(&t->out, '\n');
            continue;
        }
        stk_json_open(&t->json, NULL, '{');
        stk_json_str(&t->json, "from", stk_buf_str(&name));
        stk_buf_clear(&name);
        namer->name(namer->ctx, edge->to, lang, &name);
        stk_json_str(&t->json, "to", stk_buf_str(&name));
        stk_json_int(&t->json, "events", edge->events);
        stk_json_close(&t->json, '}');
    }
    if (t->options->json)
        stk_json_close(&t->json, ']');
}

static bool tell_finding(void *ctx, const stk_stored_finding *stored)
{
    struct telling *t = ctx;
    stk_lang lang = (stk_lang)t->options->lang;
    if (t->options->json) {
        stk_finding mine = stored->finding;
        mine.meta.position.source = stk_kept_source(mine.meta.position.source);
        stk_present_finding(&t->json, &mine, lang, false);
        return !t->out.failed;
    }
    char id[STK_ID_TEXT];
    stk_id_text(stored->finding.id, id);
    stk_buf_printf(&t->out, "    %s  %-8s %" STK_SFMT "  ", id,
                   stk_severity_name(stored->finding.rule->severity),
                   STK_SARG(stored->finding.rule->id));
    stk_reason_render(&stored->finding.reason, lang, false, &t->out);
    stk_buf_char(&t->out, '\n');
    return !t->out.failed;
}

static stk_status tell_incident(stk_kept *kept, const struct options *options, stk_id id,
                                stk_error *err)
{
    stk_stored_incident stored;
    STK_TRY(stk_store_incident(kept->store, id, kept->arena, &stored, err));
    const stk_incident *incident = &stored.incident;
    stk_namer namer = { stk_kept_name, incident };
    struct telling t = { .options = options, .out = stk_buf_init(OUT_BYTES) };
    t.json = stk_json_to(&t.out);
    if (options->json) {
        stk_incident mine = *incident; /* findings are looked up by units as the store has them */
        mine.units = stk_arena_array(kept->arena, stk_unit_ref, incident->unit_count + 1);
        if (mine.units == NULL)
            return stk_fail(err, STK_ERR_MEMORY, "no memory to print the incident");
        memcpy(mine.units, incident->units, incident->unit_count * sizeof *mine.units);
        stk_kept_units(&mine);
        stk_json_open(&t.json, NULL, '{');
        stk_json_int(&t.json, "v", 1);
        stk_json_key(&t.json, "incident");
        stk_present_incident(&t.json, &mine, (stk_lang)options->lang, &namer);
    } else {
        stk_report_incident(incident, (stk_lang)options->lang, &namer, isatty(STDOUT_FILENO),
                            &t.out);
    }
    tell_steps(&t, incident, &namer);
    tell_edges(&t, incident, &namer);
    if (options->json)
        stk_json_open(&t.json, "findings", '[');
    else
        stk_buf_add(&t.out,
                    options->lang == STK_ZH ? STK_S("\n  发现\n") : STK_S("\n  findings\n"));
    stk_status status = stk_store_incident_findings(kept->store, incident, kept->arena, false,
                                                    tell_finding, &t, err);
    if (options->json) {
        stk_json_close(&t.json, ']');
        stk_json_close(&t.json, '}');
        stk_buf_char(&t.out, '\n');
    }
    if (status == STK_OK && t.out.failed)
        status = stk_fail(err, STK_ERR_MEMORY, "no memory to print the incident");
    if (status == STK_OK)
        fwrite(t.out.ptr, 1, t.out.len, stdout);
    stk_buf_done(&t.out);
    return status;
}

int stk_incident_show(stk_str dir, stk_str store, stk_lang lang, bool json, stk_id id)
{
    struct options options = { .dir = dir, .store = store, .lang = lang, .json = json };
    stk_error err = { 0 };
    stk_kept kept = { 0 };
    stk_status status = stk_kept_open(&kept, dir, store, STK_STORE_READ, &err);
    if (status == STK_OK)
        status = tell_incident(&kept, &options, id, &err);
    stk_kept_close(&kept);
    return status == STK_OK ? STK_EXIT_DONE : stk_complain(&err);
}

static int run_incident(const stk_call *call)
{
    const struct options *options = call->options;
    if (call->arg_count != 1)
        return stk_usage_error(call->verb, "name one incident by its id");
    stk_error err = { 0 };
    stk_id id;
    if (parse_id(call, &id, &err) != STK_OK)
        return stk_complain(&err);
    return stk_incident_show(options->dir, options->store, (stk_lang)options->lang, options->json,
                             id);
}

static const stk_spec incident_options[] = {
    STK_OPTION_DIR(struct options),
    STK_OPTION_STORE(struct options),
    STK_OPTION_LANG(struct options),
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_incident = {
    .name = "incident",
    .summary = "one incident whole: timeline, who did what, findings",
    .arguments = "ID",
    .text = "Shows what the store remembers; who the entities are is sealed (`stockade reveal`).",
    .options = incident_options,
    .option_count = STK_COUNT(incident_options),
    .options_size = sizeof(struct options),
    .run = run_incident,
};

/* ---- reveal -------------------------------------------------------------------------------- */

static const char *operator_name(void)
{
    const struct passwd *user = getpwuid(getuid());
    return user == NULL ? "unknown" : user->pw_name;
}

/* It is written down first: a reveal that cannot be recorded does not happen. */
static stk_status record_reveal(stk_kept *kept, const stk_call *call, stk_error *err)
{
    const struct options *options = call->options;
    stk_auto_buf object = stk_buf_init(256);
    stk_buf_printf(&object, "incident %s", call->args[0]);
    const char *name = operator_name();
    stk_audit_entry entry = { .at = (stk_time)time(NULL) * STK_SECOND,
                              .actor = { name, strlen(name) },
                              .action = STK_S("reveal"),
                              .object = stk_buf_str(&object),
                              .reason = options->reason };
    return stk_store_audit_add(kept->store, &entry, err);
}

static stk_status unseal(stk_kept *kept, stk_id id, const stk_sealed_name *sealed,
                         stk_personal *ret, stk_error *err)
{
    stk_auto_secret evidence = { 0 };
    stk_key_name day = { .use = STK_USE_EVIDENCE, .epoch = sealed->day };
    STK_TRY(stk_vault_key(kept->vault, &day, false, &evidence, NULL, err));
    return stk_unseal_name(&evidence, id, sealed, kept->arena, ret, err);
}

static void tell_name(const struct options *options, const stk_sealed_name *sealed,
                      const stk_personal *name, stk_buf *out)
{
    stk_buf_clear(out);
    stk_json json = stk_json_to(out);
    if (options->json) {
        stk_json_open(&json, NULL, '{');
        stk_json_int(&json, "v", 1);
        stk_json_text(&json, "type", stk_key_type_name(sealed->key.type));
        if (name == NULL)
            stk_json_null(&json, "value");
        else
            stk_json_str(&json, "value", name->raw);
        stk_json_close(&json, '}');
    } else {
        stk_buf_printf(out, "%-12s ", stk_key_type_name(sealed->key.type));
        if (name == NULL)
            stk_buf_add(out, STK_S("(its key was destroyed)"));
        else
            stk_json_str(&json, NULL, name->raw);
    }
    stk_buf_char(out, '\n');
    fwrite(out->ptr, 1, out->len, stdout);
}

static stk_status reveal(stk_kept *kept, const stk_call *call, stk_id id, stk_error *err)
{
    stk_stored_incident stored;
    STK_TRY(stk_store_incident(kept->store, id, kept->arena, &stored, err));
    STK_TRY(record_reveal(kept, call, err));
    stk_auto_buf out = stk_buf_init(1 << 20);
    for (size_t n = 0; n < stored.name_count; n++) {
        stk_personal name;
        stk_status status = unseal(kept, id, &stored.names[n], &name, err);
        if (status != STK_OK && status != STK_ERR_MISSING)
            return status;
        tell_name(call->options, &stored.names[n], status == STK_OK ? &name : NULL, &out);
    }
    if (stored.name_count == 0)
        fputs("Nothing is sealed with this incident.\n", stderr);
    return STK_OK;
}

static int run_reveal(const stk_call *call)
{
    const struct options *options = call->options;
    if (call->arg_count != 1)
        return stk_usage_error(call->verb, "name one incident by its id");
    if (options->reason.len < 8)
        return stk_usage_error(call->verb, "--reason says why, in at least 8 characters; it is "
                                           "recorded");
    stk_error err = { 0 };
    stk_id id;
    stk_kept kept = { 0 };
    stk_status status = parse_id(call, &id, &err);
    if (status == STK_OK)
        status = stk_kept_open(&kept, options->dir, options->store, STK_STORE_AUDIT, &err);
    if (status == STK_OK)
        status = reveal(&kept, call, id, &err);
    stk_kept_close(&kept);
    return status == STK_OK ? STK_EXIT_DONE : stk_complain(&err);
}

static const stk_spec reveal_options[] = {
    { "reason", STK_STRING, offsetof(struct options, reason), "", NULL, NULL,
      "Why it must be known; recorded with who asked and when." },
    STK_OPTION_DIR(struct options),
    STK_OPTION_STORE(struct options),
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_reveal = {
    .name = "reveal",
    .summary = "open the sealed names of an incident, with a reason, and record it",
    .arguments = "--reason TEXT ID",
    .text = "Each reveal is written to the audit (`stockade list audit`) before anything is shown. "
            "After the evidence days of the policy the keys are destroyed and nothing can be "
            "shown.",
    .options = reveal_options,
    .option_count = STK_COUNT(reveal_options),
    .options_size = sizeof(struct options),
    .run = run_reveal,
};
