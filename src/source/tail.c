/* SPDX-License-Identifier: Apache-2.0 */
/* Following a path, as a row of files: the oldest that still matters first, the one that stands at
 * the path (or stood there last) at the end. Bytes are taken from the first file that has any, and
 * a file hands over to the next when it has no more, so order is kept whatever rotation does.
 *
 * The path is looked at on every wake-up and at least every STK_TAIL_POLL_US, even while older
 * files are still being read: a new file's descriptor is then held before the next rotation could
 * take it away. Rotations that happen unseen all the same are found by the names beside the log. */
#include "source/tail.h"

#include "source/followed.h"
#include "source/notify.h"
#include "source/rotation.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ROOM = STK_TAIL_FILES + 2, /* a copy or a file between may come in beside */
    NOTICES = 16,
    LOOK_US = 100000,
    PAST = 4,    /* ended files kept open, at most as long again as the grace period */
    ROUNDS = 64, /* of one poll: files drained or cut without a byte to give */
    LINE_SEARCH_BYTES = 64 << 10, /* back from the end, for the start of the last line */
};

typedef struct notice {
    stk_tail_piece piece;
    char text[240];
} notice;

struct stk_tail {
    char path[STK_TAIL_PATH];
    int64_t grace_us;
    stk_notify notify;
    stk_followed file[ROOM];
    size_t count;
    stk_followed past[PAST]; /* ended; kept for the bookmarks of what is still being worked on */
    size_t past_count;
    uint32_t last_number;
    notice notices[NOTICES];
    size_t notice_first, notice_count;
    stk_tail_state state; /* of the path, as told last */
    bool failing;         /* reading the newest file fails; told */
    stk_time looked_at;
    char *buffer; /* [STK_TAIL_READ_BYTES] */
};

/* ---- telling ---- */

/* A poll gives what was told before it does anything new, so a few places are enough. */
static void tell(stk_tail *t, const stk_tail_piece *piece, const char *fmt, ...) STK_PRINTF(3, 4);
static void tell(stk_tail *t, const stk_tail_piece *piece, const char *fmt, ...)
{
    if (t->notice_count == NOTICES)
        return;
    notice *n = &t->notices[(t->notice_first + t->notice_count++) % NOTICES];
    n->piece = *piece;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(n->text, sizeof n->text, fmt, args);
    va_end(args);
}

static bool told(stk_tail *t, stk_tail_piece *ret, stk_error *err)
{
    if (t->notice_count == 0)
        return false;
    const notice *n = &t->notices[t->notice_first];
    t->notice_first = (t->notice_first + 1) % NOTICES;
    t->notice_count--;
    *ret = n->piece;
    if (n->piece.news == STK_TAIL_STATE)
        (void)!stk_fail(err, STK_OK, "%s", n->text);
    return true;
}

static void tell_state(stk_tail *t, stk_tail_state state, uint32_t file, const char *text)
{
    tell(t, &(stk_tail_piece){ .news = STK_TAIL_STATE, .state = state, .file = file }, "%.120s: %s",
         t->path, text);
}

/* The state of the path, told when it changes. */
static void path_is(stk_tail *t, stk_tail_state state, const char *text)
{
    if (state != t->state)
        tell_state(t, state, 0, text);
    t->state = state;
}

/* ---- the row of files ---- */

static void insert(stk_tail *t, size_t at, const stk_followed *f)
{
    memmove(&t->file[at + 1], &t->file[at], (t->count - at) * sizeof t->file[0]);
    t->file[at] = *f;
    t->file[at].watch = stk_notify_file(&t->notify, f->fd);
    t->count++;
}

/* Out of the row, its descriptor still open. */
static stk_followed take_out(stk_tail *t, size_t at)
{
    stk_followed f = t->file[at];
    stk_notify_forget(&t->notify, f.watch);
    t->count--;
    memmove(&t->file[at], &t->file[at + 1], (t->count - at) * sizeof t->file[0]);
    return f;
}

static void drop(stk_tail *t, size_t at)
{
    stk_followed f = take_out(t, at);
    stk_followed_close(&f);
}

static void drop_past(stk_tail *t)
{
    stk_followed_close(&t->past[0]);
    t->past_count--;
    memmove(&t->past[0], &t->past[1], t->past_count * sizeof t->past[0]);
}

/* No byte of it will follow. What nothing was given of ends in silence. */
static void end(stk_tail *t, size_t at)
{
    stk_followed f = take_out(t, at);
    if (f.number == 0) {
        stk_followed_close(&f);
        return;
    }
    tell(t, &(stk_tail_piece){ .news = STK_TAIL_ENDED, .file = f.number, .offset = f.offset },
         "end");
    if (t->past_count == PAST)
        drop_past(t);
    f.retired_at = t->looked_at;
    t->past[t->past_count++] = f;
}

