/* SPDX-License-Identifier: Apache-2.0 */
/* confirmers.def turned into a table. */
#include "detect/confirm.h"

#define CONFIRMER(name) extern const stk_confirmer stk_confirmer_##name;
#include "detect/confirmers.def"
#undef CONFIRMER

#define CONFIRMER(name) &stk_confirmer_##name,
const stk_confirmer *const stk_confirmers[] = {
#include "detect/confirmers.def"
    NULL,
};
#undef CONFIRMER

const stk_confirmer *stk_confirmer_named(stk_str name)
{
    for (const stk_confirmer *const *c = stk_confirmers; *c != NULL; c++)
        if (stk_str_eq(name, (stk_str){ (*c)->name, strlen((*c)->name) }))
            return *c;
    return NULL;
}
