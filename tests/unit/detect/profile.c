/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint profiles on a little shop of the test's own: what is learned, what deviates, what
 * poisoners can do, and that a profile survives its file. */
#include "detect/profile.h"

#include "check.h"
#include "model/event.h"

#include <stdlib.h>

static stk_hash_key secret = { 11, 22 };

typedef struct shop {
    stk_profile_learner *learner;
    stk_arena *arena;
} shop;

static void shop_done(shop *s)
{
    stk_profile_learner_free(s->learner);
    stk_arena_free(s->arena);
}

static bool shop_init(shop *s, const char *client)
{
    stk_profile_origin origin = { STK_S("combined"), { client, strlen(client) }, 7 };
    s->arena = stk_arena_new(16 << 20);
    return stk_profile_learner_new(&origin, NULL, &secret, &s->learner, NULL) == STK_OK;
}

/* One request as a unit; everything lives in `arena`. */
static const stk_unit *ask(stk_arena *arena, const char *method, const char *target,
                           const char *body, unsigned client)
{
    stk_event *event = stk_arena_array(arena, stk_event, 1);
    stk_carried *carried = stk_arena_array(arena, stk_carried, 1);
    stk_unit *unit = stk_arena_array(arena, stk_unit, 1);
    stk_event_init(event, STK_KIND_HTTP_REQUEST);
    event->u.http.method = (stk_str){ method, strlen(method) };
    event->u.http.target.raw = stk_arena_copy(arena, (stk_str){ target, strlen(target) });
    event->u.http.body.raw = (stk_str){ body, strlen(body) };
    if (stk_carry(&event->u.http, arena, carried) != STK_OK)
        return NULL;
    *unit = (stk_unit){
        .event = event, .carried = carried, .arena = arena, .client_known = client != 0
    };
    unit->client = stk_key_of(&secret, STK_KEY_ADDRESS,
                              (stk_str){ (char *)&client, sizeof client });
    return unit;
}

static bool teach(shop *s, const char *method, const char *target, const char *body,
                  unsigned client)
{
    const stk_unit *unit = ask(s->arena, method, target, body, client);
    bool fine = unit != NULL && stk_profile_learner_add(s->learner, unit, NULL) == STK_OK;
    stk_arena_reset(s->arena);
    return fine;
}

static const char *const words[] = { "red",  "blue+shoe", "hat",   "winter",
                                     "coat", "green",     "socks", "belt" };
enum { REQUESTS = 3000, CLIENTS = 200 };

/* A product page, a search with free words, a form, and twenty plain pages. */
static bool teach_shop(shop *s, size_t requests)
{
    bool fine = true;
    for (unsigned i = 0; i < requests && fine; i++) {
        char target[160], body[160];
        unsigned client = 1 + i * 7919u % CLIENTS;
        snprintf(target, sizeof target, "/product/%u.html?colour=%s&size=%u", 1000 + i % 700,
                 i % 3 ? "red" : "blue", 36 + i % 10);
        fine = teach(s, "GET", target, "", client);
        unsigned some = i * 2654435761u >> 20;
        if (i % 3 == 0)
            snprintf(target, sizeof target, "/search?q=%s&page=%u", words[some % 8], 1 + i % 4);
        else if (i % 3 == 1)
            snprintf(target, sizeof target, "/search?q=%s+%s%u&page=%u", words[some % 8],
                     words[some / 8 % 8], some % 97, 1 + i % 4);
        else
            snprintf(target, sizeof target, "/search?q=%.*s+%s+%s&page=%u", (int)(some % 5),
                     "large", words[some / 8 % 8], words[some / 64 % 8], 1 + i % 4);
        fine = fine && teach(s, "GET", target, "", client);
        snprintf(body, sizeof body, "user=%.*s%s%u&zip=%05u&note=%s", (int)(some % 6), "myname",
                 words[some % 8], i % 900, i * 37 % 90000 + 10000, words[i % 8]);
        fine = fine && teach(s, "POST", "/account/save", body, client);
        snprintf(target, sizeof target, "/pages/about-%c.html", 'a' + (char)(some % 20));
        fine = fine && teach(s, "GET", target, "", client);
    }
    return fine;
}

static stk_profile *finish(shop *s)
{
    stk_profile *p = NULL;
    return stk_profile_learner_finish(s->learner, &p, NULL) == STK_OK ? p : NULL;
}

