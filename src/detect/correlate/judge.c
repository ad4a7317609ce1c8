/* SPDX-License-Identifier: Apache-2.0 */
/* What a story is, how far it came, how grave it is, and how sure we are.
 *
 * Confidence. Each rule states how often a finding of its own is what it says. Rules are joined as
 * independent witnesses (noisy-or), with two discounts, because witnesses of one kind look at the
 * same bytes: a further rule of a kind counts half, and repeats of one rule count as at most one
 * more witness, in the logarithm of their number. docs/incidents.md holds the check against
 * labelled logs. */
#include "detect/correlate/state.h"

#include <math.h>

enum {
    FOCUSED_PERCENT = 80, /* of attacks of one kind: a person at work, not a scanner */
    FOCUSED_PLACES = 3,
    SCAN_KINDS = 3,
    SCAN_EVENTS = 5,
    SCAN_PROBES = 5,
    SCAN_MARKED_EVENTS = 10,
    SCAN_BROAD_EVENTS = 30,
    MANY_EVENTS = 30,
    MANY_ACTORS = 20,
};

static const stk_family families[STK_INCIDENT_KINDS] = {
    [STK_INCIDENT_BRUTE_FORCE] = STK_FAMILY_LOGIN,
    [STK_INCIDENT_CREDENTIAL_STUFFING] = STK_FAMILY_LOGIN,
    [STK_INCIDENT_PASSWORD_SPRAYING] = STK_FAMILY_LOGIN,
    [STK_INCIDENT_ACCOUNT_TAKEOVER] = STK_FAMILY_LOGIN,
    [STK_INCIDENT_SCRAPING] = STK_FAMILY_VOLUME,
    [STK_INCIDENT_ENUMERATION] = STK_FAMILY_VOLUME,
    [STK_INCIDENT_FLOOD] = STK_FAMILY_VOLUME,
    [STK_INCIDENT_CARD_TESTING] = STK_FAMILY_MONEY,
    [STK_INCIDENT_STAFF_EXFILTRATION] = STK_FAMILY_STAFF,
    [STK_INCIDENT_SOURCE_CLOCK] = STK_FAMILY_SOURCE,
    [STK_INCIDENT_SOURCE_FORMAT] = STK_FAMILY_SOURCE,
}; /* the others are of the web: 0 */

stk_family stk_family_of(stk_incident_kind kind)
{
    return families[kind];
}

bool stk_kind_is_attack(stk_incident_kind kind)
{
    return kind >= STK_INCIDENT_SQLI && kind <= STK_INCIDENT_SSRF;
}

static bool yields_data(stk_incident_kind kind)
{
    return stk_kind_is_attack(kind) && kind != STK_INCIDENT_XSS && kind != STK_INCIDENT_LOG4SHELL;
}

/* What the evidence says, summed by kind. */
struct weighed {
    uint64_t events[STK_INCIDENT_KINDS];
    double best[STK_INCIDENT_KINDS];
    stk_severity severity[STK_INCIDENT_KINDS];
    uint64_t attacks, most_attacks, data, odd;
    unsigned attack_kinds;
};

static void weigh(const stk_story *story, struct weighed *w)
{
    *w = (struct weighed){ 0 };
    for (size_t e = 0; e < story->evidence_count; e++) {
        const stk_evidence *at = &story->evidence[e];
        stk_incident_kind kind = at->rule->kind;
        w->events[kind] += at->events;
        if (at->best > w->best[kind])
            w->best[kind] = at->best;
        if (at->rule->severity > w->severity[kind])
            w->severity[kind] = at->rule->severity;
        if (stk_kind_is_attack(kind))
            w->attacks += at->events;
        if (yields_data(kind)) {
            w->data += at->events;
            w->odd += at->odd;
        }
    }
    for (int k = 0; k < STK_INCIDENT_KINDS; k++)
        if (stk_kind_is_attack((stk_incident_kind)k)) {
            w->attack_kinds += w->best[k] >= 0.5;
            if (w->events[k] > w->most_attacks)
                w->most_attacks = w->events[k];
        }
}

