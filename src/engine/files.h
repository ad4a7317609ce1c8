/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_ENGINE_FILES_H
#define STK_ENGINE_FILES_H
/* The files of a replay: opened, their formats known, each put on a lane of the engine; and read
 * again at one place when a name is wanted that is no longer in memory. */
#include "base/arena.h"
#include "dataset/reader.h"
#include "engine/engine.h"
#include "engine/names.h"
#include "engine/state.h"

typedef struct stk_file {
    char *path;      /* owned; "-" is standard input */
    stk_arena *life; /* of the decoder */
    stk_reader *reader;
    stk_lane *lane; /* the engine's */
    const stk_decoder *decoder;
    const char *argument; /* what the decoder was opened with, in `life` */
    void *decoder_self;
    stk_watch *watch;
    uint32_t source; /* its index in positions */
    bool guessed;
    bool once; /* cannot be opened a second time */
} stk_file;

typedef struct stk_files {
    stk_file *item; /* [count] in the order of the command line */
    size_t count;
    const stk_snapshot *snapshot; /* borrowed */
} stk_files;

/* How the bytes of a file are read: "auto", or a decoder's name with its argument after a colon. */
typedef struct stk_format {
    const stk_decoder *decoder; /* NULL: guess */
    stk_str argument;
} stk_format;
stk_status stk_format_parse(stk_str text, stk_format *ret, stk_error *err);

/* Open one file far enough to know its format and its first unit. `STK_ERR_INVALID`: no decoder
 * explains it, and the text says what to state. An empty file is opened with a format that does
 * not matter. */
stk_status stk_file_open(stk_file *file, const char *path, const stk_format *format,
                         const stk_snapshot *snapshot, stk_source_name *ret_name, stk_error *err);
void stk_file_close(stk_file *file);

/* The key that detection of these files is kept by, from the first bytes of one of them: the same
 * with and without a store, in any order of the files and when they have grown, so that sketches
 * estimate the same and findings are the same. Files that cannot be read twice do not count; when
 * there is no other, the key is published. */
stk_status stk_files_key(const char *const *paths, size_t count, stk_hash_key *ret, stk_error *err);

/* Put files on lanes. With a `state`, each goes on where it was left. */
stk_status stk_files_open(stk_files *files, const char *const *paths, size_t count,
                          const stk_format *format, const stk_snapshot *snapshot,
                          stk_engine *engine, stk_state *state, stk_error *err);
void stk_files_close(stk_files *files);

/* Which of the files, by its order on the command line, a source is; UINT32_MAX: none of them. */
uint32_t stk_files_index(const stk_files *files, uint32_t source);

/* A stk_bookmarker: `ctx` is the stk_files. */
stk_status stk_files_bookmark(void *ctx, const stk_lane *lane, uint64_t offset,
                              stk_source_state *into, stk_error *err);

/* The name of `key` in the unit at `position`, from the file itself. False: it cannot be had. */
bool stk_files_name(const stk_files *files, const stk_position *position, stk_key key,
                    stk_buf *out);
#endif
