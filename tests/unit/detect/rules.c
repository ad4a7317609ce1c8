/* SPDX-License-Identifier: Apache-2.0 */
/* The rule language: what loads, what is refused and where the fault is told, and that every rule
 * that ships does what its examples claim. */
#include "detect/rules.h"

#include "check.h"

#include <string.h>

typedef struct told {
    size_t count;
    stk_error first, last;
} told;

static void listen(void *ctx, const stk_error *err)
{
    told *t = ctx;
    if (t->count++ == 0)
        t->first = *err;
    t->last = *err;
}

static stk_status load(const char *text, told *t, stk_rules **ret)
{
    *t = (told){ 0 };
    const stk_rules_file file = { STK_S("rules/x.yaml"), { text, strlen(text) } };
    stk_error err;
    return stk_rules_load(&file, 1, listen, t, ret, &err);
}

#define HEAD                                                                                       \
    "- id: a.b\n  title: t\n  kind: xss\n  severity: high\n  confidence: 0.9\n  attack: [T1190]\n" \
    "  capec: [CAPEC-63]\n"
#define TAIL "  fires: [x]\n  quiet: [y]\n"

static const char *test_loads(void)
{
    told t;
    stk_rules *rules = NULL;
    CHECK(load(HEAD "  where: [query]\n  contains: [xx]\n" TAIL, &t, &rules) == STK_OK);
    CHECK(t.count == 0 && stk_rules_count(rules) == 1);
    const stk_rule_info *info = stk_rules_find(rules, STK_S("a.b"));
    CHECK(info != NULL && info == stk_rules_at(rules, 0) && info->severity == STK_HIGH);
    CHECK(stk_rules_find(rules, STK_S("a")) == NULL);
    stk_rule_text text;
    CHECK(stk_rules_text(rules, STK_S("a.b"), &text) && text.line == 1 && text.pattern_count == 1);
    stk_rules_free(rules);
    return NULL;
}

static const char *test_faults_have_places(void)
{
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *words;
    } cases[] = {
        { HEAD "  where: [query]\n  contians: [x]\n" TAIL, 9, 3, "did you mean 'contains'?" },
        { HEAD "  where: [qery]\n  contains: [x]\n" TAIL, 8, 10, "did you mean 'query'?" },
        { HEAD "  where: [query]\n  patterns: ['a(']\n" TAIL, 9, 14, "does not compile" },
        { HEAD "  where: [query]\n  patterns: ['a*']\n" TAIL, 9, 14, "empty" },
        { HEAD "  where: [query]\n  contains: [x]\n  confirm: htlm\n" TAIL, 10, 12,
          "did you mean 'html'?" },
        { HEAD "  contains: [x]\n" TAIL, 1, 3, "wants 'where'" },
        { HEAD "  where: [query]\n  contains: [x]\n  fires: [x]\n", 1, 3, "lacks 'quiet'" },
        { HEAD "  where: [query]\n  contains: [x]\n  status: [44]\n" TAIL, 10, 11, "404 or 4xx" },
        { "a: b\n", 1, 1, "is a list" },
        { "- [\n", 2, 1, "" },
    };
    for (size_t i = 0; i < STK_COUNT(cases); i++) {
        told t;
        stk_rules *rules = NULL;
        CHECK(load(cases[i].text, &t, &rules) != STK_OK);
        CHECK(t.count >= 1 && strcmp(t.first.file, "rules/x.yaml") == 0);
        if (t.first.line != cases[i].line || t.first.column != cases[i].column ||
            strstr(t.first.text, cases[i].words) == NULL)
            printf("# case %zu: %u:%u: %s\n", i, t.first.line, t.first.column, t.first.text);
        CHECK(t.first.line == cases[i].line);
        CHECK(t.first.column == cases[i].column);
        CHECK(strstr(t.first.text, cases[i].words) != NULL);
    }
    return NULL;
}

static const char *test_faults_are_all_told(void)
{
    told t;
    stk_rules *rules = NULL;
    CHECK(load(HEAD "  where: [qery]\n  contians: [x]\n  kind2: y\n" TAIL, &t, &rules) ==
          STK_ERR_INVALID);
    CHECK(t.count == 3);
    const char *twice = HEAD "  where: [query]\n  contains: [xx]\n" TAIL HEAD
                             "  where: [query]\n  contains: [xx]\n" TAIL;
    CHECK(load(twice, &t, &rules) == STK_ERR_INVALID);
    CHECK(t.count == 1 && strstr(t.first.text, "used twice") != NULL && t.first.line == 12);
    return NULL;
}

static const char *test_hash_follows_bytes(void)
{
    told t;
    stk_rules *a = NULL, *b = NULL;
    CHECK(load(HEAD "  where: [query]\n  contains: [xx]\n" TAIL, &t, &a) == STK_OK);
    CHECK(load(HEAD "  where: [query]\n  contains: [xy]\n" TAIL, &t, &b) == STK_OK);
    CHECK(stk_rules_hash(a) != stk_rules_hash(b));
    stk_rules_free(a);
    stk_rules_free(b);
    return NULL;
}

static void show(void *ctx, const stk_error *err)
{
    (void)ctx;
    printf("# %s:%u:%u: %s\n", err->file, err->line, err->column, err->text);
}

static const char *test_wrong_examples_are_told(void)
{
    told t;
    stk_rules *rules = NULL;
    CHECK(load(HEAD "  where: [query]\n  contains: [xx]\n  fires: [xx, no]\n  quiet: [axxb]\n", &t,
               &rules) == STK_OK);
    size_t examples, failed;
    stk_error err;
    CHECK(stk_rules_check(rules, listen, &t, &examples, &failed, &err) == STK_OK);
    CHECK(examples == 3 && failed == 2 && t.count == 2);
    CHECK(t.first.line == 10 && t.first.column == 15);
    stk_rules_free(rules);
    return NULL;
}

static const char *test_shipped_rules_do_as_they_say(void)
{
    stk_rules *rules = NULL;
    stk_error err;
    size_t examples, failed;
    stk_status status = stk_rules_load_embedded(&rules, &err);
    if (status != STK_OK)
        show(NULL, &err);
    CHECK(status == STK_OK);
    CHECK(stk_rules_check(rules, show, NULL, &examples, &failed, &err) == STK_OK);
    printf("# %zu rules, %zu examples\n", stk_rules_count(rules), examples);
    CHECK(failed == 0 && examples >= 2 * stk_rules_count(rules));
    stk_rules_free(rules);
    return NULL;
}

static const check_test tests[] = {
    { "a rule loads and is found", test_loads },
    { "faults are told with their place and a suggestion", test_faults_have_places },
    { "all faults of a file are told", test_faults_are_all_told },
    { "the hash follows the bytes", test_hash_follows_bytes },
    { "examples that do not hold are told", test_wrong_examples_are_told },
    { "the rules that ship do what their examples say", test_shipped_rules_do_as_they_say },
};
CHECK_MAIN(tests)
