/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.yaml, key by key; then everything it names is loaded. */
#include "cmd/config.h"

#include "base/yaml.h"
#include "cmd/verb.h"
#include "dataset/reader.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LIFE_BYTES = 16 << 20, FILE_BYTES = 64 << 20, RULE_FILES = 256, PATH_BYTES = 4096 };

static const char *joined(stk_arena *life, const char *dir, const char *name)
{
    if (name[0] == '/')
        return stk_arena_copy(life, (stk_str){ name, strlen(name) }).ptr;
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    return n < 0 || (size_t)n >= sizeof path
               ? NULL
               : stk_arena_copy(life, (stk_str){ path, (size_t)n }).ptr;
}

/* ---- reading ------------------------------------------------------------------------------- */

struct reading {
    stk_config *config;
    const char *file, *dir;
};

static stk_status at(const struct reading *r, const stk_yaml *node, stk_error *err,
                     const char *text)
{
    return stk_fail_at(err, STK_ERR_INVALID, r->file, node->line, node->column, "%s", text);
}

static stk_status scalar(const struct reading *r, const stk_yaml *node, stk_str *ret,
                         stk_error *err)
{
    if (node->kind != STK_YAML_SCALAR)
        return at(r, node, err, "one value is wanted here, not a list or a map");
    *ret = node->text;
    return STK_OK;
}

static stk_status path_of(const struct reading *r, const stk_yaml *node, const char **ret,
                          stk_error *err)
{
    stk_str text;
    STK_TRY(scalar(r, node, &text, err));
    stk_str own = stk_arena_copy(r->config->life, text); /* terminated */
    *ret = own.ptr == NULL ? NULL : joined(r->config->life, r->dir, own.ptr);
    return *ret == NULL ? at(r, node, err, "the path is too long") : STK_OK;
}

/* Of something that must be there already. */
static stk_status path_there(const struct reading *r, const stk_yaml *node, const char **ret,
                             stk_error *err)
{
    STK_TRY(path_of(r, node, ret, err));
    if (access(*ret, R_OK) == 0)
        return STK_OK;
    return stk_fail_at(err, STK_ERR_IO, r->file, node->line, node->column, "%s cannot be read: %s",
                       *ret, strerror(errno));
}

static stk_status read_proxies(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    if (node->kind != STK_YAML_LIST)
        return at(r, node, err, "trusted_proxies is a list of networks, such as [10.0.0.0/8]");
    for (const stk_yaml *item = node->child; item != NULL; item = item->next) {
        stk_str text;
        STK_TRY(scalar(r, item, &text, err));
        if (r->config->trusted_count == STK_PROXIES_MAX)
            return at(r, item, err, "too many trusted proxies");
        stk_error why;
        if (stk_network_parse(text, &r->config->trusted[r->config->trusted_count], &why) != STK_OK)
            return at(r, item, err, why.text);
        r->config->trusted_count++;
    }
    return STK_OK;
}

static stk_status read_section(const struct reading *r, stk_str section, const stk_yaml *map,
                               stk_error *err)
{
    if (map->kind != STK_YAML_MAP)
        return at(r, map, err, "a map of options is wanted here");
    for (const stk_yaml *item = map->child; item != NULL; item = item->next) {
        stk_str value;
        STK_TRY(scalar(r, item, &value, err));
        if (r->config->setting_count == STK_CONFIG_SETTINGS)
            return at(r, item, err, "too many options");
        r->config->settings[r->config->setting_count++] =
            (stk_setting){ section, item->key, value, r->file, item->key_line, item->key_column };
    }
    return STK_OK;
}

/* Also for a section that sets nothing. */
static stk_status detector_there(const struct reading *r, const stk_yaml *item, stk_error *err)
{
    const char *names[64];
    size_t n = 0;
    for (const stk_detector *const *d = stk_detectors; *d != NULL && n < STK_COUNT(names); d++) {
        if (stk_str_eq(item->key, (stk_str){ (*d)->name, strlen((*d)->name) }))
            return STK_OK;
        names[n++] = (*d)->name;
    }
    const char *near = stk_nearest(item->key, names, n);
    return stk_fail_at(err, STK_ERR_INVALID, r->file, item->key_line, item->key_column,
                       "no detector is named '%" STK_SFMT "'%s%s%s", STK_SARG(item->key),
                       near == NULL ? "; `stockade list detectors` names them" : " (did you mean '",
                       near == NULL ? "" : near, near == NULL ? "" : "'?)");
}

