/* SPDX-License-Identifier: Apache-2.0 */
/* The format `vhost` of access logs: the virtual host, then the combined format. */
#include "model/decoders/clf.h"

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    return stk_clf_open(STK_CLF_VHOST, setup, life, ret, err);
}

static double guess(stk_str head, const char **ret_argument)
{
    *ret_argument = NULL;
    return stk_clf_guess(STK_CLF_VHOST, head);
}

const stk_decoder stk_decoder_vhost = {
    .name = "vhost",
    .summary = "access log: the virtual host, then the combined format",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = stk_clf_decode,
    .guess = guess,
};
