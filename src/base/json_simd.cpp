/* SPDX-License-Identifier: Apache-2.0 */
/* The only C++ of the house: simdjson behind a C face.
 *
 * simdjson's first stage checks the encoding and lists where structure stands; this file walks
 * that list itself. Its On Demand interface does the same for any question that one may have of a
 * document; asking one question only, a fixed set of members, takes half the time. A string ends
 * at the last byte ahead of the next structure, so nothing is scanned twice, and texts are
 * borrowed from the caller's bytes. The scratch memory is kept by the thread because making it
 * costs more than reading a line. */
#define SIMDJSON_EXCEPTIONS 0
extern "C" {
#include "base/json_simd.h"

#include "base/limits.h"
#include "base/scan.h"
#include "base/utf8.h"
}

#include <charconv>
#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

namespace
{
enum { SLOTS = 256, NODES = 2 * STK_PICK_FIELDS * 2, NAME_BLOCK = 32, ORDER = 64 };

/* One name at one level: a leaf that is wanted, a level of its own, or both. */
struct entry {
    stk_str name;
    char quoted[NAME_BLOCK]; /* the name and its closing quote, for names short enough */
    uint16_t level;          /* that this name stands in */
    int16_t leaf;            /* index of the path that ends here, or -1 */
    int16_t below;           /* the level inside, or -1 */
};

size_t slot_of(uint16_t level, const char *name, size_t len)
{
    size_t h = len * 131 + (unsigned char)name[0] * 7 + (unsigned char)name[len - 1] * 29 +
               (unsigned char)name[len / 2] * 61 + level * 17;
    return h % SLOTS;
}
} // namespace

struct stk_picker {
    size_t count, entry_count;
    uint16_t levels;
    entry entries[NODES];
    uint16_t slots[SLOTS]; /* 1 + index of an entry, 0: free; collisions go to the next */
};

namespace
{
entry *find(stk_picker *p, uint16_t level, const char *name, size_t len)
{
    if (len == 0)
        return nullptr;
    for (size_t s = slot_of(level, name, len); p->slots[s] != 0; s = (s + 1) % SLOTS) {
        entry *e = &p->entries[p->slots[s] - 1];
        if (e->level == level && e->name.len == len && memcmp(e->name.ptr, name, len) == 0)
            return e;
    }
    return nullptr;
}

entry *find_or_add(stk_picker *p, uint16_t level, stk_str name)
{
    entry *e = find(p, level, name.ptr, name.len);
    if (e != nullptr || name.len == 0 || p->entry_count == NODES)
        return e;
    e = &p->entries[p->entry_count++];
    *e = entry{};
    e->name = name;
    e->level = level;
    e->leaf = e->below = -1;
    if (name.len < NAME_BLOCK) {
        memcpy(e->quoted, name.ptr, name.len);
        e->quoted[name.len] = '"';
    }
    size_t s = slot_of(level, name.ptr, name.len);
    while (p->slots[s] != 0)
        s = (s + 1) % SLOTS;
    p->slots[s] = (uint16_t)p->entry_count;
    return e;
}

/* "a.b" as member b of a; level 0 also knows it as a member named "a.b". */
bool add_path(stk_picker *p, stk_str path, int16_t leaf)
{
    entry *whole = find_or_add(p, 0, path);
    if (whole == nullptr)
        return false;
    if (whole->leaf < 0)
        whole->leaf = leaf;
    uint16_t level = 0;
    for (size_t depth = 0; depth < STK_PICK_DEPTH; depth++) {
        const char *dot = static_cast<const char *>(memchr(path.ptr, '.', path.len));
        stk_str name = { path.ptr, dot == nullptr ? path.len : (size_t)(dot - path.ptr) };
        entry *e = find_or_add(p, level, name);
        if (e == nullptr)
            return false;
        if (dot == nullptr) {
            if (e->leaf < 0)
                e->leaf = leaf;
            return true;
        }
        if (e->below < 0)
            e->below = (int16_t)++p->levels;
        level = (uint16_t)e->below;
        path = stk_str{ dot + 1, path.len - name.len - 1 };
    }
    return false;
}

/* Scratch of a thread: simdjson's list, a copy of the line with room behind it, and a guess of the
 * order of members, which only decides which name is compared first. */
struct scratch {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    std::unique_ptr<char[]> bytes;
    size_t room = 0;
    uint16_t order[ORDER] = {}; /* entries met in the last line */

