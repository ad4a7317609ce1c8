/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a store to look into it. */
#include "cmd/kept.h"

#include "cmd/config.h"

#include <stdio.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, ARENA_BYTES = 512 << 20 };

/* Where a replay's store and its keys are, or those of a run: its configuration may name others. */
static stk_status find_places(stk_str dir, stk_str store, stk_config *config, char path[PATH_BYTES],
                              char keys[PATH_BYTES], stk_error *err)
{
    char own[PATH_BYTES];
    int n = snprintf(own, sizeof own, "%" STK_SFMT "/stockade.yaml", STK_SARG(dir));
    int p = snprintf(path, PATH_BYTES, "%" STK_SFMT, STK_SARG(store));
    int k = snprintf(keys, PATH_BYTES, "%" STK_SFMT ".keys", STK_SARG(store));
    if (n < 0 || p < 0 || k < 0 || n >= PATH_BYTES || p >= PATH_BYTES || k >= PATH_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "the directory's name is too long");
    if (store.len != 0)
        return STK_OK;
    STK_TRY(stk_config_init(config, dir.ptr, err));
    if (access(own, R_OK) == 0)
        STK_TRY(stk_config_read(config, own, err));
    p = snprintf(path, PATH_BYTES, "%s", config->store);
    k = snprintf(keys, PATH_BYTES, "%s", config->keys);
    if (p >= PATH_BYTES || k >= PATH_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "the directory's name is too long");
    return STK_OK;
}

static stk_status open_kept(stk_kept *kept, stk_str dir, stk_str store, stk_store_mode mode,
                            stk_error *err)
{
    *kept = (stk_kept){ .arena = stk_arena_new(ARENA_BYTES) };
    char path[PATH_BYTES], keys[PATH_BYTES];
    stk_config config = { 0 };
    stk_status status = find_places(dir, store, &config, path, keys, err);
    stk_config_done(&config);
    STK_TRY(status);
    if (access(path, F_OK) != 0)
        return stk_fail(
            err, STK_ERR_MISSING,
            "there is no store at %s: --store names that of a replay, --dir that of a run", path);
    if (kept->arena == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to open a store");
    stk_auto_secret record = { 0 };
    uint32_t version;
    STK_TRY(stk_vault_open(keys, false, &kept->vault, err));
    STK_TRY(stk_vault_key(kept->vault, &(stk_key_name){ .use = STK_USE_RECORD }, false, &record,
                          &version, err));
    stk_store_setup setup = {
        .dir = path, .mode = mode, .record = &record, .key_version = version
    };
    return stk_store_open(&setup, &kept->store, err);
}

stk_status stk_kept_open(stk_kept *kept, stk_str dir, stk_str store, stk_store_mode mode,
                         stk_error *err)
{
    stk_error why = { 0 };
    stk_status status = stk_environment(open_kept(kept, dir, store, mode, &why), &why);
    if (status != STK_OK && err != NULL)
        *err = why;
    return status;
}

void stk_kept_close(stk_kept *kept)
{
    stk_store_close(kept->store);
    stk_vault_close(kept->vault);
    stk_arena_free(kept->arena);
    *kept = (stk_kept){ 0 };
}

uint32_t stk_kept_source(uint32_t source)
{
    return source >= STK_SOURCES ? source - STK_SOURCES : source;
}

void stk_kept_units(const stk_incident *incident)
{
    for (size_t u = 0; u < incident->unit_count; u++)
        incident->units[u].source = stk_kept_source(incident->units[u].source);
}

bool stk_kept_name(const void *ctx, size_t index, stk_lang lang, stk_buf *out)
{
    (void)lang;
    const stk_incident *incident = ctx;
    if (index >= incident->entity_count)
        return false;
    stk_key key = incident->entities[index].key;
    if (key.type == STK_KEY_SITE || key.type == STK_KEY_SOURCE)
        stk_buf_printf(out, "%s", stk_key_type_name(key.type));
    else
        stk_buf_printf(out, "%s-%012llx", stk_key_type_name(key.type),
                       (unsigned long long)(key.hash >> 16));
    return true;
}
