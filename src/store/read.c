/* SPDX-License-Identifier: Apache-2.0 */
/* Incidents, findings and blocks as they come back. */
#include "store/inside.h"

enum { SOURCES_MOST = STK_STORY_SOURCES };

/* Opens a body into the store's scratch. */
static stk_status open_body(stk_store *s, stk_body what, uint64_t id, stk_str sealed,
                            stk_error *err)
{
    stk_buf_clear(&s->scratch);
    return stk_body_open(s, what, id, sealed, &s->scratch, err);
}

/* ---- incidents ---- */

static stk_status read_incident(stk_store *s, uint64_t id, stk_str sealed, stk_arena *arena,
                                stk_incident *ret, stk_error *err)
{
    STK_TRY(open_body(s, STK_BODY_INCIDENT, id, sealed, err));
    stk_cursor in = stk_cursor_of(stk_buf_str(&s->scratch));
    uint64_t count = stk_cursor_varint(&in);
    uint32_t *sources = count > SOURCES_MOST ? NULL : stk_arena_array(arena, uint32_t, count);
    if (sources == NULL)
        return count > SOURCES_MOST
                   ? stk_fail(err, STK_ERR_SYNTAX, "an incident of the store is damaged")
                   : stk_store_no_memory(err);
    for (uint64_t i = 0; i < count; i++)
        sources[i] = stk_index_of(s, (uint32_t)stk_cursor_varint(&in));
    stk_str body = { in.ptr, (size_t)(in.end - in.ptr) };
    return stk_incident_read(body, (stk_id){ id }, sources, (size_t)count, arena, ret, err);
}

static void bind_filter(stk_query *q, const stk_store_filter *f)
{
    bool all = f->since == 0 && f->until == 0;
    stk_query_int(q, 1, all ? INT64_MIN : f->since);
    stk_query_int(q, 2, all ? INT64_MAX : f->until);
    stk_query_int(q, 3, f->min_severity);
    stk_query_text(q, 4,
                   f->kind < 0 || f->kind >= STK_INCIDENT_KINDS
                       ? "*"
                       : stk_incident_kind_name((stk_incident_kind)f->kind));
    stk_query_int(q, 5, f->limit == 0 ? -1 : (int64_t)f->limit);
}

stk_status stk_store_incidents(stk_store *store, const stk_store_filter *filter, stk_arena *arena,
                               bool reset, stk_incident_visit visit, void *ctx, stk_error *err)
{
    stk_query *q;
    STK_TRY(stk_sql_query(store->sql,
                          "SELECT id, body FROM incident WHERE last_at >= ?1 AND last_at <= ?2"
                          " AND severity >= ?3 AND (?4 = '*' OR kind = ?4)"
                          " ORDER BY last_at DESC, id LIMIT ?5",
                          false, &q, err));
    bind_filter(q, filter);
    bool row = true;
    stk_status status = STK_OK;
    while (status == STK_OK && row) {
        stk_incident incident;
        status = stk_query_next(q, &row, err);
        if (status != STK_OK || !row)
            break;
        if (reset)
            stk_arena_reset(arena);
        status = read_incident(store, (uint64_t)stk_row_int(q, 0), stk_row_bytes(q, 1), arena,
                               &incident, err);
        if (status == STK_OK && !visit(ctx, &incident))
            break;
    }
    stk_query_end(q);
    return status;
}

static bool key_type_named(stk_str name, stk_key_type *ret)
{
    for (int t = 0; t < STK_KEY_TYPES; t++) {
        const char *n = stk_key_type_name((stk_key_type)t);
        if (stk_str_eq(name, (stk_str){ n, strlen(n) })) {
            *ret = (stk_key_type)t;
            return true;
        }
    }
    return false;
}

/* The key of detection that a name belongs to; see version 2 of the schema. */
static stk_status read_name_key(stk_store *s, stk_id incident, const stk_query *q, uint64_t *ret,
                                stk_error *err)
{
    stk_str sealed = stk_row_bytes(q, 4);
    *ret = (uint64_t)stk_row_int(q, 1);
    if (sealed.len == 0)
        return STK_OK;
    stk_buf_clear(&s->scratch);
    STK_TRY(stk_body_open(s, STK_BODY_NAME_KEY, incident.v, sealed, &s->scratch, err));
    if (s->scratch.len != sizeof *ret)
        return stk_fail(err, STK_ERR_SYNTAX, "a name in the store is damaged");
    memcpy(ret, s->scratch.ptr, sizeof *ret);
    return STK_OK;
}

