/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_SOURCE_IDENTITY_H
#define STK_SOURCE_IDENTITY_H
/* Which file is this, and is it the one we were reading?
 *
 * Names change (rotation), inodes change (copies, compression, rsync), so a file is known by its
 * content: a *fingerprint* of its first unit names it for ever (ids of findings derive from it),
 * and a *bookmark* is what a restart needs to be sure that it goes on in the same file at the same
 * place. Both are digests: they hold nothing that was in the file. */
#include "base/buf.h"
#include "base/error.h"
#include "crypt/digest.h"

#include <stdint.h>

/* The fingerprint of a file: SHA-256 of its first unit, terminator included. */
stk_status stk_fingerprint_of(stk_str first_unit, stk_digest *ret, stk_error *err);

enum { STK_BOOKMARK_SPAN = 4096 }; /* bytes looked at, at the start and before the offset */

typedef struct stk_bookmark {
    uint64_t offset; /* unpacked bytes: the first that has not been used yet */
    stk_digest head; /* of the first min(offset, SPAN) bytes; all zero when offset is 0 */
    stk_digest tail; /* of the min(offset, SPAN) bytes before the offset */
} stk_bookmark;

/* The bookmark of `offset` in a file that is open (plain) or named (packed or plain).
 * STK_ERR_INVALID: it is shorter than that. */
stk_status stk_bookmark_of_fd(int fd, uint64_t offset, stk_bookmark *ret, stk_error *err);
stk_status stk_bookmark_of_path(const char *path, uint64_t offset, stk_bookmark *ret,
                                stk_error *err);
/* The same of bytes that the caller has at hand: `head` and `before` are the first and the last
 * min(offset, SPAN) bytes of those before `offset`. */
stk_status stk_bookmark_of_bytes(uint64_t offset, stk_str head, stk_str before, stk_bookmark *ret,
                                 stk_error *err);

/* Does the file hold the bookmarked bytes? False also when it cannot be read. A bookmark of offset
 * 0 is held by every file. */
bool stk_bookmark_holds_fd(const stk_bookmark *mark, int fd);
bool stk_bookmark_holds_path(const stk_bookmark *mark, const char *path);

void stk_bookmark_save(const stk_bookmark *mark, stk_buf *out);
stk_status stk_bookmark_load(stk_bookmark *ret, stk_cursor *in, stk_error *err);
#endif
