/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_SPEC_H
#define STK_BASE_SPEC_H
/* One table row per option. The same row parses it, checks its range, fills
 * its default, prints `stockade explain`, and writes the reference manual.
 * It serves configuration files and command lines alike. */
#include "base/error.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

typedef enum stk_spec_kind {
    STK_INT,         /* int64_t */
    STK_DURATION_US, /* int64_t microseconds: "250ms", "90s", "15m", "1h", "7d" */
    STK_BYTES,       /* int64_t bytes: "512", "64k", "16M", "1G" (powers of 1,024) */
    STK_RATIO,       /* double, 0..1 unless min and max say otherwise */
    STK_STRING,      /* stk_str, borrowed from the configuration */
    STK_CHOICE,      /* int64_t index into `min`: "a|b|c" */
    STK_BOOL,        /* bool: "true" or "false" */
} stk_spec_kind;

typedef struct stk_spec {
    const char *key;
    stk_spec_kind kind;
    size_t offset; /* into the plugin's own config struct */
    const char *dflt, *min, *max;
    const char *help; /* one sentence, ends with a full stop */
} stk_spec;

/* Fill every option of `config` with its default. The table is trusted. */
void stk_spec_defaults(const stk_spec *spec, size_t count, void *config);

/* Set one option from text. STK_ERR_MISSING: no such key (the text suggests the nearest);
 * STK_ERR_INVALID: not of its kind, or out of range (the text names the range). `config` is
 * then unchanged. */
stk_status stk_spec_set(const stk_spec *spec, size_t count, void *config, stk_str key,
                        stk_str value, stk_error *err);

/* The nearest of `count` names to `word` by edit distance, for "did you mean"; NULL when none
 * is near enough to be meant (distance over a third of the longer one). */
const char *stk_nearest(stk_str word, const char *const *names, size_t count);
#endif
