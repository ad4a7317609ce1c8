/* SPDX-License-Identifier: Apache-2.0 */
/* Files: known by their first unit, read by a decoder that was named or found. */
#include "engine/files.h"

#include "source/identity.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum {
    PEEK_BYTES = 64 << 10,
    LIFE_BYTES = 1 << 20,
    REREAD_BYTES = 2 * STK_UNIT_BYTES,
    KEY_BYTES = 4096,
    KEY_BYTES_LEAST = 256, /* more than a guess of a first line gives */
};

stk_status stk_format_parse(stk_str text, stk_format *ret, stk_error *err)
{
    if (stk_str_eq(text, STK_S("auto"))) {
        *ret = (stk_format){ 0 };
        return STK_OK;
    }
    const char *colon = memchr(text.ptr, ':', text.len);
    stk_str name = { text.ptr, colon == NULL ? text.len : (size_t)(colon - text.ptr) };
    const stk_decoder *decoder = stk_decoder_named(name);
    if (decoder == NULL) {
        const char *names[64] = { "auto" };
        size_t n = 1;
        for (const stk_decoder *const *d = stk_decoders; *d != NULL && n < 64; d++)
            names[n++] = (*d)->name;
        const char *near = stk_nearest(name, names, n);
        return stk_fail(err, STK_ERR_INVALID, "no format is named '%" STK_SFMT "'%s%s%s",
                        STK_SARG(name),
                        near == NULL ? "; `stockade list decoders` names them" : " (did you mean '",
                        near == NULL ? "" : near, near == NULL ? "" : "'?)");
    }
    stk_str argument = { 0 };
    if (colon != NULL)
        argument = (stk_str){ colon + 1, text.len - name.len - 1 };
    if (decoder->argument == NULL && colon != NULL)
        return stk_fail(err, STK_ERR_INVALID, "format %s takes no argument", decoder->name);
    *ret = (stk_format){ decoder, argument };
    return STK_OK;
}

static stk_status read_file(void *ctx, char *to, size_t room, size_t *ret_got, bool *ret_end,
                            stk_error *err)
{
    stk_file *file = ctx;
    stk_status status = stk_reader_read(file->reader, to, room, ret_got, err);
    *ret_end = status == STK_OK && *ret_got == 0;
    return status;
}

static stk_status choose_format(stk_file *file, const stk_format *format, stk_str head,
                                stk_str *ret_argument, stk_error *err)
{
    file->decoder = format->decoder;
    *ret_argument = format->argument;
    if (file->decoder != NULL)
        return STK_OK;
    const char *argument = NULL;
    double share = 0;
    file->guessed = true;
    file->decoder = stk_decoder_guess(head, &argument, &share);
    if (file->decoder == NULL && head.len != 0)
        return stk_fail_at(err, STK_ERR_INVALID, file->path, 1, 1,
                           "the format of the first lines is not known; state it with --format "
                           "(`stockade list decoders` names them)");
    if (file->decoder == NULL) /* empty: any line format will do */
        file->decoder = stk_decoder_named(STK_S("combined"));
    if (argument != NULL)
        *ret_argument = (stk_str){ argument, strlen(argument) };
    return STK_OK;
}

/* A source is known by the bytes of its first unit. */
static stk_status fingerprint(const stk_file *file, stk_str head, stk_source_name *ret,
                              stk_error *err)
{
    stk_str first = { 0 };
    for (stk_str rest = head; rest.len != 0;) {
        size_t n = 0;
        stk_frame frame = file->decoder->frame(file->decoder_self, rest, true, &n);
        n = n == 0 || n > rest.len ? rest.len : n;
        first = (stk_str){ rest.ptr, n };
        if (frame != STK_FRAME_SKIP)
            break;
        rest = (stk_str){ rest.ptr + n, rest.len - n };
    }
    stk_digest digest;
    STK_TRY(stk_fingerprint_of(first, &digest, err));
    *ret = (stk_source_name){ 0 };
    memcpy(ret->fingerprint, digest.byte, sizeof ret->fingerprint);
    return STK_OK;
}

/* When a file was last written: no line of it can be later, which settles the year of stamps that
 * have none. */
