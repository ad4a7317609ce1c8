/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring a request against a profile.
 *
 * Aspects of one value depend on each other, so the strongest speaks and further new signs add
 * little. Parameters of one request are near to independent, so their surprises add up, less what
 * it costs to have looked at so many. */
#include "detect/profile/judge.h"

#include <math.h>
#include <string.h>

static const double least_told = 0.5; /* weaker is not worth a look-up */
static const double each_further_sign = 0.4;
static const double plain_new_value = 2;  /* a new value that looks like the others: new goods */
static const double plain_new_page = 2.3; /* a new page that looks like the others, once learned */
static const double elsewhere_known = 1;  /* a parameter that other endpoints have */
static const double nearly_all = 0.9;
static const double most_from_draws =
    1.3;                               /* times log10 of how much was seen: little proves little */
static const double least_weighed = 1; /* weaker alone never matters */
enum { MOST_SIGNS = 5, FEW_VALUES = 8 };

#define BIT(c) (UINT64_C(1) << (c))
/* Signs that mean something to SQL, markup, shells, templates or paths: new ones in a place where
 * people write text are what attacks are made of; new letters and word orders are not. */
static bool is_loaded(unsigned c)
{
    return c == STK_CLASS_CONTROL ||
           (c >= STK_CLASS_SIGNS &&
            strchr("\"#$%&'()*;<=>\\`{|}", stk_class_name((stk_class)c)[0]) != NULL);
}

/* How much likelier an attack shows this than an accident does, given that something is new. */
static stk_load load_of(const stk_trait *t)
{
    unsigned left = (unsigned)(t->payload >> 8) & 0xff, right = (unsigned)t->payload & 0xff;
    switch (t->aspect) {
    case STK_ASPECT_CHAR:
        return is_loaded(right)           ? STK_LOAD_ATTACK
               : right >= STK_CLASS_BREAK ? STK_LOAD_SIGN
                                          : STK_LOAD_NONE;
    case STK_ASPECT_PAIR:
        return left >= STK_CLASS_SIGNS && right >= STK_CLASS_SIGNS &&
                       (is_loaded(left) || is_loaded(right))
                   ? STK_LOAD_ATTACK
                   : STK_LOAD_NONE;
    case STK_ASPECT_MET:
        return t->payload != (uint64_t)__builtin_ctz(STK_MET_CUT) &&
                       t->payload != (uint64_t)__builtin_ctz(STK_MET_FULLWIDTH)
                   ? STK_LOAD_ATTACK
                   : STK_LOAD_NONE;
    case STK_ASPECT_TYPE:
        return STK_LOAD_EVEN;
    default:
        return STK_LOAD_NONE;
    }
}

static stk_deviation *add(stk_judgement *j, const stk_deviation *d)
{
    if (d->surprise < least_told)
        return NULL;
    size_t at = j->count < STK_DEVIATIONS ? j->count++ : STK_DEVIATIONS - 1;
    if (at == STK_DEVIATIONS - 1 && j->count == STK_DEVIATIONS &&
        j->item[at].surprise >= d->surprise)
        return NULL;
    for (; at > 0 && j->item[at - 1].surprise < d->surprise; at--)
        j->item[at] = j->item[at - 1];
    j->item[at] = *d;
    return &j->item[at];
}

static bool is_new(const stk_profile *p, uint32_t subject, stk_aspect aspect, uint64_t payload)
{
    return p->subjects[subject].surprise[aspect] >= least_told &&
           !stk_profile_knows(p, subject, aspect, payload);
}

static void consider(stk_deviation *d, stk_aspect aspect, double surprise)
{
    if (surprise < least_told)
        return;
    d->aspects |= 1u << aspect;
    if (surprise > d->surprise) {
        d->surprise = surprise;
        d->aspect = aspect;
    }
}

/* Is this "twice or more" of a sign that nearly every value has just once, as an address its '@'?
 */
static bool is_fixture(const stk_profile *p, uint32_t subject, uint64_t count)
{
    uint32_t at = stk_index_get(&p->index, stk_trait_key(subject, STK_ASPECT_CHAR, count >> 8));
    return (count & 0xff) == 2 && at != UINT32_MAX && at < p->learned_count &&
           (double)p->learned[at].requests >= nearly_all * (double)p->subjects[subject].requests;
}

