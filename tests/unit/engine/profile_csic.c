/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint profiles on CSIC 2010, a third of the distinct normal contents held out in turn: the
 * figures of docs/detectors/profile.md. Nothing anomalous is learned or tuned on; the bounds here
 * are below the goals, so that the test fails when something breaks and not when a coin falls.
 *
 *   test_engine_profile_csic          the table
 *   test_engine_profile_csic -v FOLD  and each miss and false alarm of one fold, or of `thin` */
#include "check.h"
#include "detect/profile.h"
#include "model/decoder.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

enum { FOLDS = 3, MOST_UNITS = 40000 };
static const char *verbose_fold;

typedef struct unit {
    stk_str bytes;
    uint64_t content; /* path and arguments, whatever the method */
    unsigned fold;
} unit;

typedef struct traffic {
    stk_buf bytes;
    unit *units;
    size_t count;
    const stk_decoder *decoder;
    void *self;
    stk_arena *life;
} traffic;

static stk_hash_key secret = { 1, 2 };

static uint64_t sha1_of(stk_str path, stk_str args, unsigned *fold)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_DigestInit_ex(ctx, EVP_sha1(), NULL);
    EVP_DigestUpdate(ctx, path.ptr, path.len);
    EVP_DigestUpdate(ctx, "?", 1);
    EVP_DigestUpdate(ctx, args.ptr, args.len);
    EVP_DigestFinal_ex(ctx, sum, &n);
    EVP_MD_CTX_free(ctx);
    uint64_t v;
    memcpy(&v, sum, sizeof v);
    unsigned rest = 0;
    for (unsigned i = 0; i < n; i++)
        rest = (rest * 256 + sum[i]) % FOLDS;
    *fold = rest;
    return v;
}

static void content_of(const stk_http *http, unit *u)
{
    stk_str target = http->target.raw, args = http->body.raw;
    const char *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    stk_str path = { target.ptr, mark == NULL ? target.len : (size_t)(mark - target.ptr) };
    if (args.len == 0 && mark != NULL)
        args = (stk_str){ mark + 1, target.len - path.len - 1 };
    u->content = sha1_of(path, args, &u->fold);
}

/* Decode and take apart; what is made lives in `arena`. */
static bool take(const traffic *t, stk_str bytes, stk_arena *arena, stk_event *event,
                 stk_carried *carried, stk_unit *out)
{
    if (t->decoder->decode(t->self, bytes, arena, event, NULL) != STK_OK ||
        stk_carry(&event->u.http, arena, carried) != STK_OK)
        return false;
    *out = (stk_unit){ .event = event, .carried = carried, .arena = arena };
    stk_str session = event->u.http.session.raw;
    out->client_known = session.len != 0;
    out->client = stk_key_of(&secret, STK_KEY_SESSION, session);
    return true;
}

static bool read_file(const char *path, stk_buf *out)
{
    gzFile file = gzopen(path, "rb");
    if (file == NULL)
        return false;
    char block[16384];
    int n;
    while ((n = gzread(file, block, sizeof block)) > 0)
        stk_buf_add(out, (stk_str){ block, (size_t)n });
    gzclose(file);
    return n == 0 && !out->failed;
}

static bool load(traffic *t, const char *name, const char *client)
{
    const char *root = getenv("STOCKADE_DATA");
    char path[1024];
    snprintf(path, sizeof path, "%s/web/csic2010/%s", root == NULL ? "../shared/data" : root, name);
    t->bytes = stk_buf_init(64 << 20);
    t->units = calloc(MOST_UNITS, sizeof *t->units);
    t->life = stk_arena_new(1 << 20);
    if (!read_file(path, &t->bytes) || t->units == NULL)
        return false;
    stk_decoder_setup setup = { 0 };
    if (stk_client_rule_parse((stk_str){ client, strlen(client) }, &setup.client, NULL) != STK_OK)
        return false;
    t->decoder = stk_decoder_named(STK_S("http1"));
    if (t->decoder->open(&setup, t->life, &t->self, NULL) != STK_OK)
        return false;
    stk_auto_arena *arena = stk_arena_new(8 << 20);
    size_t n = 0;
    for (size_t at = 0; at < t->bytes.len && t->count < MOST_UNITS; at += n) {
        stk_str rest = { t->bytes.ptr + at, t->bytes.len - at };
        if (t->decoder->frame(t->self, rest, true, &n) != STK_FRAME_UNIT)
            continue;
        unit *u = &t->units[t->count++];
        u->bytes = (stk_str){ rest.ptr, n };
        stk_event event;
        stk_carried carried;
        stk_unit seen;
        if (take(t, u->bytes, arena, &event, &carried, &seen))
            content_of(&event.u.http, u);
        stk_arena_reset(arena);
    }
    return t->count != 0;
}

