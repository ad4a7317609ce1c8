/* SPDX-License-Identifier: Apache-2.0 */
/* A damaged checkpoint of correlation is refused, or is a state that works: events pass, incidents
 * are taken, it is saved again. */
#include "detect/correlate.h"

#include <stdlib.h>

static const stk_rule_info rules[] = {
    { .id = { "a", 1 }, .kind = STK_INCIDENT_SQLI, .severity = STK_HIGH },
    { .id = { "b", 1 }, .kind = STK_INCIDENT_PROBE, .severity = STK_MEDIUM },
    { .id = { "c", 1 }, .kind = STK_INCIDENT_CREDENTIAL_STUFFING, .severity = STK_MEDIUM },
};

static const stk_rule_info *find(const void *ctx, stk_str id)
{
    (void)ctx;
    return id.len == 0 ? NULL : &rules[(unsigned char)id.ptr[0] % STK_COUNT(rules)];
}

static void pass(stk_correlator *c, unsigned i)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_HTTP_REQUEST);
    e.meta.at = (stk_time)i * STK_MINUTE;
    e.meta.sequence = e.meta.position.unit = i;
    e.u.http.status = 200 + (int)(i % 4) * 100;
    e.u.http.bytes = i * 100;
    stk_finding f = { .rule = &rules[i % STK_COUNT(rules)],
                      .confidence = 0.8,
                      .of_unit = i % 3 != 2,
                      .by = { .hash = i % 5,
                              .type = i % 3 == 2 ? STK_KEY_ENDPOINT : STK_KEY_ADDRESS } };
    stk_passed p = { .event = &e,
                     .client = { .hash = i % 5, .type = STK_KEY_ADDRESS },
                     .client_known = true,
                     .endpoint = { .hash = i % 7, .type = STK_KEY_ENDPOINT },
                     .endpoint_known = true,
                     .findings = &f,
                     .count = i % 2 };
    (void)stk_correlate(c, &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static stk_correlator *c;
    char config[256] = { 0 };
    stk_hash_key secret = { 1, 2 };
    if (c == NULL) {
        stk_spec_defaults(stk_correlate_spec, stk_correlate_spec_count, config);
        if (stk_correlator_new(&secret, config, &c, NULL) != STK_OK)
            abort();
    }
    stk_cursor in = { (const char *)data, (const char *)data + size, false };
    stk_status status = stk_correlator_load(c, &in, find, NULL, NULL);
    for (unsigned i = 0; i < 40; i++)
        pass(c, i);
    const stk_incident *incident;
    bool closed;
    for (int i = 0; i < 10 && stk_correlator_take(c, &incident, &closed); i++)
        ;
    stk_auto_buf saved = stk_buf_init(64 << 20);
    stk_correlator_save(c, &saved);
    stk_cursor again = stk_cursor_of(stk_buf_str(&saved));
    if (stk_correlator_load(c, &again, find, NULL, NULL) != STK_OK && status != STK_OK)
        abort(); /* what we wrote ourselves loads */
    stk_correlator_tick(c, INT64_MAX);
    while (stk_correlator_take(c, &incident, &closed))
        ;
    return 0;
}
