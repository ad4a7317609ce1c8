/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_PROTECTOR_H
#define STK_PROTECT_PROTECTOR_H
/* What a protector holds, for the files of protect alone. */
#include "crypt/aead.h"
#include "crypt/digest.h"
#include "protect/protect.h"

#include <zstd.h>

struct stk_protector {
    const stk_policy *policy;
    const stk_entropy *entropy;
    uint32_t key_version;
    stk_mac *mac;       /* pseudonyms */
    stk_aead *record;   /* open parts */
    stk_aead *evidence; /* sealed parts; NULL: none are made */
    int64_t day;
    ZSTD_CCtx *zstd;
    stk_buf packed, scratch; /* working room, wiped after use */
};

/* What each seal is for: the first byte of its additional data, so that one cannot stand for
 * another. Append only. */
typedef enum stk_sealed_as {
    STK_SEALED_BLOCK_OPEN = 1,
    STK_SEALED_BLOCK_SEALED = 2,
    STK_SEALED_NAME = 3,
    STK_SEALED_DETAIL = 4,
} stk_sealed_as;

/* The keys that are derived from those of the vault. */
#define STK_RECORD_KEY_USE   "stockade block open 1"
#define STK_EVIDENCE_KEY_USE "stockade evidence 1"

void stk_wipe_buf(stk_buf *buf); /* wipe what it holds and clear it */
#endif
