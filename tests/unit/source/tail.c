/* SPDX-License-Identifier: Apache-2.0 */
/* Rotation done for real, with files in a directory: every byte that was written is given once and
 * in order, whatever happens to the path. */
#include "source/tail.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { GRACE_US = 300000, FILES = 64, TEXT = 1 << 20 };

static char dir[] = "/tmp/stockade-tail-XXXXXX";
static unsigned scene;

/* ---- hands ---- */

static const char *name_of(const char *name)
{
    static char path[4][256];
    static unsigned which;
    char *p = path[which++ % 4];
    (void)snprintf(p, sizeof path[0], "%s/%u/%s", dir, scene, name);
    return p;
}

/* A fresh directory for a test. */
static void begin(void)
{
    char path[256];
    scene++;
    (void)snprintf(path, sizeof path, "%s/%u", dir, scene);
    if (mkdir(path, 0700) != 0)
        abort();
}

static void append(const char *name, const char *text)
{
    int fd = open(name_of(name), O_WRONLY | O_CREAT | O_APPEND, 0600);
    size_t n = strlen(text);
    if (fd < 0 || write(fd, text, n) != (ssize_t)n || close(fd) != 0)
        abort();
}

static void move(const char *from, const char *to)
{
    if (rename(name_of(from), name_of(to)) != 0)
        abort();
}

static void copy(const char *from, const char *to)
{
    static char bytes[TEXT];
    int in = open(name_of(from), O_RDONLY),
        out = open(name_of(to), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t n = read(in, bytes, sizeof bytes);
    if (in < 0 || out < 0 || n < 0 || write(out, bytes, (size_t)n) != n)
        abort();
    close(in);
    close(out);
}

static void cut(const char *name)
{
    if (truncate(name_of(name), 0) != 0)
        abort();
}

/* As `gzip name` does: a packed copy that keeps the time, then the plain one goes. */
static void pack(const char *name)
{
    static char bytes[TEXT];
    char to[300];
    struct stat st;
    (void)snprintf(to, sizeof to, "%s.gz", name_of(name));
    int in = open(name_of(name), O_RDONLY);
    ssize_t n = read(in, bytes, sizeof bytes);
    gzFile gz = gzopen(to, "wb");
    if (in < 0 || fstat(in, &st) != 0 || gz == NULL ||
        (n > 0 && gzwrite(gz, bytes, (unsigned)n) != n) || gzclose(gz) != Z_OK)
        abort();
    struct timespec times[2] = { st.st_mtim, st.st_mtim };
    if (utimensat(AT_FDCWD, to, times, 0) != 0 || unlink(name_of(name)) != 0)
        abort();
    close(in);
}

static stk_time clock_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (stk_time)t.tv_sec * STK_SECOND + t.tv_nsec / 1000;
}

/* ---- what a reader of the tail keeps ---- */

typedef struct seen {
    char text[TEXT]; /* bytes of all files in the order in which files ended or were read */
    size_t len;
    struct {
        char part[8192]; /* the unfinished line of each file */
        size_t len;
        uint64_t next;
        bool ended, resumed;
    } file[FILES];
    uint32_t last_file;
    uint64_t last_offset;
    unsigned states[8];
    bool broken; /* a gap, a repeat, or bytes after the end */
} seen;

static void take_line(seen *s, const char *p, size_t n)
{
    if (s->len + n > TEXT)
        abort();
    memcpy(s->text + s->len, p, n);
    s->len += n;
}

static void take(seen *s, const stk_tail_piece *p)
{
    if (p->file >= FILES)
        abort();
    if (p->news == STK_TAIL_STATE)
        s->states[p->state]++;
    if (p->news == STK_TAIL_ENDED) {
        s->broken = s->broken || s->file[p->file].ended || p->offset != s->file[p->file].next;
        s->file[p->file].ended = true;
        take_line(s, s->file[p->file].part, s->file[p->file].len);
        s->file[p->file].len = 0;
    }
    if (p->news != STK_TAIL_BYTES)
        return;
    bool first = s->file[p->file].next == 0;
    s->broken = s->broken || s->file[p->file].ended || p->bytes.len == 0 ||
                (!first && p->offset != s->file[p->file].next);
    s->file[p->file].resumed = s->file[p->file].resumed || p->resumed;
    s->file[p->file].next = p->offset + p->bytes.len;
    s->last_file = p->file;
    s->last_offset = s->file[p->file].next;
    for (size_t i = 0; i < p->bytes.len; i++) {
        char *part = s->file[p->file].part;
        part[s->file[p->file].len++] = p->bytes.ptr[i];
        if (p->bytes.ptr[i] == '\n' || s->file[p->file].len == sizeof s->file[0].part) {
            take_line(s, part, s->file[p->file].len);
            s->file[p->file].len = 0;
        }
    }
}

