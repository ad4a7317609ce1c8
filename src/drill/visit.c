/* SPDX-License-Identifier: Apache-2.0 */
/* What an honest visitor does: a plan of pages made on arrival, walked with pauses for thought,
 * and the pictures and scripts that a browser fetches beside each page. */
#include "drill/world.h"

#include <stdio.h>

typedef enum page {
    PAGE_HOME,
    PAGE_CATEGORY,
    PAGE_SEARCH,
    PAGE_PRODUCT,
    PAGE_ADD,
    PAGE_CART,
    PAGE_LOGIN,
    PAGE_LOGIN_POST,
    PAGE_LOGIN_WRONG,
    PAGE_ACCOUNT,
    PAGE_ORDERS,
    PAGE_FORGOT,
    PAGE_RESET,
    PAGE_SIGNUP,
    PAGE_CHECKOUT,
    PAGE_STREET,
    PAGE_PAY,
    PAGE_PAY_DECLINED,
    PAGE_THANKS,
    PAGE_TRACK,
    PAGE_NEW_STREET,
    PAGE_INFO,
    PAGE_GONE,
} page;

static void plan(stk_drill_actor *a, page p)
{
    if (a->planned < STK_DRILL_PLAN)
        a->plan[a->planned++] = (uint8_t)p;
}

static void plan_sign_in(stk_drill_actor *a)
{
    plan(a, PAGE_LOGIN);
    uint32_t wrong = stk_rng_chance(&a->rng, 140) ? 1 + stk_rng_below(&a->rng, 3) : 0;
    for (uint32_t i = 0; i < wrong; i++)
        plan(a, PAGE_LOGIN_WRONG);
    if (wrong == 3 || stk_rng_chance(&a->rng, 25)) { /* gives up remembering it */
        plan(a, PAGE_FORGOT);
        plan(a, PAGE_RESET);
    }
    plan(a, PAGE_LOGIN_POST);
}

static void plan_browsing(stk_drill_actor *a, uint32_t pages)
{
    for (uint32_t i = 0; i < pages; i++) {
        uint32_t mark = stk_rng_below(&a->rng, 1000);
        plan(a, mark < 520   ? PAGE_PRODUCT
                : mark < 800 ? PAGE_CATEGORY
                : mark < 950 ? PAGE_SEARCH
                : mark < 980 ? PAGE_INFO
                : mark < 988 ? PAGE_GONE
                             : PAGE_HOME);
    }
}

static void plan_checkout(stk_drill_actor *a)
{
    plan(a, PAGE_CHECKOUT);
    plan(a, PAGE_STREET);
    if (stk_rng_chance(&a->rng, 45)) /* a limit reached, a digit mistyped */
        plan(a, PAGE_PAY_DECLINED);
    plan(a, PAGE_PAY);
    plan(a, PAGE_THANKS);
}

static void plan_visit(stk_drill_actor *a)
{
    stk_rng *r = &a->rng;
    uint32_t landing = stk_rng_below(r, 100);
    plan(a, landing < 38 ? PAGE_HOME : landing < 74 ? PAGE_PRODUCT : PAGE_CATEGORY);
    if (stk_rng_chance(r, 330)) /* looks once and is gone */
        return;
    plan_browsing(a, 1 + (uint32_t)(stk_rng_wait(r, 5000) / 1000) % 24);
    bool customer = a->account >= 0;
    if (customer)
        plan_sign_in(a);
    else if (stk_rng_chance(r, 40))
        plan(a, PAGE_SIGNUP);
    if (customer && stk_rng_chance(r, 350))
        plan(a, PAGE_ORDERS);
    if (customer && stk_rng_chance(r, 15))
        plan(a, PAGE_NEW_STREET);
    if (stk_rng_chance(r, 60))
        plan(a, PAGE_TRACK);
    if (stk_rng_chance(r, customer ? 420 : 90)) {
        plan(a, PAGE_PRODUCT);
        plan(a, PAGE_ADD);
        if (stk_rng_chance(r, 300)) {
            plan_browsing(a, 2);
            plan(a, PAGE_PRODUCT);
            plan(a, PAGE_ADD);
        }
        plan(a, PAGE_CART);
        if (stk_rng_chance(r, 550))
            plan_checkout(a);
    }
}

