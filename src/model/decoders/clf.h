/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODERS_CLF_H
#define STK_MODEL_DECODERS_CLF_H
/* The family of the Common Log Format: common, combined, and combined after a virtual host. */
#include "model/decoder.h"

typedef enum stk_clf_shape { STK_CLF_COMMON, STK_CLF_COMBINED, STK_CLF_VHOST } stk_clf_shape;

stk_status stk_clf_open(stk_clf_shape shape, const stk_decoder_setup *setup, stk_arena *life,
                        void **ret, stk_error *err);
stk_status stk_clf_decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                          stk_error *err);
double stk_clf_guess(stk_clf_shape shape, stk_str head);
#endif