/* Poll until nothing has come for `quiet_us`. */
static void settle(stk_tail *t, seen *s, int64_t quiet_us)
{
    for (stk_time last = clock_us(); clock_us() - last < quiet_us;) {
        stk_tail_piece p;
        if (stk_tail_poll(t, clock_us(), &p, NULL) != STK_OK)
            abort();
        if (p.news == STK_TAIL_IDLE) {
            struct pollfd wait = { .fd = stk_tail_fd(t), .events = POLLIN };
            (void)poll(&wait, 1, 20);
            continue;
        }
        last = clock_us();
        take(s, &p);
    }
}

static bool has(const seen *s, const char *text)
{
    bool same = !s->broken && s->len == strlen(text) && memcmp(s->text, text, s->len) == 0;
    if (!same)
        printf("# broken %d, got: %.*s\n", s->broken, (int)s->len, s->text);
    return same;
}

static stk_tail *follow(const stk_bookmark *resume, bool from_end)
{
    stk_tail *t = NULL;
    stk_tail_setup setup = {
        .path = name_of("access.log"), .resume = resume, .from_end = from_end, .grace_us = GRACE_US
    };
    if (stk_tail_open(&setup, &t, NULL) != STK_OK)
        abort();
    return t;
}

static seen s; /* large; cleared by each test */

static const int64_t SHORT = 60000, PAST_GRACE = 2 * GRACE_US;

/* ---- following ---- */

static const char *grows(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\na2\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    append("access.log", "a3\na");
    append("access.log", "4\n");
    stk_time written = clock_us();
    stk_tail_piece p = { 0 };
    while (p.news != STK_TAIL_BYTES && clock_us() - written < STK_SECOND) {
        struct pollfd wait = { .fd = stk_tail_fd(t), .events = POLLIN };
        (void)poll(&wait, 1, STK_TAIL_POLL_US / 1000);
        CHECK(stk_tail_poll(t, clock_us(), &p, NULL) == STK_OK);
    }
    take(&s, &p);
    settle(t, &s, SHORT);
    stk_tail_close(t);
    CHECK(has(&s, "a1\na2\na3\na4\n"));
    CHECK(clock_us() - written < STK_SECOND && s.last_file == 1);
    return NULL;
}

static const char *from_end(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "old\nhalf a li");
    stk_tail *t = follow(NULL, true);
    append("access.log", "ne\nnew\n");
    settle(t, &s, SHORT);
    stk_tail_close(t);
    CHECK(has(&s, "half a line\nnew\n"));
    return NULL;
}

/* Renamed, re-created; the writer still has the old file open and adds late lines to it. */
static const char *renamed(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    append("access.log", "a2\nhalf ");
    move("access.log", "access.log.1");
    append("access.log", "b1\n");
    settle(t, &s, SHORT);
    append("access.log.1", "line\nlate\n");
    append("access.log", "b2\n");
    settle(t, &s, SHORT);
    CHECK(has(&s, "a1\na2\nb1\nhalf line\nlate\nb2\n") && !s.file[1].ended);
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(s.file[1].ended && s.states[STK_TAIL_ROTATED] == 1 && !s.broken);
    return NULL;
}

/* The old file's last line never ends: it is given when the grace period is over. */
static const char *renamed_in_a_line(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\nhalf");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    move("access.log", "access.log.1");
    settle(t, &s, SHORT);
    append("access.log", "rest\nb1\n");
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(&s, "a1\nrest\nb1\nhalf"));
    CHECK(s.states[STK_TAIL_VANISHED] == 1 && s.states[STK_TAIL_ROTATED] == 1);
    return NULL;
}

static const char *copied_and_truncated(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\na2\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    append("access.log", "unread\n"); /* not polled before it is cut: only the copy has it */
    copy("access.log", "access.log.1");
    cut("access.log");
    append("access.log", "b1\n");
    settle(t, &s, PAST_GRACE);
    CHECK(has(&s, "a1\na2\nunread\nb1\n") && s.states[STK_TAIL_TRUNCATED] == 1);
    /* again, and grown past the old place before anybody looks */
    append("access.log", "b2\n");
    settle(t, &s, SHORT);
    copy("access.log", "access.log.1");
    cut("access.log");
    append("access.log", "c1 is longer than all that was in the file before it\nc2\n");
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(
        &s, "a1\na2\nunread\nb1\nb2\nc1 is longer than all that was in the file before it\nc2\n"));
    return NULL;
}