static bool is_scan(const stk_story *story, const struct weighed *w)
{
    uint64_t places = stk_story_places(story);
    if (w->attacks != 0 && w->most_attacks * 100 >= w->attacks * FOCUSED_PERCENT &&
        places <= FOCUSED_PLACES)
        return false;
    if (w->attack_kinds >= SCAN_KINDS && story->telling >= SCAN_EVENTS)
        return true;
    if (w->best[STK_INCIDENT_SCAN] >= 0.5 &&
        (story->telling >= SCAN_MARKED_EVENTS || (w->attack_kinds >= 1 && story->telling >= 3)))
        return true;
    if (w->events[STK_INCIDENT_PROBE] >= SCAN_PROBES && places >= SCAN_PROBES)
        return true;
    return w->attack_kinds == 2 && places >= 10 && story->telling >= SCAN_BROAD_EVENTS;
}

/* The kind with the most weight: how grave, how sure, and how often in the logarithm. */
static stk_incident_kind heaviest(const stk_story *story, const struct weighed *w)
{
    if (w->best[STK_INCIDENT_ACCOUNT_TAKEOVER] >= 0.5 && story->scope == STK_SCOPE_OWN)
        return STK_INCIDENT_ACCOUNT_TAKEOVER;
    if (w->events[STK_INCIDENT_STAFF_EXFILTRATION] != 0)
        return STK_INCIDENT_STAFF_EXFILTRATION; /* names who, where an enumeration names how */
    stk_incident_kind kind = story->incident.kind;
    double most = 0.0;
    for (int k = 0; k < STK_INCIDENT_KINDS; k++) {
        if (w->events[k] == 0)
            continue;
        unsigned doublings = 64 - (unsigned)__builtin_clzll(w->events[k]);
        double weight = w->best[k] * (double)(1u << w->severity[k]) * doublings;
        if (k == STK_INCIDENT_BAD_BOT || k == STK_INCIDENT_DEVIATION)
            weight *= 0.1; /* they name a story only when nothing else does */
        if (weight > most) {
            most = weight;
            kind = (stk_incident_kind)k;
        }
    }
    return kind;
}

static stk_stage stage_of(const stk_story *story, const struct weighed *w)
{
    const uint64_t *out = story->outcomes;
    uint64_t given = out[STK_OUTCOME_PLAIN] + out[STK_OUTCOME_ODD];
    switch (story->incident.kind) {
    case STK_INCIDENT_PROBE:
    case STK_INCIDENT_BAD_BOT:
    case STK_INCIDENT_DEVIATION:
    case STK_INCIDENT_ENUMERATION:
        return STK_STAGE_RECONNAISSANCE;
    case STK_INCIDENT_SCAN:
        if (w->attacks == 0)
            return STK_STAGE_RECONNAISSANCE;
        return w->odd >= 5 && w->odd * 5 >= w->data ? STK_STAGE_SUCCESS : STK_STAGE_ATTEMPT;
    case STK_INCIDENT_SCRAPING:
        return given * 2 >= story->telling ? STK_STAGE_SUCCESS : STK_STAGE_ATTEMPT;
    case STK_INCIDENT_CARD_TESTING:
        return given != 0 ? STK_STAGE_SUCCESS : STK_STAGE_ATTEMPT;
    case STK_INCIDENT_FLOOD:
        return out[STK_OUTCOME_ERROR] * 5 >= story->telling ? STK_STAGE_SUCCESS : STK_STAGE_ATTEMPT;
    case STK_INCIDENT_ACCOUNT_TAKEOVER:
        return STK_STAGE_SUCCESS;
    case STK_INCIDENT_STAFF_EXFILTRATION:
        return STK_STAGE_REACHED;
    default:
        if (w->odd >= 2)
            return STK_STAGE_REACHED;
        return w->odd == 1 ? STK_STAGE_SUCCESS : STK_STAGE_ATTEMPT;
    }
}

static stk_severity at_most(stk_severity a, stk_severity b)
{
    return a < b ? a : b;
}

static stk_severity at_least(stk_severity a, stk_severity b)
{
    return a > b ? a : b;
}

static stk_severity of_attack(const stk_story *story, stk_severity base)
{
    if (story->outcomes[STK_OUTCOME_DENIED] == story->telling)
        return at_most(base, story->telling < SCAN_EVENTS ? STK_LOW : STK_MEDIUM);
    return at_most(base, story->telling < SCAN_MARKED_EVENTS ? STK_MEDIUM : STK_HIGH);
}

