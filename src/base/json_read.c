/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in: one pass over the bytes with an explicit stack, so that depth costs no C stack. */
#include "base/json_read.h"

#include "base/limits.h"
#include "base/repeat.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

typedef struct reader {
    stk_str bytes;
    size_t at;
    const char *file;
    stk_arena *arena;
    stk_error *err;
    uint32_t line;
    size_t line_start;
    struct {
        stk_json_value *node, *last;
    } stack[STK_NEST_DEPTH];
    size_t depth;
} reader;

static stk_status refuse_at(reader *r, size_t at, stk_status status, const char *what)
{
    return stk_fail_at(r->err, status, r->file, r->line, (uint32_t)(at - r->line_start) + 1, "%s",
                       what);
}

static stk_status refuse(reader *r, const char *what)
{
    if (r->at >= r->bytes.len)
        what = "the document ends too early: a value, quote or bracket is missing";
    return refuse_at(r, r->at, STK_ERR_SYNTAX, what);
}

static stk_status no_memory(reader *r)
{
    return refuse_at(r, r->at, STK_ERR_MEMORY, "out of memory while reading JSON");
}

/* The next byte that is no blank, not taken; 0 at the end (NUL starts nothing in JSON either). */
static char peek(reader *r)
{
    for (; r->at < r->bytes.len; r->at++) {
        char c = r->bytes.ptr[r->at];
        if (c == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return c;
        }
    }
    return '\0';
}

static bool hex4(reader *r, uint32_t *ret)
{
    if (r->bytes.len - r->at < 4)
        return false;
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = r->bytes.ptr[r->at + i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return false;
        v = v << 4 | (uint32_t)digit;
    }
    r->at += 4;
    *ret = v;
    return true;
}

/* What follows a backslash; r->at stands on the letter. At most 4 bytes go to `out`. */
static stk_status escape(reader *r, char *out, size_t *len)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    char c = r->at < r->bytes.len ? r->bytes.ptr[r->at] : '\0';
    const char *known = c == '\0' ? NULL : strchr(letters, c);
    if (known != NULL) {
        r->at++;
        out[(*len)++] = means[known - letters];
        return STK_OK;
    }
    uint32_t code, low;
    if (c != 'u')
        return refuse(r, "unknown escape: double the backslash");
    size_t start = r->at++ - 1;
    if (!hex4(r, &code))
        return refuse(r, "\\u needs 4 hex digits");
    if (code >= 0xd800 && code < 0xdc00 && r->bytes.len - r->at >= 6 &&
        r->bytes.ptr[r->at] == '\\' && r->bytes.ptr[r->at + 1] == 'u') {
        r->at += 2;
        if (!hex4(r, &low))
            return refuse(r, "\\u needs 4 hex digits");
        if (low >= 0xdc00 && low < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code >= 0xd800 && code < 0xe000)
        return refuse_at(r, start, STK_ERR_SYNTAX, "half of a surrogate pair stands alone");
    *len += stk_utf8_put(code, out + *len);
    return STK_OK;
}

/* Past the closing quote of the string whose first byte is at r->at; its raw length without quotes
 * is an upper bound of the decoded one. */
static stk_status string_end(reader *r, size_t *ret)
{
    for (size_t i = r->at; i < r->bytes.len; i++) {
        char c = r->bytes.ptr[i];
        if (c == '"') {
            *ret = i;
            return STK_OK;
        }
        i += c == '\\';
    }
    r->at = r->bytes.len;
    return refuse(r, "");
}

static stk_status string(reader *r, stk_str *ret)
{
    size_t end = 0, len = 0;
    r->at++;
    STK_TRY(string_end(r, &end));
    char *out = stk_arena_bytes(r->arena, end - r->at + 1);
    if (out == NULL)
        return no_memory(r);
    while (r->at < end) {
        unsigned char c = (unsigned char)r->bytes.ptr[r->at];
        if (c == '\\') {
            r->at++;
            STK_TRY(escape(r, out, &len));
            continue;
        }
        if (c < 0x20)
            return refuse(r, "a control character inside a string: write it as an escape");
        uint32_t code;
        size_t n = stk_utf8_next(r->bytes, r->at, &code);
        if (code == STK_UTF8_BAD)
            return refuse(r, "bytes that are not UTF-8");
        memcpy(out + len, r->bytes.ptr + r->at, n);
        len += n;
        r->at += n;
    }
    r->at = end + 1;
    out[len] = '\0';
    *ret = (stk_str){ out, len };
    return STK_OK;
}

