/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_LANE_H
#define STK_ENGINE_LANE_H
/* A lane is one source on its way through the pipeline: its bytes, cut into units, gathered into
 * batches, and how far they have been consumed. */
#include "engine/batch.h"
#include "protect/block.h"
#include "source/watch.h"

/* Where bytes come from. `*ret_got` 0 without `*ret_end`: nothing there yet (follow mode). A read
 * that fails may have given bytes before; it is not called again. */
typedef struct stk_feed {
    void *ctx;
    stk_status (*read)(void *ctx, char *to, size_t room, size_t *ret_got, bool *ret_end,
                       stk_error *err);
} stk_feed;

enum { STK_LANE_BATCHES = 64 };

typedef struct stk_lane {
    uint32_t source; /* its index, as in positions */
    stk_source_name name;
    bool in_use; /* else the engine passes it by and may give it out again */
    stk_feed feed;
    const stk_decoder *decoder;
    const void *decoder_self;
    bool isolated;
    stk_watch *watch; /* of its clock and format; borrowed; NULL: none */

    char *left; /* bytes read and not yet in a batch; owned */
    size_t left_len;
    uint64_t left_offset; /* of left[0] in the source */
    uint64_t next_unit;   /* number of the next unit to be framed, from 1 */
    bool dropping;        /* inside a unit that is too long */
    bool ended;           /* no more bytes will come */
    bool holding;         /* ... but the last unit, which nothing ends, may yet grow: it waits */
    stk_error failure;    /* why it ended early; status STK_OK when it did not */
    size_t batch_units;   /* at most so many in a batch: fewer when many lanes are merged */

    stk_batch *batches[STK_LANE_BATCHES]; /* [batch_count], in order; owned */
    size_t batch_count, batch_at;         /* the batch being consumed */
    size_t unit_at;                       /* its next unit */
    stk_time reached;                     /* greatest event time consumed */
} stk_lane;

/* Ready for a source's first byte; memory of a lane used before is kept. The caller then sets name
 * and decoder. */
void stk_lane_init(stk_lane *lane, uint32_t source, stk_feed feed);
void stk_lane_done(stk_lane *lane);
/* Every byte that it will ever give has been consumed. */
bool stk_lane_spent(const stk_lane *lane);
/* Where it has been consumed to: offset and number of the first unit not yet passed. */
void stk_lane_consumed(const stk_lane *lane, uint64_t *ret_offset, uint64_t *ret_next_unit);

/* Start at a position that was reached before: the feed gives bytes from there on. */
void stk_lane_resume(stk_lane *lane, uint64_t offset, uint64_t next_unit);

/* Gather the next batch. `batch->count` 0: nothing there now. */
stk_status stk_lane_fill(stk_lane *lane, stk_batch *batch, stk_error *err);

/* The first bytes, up to `want`, without consuming them, to guess the format from. */
stk_status stk_lane_peek(stk_lane *lane, size_t want, stk_str *ret, stk_error *err);
#endif
