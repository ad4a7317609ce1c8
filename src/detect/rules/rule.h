/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_RULES_RULE_H
#define STK_DETECT_RULES_RULE_H
/* A compiled rule and the set of them: what loader, matcher and checker share. Private to
 * detect/rules and the signatures detector. */
#include "base/arena.h"
#include "base/yaml.h"
#include "detect/confirm.h"
#include "detect/detector.h"
#include "detect/rules.h"

#include <hs.h>

/* Between values in the scanned buffer. No UTF-8 text holds it, so `^` and `$` of a pattern are
 * written as this byte and no literal can reach across two values. */
#define STK_RULES_SEPARATOR '\xff'

enum {
    STK_RULE_STATUS_RANGES = 8,
    STK_RULES_ARENA_BYTES = 64 << 20,
    STK_RULES_COMPLAINTS = 100,
    STK_RULE_HEADER_ANY = 1 << STK_PLACES, /* bit of `places`: every header, not only `headers` */
};

typedef struct stk_rule_list {
    const stk_str *item;
    size_t count;
} stk_rule_list;

typedef struct stk_rule {
    stk_rule_info info; /* first: a stk_rule_info pointer of ours is a stk_rule pointer */
    stk_str file;
    uint32_t line;
    double confidence;
    uint32_t places;       /* 1 << stk_place; with STK_RULE_HEADER_ANY */
    stk_rule_list headers; /* header:NAME, lower case */
    stk_rule_list names;   /* `named:`, lower case: the last word of the parameter's name */
    stk_rule_list methods;
    uint32_t met, faults; /* any of them suffices; 0: not asked */
    struct {
        uint16_t from, to;
    } status[STK_RULE_STATUS_RANGES];
    size_t status_count;
    const stk_confirmer *confirmer;
    const char *argument; /* of the confirmer; NULL: none */
    stk_rule_list patterns, unless, references;
    stk_str places_text, confirm_text;
    const stk_yaml *fires, *quiet;
} stk_rule;

/* One rule's use of a pattern. Rules that write the same pattern share it in the automaton. */
typedef struct stk_pattern_use {
    uint32_t rule;
    bool veto; /* from `unless:` */
} stk_pattern_use;

typedef struct stk_pattern {
    const char *text;           /* as given to the automaton */
    const stk_pattern_use *use; /* [count] */
    size_t count;
} stk_pattern;

struct stk_rules {
    stk_arena *arena;
    stk_rule *rule; /* [count] */
    size_t count;
    uint32_t *by_id;      /* [count] indices sorted by id */
    stk_pattern *pattern; /* [pattern_count], index = id in the automaton */
    size_t pattern_count;
    uint32_t *unpatterned; /* rules that need no pattern: met, faults, status alone */
    size_t unpatterned_count;
    hs_database_t *database; /* NULL: no patterns at all */
    uint64_t hash;
};

/* load.c: one file's rules appended to `list`. Faults go to `faults`. */
typedef struct stk_rule_faults {
    stk_rules_complain complain;
    void *ctx;
    size_t count;
    stk_error first;
    bool compiled_before; /* the patterns are known to compile: do not try each */
} stk_rule_faults;
void stk_rule_fault(stk_rule_faults *faults, stk_str file, uint32_t line, uint32_t column,
                    const char *fmt, ...) STK_PRINTF(5, 6);
/* Read one rule from its YAML map; false: it had a fault (told). */
bool stk_rule_read(const stk_yaml *map, stk_str file, stk_arena *arena, stk_rule_faults *faults,
                   stk_rule *out);

uint32_t stk_rule_faults_of(const stk_yaml *list); /* STK_FAULT_* of an example; unknown: none */

/* The automaton of the rules that ship, compiled when the program was built (cmake/rulec.c). Good
 * only for rules of this hash, and for processors like the builder's: anything else compiles. */
typedef struct stk_rules_prebuilt {
    uint64_t hash;
    const void *bytes;
    size_t len;
} stk_rules_prebuilt;
extern const stk_rules_prebuilt stk_rules_prebuilt_database;

/* load.c: stk_rules_load with an automaton made before; NULL: none. */
stk_status stk_rules_load_with(const stk_rules_file *files, size_t count,
                               const stk_rules_prebuilt *prebuilt, stk_rules_complain complain,
                               void *ctx, stk_rules **ret, stk_error *err);

/* compile.c: the one automaton of all patterns. */
stk_status stk_rules_compile(stk_rules *rules, const stk_rules_prebuilt *prebuilt, stk_error *err);
/* Is this a pattern that the automaton can take? `*ret_why` is static or of `room` bytes. */
bool stk_rule_pattern_ok(stk_str pattern, char *ret_why, size_t room);

/* match.c: one unit against all rules. */
typedef struct stk_matcher stk_matcher; /* scratch of one thread */
stk_status stk_matcher_new(const stk_rules *rules, stk_matcher **ret, stk_error *err);
void stk_matcher_free(stk_matcher *m);
void stk_rules_match(const stk_rules *rules, stk_matcher *m, const stk_unit *unit,
                     stk_findings *out);
#endif
