/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint and parameters of a request. */
#include "detect/profile/request.h"

#include "detect/profile/traits.h"

#include <strings.h>

static bool is_digits(stk_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return s.len != 0;
}

static bool separates(char c)
{
    return c == '.' || c == '[' || c == ']';
}

/* Positions in lists are not names: items[3] and items[4] are one parameter. A name that begins
 * with a digit is its own. */
static stk_str collapse(stk_str name, char out[STK_ASKED_NAME])
{
    bool any = false;
    for (size_t i = 1; i < name.len && !any; i++)
        any = separates(name.ptr[i - 1]) && name.ptr[i] >= '0' && name.ptr[i] <= '9';
    if (!any)
        return (stk_str){ name.ptr, name.len < STK_ASKED_NAME ? name.len : STK_ASKED_NAME };
    size_t n = 0;
    for (size_t i = 0; i < name.len && n < STK_ASKED_NAME;) {
        size_t end = i;
        while (end < name.len && !separates(name.ptr[end]))
            end++;
        stk_str part = { name.ptr + i, end - i };
        if (i != 0 && is_digits(part))
            part = STK_S("{}");
        size_t room = STK_ASKED_NAME - n, take = part.len < room ? part.len : room;
        if (take != 0)
            memcpy(out + n, part.ptr, take);
        n += take;
        if (end < name.len && n < STK_ASKED_NAME)
            out[n++] = name.ptr[end];
        i = end + 1;
    }
    return (stk_str){ out, n };
}

static stk_str media_of(const stk_http *http)
{
    for (size_t i = 0; i < http->header_count; i++) {
        const stk_header *h = &http->headers[i];
        if (h->name.len != 12 || strncasecmp(h->name.ptr, "content-type", 12) != 0)
            continue;
        stk_str v = h->value.raw;
        const char *end = v.len == 0 ? NULL : memchr(v.ptr, ';', v.len);
        return end == NULL ? v : (stk_str){ v.ptr, (size_t)(end - v.ptr) };
    }
    return (stk_str){ 0 };
}

bool stk_asked_of(const stk_unit *unit, stk_asked *out)
{
    if (unit->event->kind != STK_KIND_HTTP_REQUEST || unit->carried == NULL)
        return false;
    const stk_http *http = &unit->event->u.http;
    const stk_carried *carried = unit->carried;
    out->unit = unit;
    /* HEAD asks for what GET would get. */
    out->method = stk_str_eq(http->method, STK_S("HEAD")) ? STK_S("GET") : http->method;
    out->media = media_of(http);
    out->with_body = carried->body != STK_BODY_NONE;
    out->path = carried->path;
    const char *mark = out->path.len == 0 ? NULL : memchr(out->path.ptr, ';', out->path.len);
    if (mark != NULL)
        out->path.len = (size_t)(mark - out->path.ptr);
    out->endpoint = (stk_str){ out->text, stk_endpoint(out->path, out->text) };
    out->hash = stk_text_payload(out->endpoint);
    out->count = 0;
    for (size_t i = 0; i < carried->count && out->count < STK_ASKED_PARAMETERS; i++) {
        const stk_value *v = &carried->values[i];
        if (v->place != STK_PLACE_QUERY && v->place != STK_PLACE_BODY && v->place != STK_PLACE_FILE)
            continue;
        stk_asked_parameter *p = &out->parameter[out->count];
        p->value = v;
        p->name = collapse(v->name.raw, out->names[out->count]);
        p->hash = stk_text_payload(p->name);
        out->count++;
    }
    return true;
}

static size_t last_slash(stk_str s)
{
    size_t n = s.len;
    while (n != 0 && s.ptr[n - 1] != '/')
        n--;
    return n;
}

stk_str stk_asked_folder(stk_str endpoint)
{
    return (stk_str){ endpoint.ptr, last_slash(endpoint) };
}

stk_str stk_asked_suffix(stk_str endpoint)
{
    size_t from = last_slash(endpoint);
    for (size_t i = endpoint.len; i > from; i--)
        if (endpoint.ptr[i - 1] == '.')
            return (stk_str){ endpoint.ptr + i, endpoint.len - i };
    return (stk_str){ 0 };
}

/* Classes of characters in the name, once each in order of class, then the extension. */
stk_str stk_asked_stem(stk_str endpoint, char out[STK_STEM_BYTES])
{
    size_t from = last_slash(endpoint), suffix = stk_asked_suffix(endpoint).len;
    size_t to = endpoint.len - suffix;
    uint64_t classes = 0;
    for (size_t i = from; i < to; i++)
        classes |= UINT64_C(1) << stk_class_of((unsigned char)endpoint.ptr[i]);
    size_t n = 0;
    for (; classes != 0 && n < STK_STEM_BYTES; classes &= classes - 1) {
        stk_class c = (stk_class)__builtin_ctzll(classes);
        out[n++] = c < STK_CLASS_SIGNS ? (char)('a' + c) : stk_class_name(c)[0];
    }
    for (size_t i = to; i < endpoint.len && n < STK_STEM_BYTES; i++)
        out[n++] = endpoint.ptr[i];
    return (stk_str){ out, n };
}

stk_str stk_asked_any(stk_str endpoint, char out[STK_ENDPOINT_BYTES])
{
    stk_str folder = stk_asked_folder(endpoint), suffix = stk_asked_suffix(endpoint);
    if (folder.len + suffix.len + 2 > STK_ENDPOINT_BYTES)
        return endpoint;
    size_t n = folder.len;
    memcpy(out, folder.ptr, n);
    out[n++] = '*';
    if (suffix.len != 0) {
        out[n++] = '.';
        memcpy(out + n, suffix.ptr, suffix.len);
        n += suffix.len;
    }
    return (stk_str){ out, n };
}

bool stk_asked_is_static(stk_str suffix)
{
    static const char *const known[] = { "css",  "js",   "mjs",   "map",  "png",
                                         "jpg",  "jpeg", "gif",   "svg",  "ico",
                                         "webp", "avif", "woff2", "woff", "ttf" };
    for (size_t i = 0; i < STK_COUNT(known); i++)
        if (suffix.len == strlen(known[i]) && strncasecmp(suffix.ptr, known[i], suffix.len) == 0)
            return true;
    return false;
}
