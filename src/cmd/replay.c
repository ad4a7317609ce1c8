/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade replay`: files in, verdicts, findings or incidents out; with a store, remembered. */
#include "cmd/config.h"
#include "cmd/naming.h"
#include "cmd/report.h"
#include "cmd/verb.h"
#include "engine/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum emit { EMIT_VERDICTS, EMIT_FINDINGS, EMIT_INCIDENTS };
enum { NEVER_FAIL = 4, OUT_BYTES = 16 << 20, FLUSH_BYTES = 1 << 16, REASONS = 8 };

struct options {
    stk_str format, profile, rules, client, store, config;
    int64_t emit, threads, fail_on, lang;
    bool json;
};

/* Why units were set aside: the reason, the first unit that had it, how many did. */
struct aside {
    char why[200];
    uint32_t file;
    uint64_t unit, count;
};

struct replay {
    const struct options *options;
    stk_config config;
    stk_snapshot *snapshot;
    stk_policy *policy;
    stk_state *state; /* NULL: nothing is remembered */
    stk_engine *engine;
    stk_files files;
    stk_naming naming;
    stk_report *report;
    stk_buf out;
    int gravest; /* severity of findings told; -1: none */
    struct aside aside[REASONS];
    uint64_t aside_otherwise; /* for reasons beyond those */
    stk_time shown_at;
};

static stk_time monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (stk_time)now.tv_sec * STK_SECOND + now.tv_nsec / 1000;
}

/* ---- what is told -------------------------------------------------------------------------- */

static stk_status flush(struct replay *r, stk_error *err)
{
    if (r->out.failed)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to print");
    if (r->out.len != 0 && fwrite(r->out.ptr, 1, r->out.len, stdout) != r->out.len)
        return stk_fail(err, STK_ERR_IO, "standard output: %s", strerror(errno));
    stk_buf_clear(&r->out);
    return STK_OK;
}

/* What "file" means to who called: the index on this command line. */
static uint32_t file_of(const struct replay *r, uint32_t source)
{
    return stk_files_index(&r->files, source);
}

static void set_aside(struct replay *r, const stk_seen *seen)
{
    for (size_t i = 0; i < REASONS; i++) {
        struct aside *a = &r->aside[i];
        if (a->count != 0 && strncmp(a->why, seen->why, sizeof a->why - 1) != 0)
            continue;
        if (a->count++ == 0) {
            (void)snprintf(a->why, sizeof a->why, "%s", seen->why);
            a->file = file_of(r, seen->event.meta.position.source);
            a->unit = seen->event.meta.position.unit;
        }
        return;
    }
    r->aside_otherwise++;
}

static void tell_aside(const struct replay *r)
{
    for (size_t i = 0; i < REASONS && r->aside[i].count != 0; i++)
        fprintf(stderr, "stockade: %s: %llu set aside, first unit %llu: %s\n",
                r->aside[i].file < r->files.count ? r->files.item[r->aside[i].file].path : "-",
                (unsigned long long)r->aside[i].count, (unsigned long long)r->aside[i].unit,
                r->aside[i].why);
    if (r->aside_otherwise != 0)
        fprintf(stderr, "stockade: %llu set aside for other reasons\n",
                (unsigned long long)r->aside_otherwise);
}

/* The unit alone decides its verdict: the strongest of what was said of it. */
static double score_of(const stk_finding *findings, size_t count)
{
    double score = 0;
    for (size_t f = 0; f < count; f++)
        if (findings[f].of_unit && findings[f].confidence > score)
            score = findings[f].confidence;
    return score;
}

static void tell_verdict(struct replay *r, const stk_seen *seen, const stk_finding *findings,
                         size_t count)
{
    double score = score_of(findings, count);
    stk_position position = seen->event.meta.position;
    position.source = file_of(r, position.source);
    stk_verdict verdict = seen->state == STK_UNIT_MALFORMED ? STK_MALFORMED
                          : score >= STK_FLAG_AT            ? STK_FLAG
                                                            : STK_PASS;
    size_t of_unit = 0;
    while (of_unit < count && findings[of_unit].of_unit)
        of_unit++;
    stk_json json = stk_json_to(&r->out);
    stk_present_verdict(&json, &position, verdict, score, findings, of_unit,
                        (stk_lang)r->options->lang, true);
    stk_buf_char(&r->out, '\n');
}

static void tell_finding(struct replay *r, const stk_finding *finding)
{
    stk_finding mine = *finding;
    mine.meta.position.source = file_of(r, mine.meta.position.source);
    stk_json json = stk_json_to(&r->out);
    stk_present_finding(&json, &mine, (stk_lang)r->options->lang, true);
    stk_buf_char(&r->out, '\n');
}

static stk_status on_unit(void *ctx, const stk_seen *seen, const stk_finding *findings,
                          size_t count, stk_error *err)
{
    struct replay *r = ctx;
    if (seen->state == STK_UNIT_MALFORMED)
        set_aside(r, seen);
    for (size_t f = 0; f < count; f++)
        if ((int)findings[f].rule->severity > r->gravest && findings[f].confidence >= STK_FLAG_AT)
            r->gravest = (int)findings[f].rule->severity;
    if (r->options->emit == EMIT_VERDICTS)
        tell_verdict(r, seen, findings, count);
    for (size_t f = 0; r->options->emit == EMIT_FINDINGS && f < count; f++)
        tell_finding(r, &findings[f]);
    if (r->state != NULL)
        STK_TRY(stk_state_unit(r->state, seen, findings, count, err));
    return r->out.len >= FLUSH_BYTES ? flush(r, err) : STK_OK;
}

static stk_status on_late(void *ctx, const stk_finding *finding, stk_error *err)
{
    struct replay *r = ctx;
    if (r->options->emit == EMIT_FINDINGS)
        tell_finding(r, finding);
    return r->state == NULL ? STK_OK : stk_state_finding(r->state, finding, err);
}

/* ---- incidents and their names ------------------------------------------------------------- */

/* Units are named by files of this command line; those of other files are left out. */
static stk_status add_to_report(struct replay *r, const stk_incident *incident, stk_error *err)
{
    stk_incident mine = *incident;
    mine.units = malloc((incident->unit_count + 1) * sizeof *mine.units);
    if (mine.units == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for an incident");
    mine.unit_count = 0;
    for (size_t u = 0; u < incident->unit_count; u++) {
        uint32_t file = file_of(r, incident->units[u].source);
        if (file != UINT32_MAX)
            mine.units[mine.unit_count++] = (stk_unit_ref){ file, incident->units[u].unit };
    }
    stk_namer namer = stk_naming_of(&r->naming, incident);
    stk_status status = STK_OK;
    if (mine.unit_count != 0 || incident->unit_count == 0)
        status = stk_report_add(r->report, &mine, &namer, err);
    free(mine.units);
    return status;
}

static stk_status on_incident(void *ctx, const stk_incident *incident, bool closed, stk_error *err)
{
    struct replay *r = ctx;
    stk_naming_learn(&r->naming, r->engine, incident);
    if (r->state != NULL)
        return stk_state_incident(r->state, incident, r->naming.names, err);
    return closed && incident->events != 0 ? add_to_report(r, incident, err) : STK_OK;
}

static bool from_store(void *ctx, const stk_incident *incident)
{
    stk_error err;
    if (incident->events == 0 || add_to_report(ctx, incident, &err) == STK_OK)
        return true;
    stk_complain(&err);
    return false;
}

/* ---- progress ------------------------------------------------------------------------------ */

static void progress(struct replay *r, stk_time now, bool over)
{
    if (!isatty(STDERR_FILENO) || (!over && now - r->shown_at < 200 * STK_MS))
        return;
    r->shown_at = now;
    uint64_t taken = 0, size = 0;
    for (size_t i = 0; i < r->files.count; i++) {
        taken += stk_reader_taken(r->files.item[i].reader);
        size += stk_reader_size(r->files.item[i].reader);
    }
    if (over)
        fputs("\r\033[K", stderr);
    else
        fprintf(stderr, "\r\033[K%llu units, %.0f %%",
                (unsigned long long)stk_engine_counted(r->engine)->units,
                size == 0 ? 0.0 : 100.0 * (double)taken / (double)size);
}

static stk_status on_round(void *ctx, stk_error *err)
{
    struct replay *r = ctx;
    stk_time now = monotonic();
    progress(r, now, false);
    if (r->state == NULL)
        return STK_OK;
    return stk_state_round(r->state, r->engine, now, false, stk_files_bookmark, &r->files, err);
}

/* ---- setting up ---------------------------------------------------------------------------- */

static const char *text(struct replay *r, stk_str s)
{
    return s.len == 0 ? NULL : stk_arena_copy(r->config.life, s).ptr;
}

static stk_status configure(struct replay *r, stk_error *err)
{
    const struct options *o = r->options;
    STK_TRY(stk_config_init(&r->config, ".", err));
    if (o->config.len != 0)
        STK_TRY(stk_config_read(&r->config, text(r, o->config), err));
    if (o->profile.len != 0)
        r->config.profile = text(r, o->profile);
    if (o->rules.len != 0)
        r->config.rules = text(r, o->rules);
    if (o->client.len != 0) {
        stk_error why;
        if (stk_client_rule_parse(o->client, &r->config.client, &why) != STK_OK)
            return stk_fail(err, STK_ERR_INVALID, "--client: %s", why.text);
        r->config.client_stated = true;
    }
    STK_TRY(stk_naming_init(&r->naming, &r->files, err));
    r->report = stk_report_new(o->json, (stk_lang)o->lang, isatty(STDOUT_FILENO));
    r->out = stk_buf_init(OUT_BYTES);
    if (r->report == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a replay");
    return STK_OK;
}

static stk_status open_state(struct replay *r, stk_error *err)
{
    const char *dir = text(r, r->options->store);
    STK_TRY(stk_config_policy(&r->config, &r->policy, err));
    stk_auto_buf keys = stk_buf_init(4096);
    stk_buf_printf(&keys, "%s.keys", dir);
    stk_state_setup setup = { .dir = dir,
                              .key_file = text(r, stk_buf_str(&keys)),
                              .policy = r->policy,
                              .today = (int64_t)time(NULL) / 86400 };
    return stk_environment(stk_state_open(&setup, &r->state, err), err);
}

static stk_status set_up(struct replay *r, const stk_call *call, stk_error *err)
{
    stk_hash_key
        secret; /* of the files, so that a replay with a store and one without say the same */
    stk_format format;
    STK_TRY(configure(r, err));
    STK_TRY(stk_format_parse(r->options->format, &format, err));
    STK_TRY(stk_files_key((const char *const *)call->args, (size_t)call->arg_count, &secret, err));
    if (r->options->store.len != 0) {
        STK_TRY(open_state(r, err));
        stk_state_key_by(r->state, &secret);
        secret = stk_state_secret(r->state);
    }
    STK_TRY(stk_config_snapshot(&r->config, &secret, NULL, NULL, &r->snapshot, err));
    r->naming.snapshot = r->snapshot;
    stk_engine_setup setup = { .snapshot = r->snapshot,
                               .threads = stk_threads(r->options->threads != 0 ? r->options->threads
                                                                               : r->config.threads),
                               .state_bytes = (size_t)r->config.state_bytes,
                               .correlate = r->options->emit == EMIT_INCIDENTS || r->state != NULL,
                               .in_turn = r->options->emit == EMIT_VERDICTS,
                               .listener = { .ctx = r,
                                             .unit = on_unit,
                                             .late = on_late,
                                             .incident = on_incident,
                                             .round = on_round } };
    STK_TRY(stk_engine_new(&setup, &r->engine, err));
    STK_TRY(stk_files_open(&r->files, (const char *const *)call->args, (size_t)call->arg_count,
                           &format, r->snapshot, r->engine, r->state, err));
    for (size_t i = 0; i < r->files.count; i++) /* verdicts come file by file: nothing waits */
        r->files.item[i].lane->holding = !setup.in_turn;
    if (r->state == NULL)
        return STK_OK;
    stk_status status = stk_state_resume(r->state, r->engine, err);
    for (size_t i = 0; status == STK_OK && i < r->files.count; i++)
        stk_engine_recall(r->engine, r->files.item[i].lane);
    return status == STK_ERR_MISSING ? STK_OK : status;
}

static void take_down(struct replay *r)
{
    stk_engine_free(r->engine);
    stk_files_close(&r->files);
    stk_state_close(r->state);
    stk_policy_free(r->policy);
    stk_snapshot_free(r->snapshot);
    stk_naming_done(&r->naming);
    stk_report_free(r->report);
    stk_buf_done(&r->out);
    stk_config_done(&r->config);
}

/* ---- the run ------------------------------------------------------------------------------- */

static stk_status read_until_idle(struct replay *r, stk_error *err)
{
    for (bool idle = false; !idle;)
        STK_TRY(stk_engine_round(r->engine, false, STK_TIME_NONE, &idle, err));
    return STK_OK;
}

static stk_status read_all(struct replay *r, stk_error *err)
{
    STK_TRY(read_until_idle(r, err));
    if (r->state != NULL) { /* before incidents are closed: the files may grow and be read on */
        STK_TRY(stk_state_round(r->state, r->engine, monotonic(), true, stk_files_bookmark,
                                &r->files, err));
        stk_state_hold(r->state);
    }
    stk_engine_let_go(r->engine); /* last lines that may be cut short */
    STK_TRY(read_until_idle(r, err));
    STK_TRY(stk_engine_finish(r->engine, err));
    STK_TRY(flush(r, err));
    if (r->state == NULL)
        return STK_OK;
    STK_TRY(stk_state_commit(r->state, err));
    if (r->options->emit != EMIT_INCIDENTS)
        return STK_OK;
    stk_store_filter all = { .kind = -1 };
    stk_auto_arena *arena = stk_arena_new(256 << 20);
    if (arena == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to list incidents");
    return stk_store_incidents(stk_state_store(r->state), &all, arena, true, from_store, r, err);
}

/* Sources that broke off: their good part was used. */
static bool all_whole(const struct replay *r)
{
    bool whole = true;
    for (size_t i = 0; i < r->files.count; i++) {
        const stk_lane *lane = r->files.item[i].lane;
        if (lane == NULL || lane->failure.status == STK_OK)
            continue;
        fprintf(stderr, "stockade: %s: %s; what came before it was used\n", r->files.item[i].path,
                lane->failure.text);
        whole = false;
    }
    return whole;
}

static void summarise(const struct replay *r, stk_time began)
{
    const stk_engine_counts *counts = stk_engine_counted(r->engine);
    double seconds = (double)(monotonic() - began) / STK_SECOND;
    fprintf(stderr, "%llu units read in %.2f s", (unsigned long long)counts->units, seconds);
    if (counts->malformed != 0)
        fprintf(stderr, ", %llu set aside as malformed", (unsigned long long)counts->malformed);
    if (counts->other != 0)
        fprintf(stderr, ", %llu of other programs", (unsigned long long)counts->other);
    fprintf(stderr, ", %llu findings", (unsigned long long)counts->findings);
    if (r->options->emit == EMIT_INCIDENTS)
        fprintf(stderr, ", %zu incidents", stk_report_count(r->report));
    fputs(".\n", stderr);
}

static int run_replay(const stk_call *call)
{
    if (call->arg_count == 0)
        return stk_usage_error(call->verb, "name at least one file (- is standard input)");
    struct replay r = { .options = call->options, .gravest = -1 };
    stk_time began = monotonic();
    stk_error err = { 0 };
    stk_status status = set_up(&r, call, &err);
    if (status == STK_OK)
        status = read_all(&r, &err);
    if (status == STK_OK) {
        progress(&r, 0, true);
        tell_aside(&r);
        if (r.options->emit == EMIT_INCIDENTS)
            status = stk_report_print(r.report, &err);
    }
    int code = STK_EXIT_DONE;
    if (status != STK_OK) {
        code = stk_complain(&err);
    } else {
        int gravest = r.options->emit == EMIT_INCIDENTS ? stk_report_gravest(r.report) : r.gravest;
        summarise(&r, began);
        if (!all_whole(&r))
            code = STK_EXIT_ENVIRONMENT;
        else if (r.options->fail_on != NEVER_FAIL && gravest >= (int)r.options->fail_on)
            code = STK_EXIT_CHECK;
    }
    take_down(&r);
    return code;
}

static const stk_spec replay_options[] = {
    { "format", STK_STRING, offsetof(struct options, format), "auto", NULL, NULL,
      "How the files are written: auto, or one that `stockade list decoders` names." },
    { "emit", STK_CHOICE, offsetof(struct options, emit), "incidents",
      "verdicts|findings|incidents", NULL, "What to print." },
    { "profile", STK_STRING, offsetof(struct options, profile), "", NULL, NULL,
      "Learned endpoint profile to judge by." },
    { "rules", STK_STRING, offsetof(struct options, rules), "", NULL, NULL,
      "Directory of rules to use in place of those compiled in." },
    { "client", STK_STRING, offsetof(struct options, client), "", NULL, NULL,
      "Who the client of a whole request is: none, cookie:NAME or header:NAME; else the "
      "profile's." },
    { "threads", STK_INT, offsetof(struct options, threads), "0", "0", "64",
      "Threads that inspect; 0: as many as processors, at most 4." },
    { "store", STK_STRING, offsetof(struct options, store), "", NULL, NULL,
      "Directory to remember in; its keys lie beside it, in DIR.keys." },
    { "fail-on", STK_CHOICE, offsetof(struct options, fail_on), "never",
      "low|medium|high|critical|never", NULL, "Exit with 1 when something this grave was found." },
    { "config", STK_STRING, offsetof(struct options, config), "", NULL, NULL,
      "Configuration file: options of detectors, trusted proxies, policy." },
    STK_OPTION_LANG(struct options),
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_replay = {
    .name = "replay",
    .summary = "read files and say what happened in them",
    .arguments = "FILE...",
    .text = "Reads the files merged by time and prints incidents, or a verdict for each unit, or "
            "findings. Writes nothing unless --store names a directory; then it goes on where it "
            "was left, and running it again prints all incidents of the files again. Packed files "
            "(gzip, zstd) are read as they are; - is standard input.",
    .options = replay_options,
    .option_count = STK_COUNT(replay_options),
    .options_size = sizeof(struct options),
    .run = run_replay,
};
