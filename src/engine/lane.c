/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes become units. What is left behind the last whole unit waits in the lane. */
#include "engine/lane.h"

#include <stdlib.h>

enum { CHUNK_BYTES = 256 << 10 };

void stk_lane_init(stk_lane *lane, uint32_t source, stk_feed feed)
{
    stk_lane fresh = { .source = source,
                       .in_use = true,
                       .feed = feed,
                       .left = lane->left,
                       .next_unit = 1,
                       .batch_units = STK_BATCH_EVENTS,
                       .reached = STK_TIME_NONE };
    memcpy(fresh.batches, lane->batches, sizeof fresh.batches);
    *lane = fresh;
}

bool stk_lane_spent(const stk_lane *lane)
{
    return lane->ended && lane->left_len == 0 && lane->batch_at == lane->batch_count;
}

void stk_lane_consumed(const stk_lane *lane, uint64_t *ret_offset, uint64_t *ret_next_unit)
{
    if (lane->batch_at == lane->batch_count) {
        *ret_offset = lane->left_offset;
        *ret_next_unit = lane->next_unit;
        return;
    }
    const stk_batch *batch = lane->batches[lane->batch_at];
    *ret_offset = batch->spans[lane->unit_at].offset;
    *ret_next_unit = batch->first_unit + lane->unit_at;
}

void stk_lane_done(stk_lane *lane)
{
    for (size_t b = 0; b < STK_LANE_BATCHES; b++)
        stk_batch_free(lane->batches[b]);
    free(lane->left);
    *lane = (stk_lane){ 0 };
}

void stk_lane_resume(stk_lane *lane, uint64_t offset, uint64_t next_unit)
{
    lane->left_len = 0;
    lane->left_offset = offset;
    lane->next_unit = next_unit;
}

static stk_status left_room(stk_lane *lane, stk_error *err)
{
    if (lane->left == NULL)
        lane->left = malloc(STK_BATCH_BYTES);
    if (lane->left == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to read a source");
    return STK_OK;
}

/* A source that breaks has ended: what it gave is used, and the failure is kept for the report. */
static void read_some(stk_lane *lane, char *to, size_t room, size_t *ret_got)
{
    *ret_got = 0;
    if (lane->feed.read(lane->feed.ctx, to, room, ret_got, &lane->ended, &lane->failure) != STK_OK)
        lane->ended = true;
}

stk_status stk_lane_peek(stk_lane *lane, size_t want, stk_str *ret, stk_error *err)
{
    STK_TRY(left_room(lane, err));
    while (lane->left_len < want && !lane->ended) {
        size_t got;
        read_some(lane, lane->left + lane->left_len, want - lane->left_len, &got);
        lane->left_len += got;
        if (got == 0)
            break;
    }
    *ret = (stk_str){ lane->left, lane->left_len };
    return STK_OK;
}

/* Skip the rest of a unit that was too long. Returns the bytes skipped. */
static size_t drop(stk_lane *lane, stk_str bytes)
{
    const char *end = bytes.len == 0 ? NULL : memchr(bytes.ptr, '\n', bytes.len);
    if (end == NULL)
        return bytes.len;
    lane->dropping = false;
    return (size_t)(end - bytes.ptr) + 1;
}

/* Cut what is there into units, from `*at` on. True: the batch is full or needs no more bytes. */
static bool cut(stk_lane *lane, stk_batch *batch, size_t *at, uint64_t base)
{
    while (batch->count < lane->batch_units && *at < batch->len) {
        stk_str rest = { batch->bytes + *at, batch->len - *at };
        if (lane->dropping) {
            *at += drop(lane, rest);
            continue;
        }
        size_t n = 0;
        stk_frame frame = lane->decoder->frame(lane->decoder_self, rest,
                                               lane->ended && !lane->holding, &n);
        if (frame == STK_FRAME_MORE && rest.len < STK_BATCH_BYTES)
            return false;
        if (frame == STK_FRAME_MORE || n == 0) { /* no decoder may hold a whole batch back */
            frame = STK_FRAME_LONG;
            n = rest.len;
        }
        if (frame != STK_FRAME_SKIP)
            batch->spans[batch->count++] = (stk_span){ .from = (uint32_t)*at,
                                                       .len = (uint32_t)n,
                                                       .too_long = frame == STK_FRAME_LONG,
                                                       .offset = base + *at };
        lane->dropping = frame == STK_FRAME_LONG;
        *at += n;
    }
    return batch->count == lane->batch_units;
}

stk_status stk_lane_fill(stk_lane *lane, stk_batch *batch, stk_error *err)
{
    STK_TRY(left_room(lane, err));
    stk_batch_clear(batch);
    batch->source = lane->source;
    batch->name = &lane->name;
    batch->watch = lane->watch;
    batch->decoder = lane->decoder;
    batch->decoder_self = lane->decoder_self;
    batch->isolated = lane->isolated;
    batch->first_unit = lane->next_unit;
    memcpy(batch->bytes, lane->left, lane->left_len);
    batch->len = lane->left_len;
    uint64_t base = lane->left_offset;
    size_t at = 0;
    while (!cut(lane, batch, &at, base) && !lane->ended) {
        if (batch->count == 0 && at != 0) { /* nothing but what is skipped so far: make room */
            batch->len -= at;
            memmove(batch->bytes, batch->bytes + at, batch->len);
            base += at;
            at = 0;
        }
        if (batch->len == STK_BATCH_BYTES)
            break;
        size_t room = STK_BATCH_BYTES - batch->len, got;
        read_some(lane, batch->bytes + batch->len, room < CHUNK_BYTES ? room : CHUNK_BYTES, &got);
        batch->len += got;
        if (got == 0 && !lane->ended)
            break;
    }
    if (lane->ended)
        cut(lane, batch, &at, base);
    lane->left_len = batch->len - at;
    memcpy(lane->left, batch->bytes + at, lane->left_len);
    lane->left_offset = base + at;
    lane->next_unit += batch->count;
    batch->end_offset = lane->left_offset;
    return STK_OK;
}
