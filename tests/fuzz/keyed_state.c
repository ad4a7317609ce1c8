/* SPDX-License-Identifier: Apache-2.0 */
/* A damaged checkpoint of a keyed detector is refused, or is a state that works. The first byte
 * chooses the detector; what follows is its state, and then tuples to look at. */
#include "detect/detector.h"

#include <stdlib.h>

static const stk_detector *keyed[32];
static void *selves[32];
static size_t count;

static void open_all(void)
{
    for (size_t d = 0; stk_detectors[d] != NULL; d++) {
        const stk_detector *plugin = stk_detectors[d];
        if (plugin->look == NULL)
            continue;
        void *config = calloc(1, plugin->config_size + 1);
        stk_spec_defaults(plugin->spec, plugin->spec_count, config);
        stk_detector_setup setup = { .secret = { 1, 2 } };
        if (plugin->open(&setup, config, &selves[count], NULL) != STK_OK)
            abort();
        keyed[count++] = plugin;
        free(config);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (count == 0)
        open_all();
    if (size < 2)
        return 0;
    const stk_detector *plugin = keyed[data[0] % count];
    const void *self = selves[data[0] % count];
    void *state;
    if (plugin->state_new(self, 16 << 10, &state, NULL) != STK_OK)
        return 0;
    stk_cursor in = { (const char *)data + 1, (const char *)data + size, false };
    bool loaded = plugin->load(self, state, &in, NULL) == STK_OK;
    const char *rest = loaded ? in.ptr : (const char *)data + 1;
    static stk_findings found;
    for (const char *end = (const char *)data + size; end - rest >= 12; rest += 12) {
        uint32_t what, when, who;
        memcpy(&what, rest, 4);
        memcpy(&when, rest + 4, 4);
        memcpy(&who, rest + 8, 4);
        stk_tuple tuple = { .key = { .hash = stk_mix64(who % 64), .type = who >> 8 & 7 },
                            .at = (stk_time)when * STK_SECOND,
                            .what = what,
                            .a = stk_mix64(who >> 16),
                            .b = stk_mix64(when & 1023) };
        found.count = found.dropped = 0;
        plugin->look(self, state, &tuple, &found);
    }
    stk_auto_buf saved = stk_buf_init(1 << 20);
    plugin->save(self, state, &saved);
    stk_cursor again = stk_cursor_of(stk_buf_str(&saved));
    if (plugin->load(self, state, &again, NULL) != STK_OK)
        abort(); /* what we wrote ourselves loads */
    plugin->state_free(state);
    return 0;
}
