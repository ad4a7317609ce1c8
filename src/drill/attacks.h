/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DRILL_ATTACKS_H
#define STK_DRILL_ATTACKS_H
/* What attackers share. Each attack is one file's start function and one line in attacks.def. */
#include "drill/world.h"

/* Bring the attack on stage. `scenario`: its truth, to pass to stk_drill_attacker(). */
#define ATTACK(name, kinds, summary)                                                               \
    void stk_drill_start_##name(stk_drill *d, stk_rng *rng, int32_t scenario);
#include "drill/attacks.def"

/* Someone or something that the truth names: "address", "account", "staff", "card" and its value.
 */
void stk_drill_name_actor(stk_drill *d, int32_t scenario, const char *type, const char *value);
void stk_drill_name_target(stk_drill *d, int32_t scenario, const char *type, const char *value);
#endif
