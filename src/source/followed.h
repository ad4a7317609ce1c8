/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_FOLLOWED_H
#define STK_SOURCE_FOLLOWED_H
/* One file that is being read while it may grow, be cut or be rewritten: internal to source.
 *
 * Every read covers the bytes just before the place as well, in one system call, and compares them
 * with what stood there. A file that was truncated and has already grown past our place again
 * cannot be told by its size; by these bytes it can. */
#include "base/time.h"
#include "dataset/reader.h"
#include "source/identity.h"

typedef struct stk_followed {
    uint32_t number;    /* in its tail, from 1; 0: nothing of it was given yet */
    int watch;          /* its notification; -1: none */
    int fd;             /* open as long as this is; of a packed file for its bookmarks alone */
    stk_reader *reader; /* NULL: plain */
    uint64_t device, inode;
    uint64_t offset; /* unpacked, of the next byte */
    char head[STK_BOOKMARK_SPAN], before[STK_BOOKMARK_SPAN];
    size_t span;  /* bytes in each: min(bytes read or loaded, SPAN) */
    bool resumed; /* goes on at a bookmark, and nothing was read yet */
    bool at_hole; /* begins behind a hole: leading NULs are no content */
    bool retired; /* something newer stands at the path */
    bool finite;  /* nothing will be added to it: ends with its last byte */
    stk_time retired_at;
} stk_followed;

/* Open `path` for reading at `offset`; the bytes before it are loaded. A packed file is unpacked
 * and finite when `packed_too`, else read as it is. STK_ERR_IO: absent, or no regular file (the
 * text says which); STK_ERR_INVALID: shorter than `offset`. */
stk_status stk_followed_open(const char *path, uint64_t offset, bool packed_too, stk_followed *ret,
                             stk_error *err);

/* What is there now, at most `room` bytes; *ret_len 0: nothing new (a finite file: the end).
 * *ret_changed: what stood before the place is gone; nothing was read. */
stk_status stk_followed_read(stk_followed *f, char *into, size_t room, size_t *ret_len,
                             bool *ret_changed, stk_error *err);

/* The place, as a restart would need it. */
stk_status stk_followed_mark(const stk_followed *f, stk_bookmark *ret, stk_error *err);

/* The bookmark of any earlier place of it. STK_ERR_MISSING: what stood there is gone. */
stk_status stk_followed_mark_at(stk_followed *f, uint64_t offset, stk_bookmark *ret,
                                stk_error *err);

/* Read from the start again, as another file with another number: it was truncated. A hole that a
 * writer left (it did not append, but went on at its old offset) is jumped over. */
void stk_followed_restart(stk_followed *f, uint32_t number);

/* Does the file hold more than was read? */
bool stk_followed_behind(const stk_followed *f);

void stk_followed_close(stk_followed *f);
#endif
