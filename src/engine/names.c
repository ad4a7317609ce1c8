/* SPDX-License-Identifier: Apache-2.0 */
/* An open-addressed table of names, and the search for a key's name in an event. */
#include "engine/names.h"

#include "model/endpoint.h"

#include <stdlib.h>

struct slot {
    stk_key key;
    stk_personal name; /* owned; ptr NULL: free slot */
};

struct stk_names {
    struct slot *slots; /* [room], a power of two */
    size_t room, used;
};

stk_names *stk_names_new(void)
{
    stk_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return NULL;
    names->room = 1024;
    names->slots = calloc(names->room, sizeof *names->slots);
    if (names->slots == NULL) {
        free(names);
        return NULL;
    }
    return names;
}

void stk_names_free(stk_names *names)
{
    if (names == NULL)
        return;
    for (size_t i = 0; i < names->room; i++)
        free((char *)names->slots[i].name.raw.ptr);
    free(names->slots);
    free(names);
}

static struct slot *find(struct slot *slots, size_t room, stk_key key)
{
    size_t i = (key.hash ^ key.type) & (room - 1);
    while (slots[i].name.raw.ptr != NULL && !stk_key_eq(slots[i].key, key))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

const stk_personal *stk_names_get(const stk_names *names, stk_key key)
{
    const struct slot *slot = find(names->slots, names->room, key);
    return slot->name.raw.ptr == NULL ? NULL : &slot->name;
}

static bool grow(stk_names *names)
{
    size_t room = names->room * 2;
    struct slot *more = calloc(room, sizeof *more);
    if (more == NULL)
        return false;
    for (size_t i = 0; i < names->room; i++)
        if (names->slots[i].name.raw.ptr != NULL)
            *find(more, room, names->slots[i].key) = names->slots[i];
    free(names->slots);
    names->slots = more;
    names->room = room;
    return true;
}

void stk_names_add(stk_names *names, stk_key key, stk_str name)
{
    if (names->used == STK_NAMES_MAX || (names->used * 2 >= names->room && !grow(names)))
        return;
    struct slot *slot = find(names->slots, names->room, key);
    if (slot->name.raw.ptr != NULL)
        return;
    size_t n = name.len < STK_NAME_BYTES ? name.len : STK_NAME_BYTES;
    char *copy = malloc(n + 1);
    if (copy == NULL)
        return;
    if (n != 0)
        memcpy(copy, name.ptr, n);
    copy[n] = '\0';
    *slot = (struct slot){ .key = key, .name = { { copy, n } } };
    names->used++;
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
