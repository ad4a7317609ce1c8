/* SPDX-License-Identifier: Apache-2.0 */
/* What goes in within a step: blocks, findings, incidents, checkpoints. */
#include "store/inside.h"

#include <zstd.h>

/* ---- blocks ---- */

/* Moves stored_unit; false when the block starts at or before it. */
static stk_status move_stored(stk_store *s, uint32_t number, const stk_block_info *info,
                              stk_error *err)
{
    stk_query *q;
    int64_t changed = 0;
    STK_TRY(stk_sql_query(
        s->sql, "UPDATE source SET stored_unit = ?3 WHERE number = ?1 AND stored_unit < ?2", true,
        &q, err));
    stk_query_int(q, 1, number);
    stk_query_int(q, 2, (int64_t)info->first_unit);
    stk_query_int(q, 3, (int64_t)info->last_unit);
    STK_TRY(stk_query_run(q, &changed, err));
    if (changed != 1)
        return stk_fail(err, STK_ERR_INVALID, "a block that starts at unit %llu is stored already",
                        (unsigned long long)info->first_unit);
    return STK_OK;
}

static stk_status put_open_part(stk_store *s, uint32_t number, const stk_block_info *info,
                                stk_error *err)
{
    stk_query *q;
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO block VALUES"
                          " (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                          true, &q, err));
    stk_query_int(q, 1, number);
    stk_query_int(q, 2, (int64_t)info->first_unit);
    stk_query_int(q, 3, (int64_t)info->last_unit);
    stk_query_int(q, 4, (int64_t)info->first_offset);
    stk_query_int(q, 5, info->count);
    stk_query_int(q, 6, info->first_at);
    stk_query_int(q, 7, info->last_at);
    stk_query_int(q, 8, info->schema);
    stk_query_int(q, 9, info->policy);
    stk_query_int(q, 10, info->key_version);
    stk_query_int(q, 11, info->day);
    stk_query_bytes(q, 12, info->open);
    return stk_query_run(q, NULL, err);
}

static stk_status put_block(stk_store *s, uint32_t run_index, const stk_block_info *info,
                            stk_error *err)
{
    uint32_t number;
    STK_TRY(stk_number_of(s, run_index, &number, err));
    STK_TRY(move_stored(s, number, info, err));
    STK_TRY(put_open_part(s, number, info, err));
    if (info->sealed.len == 0)
        return STK_OK;
    stk_query *q;
    STK_TRY(stk_sql_query(s->sql, "INSERT INTO block_sealed VALUES (last_insert_rowid(), ?1, ?2)",
                          true, &q, err));
    stk_query_int(q, 1, info->day);
    stk_query_bytes(q, 2, info->sealed);
    return stk_query_run(q, NULL, err);
}

stk_status stk_store_put_block(stk_store *store, uint32_t run_index, const stk_block *block,
                               stk_error *err)
{
    STK_TRY(stk_step_check(store, err));
    return stk_step_result(store, put_block(store, run_index, stk_block_info_of(block), err));
}

/* ---- findings ---- */

static stk_status put_finding(stk_store *s, const stk_protected_finding *f, stk_error *err)
{
    uint32_t number;
    stk_query *q;
    STK_TRY(stk_number_of(s, f->source, &number, err));
    stk_buf_clear(&s->packed);
    STK_TRY(stk_body_seal(s, STK_BODY_FINDING, f->id.v, f->body, &s->packed, err));
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO finding VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                          " ON CONFLICT (source, unit, id) DO UPDATE SET day = ?4, body = ?5,"
                          " detail_day = ?6, detail = ?7",
                          true, &q, err));
    stk_query_int(q, 1, (int64_t)f->id.v);
    stk_query_int(q, 2, number);
    stk_query_int(q, 3, (int64_t)f->unit);
    stk_query_int(q, 4, f->day);
    stk_query_bytes(q, 5, stk_buf_str(&s->packed));
    stk_query_int(q, 6, f->day);
    if (f->detail.len != 0) /* else NULL */
        stk_query_bytes(q, 7, f->detail);
    return stk_query_run(q, NULL, err);
}