static void unload(traffic *t)
{
    stk_buf_done(&t->bytes);
    free(t->units);
    stk_arena_free(t->life);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Learn from the units outside of `fold` (all of them when it is FOLDS), at most `most`. */
static stk_profile *learn(const traffic *t, unsigned fold, size_t most, const char *client)
{
    stk_profile_learner *learner;
    stk_profile *profile = NULL;
    stk_profile_origin origin = { STK_S("http1"), { client, strlen(client) }, 0 };
    if (stk_profile_learner_new(&origin, NULL, &secret, &learner, NULL) != STK_OK)
        return NULL;
    stk_auto_arena *arena = stk_arena_new(8 << 20);
    for (size_t i = 0; i < t->count && most != 0; i++) {
        stk_event event;
        stk_carried carried;
        stk_unit seen;
        if (t->units[i].fold == fold || !take(t, t->units[i].bytes, arena, &event, &carried, &seen))
            continue;
        most--;
        if (stk_profile_learner_add(learner, &seen, NULL) != STK_OK)
            break;
        stk_arena_reset(arena);
    }
    if (stk_profile_learner_finish(learner, &profile, NULL) != STK_OK)
        profile = NULL;
    stk_profile_learner_free(learner);
    return profile;
}

typedef struct judged {
    size_t contents, flagged, units, units_flagged;
    double judge_us;
} judged;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void tell(const traffic *t, const stk_unit *u, const stk_findings *f, const char *what)
{
    (void)t;
    stk_auto_buf out = stk_buf_init(1 << 16);
    if (f->count != 0)
        stk_reason_render(&f->item[0].reason, STK_EN, true, &out);
    const stk_http *h = &u->event->u.http;
    printf("# %s %.2f [%" STK_SFMT "] %" STK_SFMT " %" STK_SFMT " | %" STK_SFMT "\n", what,
           f->count == 0 ? 0.0 : f->item[0].confidence, STK_SARG(stk_buf_str(&out)),
           STK_SARG(h->method), STK_SARG(h->target.raw), STK_SARG(h->body.raw));
}

/* Judge the distinct (content, method) of units of `fold` (any when FOLDS) that are not among the
 * learned contents; a content is flagged when any of its methods' units is. */
static judged judge(const traffic *t, unsigned fold, const uint64_t *learned, size_t learned_count,
                    const stk_profile *profile, bool normal)
{
    judged r = { 0 };
    const stk_detector *d = stk_detector_named(STK_S("profile"));
    stk_detector_setup setup = { .secret = secret, .profile = profile };
    char config[256];
    stk_spec_defaults(d->spec, d->spec_count, config);
    void *self, *scratch;
    if (d->open(&setup, config, &self, NULL) != STK_OK ||
        d->scratch_new(self, &scratch, NULL) != STK_OK)
        return r;
    uint64_t *seen = calloc(MOST_UNITS, sizeof *seen), *hit = calloc(MOST_UNITS, sizeof *hit);
    stk_auto_arena *arena = stk_arena_new(8 << 20);
    bool loud = verbose_fold != NULL;
    size_t hits = 0;
    double spent = 0;
    for (size_t i = 0; i < t->count; i++) {
        const unit *u = &t->units[i];
        if ((fold != FOLDS && u->fold != fold) ||
            (learned_count != 0 &&
             bsearch(&u->content, learned, learned_count, sizeof *learned, by_number) != NULL))
            continue;
        stk_event event;
        stk_carried carried;
        stk_unit unit_;
        if (!take(t, u->bytes, arena, &event, &carried, &unit_))
            continue;
        stk_findings found;
        found.count = found.dropped = 0;
        double before = now_us();
        d->judge(self, scratch, &unit_, &found);
        spent += now_us() - before;
        bool flagged = false;
        for (size_t k = 0; k < found.count; k++)
            flagged |= found.item[k].of_unit && found.item[k].confidence >= 0.5;
        if (loud && flagged == normal)
            tell(t, &unit_, &found, normal ? "FALSE" : "MISS");
        seen[r.units++] = u->content;
        r.units_flagged += flagged;
        if (flagged)
            hit[hits++] = u->content;
        stk_arena_reset(arena);
    }
    qsort(seen, r.units, sizeof *seen, by_number);
    qsort(hit, hits, sizeof *hit, by_number);
    for (size_t i = 0; i < r.units; i++)
        r.contents += i == 0 || seen[i] != seen[i - 1];
    for (size_t i = 0; i < hits; i++)
        r.flagged += i == 0 || hit[i] != hit[i - 1];
    r.judge_us = spent / (double)(r.units == 0 ? 1 : r.units);
    free(seen);
    free(hit);
    d->scratch_free(scratch);
    d->close(self);
    return r;
}

static traffic normal, anomalous;

static size_t learned_contents(unsigned fold, uint64_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < normal.count; i++)
        if (normal.units[i].fold != fold)
            out[n++] = normal.units[i].content;
    qsort(out, n, sizeof *out, by_number);
    return n;
}

