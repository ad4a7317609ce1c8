/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_DATA_H
#define STK_DETECT_PROFILE_DATA_H
/* A profile in memory: subjects (the site, its paths, an endpoint, a parameter), what was learned
 * of each, and how surprising it is when something else is seen.
 *
 * Surprise, per subject and aspect, is -log10 of the probability that an ordinary draw shows a
 * trait never learned there. It is the Good-Turing estimate of unseen mass (Good, 1953): draws
 * whose trait was theirs alone, over all draws. Where none was, Robbins' empirical Bayes (1956)
 * takes the place of zero: what such aspects cost elsewhere in the same profile. Draws are distinct
 * values, so that one value sent a thousand times is one witness; where the values form a closed
 * set, draws are requests, because there a new value is itself the surprise. */
#include "detect/profile.h"
#include "detect/profile/index.h"
#include "detect/profile/traits.h"

typedef enum stk_subject_kind {
    STK_SUBJECT_SITE,      /* draws are distinct contents (path and parameters) */
    STK_SUBJECT_PATHS,     /* draws are endpoints */
    STK_SUBJECT_ANY,       /* any parameter of the site; draws are distinct values */
    STK_SUBJECT_ENDPOINT,  /* draws are requests */
    STK_SUBJECT_PARAMETER, /* draws are distinct values */
} stk_subject_kind;

enum { STK_CHILDREN = 64 }; /* parameters of an endpoint that are missed when absent */
enum { STK_SITE = 0, STK_PATHS = 1, STK_ANY = 2, STK_SUBJECTS_FIRST = 3 };

typedef struct stk_subject {
    stk_subject_kind kind;
    uint32_t parent; /* a parameter's endpoint */
    stk_str name;    /* template of the path, or name; lives in the profile's arena */
    uint64_t requests, draws;
    uint32_t novel[STK_ASPECT_COUNT_]; /* draws whose trait was theirs alone */
    bool closed;                       /* the values form a closed set */
    uint64_t unsupported; /* requests whose value too few clients sent; for a closed set */
    uint32_t values;      /* in the closed set */
    uint32_t least, most; /* characters, of values that enough clients sent */
    uint32_t beyond;      /* draws longer than `most` */
    uint32_t tail_milli;  /* mean excess of the longest tenth, thousandths of a character */
    uint64_t typed;       /* requests of the commonest type */
    stk_type type;
    /* Computed, not saved: */
    uint32_t child, sibling; /* an endpoint's parameters; UINT32_MAX ends */
    float surprise[STK_ASPECT_COUNT_];
} stk_subject;

typedef struct stk_learned {
    uint32_t subject;
    stk_aspect aspect;
    uint64_t payload;
    stk_str text; /* of text aspects */
    uint64_t requests;
} stk_learned;

struct stk_profile {
    stk_arena *arena;
    stk_str format, client;
    uint64_t fingerprint, units, skipped;
    stk_time first_at, last_at;
    int64_t option[8];     /* in the order of stk_profile_spec */
    stk_subject *subjects; /* an endpoint before its parameters, and no other between */
    size_t subject_count, subject_room;
    stk_learned *learned; /* by subject */
    size_t learned_count, learned_room;
    stk_index index; /* of both: see the keys below */
};

/* Limits of a file; a learner's options stay below. */
enum {
    STK_PROFILE_SUBJECTS = 1 << 17,
    STK_PROFILE_TRAITS = 1 << 21,
    STK_PROFILE_TEXT = 1024, /* bytes of one name or value */
    STK_PROFILE_ARENA = 512 << 20,
};

static inline uint64_t stk_trait_key(uint32_t subject, stk_aspect aspect, uint64_t payload)
{
    return stk_mix64(payload ^ stk_mix64((uint64_t)subject << 8 | (uint64_t)aspect));
}
static inline bool stk_profile_knows(const stk_profile *p, uint32_t subject, stk_aspect aspect,
                                     uint64_t payload)
{
    return stk_index_get(&p->index, stk_trait_key(subject, aspect, payload)) != UINT32_MAX;
}
/* A parameter of an endpoint, or an endpoint of the site (`parent` STK_SITE); UINT32_MAX: none. */
uint32_t stk_profile_find(const stk_profile *p, uint32_t parent, uint64_t name_payload);

stk_profile *stk_profile_new(void);
/* Both copy the texts. UINT32_MAX or false: no memory, or over the limits above. */
uint32_t stk_profile_add_subject(stk_profile *p, const stk_subject *subject);
bool stk_profile_add_learned(stk_profile *p, const stk_learned *learned);
/* Surprises of all subjects, once everything is added. */
void stk_profile_weigh(stk_profile *p);

/* Are all shapes of its values known (numbers, codes), as against free text? */
bool stk_subject_is_regular(const stk_subject *s);

/* How surprising it is that any parameter of the endpoint deviates at least so much: -log10 of the
 * sum of their chances. What is seen in one of many must be rarer to mean as much. */
double stk_endpoint_looks(const stk_profile *p, uint32_t endpoint, stk_aspect aspect, double least);

/* Surprise of a length outside what was seen; 0 inside. */
double stk_length_surprise(const stk_subject *s, uint32_t length);
#endif
