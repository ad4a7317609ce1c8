/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in comes out; a step is whole or nothing; and every refusal names the way out. */
#include "check.h"
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static stk_policy *policy;
static stk_protector *protector;
static stk_arena *arena;

static stk_incident *incident_new(uint64_t id, uint64_t units)
{
    stk_incident *in = calloc(1, sizeof *in);
    if (in == NULL)
        abort();
    in->id.v = id;
    in->meta = fix_meta(3);
    in->kind = STK_INCIDENT_SQLI;
    in->severity = STK_HIGH;
    in->confidence = 0.97;
    in->stage = STK_STAGE_SUCCESS;
    in->first_at = 3 * STK_SECOND;
    in->last_at = (stk_time)(3 + id % 1000) * STK_SECOND;
    in->events = 12345;
    in->entity_count = 2;
    in->entities[0] = (stk_entity){ .key = { 0xfedcba9876543210u, STK_KEY_ADDRESS },
                                    .first = { 0, 3, 300 },
                                    .events = 7 };
    in->entities[1] = (stk_entity){ .key = { 5, STK_KEY_ENDPOINT }, .target = true, .events = 8 };
    in->entities_left_out = 4;
    in->edge_count = 1;
    in->edges[0] = (stk_edge){ .from = 0, .to = 1, .events = 6 };
    in->step_count = 1;
    in->steps[0] = (stk_step){ .at = 3 * STK_SECOND,
                               .position = { 0, 3, 300 },
                               .stage = STK_STAGE_ATTEMPT,
                               .rule = &fix_rule,
                               .reason = { .message = STK_MSG_SIG_PATTERN,
                                           .args = { STK_ARG_T(STK_S("pattern")),
                                                     STK_ARG_P((stk_personal){ STK_S("x") }) } },
                               .events = 2 };
    in->technique_count = 1;
    in->techniques[0] = STK_S("T1190");
    in->units = calloc(units + 1, sizeof *in->units);
    if (in->units == NULL)
        abort();
    for (uint64_t i = 0; i < units; i++)
        in->units[i] = (stk_unit_ref){ .source = 0, .unit = 3 + i * 2 };
    in->unit_count = units;
    in->summary = (stk_reason){ .message = STK_MSG_SIG_PATTERN,
                                .args = { STK_ARG_I(-42),
                                          STK_ARG_R_(0.1),
                                          { .kind = STK_ARG_ENTITY, .u.i = 1 },
                                          { .kind = STK_ARG_KIND, .u.i = STK_INCIDENT_XSS },
                                          { .kind = STK_ARG_MESSAGE, .u.i = STK_MSG_SIG_CODE },
                                          { .kind = STK_ARG_TIME, .u.i = 5 } } };
    return in;
}

static void incident_free(stk_incident *in)
{
    free(in->units);
    free(in);
}

static bool same_reason(const stk_reason *a, const stk_reason *b)
{
    stk_auto_buf x = stk_buf_init(4096), y = stk_buf_init(4096);
    for (int lang = 0; lang < STK_LANGS; lang++) {
        stk_reason_render(a, (stk_lang)lang, false, &x);
        stk_reason_render(b, (stk_lang)lang, false, &y);
    }
    return x.len > 0 && stk_str_eq(stk_buf_str(&x), stk_buf_str(&y));
}

