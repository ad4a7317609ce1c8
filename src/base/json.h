/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_JSON_H
#define STK_BASE_JSON_H
/* Writing JSON (RFC 8259): the writer puts commas, quotes and escapes; the
 * caller says what stands where. Bytes that are not UTF-8 are written as
 * U+FFFD; control characters and U+2028/2029 are escaped, so that a line of
 * output is a line on any terminal. Reading one document lies in json_read.h,
 * bulk NDJSON in json_simd.h. */
#include "base/buf.h"

typedef struct stk_json {
    stk_buf *out;
    bool comma; /* the next item needs one before it */
} stk_json;

static inline stk_json stk_json_to(stk_buf *out)
{
    return (stk_json){ .out = out };
}
/* `key` NULL inside a list or at the top. */
void stk_json_open(stk_json *j, const char *key, char bracket); /* '{' or '[' */
void stk_json_close(stk_json *j, char bracket);                 /* '}' or ']' */
/* A key whose value another function writes next. */
void stk_json_key(stk_json *j, const char *key);
void stk_json_str(stk_json *j, const char *key, stk_str s);
void stk_json_text(stk_json *j, const char *key, const char *s);
void stk_json_int(stk_json *j, const char *key, int64_t i);
void stk_json_real(stk_json *j, const char *key, double r, int digits); /* NaN, inf: null */
void stk_json_bool(stk_json *j, const char *key, bool b);
void stk_json_null(stk_json *j, const char *key);
#endif
