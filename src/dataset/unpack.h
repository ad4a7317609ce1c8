/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DATASET_UNPACK_H
#define STK_DATASET_UNPACK_H
/* Between a reader and its packed bytes: internal to dataset.
 *
 * stk_input gives packed bytes, of a file or of memory; stk_unpack makes plain ones of them, a
 * caller's buffer at a time. */
#include "dataset/reader.h"

#include <sys/types.h>

typedef struct stk_input {
    int fd;     /* -1: `ahead` is all there is */
    char *name; /* for messages; owned */
    bool fifo;  /* wait for a writer before reading */
    bool seekable;
    off_t start;       /* where the file stood when it was opened */
    char magic[4];     /* what look_ahead() has read */
    const char *ahead; /* bytes to be given before fd is read again */
    size_t ahead_len;
    uint64_t taken; /* bytes given out */
} stk_input;

/* At most `room` bytes; *ret 0: the end. */
stk_status stk_input_read(stk_input *in, char *into, size_t room, size_t *ret, stk_error *err);

/* What do these first bytes (4 are enough) say it is packed in? */
stk_packing stk_packing_of(stk_str head);

typedef struct stk_unpack stk_unpack;
stk_status stk_unpack_new(stk_packing packing, stk_input *in, stk_unpack **ret, stk_error *err);
/* As stk_reader_read(); after an error it is not called again. */
stk_status stk_unpack_read(stk_unpack *u, char *into, size_t room, size_t *ret, stk_error *err);
void stk_unpack_free(stk_unpack *u); /* NULL is fine */
#endif
