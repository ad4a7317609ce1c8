/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_RECORD_H
#define STK_PROTECT_RECORD_H
/* What may be remembered of an event: its meta and kind, and of each field the forms that the
 * policy chose. Records exist only inside blocks; this is how one is read. A record is a view: it
 * lives as long as its reader (protect/block.h). */
#include "protect/policy.h"

typedef struct stk_record {
    const struct stk_block_reader *from;
    uint32_t index; /* in the block */
    stk_kind kind;
    stk_meta meta; /* position.source is what the reader was told */
} stk_record;

typedef struct stk_record_value {
    const stk_field_info *field;
    stk_form form; /* never STK_FORM_SEAL: see stk_record_reveal */
    bool is_number;
    int64_t number;
    stk_str text; /* TRUNCATE, KEEP: text; MASK: "[16]"; PSEUDONYM: 16 bytes, not text */
} stk_record_value;

/* Its open values, one after the other: start with *at = 0. False: no more. */
bool stk_record_next(const stk_record *record, size_t *at, stk_record_value *ret);
/* One of them. False: dropped, sealed only, or empty in the event. */
bool stk_record_get(const stk_record *record, const char *field, stk_form form,
                    stk_record_value *ret);
/* A sealed one, after stk_block_unseal. False: not sealed, or empty in the event. */
bool stk_record_reveal(const stk_record *record, const char *field, stk_personal *ret);
#endif
