/* SPDX-License-Identifier: Apache-2.0 */
/* Who looked behind a seal. Entry n holds the digest of n, of the digest before it and of its
 * sealed body; a keyed hash of the newest digest stands in `meta`. So a changed, moved or missing
 * entry shows, also at the end; what does not show is the whole file put back to an older state. */
#include "store/inside.h"

enum { ENTRY_BYTES = 16 << 10, TEXT_BYTES = 2048 };

static stk_status digest_of(uint64_t number, const stk_digest *before, stk_str body,
                            stk_digest *ret, stk_error *err)
{
    stk_auto_buf bytes = stk_buf_init(ENTRY_BYTES + 128);
    stk_buf_add(&bytes, STK_S("stockade audit 1"));
    stk_buf_varint(&bytes, number);
    stk_buf_add(&bytes, (stk_str){ (const char *)before->byte, sizeof before->byte });
    stk_buf_add(&bytes, body);
    return bytes.failed ? stk_store_no_memory(err) : stk_digest_of(stk_buf_str(&bytes), ret, err);
}

static stk_status head_of(stk_store *s, uint64_t number, const stk_digest *digest, stk_digest *ret,
                          stk_error *err)
{
    stk_auto_buf bytes = stk_buf_init(128);
    stk_buf_add(&bytes, STK_S("audit head"));
    stk_buf_varint(&bytes, number);
    stk_buf_add(&bytes, (stk_str){ (const char *)digest->byte, sizeof digest->byte });
    return bytes.failed ? stk_store_no_memory(err)
                        : stk_mac_of(s->mac, stk_buf_str(&bytes), ret, err);
}

/* The newest entry's number and digest; 0 and zeros when there is none. */
static stk_status newest(stk_store *s, uint64_t *ret_number, stk_digest *ret, stk_error *err)
{
    stk_query *q;
    bool row = false;
    *ret_number = 0;
    *ret = (stk_digest){ { 0 } };
    STK_TRY(stk_sql_query(s->sql, "SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1",
                          false, &q, err));
    stk_status status = stk_query_next(q, &row, err);
    if (status == STK_OK && row) {
        stk_str digest = stk_row_bytes(q, 1);
        *ret_number = (uint64_t)stk_row_int(q, 0);
        if (digest.len == sizeof ret->byte)
            memcpy(ret->byte, digest.ptr, digest.len);
    }
    stk_query_end(q);
    return status;
}

static void put_text(stk_buf *out, stk_str s)
{
    stk_buf_run(out, (stk_str){ s.ptr, s.len < TEXT_BYTES ? s.len : TEXT_BYTES });
}

static stk_status insert(stk_store *s, uint64_t number, stk_str body, const stk_digest *digest,
                         stk_error *err)
{
    stk_query *q;
    stk_digest head;
    STK_TRY(stk_sql_query(s->sql, "INSERT INTO audit VALUES (?1, ?2, ?3)", false, &q, err));
    stk_query_int(q, 1, (int64_t)number);
    stk_query_bytes(q, 2, body);
    stk_query_bytes(q, 3, (stk_str){ (const char *)digest->byte, sizeof digest->byte });
    STK_TRY(stk_query_run(q, NULL, err));
    STK_TRY(head_of(s, number, digest, &head, err));
    STK_TRY(stk_sql_query(s->sql,
                          "INSERT INTO meta VALUES ('audit_head', ?1)"
                          " ON CONFLICT (key) DO UPDATE SET value = ?1",
                          false, &q, err));
    stk_query_bytes(q, 1, (stk_str){ (const char *)head.byte, sizeof head.byte });
    return stk_query_run(q, NULL, err);
}

static stk_status add(stk_store *s, const stk_audit_entry *entry, stk_error *err)
{
    uint64_t number;
    stk_digest before, digest;
    STK_TRY(newest(s, &number, &before, err));
    number++;
    stk_auto_buf plain = stk_buf_init(ENTRY_BYTES), sealed = stk_buf_init(ENTRY_BYTES + 64);
    stk_buf_zigzag(&plain, entry->at);
    put_text(&plain, entry->actor);
    put_text(&plain, entry->action);
    put_text(&plain, entry->object);
    put_text(&plain, entry->reason);
    if (plain.failed)
        return stk_store_no_memory(err);
    STK_TRY(stk_body_seal(s, STK_BODY_AUDIT, number, stk_buf_str(&plain), &sealed, err));
    STK_TRY(digest_of(number, &before, stk_buf_str(&sealed), &digest, err));
    return insert(s, number, stk_buf_str(&sealed), &digest, err);
}