static size_t digits(const reader *r, size_t at)
{
    size_t n = 0;
    while (at + n < r->bytes.len && r->bytes.ptr[at + n] >= '0' && r->bytes.ptr[at + n] <= '9')
        n++;
    return n;
}

/* [-]int[.frac][e[+-]digits] of RFC 8259; its length in *ret. */
static stk_status number_length(reader *r, size_t *ret, bool *whole)
{
    const char *p = r->bytes.ptr;
    size_t end = r->bytes.len, at = r->at, first;
    at += p[at] == '-';
    first = at;
    size_t n = digits(r, at);
    if (n == 0 || (n > 1 && p[first] == '0'))
        return refuse(r, "a number needs digits, and no zero before them");
    at += n;
    *whole = true;
    if (at < end && p[at] == '.') {
        *whole = false;
        if ((n = digits(r, ++at)) == 0)
            return refuse(r, "a number needs digits after its point");
        at += n;
    }
    if (at < end && (p[at] == 'e' || p[at] == 'E')) {
        *whole = false;
        at++;
        at += at < end && (p[at] == '+' || p[at] == '-');
        if ((n = digits(r, at)) == 0)
            return refuse(r, "an exponent needs digits");
        at += n;
    }
    *ret = at - r->at;
    return STK_OK;
}

static stk_status number(reader *r, stk_json_value *v)
{
    size_t len = 0;
    STK_TRY(number_length(r, &len, &v->whole));
    v->kind = STK_JSON_NUMBER;
    v->text = stk_arena_copy(r->arena, (stk_str){ r->bytes.ptr + r->at, len });
    if (v->text.ptr == NULL)
        return no_memory(r);
    bool minus = v->text.ptr[0] == '-';
    for (size_t i = minus; v->whole && i < len; i++) { /* downwards: INT64_MIN has no opposite */
        int digit = v->text.ptr[i] - '0';
        v->whole = !__builtin_mul_overflow(v->i, 10, &v->i) &&
                   !__builtin_sub_overflow(v->i, digit, &v->i);
    }
    if (v->whole && !minus)
        v->whole = !__builtin_sub_overflow(INT64_C(0), v->i, &v->i);
    if (!v->whole)
        v->i = 0;
    char *end;
    v->r = strtod(v->text.ptr, &end);
    if (*end != '\0') /* a host program's locale writes another decimal point */
        return refuse(r, "decimal numbers cannot be read in this locale");
    if (!isfinite(v->r))
        return refuse(r, "a number too large to be held");
    r->at += len;
    return STK_OK;
}

static stk_status word(reader *r, stk_json_value *v)
{
    static const struct {
        stk_str text;
        stk_json_kind kind;
        bool yes;
    } words[] = {
        { { "true", 4 }, STK_JSON_BOOL, true },
        { { "false", 5 }, STK_JSON_BOOL, false },
        { { "null", 4 }, STK_JSON_NULL, false },
    };
    stk_str rest = { r->bytes.ptr + r->at, r->bytes.len - r->at };
    for (size_t i = 0; i < STK_COUNT(words); i++)
        if (rest.len >= words[i].text.len &&
            memcmp(rest.ptr, words[i].text.ptr, words[i].text.len) == 0) {
            v->kind = words[i].kind;
            v->yes = words[i].yes;
            r->at += words[i].text.len;
            return STK_OK;
        }
    return refuse(r, "a value must start here: text in double quotes, a number, true, false, "
                     "null, [ or {");
}

/* The key and colon before a member of an object. */
static stk_status member_key(reader *r, stk_str *ret)
{
    if (peek(r) != '"')
        return refuse(r, "a key in double quotes must stand here");
    STK_TRY(string(r, ret));
    if (peek(r) != ':')
        return refuse(r, "a colon must follow the key");
    r->at++;
    return STK_OK;
}

