/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and incidents out of their storable forms. Every count is bounded before it is used. */
#include "protect/story_code.h"

static stk_status damaged(const stk_cursor *in, stk_error *err, const char *what)
{
    if (in->failed || in->ptr != in->end)
        return stk_fail(err, STK_ERR_SYNTAX, "a stored %s is damaged, or from a newer Stockade",
                        what);
    return STK_OK;
}

stk_status stk_finding_read(stk_str body, stk_id id, uint32_t source, stk_arena *arena,
                            stk_finding *ret, stk_error *err)
{
    stk_cursor in = stk_cursor_of(body);
    stk_finding f = { .id = id };
    if (stk_cursor_varint(&in) != STK_STORY_SCHEMA)
        in.failed = true;
    stk_get_meta(&in, &source, 1, &f.meta);
    f.rule = stk_get_rule(&in, arena);
    f.confidence = stk_get_real(&in);
    f.by = stk_get_key(&in);
    f.of_unit = stk_get_at_most(&in, 1) != 0;
    f.where.place = stk_get_text(&in, arena).ptr;
    f.where.learned = stk_get_at_most(&in, 1) != 0;
    if (f.where.learned)
        f.where.name.raw = stk_get_text(&in, arena);
    stk_get_reason(&in, arena, &f.reason);
    if (f.rule == NULL)
        in.failed = true;
    STK_TRY(damaged(&in, err, "finding"));
    *ret = f;
    return STK_OK;
}

/* What an incident is being read from. */
typedef struct reading {
    stk_cursor in;
    const uint32_t *sources;
    size_t source_count;
    stk_arena *arena;
} reading;

static stk_position get_position(reading *r)
{
    stk_position at = { .source = stk_get_place(&r->in, r->sources, r->source_count) };
    at.unit = stk_cursor_varint(&r->in);
    at.offset = stk_cursor_varint(&r->in);
    return at;
}

static void get_graph(reading *r, stk_incident *out)
{
    out->entity_count = (size_t)stk_get_at_most(&r->in, STK_INCIDENT_ENTITIES);
    for (size_t i = 0; i < out->entity_count && !r->in.failed; i++) {
        stk_entity *e = &out->entities[i];
        e->key = stk_get_key(&r->in);
        e->target = stk_get_at_most(&r->in, 1) != 0;
        e->first = get_position(r);
        e->events = stk_cursor_varint(&r->in);
    }
    out->entities_left_out = (size_t)stk_cursor_varint(&r->in);
    out->edge_count = (size_t)stk_get_at_most(&r->in, STK_INCIDENT_EDGES);
    uint64_t last = out->entity_count == 0 ? 0 : out->entity_count - 1;
    for (size_t i = 0; i < out->edge_count && !r->in.failed; i++) {
        out->edges[i].from = (uint16_t)stk_get_at_most(&r->in, last);
        out->edges[i].to = (uint16_t)stk_get_at_most(&r->in, last);
        out->edges[i].events = (uint32_t)stk_get_at_most(&r->in, UINT32_MAX);
    }
}

static void get_steps(reading *r, stk_incident *out)
{
    out->step_count = (size_t)stk_get_at_most(&r->in, STK_INCIDENT_STEPS);
    for (size_t i = 0; i < out->step_count && !r->in.failed; i++) {
        stk_step *step = &out->steps[i];
        step->at = stk_cursor_zigzag(&r->in);
        step->position = get_position(r);
        step->stage = (stk_stage)stk_get_at_most(&r->in, STK_STAGE_REACHED);
        step->rule = stk_get_rule(&r->in, r->arena);
        stk_get_reason(&r->in, r->arena, &step->reason);
        step->events = stk_cursor_varint(&r->in);
    }
}

static void get_units(reading *r, stk_incident *out)
{
    size_t count = (size_t)stk_get_at_most(&r->in, STK_INCIDENT_UNITS);
    out->units = stk_arena_array(r->arena, stk_unit_ref, count);
    if (out->units == NULL)
        r->in.failed = true;
    uint64_t unit = 0;
    for (size_t i = 0; i < count && !r->in.failed; i++) {
        out->units[i].source = stk_get_place(&r->in, r->sources, r->source_count);
        unit += (uint64_t)stk_cursor_zigzag(&r->in);
        out->units[i].unit = unit;
    }
    out->unit_count = out->unit_room = r->in.failed ? 0 : count;
}

/* ENTITY arguments of a reason index the incident's entities. */
static void check_entities(reading *r, const stk_reason *reason, size_t entities)
{
    for (size_t i = 0; i < STK_REASON_ARGS; i++)
        if (reason->args[i].kind == STK_ARG_ENTITY &&
            (reason->args[i].u.i < 0 || (uint64_t)reason->args[i].u.i >= entities))
            r->in.failed = true;
}

stk_status stk_incident_read(stk_str body, stk_id id, const uint32_t *sources, size_t source_count,
                             stk_arena *arena, stk_incident *ret, stk_error *err)
{
    reading r = { stk_cursor_of(body), sources, source_count, arena };
    stk_incident *out = stk_arena_array(arena, stk_incident, 1);
    if (out == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for an incident");
    out->id = id;
    if (stk_cursor_varint(&r.in) != STK_STORY_SCHEMA)
        r.in.failed = true;
    stk_get_meta(&r.in, sources, source_count, &out->meta);
    if (!stk_incident_kind_named(stk_cursor_run(&r.in), &out->kind))
        r.in.failed = true;
    out->severity = (stk_severity)stk_get_at_most(&r.in, STK_CRITICAL);
    out->confidence = stk_get_real(&r.in);
    out->stage = (stk_stage)stk_get_at_most(&r.in, STK_STAGE_REACHED);
    out->first_at = stk_cursor_zigzag(&r.in);
    out->last_at = stk_cursor_zigzag(&r.in);
    out->events = stk_cursor_varint(&r.in);
    get_graph(&r, out);
    get_steps(&r, out);
    out->technique_count = (size_t)stk_get_at_most(&r.in, STK_INCIDENT_TECHNIQUES);
    for (size_t i = 0; i < out->technique_count && !r.in.failed; i++)
        out->techniques[i] = stk_get_text(&r.in, arena);
    get_units(&r, out);
    stk_get_reason(&r.in, arena, &out->summary);
    check_entities(&r, &out->summary, out->entity_count);
    for (size_t i = 0; i < out->step_count; i++)
        check_entities(&r, &out->steps[i].reason, out->entity_count);
    STK_TRY(damaged(&r.in, err, "incident"));
    *ret = *out;
    return STK_OK;
}
