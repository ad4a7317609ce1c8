/* SPDX-License-Identifier: Apache-2.0 */
/* Law 1, by search: known addresses, accounts and payloads pass through everything that the store
 * keeps; then every byte of its files is searched for them, as text, as 4 or 16 bytes in both
 * orders, in hexadecimal and in base64 at each of the three alignments. A positive control plants
 * each form and must find it, so that a search that finds nothing means something. */
#include "check.h"
#include "fixture.h"
#include "model/address.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { FORMS_MOST = 512, FORM_BYTES = 1024, FILE_MOST = 64 << 20 };

typedef struct form {
    unsigned char byte[FORM_BYTES];
    size_t len;
    const char *secret, *as;
} form;

static form forms[FORMS_MOST];
static size_t form_count;

static const char *const addresses[] = { "203.0.113.77", "198.51.100.23", "2001:db8:77:1::4d" };
static const char *const texts[] = {
    "ann.example@shop.test",
    "visitor-account-4711",
    "/basket?coupon=SPRING&name=Eve+Adams",
    "UNION SELECT password FROM customers",
    "Mozilla/5.0 (UnusualAgent 77.1)",
    "session-9f3a77c2d1",
    "https://referrer.example/private/page",
    "parameter_of_theirs",
    "4111111111111111",
};

static void add_form(const void *bytes, size_t len, const char *secret, const char *as)
{
    if (form_count == FORMS_MOST || len > FORM_BYTES || len < 4)
        abort();
    form *f = &forms[form_count++];
    memcpy(f->byte, bytes, len);
    f->len = len;
    f->secret = secret;
    f->as = as;
}

/* The characters that `len` bytes have for certain when `before` unknown bytes come first. */
static void add_base64(const unsigned char *bytes, size_t len, size_t before, const char *secret,
                       const char *alphabet)
{
    unsigned char all[300] = { 0 };
    char out[512];
    size_t n = 0, bits = (before + len) * 8;
    memcpy(all + before, bytes, len);
    for (size_t bit = (before * 8 + 5) / 6 * 6; bit + 6 <= bits; bit += 6) {
        unsigned two = (unsigned)all[bit / 8] << 8 | all[bit / 8 + 1];
        out[n++] = alphabet[two >> (10 - bit % 8) & 63];
    }
    if (n >= 5)
        add_form(out, n, secret, "base64");
}

static void add_codings(const unsigned char *bytes, size_t len, const char *secret)
{
    static const char digits[2][17] = { "0123456789abcdef", "0123456789ABCDEF" };
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int c = 0; c < 2; c++) {
        char hex[600];
        for (size_t i = 0; i < len; i++) {
            hex[2 * i] = digits[c][bytes[i] >> 4];
            hex[2 * i + 1] = digits[c][bytes[i] & 15];
        }
        add_form(hex, 2 * len, secret, "hexadecimal");
        for (size_t before = 0; before < 3; before++)
            add_base64(bytes, len, before, secret, c == 0 ? plain : url);
    }
}

static void add_address(const char *text)
{
    stk_address a;
    unsigned char reversed[16];
    if (!stk_address_parse((stk_str){ text, strlen(text) }, &a))
        abort();
    const unsigned char *bytes = a.byte + (stk_address_is_v4(&a) ? 12 : 0);
    size_t len = stk_address_is_v4(&a) ? 4 : 16;
    for (size_t i = 0; i < len; i++)
        reversed[i] = bytes[len - 1 - i];
    add_form(bytes, len, text, "bytes");
    add_form(reversed, len, text, "bytes, reversed");
    add_codings(bytes, len, text);
}

static void make_forms(void)
{
    for (size_t i = 0; i < STK_COUNT(addresses); i++)
        add_address(addresses[i]);
    for (size_t i = 0; i < STK_COUNT(addresses) + STK_COUNT(texts); i++) {
        const char *t = i < STK_COUNT(addresses) ? addresses[i] : texts[i - STK_COUNT(addresses)];
        add_form(t, strlen(t), t, "text");
        add_codings((const unsigned char *)t, strlen(t), t);
    }
}

