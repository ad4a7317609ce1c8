/* SPDX-License-Identifier: Apache-2.0 */
/* Commerce events, one JSON object a line, as docs/events.md describes them.
 *
 * The fields are those of the shape `shop` in model/kinds.def, by their member name ("account")
 * or full name ("account.name", which also reads {"account":{"name":...}}), so this file knows
 * types and money and no list of fields. Unknown members are passed over; a known one of the
 * wrong type makes the line malformed, because a silently dropped amount is worse than a loud one.
 */
#include "base/json_simd.h"
#include "base/time_parse.h"
#include "model/decoders/request.h"

enum {
    EVENT,
    TIME,
    AMOUNT_MINOR,
    FIXED,
    FIELDS_MOST = (STK_PICK_FIELDS - FIXED) / 2,
    TERM_BYTES = 128
};

typedef struct commerce {
    const stk_picker *picker;
    stk_proxies proxies;
    int32_t zone_s;
    stk_str kinds[STK_KINDS]; /* names of those of the shape shop, the others empty */
} commerce;

static const stk_shape_info *shop(void)
{
    return &stk_shapes[STK_SHAPE_shop];
}

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    stk_str paths[STK_PICK_FIELDS] = { STK_S("event"), STK_S("time"), STK_S("amount_minor") };
    size_t count = shop()->count, n = FIXED;
    if (count > FIELDS_MOST)
        return stk_fail(err, STK_ERR_LIMIT, "the shape shop has more than %d fields", FIELDS_MOST);
    for (size_t i = 0; i < count; i++, n++)
        paths[n] = (stk_str){ shop()->fields[i].member, strlen(shop()->fields[i].member) };
    for (size_t i = 0; i < count; i++, n++)
        paths[n] = (stk_str){ shop()->fields[i].name, strlen(shop()->fields[i].name) };
    commerce *self = stk_arena_array(life, commerce, 1);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    STK_TRY(stk_picker_new(paths, n, life, &self->picker, err));
    self->proxies = setup->proxies;
    self->zone_s = setup->assumed_zone_s;
    for (int k = 0; k < STK_KINDS; k++)
        if (stk_kinds[k].shape == STK_SHAPE_shop)
            self->kinds[k] = (stk_str){ stk_kinds[k].name, strlen(stk_kinds[k].name) };
    *ret = self;
    return STK_OK;
}

/* Digits behind the point of a currency's minor unit (ISO 4217); two where nothing else is said. */
static int minor_digits(stk_str currency)
{
    static const char none[] = "BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXUYIVNDVUVXAFXOFXPF";
    static const char three[] = "BHDIQDJODKWDLYDOMRTND", four[] = "CLFUYW";
    static const struct {
        const char *list;
        int digits;
    } lists[] = { { none, 0 }, { three, 3 }, { four, 4 } };
    for (size_t i = 0; i < STK_COUNT(lists); i++)
        for (const char *c = lists[i].list; *c != '\0'; c += 3)
            if (memcmp(c, currency.ptr, 3) == 0)
                return lists[i].digits;
    return 2;
}

/* "-12.34" as minor units; zeros beyond the currency's digits are allowed, others are not. */
static bool money(stk_str text, int digits, int64_t *ret)
{
    bool minus = text.len > 0 && text.ptr[0] == '-';
    int64_t value = 0;
    int behind = -1;
    size_t seen = 0;
    for (size_t i = minus; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && behind < 0 && seen > 0) {
            behind = 0;
            continue;
        }
        if (c < '0' || c > '9' || value > INT64_MAX / 10 - 10)
            return false;
        seen++;
        behind += behind >= 0;
        if (behind > digits && c != '0')
            return false;
        if (behind <= digits)
            value = value * 10 + (c - '0');
    }
    for (int i = behind < 0 ? 0 : behind; i < digits; i++) {
        if (value > INT64_MAX / 10 - 10)
            return false;
        value *= 10;
    }
    *ret = minus ? -value : value;
    return seen > 0 && behind != 0;
}

