/* SPDX-License-Identifier: Apache-2.0 */
/* The audit: entries come back in order, nobody changes or removes one unseen, and it is written
 * beside a running writer. */
#include "check.h"
#include "fixture.h"

#include <sqlite3.h>

static stk_audit_entry entry(int64_t at)
{
    return (stk_audit_entry){ .at = at,
                              .actor = STK_S("uid 1000"),
                              .action = STK_S("reveal"),
                              .object = STK_S("incident 0000000000000001"),
                              .reason = STK_S("ticket 77") };
}

static bool follow(void *ctx, const stk_audit_entry *e)
{
    uint64_t *n = ctx;
    *n = e->number == *n + 1 && e->at == (int64_t)e->number * 10 &&
                 stk_str_eq(e->reason, STK_S("ticket 77"))
             ? e->number
             : 1000;
    return true;
}

/* Change the database behind the store's back. */
static bool tamper(const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;
    (void)snprintf(path, sizeof path, "%s/store.db", fix_dir);
    bool done = sqlite3_open(path, &db) == SQLITE_OK &&
                sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
    (void)sqlite3_close(db);
    return done;
}

static stk_status list(uint64_t *ret_count, stk_error *err)
{
    stk_store *s = NULL;
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    *ret_count = 0;
    STK_TRY(fix_open(STK_STORE_READ, &fix_record, &s, err));
    stk_status status = stk_store_audit_list(s, arena, follow, ret_count, err);
    stk_store_close(s);
    return status;
}

static const char *use_chain(void)
{
    stk_store *writer = NULL, *auditor = NULL;
    stk_error err;
    uint64_t n = 0;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &writer, &err) == STK_OK);
    CHECK(list(&n, &err) == STK_OK && n == 0);
    CHECK(fix_open(STK_STORE_AUDIT, &fix_record, &auditor, &err) == STK_OK);
    for (int64_t i = 1; i <= 5; i++) {
        stk_audit_entry e = entry(i * 10);
        CHECK(stk_store_audit_add(i % 2 ? auditor : writer, &e, &err) == STK_OK);
    }
    CHECK(stk_store_begin(writer, &err) == STK_OK);
    stk_audit_entry late = entry(60);
    CHECK(stk_store_audit_add(writer, &late, &err) == STK_ERR_INVALID);
    stk_store_close(auditor);
    stk_store_close(writer);
    CHECK(list(&n, &err) == STK_OK && n == 5);
    stk_store *reader = NULL;
    CHECK(fix_open(STK_STORE_READ, &fix_record, &reader, &err) == STK_OK);
    CHECK(stk_store_audit_add(reader, &late, &err) == STK_ERR_INVALID);
    stk_store_close(reader);

    CHECK(!tamper("DELETE FROM audit WHERE number = 5"));
    CHECK(!tamper("UPDATE audit SET digest = x'00' WHERE number = 5"));
    CHECK(tamper("CREATE TABLE copy AS SELECT * FROM audit; DROP TRIGGER audit_stays;"
                 "DROP TRIGGER audit_keeps"));
    static const char *const changes[] = {
        "DELETE FROM audit WHERE number = 5", /* the newest: only the head shows it */
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit",
        "UPDATE audit SET body = (SELECT body FROM copy WHERE number = 1) WHERE number = 3",
        "UPDATE audit SET digest = zeroblob(32) WHERE number = 4",
        "UPDATE audit SET number = 9 WHERE number = 5",
    };
    for (size_t i = 0; i < STK_COUNT(changes); i++) {
        CHECK(tamper(changes[i]));
        CHECK(list(&n, &err) == STK_ERR_CRYPT && strstr(err.text, "broken at entry") != NULL);
        CHECK(tamper("DELETE FROM audit; INSERT INTO audit SELECT * FROM copy"));
        CHECK(list(&n, &err) == STK_OK && n == 5);
    }
    return NULL;
}

/* A row that was put where another stood does not open. */
static const char *use_swapped(void)
{
    stk_policy *policy = NULL;
    stk_protector *p = fix_protector(&policy);
    stk_arena *arena = stk_arena_new(1 << 20);
    stk_store *s = NULL;
    stk_error err;
    stk_source_state state;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) == STK_OK);
    CHECK(stk_store_begin(s, &err) == STK_OK);
    for (uint64_t unit = 1; unit <= 2; unit++) {
        stk_finding f = fix_finding(unit, STK_S("x"));
        const stk_protected_finding *kept;
        CHECK(stk_protect_finding(p, &f, arena, &kept, &err) == STK_OK);
        CHECK(stk_store_put_finding(s, kept, &err) == STK_OK);
    }
    CHECK(stk_store_commit(s, &err) == STK_OK);
    stk_store_close(s);
    CHECK(tamper(
        "UPDATE finding SET body = (SELECT body FROM finding WHERE unit = 1) WHERE unit = 2"));
    CHECK(fix_open(STK_STORE_READ, &fix_record, &s, &err) == STK_OK);
    stk_stored_finding got;
    CHECK(stk_store_finding(s, (stk_id){ 0x8000000000000001u }, arena, &got, &err) == STK_OK);
    CHECK(stk_store_finding(s, (stk_id){ 0x8000000000000002u }, arena, &got, &err) ==
          STK_ERR_CRYPT);
    stk_store_close(s);
    stk_arena_free(arena);
    stk_protector_free(p);
    stk_policy_free(policy);
    return NULL;
}

#define WITH_DIRECTORY(use)                                                                        \
    static const char *in_##use(void)                                                              \
    {                                                                                              \
        CHECK(fix_directory());                                                                    \
        const char *why = use();                                                                   \
        fix_remove();                                                                              \
        return why;                                                                                \
    }
WITH_DIRECTORY(use_chain)
WITH_DIRECTORY(use_swapped)

static const check_test tests[] = {
    { "entries are chained, and every change shows", in_use_chain },
    { "rows are bound to their ids", in_use_swapped },
};
CHECK_MAIN(tests)