static stk_time written_at(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
        return (stk_time)time(NULL) * STK_SECOND;
    return (stk_time)st.st_mtime * STK_SECOND;
}

static stk_status open_decoder(stk_file *file, stk_str argument, const stk_snapshot *snapshot,
                               stk_error *err)
{
    stk_decoder_setup setup = { .argument = stk_arena_copy(file->life, argument),
                                .proxies = snapshot->proxies,
                                .client = snapshot->client,
                                .assumed_year = 1970,
                                .not_after = written_at(file->path) };
    if (setup.argument.ptr == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to open %s", file->path);
    file->argument = setup.argument.ptr;
    stk_error why;
    stk_status status = file->decoder->open(&setup, file->life, &file->decoder_self, &why);
    if (status != STK_OK)
        return stk_fail(err, status, "--format %s: %s", file->decoder->name, why.text);
    return STK_OK;
}

/* Standard input and pipes, a shell's <(...) among them, give their bytes once. */
static bool is_regular(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

stk_status stk_file_open(stk_file *file, const char *path, const stk_format *format,
                         const stk_snapshot *snapshot, stk_source_name *ret_name, stk_error *err)
{
    file->path = strdup(path);
    file->life = stk_arena_new(LIFE_BYTES);
    if (file->path == NULL || file->life == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to open %s", path);
    STK_TRY(stk_reader_open(path, 0, &file->reader, err));
    file->once = !is_regular(path);
    stk_lane *lane = file->lane;
    stk_lane_init(lane, file->source, (stk_feed){ file, read_file });
    stk_str head, argument;
    STK_TRY(stk_lane_peek(lane, PEEK_BYTES, &head, err));
    STK_TRY(choose_format(file, format, head, &argument, err));
    STK_TRY(open_decoder(file, argument, snapshot, err));
    lane->decoder = file->decoder;
    lane->decoder_self = file->decoder_self;
    lane->isolated = strcmp(file->decoder->name, "values") == 0;
    return fingerprint(file, head, ret_name, err);
}

void stk_file_close(stk_file *file)
{
    free(file->path);
    stk_reader_close(file->reader);
    stk_arena_free(file->life);
    stk_watch_free(file->watch);
    *file = (stk_file){ 0 };
}

/* The digest of the bytes before the offset still fits: it is the file that was read. */
static bool same_file(const stk_file *file, const stk_source_state *state)
{
    if (state->tail_bytes == 0 || file->once)
        return true;
    stk_bookmark now;
    return stk_bookmark_of_path(file->path, state->offset, &now, NULL) == STK_OK &&
           memcmp(now.tail.byte, state->tail, sizeof state->tail) == 0;
}

/* The occurrence of the fingerprint that this file is: one that is not taken by an earlier file of
 * this run, and whose last place holds the same bytes. */
static stk_status find_place(stk_files *files, size_t at, stk_source_name *name, stk_state *state,
                             stk_source_state *ret, stk_error *err)
{
    stk_file *file = &files->item[at];
    for (size_t before = 0; before < at; before++)
        if (memcmp(files->item[before].lane->name.fingerprint, name->fingerprint,
                   sizeof name->fingerprint) == 0 &&
            files->item[before].lane->name.occurrence >= name->occurrence)
            name->occurrence = files->item[before].lane->name.occurrence + 1;
    *ret = (stk_source_state){ 0 };
    if (state == NULL)
        return STK_OK;
    const char *slash = strrchr(file->path, '/');
    const char *base = slash == NULL ? file->path : slash + 1;
    stk_str label = { base, strlen(base) };
    for (;; name->occurrence++) {
        uint32_t known;
        STK_TRY(stk_state_occurrences(state, name->fingerprint, &known, err));
        STK_TRY(stk_state_source(state, name, label, (uint32_t)at, &file->source, ret, err));
        if (name->occurrence >= known || same_file(file, ret))
            return STK_OK;
        stk_state_release(state, file->source);
    }
}

/* Standard input cannot be opened again: what was used before is read and dropped. */
static stk_status drop_bytes(stk_file *file, uint64_t count, stk_error *err)
{
    char *to = file->lane->left;
    uint64_t left = count > file->lane->left_len ? count - file->lane->left_len : 0;
    if (left == 0) {
        file->lane->left_len -= count;
        memmove(to, to + count, file->lane->left_len);
        return STK_OK;
    }
    while (left != 0) {
        size_t got;
        STK_TRY(
            stk_reader_read(file->reader, to, left < PEEK_BYTES ? left : PEEK_BYTES, &got, err));
        if (got == 0)
            return stk_fail(err, STK_ERR_INVALID,
                            "standard input is shorter than what was read "
                            "of it before");
        left -= got;
    }
    file->lane->left_len = 0;
    return STK_OK;
}

static stk_status go_on(stk_file *file, const stk_source_state *state, stk_error *err)
{
    if (state->offset == 0)
        return STK_OK;
    if (file->once) {
        STK_TRY(drop_bytes(file, state->offset, err));
        file->lane->left_offset = state->offset;
        file->lane->next_unit = state->unit + 1;
        file->lane->reached = state->last_at;
        return STK_OK;
    }
    stk_reader_close(file->reader);
    file->reader = NULL;
    STK_TRY(stk_reader_open(file->path, state->offset, &file->reader, err));
    file->lane->ended = false;
    stk_lane_resume(file->lane, state->offset, state->unit + 1);
    file->lane->reached = state->last_at;
    return STK_OK;
}

static stk_status put_on_lane(stk_files *files, size_t i, const char *path,
                              const stk_format *format, stk_engine *engine, stk_state *state,
                              stk_error *err)
{
    stk_file *file = &files->item[i];
    file->lane = stk_engine_add(engine);
    if (file->lane == NULL)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d files; replay them in turns",
                        STK_SOURCES);
    file->source = (uint32_t)i;
    stk_source_name name;
    stk_source_state stood;
    STK_TRY(stk_file_open(file, path, format, files->snapshot, &name, err));
    STK_TRY(find_place(files, i, &name, state, &stood, err));
    file->lane->name = name;
    file->lane->source = file->source;
    STK_TRY(go_on(file, &stood, err));
    if (file->lane->isolated)
        return STK_OK;
    stk_watch_config config;
    stk_spec_defaults(stk_watch_spec, stk_watch_spec_count, &config);
    stk_key key = stk_key_of(&files->snapshot->secret, STK_KEY_SOURCE,
                             (stk_str){ (const char *)name.fingerprint, sizeof name.fingerprint });
    file->watch = stk_watch_new(&config, false, key);
    if (file->watch == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to watch %s", path);
    file->lane->watch = file->watch;
    return STK_OK;
}

/* Whole lines at the start of a file, enough of them not to be guessed, few enough to be there from
 * early on. */
static size_t key_span(const char *bytes, size_t n)
{
    const char *end = n <= KEY_BYTES_LEAST
                          ? NULL
                          : memchr(bytes + KEY_BYTES_LEAST, '\n', n - KEY_BYTES_LEAST);
    return end == NULL ? n : (size_t)(end - bytes) + 1;
}

/* False: it does not count. */
static bool digest_of_start(const char *path, stk_digest *ret)
{
    struct stat st;
    stk_auto_reader *reader = NULL;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
        stk_reader_open(path, 0, &reader, NULL) != STK_OK)
        return false;
    char bytes[KEY_BYTES];
    size_t n = 0;
    for (size_t got = 1; got != 0 && n < sizeof bytes; n += got)
        if (stk_reader_read(reader, bytes + n, sizeof bytes - n, &got, NULL) != STK_OK)
            got = 0;
    return n != 0 &&
           stk_fingerprint_of((stk_str){ bytes, key_span(bytes, n) }, ret, NULL) == STK_OK;
}

stk_status stk_files_key(const char *const *paths, size_t count, stk_hash_key *ret, stk_error *err)
{
    static const char purpose[] = "stockade: the key of detection's state";
    char text[sizeof purpose + sizeof(stk_digest)] = { 0 };
    stk_digest least, digest;
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!digest_of_start(paths[i], &digest) ||
            (any && memcmp(digest.byte, least.byte, sizeof least.byte) >= 0))
            continue;
        least = digest;
        any = true;
    }
    memcpy(text, purpose, sizeof purpose);
    if (any)
        memcpy(text + sizeof purpose, least.byte, sizeof least.byte);
    STK_TRY(stk_fingerprint_of((stk_str){ text, sizeof text }, &digest, err));
    memcpy(ret, digest.byte, sizeof *ret);
    return STK_OK;
}

