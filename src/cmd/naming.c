/* SPDX-License-Identifier: Apache-2.0 */
/* From an entity to its name, by memory, then by the file. */
#include "cmd/naming.h"

stk_status stk_naming_init(stk_naming *naming, const stk_files *files, stk_error *err)
{
    *naming = (stk_naming){ .names = stk_names_new(),
                            .files = files,
                            .scratch = stk_arena_new(STK_BATCH_ARENA_BYTES),
                            .name = stk_buf_init(STK_UNIT_BYTES) };
    return naming->names == NULL || naming->scratch == NULL
               ? stk_fail(err, STK_ERR_MEMORY, "no memory for names")
               : STK_OK;
}

void stk_naming_done(stk_naming *naming)
{
    stk_names_free(naming->names);
    stk_arena_free(naming->scratch);
    stk_buf_done(&naming->name);
}

void stk_naming_learn(stk_naming *naming, const stk_engine *engine, const stk_incident *incident)
{
    for (size_t e = 0; e < incident->entity_count; e++) {
        const stk_entity *entity = &incident->entities[e];
        if (stk_names_keep(naming->names, entity->key))
            continue;
        const stk_event *event = stk_engine_event_at(engine, &entity->first);
        if (event != NULL &&
            stk_name_in_event(naming->snapshot, event, entity->key, naming->scratch, &naming->name))
            stk_names_add(naming->names, entity->key, stk_buf_str(&naming->name));
    }
}

static const stk_personal *find(stk_naming *naming, const stk_entity *entity)
{
    const stk_personal *name = stk_names_get(naming->names, entity->key);
    if (name != NULL || naming->files == NULL ||
        !stk_files_name(naming->files, &entity->first, entity->key, &naming->name))
        return name;
    stk_names_add(naming->names, entity->key, stk_buf_str(&naming->name));
    return stk_names_get(naming->names, entity->key);
}

static bool name_entity(const void *ctx, size_t index, stk_lang lang, stk_buf *out)
{
    (void)lang;
    stk_naming *naming = (stk_naming *)ctx; /* a namer's context is const, its memory is not */
    if (index >= naming->incident->entity_count)
        return false;
    const stk_entity *entity = &naming->incident->entities[index];
    if (entity->key.type == STK_KEY_SITE) {
        stk_buf_add(out, STK_S("site"));
        return true;
    }
    if (entity->key.type == STK_KEY_SOURCE && naming->files != NULL) {
        uint32_t file = stk_files_index(naming->files, entity->first.source);
        const char *path = file == UINT32_MAX ? "" : naming->files->item[file].path;
        stk_buf_add(out, (stk_str){ path, strlen(path) });
        return true;
    }
    const stk_personal *name = find(naming, entity);
    if (name == NULL)
        return false;
    stk_buf_add(out, name->raw);
    return true;
}

stk_namer stk_naming_of(stk_naming *naming, const stk_incident *incident)
{
    naming->incident = incident;
    return (stk_namer){ name_entity, naming };
}
