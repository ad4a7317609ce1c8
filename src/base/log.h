/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_LOG_H
#define STK_BASE_LOG_H
/* Structured, typed, and blind to personal data: _Generic has no branch for
 * stk_personal, so logging one is not a review comment but a build failure. */
#include "base/str.h"

#include <stdint.h>
typedef struct stk_field {
    const char *key;
    enum { STK_F_STR, STK_F_INT, STK_F_REAL } kind;
    union {
        stk_str s;
        int64_t i;
        double r;
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
static inline stk_field stk_field_real(const char *k, double v)
{
    return (stk_field){ k, STK_F_REAL, { .r = v } };
}
#define F(key, v)                                                                                  \
    _Generic((v), stk_str                                                                          \
             : stk_field_str, int64_t                                                              \
             : stk_field_int, double                                                               \
             : stk_field_real)((key), (v))
void stk_log_(const char *msg, const stk_field *fields, size_t n);
#define stk_info(msg, ...)                                                                         \
    stk_log_((msg), (const stk_field[]){ __VA_ARGS__ },                                            \
             sizeof((stk_field[]){ __VA_ARGS__ }) / sizeof(stk_field))
#endif
