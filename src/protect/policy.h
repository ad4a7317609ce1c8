/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_POLICY_H
#define STK_PROTECT_POLICY_H
/* Which form of each field may be remembered. One YAML file decides; what it does not name is
 * dropped. docs/protection.md explains the file, policies/default.yaml is the one we ship, and the
 * same bytes are compiled in, so that a replay needs no files.
 *
 * Immutable once loaded: any number of threads may use it. */
#include "base/error.h"
#include "model/event.h"

/* The forms; a field may have several. Order is the order of columns in a block: append only. */
typedef enum stk_form {
    STK_FORM_KEEP,      /* as it is */
    STK_FORM_MASK,      /* only that there was something, and how long it was to a power of two */
    STK_FORM_TRUNCATE,  /* an address to its network, a text to its first bytes, a number rounded */
    STK_FORM_PSEUDONYM, /* 128 bits of a keyed hash, by purpose and epoch */
    STK_FORM_SEAL,      /* under the day's evidence key */
    STK_FORMS,
} stk_form;
const char *stk_form_name(stk_form form);

typedef struct stk_field_rule {
    unsigned forms;            /* bits 1 << stk_form; 0: drop */
    uint32_t v4_bits, v6_bits; /* TRUNCATE of an address */
    uint32_t text_bytes;       /* TRUNCATE of a text */
    int64_t step;              /* TRUNCATE of a number or amount: rounded down to a multiple */
    uint32_t seal_bytes;       /* SEAL: the rest of a longer text is cut */
} stk_field_rule;

typedef struct stk_policy stk_policy;

/* Parse the bytes of a policy file; `file` names it in errors (line, column, suggestion). */
stk_status stk_policy_load(stk_str bytes, const char *file, stk_policy **ret, stk_error *err);
stk_status stk_policy_default(stk_policy **ret, stk_error *err); /* the one compiled in */
void stk_policy_free(stk_policy *policy);                        /* NULL is fine */
stk_str stk_policy_default_text(void);                           /* its YAML */

uint32_t stk_policy_version(const stk_policy *policy); /* as the file states it; in every record */
stk_str stk_policy_name(const stk_policy *policy);
int64_t stk_policy_evidence_days(const stk_policy *policy); /* 0: sealed parts are never made */
int64_t stk_policy_record_days(const stk_policy *policy);   /* how long blocks are kept */
int64_t stk_policy_incident_days(const stk_policy *policy); /* findings and incidents */
int64_t stk_policy_epoch_days(const stk_policy *policy);    /* of pseudonyms; 0: one for ever */
/* The pseudonym epoch of a day: what goes into stk_key_name.epoch. */
int64_t stk_policy_epoch(const stk_policy *policy, int64_t day);

/* The rule of field `index` of a shape (as in stk_shapes[shape].fields). */
const stk_field_rule *stk_policy_rule(const stk_policy *policy, stk_shape shape, size_t index);
#endif