/* One value under the youngest open list or object; a list or object is opened, not read. */
static stk_status value(reader *r, stk_json_value **ret)
{
    stk_json_value *v = stk_arena_alloc(r->arena, 1, sizeof *v);
    if (v == NULL)
        return no_memory(r);
    bool in_object = r->depth != 0 && r->stack[r->depth - 1].node->kind == STK_JSON_OBJECT;
    if (in_object)
        STK_TRY(member_key(r, &v->key));
    char c = peek(r);
    v->line = r->line;
    v->column = (uint32_t)(r->at - r->line_start) + 1;
    *ret = v;
    if (r->depth != 0) {
        stk_json_value *parent = r->stack[r->depth - 1].node, *last = r->stack[r->depth - 1].last;
        *(last == NULL ? &parent->child : &last->next) = v;
        r->stack[r->depth - 1].last = v;
        parent->count++;
    }
    if (c == '"') {
        v->kind = STK_JSON_STRING;
        return string(r, &v->text);
    }
    if (c == '-' || (c >= '0' && c <= '9'))
        return number(r, v);
    if (c != '[' && c != '{')
        return word(r, v);
    if (r->depth == STK_NEST_DEPTH)
        return stk_fail_at(r->err, STK_ERR_LIMIT, r->file, v->line, v->column,
                           "nested deeper than %d levels", STK_NEST_DEPTH);
    r->at++;
    v->kind = c == '[' ? STK_JSON_LIST : STK_JSON_OBJECT;
    r->stack[r->depth].node = v;
    r->stack[r->depth++].last = NULL;
    return STK_OK;
}

static stk_status check_keys(reader *r, const stk_json_value *object)
{
    if (object->kind != STK_JSON_OBJECT || object->count < 2)
        return STK_OK;
    stk_repeat *rows = malloc(object->count * sizeof *rows);
    if (rows == NULL)
        return no_memory(r);
    uint32_t n = 0;
    for (const stk_json_value *c = object->child; c != NULL; c = c->next, n++)
        rows[n] = (stk_repeat){ c->key, n, c };
    const stk_repeat *first, *again;
    stk_status status = STK_OK;
    if (stk_repeat_find(rows, n, &first, &again)) {
        const stk_json_value *twice = again->node, *once = first->node;
        int shown = twice->key.len > 60 ? 60 : (int)twice->key.len;
        status = stk_fail_at(r->err, STK_ERR_INVALID, r->file, twice->line, twice->column,
                             "key '%.*s' is given twice, first in line %u: remove one", shown,
                             twice->key.ptr, once->line);
    }
    free(rows);
    return status;
}

/* After a value: commas go on, brackets close. Stops where the next value is due (*more) or the
 * document is over. */
static stk_status after(reader *r, bool *more)
{
    while (r->depth != 0) {
        const stk_json_value *open = r->stack[r->depth - 1].node;
        char c = peek(r), close = open->kind == STK_JSON_LIST ? ']' : '}';
        if (c == close) {
            r->at++;
            r->depth--;
            STK_TRY(check_keys(r, open));
            continue;
        }
        *more = true;
        if (open->count == 0)
            return STK_OK; /* just opened: the first value */
        if (c != ',')
            return refuse(r,
                          close == ']' ? "a comma or ] must follow" : "a comma or } must follow");
        r->at++;
        return STK_OK;
    }
    *more = false;
    return STK_OK;
}

stk_status stk_json_read(stk_str bytes, const char *file, stk_arena *arena,
                         const stk_json_value **ret, stk_error *err)
{
    reader r = { .bytes = bytes, .file = file, .arena = arena, .err = err, .line = 1 };
    stk_json_value *root = NULL, *v = NULL;
    for (bool more = true; more;) { /* each round takes at least one byte or fails */
        STK_TRY(value(&r, &v));
        root = root == NULL ? v : root;
        STK_TRY(after(&r, &more));
    }
    (void)peek(&r);
    if (r.at != bytes.len)
        return refuse(&r, "nothing may follow the document");
    *ret = root;
    return STK_OK;
}

const stk_json_value *stk_json_get(const stk_json_value *object, const char *key)
{
    if (object == NULL || object->kind != STK_JSON_OBJECT)
        return NULL;
    stk_str want = { key, strlen(key) };
    for (const stk_json_value *c = object->child; c != NULL; c = c->next)
        if (stk_str_eq(c->key, want))
            return c;
    return NULL;
}
