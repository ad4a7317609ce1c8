/* SPDX-License-Identifier: Apache-2.0 */
/* The strict JSON reader: the tree, the refusals with their places, limits. */
#include "base/json_read.h"

#include "base/buf.h"
#include "base/limits.h"
#include "check.h"

static const char *tree(void)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_json_value *v = NULL;
    stk_error err;
    CHECK(stk_json_read(STK_S(" {\"a\": [1, -2.5e1, true, null, \"x\\u00e9\\ud83d\\ude00\\n\"],\n"
                              "  \"\\u0062\": {}, \"c\": []}\r\n"),
                        "t.json", arena, &v, &err) == STK_OK);
    CHECK(v->kind == STK_JSON_OBJECT && v->count == 3 && v->column == 2);
    const stk_json_value *a = stk_json_get(v, "a"), *b = stk_json_get(v, "b");
    CHECK(a->kind == STK_JSON_LIST && a->count == 5 && a->child->whole && a->child->i == 1);
    CHECK(!a->child->next->whole && a->child->next->r == -25.0);
    CHECK(stk_str_eq(a->child->next->text, STK_S("-2.5e1")));
    CHECK(a->child->next->next->yes && a->child->next->next->next->kind == STK_JSON_NULL);
    CHECK(stk_str_eq(a->child->next->next->next->next->text, STK_S("xé\xf0\x9f\x98\x80\n")));
    CHECK(b->kind == STK_JSON_OBJECT && b->count == 0 && b->line == 2 && b->column == 13);
    CHECK(stk_json_get(v, "c")->count == 0 && stk_json_get(v, "d") == NULL);
    CHECK(stk_json_get(a, "a") == NULL && stk_json_get(NULL, "a") == NULL);
    return NULL;
}

static const char *numbers(void)
{
    static const struct {
        const char *json;
        bool whole;
        int64_t i;
        double r;
    } table[] = {
        { "0", true, 0, 0 },
        { "-0", true, 0, 0 },
        { "9223372036854775807", true, INT64_MAX, 9223372036854775807.0 },
        { "-9223372036854775808", true, INT64_MIN, -9223372036854775808.0 },
        { "9223372036854775808", false, 0, 9223372036854775808.0 },
        { "0.1", false, 0, 0.1 },
        { "1E2", false, 0, 100 },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        stk_auto_arena *arena = stk_arena_new(4096);
        const stk_json_value *v;
        stk_str s = { table[i].json, strlen(table[i].json) };
        CHECK(stk_json_read(s, NULL, arena, &v, NULL) == STK_OK);
        CHECK(v->whole == table[i].whole && v->i == table[i].i && v->r == table[i].r);
    }
    return NULL;
}

static const char *refusals(void)
{
    static const struct {
        const char *json;
        stk_status status;
        uint32_t line, column;
        const char *says;
    } table[] = {
        { "", STK_ERR_SYNTAX, 1, 1, "too early" },
        { "  \n ", STK_ERR_SYNTAX, 2, 2, "too early" },
        { "[1,\n 2,]", STK_ERR_SYNTAX, 2, 4, "a value must start here" },
        { "[1 2]", STK_ERR_SYNTAX, 1, 4, "comma or ]" },
        { "{\"a\" 1}", STK_ERR_SYNTAX, 1, 6, "colon" },
        { "{a: 1}", STK_ERR_SYNTAX, 1, 2, "key in double quotes" },
        { "{,}", STK_ERR_SYNTAX, 1, 2, "key in double quotes" },
        { "[1}", STK_ERR_SYNTAX, 1, 3, "comma or ]" },
        { "[", STK_ERR_SYNTAX, 1, 2, "too early" },
        { "\"a", STK_ERR_SYNTAX, 1, 3, "too early" },
        { "\"a\\", STK_ERR_SYNTAX, 1, 4, "too early" },
        { "\"\\x\"", STK_ERR_SYNTAX, 1, 3, "escape" },
        { "\"\\u12\"", STK_ERR_SYNTAX, 1, 4, "4 hex digits" },
        { "\"\\ud800\"", STK_ERR_SYNTAX, 1, 2, "surrogate" },
        { "\"\\ud800\\u0041\"", STK_ERR_SYNTAX, 1, 2, "surrogate" },
        { "\"\\udc00\"", STK_ERR_SYNTAX, 1, 2, "surrogate" },
        { "\"\x01\"", STK_ERR_SYNTAX, 1, 2, "control" },
        { "\"\xc0\xaf\"", STK_ERR_SYNTAX, 1, 2, "UTF-8" },
        { "\"\xe2\x82\"", STK_ERR_SYNTAX, 1, 2, "UTF-8" },
        { "01", STK_ERR_SYNTAX, 1, 1, "zero" },
        { "-", STK_ERR_SYNTAX, 1, 1, "digits" },
        { "1.", STK_ERR_SYNTAX, 1, 1, "point" },
        { "1e", STK_ERR_SYNTAX, 1, 1, "exponent" },
        { "1e999", STK_ERR_SYNTAX, 1, 1, "too large" },
        { "+1", STK_ERR_SYNTAX, 1, 1, "value" },
        { "True", STK_ERR_SYNTAX, 1, 1, "value" },
        { "1 2", STK_ERR_SYNTAX, 1, 3, "nothing may follow" },
        { "{\"a\":1,\n\"b\":2,\"\\u0061\":3}", STK_ERR_INVALID, 2, 16,
          "given twice, first in line 1" },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        stk_auto_arena *arena = stk_arena_new(1 << 16);
        const stk_json_value *v = NULL;
        stk_error err = { 0 };
        stk_str s = { table[i].json, strlen(table[i].json) };
        stk_status status = stk_json_read(s, "f", arena, &v, &err);
        if (status != table[i].status || err.line != table[i].line ||
            err.column != table[i].column || strstr(err.text, table[i].says) == NULL)
            printf("# case %zu: %d at %u:%u: %s\n", i, status, err.line, err.column, err.text);
        CHECK(status == table[i].status && v == NULL);
        CHECK(err.line == table[i].line && err.column == table[i].column);
        CHECK(strstr(err.text, table[i].says) != NULL);
    }
    return NULL;
}

static const char *limits(void)
{
    stk_auto_arena *arena = stk_arena_new(64 << 20);
    const stk_json_value *v;
    stk_error err;
    char deep[STK_NEST_DEPTH + 1];
    memset(deep, '[', sizeof deep);
    CHECK(stk_json_read((stk_str){ deep, sizeof deep }, NULL, arena, &v, &err) == STK_ERR_LIMIT);
    CHECK(err.column == STK_NEST_DEPTH + 1);
    CHECK(stk_json_read((stk_str){ deep, sizeof deep - 1 }, NULL, arena, &v, &err) ==
          STK_ERR_SYNTAX);
    stk_auto_arena *small = stk_arena_new(200);
    CHECK(stk_json_read(STK_S("[1,2,3,4,5,6]"), NULL, small, &v, &err) == STK_ERR_MEMORY);
    stk_auto_buf many = stk_buf_init(4 << 20);
    stk_buf_char(&many, '{');
    for (int i = 0; i < 60000; i++)
        stk_buf_printf(&many, "\"key%d\":%d,", i, i);
    stk_buf_printf(&many, "\"key5\":0}");
    CHECK(stk_json_read(stk_buf_str(&many), NULL, arena, &v, &err) == STK_ERR_INVALID);
    return NULL;
}

static const check_test tests[] = {
    { "a tree", tree },
    { "numbers", numbers },
    { "refusals with their places", refusals },
    { "limits", limits },
};
CHECK_MAIN(tests)
