/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade drill`: write a simulated shop's logs, score what is said of them, or play one live. */
#include "drill/drill.h"

#include "base/json.h"
#include "cmd/drill_score.h"
#include "cmd/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct options {
    int64_t seed, days, scale;
    stk_str out, score, dir;
    bool peaceful, live, list, json;
};

static stk_status open_files(const char *dir, FILE *files[STK_DRILL_FILES], stk_error *err)
{
    if (mkdir(dir, 0755) != 0 && errno != EEXIST)
        return stk_fail_at(err, STK_ERR_IO, dir, 0, 0, "cannot be made: %s", strerror(errno));
    for (int f = 0; f < STK_DRILL_FILES; f++) {
        char path[PATH_BYTES];
        int n = snprintf(path, sizeof path, "%s/%s", dir, stk_drill_file_names[f]);
        if (n < 0 || (size_t)n >= sizeof path)
            return stk_fail(err, STK_ERR_LIMIT, "the directory's name is too long");
        files[f] = fopen(path, "w");
        if (files[f] == NULL)
            return stk_fail_at(err, STK_ERR_IO, path, 0, 0, "cannot be written: %s",
                               strerror(errno));
    }
    return STK_OK;
}

static stk_status close_files(FILE *files[STK_DRILL_FILES], stk_status status, stk_error *err)
{
    for (int f = 0; f < STK_DRILL_FILES; f++) {
        bool failed = files[f] != NULL && (ferror(files[f]) | fclose(files[f])) != 0;
        if (failed && status == STK_OK)
            status = stk_fail(err, STK_ERR_IO, "%s: not all of it could be written",
                              stk_drill_file_names[f]);
    }
    return status;
}

static void wait_until(stk_time at)
{
    struct timespec then = { .tv_sec = at / STK_SECOND, .tv_nsec = at % STK_SECOND * 1000 };
    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &then, NULL);
}

/* Write the logs; `paced`: each line when its time has come. */
static stk_status write_logs(const stk_drill_config *config, const char *dir, bool paced,
                             stk_error *err)
{
    FILE *files[STK_DRILL_FILES] = { NULL };
    stk_drill *drill;
    STK_TRY(stk_drill_new(config, &drill, err));
    stk_status status = open_files(dir, files, err);
    for (stk_drill_chunk chunk; status == STK_OK && stk_drill_next(drill, &chunk);) {
        if (paced)
            wait_until(chunk.at);
        if (fwrite(chunk.bytes.ptr, 1, chunk.bytes.len, files[chunk.file]) != chunk.bytes.len ||
            (paced && fflush(files[chunk.file]) != 0))
            status = stk_fail(err, STK_ERR_IO, "%s: %s", stk_drill_file_names[chunk.file],
                              strerror(errno));
    }
    if (status == STK_OK && stk_drill_failed(drill))
        status = stk_fail(err, STK_ERR_MEMORY, "no memory to simulate the shop");
    stk_drill_free(drill);
    return close_files(files, status, err);
}

static stk_drill_config config_of(const struct options *o)
{
    return (stk_drill_config){ .seed = (uint64_t)o->seed,
                               .days = (int32_t)o->days,
                               .scale_percent = (int32_t)o->scale,
                               .peaceful = o->peaceful,
                               .start_at = STK_TIME_NONE,
                               .attacks_from = STK_TIME_NONE,
                               .attacks_within = STK_TIME_NONE };
}

/* ---- live ---------------------------------------------------------------------------------- */

/* The shop opens now, and its attackers come within the first minutes. */
static int play(const struct options *o, const char *logs)
{
    stk_drill_config config = config_of(o);
    config.start_at = (stk_time)time(NULL) * STK_SECOND;
    config.attacks_from = 2 * STK_SECOND;
    config.attacks_within = 20 * STK_SECOND;
    stk_error err = { 0 };
    return write_logs(&config, logs, true, &err) == STK_OK ? STK_EXIT_DONE : stk_complain(&err);
}

extern const stk_verb stk_verb_run;

static int watch(const struct options *o, const char *logs)
{
    static const int watched[] = { STK_DRILL_ACCESS, STK_DRILL_AUTH, STK_DRILL_COMMERCE };
    static char dir_option[] = "--dir", json_option[] = "--json";
    char paths[STK_COUNT(watched)][PATH_BYTES], store[PATH_BYTES];
    char *words[STK_COUNT(watched) + 4];
    int n = 0;
    (void)snprintf(store, sizeof store, "%.4000s/drill", o->dir.ptr);
    words[n++] = dir_option;
    words[n++] = store;
    if (o->json)
        words[n++] = json_option;
    for (size_t i = 0; i < STK_COUNT(watched); i++) {
        (void)snprintf(paths[i], PATH_BYTES, "%.4000s/%s", logs, stk_drill_file_names[watched[i]]);
        words[n++] = paths[i];
    }
    void *options = calloc(1, stk_verb_run.options_size + 1);
    if (options == NULL)
        return STK_EXIT_ENVIRONMENT;
    stk_call call;
    int code = stk_verb_parse(&stk_verb_run, words, n, options, &call);
    if (code == -1)
        code = stk_verb_run.run(&call);
    free(options);
    return code;
}

static int run_live(const struct options *o)
{
    char logs[PATH_BYTES];
    int n = snprintf(logs, sizeof logs, "%s/drill-logs", o->dir.ptr);
    if (n < 0 || n >= 4000) {
        fputs("stockade: the directory's name is too long\n", stderr);
        return STK_EXIT_USAGE;
    }
    if (mkdir(o->dir.ptr, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "stockade: %s cannot be made: %s\n", o->dir.ptr, strerror(errno));
        return STK_EXIT_ENVIRONMENT;
    }
    fprintf(
        stderr,
        "A simulated shop opens now; its logs are in %s. Attackers come within half a minute.\n",
        logs);
    pid_t parent = getpid();
    pid_t shop = fork();
    if (shop == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* the shop does not outlive who watches it */
        _exit(getppid() != parent ? STK_EXIT_DONE : play(o, logs));
    }
    if (shop < 0) {
        perror("stockade: fork");
        return STK_EXIT_ENVIRONMENT;
    }
    int code = watch(o, logs);
    kill(shop, SIGTERM);
    waitpid(shop, NULL, 0);
    return code;
}

/* ---- the verb ------------------------------------------------------------------------------ */

static void tell_scenario(const stk_drill_scenario *scenario)
{
    stk_auto_buf out = stk_buf_init(1 << 16);
    stk_json json = stk_json_to(&out);
    stk_json_open(&json, NULL, '{');
    stk_json_int(&json, "v", 1);
    stk_json_text(&json, "name", scenario->name);
    stk_json_open(&json, "kinds", '[');
    for (const char *kind = scenario->kinds; *kind != '\0';) {
        size_t n = strcspn(kind, ",");
        stk_json_str(&json, NULL, (stk_str){ kind, n });
        kind += n + (kind[n] == ',');
    }
    stk_json_close(&json, ']');
    stk_json_text(&json, "summary", scenario->summary);
    stk_json_close(&json, '}');
    stk_buf_char(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
}

static int list_scenarios(bool as_json)
{
    for (size_t i = 0; i < stk_drill_scenario_count; i++)
        if (as_json)
            tell_scenario(&stk_drill_scenarios[i]);
        else
            printf("%-14s %-40s %s\n", stk_drill_scenarios[i].name, stk_drill_scenarios[i].kinds,
                   stk_drill_scenarios[i].summary);
    return STK_EXIT_DONE;
}

static int run_drill(const stk_call *call)
{
    const struct options *o = call->options;
    stk_error err = { 0 };
    if (call->arg_count != 0)
        return stk_usage_error(call->verb, "takes options only, not '%s'", call->args[0]);
    if (o->list)
        return list_scenarios(o->json);
    if (o->live)
        return run_live(o);
    if (o->score.len != 0)
        return stk_drill_score_dir(o->score.ptr, o->json);
    if (o->out.len == 0)
        return stk_usage_error(call->verb, "--out DIR writes logs, --score DIR compares, --live "
                                           "plays");
    stk_drill_config config = config_of(o);
    return write_logs(&config, o->out.ptr, false, &err) == STK_OK ? STK_EXIT_DONE
                                                                  : stk_complain(&err);
}

static const stk_spec drill_options[] = {
    { "seed", STK_INT, offsetof(struct options, seed), "1", "0", "9223372036854775807",
      "The same seed gives the same bytes." },
    { "days", STK_INT, offsetof(struct options, days), "1", "1", "366", "Simulated days." },
    { "scale", STK_INT, offsetof(struct options, scale), "100", "1", "10000",
      "Ordinary traffic in percent." },
    { "peaceful", STK_BOOL, offsetof(struct options, peaceful), "false", NULL, NULL,
      "Leave the attackers out." },
    { "out", STK_STRING, offsetof(struct options, out), "", NULL, NULL,
      "Directory to write the logs and truth.ndjson to." },
    { "score", STK_STRING, offsetof(struct options, score), "", NULL, NULL,
      "Directory of a drill to replay and to compare with its truth." },
    { "live", STK_BOOL, offsetof(struct options, live), "false", NULL, NULL,
      "Play a shop in real time and watch it." },
    { "list", STK_BOOL, offsetof(struct options, list), "false", NULL, NULL,
      "Name the attacks that are played." },
    STK_OPTION_DIR(struct options),
    STK_OPTION_JSON(struct options),
};

const stk_verb stk_verb_drill = {
    .name = "drill",
    .summary = "a simulated shop under attack: write its logs, score, or play it live",
    .arguments = "",
    .text = "Deterministic: the same seed gives the same bytes on every machine. Its scores guard "
            "against regressions; they are no evidence of quality.",
    .options = drill_options,
    .option_count = STK_COUNT(drill_options),
    .options_size = sizeof(struct options),
    .run = run_drill,
};
