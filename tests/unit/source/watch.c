/* SPDX-License-Identifier: Apache-2.0 */
/* What a watch says of clocks and formats, and where it must stay quiet. */
#include "source/watch.h"

#include "check.h"

#define START (INT64_C(1767258000) * STK_SECOND) /* 2026-01-01T09:00:00Z */

typedef struct feed {
    stk_watch *watch;
    uint64_t unit;
    stk_time now; /* wall clock, follow mode */
    int32_t zone_s;
    uint32_t seed;
    size_t said;
    stk_finding last;
    char text[512];
} feed;

static uint32_t chance(feed *f, uint32_t n)
{
    f->seed = f->seed * 1664525 + 1013904223;
    return (f->seed >> 8) % n;
}

static feed open_watch(bool follow)
{
    stk_watch_config config;
    stk_spec_defaults(stk_watch_spec, stk_watch_spec_count, &config);
    stk_key key = { .hash = 7, .type = STK_KEY_SOURCE };
    return (feed){ .watch = stk_watch_new(&config, follow, key), .now = START, .seed = 1 };
}

static void listen(feed *f)
{
    stk_finding said;
    while (stk_watch_next(f->watch, &said)) {
        stk_auto_buf out = stk_buf_init(sizeof f->text - 1);
        stk_reason_render(&said.reason, STK_EN, true, &out);
        f->said++;
        f->last = said;
        memcpy(f->text, out.ptr, out.len);
        f->text[out.len] = '\0';
    }
}

static void good(feed *f, stk_time at)
{
    stk_meta meta = { .position = { 0, ++f->unit, f->unit * 100 }, .at = at, .zone_s = f->zone_s };
    stk_watch_good(f->watch, &meta, f->now);
    listen(f);
}

static void bad(feed *f, stk_str line)
{
    stk_meta meta = { .position = { 0, ++f->unit, f->unit * 100 } };
    stk_watch_bad(f->watch, &meta, line, f->now);
    listen(f);
}

static void finish(feed *f)
{
    stk_watch_end(f->watch, f->now);
    listen(f);
    stk_watch_free(f->watch);
}

/* Does the last statement hold these words? Prints it where not. */
static bool says(const feed *f, const char *words)
{
    bool found = f->said != 0 && strstr(f->text, words) != NULL;
    if (!found)
        printf("# said %zu times, last: %s\n", f->said, f->text);
    return found;
}

/* ---- follow: the wall clock ---- */

/* `seconds` of live events, each off by `skew` and late by up to `late`. */
static void live(feed *f, int seconds, stk_time skew, stk_time late)
{
    for (int i = 0; i < seconds * 5; i++) {
        f->now += STK_SECOND / 5;
        good(f,
             f->now + skew - (late == 0 ? 0 : (stk_time)chance(f, (uint32_t)(late / 1000)) * 1000));
    }
}

static const char *wall_clock(void)
{
    static const struct {
        stk_time skew;
        int32_t zone_s;
        size_t said;
        const char *words;
    } table[] = {
        { 0, 0, 0, "" },
        { -60 * (stk_time)STK_SECOND, 0, 0, "" },
        { 90 * (stk_time)STK_SECOND, 0, 0, "" },
        { -10 * STK_MINUTE - 7 * (stk_time)STK_SECOND, 0, 1, "behind this machine's clock" },
        { 7 * STK_MINUTE, 0, 1, "ahead of this machine" },
        { 8 * STK_HOUR, 0, 1, "if it wrote in UTC+08:00, they would be right; UTC+00:00" },
        { -STK_HOUR, 7200, 1, "1 h behind this machine's clock" },
        { -STK_HOUR, 7200, 1, "if it wrote in UTC+01:00, they would be right; UTC+02:00" },
        { -5 * STK_HOUR - 30 * STK_MINUTE, INT32_MIN, 1, "UTC-05:30" },
        { -STK_DAY, 0, 1, "1 d behind" },
        { 11 * 365 * STK_DAY, 0, 1, "ahead" },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        feed f = open_watch(true);
        f.zone_s = table[i].zone_s;
        live(&f, 300, table[i].skew, 4 * STK_SECOND);
        finish(&f);
        CHECK(f.said == table[i].said && (f.said == 0 || says(&f, table[i].words)));
        CHECK(f.said == 0 || f.last.rule->kind == STK_INCIDENT_SOURCE_CLOCK);
        CHECK(f.said == 0 || f.last.by.type == STK_KEY_SOURCE);
    }
    return NULL;
}

