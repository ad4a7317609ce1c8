/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping what was learned, and weighing how surprising its absence is. */
#include "detect/profile/data.h"

#include <math.h>
#include <stdlib.h>

enum { SUBJECT_SALT = 200 }; /* beside all aspects: names of subjects in the same index */

/* A draw that never happened counts as half a one (Jeffreys); so many draws at least
 * before an aspect says how often others like it surprise. */
static const double half = 0.5;
static const double most_surprise = 6;
enum { DRAWS_TO_COUNT = 30 };

stk_profile *stk_profile_new(void)
{
    stk_profile *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->arena = stk_arena_new(STK_PROFILE_ARENA);
    p->first_at = p->last_at = STK_TIME_NONE;
    if (p->arena == NULL) {
        free(p);
        return NULL;
    }
    return p;
}

void stk_profile_free(stk_profile *p)
{
    if (p == NULL)
        return;
    stk_arena_free(p->arena);
    stk_index_done(&p->index);
    free(p->subjects);
    free(p->learned);
    free(p);
}

static uint64_t subject_key(uint32_t parent, uint64_t name_payload)
{
    return stk_mix64(name_payload ^ stk_mix64((uint64_t)parent << 8 | SUBJECT_SALT));
}

uint32_t stk_profile_find(const stk_profile *p, uint32_t parent, uint64_t name_payload)
{
    return stk_index_get(&p->index, subject_key(parent, name_payload));
}

uint32_t stk_profile_add_subject(stk_profile *p, const stk_subject *subject)
{
    if (p->subject_count == p->subject_room) {
        size_t room = p->subject_room == 0 ? 64 : 2 * p->subject_room;
        stk_subject *more = room > STK_PROFILE_SUBJECTS ? NULL
                                                        : realloc(p->subjects, room * sizeof *more);
        if (more == NULL)
            return UINT32_MAX;
        p->subjects = more;
        p->subject_room = room;
    }
    stk_subject s = *subject;
    s.name = stk_arena_copy(p->arena, subject->name);
    uint32_t id = (uint32_t)p->subject_count;
    bool named = s.kind == STK_SUBJECT_ENDPOINT || s.kind == STK_SUBJECT_PARAMETER;
    if (s.name.ptr == NULL ||
        (named && !stk_index_put(&p->index, subject_key(s.parent, stk_text_payload(s.name)), id)))
        return UINT32_MAX;
    s.child = s.sibling = UINT32_MAX;
    if (s.kind == STK_SUBJECT_PARAMETER) {
        s.sibling = p->subjects[s.parent].child;
        p->subjects[s.parent].child = id;
    }
    p->subjects[p->subject_count++] = s;
    return id;
}

bool stk_profile_add_learned(stk_profile *p, const stk_learned *learned)
{
    if (p->learned_count == p->learned_room) {
        size_t room = p->learned_room == 0 ? 256 : 2 * p->learned_room;
        stk_learned *more = room > STK_PROFILE_TRAITS ? NULL
                                                      : realloc(p->learned, room * sizeof *more);
        if (more == NULL)
            return false;
        p->learned = more;
        p->learned_room = room;
    }
    stk_learned l = *learned;
    if (stk_aspect_is_text(l.aspect)) {
        l.text = stk_arena_copy(p->arena, learned->text);
        l.payload = stk_text_payload(l.text);
        if (l.text.ptr == NULL)
            return false;
    }
    uint64_t key = stk_trait_key(l.subject, l.aspect, l.payload);
    if (stk_index_get(&p->index, key) != UINT32_MAX)
        return true;
    if (!stk_index_put(&p->index, key, (uint32_t)p->learned_count))
        return false;
    p->learned[p->learned_count++] = l;
    return true;
}

static double surprise(double events, double draws)
{
    double s = log10((draws + 1) / events);
    return s < 0 ? 0 : s > most_surprise ? most_surprise : s;
}

bool stk_subject_is_regular(const stk_subject *s)
{
    return s->draws >= DRAWS_TO_COUNT && s->novel[STK_ASPECT_SHAPE] <= 1;
}

/* What stands for zero, per aspect, taken over parameters of a kind: closed sets, codes of one
 * length, others whose very shapes are all known (numbers), and free text. */
typedef enum population { CLOSED, FIXED, REGULAR, FREE, POPULATIONS } population;

static population population_of(const stk_subject *s)
{
    if (s->closed)
        return CLOSED;
    if (!stk_subject_is_regular(s))
        return FREE;
    return s->least == s->most && s->beyond == 0 && s->novel[STK_ASPECT_SHAPE] == 0 ? FIXED
                                                                                    : REGULAR;
}

typedef struct robbins {
    double zero[POPULATIONS][STK_ASPECT_COUNT_];
} robbins;

