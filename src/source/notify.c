/* SPDX-License-Identifier: Apache-2.0 */
/* inotify, as a hint. */
#include "source/notify.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { READS = 64 };

stk_notify stk_notify_open(void)
{
    return (stk_notify){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .dir = -1 };
}

void stk_notify_directory(stk_notify *n, const char *path)
{
    const char *slash = strrchr(path, '/');
    char dir[PATH_MAX];
    if (n->fd < 0 || n->dir >= 0)
        return;
    int len = snprintf(dir, sizeof dir, "%.*s.", slash == NULL ? 0 : (int)(slash - path) + 1, path);
    if (len > 0 && (size_t)len < sizeof dir)
        n->dir = inotify_add_watch(n->fd, dir,
                                   IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                       IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR);
}

int stk_notify_file(const stk_notify *n, int fd)
{
    char path[64]; /* names change; the descriptor's own link follows the inode */
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return n->fd < 0 || fd < 0 ? -1 : inotify_add_watch(n->fd, path, IN_MODIFY | IN_ATTRIB);
}

void stk_notify_forget(const stk_notify *n, int watch)
{
    if (n->fd >= 0 && watch >= 0)
        (void)inotify_rm_watch(n->fd, watch);
}

bool stk_notify_woken(stk_notify *n)
{
    union {
        struct inotify_event event; /* for its alignment */
        char bytes[4096];
    } room;
    bool woken = false;
    for (int i = 0; i < READS && n->fd >= 0; i++) {
        ssize_t len = read(n->fd, room.bytes, sizeof room.bytes);
        if (len <= 0)
            break;
        woken = true;
        for (ssize_t at = 0; at + (ssize_t)sizeof room.event <= len;) {
            struct inotify_event e;
            memcpy(&e, room.bytes + at, sizeof e);
            if (e.wd == n->dir && (e.mask & (IN_IGNORED | IN_MOVE_SELF)) != 0) {
                if ((e.mask & IN_MOVE_SELF) != 0) /* another directory may stand there now */
                    (void)inotify_rm_watch(n->fd, n->dir);
                n->dir = -1;
            }
            at += (ssize_t)sizeof e + (ssize_t)e.len;
        }
    }
    return woken;
}

void stk_notify_close(stk_notify *n)
{
    if (n->fd >= 0)
        (void)close(n->fd);
    n->fd = n->dir = -1;
}
