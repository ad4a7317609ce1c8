/* SPDX-License-Identifier: Apache-2.0 */
/* Which attacks a run holds, and the book of what each did. Every scenario is played once in each
 * run, and a third of them once more for every further day. */
#include "drill/attacks.h"

#include <stdlib.h>

const stk_drill_scenario stk_drill_scenarios[] = {
#define ATTACK(name, kinds, summary) { #name, kinds, summary },
#include "drill/attacks.def"
};
const size_t stk_drill_scenario_count = STK_COUNT(stk_drill_scenarios);

static void (*const starts[])(stk_drill *d, stk_rng *rng, int32_t scenario) = {
#define ATTACK(name, kinds, summary) stk_drill_start_##name,
#include "drill/attacks.def"
};

enum { ATTACKERS = 1 << 28, ATTACK_PLANS = 7, TRUTH_BYTES = 4 << 20 };

static void name_in(stk_buf *list, const char *type, const char *value)
{
    stk_buf_printf(list, "%s{\"type\":\"%s\",\"value\":\"%s\"}", list->len ? "," : "", type, value);
}

void stk_drill_name_actor(stk_drill *d, int32_t scenario, const char *type, const char *value)
{
    name_in(&d->truths[scenario].actors, type, value);
}

void stk_drill_name_target(stk_drill *d, int32_t scenario, const char *type, const char *value)
{
    name_in(&d->truths[scenario].targets, type, value);
}

stk_drill_actor *stk_drill_attacker(stk_drill *d, stk_time at, stk_drill_step step,
                                    int32_t scenario)
{
    stk_drill_actor *a = stk_drill_enter(d, at, step, ATTACKERS + d->orders);
    if (!a)
        return NULL;
    a->scenario = scenario;
    a->whole = true;
    a->address = stk_drill_hosted(&a->rng);
    stk_drill_name_actor(d, scenario, "address", a->address.text);
    return a;
}

static void start(stk_drill *d, size_t which, stk_rng *rng)
{
    stk_drill_truth *t = &d->truths[d->truth_count];
    t->scenario = &stk_drill_scenarios[which];
    t->actors = t->targets = stk_buf_init(TRUTH_BYTES);
    for (size_t f = 0; f < STK_DRILL_FILES; f++)
        t->units[f] = stk_buf_init(TRUTH_BYTES);
    starts[which](d, rng, (int32_t)d->truth_count++);
}

/* Which of the slots the next attack gets: each once, in an order of the seed's. */
static uint32_t free_slot(stk_rng *rng, bool *taken, uint32_t slots, uint32_t left)
{
    uint32_t nth = stk_rng_below(rng, left), slot = 0;
    for (;; slot = (slot + 1) % slots) {
        if (!taken[slot] && nth-- == 0)
            break;
    }
    taken[slot] = true;
    return slot;
}

stk_status stk_drill_plan_attacks(stk_drill *d)
{
    uint32_t more = (uint32_t)(d->config.days - 1) * STK_COUNT(starts) / 3;
    d->slots = STK_COUNT(starts) + more;
    d->truths = calloc(d->slots, sizeof *d->truths);
    bool *taken = calloc(d->slots, sizeof *taken);
    stk_rng rng = { .state = stk_rng_of(d->config.seed, ATTACK_PLANS, 0) };
    for (uint32_t i = 0; d->truths && taken && i < d->slots; i++) {
        d->slot = free_slot(&rng, taken, d->slots, d->slots - i);
        start(d, i < STK_COUNT(starts) ? i : stk_rng_below(&rng, STK_COUNT(starts)), &rng);
    }
    bool planned = d->truths && taken && !d->failed;
    free(taken);
    return planned ? STK_OK : STK_ERR_MEMORY;
}
