/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: FIPS 180-4, RFC 4231, RFC 5869, SP 800-38D's test case 16; that seals bind their
 * additional data; that opening leaves nothing behind when it refuses. */
#include "check.h"
#include "crypt/aead.h"
#include "crypt/digest.h"

static size_t unhex(const char *hex, unsigned char *out)
{
    size_t n = 0;
    for (; hex[0] != '\0'; hex += 2) {
        unsigned v;
        if (sscanf(hex, "%2x", &v) != 1)
            break;
        out[n++] = (unsigned char)v;
    }
    return n;
}

static bool is_hex(const void *bytes, size_t len, const char *hex)
{
    unsigned char want[256];
    return unhex(hex, want) == len && memcmp(bytes, want, len) == 0;
}

static bool given_nonce(void *ctx, void *out, size_t len)
{
    memcpy(out, ctx, len);
    return true;
}

static bool no_entropy(void *ctx, void *out, size_t len)
{
    (void)ctx, (void)out, (void)len;
    return false;
}

static const char *test_sha256(void)
{
    stk_digest d;
    CHECK(stk_digest_of(STK_S("abc"), &d, NULL) == STK_OK);
    CHECK(is_hex(&d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(stk_digest_of((stk_str){ 0 }, &d, NULL) == STK_OK);
    CHECK(is_hex(&d, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    stk_hasher *h = NULL;
    CHECK(stk_hasher_new(&h, NULL) == STK_OK);
    stk_digest part, whole, again;
    CHECK(stk_hasher_add(h, STK_S("ab"), NULL) == STK_OK);
    CHECK(stk_hasher_peek(h, &part, NULL) == STK_OK);
    CHECK(stk_hasher_add(h, STK_S("c"), NULL) == STK_OK);
    CHECK(stk_hasher_end(h, &whole, NULL) == STK_OK);
    CHECK(is_hex(&whole, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK(memcmp(&part, &whole, sizeof part) != 0);
    CHECK(stk_hasher_add(h, STK_S("abc"), NULL) == STK_OK); /* end() started over */
    CHECK(stk_hasher_end(h, &again, NULL) == STK_OK);
    CHECK(memcmp(&again, &whole, sizeof whole) == 0);
    stk_hasher_free(h);
    return NULL;
}

static const char *test_hkdf(void)
{
    unsigned char ikm[22], salt[13], info[10], okm[42];
    memset(ikm, 0x0b, sizeof ikm);
    for (size_t i = 0; i < sizeof salt; i++)
        salt[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof info; i++)
        info[i] = (unsigned char)(0xf0 + i);
    CHECK(stk_hkdf((stk_str){ (char *)ikm, sizeof ikm }, (stk_str){ (char *)salt, sizeof salt },
                   (stk_str){ (char *)info, sizeof info }, okm, sizeof okm, NULL) == STK_OK);
    CHECK(is_hex(okm, sizeof okm,
                 "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b88718"
                 "5865"));
    stk_secret a = { { 1 } }, b, c;
    CHECK(stk_secret_derive(&a, "one", &b, NULL) == STK_OK);
    CHECK(stk_secret_derive(&a, "two", &c, NULL) == STK_OK);
    CHECK(!stk_equal_secret(&b, &c, sizeof b));
    CHECK(stk_secret_derive(&a, "one", &a, NULL) == STK_OK && stk_equal_secret(&a, &b, sizeof a));
    stk_error err;
    unsigned char much[1];
    CHECK(stk_hkdf(STK_S("k"), STK_S(""), STK_S(""), much, 255 * 32 + 1, &err) == STK_ERR_LIMIT);
    return NULL;
}

static const char *test_mac(void)
{
    /* No vector of RFC 4231 has a 32-byte key; this one is HMAC(32 x 0x0b, "Hi There"), worked out
     * from RFC 2104's definition with SHA-256 here, so that the two paths check each other. */
    stk_secret key;
    memset(&key, 0x0b, sizeof key);
    unsigned char block[64 + 32];
    stk_digest inner, want, got;
    memset(block, 0x36, 64);
    for (size_t i = 0; i < 32; i++)
        block[i] ^= 0x0b;
    memcpy(block + 64, "Hi There", 8);
    CHECK(stk_digest_of((stk_str){ (char *)block, 72 }, &inner, NULL) == STK_OK);
    memset(block, 0x5c, 64);
    for (size_t i = 0; i < 32; i++)
        block[i] ^= 0x0b;
    memcpy(block + 64, &inner, 32);
    CHECK(stk_digest_of((stk_str){ (char *)block, 96 }, &want, NULL) == STK_OK);
    stk_mac *mac = NULL;
    CHECK(stk_mac_new(&key, &mac, NULL) == STK_OK);
    for (int i = 0; i < 3; i++) {
        CHECK(stk_mac_of(mac, STK_S("Hi There"), &got, NULL) == STK_OK);
        CHECK(memcmp(&got, &want, sizeof want) == 0);
    }
    unsigned char a[16], b[16], c[16];
    CHECK(stk_mac_pseudonym(mac, 1, STK_S("192.0.2.1"), a, NULL) == STK_OK);
    CHECK(stk_mac_pseudonym(mac, 2, STK_S("192.0.2.1"), b, NULL) == STK_OK);
    CHECK(stk_mac_pseudonym(mac, 1, STK_S("192.0.2.1"), c, NULL) == STK_OK);
    CHECK(memcmp(a, b, 16) != 0 && memcmp(a, c, 16) == 0);
    stk_mac_free(mac);
    return NULL;
}

static const char *test_aead_known(void)
{
    stk_secret key;
    unsigned char nonce[12], plain[64], aad[32];
    unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key.byte);
    unhex("cafebabefacedbaddecaf888", nonce);
    size_t n = unhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809"
        "532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        plain);
    size_t m = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
    stk_entropy from = { given_nonce, nonce };
    stk_aead *aead = NULL;
    CHECK(stk_aead_new(&key, &aead, NULL) == STK_OK);
    stk_auto_buf out = stk_buf_init(1024);
    stk_str bound = { (char *)aad, m };
    CHECK(stk_aead_seal(aead, &from, bound, (stk_str){ (char *)plain, n }, &out, NULL) == STK_OK);
    CHECK(out.len == n + STK_SEAL_BYTES);
    CHECK(
        is_hex(out.ptr + 12, n,
               "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7"
               "b08b1056828838c5f61e6393ba7a0abcc9f662"));
    CHECK(is_hex(out.ptr + 12 + n, 16, "76fc6ece0f4e1768cddf8853bb2d551b"));
    stk_auto_buf back = stk_buf_init(1024);
    CHECK(stk_aead_open(aead, bound, stk_buf_str(&out), &back, NULL) == STK_OK);
    CHECK(back.len == n && memcmp(back.ptr, plain, n) == 0);
    stk_aead_free(aead);
    return NULL;
}

static const char *test_aead_refuses(void)
{
    stk_secret key = { { 7 } };
    stk_aead *aead = NULL;
    CHECK(stk_aead_new(&key, &aead, NULL) == STK_OK);
    stk_auto_buf out = stk_buf_init(1024), back = stk_buf_init(1024);
    stk_error err;
    CHECK(stk_aead_seal(aead, &stk_entropy_system, STK_S("a"), STK_S("secret"), &out, &err) ==
          STK_OK);
    stk_buf_add(&back, STK_S("kept"));
    CHECK(stk_aead_open(aead, STK_S("b"), stk_buf_str(&out), &back, &err) == STK_ERR_CRYPT);
    CHECK(back.len == 4);
    CHECK(memcmp(back.ptr + 4, "secret", 6) != 0); /* wiped, though it had been deciphered */
    for (size_t i = 0; i < out.len; i++) {
        out.ptr[i] ^= 1;
        CHECK(stk_aead_open(aead, STK_S("a"), stk_buf_str(&out), &back, &err) == STK_ERR_CRYPT);
        out.ptr[i] ^= 1;
        CHECK(stk_aead_open(aead, STK_S("a"), (stk_str){ out.ptr, i }, &back, &err) ==
              STK_ERR_CRYPT);
    }
    CHECK(stk_aead_open(aead, STK_S("a"), stk_buf_str(&out), &back, &err) == STK_OK);
    CHECK(back.len == 10 && memcmp(back.ptr, "keptsecret", 10) == 0);
    stk_entropy none = { no_entropy, NULL };
    size_t before = out.len;
    CHECK(stk_aead_seal(aead, &none, STK_S(""), STK_S("x"), &out, &err) == STK_ERR_CRYPT);
    CHECK(out.len == before);
    stk_auto_buf small = stk_buf_init(20);
    CHECK(stk_aead_seal(aead, &stk_entropy_system, STK_S(""), STK_S("x"), &small, &err) ==
          STK_ERR_MEMORY);
    /* nothing to seal is sealed too */
    stk_buf_clear(&out);
    stk_buf_clear(&back);
    CHECK(stk_aead_seal(aead, &stk_entropy_system, STK_S(""), STK_S(""), &out, &err) == STK_OK);
    CHECK(out.len == STK_SEAL_BYTES);
    CHECK(stk_aead_open(aead, STK_S(""), stk_buf_str(&out), &back, &err) == STK_OK);
    CHECK(back.len == 0);
    stk_aead_free(aead);
    return NULL;
}

static const char *test_secret(void)
{
    stk_secret s;
    memset(&s, 1, sizeof s);
    stk_secret_done(&s);
    stk_secret zero = { { 0 } };
    CHECK(stk_equal_secret(&s, &zero, sizeof s));
    stk_secret a, b;
    CHECK(stk_random(&stk_entropy_system, &a, sizeof a, NULL) == STK_OK);
    CHECK(stk_random(&stk_entropy_system, &b, sizeof b, NULL) == STK_OK);
    CHECK(!stk_equal_secret(&a, &b, sizeof a));
    return NULL;
}

static const check_test tests[] = {
    { "sha256 whole and in pieces", test_sha256 },
    { "hkdf and derived keys", test_hkdf },
    { "hmac, reused; pseudonyms by domain", test_mac },
    { "aes-256-gcm known answer", test_aead_known },
    { "aes-256-gcm refuses what was changed", test_aead_refuses },
    { "secrets are wiped and random", test_secret },
};
CHECK_MAIN(tests)
