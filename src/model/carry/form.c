/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs: application/x-www-form-urlencoded (WHATWG URL 5.1), cookies (RFC 6265) and headers. */
#include "model/carry/parts.h"

void stk_carry_form(stk_carrier *c, stk_place place, stk_str bytes)
{
    for (size_t at = 0; at < bytes.len && !c->full;) {
        const char *end = memchr(bytes.ptr + at, '&', bytes.len - at);
        size_t stop = end == NULL ? bytes.len : (size_t)(end - bytes.ptr);
        if (stop != at) {
            const char *equals = memchr(bytes.ptr + at, '=', stop - at);
            size_t name_end = equals == NULL ? stop : (size_t)(equals - bytes.ptr);
            stk_str name = stk_carrier_name(c, stk_str_from(bytes, at, name_end), STK_LAYER_FORM);
            size_t value = equals == NULL ? stop : name_end + 1;
            stk_carrier_add(c, place, name, stk_str_from(bytes, value, stop), STK_LAYER_FORM);
        }
        at = stop + 1;
    }
}

void stk_carry_cookies(stk_carrier *c, stk_str value)
{
    for (size_t at = 0; at < value.len && !c->full;) {
        const char *end = memchr(value.ptr + at, ';', value.len - at);
        size_t stop = end == NULL ? value.len : (size_t)(end - value.ptr);
        stk_str pair = stk_str_trim(stk_str_from(value, at, stop));
        at = stop + 1;
        if (pair.len == 0)
            continue;
        const char *equals = memchr(pair.ptr, '=', pair.len);
        size_t name_end = equals == NULL ? pair.len : (size_t)(equals - pair.ptr);
        size_t from = equals == NULL ? pair.len : name_end + 1;
        stk_str name = stk_carrier_name(c, stk_str_from(pair, 0, name_end), STK_LAYER_NONE);
        stk_carrier_add(c, STK_PLACE_COOKIE, name, stk_str_from(pair, from, pair.len),
                        STK_LAYER_PERCENT);
    }
}

/* A Referer is an address of a page: its query part reads '+' as a form does, but nothing decodes
 * it on the server's way, so `once` stays what was received. */
static void add_referer(stk_carrier *c, stk_str name, stk_str value)
{
    stk_carrier_add(c, STK_PLACE_HEADER, name, value, STK_LAYER_NONE);
    stk_value *v = c->full ? NULL : &c->out->values[c->out->count - 1];
    const char *query = v == NULL || value.len == 0 ? NULL : memchr(value.ptr, '?', value.len);
    if (query == NULL || memchr(query, '+', value.len - (size_t)(query - value.ptr)) == NULL)
        return;
    stk_value decoded = { .place = STK_PLACE_HEADER };
    if (stk_decode_value(c->arena, value, STK_LAYER_FORM, &decoded)) {
        v->text = decoded.text;
        v->met |= decoded.met;
        v->rounds = decoded.rounds;
    }
}

void stk_carry_headers(stk_carrier *c)
{
    const stk_http *http = c->http;
    if (http->header_count == 0) {
        if (http->referer.raw.len != 0)
            add_referer(c, STK_S("Referer"), http->referer.raw);
        if (http->agent.raw.len != 0)
            stk_carrier_add(c, STK_PLACE_HEADER, STK_S("User-Agent"), http->agent.raw,
                            STK_LAYER_NONE);
        return;
    }
    for (size_t i = 0; i < http->header_count && !c->full; i++) {
        const stk_header *h = &http->headers[i];
        if (stk_str_is(h->name, "cookie"))
            continue;
        stk_str name = stk_carrier_name(c, h->name, STK_LAYER_NONE);
        if (stk_str_is(h->name, "referer"))
            add_referer(c, name, h->value.raw);
        else
            stk_carrier_add(c, STK_PLACE_HEADER, name, h->value.raw, STK_LAYER_NONE);
    }
}
