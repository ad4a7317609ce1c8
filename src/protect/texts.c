/* SPDX-License-Identifier: Apache-2.0 */
/* The mechanisms for texts: keep, mask, truncate, pseudonymise, seal. */
#include "protect/texts.h"

#include "model/address.h"
#include "protect/scrub.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BYTES_MOST = 16 << 20, /* of one form; the builder calls the block full long before */
    TERM_MOST = 64,        /* a longer word is from no closed vocabulary */
    KEEP_MOST = 1024,
    CARD_SPAN = 64, /* a card number with its separators is shorter */
    MASK_TEXT = 24,
};

stk_status stk_texts_init(stk_texts *t, const stk_field_info *field, const stk_field_rule *rule,
                          stk_error *err)
{
    *t = (stk_texts){ .field = field, .rule = rule };
    for (int f = 0; f < STK_FORMS; f++) {
        if ((rule->forms & 1u << f) == 0)
            continue;
        t->form[f] = calloc(1, sizeof *t->form[f]);
        if (t->form[f] == NULL) {
            stk_texts_done(t);
            return stk_fail(err, STK_ERR_MEMORY, "out of memory for a block");
        }
        t->form[f]->lengths = t->form[f]->bytes = stk_buf_init(BYTES_MOST);
    }
    return STK_OK;
}

void stk_texts_done(stk_texts *t)
{
    for (int f = 0; f < STK_FORMS; f++) {
        stk_form_texts *form = t->form[f];
        if (form == NULL)
            continue;
        stk_wipe(form->bytes.ptr, form->bytes.room);
        stk_buf_done(&form->bytes);
        stk_buf_done(&form->lengths);
        stk_dictionary_done(&form->alike);
        free(form);
    }
    stk_dictionary_done(&t->raw);
    *t = (stk_texts){ 0 };
}

void stk_texts_clear(stk_texts *t)
{
    stk_dictionary_clear(&t->raw);
    for (int f = 0; f < STK_FORMS; f++) {
        stk_form_texts *form = t->form[f];
        if (form == NULL)
            continue;
        stk_wipe_buf(&form->bytes);
        stk_buf_clear(&form->lengths);
        stk_dictionary_clear(&form->alike);
        form->count = 0;
    }
}

size_t stk_texts_bytes(const stk_texts *t)
{
    size_t bytes = 0;
    for (int f = 0; f < STK_FORMS; f++)
        if (t->form[f] != NULL)
            bytes += t->form[f]->bytes.len;
    return bytes;
}

/* ---- mechanisms: each appends what may be remembered of `raw` ---- */

/* Only that there was something, and how long it was to the next power of two. */
static void put_mask(stk_str raw, stk_buf *out)
{
    size_t about = 1;
    while (about < raw.len)
        about *= 2;
    char text[MASK_TEXT];
    int n = snprintf(text, sizeof text, "[%zu]", about);
    stk_buf_add(out, (stk_str){ text, (size_t)n });
}

/* A word as a closed vocabulary has them. A "word" of other bytes was put there by somebody. */
static bool is_term(stk_str raw)
{
    for (size_t i = 0; i < raw.len; i++)
        if ((unsigned char)raw.ptr[i] <= ' ' || raw.ptr[i] == 0x7f ||
            strchr("@<>\"'=%&?;", raw.ptr[i]) != NULL)
            return false;
    return raw.len <= TERM_MOST && !stk_has_card_number(raw);
}

/* The first `most` bytes with secrets blotted out, a character of UTF-8 never cut in two. Blotting
 * comes before cutting, else the first half of a card number would get through. */
static void put_start(stk_str raw, size_t most, stk_buf *out)
{
    size_t before = out->len, seen = most + CARD_SPAN;
    if (!stk_scrub((stk_str){ raw.ptr, raw.len < seen ? raw.len : seen }, out))
        return;
    size_t len = out->len - before;
    if (len <= most)
        return;
    const char *p = out->ptr + before;
    for (len = most; len > 0 && most - len < 4 && ((unsigned char)p[len] & 0xc0) == 0x80;)
        len--;
    stk_wipe(out->ptr + before + len, out->len - before - len);
    out->len = before + len;
}

static void put_network(stk_str raw, const stk_field_rule *rule, stk_buf *out)
{
    stk_address address;
    if (!stk_address_parse(raw, &address)) {
        put_mask(raw, out);
        return;
    }
    bool v4 = stk_address_is_v4(&address);
    unsigned bits = v4 ? rule->v4_bits : rule->v6_bits;
    stk_address network = stk_address_prefix(&address, v4 ? 96 + bits : bits);
    char text[STK_ADDRESS_TEXT + 8];
    size_t n = stk_address_text(&network, text);
    n += (size_t)snprintf(text + n, sizeof text - n, "/%u", bits);
    stk_buf_add(out, (stk_str){ text, n });
}

