/* SPDX-License-Identifier: Apache-2.0 */
/* Wrapping, finding, and the bytes of a key file. */
#include "vault/keyring.h"

#include "crypt/digest.h"

#include <stdlib.h>

static const char magic[8] = { 'S', 'T', 'K', 'K', 'E', 'Y', 'S', 1 };
enum { NAME_BYTES = 32 };

stk_status stk_keyring_init(stk_keyring *ring, const stk_entropy *entropy, stk_error *err)
{
    *ring = (stk_keyring){ 0 };
    return stk_random(entropy, &ring->root, sizeof ring->root, err);
}

void stk_keyring_done(stk_keyring *ring)
{
    stk_secret_done(&ring->root);
    free(ring->keys);
    *ring = (stk_keyring){ 0 };
}

/* A cipher under a key that the root yields for one use. */
static stk_status cipher_for(const stk_keyring *ring, const char *use, stk_aead **ret,
                             stk_error *err)
{
    stk_auto_secret key;
    STK_TRY(stk_secret_derive(&ring->root, use, &key, err));
    return stk_aead_new(&key, ret, err);
}

static void put_name(stk_buf *out, const stk_key_name *name, uint32_t version)
{
    stk_buf_varint(out, name->use);
    stk_buf_char(out, (char)name->region);
    stk_buf_char(out, (char)name->purpose);
    stk_buf_zigzag(out, name->epoch);
    stk_buf_varint(out, version);
}

static bool name_eq(const stk_key_name *a, const stk_key_name *b)
{
    return a->use == b->use && a->region == b->region && a->purpose == b->purpose &&
           a->epoch == b->epoch;
}

const stk_wrapped_key *stk_keyring_find(const stk_keyring *ring, const stk_key_name *name)
{
    const stk_wrapped_key *found = NULL;
    for (size_t i = 0; i < ring->count; i++)
        if (name_eq(&ring->keys[i].name, name) &&
            (found == NULL || found->version < ring->keys[i].version))
            found = &ring->keys[i];
    return found;
}

stk_status stk_keyring_unwrap(const stk_keyring *ring, const stk_wrapped_key *key, stk_secret *ret,
                              stk_error *err)
{
    stk_aead *aead;
    STK_TRY(cipher_for(ring, "stockade wrap 1", &aead, err));
    stk_auto_buf name = stk_buf_init(NAME_BYTES), plain = stk_buf_init(STK_SECRET_BYTES);
    put_name(&name, &key->name, key->version);
    stk_str wrapped = { (const char *)key->wrapped, sizeof key->wrapped };
    stk_status status = name.failed ? stk_fail(err, STK_ERR_MEMORY, "out of memory for a key")
                                    : stk_aead_open(aead, stk_buf_str(&name), wrapped, &plain, err);
    stk_aead_free(aead);
    if (status != STK_OK)
        return status;
    memcpy(ret->byte, plain.ptr, sizeof ret->byte);
    stk_wipe(plain.ptr, plain.len);
    return STK_OK;
}

static stk_status wrap(const stk_keyring *ring, const stk_secret *key, const stk_entropy *entropy,
                       stk_wrapped_key *out, stk_error *err)
{
    stk_aead *aead;
    STK_TRY(cipher_for(ring, "stockade wrap 1", &aead, err));
    stk_auto_buf name = stk_buf_init(NAME_BYTES), sealed = stk_buf_init(STK_WRAPPED_BYTES);
    put_name(&name, &out->name, out->version);
    stk_str plain = { (const char *)key->byte, sizeof key->byte };
    stk_status status = name.failed
                            ? stk_fail(err, STK_ERR_MEMORY, "out of memory for a key")
                            : stk_aead_seal(aead, entropy, stk_buf_str(&name), plain, &sealed, err);
    stk_aead_free(aead);
    if (status == STK_OK)
        memcpy(out->wrapped, sealed.ptr, sizeof out->wrapped);
    return status;
}

