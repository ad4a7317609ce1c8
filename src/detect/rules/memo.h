/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_RULES_MEMO_H
#define STK_DETECT_RULES_MEMO_H
/* Values that were looked at before and found clean. User agents, accepted languages and paths come
 * again and again; a table of the last ones, compared byte by byte, saves the scan. It remembers
 * nothing but that no rule said anything of exactly these bytes in this place, so findings are
 * the same with and without it. Lives in one thread's scratch. */
#include "model/carry.h"

typedef struct stk_memo stk_memo;

stk_memo *stk_memo_new(void); /* NULL: no memory */
void stk_memo_free(stk_memo *memo);
/* Was this value clean? Values that are not worth remembering never are. */
bool stk_memo_clean(const stk_memo *memo, const stk_value *value);
void stk_memo_keep(stk_memo *memo, const stk_value *value);
#endif
