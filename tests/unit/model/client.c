/* SPDX-License-Identifier: Apache-2.0 */
/* The resolver of the real client: nobody outside can choose who he is. */
#include "model/client.h"

#include "check.h"

static stk_str text(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

static const char *only_trusted_proxies_are_believed(void)
{
    static const struct {
        const char *peer, *forwarded, *xff, *cf, *client; /* client NULL: none */
    } rows[] = {
        { "203.0.113.9", "", "", "", "203.0.113.9" },
        { "203.0.113.9", "for=1.1.1.1", "1.1.1.1", "1.1.1.1", "203.0.113.9" }, /* claims */
        { "10.0.0.1", "", "198.51.100.7", "", "198.51.100.7" },
        { "10.0.0.1", "", "1.1.1.1, 198.51.100.7, 10.0.0.2", "", "198.51.100.7" },
        { "10.0.0.1", "", "10.0.0.9, 10.0.0.2", "", "10.0.0.9" },
        { "10.0.0.1", "", "198.51.100.7,,", "", "198.51.100.7" },
        { "10.0.0.1", "", "198.51.100.7, unknown", "", "10.0.0.1" },
        { "10.0.0.1", "", "", "198.51.100.8", "198.51.100.8" },
        { "10.0.0.1", "for=198.51.100.9", "", "1.1.1.1", "198.51.100.9" },
        { "10.0.0.1", "for=\"[2001:db8::5]:4711\";proto=https", "", "", "2001:db8::5" },
        { "10.0.0.1", "for=1.1.1.1, proto=http; For=198.51.100.9 ;by=10.0.0.1", "", "",
          "198.51.100.9" },
        { "10.0.0.1", "for=_hidden", "", "", "10.0.0.1" },
        { "::ffff:10.0.0.1", "", "::ffff:198.51.100.7", "", "198.51.100.7" },
        { "2001:db8:aa::1", "", "198.51.100.7:5123", "", "198.51.100.7" },
        { "10.0.0.1:44321", "", "", "", "10.0.0.1" },
        { "host.example.test", "", "1.1.1.1", "", NULL },
        { "-", "", "", "", NULL },
    };
    stk_network trusted[2];
    CHECK(stk_network_parse(STK_S("10.0.0.0/8"), &trusted[0], NULL) == STK_OK);
    CHECK(stk_network_parse(STK_S("2001:db8:aa::/48"), &trusted[1], NULL) == STK_OK);
    stk_proxies proxies = { trusted, 2 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stk_address got, wanted;
        bool ok = stk_client_resolve(&proxies, text(rows[i].peer), text(rows[i].forwarded),
                                     text(rows[i].xff), text(rows[i].cf), &got);
        CHECK(ok == (rows[i].client != NULL));
        if (ok) {
            CHECK(stk_address_parse(text(rows[i].client), &wanted));
            CHECK(memcmp(&got, &wanted, sizeof got) == 0);
        }
    }
    return NULL;
}

static const char *rules_are_read(void)
{
    stk_client_rule rule;
    CHECK(stk_client_rule_parse(STK_S("none"), &rule, NULL) == STK_OK &&
          rule.by == STK_CLIENT_NONE);
    CHECK(stk_client_rule_parse(STK_S("cookie:SID"), &rule, NULL) == STK_OK);
    CHECK(rule.by == STK_CLIENT_COOKIE && stk_str_eq(rule.name, STK_S("SID")));
    CHECK(stk_client_rule_parse(STK_S("header:X-User"), &rule, NULL) == STK_OK);
    CHECK(rule.by == STK_CLIENT_HEADER && stk_str_eq(rule.name, STK_S("X-User")));
    CHECK(stk_client_rule_parse(STK_S("cookie:"), &rule, NULL) == STK_ERR_SYNTAX);
    CHECK(stk_client_rule_parse(STK_S("cookies:a"), &rule, NULL) == STK_ERR_SYNTAX);
    CHECK(stk_client_rule_parse((stk_str){ 0 }, &rule, NULL) == STK_ERR_SYNTAX);
    return NULL;
}

static const char *the_session_is_found(void)
{
    const stk_header headers[] = {
        { STK_S("Cookie"), { STK_S("XSID=no; SIDX=no; SID=; a") } },
        { STK_S("COOKIE"), { STK_S("a=b;SID=one=two ; SID=later") } },
        { STK_S("X-Api-Key"), { STK_S("k1") } },
    };
    stk_client_rule rule = { STK_CLIENT_COOKIE, STK_S("SID") };
    CHECK(stk_str_eq(stk_client_session(&rule, headers, 3), STK_S("one=two")));
    rule = (stk_client_rule){ STK_CLIENT_HEADER, STK_S("x-api-key") };
    CHECK(stk_str_eq(stk_client_session(&rule, headers, 3), STK_S("k1")));
    rule = (stk_client_rule){ STK_CLIENT_COOKIE, STK_S("sid") }; /* cookie names mind their case */
    CHECK(stk_client_session(&rule, headers, 3).len == 0);
    rule = (stk_client_rule){ .by = STK_CLIENT_NONE };
    CHECK(stk_client_session(&rule, headers, 3).len == 0);
    return NULL;
}

static const check_test tests[] = {
    { "only trusted proxies are believed", only_trusted_proxies_are_believed },
    { "rules are read", rules_are_read },
    { "the session is found", the_session_is_found },
};
CHECK_MAIN(tests)
