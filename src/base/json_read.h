/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_JSON_READ_H
#define STK_BASE_JSON_READ_H
/* A strict reader of one JSON document (RFC 8259) into a tree: for field maps, the truth of a
 * drill, and tests. Events in bulk are read elsewhere (json_simd.h).
 *
 * Refuses duplicate keys, bytes that are not UTF-8, lone surrogates, bytes after the document,
 * and depth over STK_NEST_DEPTH. Linear in the bytes, but for sorting the keys of each object. */
#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

typedef enum stk_json_kind {
    STK_JSON_NULL,
    STK_JSON_BOOL,
    STK_JSON_NUMBER,
    STK_JSON_STRING,
    STK_JSON_LIST,
    STK_JSON_OBJECT,
} stk_json_kind;

typedef struct stk_json_value stk_json_value;
struct stk_json_value {
    stk_json_kind kind;
    uint32_t line, column; /* 1-based, in bytes */
    stk_str key;           /* its key, where the parent is an object */
    stk_str text;          /* of a string: decoded; of a number: as written */
    bool whole;            /* a number without fraction or exponent that fits int64: `i` */
    bool yes;              /* of a bool */
    int64_t i;
    double r;                    /* of any number */
    const stk_json_value *next;  /* sibling */
    const stk_json_value *child; /* first of a list or object */
    size_t count;                /* children */
};

/* Read `bytes`; everything lives in `arena`, texts are terminated there. `file` only names errors.
 */
stk_status stk_json_read(stk_str bytes, const char *file, stk_arena *arena,
                         const stk_json_value **ret, stk_error *err);

/* NULL: absent, or `object` is NULL or no object. */
const stk_json_value *stk_json_get(const stk_json_value *object, const char *key);
#endif
