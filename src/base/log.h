/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_LOG_H
#define STK_BASE_LOG_H
/* Structured, typed, and blind to personal data: _Generic has no branch for stk_personal (nor for
 * char *), so logging one is not a review comment but a build failure.
 *
 *     stk_log_info(log, "file opened", F("file", path), F("bytes", size));
 *     {"at":"2026-01-02T03:04:05Z","level":"info","msg":"file opened","file":"...","bytes":12}
 *
 * Libraries do not log; the roof and the engine do, through a stk_log that the roof makes. The
 * sink gets one whole line, its newline included, on the thread that logs; it must be safe to
 * call from all of them. A line is at most STK_LOG_BYTES; a longer one loses its last fields and
 * says so. */
#include "base/str.h"
#include "base/time.h"

#include <stdint.h>

typedef enum stk_level { STK_DEBUG, STK_INFO, STK_WARN, STK_ERROR } stk_level;

typedef struct stk_log {
    stk_level least;           /* lines below it are not made */
    stk_time (*now)(void *to); /* NULL: lines carry no time */
    void (*sink)(void *to, stk_str line);
    void *to; /* handed to both */
} stk_log;

typedef struct stk_field {
    const char *key;
    enum { STK_F_STR, STK_F_INT, STK_F_REAL, STK_F_BOOL } kind;
    union {
        stk_str s;
        int64_t i;
        double r;
        bool b;
    } u;
} stk_field;

static inline stk_field stk_field_str(const char *k, stk_str v)
{
    return (stk_field){ k, STK_F_STR, { .s = v } };
}
static inline stk_field stk_field_int(const char *k, int64_t v)
{
    return (stk_field){ k, STK_F_INT, { .i = v } };
}
static inline stk_field stk_field_size(const char *k, uint64_t v)
{
    return stk_field_int(k, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}
static inline stk_field stk_field_real(const char *k, double v)
{
    return (stk_field){ k, STK_F_REAL, { .r = v } };
}
static inline stk_field stk_field_bool(const char *k, bool v)
{
    return (stk_field){ k, STK_F_BOOL, { .b = v } };
}

/* One typed field. There is no default branch, on purpose. */
#define F(key, v)                                                                                  \
    _Generic((v), stk_str                                                                          \
             : stk_field_str, int                                                                  \
             : stk_field_int, int64_t                                                              \
             : stk_field_int, uint32_t                                                             \
             : stk_field_int, uint64_t                                                             \
             : stk_field_size, double                                                              \
             : stk_field_real, bool                                                                \
             : stk_field_bool)((key), (v))

enum { STK_LOG_BYTES = 4096 };

/* `log` NULL or without a sink: nothing happens. */
void stk_log_(const stk_log *log, stk_level level, const char *msg, const stk_field *fields,
              size_t n);

/* The first, empty field only lets a line without fields compile. */
#define STK_LOG_(log, level, msg, ...)                                                             \
    stk_log_((log), (level), (msg), (const stk_field[]){ { 0 }, __VA_ARGS__ } + 1,                 \
             sizeof((stk_field[]){ { 0 }, __VA_ARGS__ }) / sizeof(stk_field) - 1)
#define stk_log_debug(log, ...) STK_LOG_(log, STK_DEBUG, __VA_ARGS__, )
#define stk_log_info(log, ...)  STK_LOG_(log, STK_INFO, __VA_ARGS__, )
#define stk_log_warn(log, ...)  STK_LOG_(log, STK_WARN, __VA_ARGS__, )
#define stk_log_error(log, ...) STK_LOG_(log, STK_ERROR, __VA_ARGS__, )
#endif
