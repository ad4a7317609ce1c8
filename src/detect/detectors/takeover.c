/* SPDX-License-Identifier: Apache-2.0 */
/* Account takeover: somebody signs in as a customer from where that customer never was, makes the
 * account their own, and orders.
 *
 * Each account remembers the devices and networks that it was used from. A sign-in from a new one
 * after failures, or just from a new one, opens a suspicion that lasts a day; what then happens to
 * the account adds points to it: a password, an e-mail or a delivery address changed, an order
 * placed, least of all for a customer who only bought a new telephone. An account that was seen
 * with nothing but one sign-in has no past to compare with: then only failures before it count. */
#include "detect/detector.h"
#include "detect/detectors/keyed.h"
#include "learn/sketch.h"

#include <stdlib.h>

struct config {
    int64_t window_us, failures;
    double points, order_points;
};

struct takeover {
    struct config config;
    stk_hash_key secret;
};

#define O(m) offsetof(struct config, m)
static const stk_spec spec[] = {
    { "window", STK_DURATION_US, O(window_us), "1d", "10m", "30d",
      "How long a sign-in from an unknown place stays suspicious." },
    { "failures", STK_INT, O(failures), "3", "1", "1000",
      "Failed sign-ins shortly before it that make a sign-in suspicious by themselves." },
    { "points", STK_RATIO, O(points), "4", "1", "20",
      "Points at which a change to the account is told." },
    { "order_points", STK_RATIO, O(order_points), "5", "1", "20",
      "Points at which an order is told." },
};
#undef O

static const stk_str valid_accounts[] = { { "T1078", 5 } };
static const stk_str session[] = { { "CAPEC-560", 9 } };
enum { RULE_CHANGED, RULE_ORDERED, RULES };
#define RULE(name, how, words)                                                                     \
    {                                                                                              \
        .id = { name, sizeof name - 1 }, .kind = STK_INCIDENT_ACCOUNT_TAKEOVER, .severity = how,   \
        .title = { words, sizeof words - 1 }, .techniques = valid_accounts, .technique_count = 1,  \
        .weaknesses = session, .weakness_count = 1                                                 \
    }
static const stk_rule_info rules[RULES] = {
    [RULE_CHANGED] = RULE("takeover.changed", STK_HIGH,
                          "an account is changed after a sign-in from an unknown place"),
    [RULE_ORDERED] = RULE("takeover.ordered", STK_CRITICAL,
                          "an account from an unknown place is changed and used for an order"),
};

enum what { LOGIN_FAILED = 1, LOGIN, CHANGE_PASSWORD, CHANGE_EMAIL, CHANGE_ADDRESS, CHANGE, ORDER };
enum { PLACES = 6 };

struct entry {
    stk_keyed_head head;
    uint32_t devices[PLACES], networks[PLACES], subnets[PLACES]; /* newest first; 0: none */
    uint32_t logins, suspect_s, suspect_network, suspect_device;
    uint32_t suspect_session, unused;
    stk_bucket failing;
    float points;
    uint8_t changes, new_device, new_network, said_changed, said_ordered, after_failures;
    uint8_t pad[2];
};