static const char *same_incident(const stk_incident *a, const stk_incident *b)
{
    CHECK(a->id.v == b->id.v && a->kind == b->kind && a->severity == b->severity);
    CHECK(a->confidence == b->confidence && a->stage == b->stage && a->events == b->events);
    CHECK(a->first_at == b->first_at && a->last_at == b->last_at);
    CHECK(a->meta.snapshot == b->meta.snapshot && a->meta.region == b->meta.region);
    CHECK(a->meta.position.unit == b->meta.position.unit && a->meta.zone_s == b->meta.zone_s);
    CHECK(b->meta.policy == 1 && b->meta.key_version == 1);
    CHECK(a->entity_count == b->entity_count && a->entities_left_out == b->entities_left_out);
    for (size_t i = 0; i < a->entity_count; i++)
        CHECK(stk_key_eq(a->entities[i].key, b->entities[i].key) &&
              a->entities[i].target == b->entities[i].target &&
              a->entities[i].first.offset == b->entities[i].first.offset &&
              a->entities[i].events == b->entities[i].events);
    CHECK(a->edge_count == b->edge_count && a->edges[0].to == b->edges[0].to);
    CHECK(a->edges[0].events == b->edges[0].events && a->step_count == b->step_count);
    CHECK(a->steps[0].stage == b->steps[0].stage && a->steps[0].events == b->steps[0].events);
    CHECK(stk_str_eq(a->steps[0].rule->id, b->steps[0].rule->id));
    CHECK(stk_str_eq(a->steps[0].rule->title, b->steps[0].rule->title));
    CHECK(same_reason(&a->steps[0].reason, &b->steps[0].reason));
    CHECK(a->technique_count == b->technique_count);
    CHECK(stk_str_eq(a->techniques[0], b->techniques[0]));
    CHECK(a->unit_count == b->unit_count);
    for (size_t i = 0; i < a->unit_count; i++)
        CHECK(a->units[i].unit == b->units[i].unit && a->units[i].source == b->units[i].source);
    CHECK(same_reason(&a->summary, &b->summary));
    return NULL;
}

static stk_status put_incident(stk_store *s, const stk_incident *in, stk_error *err)
{
    static const stk_name names[] = {
        { { 0xfedcba9876543210u, STK_KEY_ADDRESS }, { { "203.0.113.77", 12 } } },
        { { 0x1u, STK_KEY_ADDRESS }, { { "198.51.100.1", 12 } } }, /* of no entity */
    };
    const stk_protected_incident *p;
    STK_TRY(stk_protect_incident(protector, in, names, 2, arena, &p, err));
    return stk_store_put_incident(s, p, err);
}

static stk_status put_finding(stk_store *s, uint64_t unit, stk_error *err)
{
    stk_finding f = fix_finding(unit, STK_S("1' OR '1'='1"));
    const stk_protected_finding *p;
    STK_TRY(stk_protect_finding(protector, &f, arena, &p, err));
    return stk_store_put_finding(s, p, err);
}

static stk_status put_block(stk_store *s, uint64_t first, uint64_t count, stk_error *err)
{
    stk_block_builder *b;
    STK_TRY(stk_block_builder_new(protector, &fix_source, &b, err));
    stk_status status = STK_OK;
    for (uint64_t u = first; u < first + count && status == STK_OK; u++) {
        stk_event e = fix_event(u, STK_S("203.0.113.77"), STK_S("/secret/path"));
        status = stk_block_add(b, &e, err);
    }
    const stk_block *block = NULL;
    if (status == STK_OK)
        status = stk_block_seal(b, &block, err);
    if (status == STK_OK)
        status = stk_store_put_block(s, 0, block, err);
    stk_block_builder_free(b);
    return status;
}

static bool count_finding(void *ctx, const stk_stored_finding *f)
{
    *(size_t *)ctx += f->finding.meta.position.unit < 1000;
    return true;
}

static bool count_block(void *ctx, const stk_block_info *info)
{
    stk_block_reader *r = NULL;
    stk_record rec;
    stk_personal clear;
    if (stk_block_reader_open(&fix_record, info, 0, &r, NULL) == STK_OK &&
        stk_block_unseal(r, &fix_evidence, info, NULL) == STK_OK &&
        stk_block_reader_get(r, 0, &rec) && stk_record_reveal(&rec, "http.target", &clear) &&
        stk_str_eq(clear.raw, STK_S("/secret/path")))
        *(size_t *)ctx += stk_block_reader_count(r);
    stk_block_reader_close(r);
    return true;
}

static bool count_incident(void *ctx, const stk_incident *in)
{
    *(size_t *)ctx += in->id.v != 0;
    return true;
}

