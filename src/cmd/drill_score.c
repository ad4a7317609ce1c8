/* SPDX-License-Identifier: Apache-2.0 */
/* The truth is read, the logs are replayed in small batches (so that "first shown" means
 * something), and drill/score.h compares. */
#include "cmd/drill_score.h"

#include "base/json.h"
#include "base/json_read.h"
#include "base/time_parse.h"
#include "cmd/config.h"
#include "cmd/naming.h"
#include "cmd/verb.h"
#include "drill/drill.h"
#include "drill/score.h"
#include "engine/files.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096, TRUTH_BYTES = 256 << 20, TRUTHS = 4096, INCIDENTS = 65536, BATCH = 64 };

/* requests.http1 has no times of its own and repeats what access.log says. */
static const int read_files[] = { STK_DRILL_ACCESS, STK_DRILL_AUTH, STK_DRILL_COMMERCE };

struct scoring {
    stk_config config;
    stk_snapshot *snapshot;
    stk_engine *engine;
    stk_files files;
    stk_naming naming;
    stk_arena *arena; /* of what is compared */
    stk_score_truth *truths;
    size_t truth_count;
    stk_score_incident *incidents;
    stk_str *summaries;
    stk_id *ids;
    size_t incident_count;
};

/* ---- the truth ----------------------------------------------------------------------------- */

static stk_time time_in(const stk_json_value *object, const char *key)
{
    const stk_json_value *value = stk_json_get(object, key);
    stk_stamp stamp;
    if (value == NULL || stk_time_iso(value->text, 0, &stamp) == 0)
        return STK_TIME_NONE;
    return stamp.at;
}

static void read_actors(struct scoring *s, const stk_json_value *list, stk_score_truth *truth)
{
    size_t n = 0;
    stk_str *actors = stk_arena_array(s->arena, stk_str, list == NULL ? 1 : list->count + 1);
    for (const stk_json_value *a = list == NULL ? NULL : list->child; a != NULL && actors;
         a = a->next)
        if (stk_json_get(a, "value") != NULL)
            actors[n++] = stk_json_get(a, "value")->text;
    truth->actors = actors;
    truth->actor_count = n;
}

static void read_units(struct scoring *s, const stk_json_value *units, stk_score_truth *truth)
{
    size_t n = 0, most = 0;
    for (size_t f = 0; f < STK_COUNT(read_files); f++) {
        const stk_json_value *list = stk_json_get(units, stk_drill_file_names[read_files[f]]);
        most += list == NULL ? 0 : list->count;
    }
    stk_score_unit *out = stk_arena_array(s->arena, stk_score_unit, most + 1);
    for (size_t f = 0; f < STK_COUNT(read_files) && out != NULL; f++) {
        const stk_json_value *list = stk_json_get(units, stk_drill_file_names[read_files[f]]);
        for (const stk_json_value *u = list == NULL ? NULL : list->child; u != NULL; u = u->next)
            out[n++] = (stk_score_unit){ (uint32_t)f, (uint64_t)u->i };
    }
    truth->units = out;
    truth->unit_count = n;
}

static stk_status read_truth(struct scoring *s, stk_str line, const char *path, stk_error *err)
{
    const stk_json_value *root;
    STK_TRY(stk_json_read(line, path, s->arena, &root, err));
    if (s->truth_count == TRUTHS)
        return stk_fail_at(err, STK_ERR_LIMIT, path, 0, 0, "more than %d scenarios", TRUTHS);
    stk_score_truth *truth = &s->truths[s->truth_count++];
    const stk_json_value *name = stk_json_get(root, "scenario"),
                         *kinds = stk_json_get(root, "kinds");
    if (name == NULL || kinds == NULL)
        return stk_fail_at(err, STK_ERR_INVALID, path, 0, 0, "a scenario without name or kinds");
    truth->scenario = name->text;
    for (const stk_json_value *k = kinds->child; k != NULL; k = k->next) {
        stk_incident_kind kind;
        if (stk_incident_kind_named(k->text, &kind))
            truth->kinds |= UINT64_C(1) << kind;
    }
    truth->first_at = time_in(root, "first_at");
    truth->last_at = time_in(root, "last_at");
    read_actors(s, stk_json_get(root, "actors"), truth);
    read_units(s, stk_json_get(root, "units"), truth);
    return STK_OK;
}

