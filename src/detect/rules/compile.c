/* SPDX-License-Identifier: Apache-2.0 */
/* All patterns of all rules in one automaton (vectorscan, block mode): one pass over a unit's
 * values costs about the same whether there are ten rules or five hundred. */
#include "detect/rules/rule.h"

#include <stdio.h>
#include <stdlib.h>

enum { FLAGS = HS_FLAG_CASELESS | HS_FLAG_DOTALL, PATTERN_BYTES = 2048 };

/* `^` first and `$` last mean the ends of a value: there the separator stands. */
static bool translate(stk_str pattern, char out[PATTERN_BYTES])
{
    bool from = pattern.len > 0 && pattern.ptr[0] == '^';
    bool to = pattern.len > 1 && pattern.ptr[pattern.len - 1] == '$' &&
              pattern.ptr[pattern.len - 2] != '\\';
    int n = snprintf(out, PATTERN_BYTES, "%s%.*s%s", from ? "\\xff" : "",
                     (int)(pattern.len - from - to), pattern.ptr + from, to ? "\\xff" : "");
    return n > 0 && n < PATTERN_BYTES && memchr(pattern.ptr, '\0', pattern.len) == NULL;
}

bool stk_rule_pattern_ok(stk_str pattern, char *ret_why, size_t room)
{
    char text[PATTERN_BYTES];
    if (!translate(pattern, text)) {
        snprintf(ret_why, room, "longer than %d bytes, or holds NUL", PATTERN_BYTES - 16);
        return false;
    }
    hs_expr_info_t *info = NULL;
    hs_compile_error_t *fault = NULL;
    if (hs_expression_info(text, FLAGS, &info, &fault) != HS_SUCCESS) {
        snprintf(ret_why, room, "%s", fault != NULL ? fault->message : "no memory");
        hs_free_compile_error(fault);
        return false;
    }
    bool empty = info->min_width == 0;
    free(info);
    if (empty)
        snprintf(ret_why, room, "it matches the empty text");
    return !empty;
}

typedef struct list {
    const char **text;
    unsigned *flags, *ids;
    size_t count;
} list;

static bool append(stk_rules *rules, list *all, uint32_t rule, const stk_rule_list *patterns,
                   bool veto)
{
    for (size_t i = 0; i < patterns->count; i++) {
        char text[PATTERN_BYTES];
        if (!translate(patterns->item[i], text))
            return false;
        stk_str copy = stk_arena_copy(rules->arena, (stk_str){ text, strlen(text) });
        if (copy.ptr == NULL)
            return false;
        all->text[all->count] = copy.ptr;
        all->flags[all->count] = FLAGS;
        all->ids[all->count] = (unsigned)all->count;
        rules->pattern[all->count++] = (stk_pattern){ .rule = rule, .veto = veto };
    }
    return true;
}

stk_status stk_rules_compile(stk_rules *rules, stk_error *err)
{
    size_t room = 0;
    for (size_t i = 0; i < rules->count; i++)
        room += rules->rule[i].patterns.count + rules->rule[i].unless.count;
    if (room == 0)
        return STK_OK;
    list all = { .text = stk_arena_array(rules->arena, const char *, room),
                 .flags = stk_arena_array(rules->arena, unsigned, room),
                 .ids = stk_arena_array(rules->arena, unsigned, room) };
    rules->pattern = stk_arena_array(rules->arena, stk_pattern, room);
    if (!all.text || !all.flags || !all.ids || !rules->pattern)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the rules");
    for (size_t i = 0; i < rules->count; i++)
        if (!append(rules, &all, (uint32_t)i, &rules->rule[i].patterns, false) ||
            !append(rules, &all, (uint32_t)i, &rules->rule[i].unless, true))
            return stk_fail(err, STK_ERR_MEMORY, "no memory for the rules");
    rules->pattern_count = all.count;
    hs_compile_error_t *fault = NULL;
    if (hs_compile_multi(all.text, all.flags, all.ids, (unsigned)all.count, HS_MODE_BLOCK, NULL,
                         &rules->database, &fault) == HS_SUCCESS)
        return STK_OK;
    const stk_rule *rule = fault != NULL && fault->expression >= 0
                               ? &rules->rule[rules->pattern[fault->expression].rule]
                               : NULL;
    stk_status status = stk_fail_at(err, STK_ERR_INVALID, rule ? rule->file.ptr : NULL,
                                    rule ? rule->line : 0, 1, "the patterns do not compile: %s",
                                    fault != NULL ? fault->message : "no memory");
    hs_free_compile_error(fault);
    return status;
}
