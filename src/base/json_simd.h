/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_JSON_SIMD_H
#define STK_BASE_JSON_SIMD_H
/* Reading NDJSON in bulk: a fixed set of fields out of each line, typed, through simdjson.
 *
 * Say once which paths are wanted, then give line after line. Fields that were not asked for are
 * skipped. A picker is not changed by use and may serve several threads; the scratch memory that
 * simdjson needs belongs to the thread and carries nothing from line to line.
 * Source: RFC 8259; Langdale and Lemire, Parsing gigabytes of JSON per second (2019). */
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum { STK_PICK_FIELDS = 64, STK_PICK_DEPTH = 8 };

typedef enum stk_pick_type {
    STK_PICK_ABSENT, /* not in the line */
    STK_PICK_NULL,
    STK_PICK_BOOL,
    STK_PICK_INT, /* a whole number of at most 18 digits */
    STK_PICK_REAL,
    STK_PICK_STRING,
    STK_PICK_OBJECT,
    STK_PICK_LIST, /* an array that is empty or starts with another array */
} stk_pick_type;

typedef struct stk_picked {
    stk_pick_type type;
    bool truth;
    int64_t integer;
    double real;  /* of INT too */
    stk_str text; /* STRING: unescaped; INT and REAL: as written. Borrowed from line or arena */
} stk_picked;

typedef struct stk_picker stk_picker;

/* `paths` (at most STK_PICK_FIELDS) name members: "time", "request.headers.Host". A path also
 * finds a member whose own name holds the dots. Where an array stands at the end of a path its
 * first element is taken. STK_ERR_LIMIT: too many, or too deep. */
stk_status stk_picker_new(const stk_str *paths, size_t count, stk_arena *life,
                          const stk_picker **ret, stk_error *err);

/* Fill picked[count], in the order of the paths; of an ABSENT one only the type is written, of a
 * STRING also the text.
 * STK_ERR_SYNTAX: the line is no JSON object, or not UTF-8; err tells what, without quoting it. Of
 * a name given twice the last counts. */
stk_status stk_pick(const stk_picker *picker, stk_str line, stk_arena *arena, stk_picked *picked,
                    stk_error *err);

/* Take the escapes off the inside of a JSON string: \uD83D\uDE00 is one character, half a pair is
 * U+FFFD. False: an escape that JSON does not know, or no room (ptr NULL then). */
bool stk_json_unescape(stk_str inside, stk_arena *arena, stk_str *ret);

#ifdef __cplusplus
}
#endif
#endif
