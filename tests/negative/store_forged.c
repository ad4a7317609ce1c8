/* SPDX-License-Identifier: Apache-2.0 */
/* A block can be handed on but not made outside of protect: its insides are not to be had. */
#include "store/store.h"

stk_status keep(stk_store *store, const stk_block *block, stk_error *err);
stk_status keep(stk_store *store, const stk_block *block, stk_error *err)
{
    STK_TRY(stk_store_put_block(store, 0, block, err));
#ifdef BREAK
    stk_block forged = { 0 };
    STK_TRY(stk_store_put_block(store, 0, &forged, err));
#endif
    return STK_OK;
}
