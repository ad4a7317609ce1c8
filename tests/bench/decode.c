/* SPDX-License-Identifier: Apache-2.0 */
/* How fast bytes become events, on one core: frame() and decode() of every unit, in memory.
 *
 *   bench_decode [access log in the combined format [commerce events]]
 *
 * prints "name <tab> value <tab> unit". The files given answer decode.combined and decode.commerce;
 * without them a log of STOCKADE_DATA and made events do. Inputs are repeated to 64 MB, which no
 * cache holds. Time is the processor's, because others may be at work on the same core. */
#include "model/decoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

enum { INPUT_BYTES = 64 << 20, ROUNDS = 5 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The file, decompressed, repeated until the room is full, last unit whole by its line. */
static size_t load(const char *name, char *room)
{
    const char *root = getenv("STOCKADE_DATA");
    char path[512];
    bool own = strncmp(name, "web/", 4) != 0 && strncmp(name, "logs/", 5) != 0;
    snprintf(path, sizeof path, "%s%s%s",
             own            ? ""
             : root == NULL ? "../shared/data"
                            : root,
             own ? "" : "/", name);
    gzFile file = gzopen(path, "rb");
    if (file == NULL)
        return 0;
    int n = gzread(file, room, INPUT_BYTES);
    gzclose(file);
    size_t len = n <= 0 ? 0 : (size_t)n, once = len;
    while (len > 0 && len + once <= INPUT_BYTES) {
        memcpy(room + len, room, once);
        len += once;
    }
    return len;
}

static size_t make_events(char *room)
{
    static const char *const kinds[] = { "order.placed", "payment.attempt", "cart.change",
                                         "account.login" };
    size_t len = 0;
    for (unsigned i = 0; len + 1024 < INPUT_BYTES; i++)
        len += (size_t)snprintf(
            room + len, INPUT_BYTES - len,
            "{\"event\":\"%s\",\"time\":\"2026-11-%02uT%02u:%02u:%02u.%03uZ\",\"account\":\"c%u\","
            "\"client\":\"198.51.%u.%u\",\"session\":\"%08x%08x\",\"agent\":\"Mozilla/5.0 "
            "(X11; Linux x86_64)\","
            "\"order\":\"o-%u\",\"currency\":\"EUR\",\"amount\":\"%u.%02u\",\"quantity\":%u,"
            "\"outcome\":\"success\","
            "\"country\":\"DE\",\"channel\":{\"shop\":\"web\",\"test\":false}}\n",
            kinds[i % 4], i / 86400 % 28 + 1, i / 3600 % 24, i / 60 % 60, i % 60, i % 1000,
            i % 5000, i % 100, i % 250, i * 2654435761u, i * 40503u, i, i % 300, i % 100,
            i % 5 + 1);
    return len;
}

static size_t make_values(char *room)
{
    size_t len = 0;
    for (unsigned i = 0; len + 256 < INPUT_BYTES; i++)
        len += (size_t)snprintf(room + len, INPUT_BYTES - len,
                                "{\"value\":\"blue shirt %u & \\\"size\\\" %u\"}\n", i, i % 50);
    return len;
}

static void row(const char *name, const char *decoder, const char *argument, stk_str bytes)
{
    const stk_decoder *d = stk_decoder_named((stk_str){ decoder, strlen(decoder) });
    stk_auto_arena *life = stk_arena_new(4 << 20), *arena = stk_arena_new(64 << 20);
    stk_decoder_setup setup = { .argument = { argument, strlen(argument) }, .assumed_year = 2026 };
    void *self;
    if (bytes.len == 0 || life == NULL || arena == NULL ||
        d->open(&setup, life, &self, NULL) != STK_OK) {
        fprintf(stderr, "%s SKIPPED: its data is not there\n", name);
        return;
    }
    double best = 1e9;
    size_t units = 0, failed = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        units = failed = 0;
        for (size_t at = 0, n; at < bytes.len; at += n) {
            stk_frame frame = d->frame(self, (stk_str){ bytes.ptr + at, bytes.len - at }, true, &n);
            if (frame != STK_FRAME_UNIT)
                continue;
            stk_event event;
            stk_error err;
            stk_status status = d->decode(self, (stk_str){ bytes.ptr + at, n }, arena, &event,
                                          &err);
            failed += status != STK_OK && status != STK_ERR_MISSING;
            if (++units % STK_BATCH_EVENTS == 0)
                stk_arena_reset(arena);
        }
        stk_arena_reset(arena);
        best = now() - start < best ? now() - start : best;
    }
    printf("%s\t%.3f\tGB/s\n%s_units\t%.0f\tunits/s\n", name, (double)bytes.len / best * 1e-9, name,
           (double)units / best);
    printf("%s_malformed\t%.6f\tof 1\n", name, units == 0 ? 0 : (double)failed / (double)units);
}

int main(int argc, char **argv)
{
    static char elastic[] = "web/accesslogs/elastic_apache_logs.txt.gz";
    char *room = malloc(INPUT_BYTES);
    if (room == NULL)
        return 3;
    const struct {
        const char *name, *decoder, *argument, *file;
    } rows[] = {
        { "decode.combined", "combined", "", argc > 1 ? argv[1] : elastic },
        { "decode.combined_site", "combined", "", elastic },
        { "decode.combined_scan", "combined", "", "web/accesslogs/acunetix.txt.gz" },
        { "decode.nginx_site", "nginx",
          "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
          "\"$http_referer\" \"$http_user_agent\"",
          elastic },
        { "decode.syslog", "syslog", "", "logs/loghub_2k/OpenSSH_2k.log.gz" },
        { "decode.http1", "http1", "", "web/csic2010/normalTrafficTraining.txt.gz" },
    };
    for (size_t i = 0; i < STK_COUNT(rows); i++)
        row(rows[i].name, rows[i].decoder, rows[i].argument,
            (stk_str){ room, load(rows[i].file, room) });
    size_t len = argc > 2 ? load(argv[2], room) : make_events(room);
    row("decode.commerce", "commerce", "", (stk_str){ room, len });
    row("decode.values", "values", "", (stk_str){ room, make_values(room) });
    free(room);
    return 0;
}
