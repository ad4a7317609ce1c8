/* SPDX-License-Identifier: Apache-2.0 */
/* Retention by day, and figures. */
#include "store/inside.h"

#include <stdio.h>
#include <sys/stat.h>

/* Rows of up to a day go; `ret_removed` counts on. */
static stk_status remove_until(stk_store *s, const char *text, int64_t day, uint64_t *ret_removed,
                               stk_error *err)
{
    stk_query *q;
    int64_t changed = 0;
    STK_TRY(stk_sql_query(s->sql, text, false, &q, err));
    stk_query_int(q, 1, day);
    STK_TRY(stk_query_run(q, &changed, err));
    *ret_removed += (uint64_t)changed;
    return STK_OK;
}

static stk_status remove_old(stk_store *s, const stk_retention *r, stk_retained *out,
                             stk_error *err)
{
    int64_t evidence = r->today - r->evidence_days, records = r->today - r->record_days,
            incidents = r->today - r->incident_days;
    /* a sealed part whose block goes, goes too */
    int64_t sealed = evidence > records ? evidence : records;
    int64_t details = evidence > incidents ? evidence : incidents;
    STK_TRY(remove_until(s, "DELETE FROM block_sealed WHERE day <= ?1", sealed, &out->sealed_parts,
                         err));
    STK_TRY(remove_until(
        s, "UPDATE finding SET detail = NULL WHERE detail_day <= ?1 AND detail IS NOT NULL",
        details, &out->sealed_parts, err));
    STK_TRY(remove_until(s, "DELETE FROM incident_name WHERE day <= ?1", details,
                         &out->sealed_parts, err));
    STK_TRY(remove_until(s, "DELETE FROM block WHERE day <= ?1", records, &out->blocks, err));
    STK_TRY(remove_until(s, "DELETE FROM finding WHERE day <= ?1", incidents, &out->findings, err));
    return remove_until(s, "DELETE FROM incident WHERE day <= ?1", incidents, &out->incidents, err);
}

stk_status stk_store_retain(stk_store *store, const stk_retention *rule, stk_retained *ret,
                            stk_error *err)
{
    stk_retained out = { 0 };
    STK_TRY(stk_store_begin(store, err));
    stk_status status = remove_old(store, rule, &out, err);
    if (status != STK_OK) {
        stk_store_rollback(store);
        return status;
    }
    STK_TRY(stk_store_commit(store, err));
    *ret = out;
    if (out.blocks + out.sealed_parts + out.findings + out.incidents == 0)
        return STK_OK;
    /* give the room back; what was deleted is zeroed by secure_delete, and leaves the log here */
    STK_TRY(stk_sql_run(store->sql, "PRAGMA incremental_vacuum", err));
    return stk_sql_run(store->sql, "PRAGMA wal_checkpoint(TRUNCATE)", err);
}

static uint64_t file_bytes(const char *path, const char *suffix)
{
    char name[PATH_MAX + 8];
    struct stat st;
    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

stk_status stk_store_stats_of(stk_store *store, stk_store_stats *ret, stk_error *err)
{
    stk_store_stats stats = { .schema = 0 };
    int64_t schema = 0;
    struct {
        const char *text;
        uint64_t *to;
    } figures[] = {
        { "SELECT count(*) FROM source", &stats.sources },
        { "SELECT count(*) FROM block", &stats.blocks },
        { "SELECT total(count) FROM block", &stats.records },
        { "SELECT count(*) FROM finding", &stats.findings },
        { "SELECT count(*) FROM incident", &stats.incidents },
        { "SELECT count(*) FROM audit", &stats.audit_entries },
        { "SELECT total(length(body)) FROM block", &stats.open_bytes },
        { "SELECT total(length(body)) FROM block_sealed", &stats.sealed_bytes },
        { "SELECT total(length(body)) FROM checkpoint", &stats.checkpoint_bytes },
    };
    STK_TRY(stk_sql_number(store->sql, "PRAGMA user_version", &schema, err));
    stats.schema = (uint32_t)schema;
    for (size_t i = 0; i < STK_COUNT(figures); i++) {
        int64_t v = 0;
        STK_TRY(stk_sql_number(store->sql, figures[i].text, &v, err));
        *figures[i].to = (uint64_t)v;
    }
    stats.file_bytes = file_bytes(store->path, "") + file_bytes(store->path, "-wal") +
                       file_bytes(store->path, "-shm");
    *ret = stats;
    return STK_OK;
}