static const char *contents_not_learned(void)
{
    static uint64_t learned[MOST_UNITS];
    judged all_n = { 0 }, all_a = { 0 };
    for (unsigned fold = 0; fold < FOLDS; fold++) {
        if (verbose_fold != NULL && (unsigned)atoi(verbose_fold) != fold)
            continue;
        stk_profile *p = learn(&normal, fold, SIZE_MAX, "cookie:JSESSIONID");
        CHECK(p != NULL);
        size_t count = learned_contents(fold, learned);
        judged n = judge(&normal, fold, learned, count, p, true);
        judged a = judge(&anomalous, FOLDS, learned, count, p, false);
        stk_profile_free(p);
        printf("# fold %u: normal %zu of %zu contents flagged (%.3f %%), anomalous %zu of %zu "
               "(%.2f %%), judge %.2f us\n",
               fold, n.flagged, n.contents, 100.0 * (double)n.flagged / (double)n.contents,
               a.flagged, a.contents, 100.0 * (double)a.flagged / (double)a.contents, n.judge_us);
        all_n.contents += n.contents;
        all_n.flagged += n.flagged;
        all_a.contents += a.contents;
        all_a.flagged += a.flagged;
    }
    double false_share = (double)all_n.flagged / (double)all_n.contents;
    double recall = (double)all_a.flagged / (double)all_a.contents;
    printf("# all: false %.3f %%, recall %.2f %%\n", 100 * false_share, 100 * recall);
    CHECK(verbose_fold != NULL || false_share <= 0.003);
    CHECK(verbose_fold != NULL || recall >= 0.96);
    return NULL;
}

/* Two hundred requests teach little, and the profile must know it. */
static const char *thin_data_does_not_shout(void)
{
    stk_profile *p = learn(&normal, FOLDS, 200, "cookie:JSESSIONID");
    CHECK(p != NULL);
    judged n = judge(&normal, FOLDS, NULL, 0, p, true);
    judged a = judge(&anomalous, FOLDS, NULL, 0, p, false);
    printf("# 200 requests learned: normal %.3f %% of contents flagged, anomalous %.1f %%\n",
           100.0 * (double)n.flagged / (double)n.contents,
           100.0 * (double)a.flagged / (double)a.contents);
    stk_profile_free(p);
    CHECK((double)n.flagged <= 0.01 * (double)n.contents);
    return NULL;
}

/* Even of what it learned from, a request that fewer than three clients resemble may deviate. */
static const char *what_was_learned_is_ordinary(void)
{
    stk_profile *p = learn(&normal, FOLDS, SIZE_MAX, "none");
    CHECK(p != NULL);
    judged n = judge(&normal, FOLDS, NULL, 0, p, true);
    stk_profile_free(p);
    printf(
        "# all %zu requests, learned and judged: %zu flagged, %.3f us a request (the clock's own "
        "time included)\n",
        n.units, n.units_flagged, n.judge_us);
    CHECK(n.units_flagged * 1000 <= n.units);
    return NULL;
}

static const check_test tests[] = {
    { "contents not learned", contents_not_learned },
    { "thin data does not shout", thin_data_does_not_shout },
    { "what was learned is ordinary", what_was_learned_is_ordinary },
};

int main(int argc, char **argv)
{
    if (!load(&normal, "normalTrafficTraining.txt.gz", "cookie:JSESSIONID") ||
        !load(&anomalous, "anomalous_dev40.txt.gz", "cookie:JSESSIONID")) {
        printf("SKIPPED: no CSIC 2010 under STOCKADE_DATA\n");
        return getenv("CI") != NULL ? 1 : 77;
    }
    verbose_fold = argc > 2 ? argv[2] : NULL;
    bool thin = verbose_fold != NULL && strcmp(verbose_fold, "thin") == 0;
    int failed = check_main(tests + thin, verbose_fold != NULL ? 1 : STK_COUNT(tests));
    unload(&normal);
    unload(&anomalous);
    return failed;
}
