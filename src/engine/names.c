/* SPDX-License-Identifier: Apache-2.0 */
/* Two open-addressed tables of names, and the search for a key's name in an event. */
#include "engine/names.h"

#include "model/endpoint.h"

#include <stdlib.h>

struct slot {
    stk_key key;
    stk_personal name; /* owned; ptr NULL: free slot */
};

struct table {
    struct slot *slots; /* [room], a power of two; NULL: empty */
    size_t room, used;
};

/* Names that are asked for or added go into the young table; when it is full, it becomes the old
 * one, and what nobody asked for since the last time is forgotten. */
struct stk_names {
    struct table young, old;
};

stk_names *stk_names_new(void)
{
    return calloc(1, sizeof(stk_names));
}

static void empty(struct table *table)
{
    for (size_t i = 0; i < table->room; i++)
        free((char *)table->slots[i].name.raw.ptr);
    free(table->slots);
    *table = (struct table){ 0 };
}

void stk_names_free(stk_names *names)
{
    if (names == NULL)
        return;
    empty(&names->young);
    empty(&names->old);
    free(names);
}

/* Keys are hashes under a secret. NULL: the table has no slots yet. */
static struct slot *find(const struct table *table, stk_key key)
{
    if (table->room == 0)
        return NULL;
    size_t i = (key.hash ^ key.type) & (table->room - 1);
    while (table->slots[i].name.raw.ptr != NULL && !stk_key_eq(table->slots[i].key, key))
        i = (i + 1) & (table->room - 1);
    return &table->slots[i];
}

static struct slot *known(const struct table *table, stk_key key)
{
    struct slot *slot = find(table, key);
    return slot == NULL || slot->name.raw.ptr == NULL ? NULL : slot;
}

const stk_personal *stk_names_get(const stk_names *names, stk_key key)
{
    const struct slot *slot = known(&names->young, key);
    if (slot == NULL)
        slot = known(&names->old, key);
    return slot == NULL ? NULL : &slot->name;
}

static bool grow(struct table *table)
{
    struct table more = { .room = table->room == 0 ? 1024 : table->room * 2, .used = table->used };
    more.slots = calloc(more.room, sizeof *more.slots);
    if (more.slots == NULL)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].name.raw.ptr != NULL)
            *find(&more, table->slots[i].key) = table->slots[i];
    free(table->slots);
    *table = more;
    return true;
}

/* A free slot for a key that is in neither table. NULL: no memory. */
static struct slot *young_slot(stk_names *names, stk_key key)
{
    if (names->young.used == STK_NAMES_MAX / 2) {
        empty(&names->old);
        names->old = names->young;
        names->young = (struct table){ 0 };
    }
    if (names->young.used * 2 >= names->young.room && !grow(&names->young))
        return NULL;
    names->young.used++;
    return find(&names->young, key);
}

bool stk_names_keep(stk_names *names, stk_key key)
{
    if (known(&names->young, key) != NULL)
        return true;
    struct slot *old = known(&names->old, key);
    if (old == NULL)
        return false;
    stk_names_add(names, key, old->name.raw);
    return true;
}

void stk_names_add(stk_names *names, stk_key key, stk_str name)
{
    if (known(&names->young, key) != NULL)
        return;
    size_t n = name.len < STK_NAME_BYTES ? name.len : STK_NAME_BYTES;
    char *copy = malloc(n + 1);
    if (copy == NULL)
        return;
    if (n != 0)
        memcpy(copy, name.ptr, n);
    copy[n] = '\0';
    struct slot *slot = young_slot(names, key);
    if (slot == NULL) {
        free(copy);
        return;
    }
    *slot = (struct slot){ .key = key, .name = { { copy, n } } };
}

/* ---- the search ---------------------------------------------------------------------------- */

static void write_network(const stk_address *a, unsigned v4_bits, unsigned v6_bits, stk_buf *out)
{
    bool v4 = stk_address_is_v4(a);
    stk_address cut = stk_address_prefix(a, v4 ? v4_bits : v6_bits);
    char text[STK_ADDRESS_TEXT];
    stk_buf_add(out, (stk_str){ text, stk_address_text(&cut, text) });
    unsigned bits = v4 ? v4_bits - 96 : v6_bits;
    if (bits < (v4 ? 32u : 128u))
        stk_buf_printf(out, "/%u", bits);
}

/* Addresses are named by the network that the key stands for. */
static bool address_name(const stk_snapshot *snapshot, stk_str text, stk_key key, stk_buf *out)
{
    stk_address a;
    if (!stk_address_parse(text, &a) ||
        !stk_key_eq(stk_key_of_address(&snapshot->secret, key.type, &a), key))
        return false;
    if (key.type == STK_KEY_ADDRESS)
        write_network(&a, 128, 64, out);
    else if (key.type == STK_KEY_SUBNET)
        write_network(&a, 120, 56, out);
    else
        write_network(&a, 112, 48, out);
    return true;
}

static bool text_name(const stk_snapshot *snapshot, stk_str text, stk_key key, stk_buf *out)
{
    bool address = key.type == STK_KEY_ADDRESS || key.type == STK_KEY_SUBNET ||
                   key.type == STK_KEY_NETWORK;
    if (text.len == 0)
        return false;
    if (address && address_name(snapshot, text, key, out))
        return true;
    if (!stk_key_eq(stk_key_of(&snapshot->secret, key.type, text), key))
        return false;
    stk_buf_add(out, text);
    return true;
}

/* What only the taken-apart request shows: its endpoint, and values such as a login form's user. */
static bool carried_name(const stk_snapshot *snapshot, const stk_http *http, stk_key key,
                         stk_arena *scratch, stk_buf *out)
{
    stk_carried carried;
    if (stk_carry(http, scratch, &carried) != STK_OK)
        return false;
    char template[STK_ENDPOINT_BYTES];
    stk_str endpoint = { template, stk_endpoint(carried.path, template) };
    if (text_name(snapshot, endpoint, key, out))
        return true;
    for (size_t v = 0; v < carried.count; v++)
        if (text_name(snapshot, carried.values[v].once.raw, key, out) ||
            text_name(snapshot, carried.values[v].text.raw, key, out))
            return true;
    return false;
}

bool stk_name_in_event(const stk_snapshot *snapshot, const stk_event *event, stk_key key,
                       stk_arena *scratch, stk_buf *out)
{
    stk_buf_clear(out);
    const stk_shape_info *shape = &stk_shapes[stk_kinds[event->kind].shape];
    for (size_t f = 0; f < shape->count; f++) {
        const stk_field_info *field = &shape->fields[f];
        const char *member = (const char *)stk_event_body(event) + field->offset;
        stk_str text = { 0 };
        if (field->type == STK_FIELD_PERSONAL)
            text = ((const stk_personal *)(const void *)member)->raw;
        else if (field->type == STK_FIELD_TERM)
            text = *(const stk_str *)(const void *)member;
        if (text_name(snapshot, text, key, out))
            return true;
    }
    if (event->kind != STK_KIND_HTTP_REQUEST)
        return false;
    stk_arena_mark mark = stk_arena_mark_set(scratch);
    bool found = carried_name(snapshot, &event->u.http, key, scratch, out);
    stk_arena_rewind(scratch, mark);
    return found;
}
