/* SPDX-License-Identifier: Apache-2.0 */
/* A stranger in an account told from a customer who moves or has a new telephone. */
#include "keyed_world.h"

extern const stk_detector stk_detector_takeover;

enum { CHANGED, ORDERED };

static const char *session = "";

static void does(world *w, unsigned who, const char *device, stk_kind kind, const char *action,
                 const char *outcome)
{
    stk_event e;
    stk_event_init(&e, kind);
    e.u.shop.account.raw = STK_S("a@example.org");
    e.u.shop.device.raw = text_of(device);
    e.u.shop.session.raw = text_of(session);
    e.u.shop.action = text_of(action);
    e.u.shop.outcome = text_of(outcome);
    world_shop(w, &e, who);
    w->now += STK_MINUTE;
}

static void past(world *w)
{
    for (int day = 0; day < 5; day++, w->now += STK_DAY) {
        does(w, 7, "laptop", STK_KIND_ACCOUNT_LOGIN, "", "success");
        does(w, 7, "laptop", STK_KIND_ORDER_PLACED, "", "success");
    }
}

static unsigned all(const world *w)
{
    if (w->text.len != 0)
        world_tell(w);
    return w->said[CHANGED] + w->said[ORDERED];
}

static const char *a_stranger(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    past(w);
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_LOGIN, "", "success");
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_CHANGE, "address", "success");
    CHECK(w->said[CHANGED] == 1);
    does(w, 9000000, "theirs", STK_KIND_ORDER_PLACED, "", "success");
    CHECK(w->said[ORDERED] == 1 && w->last.by.type == STK_KEY_ACCOUNT);
    CHECK(strstr(w->words, "unknown device in an unknown network") != NULL);
    return NULL;
}

static const char *a_stranger_after_failures(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    for (int i = 0; i < 5; i++)
        does(w, 9000000, "theirs", STK_KIND_ACCOUNT_LOGIN, "", "failure");
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_LOGIN, "", "success");
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_CHANGE, "email", "success");
    CHECK(w->said[CHANGED] == 1);
    does(w, 9000000, "theirs", STK_KIND_ORDER_PLACED, "", "success");
    CHECK(w->said[ORDERED] == 1);
    return NULL;
}

/* In a hotel with a new laptop, and later the password is set anew by the link of a mail. */
static const char *a_password_set_by_mail(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    past(w);
    session = "s1";
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_LOGIN, "", "success");
    session = "s2";
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_CHANGE, "password", "success");
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_LOGIN, "", "success");
    unsigned said = all(w);
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_CHANGE, "password", "success");
    bool signed_in = w->said[CHANGED] == 1;
    session = "";
    CHECK(said == 0 && signed_in);
    return NULL;
}

static const char *a_new_telephone(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    past(w);
    does(w, 7, "telephone", STK_KIND_ACCOUNT_LOGIN, "", "success");
    does(w, 7, "telephone", STK_KIND_ACCOUNT_CHANGE, "address", "success");
    does(w, 7, "telephone", STK_KIND_ORDER_PLACED, "", "success");
    CHECK(all(w) == 0);
    return NULL;
}

static const char *a_journey(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    past(w);
    for (unsigned city = 1; city < 8; city++) {
        does(w, 7 + city * 100000, "laptop", STK_KIND_ACCOUNT_LOGIN, "", "success");
        does(w, 7 + city * 100000, "laptop", STK_KIND_ORDER_PLACED, "", "success");
    }
    does(w, 900007, "laptop", STK_KIND_ACCOUNT_LOGIN, "", "success");
    does(w, 900007, "laptop", STK_KIND_ACCOUNT_CHANGE, "address", "success");
    does(w, 900007, "laptop", STK_KIND_ORDER_PLACED, "", "success");
    CHECK(all(w) == 0);
    return NULL;
}

static const char *a_forgotten_password(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    past(w);
    for (int i = 0; i < 4; i++)
        does(w, 7, "laptop", STK_KIND_ACCOUNT_LOGIN, "", "failure");
    does(w, 7, "laptop", STK_KIND_ACCOUNT_LOGIN, "", "success");
    does(w, 7, "laptop", STK_KIND_ACCOUNT_CHANGE, "password", "success");
    does(w, 7, "laptop", STK_KIND_ORDER_PLACED, "", "success");
    CHECK(all(w) == 0);
    return NULL;
}

static const char *the_customer_meanwhile(void)
{
    auto_world *w = world_new(&stk_detector_takeover);
    past(w);
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_LOGIN, "", "success");
    does(w, 7, "laptop", STK_KIND_ACCOUNT_CHANGE, "address", "success");
    does(w, 7, "laptop", STK_KIND_ORDER_PLACED, "", "success");
    CHECK(all(w) == 0);
    const char *why = world_checkpoint(w);
    if (why != NULL)
        return why;
    does(w, 9000000, "theirs", STK_KIND_ACCOUNT_CHANGE, "email", "success");
    CHECK(w->said[CHANGED] == 1);
    return NULL;
}

static const check_test tests[] = {
    { "a stranger signs in, changes the address, orders", a_stranger },
    { "a stranger after failures, in an account without a past", a_stranger_after_failures },
    { "quiet: a password set by mail; not one that is changed after signing in",
      a_password_set_by_mail },
    { "quiet: a new telephone at home", a_new_telephone },
    { "quiet: a journey with the same laptop", a_journey },
    { "quiet: a forgotten password", a_forgotten_password },
    { "what the customer does meanwhile is theirs; state survives", the_customer_meanwhile },
};
CHECK_MAIN(tests)
