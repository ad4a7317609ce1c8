/* SPDX-License-Identifier: Apache-2.0 */
/* Fields picked out of lines of JSON. */
#include "base/json_simd.h"

#include "check.h"

#include <stdlib.h>

static const stk_str paths[] = { { "a", 1 }, { "b.c", 3 }, { "b.d.e", 5 }, { "x-y", 3 } };
enum { A, BC, BDE, XY, PATHS };

static stk_status pick(const char *line, stk_arena *arena, stk_picked *picked)
{
    const stk_picker *picker;
    size_t len = strlen(line);
    char *own = malloc(len == 0 ? 1 : len); /* of its own size, for ASan */
    memcpy(own, line, len);
    stk_str copy = stk_arena_copy(arena, (stk_str){ own, len });
    free(own);
    if (stk_picker_new(paths, PATHS, arena, &picker, NULL) != STK_OK)
        return STK_ERR_LIMIT;
    return stk_pick(picker, copy, arena, picked, NULL);
}

static const char *values_have_types(void)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_picked p[PATHS];
    CHECK(pick(" { \"a\" : \"t\\u00e9xt\" , \"b\" : {\"z\":[{}],\"c\": -12 ,\"d\":{\"e\":1.5e3}} "
               ",\"x-y\":[\"first\",2]} \r\n",
               arena, p) == STK_OK);
    CHECK(p[A].type == STK_PICK_STRING && stk_str_eq(p[A].text, STK_S("t\xc3\xa9xt")));
    CHECK(p[BC].type == STK_PICK_INT && p[BC].integer == -12 &&
          stk_str_eq(p[BC].text, STK_S("-12")));
    CHECK(p[BDE].type == STK_PICK_REAL && p[BDE].real == 1500);
    CHECK(p[XY].type == STK_PICK_STRING && stk_str_eq(p[XY].text, STK_S("first")));
    CHECK(pick("{\"b.c\":true,\"a\":null,\"b\":7,\"x-y\":[]}", arena, p) == STK_OK);
    CHECK(p[BC].type == STK_PICK_BOOL && p[BC].truth && p[A].type == STK_PICK_NULL);
    CHECK(p[BDE].type == STK_PICK_ABSENT && p[XY].type == STK_PICK_LIST);
    CHECK(pick("{\"a\":{\"q\":1},\"x-y\":[[1]],\"a\":\"last\"}", arena, p) == STK_OK);
    CHECK(p[A].type == STK_PICK_STRING && stk_str_eq(p[A].text, STK_S("last")) &&
          p[XY].type == STK_PICK_LIST);
    CHECK(pick("{}", arena, p) == STK_OK && p[A].type == STK_PICK_ABSENT);
    CHECK(pick("{\"a\":123456789012345678901234567890}", arena, p) == STK_OK &&
          p[A].type == STK_PICK_REAL);
    return NULL;
}

static const char *what_is_no_object_is_refused(void)
{
    static const char *const bad[] = {
        "",
        " ",
        "1",
        "\"a\"",
        "[]",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":,}",
        "{\"q\":,}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}{",
        "{\"a\":1} x",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":nul}",
        "{\"a\":truex}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"x}",
        "{\"a\":[1}",
        "{\"q\":[1}",
        "{\"q\":{\"r\":1]}",
        "{\"a\":\"x\"y}",
        "{a:1}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\x01\"}",
        "{\"b\":{\"c\":1}",
        "{\"a\":inf}",
        "{\"a\":-}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":[,]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        stk_auto_arena *arena = stk_arena_new(1 << 20);
        stk_picked p[PATHS];
        if (pick(bad[i], arena, p) != STK_ERR_SYNTAX)
            return bad[i];
    }
    return NULL;
}

static const char *lines_do_not_mind_each_other(void)
{
    stk_auto_arena *arena = stk_arena_new(64 << 20);
    stk_picked p[PATHS];
    for (size_t n = 1; n < 300000; n = n * 3 + 1) { /* growing, then shrinking back */
        char *line = malloc(n + 64);
        size_t head = (size_t)snprintf(line, n + 64, "{\"pad\":\"");
        memset(line + head, 'p', n);
        memcpy(line + head + n, "\",\"a\":\"v\"}", sizeof "\",\"a\":\"v\"}");
        bool right = pick(line, arena, p) == STK_OK && stk_str_eq(p[A].text, STK_S("v"));
        free(line);
        CHECK(right);
        CHECK(pick("{\"x-y\":1,\"a\":2}", arena, p) == STK_OK && p[A].integer == 2 &&
              p[XY].integer == 1);
    }
    stk_auto_arena *small = stk_arena_new(9000); /* room for the picker, none for the unescaped */
    char line[700] = "{\"a\":\"\\n";
    memset(line + 8, 'x', 600);
    memcpy(line + 608, "\"}", 3);
    stk_status status = STK_OK;
    for (int i = 0; i < 100 && status == STK_OK; i++)
        status = pick(line, small, p);
    CHECK(status == STK_ERR_MEMORY || status == STK_ERR_LIMIT);
    return NULL;
}

static const check_test tests[] = {
    { "values have types", values_have_types },
    { "what is no object is refused", what_is_no_object_is_refused },
    { "lines do not mind each other", lines_do_not_mind_each_other },
};
CHECK_MAIN(tests)