/* Remember where the visitor is: the next request's Referer. */
static void arrive(stk_drill_actor *a, const char *target)
{
    (void)snprintf(a->referer, sizeof a->referer, "%s", target);
}

static void show(stk_drill *d, stk_drill_actor *a, const char *target, int status, int64_t bytes)
{
    stk_drill_request r = {
        .target = target, .status = status, .bytes = bytes, .referer = a->referer
    };
    stk_drill_ask(d, a, &r);
    arrive(a, target);
    a->assets = status != 200 ? 0
                : a->warm     ? 1 + stk_rng_below(&a->rng, 4)
                              : 11 + stk_rng_below(&a->rng, 7);
}

static void post(stk_drill *d, stk_drill_actor *a, const char *target, const char *body, int status)
{
    stk_drill_request r = { .method = "POST",
                            .target = target,
                            .status = status,
                            .bytes = status == 302 ? 0 : 4210,
                            .referer = a->referer,
                            .body = body };
    stk_drill_ask(d, a, &r);
}

void stk_drill_view_product(stk_drill *d, stk_drill_actor *a, uint32_t index)
{
    stk_drill_product p = stk_drill_product_of(d, index);
    char target[160];
    int at = snprintf(target, sizeof target, "/p/%s-%u", p.slug, p.id);
    if (a->campaign)
        (void)snprintf(target + at, sizeof target - (size_t)at, "?%s", a->campaign);
    a->campaign = NULL;
    a->product = index;
    show(d, a, target, 200, p.page_bytes + stk_rng_below(&a->rng, 90));
}

static void view_category(stk_drill *d, stk_drill_actor *a)
{
    const char *category = stk_drill_categories[stk_rng_below(&a->rng, STK_DRILL_CATEGORIES)];
    char target[160];
    uint32_t mark = stk_rng_below(&a->rng, 100);
    if (mark < 55)
        (void)snprintf(target, sizeof target, "/c/%s", category);
    else if (mark < 80)
        (void)snprintf(target, sizeof target, "/c/%s?page=%u", category,
                       2 + stk_rng_below(&a->rng, 6));
    else
        (void)snprintf(target, sizeof target, "/c/%s?sort=%s&max=%u", category,
                       mark < 90 ? "price" : "new", 20 * (1 + stk_rng_below(&a->rng, 10)));
    show(d, a, target, 200, 21000 + stk_rng_below(&a->rng, 6000));
}

static void view_search(stk_drill *d, stk_drill_actor *a)
{
    char target[200];
    (void)snprintf(target, sizeof target, "/search?q=%s", stk_drill_query(&a->rng));
    show(d, a, target, 200, 12000 + stk_rng_below(&a->rng, 14000));
}

void stk_drill_sign_in(stk_drill *d, stk_drill_actor *a, uint32_t account, bool success)
{
    stk_drill_account who = stk_drill_account_of(d, account);
    char body[160];
    (void)snprintf(body, sizeof body, "email=%s&password=%016llx", who.email,
                   (unsigned long long)stk_rng_next(&a->rng));
    post(d, a, "/account/login", body, success ? 302 : 401);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "account.login",
                                       .account = who.email,
                                       .outcome = success ? "success" : "failure" });
}

static void sign_up(stk_drill *d, stk_drill_actor *a)
{
    a->account = (int32_t)stk_rng_below(&a->rng, STK_DRILL_ACCOUNTS) + STK_DRILL_ACCOUNTS;
    stk_drill_account who = stk_drill_account_of(d, (uint32_t)a->account);
    char body[200];
    (void)snprintf(body, sizeof body, "email=%s&password=%016llx&news=1", who.email,
                   (unsigned long long)stk_rng_next(&a->rng));
    post(d, a, "/account/register", body, 302);
    stk_drill_trade(
        d, a,
        &(stk_drill_deal){ .kind = "account.signup", .account = who.email, .outcome = "success" });
}

static void add_to_cart(stk_drill *d, stk_drill_actor *a)
{
    stk_drill_product p = stk_drill_product_of(d, a->product);
    char body[64], id[16];
    (void)snprintf(id, sizeof id, "%u", p.id);
    (void)snprintf(body, sizeof body, "product=%u&quantity=1", p.id);
    post(d, a, "/cart/add", body, 302);
    a->cart++;
    a->number += (uint32_t)p.price_minor;
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "cart.change",
                                       .product = id,
                                       .quantity = 1,
                                       .amount_minor = p.price_minor,
                                       .action = "add" });
}

