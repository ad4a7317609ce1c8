/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_DRILL_SCORE_H
#define STK_CMD_DRILL_SCORE_H
/* Replay a drill's logs and compare the incidents with its truth; prints a line a scenario and a
 * line a false incident. Returns an exit code. */
#include <stdbool.h>

int stk_drill_score_dir(const char *dir, bool json);
#endif
