/* SPDX-License-Identifier: Apache-2.0 */
/* The format `combined` of access logs: the common format, then referer and user agent; more fields
 * may follow. */
#include "model/decoders/clf.h"

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    return stk_clf_open(STK_CLF_COMBINED, setup, life, ret, err);
}

static double guess(stk_str head, const char **ret_argument)
{
    *ret_argument = NULL;
    return stk_clf_guess(STK_CLF_COMBINED, head);
}

const stk_decoder stk_decoder_combined = {
    .name = "combined",
    .summary = "access log: the common format, then referer and user agent; more fields may follow",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = stk_clf_decode,
    .guess = guess,
};
