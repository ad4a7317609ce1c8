/* SPDX-License-Identifier: Apache-2.0 */
/* A list of blocks; the first with room serves. Blocks kept by a reset are used again in order,
 * so a pipeline that has warmed up allocates nothing. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64 * 1024, ALIGN = 16 };

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGN) unsigned char data[];
};

struct stk_arena {
    struct block *first, *current;
    size_t budget, left;
};

stk_arena *stk_arena_new(size_t budget_bytes)
{
    stk_arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->budget = arena->left = budget_bytes;
    return arena;
}

void stk_arena_free(stk_arena *arena)
{
    if (arena == NULL)
        return;
    for (struct block *b = arena->first, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

void stk_arena_reset(stk_arena *arena)
{
    for (struct block *b = arena->first; b != NULL; b = b->next)
        b->used = 0;
    arena->current = arena->first;
    arena->left = arena->budget;
}

stk_arena_mark stk_arena_mark_set(const stk_arena *arena)
{
    return (stk_arena_mark){ .block = arena->current,
                             .used = arena->current == NULL ? 0 : arena->current->used,
                             .left = arena->left };
}

void stk_arena_rewind(stk_arena *arena, stk_arena_mark mark)
{
    struct block *b = mark.block == NULL ? arena->first : mark.block;
    if (b == NULL)
        return;
    arena->current = b;
    b->used = mark.used;
    for (b = b->next; b != NULL && b->used != 0; b = b->next)
        b->used = 0;
    arena->left = mark.left;
}

/* A block with `need` bytes of room becomes current; kept blocks are tried before a new one. */
static struct block *block_for(stk_arena *arena, size_t need)
{
    struct block *b = arena->current;
    if (b != NULL && need <= b->size - b->used)
        return b;
    if (b != NULL && b->next != NULL && need <= b->next->size - b->next->used)
        return arena->current = b->next;
    size_t room = need > BLOCK_BYTES ? need : BLOCK_BYTES;
    struct block *fresh = malloc(sizeof *fresh + room);
    if (fresh == NULL)
        return NULL;
    *fresh = (struct block){ .size = room };
    if (b == NULL) {
        arena->first = fresh;
    } else {
        fresh->next = b->next;
        b->next = fresh;
    }
    return arena->current = fresh;
}

static void *take(stk_arena *arena, size_t size, size_t align)
{
    struct block *b = arena->current;
    size_t pad = b == NULL ? 0 : (align - b->used % align) % align;
    if (size > SIZE_MAX - ALIGN || size + pad > arena->left)
        return NULL;
    b = block_for(arena, size + pad);
    if (b == NULL)
        return NULL;
    pad = (align - b->used % align) % align; /* the block may have changed */
    void *p = b->data + b->used + pad;
    b->used += size + pad;
    arena->left -= size + pad;
    return p;
}

void *stk_arena_alloc(stk_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - ALIGN) / size)
        return NULL;
    void *p = take(arena, count * size, ALIGN);
    if (p != NULL)
        memset(p, 0, count * size);
    return p;
}

char *stk_arena_bytes(stk_arena *arena, size_t size)
{
    return take(arena, size, 1);
}

stk_str stk_arena_copy(stk_arena *arena, stk_str s)
{
    char *p = stk_arena_bytes(arena, s.len + 1);
    if (p == NULL)
        return (stk_str){ 0 };
    if (s.len != 0)
        memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return (stk_str){ .ptr = p, .len = s.len };
}
