/* SPDX-License-Identifier: Apache-2.0 */
/* Card testing told from a family's cards, from retries, and from a busy office. */
#include "keyed_world.h"

extern const stk_detector stk_detector_cards;

static void pay(world *w, unsigned who, const char *card, const char *device, const char *outcome,
                int64_t amount)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_PAYMENT_ATTEMPT);
    e.u.shop.card.raw = text_of(card);
    e.u.shop.device.raw = text_of(device);
    e.u.shop.outcome = text_of(outcome);
    e.u.shop.amount = amount;
    world_shop(w, &e, who);
}

static unsigned all(const world *w)
{
    if (w->text.len != 0)
        world_tell(w);
    return w->said[0] + w->said[1] + w->said[2];
}

static const char *many_cards_of_one_client(void)
{
    auto_world *w = world_new(&stk_detector_cards);
    char card[16];
    for (int i = 0; i < 30; i++, w->now += 20 * STK_SECOND) {
        (void)snprintf(card, sizeof card, "c%d", i);
        pay(w, 5, card, "d1", i == 20 ? "success" : "declined", 100);
    }
    CHECK(w->said[0] >= 40); /* by client and by device */
    CHECK(w->last.confidence > 0.8 && w->last.by.type == STK_KEY_DEVICE);
    CHECK(strstr(w->words, "30 payments with about") != NULL);
    return NULL;
}

static const char *one_device_behind_many_addresses(void)
{
    auto_world *w = world_new(&stk_detector_cards);
    char card[16];
    for (unsigned i = 0; i < 20; i++, w->now += 60 * STK_SECOND) {
        (void)snprintf(card, sizeof card, "c%u", i);
        pay(w, 5 + i * 5000, card, "d1", "declined", 100);
    }
    CHECK(w->said[0] >= 10 && w->last.by.type == STK_KEY_DEVICE);
    return NULL;
}

static const char *spread_over_the_shop(void)
{
    auto_world *w = world_new(&stk_detector_cards);
    char card[16];
    for (unsigned i = 0; i < 3000; i++, w->now += 20 * STK_SECOND) { /* what is usual */
        (void)snprintf(card, sizeof card, "n%u", i);
        pay(w, 5 + i * 700, card, "", i % 30 ? "success" : "declined", 4900);
    }
    CHECK(all(w) == 0);
    for (unsigned i = 0; i < 200; i++, w->now += 5 * STK_SECOND) {
        (void)snprintf(card, sizeof card, "s%u", i);
        pay(w, 9000000 + i * 700, card, "", i % 20 ? "declined" : "success", 100);
    }
    CHECK(w->said[2] >= 10 && w->said[0] == 0 && w->last.by.type == STK_KEY_SITE);
    return NULL;
}

static const char *quiet(void)
{
    auto_world *w = world_new(&stk_detector_cards);
    char card[16];
    for (int i = 0; i < 12; i++, w->now += 60 * STK_SECOND) /* a family with three cards */
        pay(w, 5,
            i % 3 == 0   ? "a"
            : i % 3 == 1 ? "b"
                         : "c",
            "d", i % 4 ? "declined" : "success", 2500);
    for (int i = 0; i < 20; i++, w->now += 20 * STK_SECOND) /* one card, again and again */
        pay(w, 6, "z", "e", "declined", 9900);
    for (unsigned i = 0; i < 200; i++, w->now += 20 * STK_SECOND) { /* an office on a sales day */
        (void)snprintf(card, sizeof card, "o%u", i % 80);
        pay(w, 7, card, "", i % 12 ? "success" : "declined", 500 + i);
    }
    CHECK(all(w) == 0);
    return NULL;
}

static const char *a_checkpoint_changes_nothing(void)
{
    auto_world *straight = world_new(&stk_detector_cards);
    auto_world *resumed = world_new(&stk_detector_cards);
    char card[16];
    for (unsigned i = 0; i < 4000; i++) {
        uint64_t r = stk_mix64(i);
        (void)snprintf(card, sizeof card, "c%u", (unsigned)(r >> 20) % 300);
        world *both[] = { straight, resumed };
        for (int b = 0; b < 2; b++) {
            both[b]->now += (stk_time)(r % 60) * STK_SECOND;
            pay(both[b], 1 + (unsigned)(r >> 40) % 20, card, "",
                r >> 50 & 1 ? "declined" : "success", (int64_t)(r >> 52) % 2000);
        }
        if (i == 1777) {
            const char *why = world_checkpoint(resumed);
            if (why != NULL)
                return why;
        }
    }
    CHECK(straight->text.len != 0);
    CHECK(stk_str_eq(stk_buf_str(&straight->text), stk_buf_str(&resumed->text)));
    return NULL;
}

static const check_test tests[] = {
    { "many cards behind one client", many_cards_of_one_client },
    { "one device behind many addresses", one_device_behind_many_addresses },
    { "spread over the shop", spread_over_the_shop },
    { "quiet: a family, retries, an office", quiet },
    { "a checkpoint changes nothing", a_checkpoint_changes_nothing },
};
CHECK_MAIN(tests)
