/* SPDX-License-Identifier: Apache-2.0 */
/* Each rule of rates fires on what it is for, and stays quiet on what looks like it: an office
 * behind one address, a polite crawler, a forgotten password, a mail that brings everybody at once.
 */
#include "detect/detectors/rates.h"

#include "keyed_world.h"

extern const stk_detector stk_detector_rates;

static const char browser[] =
    "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0";

static unsigned all(const world *w)
{
    unsigned n = 0;
    for (unsigned r = 0; r < STK_RATES_RULES; r++)
        n += w->said[r];
    if (n != 0)
        world_tell(w);
    return n;
}

static void sshd(world *w, unsigned who, const char *account, const char *outcome)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_AUTH_LOGIN);
    e.u.auth.account.raw = text_of(account);
    e.u.auth.outcome = text_of(outcome);
    e.u.auth.service = STK_S("sshd");
    stk_unit unit = { 0 };
    world_client(&unit, who);
    world_pass(w, &unit, &e);
}

static const char *brute_force(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 30; i++, w->now += 3 * STK_SECOND)
        world_http(w, 1, "POST", "/login", 401, browser);
    CHECK(w->said[STK_RATES_BRUTE_FORCE] >= 20 && all(w) == w->said[STK_RATES_BRUTE_FORCE]);
    CHECK(w->last.by.type == STK_KEY_ADDRESS);
    auto_world *commerce = world_new(&stk_detector_rates);
    for (int i = 0; i < 30; i++, commerce->now += 3 * STK_SECOND)
        world_login(commerce, 1, "a@example.org", "failure", browser);
    CHECK(commerce->said[STK_RATES_BRUTE_FORCE] >= 20);
    CHECK(strstr(commerce->words, "30 sign-ins failed within 1 min") != NULL);
    auto_world *system = world_new(&stk_detector_rates);
    for (int i = 0; i < 10; i++, system->now += 3 * STK_SECOND)
        sshd(system, 1, "root", "failure");
    CHECK(system->said[STK_RATES_BRUTE_SYSTEM] == 5);
    return NULL;
}

static const char *form_that_shows_itself_again(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 40; i++, w->now += 2 * STK_SECOND) {
        world_http(w, 1, "GET", "/wp-login.php", 200, browser);
        world_http(w, 1, "POST", "/wp-login.php", 200, browser);
    }
    CHECK(w->said[STK_RATES_BRUTE_FORM] >= 20 && all(w) == w->said[STK_RATES_BRUTE_FORM]);
    return NULL;
}

static const char *form_sent_slowly(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 60; i++, w->now += 2 * STK_MINUTE)
        world_http(w, 1, "POST", "/wp-login.php", 200, browser);
    CHECK(w->said[STK_RATES_BRUTE_FORM] >= 20 && all(w) == w->said[STK_RATES_BRUTE_FORM]);
    auto_world *app = world_new(&stk_detector_rates); /* signs in to read, every ten minutes */
    for (int i = 0; i < 140; i++, app->now += 10 * STK_MINUTE) {
        world_http(app, 1, "POST", "/login", 200, browser);
        world_http(app, 1, "GET", "/orders", 200, browser);
    }
    CHECK(all(app) == 0);
    return NULL;
}

static const char *one_account_from_many(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (unsigned i = 0; i < 20; i++, w->now += 20 * STK_SECOND)
        world_login(w, 1000 + i * 300, "boss@example.org", "failure", browser);
    CHECK(w->said[STK_RATES_BRUTE_ACCOUNT] >= 3 && w->last.by.type == STK_KEY_ACCOUNT);
    return NULL;
}

static const char *forgotten_password(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 4; i++, w->now += 10 * STK_SECOND) {
        world_http(w, 1, "POST", "/login", 401, browser);
        world_login(w, 1, "a@example.org", "failure", browser);
    }
    world_login(w, 1, "a@example.org", "success", browser);
    CHECK(all(w) == 0);
    return NULL;
}

static const char *stuffing_by_one(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char account[32];
    for (int i = 0; i < 100; i++, w->now += STK_SECOND) {
        (void)snprintf(account, sizeof account, "u%d@example.org", i);
        world_login(w, 1, account, i % 30 == 29 ? "success" : "failure", browser);
    }
    CHECK(w->said[STK_RATES_STUFFING] >= 50 && w->said[STK_RATES_SPRAYING] == 0);
    return NULL;
}