static void estimate(const stk_profile *p, robbins *r)
{
    double none[POPULATIONS][STK_ASPECT_COUNT_] = { 0 },
           one[POPULATIONS][STK_ASPECT_COUNT_] = { 0 };
    for (size_t i = 0; i < p->subject_count; i++) {
        const stk_subject *s = &p->subjects[i];
        population of = population_of(s);
        if (s->kind != STK_SUBJECT_PARAMETER ||
            (of == CLOSED ? s->requests : s->draws) < DRAWS_TO_COUNT)
            continue;
        for (int a = STK_ASPECT_VALUE; a <= STK_ASPECT_PLACE; a++) {
            bool none_here = of == CLOSED ? s->unsupported == 0 : s->novel[a] == 0;
            none[of][a] += none_here;
            one[of][a] += !none_here && (of == CLOSED || s->novel[a] == 1);
        }
    }
    for (int of = 0; of < POPULATIONS; of++)
        for (int a = 0; a < STK_ASPECT_COUNT_; a++) {
            double c = (one[of][a] + half) / (none[of][a] + 1);
            r->zero[of][a] = c > half ? half : c < 0.02 ? 0.02 : c;
        }
}

/* In a closed set a new trait takes a new value first, and then a value with that trait among new
 * ones: chances multiply, surprises add up. */
static void weigh_values(stk_subject *s, const robbins *r)
{
    const double *zero = r->zero[population_of(s)];
    double closed = s->closed ? surprise((double)s->unsupported + zero[STK_ASPECT_VALUE],
                                         (double)s->requests)
                              : 0;
    s->surprise[STK_ASPECT_VALUE] = (float)closed;
    for (int a = STK_ASPECT_SHAPE; a <= STK_ASPECT_PLACE; a++) {
        double given = surprise(s->novel[a] + (s->closed ? half : zero[a]), (double)s->draws);
        double both = closed + given;
        s->surprise[a] = (float)(both < most_surprise ? both : most_surprise);
    }
}

static void weigh_draws(stk_subject *s)
{
    for (int a = STK_ASPECT_METHOD; a < STK_ASPECT_COUNT_; a++)
        s->surprise[a] = (float)surprise(s->novel[a] + half, (double)s->draws);
}

void stk_profile_weigh(stk_profile *p)
{
    robbins r;
    estimate(p, &r);
    for (size_t i = 0; i < p->subject_count; i++) {
        stk_subject *s = &p->subjects[i];
        if (s->kind == STK_SUBJECT_PARAMETER || s->kind == STK_SUBJECT_ANY)
            weigh_values(s, &r);
        if (s->kind != STK_SUBJECT_PARAMETER)
            weigh_draws(s);
    }
}

double stk_endpoint_looks(const stk_profile *p, uint32_t endpoint, stk_aspect aspect, double least)
{
    double sum = 0;
    uint32_t id = p->subjects[endpoint].child;
    for (size_t i = 0; i < STK_CHILDREN && id != UINT32_MAX; i++) {
        const stk_subject *s = &p->subjects[id];
        bool tail = aspect == STK_ASPECT_LENGTH && !s->closed && !stk_subject_is_regular(s);
        double nearest = tail ? least : most_surprise + 1;
        for (int a = STK_ASPECT_VALUE; a <= STK_ASPECT_PLACE; a++)
            if (s->surprise[a] >= (float)least && s->surprise[a] < nearest)
                nearest = s->surprise[a];
        sum += nearest > most_surprise ? 0 : pow(10, -nearest);
        id = s->sibling;
    }
    return sum == 0 ? least : -log10(sum);
}

/* Above the longest, an exponential tail (Pickands, 1975; Balkema and de Haan, 1974) fitted to the
 * longest tenth; below the shortest, as any other trait. */
double stk_length_surprise(const stk_subject *s, uint32_t length)
{
    if (s->draws == 0 || s->most == 0 || (length >= s->least && length <= s->most))
        return 0;
    double closed = s->surprise[STK_ASPECT_VALUE];
    if (length < s->least)
        return s->surprise[STK_ASPECT_LENGTH];
    double at_most = surprise(s->beyond + 1.0, (double)s->draws);
    double base = at_most > closed ? at_most : closed;
    double least_tail = stk_subject_is_regular(s) ? 0.5 : 0.5 + 0.15 * s->most; /* words add up */
    double tail = s->tail_milli / 1000.0 < least_tail ? least_tail : s->tail_milli / 1000.0;
    double far = base + (length - s->most) / tail / M_LN10;
    double known = 2 * log10((double)(s->closed ? s->requests : s->draws) +
                             1); /* a tail of few is a guess */
    far = far > known ? known : far;
    return far > most_surprise ? most_surprise : far;
}

stk_str stk_profile_client(const stk_profile *p)
{
    return p->client;
}

uint64_t stk_profile_units(const stk_profile *p)
{
    return p->units;
}

size_t stk_profile_endpoints(const stk_profile *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->subject_count; i++)
        n += p->subjects[i].kind == STK_SUBJECT_ENDPOINT;
    return n;
}

uint64_t stk_profile_hash(const stk_profile *p)
{
    stk_auto_buf out = stk_buf_init(STK_PROFILE_ARENA);
    stk_profile_save(p, &out);
    return stk_text_payload(stk_buf_str(&out));
}