static stk_status read_detectors(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    if (node->kind != STK_YAML_MAP)
        return at(r, node, err, "detectors is a map: the name of each, and its options");
    for (const stk_yaml *item = node->child; item != NULL; item = item->next) {
        STK_TRY(detector_there(r, item, err));
        STK_TRY(read_section(r, item->key, item, err));
    }
    return STK_OK;
}

static stk_status read_format(const struct reading *r, const stk_yaml *node,
                              stk_config_source *source, stk_error *err)
{
    source->line = node->line;
    source->column = node->column;
    return scalar(r, node, &source->format, err);
}

static stk_status read_sources(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    static const char *const keys[] = { "path", "format", NULL };
    if (node->kind != STK_YAML_LIST)
        return at(r, node, err, "sources is a list of maps with `path` and `format`");
    for (const stk_yaml *item = node->child; item != NULL; item = item->next) {
        if (item->kind != STK_YAML_MAP || stk_yaml_get(item, "path") == NULL)
            return at(r, item, err, "a source is a map with at least `path`");
        STK_TRY(stk_yaml_only(item, r->file, keys, err));
        if (r->config->source_count == STK_SOURCES)
            return at(r, item, err, "too many sources");
        stk_config_source *source = &r->config->sources[r->config->source_count++];
        source->format = STK_S("auto");
        source->line = item->line;
        source->column = item->column;
        STK_TRY(path_of(r, stk_yaml_get(item, "path"), &source->path, err));
        if (stk_yaml_get(item, "format") != NULL)
            STK_TRY(read_format(r, stk_yaml_get(item, "format"), source, err));
    }
    return STK_OK;
}

/* ---- the keys of the file ------------------------------------------------------------------ */

static stk_status read_store(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    return path_of(r, node, &r->config->store, err);
}

static stk_status read_keys(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    return path_of(r, node, &r->config->keys, err);
}

static stk_status read_rules_dir(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    return path_there(r, node, &r->config->rules, err);
}

static stk_status read_profile(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    return path_there(r, node, &r->config->profile, err);
}

static stk_status read_policy(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    return path_there(r, node, &r->config->policy, err);
}

static stk_status read_client(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    stk_str text;
    STK_TRY(scalar(r, node, &text, err));
    stk_error why;
    if (stk_client_rule_parse(text, &r->config->client, &why) != STK_OK)
        return at(r, node, err, why.text);
    r->config->client_stated = true;
    return STK_OK;
}

static stk_status read_correlate(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    return read_section(r, STK_S("correlate"), node, err);
}

static const stk_spec plain_spec[] = {
    { "memory", STK_BYTES, offsetof(stk_config, state_bytes), "96M", "8M", "64G",
      "Budget of all keyed state." },
    { "threads", STK_INT, offsetof(stk_config, threads), "0", "0", "64",
      "Threads that inspect; 0: as many as processors, at most 4." },
    { "language", STK_CHOICE, offsetof(stk_config, lang), "en", "en|zh", NULL,
      "Language of summaries." },
};

static stk_status read_plain(const struct reading *r, const stk_yaml *node, stk_error *err)
{
    stk_str text;
    STK_TRY(scalar(r, node, &text, err));
    stk_error why;
    if (stk_spec_set(plain_spec, STK_COUNT(plain_spec), r->config, node->key, text, &why) != STK_OK)
        return at(r, node, err, why.text);
    return STK_OK;
}

