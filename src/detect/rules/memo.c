/* SPDX-License-Identifier: Apache-2.0 */
/* One place for each of a few hundred values, the newer one wins: a client that sends ever new
 * values makes the table useless, never wrong and never larger. */
#include "detect/rules/memo.h"

#include "base/hash.h"

#include <stdlib.h>

enum { ENTRIES = 512, NAME_BYTES = 32, VALUE_BYTES = 256 };

typedef struct entry {
    uint32_t met;
    uint16_t place, name_len, value_len; /* value_len 0: empty */
    char name[NAME_BYTES], value[VALUE_BYTES];
} entry;

struct stk_memo {
    entry entry[ENTRIES];
};

stk_memo *stk_memo_new(void)
{
    return calloc(1, sizeof(stk_memo));
}

void stk_memo_free(stk_memo *memo)
{
    free(memo);
}

static bool worth_it(const stk_value *value)
{
    return (value->place == STK_PLACE_HEADER || value->place == STK_PLACE_PATH) &&
           value->text.raw.ptr == value->once.raw.ptr && value->once.raw.len > 0 &&
           value->once.raw.len <= VALUE_BYTES && value->name.raw.len <= NAME_BYTES;
}

static uint64_t some_bytes(const char *p, size_t len)
{
    uint64_t v = 0;
    memcpy(&v, p, len < sizeof v ? len : sizeof v);
    return v;
}

/* Any mixing will do: the bytes are compared afterwards. */
static size_t index_of(const stk_value *value)
{
    stk_str v = value->once.raw, n = value->name.raw;
    uint64_t h = some_bytes(v.ptr, v.len) ^
                 stk_mix64(v.len << 16 | n.len << 8 | (uint64_t)value->place);
    size_t tail = v.len > 8 ? v.len - 8 : 0;
    h = stk_mix64(h) ^ some_bytes(v.ptr + tail, v.len - tail) ^
        some_bytes(v.ptr + v.len / 2, v.len - v.len / 2);
    return (size_t)(stk_mix64(h) % ENTRIES);
}

bool stk_memo_clean(const stk_memo *memo, const stk_value *value)
{
    if (!worth_it(value))
        return false;
    const entry *e = &memo->entry[index_of(value)];
    return e->value_len == value->once.raw.len && e->name_len == value->name.raw.len &&
           e->met == value->met && e->place == value->place &&
           memcmp(e->value, value->once.raw.ptr, e->value_len) == 0 &&
           memcmp(e->name, value->name.raw.ptr ? value->name.raw.ptr : "", e->name_len) == 0;
}

void stk_memo_keep(stk_memo *memo, const stk_value *value)
{
    if (!worth_it(value))
        return;
    entry *e = &memo->entry[index_of(value)];
    e->met = value->met;
    e->place = (uint16_t)value->place;
    e->name_len = (uint16_t)value->name.raw.len;
    e->value_len = (uint16_t)value->once.raw.len;
    memcpy(e->value, value->once.raw.ptr, e->value_len);
    if (e->name_len > 0)
        memcpy(e->name, value->name.raw.ptr, e->name_len);
}
