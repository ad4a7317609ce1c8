/* SPDX-License-Identifier: Apache-2.0 */
/* `stockade profile learn | show | diff`. */
#include "base/json.h"
#include "cmd/config.h"
#include "cmd/verb.h"
#include "engine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { PROFILE_BYTES = 256 << 20 };

struct options {
    stk_str format, client, out;
    int64_t clients;
};

struct learning {
    stk_config config;
    stk_snapshot *snapshot;
    stk_engine *engine;
    stk_files files;
    stk_profile_learner *learner;
    stk_profile *profile;
    stk_status status;
    stk_error err;
    uint64_t malformed;
};

static void on_taken(void *ctx, const stk_unit *unit)
{
    struct learning *l = ctx;
    if (l->status == STK_OK)
        l->status = stk_profile_learner_add(l->learner, unit, &l->err);
}

static stk_status set_up(struct learning *l, const stk_call *call, stk_error *err)
{
    const struct options *o = call->options;
    static const stk_hash_key secret = { UINT64_C(0x6c6561726e696e67), 1 };
    stk_format format;
    STK_TRY(stk_format_parse(o->format, &format, err));
    STK_TRY(stk_config_init(&l->config, ".", err));
    if (o->client.len != 0) {
        STK_TRY(stk_client_rule_parse(o->client, &l->config.client, err));
        l->config.client_stated = true;
    }
    STK_TRY(stk_config_snapshot(&l->config, &secret, NULL, NULL, &l->snapshot, err));
    stk_engine_setup setup = { .snapshot = l->snapshot,
                               .threads = 1,
                               .state_bytes = (size_t)l->config.state_bytes,
                               .in_turn = true,
                               .taken = on_taken,
                               .listener = { .ctx = l } };
    STK_TRY(stk_engine_new(&setup, &l->engine, err));
    STK_TRY(stk_files_open(&l->files, (const char *const *)call->args, (size_t)call->arg_count,
                           &format, l->snapshot, l->engine, NULL, err));
    uint64_t print;
    memcpy(&print, l->files.item[0].lane->name.fingerprint, sizeof print);
    const char *used = l->files.item[0].decoder->name;
    stk_profile_origin origin = { .format = { used, strlen(used) },
                                  .client = o->client.len == 0 ? STK_S("address") : o->client,
                                  .fingerprint = print };
    void *config = stk_arena_alloc(l->config.life, 1, stk_profile_config_size);
    if (config == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to learn");
    stk_spec_defaults(stk_profile_spec, stk_profile_spec_count, config);
    stk_auto_buf clients = stk_buf_init(32);
    stk_buf_int(&clients, o->clients);
    if (o->clients != 0)
        STK_TRY(stk_spec_set(stk_profile_spec, stk_profile_spec_count, config, STK_S("clients"),
                             stk_buf_str(&clients), err));
    return stk_profile_learner_new(&origin, config, &secret, &l->learner, err);
}

static stk_status read_all(struct learning *l, stk_error *err)
{
    for (bool idle = false; !idle && l->status == STK_OK;)
        STK_TRY(stk_engine_round(l->engine, false, STK_TIME_NONE, &idle, err));
    if (l->status != STK_OK) {
        *err = l->err;
        return l->status;
    }
    return stk_profile_learner_finish(l->learner, &l->profile, err);
}

/* Whole or not at all: written beside, then renamed over. */
static stk_status write_file(const char *path, stk_str bytes, stk_error *err)
{
    char beside[4096];
    int n = snprintf(beside, sizeof beside, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof beside)
        return stk_fail(err, STK_ERR_LIMIT, "the path of --out is too long");
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0;
    for (size_t done = 0; written && done < bytes.len;) {
        ssize_t got = write(fd, bytes.ptr + done, bytes.len - done);
        written = got > 0;
        done += got > 0 ? (size_t)got : 0;
    }
    written = written && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (written && rename(beside, path) == 0)
        return STK_OK;
    why = written ? errno : why;
    if (fd >= 0)
        unlink(beside);
    return stk_fail_at(err, STK_ERR_IO, path, 0, 0, "cannot write the profile: %s", strerror(why));
}

static int run_learn(const stk_call *call)
{
    const struct options *o = call->options;
    if (call->arg_count == 0)
        return stk_usage_error(call->verb, "name at least one file of benign traffic");
    if (o->out.len == 0)
        return stk_usage_error(call->verb, "--out names the profile to write");
    struct learning l = { 0 };
    stk_error err = { 0 };
    stk_status status = set_up(&l, call, &err);
    if (status == STK_OK)
        status = read_all(&l, &err);
    stk_auto_buf bytes = stk_buf_init(PROFILE_BYTES);
    if (status == STK_OK) {
        stk_profile_save(l.profile, &bytes);
        status = bytes.failed ? stk_fail(&err, STK_ERR_MEMORY, "no memory to write the profile")
                              : write_file(o->out.ptr, stk_buf_str(&bytes), &err);
    }
    int code = STK_EXIT_DONE;
    if (status != STK_OK)
        code = stk_complain(&err);
    else
        fprintf(stderr, "%llu requests read, %zu endpoints learned, written to %s.\n",
                (unsigned long long)stk_profile_units(l.profile), stk_profile_endpoints(l.profile),
                o->out.ptr);
    stk_profile_free(l.profile);
    stk_profile_learner_free(l.learner);
    stk_engine_free(l.engine);
    stk_files_close(&l.files);
    stk_snapshot_free(l.snapshot);
    stk_config_done(&l.config);
    return code;
}

static const stk_spec learn_options[] = {
    { "format", STK_STRING, offsetof(struct options, format), "auto", NULL, NULL,
      "How the files are written." },
    { "client", STK_STRING, offsetof(struct options, client), "", NULL, NULL,
      "Who the client is: none, cookie:NAME or header:NAME; else the address." },
    { "clients", STK_INT, offsetof(struct options, clients), "0", "0", "1000",
      "Independent clients that must support what is learned; 0: the detector's default." },
    { "out", STK_STRING, offsetof(struct options, out), "", NULL, NULL, "The profile to write." },
};

const stk_verb stk_verb_profile_learn = {
    .name = "profile learn",
    .summary = "learn what is ordinary at each endpoint from benign traffic",
    .arguments = "--out PROFILE FILE...",
    .text = "",
    .options = learn_options,
    .option_count = STK_COUNT(learn_options),
    .options_size = sizeof(struct options),
    .run = run_learn,
};

static int print(const stk_buf *out)
{
    if (out->failed) {
        fputs("stockade: no memory to print\n", stderr);
        return STK_EXIT_ENVIRONMENT;
    }
    if (out->len != 0)
        fwrite(out->ptr, 1, out->len, stdout);
    return STK_EXIT_DONE;
}

struct show_options {
    bool json;
};

static const stk_spec show_options[] = {
    STK_OPTION_JSON(struct show_options),
};

static int run_show(const stk_call *call)
{
    const struct show_options *options = call->options;
    if (call->arg_count != 1)
        return stk_usage_error(call->verb, "name one profile");
    stk_error err;
    stk_profile *profile;
    if (stk_load_profile(call->args[0], &profile, &err) != STK_OK)
        return stk_complain(&err);
    stk_auto_buf out = stk_buf_init(PROFILE_BYTES);
    if (options->json)
        stk_profile_rows(profile, &out);
    else
        stk_profile_show(profile, &out);
    stk_profile_free(profile);
    return print(&out);
}

const stk_verb stk_verb_profile_show = {
    .name = "profile show",
    .summary = "what a profile has learned, endpoint by endpoint",
    .arguments = "PROFILE",
    .text = "",
    .options = show_options,
    .option_count = STK_COUNT(show_options),
    .options_size = sizeof(struct show_options),
    .run = run_show,
};

/* "+ /path name: value x", one a line, as objects. */
static int print_differences(stk_str lines)
{
    stk_auto_buf out = stk_buf_init(2 * PROFILE_BYTES);
    for (const char *at = lines.ptr, *end = lines.ptr + lines.len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop == NULL ? end : stop;
        stk_json json = stk_json_to(&out);
        stk_json_open(&json, NULL, '{');
        stk_json_int(&json, "v", 1);
        stk_json_text(&json, "only_in", *at == '+' ? "second" : "first");
        stk_json_str(&json, "what", (stk_str){ at + 2, (size_t)(stop - at) - 2 });
        stk_json_close(&json, '}');
        stk_buf_char(&out, '\n');
        at = stop + 1;
    }
    return print(&out);
}

static int run_diff(const stk_call *call)
{
    if (call->arg_count != 2)
        return stk_usage_error(call->verb, "name two profiles");
    stk_error err;
    stk_profile *p, *q;
    if (stk_load_profile(call->args[0], &p, &err) != STK_OK)
        return stk_complain(&err);
    if (stk_load_profile(call->args[1], &q, &err) != STK_OK) {
        stk_profile_free(p);
        return stk_complain(&err);
    }
    stk_auto_buf out = stk_buf_init(PROFILE_BYTES);
    size_t differences = stk_profile_diff(p, q, &out);
    stk_profile_free(p);
    stk_profile_free(q);
    if (differences == 0)
        fputs("The profiles say the same.\n", stderr);
    const struct show_options *options = call->options;
    return options->json && !out.failed ? print_differences(stk_buf_str(&out)) : print(&out);
}

const stk_verb stk_verb_profile_diff = {
    .name = "profile diff",
    .summary = "what two profiles do not agree on",
    .arguments = "PROFILE PROFILE",
    .text = "Lines with + stand in the second alone, those with - in the first alone.",
    .options = show_options,
    .option_count = STK_COUNT(show_options),
    .options_size = sizeof(struct show_options),
    .run = run_diff,
};
