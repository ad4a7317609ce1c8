/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_TAIL_H
#define STK_SOURCE_TAIL_H
/* A file that grows, followed through everything that log rotation does to it.
 *
 * Handled: rename and re-create (the old file is read to its end first, then watched for late
 * lines for a grace period), copy and truncate (what was not read yet is taken from the copy),
 * rewriting in place, a rewritten copy that holds the same beginning (rsync), the path vanishing
 * and coming back, the path becoming a directory, several rotations between two polls, and a
 * restart in the middle of any of these (`resume`). docs/following.md states what is promised.
 *
 * One tail yields bytes of several files in turn. Each has a number that counts up from 1; bytes of
 * one file come in order and without gaps. A file that was rotated may still yield late bytes after
 * the next one began, so a reader keeps the unfinished unit of each file number until `ended`.
 *
 * Call order: open; poll again and again, waiting on stk_tail_fd() (readable: something changed)
 * for at most STK_TAIL_POLL_US between two idle polls; close. One thread. Memory is fixed: a buffer
 * of one read and the open files, at most STK_TAIL_FILES. */
#include "base/time.h"
#include "source/identity.h"

enum {
    STK_TAIL_POLL_US = 200000, /* the longest sleep between two idle polls */
    STK_TAIL_FILES = 8,        /* rotated files kept open for late lines */
    STK_TAIL_READ_BYTES = 256 << 10,
    STK_TAIL_PATH = 4096,
};

typedef struct stk_tail stk_tail;

typedef struct stk_tail_setup {
    const char *path;
    bool from_end;              /* begin at the end of what is there; else at its start */
    const stk_bookmark *resume; /* where the last run stopped; NULL: none. Wins over from_end */
    int64_t grace_us;           /* how long a rotated file is watched for late lines */
} stk_tail_setup;

typedef enum stk_tail_news {
    STK_TAIL_IDLE,  /* nothing new */
    STK_TAIL_BYTES, /* `bytes` of `file` at `offset` */
    STK_TAIL_ENDED, /* no byte of `file` will follow; `offset` is its length */
    STK_TAIL_STATE, /* something worth telling the operator: see `state`; `err` is the text */
} stk_tail_news;

typedef enum stk_tail_state {
    STK_TAIL_FINE,      /* the path can be read again */
    STK_TAIL_ROTATED,   /* a new file stands at the path */
    STK_TAIL_TRUNCATED, /* the file was cut or rewritten in place */
    STK_TAIL_VANISHED,  /* nothing at the path; waiting */
    STK_TAIL_BLOCKED,   /* a directory, a device or an unreadable file at the path; waiting */
    STK_TAIL_LOST,      /* the bookmarked file, or its unread end, is nowhere to be found */
} stk_tail_state;

typedef struct stk_tail_piece {
    stk_tail_news news;
    stk_tail_state state;
    uint32_t file;   /* number of the file, from 1 */
    uint64_t offset; /* of bytes.ptr in it (unpacked) */
    stk_str bytes;   /* valid until the next poll */
    bool resumed;    /* first piece of `file`, which goes on at the bookmark: not a new file */
} stk_tail_piece;

/* The path need not exist yet. STK_ERR_IO only when the system has no descriptors left. */
stk_status stk_tail_open(const stk_tail_setup *setup, stk_tail **ret, stk_error *err);

/* Never waits for the file to grow. `now` is monotonic time, for the grace period alone. Any error
 * is recoverable: report it and poll on. */
stk_status stk_tail_poll(stk_tail *tail, stk_time now, stk_tail_piece *ret, stk_error *err);

/* The bookmark of `offset` in a file that this tail has yielded bytes of, up to a grace period
 * after its end was told. In a packed file it is unpacked up to there. STK_ERR_MISSING: closed
 * since, or truncated with no copy left, so that no restart could read on in it; STK_ERR_INVALID:
 * `offset` is past its end. */
stk_status stk_tail_bookmark(stk_tail *tail, uint32_t file, uint64_t offset, stk_bookmark *ret,
                             stk_error *err);

int stk_tail_fd(const stk_tail *tail); /* for poll(2); -1: no notifications, sleep POLL_US */
void stk_tail_close(stk_tail *tail);   /* NULL is fine */
#endif