/* The copy is packed at once, and the same number of bytes stands in the file again. */
static const char *copied_and_packed(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\na2\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    append("access.log", "u\n");
    copy("access.log", "access.log-20260101");
    pack("access.log-20260101");
    cut("access.log");
    append("access.log", "b1\nb2\nb\n");
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(&s, "a1\na2\nu\nb1\nb2\nb\n"));
    return NULL;
}

/* A writer that does not append goes on at its old offset: the file has a hole before it. */
static const char *hole(void)
{
    begin();
    s = (seen){ 0 };
    int fd = open(name_of("access.log"), O_WRONLY | O_CREAT, 0600);
    static char lines[100001];
    for (size_t i = 0; i < 100000; i++)
        lines[i] = i % 100 == 99 ? '\n' : 'x';
    CHECK(fd >= 0 && write(fd, lines, 100000) == 100000);
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    CHECK(s.len == 100000);
    s.len = 0;
    cut("access.log");
    CHECK(write(fd, "b1\n", 3) == 3);
    settle(t, &s, SHORT);
    CHECK(write(fd, "b2\n", 3) == 3);
    close(fd);
    settle(t, &s, SHORT);
    stk_bookmark mark;
    CHECK(stk_tail_bookmark(t, s.last_file, s.last_offset, &mark, NULL) == STK_OK);
    stk_tail_close(t);
    CHECK(has(&s, "b1\nb2\n") && s.last_offset == 100006);
    append("access.log", "b3\n");
    t = follow(&mark, false);
    s = (seen){ 0 };
    settle(t, &s, SHORT);
    stk_tail_close(t);
    CHECK(has(&s, "b3\n"));
    return NULL;
}

/* rsync and editors put a whole new file with the same beginning at the path. */
static const char *replaced_by_a_copy(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\na2\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    append("temporary", "a1\na2\na3\n");
    move("temporary", "access.log");
    settle(t, &s, SHORT);
    append("access.log", "a4\n");
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(&s, "a1\na2\na3\na4\n") && s.last_file == 1);
    return NULL;
}

static const char *vanishes(void)
{
    begin();
    s = (seen){ 0 };
    stk_tail *t = follow(NULL, false); /* not there yet */
    settle(t, &s, SHORT);
    append("access.log", "a1\n");
    settle(t, &s, SHORT);
    append("access.log", "a2\n");
    CHECK(unlink(name_of("access.log")) == 0);
    settle(t, &s, 3 * SHORT);
    CHECK(mkdir(name_of("access.log"), 0700) == 0);
    settle(t, &s, 3 * SHORT);
    CHECK(s.states[STK_TAIL_BLOCKED] == 1);
    CHECK(rmdir(name_of("access.log")) == 0);
    append("access.log", "b1\n");
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(&s, "a1\na2\nb1\n") && s.states[STK_TAIL_VANISHED] >= 2 &&
          s.states[STK_TAIL_FINE] >= 2);
    return NULL;
}

/* Nobody polls while rotation goes on three times, packing included. */
static const char *rotated_unseen(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    append("access.log", "a2\n");
    move("access.log", "access.log.1");
    append("access.log", "b1\n");
    move("access.log.1", "access.log.2");
    move("access.log", "access.log.1");
    append("access.log", "c1\n");
    pack("access.log.2");
    move("access.log.2.gz", "access.log.3.gz");
    move("access.log.1", "access.log.2");
    move("access.log", "access.log.1");
    append("access.log", "d1\n");
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(&s, "a1\na2\nb1\nc1\nd1\n"));
    return NULL;
}

/* ---- restarting ---- */

static const char *resume_after(const char *expected, const stk_bookmark *mark)
{
    s = (seen){ 0 };
    stk_tail *t = follow(mark, false);
    settle(t, &s, PAST_GRACE);
    stk_tail_close(t);
    CHECK(has(&s, expected));
    return NULL;
}

/* Read "a1\na2\n", bookmark behind a1, close. */
static bool leave_behind_a1(stk_bookmark *mark)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\na2\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    stk_status status = stk_tail_bookmark(t, 1, 3, mark, NULL);
    stk_status past = stk_tail_bookmark(t, 1, 7, mark, NULL);
    stk_status unknown = stk_tail_bookmark(t, 2, 0, mark, NULL);
    stk_tail_close(t);
    return status == STK_OK && past == STK_ERR_INVALID && unknown == STK_ERR_MISSING;
}