static int held(const stk_tail *t, uint64_t device, uint64_t inode)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->file[i].inode == inode && t->file[i].device == device)
            return (int)i;
    return -1;
}

/* ---- rotated files beside the log ---- */

static stk_status open_beside(stk_tail *t, const stk_rotated *row, uint64_t offset,
                              stk_followed *ret)
{
    char path[STK_TAIL_PATH];
    if (!stk_rotated_path(t->path, row->name, path, sizeof path))
        return STK_ERR_LIMIT;
    return stk_followed_open(path, offset, true, ret, NULL);
}

static int row_of(const stk_followed *f, const stk_rotated *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].inode == f->inode && list[i].device == f->device)
            return (int)i;
    return -1;
}

/* Written between the files `a` and `b`, and not one of them in other packing? */
static bool between(const stk_rotated *row, const stk_rotated *a, const stk_rotated *b)
{
    bool same_slot = row->style == a->style && row->order == a->order;
    return !same_slot && stk_rotated_newer(row, a) && (b == NULL || stk_rotated_newer(b, row));
}

/* The file at `at` is read to its end. If rotation went on more than once since it was opened,
 * what came after it stands beside the log by now: the oldest of these is put behind it. */
static void fill_gap(stk_tail *t, size_t at)
{
    const stk_followed *f = &t->file[at];
    stk_rotated *list = malloc(STK_ROTATED_NAMES * sizeof *list);
    if (list == NULL)
        return;
    size_t count = stk_rotated_list(t->path, false, list);
    int mine = row_of(f, list, count);
    stk_bookmark mark = { 0 };
    bool marked = f->reader == NULL && f->offset != 0 &&
                  stk_followed_mark(f, &mark, NULL) == STK_OK;
    if (mine < 0 && marked) /* it was packed, or copied and cut, behind our back */
        mine = stk_rotated_find(t->path, list, count, &mark);
    int next = mine < 0 || at + 1 == t->count ? -1 : row_of(&t->file[at + 1], list, count);
    for (size_t i = 0; mine >= 0 && i < count; i++) {
        stk_followed found;
        char path[STK_TAIL_PATH];
        if (!between(&list[i], &list[mine], next < 0 ? NULL : &list[next]) ||
            held(t, list[i].device, list[i].inode) >= 0 ||
            !stk_rotated_path(t->path, list[i].name, path, sizeof path) ||
            (marked && stk_bookmark_holds_path(&mark, path)))
            continue;
        if (open_beside(t, &list[i], 0, &found) == STK_OK) {
            insert(t, at + 1, &found);
            break;
        }
    }
    free(list);
}

/* Find the file that holds the bookmark: among the names that rotation makes, else among all of
 * the directory. */
static bool find_mark(stk_tail *t, const stk_bookmark *mark, stk_followed *ret)
{
    stk_rotated *list = malloc(STK_ROTATED_NAMES * sizeof *list);
    bool found = false;
    for (int strangers = 0; list != NULL && strangers < 2 && !found; strangers++) {
        size_t count = stk_rotated_list(t->path, strangers == 1, list);
        int i = stk_rotated_find(t->path, list, count, mark);
        found = i >= 0 && open_beside(t, &list[i], mark->offset, ret) == STK_OK;
    }
    free(list);
    return found;
}

/* ---- what happens to the path ---- */

/* What we had read is no longer in the file: it was cut or rewritten. Bytes that were there and
 * not yet read are in the copy, if one was made. */
static void on_truncated(stk_tail *t, size_t at)
{
    stk_followed *f = &t->file[at], copy;
    uint32_t number = f->number;
    tell_state(t, STK_TAIL_TRUNCATED, number, "was truncated; reading from its start");
    if (f->retired) { /* nobody writes to it any more */
        end(t, at);
        return;
    }
    stk_bookmark mark;
    bool found = t->count < ROOM && stk_followed_mark(f, &mark, NULL) == STK_OK &&
                 find_mark(t, &mark, &copy);
    if (!found && number != 0)
        tell(t, &(stk_tail_piece){ .news = STK_TAIL_ENDED, .file = number, .offset = f->offset },
             "end");
    stk_followed_restart(f, 0);
    if (!found)
        return;
    copy.number = number;
    copy.finite = true;
    insert(t, at, &copy);
}

/* Another inode with the same beginning: the log was copied over (rsync, an editor), not rotated.
 * True when that is so; the newest file is then exchanged for it once it is read to its end. */
static bool same_log(stk_tail *t, stk_followed *fresh)
{
    stk_followed *f = &t->file[t->count - 1];
    stk_bookmark mark;
    if (f->reader != NULL || f->offset == 0 || stk_followed_mark(f, &mark, NULL) != STK_OK ||
        !stk_bookmark_holds_fd(&mark, fresh->fd))
        return false;
    stk_followed_close(fresh);
    if (stk_followed_behind(f) ||
        stk_followed_open(t->path, f->offset, false, fresh, NULL) != STK_OK)
        return true;
    fresh->number = f->number;
    fresh->resumed = f->resumed;
    drop(t, t->count - 1);
    insert(t, t->count, fresh);
    return true;
}