static const struct {
    const char *key;
    stk_status (*read)(const struct reading *r, const stk_yaml *node, stk_error *err);
    const char *help;
} keys[] = {
    { "sources", read_sources,
      "List of what `run` follows: maps of `path` and `format` (default auto)." },
    { "trusted_proxies", read_proxies,
      "List of networks whose X-Forwarded-For, Forwarded and CF-Connecting-IP are believed." },
    { "client", read_client,
      "Who the client of a whole request is: none, cookie:NAME or header:NAME; else the address." },
    { "store", read_store, "Directory of the store." },
    { "keys", read_keys, "Key file, mode 0600." },
    { "policy", read_policy, "Policy that decides what is remembered; else the one compiled in." },
    { "rules", read_rules_dir, "Directory of rules; else those compiled in." },
    { "profile", read_profile, "Learned endpoint profile to judge by." },
    { "detectors", read_detectors, "Map: the name of a detector, and its options as a map." },
    { "correlate", read_correlate, "Map: options of how findings become incidents." },
    { "memory", read_plain, NULL },
    { "threads", read_plain, NULL },
    { "language", read_plain, NULL },
};

void stk_config_manual(void)
{
    for (size_t k = 0; k < STK_COUNT(keys); k++)
        if (keys[k].help != NULL)
            printf("| `%s` | %s |\n", keys[k].key, keys[k].help);
    for (size_t k = 0; k < STK_COUNT(plain_spec); k++)
        printf("| `%s` | %s Default: %s. |\n", plain_spec[k].key, plain_spec[k].help,
               plain_spec[k].dflt);
}

static stk_status read_tree(const struct reading *r, const stk_yaml *root, stk_error *err)
{
    const char *names[STK_COUNT(keys) + 1] = { NULL };
    for (size_t k = 0; k < STK_COUNT(keys); k++)
        names[k] = keys[k].key;
    if (root->kind != STK_YAML_MAP)
        return at(r, root, err, "a map is wanted here");
    STK_TRY(stk_yaml_only(root, r->file, names, err));
    for (const stk_yaml *item = root->child; item != NULL; item = item->next)
        for (size_t k = 0; k < STK_COUNT(keys); k++)
            if (stk_str_eq(item->key, (stk_str){ keys[k].key, strlen(keys[k].key) }))
                STK_TRY(keys[k].read(r, item, err));
    return STK_OK;
}

static stk_status read_bytes(const char *path, stk_arena *life, stk_str *ret, stk_error *err)
{
    stk_auto_buf bytes = stk_buf_init(FILE_BYTES);
    STK_TRY(stk_read_whole(path, &bytes, err));
    *ret = stk_arena_copy(life, stk_buf_str(&bytes));
    if (ret->ptr == NULL)
        return stk_fail_at(err, STK_ERR_LIMIT, path, 0, 0, "larger than a configuration may be");
    return STK_OK;
}

