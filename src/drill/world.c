/* SPDX-License-Identifier: Apache-2.0 */
/* The shop as it stands: accounts, products, the networks that people come from, the hours they
 * keep. Everything is derived from the seed when asked for, so that nothing has to be remembered.
 */
#include "drill/world.h"

#include <stdio.h>

enum { OF_ACCOUNT = 1, OF_PRODUCT, OF_PROVIDER, OF_SALE }; /* streams of the seed */

void stk_drill_token(uint64_t value, char out[20])
{
    (void)snprintf(out, 20, "%016llx", (unsigned long long)value);
}

static stk_drill_address network_of(stk_rng *r)
{
    stk_drill_address a;
    uint32_t first = 240 + stk_rng_below(r, 12);
    if (stk_rng_chance(r, 250)) /* a /40 of the documentation range of IPv6 */
        (void)snprintf(a.text, sizeof a.text, "2001:db8:%x",
                       (unsigned)stk_rng_between(r, 0x1000, 0xfeff));
    else
        (void)snprintf(a.text, sizeof a.text, "%u.%u", first, stk_rng_below(r, 256));
    return a;
}

static stk_drill_address line_of(const char *network, stk_rng *r)
{
    stk_drill_address a;
    uint32_t middle = stk_rng_below(r, 1u << 16);
    if (network[0] == '2' && network[1] == '0')
        (void)snprintf(a.text, sizeof a.text, "%.16s:%x::%x", network, 1 + (middle & 0x7fff),
                       1 + stk_rng_below(r, 0xfffe));
    else
        (void)snprintf(a.text, sizeof a.text, "%.8s.%u.%u", network, middle & 255,
                       1 + stk_rng_below(r, 254));
    return a;
}

stk_drill_address stk_drill_somewhere(const stk_drill *d, stk_rng *rng)
{
    /* Two draws and the smaller: large networks have more customers. */
    uint32_t a = stk_rng_below(rng, STK_DRILL_PROVIDERS),
             b = stk_rng_below(rng, STK_DRILL_PROVIDERS);
    return line_of(d->provider[a < b ? a : b].text, rng);
}

stk_drill_address stk_drill_hosted(stk_rng *rng)
{
    stk_drill_address a;
    uint64_t bits = stk_rng_next(rng);
    (void)snprintf(a.text, sizeof a.text, "%u.%u.%u.%u", 252 + (unsigned)(bits >> 32) % 3,
                   (unsigned)(bits & 255), (unsigned)(bits >> 8 & 255),
                   1 + (unsigned)(bits >> 16 & 255) % 254);
    return a;
}

/* Names that can be spoken, so that addresses look typed by somebody. */
static void name_of(stk_rng *r, char *out, size_t room)
{
    static const char *const syllables[] = { "ka", "lo",  "mi", "ren", "da", "vi",  "sol", "ne",
                                             "ta", "bru", "el", "no",  "ra", "jun", "pe",  "li" };
    size_t at = 0;
    for (uint32_t i = 2 + stk_rng_below(r, 2); i > 0; i--)
        at += (size_t)snprintf(out + at, room - at, "%s",
                               syllables[stk_rng_below(r, STK_COUNT(syllables))]);
}

stk_drill_account stk_drill_account_of(const stk_drill *d, uint32_t index)
{
    stk_rng r = { .state = stk_rng_of(d->config.seed, OF_ACCOUNT, index) };
    stk_drill_account a = { .index = index };
    char first[16], last[16];
    name_of(&r, first, sizeof first);
    name_of(&r, last, sizeof last);
    (void)snprintf(a.email, sizeof a.email, "%s.%s%u@post%u.example", first, last, index,
                   1 + stk_rng_below(&r, 6));
    stk_drill_token(stk_rng_next(&r), a.device);
    stk_drill_token(stk_rng_next(&r), a.card);
    stk_drill_token(stk_rng_next(&r), a.street);
    a.agent = stk_rng_below(&r, stk_drill_agent_count());
    a.home = stk_drill_somewhere(d, &r);
    return a;
}

stk_drill_product stk_drill_product_of(const stk_drill *d, uint32_t index)
{
    stk_rng r = { .state = stk_rng_of(d->config.seed, OF_PRODUCT, index) };
    stk_drill_product p = { .index = index };
    /* Ids are dense but not in the order of popularity: 7 and 1,200 have no common factor. */
    p.id = 1001 + index * 7 % STK_DRILL_PRODUCTS;
    const char *quality = stk_drill_quality(stk_rng_below(&r, 1u << 16));
    (void)snprintf(p.slug, sizeof p.slug, "%s-%s", quality,
                   stk_drill_thing(stk_rng_below(&r, 1u << 16)));
    p.price_minor = 100 * stk_rng_between(&r, 4, 180) - 5;
    p.page_bytes = (uint32_t)stk_rng_between(&r, 9000, 17500);
    return p;
}

uint32_t stk_drill_popular(const stk_drill *d, stk_rng *rng)
{
    uint64_t mark = stk_rng_next(rng) % d->popular[STK_DRILL_PRODUCTS - 1];
    uint32_t low = 0, high = STK_DRILL_PRODUCTS - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (d->popular[middle] > mark)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Visits by the shop's own clock, an hour ahead of UTC: quiet at four, busiest after supper. */
static const uint16_t hours[24] = { 38,  22,  14,  10,  9,   14,  32,  64,  92,  112, 120, 124,
                                    130, 122, 116, 118, 124, 134, 152, 178, 196, 184, 128, 67 };

uint32_t stk_drill_hour_weight(const stk_drill *d, stk_time at)
{
    int64_t minute = (at + STK_HOUR) % STK_DAY / STK_MINUTE;
    uint32_t now = hours[minute / 60], next = hours[(minute / 60 + 1) % 24];
    uint32_t weight = (uint32_t)((now * (60 - minute % 60) + next * (minute % 60)) / 60);
    return at >= d->sale_from && at < d->sale_to ? weight * 5 : weight;
}

/* Attacks come one after the other: each begins somewhere in a slot of its own. They may still
 * overlap, for some take hours. */
stk_time stk_drill_when(const stk_drill *d, stk_rng *rng, stk_time lasts)
{
    stk_time span = d->end - d->start, from = d->start;
    from += d->config.attacks_from == STK_TIME_NONE ? span / 6 : d->config.attacks_from;
    stk_time to = d->config.attacks_within == STK_TIME_NONE ? d->end - lasts - span / 24
                                                            : from + d->config.attacks_within;
    if (to <= from)
        return from;
    stk_time wide = (to - from) / d->slots;
    return from + wide * d->slot + stk_rng_between(rng, 0, wide);
}

/* What is fixed for the whole run. */
void stk_drill_build_world(stk_drill *d)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < STK_DRILL_PRODUCTS; i++)
        d->popular[i] = sum += (UINT64_C(1) << 32) / (i + 3);
    stk_rng r = { .state = stk_rng_of(d->config.seed, OF_PROVIDER, 0) };
    for (uint32_t i = 0; i < STK_DRILL_PROVIDERS; i++)
        d->provider[i] = network_of(&r);
    stk_rng s = { .state = stk_rng_of(d->config.seed, OF_SALE, 0) };
    d->sale_from = d->start + stk_rng_below(&s, (uint32_t)d->config.days) * STK_DAY;
    d->sale_from += stk_rng_between(&s, 8, 17) * STK_HOUR;
    d->sale_to = d->sale_from + 3 * STK_HOUR;
}
