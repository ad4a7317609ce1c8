/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file: what it decides, and how it refuses what would be unsafe or is a slip of the
 * pen, with line, column and the way out. */
#include "protect/policy.h"

#include "check.h"

static const stk_field_rule *rule_of(const stk_policy *p, stk_shape shape, const char *name)
{
    for (size_t i = 0; i < stk_shapes[shape].count; i++)
        if (strcmp(stk_shapes[shape].fields[i].name, name) == 0)
            return stk_policy_rule(p, shape, i);
    return NULL;
}

static const char *test_default(void)
{
    stk_policy *p = NULL;
    stk_error err;
    CHECK(stk_policy_default(&p, &err) == STK_OK);
    CHECK(stk_policy_evidence_days(p) == 7 && stk_policy_version(p) == 1);
    /* every field is decided, and nothing personal is kept in the clear */
    for (int s = 0; s < STK_SHAPES; s++)
        for (size_t i = 0; i < stk_shapes[s].count; i++) {
            unsigned forms = stk_policy_rule(p, (stk_shape)s, i)->forms;
            CHECK(stk_shapes[s].fields[i].type != STK_FIELD_PERSONAL ||
                  (forms & 1u << STK_FORM_KEEP) == 0);
            CHECK(forms != 0 || strcmp(stk_shapes[s].fields[i].name, "http.body") == 0);
        }
    const stk_field_rule *client = rule_of(p, STK_SHAPE_http, "client.address");
    CHECK(client->forms ==
          (1u << STK_FORM_PSEUDONYM | 1u << STK_FORM_TRUNCATE | 1u << STK_FORM_SEAL));
    CHECK(client->v4_bits == 24 && client->v6_bits == 48);
    CHECK(rule_of(p, STK_SHAPE_http, "http.target")->seal_bytes == 2048);
    CHECK(rule_of(p, STK_SHAPE_shop, "account.name")->forms ==
          rule_of(p, STK_SHAPE_auth, "account.name")->forms);
    stk_policy_free(p);
    return NULL;
}

static const char *test_unnamed(void)
{
    static const char text[] = "policy: 1\nversion: 9\nname: small\npseudonym_epoch_days: 30\n"
                               "retention: {evidence_days: 0}\n"
                               "fields:\n  amount: truncate 1000\n  http.host: keep\n"
                               "acknowledged:\n  http.host: it is one of our own shop names\n";
    stk_policy *p = NULL;
    stk_error err;
    CHECK(stk_policy_load((stk_str){ text, sizeof text - 1 }, "p.yaml", &p, &err) == STK_OK);
    CHECK(rule_of(p, STK_SHAPE_http, "client.address")->forms == 0);
    CHECK(rule_of(p, STK_SHAPE_http, "http.host")->forms == 1u << STK_FORM_KEEP);
    CHECK(rule_of(p, STK_SHAPE_shop, "amount")->step == 1000);
    CHECK(stk_policy_version(p) == 9 && stk_policy_evidence_days(p) == 0);
    CHECK(stk_policy_epoch(p, 0) == 0 && stk_policy_epoch(p, 59) == 1);
    CHECK(stk_policy_epoch(p, -1) == -1 && stk_policy_epoch(p, -30) == -1);
    CHECK(stk_policy_epoch(p, -31) == -2);
    CHECK(stk_str_eq(stk_policy_name(p), STK_S("small")));
    stk_policy_free(p);
    return NULL;
}

static const char *test_refused(void)
{
    static const struct {
        const char *text, *says;
        uint32_t line, column;
    } cases[] = {
        { "policy: 1\nfields:\n  http.host: keep\n", "acknowledged", 3, 14 },
        { "policy: 1\nfields:\n  http.hots: mask\n", "did you mean 'http.host'", 3, 3 },
        { "policy: 1\nfields:\n  http.host: pseudonimise\n", "did you mean 'pseudonymise'", 3, 14 },
        { "policy: 1\nfields:\n  http.host: frobnicate\n", "there are keep", 3, 14 },
        { "policy: 1\nfields:\n  card.fingerprint: seal\n", "payment", 3, 21 },
        { "policy: 1\nfields:\n  card.fingerprint: truncate 4\n", "payment", 3, 21 },
        { "policy: 1\nfields:\n  card.fingerprint: keep\nacknowledged:\n  card.fingerprint: "
          "because "
          "we like it\n",
          "payment", 3, 21 },
        { "policy: 1\nfields:\n  client.address: truncate /32 /128\n", "/24 /48", 3, 19 },
        { "policy: 1\nfields:\n  client.address: truncate 24\n", "/24 /48", 3, 19 },
        { "policy: 1\nfields:\n  http.target: truncate 4000\n", "1 to 256", 3, 16 },
        { "policy: 1\nfields:\n  http.target: truncate 0\n", "1 to 256", 3, 16 },
        { "policy: 1\nfields:\n  http.status: pseudonymise\n", "a number is", 3, 16 },
        { "policy: 1\nfields:\n  http.status: truncate 1\n", "multiple", 3, 16 },
        { "policy: 1\nfields:\n  http.target: seal 70000\n", "65536", 3, 16 },
        { "policy: 1\nfields:\n  http.target: mask 3\n", "nothing after", 3, 16 },
        { "policy: 1\nfields:\n  http.target: [seal, drop]\n", "alone", 3, 23 },
        { "policy: 1\nfields:\n  http.target: [seal, seal]\n", "twice", 3, 23 },
        { "policy: 1\nfields:\n  http.target: []\n", "drop", 3, 16 },
        { "policy: 1\nfields:\n  http.target: {a: b}\n", "one of", 3, 16 },
        { "policy: 1\nfields: 3\n", "map", 2, 9 },
        { "policy: 2\nfields:\n  http.target: mask\n", "policy: 1", 1, 1 },
        { "policy: 1\nfilds:\n  http.target: mask\n", "fields", 2, 1 },
        { "policy: 1\nretention: {evidence_days: lots}\nfields: {}\n", "whole number", 2, 28 },
        { "policy: 1\nretention: {evidence_days: 99999999999999999999}\nfields: {}\n", "0 to", 2,
          28 },
        { "policy: 1\n", "names no fields", 1, 1 },
        { "policy: 1\nfields:\n  http.host: keep\nacknowledged:\n  http.host: ok\n", "sentence", 5,
          14 },
        { "policy: 1\nfields:\n  http.host: seal\nacknowledged:\n  http.host: the shop's names\n",
          "not kept", 5, 14 },
        { "policy: 1\nfields:\n  http.host: seal\n  http.host: mask\n", "", 4, 3 },
        { "- a\n- b\n", "map", 1, 1 },
        { "", "", 0, 0 },
    };
    for (size_t i = 0; i < STK_COUNT(cases); i++) {
        stk_policy *p = NULL;
        stk_error err = { 0 };
        stk_str text = { cases[i].text, strlen(cases[i].text) };
        bool good = stk_policy_load(text, "p.yaml", &p, &err) != STK_OK &&
                    strstr(err.text, cases[i].says) != NULL &&
                    (cases[i].line == 0 ||
                     (err.line == cases[i].line && err.column == cases[i].column)) &&
                    strcmp(err.file, "p.yaml") == 0;
        if (!good)
            printf("# case %zu: %s:%u:%u: %s\n", i, err.file, err.line, err.column, err.text);
        CHECK(good);
    }
    return NULL;
}

static const check_test tests[] = {
    { "the policy that ships decides every field and keeps nothing personal", test_default },
    { "what is not named is dropped; epochs", test_unnamed },
    { "unsafe and mistyped files are refused, with the way out", test_refused },
};
CHECK_MAIN(tests)