/* The first form that a file holds, or NULL. */
static const form *search(const char *name, size_t *ret_len)
{
    static char bytes[FILE_MOST];
    int fd = open(name, O_RDONLY);
    ssize_t len = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        (void)close(fd);
    *ret_len = len < 0 ? 0 : (size_t)len;
    for (size_t i = 0; i < form_count && len > 0; i++)
        if (memmem(bytes, (size_t)len, forms[i].byte, forms[i].len) != NULL)
            return &forms[i];
    return NULL;
}

/* Search all files of the store; `*ret_bytes` is how much there was. */
static const char *search_all(size_t *ret_bytes)
{
    DIR *d = opendir(fix_dir);
    const struct dirent *e;
    size_t len;
    const char *why = NULL;
    *ret_bytes = 0;
    while (d != NULL && why == NULL && (e = readdir(d)) != NULL) {
        char name[400];
        if (e->d_name[0] == '.')
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", fix_dir, e->d_name);
        const form *found = search(name, &len);
        *ret_bytes += len;
        if (found != NULL) {
            printf("# %s holds %s as %s\n", e->d_name, found->secret, found->as);
            why = "something personal is in the store";
        }
    }
    if (d != NULL)
        (void)closedir(d);
    return why;
}

static stk_personal personal(size_t text)
{
    return (stk_personal){ { texts[text], strlen(texts[text]) } };
}

static stk_event request(uint64_t unit)
{
    const char *address = addresses[unit % STK_COUNT(addresses)];
    stk_event e = fix_event(unit, (stk_str){ address, strlen(address) },
                            personal(2 + unit % 2).raw);
    e.u.http.peer = e.u.http.client;
    e.u.http.user = personal(1);
    e.u.http.agent = personal(4);
    e.u.http.session = personal(5);
    e.u.http.referer = personal(6);
    e.u.http.body = personal(3);
    e.u.http.host = personal(6);
    if (unit % 7 == 0) { /* the other side writes what should be a word */
        e.u.http.method = personal(3).raw;
        e.u.http.protocol = personal(0).raw;
    }
    return e;
}

static stk_event payment(uint64_t unit)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_PAYMENT_ATTEMPT);
    e.meta = fix_meta(unit);
    e.u.shop.client = request(unit).u.http.client;
    e.u.shop.account = personal(0);
    e.u.shop.email = personal(0);
    e.u.shop.card = personal(8);
    e.u.shop.order = personal(1);
    return e;
}

static stk_status put_blocks(stk_store *s, stk_protector *p, stk_error *err)
{
    stk_block_builder *b;
    const stk_block *block;
    STK_TRY(stk_block_builder_new(p, &fix_source, &b, err));
    stk_status status = STK_OK;
    for (uint64_t unit = 1; unit <= 300 && status == STK_OK; unit++) {
        stk_event e = unit % 5 == 0 ? payment(unit) : request(unit);
        status = stk_block_add(b, &e, err);
    }
    if (status == STK_OK)
        status = stk_block_seal(b, &block, err);
    if (status == STK_OK)
        status = stk_store_put_block(s, 0, block, err);
    stk_block_builder_free(b);
    return status;
}

static stk_status put_stories(stk_store *s, stk_protector *p, stk_arena *arena, stk_error *err)
{
    stk_hash_key secret = { 1, 2 };
    stk_incident *in = stk_arena_array(arena, stk_incident, 1);
    stk_name names[3];
    in->id.v = 1;
    in->meta = fix_meta(1);
    in->entity_count = 3;
    for (size_t i = 0; i < 3; i++) {
        stk_str name = i < 2 ? (stk_str){ addresses[i], strlen(addresses[i]) } : personal(0).raw;
        stk_key key = stk_key_of(&secret, i < 2 ? STK_KEY_ADDRESS : STK_KEY_ACCOUNT, name);
        in->entities[i] = (stk_entity){ .key = key };
        names[i] = (stk_name){ key, { name } };
    }
    in->summary.args[0] = STK_ARG_P(personal(3));
    const stk_protected_incident *incident;
    STK_TRY(stk_protect_incident(p, in, names, 3, arena, &incident, err));
    STK_TRY(stk_store_put_incident(s, incident, err));
    for (uint64_t unit = 1; unit <= 50; unit++) {
        stk_finding f = fix_finding(unit, personal(unit % STK_COUNT(texts)).raw);
        f.where.name = personal(7);
        const stk_protected_finding *finding;
        STK_TRY(stk_protect_finding(p, &f, arena, &finding, err));
        STK_TRY(stk_store_put_finding(s, finding, err));
    }
    return STK_OK;
}

