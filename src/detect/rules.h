/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_RULES_H
#define STK_DETECT_RULES_H
/* Signatures: rules written in YAML, compiled once into an immutable set (law 4).
 *
 * docs/rules.md is the language. A rule names places of a request, patterns that raise a suspicion
 * (Hyperscan syntax, all rules in one automaton), optionally a confirmer that understands the
 * grammar, and its own examples, which stk_rules_check() sends through the real path.
 *
 * Call order: stk_rules_load (or stk_rules_load_embedded), then any number of readers on any number
 * of threads, then stk_rules_free. Nothing here reads files: the caller brings the bytes. */
#include "base/error.h"
#include "base/str.h"
#include "model/finding.h"

typedef struct stk_rules stk_rules;

typedef struct stk_rules_file {
    stk_str name;  /* as errors call it: "rules/sqli.yaml" */
    stk_str bytes; /* borrowed for the call */
} stk_rules_file;

/* Called for each fault, so that a person mends them in one go; `err` is borrowed. May be NULL. */
typedef void (*stk_rules_complain)(void *ctx, const stk_error *err);

/* Strict: one fault anywhere and nothing is loaded. Returns the first fault, also in `err`; goes on
 * reading after it, up to 100 faults, each told to `complain`. STK_ERR_SYNTAX: not YAML;
 * STK_ERR_INVALID: unknown key, bad value, pattern that does not compile, id used twice;
 * STK_ERR_LIMIT: more than STK_RULES. */
stk_status stk_rules_load(const stk_rules_file *files, size_t count, stk_rules_complain complain,
                          void *ctx, stk_rules **ret, stk_error *err);
void stk_rules_free(stk_rules *rules); /* NULL is fine */

/* The rules that ship with the program, compiled into it from rules/. */
extern const stk_rules_file stk_rules_embedded[];
extern const size_t stk_rules_embedded_count;
stk_status stk_rules_load_embedded(stk_rules **ret, stk_error *err);

/* Changes with any byte of any file. Goes into the snapshot's hash. */
uint64_t stk_rules_hash(const stk_rules *rules);

size_t stk_rules_count(const stk_rules *rules);
/* In the order of files and of rules in them. */
const stk_rule_info *stk_rules_at(const stk_rules *rules, size_t i);
const stk_rule_info *stk_rules_find(const stk_rules *rules, stk_str id); /* NULL: no such rule */

/* What a rule says beside its info, for `explain` and `list`. Borrowed from the set. */
typedef struct stk_rule_text {
    stk_str file;
    uint32_t line;
    double confidence;       /* of a finding of this rule at most */
    stk_str places;          /* "query, body, header:User-Agent" */
    stk_str confirmer;       /* as written after `confirm:`; empty: the pattern says it all */
    const stk_str *patterns; /* as written, plain words included */
    size_t pattern_count;
    const stk_str *references;
    size_t reference_count;
} stk_rule_text;
bool stk_rules_text(const stk_rules *rules, stk_str id, stk_rule_text *ret);

/* Send every example of every rule through carry, prefilter and confirmer, as a request would go.
 * `complain` hears of each that does not do what it claims, with the place in the rule's file.
 * `*ret_examples` and `*ret_failed` count. Fails only for want of memory. */
stk_status stk_rules_check(const stk_rules *rules, stk_rules_complain complain, void *ctx,
                           size_t *ret_examples, size_t *ret_failed, stk_error *err);
#endif
