/* SPDX-License-Identifier: Apache-2.0 */
/* A saved watch of any bytes, then events of any times: refused or sound, and what it saves is
 * loaded again. The first byte chooses follow mode and where the saved part ends. */
#include "source/watch.h"

#include <stdlib.h>

static void feed(stk_watch *w, stk_cursor *in)
{
    stk_time now = 0;
    for (uint64_t unit = 1; !in->failed && in->ptr < in->end && unit < 5000; unit++) {
        stk_meta meta = { .position = { 0, unit, unit }, .at = stk_cursor_zigzag(in) };
        unsigned char how = in->ptr < in->end ? (unsigned char)*in->ptr++ : 0;
        meta.zone_s = how % 4 == 0 ? INT32_MIN : (int32_t)(how % 4) * 3600;
        now += (stk_time)how * 1000000;
        if (how % 16 == 5)
            stk_watch_bad(w, &meta, (stk_str){ in->ptr, (size_t)(in->end - in->ptr) }, now);
        else
            stk_watch_good(w, &meta, now);
        stk_watch_tick(w, now);
        stk_finding said;
        while (stk_watch_next(w, &said)) {
            stk_auto_buf text = stk_buf_init(4096);
            stk_reason_render(&said.reason, STK_EN, false, &text);
            if (text.len == 0)
                abort();
        }
    }
    stk_watch_end(w, now);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size < 2)
        return 0;
    stk_watch_config config;
    stk_spec_defaults(stk_watch_spec, stk_watch_spec_count, &config);
    stk_watch *w = stk_watch_new(&config, data[0] % 2 == 1, (stk_key){ 0 });
    if (w == NULL)
        return 0;
    size_t saved = (size_t)(data[0] / 2) % (size - 1);
    stk_cursor in = stk_cursor_of((stk_str){ (const char *)data + 1, saved });
    stk_status status = stk_watch_load(w, &in, NULL);
    stk_cursor events = stk_cursor_of(
        (stk_str){ (const char *)data + 1 + saved, size - 1 - saved });
    feed(w, &events);
    stk_auto_buf out = stk_buf_init(1 << 20);
    stk_watch_save(w, &out);
    in = stk_cursor_of(stk_buf_str(&out));
    if (stk_watch_load(w, &in, NULL) != STK_OK && status != STK_OK)
        abort();
    stk_watch_free(w);
    return 0;
}