/* It goes wrong, is repaired, goes wrong again: said twice, each time once. */
static const char *wall_clock_recovers(void)
{
    feed f = open_watch(true);
    live(&f, 200, 0, STK_SECOND);
    CHECK(f.said == 0);
    live(&f, 400, STK_HOUR, STK_SECOND);
    CHECK(f.said == 1 && says(&f, "since 2026-01-01T09:0"));
    live(&f, 300, 0, STK_SECOND);
    CHECK(f.said == 1);
    live(&f, 300, STK_HOUR, STK_SECOND);
    finish(&f);
    CHECK(f.said == 2);
    return NULL;
}

/* Few events a minute are enough, given time; an old log and few live lines behind it are none. */
static const char *wall_clock_quiet_source(void)
{
    feed f = open_watch(true);
    for (int i = 0; i < 400; i++) {
        f.now += 20 * (stk_time)STK_SECOND;
        good(&f, f.now - STK_HOUR);
        stk_watch_tick(f.watch, f.now + STK_SECOND);
    }
    finish(&f);
    CHECK(f.said == 1 && says(&f, "1 h behind"));
    f = open_watch(true);
    for (int i = 0; i < 1000; i++)
        good(&f, START - 30 * STK_DAY + i * (stk_time)STK_SECOND);
    for (int i = 0; i < 400; i++) {
        f.now += 20 * (stk_time)STK_SECOND;
        good(&f, f.now);
        stk_watch_tick(f.watch, f.now + STK_SECOND);
    }
    finish(&f);
    CHECK(f.said == 0);
    return NULL;
}

/* A backlog read at any speed faster than time, then live lines; hourly deliveries; one old line
 * again and again among few; a quiet source. */
static const char *backlog(void)
{
    feed f = open_watch(true);
    for (int i = 0; i < 20000; i++) { /* three days in two minutes */
        f.now += 6000;
        good(&f, START - 3 * STK_DAY + i * (3 * STK_DAY / 20000));
    }
    live(&f, 200, 0, 0);
    for (int hour = 0; hour < 5; hour++) {
        f.now += STK_HOUR;
        for (int i = 0; i < 3000; i++) {
            f.now += 500;
            good(&f, f.now - STK_HOUR + i * (STK_HOUR / 3000));
        }
        stk_watch_tick(f.watch, f.now + 70 * STK_SECOND);
    }
    finish(&f);
    CHECK(f.said == 0);
    f = open_watch(true);
    for (int i = 0; i < 300; i++)
        good(&f, START - 4000 * STK_DAY + i * 100000); /* all at once, then nothing */
    for (int i = 0; i < 600; i++)
        stk_watch_tick(f.watch, f.now += STK_SECOND);
    live(&f, 20, 0, 0);
    finish(&f);
    CHECK(f.said == 0);
    return NULL;
}

/* ---- replay: order and zone ---- */

/* `n` events, `gap` apart, late by up to `late`; returns the time behind them. */
static stk_time run(feed *f, stk_time at, int n, stk_time gap, stk_time late)
{
    for (int i = 0; i < n; i++) {
        good(f, at - (late == 0 ? 0 : (stk_time)chance(f, (uint32_t)(late / 1000)) * 1000));
        at += gap;
    }
    return at;
}

static const char *replay_jumps(void)
{
    static const struct {
        stk_time jump, gap;
        size_t said;
        const char *words;
    } table[] = {
        { -STK_HOUR, STK_SECOND, 1, "1 h" },
        { -STK_HOUR, 200 * STK_MS, 1, "whole hours" },
        { -2 * STK_HOUR, 15 * (stk_time)STK_SECOND, 1, "whole hours" },
        { -STK_DAY, STK_SECOND * 30, 1, "whole hours" },
        { -17 * STK_MINUTE, STK_SECOND, 1, "clock was set back" },
        { -30 * (stk_time)STK_SECOND, STK_SECOND, 0, "" },
        { STK_HOUR, STK_SECOND, 0, "" }, /* a quiet hour looks the same */
        { 3 * STK_DAY, STK_SECOND, 0, "" },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        feed f = open_watch(false);
        stk_time at = run(&f, START, 12000, table[i].gap, 4 * STK_SECOND);
        CHECK(f.said == 0);
        run(&f, at + table[i].jump, 12000, table[i].gap, 4 * STK_SECOND);
        finish(&f);
        if (f.said != table[i].said)
            printf("# case %zu\n", i);
        CHECK(f.said == table[i].said && (f.said == 0 || says(&f, table[i].words)));
        CHECK(f.said == 0 ||
              (f.last.meta.position.unit > 11980 && f.last.meta.position.unit < 12020));
    }
    return NULL;
}