static const char *spraying_slowly(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char account[32];
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 25; i++, w->now += 2 * STK_MINUTE) {
            (void)snprintf(account, sizeof account, "u%d@example.org", i);
            world_login(w, 1, account, "failure", browser);
        }
    CHECK(w->said[STK_RATES_SPRAYING] >= 20 && w->said[STK_RATES_STUFFING] == 0);
    return NULL;
}

static const char *stuffing_spread(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char account[32];
    for (unsigned i = 0; i < 400; i++, w->now += 2 * STK_SECOND) {
        (void)snprintf(account, sizeof account, "u%u@example.org", i);
        world_login(w, 5000 + i % 150 * 700, account, i % 50 ? "failure" : "success", browser);
        if (i % 8 == 0)
            world_login(w, 9000000 + i, "c@example.org", "success", "another browser");
    }
    CHECK(w->said[STK_RATES_SPREAD] > 100 && all(w) == w->said[STK_RATES_SPREAD]);
    auto_world *log = world_new(&stk_detector_rates);
    for (unsigned i = 0; i < 400; i++, log->now += 2 * STK_SECOND)
        world_http(log, 5000 + i % 150 * 700, "POST", "/account/login", i % 10 ? 401 : 302,
                   browser);
    CHECK(log->said[STK_RATES_SPREAD] > 50 && all(log) == log->said[STK_RATES_SPREAD]);
    return NULL;
}

/* A thousand customers follow a mail within minutes; one in eight mistypes once. */
static const char *a_mail_brings_everybody(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char account[32];
    for (unsigned i = 0; i < 1000; i++, w->now += STK_SECOND / 2) {
        (void)snprintf(account, sizeof account, "u%u@example.org", i);
        if (i % 8 == 0)
            world_login(w, 3000 + i * 5, account, "failure", browser);
        world_login(w, 3000 + i * 5, account, "success", browser);
        world_http(w, 3000 + i * 5, "POST", "/login", i % 8 ? 302 : 200, browser);
    }
    CHECK(all(w) == 0);
    return NULL;
}

/* Hundreds of customers behind one address of a mobile carrier; a few mistype. */
static const char *a_carrier(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char account[32], agent[32], page[32];
    for (unsigned i = 0; i < 600; i++, w->now += 4 * STK_SECOND) {
        (void)snprintf(account, sizeof account, "u%u@example.org", i);
        (void)snprintf(agent, sizeof agent, "Mozilla/5.0 (phone %u)", i % 40);
        (void)snprintf(page, sizeof page, "/product/%u", (i * 37) % 900);
        if (i % 10 == 0)
            world_login(w, 7, account, "failure", agent);
        world_login(w, 7, account, "success", agent);
        world_http(w, 7, "POST", "/login", 302, agent);
        world_http(w, 7, "GET", page, 200, agent);
        world_http(w, 7, "GET", "/style.css", 304, agent);
        world_http(w, 7, "GET", "/logo.png", 200, agent);
    }
    CHECK(all(w) == 0);
    return NULL;
}

static const char *scraping(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char page[32];
    for (int i = 0; i < 600; i++, w->now += STK_SECOND) {
        (void)snprintf(page, sizeof page, "/product/%d", (i * 613) % 9973);
        world_http(w, 1, "GET", page, 200, browser);
    }
    CHECK(w->said[STK_RATES_SCRAPING] >= 50 && all(w) == w->said[STK_RATES_SCRAPING]);
    return NULL;
}

static const char *scraping_farm(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char page[32];
    for (unsigned i = 0; i < 6000; i++, w->now += STK_SECOND / 4) {
        (void)snprintf(page, sizeof page, "/p/shirt-%u", i);
        world_http(w, 1 + i % 100, "GET", page, 200, browser);
    }
    CHECK(w->said[STK_RATES_SCRAPING_SUBNET] >= 1 && w->last.by.type == STK_KEY_SUBNET);
    return NULL;
}

static const char *polite_crawler(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char page[32];
    for (int i = 0; i < 5000; i++, w->now += 8 * STK_SECOND) {
        (void)snprintf(page, sizeof page, "/product/%d", i);
        world_http(w, 1, "GET", page, i % 20 ? 200 : 404,
                   "ExampleBot/2.0 (+https://bot.example/about)");
    }
    CHECK(all(w) == 0);
    return NULL;
}