/* Room for one more file: the one that was retired first gives way. */
static bool make_room(stk_tail *t)
{
    for (size_t i = 0; t->count >= STK_TAIL_FILES && i < t->count; i++)
        if (t->file[i].retired && !stk_followed_behind(&t->file[i])) {
            end(t, i);
            break;
        }
    return t->count < STK_TAIL_FILES;
}

/* A file that we hold stands at the path (again). */
static void is_back(stk_tail *t, size_t at)
{
    stk_followed f = t->file[at];
    if (at + 1 == t->count && !f.retired)
        return;
    memmove(&t->file[at], &t->file[at + 1], (t->count - at - 1) * sizeof f);
    f.retired = false;
    t->file[t->count - 1] = f;
}

static void look(stk_tail *t)
{
    struct stat st;
    stk_notify_directory(&t->notify, t->path);
    if (stat(t->path, &st) != 0) {
        bool absent = errno == ENOENT || errno == ENOTDIR;
        path_is(t, absent ? STK_TAIL_VANISHED : STK_TAIL_BLOCKED,
                absent ? "nothing is there; waiting for it" : strerror(errno));
        return;
    }
    int at = held(t, st.st_dev, st.st_ino);
    if (at >= 0) {
        is_back(t, (size_t)at);
        path_is(t, STK_TAIL_FINE, "is there again");
        return;
    }
    if (!S_ISREG(st.st_mode)) {
        path_is(t, STK_TAIL_BLOCKED,
                S_ISDIR(st.st_mode) ? "a directory stands there now; waiting for a file"
                                    : "a device or pipe stands there now; waiting for a file");
        return;
    }
    stk_followed fresh;
    stk_error err = { 0 };
    if (!make_room(t))
        return; /* the row is full of unread files: the next look tries again */
    if (stk_followed_open(t->path, 0, false, &fresh, &err) != STK_OK) {
        path_is(t, STK_TAIL_BLOCKED, err.text);
        return;
    }
    if (t->count != 0 && same_log(t, &fresh))
        return;
    if (t->count != 0)
        tell_state(t, STK_TAIL_ROTATED, 0, "was rotated; a new file stands there");
    path_is(t, STK_TAIL_FINE, "is there");
    insert(t, t->count, &fresh);
}

/* ---- opening ---- */

/* Where the last line of the file starts, or its end when that is a line's end. */
static uint64_t last_line(int fd, uint64_t size)
{
    char piece[4096];
    for (uint64_t end_at = size; end_at > 0 && size - end_at < LINE_SEARCH_BYTES;) {
        size_t n = end_at < sizeof piece ? (size_t)end_at : sizeof piece;
        if (pread(fd, piece, n, (off_t)(end_at - n)) != (ssize_t)n)
            break;
        const char *line = memrchr(piece, '\n', n);
        if (line != NULL)
            return end_at - n + (size_t)(line - piece) + 1;
        end_at -= n;
    }
    return size;
}

static void open_at_end(stk_tail *t)
{
    stk_followed f;
    struct stat st;
    if (stk_followed_open(t->path, 0, false, &f, NULL) != STK_OK)
        return;
    uint64_t at = fstat(f.fd, &st) == 0 ? last_line(f.fd, (uint64_t)st.st_size) : 0;
    stk_followed_close(&f);
    if (stk_followed_open(t->path, at, false, &f, NULL) == STK_OK)
        insert(t, 0, &f);
}

static void open_at_mark(stk_tail *t, const stk_bookmark *mark)
{
    stk_followed f;
    bool here = stk_followed_open(t->path, mark->offset, false, &f, NULL) == STK_OK;
    if (here && !stk_bookmark_holds_fd(mark, f.fd)) {
        stk_followed_close(&f);
        here = false;
    }
    if (!here && !find_mark(t, mark, &f)) {
        tell_state(t, STK_TAIL_LOST, 0,
                   "the file that was read before is gone; reading what is there from its start");
        return;
    }
    f.resumed = true;
    insert(t, 0, &f);
}