static const char *check_read(stk_store *s, const stk_incident *want)
{
    stk_error err;
    stk_stored_incident got;
    CHECK(stk_store_incident(s, (stk_id){ 1 }, arena, &got, &err) == STK_ERR_MISSING);
    CHECK(stk_store_incident(s, want->id, arena, &got, &err) == STK_OK);
    const char *why = same_incident(want, &got.incident);
    if (why != NULL)
        return why;
    CHECK(got.name_count == 1 && got.names[0].key.hash == 0xfedcba9876543210u);
    stk_personal name;
    CHECK(stk_unseal_name(&fix_record, want->id, got.names, arena, &name, &err) == STK_ERR_CRYPT);
    CHECK(stk_unseal_name(&fix_evidence, want->id, got.names, arena, &name, &err) == STK_OK);
    CHECK(stk_str_eq(name.raw, STK_S("203.0.113.77")));
    size_t n = 0;
    CHECK(stk_store_incident_findings(s, &got.incident, arena, false, count_finding, &n, &err) ==
          STK_OK);
    CHECK(n == 2); /* units 3 and 5 are of the incident, 4 is not */
    stk_stored_finding f;
    CHECK(stk_store_finding(s, (stk_id){ 0x8000000000000003u }, arena, &f, &err) == STK_OK);
    CHECK(f.finding.confidence == 0.875 && f.finding.of_unit && f.finding.by.hash != 0);
    CHECK(strcmp(f.finding.where.place, "query") == 0 && f.finding.where.name.raw.len == 0);
    CHECK(stk_str_eq(f.finding.rule->id, fix_rule.id) && f.finding.rule->severity == STK_HIGH);
    stk_finding clear = fix_finding(3, STK_S("1' OR '1'='1"));
    CHECK(same_reason(&f.finding.reason, &clear.reason));
    CHECK(stk_unseal_finding(&fix_evidence, &f.detail, arena, &f.finding, &err) == STK_OK);
    CHECK(stk_str_eq(f.finding.reason.args[1].u.raw.raw, STK_S("1' OR '1'='1")));
    CHECK(stk_str_eq(f.finding.where.name.raw, STK_S("qname")));
    n = 0;
    CHECK(stk_store_blocks(s, want->meta.position.source, 0, UINT64_MAX, arena, true, count_block,
                           &n, &err) == STK_OK);
    CHECK(n == 30);
    return NULL;
}

/* Another process, which only reads, and names the source. */
static const char *read_again(const stk_incident *in)
{
    stk_store *s = NULL;
    stk_error err;
    stk_source_state back;
    const char *why;
    stk_auto_buf blob = stk_buf_init(1 << 20);
    CHECK(fix_open(STK_STORE_READ, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S(""), arena, &back, &err) == STK_OK);
    CHECK(back.unit == 30 && back.offset == 3000 && back.stored_unit == 30 && back.malformed == 2);
    CHECK(back.tail[0] == 7 && back.tail_bytes == 100 && back.last_at == 9 && back.finished);
    CHECK(stk_str_eq(back.note, STK_S("combined")));
    CHECK(stk_store_checkpoint(s, 4, &blob, &err) == STK_OK);
    CHECK(stk_str_eq(stk_buf_str(&blob), STK_S("state of detection")));
    CHECK(stk_store_checkpoint(s, 5, &blob, &err) == STK_ERR_MISSING);
    CHECK(stk_store_begin(s, &err) == STK_ERR_INVALID);
    why = check_read(s, in);
    stk_store_close(s);
    return why;
}

/* Not named in this run: the store's own number behind those of the run. */
static const char *read_unnamed(void)
{
    stk_store *s = NULL;
    stk_error err;
    CHECK(fix_open(STK_STORE_AUDIT, &fix_record, &s, &err) == STK_OK);
    stk_stored_incident got;
    CHECK(stk_store_incident(s, (stk_id){ 77 }, arena, &got, &err) == STK_OK);
    CHECK(got.incident.units[0].source == STK_SOURCES + 0);
    stk_source_row *rows = NULL;
    size_t count = 0;
    CHECK(stk_store_sources(s, arena, &rows, &count, &err) == STK_OK && count == 1);
    CHECK(rows[0].index == STK_SOURCES && stk_str_eq(rows[0].label, STK_S("access.log")));
    CHECK(memcmp(&rows[0].name, &fix_source, sizeof fix_source) == 0);
    uint32_t occurrences = 9;
    CHECK(stk_store_occurrences(s, fix_source.fingerprint, &occurrences, &err) == STK_OK);
    CHECK(occurrences == 1);
    size_t n = 0;
    CHECK(stk_store_incident_findings(s, &got.incident, arena, false, count_finding, &n, &err) ==
              STK_OK &&
          n == 2);
    stk_store_stats stats;
    CHECK(stk_store_stats_of(s, &stats, &err) == STK_OK);
    CHECK(stats.records == 30 && stats.blocks == 2 && stats.findings == 3 && stats.incidents == 1);
    stk_store_close(s);
    return NULL;
}