static stk_status takeover_open(const stk_detector_setup *setup, const void *config, void **ret,
                                stk_error *err)
{
    struct takeover *t = malloc(sizeof *t);
    if (t == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector takeover");
    *t = (struct takeover){ .config = *(const struct config *)config, .secret = setup->secret };
    *ret = t;
    return STK_OK;
}

static bool is(stk_str s, const char *word)
{
    return stk_str_eq(s, (stk_str){ word, strlen(word) });
}

static bool holds(stk_str s, const char *word)
{
    return s.len >= strlen(word) && memmem(s.ptr, s.len, word, strlen(word)) != NULL;
}

static uint32_t what_of(const stk_event *e)
{
    const stk_shop *shop = &e->u.shop;
    bool failed = shop->outcome.len != 0 && !is(shop->outcome, "success");
    switch (e->kind) {
    case STK_KIND_ACCOUNT_LOGIN:
        return failed ? LOGIN_FAILED : LOGIN;
    case STK_KIND_ACCOUNT_CHANGE:
        if (failed)
            return 0;
        return holds(shop->action, "passw")    ? CHANGE_PASSWORD
               : holds(shop->action, "mail")   ? CHANGE_EMAIL
               : holds(shop->action, "addres") ? CHANGE_ADDRESS
                                               : CHANGE;
    case STK_KIND_ORDER_PLACED:
        return failed ? 0 : ORDER;
    default:
        return 0;
    }
}

/* Never 0, which is "not known". */
static uint32_t tag(const struct takeover *t, stk_key_type type, stk_str text)
{
    return text.len == 0 ? 0 : (uint32_t)(stk_key_of(&t->secret, type, text).hash >> 33) | 1;
}

static size_t takeover_keys(const void *self, const stk_unit *unit, const stk_findings *of_unit,
                            stk_tuple *out, size_t room)
{
    (void)of_unit;
    const struct takeover *t = self;
    if (stk_kinds[unit->event->kind].shape != STK_SHAPE_shop || !unit->account_known || room == 0)
        return 0;
    uint32_t what = what_of(unit->event);
    if (what == 0)
        return 0;
    const stk_shop *shop = &unit->event->u.shop;
    uint32_t device = tag(t, STK_KEY_DEVICE, shop->device.raw);
    if (device == 0)
        device = tag(t, STK_KEY_AGENT, shop->agent.raw);
    uint32_t network = 0, subnet = 0;
    if (unit->address_known) {
        network = (uint32_t)(stk_key_of_address(&t->secret, STK_KEY_NETWORK, &unit->address).hash >>
                             33) |
                  1;
        subnet = (uint32_t)(stk_key_of_address(&t->secret, STK_KEY_SUBNET, &unit->address).hash >>
                            33) |
                 1;
    }
    out[0] = (stk_tuple){
        .key = unit->account,
        .what = what,
        .a = (uint64_t)network << 32 | device,
        .b = (uint64_t)tag(t, STK_KEY_SESSION, shop->session.raw) << 32 | subnet,
    };
    return 1;
}

static stk_status takeover_state_new(const void *self, size_t budget_bytes, void **ret,
                                     stk_error *err)
{
    (void)self;
    return stk_keyed_state_new(sizeof(struct entry), budget_bytes, 86400, ret, err);
}

/* Move `place` to the front; true when it was there, or says nothing. */
static bool known(uint32_t places[PLACES], uint32_t place, bool remember)
{
    if (place == 0)
        return true;
    size_t at = 0;
    while (at < PLACES && places[at] != place)
        at++;
    bool there = at < PLACES;
    if (!there && !remember)
        return false;
    for (size_t i = there ? at : PLACES - 1; i > 0; i--)
        places[i] = places[i - 1];
    places[0] = place;
    return there;
}

static void forget_suspicion(struct entry *e)
{
    e->suspect_s = 0;
    e->points = 0.0f;
    e->changes = e->new_device = e->new_network = e->said_changed = e->said_ordered = 0;
    e->after_failures = 0;
}

static void login(const struct takeover *t, struct entry *e, const stk_tuple *tuple, uint32_t now_s)
{
    uint32_t network = (uint32_t)(tuple->a >> 32), device = (uint32_t)tuple->a,
             subnet = (uint32_t)tuple->b;
    bool past = e->logins > 0;
    bool suspicious_already = e->suspect_s != 0;
    bool same_as_suspect = suspicious_already && device == e->suspect_device &&
                           network == e->suspect_network;
    bool new_device = !known(e->devices, device, !same_as_suspect);
    bool new_network = !known(e->networks, network, !same_as_suspect);
    (void)known(e->subnets, subnet, true);
    float failing = stk_bucket_add(&e->failing, now_s, 0.0f, 1.0f / 600.0f);
    bool after_failures = failing + 0.5f >= (float)t->config.failures;
    e->failing.level = 0.0f;
    e->logins += e->logins != UINT32_MAX;
    if (same_as_suspect) {
        e->suspect_session = (uint32_t)(tuple->b >> 32);
        return;
    }
    if (past && !new_device && !new_network) {
        if (!after_failures)
            return; /* the customer, somewhere else or at home: nothing new */
    } else if (!past && !after_failures) {
        return;
    }
    forget_suspicion(e);
    e->suspect_s = now_s == 0 ? 1 : now_s;
    e->suspect_device = device;
    e->suspect_session = (uint32_t)(tuple->b >> 32);
    e->suspect_network = network;
    e->new_device = past && new_device;
    e->new_network = past && new_network;
    e->after_failures = after_failures;
    /* An unknown device in the customer's own network is a new telephone. */
    e->points = (e->new_device ? 1.0f : 0.0f) + (e->new_network ? 1.0f : 0.0f) +
                (e->new_device && e->new_network ? 0.5f : 0.0f) + (after_failures ? 1.5f : 0.0f);
}

static void find(stk_findings *out, int rule, const stk_tuple *tuple, const struct entry *e,
                 uint32_t now_s)
{
    stk_message how = e->new_device && e->new_network ? STK_MSG_TAKEOVER_BOTH
                      : e->new_device                 ? STK_MSG_TAKEOVER_DEVICE
                      : e->new_network                ? STK_MSG_TAKEOVER_NETWORK
                                                      : STK_MSG_TAKEOVER_FAILURES;
    double confidence = 0.35 + 0.08 * (double)e->points;
    stk_finding f = {
        .rule = &rules[rule],
        .confidence = confidence < 0.95 ? confidence : 0.95,
        .by = tuple->key,
        .where = { .place = "" },
        .reason = { .message = rule == RULE_ORDERED ? STK_MSG_TAKEOVER_ORDERED
                                                    : STK_MSG_TAKEOVER_CHANGED,
                    .args = { STK_ARG_D((int64_t)stk_keyed_since(now_s, e->suspect_s) * STK_SECOND),
                              { .kind = STK_ARG_MESSAGE, .u.i = how },
                              STK_ARG_I(e->changes) } }
    };
    stk_findings_add(out, &f);
}

static void used(const struct takeover *t, struct entry *e, const stk_tuple *tuple, uint32_t now_s,
                 stk_findings *out)
{
    uint32_t network = (uint32_t)(tuple->a >> 32), device = (uint32_t)tuple->a;
    if (e->suspect_s == 0 || tuple->what < CHANGE_PASSWORD)
        return;
    int64_t since_us = (int64_t)stk_keyed_since(now_s, e->suspect_s) * STK_SECOND;
    if (since_us > t->config.window_us) {
        forget_suspicion(e);
        return;
    }
    /* What the customer does meanwhile, from where they always are, is theirs. */
    if ((device != 0 && device != e->suspect_device) ||
        (network != 0 && network != e->suspect_network))
        return;
    /* A password that is set in a session which nobody signed in to was forgotten: a mail to the
     * customer proved whose it is. */
    uint32_t in_session = (uint32_t)(tuple->b >> 32);
    if (tuple->what == CHANGE_PASSWORD && in_session != 0 && e->suspect_session != 0 &&
        in_session != e->suspect_session)
        return;
    static const float worth[] = { [CHANGE_PASSWORD] = 1.5f,
                                   [CHANGE_EMAIL] = 2.0f,
                                   [CHANGE_ADDRESS] = 1.5f,
                                   [CHANGE] = 0.5f,
                                   [ORDER] = 1.0f };
    bool soon = since_us < STK_HOUR;
    if (tuple->what != ORDER) {
        e->changes += e->changes != UINT8_MAX;
        e->points += worth[tuple->what] + (soon ? 0.5f : 0.0f);
        if (e->points + 0.01f >= t->config.points && e->said_changed < 8) {
            e->said_changed++;
            find(out, RULE_CHANGED, tuple, e, now_s);
        }
    } else if (e->changes != 0) {
        e->points += worth[ORDER];
        if (e->points + 0.01f >= t->config.order_points && e->said_ordered < 8) {
            e->said_ordered++;
            find(out, RULE_ORDERED, tuple, e, now_s);
        }
    }
}

static void takeover_look(const void *self, void *state, const stk_tuple *tuple, stk_findings *out)
{
    const struct takeover *t = self;
    uint32_t now_s = stk_keyed_second(tuple->at);
    struct entry *e = stk_keyed_get(state, tuple->key.hash, now_s);
    stk_keyed_seen(&e->head, now_s);
    if (tuple->what == LOGIN_FAILED) {
        (void)stk_bucket_add(&e->failing, now_s, 1.0f, 1.0f / 600.0f);
    } else if (tuple->what == LOGIN) {
        login(t, e, tuple, now_s);
    } else if (tuple->what <= ORDER) {
        used(t, e, tuple, now_s, out);
    }
    e->head.worth = 1 + (uint32_t)(e->points * 8.0f) + (e->logins < 16 ? e->logins : 16);
}

static bool sane(const void *entry)
{
    const struct entry *e = entry;
    return stk_keyed_sane(e->points) && stk_keyed_sane(e->failing.level);
}

enum { MAGIC = 0x53544f32 };

static void takeover_save(const void *self, const void *state, stk_buf *out)
{
    (void)self;
    stk_keyed_state_save(state, MAGIC, out);
}

static stk_status takeover_load(const void *self, void *state, stk_cursor *in, stk_error *err)
{
    (void)self;
    return stk_keyed_state_load(state, MAGIC, in, sane, err);
}

const stk_detector stk_detector_takeover = {
    .name = "takeover",
    .summary = "accounts signed in to from unknown places, then changed and used",
    .spec = spec,
    .spec_count = STK_COUNT(spec),
    .config_size = sizeof(struct config),
    .memory_share = 2,
    .rules = rules,
    .rule_count = RULES,
    .open = takeover_open,
    .close = free,
    .keys = takeover_keys,
    .state_new = takeover_state_new,
    .state_free = stk_keyed_state_free,
    .look = takeover_look,
    .save = takeover_save,
    .load = takeover_load,
};