/* The order's number, its payment and, where that is accepted, the order itself. */
static void pay(stk_drill *d, stk_drill_actor *a, bool accepted)
{
    uint32_t index = a->account >= 0
                         ? (uint32_t)a->account
                         : 2 * STK_DRILL_ACCOUNTS + (uint32_t)(stk_rng_next(&a->rng) >> 40);
    stk_drill_account who = stk_drill_account_of(d, index);
    char order[24];
    d->sold += accepted ? 1 + stk_rng_below(&a->rng, 9) : 0;
    (void)snprintf(order, sizeof order, "A%07llu", 4100000 + (unsigned long long)d->sold);
    char body[96];
    (void)snprintf(body, sizeof body, "method=card&token=%s", who.card);
    post(d, a, "/checkout/payment", body, accepted ? 302 : 402);
    const char *account = a->account >= 0 ? who.email : NULL;
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "payment.attempt",
                                       .account = account,
                                       .card = who.card,
                                       .amount_minor = a->number,
                                       .order = order,
                                       .outcome = accepted ? "success" : "declined" });
    if (accepted)
        stk_drill_trade(d, a,
                        &(stk_drill_deal){ .kind = "order.placed",
                                           .account = account,
                                           .order = order,
                                           .card = who.card,
                                           .street = who.street,
                                           .quantity = a->cart,
                                           .amount_minor = a->number,
                                           .outcome = "success" });
}

static void change_account(stk_drill *d, stk_drill_actor *a, const char *target, const char *action)
{
    stk_drill_account who = stk_drill_account_of(d, a->account >= 0 ? (uint32_t)a->account : 0);
    char street[20], body[96];
    stk_drill_token(stk_rng_next(&a->rng), street);
    (void)snprintf(body, sizeof body, "change=%s&street=%s", action, street);
    post(d, a, target, body, 302);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "account.change",
                                       .account = who.email,
                                       .action = action,
                                       .outcome = "success",
                                       .street = action[0] == 'a' ? street : NULL });
}

static void track(stk_drill *d, stk_drill_actor *a)
{
    char target[80];
    (void)snprintf(target, sizeof target, "/order/track?number=A%07u",
                   4100000 + stk_rng_below(&a->rng, 1 + (uint32_t)d->sold));
    show(d, a, target, 200, 5200);
}

static void view_account_page(stk_drill *d, stk_drill_actor *a, page p)
{
    switch (p) {
    case PAGE_LOGIN:
        show(d, a, "/account/login", 200, 4100);
        break;
    case PAGE_LOGIN_POST:
    case PAGE_LOGIN_WRONG:
        stk_drill_sign_in(d, a, (uint32_t)a->account, p == PAGE_LOGIN_POST);
        break;
    case PAGE_ORDERS:
        show(d, a, "/account/orders", 200, 8800 + stk_rng_below(&a->rng, 4000));
        break;
    case PAGE_FORGOT:
        show(d, a, "/account/forgot", 200, 3700);
        break;
    case PAGE_RESET:
        change_account(d, a, "/account/reset", "password");
        break;
    case PAGE_SIGNUP:
        sign_up(d, a);
        break;
    case PAGE_NEW_STREET:
        change_account(d, a, "/account/address", "address");
        break;
    default:
        show(d, a, "/account", 200, 6400);
        break;
    }
}

static void view(stk_drill *d, stk_drill_actor *a, page p)
{
    switch (p) {
    case PAGE_HOME:
        show(d, a, "/", 200, 31250);
        break;
    case PAGE_CATEGORY:
        view_category(d, a);
        break;
    case PAGE_SEARCH:
        view_search(d, a);
        break;
    case PAGE_PRODUCT:
        stk_drill_view_product(d, a, stk_drill_popular(d, &a->rng));
        break;
    case PAGE_ADD:
        add_to_cart(d, a);
        break;
    case PAGE_CART:
        show(d, a, "/cart", 200, 7300);
        break;
    case PAGE_CHECKOUT:
        show(d, a, "/checkout", 200, 9100);
        break;
    case PAGE_STREET:
        post(d, a, "/checkout/address", "country=DE&city=Aachen&zip=52062", 302);
        break;
    case PAGE_PAY:
        pay(d, a, true);
        break;
    case PAGE_PAY_DECLINED:
        pay(d, a, false);
        break;
    case PAGE_THANKS:
        show(d, a, "/checkout/thanks", 200, 6900);
        break;
    case PAGE_TRACK:
        track(d, a);
        break;
    case PAGE_INFO:
        show(d, a, stk_rng_chance(&a->rng, 500) ? "/info/delivery" : "/info/returns", 200, 5600);
        break;
    case PAGE_GONE:
        show(d, a, "/p/autumn-special-2019", 404, 2900);
        break;
    default:
        view_account_page(d, a, p);
        break;
    }
}

