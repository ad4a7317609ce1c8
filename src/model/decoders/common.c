/* SPDX-License-Identifier: Apache-2.0 */
/* The format `common` of access logs: client, user, time, request, status and bytes. */
#include "model/decoders/clf.h"

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    return stk_clf_open(STK_CLF_COMMON, setup, life, ret, err);
}

static double guess(stk_str head, const char **ret_argument)
{
    *ret_argument = NULL;
    return stk_clf_guess(STK_CLF_COMMON, head);
}

const stk_decoder stk_decoder_common = {
    .name = "common",
    .summary = "access log: client, user, time, request, status and bytes",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = stk_clf_decode,
    .guess = guess,
};
