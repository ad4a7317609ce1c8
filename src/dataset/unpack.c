/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib and zstd by libzstd, streaming. Both may hold several members or frames one after
 * the other; what follows the last one and is not another is damage, except the zeros that tapes
 * and preallocated files leave behind.
 *
 * Damage must not cost the bytes before it: when the library reports an error in a call that also
 * made bytes, the bytes are given first and the error waits for the next call. */
#include "dataset/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { PACKED_BYTES = 256 << 10, WINDOW_LOG_MAX = 27 };

struct stk_unpack {
    stk_packing packing;
    stk_input *in;
    char *packed; /* [PACKED_BYTES], owned */
    size_t at, len;
    bool eof;          /* the input has ended */
    bool inside;       /* in a member or frame that is not finished */
    uint64_t unpacked; /* bytes given out, for messages */
    stk_status status; /* an error that waits until the bytes before it were given */
    char trouble[120];
    z_stream gz;
    bool gz_ready;
    ZSTD_DStream *zs;
};

static uint64_t packed_offset(const stk_unpack *u)
{
    return u->in->taken - (u->len - u->at);
}

static void note(stk_unpack *u, stk_status status, const char *what)
{
    u->status = status;
    (void)snprintf(u->trouble, sizeof u->trouble, "%s", what);
}

static stk_status tell(const stk_unpack *u, stk_error *err)
{
    return stk_fail(err, u->status,
                    "%.*s: %s at packed byte %llu (%llu unpacked bytes before it were read)", 120,
                    u->in->name, u->trouble, (unsigned long long)packed_offset(u),
                    (unsigned long long)u->unpacked);
}

/* Keep what is unread, add more. */
static stk_status refill(stk_unpack *u, stk_error *err)
{
    memmove(u->packed, u->packed + u->at, u->len - u->at);
    u->len -= u->at;
    u->at = 0;
    size_t n = 0;
    if (!u->eof && u->len < PACKED_BYTES)
        STK_TRY(stk_input_read(u->in, u->packed + u->len, PACKED_BYTES - u->len, &n, err));
    u->eof = u->eof || n == 0;
    u->len += n;
    return STK_OK;
}

/* Between members: does another one start? Trailing zeros are no member and no damage. */
static stk_status next_member(stk_unpack *u, bool *more, stk_error *err)
{
    *more = false;
    while (u->len - u->at < 4 && !u->eof)
        STK_TRY(refill(u, err));
    stk_str rest = { u->packed + u->at, u->len - u->at };
    if (rest.len == 0)
        return STK_OK;
    if (stk_packing_of(rest) == u->packing) {
        *more = u->inside = true;
        return STK_OK;
    }
    for (;;) { /* ends with the input */
        for (; u->at < u->len; u->at++)
            if (u->packed[u->at] != 0) {
                note(u, STK_ERR_SYNTAX, "bytes that belong to nothing follow the packed data");
                return STK_OK;
            }
        if (u->eof)
            return STK_OK;
        STK_TRY(refill(u, err));
    }
}

/* One call of zlib: takes packed bytes, makes at most `room`, ends the member where it ends. */
static void inflate_some(stk_unpack *u, char *into, size_t room, size_t *made)
{
    u->gz.next_in = (Bytef *)u->packed + u->at;
    u->gz.avail_in = (uInt)(u->len - u->at);
    u->gz.next_out = (Bytef *)into;
    u->gz.avail_out = (uInt)(room < (1u << 30) ? room : 1u << 30);
    uInt room_before = u->gz.avail_out;
    int code = inflate(&u->gz, Z_NO_FLUSH);
    u->at = u->len - u->gz.avail_in;
    *made = room_before - u->gz.avail_out;
    if (code == Z_STREAM_END) {
        u->inside = false;
        (void)inflateReset(&u->gz);
    } else if (code == Z_MEM_ERROR) {
        note(u, STK_ERR_MEMORY, "out of memory");
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        note(u, STK_ERR_SYNTAX, "gzip data is damaged");
    }
}

static void unzstd_some(stk_unpack *u, char *into, size_t room, size_t *made)
{
    ZSTD_inBuffer in = { u->packed, u->len, u->at };
    ZSTD_outBuffer out = { into, room, 0 };
    size_t code = ZSTD_decompressStream(u->zs, &out, &in);
    u->at = in.pos;
    *made = out.pos;
    if (ZSTD_isError(code)) {
        ZSTD_ErrorCode which = ZSTD_getErrorCode(code);
        if (which == ZSTD_error_frameParameter_windowTooLarge)
            note(u, STK_ERR_LIMIT,
                 "zstd data asks for a window over 128 MiB (pack it without --long)");
        else if (which == ZSTD_error_memory_allocation)
            note(u, STK_ERR_MEMORY, "out of memory");
        else
            note(u, STK_ERR_SYNTAX, "zstd data is damaged");
    } else if (code == 0) {
        u->inside = false;
    }
}

stk_status stk_unpack_read(stk_unpack *u, char *into, size_t room, size_t *ret, stk_error *err)
{
    size_t made = 0;
    while (made == 0 && u->status == STK_OK) { /* every round takes packed bytes, or is the last */
        bool more = true;
        if (!u->inside)
            STK_TRY(next_member(u, &more, err));
        if (!more)
            break;
        size_t before = u->at;
        if (u->packing == STK_PACK_GZIP)
            inflate_some(u, into, room, &made);
        else
            unzstd_some(u, into, room, &made);
        if (made != 0 || u->status != STK_OK || u->at != before || !u->inside)
            continue;
        if (u->eof)
            note(u, STK_ERR_SYNTAX, "the packed data is cut short");
        else
            STK_TRY(refill(u, err));
    }
    u->unpacked += made;
    *ret = made;
    return made == 0 && u->status != STK_OK ? tell(u, err) : STK_OK;
}

stk_status stk_unpack_new(stk_packing packing, stk_input *in, stk_unpack **ret, stk_error *err)
{
    stk_unpack *u = calloc(1, sizeof *u);
    if (u == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    u->packing = packing;
    u->in = in;
    u->packed = malloc(PACKED_BYTES);
    if (packing == STK_PACK_GZIP)
        u->gz_ready = inflateInit2(&u->gz, 15 + 16) == Z_OK; /* 16: gzip and nothing else */
    else
        u->zs = ZSTD_createDStream();
    bool ready = packing == STK_PACK_GZIP ? u->gz_ready : u->zs != NULL;
    if (u->packed == NULL || !ready) {
        stk_unpack_free(u);
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    }
    if (u->zs != NULL)
        (void)ZSTD_DCtx_setParameter(u->zs, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    *ret = u;
    return STK_OK;
}

void stk_unpack_free(stk_unpack *u)
{
    if (u == NULL)
        return;
    if (u->gz_ready)
        (void)inflateEnd(&u->gz);
    (void)ZSTD_freeDStream(u->zs);
    free(u->packed);
    free(u);
}