/* Keys of types that are not known any more are passed over. */
static stk_status read_names(stk_store *s, stk_id id, stk_arena *arena, stk_stored_incident *ret,
                             stk_error *err)
{
    stk_query *q;
    size_t room = 2 * STK_INCIDENT_ENTITIES; /* entities may have been replaced by others */
    ret->names = stk_arena_array(arena, stk_sealed_name, room);
    if (ret->names == NULL)
        return stk_store_no_memory(err);
    STK_TRY(stk_sql_query(s->sql,
                          "SELECT type, hash, day, body, key FROM incident_name WHERE incident = ?1"
                          " ORDER BY day DESC",
                          false, &q, err));
    stk_query_int(q, 1, (int64_t)id.v);
    bool row = true;
    stk_status status = STK_OK;
    while (status == STK_OK && row && ret->name_count < room) {
        status = stk_query_next(q, &row, err);
        stk_sealed_name *n = &ret->names[ret->name_count];
        if (status != STK_OK || !row || !key_type_named(stk_row_bytes(q, 0), &n->key.type))
            continue;
        status = read_name_key(s, id, q, &n->key.hash, err);
        n->day = stk_row_int(q, 2);
        n->sealed = stk_arena_copy(arena, stk_row_bytes(q, 3));
        if (status == STK_OK && n->sealed.ptr == NULL)
            status = stk_store_no_memory(err);
        ret->name_count++;
    }
    stk_query_end(q);
    return status;
}

stk_status stk_store_incident(stk_store *store, stk_id id, stk_arena *arena,
                              stk_stored_incident *ret, stk_error *err)
{
    stk_query *q;
    bool row = false;
    *ret = (stk_stored_incident){ .name_count = 0 };
    STK_TRY(stk_sql_query(store->sql, "SELECT body FROM incident WHERE id = ?1", true, &q, err));
    stk_query_int(q, 1, (int64_t)id.v);
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && !row)
        status = stk_fail(err, STK_ERR_MISSING, "the store has no incident %016llx",
                          (unsigned long long)id.v);
    if (status == STK_OK)
        status = read_incident(store, id.v, stk_row_bytes(q, 0), arena, &ret->incident, err);
    stk_query_end(q);
    return status == STK_OK ? read_names(store, id, arena, ret, err) : status;
}

/* ---- findings ---- */

#define FINDING_QUERY "SELECT id, source, body, detail_day, detail FROM finding WHERE "

static stk_status read_finding(stk_store *s, const stk_query *q, stk_arena *arena,
                               stk_stored_finding *ret, stk_error *err)
{
    uint64_t id = (uint64_t)stk_row_int(q, 0);
    uint32_t source = stk_index_of(s, (uint32_t)stk_row_int(q, 1));
    *ret = (stk_stored_finding){ .detail = { .day = stk_row_int(q, 3) } };
    STK_TRY(open_body(s, STK_BODY_FINDING, id, stk_row_bytes(q, 2), err));
    STK_TRY(stk_finding_read(stk_buf_str(&s->scratch), (stk_id){ id }, source, arena, &ret->finding,
                             err));
    stk_str sealed = stk_row_bytes(q, 4);
    if (sealed.len == 0)
        return STK_OK;
    ret->detail.sealed = stk_arena_copy(arena, sealed);
    return ret->detail.sealed.ptr == NULL ? stk_store_no_memory(err) : STK_OK;
}

stk_status stk_store_finding(stk_store *store, stk_id id, stk_arena *arena, stk_stored_finding *ret,
                             stk_error *err)
{
    stk_query *q;
    bool row = false;
    STK_TRY(stk_sql_query(store->sql,
                          FINDING_QUERY "number = (SELECT number FROM finding WHERE id = ?1)", true,
                          &q, err));
    stk_query_int(q, 1, (int64_t)id.v);
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && !row)
        status = stk_fail(err, STK_ERR_MISSING, "the store has no finding %016llx",
                          (unsigned long long)id.v);
    if (status == STK_OK)
        status = read_finding(store, q, arena, ret, err);
    stk_query_end(q);
    return status;
}

/* Findings of one unit; `*go_on` false when the visitor has seen enough. */
static stk_status visit_unit(stk_store *s, stk_query *q, stk_arena *arena, bool reset,
                             stk_finding_visit visit, void *ctx, bool *go_on, stk_error *err)
{
    bool row = true;
    while (*go_on) {
        stk_stored_finding found;
        STK_TRY(stk_query_next(q, &row, err));
        if (!row)
            return STK_OK;
        if (reset)
            stk_arena_reset(arena);
        STK_TRY(read_finding(s, q, arena, &found, err));
        *go_on = visit(ctx, &found);
    }
    return STK_OK;
}