/* Sixty people in one office shop on a sales day. */
static const char *an_office(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char page[32], agent[32];
    for (unsigned i = 0; i < 4000; i++, w->now += STK_SECOND / 3) {
        unsigned person = (unsigned)(stk_mix64(i) % 60);
        (void)snprintf(agent, sizeof agent, "Mozilla/5.0 (build %u)", person % 25);
        (void)snprintf(page, sizeof page, "/product/%u", (unsigned)(stk_mix64(i + 9) % 400));
        world_http(w, 1, "GET", page, 200, agent);
        world_http(w, 1, "GET", "/img/a.jpg", 200, agent);
        if (i % 200 == 0)
            world_http(w, 1, "POST", "/login", i % 600 ? 302 : 401, agent);
    }
    CHECK(all(w) == 0);
    return NULL;
}

static const char *a_monitor(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 8640; i++, w->now += 10 * STK_SECOND) {
        world_http(w, 1, "GET", "/health", 200, "monitor/1.0");
        world_http(w, 1, "HEAD", "/", 200, "monitor/1.0");
    }
    CHECK(all(w) == 0);
    return NULL;
}

static const char *enumeration(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char page[32];
    for (int i = 0; i < 80; i++, w->now += 2 * STK_SECOND) {
        (void)snprintf(page, sizeof page, "/order/%d", 4000 + i);
        world_http(w, 1, "GET", page, 200, browser);
    }
    CHECK(w->said[STK_RATES_WALK] >= 20);
    auto_world *numbers = world_new(&stk_detector_rates);
    for (int i = 0; i < 80; i++, numbers->now += 2 * STK_SECOND) {
        (void)snprintf(page, sizeof page, "/invoice/show?lang=en&no=R-%d", 700 + i);
        world_http(numbers, 1, "GET", page, i % 2 ? 404 : 200, browser);
    }
    CHECK(numbers->said[STK_RATES_WALK] >= 20 && numbers->said[STK_RATES_PROBING] == 0);
    auto_world *missed = world_new(&stk_detector_rates);
    for (int i = 0; i < 80; i++, missed->now += 2 * STK_SECOND) {
        (void)snprintf(page, sizeof page, "/files?doc_id=%d", (i * 7919) % 90001);
        world_http(missed, 1, "GET", page, 404, browser);
    }
    CHECK(missed->said[STK_RATES_MISSES] >= 20);
    auto_world *paging = world_new(&stk_detector_rates);
    for (int i = 0; i < 100; i++, paging->now += 10 * STK_SECOND) {
        (void)snprintf(page, sizeof page, "/shirts?page=%d", i);
        world_http(paging, 1, "GET", page, 200, browser);
    }
    CHECK(all(paging) == 0);
    return NULL;
}

static const char *probing(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    char page[32];
    for (int i = 0; i < 60; i++, w->now += STK_SECOND) {
        (void)snprintf(page, sizeof page, "/%c%c/setup", 'a' + i % 26, 'k' + i / 26);
        world_http(w, 1, "GET", page, i % 10 ? 404 : 200, browser);
    }
    CHECK(w->said[STK_RATES_PROBING] >= 20 && all(w) == w->said[STK_RATES_PROBING]);
    auto_world *broken = world_new(&stk_detector_rates);
    for (int i = 0; i < 400; i++, broken->now += 5 * STK_SECOND) {
        (void)snprintf(page, sizeof page, "/old/%c%c", 'a' + i % 26, 'a' + i / 26);
        world_http(broken, 1, "GET", page, i % 4 ? 200 : 404, "ABot/1.0 (+http://a.example/bot)");
    }
    CHECK(all(broken) == 0);
    return NULL;
}

static const char *codes(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 60; i++, w->now += 2 * STK_SECOND)
        world_http(w, 1, "POST", "/cart/coupon", 400, browser);
    CHECK(w->said[STK_RATES_CODES] >= 20);
    auto_world *once = world_new(&stk_detector_rates);
    for (int i = 0; i < 5; i++, once->now += 2 * STK_SECOND)
        world_http(once, 1, "POST", "/cart/coupon", 400, browser);
    CHECK(all(once) == 0);
    return NULL;
}

static const char *flood(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 5000; i++, w->now += STK_SECOND / 100)
        world_http(w, 1, "GET", "/search?q=a", 200, browser);
    CHECK(w->said[STK_RATES_FLOOD] >= 2 && w->said[STK_RATES_FLOOD] < 100);
    auto_world *spread = world_new(&stk_detector_rates);
    for (unsigned i = 0; i < 3000; i++, spread->now += STK_SECOND / 5)
        world_http(spread, 1 + i * 311, "GET", "/search", 200, browser);
    CHECK(all(spread) == 0);
    for (unsigned i = 0; i < 20000; i++, spread->now += STK_SECOND / 1000)
        world_http(spread, 1 + i * 311, "GET", "/search", 503, browser);
    CHECK(spread->said[STK_RATES_FLOOD_ENDPOINT] >= 1);
    CHECK(spread->last.by.type == STK_KEY_ENDPOINT);
    return NULL;
}