static const char *replay_quiet(void)
{
    feed f = open_watch(false); /* lines late by seconds, some by minutes */
    for (int i = 0; i < 20000; i++)
        good(&f, START + i * (stk_time)STK_SECOND -
                     (stk_time)chance(&f, chance(&f, 20) == 0 ? 600 : 8) * STK_SECOND);
    finish(&f);
    CHECK(f.said == 0);

    f = open_watch(false); /* two servers' logs, one behind the other; then an older one */
    (void)run(&f, START, 5000, 3 * STK_SECOND, STK_SECOND);
    (void)run(&f, START + 20 * STK_SECOND, 5000, 3 * STK_SECOND, STK_SECOND);
    (void)run(&f, START - STK_DAY + 1234 * (stk_time)STK_SECOND, 5000, 3 * STK_SECOND, STK_SECOND);
    finish(&f);
    CHECK(f.said == 0);

    f = open_watch(false); /* two days' logs of two servers: back by a whole day but for seconds */
    (void)run(&f, START, 8640, 10 * STK_SECOND, STK_SECOND);
    (void)run(&f, START + 2 * STK_SECOND, 8640, 10 * STK_SECOND, STK_SECOND);
    finish(&f);
    CHECK(f.said == 0);

    f = open_watch(false); /* four workers, each writing blocks of five minutes */
    for (int block = 0; block < 40; block++)
        for (int worker = 0; worker < 4; worker++)
            (void)run(&f, START + block * 5 * STK_MINUTE, 100, 3 * STK_SECOND, 0);
    finish(&f);
    CHECK(f.said == 0);

    f = open_watch(false); /* interleaved hosts, one of them an hour behind */
    for (int i = 0; i < 5000; i++)
        (void)run(&f, START + i * (20 * (stk_time)STK_SECOND) - (i % 2 == 0 ? STK_HOUR : 0), 20,
                  STK_SECOND, 0);
    finish(&f);
    CHECK(f.said == 0);
    return NULL;
}

/* DST of a stated zone: the offset changes, UTC runs on. Then the same with UTC not running on. */
static const char *replay_zones(void)
{
    for (int spring = 0; spring < 2; spring++) {
        feed f = open_watch(false);
        f.zone_s = spring ? 3600 : 7200;
        stk_time at = run(&f, START, 5000, STK_SECOND, 4 * STK_SECOND);
        f.zone_s = spring ? 7200 : 3600;
        run(&f, at, 5000, STK_SECOND, 4 * STK_SECOND);
        finish(&f);
        CHECK(f.said == 0);
    }
    for (int spring = 0; spring < 2; spring++) {
        feed f = open_watch(false);
        f.zone_s = spring ? 3600 : 7200;
        stk_time at = run(&f, START, 8000, STK_SECOND, 0);
        f.zone_s = spring ? 7200 : 3600;
        run(&f, at + (spring ? -STK_HOUR : STK_HOUR), 8000, STK_SECOND, 0);
        finish(&f);
        CHECK(f.said == 1 &&
              says(&f, spring ? "from UTC+01:00 to UTC+02:00" : "from UTC+02:00 to UTC+01:00"));
    }
    feed f = open_watch(false); /* hosts of several zones in one file */
    for (int i = 0; i < 8000; i++) {
        f.zone_s = (int32_t)chance(&f, 3) * 3600;
        good(&f, START + i * (stk_time)STK_SECOND);
    }
    finish(&f);
    CHECK(f.said == 0);
    f = open_watch(false); /* no zone stated, and the night when the clock goes back */
    f.zone_s = INT32_MIN;
    stk_time at = run(&f, START, 9000, STK_SECOND, 4 * STK_SECOND);
    run(&f, at - STK_HOUR, 9000, STK_SECOND, 4 * STK_SECOND);
    finish(&f);
    CHECK(f.said == 1 && says(&f, "it states no zone"));
    return NULL;
}

/* ---- format ---- */

static const stk_str COMBINED = {
    "192.0.2.7 - - [01/Jan/2026:09:00:00 +0000] \"GET /a HTTP/1.1\" 200 "
    "12 \"-\" \"Mozilla/5.0\"\n",
    88
};

