/* SPDX-License-Identifier: Apache-2.0 */
/* Findings and incidents into their storable forms: keys and positions for entities, masks for
 * what the other side wrote, and beside them, sealed, what `reveal` may show. */
#include "protect/protector.h"
#include "protect/scrub.h"
#include "protect/story_code.h"

#include <stdlib.h>

enum {
    NAME_BYTES = 512,
    RAW_BYTES = 1024,
    DETAIL_BYTES = 16 << 10,
    AAD_BYTES = 64,
    CARD_SPAN = 64
};

static stk_status no_memory(stk_error *err)
{
    return stk_fail(err, STK_ERR_MEMORY, "out of memory while protecting a finding or incident");
}

/* The additional data of a seal: what it is and whose. */
static void put_aad(stk_buf *out, stk_sealed_as what, stk_id id, int64_t day)
{
    stk_buf_char(out, (char)what);
    stk_buf_varint(out, id.v);
    stk_buf_zigzag(out, day);
}

static void put_raw(stk_buf *out, stk_str raw, size_t most)
{
    size_t seen = most + CARD_SPAN; /* blot before cutting, else half a card number gets through */
    stk_auto_buf clean = stk_buf_init(seen);
    if (!stk_scrub((stk_str){ raw.ptr, raw.len < seen ? raw.len : seen }, &clean))
        out->failed = true;
    stk_buf_run(out, (stk_str){ clean.ptr, clean.len < most ? clean.len : most });
    stk_wipe(clean.ptr, clean.len);
}

static stk_status seal_into(stk_protector *p, const stk_buf *aad, const stk_buf *plain,
                            stk_arena *arena, stk_str *ret, stk_error *err)
{
    stk_auto_buf sealed = stk_buf_init(DETAIL_BYTES + STK_SEAL_BYTES);
    if (aad->failed || plain->failed)
        return no_memory(err);
    STK_TRY(
        stk_aead_seal(p->evidence, p->entropy, stk_buf_str(aad), stk_buf_str(plain), &sealed, err));
    *ret = stk_arena_copy(arena, stk_buf_str(&sealed));
    return ret->ptr == NULL ? no_memory(err) : STK_OK;
}

/* ---- findings ---- */

/* The clear texts of a finding; false when it has none. */
static bool put_detail(const stk_finding *f, stk_buf *out)
{
    bool any = !f->where.learned && f->where.name.raw.len != 0;
    put_raw(out, any ? f->where.name.raw : (stk_str){ 0 }, RAW_BYTES);
    for (size_t i = 0; i < STK_REASON_ARGS; i++) {
        const stk_arg *arg = &f->reason.args[i];
        bool raw = arg->kind == STK_ARG_RAW;
        put_raw(out, raw ? arg->u.raw.raw : (stk_str){ 0 }, RAW_BYTES);
        any |= raw && arg->u.raw.raw.len != 0;
    }
    return any;
}

static void put_finding(const stk_finding *f, const stk_meta *meta, stk_buf *out)
{
    stk_buf_varint(out, STK_STORY_SCHEMA);
    stk_put_meta(out, meta, 0);
    stk_put_rule(out, f->rule);
    stk_put_real(out, f->confidence);
    stk_put_key(out, f->by);
    stk_buf_char(out, f->of_unit);
    stk_put_name(out, f->where.place == NULL ? "" : f->where.place);
    stk_buf_char(out, f->where.learned);
    if (f->where.learned)
        stk_buf_run(out, f->where.name.raw);
    stk_put_reason(out, &f->reason);
}

stk_status stk_protect_finding(stk_protector *p, const stk_finding *finding, stk_arena *arena,
                               const stk_protected_finding **ret, stk_error *err)
{
    stk_meta meta = finding->meta;
    meta.policy = stk_policy_version(p->policy);
    meta.key_version = p->key_version;
    stk_protected_finding *out = stk_arena_array(arena, stk_protected_finding, 1);
    stk_buf *body = &p->scratch;
    stk_buf_clear(body);
    put_finding(finding, &meta, body);
    stk_str copy = out == NULL || body->failed ? (stk_str){ 0 }
                                               : stk_arena_copy(arena, stk_buf_str(body));
    if (copy.ptr == NULL)
        return no_memory(err);
    *out = (stk_protected_finding){
        .id = finding->id,
        .source = meta.position.source,
        .unit = meta.position.unit,
        .at = meta.at,
        .kind = finding->rule->kind,
        .severity = finding->rule->severity,
        .day = p->day,
        .body = copy,
    };
    if (p->evidence != NULL) {
        stk_auto_buf aad = stk_buf_init(AAD_BYTES), plain = stk_buf_init(DETAIL_BYTES);
        bool any = put_detail(finding, &plain);
        put_aad(&aad, STK_SEALED_DETAIL, out->id, p->day);
        stk_status status = any ? seal_into(p, &aad, &plain, arena, &out->detail, err) : STK_OK;
        stk_wipe(plain.ptr, plain.len);
        STK_TRY(status);
    }
    *ret = out;
    return STK_OK;
}