/* A suspect is not forgotten because a million strangers come by. */
static const char *strangers_push_out_strangers(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    for (int i = 0; i < 7; i++, w->now += 4 * STK_SECOND)
        world_login(w, 1, "a@example.org", "failure", browser);
    for (unsigned i = 0; i < 400000; i++)
        world_http(w, 100 + i * 31, "POST", "/login", 401, browser);
    unsigned before = w->said[STK_RATES_BRUTE_FORCE];
    for (int i = 0; i < 3; i++, w->now += STK_SECOND)
        world_login(w, 1, "a@example.org", "failure", browser);
    CHECK(before == 0 && w->said[STK_RATES_BRUTE_FORCE] >= 2);
    return NULL;
}

static void mixture(world *w, unsigned from, unsigned to)
{
    char page[40], account[32];
    for (unsigned i = from; i < to; i++) {
        uint64_t r = stk_mix64(i + 5);
        w->now += (stk_time)(r % 900) * STK_MS;
        unsigned who = 1 + (unsigned)(r >> 10) % 50;
        (void)snprintf(page, sizeof page, r >> 20 & 1 ? "/order/%u" : "/p/%u",
                       (r >> 21 & 1) ? i : (unsigned)(r >> 22) % 500);
        world_http(w, who, "GET", page, r >> 40 & 3 ? 200 : 404, browser);
        (void)snprintf(account, sizeof account, "u%u", (unsigned)(r >> 30) % 60);
        if (i % 3 == 0)
            world_login(w, who, account, r >> 50 & 3 ? "failure" : "success", browser);
    }
}

static const char *a_checkpoint_changes_nothing(void)
{
    auto_world *straight = world_new(&stk_detector_rates);
    mixture(straight, 0, 12000);
    CHECK(all(straight) > 50);
    auto_world *resumed = world_new(&stk_detector_rates);
    mixture(resumed, 0, 5000);
    const char *why = world_checkpoint(resumed);
    if (why != NULL)
        return why;
    mixture(resumed, 5000, 12000);
    CHECK(stk_str_eq(stk_buf_str(&straight->text), stk_buf_str(&resumed->text)));
    return NULL;
}

static const char *damage_is_refused(void)
{
    auto_world *w = world_new(&stk_detector_rates);
    mixture(w, 0, 500);
    stk_auto_buf saved = stk_buf_init(1 << 20);
    w->detector->save(w->self, w->states[3], &saved);
    for (size_t n = 0; n < saved.len; n += 11) {
        stk_cursor in = { saved.ptr, saved.ptr + n, false };
        CHECK(w->detector->load(w->self, w->states[3], &in, NULL) == STK_ERR_SYNTAX);
    }
    return NULL;
}

static const check_test tests[] = {
    { "one client guesses passwords", brute_force },
    { "one client sends a form that shows itself again", form_that_shows_itself_again },
    { "a form sent slowly, day in, day out; quiet: a program that signs in to read",
      form_sent_slowly },
    { "many clients guess at one account", one_account_from_many },
    { "quiet: a forgotten password", forgotten_password },
    { "stuffing by one client", stuffing_by_one },
    { "spraying, slowly and in rounds", spraying_slowly },
    { "stuffing spread over many clients, from events and from a log", stuffing_spread },
    { "quiet: a mail brings everybody at once", a_mail_brings_everybody },
    { "quiet: a mobile carrier's address", a_carrier },
    { "scraping by one client", scraping },
    { "scraping from a subnet", scraping_farm },
    { "quiet: a polite crawler", polite_crawler },
    { "quiet: an office on a sales day", an_office },
    { "quiet: a monitoring probe every ten seconds", a_monitor },
    { "ids counted up, ids missed; quiet: paging", enumeration },
    { "pages that are not there; quiet: a crawler with old links", probing },
    { "coupons tried; quiet: a few mistyped", codes },
    { "floods by one client and at one endpoint", flood },
    { "strangers push out strangers", strangers_push_out_strangers },
    { "a checkpoint changes nothing", a_checkpoint_changes_nothing },
    { "a damaged checkpoint is refused", damage_is_refused },
};
CHECK_MAIN(tests)
