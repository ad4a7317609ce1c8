/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, HMAC and HKDF by OpenSSL. */
#include "crypt/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <stdlib.h>

static stk_status failed(stk_error *err, const char *what)
{
    return stk_fail(err, STK_ERR_CRYPT, "the cryptographic library failed at %s", what);
}

stk_status stk_digest_of(stk_str bytes, stk_digest *ret, stk_error *err)
{
    if (EVP_Digest(bytes.len == 0 ? "" : bytes.ptr, bytes.len, ret->byte, NULL, EVP_sha256(),
                   NULL) != 1)
        return failed(err, "SHA-256");
    return STK_OK;
}

struct stk_hasher {
    EVP_MD_CTX *ctx, *peeked;
};

stk_status stk_hasher_new(stk_hasher **ret, stk_error *err)
{
    stk_hasher *h = calloc(1, sizeof *h);
    if (h != NULL) {
        h->ctx = EVP_MD_CTX_new();
        h->peeked = EVP_MD_CTX_new();
    }
    if (h == NULL || h->ctx == NULL || h->peeked == NULL) {
        stk_hasher_free(h);
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for a digest");
    }
    if (EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1) {
        stk_hasher_free(h);
        return failed(err, "SHA-256");
    }
    *ret = h;
    return STK_OK;
}

stk_status stk_hasher_add(stk_hasher *h, stk_str bytes, stk_error *err)
{
    if (bytes.len != 0 && EVP_DigestUpdate(h->ctx, bytes.ptr, bytes.len) != 1)
        return failed(err, "SHA-256");
    return STK_OK;
}

stk_status stk_hasher_end(stk_hasher *h, stk_digest *ret, stk_error *err)
{
    if (EVP_DigestFinal_ex(h->ctx, ret->byte, NULL) != 1 ||
        EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1)
        return failed(err, "SHA-256");
    return STK_OK;
}

stk_status stk_hasher_peek(const stk_hasher *h, stk_digest *ret, stk_error *err)
{
    if (EVP_MD_CTX_copy_ex(h->peeked, h->ctx) != 1 ||
        EVP_DigestFinal_ex(h->peeked, ret->byte, NULL) != 1)
        return failed(err, "SHA-256");
    return STK_OK;
}

void stk_hasher_free(stk_hasher *h)
{
    if (h == NULL)
        return;
    EVP_MD_CTX_free(h->ctx);
    EVP_MD_CTX_free(h->peeked);
    free(h);
}

struct stk_mac {
    EVP_MAC_CTX *ctx; /* keyed once; init without a key starts over */
};

stk_status stk_mac_new(const stk_secret *key, stk_mac **ret, stk_error *err)
{
    stk_mac *mac = calloc(1, sizeof *mac);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (mac != NULL && hmac != NULL)
        mac->ctx = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac); /* counted: the context keeps its own */
    if (mac == NULL || mac->ctx == NULL) {
        stk_mac_free(mac);
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for a keyed hash");
    }
    char sha256[] = "SHA256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
        OSSL_PARAM_construct_end(),
    };
    if (EVP_MAC_init(mac->ctx, key->byte, sizeof key->byte, params) != 1) {
        stk_mac_free(mac);
        return failed(err, "HMAC");
    }
    *ret = mac;
    return STK_OK;
}

void stk_mac_free(stk_mac *mac)
{
    if (mac == NULL)
        return;
    EVP_MAC_CTX_free(mac->ctx);
    free(mac);
}

static bool mac_parts(stk_mac *mac, const stk_str *parts, size_t count, unsigned char *out)
{
    size_t n;
    if (EVP_MAC_init(mac->ctx, NULL, 0, NULL) != 1)
        return false;
    for (size_t i = 0; i < count; i++)
        if (parts[i].len != 0 &&
            EVP_MAC_update(mac->ctx, (const unsigned char *)parts[i].ptr, parts[i].len) != 1)
            return false;
    return EVP_MAC_final(mac->ctx, out, &n, STK_DIGEST_BYTES) == 1 && n == STK_DIGEST_BYTES;
}

stk_status stk_mac_of(stk_mac *mac, stk_str bytes, stk_digest *ret, stk_error *err)
{
    return mac_parts(mac, &bytes, 1, ret->byte) ? STK_OK : failed(err, "HMAC");
}

stk_status stk_mac_pseudonym(stk_mac *mac, unsigned char domain, stk_str value,
                             unsigned char ret[STK_PSEUDONYM_BYTES], stk_error *err)
{
    unsigned char whole[STK_DIGEST_BYTES];
    stk_str parts[] = { { (const char *)&domain, 1 }, value };
    if (!mac_parts(mac, parts, STK_COUNT(parts), whole))
        return failed(err, "HMAC");
    memcpy(ret, whole, STK_PSEUDONYM_BYTES);
    return STK_OK;
}

stk_status stk_hkdf(stk_str input, stk_str salt, stk_str info, unsigned char *out, size_t len,
                    stk_error *err)
{
    if (len > 255 * STK_DIGEST_BYTES)
        return stk_fail(err, STK_ERR_LIMIT, "HKDF yields at most %d bytes", 255 * STK_DIGEST_BYTES);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf == NULL ? NULL : EVP_KDF_CTX_new(kdf);
    EVP_KDF_free(kdf);
    if (ctx == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for HKDF");
    /* The library takes parameters that it may change, and changes none of these. It refuses an
     * empty octet string, so what is empty is left out: that means the same (RFC 5869, 2.2). */
    char sha256[] = "SHA256";
    OSSL_PARAM params[5], *p = params;
    *p++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, sha256, 0);
    *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)input.ptr,
                                             input.len);
    if (salt.len != 0)
        *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.ptr,
                                                 salt.len);
    if (info.len != 0)
        *p++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.ptr,
                                                 info.len);
    *p = OSSL_PARAM_construct_end();
    bool done = EVP_KDF_derive(ctx, out, len, params) == 1;
    EVP_KDF_CTX_free(ctx);
    return done ? STK_OK : failed(err, "HKDF");
}

stk_status stk_secret_derive(const stk_secret *from, const char *use, stk_secret *ret,
                             stk_error *err)
{
    stk_secret made; /* `ret` may be `from` */
    STK_TRY(stk_hkdf((stk_str){ (const char *)from->byte, sizeof from->byte }, (stk_str){ 0 },
                     (stk_str){ use, strlen(use) }, made.byte, sizeof made.byte, err));
    *ret = made;
    stk_secret_done(&made);
    return STK_OK;
}
