/* SPDX-License-Identifier: Apache-2.0 */
/* Events through a block and back: what is open, what is sealed, what is gone; that a block cannot
 * be passed off as another; that a full one says so. */
#include "protect/block.h"

#include "check.h"
#include "crypt/secret.h"

#include <stdlib.h>

static stk_policy *policy;
static const stk_secret pseudonym_key = { { 1 } }, record_key = { { 2 } }, evidence_key = { { 3 } };
static const stk_source_name source = { .fingerprint = { 9, 9 }, .occurrence = 1 };

static stk_protector *protector(bool sealing)
{
    stk_protect_setup setup = { .policy = policy,
                                .pseudonym = &pseudonym_key,
                                .record = &record_key,
                                .key_version = 5,
                                .entropy = &stk_entropy_system };
    stk_protector *p = NULL;
    if (stk_protector_new(&setup, &p, NULL) != STK_OK ||
        stk_protector_day(p, sealing ? &evidence_key : NULL, 20000, NULL) != STK_OK)
        abort();
    return p;
}

#define P(lit) ((stk_personal){ STK_S(lit) })

static stk_event request(uint64_t unit)
{
    stk_event e;
    stk_event_init(&e, STK_KIND_HTTP_REQUEST);
    e.meta.position = (stk_position){ .source = 3, .unit = unit, .offset = unit * 100 };
    e.meta.at = (stk_time)(1000 + unit) * STK_SECOND;
    e.meta.seen_at = e.meta.at;
    e.meta.sequence = unit - 1;
    e.meta.snapshot = 77;
    e.meta.zone_s = 3600;
    e.meta.region = STK_REGION_EU;
    e.u.http.client = unit % 2 ? P("192.0.2.17") : P("2001:db8:1:2::9");
    e.u.http.method = STK_S("GET");
    e.u.http.target = P("/login?user=ann&password=hunter2&x=1");
    e.u.http.agent = P("Mozilla/5.0");
    e.u.http.body = P("body text");
    e.u.http.status = unit % 3 ? 200 : -1;
    e.u.http.bytes = (int64_t)unit * 10;
    return e;
}

static const char *check_open(const stk_record *rec)
{
    stk_record_value v, w;
    CHECK(rec->kind == STK_KIND_HTTP_REQUEST);
    CHECK(rec->meta.position.source == 8 && rec->meta.zone_s == 3600 && rec->meta.snapshot == 77);
    CHECK(rec->meta.policy == 1 && rec->meta.key_version == 5 && rec->meta.region == STK_REGION_EU);
    CHECK(stk_record_get(rec, "http.method", STK_FORM_KEEP, &v) &&
          stk_str_eq(v.text, STK_S("GET")));
    CHECK(stk_record_get(rec, "http.bytes", STK_FORM_KEEP, &v) && v.is_number);
    CHECK(v.number == (int64_t)rec->meta.position.unit * 10);
    CHECK(stk_record_get(rec, "http.status", STK_FORM_KEEP, &v));
    CHECK(v.number == (rec->meta.position.unit % 3 ? 200 : -1));
    CHECK(stk_record_get(rec, "client.address", STK_FORM_TRUNCATE, &v));
    CHECK(stk_str_eq(v.text, rec->meta.position.unit % 2 ? STK_S("192.0.2.0/24")
                                                         : STK_S("2001:db8:1::/48")));
    CHECK(stk_record_get(rec, "client.address", STK_FORM_PSEUDONYM, &w) && w.text.len == 16);
    CHECK(!stk_record_get(rec, "http.target", STK_FORM_KEEP, &v));
    CHECK(!stk_record_get(rec, "http.body", STK_FORM_KEEP, &v));
    CHECK(!stk_record_get(rec, "http.referer", STK_FORM_MASK, &v));
    return NULL;
}

static const char *check_sealed(const stk_record *rec)
{
    stk_personal clear;
    CHECK(stk_record_reveal(rec, "client.address", &clear));
    CHECK(stk_str_eq(clear.raw,
                     rec->meta.position.unit % 2 ? STK_S("192.0.2.17") : STK_S("2001:db8:1:2::9")));
    CHECK(stk_record_reveal(rec, "http.target", &clear));
    CHECK(stk_str_eq(clear.raw, STK_S("/login?user=ann&password=X&x=1")));
    CHECK(!stk_record_reveal(rec, "http.body", &clear)); /* dropped */
    CHECK(!stk_record_reveal(rec, "user.name", &clear)); /* empty */
    return NULL;
}

