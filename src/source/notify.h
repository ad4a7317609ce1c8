/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_NOTIFY_H
#define STK_SOURCE_NOTIFY_H
/* Wake-ups when a directory's names or a file's bytes change (inotify): internal to source.
 *
 * They are a hint and never the truth: events may be missing (network file systems, a full queue,
 * no inotify at all), so whoever waits on them also looks by itself every STK_TAIL_POLL_US. */
#include <stdbool.h>

typedef struct stk_notify {
    int fd;  /* readable: something changed; -1: none to be had */
    int dir; /* the directory's watch; -1: not watched (yet) */
} stk_notify;

stk_notify stk_notify_open(void);
/* Watch the names of the directory that `path` lies in; does nothing when it is watched. */
void stk_notify_directory(stk_notify *n, const char *path);
/* Watch the bytes of an open file, under whatever name. Returns the watch, -1: none. */
int stk_notify_file(const stk_notify *n, int fd);
void stk_notify_forget(const stk_notify *n, int watch); /* -1 is fine */
/* Takes all pending events; true when there were any. */
bool stk_notify_woken(stk_notify *n);
void stk_notify_close(stk_notify *n);
#endif
