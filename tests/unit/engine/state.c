/* SPDX-License-Identifier: Apache-2.0 */
/* What a run remembers: pseudonyms of another epoch link to none of the one before. */
#include "engine/state.h"

#include "check.h"

#include <stdlib.h>
#include <unistd.h>

enum { FIRST_DAY = 7 * 2900, BLOCKS = 2 };

static const char policy_text[] =
    "policy: 1\n"
    "name: epochs\n"
    "version: 1\n"
    "retention: {evidence_days: 0, record_days: 90, incident_days: 90}\n"
    "pseudonym_epoch_days: 7\n"
    "fields:\n"
    "  client.address: pseudonymise\n";

struct pseudonyms {
    const stk_secret *record;
    char first[BLOCKS][16], last[BLOCKS][16];
    size_t count;
    bool failed;
};

static bool pseudonym_at(const stk_block_reader *reader, size_t index, char out[16])
{
    stk_record record;
    stk_record_value value;
    if (!stk_block_reader_get(reader, index, &record) ||
        !stk_record_get(&record, "client.address", STK_FORM_PSEUDONYM, &value) ||
        value.text.len != 16)
        return false;
    memcpy(out, value.text.ptr, 16);
    return true;
}

static bool visit(void *ctx, const stk_block_info *info)
{
    struct pseudonyms *p = ctx;
    stk_block_reader *reader = NULL;
    p->failed = p->failed || p->count == BLOCKS ||
                stk_block_reader_open(p->record, info, 0, &reader, NULL) != STK_OK ||
                !pseudonym_at(reader, 0, p->first[p->count]) ||
                !pseudonym_at(reader, stk_block_reader_count(reader) - 1, p->last[p->count]);
    stk_block_reader_close(reader);
    p->count++;
    return !p->failed;
}

/* Units of one client, from `*unit` on. */
static stk_status pass(stk_state *state, uint64_t *unit, unsigned count, stk_error *err)
{
    for (unsigned i = 0; i < count; i++) {
        stk_seen seen = { .state = STK_UNIT_EVENT };
        stk_event_init(&seen.event, STK_KIND_HTTP_REQUEST);
        seen.event.meta.position.unit = ++*unit;
        seen.event.meta.at = 0;
        seen.event.u.http.client.raw = STK_S("192.0.2.7");
        STK_TRY(stk_state_unit(state, &seen, NULL, 0, err));
    }
    return STK_OK;
}

static stk_status two_blocks(stk_state *state, const stk_policy *policy, stk_error *err)
{
    stk_source_name name = { .occurrence = 0 };
    stk_source_state stood;
    uint32_t index;
    uint64_t unit = 0;
    STK_TRY(stk_state_source(state, &name, STK_S("log"), 0, &index, &stood, err));
    STK_TRY(pass(state, &unit, STK_BATCH_EVENTS, err));
    STK_TRY(stk_state_day(state, policy, FIRST_DAY + 7, err));
    STK_TRY(pass(state, &unit, STK_BATCH_EVENTS + 1, err)); /* one more: the block is sealed */
    return stk_state_commit(state, err);
}

static stk_status look(stk_state *state, const char *keys, struct pseudonyms *ret, stk_error *err)
{
    stk_vault *vault;
    stk_auto_secret record = { 0 };
    stk_auto_arena *arena = stk_arena_new(64 << 20);
    STK_TRY(stk_vault_open(keys, false, &vault, err));
    stk_status status = stk_vault_key(vault, &(stk_key_name){ .use = STK_USE_RECORD }, false,
                                      &record, NULL, err);
    stk_vault_close(vault);
    ret->record = &record;
    if (status == STK_OK)
        status = stk_store_blocks(stk_state_store(state), 0, 1, UINT32_MAX, arena, true, visit, ret,
                                  err);
    ret->record = NULL;
    return status;
}

static const char *test_an_epoch_changes_pseudonyms(void)
{
    char dir[] = "/tmp/stockade-state-XXXXXX", store[64], keys[64], clear[128];
    CHECK(mkdtemp(dir) != NULL);
    (void)snprintf(store, sizeof store, "%s/store", dir);
    (void)snprintf(keys, sizeof keys, "%s/keys", dir);
    (void)snprintf(clear, sizeof clear, "rm -rf %s", dir);
    stk_error err = { 0 };
    stk_policy *policy;
    stk_state *state;
    struct pseudonyms p = { 0 };
    CHECK(stk_policy_load((stk_str){ policy_text, sizeof policy_text - 1 }, "epochs", &policy,
                          &err) == STK_OK);
    stk_state_setup setup = {
        .dir = store, .key_file = keys, .policy = policy, .today = FIRST_DAY
    };
    CHECK(stk_state_open(&setup, &state, &err) == STK_OK);
    stk_status status = two_blocks(state, policy, &err);
    if (status == STK_OK)
        status = look(state, keys, &p, &err);
    stk_state_close(state);
    stk_policy_free(policy);
    CHECK(system(clear) == 0);
    CHECK(status == STK_OK && !p.failed && p.count == BLOCKS);
    CHECK(memcmp(p.first[0], p.last[0], 16) == 0 && memcmp(p.first[1], p.last[1], 16) == 0);
    CHECK(memcmp(p.first[0], p.first[1], 16) != 0);
    return NULL;
}

static const check_test tests[] = {
    { "an epoch changes pseudonyms", test_an_epoch_changes_pseudonyms },
};
CHECK_MAIN(tests)
