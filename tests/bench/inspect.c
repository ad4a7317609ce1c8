/* SPDX-License-Identifier: Apache-2.0 */
/* Whole inspection of CSIC 2010 requests on one core: frame, parse, take apart, normalise, all
 * signatures and the profile of every endpoint, verdict. The profile is learned from the first half
 * of the normal requests; measured are the other half and the anomalous ones in turn.
 * Prints "name <tab> value <tab> unit". */
#include "detect/detector.h"
#include "detect/profile.h"
#include "detect/rules.h"
#include "units.h"

enum { UNITS = 16000, LEARNED = 18000, ROUNDS = 3, MAX_DETECTORS = 16, ARENA_BYTES = 8 << 20 };

typedef struct judges {
    const stk_detector *plugin[MAX_DETECTORS];
    void *self[MAX_DETECTORS], *scratch[MAX_DETECTORS];
    void *config[MAX_DETECTORS];
    size_t count;
} judges;

static bool judges_open(judges *j, const stk_detector_setup *setup)
{
    stk_error err;
    for (size_t i = 0; stk_detectors[i] != NULL && j->count < MAX_DETECTORS; i++) {
        const stk_detector *d = stk_detectors[i];
        if (d->judge == NULL)
            continue;
        j->config[j->count] = calloc(1, d->config_size + 1);
        stk_spec_defaults(d->spec, d->spec_count, j->config[j->count]);
        if (d->open(setup, j->config[j->count], &j->self[j->count], &err) != STK_OK ||
            (d->scratch_new != NULL &&
             d->scratch_new(j->self[j->count], &j->scratch[j->count], &err) != STK_OK)) {
            fprintf(stderr, "%s does not open: %s\n", d->name, err.text);
            return false;
        }
        j->plugin[j->count++] = d;
    }
    return true;
}

static bool take_apart(units *u, stk_str bytes, stk_arena *arena, stk_event *event,
                       stk_carried *carried, stk_unit *unit)
{
    stk_error err;
    stk_event_init(event, STK_KIND_HTTP_REQUEST);
    if (u->decoder->decode(u->self, bytes, arena, event, &err) != STK_OK ||
        stk_carry(&event->u.http, arena, carried) != STK_OK)
        return false;
    *unit = (stk_unit){ .event = event, .carried = carried, .arena = arena };
    return true;
}

static bool inspect(const judges *j, units *u, stk_str bytes, stk_arena *arena, stk_findings *out)
{
    stk_event event;
    stk_carried carried;
    stk_unit unit;
    stk_arena_reset(arena);
    out->count = out->dropped = 0;
    if (!take_apart(u, bytes, arena, &event, &carried, &unit))
        return false;
    for (size_t i = 0; i < j->count; i++)
        j->plugin[i]->judge(j->self[i], j->scratch[i], &unit, out);
    return out->count > 0;
}

static stk_profile *learn(units *u, size_t count, stk_arena *arena)
{
    static const stk_hash_key secret = { 1, 2 };
    stk_profile_origin origin = { .format = STK_S("http1"), .client = STK_S("none") };
    stk_profile_learner *learner = NULL;
    stk_profile *profile = NULL;
    stk_error err;
    if (stk_profile_learner_new(&origin, NULL, &secret, &learner, &err) != STK_OK)
        return NULL;
    stk_str bytes;
    stk_event event;
    stk_carried carried;
    stk_unit unit;
    for (size_t i = 0; i < count && units_next(u, &bytes); i++) {
        stk_arena_reset(arena);
        if (take_apart(u, bytes, arena, &event, &carried, &unit) &&
            stk_profile_learner_add(learner, &unit, &err) != STK_OK)
            break;
    }
    if (stk_profile_learner_finish(learner, &profile, &err) != STK_OK)
        profile = NULL;
    stk_profile_learner_free(learner);
    return profile;
}

int main(void)
{
    static stk_findings findings;
    units normal, anomalous;
    stk_arena *arena = stk_arena_new(ARENA_BYTES);
    stk_str *unit = malloc(UNITS * sizeof *unit);
    double *took = malloc(UNITS * sizeof *took), best = 1e9, p99 = 1e9;
    if (arena == NULL || unit == NULL || took == NULL)
        return 3;
    if (!units_open(&normal, "web/csic2010/normalTrafficTraining.txt.gz", "http1") ||
        !units_open(&anomalous, "web/csic2010/anomalous_dev40.txt.gz", "http1")) {
        fprintf(stderr, "SKIPPED: CSIC 2010 is not there\n");
        return 0;
    }
    stk_error err;
    stk_rules *rules = NULL;
    judges j = { .count = 0 };
    if (stk_rules_load_embedded(&rules, &err) != STK_OK)
        return 3;
    stk_detector_setup setup = { .rules = rules, .profile = learn(&normal, LEARNED, arena) };
    if (!judges_open(&j, &setup))
        return 3;
    size_t count = 0, flagged = 0;
    while (count < UNITS && units_next(count % 2 ? &anomalous : &normal, &unit[count]))
        count++;
    for (int round = 0; round < ROUNDS; round++) {
        flagged = 0;
        double began = units_now();
        for (size_t i = 0; i < count; i++)
            flagged += inspect(&j, &normal, unit[i], arena, &findings);
        double spent = units_now() - began;
        best = spent < best ? spent : best;
    }
    for (int round = 0; round < ROUNDS; round++) { /* apart: looking at the clock costs as well */
        for (size_t i = 0; i < count; i++) {
            double began = units_now();
            inspect(&j, &normal, unit[i], arena, &findings);
            took[i] = units_now() - began;
        }
        qsort(took, count, sizeof *took, units_by_time);
        p99 = took[count * 99 / 100] < p99 ? took[count * 99 / 100] : p99;
    }
    printf("inspect.csic\t%.0f\trequests/s\n", (double)count / best);
    printf("inspect.csic_p99\t%.2f\tus\n", p99 * 1e6);
    fprintf(stderr, "%zu of %zu flagged, %s profile\n", flagged, count,
            setup.profile != NULL ? "with a" : "without a");
    return 0;
}
