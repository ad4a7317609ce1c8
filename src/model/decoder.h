/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODER_H
#define STK_MODEL_DECODER_H
/* A decoder turns the bytes of one format into events.
 *
 * To add one: write decoders/<name>.c, add one line to decoders.def, add
 * tests/unit/model/<name>.c. Nothing else changes. Pure: bytes in, events out.
 *
 * Call order: open once per source; then frame() and decode() in turn. One instance serves one
 * source; frame() and decode() do not change it and may run on different threads. */
#include "base/arena.h"
#include "model/client.h"
#include "model/event.h"

/* What a decoder is told of its source. All borrowed for the decoder's life. */
typedef struct stk_decoder_setup {
    stk_str argument; /* what followed "nginx:", "apache:", "json:"; else empty */
    stk_proxies proxies;
    stk_client_rule client;
    int32_t assumed_zone_s; /* for formats that state none (RFC 3164) */
    int assumed_year;       /* the year of the newest event, for RFC 3164 */
    stk_time not_after;     /* when the newest event can have been (the file's last change, now); it
                               settles the year where December stands beside January. 0: unknown */
} stk_decoder_setup;

typedef enum stk_frame {
    STK_FRAME_UNIT, /* a unit of *unit_len bytes, its terminator included, starts here */
    STK_FRAME_MORE, /* not whole yet: give more bytes (never returned when `last`) */
    STK_FRAME_SKIP, /* *unit_len bytes that are no unit (blank lines) */
    STK_FRAME_LONG, /* a unit longer than STK_UNIT_BYTES starts here; *unit_len bytes of it seen.
                       The caller drops bytes through the next line end, one malformed unit. */
} stk_frame;

typedef struct stk_decoder stk_decoder;
struct stk_decoder {
    const char *name;     /* as written after --format */
    const char *summary;  /* one line for `stockade list decoders` */
    const char *argument; /* what follows the colon, for the manual; NULL: nothing may */

    /* Compile the argument. `life` owns the instance. */
    stk_status (*open)(const stk_decoder_setup *setup, stk_arena *life, void **ret, stk_error *err);

    /* Where does the unit that starts at bytes.ptr end? `last`: no more bytes will come. */
    stk_frame (*frame)(const void *self, stk_str bytes, bool last, size_t *unit_len);

    /* Make an event of one framed unit. Texts are borrowed from `unit` where they can be, else
     * from `arena`. Fills kind, body, meta.at and meta.zone_s; the caller fills the rest of meta.
     * Where the format states no time (http1, values) meta.at stays STK_TIME_NONE and the caller,
     * who counts the units, sets it.
     * STK_ERR_SYNTAX: malformed; err tells why, without quoting the unit.
     * STK_ERR_MISSING: understood, but of no concern (a line of another program in a syslog):
     * neither malformed nor an event; `out` and `err` are untouched.
     * STK_ERR_MEMORY: the arena's budget ended. */
    stk_status (*decode)(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                         stk_error *err);

    /* Share of the units in these first bytes of a source that this format explains fully, 0..1;
     * *ret_argument is what to open it with (borrowed from static memory), e.g. a preset. */
    double (*guess)(stk_str head, const char **ret_argument);
};

extern const stk_decoder *const stk_decoders[]; /* NULL-terminated, in .def order */
const stk_decoder *stk_decoder_named(stk_str name);

/* Which format are these first bytes in (whole lines; up to 64 KiB are looked at)? NULL: none of
 * ours; the best that explains at least a half of the units otherwise. `ret_share` 0..1. */
const stk_decoder *stk_decoder_guess(stk_str head, const char **ret_argument, double *ret_share);

/* frame() for every line format: one line, blank ones skipped. */
stk_frame stk_frame_line(const void *self, stk_str bytes, bool last, size_t *unit_len);
#endif
