/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of eight, eviction by worth. */
#include "detect/detectors/keyed.h"

#include <stdlib.h>

stk_status stk_keyed_init(stk_keyed_table *t, size_t entry_bytes, size_t budget_bytes,
                          uint32_t half_life_s, stk_error *err)
{
    size_t set_bytes = entry_bytes * STK_KEYED_WAYS, sets = budget_bytes / set_bytes;
    sets = sets == 0 ? 1 : sets;
    *t = (stk_keyed_table){ .entry_bytes = entry_bytes, .sets = sets, .half_life_s = half_life_s };
    t->entries = calloc(sets, set_bytes);
    return t->entries != NULL ? STK_OK
                              : stk_fail(err, STK_ERR_MEMORY,
                                         "no memory for keyed state (%zu bytes)", sets * set_bytes);
}

void stk_keyed_done(stk_keyed_table *t)
{
    free(t->entries);
    *t = (stk_keyed_table){ 0 };
}

/* The top bits of a hash chose the partition, so all bits are mixed once more. */
static char *set_of(const stk_keyed_table *t, uint64_t hash)
{
    uint64_t mixed = hash * UINT64_C(0xc4ceb9fe1a85ec53) >> 32;
    return t->entries + (mixed * t->sets >> 32) * STK_KEYED_WAYS * t->entry_bytes;
}

void *stk_keyed_find(const stk_keyed_table *t, uint64_t hash)
{
    hash += hash == 0;
    char *way = set_of(t, hash);
    for (int i = 0; i < STK_KEYED_WAYS; i++, way += t->entry_bytes)
        if (((stk_keyed_head *)(void *)way)->hash == hash)
            return way;
    return NULL;
}

static uint32_t worth_now(const stk_keyed_table *t, const stk_keyed_head *head, uint32_t at_s)
{
    uint32_t silent = at_s > head->at_s ? (at_s - head->at_s) / t->half_life_s : 0;
    return silent > 31 ? 0 : head->worth >> silent;
}

void *stk_keyed_get(stk_keyed_table *t, uint64_t hash, uint32_t at_s)
{
    hash += hash == 0; /* 0 marks an empty way */
    char *way = set_of(t, hash);
    stk_keyed_head *least = NULL;
    uint32_t least_worth = UINT32_MAX;
    for (int i = 0; i < STK_KEYED_WAYS; i++, way += t->entry_bytes) {
        stk_keyed_head *head = (stk_keyed_head *)(void *)way;
        if (head->hash == hash)
            return head;
        if (least != NULL && least->hash == 0)
            continue;
        uint32_t worth = head->hash == 0 ? 0 : worth_now(t, head, at_s);
        if (least == NULL || head->hash == 0 || worth < least_worth ||
            (worth == least_worth && head->at_s < least->at_s)) {
            least = head;
            least_worth = worth;
        }
    }
    t->evicted += least->hash != 0;
    memset(least, 0, t->entry_bytes);
    least->hash = hash;
    least->at_s = at_s;
    return least;
}

void stk_keyed_save(const stk_keyed_table *t, stk_buf *out)
{
    stk_buf_varint(out, t->entry_bytes);
    stk_buf_varint(out, t->sets);
    stk_buf_varint(out, t->evicted);
    size_t last = 0; /* entries are named by the distance from the one before */
    for (size_t i = 0; i < t->sets * STK_KEYED_WAYS; i++) {
        const char *entry = t->entries + i * t->entry_bytes;
        if (((const stk_keyed_head *)(const void *)entry)->hash == 0)
            continue;
        stk_buf_varint(out, i + 1 - last);
        stk_buf_add(out, (stk_str){ entry, t->entry_bytes });
        last = i + 1;
    }
    stk_buf_varint(out, 0);
}

static bool load_entries(stk_keyed_table *t, stk_cursor *in, bool (*sane)(const void *entry))
{
    size_t at = 0;
    for (;;) {
        uint64_t step = stk_cursor_varint(in);
        if (in->failed)
            return false;
        if (step == 0)
            return true;
        if (step > t->sets * STK_KEYED_WAYS - at)
            return false;
        at += step;
        char *entry = t->entries + (at - 1) * t->entry_bytes;
        stk_str bytes = stk_cursor_take(in, t->entry_bytes);
        if (bytes.len != t->entry_bytes)
            return false;
        memcpy(entry, bytes.ptr, bytes.len);
        uint64_t hash = ((stk_keyed_head *)(void *)entry)->hash;
        const char *set = set_of(t, hash);
        if (hash == 0 || entry < set || entry >= set + STK_KEYED_WAYS * t->entry_bytes ||
            !sane(entry))
            return false;
    }
}

bool stk_keyed_load(stk_keyed_table *t, stk_cursor *in, bool (*sane)(const void *entry))
{
    memset(t->entries, 0, t->sets * STK_KEYED_WAYS * t->entry_bytes);
    bool same = stk_cursor_varint(in) == t->entry_bytes && stk_cursor_varint(in) == t->sets;
    t->evicted = stk_cursor_varint(in);
    if (same && load_entries(t, in, sane))
        return true;
    memset(t->entries, 0, t->sets * STK_KEYED_WAYS * t->entry_bytes);
    t->evicted = 0;
    return false;
}

stk_status stk_keyed_state_new(size_t entry_bytes, size_t budget_bytes, uint32_t half_life_s,
                               void **ret, stk_error *err)
{
    stk_keyed_table *t = calloc(1, sizeof *t);
    if (t == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a detector's state");
    stk_status status = stk_keyed_init(t, entry_bytes, budget_bytes, half_life_s, err);
    if (status != STK_OK) {
        free(t);
        return status;
    }
    *ret = t;
    return STK_OK;
}

void stk_keyed_state_free(void *state)
{
    if (state != NULL)
        stk_keyed_done(state);
    free(state);
}

void stk_keyed_state_save(const void *state, uint32_t magic, stk_buf *out)
{
    stk_buf_varint(out, magic);
    stk_keyed_save(state, out);
}

stk_status stk_keyed_state_load(void *state, uint32_t magic, stk_cursor *in,
                                bool (*sane)(const void *entry), stk_error *err)
{
    in->failed |= stk_cursor_varint(in) != magic;
    if (stk_keyed_load(state, in, sane))
        return STK_OK;
    return stk_fail(err, STK_ERR_SYNTAX,
                    "the saved state of a detector is damaged, or of another version or budget");
}
