/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a stored finding or incident; what is read can be written again and reads the same.
 */
#include "protect/story.h"

#include "crypt/secret.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void render(const stk_reason *reason)
{
    stk_auto_buf out = stk_buf_init(1 << 16);
    stk_reason_render(reason, STK_EN, false, &out);
    stk_reason_render(reason, STK_ZH, true, &out);
}

static void incident(stk_protector *p, stk_str body, stk_arena *arena)
{
    static const uint32_t sources[4] = { 7, 8, 9, 10 };
    stk_incident in, again;
    const stk_protected_incident *made;
    if (stk_incident_read(body, (stk_id){ 1 }, sources, 4, arena, &in, NULL) != STK_OK)
        return;
    render(&in.summary);
    for (size_t i = 0; i < in.step_count; i++)
        render(&in.steps[i].reason);
    if (stk_protect_incident(p, &in, NULL, 0, arena, &made, NULL) != STK_OK)
        return;
    if (stk_incident_read(made->body, in.id, made->sources, made->source_count, arena, &again,
                          NULL) != STK_OK ||
        again.unit_count != in.unit_count || again.entity_count != in.entity_count ||
        again.events != in.events)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static stk_policy *policy;
    static stk_protector *p;
    static const stk_secret key;
    if (p == NULL) {
        stk_protect_setup setup = { .pseudonym = &key,
                                    .record = &key,
                                    .entropy = &stk_entropy_system };
        if (stk_policy_default(&policy, NULL) != STK_OK)
            abort();
        setup.policy = policy;
        if (stk_protector_new(&setup, &p, NULL) != STK_OK)
            abort();
    }
    stk_auto_arena *arena = stk_arena_new(8 << 20);
    stk_str body = { (const char *)data, size };
    stk_finding f;
    if (stk_finding_read(body, (stk_id){ 1 }, 3, arena, &f, NULL) == STK_OK)
        render(&f.reason);
    incident(p, body, arena);
    return 0;
}
