/* SPDX-License-Identifier: Apache-2.0 */
/* Findings become incidents: who belongs to which, what it is called, how far it came, and that a
 * checkpoint in the middle changes nothing. */
#include "detect/correlate.h"

#include "check.h"

#include <stdlib.h>

#define RULE(name, k, s)                                                                           \
    {                                                                                              \
        .id = { name, sizeof name - 1 }, .kind = STK_INCIDENT_##k, .severity = s,                  \
        .title = { name, sizeof name - 1 }, .techniques = technique, .technique_count = 1          \
    }
static const stk_str technique[] = { { "T1190", 5 } };
enum { SQLI, XSS, TRAVERSAL, ENV, TOOL, BOT, ODD, FAIL, SPREAD, TAKEN, RULES };
static const stk_rule_info rules[RULES] = {
    RULE("t.sqli", SQLI, STK_HIGH),
    RULE("t.xss", XSS, STK_MEDIUM),
    RULE("t.traversal", TRAVERSAL, STK_HIGH),
    RULE("t.env", PROBE, STK_MEDIUM),
    RULE("t.tool", SCAN, STK_MEDIUM),
    RULE("t.bot", BAD_BOT, STK_LOW),
    RULE("t.odd", DEVIATION, STK_LOW),
    RULE("t.fail", BRUTE_FORCE, STK_MEDIUM),
    RULE("t.spread", CREDENTIAL_STUFFING, STK_HIGH),
    RULE("t.taken", ACCOUNT_TAKEOVER, STK_HIGH),
};
static const stk_hash_key secret = { 11, 22 };

static const stk_rule_info *find(const void *ctx, stk_str id)
{
    (void)ctx;
    for (size_t r = 0; r < RULES; r++)
        if (stk_str_eq(rules[r].id, id))
            return &rules[r];
    return NULL;
}

struct world {
    stk_correlator *c;
    uint64_t units;
    stk_time now;
};

static stk_correlator *make(void)
{
    char config[256] = { 0 };
    stk_spec_defaults(stk_correlate_spec, stk_correlate_spec_count, config);
    stk_correlator *c = NULL;
    return stk_correlator_new(&secret, config, &c, NULL) == STK_OK ? c : NULL;
}

static struct world begin(void)
{
    return (struct world){ .c = make(), .now = INT64_C(1700000000) * STK_SECOND };
}

/* One request by client `who` of 10.<who>.0.1, with at most one finding. rule -1: none. */
static bool request(struct world *w, unsigned who, const char *path, const char *method, int status,
                    int64_t bytes, const char *agent, int rule)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_HTTP_REQUEST);
    e.meta.at = e.meta.seen_at = w->now;
    e.meta.sequence = ++w->units;
    e.meta.position = (stk_position){ .source = 0, .unit = w->units, .offset = w->units * 100 };
    e.u.http.method = (stk_str){ method, strlen(method) };
    e.u.http.target.raw = (stk_str){ path, strlen(path) };
    e.u.http.status = status;
    e.u.http.bytes = bytes;
    e.u.http.agent.raw = (stk_str){ agent, strlen(agent) };
    stk_passed p = { .event = &e, .client_known = who != 0, .endpoint_known = true };
    p.address.byte[10] = p.address.byte[11] = 0xff;
    p.address.byte[12] = 10;
    p.address.byte[13] = (unsigned char)(who >> 8);
    p.address.byte[14] = (unsigned char)who;
    p.address.byte[15] = 1;
    p.address_known = true;
    p.client = stk_key_of(&secret, STK_KEY_ADDRESS, (stk_str){ (const char *)&who, sizeof who });
    p.endpoint = stk_key_of(&secret, STK_KEY_ENDPOINT, e.u.http.target.raw);
    stk_finding f = { .id = { w->units * 7919 }, .confidence = 0.8, .of_unit = true };
    if (rule >= 0) {
        f.rule = &rules[rule];
        f.meta = e.meta;
        f.by = rule == SPREAD ? p.endpoint : p.client;
        f.of_unit = rule != SPREAD && rule != FAIL;
        p.findings = &f;
        p.count = 1;
    }
    return stk_correlate(w->c, &p);
}

static const char browser[] = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/115.0";