static stk_status make_room(stk_keyring *ring, stk_error *err)
{
    if (ring->count == STK_KEYRING_KEYS)
        return stk_fail(err, STK_ERR_LIMIT, "the vault holds %d keys already; expire old ones",
                        STK_KEYRING_KEYS);
    if (ring->count < ring->room)
        return STK_OK;
    size_t room = ring->room == 0 ? 16 : ring->room * 2;
    stk_wrapped_key *keys = realloc(ring->keys, room * sizeof *keys);
    if (keys == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for keys");
    ring->keys = keys;
    ring->room = room;
    return STK_OK;
}

stk_status stk_keyring_make(stk_keyring *ring, const stk_key_name *name, const stk_entropy *entropy,
                            stk_error *err)
{
    STK_TRY(make_room(ring, err));
    const stk_wrapped_key *old = stk_keyring_find(ring, name);
    stk_wrapped_key made = { .name = *name, .version = old == NULL ? 1 : old->version + 1 };
    stk_auto_secret key;
    STK_TRY(stk_random(entropy, &key, sizeof key, err));
    STK_TRY(wrap(ring, &key, entropy, &made, err));
    ring->keys[ring->count++] = made;
    return STK_OK;
}

size_t stk_keyring_remove_days(stk_keyring *ring, int64_t first, int64_t last)
{
    size_t kept = 0, was = ring->count;
    for (size_t i = 0; i < was; i++) {
        const stk_key_name *name = &ring->keys[i].name;
        if (name->use != STK_USE_EVIDENCE || name->epoch < first || name->epoch > last)
            ring->keys[kept++] = ring->keys[i];
    }
    ring->count = kept;
    if (kept < was)
        stk_wipe(ring->keys + kept, (was - kept) * sizeof *ring->keys);
    return was - kept;
}

stk_status stk_keyring_save(const stk_keyring *ring, const stk_entropy *entropy, stk_buf *out,
                            stk_error *err)
{
    stk_auto_buf body = stk_buf_init(STK_KEYRING_BYTES);
    stk_buf_varint(&body, ring->count);
    for (size_t i = 0; i < ring->count; i++) {
        put_name(&body, &ring->keys[i].name, ring->keys[i].version);
        stk_buf_add(&body, (stk_str){ (const char *)ring->keys[i].wrapped, STK_WRAPPED_BYTES });
    }
    stk_buf_add(out, (stk_str){ magic, sizeof magic });
    stk_buf_add(out, (stk_str){ (const char *)ring->root.byte, sizeof ring->root.byte });
    if (body.failed || out->failed)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for the key file");
    stk_aead *aead;
    STK_TRY(cipher_for(ring, "stockade keyring 1", &aead, err));
    stk_status status = stk_aead_seal(aead, entropy, (stk_str){ magic, sizeof magic },
                                      stk_buf_str(&body), out, err);
    stk_aead_free(aead);
    return status;
}

static bool load_key(stk_cursor *in, stk_wrapped_key *key)
{
    uint64_t use = stk_cursor_varint(in);
    stk_str bytes = stk_cursor_take(in, 2);
    int64_t epoch = stk_cursor_zigzag(in);
    uint64_t version = stk_cursor_varint(in);
    stk_str wrapped = stk_cursor_take(in, STK_WRAPPED_BYTES);
    if (in->failed || use < STK_USE_PSEUDONYM || use > STK_USE_EVIDENCE || version == 0 ||
        version > UINT32_MAX)
        return false;
    key->name = (stk_key_name){ .use = (stk_key_use)use,
                                .region = (unsigned char)bytes.ptr[0],
                                .purpose = (unsigned char)bytes.ptr[1],
                                .epoch = epoch };
    key->version = (uint32_t)version;
    memcpy(key->wrapped, wrapped.ptr, sizeof key->wrapped);
    return true;
}

static stk_status load_keys(stk_keyring *ring, stk_str body, stk_error *err)
{
    stk_cursor in = stk_cursor_of(body);
    uint64_t count = stk_cursor_varint(&in);
    if (in.failed || count > STK_KEYRING_KEYS)
        return stk_fail(err, STK_ERR_CRYPT, "the key file is damaged");
    for (uint64_t i = 0; i < count; i++) {
        STK_TRY(make_room(ring, err));
        if (!load_key(&in, &ring->keys[ring->count]))
            return stk_fail(err, STK_ERR_CRYPT, "the key file is damaged at key %u",
                            (unsigned)i + 1);
        ring->count++;
    }
    return STK_OK;
}

stk_status stk_keyring_load(stk_keyring *ret, stk_str bytes, stk_error *err)
{
    stk_cursor in = stk_cursor_of(bytes);
    stk_str head = stk_cursor_take(&in, sizeof magic);
    stk_str root = stk_cursor_take(&in, STK_SECRET_BYTES);
    if (in.failed || memcmp(head.ptr, magic, sizeof magic - 1) != 0)
        return stk_fail(err, STK_ERR_CRYPT, "not a key file of Stockade");
    if (head.ptr[sizeof magic - 1] != magic[sizeof magic - 1])
        return stk_fail(err, STK_ERR_CRYPT, "a key file of a newer Stockade (version %u)",
                        (unsigned char)head.ptr[sizeof magic - 1]);
    stk_keyring ring = { 0 };
    memcpy(ring.root.byte, root.ptr, root.len);
    stk_auto_buf body = stk_buf_init(STK_KEYRING_BYTES);
    stk_aead *aead;
    stk_status status = cipher_for(&ring, "stockade keyring 1", &aead, err);
    if (status == STK_OK) {
        stk_str sealed = { in.ptr, (size_t)(in.end - in.ptr) };
        status = stk_aead_open(aead, (stk_str){ magic, sizeof magic }, sealed, &body, err);
        stk_aead_free(aead);
        if (status == STK_ERR_CRYPT)
            status = stk_fail(err, STK_ERR_CRYPT,
                              "the key file is damaged; restore it from a copy");
    }
    if (status == STK_OK)
        status = load_keys(&ring, stk_buf_str(&body), err);
    if (status == STK_OK)
        *ret = ring;
    else
        stk_keyring_done(&ring);
    return status;
}
