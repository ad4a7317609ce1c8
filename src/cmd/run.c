/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade run`: follow files for as long as it is left to, and say what happens. */
#include "cmd/config.h"
#include "cmd/naming.h"
#include "cmd/report.h"
#include "cmd/verb.h"
#include "engine/follow.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN_MAX = 4096, OUT_BYTES = 4 << 20 };

struct options {
    stk_str dir, config, format;
    bool json;
};

/* What was last printed of an incident: it is told again when it has become graver. */
struct shown {
    stk_id id;
    stk_severity severity;
    stk_stage stage;
    stk_incident_kind kind;
};

struct run {
    const struct options *options;
    stk_config config;
    stk_snapshot *snapshot;
    stk_policy *policy;
    stk_state *state;
    stk_engine *engine;
    stk_follow *follow;
    stk_naming naming;
    stk_buf out;
    struct shown shown[SHOWN_MAX]; /* a ring; the oldest is forgotten first */
    size_t shown_at;
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static stk_time clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (stk_time)now.tv_sec * STK_SECOND + now.tv_nsec / 1000;
}

static stk_status on_unit(void *ctx, const stk_seen *seen, const stk_finding *findings,
                          size_t count, stk_error *err)
{
    struct run *r = ctx;
    return stk_state_unit(r->state, seen, findings, count, err);
}

/* Has it become another incident for who reads? Remembers what is told. */
static bool worth_telling(struct run *r, const stk_incident *incident)
{
    struct shown now = { incident->id, incident->severity, incident->stage, incident->kind };
    for (size_t i = 0; i < SHOWN_MAX; i++) {
        struct shown *s = &r->shown[i];
        if (s->id.v != incident->id.v)
            continue;
        bool graver = s->severity != now.severity || s->stage != now.stage || s->kind != now.kind;
        *s = now;
        return graver;
    }
    r->shown[r->shown_at++ % SHOWN_MAX] = now;
    return true;
}

static stk_status on_incident(void *ctx, const stk_incident *incident, bool closed, stk_error *err)
{
    (void)closed;
    struct run *r = ctx;
    stk_naming_learn(&r->naming, r->engine, incident);
    STK_TRY(stk_state_incident(r->state, incident, r->naming.names, err));
    if (!worth_telling(r, incident))
        return STK_OK;
    stk_namer namer = stk_naming_of(&r->naming, incident);
    stk_buf_clear(&r->out);
    stk_json json = stk_json_to(&r->out);
    if (r->options->json)
        stk_present_incident(&json, incident, (stk_lang)r->config.lang, &namer);
    else
        stk_report_incident(incident, (stk_lang)r->config.lang, &namer, isatty(STDOUT_FILENO),
                            &r->out);
    stk_buf_char(&r->out, '\n');
    fwrite(r->out.ptr, 1, r->out.len, stdout);
    if (fflush(stdout) != 0)
        return stk_fail(err, STK_ERR_IO, "standard output: %s", strerror(errno));
    return STK_OK;
}

static stk_status on_late(void *ctx, const stk_finding *finding, stk_error *err)
{
    struct run *r = ctx;
    return stk_state_finding(r->state, finding, err);
}

static void on_notice(void *ctx, const char *path, const char *text)
{
    (void)ctx;
    size_t n = strlen(path); /* some texts begin with the path */
    bool named = strncmp(text, path, n) == 0 && text[n] == ':';
    fprintf(stderr, "stockade: %s%s%s\n", named ? "" : path, named ? "" : ": ", text);
}

/* ---- setting up ---------------------------------------------------------------------------- */

/* DIR holds personal data under seal: nobody else is to look into it. */
static stk_status make_dir(const char *dir, stk_error *err)
{
    if (mkdir(dir, 0700) == 0 || errno == EEXIST)
        return STK_OK;
    return stk_fail_at(err, STK_ERR_IO, dir, 0, 0, "cannot be made: %s", strerror(errno));
}

static const char first_configuration[] =
    "# What Stockade watches, and how. docs/configuration.md says more; so does `stockade help\n"
    "# --configuration`. Paths are taken from this file's directory.\n"
    "store: store\n"
    "keys: keys\n"
    "\n"
    "# Proxies in front of the shop, whose X-Forwarded-For is believed.\n"
    "trusted_proxies: [127.0.0.1]\n"
    "\n"
    "# sources:\n"
    "#   - path: /var/log/nginx/access.log\n"
    "#     format: auto\n";

static stk_status write_first(const char *path, stk_error *err)
{
    FILE *file = fopen(path, "wx");
    if (file == NULL && errno == EEXIST)
        return STK_OK;
    bool written = file != NULL && fputs(first_configuration, file) >= 0;
    if (file != NULL)
        written = fclose(file) == 0 && written;
    return written
               ? STK_OK
               : stk_fail_at(err, STK_ERR_IO, path, 0, 0, "cannot be written: %s", strerror(errno));
}

static stk_status configure(struct run *r, stk_error *err)
{
    const struct options *o = r->options;
    char path[4096];
    STK_TRY(make_dir(o->dir.ptr, err));
    STK_TRY(stk_config_init(&r->config, o->dir.ptr, err));
    int n = snprintf(path, sizeof path, "%s/stockade.yaml", o->dir.ptr);
    if (n < 0 || (size_t)n >= sizeof path)
        return stk_fail(err, STK_ERR_LIMIT, "the directory's name is too long");
    if (o->config.len == 0)
        STK_TRY(write_first(path, err));
    STK_TRY(stk_config_read(&r->config, o->config.len != 0 ? o->config.ptr : path, err));
    STK_TRY(stk_config_policy(&r->config, &r->policy, err));
    r->out = stk_buf_init(OUT_BYTES);
    return stk_naming_init(&r->naming, NULL, err);
}

