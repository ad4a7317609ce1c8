/* SPDX-License-Identifier: Apache-2.0 */
/* NDJSON {"value":"..."}: each value is judged as if it stood in GET /?q=<value>. It is
 * percent-encoded first, so that its & + # % are its own and do not end or change it. */
#include "base/json_simd.h"
#include "model/decoders/request.h"

typedef struct values {
    const stk_picker *picker;
} values;

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    (void)setup;
    static const stk_str paths[] = { { "value", 5 } };
    values *self = stk_arena_array(life, values, 1);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    STK_TRY(stk_picker_new(paths, STK_COUNT(paths), life, &self->picker, err));
    *ret = self;
    return STK_OK;
}

static bool plain(unsigned char c) /* RFC 3986: unreserved */
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static stk_str target_of(stk_str value, stk_arena *arena)
{
    static const char start[] = "/?q=";
    size_t need = sizeof start - 1;
    for (size_t i = 0; i < value.len; i++)
        need += plain((unsigned char)value.ptr[i]) ? 1 : 3;
    char *out = stk_arena_bytes(arena, need);
    if (out == NULL)
        return (stk_str){ 0 };
    memcpy(out, start, sizeof start - 1);
    char *p = out + sizeof start - 1;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (plain(c)) {
            *p++ = (char)c;
            continue;
        }
        *p++ = '%';
        *p++ = "0123456789ABCDEF"[c >> 4];
        *p++ = "0123456789ABCDEF"[c & 15];
    }
    return (stk_str){ out, need };
}

static stk_status decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                         stk_error *err)
{
    const values *v = self;
    stk_picked value;
    bool ignored;
    STK_TRY(stk_pick(v->picker, stk_log_line(unit, &ignored), arena, &value, err));
    if (value.type != STK_PICK_STRING)
        return stk_fail(err, STK_ERR_SYNTAX,
                        value.type == STK_PICK_ABSENT ? "no member \"value\""
                                                      : "\"value\" is no string");
    stk_event_init(out, STK_KIND_HTTP_REQUEST);
    out->u.http.method = STK_S("GET");
    out->u.http.protocol = STK_S("HTTP/1.1");
    out->u.http.target.raw = target_of(value.text, arena);
    if (out->u.http.target.raw.ptr == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a value");
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

const stk_decoder stk_decoder_values = {
    .name = "values",
    .summary = "NDJSON {\"value\":\"...\"}, each judged as the query of GET /?q=<value>",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = decode,
    .guess = guess,
};
