/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles learned and read, and rules read, with allocations failing in turn. */
#include "alloc.h"

#include "detect/profile.h"
#include "detect/rules.h"

static const stk_hash_key secret = { 3, 5 };

static stk_status teach(stk_profile_learner *learner, stk_arena *arena, unsigned i)
{
    static const stk_str targets[] = { STK_S("/product/17.html?colour=red&size=40"),
                                       STK_S("/search?q=blue+shoe&page=2"), STK_S("/about.html") };
    stk_event event;
    stk_carried carried;
    stk_event_init(&event, STK_KIND_HTTP_REQUEST);
    event.u.http.method = STK_S("GET");
    event.u.http.target.raw = targets[i % STK_COUNT(targets)];
    STK_TRY(stk_carry(&event.u.http, arena, &carried));
    stk_unit unit = { .event = &event, .carried = &carried, .arena = arena, .client_known = true };
    unit.client = stk_key_of(&secret, STK_KEY_ADDRESS, (stk_str){ (const char *)&i, sizeof i });
    return stk_profile_learner_add(learner, &unit, NULL);
}

static stk_status learn(stk_profile **ret)
{
    stk_auto_arena *arena = stk_arena_new(16 << 20);
    stk_profile_origin origin = { STK_S("combined"), STK_S("address"), 7 };
    stk_profile_learner *learner = NULL;
    if (arena == NULL)
        return STK_ERR_MEMORY;
    STK_TRY(stk_profile_learner_new(&origin, NULL, &secret, &learner, NULL));
    stk_status status = STK_OK;
    for (unsigned i = 0; i < 120 && status == STK_OK; i++) {
        status = teach(learner, arena, i);
        stk_arena_reset(arena);
    }
    if (status == STK_OK)
        status = stk_profile_learner_finish(learner, ret, NULL);
    stk_profile_learner_free(learner);
    return status;
}

static stk_status learn_and_forget(void *ctx)
{
    (void)ctx;
    stk_profile *profile = NULL;
    stk_status status = learn(&profile);
    if (status == STK_OK)
        stk_profile_free(profile);
    return status;
}

static stk_status load_profile(void *ctx)
{
    stk_profile *profile = NULL;
    stk_status status = stk_profile_load(*(const stk_str *)ctx, "p", &profile, NULL);
    if (status == STK_OK)
        stk_profile_free(profile);
    return status;
}

/* The compiler of patterns says in words alone that memory was short, so that looks like a pattern
 * that does not compile. */
static stk_status load_rules(void *ctx)
{
    const stk_rules_file *file = ctx;
    stk_rules *rules = NULL;
    stk_status status = stk_rules_load(file, 1, NULL, NULL, &rules, NULL);
    if (status == STK_OK)
        stk_rules_free(rules);
    return status == STK_ERR_INVALID ? STK_ERR_MEMORY : status;
}

static const char *profiles(void)
{
    stk_profile *profile = NULL;
    stk_auto_buf text = stk_buf_init(1 << 20);
    CHECK(learn(&profile) == STK_OK);
    stk_profile_save(profile, &text);
    stk_profile_free(profile);
    CHECK(!text.failed);
    stk_str bytes = stk_buf_str(&text);
    const char *why = alloc_torture(load_profile, &bytes, STK_OK);
    return why != NULL ? why : alloc_torture(learn_and_forget, NULL, STK_OK);
}

/* The compiler of patterns takes thousands of pieces; some of them are tried. */
static const char *rules(void)
{
    stk_rules_file file = {
        STK_S("r.yaml"),
        STK_S("- id: test.one\n  title: One thing\n  kind: probe\n  severity: low\n  confidence: "
              "0.5\n"
              "  attack: [T1190]\n  capec: [CAPEC-66]\n  where: [query]\n  patterns:\n    - "
              "'abc.?d'\n"
              "  fires:\n    - abcd\n  quiet:\n    - nothing\n"),
    };
    stk_status sound = load_rules(&file);
    CHECK(sound == STK_OK);
    return alloc_torture_some(load_rules, &file, sound, 3);
}

static const check_test tests[] = {
    { "profiles", profiles },
    { "rules", rules },
};
CHECK_MAIN(tests)
