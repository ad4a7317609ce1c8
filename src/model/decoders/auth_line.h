/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODERS_AUTH_LINE_H
#define STK_MODEL_DECODERS_AUTH_LINE_H
/* What sshd, PAM, sudo and su say of sign-ins and privilege. */
#include "base/str.h"
#include "model/event.h"

/* Read the message of `program` into an event of kind AUTH_*; texts are borrowed. `module` is the
 * PAM module in the old form "sshd(pam_unix)", else empty. False: the message is of no concern. */
bool stk_auth_line(stk_str program, stk_str module, stk_str message, stk_event *out);
#endif