static stk_str combined(void)
{
    return (stk_str){ COMBINED.ptr, strlen(COMBINED.ptr) };
}

static const char *formats(void)
{
    for (int follow = 0; follow < 2; follow++) {
        feed f = open_watch(follow == 1);
        for (int i = 0; i < 5000; i++) { /* its own past: 1 in 50 is bad */
            f.now += 10000;
            if (chance(&f, 50) == 0)
                bad(&f, STK_S("?\n"));
            else
                good(&f, f.now);
        }
        CHECK(f.said == 0);
        for (int i = 0; i < 2000; i++) {
            f.now += 10000;
            bad(&f, combined());
        }
        CHECK(f.said == 1 && says(&f, "look like combined now"));
        CHECK(f.last.rule->kind == STK_INCIDENT_SOURCE_FORMAT);
        for (int i = 0; i < 3000; i++)
            good(&f, f.now += 10000);
        for (int i = 0; i < 1000; i++)
            bad(&f, STK_S("=== what is this ===\n"));
        finish(&f);
        CHECK(f.said == 2 && says(&f, "no format known here"));
    }
    return NULL;
}

static const char *formats_quiet(void)
{
    feed f = open_watch(false); /* always a third bad: that is how this source is */
    for (int i = 0; i < 20000; i++)
        if (chance(&f, 3) == 0)
            bad(&f, STK_S("x\n"));
        else
            good(&f, START);
    finish(&f);
    CHECK(f.said == 0);
    f = open_watch(false); /* a few bad lines in a row */
    for (int i = 0; i < 3000; i++)
        if (i > 2000 && i < 2015)
            bad(&f, STK_S("x\n"));
        else
            good(&f, START);
    for (int i = 0; i < 15; i++)
        bad(&f, STK_S("x\n"));
    finish(&f);
    CHECK(f.said == 0);
    f = open_watch(false); /* nothing of it can be read, from the first line on */
    for (int i = 0; i < 60; i++)
        bad(&f, combined());
    finish(&f);
    CHECK(f.said == 1 && says(&f, "100 % of the last"));
    return NULL;
}

/* Lines of any length are kept within the watch's memory. */
static const char *long_lines(void)
{
    static char lengthy[10000];
    memset(lengthy, 'x', sizeof lengthy);
    feed f = open_watch(false);
    for (size_t i = 0; i < 5000; i++)
        bad(&f, (stk_str){ lengthy, i * 7 % sizeof lengthy });
    finish(&f);
    CHECK(f.said == 1);
    return NULL;
}

/* ---- checkpoints ---- */

/* One stream, saved and loaded into a new watch after every event: the same statements. */
static const char *checkpoints(void)
{
    for (int follow = 0; follow < 2; follow++) {
        feed f = open_watch(follow == 1);
        for (int i = 0; i < 9000; i++) {
            f.now += 200000;
            stk_time off = i > 6000 ? -STK_HOUR : 0;
            if (i > 7500)
                bad(&f, STK_S("no such thing\n"));
            else
                good(&f, f.now + off);
            stk_auto_buf saved = stk_buf_init(1 << 20);
            stk_watch_save(f.watch, &saved);
            if (i % 10 == 0) { /* cut anywhere it is refused, and the watch is as new */
                feed g = open_watch(follow == 1);
                stk_cursor part = stk_cursor_of((stk_str){ saved.ptr, (size_t)i % saved.len });
                CHECK(stk_watch_load(g.watch, &part, NULL) == STK_ERR_SYNTAX);
                finish(&g);
                CHECK(g.said == 0);
            }
            stk_watch_free(f.watch);
            f.watch = open_watch(follow == 1).watch;
            stk_cursor in = stk_cursor_of(stk_buf_str(&saved));
            CHECK(stk_watch_load(f.watch, &in, NULL) == STK_OK && in.ptr == in.end);
        }
        finish(&f);
        CHECK(f.said == 2);
    }
    return NULL;
}

static const check_test tests[] = {
    { "the wall clock", wall_clock },
    { "a clock that is repaired", wall_clock_recovers },
    { "a quiet source", wall_clock_quiet_source },
    { "a backlog is no wrong clock", backlog },
    { "replay: jumps", replay_jumps },
    { "replay: where it is quiet", replay_quiet },
    { "replay: zones and DST", replay_zones },
    { "format", formats },
    { "format: where it is quiet", formats_quiet },
    { "long lines", long_lines },
    { "checkpoints", checkpoints },
};
CHECK_MAIN(tests)