/* The strongest finding's confidence; its reason in English into `why`. */
static double judge(const stk_profile *p, const char *method, const char *target, const char *body,
                    stk_buf *why)
{
    const stk_detector *d = stk_detector_named(STK_S("profile"));
    stk_detector_setup setup = { .secret = secret, .profile = p };
    char config[256];
    void *self, *scratch;
    stk_spec_defaults(d->spec, d->spec_count, config);
    if (d->open(&setup, config, &self, NULL) != STK_OK ||
        d->scratch_new(self, &scratch, NULL) != STK_OK)
        return -1;
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_findings found;
    found.count = found.dropped = 0;
    d->judge(self, scratch, ask(arena, method, target, body, 9), &found);
    double best = 0;
    stk_buf_clear(why);
    for (size_t i = 0; i < found.count; i++) {
        if (found.item[i].confidence <= best)
            continue;
        best = found.item[i].confidence;
        stk_buf_clear(why);
        stk_reason_render(&found.item[i].reason, STK_EN, true, why);
    }
    d->scratch_free(scratch);
    d->close(self);
    return best;
}

static bool holds(const stk_buf *why, const char *text)
{
    bool found = why->len != 0 && memmem(why->ptr, why->len, text, strlen(text)) != NULL;
    if (!found)
        printf("# [%" STK_SFMT "]\n", STK_SARG(stk_buf_str(why)));
    return found;
}

static const char *deviations_are_flagged_and_said(void)
{
    static const struct {
        const char *method, *target, *body, *said;
    } rows[] = {
        { "GET", "/product/17.html?colour=red&size=40'+or+1=1+and+sleep(5)", "", "SQL keywords" },
        { "GET", "/product/17.html?colour=red&size=40%27", "", "a quote" },
        { "GET", "/product/17.html?colour=%3Cscript%3E&size=40", "", "an angle bracket" },
        { "GET", "/product/17.html?colour=red&size=40&debug=1", "", "`debug` was never seen" },
        { "GET", "/product/17.html?size=40", "", "`colour` is missing" },
        { "GET", "/product/17.html?colour=red&size=40&size=41", "", "more than once" },
        { "GET", "/product/17.html?size=40&colour=red", "", "order" },
        { "DELETE", "/product/17.html?colour=red&size=40", "", "method `DELETE`" },
        { "POST", "/account/save", "user=name5&zip=1234x&note=hat", "`zip` was a number" },
        { "POST", "/account/save", "user=name5&zip=12345&note=%2527", "encoded twice" },
        { "GET", "/search?q=hat;cat+/etc/passwd|sh&page=1", "", "`q`" },
        { "GET", "/cgi-bin/test.pl", "", "file extension never seen" },
    };
    STK_CLEANUP(shop_done) shop s;
    CHECK(shop_init(&s, "address") && teach_shop(&s, REQUESTS));
    stk_profile *p = finish(&s);
    CHECK(p != NULL);
    stk_auto_buf why = stk_buf_init(4096);
    const char *failed = NULL;
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        double sure = judge(p, rows[i].method, rows[i].target, rows[i].body, &why);
        bool said = holds(&why, rows[i].said);
        if (sure < 0.5 || !said)
            printf("# %s %s %s: %.3f\n", rows[i].method, rows[i].target, rows[i].body, sure);
        if (sure < 0.5 || !said)
            failed = "a deviation was not flagged, or not said";
    }
    stk_profile_free(p);
    return failed;
}

static const char *ordinary_news_is_quiet(void)
{
    static const struct {
        const char *method, *target, *body;
    } rows[] = {
        { "GET", "/product/9876.html?colour=blue&size=41", "" },
        { "GET", "/search?q=winter+hat55&page=2", "" },
        { "GET", "/search?q=summer+dress&page=1", "" },
        { "GET", "/search?q=blue&page=4", "" },
        { "GET", "/search", "" },
        { "POST", "/account/save", "user=myhat12345&zip=99999&note=belt" },
        { "GET", "/product/style.css", "" },
        { "GET", "/pages/about-us.html", "" },
    };
    STK_CLEANUP(shop_done) shop s;
    CHECK(shop_init(&s, "address") && teach_shop(&s, REQUESTS));
    for (unsigned i = 0; i < 30; i++)
        CHECK(teach(&s, "GET", "/search", "", 1 + i));
    stk_profile *p = finish(&s);
    CHECK(p != NULL);
    stk_auto_buf why = stk_buf_init(4096);
    const char *failed = NULL;
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        double sure = judge(p, rows[i].method, rows[i].target, rows[i].body, &why);
        if (sure >= 0.5) {
            printf("# %s: %.3f %" STK_SFMT "\n", rows[i].target, sure, STK_SARG(stk_buf_str(&why)));
            failed = "an ordinary request was flagged";
        }
    }
    stk_profile_free(p);
    return failed;
}