static bool account_event(struct world *w, unsigned who, const char *account, stk_kind kind,
                          const char *outcome, int rule)
{
    stk_event e;
    stk_event_init(&e, kind);
    e.meta.at = e.meta.seen_at = w->now;
    e.meta.sequence = ++w->units;
    e.meta.position = (stk_position){ .source = 0, .unit = w->units, .offset = w->units * 100 };
    e.u.shop.outcome = (stk_str){ outcome, strlen(outcome) };
    e.u.shop.account.raw = (stk_str){ account, strlen(account) };
    stk_passed p = { .event = &e, .client_known = true, .account_known = true };
    p.client = stk_key_of(&secret, STK_KEY_ADDRESS, (stk_str){ (const char *)&who, sizeof who });
    p.account = stk_key_of(&secret, STK_KEY_ACCOUNT, e.u.shop.account.raw);
    stk_finding f = { .id = { w->units * 7919 }, .confidence = 0.8, .by = p.client };
    if (rule >= 0) {
        f.rule = &rules[rule];
        f.meta = e.meta;
        f.by = rule == TAKEN ? p.account : p.client;
        p.findings = &f;
        p.count = 1;
    }
    return stk_correlate(w->c, &p);
}

/* Everything that is told at the end, by kind; texts of all of them. */
struct told {
    unsigned count, of_kind[STK_INCIDENT_KINDS];
    stk_incident last[STK_INCIDENT_KINDS]; /* units pointer not to be used */
    stk_buf text;
};

static void write_down(struct told *told, const stk_incident *i)
{
    stk_buf *b = &told->text;
    stk_buf_printf(b, "%016llx %s %s %s %.3f %lld %lld %llu:", (unsigned long long)i->id.v,
                   stk_incident_kind_name(i->kind), stk_severity_name(i->severity),
                   stk_stage_name(i->stage), i->confidence, (long long)i->first_at,
                   (long long)i->last_at, (unsigned long long)i->events);
    for (size_t u = 0; u < i->unit_count; u++)
        stk_buf_printf(b, " %llu", (unsigned long long)i->units[u].unit);
    for (size_t e = 0; e < i->entity_count; e++)
        stk_buf_printf(b, " e%llx/%llu", (unsigned long long)i->entities[e].key.hash,
                       (unsigned long long)i->entities[e].events);
    for (size_t s = 0; s < i->step_count; s++) {
        stk_buf_printf(b, " s%lld/%llu/", (long long)i->steps[s].at,
                       (unsigned long long)i->steps[s].events);
        stk_reason_render(&i->steps[s].reason, STK_EN, false, b);
    }
    stk_reason_render(&i->summary, STK_ZH, false, b);
    stk_buf_char(b, '\n');
}

static struct told *finish(struct world *w)
{
    struct told *told = calloc(1, sizeof *told);
    told->text = stk_buf_init(64 << 20);
    stk_correlator_tick(w->c, INT64_MAX);
    const stk_incident *i;
    bool closed;
    while (stk_correlator_take(w->c, &i, &closed)) {
        if (!closed)
            continue;
        told->count++;
        told->of_kind[i->kind]++;
        told->last[i->kind] = *i;
        write_down(told, i);
    }
    stk_correlator_free(w->c);
    return told;
}

static void told_free(struct told *told)
{
    stk_buf_done(&told->text);
    free(told);
}
static inline void told_cleanup(struct told **told)
{
    told_free(*told);
}
#define auto_told STK_CLEANUP(told_cleanup) struct told

static const char *a_scanner_is_one_scan(void)
{
    struct world w = begin();
    char path[32];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(path, sizeof path, "/p%d", i);
        static const int kinds[] = { ENV, SQLI, XSS, TRAVERSAL, -1 };
        (void)request(&w, 1, path, "GET", i % 5 == 0 || i % 3 ? 404 : 200, 500, browser,
                      kinds[i % 5]);
        w.now += STK_SECOND;
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 1 && told->of_kind[STK_INCIDENT_SCAN] == 1);
    const stk_incident *i = &told->last[STK_INCIDENT_SCAN];
    CHECK(i->severity == STK_MEDIUM && i->stage == STK_STAGE_ATTEMPT && i->confidence > 0.9);
    CHECK(i->events >= 58 && i->technique_count == 1);
    CHECK(i->step_count == 4 && i->entity_count > 20);
    return NULL;
}

