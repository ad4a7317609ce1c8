/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a key file: refused, or loaded and saved again. The body is sealed, so bytes that
 * start with the magic are sealed here first under the root that they bring: then the fuzzer
 * reaches what lies behind the seal. */
#include "vault/keyring.h"

#include "crypt/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool zeros(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 0, len);
    return true;
}

static void load(stk_str bytes)
{
    stk_keyring ring;
    if (stk_keyring_load(&ring, bytes, NULL) != STK_OK)
        return;
    stk_auto_buf out = stk_buf_init(STK_KEYRING_BYTES);
    stk_secret key;
    for (size_t i = 0; i < ring.count; i++)
        if (stk_keyring_unwrap(&ring, &ring.keys[i], &key, NULL) == STK_OK &&
            stk_keyring_find(&ring, &ring.keys[i].name) == NULL)
            abort();
    if (stk_keyring_save(&ring, &(stk_entropy){ .fill = zeros }, &out, NULL) != STK_OK)
        abort();
    stk_keyring_done(&ring);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_str bytes = { (const char *)data, size };
    load(bytes);
    static const char magic[8] = { 'S', 'T', 'K', 'K', 'E', 'Y', 'S', 1 };
    stk_secret root = { { 1 } }, key;
    stk_aead *aead;
    if (stk_secret_derive(&root, "stockade keyring 1", &key, NULL) != STK_OK ||
        stk_aead_new(&key, &aead, NULL) != STK_OK)
        abort();
    stk_auto_buf whole = stk_buf_init(STK_KEYRING_BYTES);
    stk_buf_add(&whole, (stk_str){ magic, sizeof magic });
    stk_buf_add(&whole, (stk_str){ (const char *)root.byte, sizeof root.byte });
    if (stk_aead_seal(aead, &(stk_entropy){ .fill = zeros }, (stk_str){ magic, sizeof magic },
                      bytes, &whole, NULL) == STK_OK)
        load(stk_buf_str(&whole));
    stk_aead_free(aead);
    return 0;
}
