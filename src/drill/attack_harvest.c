/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks that carry away what is public, or should not be: scraping of the catalogue, and order
 * numbers counted up. */
#include "drill/attacks.h"

#include <stdio.h>

static stk_time scrape(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    stk_drill_product p = stk_drill_product_of(d, a->number++ % STK_DRILL_PRODUCTS);
    char target[160];
    (void)snprintf(target, sizeof target, "/p/%s-%u", p.slug, p.id);
    stk_drill_ask(d, a,
                  &(stk_drill_request){ .target = target, .status = 200, .bytes = p.page_bytes });
    return d->now + 200 * STK_MS + stk_rng_wait(&a->rng, (int64_t)a->phase * STK_MS);
}

void stk_drill_start_scraping(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_drill_actor *a = stk_drill_attacker(d, stk_drill_when(d, rng, 90 * STK_MINUTE), scrape,
                                            scenario);
    if (!a)
        return;
    a->left = 900 + stk_rng_below(rng, 900);
    a->number = stk_rng_below(rng, STK_DRILL_PRODUCTS);
    a->phase = 300 + stk_rng_below(rng, 1500);
}

static stk_time count_up(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    char target[80];
    (void)snprintf(target, sizeof target, "/order/track?number=A%07u", a->number++);
    bool there = a->number < 4100000 + d->sold;
    stk_drill_ask(d, a,
                  &(stk_drill_request){ .target = target,
                                        .status = there ? 200 : 404,
                                        .bytes = there ? 5200 : 2900 });
    return d->now + 400 * STK_MS + stk_rng_wait(&a->rng, 1800 * STK_MS);
}

void stk_drill_start_enumeration(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_drill_actor *a = stk_drill_attacker(d, stk_drill_when(d, rng, STK_HOUR), count_up,
                                            scenario);
    if (!a)
        return;
    a->left = 350 + stk_rng_below(rng, 500);
    a->number = 4100000;
    stk_drill_name_target(d, scenario, "endpoint", "/order/track");
}