stk_status stk_store_audit_add(stk_store *store, const stk_audit_entry *entry, stk_error *err)
{
    if (store->mode == STK_STORE_READ || store->stepping)
        return stk_fail(err, STK_ERR_INVALID,
                        store->stepping ? "the audit is written between steps of the store"
                                        : "the store is open for reading: the audit cannot be "
                                          "written, so nothing is revealed");
    STK_TRY(stk_sql_run(store->sql, "PRAGMA synchronous = FULL", err));
    stk_status status = stk_sql_run(store->sql, "BEGIN IMMEDIATE", err);
    if (status == STK_OK)
        status = add(store, entry, err);
    if (status == STK_OK)
        status = stk_sql_run(store->sql, "COMMIT", err);
    if (status != STK_OK)
        stk_store_rollback(store);
    stk_status back = stk_sql_run(store->sql, "PRAGMA synchronous = NORMAL", NULL);
    (void)back; /* FULL is merely slower */
    return status;
}

static stk_status broken(uint64_t number, stk_error *err)
{
    return stk_fail(err, STK_ERR_CRYPT,
                    "the audit is broken at entry %llu: it, or one before it, was changed or "
                    "removed",
                    (unsigned long long)number);
}

static stk_status read_entry(stk_store *s, uint64_t number, stk_str body, stk_arena *arena,
                             stk_audit_entry *ret, stk_error *err)
{
    stk_buf_clear(&s->scratch);
    if (stk_body_open(s, STK_BODY_AUDIT, number, body, &s->scratch, err) != STK_OK)
        return broken(number, err);
    stk_str plain = stk_arena_copy(arena, stk_buf_str(&s->scratch));
    if (plain.ptr == NULL)
        return stk_store_no_memory(err);
    stk_cursor in = stk_cursor_of(plain);
    *ret = (stk_audit_entry){ .number = number, .at = stk_cursor_zigzag(&in) };
    ret->actor = stk_cursor_run(&in);
    ret->action = stk_cursor_run(&in);
    ret->object = stk_cursor_run(&in);
    ret->reason = stk_cursor_run(&in);
    return in.failed ? broken(number, err) : STK_OK;
}

/* Where the check of the chain stands. */
typedef struct chain {
    uint64_t number;
    stk_digest digest;
} chain;

static stk_status check_link(chain *c, uint64_t number, stk_str body, stk_str digest,
                             stk_error *err)
{
    stk_digest want;
    STK_TRY(digest_of(c->number + 1, &c->digest, body, &want, err));
    if (number != c->number + 1 || digest.len != sizeof want.byte ||
        memcmp(digest.ptr, want.byte, sizeof want.byte) != 0)
        return broken(c->number + 1, err);
    *c = (chain){ number, want };
    return STK_OK;
}

static stk_status check_head(stk_store *s, const chain *c, stk_error *err)
{
    stk_query *q;
    bool row = false;
    stk_digest want;
    STK_TRY(head_of(s, c->number, &c->digest, &want, err));
    STK_TRY(
        stk_sql_query(s->sql, "SELECT value FROM meta WHERE key = 'audit_head'", false, &q, err));
    stk_status status = stk_query_next(q, &row, err);
    bool good = row ? stk_str_eq(stk_row_bytes(q, 0),
                                 (stk_str){ (const char *)want.byte, sizeof want.byte })
                    : c->number == 0;
    stk_query_end(q);
    return status == STK_OK && !good ? broken(c->number + 1, err) : status;
}

stk_status stk_store_audit_list(stk_store *store, stk_arena *arena, stk_audit_visit visit,
                                void *ctx, stk_error *err)
{
    stk_query *q;
    bool row = true, telling = true;
    chain c = { .number = 0 };
    STK_TRY(stk_sql_query(store->sql, "SELECT number, body, digest FROM audit ORDER BY number",
                          false, &q, err));
    stk_status status = STK_OK;
    while (status == STK_OK && row) { /* to the end, also when the visitor has seen enough */
        stk_audit_entry entry;
        status = stk_query_next(q, &row, err);
        if (status != STK_OK || !row)
            break;
        uint64_t number = (uint64_t)stk_row_int(q, 0);
        status = check_link(&c, number, stk_row_bytes(q, 1), stk_row_bytes(q, 2), err);
        if (status == STK_OK && telling)
            status = read_entry(store, number, stk_row_bytes(q, 1), arena, &entry, err);
        if (status == STK_OK && telling)
            telling = visit(ctx, &entry);
    }
    stk_query_end(q);
    return status == STK_OK ? check_head(store, &c, err) : status;
}