static stk_status fill(stk_store *s, stk_protector *p, stk_arena *arena, stk_error *err)
{
    stk_source_state state;
    STK_TRY(stk_store_source(s, 0, &fix_source, personal(1).raw, arena, &state, err));
    STK_TRY(stk_store_begin(s, err));
    STK_TRY(put_blocks(s, p, err));
    STK_TRY(put_stories(s, p, arena, err));
    state.note = personal(2).raw; /* sealed, whatever the engine puts there */
    STK_TRY(stk_store_put_position(s, 0, &state, err));
    STK_TRY(stk_store_put_checkpoint(s, 0, personal(3).raw, err));
    STK_TRY(stk_store_commit(s, err));
    stk_audit_entry entry = { .at = 1,
                              .actor = STK_S("root"),
                              .action = STK_S("reveal"),
                              .object = STK_S("incident 1"),
                              .reason = personal(0).raw };
    return stk_store_audit_add(s, &entry, err);
}

static const char *use_scan(void)
{
    stk_policy *policy = NULL;
    stk_protector *p = fix_protector(&policy);
    stk_arena *arena = stk_arena_new(64 << 20);
    stk_store *s = NULL;
    stk_error err;
    size_t open_bytes = 0, closed_bytes = 0;
    CHECK(fix_open(STK_STORE_WRITE, &fix_record, &s, &err) == STK_OK);
    stk_status status = fill(s, p, arena, &err);
    if (status != STK_OK)
        printf("# %s\n", err.text);
    CHECK(status == STK_OK);
    const char *live = search_all(&open_bytes); /* with the write-ahead log as it stands */
    stk_store_close(s);
    const char *rest = search_all(&closed_bytes);
    stk_arena_free(arena);
    stk_protector_free(p);
    stk_policy_free(policy);
    CHECK(open_bytes > 20000 && closed_bytes > 20000);
    return live != NULL ? live : rest;
}

/* Each form, planted at an odd place, is found. */
static const char *use_control(void)
{
    char name[128];
    size_t len;
    (void)snprintf(name, sizeof name, "%s/planted", fix_dir);
    size_t all = form_count;
    const char *why = search_all(&len);
    CHECK(why == NULL);
    for (size_t i = 0; i < all && why == NULL; i++) {
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        CHECK(fd >= 0 && write(fd, "x\0y", 3) == 3);
        CHECK(write(fd, forms[i].byte, forms[i].len) == (ssize_t)forms[i].len &&
              write(fd, "z", 1) == 1);
        (void)close(fd);
        if (search(name, &len) == NULL)
            why = "a planted form was not found";
    }
    /* base64 as a program would write it, with other bytes before and after */
    static const char whole[] = "eHh4MjAzLjAuMTEzLjc3eXk=eDIwMy4wLjExMy43N3k=eHgyMDMuMC4xMTMuNzd5";
    for (int part = 0; part < 3 && why == NULL; part++) {
        static const struct {
            int at, len;
        } parts[] = { { 0, 24 }, { 24, 20 }, { 44, 20 } };
        int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        CHECK(fd >= 0 &&
              write(fd, whole + parts[part].at, (size_t)parts[part].len) == parts[part].len);
        (void)close(fd);
        const form *found = search(name, &len);
        if (found == NULL || strcmp(found->secret, "203.0.113.77") != 0)
            why = "base64 at one of the alignments was not found";
    }
    printf("# %zu forms of %zu secrets\n", all, STK_COUNT(addresses) + STK_COUNT(texts));
    return why;
}

#define WITH_DIRECTORY(use)                                                                        \
    static const char *in_##use(void)                                                              \
    {                                                                                              \
        CHECK(fix_directory());                                                                    \
        const char *why = use();                                                                   \
        fix_remove();                                                                              \
        return why;                                                                                \
    }
WITH_DIRECTORY(use_control)
WITH_DIRECTORY(use_scan)

static const check_test tests[] = {
    { "the search finds what is there", in_use_control },
    { "nothing personal is in the store", in_use_scan },
};

int main(void)
{
    make_forms();
    return check_main(tests, STK_COUNT(tests));
}