static stk_status put_form(const stk_texts *t, stk_form form, stk_protector *p, stk_str raw,
                           stk_buf *out, stk_error *err)
{
    unsigned char pseudonym[STK_PSEUDONYM_BYTES];
    switch (form) {
    case STK_FORM_KEEP:
        if (t->field->type == STK_FIELD_TERM && !is_term(raw))
            put_mask(raw, out);
        else
            put_start(raw, KEEP_MOST, out);
        break;
    case STK_FORM_MASK:
        put_mask(raw, out);
        break;
    case STK_FORM_TRUNCATE:
        if (t->field->category == STK_CAT_ADDRESS)
            put_network(raw, t->rule, out);
        else
            put_start(raw, t->rule->text_bytes, out);
        break;
    case STK_FORM_PSEUDONYM:
        STK_TRY(stk_mac_pseudonym(p->mac, (unsigned char)t->field->category, raw, pseudonym, err));
        stk_buf_add(out, (stk_str){ (const char *)pseudonym, sizeof pseudonym });
        break;
    case STK_FORM_SEAL:
        put_start(raw, t->rule->seal_bytes, out);
        break;
    case STK_FORMS:
        break;
    }
    return out->failed ? stk_fail(err, STK_ERR_MEMORY, "out of memory for a block") : STK_OK;
}

/* ---- a new value ---- */

static void cut_back(stk_form_texts *form, size_t lengths, size_t bytes)
{
    if (form->bytes.len > bytes)
        stk_wipe(form->bytes.ptr + bytes, form->bytes.len - bytes);
    form->bytes.len = bytes;
    form->lengths.len = lengths;
    form->bytes.failed = form->lengths.failed = false;
}

/* Append one form of the newest value. */
static stk_status add_form(stk_texts *t, stk_form which, stk_protector *p, const stk_hash_key *key,
                           stk_str raw, bool sealing, stk_error *err)
{
    stk_form_texts *form = t->form[which];
    size_t lengths = form->lengths.len, bytes = form->bytes.len;
    if (which == STK_FORM_SEAL && !sealing)
        return STK_OK;
    stk_status status = put_form(t, which, p, raw, &form->bytes, err);
    uint32_t number = form->count + 1;
    bool fresh = true;
    if (status == STK_OK && stk_form_alike(which)) {
        stk_str text = { form->bytes.ptr + bytes, form->bytes.len - bytes };
        number = stk_dictionary_of(&form->alike, stk_hash(key, text), &fresh);
        if (!fresh)
            cut_back(form, lengths, bytes);
    }
    if (status == STK_OK && fresh)
        stk_buf_varint(&form->lengths, form->bytes.len - bytes);
    if (status == STK_OK && (number == 0 || form->lengths.failed))
        status = stk_fail(err, STK_ERR_MEMORY, "out of memory for a block");
    if (status != STK_OK) {
        if (stk_form_alike(which) && form->alike.count > form->count)
            stk_dictionary_undo(&form->alike);
        cut_back(form, lengths, bytes);
        return status;
    }
    form->index[t->raw.count - 1] = (uint16_t)number;
    form->count += fresh;
    return STK_OK;
}

/* What add_form did for forms before `upto` is undone by length. */
typedef struct marks {
    size_t lengths[STK_FORMS], bytes[STK_FORMS];
    uint32_t count[STK_FORMS];
} marks;

static void undo(stk_texts *t, const marks *m, int upto)
{
    for (int f = 0; f < upto; f++) {
        stk_form_texts *form = t->form[f];
        if (form == NULL || form->count == m->count[f])
            continue;
        if (stk_form_alike((stk_form)f))
            stk_dictionary_undo(&form->alike);
        cut_back(form, m->lengths[f], m->bytes[f]);
        form->count = m->count[f];
    }
    stk_dictionary_undo(&t->raw);
}

stk_status stk_texts_add(stk_texts *t, stk_protector *p, const stk_hash_key *key, stk_str raw,
                         bool sealing, uint16_t *ret, stk_error *err)
{
    bool fresh;
    uint32_t number = stk_dictionary_of(&t->raw, stk_hash(key, raw), &fresh);
    if (number == 0)
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for a block");
    if (fresh && t->field->category == STK_CAT_PAYMENT && stk_has_card_number(raw)) {
        stk_dictionary_undo(&t->raw); /* looked at again each time: it must not happen at all */
        *ret = 0;
        return STK_OK;
    }
    marks m;
    for (int f = 0; fresh && f < STK_FORMS; f++)
        if (t->form[f] != NULL) {
            m.lengths[f] = t->form[f]->lengths.len;
            m.bytes[f] = t->form[f]->bytes.len;
            m.count[f] = t->form[f]->count;
        }
    for (int f = 0; fresh && f < STK_FORMS; f++) {
        if (t->form[f] == NULL)
            continue;
        stk_status status = add_form(t, (stk_form)f, p, key, raw, sealing, err);
        if (status != STK_OK) {
            undo(t, &m, f);
            return status;
        }
    }
    *ret = (uint16_t)number;
    return STK_OK;
}
