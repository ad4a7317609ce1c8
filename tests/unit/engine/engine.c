/* SPDX-License-Identifier: Apache-2.0 */
/* The same bytes give the same verdicts, findings and incidents with one thread and with eight, in
 * one go and after being taken up from a checkpoint at any place; lanes are merged by time. */
#include "engine/engine.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>

struct bytes {
    stk_str all;
    size_t at, most; /* at most so many bytes a read */
};

static stk_status read_bytes(void *ctx, char *to, size_t room, size_t *ret_got, bool *ret_end,
                             stk_error *err)
{
    (void)err;
    struct bytes *b = ctx;
    size_t n = b->all.len - b->at;
    n = n > room ? room : n;
    n = n > b->most ? b->most : n;
    if (n != 0)
        memcpy(to, b->all.ptr + b->at, n);
    b->at += n;
    *ret_got = n;
    *ret_end = n == 0;
    return STK_OK;
}

/* What was told, as one text. */
struct told {
    stk_buf text;
    stk_time last;
    bool in_order;
};

static stk_status on_unit(void *ctx, const stk_seen *seen, const stk_finding *findings,
                          size_t count, stk_error *err)
{
    (void)err;
    struct told *told = ctx;
    stk_buf_printf(&told->text, "%u:%llu@%llu/%d ", seen->event.meta.position.source,
                   (unsigned long long)seen->event.meta.position.unit,
                   (unsigned long long)seen->event.meta.position.offset, seen->state);
    for (size_t f = 0; f < count; f++)
        stk_buf_printf(&told->text, "%016llx ", (unsigned long long)findings[f].id.v);
    if (seen->state == STK_UNIT_EVENT) {
        told->in_order &= seen->event.meta.at >= told->last;
        told->last = seen->event.meta.at;
    }
    return STK_OK;
}

static stk_status on_incident(void *ctx, const stk_incident *incident, bool closed, stk_error *err)
{
    (void)err;
    struct told *told = ctx;
    if (closed)
        stk_buf_printf(&told->text, "[%016llx %d %llu]", (unsigned long long)incident->id.v,
                       incident->kind, (unsigned long long)incident->events);
    return STK_OK;
}

static stk_snapshot *snapshot(void)
{
    stk_snapshot_setup setup = { .secret = { 1, 2 } };
    stk_snapshot *ret;
    if (stk_rules_load_embedded(&setup.rules, NULL) != STK_OK ||
        stk_snapshot_new(&setup, &ret, NULL) != STK_OK)
        return NULL;
    return ret;
}

static stk_engine *engine(const stk_snapshot *s, unsigned threads, struct told *told)
{
    *told = (struct told){ .text = stk_buf_init(64 << 20), .last = INT64_MIN, .in_order = true };
    stk_engine_setup setup = { .snapshot = s,
                               .threads = threads,
                               .state_bytes = 32 << 20,
                               .correlate = true,
                               .listener = {
                                   .ctx = told, .unit = on_unit, .incident = on_incident } };
    stk_engine *ret;
    return stk_engine_new(&setup, &ret, NULL) == STK_OK ? ret : NULL;
}

static bool add(stk_engine *e, struct bytes *b, uint32_t source, stk_arena *life)
{
    const stk_decoder *decoder = stk_decoder_named(STK_S("combined"));
    stk_decoder_setup setup = { 0 };
    stk_lane *lane = stk_engine_add(e);
    void *self;
    if (lane == NULL || decoder->open(&setup, life, &self, NULL) != STK_OK)
        return false;
    stk_lane_init(lane, source, (stk_feed){ b, read_bytes });
    lane->decoder = decoder;
    lane->decoder_self = self;
    lane->name.fingerprint[0] = (unsigned char)source;
    return true;
}

/* A quarter of an hour of visitors, a scanner among them, broken lines, and one very long one. */
static stk_str traffic(int first, int step, int count)
{
    stk_buf out = stk_buf_init(64 << 20);
    for (int i = 0; i < count; i++) {
        int s = first + i * step;
        const char *attack = i % 7 == 3 ? "/item?id=1%27%20or%20%271%27=%271" : "/item?id=7";
        if (i % 501 == 500) {
            stk_buf_printf(&out, "not a line of a log %d\n", i);
            continue;
        }
        stk_buf_printf(&out,
                       "198.51.100.%d - - [02/Mar/2026:%02d:%02d:%02d +0000] \"GET %s HTTP/1.1\" "
                       "%d 512 \"-\" \"%s\"\n",
                       i % 7 == 3 ? 9 : i % 200, s / 3600 % 24, s / 60 % 60, s % 60, attack,
                       i % 7 == 3 ? 500 : 200, i % 7 == 3 ? "sqlmap/1.7" : "Mozilla/5.0");
    }
    return stk_buf_str(&out);
}

/* Everything that `threads` threads say of the bytes, given `most` at a time. */
static stk_buf run(const stk_snapshot *s, stk_str all, unsigned threads, size_t most)
{
    struct told told;
    stk_auto_arena *life = stk_arena_new(1 << 20);
    struct bytes b = { all, 0, most };
    stk_engine *e = engine(s, threads, &told);
    bool idle = e == NULL || !add(e, &b, 0, life);
    while (!idle && stk_engine_round(e, false, STK_TIME_NONE, &idle, NULL) == STK_OK)
        ;
    if (e != NULL && stk_engine_finish(e, NULL) != STK_OK)
        stk_buf_clear(&told.text);
    stk_engine_free(e);
    return told.text;
}

