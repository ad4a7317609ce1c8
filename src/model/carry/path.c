/* SPDX-License-Identifier: Apache-2.0 */
/* The request target: its path as nginx would map it (ngx_http_parse_complex_uri), its query.
 *
 * Percent is taken off once, and what comes out counts: an encoded slash separates and encoded
 * dots climb, but an encoded '%', '#' or '?' is only itself. Then "//" and "/./" merge and "/../"
 * climbs. A path that climbs above the root, which nginx refuses, stops at the root and is marked.
 */
#include "model/carry/parts.h"

/* Without "http://host" of the absolute form; "*" and "host:port" stay as they are. */
static stk_str without_authority(stk_str target)
{
    if (target.len != 0 && target.ptr[0] == '/')
        return target;
    for (size_t i = 0; i < target.len && target.ptr[i] != '?' && target.ptr[i] != '/'; i++) {
        if (target.ptr[i] != ':' || target.len - i < 3 || memcmp(target.ptr + i, "://", 3) != 0)
            continue;
        for (i += 3; i < target.len; i++)
            if (target.ptr[i] == '/' || target.ptr[i] == '?')
                return stk_str_from(target, i, target.len);
        return STK_S("/");
    }
    return target;
}

/* Drop the last segment of out[0..n), which ends in '/'; n stays at least 1. */
static size_t climb(const char *out, size_t n, uint32_t *met)
{
    if (n <= 1) {
        *met |= STK_MET_DOTS_ABOVE_ROOT;
        return n;
    }
    n--;
    while (n > 1 && out[n - 1] != '/')
        n--;
    return n;
}

/* The segment out[from..n) is complete: resolve it if it is dots. Returns the new length. */
static size_t close_segment(const char *out, size_t from, size_t n, uint32_t *met, bool *resolved)
{
    if (n - from == 1 && out[from] == '.') {
        *resolved = true;
        return from;
    }
    if (n - from == 2 && out[from] == '.' && out[from + 1] == '.') {
        *resolved = true;
        return climb(out, from, met);
    }
    return n;
}

/* nginx's path of decoded bytes; `out` has room for s.len + 1. */
static size_t resolve(stk_str s, char *out, uint32_t *met, bool *changed)
{
    size_t n = 0, segment = 1;
    out[n++] = '/';
    for (size_t i = s.len != 0 && s.ptr[0] == '/'; i < s.len; i++) {
        if (s.ptr[i] != '/') {
            out[n++] = s.ptr[i];
            continue;
        }
        if (n == segment) { /* "//" */
            *changed = true;
            continue;
        }
        n = close_segment(out, segment, n, met, changed);
        if (out[n - 1] != '/')
            out[n++] = '/';
        segment = n;
    }
    return close_segment(out, segment, n, met, changed);
}

static bool needs_resolving(stk_str path)
{
    for (size_t i = 0; i + 1 < path.len; i++)
        if (path.ptr[i] == '/' && (path.ptr[i + 1] == '/' || path.ptr[i + 1] == '.'))
            return true;
    return path.len == 0 || path.ptr[0] != '/';
}

/* `once` is the path the server maps; `text` is decoded to the end and keeps its dots, because
 * what somebody tried to climb to is what a reader wants to see. */
static void add_path(stk_carrier *c, stk_str raw)
{
    stk_value *v = stk_carrier_next(c, STK_PLACE_PATH);
    if (v == NULL)
        return;
    stk_carrier_settle(c, v, raw, stk_decode_value(c->arena, raw, STK_LAYER_PERCENT, v));
    stk_str once = v->once.raw;
    c->out->path = once;
    if (!needs_resolving(once))
        return;
    char *out = stk_arena_bytes(c->arena, once.len + 1);
    if (out == NULL) {
        c->out->cut = true;
        return;
    }
    bool changed = false;
    size_t n = resolve(once, out, &v->met, &changed);
    c->out->path = v->once.raw = (stk_str){ out, n };
}

void stk_carry_target(stk_carrier *c, stk_str target)
{
    stk_str rest = without_authority(target);
    const char *hash = rest.len == 0 ? NULL : memchr(rest.ptr, '#', rest.len);
    if (hash != NULL)
        rest.len = (size_t)(hash - rest.ptr);
    const char *mark = rest.len == 0 ? NULL : memchr(rest.ptr, '?', rest.len);
    size_t path_len = mark == NULL ? rest.len : (size_t)(mark - rest.ptr);
    add_path(c, stk_str_from(rest, 0, path_len));
    if (mark != NULL)
        stk_carry_form(c, STK_PLACE_QUERY, stk_str_from(rest, path_len + 1, rest.len));
}