static const char *check_block(const stk_block_info *info, size_t count, bool sealing)
{
    stk_block_reader *r = NULL;
    stk_error err;
    CHECK(stk_block_reader_open(&evidence_key, info, 8, &r, &err) == STK_ERR_CRYPT);
    CHECK(stk_block_reader_open(&record_key, info, 8, &r, &err) == STK_OK);
    CHECK(stk_block_reader_count(r) == count);
    const char *why = NULL;
    stk_record rec;
    CHECK(!stk_block_reader_get(r, count, &rec));
    for (size_t i = 0; i < count && why == NULL; i++)
        why = stk_block_reader_get(r, i, &rec) ? check_open(&rec) : "no record";
    stk_personal clear;
    CHECK(stk_block_reader_find(r, info->last_unit, &rec));
    CHECK(!stk_record_reveal(&rec, "client.address", &clear));
    CHECK(!stk_block_reader_find(r, info->last_unit + 1, &rec));
    if (!sealing) {
        CHECK(stk_block_unseal(r, &evidence_key, info, &err) == STK_ERR_MISSING);
    } else {
        CHECK(stk_block_unseal(r, &record_key, info, &err) == STK_ERR_CRYPT);
        CHECK(stk_block_unseal(r, &evidence_key, info, &err) == STK_OK);
        for (size_t i = 0; i < count && why == NULL; i++)
            why = stk_block_reader_get(r, i, &rec) ? check_sealed(&rec) : "no record";
    }
    stk_block_reader_close(r);
    return why;
}

static const char *round_trip(bool sealing, size_t count)
{
    stk_protector *p = protector(sealing);
    stk_block_builder *b = NULL;
    stk_error err;
    CHECK(stk_block_builder_new(p, &source, &b, &err) == STK_OK);
    const stk_block *block = NULL;
    CHECK(stk_block_seal(b, &block, &err) == STK_ERR_INVALID);
    for (int turn = 0; turn < 2; turn++) { /* the builder is used again */
        for (uint64_t unit = 1; unit <= count; unit++) {
            stk_event e = request(unit);
            CHECK(stk_block_add(b, &e, &err) == STK_OK);
        }
        stk_event again = request(count);
        CHECK(stk_block_add(b, &again, &err) ==
              (count == STK_BATCH_EVENTS ? STK_ERR_LIMIT : STK_ERR_INVALID));
        CHECK(stk_block_seal(b, &block, &err) == STK_OK && stk_block_count(b) == 0);
        const char *why = check_block(stk_block_info_of(block), count, sealing);
        CHECK(why == NULL || (printf("# %s\n", why), false));
    }
    stk_block_builder_free(b);
    stk_protector_free(p);
    return NULL;
}

static const char *test_round_trip(void)
{
    static const size_t counts[] = { 1, 2, 300, STK_BATCH_EVENTS };
    for (size_t i = 0; i < STK_COUNT(counts); i++) {
        const char *why = round_trip(true, counts[i]);
        if (why != NULL)
            return why;
    }
    return round_trip(false, 10);
}

/* Every member of the info is bound: changed, the block does not open. */
static const char *test_bound(void)
{
    stk_protector *p = protector(true);
    stk_block_builder *b = NULL;
    CHECK(stk_block_builder_new(p, &source, &b, NULL) == STK_OK);
    stk_event e = request(5);
    CHECK(stk_block_add(b, &e, NULL) == STK_OK);
    const stk_block *block = NULL;
    CHECK(stk_block_seal(b, &block, NULL) == STK_OK);
    const stk_block_info good = *stk_block_info_of(block);
    for (int i = 0; i < 12; i++) {
        stk_block_info info = good;
        stk_block_reader *r = NULL;
        info.source.fingerprint[31] ^= i == 0;
        info.source.occurrence += i == 1;
        info.first_unit += i == 2;
        info.last_unit += i == 3;
        info.first_offset += i == 4;
        info.count += i == 5;
        info.first_at += i == 6;
        info.last_at += i == 7;
        info.policy += i == 8;
        info.key_version += i == 9;
        info.day += i == 10;
        if (i == 11)
            info.open = info.sealed;
        CHECK(stk_block_reader_open(&record_key, &info, 0, &r, NULL) == STK_ERR_CRYPT);
    }
    stk_block_builder_free(b);
    stk_protector_free(p);
    return NULL;
}

