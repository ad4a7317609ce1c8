/* SPDX-License-Identifier: Apache-2.0 */
/* From counts to a profile: what enough clients support is kept, the rest only says how often the
 * new is ordinary here. */
#include "detect/profile/learn.h"

#include <stdlib.h>

/* A set of values is closed when at most this share of requests bring one of their own. */
static const double most_unsupported = 0.1;

/* A client showed something of its own in one aspect of a subject. */
typedef struct novelty {
    uint32_t subject; /* of the profile */
    stk_aspect aspect;
    uint64_t who;
} novelty;

typedef struct maker {
    const stk_profile_learner *l;
    stk_profile *p;
    uint32_t *id_of;           /* learner's subject → profile's; UINT32_MAX: not kept */
    uint32_t *chain;           /* [subjects] work space */
    const stk_seen_trait **by; /* [by_count] of kept subjects, by subject, aspect, payload */
    size_t by_count;
    stk_index novel;           /* (subject, aspect, client) that showed something of its own */
    struct novelty *novelties; /* [novelty_count] the same, to be united by subject and client */
    size_t novelty_count, novelty_room;
} maker;

static void maker_done(maker *m)
{
    free(m->id_of);
    free(m->chain);
    free(m->by);
    free(m->novelties);
    stk_index_done(&m->novel);
}

static int by_place(const void *va, const void *vb, void *id_of)
{
    const stk_seen_trait *a = *(const stk_seen_trait *const *)va;
    const stk_seen_trait *b = *(const stk_seen_trait *const *)vb;
    if (a->subject != b->subject)
        return ((uint32_t *)id_of)[a->subject] < ((uint32_t *)id_of)[b->subject] ? -1 : 1;
    if (a->aspect != b->aspect)
        return a->aspect < b->aspect ? -1 : 1;
    return a->payload < b->payload ? -1 : a->payload > b->payload;
}

static bool supported(const maker *m, const stk_witness *w)
{
    return w->clients >= m->l->config.clients;
}

static bool sort_traits(maker *m)
{
    const stk_profile_learner *l = m->l;
    size_t n = l->trait_count;
    m->by = malloc((n + 1) * sizeof *m->by);
    if (m->by == NULL)
        return false;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (m->id_of[l->traits[i].subject] != UINT32_MAX)
            m->by[kept++] = &l->traits[i];
    m->by_count = kept;
    qsort_r(m->by, kept, sizeof *m->by, by_place, m->id_of);
    return true;
}

static stk_type commonest(const stk_seen_subject *s)
{
    size_t best = 0;
    for (size_t i = 1; i < STK_TYPES; i++)
        best = s->typed[i] > s->typed[best] ? i : best;
    return (stk_type)best;
}

static bool make_subject(maker *m, uint32_t of, uint32_t parent)
{
    const stk_seen_subject *s = &m->l->subjects[of];
    if (s->kind >= STK_SUBJECT_ENDPOINT && !supported(m, &s->witness))
        return true;
    stk_subject made = {
        .kind = s->kind,
        .parent = parent,
        .name = s->name,
        .requests = s->witness.requests,
        .draws = s->draws,
        .type = commonest(s),
        .closed = s->kind == STK_SUBJECT_PARAMETER && !s->open,
    };
    made.typed = s->typed[made.type];
    m->id_of[of] = stk_profile_add_subject(m->p, &made);
    return m->id_of[of] != UINT32_MAX;
}

/* Parameters are chained latest first; they are wanted in the order of their appearance. */
static bool make_parameters(maker *m, uint32_t endpoint)
{
    size_t count = 0;
    for (uint32_t id = m->l->subjects[endpoint].child; id != UINT32_MAX;
         id = m->l->subjects[id].sibling)
        m->chain[count++] = id;
    while (count > 0)
        if (!make_subject(m, m->chain[--count], m->id_of[endpoint]))
            return false;
    return true;
}

static bool make_subjects(maker *m)
{
    const stk_profile_learner *l = m->l;
    m->id_of = malloc((l->subject_count + 1) * sizeof *m->id_of);
    m->chain = malloc((l->subject_count + 1) * sizeof *m->chain);
    if (m->id_of == NULL || m->chain == NULL)
        return false;
    for (size_t i = 0; i < l->subject_count; i++)
        m->id_of[i] = UINT32_MAX;
    for (uint32_t i = 0; i < l->subject_count; i++) {
        const stk_seen_subject *s = &l->subjects[i];
        bool folder = s->kind == STK_SUBJECT_PATHS && i != STK_PATHS;
        if (folder || s->kind == STK_SUBJECT_PARAMETER)
            continue;
        if (!make_subject(m, i, STK_SITE) || (s->kind == STK_SUBJECT_ENDPOINT &&
                                              m->id_of[i] != UINT32_MAX && !make_parameters(m, i)))
            return false;
    }
    return true;
}