static bool upper(stk_str s, size_t n)
{
    if (s.len != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (s.ptr[i] < 'A' || s.ptr[i] > 'Z')
            return false;
    return true;
}

static bool is_kind(const commerce *c, stk_str name, stk_kind *ret)
{
    for (int k = 0; k < STK_KINDS; k++)
        if (c->kinds[k].len == name.len && name.len != 0 &&
            memcmp(c->kinds[k].ptr, name.ptr, name.len) == 0) {
            *ret = (stk_kind)k;
            return true;
        }
    return false;
}

static stk_status wrong(stk_error *err, const char *field, const char *wanted)
{
    return stk_fail(err, STK_ERR_SYNTAX, "\"%s\" is no %s", field, wanted);
}

static stk_status read_amount(const stk_picked *amount, const stk_picked *minor,
                              stk_shop *shop_event, stk_error *err)
{
    bool stated = amount->type != STK_PICK_ABSENT && amount->type != STK_PICK_NULL;
    if (minor->type == STK_PICK_INT)
        shop_event->amount = minor->integer;
    else if (minor->type != STK_PICK_ABSENT && minor->type != STK_PICK_NULL)
        return wrong(err, "amount_minor", "whole number of minor units");
    if (!stated)
        return STK_OK;
    if (amount->type != STK_PICK_STRING)
        return wrong(err, "amount",
                     "decimal in quotes (a number would be rounded; see amount_minor)");
    if (shop_event->currency.len == 0)
        return stk_fail(err, STK_ERR_SYNTAX, "\"amount\" without \"currency\"");
    int64_t value;
    if (!money(amount->text, minor_digits(shop_event->currency), &value))
        return wrong(err, "amount", "decimal with the digits of its currency");
    if (minor->type == STK_PICK_INT && minor->integer != value)
        return stk_fail(err, STK_ERR_SYNTAX, "\"amount\" and \"amount_minor\" differ");
    shop_event->amount = value;
    return STK_OK;
}

static stk_status read_field(const stk_field_info *field, const stk_picked *value, void *member,
                             stk_error *err)
{
    if (field->type == STK_FIELD_NUMBER) {
        if (value->type != STK_PICK_INT || value->integer < 0)
            return wrong(err, field->member, "whole number of at least 0");
        *(int64_t *)member = value->integer;
        return STK_OK;
    }
    if (value->type != STK_PICK_STRING && value->type != STK_PICK_INT) /* ids are often numbers */
        return wrong(err, field->member, "text");
    if (field->type == STK_FIELD_TERM && value->text.len > TERM_BYTES)
        return wrong(err, field->member, "word of at most 128 bytes");
    *(stk_str *)member = value->text; /* stk_personal is a stk_str in a coat */
    return STK_OK;
}

static stk_status read_fields(const stk_picked *picked, stk_shop *event, stk_error *err)
{
    const stk_shape_info *shape = shop();
    const stk_picked *amount = NULL;
    for (size_t i = 0; i < shape->count; i++) {
        const stk_field_info *field = &shape->fields[i];
        const stk_picked *value = &picked[FIXED + i];
        if (value->type == STK_PICK_ABSENT || value->type == STK_PICK_OBJECT)
            value = picked[FIXED + shape->count + i].type != STK_PICK_ABSENT
                        ? &picked[FIXED + shape->count + i]
                        : value;
        if (field->type == STK_FIELD_MONEY)
            amount = value;
        else if (value->type == STK_PICK_OBJECT &&
                 memchr(field->name, '.', strlen(field->name)) != NULL)
            continue; /* {"account":{"type":...}}: an object that holds none of ours */
        else if (value->type != STK_PICK_ABSENT && value->type != STK_PICK_NULL)
            STK_TRY(read_field(field, value, (char *)event + field->offset, err));
    }
    if (event->currency.len != 0 && !upper(event->currency, 3))
        return wrong(err, "currency", "code of three capitals (ISO 4217)");
    if (event->country.len != 0 && !upper(event->country, 2))
        return wrong(err, "country", "code of two capitals (ISO 3166-1)");
    return amount == NULL ? STK_OK : read_amount(amount, &picked[AMOUNT_MINOR], event, err);
}

static bool read_time(const commerce *c, const stk_picked *time, stk_stamp *ret)
{
    if (time->type == STK_PICK_INT || time->type == STK_PICK_REAL)
        return stk_time_epoch(time->text, ret) == time->text.len;
    return time->type == STK_PICK_STRING && time->text.len != 0 &&
           stk_time_iso(time->text, c->zone_s, ret) == time->text.len;
}

static stk_status decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                         stk_error *err)
{
    const commerce *c = self;
    stk_picked picked[STK_PICK_FIELDS];
    stk_kind kind;
    stk_stamp stamp;
    bool quoted;
    STK_TRY(stk_pick(c->picker, stk_log_line(unit, &quoted), arena, picked, err));
    if (picked[EVENT].type != STK_PICK_STRING)
        return wrong(err, "event", "text");
    if (!is_kind(c, picked[EVENT].text, &kind))
        return stk_fail(err, STK_ERR_SYNTAX, "\"event\" is none of the kinds of docs/events.md");
    if (!read_time(c, &picked[TIME], &stamp))
        return wrong(err, "time", "ISO 8601 text or seconds since 1970");
    stk_event_init(out, kind);
    out->meta.at = stamp.at;
    out->meta.zone_s = stamp.zone_s;
    stk_shop *event = &out->u.shop;
    STK_TRY(read_fields(picked, event, err));
    stk_personal ignored = { 0 };
    stk_seen seen = { .peer = event->client.raw };
    if (stk_request_client(&c->proxies, &seen, arena, &event->client, &ignored) != STK_OK)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line");
    return STK_OK;
}

static double score(const void *context, stk_str line, stk_arena *arena)
{
    stk_event event;
    return decode(context, line, arena, &event, NULL) == STK_OK;
}

static double guess(stk_str head, const char **ret_argument)
{
    *ret_argument = NULL;
    return stk_guess_opened(head, score, open_it, NULL);
}

const stk_decoder stk_decoder_commerce = {
    .name = "commerce",
    .summary = "NDJSON commerce events: sign-ups, orders, payments, ... (docs/events.md)",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = decode,
    .guess = guess,
};
