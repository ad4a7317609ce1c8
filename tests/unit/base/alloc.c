/* SPDX-License-Identifier: Apache-2.0 */
/* The parsers of base with every allocation failing in turn. */
#include "alloc.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/spec.h"
#include "base/yaml.h"

static stk_status yaml(void *ctx)
{
    (void)ctx;
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_yaml *root = NULL;
    if (arena == NULL)
        return STK_ERR_MEMORY;
    return stk_yaml_parse(STK_S("a: [1, 'two', {b: c}]\nd: |\n  block\nkey: \"quoted \\n\"\n"
                                "list:\n  - x\n  - y: z\n    w: v\n"),
                          "f", arena, &root, NULL);
}

/* Refusals build messages, which takes nothing. */
static stk_status yaml_refused(void *ctx)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_yaml *root = NULL;
    stk_error err;
    if (arena == NULL)
        return STK_ERR_MEMORY;
    return stk_yaml_parse(*(const stk_str *)ctx, "f", arena, &root, &err);
}

static stk_status json(void *ctx)
{
    (void)ctx;
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_json_value *root = NULL;
    if (arena == NULL)
        return STK_ERR_MEMORY;
    return stk_json_read(STK_S("{\"a\":[1,2.5,\"x\\u00e9\",null,true],\"b\":{\"c\":{},\"d\":[]}}"),
                         "f", arena, &root, NULL);
}

typedef struct option {
    int64_t n;
    stk_str s;
} option;

static stk_status spec(void *ctx)
{
    static const stk_spec rows[] = {
        { "number", STK_INT, offsetof(option, n), "1", NULL, NULL, "A number." },
        { "text", STK_STRING, offsetof(option, s), "x", NULL, NULL, "A text." },
    };
    (void)ctx;
    option o;
    stk_error err;
    stk_spec_defaults(rows, STK_COUNT(rows), &o);
    return stk_spec_set(rows, STK_COUNT(rows), &o, STK_S("nmuber"), STK_S("2"), &err);
}

static void drop(void *to, stk_str line)
{
    *(size_t *)to += line.len;
}

/* A line is never dropped in silence. */
static stk_status log_line(void *ctx)
{
    (void)ctx;
    size_t bytes = 0;
    stk_log log = { .sink = drop, .to = &bytes };
    stk_log_info(&log, "a line", F("text", STK_S("value")), F("number", 1));
    return bytes == 0 ? STK_ERR_IO : STK_OK;
}

static stk_status buffer(void *ctx)
{
    (void)ctx;
    stk_auto_buf b = stk_buf_init(1 << 16);
    for (int i = 0; i < 2000; i++)
        stk_buf_printf(&b, "line %d\n", i);
    return b.failed ? STK_ERR_MEMORY : STK_OK;
}

static const char *parsers(void)
{
    const char *why = alloc_torture(yaml, NULL, STK_OK);
    if (why == NULL)
        why = alloc_torture(json, NULL, STK_OK);
    return why != NULL ? why : alloc_torture(spec, NULL, STK_ERR_MISSING);
}

static const char *refusals(void)
{
    stk_str cases[] = { STK_S("a: [1, 2\n"), STK_S("a: 1\nb: 2\na: 3\n"), STK_S("a: *x\n"),
                        STK_S("a: &x y\n"), STK_S("a: \x01\n") };
    for (size_t i = 0; i < STK_COUNT(cases); i++) {
        const char *why = alloc_torture(yaml_refused, &cases[i], yaml_refused(&cases[i]));
        if (why != NULL)
            return why;
    }
    return NULL;
}

static const char *writers(void)
{
    const char *why = alloc_torture(log_line, NULL, STK_OK);
    return why != NULL ? why : alloc_torture(buffer, NULL, STK_OK);
}

/* The harness itself: it sees a leak, and a failure that is called something else. */
typedef struct forgotten {
    void *ptr[16];
    size_t count;
} forgotten;

static stk_status leaks(void *ctx)
{
    forgotten *keep = ctx;
    char *first = malloc(10);
    char *second = first == NULL ? NULL : malloc(10);
    if (first != NULL && second == NULL) {
        keep->ptr[keep->count++ % STK_COUNT(keep->ptr)] = first;
        return STK_ERR_MEMORY;
    }
    free(second);
    free(first);
    return first == NULL ? STK_ERR_MEMORY : STK_OK;
}

static stk_status lies(void *ctx)
{
    (void)ctx;
    void *p = malloc(10);
    free(p);
    return p == NULL ? STK_ERR_SYNTAX : STK_OK;
}

static const char *harness(void)
{
    forgotten kept = { .count = 0 };
    const char *leak = alloc_torture(leaks, &kept, STK_OK);
    for (size_t i = 0; i < kept.count; i++)
        free(kept.ptr[i]);
    CHECK(kept.count == 2);
    CHECK(leak != NULL && strstr(leak, "memory is lost") != NULL);
    const char *lie = alloc_torture(lies, NULL, STK_OK);
    CHECK(lie != NULL && strstr(lie, "something else") != NULL);
    return NULL;
}

static const check_test tests[] = {
    { "the harness sees faults", harness },
    { "parsers", parsers },
    { "refusals", refusals },
    { "writers", writers },
};
CHECK_MAIN(tests)
