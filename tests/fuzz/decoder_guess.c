/* SPDX-License-Identifier: Apache-2.0 */
/* Guessing a format, and compiling format strings, from hostile bytes. */
#include "model/decoder.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const compiled[] = { "nginx", "apache", "json" };
    const char *argument;
    double share;
    if (size == 0)
        return 0;
    stk_str text = { (const char *)data + 1, size - 1 };
    const stk_decoder *d = stk_decoder_guess(text, &argument, &share);
    if (share < 0 || share > 1.0001 || (d != NULL && share < 0.5))
        abort();
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_decoder_setup setup = { .argument = text };
    const char *name = compiled[data[0] % STK_COUNT(compiled)];
    void *self;
    d = stk_decoder_named((stk_str){ name, strlen(name) });
    if (arena != NULL && d->open(&setup, arena, &self, NULL) == STK_OK) {
        stk_event event;
        stk_status status = d->decode(self, text, arena, &event, NULL);
        (void)status;
    }
    return 0;
}
