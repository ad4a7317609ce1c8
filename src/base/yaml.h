/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_YAML_H
#define STK_BASE_YAML_H
/* A strict reader of a small YAML: one document of maps, lists and scalars.
 *
 * Refuses aliases, anchors, tags, duplicate keys, several documents, depth over
 * STK_NEST_DEPTH, more than STK_YAML_NODES nodes and files over STK_YAML_BYTES.
 * Nothing is typed here: `yes` is the text "yes". Source: YAML 1.1 events of libyaml. */
#include "base/arena.h"
#include "base/error.h"

typedef enum stk_yaml_kind { STK_YAML_SCALAR, STK_YAML_LIST, STK_YAML_MAP } stk_yaml_kind;

typedef struct stk_yaml stk_yaml;
struct stk_yaml {
    stk_yaml_kind kind;
    bool quoted;           /* a scalar that stood in quotes or in a block */
    uint32_t line, column; /* 1-based */
    stk_str key;           /* its key, where the parent is a map */
    uint32_t key_line, key_column;
    stk_str text;          /* of a scalar */
    const stk_yaml *next;  /* sibling */
    const stk_yaml *child; /* first of a list or map */
    size_t count;          /* children */
};

/* Parse `bytes`; everything lives in `arena`. `file` only names errors (line and column set). */
stk_status stk_yaml_parse(stk_str bytes, const char *file, stk_arena *arena, const stk_yaml **ret,
                          stk_error *err);

const stk_yaml *stk_yaml_get(const stk_yaml *map, const char *key); /* NULL: absent or no map */

/* The map has no keys but these (NULL-terminated), else STK_ERR_INVALID with a suggestion. */
stk_status stk_yaml_only(const stk_yaml *map, const char *file, const char *const *keys,
                         stk_error *err);
#endif
