/* SPDX-License-Identifier: Apache-2.0 */
/* Sources and where they stand. A source is found by a keyed hash of its fingerprint: the digest of
 * a file's first line is not put where anyone with a guess of that line could check it. */
#include "store/inside.h"

enum { IDENTITY_BYTES = 4096, LABEL_BYTES = 512, NAME_BYTES = 16, TAIL_BYTES = 32 };

typedef struct source_hash {
    unsigned char byte[NAME_BYTES];
} source_hash;

static stk_status hash_of(stk_store *s, const stk_source_name *name, bool family, source_hash *ret,
                          stk_error *err)
{
    unsigned char bytes[32 + 4];
    memcpy(bytes, name->fingerprint, 32);
    for (size_t i = 0; i < 4; i++)
        bytes[32 + i] = (unsigned char)(name->occurrence >> (8 * i));
    return stk_mac_pseudonym(s->mac, family ? 'f' : 'n',
                             (stk_str){ (const char *)bytes, family ? 32 : sizeof bytes },
                             ret->byte, err);
}

static stk_str hash_str(const source_hash *h)
{
    return (stk_str){ (const char *)h->byte, sizeof h->byte };
}

#define STATE_COLUMNS                                                                              \
    "number, unit, offset, stored_unit, malformed, last_at, finished, tail, tail_bytes, note"

/* The digest of what stands before the place. Of a short file it could be guessed: it is sealed.
 * Early stores have it as it is. */
static stk_status read_tail(stk_store *s, uint32_t number, stk_str tail,
                            unsigned char ret[TAIL_BYTES], stk_error *err)
{
    if (tail.len <= TAIL_BYTES) {
        if (tail.len == TAIL_BYTES)
            memcpy(ret, tail.ptr, TAIL_BYTES);
        return STK_OK;
    }
    stk_buf_clear(&s->scratch);
    STK_TRY(stk_body_open(s, STK_BODY_SOURCE_TAIL, number, tail, &s->scratch, err));
    if (s->scratch.len != TAIL_BYTES)
        return stk_fail(err, STK_ERR_SYNTAX, "a source of the store is damaged");
    memcpy(ret, s->scratch.ptr, TAIL_BYTES);
    return STK_OK;
}

/* Columns of STATE_COLUMNS into a state. */
static stk_status read_state(stk_store *s, const stk_query *q, stk_arena *arena,
                             stk_source_state *ret, stk_error *err)
{
    uint32_t number = (uint32_t)stk_row_int(q, 0);
    stk_source_state state = {
        .unit = (uint64_t)stk_row_int(q, 1),
        .offset = (uint64_t)stk_row_int(q, 2),
        .stored_unit = (uint64_t)stk_row_int(q, 3),
        .malformed = (uint64_t)stk_row_int(q, 4),
        .last_at = stk_row_int(q, 5),
        .finished = stk_row_int(q, 6) != 0,
        .tail_bytes = (uint32_t)stk_row_int(q, 8),
    };
    stk_str tail = stk_row_bytes(q, 7), sealed = stk_row_bytes(q, 9);
    STK_TRY(read_tail(s, number, tail, state.tail, err));
    if (sealed.len != 0) {
        stk_buf_clear(&s->scratch);
        STK_TRY(stk_body_open(s, STK_BODY_SOURCE_NOTE, number, sealed, &s->scratch, err));
        state.note = stk_arena_copy(arena, stk_buf_str(&s->scratch));
        if (state.note.ptr == NULL)
            return stk_store_no_memory(err);
    }
    *ret = state;
    return STK_OK;
}

static stk_status find(stk_store *s, const source_hash *name, stk_arena *arena, bool *ret_found,
                       uint32_t *ret_number, stk_source_state *ret, stk_error *err)
{
    stk_query *q;
    STK_TRY(stk_sql_query(s->sql, "SELECT " STATE_COLUMNS " FROM source WHERE name = ?1", true, &q,
                          err));
    stk_query_bytes(q, 1, hash_str(name));
    stk_status status = stk_query_next(q, ret_found, err);
    if (status == STK_OK && *ret_found) {
        *ret_number = (uint32_t)stk_row_int(q, 0);
        status = read_state(s, q, arena, ret, err);
    }
    stk_query_end(q);
    return status;
}