static bool note_novelty(maker *m, uint32_t subject, stk_aspect aspect, uint64_t who)
{
    if (m->novelty_count == m->novelty_room) {
        size_t room = m->novelty_room == 0 ? 256 : 2 * m->novelty_room;
        novelty *more = realloc(m->novelties, room * sizeof *more);
        if (more == NULL)
            return false;
        m->novelties = more;
        m->novelty_room = room;
    }
    m->novelties[m->novelty_count++] = (novelty){ subject, aspect, who };
    return true;
}

/* A trait that one draw alone showed, or too few clients: somebody brought something new. Each
 * client counts once an aspect, so that nobody can make novelty look ordinary on his own. */
static bool count_novel(maker *m, const stk_seen_trait *t, uint32_t subject)
{
    if (t->draws != 1 && supported(m, &t->witness))
        return true;
    /* Without clients, or where each is seen once, draws take their place. */
    uint64_t who = m->l->all_differ ? t->first_draw : t->witness.client[0];
    uint64_t key = stk_mix64(who ^ stk_mix64((uint64_t)t->subject << 8 | t->aspect)) ^
                   m->l->secret.k0;
    if (stk_index_get(&m->novel, key) != UINT32_MAX)
        return true;
    m->p->subjects[subject].novel[t->aspect]++;
    return stk_index_put(&m->novel, key, 0) && note_novelty(m, subject, (stk_aspect)t->aspect, who);
}

static int by_who(const void *va, const void *vb)
{
    const novelty *a = va, *b = vb;
    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    return a->who < b->who ? -1 : a->who > b->who;
}

/* The aspects of one value are looked at together, so what matters is how often any aspect as rare
 * as this one shows something new (the step-down of Westfall and Young, 1993): each draw counts at
 * its rarest aspect, and at all that are less rare. LENGTH has a tail of its own. */
static void unite_novelties(maker *m)
{
    if (m->novelty_count == 0)
        return;
    qsort(m->novelties, m->novelty_count, sizeof *m->novelties, by_who);
    for (size_t i = 0, end; i < m->novelty_count; i = end) {
        stk_subject *s = &m->p->subjects[m->novelties[i].subject];
        uint32_t united[STK_ASPECT_COUNT_] = { 0 };
        for (end = i;
             end < m->novelty_count && m->novelties[end].subject == m->novelties[i].subject;) {
            size_t first = end;
            uint32_t rarest = UINT32_MAX;
            for (; end < m->novelty_count && by_who(&m->novelties[first], &m->novelties[end]) == 0;
                 end++) {
                uint32_t n = s->novel[m->novelties[end].aspect];
                if (m->novelties[end].aspect != STK_ASPECT_LENGTH && n < rarest)
                    rarest = n;
            }
            for (int a = STK_ASPECT_SHAPE; a <= STK_ASPECT_PLACE; a++)
                united[a] += a != STK_ASPECT_LENGTH && s->novel[a] >= rarest;
        }
        bool values = s->kind == STK_SUBJECT_PARAMETER || s->kind == STK_SUBJECT_ANY;
        for (int a = STK_ASPECT_SHAPE; a <= STK_ASPECT_PLACE && values; a++)
            if (a != STK_ASPECT_LENGTH)
                s->novel[a] = united[a];
    }
}

static bool keep(maker *m, const stk_seen_trait *t, uint32_t subject)
{
    stk_learned learned = {
        .subject = subject,
        .aspect = (stk_aspect)t->aspect,
        .payload = t->payload,
        .text = t->text,
        .requests = t->witness.requests,
    };
    return stk_profile_add_learned(m->p, &learned);
}

/* by[from..to) are the values of one parameter. */
static bool make_values(maker *m, size_t from, size_t to, uint32_t subject)
{
    stk_subject *s = &m->p->subjects[subject];
    for (size_t i = from; i < to; i++) {
        const stk_witness *w = &m->by[i]->witness;
        s->values += supported(m, w);
        if (w->clients <= 2 * m->l->config.clients) /* half as long a look would have missed it */
            s->unsupported += w->requests;
    }
    s->closed = s->closed && s->values != 0 &&
                (double)s->unsupported <= most_unsupported * (double)s->requests;
    if (!s->closed)
        s->values = 0, s->unsupported = 0;
    for (size_t i = from; i < to && s->closed; i++)
        if (supported(m, &m->by[i]->witness) && !keep(m, m->by[i], subject))
            return false;
    return true;
}

/* Add the clients of `more` to `all`; true when they are enough. */
static bool gather(const maker *m, stk_witness *all, const stk_witness *more)
{
    for (size_t i = 0; i < more->clients; i++)
        stk_witness_add(all, more->client[i]);
    return supported(m, all);
}

/* by[from..to) are the lengths of one subject's values, shortest first. The longest counts as
 * ordinary that enough clients reached or passed, and so the shortest. */
