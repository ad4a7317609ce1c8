/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BENCH_UNITS_H
#define STK_BENCH_UNITS_H
/* A whole file (or standard input) cut into events by one of our decoders, for benchmarks. */
#include "base/arena.h"
#include "model/decoder.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct units {
    char *bytes;
    size_t len, at;
    const stk_decoder *decoder;
    void *self;
    stk_arena *life;
} units;

static bool units_open(units *u, const char *file, const char *format)
{
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "rb");
    size_t room = 1 << 20;
    *u = (units){ .bytes = malloc(room), .life = stk_arena_new(1 << 20) };
    if (in == NULL || u->bytes == NULL || u->life == NULL)
        return false;
    for (size_t n; (n = fread(u->bytes + u->len, 1, room - u->len, in)) > 0;) {
        u->len += n;
        if (u->len == room && (u->bytes = realloc(u->bytes, room *= 2)) == NULL)
            return false;
    }
    if (in != stdin)
        fclose(in);
    u->decoder = stk_decoder_named((stk_str){ format, strlen(format) });
    stk_decoder_setup setup = { 0 };
    stk_error err;
    return u->decoder != NULL && u->decoder->open(&setup, u->life, &u->self, &err) == STK_OK;
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

static void units_close(units *u)
{
    free(u->bytes);
    stk_arena_free(u->life);
}
#endif