stk_status stk_store_put_finding(stk_store *store, const stk_protected_finding *finding,
                                 stk_error *err)
{
    STK_TRY(stk_step_check(store, err));
    return stk_step_result(store, put_finding(store, finding, err));
}

/* ---- incidents ---- */

/* A body speaks of sources by their places in a list; the list, in the store's numbers, goes
 * before it. */
static stk_status incident_body(stk_store *s, const stk_protected_incident *in, stk_error *err)
{
    stk_buf_clear(&s->scratch);
    stk_buf_varint(&s->scratch, in->source_count);
    for (size_t i = 0; i < in->source_count; i++) {
        uint32_t number;
        STK_TRY(stk_number_of(s, in->sources[i], &number, err));
        stk_buf_varint(&s->scratch, number);
    }
    stk_buf_add(&s->scratch, in->body);
    if (s->scratch.failed)
        return stk_store_no_memory(err);
    stk_buf_clear(&s->packed);
    return stk_body_seal(s, STK_BODY_INCIDENT, in->id.v, stk_buf_str(&s->scratch), &s->packed, err);
}

/* What a row of a name is found by: says nothing to who knows or guesses the key of detection. */
static stk_status hash_of_key(stk_store *s, stk_key key, int64_t *ret, stk_error *err)
{
    unsigned char bytes[1 + sizeof key.hash], hash[16];
    bytes[0] = (unsigned char)key.type;
    memcpy(bytes + 1, &key.hash, sizeof key.hash);
    STK_TRY(
        stk_mac_pseudonym(s->mac, 'k', (stk_str){ (const char *)bytes, sizeof bytes }, hash, err));
    memcpy(ret, hash, sizeof *ret);
    return STK_OK;
}

/* A name is sealed again when its row is of an older day: as long as an incident goes on, so does
 * the evidence of who it is about. */
static stk_status put_name(stk_store *s, stk_id incident, const stk_sealed_name *name,
                           stk_error *err)
{
    stk_query *q;
    int64_t hash;
    STK_TRY(hash_of_key(s, name->key, &hash, err));
    stk_auto_buf key = stk_buf_init(256);
    STK_TRY(stk_body_seal(s, STK_BODY_NAME_KEY, incident.v,
                          (stk_str){ (const char *)&name->key.hash, sizeof name->key.hash }, &key,
                          err));
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO incident_name VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                          " ON CONFLICT (incident, type, hash) DO"
                          " UPDATE SET day = ?4, body = ?5 WHERE day < ?4",
                          true, &q, err));
    stk_query_int(q, 1, (int64_t)incident.v);
    stk_query_text(q, 2, stk_key_type_name(name->key.type));
    stk_query_int(q, 3, hash);
    stk_query_int(q, 4, name->day);
    stk_query_bytes(q, 5, name->sealed);
    stk_query_bytes(q, 6, stk_buf_str(&key));
    return stk_query_run(q, NULL, err);
}

static stk_status put_incident(stk_store *s, const stk_protected_incident *in, stk_error *err)
{
    stk_query *q;
    STK_TRY(incident_body(s, in, err));
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO incident VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                          " ON CONFLICT (id) DO UPDATE SET first_at = ?2, last_at = ?3,"
                          " severity = ?4, kind = ?5, day = ?6, body = ?7",
                          true, &q, err));
    stk_query_int(q, 1, (int64_t)in->id.v);
    stk_query_int(q, 2, in->first_at);
    stk_query_int(q, 3, in->last_at);
    stk_query_int(q, 4, in->severity);
    stk_query_text(q, 5, stk_incident_kind_name(in->kind));
    stk_query_int(q, 6, in->day);
    stk_query_bytes(q, 7, stk_buf_str(&s->packed));
    STK_TRY(stk_query_run(q, NULL, err));
    for (size_t i = 0; i < in->name_count; i++)
        STK_TRY(put_name(s, in->id, &in->names[i], err));
    return STK_OK;
}