stk_status stk_config_init(stk_config *config, const char *dir, stk_error *err)
{
    *config = (stk_config){ 0 };
    stk_spec_defaults(plain_spec, STK_COUNT(plain_spec), config);
    config->life = stk_arena_new(LIFE_BYTES);
    if (config->life == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a configuration");
    config->store = joined(config->life, dir, "store");
    config->keys = joined(config->life, dir, "keys");
    if (config->store == NULL || config->keys == NULL)
        return stk_fail(err, STK_ERR_LIMIT, "the directory's name is too long");
    return STK_OK;
}

void stk_config_done(stk_config *config)
{
    stk_arena_free(config->life);
    *config = (stk_config){ 0 };
}

stk_status stk_config_read(stk_config *config, const char *path, stk_error *err)
{
    stk_str bytes;
    STK_TRY(read_bytes(path, config->life, &bytes, err));
    const stk_yaml *root;
    STK_TRY(stk_yaml_parse(bytes, path, config->life, &root, err));
    const char *slash = strrchr(path, '/');
    stk_str dir = slash == NULL ? STK_S(".") : (stk_str){ path, (size_t)(slash - path) };
    struct reading r = { .config = config,
                         .file = stk_arena_copy(config->life, (stk_str){ path, strlen(path) }).ptr,
                         .dir = stk_arena_copy(config->life, dir).ptr };
    if (r.file == NULL || r.dir == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a configuration");
    return read_tree(&r, root, err);
}

/* ---- what it names ------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const stk_rules_file *left = a, *right = b;
    return strcmp(left->name.ptr, right->name.ptr);
}

static stk_status read_rules(const char *dir, stk_arena *life, stk_rules_file *files,
                             size_t *ret_count, stk_error *err)
{
    DIR *listing = opendir(dir);
    if (listing == NULL)
        return stk_fail_at(err, STK_ERR_IO, dir, 0, 0, "cannot read rules: %s", strerror(errno));
    size_t count = 0;
    stk_status status = STK_OK;
    for (struct dirent *entry; status == STK_OK && (entry = readdir(listing)) != NULL;) {
        size_t n = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || n < 5 || strcmp(entry->d_name + n - 5, ".yaml") != 0)
            continue;
        const char *path = joined(life, dir, entry->d_name);
        if (dir[0] != '/' && path == NULL)
            status = stk_fail(err, STK_ERR_LIMIT, "the path of a rule file is too long");
        else if (count == RULE_FILES)
            status = stk_fail_at(err, STK_ERR_LIMIT, dir, 0, 0, "more than %d rule files",
                                 RULE_FILES);
        else
            status = read_bytes(path, life, &files[count].bytes, err);
        if (status == STK_OK)
            files[count++].name = (stk_str){ path, strlen(path) };
    }
    closedir(listing);
    if (status == STK_OK && count == 0)
        status = stk_fail_at(err, STK_ERR_MISSING, dir, 0, 0, "no rule files (*.yaml) here");
    qsort(files, count, sizeof *files, by_name);
    *ret_count = count;
    return status;
}

stk_status stk_load_rules(const char *dir, stk_rules_complain complain, void *ctx, stk_rules **ret,
                          stk_error *err)
{
    if (dir == NULL)
        return stk_rules_load_embedded(ret, err);
    stk_auto_arena *life = stk_arena_new(FILE_BYTES);
    stk_rules_file *files = life == NULL ? NULL : stk_arena_array(life, stk_rules_file, RULE_FILES);
    if (files == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for rules");
    size_t count;
    STK_TRY(read_rules(dir, life, files, &count, err));
    return stk_rules_load(files, count, complain, ctx, ret, err);
}

stk_status stk_load_profile(const char *path, stk_profile **ret, stk_error *err)
{
    stk_auto_buf bytes = stk_buf_init(FILE_BYTES);
    STK_TRY(stk_read_whole(path, &bytes, err));
    /* Nobody writes a profile by hand: one that is damaged is a fault of the machine. */
    return stk_environment(stk_profile_load(stk_buf_str(&bytes), path, ret, err), err);
}

stk_status stk_config_policy(const stk_config *config, stk_policy **ret, stk_error *err)
{
    if (config->policy == NULL)
        return stk_policy_default(ret, err);
    stk_auto_buf bytes = stk_buf_init(STK_YAML_BYTES);
    STK_TRY(stk_read_whole(config->policy, &bytes, err));
    return stk_policy_load(stk_buf_str(&bytes), config->policy, ret, err);
}

stk_status stk_config_snapshot(const stk_config *config, const stk_hash_key *secret,
                               stk_rules_complain complain, void *ctx, stk_snapshot **ret,
                               stk_error *err)
{
    stk_snapshot_setup setup = { .secret = *secret,
                                 .settings = config->settings,
                                 .setting_count = config->setting_count,
                                 .trusted = config->trusted,
                                 .trusted_count = config->trusted_count,
                                 .client = config->client };
    if (config->profile != NULL)
        STK_TRY(stk_load_profile(config->profile, &setup.profile, err));
    stk_status status = STK_OK;
    stk_str learned = setup.profile == NULL ? (stk_str){ 0 } : stk_profile_client(setup.profile);
    if (!config->client_stated && learned.len != 0 && !stk_str_eq(learned, STK_S("address")))
        status = stk_client_rule_parse(learned, &setup.client, err);
    if (status == STK_OK)
        status = stk_load_rules(config->rules, complain, ctx, &setup.rules, err);
    if (status != STK_OK) {
        stk_profile_free(setup.profile);
        return status;
    }
    return stk_snapshot_new(&setup, ret, err);
}

unsigned stk_threads(int64_t wanted)
{
    if (wanted > 0)
        return (unsigned)wanted;
    long there = sysconf(_SC_NPROCESSORS_ONLN);
    return there < 1 ? 1 : there > 4 ? 4 : (unsigned)there;
}
