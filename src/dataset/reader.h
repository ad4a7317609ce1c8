/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DATASET_READER_H
#define STK_DATASET_READER_H
/* The bytes of a file, whatever it is packed in: plain, gzip (all members, RFC 1952) or zstd (all
 * frames, RFC 8878), told apart by their first bytes and never by their name.
 *
 * Call order: open, read until *ret_len is 0, close. Memory is bounded whatever the file unpacks
 * to: only what fits into the caller's buffer is unpacked. (A zstd frame may ask for a window of
 * at most 128 MiB; one that asks for more is refused.) Files are read, never mapped: a mapped log
 * that is truncated under us would be a SIGBUS.
 *
 * Not for two threads at once. */
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

typedef enum stk_packing { STK_PACK_PLAIN, STK_PACK_GZIP, STK_PACK_ZSTD } stk_packing;

typedef struct stk_reader stk_reader;

/* Open `path`, "-" being standard input, so that the first byte read is the one at `offset` of the
 * unpacked bytes: a seek where the file is plain, else by unpacking up to there. STK_ERR_IO:
 * absent, unreadable, a directory, a device, or the system's refusal; STK_ERR_INVALID: it ends
 * before `offset`. */
stk_status stk_reader_open(const char *path, uint64_t offset, stk_reader **ret, stk_error *err);

/* The same of bytes in memory, which must outlive the reader. */
stk_status stk_reader_open_bytes(stk_str packed, stk_reader **ret, stk_error *err);

/* At least one byte into `into` (room > 0), waiting for it if need be; *ret_len 0: the end.
 * An error comes after every good byte before it has been delivered, once, with the offsets where
 * the file broke (STK_ERR_SYNTAX: damaged or truncated packing; STK_ERR_IO: the system); every
 * later read is then at the end, so that a caller may report it and go on. */
stk_status stk_reader_read(stk_reader *reader, char *into, size_t room, size_t *ret_len,
                           stk_error *err);

uint64_t stk_reader_offset(const stk_reader *reader); /* unpacked: of the next byte read */
uint64_t stk_reader_taken(const stk_reader *reader);  /* packed bytes used so far, for progress */
uint64_t stk_reader_size(const stk_reader *reader);   /* packed bytes when opened; 0: not known */
stk_packing stk_reader_packing(const stk_reader *reader);
void stk_reader_close(stk_reader *reader); /* NULL is fine */

/* A whole small file (configuration, rules, a profile), unpacked, added to `out`. STK_ERR_LIMIT:
 * longer than the buffer's limit. */
stk_status stk_read_whole(const char *path, stk_buf *out, stk_error *err);

static inline void stk_reader_cleanup_(stk_reader **reader)
{
    stk_reader_close(*reader);
}
#define stk_auto_reader STK_CLEANUP(stk_reader_cleanup_) stk_reader
#endif
