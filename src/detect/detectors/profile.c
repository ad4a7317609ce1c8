/* SPDX-License-Identifier: Apache-2.0 */
/* The detector `profile`: a request deviates from what was learned of the shop (DET-2). */
#include "detect/profile.h"

#include "detect/profile/judge.h"

#include <math.h>
#include <stdlib.h>

typedef struct profile_config {
    double false_alarms, told_from;
} profile_config;

static const stk_spec spec[] = {
    { .key = "false_alarms",
      .kind = STK_RATIO,
      .offset = offsetof(profile_config, false_alarms),
      .dflt = "0.001",
      .min = "0.000001",
      .max = "0.1",
      .help = "Share of ordinary requests that may be flagged." },
    { .key = "told_from",
      .kind = STK_RATIO,
      .offset = offsetof(profile_config, told_from),
      .dflt = "0.3",
      .min = "0",
      .max = "1",
      .help = "Confidence from which on a deviation is told, flagged or not." },
};

enum { RULE_PATH, RULE_METHOD, RULE_PARAMETER, RULE_VALUE, RULES, TOLD = 4 };
static const stk_str techniques[] = { { "T1190", 5 } };
#define RULE(id_, severity_, title_)                                                               \
    {                                                                                              \
        .id = { "profile." id_, sizeof("profile." id_) - 1 }, .kind = STK_INCIDENT_DEVIATION,      \
        .severity = (severity_), .title = { title_, sizeof(title_) - 1 },                          \
        .techniques = techniques, .technique_count = 1                                             \
    }
static const stk_rule_info rules[RULES] = {
    [RULE_PATH] = RULE("path", STK_LOW, "a path unlike any learned"),
    [RULE_METHOD] = RULE("method", STK_LOW, "a method or content type never learned there"),
    [RULE_PARAMETER] = RULE("parameter", STK_LOW,
                            "parameters added, missing, repeated or reordered"),
    [RULE_VALUE] = RULE("value", STK_MEDIUM, "a value unlike those learned"),
};

typedef struct profile_detector {
    const stk_profile *profile;
    profile_config config;
    double threshold; /* surprise at which confidence is one half */
} profile_detector;

static stk_status profile_open(const stk_detector_setup *setup, const void *config, void **ret,
                               stk_error *err)
{
    profile_detector *self = malloc(sizeof *self);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the profile detector");
    self->profile = setup->profile;
    self->config = *(const profile_config *)config;
    self->threshold = -log10(self->config.false_alarms);
    *ret = self;
    return STK_OK;
}

static void profile_close(void *self)
{
    free(self);
}

static stk_status profile_scratch_new(const void *vself, void **ret, stk_error *err)
{
    const profile_detector *self = vself;
    size_t subjects = self->profile == NULL ? 0 : self->profile->subject_count;
    stk_judge_scratch *k = calloc(1, sizeof *k);
    if (k == NULL || (k->stamp = calloc(subjects + 1, sizeof *k->stamp)) == NULL) {
        free(k);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the profile detector");
    }
    *ret = k;
    return STK_OK;
}

static void profile_scratch_free(void *scratch)
{
    stk_judge_scratch *k = scratch;
    if (k != NULL)
        free(k->stamp);
    free(k);
}

static const stk_rule_info *rule_of(stk_aspect aspect)
{
    if (aspect >= STK_ASPECT_PATH)
        return &rules[RULE_PATH];
    if (aspect >= STK_ASPECT_NAME)
        return &rules[RULE_PARAMETER];
    return &rules[aspect >= STK_ASPECT_METHOD ? RULE_METHOD : RULE_VALUE];
}

/* Surprise is in powers of ten, and so is the odds: at the threshold they are even. */
static double confidence_of(double surprise, double threshold)
{
    return 1 / (1 + pow(10, threshold - surprise));
}

static stk_where where_of(const stk_profile *p, const stk_deviation *d)
{
    stk_where where = { .place = "" };
    if (d->parameter != NULL) {
        where.place = stk_place_name(d->parameter->value->place);
        where.name.raw = stk_deviation_name(p, d, &where.learned);
    } else if (d->aspect >= STK_ASPECT_PATH) {
        where.place = stk_place_name(STK_PLACE_PATH);
    }
    return where;
}

/* The strongest deviation carries the confidence of the whole request; others their own. */
static void profile_judge(const void *vself, void *scratch, const stk_unit *unit, stk_findings *out)
{
    const profile_detector *self = vself;
    stk_judge_scratch *k = scratch;
    if (self->profile == NULL || !stk_profile_judge(self->profile, unit, k))
        return;
    double whole = confidence_of(k->judgement.surprise, self->threshold);
    for (size_t i = 0; i < k->judgement.count && i < TOLD; i++) {
        const stk_deviation *d = &k->judgement.item[i];
        stk_finding f = {
            .rule = rule_of(d->aspect),
            .confidence = i == 0 ? whole : confidence_of(d->surprise, self->threshold),
            .by = unit->client,
            .of_unit = true,
            .where = where_of(self->profile, d),
        };
        if (f.confidence < self->config.told_from)
            break;
        stk_profile_explain(self->profile, k, d, &f.reason);
        stk_findings_add(out, &f);
    }
}

const stk_detector stk_detector_profile = {
    .name = "profile",
    .summary = "requests that deviate from the learned profile of the shop",
    .spec = spec,
    .spec_count = STK_COUNT(spec),
    .config_size = sizeof(profile_config),
    .rules = rules,
    .rule_count = RULES,
    .open = profile_open,
    .close = profile_close,
    .scratch_new = profile_scratch_new,
    .scratch_free = profile_scratch_free,
    .judge = profile_judge,
};