stk_status stk_store_incident_findings(stk_store *store, const stk_incident *incident,
                                       stk_arena *arena, bool reset, stk_finding_visit visit,
                                       void *ctx, stk_error *err)
{
    stk_query *q;
    bool go_on = true;
    stk_status status = STK_OK;
    STK_TRY(stk_sql_query(store->sql, FINDING_QUERY "source = ?1 AND unit = ?2 ORDER BY id", false,
                          &q, err));
    for (size_t i = 0; i < incident->unit_count && go_on && status == STK_OK; i++) {
        uint32_t number = 0;
        status = stk_number_of(store, incident->units[i].source, &number, err);
        stk_query_int(q, 1, number);
        stk_query_int(q, 2, (int64_t)incident->units[i].unit);
        if (status == STK_OK)
            status = visit_unit(store, q, arena, reset, visit, ctx, &go_on, err);
        stk_query_again(q);
    }
    stk_query_end(q);
    return status;
}

/* ---- blocks ---- */

/* The two names of a source, for the additional data of its blocks. */
static stk_status source_name(stk_store *s, uint32_t number, stk_source_name *ret, stk_error *err)
{
    stk_query *q;
    bool row = false;
    STK_TRY(stk_sql_query(s->sql, "SELECT identity FROM source WHERE number = ?1", true, &q, err));
    stk_query_int(q, 1, number);
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && !row)
        status = stk_fail(err, STK_ERR_MISSING, "the store has no source %u", number);
    if (status == STK_OK)
        status = open_body(s, STK_BODY_SOURCE, number, stk_row_bytes(q, 0), err);
    stk_query_end(q);
    if (status != STK_OK)
        return status;
    stk_cursor in = stk_cursor_of(stk_buf_str(&s->scratch));
    stk_str fingerprint = stk_cursor_take(&in, sizeof ret->fingerprint);
    uint64_t occurrence = stk_cursor_varint(&in);
    if (in.failed)
        return stk_fail(err, STK_ERR_SYNTAX, "a source of the store is damaged");
    memcpy(ret->fingerprint, fingerprint.ptr, sizeof ret->fingerprint);
    ret->occurrence = (uint32_t)occurrence;
    return STK_OK;
}

static stk_status read_block(const stk_query *q, const stk_source_name *source, stk_arena *arena,
                             stk_block_info *ret, stk_error *err)
{
    stk_block_info info = {
        .source = *source,
        .first_unit = (uint64_t)stk_row_int(q, 0),
        .last_unit = (uint64_t)stk_row_int(q, 1),
        .first_offset = (uint64_t)stk_row_int(q, 2),
        .count = (uint32_t)stk_row_int(q, 3),
        .first_at = stk_row_int(q, 4),
        .last_at = stk_row_int(q, 5),
        .schema = (uint32_t)stk_row_int(q, 6),
        .policy = (uint32_t)stk_row_int(q, 7),
        .key_version = (uint32_t)stk_row_int(q, 8),
        .day = stk_row_int(q, 9),
    };
    info.open = stk_arena_copy(arena, stk_row_bytes(q, 10));
    info.sealed = stk_arena_copy(arena, stk_row_bytes(q, 11));
    if (info.open.ptr == NULL || info.sealed.ptr == NULL)
        return stk_store_no_memory(err);
    *ret = info;
    return STK_OK;
}

stk_status stk_store_blocks(stk_store *store, uint32_t index, uint64_t first, uint64_t last,
                            stk_arena *arena, bool reset, stk_block_visit visit, void *ctx,
                            stk_error *err)
{
    uint32_t number;
    stk_source_name source = { .occurrence = 0 };
    stk_query *q;
    STK_TRY(stk_number_of(store, index, &number, err));
    STK_TRY(source_name(store, number, &source, err));
    STK_TRY(stk_sql_query(store->sql,
                          "SELECT first_unit, last_unit, first_offset, count, first_at, last_at,"
                          " schema, policy, key_version, b.day, b.body, s.body FROM block b"
                          " LEFT JOIN block_sealed s ON s.id = b.id"
                          " WHERE source = ?1 AND first_unit <= ?3 AND last_unit >= ?2"
                          " ORDER BY first_unit",
                          false, &q, err));
    stk_query_int(q, 1, number);
    stk_query_int(q, 2, first > INT64_MAX ? INT64_MAX : (int64_t)first);
    stk_query_int(q, 3, last > INT64_MAX ? INT64_MAX : (int64_t)last);
    bool row = true;
    stk_status status = STK_OK;
    while (status == STK_OK && row) {
        stk_block_info info;
        status = stk_query_next(q, &row, err);
        if (status != STK_OK || !row)
            break;
        if (reset)
            stk_arena_reset(arena);
        status = read_block(q, &source, arena, &info, err);
        if (status == STK_OK && !visit(ctx, &info))
            break;
    }
    stk_query_end(q);
    return status;
}
