/* SPDX-License-Identifier: Apache-2.0 */
/* A chained table from keys to stories; the entries of one story are linked, so that closing it
 * costs what it holds and nothing is left behind. */
#include "detect/correlate/state.h"

#include <stdlib.h>

stk_status stk_book_init(stk_book *book, stk_error *err)
{
    *book = (stk_book){ .buckets = calloc(STK_BOOK_BUCKETS, sizeof *book->buckets),
                        .entries = calloc(STK_BOOK_ENTRIES, sizeof *book->entries) };
    if (book->buckets == NULL || book->entries == NULL) {
        stk_book_done(book);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for correlation");
    }
    book->free_head = STK_NOWHERE;
    return STK_OK;
}

void stk_book_done(stk_book *book)
{
    free(book->buckets);
    free(book->entries);
    *book = (stk_book){ 0 };
}

void stk_book_clear(stk_book *book)
{
    memset(book->buckets, 0, STK_BOOK_BUCKETS * sizeof *book->buckets);
    book->used = 0;
    book->free_head = STK_NOWHERE;
}

uint64_t stk_page_key(stk_page page, uint64_t a, uint64_t b)
{
    return stk_mix64(a ^ stk_mix64(b + ((uint64_t)page << 56) + 1));
}

static uint32_t *bucket_of(const stk_book *book, uint64_t key)
{
    return &book->buckets[key & (STK_BOOK_BUCKETS - 1)];
}

stk_story *stk_book_find(const stk_correlator *c, uint64_t key, uint32_t *ret_story)
{
    const stk_book *book = &c->book;
    for (uint32_t e = *bucket_of(book, key); e != 0; e = book->entries[e - 1].next_of_bucket)
        if (book->entries[e - 1].key == key) {
            *ret_story = book->entries[e - 1].story;
            return c->stories[*ret_story];
        }
    return NULL;
}

static void unlink_from_story(stk_correlator *c, uint32_t e)
{
    stk_entry *entries = c->book.entries, *entry = &entries[e];
    if (entry->before_of_story != 0)
        entries[entry->before_of_story - 1].next_of_story = entry->next_of_story;
    else
        c->stories[entry->story]->keys = entry->next_of_story;
    if (entry->next_of_story != 0)
        entries[entry->next_of_story - 1].before_of_story = entry->before_of_story;
}

static void lead_to(stk_correlator *c, uint32_t e, uint32_t story)
{
    stk_entry *entries = c->book.entries, *entry = &entries[e];
    entry->story = story;
    entry->before_of_story = 0;
    entry->next_of_story = c->stories[story]->keys;
    if (entry->next_of_story != 0)
        entries[entry->next_of_story - 1].before_of_story = e + 1;
    c->stories[story]->keys = e + 1;
}

/* A full book takes no new keys: the stories that are in it go on. */
void stk_book_put(stk_correlator *c, uint64_t key, uint32_t story)
{
    stk_book *book = &c->book;
    uint32_t *bucket = bucket_of(book, key);
    for (uint32_t e = *bucket; e != 0; e = book->entries[e - 1].next_of_bucket)
        if (book->entries[e - 1].key == key) {
            if (book->entries[e - 1].story != story) {
                unlink_from_story(c, e - 1);
                lead_to(c, e - 1, story);
            }
            return;
        }
    uint32_t e = book->free_head;
    if (e != STK_NOWHERE)
        book->free_head = book->entries[e].next_of_bucket;
    else if (book->used < STK_BOOK_ENTRIES)
        e = book->used++;
    else
        return;
    book->entries[e] = (stk_entry){ .key = key, .next_of_bucket = *bucket };
    *bucket = e + 1;
    lead_to(c, e, story);
}

void stk_book_drop_story(stk_correlator *c, stk_story *story)
{
    stk_book *book = &c->book;
    for (uint32_t e = story->keys, next; e != 0; e = next) {
        next = book->entries[e - 1].next_of_story;
        uint32_t *at = bucket_of(book, book->entries[e - 1].key);
        while (*at != e)
            at = &book->entries[*at - 1].next_of_bucket;
        *at = book->entries[e - 1].next_of_bucket;
        book->entries[e - 1].next_of_bucket = book->free_head;
        book->free_head = e - 1;
    }
    story->keys = 0;
}
