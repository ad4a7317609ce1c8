/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CRYPT_SECRET_H
#define STK_CRYPT_SECRET_H
/* A key in memory. It has its own type so that a log call with one does not compile, and it is
 * wiped when it goes out of scope. Copies are fine; each copy is wiped by its owner. */
#include "base/compiler.h"
#include "base/error.h"
#include "base/str.h"

enum { STK_SECRET_BYTES = 32 };

typedef struct stk_secret {
    unsigned char byte[STK_SECRET_BYTES];
} stk_secret;

void stk_wipe(void *bytes, size_t len); /* not optimised away */
void stk_secret_done(stk_secret *secret);
#define stk_auto_secret STK_CLEANUP(stk_secret_done) stk_secret

/* Equal? In a time that depends on `len` alone. */
bool stk_equal_secret(const void *a, const void *b, size_t len);

/* Where randomness comes from. Pure modules take one as an argument: the acting half passes the
 * system's, a test passes one that it can repeat. fill() returns false when there is none. */
typedef struct stk_entropy {
    bool (*fill)(void *ctx, void *out, size_t len);
    void *ctx;
} stk_entropy;

/* The system's generator (RAND_bytes). It lives here, in a pure module, because crypt is the only
 * place that may name the library; it keeps no state of ours. */
extern const stk_entropy stk_entropy_system;

stk_status stk_random(const stk_entropy *from, void *out, size_t len, stk_error *err);
#endif