static const char *resumes(void)
{
    stk_bookmark mark;
    const char *why;
    CHECK(leave_behind_a1(&mark)); /* nothing happened meanwhile */
    append("access.log", "a3\n");
    if ((why = resume_after("a2\na3\n", &mark)) != NULL)
        return why;
    CHECK(s.file[1].resumed);
    CHECK(leave_behind_a1(&mark)); /* rotated once */
    move("access.log", "access.log.1");
    append("access.log", "b1\n");
    if ((why = resume_after("a2\nb1\n", &mark)) != NULL)
        return why;
    CHECK(s.file[1].resumed && !s.file[2].resumed);
    CHECK(leave_behind_a1(&mark)); /* rotated three times and packed */
    move("access.log", "access.log.3");
    pack("access.log.3");
    append("access.log.2", "b1\nb2\n");
    pack("access.log.2");
    append("access.log.1", "c1\n");
    append("access.log", "d1\n");
    append("access.log.4", "older\n");
    if ((why = resume_after("a2\nb1\nb2\nc1\nd1\n", &mark)) != NULL)
        return why;
    CHECK(leave_behind_a1(&mark)); /* copied and truncated */
    copy("access.log", "access.log-20260102");
    append("access.log-20260101", "older\n");
    cut("access.log");
    append("access.log", "b1\n");
    if ((why = resume_after("a2\nb1\n", &mark)) != NULL)
        return why;
    CHECK(leave_behind_a1(&mark)); /* moved to a name that no rotation makes */
    move("access.log", "saved by hand");
    append("access.log", "b1\n");
    if ((why = resume_after("a2\nb1\n", &mark)) != NULL)
        return why;
    CHECK(leave_behind_a1(&mark)); /* gone */
    CHECK(unlink(name_of("access.log")) == 0);
    append("access.log", "b1\n");
    if ((why = resume_after("b1\n", &mark)) != NULL)
        return why;
    CHECK(s.states[STK_TAIL_LOST] == 1);
    return NULL;
}

static const char *bookmarks(void)
{
    begin();
    append("f", "0123456789");
    stk_bookmark mark, again;
    stk_error err;
    CHECK(stk_bookmark_of_path(name_of("f"), 4, &mark, &err) == STK_OK);
    stk_auto_buf saved = stk_buf_init(256);
    stk_bookmark_save(&mark, &saved);
    stk_cursor in = stk_cursor_of(stk_buf_str(&saved));
    CHECK(stk_bookmark_load(&again, &in, &err) == STK_OK && again.offset == 4);
    CHECK(stk_bookmark_holds_path(&again, name_of("f")));
    append("f", "more");
    CHECK(stk_bookmark_holds_path(&again, name_of("f")));
    pack("f");
    CHECK(stk_bookmark_holds_path(&again, name_of("f.gz")));
    append("g", "0x23456789");
    CHECK(!stk_bookmark_holds_path(&again, name_of("g")));
    CHECK(!stk_bookmark_holds_path(&again, name_of("absent")));
    CHECK(stk_bookmark_of_path(name_of("g"), 11, &mark, &err) == STK_ERR_INVALID);
    in = stk_cursor_of((stk_str){ saved.ptr, saved.len - 1 });
    CHECK(stk_bookmark_load(&again, &in, &err) == STK_ERR_SYNTAX);
    CHECK(stk_bookmark_of_bytes(4, STK_S("0123"), STK_S("0123"), &again, &err) == STK_OK);
    return NULL;
}

/* What is still being worked on can be bookmarked for a while after a file's end was told, under
 * whatever name it lies by then; and in the middle of a packed one. */
