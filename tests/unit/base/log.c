/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: whole, typed, cut where they are too long. What may not be logged: tests/negative. */
#include "base/log.h"

#include "base/json_read.h"
#include "check.h"

typedef struct sink {
    char text[2 * STK_LOG_BYTES];
    size_t len, lines;
} sink;

static void take(void *to, stk_str line)
{
    sink *s = to;
    memcpy(s->text, line.ptr, line.len);
    s->len = line.len;
    s->lines++;
}

static stk_time noon(void *to)
{
    (void)to;
    return INT64_C(1767268800) * STK_SECOND;
}

static const char *line(void)
{
    sink s = { .len = 0 };
    stk_log log = { .least = STK_INFO, .sink = take, .now = noon, .to = &s };
    stk_log_info(&log, "file opened", F("file", STK_S("a\n\"b")), F("bytes", (uint64_t)12),
                 F("share", 0.5), F("follow", (bool)true), F("zone", -3600));
    CHECK(stk_str_eq((stk_str){ s.text, s.len },
                     STK_S("{\"at\":\"2026-01-01T12:00:00Z\",\"level\":\"info\",\"msg\":\"file "
                           "opened\",\"file\":\"a\\n\\\"b\",\"bytes\":12,\"share\":0.500000,"
                           "\"follow\":true,\"zone\":-3600}\n")));
    stk_log_debug(&log, "too low");
    CHECK(s.lines == 1);
    log.now = NULL;
    stk_log_error(&log, "plain");
    CHECK(
        stk_str_eq((stk_str){ s.text, s.len }, STK_S("{\"level\":\"error\",\"msg\":\"plain\"}\n")));
    stk_log_error(NULL, "nobody listens");
    return NULL;
}

/* A line that would be too long keeps its first fields, stays JSON and says that it was cut. */
static const char *cut(void)
{
    static char lengthy[2 * STK_LOG_BYTES];
    memset(lengthy, 'x', sizeof lengthy);
    sink s = { .len = 0 };
    stk_log log = { .sink = take, .to = &s };
    for (size_t n = STK_LOG_BYTES - 100; n < STK_LOG_BYTES + 20; n++) {
        stk_log_warn(&log, "m", F("first", 1), F("long", ((stk_str){ lengthy, n })), F("last", 2));
        CHECK(s.len <= STK_LOG_BYTES && s.text[s.len - 1] == '\n');
        stk_auto_arena *arena = stk_arena_new(1 << 20);
        const stk_json_value *v;
        CHECK(stk_json_read((stk_str){ s.text, s.len }, NULL, arena, &v, NULL) == STK_OK);
        CHECK(stk_json_get(v, "first")->i == 1);
        CHECK((stk_json_get(v, "last") == NULL) == (stk_json_get(v, "cut") != NULL));
    }
    CHECK(stk_str_eq((stk_str){ s.text, s.len },
                     STK_S("{\"level\":\"warn\",\"msg\":\"m\",\"first\":1,\"cut\":true}\n")));
    return NULL;
}

static const check_test tests[] = {
    { "a line", line },
    { "a line that is too long", cut },
};
CHECK_MAIN(tests)