    bool hold(stk_str line)
    {
        size_t need = line.len + simdjson::SIMDJSON_PADDING;
        if (need > room && !grow(need < 4096 ? 4096 : need * 2))
            return false;
        memcpy(bytes.get(), line.ptr, line.len);
        memset(bytes.get() + line.len, ' ', simdjson::SIMDJSON_PADDING);
        return true;
    }

    bool grow(size_t size)
    {
        room = 0;
        bytes.reset(new (std::nothrow) char[size]);
        if (bytes == nullptr)
            return false;
        simdjson::error_code error =
            stage == nullptr
                ? simdjson::get_active_implementation()->create_dom_parser_implementation(
                      size, STK_PICK_DEPTH, stage)
                : stage->set_capacity(size);
        if (error != simdjson::SUCCESS)
            return false;
        room = size;
        return true;
    }
};

/* A walk along the list of structure: braces, brackets, colons, commas, and the first bytes of
 * strings and other scalars. */
struct reading {
    const stk_picker *picker;
    const char *text; /* the padded copy; offsets are those of the line */
    stk_str line;
    const uint32_t *index;
    size_t count, at;
    stk_arena *arena;
    stk_picked *picked;
    bool escapes; /* the line holds a backslash somewhere */
    bool no_memory;
    uint16_t *order;
    size_t met;

    char now() const
    {
        return at < count ? text[index[at]] : '\0';
    }
};

/* Where the scalar that starts at index[at] ends, blanks aside: behind its last byte. */
size_t end_of(const reading &r, size_t at)
{
    size_t end = at + 1 < r.count ? r.index[at + 1] : r.line.len;
    while (end > r.index[at] && (r.text[end - 1] == ' ' || r.text[end - 1] == '\t' ||
                                 r.text[end - 1] == '\r' || r.text[end - 1] == '\n'))
        end--;
    return end;
}

/* The inside of the string at index[at]; false when its last quote is not where it should be. */
bool inside_of(const reading &r, size_t at, stk_str *ret)
{
    size_t start = r.index[at] + 1, end = end_of(r, at);
    if (end <= start || r.text[end - 1] != '"')
        return false;
    *ret = stk_str{ r.line.ptr + start, end - 1 - start };
    return true;
}

bool take_string(reading &r, stk_picked *out)
{
    if (!inside_of(r, r.at, &out->text))
        return false;
    out->type = STK_PICK_STRING;
    if (!r.escapes || out->text.len == 0 || memchr(out->text.ptr, '\\', out->text.len) == nullptr)
        return true;
    stk_str plain;
    bool right = stk_json_unescape(out->text, r.arena, &plain);
    r.no_memory = plain.ptr == nullptr;
    out->text = plain;
    return right;
}

bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 8259 section 6. */
bool take_number(stk_str s, stk_picked *out)
{
    size_t minus = s.len > 0 && s.ptr[0] == '-', digits = s.len - minus;
    if (digits == 0 || !digit(s.ptr[minus]) || !digit(s.ptr[s.len - 1]) ||
        (digits > 1 && s.ptr[minus] == '0' && digit(s.ptr[minus + 1])))
        return false;
    int64_t v = 0;
    size_t i = minus;
    for (; i < s.len && digits <= 18 && digit(s.ptr[i]); i++)
        v = v * 10 + (s.ptr[i] - '0');
    out->text = s;
    if (i == s.len) {
        out->type = STK_PICK_INT;
        out->integer = minus ? -v : v;
        out->real = (double)out->integer;
        return true;
    }
    out->type = STK_PICK_REAL;
    std::from_chars_result done = std::from_chars(s.ptr, s.ptr + s.len, out->real);
    return done.ptr == s.ptr + s.len && done.ec == std::errc();
}

bool take_scalar(reading &r, stk_picked *out)
{
    size_t start = r.index[r.at];
    stk_str word = { r.line.ptr + start, end_of(r, r.at) - start };
    if (stk_str_eq(word, STK_S("null"))) {
        out->type = STK_PICK_NULL;
        return true;
    }
    out->truth = stk_str_eq(word, STK_S("true"));
    if (out->truth || stk_str_eq(word, STK_S("false"))) {
        out->type = STK_PICK_BOOL;
        return true;
    }
    return take_number(word, out);
}

/* Pass over the value at index[at], to what follows it: brackets must match, and nest no deeper
 * than STK_NEST_DEPTH; what is inside is nobody's concern. */
bool pass_value(reading &r)
{
    uint64_t braces = 0; /* a bit for each open bracket: is it a brace? */
    size_t depth = 0;
    do {
        char c = r.now();
        bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';
        if (c == '\0' || (depth == 0 && (c == ',' || c == ':')) ||
            (opens && depth == STK_NEST_DEPTH) ||
            (closes && (depth == 0 || (braces & 1) != (c == '}'))))
            return false;
        if (opens)
            braces = braces << 1 | (c == '{');
        else if (closes)
            braces >>= 1;
        depth = depth + opens - closes;
        r.at++;
    } while (depth > 0);
    return true;
}

/* The value at index[at] into picked[leaf]; of a list its first element. */
bool take(reading &r, int16_t leaf)
{
    stk_picked *out = &r.picked[leaf];
    char c = r.now();
    if (c == '"')
        return take_string(r, out) && pass_value(r);
    *out = stk_picked{};
    if (c == '{' || c == '[') {
        out->type = c == '{' ? STK_PICK_OBJECT : STK_PICK_LIST;
        if (c == '[' && r.at + 1 < r.count) {
            size_t list = r.at++;
            char first = r.now();
            bool right = first == '"'                   ? take_string(r, out)
                         : first == '{'                 ? (out->type = STK_PICK_OBJECT, true)
                         : first == '[' || first == ']' ? true
                                                        : take_scalar(r, out);
            r.at = list;
            if (!right)
                return false;
        }
        return pass_value(r);
    }
    return c != '\0' && c != ',' && c != ':' && c != '}' && c != ']' && take_scalar(r, out) &&
           pass_value(r);
}

/* Does the member that starts at `name` bear the name of `e`? Reads NAME_BLOCK bytes, which the
 * padding allows. */
bool bears(const entry *e, uint16_t level, const char *name)
{
    if (e->level != level || e->name.len >= NAME_BLOCK || e->name.len == 0)
        return false;
#ifdef __SSE2__
    uint64_t equal = 0;
    for (int half = 0; half < NAME_BLOCK; half += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(e->quoted + half));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(name + half));
        equal |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) << half;
    }
    uint64_t wanted = (UINT64_C(2) << e->name.len) - 1;
    return (equal & wanted) == wanted;
