/* SPDX-License-Identifier: Apache-2.0 */
/* Everybody honest who comes to the shop: visitors by the hour, a newsletter's readers, search
 * engines, a monitor, and an office whose forty people share one address. */
#include "drill/world.h"

#include <stdio.h>

enum { VISITS_A_DAY = 800, OFFICE_PEOPLE = 40, OFFICE_VISITS = 55, READERS = 160 };
enum { ARRIVALS = 1, NEWSLETTER, MONITOR, OFFICE, ENGINE, FEED, VISITOR = 1 << 20 }; /* streams */

static int64_t scaled(const stk_drill *d, int64_t count)
{
    int64_t n = count * d->config.scale_percent / 100;
    return n > 0 ? n : 1;
}

/* The mean wait between arrivals follows the hour; looked up again at each arrival. */
static stk_time next_arrival(stk_drill *d, stk_rng *r, int64_t a_day)
{
    int64_t mean = STK_DAY / scaled(d, a_day) * 100 / stk_drill_hour_weight(d, d->now);
    return d->now + stk_rng_wait(r, mean);
}

static stk_time arrivals(stk_drill *d, stk_drill_actor *a)
{
    (void)stk_drill_visit(d, d->now, VISITOR + d->spawned++);
    return next_arrival(d, &a->rng, VISITS_A_DAY);
}

/* A newsletter's readers come in a wave, by a link that counts them. */
static stk_time readers(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    stk_drill_actor *v = stk_drill_visit(d, d->now, VISITOR + d->spawned++);
    if (v)
        v->campaign = "utm_source=newsletter&utm_medium=email&utm_campaign=early-spring";
    return d->now + stk_rng_wait(&a->rng, 12 * STK_SECOND);
}

/* Forty people behind one address: their own browsers and accounts, the office's hours. */
static stk_time office(stk_drill *d, stk_drill_actor *a)
{
    int64_t hour = (d->now + STK_HOUR) % STK_DAY / STK_HOUR;
    if (hour < 8 || hour >= 18)
        return d->now + 30 * STK_MINUTE;
    stk_drill_actor *v = stk_drill_visit(d, d->now, VISITOR + d->spawned++);
    if (v) {
        v->address = a->address;
        uint32_t person = stk_rng_below(&a->rng, OFFICE_PEOPLE);
        v->agent = stk_drill_agent(person);
        if (v->account >= 0) {
            v->account = (int32_t)(person * 97 % STK_DRILL_ACCOUNTS);
            stk_drill_account who = stk_drill_account_of(d, (uint32_t)v->account);
            memcpy(v->device, who.device, sizeof v->device);
        }
    }
    /* Lunch and Mondays aside, evenly over ten hours. */
    return d->now + stk_rng_wait(&a->rng, 10 * STK_HOUR / OFFICE_VISITS);
}

static stk_time monitor(stk_drill *d, stk_drill_actor *a)
{
    stk_drill_ask(d, a, &(stk_drill_request){ .target = "/health", .status = 200, .bytes = 15 });
    return d->now + 30 * STK_SECOND;
}

