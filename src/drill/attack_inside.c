/* SPDX-License-Identifier: Apache-2.0 */
/* An attack from inside: somebody of customer service reads on through the customers after hours,
 * then exports lists. */
#include "drill/attacks.h"

#include <stdio.h>

static stk_time carry_out(stk_drill *d, stk_drill_actor *a)
{
    if (a->left == 0)
        return STK_TIME_NONE;
    char name[24], target[96];
    (void)snprintf(name, sizeof name, "staff-%02u", a->number);
    stk_drill_deal deal = { .kind = "staff.access", .staff = name, .records = 1, .action = "view" };
    stk_drill_account who = stk_drill_account_of(d, a->phase);
    if (--a->left < 4) {
        deal.action = "export";
        deal.records = 900 + stk_rng_below(&a->rng, 1500);
        (void)snprintf(target, sizeof target, "/backoffice/export?list=customers&part=%u",
                       4 - a->left);
    } else {
        deal.subject = who.email;
        (void)snprintf(target, sizeof target, "/backoffice/customers/%u", 70000 + a->phase++);
    }
    stk_drill_ask(d, a,
                  &(stk_drill_request){
                      .target = target, .status = 200, .bytes = 7400 + 260 * (deal.records - 1) });
    stk_drill_trade(d, a, &deal);
    return d->now + 2 * STK_SECOND + stk_rng_wait(&a->rng, 5 * STK_SECOND);
}

void stk_drill_start_staff_export(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    /* The evening of a day late in the span, when the others have gone home. */
    uint32_t late = stk_rng_below(rng, 1 + (uint32_t)(d->config.days - 1) / 2);
    stk_time day = d->start + (d->config.days - 1 - (stk_time)late) * STK_DAY;
    stk_time at = day + 19 * STK_HOUR + stk_rng_between(rng, 0, 90 * STK_MINUTE);
    if (d->config.attacks_within != STK_TIME_NONE)
        at = stk_drill_when(d, rng, STK_HOUR);
    stk_drill_actor *a = stk_drill_attacker(d, at, carry_out, scenario);
    if (!a)
        return;
    a->number = stk_rng_below(rng, 9);
    a->left = 300 + stk_rng_below(rng, 400);
    a->phase = stk_rng_below(rng, STK_DRILL_ACCOUNTS / 2);
    char name[24];
    (void)snprintf(name, sizeof name, "staff-%02u", a->number);
    stk_drill_name_actor(d, scenario, "staff", name);
}
