/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-ins: of one client, against one account, and at one place by many clients. */
#include "detect/detectors/rates.h"

enum { DAY_S = 86400, QUICK_S = 10, SAME_PEOPLE = 4, SLOW_TRIES = 2 };
#define SHOP_LEAK   (1.0f / 60.0f)
#define SYSTEM_LEAK (1.0f / 120.0f)

static float people(const stk_rates_client *c)
{
    double agents = stk_few_count(c->login_agents);
    if (agents < 1.5 || agents * 2 > c->tries)
        return 1.0f;
    return agents > SAME_PEOPLE ? SAME_PEOPLE : (float)agents;
}

static void note_try(stk_rates_client *c, const stk_tuple *tuple, uint32_t now_s)
{
    if (c->tries == 0 || now_s > c->first_try_s + (uint64_t)DAY_S) {
        c->first_try_s = now_s;
        c->tries = c->failures = c->successes = c->pages_after = 0;
        c->login_agents = 0;
        c->accounts = (stk_distinct){ { 0 } };
    }
    c->tries++;
    c->failures += (tuple->what & STK_RATES_FAILED) != 0;
    c->successes += (tuple->what & STK_RATES_SUCCEEDED) != 0;
    c->login_at = (uint32_t)(tuple->b >> 32);
    stk_few_add(&c->login_agents, (uint32_t)(tuple->what >> STK_RATES_AGENT_SHIFT));
    if (tuple->a != 0 && !(tuple->what & STK_RATES_SUCCEEDED))
        (void)stk_distinct_add(&c->accounts, tuple->a);
}

/* Five tries in as many seconds are no person's: a machine needs to make fewer of them. */
static float patience(const stk_rates_client *c)
{
    return c->pace.level >= 4.0f ? 0.6f : 1.0f;
}

/* Many accounts, few tries each: stolen pairs are tried once and quickly, one password is tried on
 * everybody slowly and in rounds. */
static bool look_accounts(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                          uint32_t now_s, stk_findings *out)
{
    if (c->failures < (uint32_t)r->config.stuffing_accounts || c->failures * 10 < c->tries * 7)
        return false;
    double accounts = stk_distinct_count(&c->accounts);
    if (accounts < (double)r->config.stuffing_accounts || c->failures > accounts * 3.0)
        return false;
    uint32_t span_s = stk_keyed_since(now_s, c->first_try_s);
    bool slow = span_s / QUICK_S > c->tries || c->failures > accounts * 1.7;
    if (!stk_say(&c->said_login))
        return true;
    stk_reason reason = { .message = STK_MSG_RATES_MANY_ACCOUNTS,
                          .args = { STK_ARG_I(c->failures), STK_ARG_I((int64_t)(accounts + 0.5)),
                                    STK_ARG_D((int64_t)span_s * STK_SECOND),
                                    STK_ARG_I(c->successes) } };
    bool system = tuple->what & STK_RATES_SYSTEM;
    stk_rates_find(out, slow || system ? STK_RATES_SPRAYING : STK_RATES_STUFFING, tuple->key,
                   c->successes == 0 ? 0.85 : 0.7, &reason);
    return true;
}

static void look_failures(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                          float level, uint32_t now_s, stk_findings *out)
{
    bool system = tuple->what & STK_RATES_SYSTEM;
    float limit = system ? (float)r->config.system_failures
                         : (float)r->config.login_failures * people(c);
    limit *= patience(c);
    if (level + 0.95f < limit || c->failures < c->successes * 2 || !stk_say(&c->said_login))
        return;
    uint32_t span_s = stk_keyed_since(now_s, c->first_try_s);
    stk_reason reason = { .message = STK_MSG_RATES_LOGIN_FAILURES,
                          .args = { STK_ARG_I(c->failures), STK_ARG_D((int64_t)span_s * STK_SECOND),
                                    STK_ARG_I(c->successes) } };
    stk_rates_find(out, system ? STK_RATES_BRUTE_SYSTEM : STK_RATES_BRUTE_FORCE, tuple->key,
                   level >= 3 * limit ? 0.9 : 0.75, &reason);
}

/* Forms that answer 200 or 3xx to right and wrong alike: who is let in goes on to other pages, who
 * guesses sends the form again. */
static void look_forms(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                       uint32_t now_s, stk_findings *out)
{
    bool shown = tuple->what & STK_RATES_SHOWN;
    float level = stk_bucket_add(shown ? &c->shown : &c->sent_on, now_s, 1.0f, SHOP_LEAK);
    float limit = (float)r->config.login_repeats * people(c) * (shown ? 1.0f : 1.7f);
    /* A day's tries with hardly another page between them are a machine's, however slow it is. */
    bool slowly = shown && (float)c->tries >= SLOW_TRIES * limit && c->pages_after * 8 < c->tries;
    limit *= patience(c);
    if ((level + 0.95f < limit && !slowly) || c->pages_after * (shown ? 1 : 2) >= c->tries ||
        !stk_say(&c->said_login))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_LOGIN_FORM,
                          .args = { STK_ARG_I(c->tries), STK_ARG_I(c->pages_after) } };
    stk_rates_find(out, STK_RATES_BRUTE_FORM, tuple->key, shown ? 0.7 : 0.6, &reason);
}