/* ---- incidents ---- */

/* The sources that an incident speaks of, in order of first mention. */
typedef struct places {
    uint32_t source[STK_STORY_SOURCES];
    size_t count, last;
    bool failed;
} places;

static uint32_t place_of(places *s, uint32_t source)
{
    if (s->count != 0 && s->source[s->last] == source)
        return (uint32_t)s->last;
    for (s->last = 0; s->last < s->count; s->last++)
        if (s->source[s->last] == source)
            return (uint32_t)s->last;
    if (s->count == STK_STORY_SOURCES) {
        s->failed = true;
        return (uint32_t)(s->last = 0);
    }
    s->source[s->count] = source;
    return (uint32_t)(s->last = s->count++);
}

static void put_position(stk_buf *out, places *s, const stk_position *at)
{
    stk_buf_varint(out, place_of(s, at->source));
    stk_buf_varint(out, at->unit);
    stk_buf_varint(out, at->offset);
}

static void put_graph(const stk_incident *in, places *s, stk_buf *out)
{
    stk_buf_varint(out, in->entity_count);
    for (size_t i = 0; i < in->entity_count; i++) {
        const stk_entity *e = &in->entities[i];
        stk_put_key(out, e->key);
        stk_buf_char(out, e->target);
        put_position(out, s, &e->first);
        stk_buf_varint(out, e->events);
    }
    stk_buf_varint(out, in->entities_left_out);
    stk_buf_varint(out, in->edge_count);
    for (size_t i = 0; i < in->edge_count; i++) {
        stk_buf_varint(out, in->edges[i].from);
        stk_buf_varint(out, in->edges[i].to);
        stk_buf_varint(out, in->edges[i].events);
    }
}

static void put_steps(const stk_incident *in, places *s, stk_buf *out)
{
    stk_buf_varint(out, in->step_count);
    for (size_t i = 0; i < in->step_count; i++) {
        const stk_step *step = &in->steps[i];
        stk_buf_zigzag(out, step->at);
        put_position(out, s, &step->position);
        stk_buf_varint(out, step->stage);
        stk_put_rule(out, step->rule);
        stk_put_reason(out, &step->reason);
        stk_buf_varint(out, step->events);
    }
}

static void put_incident(const stk_incident *in, const stk_meta *meta, places *s, stk_buf *out)
{
    stk_buf_varint(out, STK_STORY_SCHEMA);
    stk_put_meta(out, meta, place_of(s, meta->position.source));
    stk_put_name(out, stk_incident_kind_name(in->kind));
    stk_buf_varint(out, in->severity);
    stk_put_real(out, in->confidence);
    stk_buf_varint(out, in->stage);
    stk_buf_zigzag(out, in->first_at);
    stk_buf_zigzag(out, in->last_at);
    stk_buf_varint(out, in->events);
    put_graph(in, s, out);
    put_steps(in, s, out);
    stk_buf_varint(out, in->technique_count);
    for (size_t i = 0; i < in->technique_count; i++)
        stk_buf_run(out, in->techniques[i]);
    stk_buf_varint(out, in->unit_count);
    uint64_t before = 0;
    for (size_t i = 0; i < in->unit_count; i++) {
        stk_buf_varint(out, place_of(s, in->units[i].source));
        stk_buf_zigzag(out, (int64_t)(in->units[i].unit - before));
        before = in->units[i].unit;
    }
    stk_put_reason(out, &in->summary);
}

static bool is_entity(const stk_incident *in, stk_key key)
{
    for (size_t i = 0; i < in->entity_count; i++)
        if (stk_key_eq(in->entities[i].key, key))
            return true;
    return false;
}

static stk_status seal_names(stk_protector *p, const stk_incident *in, const stk_name *names,
                             size_t count, stk_arena *arena, stk_protected_incident *out,
                             stk_error *err)
{
    stk_sealed_name *sealed = stk_arena_array(arena, stk_sealed_name, count);
    if (sealed == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count; i++) {
        if (!is_entity(in, names[i].key) || names[i].name.raw.len == 0)
            continue;
        stk_auto_buf aad = stk_buf_init(AAD_BYTES), plain = stk_buf_init(DETAIL_BYTES);
        put_aad(&aad, STK_SEALED_NAME, in->id, p->day);
        stk_put_key(&aad, names[i].key);
        put_raw(&plain, names[i].name.raw, NAME_BYTES);
        stk_sealed_name *s = &sealed[out->name_count];
        *s = (stk_sealed_name){ .key = names[i].key, .day = p->day };
        stk_status status = seal_into(p, &aad, &plain, arena, &s->sealed, err);
        stk_wipe(plain.ptr, plain.len);
        STK_TRY(status);
        out->name_count++;
    }
    out->names = sealed;
    return STK_OK;
}

