/* SPDX-License-Identifier: Apache-2.0 */
/* The schema only goes forward: from every version that was ever released to the newest, whole
 * steps only; and what is newer, or not ours, is refused in words. */
#include "store/schema.h"

#include "check.h"
#include "fixture.h"

static char path[128];

static stk_status open_file(stk_sql **ret, stk_error *err)
{
    FILE *f = fopen(path, "a");
    if (f != NULL)
        (void)fclose(f);
    return stk_sql_open(path, STK_SQL_WRITE, ret, err);
}

/* The tables and indexes of a database, in words. */
static int64_t things(stk_sql *sql)
{
    int64_t n = -1;
    if (stk_sql_number(sql, "SELECT count(*) FROM sqlite_master", &n, NULL) != STK_OK)
        return -1;
    return n;
}

static const char *use_versions(void)
{
    stk_error err;
    stk_sql *sql = NULL;
    uint32_t version = 99;
    int64_t fresh = 0;
    for (uint32_t from = 0; from <= stk_schema_version; from++) {
        (void)unlink(path);
        CHECK(open_file(&sql, &err) == STK_OK);
        CHECK(stk_schema_of(sql, stk_schema_version, &version, &err) == STK_OK && version == 0);
        CHECK(stk_schema_upgrade(sql, stk_schema_steps, from, &err) == STK_OK);
        CHECK(stk_schema_of(sql, stk_schema_version, &version, &err) == STK_OK && version == from);
        CHECK(stk_schema_upgrade(sql, stk_schema_steps, stk_schema_version, &err) == STK_OK);
        CHECK(stk_schema_of(sql, stk_schema_version, &version, &err) == STK_OK);
        CHECK(version == stk_schema_version);
        fresh = from == 0 ? things(sql) : fresh;
        CHECK(things(sql) == fresh && fresh > 10); /* by whichever road, the same tables */
        stk_sql_close(sql);
    }
    return NULL;
}

/* Steps of a later release, one of which fails in its middle. */
static const char *use_failing_step(void)
{
    static const char *const steps[] = { "CREATE TABLE a (x)", "CREATE TABLE b (x)",
                                         "CREATE TABLE c (x); CREATE TABLE a (x)" };
    stk_error err;
    stk_sql *sql = NULL;
    uint32_t version = 0;
    CHECK(open_file(&sql, &err) == STK_OK);
    CHECK(stk_schema_upgrade(sql, steps, 1, &err) == STK_OK);
    CHECK(stk_schema_upgrade(sql, steps, 3, &err) == STK_ERR_IO);
    CHECK(stk_schema_of(sql, 3, &version, &err) == STK_OK && version == 2);
    CHECK(things(sql) == 2); /* b is there, half of step 3 is not */
    CHECK(stk_schema_upgrade(sql, steps, 2, &err) == STK_OK);
    stk_sql_close(sql);
    return NULL;
}

static const char *use_newer(void)
{
    stk_error err;
    stk_sql *sql = NULL;
    stk_store *s = NULL;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    stk_store_close(s);
    CHECK(open_file(&sql, &err) == STK_OK);
    CHECK(stk_sql_run(sql, "PRAGMA user_version = 4000", &err) == STK_OK);
    stk_sql_close(sql);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_ERR_INVALID);
    CHECK(strstr(err.text, "newer Stockade (schema 4000") != NULL);
    CHECK(fix_open(STK_STORE_READ, &fix_record, &s, &err) == STK_ERR_INVALID);
    CHECK(open_file(&sql, &err) == STK_OK);
    CHECK(stk_sql_run(sql, "PRAGMA application_id = 7", &err) == STK_OK);
    stk_sql_close(sql);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_ERR_INVALID);
    CHECK(strstr(err.text, "another program") != NULL);
    return NULL;
}

#define WITH_DIRECTORY(use)                                                                        \
    static const char *in_##use(void)                                                              \
    {                                                                                              \
        CHECK(fix_directory());                                                                    \
        (void)snprintf(path, sizeof path, "%s/store.db", fix_dir);                                 \
        const char *why = use();                                                                   \
        fix_remove();                                                                              \
        return why;                                                                                \
    }
WITH_DIRECTORY(use_versions)
WITH_DIRECTORY(use_failing_step)
WITH_DIRECTORY(use_newer)

static const check_test tests[] = {
    { "every version becomes the newest", in_use_versions },
    { "a step that fails leaves the version before it", in_use_failing_step },
    { "newer and foreign files are refused", in_use_newer },
};
CHECK_MAIN(tests)
