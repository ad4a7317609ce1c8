/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a request apart: the parts in turn, and the table that they fill. */
#include "model/carry.h"

#include "model/carry/parts.h"

enum { FIRST_ROOM = 24 }; /* rows of an ordinary request */

stk_value *stk_carrier_next(stk_carrier *c, stk_place place)
{
    stk_carried *out = c->out;
    if (c->full)
        return NULL;
    if (out->count == c->room) {
        size_t room = c->room == 0 ? FIRST_ROOM : 2 * c->room;
        room = room < STK_VALUES ? room : STK_VALUES;
        stk_value *values = room == c->room ? NULL : stk_arena_array(c->arena, stk_value, room);
        if (values == NULL) {
            c->full = out->cut = true;
            return NULL;
        }
        if (out->count != 0)
            memcpy(values, out->values, out->count * sizeof *values);
        out->values = values;
        c->room = room;
    }
    stk_value *v = &out->values[out->count++];
    v->place = place;
    v->ordinal = c->ordinal[place]++;
    return v;
}

void stk_carrier_settle(stk_carrier *c, stk_value *v, stk_str raw, bool decoded)
{
    if (decoded)
        return;
    c->full = c->out->cut = true;
    v->once.raw = v->text.raw = raw;
    v->met |= STK_MET_CUT;
}

void stk_carrier_add(stk_carrier *c, stk_place place, stk_str name, stk_str raw, unsigned layer)
{
    stk_value *v = stk_carrier_next(c, place);
    if (v == NULL)
        return;
    v->name.raw = name;
    stk_carrier_settle(c, v, raw, stk_decode_value(c->arena, raw, layer, v));
}

void stk_carrier_add_once(stk_carrier *c, stk_place place, stk_str name, stk_str once, uint32_t met,
                          uint16_t rounds)
{
    stk_value *v = stk_carrier_next(c, place);
    if (v == NULL)
        return;
    v->name.raw = name;
    v->met = met;
    v->rounds = rounds;
    stk_carrier_settle(c, v, once, stk_decode_further(c->arena, once, v));
}

/* Letters, digits, and what frameworks put into names: a_b, a-b, a.b, a[0], a:b, user@x. Not `$`:
 * a[$ne] is an operator of a database. */
static bool is_plain_name(stk_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (unsigned)((c | 0x20) - 'a') < 26 || (unsigned)(c - '0') < 10;
        if (!letter && (c == '\0' || strchr("_-.[]:@", c) == NULL))
            return false;
    }
    return true;
}

stk_str stk_carrier_name(stk_carrier *c, stk_str raw, unsigned layer)
{
    if (is_plain_name(raw))
        return raw;
    stk_value *v = stk_carrier_next(c, STK_PLACE_NAME);
    if (v == NULL)
        return raw;
    stk_carrier_settle(c, v, raw, stk_decode_value(c->arena, raw, layer, v));
    stk_str name = v->once.raw;
    v->name.raw = name;
    if (is_plain_name(name) && stk_str_eq(name, v->text.raw)) { /* encoded for no reason */
        c->out->count--;
        c->ordinal[STK_PLACE_NAME]--;
        *v = (stk_value){ 0 };
    }
    return name;
}

stk_status stk_carry(const stk_http *http, stk_arena *arena, stk_carried *out)
{
    *out = (stk_carried){ 0 };
    stk_carrier c = { .http = http, .arena = arena, .out = out };
    stk_carry_target(&c, http->target.raw);
    if (out->values == NULL)
        return STK_ERR_MEMORY;
    stk_carry_body(&c);
    for (size_t i = 0; i < http->header_count; i++)
        if (stk_str_is(http->headers[i].name, "cookie"))
            stk_carry_cookies(&c, http->headers[i].value.raw);
    stk_carry_headers(&c);
    stk_value *target = stk_carrier_next(&c, STK_PLACE_TARGET);
    if (target != NULL)
        target->once = target->text = http->target;
    return STK_OK;
}

const char *stk_place_name(stk_place place)
{
    static const char *const names[STK_PLACES] = {
        [STK_PLACE_PATH] = "path",     [STK_PLACE_QUERY] = "query",   [STK_PLACE_BODY] = "body",
        [STK_PLACE_COOKIE] = "cookie", [STK_PLACE_HEADER] = "header", [STK_PLACE_FILE] = "file",
        [STK_PLACE_NAME] = "name",     [STK_PLACE_TARGET] = "target",
    };
    return names[place];
}
