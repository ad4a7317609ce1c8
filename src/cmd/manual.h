/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_MANUAL_H
#define STK_CMD_MANUAL_H
/* Help, manual pages and completion, all from the verbs' tables. */
#include "cmd/verb.h"

void stk_manual_help(const stk_verb *verb); /* on standard output */
void stk_manual_overview(void);
#endif
