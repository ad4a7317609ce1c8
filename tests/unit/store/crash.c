/* SPDX-License-Identifier: Apache-2.0 */
/* Law 8 at the store: a process that commits steps as fast as it can is killed (SIGKILL) at random
 * moments, again and again; each time the next one must find position, checkpoint, records,
 * findings and incidents of exactly the same units, and goes on from there. */
#include "check.h"
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { KILLS = 40, STEP_UNITS = 8 };

static stk_status one_step(stk_store *s, stk_protector *p, stk_block_builder *b, stk_arena *arena,
                           stk_source_state *state, stk_error *err)
{
    const stk_block *block;
    const stk_protected_finding *finding;
    const stk_protected_incident *incident;
    STK_TRY(stk_store_begin(s, err));
    for (int i = 0; i < STEP_UNITS; i++) {
        uint64_t unit = ++state->unit;
        stk_event e = fix_event(unit, STK_S("203.0.113.77"), STK_S("/x"));
        STK_TRY(stk_block_add(b, &e, err));
        stk_finding f = fix_finding(unit, STK_S("raw"));
        STK_TRY(stk_protect_finding(p, &f, arena, &finding, err));
        STK_TRY(stk_store_put_finding(s, finding, err));
    }
    STK_TRY(stk_block_seal(b, &block, err));
    STK_TRY(stk_store_put_block(s, 0, block, err));
    stk_incident *in = stk_arena_array(arena, stk_incident, 1);
    in->id.v = 7;
    in->meta = fix_meta(1);
    in->events = state->unit;
    STK_TRY(stk_protect_incident(p, in, NULL, 0, arena, &incident, err));
    STK_TRY(stk_store_put_incident(s, incident, err));
    state->offset = state->unit * 100;
    STK_TRY(stk_store_put_position(s, 0, state, err));
    STK_TRY(stk_store_put_checkpoint(
        s, 0, (stk_str){ (const char *)&state->unit, sizeof state->unit }, err));
    return stk_store_commit(s, err);
}

/* Runs until it is killed. */
static int work(stk_policy *policy, stk_protector *p)
{
    stk_store *s = NULL;
    stk_block_builder *b = NULL;
    stk_source_state state;
    stk_error err;
    stk_arena *arena = stk_arena_new(16 << 20);
    (void)policy;
    if (fix_open(STK_STORE_WRITE, &fix_record, &s, &err) != STK_OK ||
        stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) != STK_OK ||
        stk_block_builder_new(p, &fix_source, &b, &err) != STK_OK)
        return 1;
    for (;;) {
        stk_arena_reset(arena);
        if (one_step(s, p, b, arena, &state, &err) != STK_OK)
            return 2;
    }
}

static bool add_block(void *ctx, const stk_block_info *info)
{
    uint64_t *next = ctx; /* blocks are without gap and overlap */
    *next = info->first_unit == *next ? info->last_unit + 1 : UINT64_MAX / 2;
    return true;
}

static const char *check_store(stk_arena *arena, uint64_t *ret_unit)
{
    stk_store *s = NULL;
    stk_source_state state;
    stk_store_stats stats;
    stk_error err;
    uint64_t unit = 0, next = 1;
    stk_auto_buf blob = stk_buf_init(64);
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    CHECK(stk_store_source(s, 0, &fix_source, STK_S("a"), arena, &state, &err) == STK_OK);
    CHECK(stk_store_stats_of(s, &stats, &err) == STK_OK);
    CHECK(stats.records == state.unit && stats.findings == state.unit);
    CHECK(state.stored_unit == state.unit && state.offset == state.unit * 100);
    CHECK(stk_store_blocks(s, 0, 0, UINT64_MAX, arena, true, add_block, &next, &err) == STK_OK);
    CHECK(next == state.unit + 1);
    stk_stored_incident in;
    stk_status status = stk_store_incident(s, (stk_id){ 7 }, arena, &in, &err);
    CHECK(state.unit == 0 ? status == STK_ERR_MISSING
                          : status == STK_OK && in.incident.events == state.unit);
    status = stk_store_checkpoint(s, 0, &blob, &err);
    if (status == STK_OK)
        memcpy(&unit, blob.ptr, sizeof unit);
    CHECK(unit == state.unit);
    stk_store_close(s);
    *ret_unit = state.unit;
    return NULL;
}

static const char *use_kills(void)
{
    stk_policy *policy = NULL;
    stk_protector *p = fix_protector(&policy);
    stk_arena *arena = stk_arena_new(64 << 20);
    uint64_t unit = 0, random = 12345;
    size_t moved = 0;
    for (int i = 0; i < KILLS; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(work(policy, p));
        random = stk_mix64(random + 1);
        struct timespec wait = { 0, (long)(2 + random % 30) * 1000000 };
        (void)nanosleep(&wait, NULL);
        CHECK(kill(child, SIGKILL) == 0);
        int how;
        CHECK(waitpid(child, &how, 0) == child && WIFSIGNALED(how));
        uint64_t before = unit;
        stk_arena_reset(arena);
        const char *why = check_store(arena, &unit);
        if (why != NULL)
            return why;
        CHECK(unit >= before);
        moved += unit > before;
    }
    printf("# %d kills, %llu units, progress after %zu\n", KILLS, (unsigned long long)unit, moved);
    stk_arena_free(arena);
    stk_protector_free(p);
    stk_policy_free(policy);
    CHECK(moved > KILLS / 4); /* else nothing was tested */
    return NULL;
}

static const char *in_use_kills(void)
{
    CHECK(fix_directory());
    const char *why = use_kills();
    fix_remove();
    return why;
}

static const check_test tests[] = { { "killed at random moments, nothing lost or double",
                                      in_use_kills } };
CHECK_MAIN(tests)
