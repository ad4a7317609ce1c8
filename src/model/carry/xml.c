/* SPDX-License-Identifier: Apache-2.0 */
/* The values of an XML body (XML 1.0): text as "order.item", attributes as "order.item@id", and the
 * document type declaration whole, as "!DOCTYPE", for whoever looks for external entities.
 *
 * Nothing is ever expanded: a reference that is not one of XML's five or a number stays as written,
 * so a billion laughs costs what its bytes cost. Depth is bounded by STK_NEST_DEPTH (deeper
 * elements are read under the name of the deepest), each byte is read once. */
#include "base/utf8.h"
#include "model/carry/parts.h"

enum { PATH_BYTES = 256 };

typedef struct reader {
    stk_carrier *c;
    stk_str s;
    size_t at;
    char path[PATH_BYTES];
    size_t path_len;
    size_t level[STK_NEST_DEPTH]; /* path_len of the parents */
    size_t depth, too_deep;
} reader;

static bool starts(const reader *r, const char *what)
{
    size_t n = strlen(what);
    return r->s.len - r->at >= n && memcmp(r->s.ptr + r->at, what, n) == 0;
}

/* Behind the next `mark`; false: there is none, and the position is unchanged. */
static bool skip_past(reader *r, const char *mark)
{
    const char *p = memmem(r->s.ptr + r->at, r->s.len - r->at, mark, strlen(mark));
    if (p == NULL)
        return false;
    r->at = (size_t)(p - r->s.ptr) + strlen(mark);
    return true;
}

static stk_str unreference(stk_arena *arena, stk_str s, uint32_t *met)
{
    if (s.len == 0 || memchr(s.ptr, '&', s.len) == NULL)
        return s;
    char *out = stk_arena_bytes(arena, s.len);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < s.len;) {
        uint32_t code;
        size_t took = s.ptr[i] == '&' ? stk_entity(s, i, true, &code) : 0;
        if (took == 0) {
            out[n++] = s.ptr[i++];
            continue;
        }
        *met |= STK_MET_ENTITY;
        n += stk_utf8_put(code, out + n);
        i += took;
    }
    return (stk_str){ out, n };
}

static void add(reader *r, size_t name_len, stk_str raw, bool references)
{
    uint32_t met = 0;
    stk_str once = references ? unreference(r->c->arena, raw, &met) : raw;
    stk_str name = stk_arena_copy(r->c->arena, (stk_str){ r->path, name_len });
    if (name.ptr == NULL || (once.ptr == NULL && raw.len != 0)) {
        r->c->full = r->c->out->cut = true;
        return;
    }
    stk_carrier_add_once(r->c, STK_PLACE_BODY, name, once, met, met != 0);
}

static size_t append(reader *r, size_t len, char separator, stk_str name)
{
    if (len != 0 && len < PATH_BYTES)
        r->path[len++] = separator;
    size_t n = name.len < PATH_BYTES - len ? name.len : PATH_BYTES - len;
    if (n != 0)
        memcpy(r->path + len, name.ptr, n);
    return len + n;
}

static stk_str name_here(reader *r)
{
    size_t from = r->at;
    while (r->at < r->s.len && memchr(" \t\r\n/>=<\"'", r->s.ptr[r->at], 10) == NULL)
        r->at++;
    return stk_str_from(r->s, from, r->at);
}

static void skip_blanks(reader *r)
{
    while (r->at < r->s.len && memchr(" \t\r\n", r->s.ptr[r->at], 4) != NULL)
        r->at++;
}