static void consider_traits(const stk_profile *p, const stk_traits *t, stk_deviation *d)
{
    const stk_subject *s = &p->subjects[d->subject];
    bool ordered = s->closed || stk_subject_is_regular(s);
    for (size_t i = 0; i < t->count; i++) {
        stk_aspect a = t->item[i].aspect;
        if (a == STK_ASPECT_LENGTH || !is_new(p, d->subject, a, t->item[i].payload))
            continue;
        consider(d, a, s->surprise[a]);
        stk_load load = load_of(&t->item[i]);
        if (a == STK_ASPECT_COUNT && is_fixture(p, d->subject, t->item[i].payload))
            load = STK_LOAD_EVEN;
        if ((a == STK_ASPECT_TYPE || a == STK_ASPECT_CHAR) && load < STK_LOAD_SIGN && ordered)
            load = STK_LOAD_SIGN; /* another kind of value where all are numbers, codes or known */
        d->load = load > d->load ? load : d->load;
        if (a == STK_ASPECT_CHAR)
            d->chars |= BIT(t->item[i].payload);
    }
    consider(d, STK_ASPECT_LENGTH, stk_length_surprise(s, t->length));
}

/* From how rare this is in one parameter to what it means in a request. */
static void weigh_signs(const stk_profile *p, const stk_subject *s, uint32_t endpoint,
                        stk_deviation *d)
{
    int signs = __builtin_popcountll(d->chars);
    if (endpoint != UINT32_MAX && d->surprise >= least_weighed)
        d->surprise = stk_endpoint_looks(p, endpoint, d->aspect, d->surprise);
    static const double odds[] = {
        [STK_LOAD_NONE] = -1, [STK_LOAD_EVEN] = 0, [STK_LOAD_SIGN] = 0.5, [STK_LOAD_ATTACK] = 1
    };
    bool free_text = !s->closed && !stk_subject_is_regular(s);
    d->surprise += d->load != STK_LOAD_NONE || free_text ? odds[d->load] : 0;
    if (signs > 1)
        d->surprise += each_further_sign * ((signs < MOST_SIGNS ? signs : MOST_SIGNS) - 1);
    double known = log10((double)(s->kind == STK_SUBJECT_ANY ? s->draws : s->requests) + 1);
    known *= most_from_draws;
    d->surprise = d->surprise > known ? known : d->surprise;
}

static void judge_value(const stk_profile *p, stk_judge_scratch *k, const stk_asked_parameter *q,
                        uint32_t subject)
{
    const stk_subject *s = &p->subjects[subject];
    stk_deviation d = { .subject = subject, .parameter = q };
    bool known = s->closed && stk_profile_knows(p, subject, STK_ASPECT_VALUE,
                                                stk_text_payload(q->value->once.raw));
    if (known)
        return;
    stk_traits_of(q->value, k->asked.with_body, &k->traits);
    consider_traits(p, &k->traits, &d);
    if (d.aspects != 0)
        weigh_signs(p, s, k->judgement.endpoint, &d);
    if (s->closed && d.aspects == 0) {
        double w = s->surprise[STK_ASPECT_VALUE];
        bool few = s->values <= FEW_VALUES && s->type != STK_TYPE_INTEGER &&
                   s->type != STK_TYPE_DECIMAL;
        consider(&d, STK_ASPECT_VALUE, few || w < plain_new_value ? w : plain_new_value);
    }
    add(&k->judgement, &d);
}

static void judge_parameters(const stk_profile *p, stk_judge_scratch *k, uint32_t endpoint)
{
    const stk_asked *a = &k->asked;
    uint64_t order = 0;
    uint32_t odd = 0;
    for (size_t i = 0; i < a->count; i++) {
        const stk_asked_parameter *q = &a->parameter[i];
        uint32_t id = stk_profile_find(p, endpoint, q->hash);
        if (id == UINT32_MAX) {
            bool elsewhere = stk_profile_knows(p, STK_ANY, STK_ASPECT_NAME, q->hash);
            stk_deviation d = { .subject = endpoint, .parameter = q, .aspect = STK_ASPECT_NAME };
            consider(&d, STK_ASPECT_NAME,
                     p->subjects[endpoint].surprise[STK_ASPECT_NAME] - elsewhere * elsewhere_known);
            add(&k->judgement, &d);
            odd++;
            judge_value(p, k, q, STK_ANY);
            continue;
        }
        bool again = k->stamp[id] == k->now;
        if (!again)
            order = stk_mix64(order ^ q->hash);
        k->stamp[id] = k->now;
        if (again && is_new(p, endpoint, STK_ASPECT_REPEAT, q->hash)) {
            stk_deviation d = { .subject = endpoint, .parameter = q };
            consider(&d, STK_ASPECT_REPEAT, p->subjects[endpoint].surprise[STK_ASPECT_REPEAT]);
            add(&k->judgement, &d);
            odd++;
        }
        judge_value(p, k, q, id);
    }
    uint32_t id = p->subjects[endpoint].child;
    for (size_t i = 0; i < STK_CHILDREN && id != UINT32_MAX; i++) {
        const stk_subject *s = &p->subjects[id];
        if (k->stamp[id] != k->now &&
            is_new(p, endpoint, STK_ASPECT_ABSENT, stk_text_payload(s->name))) {
            stk_deviation d = { .subject = endpoint, .name = s->name };
            consider(&d, STK_ASPECT_ABSENT, p->subjects[endpoint].surprise[STK_ASPECT_ABSENT]);
            add(&k->judgement, &d);
            odd++;
        }
        id = s->sibling;
    }
    if (odd == 0 && is_new(p, endpoint, STK_ASPECT_ORDER, order)) {
        stk_deviation d = { .subject = endpoint };
        consider(&d, STK_ASPECT_ORDER, p->subjects[endpoint].surprise[STK_ASPECT_ORDER]);
        add(&k->judgement, &d);
    }
}