static const char *noise_rolls_up(void)
{
    struct world w = begin();
    for (unsigned who = 1; who <= 500; who++) {
        (void)request(&w, who, who % 2 ? "/.env" : "/wp-login.php", "GET", 404, 200, browser, ENV);
        if (who % 5 == 0)
            (void)request(&w, who, "/", "GET", 200, 900, "BadBot/1.0", BOT);
        w.now += 60 * STK_SECOND;
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 2);
    CHECK(told->of_kind[STK_INCIDENT_PROBE] == 1 && told->of_kind[STK_INCIDENT_BAD_BOT] == 1);
    CHECK(told->last[STK_INCIDENT_PROBE].severity == STK_LOW);
    CHECK(told->last[STK_INCIDENT_PROBE].events == 500);
    CHECK(told->last[STK_INCIDENT_PROBE].entities_left_out > 0);
    return NULL;
}

static const char *a_prober_leaves_the_noise(void)
{
    struct world w = begin();
    for (unsigned who = 100; who < 110; who++)
        (void)request(&w, who, "/.env", "GET", 404, 200, browser, ENV);
    char path[32];
    for (int i = 0; i < 8; i++) {
        w.now += STK_SECOND;
        (void)snprintf(path, sizeof path, "/.git/%d", i);
        (void)request(&w, 7, path, "GET", 404, 200, browser, ENV);
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 2);
    CHECK(told->last[STK_INCIDENT_PROBE].events == 10);
    CHECK(told->last[STK_INCIDENT_PROBE].unit_count == 10);
    CHECK(told->last[STK_INCIDENT_SCAN].events == 8);
    CHECK(told->last[STK_INCIDENT_SCAN].severity == STK_LOW);
    return NULL;
}

static const char *manual_injection_reaches_data(void)
{
    struct world w = begin();
    for (unsigned i = 0; i < 200; i++) /* what is usual, by others */
        (void)request(&w, 50 + i, "/search", "GET", 200, 4000 + i % 50, browser, -1);
    for (int i = 0; i < 12; i++) {
        w.now += 20 * STK_SECOND;
        (void)request(&w, 3, "/search", "GET", i < 4 ? 500 : 200, i < 9 ? 4010 : 90000, browser,
                      SQLI);
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 1 && told->of_kind[STK_INCIDENT_SQLI] == 1);
    CHECK(told->last[STK_INCIDENT_SQLI].stage == STK_STAGE_REACHED);
    CHECK(told->last[STK_INCIDENT_SQLI].severity == STK_CRITICAL);
    return NULL;
}

static const char *refused_attacks_stay_attempts(void)
{
    struct world w = begin();
    for (int i = 0; i < 3; i++)
        (void)request(&w, 3, "/search", "GET", 403, 300, browser, SQLI);
    auto_told *told = finish(&w);
    CHECK(told->count == 1 && told->last[STK_INCIDENT_SQLI].stage == STK_STAGE_ATTEMPT);
    CHECK(told->last[STK_INCIDENT_SQLI].severity == STK_LOW);
    return NULL;
}

static const char *two_attackers_are_two_incidents(void)
{
    struct world w = begin();
    for (int i = 0; i < 20; i++) {
        w.now += STK_SECOND;
        (void)request(&w, 3, "/search", "GET", 200, 300, browser, SQLI);
        (void)request(&w, 4000, "/comment", "GET", 200, 300, browser, XSS);
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 2);
    CHECK(told->of_kind[STK_INCIDENT_SQLI] == 1 && told->of_kind[STK_INCIDENT_XSS] == 1);
    return NULL;
}

static const char *one_tool_from_many_addresses_is_one(void)
{
    struct world w = begin();
    for (int i = 0; i < 90; i++) {
        w.now += 10 * STK_SECOND;
        (void)request(&w, 1 + (unsigned)(i % 3) * 256, i % 2 ? "/a" : "/b", "GET", 200, 300,
                      "acme-scan/2.1", i % 2 ? SQLI : TOOL);
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 1);
    CHECK(told->of_kind[STK_INCIDENT_SCAN] == 1 || told->of_kind[STK_INCIDENT_SQLI] == 1);
    return NULL;
}