stk_status stk_files_open(stk_files *files, const char *const *paths, size_t count,
                          const stk_format *format, const stk_snapshot *snapshot,
                          stk_engine *engine, stk_state *state, stk_error *err)
{
    *files = (stk_files){ .snapshot = snapshot };
    files->item = calloc(count, sizeof *files->item);
    if (files->item == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for %zu files", count);
    for (files->count = 0; files->count < count;) {
        size_t i = files->count++;
        STK_TRY(put_on_lane(files, i, paths[i], format, engine, state, err));
    }
    return STK_OK;
}

uint32_t stk_files_index(const stk_files *files, uint32_t source)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->item[i].source == source)
            return (uint32_t)i;
    return UINT32_MAX;
}

stk_status stk_files_bookmark(void *ctx, const stk_lane *lane, uint64_t offset,
                              stk_source_state *into, stk_error *err)
{
    const stk_files *files = ctx;
    for (size_t i = 0; i < files->count; i++) {
        const stk_file *file = &files->item[i];
        if (file->lane != lane || offset == 0 || file->once)
            continue;
        /* A packed file is not unpacked from its start for each checkpoint: its last one counts. */
        if (stk_reader_packing(file->reader) != STK_PACK_PLAIN && !stk_lane_spent(lane))
            continue;
        stk_bookmark mark;
        STK_TRY(stk_bookmark_of_path(file->path, offset, &mark, err));
        memcpy(into->tail, mark.tail.byte, sizeof into->tail);
        into->tail_bytes = offset < STK_BOOKMARK_SPAN ? (uint32_t)offset : STK_BOOKMARK_SPAN;
    }
    return STK_OK;
}

