/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails once: the first, then the second, and so on until all goes well. Each
 * time the answer must be a failure that is told, and never a crash; and a builder that was refused
 * memory must go on as if nothing had happened. */
#include "check.h"
#include "crypt/secret.h"
#include "protect/block.h"
#include "protect/story.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
int main(void)
{
    puts("SKIPPED: a sanitizer has an allocator of its own");
    return 77;
}
#else

static long left = -1; /* allocations until one fails; below 0: none does */

static bool refuse(void)
{
    return left >= 0 && left-- == 0;
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
    return refuse() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refuse() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    return refuse() ? NULL : __libc_realloc(p, size);
}

static const stk_secret key = { { 4 } };
static const stk_source_name source = { .occurrence = 2 };
static stk_policy *policy;
static stk_protector *protector;

static stk_status load_policy(void)
{
    stk_policy *p = NULL;
    stk_status status = stk_policy_default(&p, NULL);
    stk_policy_free(p);
    return status;
}

static stk_status make_protector(void)
{
    stk_protect_setup setup = {
        .policy = policy, .pseudonym = &key, .record = &key, .entropy = &stk_entropy_system
    };
    stk_protector *p = NULL;
    STK_TRY(stk_protector_new(&setup, &p, NULL));
    stk_status status = stk_protector_day(p, &key, 1, NULL);
    stk_protector_free(p);
    return status;
}

static stk_event event_of(uint64_t unit)
{
    static char text[4][24];
    stk_event e;
    (void)snprintf(text[unit % 4], sizeof text[0], "192.0.2.%u", (unsigned)unit % 250);
    stk_event_init(&e, unit % 3 ? STK_KIND_HTTP_REQUEST : STK_KIND_PAYMENT_ATTEMPT);
    e.meta.position.unit = unit;
    stk_str address = { text[unit % 4], strlen(text[unit % 4]) };
    if (unit % 3)
        e.u.http.client.raw = e.u.http.target.raw = address;
    else
        e.u.shop.client.raw = e.u.shop.account.raw = address;
    return e;
}

static stk_block_builder *builder; /* survives failures */
static uint64_t added;

static stk_status build_block(void)
{
    const stk_block *block = NULL;
    if (builder == NULL)
        STK_TRY(stk_block_builder_new(protector, &source, &builder, NULL));
    for (; added < 400; added++) {
        stk_event e = event_of(added + 1);
        STK_TRY(stk_block_add(builder, &e, NULL));
    }
    STK_TRY(stk_block_seal(builder, &block, NULL));
    bool whole = stk_block_info_of(block)->count == 400;
    stk_block_builder_free(builder);
    builder = NULL;
    added = 0;
    return whole ? STK_OK : STK_ERR_INVALID;
}

static const stk_block *ready;

static stk_status read_block(void)
{
    stk_block_reader *r = NULL;
    const stk_block_info *info = stk_block_info_of(ready);
    STK_TRY(stk_block_reader_open(&key, info, 0, &r, NULL));
    stk_status status = stk_block_unseal(r, &key, info, NULL);
    stk_record rec;
    stk_personal clear;
    if (status == STK_OK &&
        (!stk_block_reader_find(r, 7, &rec) || !stk_record_reveal(&rec, "http.target", &clear) ||
         !stk_str_eq(clear.raw, STK_S("192.0.2.7"))))
        status = STK_ERR_INVALID;
    stk_block_reader_close(r);
    return status;
}

static stk_status tell_story(void)
{
    static const stk_rule_info rule = { .id = { "a.b", 3 } };
    static const uint32_t sources[1] = { 0 };
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_finding f = { .rule = &rule,
                      .where.name.raw = STK_S("name"),
                      .reason.args[0] = STK_ARG_P((stk_personal){ STK_S("raw") }) },
                back;
    const stk_protected_finding *made;
    if (arena == NULL)
        return STK_ERR_MEMORY;
    STK_TRY(stk_protect_finding(protector, &f, arena, &made, NULL));
    STK_TRY(stk_finding_read(made->body, f.id, 0, arena, &back, NULL));
    stk_incident *in = stk_arena_array(arena, stk_incident, 1);
    if (in == NULL)
        return STK_ERR_MEMORY;
    in->entity_count = 1;
    stk_name name = { in->entities[0].key, { STK_S("ann") } };
    const stk_protected_incident *kept;
    STK_TRY(stk_protect_incident(protector, in, &name, 1, arena, &kept, NULL));
    stk_personal clear;
    STK_TRY(stk_unseal_name(&key, in->id, kept->names, arena, &clear, NULL));
    return stk_incident_read(kept->body, in->id, sources, 1, arena, in, NULL);
}

static const char *torture(stk_status (*what)(void), long most)
{
    for (long n = 0; n < most; n++) {
        left = n;
        stk_status status = what();
        bool spent = left < 0; /* an allocation did fail */
        left = -1;
        if (!spent) {
            printf("# all is well after %ld refusals\n", n);
            return n > 0 && status == STK_OK ? NULL : "failed without a refusal";
        }
        /* the library may find another way, or say in its own words that it could not */
        if (status != STK_OK && status != STK_ERR_MEMORY && status != STK_ERR_CRYPT &&
            status != STK_ERR_LIMIT && status != STK_ERR_SYNTAX)
            return "a refusal of memory became something else";
    }
    return "it never ends";
}

static const char *test_policy(void)
{
    return torture(load_policy, 5000);
}

static const char *test_protector(void)
{
    return torture(make_protector, 5000);
}

static const char *test_build(void)
{
    return torture(build_block, 5000);
}

static const char *test_read(void)
{
    stk_block_builder *b = NULL;
    CHECK(stk_block_builder_new(protector, &source, &b, NULL) == STK_OK);
    for (uint64_t unit = 1; unit < 50; unit++) {
        stk_event e = event_of(unit);
        CHECK(stk_block_add(b, &e, NULL) == STK_OK);
    }
    CHECK(stk_block_seal(b, &ready, NULL) == STK_OK);
    const char *why = torture(read_block, 5000);
    stk_block_builder_free(b);
    return why;
}

static const char *test_story(void)
{
    return torture(tell_story, 5000);
}

static const check_test tests[] = {
    { "a policy", test_policy },
    { "a protector", test_protector },
    { "building a block", test_build },
    { "reading a block", test_read },
    { "findings and incidents", test_story },
};

int main(void)
{
    stk_protect_setup setup = { .pseudonym = &key, .record = &key, .entropy = &stk_entropy_system };
    if (stk_policy_default(&policy, NULL) != STK_OK)
        return 1;
    setup.policy = policy;
    if (stk_protector_new(&setup, &protector, NULL) != STK_OK ||
        stk_protector_day(protector, &key, 1, NULL) != STK_OK)
        return 1;
    int failed = check_main(tests, STK_COUNT(tests));
    stk_protector_free(protector);
    stk_policy_free(policy);
    return failed;
}
#endif