static const char *spread_stuffing_is_one_with_many_actors(void)
{
    struct world w = begin();
    for (unsigned i = 0; i < 300; i++) {
        w.now += STK_SECOND;
        (void)request(&w, 1 + i % 60, "/login", "POST", 401, 100, browser, SPREAD);
    }
    (void)request(&w, 5, "/login", "POST", 302, 0, browser, -1);
    (void)request(&w, 5, "/account/orders", "GET", 200, 5000, browser, -1);
    auto_told *told = finish(&w);
    CHECK(told->count == 1);
    const stk_incident *i = &told->last[STK_INCIDENT_CREDENTIAL_STUFFING];
    CHECK(i->events == 302 && i->stage == STK_STAGE_REACHED && i->severity == STK_CRITICAL);
    CHECK(i->entity_count == 61);
    return NULL;
}

static const char *a_takeover_is_told_from_sign_in_to_order(void)
{
    struct world w = begin();
    for (int i = 0; i < 30; i++) {
        w.now += STK_SECOND;
        (void)account_event(&w, 9, "a@example.org", STK_KIND_ACCOUNT_LOGIN, "failure", FAIL);
    }
    CHECK(account_event(&w, 9, "a@example.org", STK_KIND_ACCOUNT_LOGIN, "success", -1));
    CHECK(account_event(&w, 9, "a@example.org", STK_KIND_ACCOUNT_CHANGE, "success", TAKEN));
    (void)account_event(&w, 9, "a@example.org", STK_KIND_ORDER_PLACED, "success", -1);
    auto_told *told = finish(&w);
    CHECK(told->count == 1 && told->of_kind[STK_INCIDENT_ACCOUNT_TAKEOVER] == 1);
    CHECK(told->last[STK_INCIDENT_ACCOUNT_TAKEOVER].stage == STK_STAGE_REACHED);
    CHECK(told->last[STK_INCIDENT_ACCOUNT_TAKEOVER].severity == STK_CRITICAL);
    return NULL;
}

static const char *quiet_closes_and_a_new_one_opens(void)
{
    struct world w = begin();
    for (int i = 0; i < 3; i++) {
        (void)request(&w, 3, "/search", "GET", 200, 300, browser, SQLI);
        w.now += 2 * STK_HOUR;
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 3);
    return NULL;
}

static const char *out_of_order_is_one(void)
{
    struct world w = begin();
    stk_time start = w.now;
    for (int i = 0; i < 60; i++) {
        w.now = start + (stk_time)((i * 37) % 60) * 30 * STK_SECOND;
        (void)request(&w, 3, "/search", "GET", 200, 300, browser, SQLI);
        stk_correlator_tick(w.c, start + 29 * STK_MINUTE);
    }
    auto_told *told = finish(&w);
    CHECK(told->count == 1 && told->last[STK_INCIDENT_SQLI].events == 60);
    CHECK(told->last[STK_INCIDENT_SQLI].first_at == start);
    return NULL;
}

static const char *deviations_are_low_unless_repeated(void)
{
    struct world w = begin();
    for (unsigned who = 1; who < 40; who++)
        (void)request(&w, who, "/cart", "GET", 200, 300, browser, ODD);
    for (int i = 0; i < 30; i++)
        (void)request(&w, 900, "/cart", "GET", 200, 300, browser, ODD);
    auto_told *told = finish(&w);
    CHECK(told->count == 2 && told->of_kind[STK_INCIDENT_DEVIATION] == 2);
    CHECK(told->last[STK_INCIDENT_DEVIATION].severity != told->last[0].severity ||
          told->last[STK_INCIDENT_DEVIATION].severity <= STK_MEDIUM);
    return NULL;
}

