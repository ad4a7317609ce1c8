/* SPDX-License-Identifier: Apache-2.0 */
/* Card testing: stolen card numbers are tried with small payments until one works. It shows as many
 * different cards behind one client, device, account or subnet, most of them declined; spread
 * widely enough, as more declines of more cards than the shop usually sees. */
#include "detect/detector.h"
#include "detect/detectors/keyed.h"
#include "learn/sketch.h"

#include <stdlib.h>

struct config {
    int64_t cards, subnet_cards, shop_declines, window_us, small_minor;
    double declined;
};

struct cards {
    struct config config;
    stk_hash_key secret;
};

#define O(m) offsetof(struct config, m)
static const stk_spec spec[] = {
    { "cards", STK_INT, O(cards), "6", "3", "1000",
      "Different cards tried by one client, device or account within the window." },
    { "subnet_cards", STK_INT, O(subnet_cards), "15", "3", "10000",
      "Different cards tried from one subnet within the window." },
    { "shop_declines", STK_INT, O(shop_declines), "30", "5", "1000000",
      "Declined payments in the whole shop within the window, when that is four times its usual." },
    { "window", STK_DURATION_US, O(window_us), "1h", "5m", "7d",
      "How long payments are counted together." },
    { "declined", STK_RATIO, O(declined), "0.5", "0.1", "1",
      "Share of these payments that must be declined." },
    { "small", STK_INT, O(small_minor), "1000", "0", "100000000",
      "Payments up to this amount, in minor units, are small: testers avoid notice." },
};
#undef O

static const stk_str financial[] = { { "T1657", 5 } };
static const stk_str brute[] = { { "CAPEC-112", 9 } };
enum { RULE_MANY, RULE_SUBNET, RULE_SHOP, RULES };
#define RULE(name, how, words)                                                                     \
    {                                                                                              \
        .id = { name, sizeof name - 1 }, .kind = STK_INCIDENT_CARD_TESTING, .severity = how,       \
        .title = { words, sizeof words - 1 }, .techniques = financial, .technique_count = 1,       \
        .weaknesses = brute, .weakness_count = 1                                                   \
    }
static const stk_rule_info rules[RULES] = {
    [RULE_MANY] = RULE("cards.many", STK_HIGH, "one client or device tries many cards"),
    [RULE_SUBNET] = RULE("cards.subnet", STK_HIGH, "one subnet tries many cards"),
    [RULE_SHOP] = RULE("cards.shop", STK_HIGH, "the shop sees far more declined cards than usual"),
};

enum { DECLINED = 1, SMALL = 2, RETRIED_PER_CARD = 4 };

struct entry {
    stk_keyed_head head;
    uint32_t window_s, tries, declines, small, windows;
    float usual_declines;
    stk_distinct cards, declined_cards;
    uint32_t said, since;
};

