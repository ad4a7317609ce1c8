/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of texts: the newest is open, the others are packed, a few lie unpacked for reading. */
#include "dataset/shelf.h"

#include "base/buf.h"

#include <stdlib.h>
#include <zstd.h>

enum {
    BLOCK_BYTES = 128 << 10, /* a block is packed when it has so many */
    TEXT_BYTES = 8 << 20,    /* of one text, at most */
    READ_BLOCKS = 8,
    LEVEL = 1,
};

struct packed {
    char *ptr; /* owned */
    uint32_t len, whole;
};

struct read_block {
    stk_buf bytes;
    uint32_t block; /* UINT32_MAX: none */
};

struct stk_shelf {
    stk_buf open;          /* the block that is being filled: number `count` */
    struct packed *blocks; /* [count] */
    size_t count, room, packed_bytes;
    struct read_block read[READ_BLOCKS];
    size_t read_next;
    char *scratch; /* [scratch_room] */
    size_t scratch_room;
};

stk_shelf *stk_shelf_new(void)
{
    stk_shelf *shelf = calloc(1, sizeof *shelf);
    if (shelf == NULL)
        return NULL;
    shelf->open = stk_buf_init(BLOCK_BYTES + TEXT_BYTES);
    for (size_t i = 0; i < READ_BLOCKS; i++)
        shelf->read[i] = (struct read_block){ stk_buf_init(BLOCK_BYTES + TEXT_BYTES), UINT32_MAX };
    return shelf;
}

void stk_shelf_free(stk_shelf *shelf)
{
    if (shelf == NULL)
        return;
    for (size_t i = 0; i < shelf->count; i++)
        free(shelf->blocks[i].ptr);
    for (size_t i = 0; i < READ_BLOCKS; i++)
        stk_buf_done(&shelf->read[i].bytes);
    stk_buf_done(&shelf->open);
    free(shelf->blocks);
    free(shelf->scratch);
    free(shelf);
}

static stk_status no_memory(stk_error *err)
{
    return stk_fail(err, STK_ERR_MEMORY, "no memory for incidents");
}

static stk_status room_for_block(stk_shelf *shelf, stk_error *err)
{
    size_t bound = ZSTD_compressBound(shelf->open.len);
    if (bound > shelf->scratch_room) {
        char *more = realloc(shelf->scratch, bound);
        if (more == NULL)
            return no_memory(err);
        shelf->scratch = more;
        shelf->scratch_room = bound;
    }
    if (shelf->count == shelf->room) {
        size_t room = shelf->room == 0 ? 64 : shelf->room * 2;
        struct packed *more = realloc(shelf->blocks, room * sizeof *more);
        if (more == NULL)
            return no_memory(err);
        shelf->blocks = more;
        shelf->room = room;
    }
    return STK_OK;
}

static stk_status pack(stk_shelf *shelf, stk_error *err)
{
    STK_TRY(room_for_block(shelf, err));
    size_t n = ZSTD_compress(shelf->scratch, shelf->scratch_room, shelf->open.ptr, shelf->open.len,
                             LEVEL);
    char *kept = ZSTD_isError(n) ? NULL : malloc(n);
    if (kept == NULL)
        return no_memory(err);
    memcpy(kept, shelf->scratch, n);
    shelf->blocks[shelf->count++] = (struct packed){ kept, (uint32_t)n, (uint32_t)shelf->open.len };
    shelf->packed_bytes += n;
    stk_buf_clear(&shelf->open);
    return STK_OK;
}

stk_status stk_shelf_put(stk_shelf *shelf, stk_str text, stk_place *ret, stk_error *err)
{
    if (text.len > TEXT_BYTES || shelf->packed_bytes >= STK_SHELF_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "more text than is kept in memory");
    if (shelf->open.len >= BLOCK_BYTES)
        STK_TRY(pack(shelf, err));
    *ret = (stk_place){ (uint32_t)shelf->count, (uint32_t)shelf->open.len, (uint32_t)text.len };
    stk_buf_add(&shelf->open, text);
    return shelf->open.failed ? no_memory(err) : STK_OK;
}

static struct read_block *unpacked(stk_shelf *shelf, uint32_t block)
{
    for (size_t i = 0; i < READ_BLOCKS; i++)
        if (shelf->read[i].block == block)
            return &shelf->read[i];
    struct read_block *slot = &shelf->read[shelf->read_next++ % READ_BLOCKS];
    const struct packed *from = &shelf->blocks[block];
    slot->block = UINT32_MAX;
    stk_buf_clear(&slot->bytes);
    if (stk_buf_more(&slot->bytes, from->whole) == NULL)
        return NULL;
    size_t n = ZSTD_decompress(slot->bytes.ptr, from->whole, from->ptr, from->len);
    if (ZSTD_isError(n) || n != from->whole)
        return NULL;
    slot->block = block;
    return slot;
}

stk_status stk_shelf_get(stk_shelf *shelf, stk_place place, stk_str *ret, stk_error *err)
{
    const char *bytes = shelf->open.ptr;
    if (place.block != shelf->count) {
        const struct read_block *read = unpacked(shelf, place.block);
        if (read == NULL)
            return no_memory(err);
        bytes = read->bytes.ptr;
    }
    *ret = (stk_str){ bytes + place.from, place.len };
    return STK_OK;
}