static const char *use_round_trip(void)
{
    stk_store *s = NULL;
    stk_error err;
    stk_source_state state;
    CHECK(fix_open(STK_STORE_READ, &fix_record, &s, &err) == STK_ERR_MISSING);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S("access.log"), arena, &state, &err) == STK_OK);
    CHECK(state.unit == 0 && state.last_at == STK_TIME_NONE && state.note.len == 0);
    stk_incident *in = incident_new(77, 20);
    CHECK(put_finding(s, 3, &err) == STK_ERR_INVALID); /* outside of a step */
    CHECK(stk_store_begin(s, &err) == STK_OK);
    CHECK(put_block(s, 1, 10, &err) == STK_OK && put_block(s, 11, 20, &err) == STK_OK);
    for (uint64_t u = 3; u <= 5; u++)
        CHECK(put_finding(s, u, &err) == STK_OK);
    CHECK(put_finding(s, 3, &err) == STK_OK); /* again: the same row */
    CHECK(put_incident(s, in, &err) == STK_OK && put_incident(s, in, &err) == STK_OK);
    state = (stk_source_state){ .unit = 30,
                                .offset = 3000,
                                .malformed = 2,
                                .tail = { 7 },
                                .tail_bytes = 100,
                                .last_at = 9,
                                .finished = true,
                                .note = STK_S("combined") };
    CHECK(stk_store_put_position(s, 0, &state, &err) == STK_OK);
    CHECK(stk_store_put_checkpoint(s, 4, STK_S("state of detection"), &err) == STK_OK);
    CHECK(stk_store_put_checkpoint(s, 5, STK_S("another part"), &err) == STK_OK);
    CHECK(stk_store_put_checkpoint(s, 5, (stk_str){ 0 }, &err) == STK_OK); /* removed */
    CHECK(stk_store_commit(s, &err) == STK_OK);
    const char *why = check_read(s, in);
    stk_store_close(s);
    if (why != NULL)
        return why;
    why = read_again(in);
    incident_free(in);
    if (why == NULL)
        why = read_unnamed();
    if (why != NULL)
        return why;
    struct stat st;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/store.db", fix_dir);
    CHECK(stat(fix_dir, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    return NULL;
}

static const char *use_twice(void)
{
    stk_store *s = NULL;
    stk_error err;
    stk_source_state state;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) == STK_OK);
    CHECK(stk_store_begin(s, &err) == STK_OK && put_block(s, 1, 10, &err) == STK_OK);
    CHECK(stk_store_commit(s, &err) == STK_OK);
    CHECK(stk_store_begin(s, &err) == STK_OK);
    CHECK(put_finding(s, 20, &err) == STK_OK);
    CHECK(put_block(s, 10, 5, &err) == STK_ERR_INVALID); /* unit 10 is stored */
    CHECK(put_finding(s, 21, &err) == STK_ERR_INVALID);  /* the step has failed as a whole */
    CHECK(stk_store_commit(s, &err) == STK_ERR_INVALID);
    stk_store_stats stats;
    CHECK(stk_store_stats_of(s, &stats, &err) == STK_OK && stats.findings == 0 &&
          stats.records == 10);
    CHECK(stk_store_begin(s, &err) == STK_OK && put_block(s, 11, 5, &err) == STK_OK);
    stk_store_rollback(s);
    CHECK(stk_store_stats_of(s, &stats, &err) == STK_OK && stats.records == 10);
    CHECK(stk_store_begin(s, &err) == STK_OK && put_block(s, 11, 5, &err) == STK_OK);
    CHECK(stk_store_commit(s, &err) == STK_OK);
    stk_store_close(s);
    return NULL;
}

