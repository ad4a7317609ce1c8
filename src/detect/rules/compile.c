/* SPDX-License-Identifier: Apache-2.0 */
/* All patterns of all rules in one automaton (vectorscan, block mode): one pass over a unit's
 * values costs about the same whether there are ten rules or five hundred. */
#include "detect/rules/rule.h"

#include <stdio.h>
#include <stdlib.h>

enum { FLAGS = HS_FLAG_CASELESS | HS_FLAG_DOTALL, PATTERN_BYTES = 2048 };

/* `^` and `$` mean the ends of a value: there the separator stands. */
static bool translate(stk_str pattern, char out[PATTERN_BYTES])
{
    size_t n = 0;
    bool in_class = false;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (n + 8 > PATTERN_BYTES || c == '\0')
            return false;
        if (c == '\\' && i + 1 < pattern.len) {
            out[n++] = c;
            out[n++] = pattern.ptr[++i];
            continue;
        }
        bool opens = c == '[' && !in_class;
        bool end = !in_class && (c == '^' || c == '$');
        in_class = in_class ? c != ']' : opens;
        if (end) {
            memcpy(out + n, "\\xff", 4);
            n += 4;
        } else {
            out[n++] = c;
        }
        /* A class may begin with `^`, and a `]` right after it belongs to it. */
        if (opens && i + 1 < pattern.len && pattern.ptr[i + 1] == '^')
            out[n++] = pattern.ptr[++i];
        if (opens && i + 1 < pattern.len && pattern.ptr[i + 1] == ']')
            out[n++] = pattern.ptr[++i];
    }
    out[n] = '\0';
    return n > 0;
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

/* A pattern and who wrote it, before equal ones are brought together. */
typedef struct written {
    const char *text;
    stk_pattern_use use;
} written;

static int compare_written(const void *a, const void *b)
{
    const written *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    if (order != 0)
        return order;
    return (x->use.rule > y->use.rule) - (x->use.rule < y->use.rule);
}

static bool append(stk_rules *rules, written *all, size_t *count, uint32_t rule,
                   const stk_rule_list *patterns, bool veto)
{
    for (size_t i = 0; i < patterns->count; i++) {
        char text[PATTERN_BYTES];
        if (!translate(patterns->item[i], text))
            return false;
        stk_str copy = stk_arena_copy(rules->arena, (stk_str){ text, strlen(text) });
        if (copy.ptr == NULL)
            return false;
        all[(*count)++] = (written){ .text = copy.ptr, .use = { .rule = rule, .veto = veto } };
    }
    return true;
}

/* Fill rules->pattern from all that rules wrote. */
static bool gather(stk_rules *rules, size_t room)
{
    written *all = stk_arena_array(rules->arena, written, room);
    stk_pattern_use *uses = stk_arena_array(rules->arena, stk_pattern_use, room);
    rules->pattern = stk_arena_array(rules->arena, stk_pattern, room);
    size_t count = 0;
    if (all == NULL || uses == NULL || rules->pattern == NULL)
        return false;
    for (size_t i = 0; i < rules->count; i++)
        if (!append(rules, all, &count, (uint32_t)i, &rules->rule[i].patterns, false) ||
            !append(rules, all, &count, (uint32_t)i, &rules->rule[i].unless, true))
            return false;
    qsort(all, count, sizeof *all, compare_written);
    for (size_t i = 0; i < count; i++) {
        uses[i] = all[i].use;
        bool same = i > 0 && strcmp(all[i - 1].text, all[i].text) == 0;
        if (!same)
            rules->pattern[rules->pattern_count++] = (stk_pattern){ .text = all[i].text,
                                                                    .use = &uses[i] };
        rules->pattern[rules->pattern_count - 1].count++;
    }
    return true;
}

stk_status stk_rules_compile(stk_rules *rules, const stk_rules_prebuilt *prebuilt, stk_error *err)
{
    size_t room = 0;
    for (size_t i = 0; i < rules->count; i++)
        room += rules->rule[i].patterns.count + rules->rule[i].unless.count;
    if (room == 0)
        return STK_OK;
    const char **text = stk_arena_array(rules->arena, const char *, room);
    unsigned *flags = stk_arena_array(rules->arena, unsigned, room);
    unsigned *ids = stk_arena_array(rules->arena, unsigned, room);
    if (text == NULL || flags == NULL || ids == NULL || !gather(rules, room))
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the rules");
    if (prebuilt != NULL && prebuilt->hash == rules->hash &&
        hs_deserialize_database(prebuilt->bytes, prebuilt->len, &rules->database) == HS_SUCCESS)
        return STK_OK;
    for (size_t i = 0; i < rules->pattern_count; i++) {
        text[i] = rules->pattern[i].text;
        flags[i] = FLAGS;
        ids[i] = (unsigned)i;
    }
    hs_compile_error_t *fault = NULL;
    if (hs_compile_multi(text, flags, ids, (unsigned)rules->pattern_count, HS_MODE_BLOCK, NULL,
                         &rules->database, &fault) == HS_SUCCESS)
        return STK_OK;
    const stk_rule *rule = fault != NULL && fault->expression >= 0
                               ? &rules->rule[rules->pattern[fault->expression].use[0].rule]
                               : NULL;
    stk_status status = stk_fail_at(err, STK_ERR_INVALID, rule ? rule->file.ptr : NULL,
                                    rule ? rule->line : 0, 1, "the patterns do not compile: %s",
                                    fault != NULL ? fault->message : "no memory");
    hs_free_compile_error(fault);
    return status;
}
