/* SPDX-License-Identifier: Apache-2.0 */
/* An incident in one sentence and a clause on how far it came. */
#include "detect/correlate.h"
#include "model/incident.h"

static stk_message clause(const stk_incident *i)
{
    switch (i->stage) {
    case STK_STAGE_RECONNAISSANCE:
        return STK_MSG_CLAUSE_RECONNAISSANCE;
    case STK_STAGE_ATTEMPT:
        return STK_MSG_CLAUSE_ATTEMPT;
    case STK_STAGE_SUCCESS:
        break;
    case STK_STAGE_REACHED:
        if (i->kind == STK_INCIDENT_ACCOUNT_TAKEOVER)
            return STK_MSG_CLAUSE_TAKEN;
        return i->kind == STK_INCIDENT_STAFF_EXFILTRATION ? STK_MSG_CLAUSE_RECORDS_READ
                                                          : STK_MSG_CLAUSE_REACHED;
    }
    switch (i->kind) {
    case STK_INCIDENT_SCRAPING:
        return STK_MSG_CLAUSE_PAGES_TAKEN;
    case STK_INCIDENT_CARD_TESTING:
        return STK_MSG_CLAUSE_CARD_WORKED;
    case STK_INCIDENT_FLOOD:
        return STK_MSG_CLAUSE_SITE_SUFFERED;
    case STK_INCIDENT_PROBE:
        return STK_MSG_CLAUSE_FILE_TAKEN;
    case STK_INCIDENT_BRUTE_FORCE:
    case STK_INCIDENT_CREDENTIAL_STUFFING:
    case STK_INCIDENT_PASSWORD_SPRAYING:
    case STK_INCIDENT_ACCOUNT_TAKEOVER:
        return STK_MSG_CLAUSE_SIGNED_IN;
    default:
        return STK_MSG_CLAUSE_SUCCESS;
    }
}

/* The actor or target with the most events, the earlier of equals; SIZE_MAX: none. */
static size_t foremost(const stk_incident *i, bool target, size_t *ret_count)
{
    size_t best = SIZE_MAX, count = 0;
    for (size_t e = 0; e < i->entity_count; e++) {
        if (i->entities[e].target != target)
            continue;
        count++;
        if (best == SIZE_MAX || i->entities[e].events > i->entities[best].events)
            best = e;
    }
    *ret_count = count;
    return best;
}

void stk_incident_summarise(stk_incident *i)
{
    size_t actors, targets, first_actor = SIZE_MAX;
    size_t actor = foremost(i, false, &actors), target = foremost(i, true, &targets);
    for (size_t e = i->entity_count; e-- > 0;)
        if (!i->entities[e].target)
            first_actor = e;
    int64_t span = i->last_at > i->first_at ? i->last_at - i->first_at : 0;
    stk_reason *s = &i->summary;
    *s = (stk_reason){ .message = STK_MSG_SUM_ONE };
    s->args[0] = (stk_arg){ .kind = STK_ARG_KIND, .u.i = i->kind };
    s->args[2] = STK_ARG_I((int64_t)i->events);
    s->args[3] = STK_ARG_D(span);
    if (targets != 0)
        s->args[4] = STK_ARG_E((int64_t)target);
    s->args[5] = (stk_arg){ .kind = STK_ARG_MESSAGE, .u.i = clause(i) };
    if (i->kind == STK_INCIDENT_SOURCE_CLOCK || i->kind == STK_INCIDENT_SOURCE_FORMAT) {
        s->message = STK_MSG_SUM_SOURCE;
        if (i->step_count > 0) /* what was measured says more than how often */
            *s = i->steps[0].reason;
    } else if (actors == 0) {
        s->message = STK_MSG_SUM_NOBODY;
    } else if (actors == 1) {
        s->args[1] = STK_ARG_E((int64_t)actor);
        s->message = targets != 0 ? STK_MSG_SUM_ONE : STK_MSG_SUM_ONE_UNAIMED;
    } else {
        s->args[1] = STK_ARG_I((int64_t)actors);
        s->args[3] = STK_ARG_E((int64_t)first_actor);
        s->message = targets != 0 ? STK_MSG_SUM_MANY : STK_MSG_SUM_MANY_UNAIMED;
    }
}