static void fetch_asset(stk_drill *d, stk_drill_actor *a)
{
    static const char *const shared[] = { "/static/shop.css?v=41",    "/static/shop.js?v=41",
                                          "/static/fonts/text.woff2", "/static/logo.svg",
                                          "/static/icons.svg",        "/favicon.ico" };
    uint32_t nth = --a->assets;
    char target[96];
    int64_t bytes = 0;
    if (!a->warm && nth < STK_COUNT(shared)) {
        (void)snprintf(target, sizeof target, "%s", shared[nth]);
        bytes = 3000 + 9100 * (int64_t)nth;
    } else {
        uint32_t picture = (a->product * 5 + nth * 131) % (STK_DRILL_PRODUCTS * 3);
        (void)snprintf(target, sizeof target, "/media/%02x/%u.webp", picture % 256,
                       20000 + picture);
        bytes = 14000 + picture * 7 % 23000;
    }
    bool cached = a->warm && stk_rng_chance(&a->rng, 180);
    stk_drill_request r = { .target = target,
                            .status = cached ? 304 : 200,
                            .bytes = cached ? 0 : bytes,
                            .referer = a->referer };
    bool whole = a->whole;
    a->whole = false; /* of the pictures, nobody keeps the whole request */
    stk_drill_ask(d, a, &r);
    a->whole = whole;
    if (a->assets == 0)
        a->warm = true;
}

stk_time stk_drill_look_around(stk_drill *d, stk_drill_actor *a)
{
    if (a->assets > 0) {
        fetch_asset(d, a);
    } else {
        view(d, a, a->plan[a->done++]);
        if (a->done == a->planned && a->assets == 0)
            return STK_TIME_NONE;
    }
    if (a->assets > 0)
        return d->now + 15 * STK_MS + stk_rng_wait(&a->rng, 60 * STK_MS);
    if (a->done == a->planned)
        return STK_TIME_NONE;
    bool form = a->plan[a->done] == PAGE_LOGIN_POST || a->plan[a->done] == PAGE_LOGIN_WRONG;
    return d->now + 2 * STK_SECOND +
           stk_rng_wait(&a->rng, (form ? 6 : 24) * INT64_C(1) * STK_SECOND);
}

stk_drill_actor *stk_drill_visit(stk_drill *d, stk_time at, uint64_t stream)
{
    static const char *const found[] = { "",
                                         "",
                                         "https://find.example/",
                                         "https://find.example/",
                                         "https://quest.example/search?q=oak+chair",
                                         "https://prices.example/compare?item=1177",
                                         "https://blog.example/ten-nice-kitchens" };
    stk_drill_actor *a = stk_drill_enter(d, at, stk_drill_look_around, stream);
    if (!a)
        return NULL;
    a->address = stk_drill_somewhere(d, &a->rng);
    if (stk_rng_chance(&a->rng, 360)) {
        a->account = (int32_t)stk_rng_below(&a->rng, STK_DRILL_ACCOUNTS);
        stk_drill_account who = stk_drill_account_of(d, (uint32_t)a->account);
        if (stk_rng_chance(&a->rng, 800)) { /* from home, on the usual device */
            a->address = who.home;
            a->agent = stk_drill_agent(who.agent);
            memcpy(a->device, who.device, sizeof a->device);
        }
    }
    a->whole = stk_rng_chance(&a->rng, 60);
    a->warm = stk_rng_chance(&a->rng, 300);
    (void)snprintf(a->referer, sizeof a->referer, "%s",
                   found[stk_rng_below(&a->rng, STK_COUNT(found))]);
    plan_visit(a);
    return a;
}