stk_status stk_store_put_incident(stk_store *store, const stk_protected_incident *incident,
                                  stk_error *err)
{
    STK_TRY(stk_step_check(store, err));
    return stk_step_result(store, put_incident(store, incident, err));
}

/* ---- checkpoints ---- */

enum { LEVEL = 1, CHECKPOINT_BYTES = 512 << 20 };

static stk_status pack(stk_store *s, stk_str blob, stk_error *err)
{
    if (blob.len > CHECKPOINT_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "a part of a checkpoint has at most %d bytes",
                        CHECKPOINT_BYTES);
    size_t bound = ZSTD_compressBound(blob.len);
    stk_buf_clear(&s->scratch);
    char *to = stk_buf_more(&s->scratch, bound);
    if (to == NULL)
        return stk_store_no_memory(err);
    size_t n = ZSTD_compress(to, bound, blob.ptr, blob.len, LEVEL);
    if (ZSTD_isError(n))
        return stk_fail(err, STK_ERR_MEMORY, "cannot compress a checkpoint: %s",
                        ZSTD_getErrorName(n));
    s->scratch.len = n;
    return STK_OK;
}

static stk_status put_checkpoint(stk_store *s, uint32_t part, stk_str blob, stk_error *err)
{
    stk_query *q;
    if (blob.len == 0) {
        STK_TRY(stk_sql_query(s->sql, "DELETE FROM checkpoint WHERE part = ?1", true, &q, err));
        stk_query_int(q, 1, part);
        return stk_query_run(q, NULL, err);
    }
    STK_TRY(pack(s, blob, err));
    stk_buf_clear(&s->packed);
    STK_TRY(stk_body_seal(s, STK_BODY_CHECKPOINT, part, stk_buf_str(&s->scratch), &s->packed, err));
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO checkpoint VALUES (?1, ?2)"
                          " ON CONFLICT (part) DO UPDATE SET body = ?2",
                          true, &q, err));
    stk_query_int(q, 1, part);
    stk_query_bytes(q, 2, stk_buf_str(&s->packed));
    return stk_query_run(q, NULL, err);
}

stk_status stk_store_put_checkpoint(stk_store *store, uint32_t part, stk_str blob, stk_error *err)
{
    STK_TRY(stk_step_check(store, err));
    return stk_step_result(store, put_checkpoint(store, part, blob, err));
}

static stk_status unpack(stk_str packed, stk_buf *out, stk_error *err)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    if (size == 0 || size > CHECKPOINT_BYTES) /* the two error values are larger still */
        return stk_fail(err, STK_ERR_SYNTAX, "a checkpoint of the store is damaged");
    char *to = stk_buf_more(out, (size_t)size);
    if (to == NULL)
        return stk_store_no_memory(err);
    size_t n = ZSTD_decompress(to, (size_t)size, packed.ptr, packed.len);
    if (ZSTD_isError(n) || n != size)
        return stk_fail(err, STK_ERR_SYNTAX, "a checkpoint of the store is damaged");
    return STK_OK;
}

stk_status stk_store_checkpoint(stk_store *store, uint32_t part, stk_buf *out, stk_error *err)
{
    stk_query *q;
    bool row = false;
    STK_TRY(
        stk_sql_query(store->sql, "SELECT body FROM checkpoint WHERE part = ?1", true, &q, err));
    stk_query_int(q, 1, part);
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && !row)
        status = stk_fail(err, STK_ERR_MISSING, "the store has no such part of a checkpoint");
    stk_buf_clear(&store->scratch);
    if (status == STK_OK)
        status = stk_body_open(store, STK_BODY_CHECKPOINT, part, stk_row_bytes(q, 0),
                               &store->scratch, err);
    stk_query_end(q);
    return status == STK_OK ? unpack(stk_buf_str(&store->scratch), out, err) : status;
}