static void judge_head(const stk_profile *p, stk_judge_scratch *k, uint32_t endpoint)
{
    const stk_asked *a = &k->asked;
    uint64_t method = stk_text_payload(a->method);
    stk_deviation d = { .subject = endpoint };
    if (endpoint != STK_SITE && is_new(p, endpoint, STK_ASPECT_METHOD, method))
        consider(&d, STK_ASPECT_METHOD, p->subjects[endpoint].surprise[STK_ASPECT_METHOD]);
    if (is_new(p, STK_SITE, STK_ASPECT_METHOD, method))
        consider(&d, STK_ASPECT_METHOD, p->subjects[STK_SITE].surprise[STK_ASPECT_METHOD]);
    add(&k->judgement, &d);
    if (endpoint == STK_SITE || !is_new(p, endpoint, STK_ASPECT_MEDIA, stk_text_payload(a->media)))
        return;
    stk_deviation m = { .subject = endpoint };
    consider(&m, STK_ASPECT_MEDIA, p->subjects[endpoint].surprise[STK_ASPECT_MEDIA]);
    add(&k->judgement, &m);
}

/* A page never asked for. By itself that is what a living shop has every day; a folder, an
 * extension or a kind of name that it never had beside it is not, and these count given the new
 * page. */
static void judge_path(const stk_profile *p, stk_judge_scratch *k)
{
    stk_str path = k->asked.endpoint;
    char stem[STK_STEM_BYTES];
    const struct {
        stk_aspect aspect;
        stk_str text;
    } looks[] = {
        { STK_ASPECT_FOLDER, stk_asked_folder(path) },
        { STK_ASPECT_SUFFIX, stk_asked_suffix(path) },
        { STK_ASPECT_STEM, stk_asked_stem(path, stem) },
    };
    stk_deviation look = { .subject = STK_PATHS }, d = { .subject = STK_SITE };
    size_t looked = stk_asked_is_static(looks[1].text) ? 1 : STK_COUNT(looks);
    for (size_t i = 0; i < looked; i++)
        if (is_new(p, STK_PATHS, looks[i].aspect, stk_text_payload(looks[i].text)))
            consider(&look, looks[i].aspect, p->subjects[STK_PATHS].surprise[looks[i].aspect]);
    double page = p->subjects[STK_SITE].surprise[STK_ASPECT_PATH];
    consider(&d, STK_ASPECT_PATH, page < plain_new_page ? page : plain_new_page);
    if (d.aspects == 0)
        return;
    if (look.aspects != 0) {
        d.aspect = look.aspect;
        d.aspects |= look.aspects;
        d.surprise += look.surprise;
    }
    add(&k->judgement, &d);
}

static uint32_t endpoint_of(const stk_profile *p, const stk_asked *a)
{
    uint32_t id = stk_profile_find(p, STK_SITE, a->hash);
    char any[STK_ENDPOINT_BYTES];
    if (id == UINT32_MAX)
        id = stk_profile_find(p, STK_SITE, stk_text_payload(stk_asked_any(a->endpoint, any)));
    return id;
}

bool stk_profile_judge(const stk_profile *p, const stk_unit *unit, stk_judge_scratch *k)
{
    stk_judgement *j = &k->judgement;
    j->count = 0;
    j->surprise = 0;
    if (p->subject_count < STK_SUBJECTS_FIRST || !stk_asked_of(unit, &k->asked))
        return false;
    k->now++;
    j->endpoint = endpoint_of(p, &k->asked);
    if (j->endpoint == UINT32_MAX) {
        judge_path(p, k);
        judge_head(p, k, STK_SITE);
        for (size_t i = 0; i < k->asked.count; i++)
            judge_value(p, k, &k->asked.parameter[i], STK_ANY);
    } else {
        judge_head(p, k, j->endpoint);
        judge_parameters(p, k, j->endpoint);
    }
    double looks = log10((double)k->asked.count + 3);
    for (size_t i = 0; i < j->count; i++) {
        double s = i == 0 ? j->item[i].surprise : j->item[i].surprise - looks;
        j->surprise += s > 0 ? s : 0;
    }
    return j->count != 0;
}