stk_status stk_protect_incident(stk_protector *p, const stk_incident *incident,
                                const stk_name *names, size_t name_count, stk_arena *arena,
                                const stk_protected_incident **ret, stk_error *err)
{
    stk_meta meta = incident->meta;
    meta.policy = stk_policy_version(p->policy);
    meta.key_version = p->key_version;
    stk_protected_incident *out = stk_arena_array(arena, stk_protected_incident, 1);
    places *sources = stk_arena_array(arena, places, 1);
    if (out == NULL || sources == NULL)
        return no_memory(err);
    stk_buf *body = &p->scratch;
    stk_buf_clear(body);
    put_incident(incident, &meta, sources, body);
    if (sources->failed)
        return stk_fail(err, STK_ERR_LIMIT, "an incident over more than %d sources",
                        STK_STORY_SOURCES);
    stk_str copy = body->failed ? (stk_str){ 0 } : stk_arena_copy(arena, stk_buf_str(body));
    if (copy.ptr == NULL)
        return no_memory(err);
    *out = (stk_protected_incident){
        .id = incident->id,
        .kind = incident->kind,
        .severity = incident->severity,
        .first_at = incident->first_at,
        .last_at = incident->last_at,
        .day = p->day,
        .sources = sources->source,
        .source_count = sources->count,
        .body = copy,
    };
    if (p->evidence != NULL && name_count != 0)
        STK_TRY(seal_names(p, incident, names, name_count, arena, out, err));
    *ret = out;
    return STK_OK;
}

/* ---- reveal ---- */

static stk_status unseal(const stk_secret *evidence, const stk_buf *aad, stk_str sealed,
                         stk_buf *out, stk_error *err)
{
    stk_auto_secret key;
    stk_aead *aead;
    if (aad->failed)
        return no_memory(err);
    STK_TRY(stk_secret_derive(evidence, STK_EVIDENCE_KEY_USE, &key, err));
    STK_TRY(stk_aead_new(&key, &aead, err));
    stk_status status = stk_aead_open(aead, stk_buf_str(aad), sealed, out, err);
    stk_aead_free(aead);
    return status;
}

static stk_status take_raw(stk_cursor *in, stk_arena *arena, stk_personal *ret, stk_error *err)
{
    stk_str s = stk_cursor_run(in);
    if (in->failed)
        return stk_fail(err, STK_ERR_SYNTAX, "a sealed text is damaged");
    ret->raw = stk_arena_copy(arena, s);
    return ret->raw.ptr == NULL ? no_memory(err) : STK_OK;
}

stk_status stk_unseal_name(const stk_secret *evidence, stk_id incident, const stk_sealed_name *name,
                           stk_arena *arena, stk_personal *ret, stk_error *err)
{
    stk_auto_buf aad = stk_buf_init(AAD_BYTES), plain = stk_buf_init(DETAIL_BYTES);
    put_aad(&aad, STK_SEALED_NAME, incident, name->day);
    stk_put_key(&aad, name->key);
    STK_TRY(unseal(evidence, &aad, name->sealed, &plain, err));
    stk_cursor in = stk_cursor_of(stk_buf_str(&plain));
    stk_status status = take_raw(&in, arena, ret, err);
    stk_wipe(plain.ptr, plain.len);
    return status;
}

static stk_status take_detail(stk_cursor *in, stk_arena *arena, stk_finding *f, stk_error *err)
{
    stk_personal name;
    STK_TRY(take_raw(in, arena, &name, err));
    if (!f->where.learned)
        f->where.name = name;
    for (size_t i = 0; i < STK_REASON_ARGS; i++) {
        stk_personal raw;
        STK_TRY(take_raw(in, arena, &raw, err));
        if (f->reason.args[i].kind == STK_ARG_RAW)
            f->reason.args[i].u.raw = raw;
    }
    return STK_OK;
}

stk_status stk_unseal_finding(const stk_secret *evidence, const stk_sealed_detail *detail,
                              stk_arena *arena, stk_finding *finding, stk_error *err)
{
    if (detail->sealed.len == 0)
        return stk_fail(err, STK_ERR_MISSING, "nothing of this finding is sealed any more");
    stk_auto_buf aad = stk_buf_init(AAD_BYTES), plain = stk_buf_init(DETAIL_BYTES);
    put_aad(&aad, STK_SEALED_DETAIL, finding->id, detail->day);
    STK_TRY(unseal(evidence, &aad, detail->sealed, &plain, err));
    stk_cursor in = stk_cursor_of(stk_buf_str(&plain));
    stk_status status = take_detail(&in, arena, finding, err);
    stk_wipe(plain.ptr, plain.len);
    return status;
}
