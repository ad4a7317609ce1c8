/* SPDX-License-Identifier: Apache-2.0 */
/* Which language the body is in: what its Content-Type claims, and without one what it looks like.
 */
#include "model/carry/parts.h"

static stk_str content_type(const stk_http *http)
{
    for (size_t i = 0; i < http->header_count; i++)
        if (stk_str_is(http->headers[i].name, "content-type"))
            return http->headers[i].value.raw;
    return (stk_str){ 0 };
}

/* The boundary parameter of multipart/..., RFC 2046 5.1.1; empty: none. */
static stk_str boundary_of(stk_str type)
{
    for (size_t i = 0; i < type.len; i++) {
        if (type.ptr[i] != ';')
            continue;
        stk_str rest = stk_str_trim(stk_str_from(type, i + 1, type.len));
        if (!stk_str_starts(rest, "boundary="))
            continue;
        rest = stk_str_from(rest, strlen("boundary="), rest.len);
        char stop = ';';
        if (rest.len != 0 && rest.ptr[0] == '"') {
            rest = stk_str_from(rest, 1, rest.len);
            stop = '"';
        }
        const char *end = rest.len == 0 ? NULL : memchr(rest.ptr, stop, rest.len);
        if (end != NULL)
            rest.len = (size_t)(end - rest.ptr);
        return stop == '"' ? rest : stk_str_trim(rest);
    }
    return (stk_str){ 0 };
}

static bool media_ends(stk_str media, const char *suffix)
{
    size_t n = strlen(suffix);
    return media.len >= n && stk_str_is(stk_str_from(media, media.len - n, media.len), suffix);
}

static stk_body_form claimed(stk_str type)
{
    const char *end = type.len == 0 ? NULL : memchr(type.ptr, ';', type.len);
    stk_str media = end == NULL ? type : stk_str_from(type, 0, (size_t)(end - type.ptr));
    media = stk_str_trim(media);
    if (stk_str_is(media, "application/x-www-form-urlencoded"))
        return STK_BODY_FORM;
    if (media_ends(media, "/json") || media_ends(media, "+json"))
        return STK_BODY_JSON;
    if (media_ends(media, "/xml") || media_ends(media, "+xml"))
        return STK_BODY_XML;
    if (stk_str_starts(media, "multipart/"))
        return STK_BODY_MULTIPART;
    return media.len == 0 ? STK_BODY_NONE : STK_BODY_OTHER;
}

static stk_body_form guessed(stk_str body)
{
    stk_str seen = stk_str_trim(body);
    if (seen.len == 0)
        return STK_BODY_OTHER;
    if (seen.ptr[0] == '{' || seen.ptr[0] == '[')
        return STK_BODY_JSON;
    if (seen.ptr[0] == '<')
        return STK_BODY_XML;
    return memchr(seen.ptr, '=', seen.len) != NULL ? STK_BODY_FORM : STK_BODY_OTHER;
}

void stk_carry_body(stk_carrier *c)
{
    stk_str body = c->http->body.raw;
    if (body.len == 0)
        return;
    if (body.len > STK_BODY_BYTES) {
        body.len = STK_BODY_BYTES;
        c->out->cut = true;
    }
    stk_str type = content_type(c->http);
    stk_body_form form = claimed(type);
    if (form == STK_BODY_NONE)
        form = guessed(body);
    c->out->body = form;
    stk_str boundary = boundary_of(type);
    if (form == STK_BODY_FORM)
        stk_carry_form(c, STK_PLACE_BODY, body);
    else if (form == STK_BODY_JSON)
        stk_carry_json(c, body);
    else if (form == STK_BODY_XML)
        stk_carry_xml(c, body);
    else if (form == STK_BODY_MULTIPART && boundary.len != 0)
        stk_carry_multipart(c, body, boundary);
    else
        stk_carrier_add(c, STK_PLACE_BODY, STK_S(""), body, STK_LAYER_NONE);
    if (form == STK_BODY_MULTIPART && boundary.len == 0)
        c->out->body_broken = true;
}
