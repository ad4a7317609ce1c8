/* SPDX-License-Identifier: Apache-2.0 */
/* Law 1 as a build failure: the store takes what protect made, until BREAK hands it a raw finding,
 * or makes up a protected one. */
#include "store/store.h"

stk_status keep(stk_store *store, const stk_finding *raw, const stk_protected_finding *protected,
                stk_error *err);
stk_status keep(stk_store *store, const stk_finding *raw, const stk_protected_finding *protected,
                stk_error *err)
{
    (void)raw;
    STK_TRY(stk_store_put_finding(store, protected, err));
#ifdef BREAK
    STK_TRY(stk_store_put_finding(store, raw, err));
#endif
    return STK_OK;
}