#else
    return memcmp(e->quoted, name, e->name.len + 1) == 0;
#endif
}

/* The entry of a member. Lines of one source have their members in one order, so what stood at
 * this place in the last line is tried first. */
const entry *entry_of(reading &r, uint16_t level)
{
    size_t place = r.met++ % ORDER;
    const entry *guess = &r.picker->entries[r.order[place] % NODES];
    const char *name = r.text + r.index[r.at] + 1;
    if (bears(guess, level, name))
        return guess;
    stk_str inside;
    if (!inside_of(r, r.at, &inside))
        return nullptr;
    const entry *e = find(const_cast<stk_picker *>(r.picker), level, inside.ptr, inside.len);
    if (e != nullptr)
        r.order[place] = (uint16_t)(e - r.picker->entries);
    return e;
}

/* The object at index[at], to what follows it. Its depth is bounded by that of the paths. */
bool walk(reading &r, uint16_t level)
{
    r.at++;
    if (r.now() == '}') {
        r.at++;
        return true;
    }
    for (;;) {
        if (r.at + 2 >= r.count || r.now() != '"' || r.text[r.index[r.at + 1]] != ':')
            return false;
        const entry *e = entry_of(r, level);
        r.at += 2;
        bool right = e == nullptr || (e->leaf < 0 && (e->below < 0 || r.now() != '{'))
                         ? pass_value(r)
                     : e->below >= 0 && r.now() == '{' ? walk(r, (uint16_t)e->below)
                                                       : take(r, e->leaf);
        if (!right)
            return false;
        char c = r.now();
        r.at++;
        if (c == '}')
            return true;
        if (c != ',')
            return false;
    }
}
} // namespace

