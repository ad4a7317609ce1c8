/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy with every allocation failing in turn. */
#include "alloc.h"

#include "protect/policy.h"

static stk_status load(void *ctx)
{
    (void)ctx;
    stk_policy *policy = NULL;
    stk_status status = stk_policy_load(stk_policy_default_text(), "policy.yaml", &policy, NULL);
    if (status == STK_OK)
        stk_policy_free(policy);
    return status;
}

static const char *policy_file(void)
{
    return alloc_torture(load, NULL, STK_OK);
}

static const check_test tests[] = { { "a policy", policy_file } };
CHECK_MAIN(tests)
