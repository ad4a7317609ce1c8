/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures: the rules of rules/, matched against everything that a request carries.
 * The work is done in rules/match.c; a thread's scratch is a matcher. */
#include "detect/rules/rule.h"

#include <stdlib.h>

typedef struct signatures {
    const stk_rules *rules; /* NULL: nothing is found */
} signatures;

static stk_status open_signatures(const stk_detector_setup *setup, const void *config, void **ret,
                                  stk_error *err)
{
    (void)config;
    signatures *self = calloc(1, sizeof *self);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the signatures");
    self->rules = setup->rules;
    *ret = self;
    return STK_OK;
}

static stk_status scratch_new(const void *self, void **ret, stk_error *err)
{
    const signatures *s = self;
    stk_matcher *m = NULL;
    if (s->rules != NULL)
        STK_TRY(stk_matcher_new(s->rules, &m, err));
    *ret = m;
    return STK_OK;
}

static void scratch_free(void *scratch)
{
    stk_matcher_free(scratch);
}

static void judge(const void *self, void *scratch, const stk_unit *unit, stk_findings *out)
{
    const signatures *s = self;
    if (s->rules != NULL && scratch != NULL)
        stk_rules_match(s->rules, scratch, unit, out);
}

const stk_detector stk_detector_signatures = {
    .name = "signatures",
    .summary = "attack patterns in requests, confirmed by grammars (rules/*.yaml)",
    .open = open_signatures,
    .close = free,
    .scratch_new = scratch_new,
    .scratch_free = scratch_free,
    .judge = judge,
};