void stk_rates_login(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                     stk_findings *out)
{
    uint32_t now_s = stk_keyed_second(tuple->at);
    stk_rates_client *c = stk_keyed_get(&state->clients, tuple->key.hash, now_s);
    stk_keyed_seen(&c->head, now_s);
    stk_rates_light *light = stk_keyed_find(&state->light, tuple->key.hash);
    if (light != NULL)
        light->observed = 1;
    /* Where the shop itself tells of sign-ins, its log would tell of the same ones again. */
    if ((tuple->what & STK_RATES_FORM) && c->told_by_shop)
        return;
    c->told_by_shop = !(tuple->what & (STK_RATES_FORM | STK_RATES_SYSTEM));
    note_try(c, tuple, now_s);
    bool failed = tuple->what & STK_RATES_FAILED;
    float leak = tuple->what & STK_RATES_SYSTEM ? SYSTEM_LEAK : SHOP_LEAK;
    float given = failed ? 1.0f : tuple->what & STK_RATES_SUCCEEDED ? -2.0f : 0.0f;
    float level = stk_bucket_add(&c->failing, now_s, given, leak);
    (void)stk_bucket_add(&c->pace, now_s, tuple->what & STK_RATES_SUCCEEDED ? 0.0f : 1.0f, 0.5f);
    c->head.worth = c->failures * 4 + c->tries;
    if (failed && !look_accounts(r, c, tuple, now_s, out))
        look_failures(r, c, tuple, level, now_s, out);
    else if (tuple->what & (STK_RATES_SHOWN | STK_RATES_SENT_ON))
        look_forms(r, c, tuple, now_s, out);
}

/* --- many clients at one place -------------------------------------------------- */

static void close_window(stk_rates_group *g, uint32_t now_s, uint32_t window_s)
{
    if (g->window_s != 0) {
        uint32_t failures = g->failures + g->shown;
        float step = g->windows < 8 ? 1.0f / (float)(g->windows + 1) : 1.0f / 8.0f;
        if (g->said.count == 0)
            g->usual_failures += ((float)failures - g->usual_failures) * step;
        g->windows++;
    }
    g->window_s = now_s - now_s % window_s;
    g->tries = g->failures = g->successes = g->shown = g->sent_on = 0;
    g->said = (stk_said){ 0 };
    g->clients = g->accounts = (stk_distinct){ { 0 } };
}

void stk_rates_login_at(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                        stk_findings *out)
{
    uint32_t now_s = stk_keyed_second(tuple->at);
    uint32_t window_s = (uint32_t)(r->config.spread_window_us / STK_SECOND);
    stk_rates_group *g = stk_keyed_get(&state->groups, tuple->key.hash, now_s);
    stk_keyed_seen(&g->head, now_s);
    if (now_s >= g->window_s + (uint64_t)window_s)
        close_window(g, now_s, window_s);
    g->tries++;
    bool failed = tuple->what & STK_RATES_FAILED, shown = tuple->what & STK_RATES_SHOWN;
    g->failures += failed;
    g->shown += shown;
    g->successes += (tuple->what & STK_RATES_SUCCEEDED) != 0;
    g->sent_on += (tuple->what & STK_RATES_SENT_ON) != 0;
    if (!failed && !shown)
        return;
    (void)stk_distinct_add(&g->clients, tuple->a);
    if (tuple->b != 0)
        (void)stk_distinct_add(&g->accounts, tuple->b);
    g->head.worth = g->failures + g->shown;
    /* Where failures have a status of their own, 200 is a welcome; else it is the form again, as
     * long as some are sent on. */
    bool by_form = g->failures == 0 && g->sent_on != 0;
    if (shown && !by_form)
        return;
    uint32_t failures = by_form ? g->shown : g->failures;
    double usual = 4.0 * g->usual_failures + 10.0, least = (double)r->config.spread_failures;
    if (failures < (usual > least ? usual : least) || failures < r->config.spread_ratio * g->tries)
        return;
    double clients = stk_distinct_count(&g->clients), accounts = stk_distinct_count(&g->accounts);
    bool one_account = accounts > 0.5 && failures > accounts * 4.0;
    if (clients < (double)r->config.spread_clients || failures > clients * 20.0 || one_account ||
        !stk_say(&g->said))
        return;
    stk_reason reason = {
        .message = STK_MSG_RATES_SPREAD,
        .args = { STK_ARG_I(failures), STK_ARG_I(g->tries), STK_ARG_I((int64_t)(clients + 0.5)),
                  STK_ARG_D((int64_t)stk_keyed_since(now_s, g->window_s) * STK_SECOND),
                  STK_ARG_R_(g->usual_failures) }
    };
    stk_rates_find(out, STK_RATES_SPREAD, tuple->key, accounts > 0.5 ? 0.85 : 0.7, &reason);
}

void stk_rates_login_to(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                        stk_findings *out)
{
    uint32_t now_s = stk_keyed_second(tuple->at);
    stk_rates_group *g = stk_keyed_get(&state->groups, tuple->key.hash, now_s);
    stk_keyed_seen(&g->head, now_s);
    if (!(tuple->what & STK_RATES_FAILED))
        return;
    float level = stk_bucket_add(&g->level, now_s, 1.0f, SYSTEM_LEAK);
    if (level < 1.5f) { /* the last round is forgotten */
        g->clients = (stk_distinct){ { 0 } };
        g->failures = 0;
        g->window_s = now_s;
    }
    g->failures++;
    (void)stk_distinct_add(&g->clients, tuple->a);
    g->head.worth = (uint32_t)level * 2;
    double clients = level < (float)r->config.account_failures ? 0.0
                                                               : stk_distinct_count(&g->clients);
    if (clients < 2.5 || !stk_say(&g->said))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_ACCOUNT_FAILURES,
                          .args = { STK_ARG_I(g->failures), STK_ARG_I((int64_t)(clients + 0.5)),
                                    STK_ARG_D((int64_t)stk_keyed_since(now_s, g->window_s) *
                                              STK_SECOND) } };
    stk_rates_find(out, STK_RATES_BRUTE_ACCOUNT, tuple->key, 0.75, &reason);
}
