/* SPDX-License-Identifier: Apache-2.0 */
/* The strict YAML reader: what it builds, what it refuses, and that it says where. */
#include "base/yaml.h"

#include "base/buf.h"
#include "base/limits.h"
#include "check.h"

#include <stdlib.h>

static const char *tree(void)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_yaml *root = NULL;
    stk_error err;
    stk_status status = stk_yaml_parse(STK_S("# rules\nid: sqli.quote\ntags: [a, 'b', yes]\n"
                                             "nested:\n  é: x\n  deep:\n    - |\n      two\n      "
                                             "lines\n    - { k: v }\nempty:\n"),
                                       "r.yaml", arena, &root, &err);
    CHECK(status == STK_OK);
    CHECK(root->kind == STK_YAML_MAP && root->count == 4);
    const stk_yaml *id = stk_yaml_get(root, "id");
    CHECK(id != NULL && stk_str_eq(id->text, STK_S("sqli.quote")) && !id->quoted);
    CHECK(id->line == 2 && id->column == 5 && id->key_line == 2 && id->key_column == 1);
    const stk_yaml *tags = stk_yaml_get(root, "tags");
    CHECK(tags->kind == STK_YAML_LIST && tags->count == 3);
    CHECK(tags->child->next->quoted && tags->child->next->column == 11);
    CHECK(stk_str_eq(tags->child->next->next->text, STK_S("yes")));
    const stk_yaml *nested = stk_yaml_get(root, "nested");
    CHECK(nested->child->column == 7); /* bytes: the key has two in one character */
    const stk_yaml *deep = stk_yaml_get(nested, "deep");
    CHECK(stk_str_eq(deep->child->text, STK_S("two\nlines\n")) && deep->child->quoted);
    CHECK(stk_str_eq(stk_yaml_get(deep->child->next, "k")->text, STK_S("v")));
    CHECK(stk_yaml_get(root, "empty")->text.len == 0 && !stk_yaml_get(root, "empty")->quoted);
    CHECK(stk_yaml_get(root, "absent") == NULL && stk_yaml_get(id, "x") == NULL);
    return NULL;
}

static const char *refusals(void)
{
    static const struct {
        const char *yaml;
        stk_status status;
        uint32_t line, column;
        const char *says;
    } table[] = {
        { "", STK_ERR_INVALID, 1, 1, "empty" },
        { "# only a comment\n", STK_ERR_INVALID, 1, 1, "empty" },
        { "---\n", STK_ERR_INVALID, 1, 1, "empty" },
        { "a: &x 1\n", STK_ERR_INVALID, 1, 4, "anchors" },
        { "a: 1\nb: *x\n", STK_ERR_INVALID, 2, 4, "aliases" },
        { "a: !!str 1\n", STK_ERR_INVALID, 1, 4, "tags" },
        { "a: ! 1\n", STK_ERR_INVALID, 1, 4, "tags" },
        { "%TAG ! tag:x,2000:\n--- {a: b}\n", STK_ERR_INVALID, 1, 1, "%TAG" },
        { "a: 1\nb: 2\na: 3\n", STK_ERR_INVALID, 3, 1, "given twice, first in line 1" },
        { "x: {a: 1, a: 2}\n", STK_ERR_INVALID, 1, 11, "given twice" },
        { "a: 1\n---\nb: 2\n", STK_ERR_INVALID, 2, 1, "second document" },
        { "? [a]\n: b\n", STK_ERR_INVALID, 1, 3, "key must be text" },
        { "?\n: b\n", STK_ERR_INVALID, 1, 2, "key is missing" },
        { "a: b: c\n", STK_ERR_SYNTAX, 1, 5, "quotes" },
        { "a:\n\t- b\n", STK_ERR_SYNTAX, 2, 1, "tabs" },
        { "a: 'open\n", STK_ERR_SYNTAX, 2, 1, "close the quote" },
        { "a: \"\\d\"\n", STK_ERR_SYNTAX, 1, 5, "backslash" },
        { "a: 1\nb: \x01\n", STK_ERR_SYNTAX, 2, 4, "remove the byte" },
        { "a: \xff\n", STK_ERR_SYNTAX, 1, 4, "UTF-8" },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        stk_auto_arena *arena = stk_arena_new(1 << 20);
        const stk_yaml *root = NULL;
        stk_error err = { 0 };
        stk_str bytes = { table[i].yaml, strlen(table[i].yaml) };
        stk_status status = stk_yaml_parse(bytes, "f.yaml", arena, &root, &err);
        if (status != table[i].status || err.line != table[i].line ||
            err.column != table[i].column || strstr(err.text, table[i].says) == NULL)
            printf("# case %zu: status %d at %u:%u: %s\n", i, status, err.line, err.column,
                   err.text);
        CHECK(status == table[i].status && err.status == status);
        CHECK(err.line == table[i].line && err.column == table[i].column);
        CHECK(strstr(err.text, table[i].says) != NULL && strcmp(err.file, "f.yaml") == 0);
        CHECK(root == NULL);
    }
    return NULL;
}