/* name="value" pairs up to '>' or "/>". False: the tag does not end. */
static bool attributes(reader *r, bool *closed)
{
    *closed = false;
    while (!r->c->full) {
        skip_blanks(r);
        if (r->at >= r->s.len)
            return false;
        char c = r->s.ptr[r->at];
        if (c == '>' || c == '/') {
            *closed |= c == '/';
            r->at++;
            if (c == '>')
                return true;
            continue;
        }
        stk_str name = name_here(r);
        if (name.len == 0)
            return false;
        stk_str plain = stk_carrier_name(r->c, name, STK_LAYER_NONE);
        skip_blanks(r);
        if (r->at >= r->s.len || r->s.ptr[r->at] != '=')
            continue; /* as HTML allows */
        r->at++;
        skip_blanks(r);
        char quote = r->at < r->s.len ? r->s.ptr[r->at] : '\0';
        const char *end = quote == '"' || quote == '\''
                              ? memchr(r->s.ptr + r->at + 1, quote, r->s.len - r->at - 1)
                              : NULL;
        if (end == NULL)
            return false;
        size_t stop = (size_t)(end - r->s.ptr);
        add(r, append(r, r->path_len, '@', plain), stk_str_from(r->s, r->at + 1, stop), true);
        r->at = stop + 1;
    }
    return true;
}

static bool open_tag(reader *r)
{
    r->at++;
    stk_str name = name_here(r);
    if (name.len == 0)
        return false;
    name = stk_carrier_name(r->c, name, STK_LAYER_NONE);
    if (r->depth < STK_NEST_DEPTH) {
        r->level[r->depth++] = r->path_len;
        r->path_len = append(r, r->path_len, '.', name);
    } else {
        r->too_deep++;
    }
    bool closed;
    if (!attributes(r, &closed))
        return false;
    if (closed && r->too_deep != 0)
        r->too_deep--;
    else if (closed)
        r->path_len = r->level[--r->depth];
    return true;
}

static bool close_tag(reader *r)
{
    if (!skip_past(r, ">") || (r->depth == 0 && r->too_deep == 0))
        return false;
    if (r->too_deep != 0)
        r->too_deep--;
    else
        r->path_len = r->level[--r->depth];
    return true;
}

/* <!DOCTYPE ... [ ... ]>: carried whole. */
static bool doctype(reader *r)
{
    size_t from = r->at;
    const char *left = r->s.ptr + from, *end = memchr(left, '>', r->s.len - from);
    size_t head = end == NULL ? r->s.len - from : (size_t)(end - left);
    bool fine = end != NULL;
    if (memchr(left, '[', head) != NULL)
        fine = skip_past(r, "]") && skip_past(r, ">");
    else if (fine)
        r->at = from + head + 1;
    if (!fine)
        r->at = r->s.len;
    stk_carrier_add_once(r->c, STK_PLACE_BODY, STK_S("!DOCTYPE"), stk_str_from(r->s, from, r->at),
                         0, 0);
    return fine;
}

static bool text(reader *r)
{
    const char *next = memchr(r->s.ptr + r->at, '<', r->s.len - r->at);
    size_t stop = next == NULL ? r->s.len : (size_t)(next - r->s.ptr);
    stk_str inside = stk_str_trim(stk_str_from(r->s, r->at, stop));
    r->at = stop;
    if (inside.len != 0)
        add(r, r->path_len, inside, true);
    return true;
}

static bool cdata(reader *r)
{
    size_t from = r->at + strlen("<![CDATA[");
    r->at = from;
    if (!skip_past(r, "]]>"))
        return false;
    add(r, r->path_len, stk_str_from(r->s, from, r->at - strlen("]]>")), false);
    return true;
}

static bool step(reader *r)
{
    if (r->s.ptr[r->at] != '<')
        return text(r);
    if (starts(r, "<?"))
        return skip_past(r, "?>");
    if (starts(r, "<!--"))
        return skip_past(r, "-->");
    if (starts(r, "<![CDATA["))
        return cdata(r);
    if (starts(r, "<!"))
        return doctype(r);
    return starts(r, "</") ? close_tag(r) : open_tag(r);
}

void stk_carry_xml(stk_carrier *c, stk_str bytes)
{
    reader r = { .c = c, .s = bytes };
    bool fine = true;
    while (fine && r.at < bytes.len && !c->full)
        fine = step(&r);
    if (c->full || (fine && r.depth == 0))
        return;
    c->out->body_broken = true;
    if (r.at < bytes.len)
        stk_carrier_add(c, STK_PLACE_BODY, STK_S(""), stk_str_from(bytes, r.at, bytes.len),
                        STK_LAYER_NONE);
}