static stk_status cards_open(const stk_detector_setup *setup, const void *config, void **ret,
                             stk_error *err)
{
    struct cards *c = malloc(sizeof *c);
    if (c == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector cards");
    *c = (struct cards){ .config = *(const struct config *)config, .secret = setup->secret };
    *ret = c;
    return STK_OK;
}

static void add(stk_tuple *out, size_t *count, size_t room, stk_key key, uint32_t what,
                uint64_t card)
{
    if (*count < room)
        out[(*count)++] = (stk_tuple){ .key = key, .what = what, .a = card };
}

static size_t cards_keys(const void *self, const stk_unit *unit, const stk_findings *of_unit,
                         stk_tuple *out, size_t room)
{
    (void)of_unit;
    const struct cards *c = self;
    if (unit->event->kind != STK_KIND_PAYMENT_ATTEMPT)
        return 0;
    const stk_shop *shop = &unit->event->u.shop;
    if (shop->card.raw.len == 0 || shop->outcome.len == 0)
        return 0;
    bool paid = stk_str_eq(shop->outcome, STK_S("success"));
    bool small = shop->amount >= 0 && shop->amount <= c->config.small_minor;
    uint32_t what = (paid ? 0u : DECLINED) | (small ? SMALL : 0u);
    uint64_t card = stk_key_of(&c->secret, STK_KEY_CARD, shop->card.raw).hash;
    size_t n = 0;
    if (unit->client_known)
        add(out, &n, room, unit->client, what, card);
    if (unit->address_known)
        add(out, &n, room, stk_key_of_address(&c->secret, STK_KEY_SUBNET, &unit->address), what,
            card);
    if (shop->device.raw.len != 0)
        add(out, &n, room, stk_key_of(&c->secret, STK_KEY_DEVICE, shop->device.raw), what, card);
    if (unit->account_known)
        add(out, &n, room, unit->account, what, card);
    add(out, &n, room, stk_key_of(&c->secret, STK_KEY_SITE, STK_S("payments")), what, card);
    return n;
}

static stk_status cards_state_new(const void *self, size_t budget_bytes, void **ret, stk_error *err)
{
    (void)self;
    return stk_keyed_state_new(sizeof(struct entry), budget_bytes, 3600, ret, err);
}

/* Two windows overlap by what the first one held at its end: a tester who pauses at the border is
 * counted anew, one who goes on is not, since his cards are remembered while declines go on. */
static void roll(struct entry *e, uint32_t now_s, uint32_t window_s)
{
    if (e->window_s != 0 && now_s < e->window_s + (uint64_t)window_s)
        return;
    if (e->window_s != 0) {
        float step = e->windows < 8 ? 1.0f / (float)(e->windows + 1) : 1.0f / 8.0f;
        if (e->said == 0) /* an attack does not teach what is usual */
            e->usual_declines += ((float)e->declines - e->usual_declines) * step;
        e->windows++;
    }
    e->window_s = now_s == 0 ? 1 : now_s;
    e->tries = e->declines = e->small = e->said = e->since = 0;
    e->cards = e->declined_cards = (stk_distinct){ { 0 } };
}

/* All of the first 64, then ever fewer. */
static bool say(struct entry *e)
{
    if (e->since++ < e->said / 64)
        return false;
    e->since = 0;
    e->said++;
    return true;
}

static void find(stk_findings *out, int rule, stk_key by, const struct entry *e, double cards,
                 double confidence)
{
    stk_finding f = { .rule = &rules[rule],
                      .confidence = confidence < 0.99 ? confidence : 0.99,
                      .by = by,
                      .where = { .place = "" },
                      .reason = { .message = STK_MSG_CARDS_MANY,
                                  .args = { STK_ARG_I(e->tries), STK_ARG_I((int64_t)(cards + 0.5)),
                                            STK_ARG_I(e->declines), STK_ARG_I(e->small) } } };
    if (rule == RULE_SHOP)
        f.reason = (stk_reason){ .message = STK_MSG_CARDS_SHOP,
                                 .args = { STK_ARG_I(e->declines), STK_ARG_I(e->tries),
                                           STK_ARG_I((int64_t)(cards + 0.5)),
                                           STK_ARG_R_(e->usual_declines) } };
    stk_findings_add(out, &f);
}

static void look_shop(const struct cards *c, struct entry *e, const stk_tuple *tuple,
                      stk_findings *out)
{
    double usual = 4.0 * e->usual_declines, least = (double)c->config.shop_declines;
    if (e->declines < (usual > least ? usual : least) ||
        e->declines < c->config.declined * e->tries || e->small * 2 < e->tries)
        return;
    double cards = stk_distinct_count(&e->declined_cards);
    if (cards * 2.0 < e->declines || !say(e))
        return;
    find(out, RULE_SHOP, tuple->key, e, cards, 0.7);
}

static void cards_look(const void *self, void *state, const stk_tuple *tuple, stk_findings *out)
{
    const struct cards *c = self;
    uint32_t now_s = stk_keyed_second(tuple->at);
    struct entry *e = stk_keyed_get(state, tuple->key.hash, now_s);
    stk_keyed_seen(&e->head, now_s);
    roll(e, now_s, (uint32_t)(c->config.window_us / STK_SECOND));
    e->tries++;
    e->small += (tuple->what & SMALL) != 0;
    (void)stk_distinct_add(&e->cards, tuple->a);
    if (!(tuple->what & DECLINED))
        return;
    e->declines++;
    (void)stk_distinct_add(&e->declined_cards, tuple->a);
    e->head.worth = e->declines * 4;
    if (tuple->key.type == STK_KEY_SITE) {
        look_shop(c, e, tuple, out);
        return;
    }
    bool subnet = tuple->key.type == STK_KEY_SUBNET;
    double least = (double)(subnet ? c->config.subnet_cards : c->config.cards);
    if (e->declines + 0.5 < least * c->config.declined ||
        e->declines < c->config.declined * e->tries)
        return;
    double cards = stk_distinct_count(&e->cards), declined = stk_distinct_count(&e->declined_cards);
    if (cards + 0.5 < least || declined * 2.0 < cards || e->tries > cards * RETRIED_PER_CARD ||
        !say(e))
        return;
    double confidence = 0.7 + (e->small * 2 >= e->tries ? 0.1 : 0.0) +
                        (cards >= 2.0 * least ? 0.1 : 0.0);
    find(out, subnet ? RULE_SUBNET : RULE_MANY, tuple->key, e, cards, confidence);
}

static bool sane(const void *entry)
{
    return stk_keyed_sane(((const struct entry *)entry)->usual_declines);
}

enum { MAGIC = 0x53544344 };

static void cards_save(const void *self, const void *state, stk_buf *out)
{
    (void)self;
    stk_keyed_state_save(state, MAGIC, out);
}

static stk_status cards_load(const void *self, void *state, stk_cursor *in, stk_error *err)
{
    (void)self;
    return stk_keyed_state_load(state, MAGIC, in, sane, err);
}

const stk_detector stk_detector_cards = {
    .name = "cards",
    .summary = "stolen cards tried with small payments",
    .spec = spec,
    .spec_count = STK_COUNT(spec),
    .config_size = sizeof(struct config),
    .memory_share = 1,
    .rules = rules,
    .rule_count = RULES,
    .open = cards_open,
    .close = free,
    .keys = cards_keys,
    .state_new = cards_state_new,
    .state_free = stk_keyed_state_free,
    .look = cards_look,
    .save = cards_save,
    .load = cards_load,
};
