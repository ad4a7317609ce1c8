/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_STORY_CODE_H
#define STK_PROTECT_STORY_CODE_H
/* The parts that findings and incidents are both made of, to bytes and back. */
#include "protect/story.h"

void stk_put_name(stk_buf *out, const char *name);
void stk_put_real(stk_buf *out, double r);
void stk_put_meta(stk_buf *out, const stk_meta *meta, uint32_t place);
/* RAW arguments are written as "there was one". */
void stk_put_reason(stk_buf *out, const stk_reason *reason);
void stk_put_rule(stk_buf *out, const stk_rule_info *rule); /* NULL is fine */

/* Readers fail the cursor when the bytes mean nothing here. Texts live in the arena. */
double stk_get_real(stk_cursor *in);
uint32_t stk_get_place(stk_cursor *in, const uint32_t *sources, size_t source_count);
void stk_get_meta(stk_cursor *in, const uint32_t *sources, size_t source_count, stk_meta *ret);
void stk_get_reason(stk_cursor *in, stk_arena *arena, stk_reason *ret);
const stk_rule_info *stk_get_rule(stk_cursor *in, stk_arena *arena);
stk_str stk_get_text(stk_cursor *in, stk_arena *arena);
uint64_t stk_get_at_most(stk_cursor *in, uint64_t most);
stk_key stk_get_key(stk_cursor *in);
void stk_put_key(stk_buf *out, stk_key key);
#endif
