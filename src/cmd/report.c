/* SPDX-License-Identifier: Apache-2.0 */
/* Rendered incidents by id. */
#include "cmd/report.h"

#include "base/hash.h"
#include "dataset/shelf.h"

#include <stdio.h>
#include <stdlib.h>

enum { RENDERED_BYTES = 4 << 20, ROWS_MAX = 1 << 20 };

struct row {
    stk_id id;
    stk_time first_at;
    stk_severity severity;
    stk_place text;
};

struct stk_report {
    bool json, colour;
    stk_lang lang;
    struct row *rows; /* [count] */
    size_t count, room;
    uint32_t *index; /* [index_room], a power of two: row + 1; 0: free */
    size_t index_room;
    stk_shelf *shelf;
    uint64_t left_out; /* for lack of room */
    int gravest_left_out;
    stk_buf out;
};

stk_report *stk_report_new(bool json, stk_lang lang, bool colour)
{
    stk_report *report = calloc(1, sizeof *report);
    stk_shelf *shelf = stk_shelf_new();
    if (report == NULL || shelf == NULL) {
        stk_shelf_free(shelf);
        free(report);
        return NULL;
    }
    *report = (stk_report){ .json = json,
                            .lang = lang,
                            .colour = colour,
                            .shelf = shelf,
                            .gravest_left_out = -1,
                            .out = stk_buf_init(RENDERED_BYTES) };
    return report;
}

void stk_report_free(stk_report *report)
{
    if (report == NULL)
        return;
    stk_shelf_free(report->shelf);
    free(report->rows);
    free(report->index);
    stk_buf_done(&report->out);
    free(report);
}

/* Ids are hashes already, but published ones; mixed, so that a run of them does not cluster. */
static uint32_t *entry_of(const stk_report *report, stk_id id)
{
    size_t i = (size_t)stk_mix64(id.v) & (report->index_room - 1);
    while (report->index[i] != 0 && report->rows[report->index[i] - 1].id.v != id.v)
        i = (i + 1) & (report->index_room - 1);
    return &report->index[i];
}

static bool grow(stk_report *report)
{
    size_t room = report->room == 0 ? 64 : report->room * 2;
    struct row *rows = realloc(report->rows, room * sizeof *rows);
    if (rows == NULL)
        return false;
    report->rows = rows;
    uint32_t *index = calloc(2 * room, sizeof *index);
    if (index == NULL)
        return false;
    free(report->index);
    report->room = room;
    report->index = index;
    report->index_room = 2 * room;
    for (size_t i = 0; i < report->count; i++)
        *entry_of(report, report->rows[i].id) = (uint32_t)i + 1;
    return true;
}

/* NULL: no memory. */
static struct row *row_of(stk_report *report, stk_id id)
{
    if (report->count == report->room && !grow(report))
        return NULL;
    uint32_t *entry = entry_of(report, id);
    if (*entry != 0)
        return &report->rows[*entry - 1];
    *entry = (uint32_t)++report->count;
    struct row *row = &report->rows[report->count - 1];
    *row = (struct row){ .id = id };
    return row;
}

