/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a policy file: refused with a place in the file, or a policy that keeps no payment
 * field in a form that can be turned back. */
#include "protect/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_policy *policy = NULL;
    stk_error err = { 0 };
    if (stk_policy_load((stk_str){ (const char *)data, size }, "f", &policy, &err) != STK_OK) {
        if (err.text[0] == '\0')
            abort();
        return 0;
    }
    const unsigned safe = 1u << STK_FORM_MASK | 1u << STK_FORM_PSEUDONYM;
    for (int s = 0; s < STK_SHAPES; s++)
        for (size_t i = 0; i < stk_shapes[s].count; i++)
            if (stk_shapes[s].fields[i].category == STK_CAT_PAYMENT &&
                (stk_policy_rule(policy, (stk_shape)s, i)->forms & ~safe) != 0)
                abort();
    stk_policy_free(policy);
    return 0;
}
