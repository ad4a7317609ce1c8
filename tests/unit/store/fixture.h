/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_STORE_FIXTURE_H
#define STK_TESTS_STORE_FIXTURE_H
/* A store in a directory of its own, keys, a protector, and findings and incidents to put in. */
#include "crypt/secret.h"
#include "store/store.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const stk_secret fix_record = { { 2 } }, fix_pseudonym = { { 1 } }, fix_evidence = { { 3 } };
static const stk_source_name fix_source = { .fingerprint = { 0xaa, 0xbb }, .occurrence = 0 };
static const int64_t fix_day = 20000;

static char fix_dir[64];

static bool fix_directory(void)
{
    (void)snprintf(fix_dir, sizeof fix_dir, "/tmp/stk-store-XXXXXX");
    return mkdtemp(fix_dir) != NULL;
}

/* Files of the store, and the directory. */
static void fix_remove(void)
{
    DIR *d = opendir(fix_dir);
    const struct dirent *e;
    while (d != NULL && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.')
            (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d != NULL)
        (void)closedir(d);
    (void)rmdir(fix_dir);
}

static inline stk_status fix_open(stk_store_mode mode, const stk_secret *key, stk_store **ret,
                                  stk_error *err)
{
    stk_store_setup setup = { .dir = fix_dir, .mode = mode, .record = key, .key_version = 1 };
    return stk_store_open(&setup, ret, err);
}

static inline stk_protector *fix_protector(stk_policy **policy)
{
    stk_protector *p = NULL;
    if (stk_policy_default(policy, NULL) != STK_OK)
        abort();
    stk_protect_setup setup = { .policy = *policy,
                                .pseudonym = &fix_pseudonym,
                                .record = &fix_record,
                                .key_version = 1,
                                .entropy = &stk_entropy_system };
    if (stk_protector_new(&setup, &p, NULL) != STK_OK ||
        stk_protector_day(p, &fix_evidence, fix_day, NULL) != STK_OK)
        abort();
    return p;
}

static const stk_str fix_techniques[] = { { "T1190", 5 } };
static const stk_rule_info fix_rule = { .id = { "sqli.quote-break", 16 },
                                        .kind = STK_INCIDENT_SQLI,
                                        .severity = STK_HIGH,
                                        .title = { "a quote closes early", 20 },
                                        .techniques = fix_techniques,
                                        .technique_count = 1 };

static inline stk_meta fix_meta(uint64_t unit)
{
    return (stk_meta){ .schema = STK_EVENT_SCHEMA,
                       .region = STK_REGION_EU,
                       .snapshot = 99,
                       .sequence = unit,
                       .position = { .source = 0, .unit = unit, .offset = unit * 100 },
                       .at = (stk_time)unit * STK_SECOND,
                       .seen_at = (stk_time)unit * STK_SECOND,
                       .zone_s = 3600 };
}

static inline stk_finding fix_finding(uint64_t unit, stk_str raw)
{
    return (stk_finding){ .id = { 0x8000000000000000u + unit },
                          .meta = fix_meta(unit),
                          .rule = &fix_rule,
                          .confidence = 0.875,
                          .by = { .hash = 0x1122334455667788u, .type = STK_KEY_ADDRESS },
                          .of_unit = true,
                          .where = { .place = "query", .name.raw = STK_S("qname") },
                          .reason = { .message = STK_MSG_SIG_PATTERN,
                                      .args = { STK_ARG_T(STK_S("pattern")),
                                                STK_ARG_P((stk_personal){ raw }) } } };
}

static inline stk_event fix_event(uint64_t unit, stk_str address, stk_str target)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_HTTP_REQUEST);
    e.meta = fix_meta(unit);
    e.u.http.client.raw = address;
    e.u.http.target.raw = target;
    e.u.http.method = STK_S("GET");
    e.u.http.status = 200;
    e.u.http.bytes = 1234;
    return e;
}
#endif