static void leave_out(stk_report *report, const stk_incident *incident)
{
    report->left_out++;
    if ((int)incident->severity > report->gravest_left_out)
        report->gravest_left_out = (int)incident->severity;
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
    stk_place text;
    stk_status status = STK_ERR_MEMORY;
    if (!report->out.failed)
        status = stk_shelf_put(report->shelf, stk_buf_str(&report->out), &text, err);
    if (status == STK_ERR_LIMIT || (status == STK_OK && report->count == ROWS_MAX)) {
        leave_out(report, incident);
        return STK_OK;
    }
    struct row *row = status == STK_OK ? row_of(report, incident->id) : NULL;
    if (row == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for an incident");
    row->text = text;
    row->first_at = incident->first_at;
    row->severity = incident->severity;
    return STK_OK;
}

size_t stk_report_count(const stk_report *report)
{
    return report->count + report->left_out;
}

int stk_report_gravest(const stk_report *report)
{
    int gravest = report->gravest_left_out;
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

stk_status stk_report_print(stk_report *report, stk_error *err)
{
    if (report->count > 1)
        qsort(report->rows, report->count, sizeof *report->rows,
              report->json ? by_beginning : by_gravity);
    for (size_t i = 0; i < report->count; i++) {
        stk_str text;
        STK_TRY(stk_shelf_get(report->shelf, report->rows[i].text, &text, err));
        fwrite(text.ptr, 1, text.len, stdout);
    }
    if (report->left_out != 0)
        fprintf(stderr,
                "stockade: %llu more incidents are not shown: too many to keep in memory; "
                "--store keeps them\n",
                (unsigned long long)report->left_out);
    return STK_OK;
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
        const char *type = stk_key_type_name(entity->key.type);
        stk_buf_printf(out, "%s", shown++ == 0 ? "" : ", ");
        stk_auto_buf name = stk_buf_init(4096);
        stk_json clean = stk_json_to(&name); /* quotes and escapes: safe on any terminal */
        stk_auto_buf raw = stk_buf_init(4096);
        if (namer != NULL && namer->name(namer->ctx, e, lang, &raw))
            stk_json_str(&clean, NULL, stk_buf_str(&raw));
        stk_str said = name.len > 2 ? (stk_str){ name.ptr + 1, name.len - 2 } : STK_S("?");
        if (said.len < strlen(type) || memcmp(said.ptr, type, strlen(type)) != 0)
            stk_buf_printf(out, "%s ", type); /* "address-1f00c2" says it already */
        stk_buf_add(out, said);
    }
    if (all > shown)
        stk_buf_printf(out, "%s %zu %s", lang == STK_ZH ? " 及另外" : " and", all - shown,
                       lang == STK_ZH ? "个" : "more");
    stk_buf_char(out, '\n');
}

const char *stk_stage_label(stk_stage stage, stk_lang lang)
{
    static const char *const chinese[] = { "侦察", "尝试", "成功", "已触及目标" };
    return lang == STK_ZH && (size_t)stage < STK_COUNT(chinese) ? chinese[stage]
                                                                : stk_stage_name(stage);
}

/* What a person reads first. */
static void head(const stk_incident *incident, stk_lang lang, bool colour, stk_buf *out)
{
    static const char *const chinese[] = { "低", "中", "高", "严重" };
    const char *severity = lang == STK_ZH ? chinese[incident->severity]
                                          : stk_severity_name(incident->severity);
    unsigned long long events = incident->events;
    double percent = incident->confidence * 100;
    stk_buf_printf(out, "%s%-8s%s  ", colour ? colour_of(incident->severity) : "", severity,
                   colour ? "\033[0m" : "");
    stk_buf_printf(out, "%s, %s, ", stk_incident_kind_label(incident->kind, lang),
                   stk_stage_label(incident->stage, lang));
    if (lang == STK_ZH)
        stk_buf_printf(out, "把握 %.0f %%, %llu 次事件  ", percent, events);
    else
        stk_buf_printf(out, "%.0f %% sure, %llu event%s  ", percent, events,
                       events == 1 ? "" : "s");
}

void stk_report_incident(const stk_incident *incident, stk_lang lang, const stk_namer *namer,
                         bool colour, stk_buf *out)
{
    char id[STK_ID_TEXT];
    stk_id_text(incident->id, id);
    head(incident, lang, colour, out);
    when(incident, out);
    stk_buf_printf(out, "  [%s]\n    ", id);
    stk_reason_render_named(&incident->summary, lang, false, namer, out);
    stk_buf_char(out, '\n');
    named(incident, false, lang == STK_ZH ? "来源" : "who", lang, namer, out);
    named(incident, true, lang == STK_ZH ? "目标" : "what", lang, namer, out);
    if (incident->technique_count != 0) {
        stk_buf_printf(out, "    %-8s", "ATT&CK");
        for (size_t t = 0; t < incident->technique_count; t++)
            stk_buf_printf(out, "%s%" STK_SFMT, t == 0 ? "" : ", ",
                           STK_SARG(incident->techniques[t]));
        stk_buf_char(out, '\n');
    }
}
