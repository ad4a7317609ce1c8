/* SPDX-License-Identifier: Apache-2.0 */
/* Files of rules become one immutable set: read, ids checked, compiled, hashed. */
#include "base/hash.h"
#include "detect/rules/rule.h"

#include <stdio.h>
#include <stdlib.h>

/* The hash names a snapshot; it guards nothing, so its key is a constant. */
static const stk_hash_key snapshot_key = { 0x73746b2d72756c65, 0x736e617073686f74 };

static int compare_ids(stk_str a, stk_str b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_index(const void *a, const void *b, void *ctx)
{
    const stk_rule *rule = ctx;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = compare_ids(rule[x].info.id, rule[y].info.id);
    return order != 0 ? order : (x > y) - (x < y);
}

/* One file's list of rules appended to the set's. */
static stk_status read_file(stk_rules *rules, const stk_rules_file *file, stk_rule_faults *faults,
                            stk_error *err)
{
    stk_str name = stk_arena_copy(rules->arena, file->name);
    stk_str bytes = stk_arena_copy(rules->arena, file->bytes);
    if (name.ptr == NULL || bytes.ptr == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the rules");
    const stk_yaml *root = NULL;
    stk_error why = { 0 };
    stk_status status = stk_yaml_parse(bytes, name.ptr, rules->arena, &root, &why);
    if (status == STK_ERR_MEMORY)
        return stk_fail(err, status, "no memory for the rules");
    if (status != STK_OK) {
        stk_rule_fault(faults, name, why.line, why.column, "%s", why.text);
        return STK_OK;
    }
    if (root->kind != STK_YAML_LIST) {
        stk_rule_fault(faults, name, root->line, root->column,
                       "a file of rules is a list: each rule starts with '- id:'");
        return STK_OK;
    }
    for (const stk_yaml *n = root->child; n != NULL; n = n->next) {
        if (rules->count == STK_RULES)
            return stk_fail_at(err, STK_ERR_LIMIT, name.ptr, n->line, n->column,
                               "more than %d rules", STK_RULES);
        stk_rule *rule = &rules->rule[rules->count];
        if (stk_rule_read(n, name, rules->arena, faults, rule))
            rules->count++;
    }
    return STK_OK;
}

static void check_ids(stk_rules *rules, stk_rule_faults *faults)
{
    for (size_t i = 0; i < rules->count; i++)
        rules->by_id[i] = (uint32_t)i;
    qsort_r(rules->by_id, rules->count, sizeof *rules->by_id, compare_index, rules->rule);
    for (size_t i = 1; i < rules->count; i++) {
        const stk_rule *a = &rules->rule[rules->by_id[i - 1]], *b = &rules->rule[rules->by_id[i]];
        if (stk_str_eq(a->info.id, b->info.id))
            stk_rule_fault(faults, b->file, b->line, 1,
                           "the id '%" STK_SFMT "' is used twice; first in %" STK_SFMT ":%u",
                           STK_SARG(b->info.id), STK_SARG(a->file), a->line);
    }
}

static stk_status fill(stk_rules *rules, const stk_rules_file *files, size_t count,
                       const stk_rules_prebuilt *prebuilt, stk_rule_faults *faults, stk_error *err)
{
    for (size_t i = 0; i < count; i++) {
        rules->hash = stk_mix64(rules->hash ^ stk_hash(&snapshot_key, files[i].name));
        rules->hash = stk_mix64(rules->hash ^ stk_hash(&snapshot_key, files[i].bytes));
    }
    faults->compiled_before = prebuilt != NULL && prebuilt->hash == rules->hash;
    /* Grown never: a rule's info is pointed at by findings, so it must not move. */
    rules->rule = stk_arena_array(rules->arena, stk_rule, STK_RULES);
    rules->by_id = stk_arena_array(rules->arena, uint32_t, STK_RULES);
    rules->unpatterned = stk_arena_array(rules->arena, uint32_t, STK_RULES);
    if (rules->rule == NULL || rules->by_id == NULL || rules->unpatterned == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the rules");
    for (size_t i = 0; i < count; i++)
        STK_TRY(read_file(rules, &files[i], faults, err));
    check_ids(rules, faults);
    if (faults->count > 0) {
        if (err != NULL)
            *err = faults->first;
        return STK_ERR_INVALID;
    }
    for (size_t i = 0; i < rules->count; i++)
        if (rules->rule[i].patterns.count == 0)
            rules->unpatterned[rules->unpatterned_count++] = (uint32_t)i;
    return stk_rules_compile(rules, prebuilt, err);
}

stk_status stk_rules_load(const stk_rules_file *files, size_t count, stk_rules_complain complain,
                          void *ctx, stk_rules **ret, stk_error *err)
{
    return stk_rules_load_with(files, count, NULL, complain, ctx, ret, err);
}

stk_status stk_rules_load_with(const stk_rules_file *files, size_t count,
                               const stk_rules_prebuilt *prebuilt, stk_rules_complain complain,
                               void *ctx, stk_rules **ret, stk_error *err)
{
    stk_rules *rules = calloc(1, sizeof *rules);
    if (rules != NULL)
        rules->arena = stk_arena_new(STK_RULES_ARENA_BYTES);
    if (rules == NULL || rules->arena == NULL) {
        free(rules);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the rules");
    }
    stk_rule_faults faults = { .complain = complain, .ctx = ctx };
    stk_status status = fill(rules, files, count, prebuilt, &faults, err);
    if (status != STK_OK) {
        stk_rules_free(rules);
        return status;
    }
    *ret = rules;
    return STK_OK;
}

void stk_rules_free(stk_rules *rules)
{
    if (rules == NULL)
        return;
    hs_free_database(rules->database);
    stk_arena_free(rules->arena);
    free(rules);
}

uint64_t stk_rules_hash(const stk_rules *rules)
{
    return rules->hash;
}

size_t stk_rules_count(const stk_rules *rules)
{
    return rules->count;
}

const stk_rule_info *stk_rules_at(const stk_rules *rules, size_t i)
{
    return &rules->rule[i].info;
}

static const stk_rule *find(const stk_rules *rules, stk_str id)
{
    size_t low = 0, high = rules->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const stk_rule *rule = &rules->rule[rules->by_id[middle]];
        int order = compare_ids(rule->info.id, id);
        if (order == 0)
            return rule;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const stk_rule_info *stk_rules_find(const stk_rules *rules, stk_str id)
{
    const stk_rule *rule = find(rules, id);
    return rule != NULL ? &rule->info : NULL;
}

bool stk_rules_text(const stk_rules *rules, stk_str id, stk_rule_text *ret)
{
    const stk_rule *rule = find(rules, id);
    if (rule == NULL)
        return false;
    *ret = (stk_rule_text){
        .file = rule->file,
        .line = rule->line,
        .confidence = rule->confidence,
        .places = rule->places_text,
        .confirmer = rule->confirm_text,
        .patterns = rule->patterns.item,
        .pattern_count = rule->patterns.count,
        .references = rule->references.item,
        .reference_count = rule->references.count,
    };
    return true;
}
