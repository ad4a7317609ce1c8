/* SPDX-License-Identifier: Apache-2.0 */
/* Making a protector, and giving it the key of the day. */
#include "protect/protector.h"

#include <stdlib.h>

enum { PART_BYTES = 64 << 20 };

void stk_wipe_buf(stk_buf *buf)
{
    stk_wipe(buf->ptr, buf->len);
    stk_buf_clear(buf);
}

static stk_status derived_aead(const stk_secret *from, const char *use, stk_aead **ret,
                               stk_error *err)
{
    stk_auto_secret key;
    STK_TRY(stk_secret_derive(from, use, &key, err));
    return stk_aead_new(&key, ret, err);
}

stk_status stk_protector_new(const stk_protect_setup *setup, stk_protector **ret, stk_error *err)
{
    stk_protector *p = calloc(1, sizeof *p);
    if (p == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for protection");
    p->policy = setup->policy;
    p->entropy = setup->entropy;
    p->key_version = setup->key_version;
    p->packed = stk_buf_init(PART_BYTES);
    p->scratch = stk_buf_init(PART_BYTES);
    p->zstd = ZSTD_createCCtx();
    stk_status status = p->zstd == NULL
                            ? stk_fail(err, STK_ERR_MEMORY, "out of memory for compression")
                            : stk_mac_new(setup->pseudonym, &p->mac, err);
    if (status == STK_OK)
        status = derived_aead(setup->record, STK_RECORD_KEY_USE, &p->record, err);
    if (status == STK_OK)
        *ret = p;
    else
        stk_protector_free(p);
    return status;
}

void stk_protector_free(stk_protector *p)
{
    if (p == NULL)
        return;
    stk_mac_free(p->mac);
    stk_aead_free(p->record);
    stk_aead_free(p->evidence);
    (void)ZSTD_freeCCtx(p->zstd);
    stk_wipe(p->packed.ptr, p->packed.room);
    stk_wipe(p->scratch.ptr, p->scratch.room);
    stk_buf_done(&p->packed);
    stk_buf_done(&p->scratch);
    free(p);
}

stk_status stk_protector_day(stk_protector *p, const stk_secret *evidence, int64_t day,
                             stk_error *err)
{
    stk_aead *fresh = NULL;
    if (evidence != NULL && stk_policy_evidence_days(p->policy) > 0)
        STK_TRY(derived_aead(evidence, STK_EVIDENCE_KEY_USE, &fresh, err));
    stk_aead_free(p->evidence);
    p->evidence = fresh;
    p->day = day;
    return STK_OK;
}

stk_status stk_protector_epoch(stk_protector *p, const stk_secret *pseudonym, stk_error *err)
{
    stk_mac *fresh;
    STK_TRY(stk_mac_new(pseudonym, &fresh, err));
    stk_mac_free(p->mac);
    p->mac = fresh;
    return STK_OK;
}
