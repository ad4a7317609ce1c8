/* SPDX-License-Identifier: Apache-2.0 */
/* The only C++ of the house: simdjson behind a C face.
 *
 * simdjson finds the structure and checks the encoding; strings are then borrowed from the
 * caller's own bytes at the same offset, so that a line without escapes is not copied again.
 * The parser is kept by the thread because making one costs more than reading a line. */
#define SIMDJSON_EXCEPTIONS 0
extern "C" {
#include "base/json_simd.h"

#include "base/scan.h"
#include "base/utf8.h"
}

#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

namespace od = simdjson::ondemand;

namespace
{
enum { SLOTS = 256, NODES = 2 * STK_PICK_FIELDS * 2 };

/* One name at one level: a leaf that is wanted, a level of its own, or both. */
struct entry {
    stk_str name;
    uint16_t level; /* that this name stands in */
    int16_t leaf;   /* index of the path that ends here, or -1 */
    int16_t below;  /* the level inside, or -1 */
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
    *e = entry{ name, level, -1, -1 };
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

/* Scratch of a thread: simdjson's index and a copy of the line with room behind it. */
struct scratch {
    od::parser parser{ 4u << 20 };
    std::unique_ptr<char[]> bytes;
    size_t room = 0;

    bool hold(stk_str line)
    {
        size_t need = line.len + simdjson::SIMDJSON_PADDING;
        if (need > room) {
            size_t grown = need < 4096 ? 4096 : need * 2;
            bytes.reset(new (std::nothrow) char[grown]);
            room = bytes == nullptr ? 0 : grown;
            if (bytes == nullptr)
                return false;
        }
        memcpy(bytes.get(), line.ptr, line.len);
        memset(bytes.get() + line.len, 0, simdjson::SIMDJSON_PADDING);
        return true;
    }
};

struct reading {
    const stk_picker *picker;
    stk_str line;
    const char *copy;
    stk_arena *arena;
    stk_picked *picked;
    bool no_memory;
};

simdjson::error_code take_string(reading &r, const char *inside, stk_picked *out)
{
    size_t start = (size_t)(inside - r.copy);
    size_t end = stk_scan2(r.line, start, '"', '\\');
    out->type = STK_PICK_STRING;
    if (end < r.line.len && r.line.ptr[end] == '"') {
        out->text = stk_str{ r.line.ptr + start, end - start };
        return simdjson::SUCCESS;
    }
    while (end < r.line.len && r.line.ptr[end] != '"')
        end = stk_scan2(r.line, end + (r.line.ptr[end] == '\\' ? 2 : 1), '"', '\\');
    if (end >= r.line.len)
        return simdjson::UNCLOSED_STRING;
    if (!stk_json_unescape(stk_str{ r.line.ptr + start, end - start }, r.arena, &out->text)) {
        r.no_memory = out->text.ptr == nullptr;
        return simdjson::STRING_ERROR;
    }
    return simdjson::SUCCESS;
}

bool whole_number(stk_str s, int64_t *ret)
{
    bool minus = s.len > 0 && s.ptr[0] == '-';
    size_t digits = s.len - minus;
    if (digits == 0 || digits > 18 || (digits > 1 && s.ptr[minus] == '0'))
        return false;
    int64_t v = 0;
    for (size_t i = minus; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (s.ptr[i] - '0');
    }
    *ret = minus ? -v : v;
    return true;
}

simdjson::error_code take_number(reading &r, od::value value, stk_picked *out)
{
    std::string_view token = value.raw_json_token();
    size_t len = token.size();
    while (len > 0 && (token[len - 1] == ' ' || token[len - 1] == '\t' || token[len - 1] == '\r' ||
                       token[len - 1] == '\n'))
        len--;
    out->text = stk_str{ r.line.ptr + (token.data() - r.copy), len };
    if (whole_number(out->text, &out->integer)) {
        out->type = STK_PICK_INT;
        out->real = (double)out->integer;
        return simdjson::SUCCESS;
    }
    out->type = STK_PICK_REAL;
    return value.get_double().get(out->real);
}

simdjson::error_code take(reading &r, od::value value, int16_t leaf)
{
    stk_picked *out = &r.picked[leaf];
    *out = stk_picked{};
    od::json_type type;
    if (auto error = value.type().get(type))
        return error;
    switch (type) {
    case od::json_type::string: {
        od::raw_json_string raw;
        if (auto error = value.get_raw_json_string().get(raw))
            return error;
        return take_string(r, raw.raw(), out);
    }
    case od::json_type::number:
        return take_number(r, value, out);
    case od::json_type::boolean:
        out->type = STK_PICK_BOOL;
        return value.get_bool().get(out->truth);
    case od::json_type::null: {
        bool null = false;
        out->type = STK_PICK_NULL;
        if (auto error = value.is_null().get(null))
            return error;
        return null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    }
    case od::json_type::array: {
        od::array array;
        out->type = STK_PICK_LIST;
        if (auto error = value.get_array().get(array))
            return error;
        for (auto element : array) {
            od::value first;
            if (auto error = element.get(first))
                return error;
            od::json_type inner;
            if (auto error = first.type().get(inner))
                return error;
            return inner == od::json_type::array ? simdjson::SUCCESS : take(r, first, leaf);
        }
        return simdjson::SUCCESS;
    }
    case od::json_type::object:
        out->type = STK_PICK_OBJECT;
        return simdjson::SUCCESS;
    }
    return simdjson::INCORRECT_TYPE;
}

simdjson::error_code walk(reading &r, od::object object, uint16_t level)
{
    for (auto field : object) {
        od::raw_json_string key;
        if (auto error = field.key().get(key))
            return error;
        const char *name = key.raw();
        stk_str rest = { name, (size_t)(r.copy + r.line.len - name) };
        size_t len = stk_scan2(rest, 0, '"', '\\');
        entry *e = find(const_cast<stk_picker *>(r.picker), level, name, len);
        if (e == nullptr)
            continue;
        od::value value;
        if (auto error = field.value().get(value))
            return error;
        od::object inner;
        simdjson::error_code error = simdjson::SUCCESS;
        if (e->below >= 0 && value.get_object().get(inner) == simdjson::SUCCESS)
            error = walk(r, inner, (uint16_t)e->below);
        else if (e->leaf >= 0)
            error = take(r, value, e->leaf);
        if (error != simdjson::SUCCESS)
            return error;
    }
    return simdjson::SUCCESS;
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
    reading r = { picker, line, thread.bytes.get(), arena, picked, false };
    od::document doc;
    od::object object;
    simdjson::error_code error =
        thread.parser.iterate(thread.bytes.get(), line.len, thread.room).get(doc);
    if (error == simdjson::SUCCESS)
        error = doc.get_object().get(object);
    if (error == simdjson::SUCCESS)
        error = walk(r, object, 0);
    if (error == simdjson::SUCCESS && doc.current_location().error() == simdjson::SUCCESS)
        error = simdjson::TRAILING_CONTENT;
    if (error == simdjson::SUCCESS)
        return STK_OK;
    if (error == simdjson::MEMALLOC || r.no_memory)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line of JSON");
    return stk_fail(err, STK_ERR_SYNTAX, "not a JSON object: %s", simdjson::error_message(error));
}

namespace
{
int hex4(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9'                     ? c - '0'
                : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                         : -1;
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
