/* SPDX-License-Identifier: Apache-2.0 */
/* decoders.def turned into a table, lines cut out of a stream, and formats guessed. */
#include "model/decoder.h"

enum { GUESS_BYTES = 64 << 10 };

#define DECODER(name) extern const stk_decoder stk_decoder_##name;
#include "model/decoders.def"
#undef DECODER

#define DECODER(name) &stk_decoder_##name,
const stk_decoder *const stk_decoders[] = {
#include "model/decoders.def"
    NULL,
};
#undef DECODER

const stk_decoder *stk_decoder_named(stk_str name)
{
    for (const stk_decoder *const *d = stk_decoders; *d != NULL; d++)
        if (stk_str_eq(name, (stk_str){ (*d)->name, strlen((*d)->name) }))
            return *d;
    return NULL;
}

const stk_decoder *stk_decoder_guess(stk_str head, const char **ret_argument, double *ret_share)
{
    const stk_decoder *best = NULL;
    *ret_argument = NULL;
    *ret_share = 0;
    if (head.len > GUESS_BYTES)
        head.len = GUESS_BYTES;
    for (const stk_decoder *const *d = stk_decoders; *d != NULL; d++) {
        const char *argument = NULL;
        double share = (*d)->guess == NULL ? 0 : (*d)->guess(head, &argument);
        if (share >= 0.5 && share > *ret_share) {
            best = *d;
            *ret_argument = argument;
            *ret_share = share;
        }
    }
    return best;
}

stk_frame stk_frame_line(const void *self, stk_str bytes, bool last, size_t *unit_len)
{
    (void)self;
    size_t window = bytes.len > STK_UNIT_BYTES ? STK_UNIT_BYTES : bytes.len;
    const char *end = window == 0 ? NULL : memchr(bytes.ptr, '\n', window);
    if (end == NULL) {
        *unit_len = window;
        if (bytes.len >= STK_UNIT_BYTES)
            return STK_FRAME_LONG;
        if (!last)
            return STK_FRAME_MORE;
    } else {
        *unit_len = (size_t)(end + 1 - bytes.ptr);
    }
    size_t n = *unit_len;
    while (n > 0 && (bytes.ptr[n - 1] == '\n' || bytes.ptr[n - 1] == '\r' ||
                     bytes.ptr[n - 1] == ' ' || bytes.ptr[n - 1] == '\t'))
        n--;
    return n == 0 ? STK_FRAME_SKIP : STK_FRAME_UNIT;
}
