/* SPDX-License-Identifier: Apache-2.0 */
/* Rendered incidents by id. */
#include "cmd/report.h"

#include <stdio.h>
#include <stdlib.h>

enum { RENDERED_BYTES = 4 << 20 };

struct row {
    stk_id id;
    stk_time first_at;
    stk_severity severity;
    char *text; /* owned */
    size_t len;
};

struct stk_report {
    bool json, colour;
    stk_lang lang;
    struct row *rows; /* [count] */
    size_t count, room;
    stk_buf out;
};

stk_report *stk_report_new(bool json, stk_lang lang, bool colour)
{
    stk_report *report = calloc(1, sizeof *report);
    if (report != NULL)
        *report = (stk_report){
            .json = json, .lang = lang, .colour = colour, .out = stk_buf_init(RENDERED_BYTES)
        };
    return report;
}

void stk_report_free(stk_report *report)
{
    if (report == NULL)
        return;
    for (size_t i = 0; i < report->count; i++)
        free(report->rows[i].text);
    free(report->rows);
    stk_buf_done(&report->out);
    free(report);
}

static struct row *row_of(stk_report *report, stk_id id)
{
    for (size_t i = report->count; i-- > 0;)
        if (report->rows[i].id.v == id.v)
            return &report->rows[i];
    if (report->count == report->room) {
        size_t room = report->room == 0 ? 64 : report->room * 2;
        struct row *more = realloc(report->rows, room * sizeof *more);
        if (more == NULL)
            return NULL;
        report->rows = more;
        report->room = room;
    }
    struct row *row = &report->rows[report->count++];
    *row = (struct row){ .id = id };
    return row;
}

stk_status stk_report_add(stk_report *report, const stk_incident *incident, const stk_namer *namer,
                          stk_error *err)
{
    stk_buf_clear(&report->out);
    stk_json json = stk_json_to(&report->out);
    if (report->json)
        stk_present_incident(&json, incident, report->lang, namer);
    else
        stk_report_incident(incident, report->lang, namer, report->colour, &report->out);
    stk_buf_char(&report->out, '\n');
    struct row *row = report->out.failed ? NULL : row_of(report, incident->id);
    char *text = row == NULL ? NULL : realloc(row->text, report->out.len);
    if (text == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for an incident");
    memcpy(text, report->out.ptr, report->out.len);
    row->text = text;
    row->len = report->out.len;
    row->first_at = incident->first_at;
    row->severity = incident->severity;
    return STK_OK;
}

size_t stk_report_count(const stk_report *report)
{
    return report->count;
}

int stk_report_gravest(const stk_report *report)
{
    int gravest = -1;
    for (size_t i = 0; i < report->count; i++)
        if ((int)report->rows[i].severity > gravest)
            gravest = (int)report->rows[i].severity;
    return gravest;
}

static int by_beginning(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->first_at != b->first_at)
        return a->first_at < b->first_at ? -1 : 1;
    return (a->id.v > b->id.v) - (a->id.v < b->id.v);
}

static int by_gravity(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return a->severity != b->severity ? (int)b->severity - (int)a->severity
                                      : by_beginning(left, right);
}

void stk_report_print(stk_report *report)
{
    qsort(report->rows, report->count, sizeof *report->rows,
          report->json ? by_beginning : by_gravity);
    for (size_t i = 0; i < report->count; i++)
        fwrite(report->rows[i].text, 1, report->rows[i].len, stdout);
}

/* ---- for people ---------------------------------------------------------------------------- */

static const char *colour_of(stk_severity severity)
{
    static const char *const colours[] = { "\033[2m", "\033[33m", "\033[31m", "\033[1;37;41m" };
    return colours[severity];
}

static void when(const stk_incident *incident, stk_buf *out)
{
    char first[STK_TIME_TEXT], last[STK_TIME_TEXT];
    if (incident->first_at == STK_TIME_NONE)
        return;
    stk_time_text(incident->first_at, first);
    size_t n = stk_time_text(incident->last_at, last);
    stk_buf_printf(out, "%.10s %.8s", first, first + 11);
    if (strncmp(first, last, 10) == 0 && n > 19)
        stk_buf_printf(out, " - %.8s UTC", last + 11);
    else
        stk_buf_printf(out, " - %.10s %.8s UTC", last, last + 11);
}

static void named(const stk_incident *incident, bool targets, const char *label, stk_lang lang,
                  const stk_namer *namer, stk_buf *out)
{
    enum { SHOWN = 4 };
    size_t all = 0, shown = 0;
    for (size_t e = 0; e < incident->entity_count; e++)
        all += incident->entities[e].target == targets;
    if (all == 0)
        return;
    stk_buf_printf(out, "    %-8s", label);
    for (size_t e = 0; e < incident->entity_count && shown < SHOWN; e++) {
        const stk_entity *entity = &incident->entities[e];
        if (entity->target != targets)
            continue;
        stk_buf_printf(out, "%s%s ", shown++ == 0 ? "" : ", ", stk_key_type_name(entity->key.type));
        stk_auto_buf name = stk_buf_init(4096);
        stk_json clean = stk_json_to(&name); /* quotes and escapes: safe on any terminal */
        stk_auto_buf raw = stk_buf_init(4096);
        if (namer != NULL && namer->name(namer->ctx, e, lang, &raw))
            stk_json_str(&clean, NULL, stk_buf_str(&raw));
        if (name.len > 2)
            stk_buf_add(out, (stk_str){ name.ptr + 1, name.len - 2 });
    }
    if (all > shown)
        stk_buf_printf(out, " and %zu more", all - shown + incident->entities_left_out);
    stk_buf_char(out, '\n');
}

void stk_report_incident(const stk_incident *incident, stk_lang lang, const stk_namer *namer,
                         bool colour, stk_buf *out)
{
    char id[STK_ID_TEXT];
    stk_id_text(incident->id, id);
    stk_buf_printf(out, "%s%-8s%s  %s, %s, %.0f %% sure, %llu events  ",
                   colour ? colour_of(incident->severity) : "",
                   stk_severity_name(incident->severity), colour ? "\033[0m" : "",
                   stk_incident_kind_label(incident->kind, lang), stk_stage_name(incident->stage),
                   incident->confidence * 100, (unsigned long long)incident->events);
    when(incident, out);
    stk_buf_printf(out, "  [%s]\n    ", id);
    stk_reason_render_named(&incident->summary, lang, false, namer, out);
    stk_buf_char(out, '\n');
    named(incident, false, "who", lang, namer, out);
    named(incident, true, "what", lang, namer, out);
    if (incident->technique_count != 0) {
        stk_buf_printf(out, "    %-8s", "ATT&CK");
        for (size_t t = 0; t < incident->technique_count; t++)
            stk_buf_printf(out, "%s%" STK_SFMT, t == 0 ? "" : ", ",
                           STK_SARG(incident->techniques[t]));
        stk_buf_char(out, '\n');
    }
}
