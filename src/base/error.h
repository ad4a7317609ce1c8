/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_ERROR_H
#define STK_BASE_ERROR_H
/* How a function fails.
 *
 * It returns a stk_status, which the compiler will not let a caller drop, and
 * it tells the story once, in the caller's stk_error: what went wrong and
 * where in the USER's file -- never where in ours. A NULL error is allowed. */
#include "base/compiler.h"

#include <stdint.h>

typedef enum STK_NODISCARD stk_status {
    STK_OK = 0,
    STK_ERR_MEMORY,  /* the allocator, or an arena's budget, said no */
    STK_ERR_LIMIT,   /* input larger or deeper than the stated limit */
    STK_ERR_SYNTAX,  /* bytes are not in the language they claim */
    STK_ERR_INVALID, /* well-formed, but means nothing here */
    STK_ERR_IO,      /* the system refused; text carries strerror */
    STK_ERR_CRYPT,   /* a key is missing, or a seal does not open */
    STK_ERR_MISSING, /* the named thing does not exist */
} stk_status;

typedef struct stk_error {
    stk_status status;
    uint32_t line;   /* 1-based, 0 = no place in a file */
    uint32_t column; /* 1-based, in bytes */
    char file[160];  /* the user's file, "" if none; always terminated */
    char text[360];  /* always terminated; no newline; no personal data */
} stk_error;

/* Fill `err` if there is one; always return `status`, so that a failing
 * function can end in one line. */
stk_status stk_fail(stk_error *err, stk_status status, const char *fmt, ...) STK_PRINTF(3, 4);

/* The same, with a place in the user's file. `file` may be NULL. */
stk_status stk_fail_at(stk_error *err, stk_status status, const char *file, uint32_t line,
                       uint32_t column, const char *fmt, ...) STK_PRINTF(6, 7);

/* Pass a failure up unchanged: the callee has told the story already. */
#define STK_TRY(expr)                                                                              \
    do {                                                                                           \
        stk_status try_status_ = (expr);                                                           \
        if (try_status_ != STK_OK)                                                                 \
            return try_status_;                                                                    \
    } while (0)
#endif
