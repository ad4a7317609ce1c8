/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a subnet and requests to an endpoint, from one event in eight. */
#include "detect/detectors/rates.h"

enum { SLOT_S = 10, SLOTS_LEARNED = 30, FARM_CLIENTS = 4, FARM_AGENTS = 3, WINDOW_S = 900 };

/* A farm: several addresses of one subnet, one program, and together more pages than people read.
 * A carrier's or an office's subnet shows many programs. */
void stk_rates_subnet(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                      stk_findings *out)
{
    uint32_t now_s = stk_keyed_second(tuple->at);
    stk_rates_group *g = stk_keyed_get(&state->groups, tuple->key.hash, now_s);
    stk_keyed_seen(&g->head, now_s);
    if (now_s >= g->window_s + (uint64_t)WINDOW_S) {
        g->window_s = now_s;
        g->clients = g->accounts = (stk_distinct){ { 0 } };
        g->agents = 0;
        g->tries = 0;
    }
    g->tries++;
    stk_few_add(&g->agents, (uint32_t)(tuple->what >> STK_RATES_AGENT_SHIFT));
    (void)stk_distinct_add(&g->clients, tuple->b);
    (void)stk_distinct_add(&g->accounts,
                           stk_mix64(tuple->a)); /* here: pages; sampled by low bits */
    g->head.worth = g->tries;
    if (g->tries % STK_RATES_SAMPLE != 0 || stk_few_count(g->agents) > FARM_AGENTS)
        return;
    double pages = stk_distinct_count(&g->accounts) * STK_RATES_SAMPLE;
    if (pages < 3.0 * (double)r->config.scraping_pages)
        return;
    double clients = stk_distinct_count(&g->clients);
    if (clients < FARM_CLIENTS || !stk_say(&g->said))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_SCRAPING_SUBNET,
                          .args = { STK_ARG_I((int64_t)pages),
                                    STK_ARG_I((int64_t)(clients + 0.5)) } };
    stk_rates_find(out, STK_RATES_SCRAPING_SUBNET, tuple->key, 0.7, &reason);
}

void stk_rates_hit(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                   stk_findings *out)
{
    uint32_t now_s = stk_keyed_second(tuple->at), slot = now_s / SLOT_S;
    stk_rates_group *g = stk_keyed_get(&state->groups, tuple->key.hash, now_s);
    stk_keyed_seen(&g->head, now_s);
    double limit = (double)r->config.flood_endpoint_requests;
    if (slot < g->slot)
        return; /* a late line belongs to a slot that is over */
    if (slot > g->slot) {
        uint32_t passed = g->slot == 0 ? 1 : slot - g->slot;
        float count = (float)(g->slot_count * STK_RATES_SAMPLE);
        float step = g->slots < 360 ? 1.0f / (float)(g->slots + 1) : 1.0f / 360.0f;
        if (g->slot != 0 && count < limit)
            g->slot_usual += (count - g->slot_usual) * step;
        if (passed > 1)
            g->slot_usual -= g->slot_usual * (passed > 360 ? 1.0f : (float)(passed - 1) / 360.0f);
        g->slots = passed > UINT32_MAX - g->slots ? UINT32_MAX : g->slots + passed;
        g->slot = slot;
        g->slot_count = g->slot_errors = 0;
    }
    g->slot_count++;
    g->slot_errors += (tuple->what & STK_RATES_ERROR) != 0;
    g->head.worth = g->slot_count;
    double now = (double)g->slot_count * STK_RATES_SAMPLE, usual = 10.0 * g->slot_usual;
    limit = limit > usual ? limit : usual;
    if (now < limit || g->slots < SLOTS_LEARNED || g->slot_count % 32 != 0 || !stk_say(&g->said))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_FLOOD_ENDPOINT,
                          .args = { STK_ARG_I((int64_t)now), STK_ARG_I(SLOT_S),
                                    STK_ARG_R_(g->slot_usual),
                                    STK_ARG_I((int64_t)g->slot_errors * STK_RATES_SAMPLE) } };
    stk_rates_find(out, STK_RATES_FLOOD_ENDPOINT, tuple->key,
                   g->slot_errors * 5 > g->slot_count ? 0.85 : 0.65, &reason);
}
