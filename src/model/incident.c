/* SPDX-License-Identifier: Apache-2.0 */
/* Names of how far an incident came. */
#include "model/incident.h"

static const char *const stage_names[] = {
    [STK_STAGE_RECONNAISSANCE] = "reconnaissance",
    [STK_STAGE_ATTEMPT] = "attempt",
    [STK_STAGE_SUCCESS] = "success",
    [STK_STAGE_REACHED] = "reached",
};

const char *stk_stage_name(stk_stage stage)
{
    return stage_names[stage];
}
