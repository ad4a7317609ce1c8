/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_BATCH_H
#define STK_ENGINE_BATCH_H
/* Up to STK_BATCH_EVENTS units of one source, with their bytes, their events and what was said of
 * each. Law 2: one owner at a time, one arena, one budget. */
#include "detect/detector.h"
#include "model/decoder.h"
#include "protect/block.h"
#include "source/watch.h"

enum {
    STK_BATCH_BYTES = 2 * STK_UNIT_BYTES, /* of raw input in one batch; one unit always fits */
    STK_BATCH_ARENA_BYTES = 64 << 20,     /* budget of what decoding and findings need */
};

typedef enum stk_unit_state {
    STK_UNIT_EVENT,     /* decoded */
    STK_UNIT_MALFORMED, /* set aside; `why` says the reason */
    STK_UNIT_OTHER,     /* well-formed, nothing for us (a line of another program) */
} stk_unit_state;

/* One unit after inspection. */
typedef struct stk_seen {
    stk_event event;
    stk_unit_state state;
    const char *why;             /* of a malformed unit; never quotes it */
    const stk_finding *findings; /* [finding_count] of the unit alone, in the batch's arena */
    uint32_t finding_count, findings_dropped;
    stk_key client, account, endpoint;
    bool client_known, account_known, endpoint_known, address_known;
    stk_address address;
    uint32_t tuple_from, tuple_count; /* in the batch's tuples */
} stk_seen;

typedef struct stk_span {
    uint32_t from, len; /* in the batch's bytes */
    bool too_long;      /* longer than STK_UNIT_BYTES: its bytes were dropped */
    uint64_t offset;    /* in the source */
} stk_span;

typedef struct stk_batch {
    stk_arena *arena;
    uint32_t source;
    const stk_source_name *name; /* of the source; the lane's */
    const stk_decoder *decoder;
    const void *decoder_self;
    stk_watch *watch; /* of the source; touched in the fourth step only */
    bool isolated;    /* units share no state: nothing is sent to keyed detectors */
    char *bytes;      /* [STK_BATCH_BYTES], owned */
    size_t len;
    uint64_t first_unit; /* number of spans[0] in its file, from 1 */
    uint64_t end_offset; /* in the source, after the last span and what was skipped behind it */
    stk_time seen_at;    /* wall clock in follow mode; STK_TIME_NONE in a replay */
    stk_span *spans;     /* [STK_BATCH_EVENTS], owned */
    size_t count;
    stk_seen *seen;    /* [STK_BATCH_EVENTS], owned */
    stk_tuple *tuples; /* [tuple_count], owned */
    size_t tuple_count, tuple_room;
    uint64_t malformed, other;
    bool out_of_memory; /* the arena's budget ended: later units of the batch were set aside */
} stk_batch;

stk_batch *stk_batch_new(void); /* NULL: no memory */
void stk_batch_free(stk_batch *batch);
void stk_batch_clear(stk_batch *batch);
#endif