/* Kinds of several shapes in one block; amounts; a card number where it must not be. */
static const char *test_shapes(void)
{
    stk_protector *p = protector(true);
    stk_block_builder *b = NULL;
    CHECK(stk_block_builder_new(p, &source, &b, NULL) == STK_OK);
    for (uint64_t unit = 1; unit <= 90; unit++) {
        stk_event e = request(unit);
        if (unit % 3 == 1) {
            stk_event_init(&e, unit % 2 ? STK_KIND_PAYMENT_ATTEMPT : STK_KIND_ORDER_PLACED);
            e.meta.position.unit = unit;
            e.u.shop.account = P("ann@example.org");
            e.u.shop.card = unit == 7 ? P("4111 1111 1111 1111") : P("fp-0011223344");
            e.u.shop.amount = unit == 10 ? INT64_MIN : -(int64_t)unit * 1000000007;
            e.u.shop.currency = STK_S("EUR");
            e.u.shop.product = STK_S("a word <of> somebody");
        } else if (unit % 3 == 2) {
            stk_event_init(&e, STK_KIND_AUTH_LOGIN);
            e.meta.position.unit = unit;
            e.meta.at = STK_TIME_NONE;
            e.u.auth.account = P("ann@example.org");
        }
        CHECK(stk_block_add(b, &e, NULL) == STK_OK);
    }
    const stk_block *block = NULL;
    CHECK(stk_block_seal(b, &block, NULL) == STK_OK);
    stk_block_reader *r = NULL;
    CHECK(stk_block_reader_open(&record_key, stk_block_info_of(block), 0, &r, NULL) == STK_OK);
    stk_record shop, auth;
    stk_record_value v, w;
    CHECK(stk_block_reader_find(r, 7, &shop) && shop.kind == STK_KIND_PAYMENT_ATTEMPT);
    CHECK(!stk_record_get(&shop, "card.fingerprint", STK_FORM_PSEUDONYM, &v));
    CHECK(stk_record_get(&shop, "amount", STK_FORM_KEEP, &v) && v.number == -7000000049);
    CHECK(stk_record_get(&shop, "product.id", STK_FORM_KEEP, &v));
    CHECK(stk_str_eq(v.text, STK_S("[32]"))); /* no word of a closed vocabulary */
    CHECK(stk_block_reader_find(r, 10, &shop) && shop.kind == STK_KIND_ORDER_PLACED);
    CHECK(stk_record_get(&shop, "amount", STK_FORM_KEEP, &v) && v.number == INT64_MIN);
    CHECK(stk_record_get(&shop, "card.fingerprint", STK_FORM_PSEUDONYM, &v));
    CHECK(stk_record_get(&shop, "currency", STK_FORM_KEEP, &v) && stk_str_eq(v.text, STK_S("EUR")));
    CHECK(stk_block_reader_find(r, 8, &auth) && auth.kind == STK_KIND_AUTH_LOGIN);
    CHECK(auth.meta.at == STK_TIME_NONE);
    /* one person in two shapes has one pseudonym; another category another */
    CHECK(stk_record_get(&shop, "account.name", STK_FORM_PSEUDONYM, &v));
    CHECK(stk_record_get(&auth, "account.name", STK_FORM_PSEUDONYM, &w) &&
          stk_str_eq(v.text, w.text));
    stk_block_reader_close(r);
    stk_block_builder_free(b);
    stk_protector_free(p);
    return NULL;
}

/* Long texts fill a block before 4,096 events do; what did not fit then fits. */
static const char *test_full(void)
{
    stk_protector *p = protector(true);
    stk_block_builder *b = NULL;
    CHECK(stk_block_builder_new(p, &source, &b, NULL) == STK_OK);
    static char text[64 << 10];
    memset(text, 'a', sizeof text);
    stk_status status = STK_OK;
    uint64_t unit = 0;
    for (; status == STK_OK && unit < 5000; unit++) {
        stk_event e = request(unit + 1);
        memcpy(text, &unit, 4);
        e.u.http.target.raw = e.u.http.agent.raw = e.u.http.referer.raw = (stk_str){ text,
                                                                                     sizeof text };
        status = stk_block_add(b, &e, NULL);
    }
    CHECK(status == STK_ERR_LIMIT && unit > 1000 && unit < 4096);
    const stk_block *block = NULL;
    CHECK(stk_block_seal(b, &block, NULL) == STK_OK);
    CHECK(stk_block_info_of(block)->count == unit - 1);
    stk_event e = request(unit);
    CHECK(stk_block_add(b, &e, NULL) == STK_OK);
    stk_block_builder_free(b);
    stk_protector_free(p);
    return NULL;
}

static const check_test tests[] = {
    { "events come back as the policy says", test_round_trip },
    { "a block is bound to its place", test_bound },
    { "several shapes, amounts, and a card number", test_shapes },
    { "a block that is full in bytes says so", test_full },
};

int main(void)
{
    if (stk_policy_default(&policy, NULL) != STK_OK)
        return 1;
    int failed = check_main(tests, STK_COUNT(tests));
    stk_policy_free(policy);
    return failed;
}
