/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM by OpenSSL. The key schedule is made once for each handle and direction; a seal or
 * an opening then only sets its nonce. */
#include "crypt/aead.h"

#include <openssl/evp.h>
#include <stdlib.h>

/* OpenSSL counts in int; far above any block or checkpoint. */
enum { RUN_BYTES = 1 << 30 };

struct stk_aead {
    EVP_CIPHER_CTX *sealing, *opening;
};

stk_status stk_aead_new(const stk_secret *key, stk_aead **ret, stk_error *err)
{
    stk_aead *aead = calloc(1, sizeof *aead);
    if (aead != NULL) {
        aead->sealing = EVP_CIPHER_CTX_new();
        aead->opening = EVP_CIPHER_CTX_new();
    }
    if (aead == NULL || aead->sealing == NULL || aead->opening == NULL) {
        stk_aead_free(aead);
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for a cipher");
    }
    if (EVP_EncryptInit_ex(aead->sealing, EVP_aes_256_gcm(), NULL, key->byte, NULL) != 1 ||
        EVP_DecryptInit_ex(aead->opening, EVP_aes_256_gcm(), NULL, key->byte, NULL) != 1) {
        stk_aead_free(aead);
        return stk_fail(err, STK_ERR_CRYPT, "the cryptographic library offers no AES-256-GCM");
    }
    *ret = aead;
    return STK_OK;
}

void stk_aead_free(stk_aead *aead)
{
    if (aead == NULL)
        return;
    EVP_CIPHER_CTX_free(aead->sealing); /* wipes the key schedule; NULL is fine */
    EVP_CIPHER_CTX_free(aead->opening);
    free(aead);
}

static bool seal_into(EVP_CIPHER_CTX *c, stk_str aad, stk_str plain, const unsigned char *nonce,
                      unsigned char *text)
{
    int n;
    return EVP_EncryptInit_ex(c, NULL, NULL, NULL, nonce) == 1 &&
           (aad.len == 0 ||
            EVP_EncryptUpdate(c, NULL, &n, (const unsigned char *)aad.ptr, (int)aad.len) == 1) &&
           (plain.len == 0 || EVP_EncryptUpdate(c, text, &n, (const unsigned char *)plain.ptr,
                                                (int)plain.len) == 1) &&
           EVP_EncryptFinal_ex(c, text + plain.len, &n) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, STK_TAG_BYTES, text + plain.len) == 1;
}

stk_status stk_aead_seal(stk_aead *aead, const stk_entropy *from, stk_str aad, stk_str plain,
                         stk_buf *out, stk_error *err)
{
    if (aad.len > RUN_BYTES || plain.len > RUN_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d bytes to seal at once", RUN_BYTES);
    unsigned char nonce[STK_NONCE_BYTES];
    STK_TRY(stk_random(from, nonce, sizeof nonce, err));
    size_t before = out->len;
    unsigned char *to = (unsigned char *)stk_buf_more(out, plain.len + STK_SEAL_BYTES);
    if (to == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory while sealing");
    memcpy(to, nonce, sizeof nonce);
    if (seal_into(aead->sealing, aad, plain, nonce, to + STK_NONCE_BYTES))
        return STK_OK;
    out->len = before;
    return stk_fail(err, STK_ERR_CRYPT, "the cryptographic library failed to seal");
}

static bool open_into(EVP_CIPHER_CTX *c, stk_str aad, const unsigned char *nonce,
                      const unsigned char *text, size_t len, unsigned char *to)
{
    int n;
    unsigned char tag[STK_TAG_BYTES];
    memcpy(tag, text + len, sizeof tag);
    return EVP_DecryptInit_ex(c, NULL, NULL, NULL, nonce) == 1 &&
           (aad.len == 0 ||
            EVP_DecryptUpdate(c, NULL, &n, (const unsigned char *)aad.ptr, (int)aad.len) == 1) &&
           (len == 0 || EVP_DecryptUpdate(c, to, &n, text, (int)len) == 1) &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, sizeof tag, tag) == 1 &&
           EVP_DecryptFinal_ex(c, to + len, &n) == 1;
}

stk_status stk_aead_open(stk_aead *aead, stk_str aad, stk_str sealed, stk_buf *out, stk_error *err)
{
    if (sealed.len < STK_SEAL_BYTES)
        return stk_fail(err, STK_ERR_CRYPT, "too short to be sealed bytes");
    if (aad.len > RUN_BYTES || sealed.len > RUN_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "more than %d bytes to open at once", RUN_BYTES);
    size_t before = out->len, len = sealed.len - STK_SEAL_BYTES;
    const unsigned char *nonce = (const unsigned char *)sealed.ptr;
    unsigned char none;
    unsigned char *to = len == 0 ? &none : (unsigned char *)stk_buf_more(out, len);
    if (to == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory while opening a seal");
    if (open_into(aead->opening, aad, nonce, nonce + STK_NONCE_BYTES, len, to))
        return STK_OK;
    if (len != 0)
        stk_wipe(to, len); /* GCM deciphers before it knows: nothing unproven stays behind */
    out->len = before;
    return stk_fail(err, STK_ERR_CRYPT,
                    "a seal does not open: another key, or the bytes were changed");
}
