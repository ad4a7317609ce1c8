/* SPDX-License-Identifier: Apache-2.0 */
/* Names of severities and kinds, and the short list of the strongest findings of one unit. */
#include "model/finding.h"

static const char *const severity_names[] = {
    [STK_LOW] = "low",
    [STK_MEDIUM] = "medium",
    [STK_HIGH] = "high",
    [STK_CRITICAL] = "critical",
};

static const struct {
    const char *name, *label[STK_LANGS];
} kinds[STK_INCIDENT_KINDS] = {
#define INCIDENT(id, name, en, zh) { name, { en, zh } },
#include "model/incident_kinds.def"
};

static bool is(stk_str s, const char *name)
{
    return stk_str_eq(s, (stk_str){ name, strlen(name) });
}

const char *stk_severity_name(stk_severity severity)
{
    return severity_names[severity];
}

bool stk_severity_named(stk_str name, stk_severity *ret)
{
    for (size_t i = 0; i < STK_COUNT(severity_names); i++)
        if (is(name, severity_names[i])) {
            *ret = (stk_severity)i;
            return true;
        }
    return false;
}

const char *stk_incident_kind_name(stk_incident_kind kind)
{
    return kinds[kind].name;
}

bool stk_incident_kind_named(stk_str name, stk_incident_kind *ret)
{
    for (size_t i = 0; i < STK_INCIDENT_KINDS; i++)
        if (is(name, kinds[i].name)) {
            *ret = (stk_incident_kind)i;
            return true;
        }
    return false;
}

const char *stk_incident_kind_label(stk_incident_kind kind, stk_lang lang)
{
    return kinds[kind].label[lang];
}

static bool same_place(const stk_where *a, const stk_where *b)
{
    const char *p = a->place == NULL ? "" : a->place, *q = b->place == NULL ? "" : b->place;
    return strcmp(p, q) == 0 && stk_str_eq(a->name.raw, b->name.raw);
}

void stk_findings_add(stk_findings *list, const stk_finding *finding)
{
    size_t weakest = 0;
    for (size_t i = 0; i < list->count; i++) {
        stk_finding *f = &list->item[i];
        if (stk_str_eq(f->rule->id, finding->rule->id) && same_place(&f->where, &finding->where)) {
            if (finding->confidence > f->confidence)
                *f = *finding;
            return;
        }
        if (f->confidence <= list->item[weakest].confidence)
            weakest = i; /* of equals the last goes, so that the order of arrival decides */
    }
    if (list->count < STK_FINDINGS_PER_UNIT) {
        list->item[list->count++] = *finding;
        return;
    }
    list->dropped++;
    if (finding->confidence > list->item[weakest].confidence)
        list->item[weakest] = *finding;
}
