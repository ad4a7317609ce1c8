/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_CONFIRM_H
#define STK_DETECT_CONFIRM_H
/* A confirmer understands a grammar: what the prefilter suspects, it confirms or drops.
 *
 * To add one: write confirm/<name>.c, add one line to confirmers.def, its test and its fuzz target.
 * Pure and without allocation beyond `arena`; linear in the value's length. */
#include "base/arena.h"
#include "model/carry.h"
#include "model/finding.h"

typedef struct stk_confirmed {
    double confidence; /* 0..1 */
    stk_reason reason; /* texts in the arena or static */
} stk_confirmed;

typedef struct stk_confirmer {
    const char *name; /* as rules write it after `confirm:` */
    const char *summary;
    /* Is this decoded text an attack in this grammar? `argument` is the rule's own parameter
     * (static; NULL: none). */
    bool (*judge)(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out);
} stk_confirmer;

extern const stk_confirmer *const stk_confirmers[]; /* NULL-terminated, in .def order */
const stk_confirmer *stk_confirmer_named(stk_str name);
#endif