static const char *use_filter(void)
{
    stk_store *s = NULL;
    stk_error err;
    stk_source_state state;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) == STK_OK);
    CHECK(stk_store_begin(s, &err) == STK_OK);
    for (uint64_t i = 1; i <= 9; i++) {
        stk_incident *in = incident_new(i, 1);
        in->severity = (stk_severity)(i % 4);
        in->kind = i % 2 ? STK_INCIDENT_XSS : STK_INCIDENT_SQLI;
        stk_status status = put_incident(s, in, &err);
        incident_free(in);
        CHECK(status == STK_OK);
    }
    CHECK(stk_store_commit(s, &err) == STK_OK);
    static const struct {
        stk_store_filter filter;
        size_t count;
    } cases[] = {
        { { .kind = -1 }, 9 },
        { { .kind = STK_INCIDENT_XSS }, 5 },
        { { .kind = -1, .min_severity = STK_HIGH }, 4 },
        { { .kind = -1, .limit = 3 }, 3 },
        { { .kind = -1, .since = 8 * STK_SECOND, .until = 10 * STK_SECOND }, 3 },
    };
    for (size_t i = 0; i < STK_COUNT(cases); i++) {
        size_t n = 0;
        CHECK(stk_store_incidents(s, &cases[i].filter, arena, true, count_incident, &n, &err) ==
              STK_OK);
        CHECK(n == cases[i].count);
    }
    stk_store_close(s);
    return NULL;
}

static const char *use_refusals(void)
{
    stk_store *s = NULL, *other = NULL;
    stk_error err;
    stk_secret wrong = { { 99 } };
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &other, &err) == STK_ERR_IO); /* one writer */
    CHECK(strstr(err.text, "another process") != NULL);
    CHECK(fix_open(STK_STORE_READ, &fix_record, &other, &err) == STK_OK); /* readers are welcome */
    stk_store_close(other);
    stk_store_close(s);
    CHECK(fix_open(STK_STORE_WRITE, &wrong, &s, &err) == STK_ERR_CRYPT);
    CHECK(strstr(err.text, "other keys") != NULL);
    CHECK(chmod(fix_dir, 0755) == 0);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_ERR_INVALID);
    CHECK(strstr(err.text, "chmod 700") != NULL && chmod(fix_dir, 0700) == 0);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/store.db", fix_dir);
    int fd = open(path, O_RDWR);
    static const char garbage[4096] = "this is no database at all";
    CHECK(fd >= 0 && pwrite(fd, garbage, sizeof garbage, 0) == (ssize_t)sizeof garbage);
    (void)close(fd);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_ERR_IO);
    CHECK(strstr(err.text, "damaged") != NULL && strstr(err.text, "backup") != NULL);
    stk_store_setup nowhere = { .dir = "/tmp/stk-no-such/deep",
                                .mode = STK_STORE_WRITE,
                                .record = &fix_record };
    CHECK(stk_store_open(&nowhere, &s, &err) == STK_ERR_IO && strstr(err.text, "mkdir -p") != NULL);
    nowhere.dir = path;
    CHECK(stk_store_open(&nowhere, &s, &err) == STK_ERR_INVALID);
    return NULL;
}