static stk_status read_truths(struct scoring *s, const char *dir, stk_error *err)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%.4000s/%s", dir, stk_drill_file_names[STK_DRILL_TRUTH]);
    stk_auto_buf bytes = stk_buf_init(TRUTH_BYTES);
    STK_TRY(stk_read_whole(path, &bytes, err));
    stk_str rest = stk_buf_str(&bytes);
    while (rest.len != 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        size_t n = end == NULL ? rest.len : (size_t)(end - rest.ptr);
        if (n != 0)
            STK_TRY(read_truth(s, (stk_str){ rest.ptr, n }, path, err));
        n += end != NULL;
        rest = (stk_str){ rest.ptr + n, rest.len - n };
    }
    return STK_OK;
}

/* ---- the incidents ------------------------------------------------------------------------- */

static stk_score_incident *slot_of(struct scoring *s, const stk_incident *incident)
{
    for (size_t i = s->incident_count; i-- > 0;)
        if (s->ids[i].v == incident->id.v)
            return &s->incidents[i];
    if (s->incident_count == INCIDENTS)
        return NULL;
    s->ids[s->incident_count] = incident->id;
    s->incidents[s->incident_count].shown_at = incident->last_at;
    return &s->incidents[s->incident_count++];
}

static void keep_actors(struct scoring *s, const stk_incident *incident, stk_score_incident *out)
{
    stk_namer namer = stk_naming_of(&s->naming, incident);
    stk_str *actors = stk_arena_array(s->arena, stk_str, incident->entity_count + 1);
    out->actors = actors;
    out->actor_count = 0;
    for (size_t e = 0; e < incident->entity_count && actors != NULL; e++) {
        stk_auto_buf name = stk_buf_init(4096);
        if (!incident->entities[e].target && namer.name(namer.ctx, e, STK_EN, &name))
            actors[out->actor_count++] = stk_arena_copy(s->arena, stk_buf_str(&name));
    }
}