static const char *bookmarks_of_what_is_over(void)
{
    begin();
    s = (seen){ 0 };
    append("access.log", "a1\na2\n");
    stk_tail *t = follow(NULL, false);
    settle(t, &s, SHORT);
    move("access.log", "access.log.1");
    append("access.log", "b1\n");
    stk_bookmark mark = { 0 };
    stk_status status = STK_ERR_MISSING;
    for (stk_time start = clock_us(); !s.file[1].ended && clock_us() - start < 5 * STK_SECOND;) {
        settle(t, &s, 1000);
        if (s.file[1].ended)
            status = stk_tail_bookmark(t, 1, 3, &mark, NULL);
    }
    pack("access.log.1");
    CHECK(status == STK_OK && stk_bookmark_holds_path(&mark, name_of("access.log.1.gz")));
    settle(t, &s, PAST_GRACE);
    status = stk_tail_bookmark(t, 1, 3, &mark, NULL);
    stk_tail_close(t);
    CHECK(status == STK_ERR_MISSING);

    s = (seen){ 0 };
    t = follow(&mark, false);
    stk_tail_piece p = { 0 };
    for (int i = 0; i < 10 && p.news != STK_TAIL_BYTES; i++)
        CHECK(stk_tail_poll(t, clock_us(), &p, NULL) == STK_OK);
    stk_bookmark end;
    move("access.log.1.gz", "access.log.2.gz");
    CHECK(p.file == 1 && p.resumed && p.offset == 3 && p.bytes.len == 3);
    CHECK(stk_tail_bookmark(t, 1, 6, &end, NULL) == STK_OK && end.offset == 6);
    stk_tail_close(t);
    CHECK(stk_bookmark_holds_path(&end, name_of("access.log.2.gz")));
    return NULL;
}

/* ---- a race ---- */

typedef struct writer {
    int rotations;
    bool truncate;
    atomic_bool done;
} writer;

/* Writes numbered lines; rotates in between by rename, or by copy and truncate. Of the latter only
 * quiescent rotation is lossless (docs/following.md), so the writer does it itself. */
static void *write_lines(void *arg)
{
    writer *w = arg;
    int line = 0;
    for (int r = 0; r <= w->rotations; r++) {
        int fd = open(name_of("access.log"), O_WRONLY | O_CREAT | O_APPEND, 0600);
        for (int i = 0; i < 200; i++) {
            char text[32];
            int n = snprintf(text, sizeof text, "line %d\n", line++);
            int half = i % 7 == 0 ? 3 : n; /* some lines come in two pieces */
            if (write(fd, text, (size_t)half) != half ||
                write(fd, text + half, (size_t)(n - half)) != n - half)
                abort();
            if (i % 50 == 0)
                usleep(500);
        }
        if (r < w->rotations && w->truncate) {
            (void)unlink(name_of("access.log.1"));
            copy("access.log", "access.log.1");
            cut("access.log");
        } else if (r < w->rotations) {
            for (int i = r; i > 0; i--) {
                char from[32], to[32];
                (void)snprintf(from, sizeof from, "access.log.%d", i);
                (void)snprintf(to, sizeof to, "access.log.%d", i + 1);
                move(from, to);
            }
            move("access.log", "access.log.1");
        }
        close(fd);
        usleep(w->truncate ? 150000 : (unsigned)(r % 3) * 3000);
    }
    atomic_store(&w->done, true);
    return NULL;
}

static const char *race(bool truncate, int rotations)
{
    begin();
    s = (seen){ 0 };
    writer w = { .rotations = rotations, .truncate = truncate };
    pthread_t thread;
    stk_tail *t = follow(NULL, false);
    CHECK(pthread_create(&thread, NULL, write_lines, &w) == 0);
    while (!atomic_load(&w.done))
        settle(t, &s, 1000);
    settle(t, &s, PAST_GRACE);
    pthread_join(thread, NULL);
    stk_tail_close(t);
    static char want[TEXT];
    size_t len = 0;
    for (int i = 0; i < (rotations + 1) * 200; i++)
        len += (size_t)snprintf(want + len, sizeof want - len, "line %d\n", i);
    CHECK(!s.broken && s.len == len);
    CHECK(memcmp(s.text, want, len) == 0);
    return NULL;
}

static const char *race_rename(void)
{
    return race(false, 20);
}

static const char *race_truncate(void)
{
    return race(true, 5);
}

static const check_test tests[] = {
    { "a file grows", grows },
    { "from the end", from_end },
    { "renamed, with late lines", renamed },
    { "renamed in the middle of a line", renamed_in_a_line },
    { "copied and truncated", copied_and_truncated },
    { "copied, packed, truncated", copied_and_packed },
    { "truncated under a writer that does not append", hole },
    { "replaced by a copy that goes on", replaced_by_a_copy },
    { "vanishes, becomes a directory, comes back", vanishes },
    { "rotated three times unseen", rotated_unseen },
    { "restarts", resumes },
    { "bookmarks", bookmarks },
    { "bookmarks of what is over", bookmarks_of_what_is_over },
    { "a race with renaming", race_rename },
    { "a race with truncation", race_truncate },
};

int main(void)
{
    if (mkdtemp(dir) == NULL)
        return 3;
    int failed = check_main(tests, STK_COUNT(tests));
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? failed : 3;
}