void stk_files_close(stk_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        stk_file_close(&files->item[i]);
    free(files->item);
    *files = (stk_files){ 0 };
}

/* ---- one unit again ------------------------------------------------------------------------ */

static bool name_in_bytes(const stk_files *files, const stk_file *file, stk_str bytes, stk_key key,
                          stk_buf *out)
{
    size_t n = 0;
    if (file->decoder->frame(file->decoder_self, bytes, true, &n) != STK_FRAME_UNIT)
        return false;
    stk_auto_arena *scratch = stk_arena_new(STK_BATCH_ARENA_BYTES);
    stk_event event;
    return scratch != NULL &&
           file->decoder->decode(file->decoder_self, (stk_str){ bytes.ptr, n }, scratch, &event,
                                 NULL) == STK_OK &&
           stk_name_in_event(files->snapshot, &event, key, scratch, out);
}

bool stk_files_name(const stk_files *files, const stk_position *position, stk_key key, stk_buf *out)
{
    uint32_t index = stk_files_index(files, position->source);
    const stk_file *file = index == UINT32_MAX ? NULL : &files->item[index];
    if (file == NULL || file->once)
        return false;
    stk_auto_reader *reader = NULL;
    if (stk_reader_open(file->path, position->offset, &reader, NULL) != STK_OK)
        return false;
    stk_auto_buf bytes = stk_buf_init(REREAD_BYTES);
    size_t n = 0, got = 1;
    for (size_t want = 64 << 10; want <= REREAD_BYTES; want *= 2) {
        char *to = stk_buf_more(&bytes, want - bytes.len);
        if (to == NULL)
            return false;
        for (; n < want && got != 0; n += got)
            if (stk_reader_read(reader, bytes.ptr + n, want - n, &got, NULL) != STK_OK)
                got = 0;
        stk_str have = { bytes.ptr, n };
        size_t unit = 0;
        if (got == 0 ||
            file->decoder->frame(file->decoder_self, have, false, &unit) != STK_FRAME_MORE)
            return name_in_bytes(files, file, have, key, out);
    }
    return false;
}
