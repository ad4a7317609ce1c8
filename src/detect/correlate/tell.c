/* SPDX-License-Identifier: Apache-2.0 */
/* A story grows: entities, the graph between them, steps, evidence and units. */
#include "detect/correlate/state.h"

#include <stdlib.h>

static bool known(stk_key key)
{
    return key.type < STK_KEY_TYPES;
}

static size_t entity_at(const stk_incident *i, stk_key key)
{
    for (size_t e = 0; e < i->entity_count; e++)
        if (stk_key_eq(i->entities[e].key, key))
            return e;
    return SIZE_MAX;
}

static void drop_edges(stk_incident *i, size_t entity)
{
    size_t kept = 0;
    for (size_t k = 0; k < i->edge_count; k++)
        if (i->edges[k].from != entity && i->edges[k].to != entity)
            i->edges[kept++] = i->edges[k];
    i->edge_count = kept;
}

/* In a full list a newcomer takes the place of whom the fewest events name, and that one's count
 * with it (Space-Saving; Metwally, Agrawal, El Abbadi 2005): whoever makes up more than a 64th of
 * the story is named, however many others pass through it. The first actor and target stay. */
static size_t place_for(stk_incident *i)
{
    enum { FIRST_ONES = 2 };
    if (i->entity_count < STK_INCIDENT_ENTITIES) {
        i->entities[i->entity_count] = (stk_entity){ 0 };
        return i->entity_count++;
    }
    size_t least = FIRST_ONES;
    for (size_t e = FIRST_ONES; e < i->entity_count; e++)
        if (i->entities[e].events < i->entities[least].events)
            least = e;
    i->entities_left_out++; /* once a change of place: not every one of them is another */
    drop_edges(i, least);
    return least;
}

size_t stk_tell_entity(stk_story *story, stk_key key, bool target, const stk_position *position)
{
    stk_incident *i = &story->incident;
    size_t e = entity_at(i, key);
    if (e == SIZE_MAX) {
        e = place_for(i);
        i->entities[e] = (stk_entity){
            .key = key, .target = target, .first = *position, .events = i->entities[e].events
        };
    }
    i->entities[e].events++;
    return e;
}

static void tell_edge(stk_incident *i, size_t from, size_t to)
{
    if (from == SIZE_MAX || to == SIZE_MAX || from == to)
        return;
    for (size_t k = 0; k < i->edge_count; k++)
        if (i->edges[k].from == from && i->edges[k].to == to) {
            i->edges[k].events += i->edges[k].events != UINT32_MAX;
            return;
        }
    if (i->edge_count < STK_INCIDENT_EDGES)
        i->edges[i->edge_count++] =
            (stk_edge){ .from = (uint16_t)from, .to = (uint16_t)to, .events = 1 };
}

static bool acts(stk_key_type type)
{
    return type == STK_KEY_ADDRESS || type == STK_KEY_SUBNET || type == STK_KEY_NETWORK ||
           type == STK_KEY_SESSION || type == STK_KEY_AGENT || type == STK_KEY_STAFF ||
           type == STK_KEY_DEVICE || type == STK_KEY_CARD;
}