/* One client, however often, teaches nothing and blinds nobody; three clients teach. */
static const char *poisoning_needs_clients(void)
{
    static const char *const attack = "/product/17.html?colour=red&size=40%27+or+1%3D1";
    for (unsigned poisoners = 1; poisoners <= 3; poisoners += 2) {
        STK_CLEANUP(shop_done) shop s;
        CHECK(shop_init(&s, "address") && teach_shop(&s, REQUESTS));
        for (unsigned i = 0; i < 1000; i++) {
            char other[128];
            snprintf(other, sizeof other, "/product/17.html?colour=%%3C%u%%27&size=%u%%22-%u", i, i,
                     i);
            CHECK(teach(&s, "GET", attack, "", 5000 + i % poisoners));
            CHECK(poisoners > 1 || teach(&s, "GET", other, "", 5000));
            CHECK(poisoners > 1 || teach(&s, "GET", "/evil.php?x=1", "", 5000));
        }
        stk_profile *p = finish(&s);
        CHECK(p != NULL);
        stk_auto_buf why = stk_buf_init(4096);
        double sure = judge(p, "GET", attack, "", &why);
        double other = judge(p, "GET", "/product/17.html?colour=red&size=40%22--", "", &why);
        double page = judge(p, "GET", "/evil.php?x=1", "", &why);
        stk_profile_free(p);
        printf("# %u poisoners: %.3f, another attack %.3f, a page %.3f\n", poisoners, sure, other,
               page);
        CHECK(poisoners > 1 ? sure < 0.5 : sure >= 0.5 && other >= 0.5 && page >= 0.5);
    }
    return NULL;
}

static const char *unknown_clients_are_one(void)
{
    static const struct {
        const char *rule;
        size_t endpoints;
    } rows[] = { { "address", 0 }, { "none", 1 } };
    for (size_t r = 0; r < STK_COUNT(rows); r++) {
        STK_CLEANUP(shop_done) shop s;
        CHECK(shop_init(&s, rows[r].rule));
        for (unsigned i = 0; i < 50; i++)
            CHECK(teach(&s, "GET", "/", "", 0));
        stk_profile *p = finish(&s);
        CHECK(p != NULL);
        size_t endpoints = stk_profile_endpoints(p);
        stk_profile_free(p);
        CHECK(endpoints == rows[r].endpoints);
    }
    return NULL;
}

static const char *a_profile_survives_its_file(void)
{
    STK_CLEANUP(shop_done) shop s;
    CHECK(shop_init(&s, "header:X Client%"));
    CHECK(teach_shop(&s, 500));
    stk_profile *p = finish(&s), *q;
    CHECK(p != NULL);
    stk_auto_buf first = stk_buf_init(1 << 24), second = stk_buf_init(1 << 24),
                 out = stk_buf_init(1 << 20);
    stk_profile_save(p, &first);
    stk_error err = { 0 };
    stk_status status = stk_profile_load(stk_buf_str(&first), "p", &q, &err);
    if (status != STK_OK)
        printf("# line %u: %s\n", err.line, err.text);
    CHECK(status == STK_OK);
    stk_profile_save(q, &second);
    bool same = stk_str_eq(stk_buf_str(&first), stk_buf_str(&second));
    static const char *const targets[] = { "/search?q=%27", "/product/1.html?colour=x&size=99",
                                           "/x.bak" };
    bool alike = stk_str_eq(stk_profile_client(q), STK_S("header:X Client%"));
    stk_auto_buf why = stk_buf_init(4096);
    for (size_t i = 0; i < STK_COUNT(targets); i++)
        alike &= judge(p, "GET", targets[i], "", &why) == judge(q, "GET", targets[i], "", &why);
    size_t differences = stk_profile_diff(p, q, &out);
    stk_profile_show(q, &out);
    alike &= stk_profile_hash(p) == stk_profile_hash(q);
    stk_profile_free(p);
    stk_profile_free(q);
    CHECK(same && alike && differences == 0 && !out.failed && !first.failed);
    CHECK(memmem(out.ptr, out.len, "/product/{}.html", 16) != NULL);
    return NULL;
}

