/* SPDX-License-Identifier: Apache-2.0 */
/* The people behind the counter: customer service opens customers' records all day, buyers change
 * prices and stock, and an engineer signs in on the servers. */
#include "drill/world.h"

#include <stdio.h>

enum { STAFF = 1 << 16, ENGINEER = STAFF + 100, JOBS = STAFF + 200 }; /* streams */

static bool working(stk_time now, uint32_t shift)
{
    int64_t local = (now + STK_HOUR) % STK_DAY;
    int64_t day = ((now + STK_HOUR) / STK_DAY + 3) % 7; /* 0 is Monday */
    return day < 6 && local >= (7 + shift) * STK_HOUR && local < (16 + shift) * STK_HOUR;
}

static void staff_page(stk_drill *d, stk_drill_actor *a, const char *method, const char *target,
                       int status, int64_t bytes, const char *body)
{
    stk_drill_ask(d, a,
                  &(stk_drill_request){ .method = method,
                                        .target = target,
                                        .status = status,
                                        .bytes = bytes,
                                        .referer = a->referer,
                                        .body = body });
    (void)snprintf(a->referer, sizeof a->referer, "%s", target);
}

static void serve_customer(stk_drill *d, stk_drill_actor *a, const char *name)
{
    uint32_t index = stk_rng_below(&a->rng, STK_DRILL_ACCOUNTS);
    stk_drill_account who = stk_drill_account_of(d, index);
    char target[80];
    (void)snprintf(target, sizeof target, "/backoffice/customers/%u", 70000 + index);
    staff_page(d, a, "GET", target, 200, 7400 + stk_rng_below(&a->rng, 900), NULL);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "staff.access",
                                       .staff = name,
                                       .subject = who.email,
                                       .action = "view",
                                       .records = 1 });
    if (!stk_rng_chance(&a->rng, 60))
        return;
    char order[24];
    (void)snprintf(order, sizeof order, "A%07u",
                   4100000 + stk_rng_below(&a->rng, 1 + (uint32_t)d->sold));
    staff_page(d, a, "POST", "/backoffice/refunds", 302, 0, "reason=damaged&part=1");
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "refund.issued",
                                       .staff = name,
                                       .order = order,
                                       .account = who.email,
                                       .outcome = "success",
                                       .amount_minor = stk_rng_between(&a->rng, 9, 80) * 100 });
}

static void tend_goods(stk_drill *d, stk_drill_actor *a, const char *name)
{
    stk_drill_product p = stk_drill_product_of(d, stk_rng_below(&a->rng, STK_DRILL_PRODUCTS));
    bool price = stk_rng_chance(&a->rng, 400);
    char target[80], id[16];
    (void)snprintf(id, sizeof id, "%u", p.id);
    (void)snprintf(target, sizeof target, "/backoffice/products/%u", p.id);
    staff_page(d, a, "POST", target, 302, 0, price ? "field=price" : "field=stock");
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = price ? "price.change" : "stock.change",
                                       .staff = name,
                                       .product = id,
                                       .amount_minor = price ? p.price_minor + 100 : 0,
                                       .quantity = price ? 0 : 24 });
}

/* Once a week somebody exports a list for the warehouse: a few dozen records, as every week. */
static void export_list(stk_drill *d, stk_drill_actor *a, const char *name)
{
    staff_page(d, a, "GET", "/backoffice/export?list=parcels", 200, 16400, NULL);
    stk_drill_trade(d, a,
                    &(stk_drill_deal){ .kind = "staff.access",
                                       .staff = name,
                                       .action = "export",
                                       .records = stk_rng_between(&a->rng, 20, 60) });
}

static stk_time staff(stk_drill *d, stk_drill_actor *a)
{
    if (!working(d->now, a->phase))
        return d->now + 20 * STK_MINUTE + stk_rng_wait(&a->rng, 5 * STK_MINUTE);
    char name[24];
    (void)snprintf(name, sizeof name, "staff-%02u", a->number);
    if (a->number >= 10)
        tend_goods(d, a, name);
    else if (a->number == 9 && stk_rng_chance(&a->rng, 20))
        export_list(d, a, name);
    else
        serve_customer(d, a, name);
    return d->now + 20 * STK_SECOND + stk_rng_wait(&a->rng, 7 * STK_MINUTE);
}

static void sshd(stk_drill *d, int32_t scenario, uint32_t pid, const char *text)
{
    char line[320];
    (void)snprintf(line, sizeof line, "web1 sshd[%u]: %s", pid, text);
    stk_drill_syslog(d, scenario, line);
}

/* Signs in with a key, now and then mistypes a password first, does something as root. */
static stk_time engineer(stk_drill *d, stk_drill_actor *a)
{
    if (!working(d->now, 1))
        return d->now + 30 * STK_MINUTE;
    char text[256];
    uint32_t pid = 20000 + stk_rng_below(&a->rng, 40000),
             port = 30000 + stk_rng_below(&a->rng, 30000);
    if (a->phase == 0 && stk_rng_chance(&a->rng, 120)) {
        (void)snprintf(text, sizeof text, "Failed password for %s from %s port %u ssh2", a->agent,
                       a->address.text, port);
        sshd(d, -1, pid, text);
        a->phase = 1;
        return d->now + 6 * STK_SECOND;
    }
    a->phase = 0;
    (void)snprintf(text, sizeof text,
                   "Accepted publickey for %s from %s port %u ssh2: ED25519 SHA256:%s", a->agent,
                   a->address.text, port, a->session);
    sshd(d, -1, pid, text);
    (void)snprintf(text, sizeof text,
                   "pam_unix(sshd:session): session opened for user %s(uid=1001) by (uid=0)",
                   a->agent);
    sshd(d, -1, pid, text);
    (void)snprintf(text, sizeof text,
                   "web1 sudo: %8s : TTY=pts/0 ; PWD=/srv/shop ; USER=root ; "
                   "COMMAND=/usr/bin/systemctl reload nginx",
                   a->agent);
    stk_drill_syslog(d, -1, text);
    return d->now + stk_rng_wait(&a->rng, 150 * STK_MINUTE) + 2 * STK_MINUTE;
}

static stk_time jobs(stk_drill *d, stk_drill_actor *a)
{
    char line[160];
    (void)snprintf(
        line, sizeof line,
        "web1 CRON[%u]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
        1000 + ++a->number);
    stk_drill_syslog(d, -1, line);
    return d->now + 30 * STK_MINUTE;
}

void stk_drill_open_office(stk_drill *d)
{
    for (uint32_t i = 0; i < STK_DRILL_STAFF; i++) {
        stk_drill_actor *a = stk_drill_enter(d, d->start + (40 * i + 5) * STK_SECOND, staff,
                                             STAFF + i);
        if (!a)
            return;
        a->number = i;
        a->phase = i % 3;
        (void)snprintf(a->address.text, sizeof a->address.text, "203.0.113.%u", 130 + i % 4);
        (void)snprintf(a->referer, sizeof a->referer, "/backoffice");
    }
    static const char *const engineers[] = { "deploy", "mira", "jo" };
    for (uint32_t i = 0; i < STK_COUNT(engineers); i++) {
        stk_drill_actor *a = stk_drill_enter(d, d->start + STK_MINUTE * (i + 1), engineer,
                                             ENGINEER + i);
        if (!a)
            return;
        a->agent = engineers[i];
        (void)snprintf(a->address.text, sizeof a->address.text, "203.0.113.%u", 140 + i);
    }
    (void)stk_drill_enter(d, d->start + 17 * STK_MINUTE, jobs, JOBS);
}
