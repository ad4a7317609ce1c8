/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_BLOCK_H
#define STK_PROTECT_BLOCK_H
/* Events in, a sealed block out; and back.
 *
 * A block holds up to STK_BATCH_EVENTS records of one source in two parts. The open part has meta
 * and the kept, masked, truncated and pseudonymised forms, and is sealed under the record key; the
 * sealed part has the sealed forms, under the evidence key of the day. Both are columns with a
 * dictionary each, compressed (zstd) and then sealed (AES-256-GCM) with all of stk_block_info as
 * additional data, so that a block cannot be passed off as another one.
 *
 * An event is protected while it is added: the builder keeps what the policy allows and no more.
 * Values to be sealed wait in the builder's memory for the seal, and are wiped with it. */
#include "base/arena.h"
#include "protect/protect.h"
#include "protect/record.h"

/* Whose events: the file by the SHA-256 that the source module states (of its first bytes), and
 * which of several with the same first bytes. */
typedef struct stk_source_name {
    unsigned char fingerprint[32];
    uint32_t occurrence;
} stk_source_name;

typedef struct stk_block_info {
    uint32_t schema; /* of the encoding */
    stk_source_name source;
    uint64_t first_unit, last_unit, first_offset;
    uint32_t count;
    stk_time first_at, last_at; /* smallest and largest; STK_TIME_NONE when no event has one */
    uint32_t policy, key_version;
    int64_t day;    /* of storing; of the evidence key of the sealed part */
    stk_str open;   /* under the record key */
    stk_str sealed; /* under the evidence key; empty: nothing sealed, or destroyed */
} stk_block_info;

/* Only a builder makes one. */
typedef struct stk_block stk_block;
const stk_block_info *stk_block_info_of(const stk_block *block);

/* One builder a source; it takes and forgets events in turn: add..., seal, add... */
typedef struct stk_block_builder stk_block_builder;
stk_status stk_block_builder_new(stk_protector *protector, const stk_source_name *source,
                                 stk_block_builder **ret, stk_error *err);
void stk_block_builder_free(stk_block_builder *b); /* NULL is fine; wipes */
/* A builder may be handed to another thread: that thread's protector goes with it. Same keys. */
void stk_block_builder_give(stk_block_builder *b, stk_protector *protector);

/* Take the event's record in. Events come in order of position.unit. STK_ERR_LIMIT: the block is
 * full (events or bytes), the event was not taken: seal, then add it again (it then always fits).
 * Any other failure leaves the block as it was before the call. */
stk_status stk_block_add(stk_block_builder *b, const stk_event *event, stk_error *err);
size_t stk_block_count(const stk_block_builder *b);

/* Make the block of what was added (at least one event) and start over. `*ret` and its bytes are
 * the builder's and valid until the next call on it. On failure nothing is lost: call again. */
stk_status stk_block_seal(stk_block_builder *b, const stk_block **ret, stk_error *err);

/* --- reading ---------------------------------------------------------------------------------- */
typedef struct stk_block_reader stk_block_reader;

/* `info` as the store returned it; borrowed for the call. `source`: what records' position.source
 * shall be. STK_ERR_CRYPT: another key, or changed bytes. */
stk_status stk_block_reader_open(const stk_secret *record_key, const stk_block_info *info,
                                 uint32_t source, stk_block_reader **ret, stk_error *err);
void stk_block_reader_close(stk_block_reader *r); /* NULL is fine; wipes */
size_t stk_block_reader_count(const stk_block_reader *r);
bool stk_block_reader_get(const stk_block_reader *r, size_t index, stk_record *ret);
/* The record of a unit, by its number in the file. */
bool stk_block_reader_find(const stk_block_reader *r, uint64_t unit, stk_record *ret);
/* Open the sealed part too. STK_ERR_MISSING: it has none (never sealed, or destroyed). */
stk_status stk_block_unseal(stk_block_reader *r, const stk_secret *evidence,
                            const stk_block_info *info, stk_error *err);
#endif
