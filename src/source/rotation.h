/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_ROTATION_H
#define STK_SOURCE_ROTATION_H
/* The rotated files beside a log: access.log.1, access.log.2.gz, access.log-20260101.zst,
 * access-20260101.log. Names say which may be one and in what order they were written; only
 * content (a bookmark) says that one is. */
#include "source/identity.h"

enum { STK_ROTATED_NAMES = 256, STK_ROTATED_NAME_BYTES = 256 };

typedef struct stk_rotated {
    char name[STK_ROTATED_NAME_BYTES]; /* within the log's directory; terminated */
    bool dated;                        /* its suffix is a date: larger is newer; else smaller is */
    uint64_t order;                    /* the suffix as a number */
    stk_time changed_at;               /* its modification time */
    uint64_t device, inode;
    uint64_t bytes; /* packed */
} stk_rotated;

/* Is `name` a rotated form of `base`? Fills the suffix's fields. Pure. */
bool stk_rotated_name(stk_str base, stk_str name, stk_rotated *ret);

/* The rotated files beside `path`, oldest first; of more than STK_ROTATED_NAMES the newest. `list`
 * has STK_ROTATED_NAMES rows. A directory that cannot be read has none. */
size_t stk_rotated_list(const char *path, stk_rotated *list);

/* The index of the file that holds the bookmark (the plain one, where a packed copy stands beside
 * it); -1: none. */
int stk_rotated_find(const char *path, const stk_rotated *list, size_t count,
                     const stk_bookmark *mark);

/* "directory of path" + "/" + name, into `out` (`room` bytes); false: too long. */
bool stk_rotated_path(const char *path, const char *name, char *out, size_t room);
#endif