static const char *limits(void)
{
    stk_auto_arena *arena = stk_arena_new(256 << 20);
    const stk_yaml *root = NULL;
    stk_error err;
    char deep[2 * STK_NEST_DEPTH + 3];
    memset(deep, '[', STK_NEST_DEPTH);
    memset(deep + STK_NEST_DEPTH, ']', STK_NEST_DEPTH);
    CHECK(stk_yaml_parse((stk_str){ deep, 2 * STK_NEST_DEPTH }, NULL, arena, &root, &err) ==
          STK_OK);
    memset(deep, '[', STK_NEST_DEPTH + 1);
    memset(deep + STK_NEST_DEPTH + 1, ']', STK_NEST_DEPTH + 1);
    stk_str over = { deep, 2 * STK_NEST_DEPTH + 2 };
    CHECK(stk_yaml_parse(over, NULL, arena, &root, &err) == STK_ERR_LIMIT);
    CHECK(err.column == STK_NEST_DEPTH + 1);

    size_t n = STK_YAML_BYTES + 1;
    char *big = malloc(n);
    CHECK(big != NULL);
    memset(big, '#', n);
    stk_status too_big = stk_yaml_parse((stk_str){ big, n }, NULL, arena, &root, &err);
    memcpy(big, "[", 1);
    for (size_t i = 1; i + 1 < n; i += 2)
        memcpy(big + i, "a,", 2);
    stk_status too_many = stk_yaml_parse((stk_str){ big, n - 1 }, NULL, arena, &root, &err);
    free(big);
    CHECK(too_big == STK_ERR_LIMIT && too_many == STK_ERR_LIMIT);
    CHECK(strstr(err.text, "200000") != NULL);

    stk_auto_arena *small = stk_arena_new(64);
    CHECK(stk_yaml_parse(STK_S("a: [b, c, d]"), NULL, small, &root, &err) == STK_ERR_MEMORY);
    return NULL;
}

/* 60,000 keys in one map: checked for repeats without comparing each with each. */
static const char *many_keys(void)
{
    stk_auto_arena *arena = stk_arena_new(64 << 20);
    stk_auto_buf buf = stk_buf_init(4 << 20);
    for (int i = 0; i < 60000; i++)
        stk_buf_printf(&buf, "key%d: 1\n", i);
    stk_buf_printf(&buf, "key777: 2\n");
    const stk_yaml *root;
    stk_error err;
    CHECK(stk_yaml_parse(stk_buf_str(&buf), NULL, arena, &root, &err) == STK_ERR_INVALID);
    CHECK(err.line == 60001 && strstr(err.text, "line 778") != NULL);
    return NULL;
}

static const char *only(void)
{
    static const char *const keys[] = { "id", "severity", "fires", NULL };
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_yaml *root;
    stk_error err;
    CHECK(stk_yaml_parse(STK_S("id: x\nfires: [a]\n"), NULL, arena, &root, &err) == STK_OK);
    CHECK(stk_yaml_only(root, "f", keys, &err) == STK_OK);
    CHECK(stk_yaml_only(root->child, "f", keys, &err) == STK_ERR_INVALID);
    CHECK(stk_yaml_parse(STK_S("id: x\n severty: high\n"), NULL, arena, &root, &err) != STK_OK);
    CHECK(stk_yaml_parse(STK_S("id: x\nseverty: high\n"), NULL, arena, &root, &err) == STK_OK);
    CHECK(stk_yaml_only(root, "f", keys, &err) == STK_ERR_INVALID);
    CHECK(err.line == 2 && err.column == 1);
    CHECK(strcmp(err.text, "unknown key 'severty' (did you mean 'severity'?)") == 0);
    CHECK(stk_yaml_parse(STK_S("colour: x\n"), NULL, arena, &root, &err) == STK_OK);
    CHECK(stk_yaml_only(root, "f", keys, &err) == STK_ERR_INVALID);
    CHECK(strstr(err.text, "known here: id, severity, fires") != NULL);
    return NULL;
}

static const check_test tests[] = {
    { "a tree with places", tree }, { "refusals say where and what to do", refusals },
    { "limits", limits },           { "a map of many keys", many_keys },
    { "only known keys", only },
};
CHECK_MAIN(tests)