static stk_status on_incident(void *ctx, const stk_incident *incident, bool closed, stk_error *err)
{
    struct scoring *s = ctx;
    stk_naming_learn(&s->naming, s->engine, incident);
    stk_score_incident *out = slot_of(s, incident);
    if (out == NULL)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d incidents", INCIDENTS);
    if (!closed)
        return STK_OK;
    out->kind = incident->kind;
    out->severity = incident->severity;
    out->first_at = incident->first_at;
    out->last_at = incident->last_at;
    keep_actors(s, incident, out);
    stk_score_unit *units = stk_arena_array(s->arena, stk_score_unit, incident->unit_count + 1);
    if (units == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to compare");
    for (size_t u = 0; u < incident->unit_count; u++)
        units[u] = (stk_score_unit){ incident->units[u].source, incident->units[u].unit };
    out->units = units;
    out->unit_count = incident->unit_count;
    stk_auto_buf summary = stk_buf_init(1 << 16);
    stk_namer namer = stk_naming_of(&s->naming, incident);
    stk_reason_render_named(&incident->summary, STK_EN, true, &namer, &summary);
    s->summaries[out - s->incidents] = stk_arena_copy(s->arena, stk_buf_str(&summary));
    return STK_OK;
}

static stk_status replay(struct scoring *s, const char *dir, stk_error *err)
{
    static const stk_hash_key secret = { UINT64_C(0x6472696c6c), UINT64_C(0x73636f7265) };
    char paths[STK_COUNT(read_files)][PATH_BYTES];
    const char *list[STK_COUNT(read_files)];
    for (size_t f = 0; f < STK_COUNT(read_files); f++) {
        (void)snprintf(paths[f], PATH_BYTES, "%.4000s/%s", dir,
                       stk_drill_file_names[read_files[f]]);
        list[f] = paths[f];
    }
    STK_TRY(stk_config_init(&s->config, dir, err));
    STK_TRY(stk_config_snapshot(&s->config, &secret, NULL, NULL, &s->snapshot, err));
    STK_TRY(stk_naming_init(&s->naming, &s->files, err));
    s->naming.snapshot = s->snapshot;
    stk_engine_setup setup = { .snapshot = s->snapshot,
                               .threads = stk_threads(0),
                               .state_bytes = (size_t)s->config.state_bytes,
                               .correlate = true,
                               .batch_units = BATCH,
                               .listener = { .ctx = s, .incident = on_incident } };
    STK_TRY(stk_engine_new(&setup, &s->engine, err));
    STK_TRY(stk_files_open(&s->files, list, STK_COUNT(list), &(stk_format){ 0 }, s->snapshot,
                           s->engine, NULL, err));
    for (bool idle = false; !idle;)
        STK_TRY(stk_engine_round(s->engine, false, STK_TIME_NONE, &idle, err));
    return stk_engine_finish(s->engine, err);
}

/* ---- what is said -------------------------------------------------------------------------- */

static void tell_scenario(const stk_score_truth *truth, const stk_score_row *row, bool json)
{
    bool shown = row->took_us != STK_TIME_NONE;
    if (!json) {
        printf("%-8s %-14" STK_SFMT, row->right != 0 ? "found" : "MISSED",
               STK_SARG(truth->scenario));
        if (shown)
            printf(" after %lld s", (long long)(row->took_us / STK_SECOND));
        if (row->other != 0)
            printf("; %zu incidents under another name", row->other);
        putchar('\n');
        return;
    }
    stk_auto_buf out = stk_buf_init(4096);
    stk_json j = stk_json_to(&out);
    stk_json_open(&j, NULL, '{');
    stk_json_int(&j, "v", 1);
    stk_json_text(&j, "type", "scenario");
    stk_json_str(&j, "scenario", truth->scenario);
    stk_json_bool(&j, "found", row->right != 0);
    stk_json_int(&j, "right", (int64_t)row->right);
    stk_json_int(&j, "other", (int64_t)row->other);
    if (shown)
        stk_json_real(&j, "took_s", (double)row->took_us / STK_SECOND, 3);
    stk_json_close(&j, '}');
    printf("%.*s\n", (int)out.len, out.ptr);
}

static void tell_false(const stk_score_incident *incident, stk_str summary, bool json)
{
    if (!json) {
        printf("false    %-14s %s: %" STK_SFMT "\n", stk_incident_kind_name(incident->kind),
               stk_severity_name(incident->severity), STK_SARG(summary));
        return;
    }
    stk_auto_buf out = stk_buf_init(1 << 17);
    stk_json j = stk_json_to(&out);
    stk_json_open(&j, NULL, '{');
    stk_json_int(&j, "v", 1);
    stk_json_text(&j, "type", "false");
    stk_json_text(&j, "kind", stk_incident_kind_name(incident->kind));
    stk_json_text(&j, "severity", stk_severity_name(incident->severity));
    stk_json_str(&j, "summary", summary);
    stk_json_close(&j, '}');
    printf("%.*s\n", (int)out.len, out.ptr);
}

static stk_status tell(struct scoring *s, bool json, stk_error *err)
{
    stk_score_row *rows = stk_arena_array(s->arena, stk_score_row, s->truth_count + 1);
    int *of = stk_arena_array(s->arena, int, s->incident_count + 1);
    if (rows == NULL || of == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to compare");
    stk_score score = stk_score_drill(s->truths, s->truth_count, s->incidents, s->incident_count,
                                      rows, of);
    for (size_t t = 0; t < s->truth_count; t++)
        tell_scenario(&s->truths[t], &rows[t], json);
    for (size_t i = 0; i < s->incident_count; i++)
        if (of[i] == STK_SCORE_NONE)
            tell_false(&s->incidents[i], s->summaries[i], json);
    fprintf(stderr, "%zu of %zu scenarios found, %zu false incidents", score.found,
            score.found + score.missed, score.false_count);
    if (score.median_took_us != STK_TIME_NONE)
        fprintf(stderr, ", median time to detect %lld s",
                (long long)(score.median_took_us / STK_SECOND));
    fputs(".\n", stderr);
    return STK_OK;
}

int stk_drill_score_dir(const char *dir, bool json)
{
    struct scoring s = { .arena = stk_arena_new((size_t)1 << 30) };
    stk_error err = { 0 };
    stk_status status = STK_OK;
    if (s.arena != NULL) {
        s.truths = stk_arena_array(s.arena, stk_score_truth, TRUTHS);
        s.incidents = stk_arena_array(s.arena, stk_score_incident, INCIDENTS);
        s.summaries = stk_arena_array(s.arena, stk_str, INCIDENTS);
        s.ids = stk_arena_array(s.arena, stk_id, INCIDENTS);
    }
    if (s.arena == NULL || s.truths == NULL || s.incidents == NULL || s.summaries == NULL ||
        s.ids == NULL)
        status = stk_fail(&err, STK_ERR_MEMORY, "no memory to score");
    if (status == STK_OK)
        status = read_truths(&s, dir, &err);
    if (status == STK_OK)
        status = replay(&s, dir, &err);
    if (status == STK_OK)
        status = tell(&s, json, &err);
    stk_engine_free(s.engine);
    stk_files_close(&s.files);
    stk_naming_done(&s.naming);
    stk_snapshot_free(s.snapshot);
    stk_config_done(&s.config);
    stk_arena_free(s.arena);
    return status == STK_OK ? STK_EXIT_DONE : stk_complain(&err);
}
