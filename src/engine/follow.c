/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of files arrive, wait in a buffer of their file, and are read by its lane. */
#include "engine/follow.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    BUFFER_BYTES = 4 * STK_UNIT_BYTES, /* of one file; a full one leaves its tail unread */
    FILES = STK_TAIL_FILES + 1,        /* of one path: the one at it, and rotated ones */
    GUESS_BYTES = 64 << 10,
    GUESS_LINES = 16, /* after so many lines that nothing explains, the format is given up on */
    LIFE_BYTES = 1 << 20,
    NOTE_VERSION = 1,
};

/* Stamps without a year: a file may be followed for half a year, and what waits in it when that
 * begins may be half a year old. */
#define AHEAD_US (180 * STK_DAY)

struct file {
    uint32_t number; /* the tail's; 0: free */
    stk_buf bytes;   /* waiting */
    size_t taken;    /* of them, by the lane */
    bool ended, resumed;
    bool told;       /* the store knows that it was read to its end */
    uint64_t offset; /* of the first byte that was given */
    stk_lane *lane;  /* NULL: its first unit is not whole yet */
    const stk_decoder *decoder;
    void *decoder_self;
    stk_arena *life;
    stk_buf note; /* what the store shall keep of it */
};

struct path {
    char *name; /* owned */
    stk_format format;
    stk_tail *tail;
    stk_watch *watch; /* of the path: a rotated log is the same source, with the same past */
    struct file files[FILES];
    stk_source_name resumed_name; /* of the file that the last run was reading */
    stk_source_state resumed;
};

struct stk_follow {
    stk_follow_setup setup;
    struct path *paths; /* [count] */
    size_t count;
};

stk_status stk_follow_new(const stk_follow_setup *setup, stk_follow **ret, stk_error *err)
{
    stk_follow *follow = calloc(1, sizeof *follow);
    if (follow != NULL)
        follow->paths = calloc(STK_SOURCES, sizeof *follow->paths);
    if (follow == NULL || follow->paths == NULL) {
        free(follow);
        return stk_fail(err, STK_ERR_MEMORY, "no memory to follow files");
    }
    follow->setup = *setup;
    *ret = follow;
    return STK_OK;
}

static void forget(struct file *file)
{
    stk_buf_done(&file->bytes);
    stk_buf_done(&file->note);
    stk_arena_free(file->life);
    *file = (struct file){ 0 };
}

void stk_follow_free(stk_follow *follow)
{
    if (follow == NULL)
        return;
    for (size_t p = 0; p < follow->count; p++) {
        for (size_t f = 0; f < FILES; f++)
            forget(&follow->paths[p].files[f]);
        stk_tail_close(follow->paths[p].tail);
        stk_watch_free(follow->paths[p].watch);
        free(follow->paths[p].name);
    }
    free(follow->paths);
    free(follow);
}

static void notice(const stk_follow *follow, const struct path *path, const char *text)
{
    if (follow->setup.notice != NULL)
        follow->setup.notice(follow->setup.ctx, path->name, text);
}

/* ---- where the last run stopped ------------------------------------------------------------ */

/* What the store keeps with the position: the path, the bookmark, the format. */
static void write_note(const struct path *path, const struct file *file, const stk_bookmark *mark,
                       stk_buf *out)
{
    stk_buf_clear(out);
    stk_buf_varint(out, NOTE_VERSION);
    stk_buf_run(out, (stk_str){ path->name, strlen(path->name) });
    stk_buf_run(out, (stk_str){ file->decoder->name, strlen(file->decoder->name) });
    stk_bookmark_save(mark, out);
}

static bool read_note(stk_str note, const char *name, stk_bookmark *ret)
{
    stk_cursor in = stk_cursor_of(note);
    if (note.len == 0 || stk_cursor_varint(&in) != NOTE_VERSION)
        return false;
    stk_str path = stk_cursor_run(&in);
    stk_cursor_run(&in);
    return !in.failed && stk_str_eq(path, (stk_str){ name, strlen(name) }) &&
           stk_bookmark_load(ret, &in, NULL) == STK_OK;
}

/* The newest source of this path that the store knows a place of. When its end was reached there,
 * that end is gone on from: files that came after it may have been rotated away in the meantime.
 * False: none, or its end is out of reach. */
static bool find_resume(const stk_follow *follow, struct path *path, stk_bookmark *ret)
{
    stk_auto_arena *arena = stk_arena_new(64 << 20);
    stk_source_row *rows;
    size_t count;
    if (arena == NULL || stk_store_sources(stk_state_store(follow->setup.state), arena, &rows,
                                           &count, NULL) != STK_OK)
        return false;
    for (size_t i = count; i-- > 0;) {
        if (read_note(rows[i].state.note, path->name, ret)) {
            path->resumed_name = rows[i].name;
            path->resumed = rows[i].state;
            path->resumed.note = (stk_str){ 0 };
            return true;
        }
        if (rows[i].state.finished &&
            stk_str_eq(rows[i].label, (stk_str){ path->name, strlen(path->name) }))
            return false;
    }
    return false;
}

