/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on customers' money: an account taken over and shopped with, stolen cards tried. */
#include "drill/attacks.h"

#include <stdio.h>

static void submit(stk_drill *d, stk_drill_actor *a, const char *target, const char *body,
                   int status)
{
    stk_drill_ask(d, a,
                  &(stk_drill_request){ .method = "POST",
                                        .target = target,
                                        .status = status,
                                        .bytes = status == 302 ? 0 : 4210,
                                        .referer = "/account",
                                        .body = body });
}

/* The victim's usual life before: signs in from home on the usual device, more than once. */
static stk_time live(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    stk_drill_sign_in(d, a, (uint32_t)a->account, true);
    stk_drill_view_product(d, a, stk_drill_popular(d, &a->rng));
    return d->now + (stk_time)a->number * STK_SECOND;
}

/* Sign in as the customer from elsewhere, change the contact and the address, order dear things. */
static void change_victim(stk_drill *d, stk_drill_actor *a, const char *email, const char *action,
                          const char *street)
{
    char target[40], body[40];
    (void)snprintf(target, sizeof target, "/account/%s", action);
    (void)snprintf(body, sizeof body, "change=%s", action);
    submit(d, a, target, body, 302);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "account.change",
                                       .account = email,
                                       .action = action,
                                       .outcome = "success",
                                       .street = street });
}

static void fill_cart(stk_drill *d, stk_drill_actor *a, int64_t dear_minor)
{
    char id[16];
    (void)snprintf(id, sizeof id, "%u", stk_drill_product_of(d, 900 + a->left).id);
    submit(d, a, "/cart/add", "quantity=3", 302);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "cart.change",
                                       .product = id,
                                       .quantity = 3,
                                       .amount_minor = dear_minor,
                                       .action = "add" });
}

static void order_on_saved_card(stk_drill *d, stk_drill_actor *a, const stk_drill_account *victim,
                                const char *street, int64_t dear_minor)
{
    char order[24];
    (void)snprintf(order, sizeof order, "A%07llu", 4100000 + (unsigned long long)++d->sold);
    submit(d, a, "/checkout/payment", "method=saved", 302);
    stk_drill_deal deal = { .kind = "payment.attempt",
                            .account = victim->email,
                            .card = victim->card,
                            .amount_minor = dear_minor,
                            .order = order,
                            .outcome = "success" };
    stk_drill_trade(d, a, &deal);
    deal.kind = "order.placed";
    deal.street = street;
    deal.quantity = 3;
    stk_drill_trade(d, a, &deal);
}

static stk_time take_over(stk_drill *d, stk_drill_actor *a)
{
    stk_drill_account victim = stk_drill_account_of(d, (uint32_t)a->account);
    int64_t dear_minor = 51985;
    char street[20];
    stk_drill_token(stk_rng_of(a->number, 1, 0), street);
    switch (a->phase++) {
    case 0: /* one wrong guess at how the customer writes it */
        stk_drill_sign_in(d, a, (uint32_t)a->account, false);
        break;
    case 1:
        stk_drill_sign_in(d, a, (uint32_t)a->account, true);
        break;
    case 2:
        change_victim(d, a, victim.email, "email", NULL);
        break;
    case 3:
        change_victim(d, a, victim.email, "address", street);
        break;
    case 4:
        fill_cart(d, a, dear_minor);
        break;
    default:
        order_on_saved_card(d, a, &victim, street, dear_minor);
        return STK_TIME_NONE;
    }
    return d->now + 8 * STK_SECOND + stk_rng_wait(&a->rng, 45 * STK_SECOND);
}

void stk_drill_start_takeover(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_time at = stk_drill_when(d, rng, STK_HOUR);
    int32_t account = (int32_t)stk_rng_below(rng, STK_DRILL_ACCOUNTS);
    stk_drill_account victim = stk_drill_account_of(d, (uint32_t)account);
    stk_drill_actor *customer = stk_drill_enter(d, d->start + (at - d->start) / 8, live,
                                                stk_rng_next(rng));
    if (customer) {
        customer->address = victim.home;
        customer->agent = stk_drill_agent(victim.agent);
        memcpy(customer->device, victim.device, sizeof customer->device);
        customer->account = account;
        customer->left = 3;
        customer->number = (uint32_t)((at - d->start) / 4 / STK_SECOND);
    }
    stk_drill_actor *a = stk_drill_attacker(d, at, take_over, scenario);
    if (!a)
        return;
    a->account = account;
    a->number = stk_rng_below(rng, 1u << 30);
    a->left = stk_rng_below(rng, 200);
    stk_drill_name_target(d, scenario, "account", victim.email);
}

static stk_time try_card(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    char card[20], order[24];
    stk_drill_token(stk_rng_next(&a->rng), card);
    bool accepted = stk_rng_chance(&a->rng, 70);
    d->sold += accepted;
    (void)snprintf(order, sizeof order, "A%07llu", 4100000 + (unsigned long long)d->sold);
    submit(d, a, "/checkout/payment", "method=card", accepted ? 302 : 402);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "payment.attempt",
                                       .card = card,
                                       .order = order,
                                       .amount_minor = 100 + stk_rng_below(&a->rng, 400),
                                       .outcome = accepted ? "success" : "declined" });
    return d->now + 4 * STK_SECOND + stk_rng_wait(&a->rng, 20 * STK_SECOND);
}

void stk_drill_start_card_testing(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_time at = stk_drill_when(d, rng, STK_HOUR);
    uint32_t machines = 1 + stk_rng_below(rng, 4);
    for (uint32_t i = 0; i < machines; i++) {
        stk_drill_actor *a = stk_drill_attacker(d, at + i * 20 * STK_SECOND, try_card, scenario);
        if (!a)
            return;
        a->left = 40 + stk_rng_below(rng, 80);
    }
}