static const char *what_few_people_typed_is_not_in_the_file(void)
{
    STK_CLEANUP(shop_done) shop s;
    CHECK(shop_init(&s, "address") && teach_shop(&s, 1000));
    CHECK(teach(&s, "GET", "/product/1.html?colour=SecretName&size=40", "", 77));
    stk_profile *p = finish(&s);
    CHECK(p != NULL);
    stk_auto_buf out = stk_buf_init(1 << 24);
    stk_profile_save(p, &out);
    stk_profile_free(p);
    CHECK(memmem(out.ptr, out.len, "SecretName", 10) == NULL);
    CHECK(memmem(out.ptr, out.len, "myhat17", 7) == NULL);      /* of an open set */
    CHECK(memmem(out.ptr, out.len, "value =blue", 11) != NULL); /* of a closed one */
    return NULL;
}

static const char *profiles_differ_by_what_was_added(void)
{
    STK_CLEANUP(shop_done) shop a, b;
    CHECK(shop_init(&a, "address") && teach_shop(&a, 600));
    CHECK(shop_init(&b, "address") && teach_shop(&b, 600));
    for (unsigned i = 0; i < 20; i++)
        CHECK(teach(&b, "GET", "/news?id=1", "", 1 + i) &&
              teach(&b, "PUT", "/search?q=a&page=1", "", 1 + i));
    stk_profile *p = finish(&a), *q = finish(&b);
    CHECK(p != NULL && q != NULL);
    stk_auto_buf out = stk_buf_init(1 << 20);
    size_t n = stk_profile_diff(p, q, &out);
    stk_profile_free(p);
    stk_profile_free(q);
    CHECK(n >= 2 && memmem(out.ptr, out.len, "+ /news\n", 8) != NULL);
    CHECK(memmem(out.ptr, out.len, "+ /search: method PUT\n", 22) != NULL);
    return NULL;
}

static const char *hostile_files_are_refused(void)
{
    static const char *const files[] = {
        "",
        "stockade-profile 2\n",
        "stockade-profile 1\nfoo 1\n",
        "stockade-profile 1\nendpoint =/\n",
        "stockade-profile 1\nsite =\npaths =\nany =\nparameter =a\n",
        "stockade-profile 1\nsite =\npaths =\nany =\nendpoint =/a\nendpoint =/a\n",
        "stockade-profile 1\nsite =\npaths =\nany =\nendpoint =/%0\n",
        "stockade-profile 1\nsite = requests -1\n",
        "stockade-profile 1\nsite = requests 9999999999999999\n",
        "stockade-profile 1\nsite = least 5000000000\n",
        "stockade-profile 1\nsite =\n- char zz 1\n",
        "stockade-profile 1\nsite =\n",
        "stockade-profile 1\n- char 1 1\n",
        "stockade-profile 1\nsite = novel.nothing 1\n",
    };
    for (size_t i = 0; i < STK_COUNT(files); i++) {
        stk_profile *p;
        stk_error err = { 0 };
        stk_status status = stk_profile_load((stk_str){ files[i], strlen(files[i]) }, "p", &p,
                                             &err);
        if (status == STK_OK) {
            stk_profile_free(p);
            printf("# accepted: %s\n", files[i]);
        }
        CHECK(status == STK_ERR_SYNTAX && err.line != 0);
    }
    return NULL;
}

static const char *learning_does_not_depend_on_the_secret(void)
{
    stk_auto_buf first = stk_buf_init(1 << 24), second = stk_buf_init(1 << 24);
    for (unsigned i = 0; i < 2; i++) {
        stk_hash_key before = secret;
        secret = i == 0 ? before : (stk_hash_key){ 333, 444 };
        STK_CLEANUP(shop_done) shop s;
        bool fine = shop_init(&s, "address") && teach_shop(&s, 400);
        stk_profile *p = fine ? finish(&s) : NULL;
        secret = before;
        CHECK(p != NULL);
        stk_profile_save(p, i == 0 ? &first : &second);
        stk_profile_free(p);
    }
    CHECK(stk_str_eq(stk_buf_str(&first), stk_buf_str(&second)));
    return NULL;
}

static const check_test tests[] = {
    { "deviations are flagged and said", deviations_are_flagged_and_said },
    { "ordinary news is quiet", ordinary_news_is_quiet },
    { "poisoning needs clients", poisoning_needs_clients },
    { "unknown clients are one", unknown_clients_are_one },
    { "a profile survives its file", a_profile_survives_its_file },
    { "what few people typed is not in the file", what_few_people_typed_is_not_in_the_file },
    { "profiles differ by what was added", profiles_differ_by_what_was_added },
    { "hostile files are refused", hostile_files_are_refused },
    { "learning does not depend on the secret", learning_does_not_depend_on_the_secret },
};
CHECK_MAIN(tests)