/* A mixed hour; with `cut`, state goes through a checkpoint after that many events. */
static struct told *mixed(unsigned cut, const char **why)
{
    struct world w = begin();
    *why = NULL;
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t r = stk_mix64(i + 99);
        w.now += (stk_time)(r % 9) * STK_SECOND;
        unsigned who = 1 + (unsigned)(r >> 8) % 40 * 17;
        static const int kinds[] = { -1, -1, -1, -1, ENV, SQLI, XSS, BOT, TOOL, ODD, FAIL, SPREAD };
        static const char *const paths[] = { "/a", "/b", "/login", "/c/1", "/d", "/e", "/f" };
        (void)request(&w, who, paths[(r >> 20) % 7], (r >> 30) % 2 ? "GET" : "POST",
                      (r >> 33) % 3 ? 200 : 302, (int64_t)((r >> 40) % 9000), browser,
                      kinds[(r >> 50) % 12]);
        if (i + 1 == cut) {
            stk_auto_buf saved = stk_buf_init(64 << 20);
            stk_correlator_save(w.c, &saved);
            stk_correlator *fresh = make();
            stk_cursor in = stk_cursor_of(stk_buf_str(&saved));
            if (saved.failed || stk_correlator_load(fresh, &in, find, NULL, NULL) != STK_OK)
                *why = "the checkpoint does not load";
            stk_auto_buf again = stk_buf_init(64 << 20);
            stk_correlator_save(fresh, &again);
            if (!stk_str_eq(stk_buf_str(&saved), stk_buf_str(&again)))
                *why = "a checkpoint of a checkpoint differs";
            stk_correlator_free(w.c);
            w.c = fresh;
        }
    }
    return finish(&w);
}

static const char *a_checkpoint_changes_nothing(void)
{
    const char *why;
    auto_told *straight = mixed(0, &why);
    CHECK(straight->count > 3);
    static const unsigned cuts[] = { 1, 10, 100, 777, 1500, 2999 };
    for (size_t i = 0; i < STK_COUNT(cuts); i++) {
        auto_told *resumed = mixed(cuts[i], &why);
        if (why != NULL)
            return why;
        CHECK(stk_str_eq(stk_buf_str(&straight->text), stk_buf_str(&resumed->text)));
    }
    return NULL;
}

static const char *damage_is_refused(void)
{
    struct world w = begin();
    for (int i = 0; i < 30; i++)
        (void)request(&w, 1 + (unsigned)i % 4, "/x", "GET", 200, 300, browser, i % 8);
    stk_auto_buf saved = stk_buf_init(1 << 20);
    stk_correlator_save(w.c, &saved);
    for (size_t n = 0; n < saved.len; n += 7) {
        stk_correlator *c = make();
        stk_cursor in = { saved.ptr, saved.ptr + n, false };
        stk_status status = stk_correlator_load(c, &in, find, NULL, NULL);
        stk_correlator_free(c);
        CHECK(status == STK_ERR_SYNTAX);
    }
    stk_correlator_free(w.c);
    return NULL;
}

static const char *open_incidents_are_bounded(void)
{
    struct world w = begin();
    char path[32];
    for (unsigned who = 1; who < 12000; who++) {
        (void)snprintf(path, sizeof path, "/s%u", who);
        (void)request(&w, who, path, "GET", 200, 300, browser, SQLI);
        if (who % 4096 == 0) {
            const stk_incident *i;
            bool closed;
            while (stk_correlator_take(w.c, &i, &closed))
                ;
        }
    }
    auto_told *told = finish(&w);
    CHECK(told->count >= STK_INCIDENTS_OPEN);
    return NULL;
}

static const check_test tests[] = {
    { "a scanner is one scan", a_scanner_is_one_scan },
    { "probes by many addresses roll up into one low incident", noise_rolls_up },
    { "a prober leaves the noise with what is known of it", a_prober_leaves_the_noise },
    { "a manual injection that dumps data is critical", manual_injection_reaches_data },
    { "refused attacks stay attempts", refused_attacks_stay_attempts },
    { "two attackers are two incidents", two_attackers_are_two_incidents },
    { "one tool from many addresses is one incident", one_tool_from_many_addresses_is_one },
    { "spread stuffing is one incident with many actors", spread_stuffing_is_one_with_many_actors },
    { "a takeover is told from sign-in to order", a_takeover_is_told_from_sign_in_to_order },
    { "an hour of quiet closes", quiet_closes_and_a_new_one_opens },
    { "lines out of order make one incident", out_of_order_is_one },
    { "deviations are low unless repeated", deviations_are_low_unless_repeated },
    { "a checkpoint changes nothing", a_checkpoint_changes_nothing },
    { "a damaged checkpoint is refused", damage_is_refused },
    { "open incidents are bounded", open_incidents_are_bounded },
};
CHECK_MAIN(tests)