static stk_severity of_scan(const stk_story *story, const struct weighed *w)
{
    return w->attack_kinds != 0 || story->telling >= MANY_EVENTS ? STK_MEDIUM : STK_LOW;
}

static size_t actors(const stk_incident *i)
{
    size_t n = 0;
    for (size_t e = 0; e < i->entity_count; e++)
        n += !i->entities[e].target;
    return n;
}

static stk_severity before_success(const stk_correlator *c, const stk_story *story,
                                   const struct weighed *w)
{
    const stk_incident *i = &story->incident;
    stk_severity base = w->severity[i->kind];
    switch (i->kind) {
    case STK_INCIDENT_SCAN:
        return of_scan(story, w);
    case STK_INCIDENT_PROBE:
    case STK_INCIDENT_BAD_BOT:
        return STK_LOW;
    case STK_INCIDENT_DEVIATION:
        return story->scope == STK_SCOPE_OWN &&
                       story->telling >= (uint64_t)c->config.repeated_deviations
                   ? STK_MEDIUM
                   : STK_LOW;
    case STK_INCIDENT_CREDENTIAL_STUFFING:
        return actors(i) >= MANY_ACTORS ? at_least(base, STK_HIGH) : base;
    case STK_INCIDENT_BRUTE_FORCE:
    case STK_INCIDENT_PASSWORD_SPRAYING:
        return at_most(base, STK_MEDIUM);
    default:
        return stk_kind_is_attack(i->kind) ? of_attack(story, base) : base;
    }
}

static stk_severity severity_of(const stk_correlator *c, const stk_story *story,
                                const struct weighed *w)
{
    const stk_incident *i = &story->incident;
    if (story->scope == STK_SCOPE_BACKGROUND)
        return STK_LOW;
    stk_severity severity = before_success(c, story, w);
    bool grave = i->kind != STK_INCIDENT_SCRAPING && i->kind != STK_INCIDENT_CARD_TESTING &&
                 i->kind != STK_INCIDENT_FLOOD && i->kind != STK_INCIDENT_STAFF_EXFILTRATION &&
                 i->kind != STK_INCIDENT_BAD_BOT;
    if (grave && i->stage == STK_STAGE_SUCCESS)
        severity = at_least(severity, STK_HIGH);
    if (grave && i->stage == STK_STAGE_REACHED)
        severity = STK_CRITICAL;
    if (i->confidence < 0.5 && severity > STK_LOW)
        severity--;
    return severity;
}

static double confidence_of(const stk_story *story)
{
    double doubt = 1.0;
    for (size_t e = 0; e < story->evidence_count; e++) {
        const stk_evidence *at = &story->evidence[e];
        if (at->events == 0)
            continue;
        bool first = true; /* the surest of its kind; of equals the earlier */
        for (size_t o = 0; o < story->evidence_count; o++) {
            const stk_evidence *other = &story->evidence[o];
            if (other->rule->kind == at->rule->kind && other->events != 0 &&
                (other->best > at->best || (other->best == at->best && o < e)))
                first = false;
        }
        unsigned doublings = 63 - (unsigned)__builtin_clzll(at->events);
        double repeats = 1.0 + (doublings < 8 ? doublings : 8) / 8.0;
        double sure = at->best > 0.99 ? 0.99 : at->best;
        doubt *= pow(1.0 - sure, repeats * (first ? 1.0 : 0.5));
    }
    return doubt < 0.01 ? 0.99 : 1.0 - doubt;
}

bool stk_judge(const stk_correlator *c, stk_story *story)
{
    struct weighed w;
    weigh(story, &w);
    stk_incident *i = &story->incident;
    stk_incident_kind kind = i->kind;
    stk_stage stage = i->stage;
    stk_severity severity = i->severity;
    if (kind != STK_INCIDENT_SCAN && story->scope != STK_SCOPE_BACKGROUND)
        i->kind = is_scan(story, &w) ? STK_INCIDENT_SCAN : heaviest(story, &w);
    i->confidence = confidence_of(story);
    i->stage = stage_of(story, &w);
    if (story->least > i->stage)
        i->stage = story->least;
    i->severity = severity_of(c, story, &w);
    return kind != i->kind || stage != i->stage || severity != i->severity;
}
