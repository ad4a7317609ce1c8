/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BENCH_UNITS_H
#define STK_BENCH_UNITS_H
/* A whole file cut into events by one of our decoders, for benchmarks. */
#include "base/arena.h"
#include "model/decoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

typedef struct units {
    char *bytes;
    size_t len, at;
    const stk_decoder *decoder;
    void *self;
    stk_arena *life;
} units;

/* `file` may be packed by gzip; one that starts with "web/" is of STOCKADE_DATA. */
static bool units_open(units *u, const char *file, const char *format)
{
    enum { MAX_BYTES = 256 << 20 };
    const char *root = getenv("STOCKADE_DATA");
    char path[1024];
    bool own = strncmp(file, "web/", 4) != 0;
    snprintf(path, sizeof path, "%s%s%s",
             own            ? ""
             : root != NULL ? root
                            : "../shared/data",
             own ? "" : "/", file);
    size_t room = 1 << 20;
    *u = (units){ .bytes = malloc(room), .life = stk_arena_new(1 << 20) };
    gzFile in = gzopen(path, "rb");
    if (in == NULL || u->bytes == NULL || u->life == NULL)
        return false;
    for (int n; (n = gzread(in, u->bytes + u->len, (unsigned)(room - u->len))) > 0;) {
        u->len += (size_t)n;
        if (u->len == room && (room >= MAX_BYTES || !(u->bytes = realloc(u->bytes, room *= 2))))
            return false;
    }
    gzclose(in);
    u->decoder = stk_decoder_named((stk_str){ format, strlen(format) });
    stk_decoder_setup setup = { 0 };
    stk_error err;
    return u->decoder != NULL && u->decoder->open(&setup, u->life, &u->self, &err) == STK_OK;
}

/* The processor's time, because others may be at work on the same core. */
static inline double units_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int units_by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The next unit's bytes; false: there are no more. */
static bool units_next(units *u, stk_str *unit)
{
    while (u->at < u->len) {
        stk_str rest = { u->bytes + u->at, u->len - u->at };
        size_t n = 0;
        stk_frame frame = u->decoder->frame(u->self, rest, true, &n);
        if (n == 0)
            return false;
        u->at += n;
        *unit = (stk_str){ rest.ptr, n };
        if (frame == STK_FRAME_UNIT)
            return true;
    }
    return false;
}

static inline void units_close(units *u)
{
    free(u->bytes);
    stk_arena_free(u->life);
}
#endif
