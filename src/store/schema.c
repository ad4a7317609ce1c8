/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and their history. Columns in the clear are numbers, times and words of ours; whatever is
 * of a person or of the other side stands in a body, protected and then sealed. `day` is always the
 * day on which the row was stored. */
#include "store/schema.h"

#include "base/buf.h"

#include <stdio.h>

enum { APPLICATION = 0x53544b44 };

static const char version_1[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"

    /* name, family: keyed hashes of fingerprint and occurrence, and of the fingerprint alone */
    "CREATE TABLE source (number INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,"
    " family BLOB NOT NULL, identity BLOB NOT NULL, unit INTEGER NOT NULL, offset INTEGER NOT NULL,"
    " stored_unit INTEGER NOT NULL, malformed INTEGER NOT NULL, last_at INTEGER NOT NULL,"
    " finished INTEGER NOT NULL, tail BLOB NOT NULL, tail_bytes INTEGER NOT NULL,"
    " note BLOB NOT NULL);"

    "CREATE TABLE checkpoint (part INTEGER PRIMARY KEY, body BLOB NOT NULL);"

    "CREATE TABLE block (id INTEGER PRIMARY KEY, source INTEGER NOT NULL,"
    " first_unit INTEGER NOT NULL, last_unit INTEGER NOT NULL, first_offset INTEGER NOT NULL,"
    " count INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,"
    " schema INTEGER NOT NULL, policy INTEGER NOT NULL, key_version INTEGER NOT NULL,"
    " day INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE UNIQUE INDEX block_place ON block (source, first_unit);"
    "CREATE TABLE block_sealed (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, body BLOB NOT NULL);"

    /* Rows in the order of events, and found by place first: ids are hashes, and a tree in their
     * order would touch a page for each finding. An id is looked for along the narrow index. */
    "CREATE TABLE finding (number INTEGER PRIMARY KEY, id INTEGER NOT NULL,"
    " source INTEGER NOT NULL, unit INTEGER NOT NULL, day INTEGER NOT NULL, body BLOB NOT NULL,"
    " detail_day INTEGER NOT NULL, detail BLOB);"
    "CREATE UNIQUE INDEX finding_place ON finding (source, unit, id);"

    "CREATE TABLE incident (id INTEGER PRIMARY KEY, first_at INTEGER NOT NULL,"
    " last_at INTEGER NOT NULL, severity INTEGER NOT NULL, kind TEXT NOT NULL,"
    " day INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE INDEX incident_time ON incident (last_at);"
    "CREATE TABLE incident_name (incident INTEGER NOT NULL, type TEXT NOT NULL,"
    " hash INTEGER NOT NULL, day INTEGER NOT NULL, body BLOB NOT NULL,"
    " PRIMARY KEY (incident, type, hash)) WITHOUT ROWID;"

    "CREATE TABLE audit (number INTEGER PRIMARY KEY, body BLOB NOT NULL, digest BLOB NOT NULL);"
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;"
    "CREATE TRIGGER audit_keeps BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;";

/* Names of incidents are told apart by a keyed hash of the store's own; the key of detection, which
 * in a replay derives from the files, lies sealed beside it. NULL: a row of version 1, whose `hash`
 * is that key. */
static const char version_2[] = "ALTER TABLE incident_name ADD COLUMN key BLOB;";

const char *const stk_schema_steps[] = { version_1, version_2 };
const uint32_t stk_schema_version = STK_COUNT(stk_schema_steps);

stk_status stk_schema_of(stk_sql *sql, uint32_t newest, uint32_t *ret, stk_error *err)
{
    int64_t application = 0, version = 0, tables = 0;
    STK_TRY(stk_sql_number(sql, "PRAGMA application_id", &application, err));
    STK_TRY(stk_sql_number(sql, "PRAGMA user_version", &version, err));
    STK_TRY(stk_sql_number(sql, "SELECT count(*) FROM sqlite_master", &tables, err));
    if (application == 0 && version == 0 && tables == 0) {
        *ret = 0;
        return STK_OK;
    }
    if (application != APPLICATION)
        return stk_fail(err, STK_ERR_INVALID, "this is a database of another program");
    if (version < 1 || version > newest)
        return stk_fail(err, STK_ERR_INVALID,
                        "the store was made by a newer Stockade (schema %lld, this one knows %u): "
                        "use that version, or another directory",
                        (long long)version, newest);
    *ret = (uint32_t)version;
    return STK_OK;
}

static stk_status apply(stk_sql *sql, const char *step, uint32_t version, stk_error *err)
{
    char stamp[96];
    (void)snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %u",
                   APPLICATION, version);
    STK_TRY(stk_sql_run(sql, "BEGIN IMMEDIATE", err));
    stk_status status = stk_sql_run(sql, step, err);
    if (status == STK_OK)
        status = stk_sql_run(sql, stamp, err);
    if (status == STK_OK)
        status = stk_sql_run(sql, "COMMIT", err);
    if (status != STK_OK && stk_sql_in_step(sql) && stk_sql_run(sql, "ROLLBACK", NULL) != STK_OK)
        return status;
    return status;
}

stk_status stk_schema_upgrade(stk_sql *sql, const char *const *steps, uint32_t newest,
                              stk_error *err)
{
    uint32_t version;
    STK_TRY(stk_schema_of(sql, newest, &version, err));
    for (; version < newest; version++)
        STK_TRY(apply(sql, steps[version], version + 1, err));
    return STK_OK;
}