stk_status stk_tail_open(const stk_tail_setup *setup, stk_tail **ret, stk_error *err)
{
    stk_tail *t = calloc(1, sizeof *t);
    if (t == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory");
    t->buffer = malloc(STK_TAIL_READ_BYTES);
    int n = snprintf(t->path, sizeof t->path, "%s", setup->path);
    t->notify = stk_notify_open();
    if (t->buffer == NULL || n < 0 || (size_t)n >= sizeof t->path) {
        bool memory = t->buffer == NULL;
        stk_tail_close(t);
        return stk_fail(err, memory ? STK_ERR_MEMORY : STK_ERR_LIMIT, "%s",
                        memory ? "out of memory" : "the path is too long");
    }
    t->grace_us = setup->grace_us;
    t->state = STK_TAIL_FINE;
    if (setup->resume != NULL && setup->resume->offset != 0)
        open_at_mark(t, setup->resume);
    else if (setup->from_end)
        open_at_end(t);
    size_t before = t->notice_count;
    look(t);
    for (size_t i = before; i < t->notice_count; i++) /* what rotation before us did is no news */
        if (t->notices[i].piece.state == STK_TAIL_ROTATED)
            t->notice_count = i;
    *ret = t;
    return STK_OK;
}

void stk_tail_close(stk_tail *tail)
{
    if (tail == NULL)
        return;
    while (tail->count != 0)
        drop(tail, tail->count - 1);
    while (tail->past_count != 0)
        drop_past(tail);
    stk_notify_close(&tail->notify);
    free(tail->buffer);
    free(tail);
}

int stk_tail_fd(const stk_tail *tail)
{
    return tail->notify.fd;
}

/* ---- polling ---- */

static void give(stk_tail *t, stk_followed *f, size_t n, stk_tail_piece *ret)
{
    if (f->number == 0)
        f->number = ++t->last_number;
    *ret = (stk_tail_piece){ .news = STK_TAIL_BYTES,
                             .file = f->number,
                             .offset = f->offset - n,
                             .bytes = { t->buffer, n },
                             .resumed = f->resumed };
    f->resumed = false;
}

/* Reading failed. The file at the path is tried again; an older one, or a packed one that is
 * damaged, ends here. */
static void on_failure(stk_tail *t, size_t at, const char *text)
{
    const stk_followed *f = &t->file[at];
    if (at + 1 == t->count && !f->finite) {
        if (!t->failing)
            tell_state(t, STK_TAIL_BLOCKED, f->number, text);
        t->failing = true;
        return;
    }
    tell_state(t, STK_TAIL_LOST, f->number, text);
    fill_gap(t, at);
    end(t, at);
}

/* The file at `at` has nothing new: where is the next one to be read? */
static size_t on_drained(stk_tail *t, size_t at, stk_time now)
{
    stk_followed *f = &t->file[at];
    if (f->finite || (f->retired && now - f->retired_at >= t->grace_us)) {
        if (f->finite && t->count < ROOM)
            fill_gap(t, at);
        end(t, at);
        return at;
    }
    if (f->retired || at + 1 == t->count)
        return at + 1;
    if (t->count == ROOM)
        return t->count; /* no room for files between: wait until a retired one ends */
    f->retired = true;
    f->retired_at = now;
    fill_gap(t, at);
    return at + 1;
}

stk_status stk_tail_poll(stk_tail *t, stk_time now, stk_tail_piece *ret, stk_error *err)
{
    bool woken = stk_notify_woken(&t->notify);
    *ret = (stk_tail_piece){ .news = STK_TAIL_IDLE };
    if (told(t, ret, err))
        return STK_OK;
    if (woken || now - t->looked_at >= LOOK_US || now < t->looked_at) {
        t->looked_at = now;
        look(t);
        if (t->past_count != 0 && now - t->past[0].retired_at >= t->grace_us)
            drop_past(t);
    }
    for (size_t i = 0, rounds = 0; i < t->count && rounds < ROUNDS; rounds++) {
        stk_followed *f = &t->file[i];
        size_t n = 0;
        bool changed = false;
        stk_error why = { 0 };
        stk_status status = stk_followed_read(f, t->buffer, STK_TAIL_READ_BYTES, &n, &changed,
                                              &why);
        if (n != 0) {
            t->failing = false;
            give(t, f, n, ret);
            return STK_OK;
        }
        if (status != STK_OK)
            on_failure(t, i, why.text);
        else if (changed)
            on_truncated(t, i);
        else
            i = on_drained(t, i, now);
        if (told(t, ret, err)) /* in the order in which things happened */
            return STK_OK;
        if (status != STK_OK)
            break;
    }
    return STK_OK;
}

stk_status stk_tail_bookmark(stk_tail *tail, uint32_t file, uint64_t offset, stk_bookmark *ret,
                             stk_error *err)
{
    for (size_t i = 0; i < tail->count; i++)
        if (tail->file[i].number == file)
            return stk_followed_mark_at(&tail->file[i], offset, ret, err);
    for (size_t i = 0; i < tail->past_count; i++)
        if (tail->past[i].number == file)
            return stk_followed_mark_at(&tail->past[i], offset, ret, err);
    return stk_fail(err, STK_ERR_MISSING, "that file is no longer open");
}
