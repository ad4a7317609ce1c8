/* SPDX-License-Identifier: Apache-2.0 */
/* A failure cannot be overlooked: dropping a status is an error under -Werror. */
#include "base/json_read.h"

void read_something(stk_arena *arena, const stk_json_value **ret);
void read_something(stk_arena *arena, const stk_json_value **ret)
{
#ifdef BREAK
    stk_json_read(STK_S("1"), NULL, arena, ret, NULL);
#else
    if (stk_json_read(STK_S("1"), NULL, arena, ret, NULL) != STK_OK)
        *ret = NULL;
#endif
}