/* A search engine that keeps to robots.txt and its crawl delay, from a few machines. */
static stk_time engine(stk_drill *d, stk_drill_actor *a)
{
    char target[160];
    int64_t bytes = 18000;
    uint32_t mark = stk_rng_below(&a->rng, 1000);
    if (a->left == 0) {
        (void)snprintf(target, sizeof target, "/robots.txt");
        bytes = 212;
        a->left = 400 + stk_rng_below(&a->rng, 300);
    } else if (mark < 640) {
        stk_drill_product p = stk_drill_product_of(d, stk_rng_below(&a->rng, STK_DRILL_PRODUCTS));
        (void)snprintf(target, sizeof target, "/p/%s-%u", p.slug, p.id);
        bytes = p.page_bytes;
    } else if (mark < 950) {
        uint32_t category = stk_rng_below(&a->rng, STK_DRILL_CATEGORIES);
        (void)snprintf(target, sizeof target, "/c/%s?page=%u", stk_drill_categories[category],
                       1 + stk_rng_below(&a->rng, 12));
    } else {
        (void)snprintf(target, sizeof target, mark < 975 ? "/sitemap.xml" : "/");
        bytes = mark < 975 ? 88120 : 31250;
    }
    a->left--;
    bool gone = stk_rng_chance(&a->rng, 12); /* what it remembers from last year */
    if (gone) {
        uint32_t thing = stk_rng_below(&a->rng, 64);
        (void)snprintf(target, sizeof target, "/p/last-years-%s-%u", stk_drill_thing(thing),
                       400 + stk_rng_below(&a->rng, 500));
    }
    stk_drill_ask(d, a,
                  &(stk_drill_request){
                      .target = target, .status = gone ? 404 : 200, .bytes = gone ? 2900 : bytes });
    return d->now + 9 * STK_SECOND + stk_rng_wait(&a->rng, (int64_t)a->number * STK_SECOND);
}

/* A price comparison site that the shop itself asked to fetch its product feed. */
static stk_time feed(stk_drill *d, stk_drill_actor *a)
{
    stk_drill_ask(d, a,
                  &(stk_drill_request){ .target = "/feed/products.xml?partner=prices",
                                        .status = 200,
                                        .bytes = 1482210 });
    return d->now + 4 * STK_HOUR;
}

static void open_engines(stk_drill *d)
{
    static const struct {
        const char *agent, *network;
        uint32_t machines, pause_s;
    } engines[] = {
        { "Mozilla/5.0 (compatible; Findbot/2.1; +https://find.example/bot)", "198.51.100", 5, 90 },
        { "Mozilla/5.0 (compatible; QuestSpider/7.0; +https://quest.example/spider.html)",
          "192.0.2", 3, 110 },
        { "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Lookbot/1.0) "
          "Chrome/119.0.0.0 Safari/537.36",
          "198.51.100", 2, 160 },
    };
    for (uint32_t e = 0; e < STK_COUNT(engines); e++) {
        for (uint32_t m = 0; m < engines[e].machines; m++) {
            stk_drill_actor *a = stk_drill_enter(d, d->start + (m * 61 + e * 7) * STK_SECOND,
                                                 engine, ENGINE + 16 * e + m);
            if (!a)
                return;
            a->agent = engines[e].agent;
            a->number = engines[e].pause_s;
            (void)snprintf(a->address.text, sizeof a->address.text, "%s.%u", engines[e].network,
                           20 + e * 40 + m * 3);
        }
    }
}

void stk_drill_open_shop(stk_drill *d)
{
    stk_drill_actor *a = stk_drill_enter(d, d->start + STK_SECOND, arrivals, ARRIVALS);
    if (!a)
        return;
    a = stk_drill_enter(d, d->start + 8 * STK_HOUR + 30 * STK_MINUTE, readers, NEWSLETTER);
    if (a)
        a->left = (uint32_t)scaled(d, READERS);
    a = stk_drill_enter(d, d->start + 7 * STK_SECOND, monitor, MONITOR);
    if (a) {
        a->agent = "Upwatch/3.2 (+https://upwatch.example)";
        (void)snprintf(a->address.text, sizeof a->address.text, "203.0.113.9");
    }
    a = stk_drill_enter(d, d->start + STK_MINUTE, office, OFFICE);
    if (a)
        (void)snprintf(a->address.text, sizeof a->address.text, "203.0.113.77");
    a = stk_drill_enter(d, d->start + 40 * STK_MINUTE, feed, FEED);
    if (a) {
        a->agent = "PricesFeed/1.4 (+https://prices.example/feed)";
        (void)snprintf(a->address.text, sizeof a->address.text, "192.0.2.201");
    }
    open_engines(d);
}
