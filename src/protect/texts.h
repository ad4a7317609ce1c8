/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_TEXTS_H
#define STK_PROTECT_TEXTS_H
/* One field's texts while a block is built: which of the distinct raw values each event had, and
 * for each of these the forms that may be remembered. The mechanisms of the policy act here, once
 * for each distinct value; the raw value itself is not held, but for what waits to be sealed. */
#include "protect/dictionary.h"
#include "protect/protector.h"

/* One form of the distinct values. KEEP, PSEUDONYM and SEAL have one text each; MASK and TRUNCATE
 * make many values alike, so they have texts of their own and `index` from value to text. */
typedef struct stk_form_texts {
    stk_buf lengths, bytes;
    stk_dictionary alike;
    uint16_t index[STK_BATCH_EVENTS]; /* by number of the value - 1 */
    uint32_t count;
} stk_form_texts;

typedef struct stk_texts {
    const stk_field_info *field;
    const stk_field_rule *rule;
    stk_dictionary raw;
    uint32_t values;                 /* distinct raw values; raw.count */
    stk_form_texts *form[STK_FORMS]; /* owned; NULL: not of the rule */
} stk_texts;

stk_status stk_texts_init(stk_texts *t, const stk_field_info *field, const stk_field_rule *rule,
                          stk_error *err);
void stk_texts_done(stk_texts *t);  /* wipes */
void stk_texts_clear(stk_texts *t); /* wipes; for the next block */

/* The number of a raw value, not empty: protects it when it is new. 0: it must be dropped (a card
 * number in a payment field). On failure `t` is as before. */
stk_status stk_texts_add(stk_texts *t, stk_protector *p, const stk_hash_key *key, stk_str raw,
                         bool sealing, uint16_t *ret, stk_error *err);
size_t stk_texts_bytes(const stk_texts *t);

/* May raw numbers by row stand in the open part? They say no more than what stands there. */
static inline bool stk_texts_open_rows(const stk_field_rule *rule)
{
    return (rule->forms & (1u << STK_FORM_KEEP | 1u << STK_FORM_PSEUDONYM)) != 0;
}
static inline bool stk_form_alike(stk_form form)
{
    return form == STK_FORM_MASK || form == STK_FORM_TRUNCATE;
}
#endif
