/* SPDX-License-Identifier: Apache-2.0 */
/* Wiping, comparing and drawing random bytes. */
#include "crypt/secret.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

void stk_wipe(void *bytes, size_t len)
{
    if (bytes != NULL)
        OPENSSL_cleanse(bytes, len);
}

void stk_secret_done(stk_secret *secret)
{
    stk_wipe(secret, sizeof *secret);
}

bool stk_equal_secret(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

static bool fill_from_system(void *ctx, void *out, size_t len)
{
    (void)ctx;
    return len <= INT_MAX && RAND_bytes(out, (int)len) == 1;
}

const stk_entropy stk_entropy_system = { .fill = fill_from_system };

stk_status stk_random(const stk_entropy *from, void *out, size_t len, stk_error *err)
{
    if (!from->fill(from->ctx, out, len))
        return stk_fail(err, STK_ERR_CRYPT, "no randomness to be had from the system");
    return STK_OK;
}