stk_status stk_follow_add(stk_follow *follow, const char *name, const stk_format *format,
                          stk_error *err)
{
    if (follow->count == STK_SOURCES)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d paths", STK_SOURCES);
    struct path *path = &follow->paths[follow->count];
    *path = (struct path){ .name = strdup(name), .format = *format };
    if (path->name == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to follow %s", name);
    follow->count++;
    stk_bookmark mark;
    bool resume = find_resume(follow, path, &mark);
    stk_tail_setup setup = { .path = path->name,
                             .resume = resume ? &mark : NULL,
                             .grace_us = STK_MINUTE };
    return stk_tail_open(&setup, &path->tail, err);
}

/* ---- lanes --------------------------------------------------------------------------------- */

static stk_status read_waiting(void *ctx, char *to, size_t room, size_t *ret_got, bool *ret_end,
                               stk_error *err)
{
    (void)err;
    struct file *file = ctx;
    size_t left = file->bytes.len - file->taken;
    *ret_got = left < room ? left : room;
    if (*ret_got != 0)
        memcpy(to, file->bytes.ptr + file->taken, *ret_got);
    file->taken += *ret_got;
    if (file->taken == file->bytes.len) {
        stk_buf_clear(&file->bytes);
        file->taken = 0;
    }
    *ret_end = file->ended && file->bytes.len == 0;
    return STK_OK;
}

static size_t lines_in(stk_str bytes)
{
    size_t lines = 0;
    for (size_t i = 0; i < bytes.len && lines < GUESS_LINES; i++)
        lines += bytes.ptr[i] == '\n';
    return lines;
}

/* Find and open the decoder. False: more lines are wanted first. */
static stk_status choose_decoder(const stk_follow *follow, const struct path *path,
                                 struct file *file, bool *ret_known, stk_error *err)
{
    stk_str head = stk_buf_str(&file->bytes);
    const char *argument = NULL;
    double share;
    *ret_known = false;
    file->decoder = path->format.decoder;
    if (file->decoder == NULL)
        file->decoder = stk_decoder_guess(
            (stk_str){ head.ptr, head.len < GUESS_BYTES ? head.len : GUESS_BYTES }, &argument,
            &share);
    if (file->decoder == NULL && lines_in(head) < GUESS_LINES && head.len < STK_UNIT_BYTES)
        return STK_OK;
    if (file->decoder == NULL) {
        notice(follow, path, "its format is not known; lines are set aside. State the format");
        file->decoder = stk_decoder_named(STK_S("combined"));
    }
    file->life = stk_arena_new(LIFE_BYTES);
    if (file->life == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to follow %s", path->name);
    stk_decoder_setup setup = {
        .argument = argument == NULL ? path->format.argument
                                     : (stk_str){ argument, strlen(argument) },
        .proxies = follow->setup.snapshot->proxies,
        .client = follow->setup.snapshot->client,
        .not_after = (stk_time)time(NULL) * STK_SECOND + AHEAD_US,
    };
    STK_TRY(file->decoder->open(&setup, file->life, &file->decoder_self, err));
    *ret_known = true;
    return STK_OK;
}

static stk_status watch_path(const stk_follow *follow, struct path *path, stk_lane *lane,
                             stk_error *err)
{
    bool fresh = path->watch == NULL;
    if (fresh) {
        stk_watch_config config;
        stk_spec_defaults(stk_watch_spec, stk_watch_spec_count, &config);
        stk_key key = stk_key_of(&follow->setup.snapshot->secret, STK_KEY_SOURCE,
                                 (stk_str){ path->name, strlen(path->name) });
        path->watch = stk_watch_new(&config, true, key);
    }
    if (path->watch == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to watch a source");
    lane->watch = path->watch;
    if (fresh)
        stk_engine_recall(follow->setup.engine, lane);
    return STK_OK;
}

static bool on_a_lane(const stk_follow *follow, const stk_source_name *name)
{
    for (size_t i = 0; i < stk_engine_lanes(follow->setup.engine); i++) {
        const stk_lane *lane = stk_engine_lane(follow->setup.engine, i);
        if (lane->in_use && memcmp(&lane->name, name, sizeof *name) == 0)
            return true;
    }
    return false;
}

/* Did a run begin this very file and was killed before it first said where it stood? Then the store
 * has its row, perhaps some of its records, and no position; it is begun again under that name, so
 * that no record is stored twice. */
static bool begun_before(const stk_follow *follow, const stk_source_name *name)
{
    stk_auto_arena *arena = stk_arena_new(64 << 20);
    stk_source_row *rows;
    size_t count;
    if (arena == NULL || stk_store_sources(stk_state_store(follow->setup.state), arena, &rows,
                                           &count, NULL) != STK_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (memcmp(&rows[i].name, name, sizeof *name) == 0)
            return rows[i].state.offset == 0 && rows[i].state.note.len == 0 &&
                   !rows[i].state.finished && !on_a_lane(follow, name);
    return false;
}

/* The name of a file that was not read before: its first unit, and how often that was seen. */
static stk_status name_file(const stk_follow *follow, struct file *file, stk_source_name *ret,
                            bool *ret_whole, stk_error *err)
{
    stk_str head = stk_buf_str(&file->bytes);
    size_t n = 0;
    stk_frame frame = STK_FRAME_SKIP;
    *ret_whole = false;
    while (head.len != 0 && frame == STK_FRAME_SKIP) {
        frame = file->decoder->frame(file->decoder_self, head, file->ended, &n);
        if (frame == STK_FRAME_MORE)
            return STK_OK;
        if (frame == STK_FRAME_SKIP)
            head = (stk_str){ head.ptr + n, head.len - n };
    }
    if (head.len == 0)
        return STK_OK;
    stk_digest digest;
    STK_TRY(stk_fingerprint_of((stk_str){ head.ptr, n }, &digest, err));
    *ret = (stk_source_name){ 0 };
    memcpy(ret->fingerprint, digest.byte, sizeof ret->fingerprint);
    *ret_whole = true;
    STK_TRY(stk_state_occurrences(follow->setup.state, ret->fingerprint, &ret->occurrence, err));
    stk_source_name last = *ret;
    last.occurrence--;
    if (ret->occurrence > 0 && begun_before(follow, &last))
        *ret = last;
    return STK_OK;
}

static stk_status put_on_lane(stk_follow *follow, struct path *path, struct file *file,
                              stk_error *err)
{
    bool ready;
    if (file->decoder_self == NULL) {
        STK_TRY(choose_decoder(follow, path, file, &ready, err));
        if (!ready)
            return STK_OK;
    }
    stk_source_name name = path->resumed_name;
    if (!file->resumed) {
        STK_TRY(name_file(follow, file, &name, &ready, err));
        if (!ready)
            return STK_OK;
    }
    stk_lane *lane = stk_engine_add(follow->setup.engine);
    if (lane == NULL)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d files are being followed", STK_SOURCES);
    uint32_t index;
    stk_source_state stood;
    STK_TRY(stk_state_source(follow->setup.state, &name,
                             (stk_str){ path->name, strlen(path->name) }, STK_SOURCES, &index,
                             &stood, err));
    stk_lane_init(lane, index, (stk_feed){ file, read_waiting });
    lane->name = name;
    lane->decoder = file->decoder;
    lane->decoder_self = file->decoder_self;
    file->lane = lane;
    if (file->resumed) {
        stk_lane_resume(lane, file->offset, stood.unit + 1);
        lane->reached = stood.last_at;
    }
    return watch_path(follow, path, lane, err);
}

/* ---- pieces -------------------------------------------------------------------------------- */

static struct file *file_numbered(struct path *path, uint32_t number)
{
    struct file *empty = NULL;
    for (size_t f = 0; f < FILES; f++) {
        if (path->files[f].number == number)
            return &path->files[f];
        if (path->files[f].number == 0 && empty == NULL)
            empty = &path->files[f];
    }
    return empty;
}

static bool room_left(const struct path *path)
{
    size_t empty = 0;
    for (size_t f = 0; f < FILES; f++) {
        if (path->files[f].bytes.len > BUFFER_BYTES - STK_TAIL_READ_BYTES)
            return false;
        empty += path->files[f].number == 0;
    }
    return empty != 0;
}

static stk_status take_piece(struct path *path, const stk_tail_piece *piece, stk_error *err)
{
    struct file *file = file_numbered(path, piece->file);
    if (file == NULL)
        return stk_fail(err, STK_ERR_LIMIT, "%s was rotated faster than it is read", path->name);
    if (file->number == 0) {
        *file = (struct file){ .number = piece->file,
                               .offset = piece->offset,
                               .resumed = piece->resumed,
                               .bytes = stk_buf_init(BUFFER_BYTES),
                               .note = stk_buf_init(STK_STORE_NOTE_BYTES) };
    }
    if (piece->news == STK_TAIL_ENDED) {
        file->ended = true;
        return STK_OK;
    }
    stk_buf_add(&file->bytes, piece->bytes);
    return file->bytes.failed ? stk_fail(err, STK_ERR_MEMORY, "no memory to follow %s", path->name)
                              : STK_OK;
}

/* Is an older file of the path still being worked off? The next one waits: a crash then finds only
 * one of them begun and not finished, and nothing that was not read lies behind its place. */
static bool waits(const struct path *path, const struct file *file)
{
    for (size_t f = 0; f < FILES; f++) {
        const struct file *older = &path->files[f];
        if (older->number == 0 || older->number >= file->number)
            continue;
        if (older->bytes.len != 0 && (older->lane != NULL || older->ended))
            return true;
        if (older->lane != NULL && older->lane->batch_count != 0)
            return true;
    }
    return false;
}

static stk_status gather_path(stk_follow *follow, struct path *path, stk_time now, stk_error *err)
{
    while (room_left(path)) {
        stk_tail_piece piece;
        stk_error why;
        if (stk_tail_poll(path->tail, now, &piece, &why) != STK_OK) {
            notice(follow, path, why.text);
            break;
        }
        if (piece.news == STK_TAIL_IDLE)
            break;
        if (piece.news == STK_TAIL_STATE)
            notice(follow, path, why.text);
        else
            STK_TRY(take_piece(path, &piece, err));
    }
    for (size_t f = 0; f < FILES; f++)
        if (path->files[f].number != 0 && path->files[f].lane == NULL &&
            path->files[f].bytes.len != 0 && !waits(path, &path->files[f]))
            STK_TRY(put_on_lane(follow, path, &path->files[f], err));
    return STK_OK;
}

stk_status stk_follow_gather(stk_follow *follow, stk_time monotonic, stk_error *err)
{
    for (size_t p = 0; p < follow->count; p++)
        STK_TRY(gather_path(follow, &follow->paths[p], monotonic, err));
    return STK_OK;
}

void stk_follow_release(stk_follow *follow)
{
    for (size_t p = 0; p < follow->count; p++)
        for (size_t f = 0; f < FILES; f++) {
            struct file *file = &follow->paths[p].files[f];
            bool empty = file->ended && file->lane == NULL && file->bytes.len == 0;
            bool spent = file->lane != NULL && file->ended && file->bytes.len == 0 &&
                         stk_lane_spent(file->lane) && file->told;
            if (file->number == 0 || !(empty || spent))
                continue;
            if (spent) {
                file->lane->in_use = false;
                stk_state_release(follow->setup.state, file->lane->source);
            }
            forget(file);
        }
}

void stk_follow_wait(stk_follow *follow, int64_t most_us)
{
    struct pollfd fds[STK_SOURCES];
    nfds_t n = 0;
    for (size_t p = 0; p < follow->count; p++) {
        int fd = stk_tail_fd(follow->paths[p].tail);
        if (fd >= 0)
            fds[n++] = (struct pollfd){ .fd = fd, .events = POLLIN };
    }
    poll(fds, n, (int)(most_us / STK_MS));
}

/* No end is taken for known to the store: the checkpoint that says so was put off. */
static void untell(stk_follow *follow)
{
    for (size_t p = 0; p < follow->count; p++)
        for (size_t f = 0; f < FILES; f++)
            follow->paths[p].files[f].told = false;
}

static stk_status bookmark_file(struct path *path, struct file *file, uint64_t offset,
                                stk_source_state *into, stk_error *err)
{
    stk_bookmark mark;
    stk_status status = stk_tail_bookmark(path->tail, file->number, offset, &mark, err);
    if ((status == STK_ERR_MISSING || status == STK_ERR_INVALID) && !file->ended)
        return STK_ERR_MISSING; /* cut, which the tail will notice */
    if (status != STK_OK && !file->ended)
        return status;
    file->told = into->finished || status != STK_OK;
    into->finished = file->told;
    if (status !=
        STK_OK) /* its end was told and its bytes are out of reach: there is no going on */
        return STK_OK;
    memcpy(into->tail, mark.tail.byte, sizeof into->tail);
    into->tail_bytes = offset < STK_BOOKMARK_SPAN ? (uint32_t)offset : STK_BOOKMARK_SPAN;
    write_note(path, file, &mark, &file->note);
    into->note = stk_buf_str(&file->note);
    return STK_OK;
}

stk_status stk_follow_bookmark(void *ctx, const stk_lane *lane, uint64_t offset,
                               stk_source_state *into, stk_error *err)
{
    stk_follow *follow = ctx;
    for (size_t p = 0; p < follow->count; p++)
        for (size_t f = 0; f < FILES; f++) {
            struct path *path = &follow->paths[p];
            struct file *file = &path->files[f];
            if (file->number == 0 || file->lane != lane)
                continue;
            stk_status status = bookmark_file(path, file, offset, into, err);
            if (status != STK_OK)
                untell(follow);
            return status;
        }
    return STK_OK;
}
