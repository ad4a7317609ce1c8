/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_ROTATION_H
#define STK_SOURCE_ROTATION_H
/* The rotated files beside a log: access.log.1, access.log.2.gz, access.log-20260101.zst,
 * access-20260101.log. Names say which may be one and in what order they were written; only
 * content (a bookmark) says that one is. */
#include "base/time.h"
#include "source/identity.h"

enum { STK_ROTATED_NAMES = 256, STK_ROTATED_NAME_BYTES = 256 };

typedef enum stk_rotated_style {
    STK_ROTATED_INDEX,    /* .1, .2.gz: smaller is newer; .old counts as .1 */
    STK_ROTATED_DATE,     /* -20260101, -2026-01-01T03: larger is newer */
    STK_ROTATED_STRANGER, /* some other file of the directory: its time of change orders it */
} stk_rotated_style;

typedef struct stk_rotated {
    char name[STK_ROTATED_NAME_BYTES]; /* within the log's directory; terminated */
    stk_rotated_style style;
    bool packed_name;    /* ends in .gz or .zst */
    uint64_t order;      /* the suffix as a number; dates padded to one length */
    stk_time changed_at; /* its modification time */
    uint64_t device, inode;
} stk_rotated;

/* Is `name` a rotated form of the log `base`? Fills style, packed_name and order. Pure. */
bool stk_rotated_name(stk_str base, stk_str name, stk_rotated *ret);

/* The rotated files beside `path`, oldest first, into `list` (STK_ROTATED_NAMES rows); where there
 * are more, the last changed. `strangers`: all other regular files too. Returns how many; a
 * directory that cannot be read has none. The log itself is never among them. */
size_t stk_rotated_list(const char *path, bool strangers, stk_rotated *list);

/* Was `a` written after `b`? By their suffixes where they are of one style, else by time. */
bool stk_rotated_newer(const stk_rotated *a, const stk_rotated *b);

/* The row whose file holds the bookmark; -1: none. A packed copy only where no plain one is. */
int stk_rotated_find(const char *path, const stk_rotated *list, size_t count,
                     const stk_bookmark *mark);

/* The directory of `path`, "/" and `name`, terminated, into `out`; false: it does not fit. */
bool stk_rotated_path(const char *path, const char *name, char *out, size_t room);
#endif
