/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_DECODING_H
#define STK_TESTS_DECODING_H
/* What the tests of decoders share: a whole stream through one decoder, unit by unit. */
#include "model/decoder.h"

#include <stdio.h>
#include <stdlib.h>

enum { DECODING_UNITS = 64 };

typedef struct decoding {
    stk_arena *arena; /* of everything below; free with decoding_done */
    size_t count;     /* units, malformed and passed-over ones included */
    stk_status status[DECODING_UNITS];
    stk_event event[DECODING_UNITS];
    stk_str unit[DECODING_UNITS];
    stk_error error; /* of the last failure */
} decoding;

static inline void decoding_done(decoding *d)
{
    stk_arena_free(d->arena);
}
#define auto_decoding STK_CLEANUP(decoding_done) decoding

/* The bytes are copied to a block of their own size first, so that ASan sees a read too far.
 * Returns false when the decoder does not open or a frame makes no progress. */
static inline bool decode_stream(decoding *d, const char *format, const stk_decoder_setup *setup,
                                 stk_str bytes)
{
    void *self;
    *d = (decoding){ .arena = stk_arena_new(32 << 20) };
    const stk_decoder *decoder = stk_decoder_named((stk_str){ format, strlen(format) });
    if (decoder == NULL || decoder->open(setup, d->arena, &self, &d->error) != STK_OK)
        return false;
    for (size_t at = 0, n = 0; at < bytes.len && d->count < DECODING_UNITS; at += n) {
        stk_str rest = { bytes.ptr + at, bytes.len - at };
        stk_frame frame = decoder->frame(self, rest, true, &n);
        if (n == 0 || n > rest.len || frame == STK_FRAME_MORE)
            return false;
        if (frame == STK_FRAME_SKIP)
            continue;
        char *own = malloc(n);
        memcpy(own, rest.ptr, n);
        stk_str unit = stk_arena_copy(d->arena, (stk_str){ own, n });
        free(own);
        d->unit[d->count] = unit;
        d->status[d->count] = frame == STK_FRAME_LONG
                                  ? STK_ERR_LIMIT
                                  : decoder->decode(self, unit, d->arena, &d->event[d->count],
                                                    &d->error);
        d->count++;
    }
    return true;
}

static inline bool text_is(stk_str s, const char *wanted)
{
    return stk_str_eq(s, (stk_str){ wanted, strlen(wanted) });
}
#endif
