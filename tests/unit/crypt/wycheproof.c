/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM and HKDF-SHA-256 against the vectors of project Wycheproof, from the development
 * data ($STOCKADE_DATA/crypto/wycheproof). Only groups of the sizes that we use: 256-bit keys,
 * 96-bit nonces, 128-bit tags. */
#include "base/json_read.h"
#include "check.h"
#include "crypt/aead.h"
#include "crypt/digest.h"

#include <stdlib.h>

enum { FILE_BYTES = 4 << 20, RUN_BYTES = 1 << 16 };

static stk_arena *arena;

static const stk_json_value *read_vectors(const char *name)
{
    const char *data = getenv("STOCKADE_DATA");
    char command[512];
    (void)snprintf(command, sizeof command, "gzip -dc '%s/crypto/wycheproof/%s' 2>/dev/null",
                   data == NULL ? "../shared/data" : data, name);
    FILE *f = popen(command, "r");
    char *bytes = stk_arena_bytes(arena, FILE_BYTES);
    size_t len = f == NULL || bytes == NULL ? 0 : fread(bytes, 1, FILE_BYTES, f);
    if (f != NULL)
        (void)pclose(f);
    const stk_json_value *root = NULL;
    if (len != 0 && stk_json_read((stk_str){ bytes, len }, name, arena, &root, NULL) != STK_OK)
        return NULL;
    return root;
}

/* The bytes of a hexadecimal member. */
static stk_str bytes_of(const stk_json_value *test, const char *key)
{
    const stk_json_value *v = stk_json_get(test, key);
    if (v == NULL || v->kind != STK_JSON_STRING)
        return (stk_str){ 0 };
    char *out = stk_arena_bytes(arena, v->text.len / 2 + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i + 1 < v->text.len; i += 2) {
        char two[3] = { v->text.ptr[i], v->text.ptr[i + 1], '\0' };
        out[n++] = (char)strtol(two, NULL, 16);
    }
    return (stk_str){ out, n };
}

static bool is(const stk_json_value *test, const char *key, const char *value)
{
    const stk_json_value *v = stk_json_get(test, key);
    return v != NULL && stk_str_eq(v->text, (stk_str){ value, strlen(value) });
}

static bool given_nonce(void *ctx, void *out, size_t len)
{
    memcpy(out, ((stk_str *)ctx)->ptr, len);
    return true;
}

static const char *check_seal(const stk_json_value *test)
{
    stk_secret key;
    stk_str k = bytes_of(test, "key"), iv = bytes_of(test, "iv"), aad = bytes_of(test, "aad");
    stk_str msg = bytes_of(test, "msg"), ct = bytes_of(test, "ct"), tag = bytes_of(test, "tag");
    CHECK(k.len == sizeof key && iv.len == STK_NONCE_BYTES && tag.len == STK_TAG_BYTES);
    memcpy(&key, k.ptr, k.len);
    stk_aead *aead = NULL;
    CHECK(stk_aead_new(&key, &aead, NULL) == STK_OK);
    stk_auto_buf sealed = stk_buf_init(RUN_BYTES), out = stk_buf_init(RUN_BYTES),
                 made = stk_buf_init(RUN_BYTES);
    stk_buf_add(&sealed, iv);
    stk_buf_add(&sealed, ct);
    stk_buf_add(&sealed, tag);
    stk_status status = stk_aead_open(aead, aad, stk_buf_str(&sealed), &out, NULL);
    stk_entropy from = { given_nonce, &iv };
    stk_status seal = stk_aead_seal(aead, &from, aad, msg, &made, NULL);
    stk_aead_free(aead);
    CHECK(seal == STK_OK);
    if (is(test, "result", "valid")) {
        CHECK(status == STK_OK && stk_str_eq(stk_buf_str(&out), msg));
        CHECK(stk_str_eq(stk_buf_str(&made), stk_buf_str(&sealed)));
    } else {
        CHECK(status == STK_ERR_CRYPT && out.len == 0);
    }
    return NULL;
}

static const char *check_hkdf(const stk_json_value *test)
{
    const stk_json_value *size = stk_json_get(test, "size");
    static unsigned char out[255 * 32 + 64];
    CHECK(size != NULL && size->whole && size->i >= 0 && (size_t)size->i <= sizeof out);
    stk_status status = stk_hkdf(bytes_of(test, "ikm"), bytes_of(test, "salt"),
                                 bytes_of(test, "info"), out, (size_t)size->i, NULL);
    stk_str want = bytes_of(test, "okm");
    if (is(test, "result", "valid"))
        CHECK(status == STK_OK && stk_str_eq(want, (stk_str){ (char *)out, (size_t)size->i }));
    else
        CHECK(status != STK_OK);
    return NULL;
}

static bool our_sizes(const stk_json_value *group)
{
    const stk_json_value *key = stk_json_get(group, "keySize"), *iv = stk_json_get(group, "ivSize"),
                         *tag = stk_json_get(group, "tagSize");
    return key != NULL && key->i == 256 && iv != NULL && iv->i == 96 && tag != NULL &&
           tag->i == 128;
}

static const char *check_all(const char *file, bool aead, size_t least)
{
    stk_arena_reset(arena);
    const stk_json_value *root = read_vectors(file), *groups = stk_json_get(root, "testGroups");
    if (root == NULL) {
        printf("# %s: absent\n", file);
        return getenv("CI") != NULL ? "vectors are absent" : NULL;
    }
    size_t run = 0;
    for (const stk_json_value *g = groups->child; g != NULL; g = g->next) {
        if (aead && !our_sizes(g))
            continue;
        for (const stk_json_value *t = stk_json_get(g, "tests")->child; t != NULL; t = t->next) {
            const char *why = aead ? check_seal(t) : check_hkdf(t);
            if (why != NULL)
                return why;
            run++;
        }
    }
    printf("# %s: %zu vectors\n", file, run);
    return run >= least ? NULL : "too few vectors were run";
}

static const char *test_gcm(void)
{
    return check_all("aes_gcm_test.json.gz", true, 50);
}

static const char *test_hkdf(void)
{
    return check_all("hkdf_sha256_test.json.gz", false, 80);
}

static const check_test tests[] = {
    { "aes-256-gcm", test_gcm },
    { "hkdf-sha-256", test_hkdf },
};

int main(void)
{
    arena = stk_arena_new(64 << 20);
    if (arena == NULL)
        return 1;
    bool absent = read_vectors("aes_gcm_test.json.gz") == NULL;
    int failed = check_main(tests, STK_COUNT(tests));
    stk_arena_free(arena);
    if (absent && failed == 0) {
        puts("SKIPPED: no Wycheproof vectors; set STOCKADE_DATA");
        return 77;
    }
    return failed;
}