static void make_lengths(maker *m, size_t from, size_t to, stk_subject *s)
{
    uint64_t all = 0, below = 0;
    size_t least = from, most = to;
    stk_witness low = { .clients = 0 }, high = { .clients = 0 };
    for (size_t i = from; i < to; i++)
        all += m->by[i]->draws;
    while (least < to && !gather(m, &low, &m->by[least]->witness))
        least++;
    do
        most--;
    while (most > from && !gather(m, &high, &m->by[most]->witness));
    if (least == to || most < least)
        return;
    s->least = stk_length_least((uint32_t)m->by[least]->payload);
    s->most = stk_length_least((uint32_t)m->by[most]->payload + 1) - 1;
    double excess = 0, counted = 0;
    uint32_t start = UINT32_MAX;
    for (size_t i = from; i < to; below += m->by[i]->draws, i++) {
        uint32_t length = stk_length_least((uint32_t)m->by[i]->payload);
        if (i > most)
            s->beyond += m->by[i]->draws;
        if (10 * below < 9 * all)
            continue;
        start = start == UINT32_MAX ? length : start;
        excess += (double)(length - start) * m->by[i]->draws;
        counted += m->by[i]->draws;
    }
    s->tail_milli = counted == 0 ? 0 : (uint32_t)(1000 * excess / counted);
}

static bool make_traits(maker *m)
{
    size_t n = m->by_count;
    for (size_t i = 0, end; i < n; i = end) {
        const stk_seen_trait *t = m->by[i];
        for (end = i + 1;
             end < n && m->by[end]->subject == t->subject && m->by[end]->aspect == t->aspect;)
            end++;
        uint32_t id = m->id_of[t->subject];
        stk_subject *s = &m->p->subjects[id];
        if (t->aspect == STK_ASPECT_LENGTH)
            make_lengths(m, i, end, s);
        if (t->aspect == STK_ASPECT_VALUE) {
            if (!make_values(m, i, end, id))
                return false;
            continue;
        }
        for (size_t k = i; k < end; k++)
            if (!count_novel(m, m->by[k], id) ||
                (t->aspect != STK_ASPECT_LENGTH && supported(m, &m->by[k]->witness) &&
                 !keep(m, m->by[k], id)))
                return false;
    }
    return true;
}

/* A site that still grew in the second half of what was learned will go on growing. */
static void count_late_endpoints(maker *m)
{
    uint32_t late = 0;
    for (size_t i = 0; i < m->l->subject_count; i++)
        late += m->l->subjects[i].kind == STK_SUBJECT_ENDPOINT && m->id_of[i] != UINT32_MAX &&
                m->l->subjects[i].since > m->l->units / 2;
    uint32_t *novel = &m->p->subjects[STK_SITE].novel[STK_ASPECT_PATH];
    *novel = *novel > 2 * late ? *novel : 2 * late;
}

/* Traits of a table that ran full are unknown, not new: such subjects are not judged by them. */
static void forgive_overflow(maker *m)
{
    if (m->l->trait_count < (size_t)m->l->config.traits)
        return;
    for (size_t i = 0; i < m->p->subject_count; i++)
        for (int a = STK_ASPECT_SHAPE; a < STK_ASPECT_COUNT_; a++)
            m->p->subjects[i].novel[a] = (uint32_t)(m->p->subjects[i].draws & UINT32_MAX);
}

static bool copy_origin(maker *m)
{
    stk_profile *p = m->p;
    const stk_profile_learner *l = m->l;
    p->format = stk_arena_copy(p->arena, l->format);
    p->client = stk_arena_copy(p->arena, l->client);
    p->fingerprint = l->fingerprint;
    p->units = l->units;
    p->skipped = l->skipped;
    p->first_at = l->first_at;
    p->last_at = l->last_at;
    for (size_t i = 0; i < stk_profile_spec_count; i++)
        p->option[i] = *(const int64_t *)(const void *)((const char *)&l->config +
                                                        stk_profile_spec[i].offset);
    return p->format.ptr != NULL && p->client.ptr != NULL;
}

stk_status stk_profile_learner_finish(stk_profile_learner *l, stk_profile **ret, stk_error *err)
{
    STK_CLEANUP(maker_done) maker m = { .l = l, .p = stk_profile_new() };
    if (m.p == NULL || !copy_origin(&m) || !make_subjects(&m) || !sort_traits(&m) ||
        !make_traits(&m)) {
        stk_profile_free(m.p);
        return stk_fail(err, STK_ERR_MEMORY, "no memory to make a profile");
    }
    if (m.p->subject_count != 0) {
        unite_novelties(&m);
        count_late_endpoints(&m);
        forgive_overflow(&m);
    }
    stk_profile_weigh(m.p);
    *ret = m.p;
    return STK_OK;
}