extern "C" stk_status stk_picker_new(const stk_str *paths, size_t count, stk_arena *life,
                                     const stk_picker **ret, stk_error *err)
{
    if (count > STK_PICK_FIELDS)
        return stk_fail(err, STK_ERR_LIMIT, "%zu fields are asked for, %d are possible", count,
                        (int)STK_PICK_FIELDS);
    stk_picker *p = static_cast<stk_picker *>(stk_arena_alloc(life, 1, sizeof(stk_picker)));
    if (p == nullptr)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a list of fields");
    p->count = count;
    for (size_t i = 0; i < count; i++)
        if (!add_path(p, paths[i], (int16_t)i))
            return stk_fail(err, STK_ERR_LIMIT, "field %zu is empty, or it or the list is too deep",
                            i + 1);
    *ret = p;
    return STK_OK;
}

extern "C" stk_status stk_pick(const stk_picker *picker, stk_str line, stk_arena *arena,
                               stk_picked *picked, stk_error *err)
{
    static thread_local scratch thread;
    for (size_t i = 0; i < picker->count; i++)
        picked[i].type = STK_PICK_ABSENT;
    if (line.len == 0)
        return stk_fail(err, STK_ERR_SYNTAX, "not JSON: nothing there");
    if (!thread.hold(line))
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line of JSON");
    simdjson::error_code error = thread.stage->stage1((const uint8_t *)thread.bytes.get(), line.len,
                                                      simdjson::stage1_mode::regular);
    if (error != simdjson::SUCCESS)
        return stk_fail(err, STK_ERR_SYNTAX, "not JSON: %s", simdjson::error_message(error));
    reading r = {};
    r.picker = picker;
    r.text = thread.bytes.get();
    r.line = line;
    r.index = thread.stage->structural_indexes.get();
    r.count = thread.stage->n_structural_indexes;
    r.arena = arena;
    r.picked = picked;
    r.escapes = memchr(line.ptr, '\\', line.len) != nullptr;
    r.order = thread.order;
    if (r.now() == '{' && walk(r, 0) && r.at == r.count)
        return STK_OK;
    if (r.no_memory)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line of JSON");
    return stk_fail(err, STK_ERR_SYNTAX, "not JSON: not one well-formed object");
}

namespace
{
int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        int d = stk_hex_digit(p[i]);
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

/* \uXXXX at p (behind the backslash: p[0] == 'u'), a pair where there is one; bytes used, 0: bad.
 */
size_t read_u(const char *p, const char *end, uint32_t *code)
{
    int first = end - p >= 5 ? hex4(p + 1) : -1;
    if (first < 0)
        return 0;
    *code = (uint32_t)first;
    if (first < 0xd800 || first > 0xdfff)
        return 5;
    int second = first < 0xdc00 && end - p >= 11 && p[5] == '\\' && p[6] == 'u' ? hex4(p + 7) : -1;
    if (second >= 0xdc00 && second <= 0xdfff) {
        *code = 0x10000 + ((uint32_t)(first - 0xd800) << 10) + (uint32_t)(second - 0xdc00);
        return 11;
    }
    *code = 0xfffd;
    return 5;
}
} // namespace

extern "C" bool stk_json_unescape(stk_str inside, stk_arena *arena, stk_str *ret)
{
    char *out = stk_arena_bytes(arena, inside.len + 1);
    *ret = stk_str{ out, 0 };
    if (out == nullptr)
        return false;
    const char *p = inside.ptr, *end = inside.ptr + inside.len;
    char *to = out;
    while (p < end) {
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        static const char from[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
        const char *known = ++p < end && *p != '\0' ? strchr(from, *p) : nullptr;
        uint32_t code;
        size_t used = known == nullptr && p < end && *p == 'u' ? read_u(p, end, &code) : 0;
        if (known == nullptr && used == 0)
            return false;
        if (known != nullptr)
            *to++ = meant[known - from];
        else
            to += stk_utf8_put(code, to); /* 6 bytes of escape are never shorter than their UTF-8 */
        p += known != nullptr ? 1 : used;
    }
    ret->len = (size_t)(to - out);
    return true;
}