static stk_status follow_all(struct run *r, const stk_call *call, stk_error *err)
{
    stk_follow_setup setup = { .snapshot = r->snapshot,
                               .engine = r->engine,
                               .state = r->state,
                               .notice = on_notice,
                               .ctx = r };
    STK_TRY(stk_follow_new(&setup, &r->follow, err));
    stk_format format;
    for (int i = 0; i < call->arg_count; i++) {
        STK_TRY(stk_format_parse(r->options->format, &format, err));
        STK_TRY(stk_follow_add(r->follow, call->args[i], &format, err));
    }
    for (size_t i = 0; call->arg_count == 0 && i < r->config.source_count; i++) {
        STK_TRY(stk_format_parse(r->config.sources[i].format, &format, err));
        STK_TRY(stk_follow_add(r->follow, r->config.sources[i].path, &format, err));
    }
    return STK_OK;
}

static stk_status set_up(struct run *r, const stk_call *call, stk_error *err)
{
    STK_TRY(configure(r, err));
    if (call->arg_count == 0 && r->config.source_count == 0)
        return stk_fail(err, STK_ERR_INVALID,
                        "nothing to follow: name files, or list sources in "
                        "the configuration");
    stk_state_setup state = { .dir = r->config.store,
                              .key_file = r->config.keys,
                              .policy = r->policy,
                              .today = clock_us(CLOCK_REALTIME) / STK_DAY };
    STK_TRY(stk_environment(stk_state_open(&state, &r->state, err), err));
    stk_hash_key secret = stk_state_secret(r->state);
    STK_TRY(stk_config_snapshot(&r->config, &secret, NULL, NULL, &r->snapshot, err));
    r->naming.snapshot = r->snapshot;
    stk_engine_setup engine = {
        .snapshot = r->snapshot,
        .threads = stk_threads(r->config.threads),
        .state_bytes = (size_t)r->config.state_bytes,
        .correlate = true,
        .listener = { .ctx = r, .unit = on_unit, .late = on_late, .incident = on_incident }
    };
    STK_TRY(stk_engine_new(&engine, &r->engine, err));
    stk_status status = stk_state_resume(r->state, r->engine, err);
    if (status == STK_ERR_INVALID) {
        on_notice(r, r->config.store,
                  "detection starts anew: its saved state is of another set of "
                  "detectors");
        stk_engine_free(r->engine);
        r->engine = NULL;
        STK_TRY(stk_engine_new(&engine, &r->engine, err));
    } else if (status != STK_OK && status != STK_ERR_MISSING) {
        return status;
    }
    return follow_all(r, call, err);
}

static void take_down(struct run *r)
{
    stk_engine_free(r->engine);
    stk_follow_free(r->follow);
    stk_state_close(r->state);
    stk_policy_free(r->policy);
    stk_snapshot_free(r->snapshot);
    stk_naming_done(&r->naming);
    stk_buf_done(&r->out);
    stk_config_done(&r->config);
}

/* ---- for as long as it is left to ---------------------------------------------------------- */

static stk_status follow_until_stopped(struct run *r, stk_error *err)
{
    while (!stop) {
        stk_time now = clock_us(CLOCK_MONOTONIC), wall = clock_us(CLOCK_REALTIME);
        bool idle;
        STK_TRY(stk_state_day(r->state, r->policy, wall / STK_DAY, err));
        STK_TRY(stk_follow_gather(r->follow, now, err));
        STK_TRY(stk_engine_round(r->engine, true, wall, &idle, err));
        STK_TRY(
            stk_state_round(r->state, r->engine, now, false, stk_follow_bookmark, r->follow, err));
        stk_follow_release(r->follow);
        if (idle)
            stk_follow_wait(r->follow, STK_TAIL_POLL_US);
    }
    return stk_state_round(r->state, r->engine, clock_us(CLOCK_MONOTONIC), true,
                           stk_follow_bookmark, r->follow, err);
}

static int run_run(const stk_call *call)
{
    struct run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        fputs("stockade: no memory to run\n", stderr);
        return STK_EXIT_ENVIRONMENT;
    }
    r->options = call->options;
    struct sigaction action = { .sa_handler = on_signal };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    struct sigaction hangup; /* the terminal is gone: a clean stop, but under nohup it goes on */
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
    stk_error err = { 0 };
    stk_status status = set_up(r, call, &err);
    if (status == STK_OK) {
        fprintf(stderr, "Following; incidents are printed as they happen. Ctrl-C stops.\n");
        status = follow_until_stopped(r, &err);
    }
    int code = status == STK_OK ? STK_EXIT_DONE : stk_complain(&err);
    take_down(r);
    free(r);
    return code;
}

static const stk_spec run_options[] = {
    STK_OPTION_DIR(struct options),
    { "config", STK_STRING, offsetof(struct options, config), "", NULL, NULL,
      "Configuration file; else DIR/stockade.yaml, which is made when it is not there." },
    { "format", STK_STRING, offsetof(struct options, format), "auto", NULL, NULL,
      "How the files named here are written." },
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_run = {
    .name = "run",
    .summary = "follow files and say what happens, as it happens",
    .arguments = "[FILE...]",
    .text =
        "Follows the files named, or the sources of the configuration, through rotation and "
        "truncation, from where the last run stopped. What it learns is kept under DIR, "
        "protected by the policy. SIGINT, SIGTERM or SIGHUP stops it; nothing is lost when it is "
        "killed.",
    .options = run_options,
    .option_count = STK_COUNT(run_options),
    .options_size = sizeof(struct options),
    .run = run_run,
};
