/* SPDX-License-Identifier: Apache-2.0 */
/* Names and order of rotated files: logrotate (index, dateext, extension), Apache's rotatelogs,
 * cronolog and newsyslog, and the .old that Apache's manual moves a log to. */
#include "source/rotation.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SUFFIX_BYTES = 40, DATE_DIGITS = 6, ORDER_DIGITS = 18, DIRECTORY_ENTRIES = 1 << 20 };

static bool ends_in(stk_str *s, stk_str end)
{
    if (s->len < end.len || memcmp(s->ptr + s->len - end.len, end.ptr, end.len) != 0)
        return false;
    s->len -= end.len;
    return true;
}

static bool starts_with(stk_str *s, stk_str start)
{
    if (s->len < start.len || memcmp(s->ptr, start.ptr, start.len) != 0)
        return false;
    *s = (stk_str){ s->ptr + start.len, s->len - start.len };
    return true;
}

/* ".1", "-20260101", ".2026-01-01T03:00", "_7", ".old" */
static bool suffix(stk_str s, stk_rotated *ret)
{
    if (stk_str_eq(s, STK_S(".old")) || stk_str_eq(s, STK_S("-old"))) {
        ret->style = STK_ROTATED_INDEX;
        ret->order = 1;
        return true;
    }
    if (s.len < 2 || s.len > SUFFIX_BYTES || strchr(".-_", s.ptr[0]) == NULL || s.ptr[1] < '0' ||
        s.ptr[1] > '9')
        return false;
    uint64_t number = 0;
    unsigned digits = 0;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.ptr[i];
        if (c >= '0' && c <= '9') {
            if (digits++ < ORDER_DIGITS)
                number = number * 10 + (uint64_t)(c - '0');
        } else if (strchr("-_:.TZ", c) == NULL) {
            return false;
        }
    }
    ret->style = digits >= DATE_DIGITS ? STK_ROTATED_DATE : STK_ROTATED_INDEX;
    for (; ret->style == STK_ROTATED_DATE && digits < ORDER_DIGITS; digits++)
        number *= 10; /* a day and an hour of it compare */
    ret->order = number;
    return true;
}

bool stk_rotated_name(stk_str base, stk_str name, stk_rotated *ret)
{
    stk_rotated r = { .packed_name = ends_in(&name, STK_S(".gz")) ||
                                     ends_in(&name, STK_S(".zst")) };
    stk_str rest = name;
    bool found = starts_with(&rest, base) && suffix(rest, &r);
    const char *dot = base.len == 0 ? NULL : memrchr(base.ptr, '.', base.len);
    if (!found && dot != NULL && dot != base.ptr) { /* access.log: access-20260101.log */
        stk_str stem = { base.ptr, (size_t)(dot - base.ptr) };
        rest = name;
        found = ends_in(&rest, (stk_str){ dot, base.len - stem.len }) && starts_with(&rest, stem) &&
                suffix(rest, &r);
    }
    if (found)
        *ret = r;
    return found;
}

bool stk_rotated_newer(const stk_rotated *a, const stk_rotated *b)
{
    if (a->style == b->style && a->order != b->order && a->style != STK_ROTATED_STRANGER)
        return a->style == STK_ROTATED_DATE ? a->order > b->order : a->order < b->order;
    if (a->changed_at != b->changed_at)
        return a->changed_at > b->changed_at;
    return strcmp(a->name, b->name) > 0;
}

static int by_age(const void *a, const void *b)
{
    return stk_rotated_newer(a, b) ? 1 : stk_rotated_newer(b, a) ? -1 : 0;
}

/* Where styles are mixed, "newer by suffix" and "newer by time" together are no order: then time
 * alone decides. */
static int by_time(const void *a, const void *b)
{
    const stk_rotated *x = a, *y = b;
    if (x->changed_at != y->changed_at)
        return x->changed_at < y->changed_at ? -1 : 1;
    return strcmp(x->name, y->name);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

bool stk_rotated_path(const char *path, const char *name, char *out, size_t room)
{
    int dir = (int)(base_of(path) - path);
    int n = snprintf(out, room, "%.*s%s", dir, path, name);
    return n >= 0 && (size_t)n < room;
}

/* A row for one name of the directory; false: not a file to look at. */
static bool row_of(const char *path, const char *name, bool strangers, int dir_fd, stk_rotated *ret)
{
    const char *base = base_of(path);
    stk_rotated r = { .style = STK_ROTATED_STRANGER };
    size_t len = strlen(name);
    if (len >= sizeof r.name || strcmp(name, base) == 0)
        return false;
    bool rotated = stk_rotated_name((stk_str){ base, strlen(base) }, (stk_str){ name, len }, &r);
    struct stat st;
    if ((!rotated && !strangers) || fstatat(dir_fd, name, &st, 0) != 0 || !S_ISREG(st.st_mode))
        return false;
    memcpy(r.name, name, len + 1);
    r.changed_at = (stk_time)st.st_mtim.tv_sec * STK_SECOND + st.st_mtim.tv_nsec / 1000;
    r.device = st.st_dev;
    r.inode = st.st_ino;
    *ret = r;
    return true;
}

static void keep(stk_rotated *list, size_t *count, const stk_rotated *row)
{
    if (*count < STK_ROTATED_NAMES) {
        list[(*count)++] = *row;
        return;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < *count; i++)
        if (by_time(&list[i], &list[oldest]) < 0)
            oldest = i;
    if (by_time(&list[oldest], row) < 0)
        list[oldest] = *row;
}

size_t stk_rotated_list(const char *path, bool strangers, stk_rotated *list)
{
    char dir_path[4096];
    if (!stk_rotated_path(path, ".", dir_path, sizeof dir_path))
        return 0;
    DIR *dir = opendir(dir_path);
    if (dir == NULL)
        return 0;
    size_t count = 0;
    bool mixed = false;
    const struct dirent *entry;
    for (size_t seen = 0; seen < DIRECTORY_ENTRIES && (entry = readdir(dir)) != NULL; seen++) {
        stk_rotated row;
        if (row_of(path, entry->d_name, strangers, dirfd(dir), &row))
            keep(list, &count, &row);
    }
    (void)closedir(dir);
    for (size_t i = 1; i < count; i++)
        mixed = mixed || list[i].style != list[0].style;
    qsort(list, count, sizeof *list, mixed ? by_time : by_age);
    return count;
}

int stk_rotated_find(const char *path, const stk_rotated *list, size_t count,
                     const stk_bookmark *mark)
{
    char full[4096];
    for (int packed = 0; packed < 2; packed++)
        for (size_t i = count; i-- > 0;)
            if (list[i].packed_name == (packed == 1) &&
                stk_rotated_path(path, list[i].name, full, sizeof full) &&
                stk_bookmark_holds_path(mark, full))
                return (int)i;
    return -1;
}