static const char *threads_and_reads_do_not_matter(void)
{
    stk_snapshot *s = snapshot();
    CHECK(s != NULL);
    stk_str all = traffic(0, 1, 20000);
    stk_auto_buf one = run(s, all, 1, SIZE_MAX), eight = run(s, all, 8, SIZE_MAX),
                 drops = run(s, all, 3, 977);
    CHECK(one.len > 100000);
    CHECK(stk_str_eq(stk_buf_str(&one), stk_buf_str(&eight)));
    CHECK(stk_str_eq(stk_buf_str(&one), stk_buf_str(&drops)));
    CHECK(memchr(one.ptr, '[', one.len) != NULL); /* an incident was closed */
    free((char *)all.ptr);
    stk_snapshot_free(s);
    return NULL;
}

static const char *a_checkpoint_goes_on_as_if_nothing_had_happened(void)
{
    stk_snapshot *s = snapshot();
    CHECK(s != NULL);
    stk_str all = traffic(0, 1, 20000);
    stk_auto_buf whole = run(s, all, 1, SIZE_MAX);
    struct told before, after;
    stk_auto_arena *life = stk_arena_new(1 << 20);
    struct bytes b = { all, 0, SIZE_MAX };
    stk_engine *e = engine(s, 1, &before);
    CHECK(e != NULL && add(e, &b, 0, life));
    bool idle;
    for (int round = 0; round < 2; round++)
        CHECK(stk_engine_round(e, false, STK_TIME_NONE, &idle, NULL) == STK_OK);
    stk_auto_buf saved = stk_buf_init(64 << 20);
    stk_engine_save(e, &saved);
    uint64_t offset, unit;
    stk_lane_consumed(stk_engine_lane(e, 0), &offset, &unit);
    stk_engine_free(e);

    e = engine(s, 2, &after);
    CHECK(e != NULL && add(e, &b, 0, life));
    b.at = offset;
    stk_lane_resume(stk_engine_lane(e, 0), offset, unit);
    stk_cursor in = stk_cursor_of(stk_buf_str(&saved));
    CHECK(stk_engine_load(e, &in, NULL) == STK_OK);
    for (idle = false; !idle;)
        CHECK(stk_engine_round(e, false, STK_TIME_NONE, &idle, NULL) == STK_OK);
    CHECK(stk_engine_finish(e, NULL) == STK_OK);
    stk_engine_free(e);
    stk_buf_add(&before.text, stk_buf_str(&after.text));
    CHECK(stk_str_eq(stk_buf_str(&before.text), stk_buf_str(&whole)));
    stk_buf_done(&before.text);
    stk_buf_done(&after.text);
    free((char *)all.ptr);
    stk_snapshot_free(s);
    return NULL;
}

static const char *a_damaged_checkpoint_is_refused(void)
{
    stk_snapshot *s = snapshot();
    CHECK(s != NULL);
    struct told told;
    stk_engine *e = engine(s, 1, &told);
    stk_auto_buf saved = stk_buf_init(64 << 20);
    stk_engine_save(e, &saved);
    for (size_t cut = 0; cut < saved.len; cut += 1 + saved.len / 50) {
        stk_cursor in = stk_cursor_of((stk_str){ saved.ptr, cut });
        CHECK(stk_engine_load(e, &in, NULL) != STK_OK);
    }
    stk_engine_free(e);
    stk_buf_done(&told.text);
    stk_snapshot_free(s);
    return NULL;
}

static const char *lanes_are_merged_by_time(void)
{
    stk_snapshot *s = snapshot();
    CHECK(s != NULL);
    struct told told;
    stk_auto_arena *life = stk_arena_new(1 << 20);
    stk_str odd = traffic(1, 2, 9000), even = traffic(0, 2, 12000);
    struct bytes b[2] = { { odd, 0, SIZE_MAX }, { even, 0, 4096 } };
    stk_engine *e = engine(s, 2, &told);
    CHECK(e != NULL && add(e, &b[0], 0, life) && add(e, &b[1], 1, life));
    for (bool idle = false; !idle;)
        CHECK(stk_engine_round(e, false, STK_TIME_NONE, &idle, NULL) == STK_OK);
    CHECK(told.in_order);
    CHECK(stk_engine_counted(e)->units == 21000);
    stk_engine_free(e);
    stk_buf_done(&told.text);
    free((char *)odd.ptr);
    free((char *)even.ptr);
    stk_snapshot_free(s);
    return NULL;
}

static const char *a_unit_that_is_too_long_is_one_malformed_unit(void)
{
    stk_snapshot *s = snapshot();
    CHECK(s != NULL);
    stk_buf all = stk_buf_init(64 << 20);
    char *junk = stk_buf_more(&all, 10 << 20);
    CHECK(junk != NULL);
    memset(junk, 'x', 10 << 20);
    stk_buf_char(&all, '\n');
    stk_str line = traffic(0, 1, 1);
    stk_buf_add(&all, line);
    stk_auto_buf said = run(s, stk_buf_str(&all), 1, 65536);
    CHECK(strncmp(said.ptr, "0:1@0/1 0:2@10485761/0 ", 23) == 0);
    stk_buf_done(&all);
    free((char *)line.ptr);
    stk_snapshot_free(s);
    return NULL;
}

static const check_test tests[] = {
    { "threads and the size of reads do not matter", threads_and_reads_do_not_matter },
    { "a checkpoint goes on as if nothing had happened",
      a_checkpoint_goes_on_as_if_nothing_had_happened },
    { "a damaged checkpoint is refused", a_damaged_checkpoint_is_refused },
    { "lanes are merged by time", lanes_are_merged_by_time },
    { "a unit that is too long is one malformed unit",
      a_unit_that_is_too_long_is_one_malformed_unit },
};
CHECK_MAIN(tests)