static stk_status add(stk_store *s, const stk_source_name *name, stk_str label, uint32_t *ret,
                      stk_error *err)
{
    source_hash hash, family;
    int64_t number = 0;
    stk_auto_buf identity = stk_buf_init(IDENTITY_BYTES), sealed = stk_buf_init(IDENTITY_BYTES);
    STK_TRY(hash_of(s, name, false, &hash, err));
    STK_TRY(hash_of(s, name, true, &family, err));
    STK_TRY(
        stk_sql_number(s->sql, "SELECT coalesce(max(number) + 1, 0) FROM source", &number, err));
    stk_buf_add(&identity, (stk_str){ (const char *)name->fingerprint, 32 });
    stk_buf_varint(&identity, name->occurrence);
    stk_buf_run(&identity,
                (stk_str){ label.ptr, label.len < LABEL_BYTES ? label.len : LABEL_BYTES });
    if (identity.failed)
        return stk_store_no_memory(err);
    STK_TRY(
        stk_body_seal(s, STK_BODY_SOURCE, (uint64_t)number, stk_buf_str(&identity), &sealed, err));
    stk_query *q;
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO source VALUES"
                          " (?1, ?2, ?3, ?4, 0, 0, 0, 0, ?5, 0, x'', 0, x'')",
                          true, &q, err));
    stk_query_int(q, 1, number);
    stk_query_bytes(q, 2, hash_str(&hash));
    stk_query_bytes(q, 3, hash_str(&family));
    stk_query_bytes(q, 4, stk_buf_str(&sealed));
    stk_query_int(q, 5, STK_TIME_NONE);
    STK_TRY(stk_query_run(q, NULL, err));
    *ret = (uint32_t)number;
    return STK_OK;
}

stk_status stk_store_source(stk_store *store, uint32_t run_index, const stk_source_name *name,
                            stk_str label, stk_arena *arena, stk_source_state *ret, stk_error *err)
{
    if (run_index >= STK_SOURCES)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d sources in one run", STK_SOURCES);
    if (store->stepping)
        return stk_fail(err, STK_ERR_INVALID, "sources are named between steps of the store");
    source_hash hash;
    bool found = false;
    uint32_t number = STK_NO_NUMBER;
    stk_source_state state = { .last_at = STK_TIME_NONE };
    STK_TRY(hash_of(store, name, false, &hash, err));
    STK_TRY(find(store, &hash, arena, &found, &number, &state, err));
    if (!found && store->mode != STK_STORE_WRITE)
        return stk_fail(err, STK_ERR_MISSING, "the store does not know this source");
    if (!found)
        STK_TRY(add(store, name, label, &number, err));
    store->number_of[run_index] = number;
    *ret = state;
    return STK_OK;
}

stk_status stk_store_occurrences(stk_store *store, const unsigned char fingerprint[32],
                                 uint32_t *ret, stk_error *err)
{
    stk_source_name name = { .occurrence = 0 };
    source_hash family;
    memcpy(name.fingerprint, fingerprint, sizeof name.fingerprint);
    STK_TRY(hash_of(store, &name, true, &family, err));
    stk_query *q;
    bool row = false;
    STK_TRY(
        stk_sql_query(store->sql, "SELECT count(*) FROM source WHERE family = ?1", true, &q, err));
    stk_query_bytes(q, 1, hash_str(&family));
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK)
        *ret = row ? (uint32_t)stk_row_int(q, 0) : 0;
    stk_query_end(q);
    return status;
}

