/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_KEYED_H
#define STK_DETECT_KEYED_H
/* A table of fixed size for state by key: sets of eight ways, chosen by the key's own hash, which
 * is keyed, so that nobody outside can choose whom to push out.
 *
 * When a set is full, the entry with the least worth goes. Worth halves with every `half_life_s` of
 * silence, and a stranger brings none: who floods the table with new keys pushes out strangers, and
 * an entry under suspicion stays. Evictions are counted. */
#include "base/buf.h"
#include "base/error.h"
#include "base/time.h"

enum { STK_KEYED_WAYS = 8 };

/* Every entry starts with this; hash 0 is an empty way. */
typedef struct stk_keyed_head {
    uint64_t hash;
    uint32_t at_s;  /* last seen */
    uint32_t worth; /* set by the owner; 0: a stranger */
} stk_keyed_head;

typedef struct stk_keyed_table {
    char *entries;            /* [sets * STK_KEYED_WAYS] of entry_bytes, owned */
    size_t entry_bytes, sets; /* below 2^32 */
    uint32_t half_life_s;
    uint64_t evicted;
} stk_keyed_table;

/* As many sets as fit into `budget_bytes`, one at least. Memory that no key has touched is not
 * resident. */
stk_status stk_keyed_init(stk_keyed_table *t, size_t entry_bytes, size_t budget_bytes,
                          uint32_t half_life_s, stk_error *err);
void stk_keyed_done(stk_keyed_table *t);
void *stk_keyed_find(const stk_keyed_table *t, uint64_t hash); /* NULL: not there */
/* The entry of this key, a zeroed one when it was not there. A new one was last seen at `at_s`; for
 * others the owner says stk_keyed_seen() once it has looked at how long they were silent. */
void *stk_keyed_get(stk_keyed_table *t, uint64_t hash, uint32_t at_s);
static inline void stk_keyed_seen(stk_keyed_head *head, uint32_t at_s)
{
    if (at_s > head->at_s)
        head->at_s = at_s;
}

void stk_keyed_save(const stk_keyed_table *t, stk_buf *out);
/* False: damaged, or of a table of another shape; the table is then empty. `sane` judges each
 * entry: numbers that arithmetic could not bear are damage too. */
bool stk_keyed_load(stk_keyed_table *t, stk_cursor *in, bool (*sane)(const void *entry));

/* The state of a detector that is one such table and nothing else: state_new, state_free, save and
 * load of its descriptor come down to these. `magic` tells its bytes from others'. */
stk_status stk_keyed_state_new(size_t entry_bytes, size_t budget_bytes, uint32_t half_life_s,
                               void **ret, stk_error *err);
void stk_keyed_state_free(void *state); /* NULL is fine */
void stk_keyed_state_save(const void *state, uint32_t magic, stk_buf *out);
stk_status stk_keyed_state_load(void *state, uint32_t magic, stk_cursor *in,
                                bool (*sane)(const void *entry), stk_error *err);

/* The second of a time, as entries keep it. */
static inline uint32_t stk_keyed_second(stk_time at)
{
    int64_t s = at / STK_SECOND;
    return s < 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

/* A level that came from a checkpoint: a number, not negative, of a size that counting reaches. */
static inline bool stk_keyed_sane(float level)
{
    return level >= 0.0f && level <= 1e9f;
}
/* Seconds since then; none when lines come late. */
static inline uint32_t stk_keyed_since(uint32_t now_s, uint32_t then_s)
{
    return now_s > then_s ? now_s - then_s : 0;
}
#endif