/* A file that may not grow stands for a disk that is full; in a child, for it cannot be undone. */
static const char *use_full_disk(void)
{
    pid_t child = fork();
    if (child == 0) {
        stk_store *s = NULL;
        stk_error err;
        stk_source_state state;
        struct rlimit limit = { 1 << 20, 1 << 20 };
        (void)signal(SIGXFSZ, SIG_IGN);
        bool good = fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK &&
                    stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) ==
                        STK_OK &&
                    setrlimit(RLIMIT_FSIZE, &limit) == 0;
        uint64_t unit = 1;
        stk_status status = STK_OK;
        for (; good && status == STK_OK && unit < 100000; unit++) {
            status = stk_store_begin(s, &err);
            if (status == STK_OK)
                status = put_finding(s, unit, &err);
            stk_arena_reset(arena);
            if (status == STK_OK)
                status = stk_store_commit(s, &err);
            else
                stk_store_rollback(s);
        }
        good = good && status == STK_ERR_IO && strstr(err.text, "full") != NULL;
        if (!good)
            printf("# %s\n", err.text);
        stk_store_close(s);
        _exit(good && unit > 20 ? 0 : 1);
    }
    int how;
    CHECK(waitpid(child, &how, 0) == child && how == 0);
    stk_store *s = NULL;
    stk_error err;
    stk_store_stats stats; /* what was committed is there */
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_stats_of(s, &stats, &err) == STK_OK && stats.findings > 20);
    stk_store_close(s);
    return NULL;
}

static const char *use_retention(void)
{
    stk_store *s = NULL;
    stk_error err;
    stk_source_state state;
    stk_store_stats stats;
    stk_retained gone;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) == STK_OK);
    stk_incident *in = incident_new(77, 20);
    CHECK(stk_store_begin(s, &err) == STK_OK && put_block(s, 1, 10, &err) == STK_OK);
    CHECK(put_finding(s, 3, &err) == STK_OK && put_incident(s, in, &err) == STK_OK);
    CHECK(stk_store_commit(s, &err) == STK_OK);
    incident_free(in);
    stk_retention rule = {
        .today = fix_day + 6, .evidence_days = 7, .record_days = 90, .incident_days = 365
    };
    CHECK(stk_store_retain(s, &rule, &gone, &err) == STK_OK && gone.sealed_parts == 0);
    rule.today = fix_day + 7;
    CHECK(stk_store_retain(s, &rule, &gone, &err) == STK_OK);
    CHECK(gone.sealed_parts == 3 && gone.blocks == 0);
    stk_stored_finding f;
    CHECK(stk_store_finding(s, (stk_id){ 0x8000000000000003u }, arena, &f, &err) == STK_OK);
    CHECK(stk_unseal_finding(&fix_evidence, &f.detail, arena, &f.finding, &err) == STK_ERR_MISSING);
    rule.today = fix_day + 90;
    CHECK(stk_store_retain(s, &rule, &gone, &err) == STK_OK && gone.blocks == 1);
    CHECK(stk_store_stats_of(s, &stats, &err) == STK_OK);
    CHECK(stats.records == 0 && stats.findings == 1 && stats.incidents == 1);
    CHECK(stk_store_begin(s, &err) == STK_OK);
    CHECK(put_block(s, 5, 5, &err) == STK_ERR_INVALID); /* forgotten is not unread */
    stk_store_rollback(s);
    rule.today = fix_day + 365;
    CHECK(stk_store_retain(s, &rule, &gone, &err) == STK_OK);
    CHECK(gone.findings == 1 && gone.incidents == 1);
    stk_store_close(s);
    return NULL;
}

#define WITH_DIRECTORY(use)                                                                        \
    static const char *in_##use(void)                                                              \
    {                                                                                              \
        CHECK(fix_directory());                                                                    \
        const char *why = use();                                                                   \
        fix_remove();                                                                              \
        return why;                                                                                \
    }
WITH_DIRECTORY(use_round_trip)
WITH_DIRECTORY(use_twice)
WITH_DIRECTORY(use_filter)
WITH_DIRECTORY(use_refusals)
WITH_DIRECTORY(use_full_disk)
WITH_DIRECTORY(use_retention)

static const check_test tests[] = {
    { "what goes in comes out", in_use_round_trip },
    { "nothing is stored twice; a step is whole or nothing", in_use_twice },
    { "incidents are filtered", in_use_filter },
    { "what cannot be opened is refused with the way out", in_use_refusals },
    { "a full disk loses nothing that was committed", in_use_full_disk },
    { "retention by day", in_use_retention },
};

int main(void)
{
    protector = fix_protector(&policy);
    arena = stk_arena_new(256 << 20);
    int failed = check_main(tests, STK_COUNT(tests));
    stk_arena_free(arena);
    stk_protector_free(protector);
    stk_policy_free(policy);
    return failed;
}
