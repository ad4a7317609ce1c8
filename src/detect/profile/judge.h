/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_JUDGE_H
#define STK_DETECT_PROFILE_JUDGE_H
/* What of a request deviates from a profile, and how surprising that is. */
#include "detect/profile/data.h"
#include "detect/profile/request.h"

/* What new things in free text say about intent: powers of ten in judge.c. */
typedef enum stk_load {
    STK_LOAD_NONE,   /* letters, their order, lengths: people write new things every day */
    STK_LOAD_EVEN,   /* another type: no e-mail address where there always was one */
    STK_LOAD_SIGN,   /* a sign never seen there */
    STK_LOAD_ATTACK, /* a sign that attacks are made of, or an encoding that hides one */
} stk_load;

/* One subject's deviation: its strongest aspect, and what else is new in it. */
typedef struct stk_deviation {
    uint32_t subject;                     /* that it is measured against */
    stk_aspect aspect;                    /* strongest */
    double surprise;                      /* of all its aspects together */
    uint32_t aspects;                     /* bit set of the aspects that deviate */
    uint64_t chars;                       /* classes of characters never seen there */
    const stk_asked_parameter *parameter; /* NULL: not about one */
    stk_str name;                         /* of a parameter that is missing */
    stk_load load;
} stk_deviation;

enum { STK_DEVIATIONS = 24 };

typedef struct stk_judgement {
    stk_deviation item[STK_DEVIATIONS]; /* strongest first */
    size_t count;
    double surprise;   /* of the request, -log10 of how rarely an ordinary one shows as much */
    uint32_t endpoint; /* UINT32_MAX: never seen */
} stk_judgement;

typedef struct stk_judge_scratch {
    stk_asked asked;
    stk_traits traits;
    stk_judgement judgement;
    uint32_t *stamp; /* [subjects] when a parameter was last seen */
    uint32_t now;
} stk_judge_scratch;

/* False: nothing deviates, or the unit is no request. */
bool stk_profile_judge(const stk_profile *p, const stk_unit *unit, stk_judge_scratch *scratch);

/* The parameter it is about, as the profile knows it (`learned`) or as the unit spells it. */
stk_str stk_deviation_name(const stk_profile *p, const stk_deviation *d, bool *ret_learned);

/* Why, in words; texts are borrowed from profile and unit. */
void stk_profile_explain(const stk_profile *p, const stk_judge_scratch *scratch,
                         const stk_deviation *d, stk_reason *ret);
#endif
