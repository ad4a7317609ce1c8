/* SPDX-License-Identifier: Apache-2.0 */
/* decoders.def turned into a table. */
#include "model/decoder.h"

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