static stk_status put_position(stk_store *s, uint32_t number, const stk_source_state *state,
                               stk_error *err)
{
    stk_buf_clear(&s->packed);
    if (state->note.len > STK_STORE_NOTE_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "a source's note has at most %d bytes",
                        STK_STORE_NOTE_BYTES);
    if (state->note.len != 0)
        STK_TRY(stk_body_seal(s, STK_BODY_SOURCE_NOTE, number, state->note, &s->packed, err));
    stk_auto_buf tail = stk_buf_init(256);
    STK_TRY(stk_body_seal(s, STK_BODY_SOURCE_TAIL, number,
                          (stk_str){ (const char *)state->tail, sizeof state->tail }, &tail, err));
    stk_query *q;
    STK_TRY(stk_sql_query(s->sql,
                          "UPDATE source SET unit = ?2, offset = ?3, malformed = ?4, last_at = ?5,"
                          " finished = ?6, tail = ?7, tail_bytes = ?8, note = ?9 WHERE number = ?1",
                          true, &q, err));
    stk_query_int(q, 1, number);
    stk_query_int(q, 2, (int64_t)state->unit);
    stk_query_int(q, 3, (int64_t)state->offset);
    stk_query_int(q, 4, (int64_t)state->malformed);
    stk_query_int(q, 5, state->last_at);
    stk_query_int(q, 6, state->finished);
    stk_query_bytes(q, 7, stk_buf_str(&tail));
    stk_query_int(q, 8, state->tail_bytes);
    stk_query_bytes(q, 9, stk_buf_str(&s->packed));
    return stk_query_run(q, NULL, err);
}

stk_status stk_store_put_position(stk_store *store, uint32_t run_index,
                                  const stk_source_state *state, stk_error *err)
{
    uint32_t number = 0;
    STK_TRY(stk_step_check(store, err));
    stk_status status = stk_number_of(store, run_index, &number, err);
    if (status == STK_OK)
        status = put_position(store, number, state, err);
    return stk_step_result(store, status);
}

/* One row into a stk_source_row: STATE_COLUMNS and then the identity. */
static stk_status read_row(stk_store *s, const stk_query *q, stk_arena *arena, stk_source_row *row,
                           stk_error *err)
{
    row->number = (uint32_t)stk_row_int(q, 0);
    row->index = stk_index_of(s, row->number);
    STK_TRY(read_state(s, q, arena, &row->state, err));
    stk_auto_buf plain = stk_buf_init(IDENTITY_BYTES);
    STK_TRY(stk_body_open(s, STK_BODY_SOURCE, row->number, stk_row_bytes(q, 10), &plain, err));
    stk_cursor in = stk_cursor_of(stk_buf_str(&plain));
    stk_str fingerprint = stk_cursor_take(&in, 32);
    row->name.occurrence = (uint32_t)stk_cursor_varint(&in);
    stk_str label = stk_cursor_run(&in);
    if (in.failed)
        return stk_fail(err, STK_ERR_SYNTAX, "a source of the store is damaged");
    memcpy(row->name.fingerprint, fingerprint.ptr, 32);
    row->label = stk_arena_copy(arena, label);
    return row->label.ptr == NULL ? stk_store_no_memory(err) : STK_OK;
}

stk_status stk_store_sources(stk_store *store, stk_arena *arena, stk_source_row **ret,
                             size_t *ret_count, stk_error *err)
{
    int64_t count = 0;
    STK_TRY(stk_sql_number(store->sql, "SELECT count(*) FROM source", &count, err));
    stk_source_row *rows = stk_arena_array(arena, stk_source_row, (size_t)count);
    if (rows == NULL)
        return stk_store_no_memory(err);
    stk_query *q;
    STK_TRY(stk_sql_query(store->sql,
                          "SELECT " STATE_COLUMNS ", identity FROM source ORDER BY number", false,
                          &q, err));
    size_t n = 0;
    bool row = true;
    stk_status status = STK_OK;
    while (status == STK_OK && row && n < (size_t)count) {
        status = stk_query_next(q, &row, err);
        if (status == STK_OK && row)
            status = read_row(store, q, arena, &rows[n++], err);
    }
    stk_query_end(q);
    if (status != STK_OK)
        return status;
    *ret = rows;
    *ret_count = n;
    return STK_OK;
}
