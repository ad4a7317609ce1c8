/* SPDX-License-Identifier: Apache-2.0 */
/* A profile file from anywhere: refused, or read so that saving, showing and judging by it are safe
 * and the saved bytes are stable. */
#include "detect/profile.h"

#include <stdlib.h>

enum { OUT_BYTES = 64 << 20 };

static void judge_by(const stk_profile *p)
{
    const stk_detector *d = stk_detector_named(STK_S("profile"));
    stk_detector_setup setup = { .profile = p };
    char config[256];
    void *self, *scratch;
    stk_spec_defaults(d->spec, d->spec_count, config);
    if (d->open(&setup, config, &self, NULL) != STK_OK)
        abort();
    if (d->scratch_new(self, &scratch, NULL) != STK_OK)
        abort();
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_event event;
    stk_event_init(&event, STK_KIND_HTTP_REQUEST);
    event.u.http.method = STK_S("GET");
    event.u.http.target.raw = STK_S("/a?a=1%27&b=x&a=2");
    stk_carried carried;
    stk_findings found;
    found.count = found.dropped = 0;
    if (stk_carry(&event.u.http, arena, &carried) != STK_OK)
        abort();
    stk_unit unit = { .event = &event, .carried = &carried, .arena = arena };
    d->judge(self, scratch, &unit, &found);
    stk_auto_buf why = stk_buf_init(1 << 16);
    for (size_t i = 0; i < found.count; i++) {
        if (!(found.item[i].confidence >= 0 && found.item[i].confidence <= 1))
            abort();
        stk_reason_render(&found.item[i].reason, STK_ZH, true, &why);
    }
    d->scratch_free(scratch);
    d->close(self);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char first[] = "stockade-profile 1\n";
    stk_auto_buf bytes = stk_buf_init(OUT_BYTES), out = stk_buf_init(OUT_BYTES),
                 again = stk_buf_init(OUT_BYTES);
    stk_buf_add(&bytes, (stk_str){ first, sizeof first - 1 });
    stk_buf_add(&bytes, (stk_str){ (const char *)data, size });
    stk_profile *p, *q;
    stk_error err;
    if (stk_profile_load(stk_buf_str(&bytes), "fuzz", &p, &err) != STK_OK)
        return 0;
    stk_profile_save(p, &out);
    if (stk_profile_load(stk_buf_str(&out), "fuzz", &q, &err) != STK_OK)
        abort();
    stk_profile_save(q, &again);
    if (!stk_str_eq(stk_buf_str(&out), stk_buf_str(&again)))
        abort();
    judge_by(p);
    stk_buf_clear(&out);
    stk_profile_show(p, &out);
    if (stk_profile_diff(p, q, &out) != 0)
        abort();
    stk_profile_free(p);
    stk_profile_free(q);
    return 0;
}