static void tell_entities(stk_story *story, const stk_mention *m)
{
    const stk_position *p = &m->meta.position;
    size_t actor = known(m->client) ? stk_tell_entity(story, m->client, false, p) : SIZE_MAX;
    if (known(m->by) && !stk_key_eq(m->by, m->client)) {
        size_t e = stk_tell_entity(story, m->by, !acts(m->by.type), p);
        if (!acts(m->by.type))
            tell_edge(&story->incident, actor, e);
        else if (actor == SIZE_MAX)
            actor = e;
    }
    const stk_key targets[] = { m->endpoint, m->account };
    for (size_t t = 0; t < STK_COUNT(targets); t++) {
        if (!known(targets[t]) || stk_key_eq(targets[t], m->by))
            continue;
        tell_edge(&story->incident, actor, stk_tell_entity(story, targets[t], true, p));
    }
    if (known(m->endpoint)) {
        uint64_t bit = stk_mix64(m->endpoint.hash) % STK_STORY_PLACES;
        story->places[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
}

uint64_t stk_story_places(const stk_story *story)
{
    uint64_t n = 0;
    for (size_t w = 0; w < STK_COUNT(story->places); w++)
        n += (uint64_t)__builtin_popcountll(story->places[w]);
    return n;
}

static void tell_unit(stk_correlator *c, stk_story *story, const stk_meta *meta)
{
    stk_incident *i = &story->incident;
    i->events++;
    if (i->unit_count >= STK_INCIDENT_UNITS || c->units_open >= STK_UNITS_OPEN || story->full)
        return;
    if (i->unit_count == i->unit_room) {
        size_t room = i->unit_room == 0 ? 16 : i->unit_room * 2;
        room = room > STK_INCIDENT_UNITS ? STK_INCIDENT_UNITS : room;
        stk_unit_ref *more = realloc(i->units, room * sizeof *more);
        if (more == NULL) {
            story->full = true;
            return;
        }
        i->units = more;
        i->unit_room = room;
    }
    i->units[i->unit_count++] = (stk_unit_ref){ .source = meta->position.source,
                                                .unit = meta->position.unit };
    c->units_open++;
}

static void tell_time(stk_incident *i, stk_time at)
{
    if (at < i->first_at)
        i->first_at = at;
    if (at > i->last_at)
        i->last_at = at;
}

void stk_tell_event(stk_correlator *c, stk_story *story, const stk_meta *meta)
{
    story->followed++;
    tell_unit(c, story, meta);
    tell_time(&story->incident, meta->at);
}

/* Steps outlive the batch: what the other side wrote is dropped, terms are copied while there is
 * room for them. */
static stk_reason remembered(stk_story *story, const stk_reason *reason)
{
    stk_reason kept = *reason;
    for (size_t a = 0; a < STK_REASON_ARGS; a++) {
        stk_arg *arg = &kept.args[a];
        if (arg->kind == STK_ARG_RAW) {
            arg->u.raw.raw = (stk_str){ 0 };
        } else if (arg->kind == STK_ARG_TERM) {
            stk_str term = arg->u.term;
            if (term.len > sizeof story->words - story->words_used)
                term.len = 0;
            if (term.len != 0)
                memcpy(story->words + story->words_used, term.ptr, term.len);
            arg->u.term = (stk_str){ story->words + story->words_used, term.len };
            story->words_used += term.len;
        }
    }
    return kept;
}

static bool tell_step(stk_story *story, const stk_mention *m, const stk_reason *reason)
{
    stk_incident *i = &story->incident;
    for (size_t s = 0; s < i->step_count; s++)
        if (i->steps[s].rule == m->rule) {
            i->steps[s].events++;
            return false;
        }
    if (story->rule_steps == STK_STORY_RULE_STEPS || i->step_count == STK_INCIDENT_STEPS)
        return false;
    const stk_reason title = { .message = STK_MSG_ONE_ARGUMENT,
                               .args = { STK_ARG_T(m->rule->title) } };
    story->rule_steps++;
    i->steps[i->step_count++] = (stk_step){ .at = m->meta.at,
                                            .position = m->meta.position,
                                            .stage = i->stage,
                                            .rule = m->rule,
                                            .reason = remembered(story, reason == NULL ? &title
                                                                                       : reason) };
    return true;
}

void stk_tell_turn(stk_story *story, const stk_meta *meta, stk_stage stage,
                   const stk_reason *reason)
{
    stk_incident *i = &story->incident;
    if (stage > story->least)
        story->least = stage;
    for (size_t s = 0; s < i->step_count; s++)
        if (i->steps[s].rule == NULL && i->steps[s].reason.message == reason->message) {
            i->steps[s].events++;
            return;
        }
    if (i->step_count < STK_INCIDENT_STEPS)
        i->steps[i->step_count++] = (stk_step){ .at = meta->at,
                                                .position = meta->position,
                                                .stage = stage,
                                                .reason = remembered(story, reason) };
}

void stk_tell_techniques(stk_incident *i, const stk_rule_info *rule)
{
    for (size_t t = 0; t < rule->technique_count; t++) {
        bool there = false;
        for (size_t k = 0; k < i->technique_count; k++)
            there |= stk_str_eq(i->techniques[k], rule->techniques[t]);
        if (!there && i->technique_count < STK_INCIDENT_TECHNIQUES)
            i->techniques[i->technique_count++] = rule->techniques[t];
    }
}

static void tell_evidence(stk_story *story, const stk_mention *m)
{
    size_t e = 0;
    while (e < story->evidence_count && story->evidence[e].rule != m->rule)
        e++;
    if (e == STK_STORY_EVIDENCE)
        return;
    stk_evidence *at = &story->evidence[e];
    if (e == story->evidence_count) {
        story->evidence_count++;
        at->rule = m->rule;
        stk_tell_techniques(&story->incident, m->rule);
    }
    at->events++;
    at->odd += m->outcome == STK_OUTCOME_ODD;
    if (m->confidence > at->best)
        at->best = m->confidence;
}

bool stk_tell(stk_correlator *c, stk_story *story, const stk_mention *m, const stk_reason *reason)
{
    bool again = story->telling != 0 && story->last_sequence == m->meta.sequence;
    story->last_sequence = m->meta.sequence;
    if (!again) {
        story->telling++;
        story->outcomes[m->outcome]++;
        if (m->outcome == STK_OUTCOME_ODD && m->bytes > 0)
            story->odd_bytes += m->bytes < INT32_MAX ? m->bytes : INT32_MAX;
        tell_unit(c, story, &m->meta);
        tell_time(&story->incident, m->meta.at);
        tell_entities(story, m);
    } else if (known(m->by) && !stk_key_eq(m->by, m->client)) {
        (void)stk_tell_entity(story, m->by, !acts(m->by.type), &m->meta.position);
    }
    tell_evidence(story, m);
    return tell_step(story, m, reason);
}

static void untell_unit(stk_correlator *c, stk_incident *i, const stk_position *p)
{
    for (size_t u = i->unit_count; u-- > 0;)
        if (i->units[u].source == p->source && i->units[u].unit == p->unit) {
            memmove(i->units + u, i->units + u + 1, (i->unit_count - u - 1) * sizeof *i->units);
            i->unit_count--;
            i->events--;
            c->units_open--;
            return;
        }
}

static void untell_entity(stk_incident *i, stk_key key)
{
    size_t e = known(key) ? entity_at(i, key) : SIZE_MAX;
    if (e != SIZE_MAX && i->entities[e].events > 0)
        i->entities[e].events--;
}

/* Entities of whom nothing is left are no longer part of it, nor are their edges. */
static void drop_empty(stk_incident *i)
{
    for (size_t e = i->entity_count; e-- > 0;) {
        if (i->entities[e].events != 0)
            continue;
        i->entity_count--;
        memmove(i->entities + e, i->entities + e + 1, (i->entity_count - e) * sizeof *i->entities);
        size_t kept = 0;
        for (size_t k = 0; k < i->edge_count; k++) {
            stk_edge edge = i->edges[k];
            if (edge.from == e || edge.to == e)
                continue;
            edge.from = (uint16_t)(edge.from - (edge.from > e));
            edge.to = (uint16_t)(edge.to - (edge.to > e));
            i->edges[kept++] = edge;
        }
        i->edge_count = kept;
    }
}

void stk_untell(stk_correlator *c, stk_story *story, const stk_mention *mentions, size_t count)
{
    stk_incident *i = &story->incident;
    for (size_t k = 0; k < count; k++) {
        const stk_mention *m = &mentions[k];
        if (k == 0 || m->meta.sequence != mentions[k - 1].meta.sequence) {
            untell_unit(c, i, &m->meta.position);
            story->telling -= story->telling != 0;
            story->outcomes[m->outcome] -= story->outcomes[m->outcome] != 0;
            untell_entity(i, m->client);
            untell_entity(i, m->endpoint);
        }
        for (size_t e = 0; e < story->evidence_count; e++)
            if (story->evidence[e].rule == m->rule && story->evidence[e].events > 0)
                story->evidence[e].events--;
    }
    drop_empty(i);
}
