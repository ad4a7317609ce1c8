/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events turned into a tree, refusing everything that a rule or configuration file has
 * no need of. Aliases can grow a small file without bound, tags change what a text means, and a
 * key given twice hides one of its values: each is an error with a place, never a guess. */
#include "base/yaml.h"

#include "base/limits.h"
#include "base/repeat.h"
#include "base/spec.h"

#include <stdlib.h>
#include <yaml.h>

/* libyaml counts characters, messages count bytes: a place walks along the text once. */
typedef struct place {
    size_t index;  /* characters before `offset` */
    size_t offset; /* bytes */
    size_t line_offset;
} place;

typedef struct open_node {
    stk_yaml *node;
    stk_yaml *last; /* its youngest child */
    stk_str key;    /* read, its value not yet */
    uint32_t key_line, key_column;
    bool has_key;
} open_node;

typedef struct reader {
    yaml_parser_t parser;
    stk_str bytes;
    const char *file;
    stk_arena *arena;
    stk_error *err;
    place at;
    size_t nodes;
    bool document_seen;
    stk_yaml *root;
    open_node stack[STK_NEST_DEPTH];
    size_t depth;
} reader;

/* The bytes of the line break at `p`, as YAML 1.1 sees them; 0: none. */
static size_t break_at(stk_str s, size_t p)
{
    const unsigned char *c = (const unsigned char *)s.ptr + p;
    size_t left = s.len - p;
    if (*c == '\n' || (*c == '\r' && (left < 2 || c[1] != '\n')))
        return 1;
    if (left >= 2 && c[0] == 0xc2 && c[1] == 0x85)
        return 2;
    return left >= 3 && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9) ? 3 : 0;
}

/* Walk on to the character `index`; a mark that lies behind leaves the place where it is. */
static void walk(reader *r, size_t index)
{
    place *at = &r->at;
    while (at->index < index && at->offset < r->bytes.len) {
        size_t n = break_at(r->bytes, at->offset);
        if (n != 0) {
            at->offset += n;
            at->line_offset = at->offset;
        } else {
            do
                at->offset++;
            while (at->offset < r->bytes.len &&
                   ((unsigned char)r->bytes.ptr[at->offset] & 0xc0) == 0x80);
        }
        at->index++;
    }
}

static uint32_t column_of(reader *r, const yaml_mark_t *mark)
{
    walk(r, mark->index);
    bool here = r->at.index == mark->index;
    return (uint32_t)(here ? r->at.offset - r->at.line_offset : mark->column) + 1;
}

static stk_status refuse(reader *r, stk_status status, const yaml_mark_t *mark, const char *what)
{
    return stk_fail_at(r->err, status, r->file, (uint32_t)mark->line + 1, column_of(r, mark), "%s",
                       what);
}

static stk_status no_memory(reader *r)
{
    return stk_fail_at(r->err, STK_ERR_MEMORY, r->file, 0, 0, "out of memory while reading YAML");
}

/* What to do about the commonest problems that libyaml names. */
static const char *advice(const char *problem)
{
    static const struct {
        const char *part, *advice;
    } table[] = {
        { "cannot start any token",
          "indent with spaces, not tabs; put text that starts with @, ` or % in quotes" },
        { "tab character", "indent with spaces, not tabs" },
        { "mapping values are not allowed",
          "indent keys of one map alike; put text that holds ': ' in quotes" },
        { "expected ':'", "write 'key: value', with a space after the colon" },
        { "expected key", "a map is going on here: write 'key: value' at its indentation" },
        { "expected <block end>", "indent all items of one list or map alike" },
        { "block sequence entries", "start a list on a line of its own" },
        { "unexpected end of stream", "close the quote or bracket" },
        { "expected ',' or", "separate items by commas and close the bracket" },
        { "unknown escape", "double a backslash inside double quotes, or use single quotes" },
        { "hexdecimal", "double a backslash inside double quotes, or use single quotes" },
        { "control characters", "remove the byte, or write it as an escape in double quotes" },
        { "UTF-8", "save the file as UTF-8" },
        { "alias", "aliases are refused anyway: put text that starts with * in quotes" },
        { "anchor", "anchors are refused anyway: put text that starts with & in quotes" },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++)
        if (strstr(problem, table[i].part) != NULL)
            return table[i].advice;
    return "check the indentation and the quotes";
}

static stk_status broken(reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return no_memory(r);
    const char *problem = p->problem == NULL ? "not YAML" : p->problem;
    if (p->error != YAML_READER_ERROR) {
        uint32_t column = column_of(r, &p->problem_mark);
        return stk_fail_at(r->err, STK_ERR_SYNTAX, r->file, (uint32_t)p->problem_mark.line + 1,
                           column, "%s%s%s (%s)", p->context == NULL ? "" : p->context,
                           p->context == NULL ? "" : ": ", problem, advice(problem));
    }
    uint32_t line = 1;
    size_t start = 0, end = p->problem_offset < r->bytes.len ? p->problem_offset : r->bytes.len;
    for (size_t i = 0; i < end; i++) {
        size_t n = break_at(r->bytes, i);
        line += n != 0;
        start = n != 0 ? i + n : start;
    }
    return stk_fail_at(r->err, STK_ERR_SYNTAX, r->file, line, (uint32_t)(end - start) + 1,
                       "%s (%s)", problem, advice(problem));
}

/* What no node may carry. Start marks are read here, so the walk passes every node in order. */
static stk_status check_plain(reader *r, const yaml_event_t *e, const unsigned char *anchor,
                              const unsigned char *tag)
{
    if (anchor != NULL)
        return refuse(r, STK_ERR_INVALID, &e->start_mark,
                      "anchors (&name) are refused: write the value where it is needed");
    walk(r, e->start_mark.index);
    bool bare = r->at.index == e->start_mark.index && r->at.offset < r->bytes.len &&
                r->bytes.ptr[r->at.offset] == '!'; /* libyaml forgets a lone "!" */
    if (tag != NULL || bare)
        return refuse(r, STK_ERR_INVALID, &e->start_mark,
                      "tags (!name) are refused: every value is plain text, a list or a map; put "
                      "text that starts with ! in quotes");
    if (++r->nodes > STK_YAML_NODES)
        return stk_fail_at(r->err, STK_ERR_LIMIT, r->file, (uint32_t)e->start_mark.line + 1,
                           column_of(r, &e->start_mark),
                           "more than %d values in one file: split it", STK_YAML_NODES);
    return STK_OK;
}

/* A new node under the youngest open one. A scalar in key position is kept as key instead, and
 * *ret is NULL. */
static stk_status add(reader *r, const yaml_event_t *e, stk_yaml_kind kind, stk_yaml **ret)
{
    open_node *parent = r->depth == 0 ? NULL : &r->stack[r->depth - 1];
    bool in_map = parent != NULL && parent->node->kind == STK_YAML_MAP;
    if (in_map && !parent->has_key)
        return refuse(r, STK_ERR_INVALID, &e->start_mark,
                      "a key must be text, not a list or a map");
    stk_yaml *node = stk_arena_alloc(r->arena, 1, sizeof *node);
    if (node == NULL)
        return no_memory(r);
    node->kind = kind;
    node->line = (uint32_t)e->start_mark.line + 1;
    node->column = column_of(r, &e->start_mark);
    if (in_map) {
        node->key = parent->key;
        node->key_line = parent->key_line;
        node->key_column = parent->key_column;
        parent->has_key = false;
    }
    if (parent == NULL) {
        r->root = node;
    } else {
        *(parent->last == NULL ? &parent->node->child : &parent->last->next) = node;
        parent->last = node;
        parent->node->count++;
    }
    *ret = node;
    return STK_OK;
}

static stk_status scalar(reader *r, const yaml_event_t *e)
{
    STK_TRY(check_plain(r, e, e->data.scalar.anchor, e->data.scalar.tag));
    stk_str text = { (const char *)e->data.scalar.value, e->data.scalar.length };
    bool quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    open_node *parent = r->depth == 0 ? NULL : &r->stack[r->depth - 1];
    bool is_key = parent != NULL && parent->node->kind == STK_YAML_MAP && !parent->has_key;
    if (is_key && text.len == 0 && !quoted)
        return refuse(r, STK_ERR_INVALID, &e->start_mark, "a key is missing before the colon");
    stk_str copy = stk_arena_copy(r->arena, text);
    if (copy.ptr == NULL)
        return no_memory(r);
    if (is_key) {
        parent->key = copy;
        parent->key_line = (uint32_t)e->start_mark.line + 1;
        parent->key_column = column_of(r, &e->start_mark);
        parent->has_key = true;
        return STK_OK;
    }
    stk_yaml *node;
    STK_TRY(add(r, e, STK_YAML_SCALAR, &node));
    node->text = copy;
    node->quoted = quoted;
    return STK_OK;
}

static stk_status descend(reader *r, const yaml_event_t *e, stk_yaml_kind kind)
{
    bool list = kind == STK_YAML_LIST;
    STK_TRY(check_plain(r, e, list ? e->data.sequence_start.anchor : e->data.mapping_start.anchor,
                        list ? e->data.sequence_start.tag : e->data.mapping_start.tag));
    if (r->depth == STK_NEST_DEPTH)
        return stk_fail_at(r->err, STK_ERR_LIMIT, r->file, (uint32_t)e->start_mark.line + 1,
                           column_of(r, &e->start_mark), "nested deeper than %d levels",
                           STK_NEST_DEPTH);
    stk_yaml *node;
    STK_TRY(add(r, e, kind, &node));
    r->stack[r->depth++] = (open_node){ .node = node };
    return STK_OK;
}

static stk_status check_keys(reader *r, const stk_yaml *map)
{
    if (map->count < 2)
        return STK_OK;
    stk_repeat *rows = malloc(map->count * sizeof *rows);
    if (rows == NULL)
        return no_memory(r);
    uint32_t n = 0;
    for (const stk_yaml *c = map->child; c != NULL; c = c->next, n++)
        rows[n] = (stk_repeat){ c->key, n, c };
    const stk_repeat *first, *again;
    stk_status status = STK_OK;
    if (stk_repeat_find(rows, n, &first, &again)) {
        const stk_yaml *twice = again->node, *once = first->node;
        int shown = twice->key.len > 60 ? 60 : (int)twice->key.len;
        status = stk_fail_at(r->err, STK_ERR_INVALID, r->file, twice->key_line, twice->key_column,
                             "key '%.*s' is given twice, first in line %u: remove one", shown,
                             twice->key.ptr, once->key_line);
    }
    free(rows);
    return status;
}

static stk_status on_document(reader *r, const yaml_event_t *e)
{
    if (r->document_seen)
        return refuse(r, STK_ERR_INVALID, &e->start_mark,
                      "a second document starts here: one file holds one document");
    if (e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
        return refuse(r, STK_ERR_INVALID, &e->start_mark, "%TAG directives are refused");
    r->document_seen = true;
    return STK_OK;
}

static stk_status on_event(reader *r, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(r, e);
    case YAML_SCALAR_EVENT:
        return scalar(r, e);
    case YAML_SEQUENCE_START_EVENT:
        return descend(r, e, STK_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return descend(r, e, STK_YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
        r->depth--;
        return STK_OK;
    case YAML_MAPPING_END_EVENT:
        return check_keys(r, r->stack[--r->depth].node);
    case YAML_ALIAS_EVENT:
        return refuse(r, STK_ERR_INVALID, &e->start_mark,
                      "aliases (*name) are refused: write the value where it is needed");
    default:
        return STK_OK;
    }
}

static stk_status read_all(reader *r)
{
    for (bool end = false; !end;) { /* every event takes input, or is the last */
        yaml_event_t e;
        if (yaml_parser_parse(&r->parser, &e) == 0)
            return broken(r);
        end = e.type == YAML_STREAM_END_EVENT;
        stk_status status = on_event(r, &e);
        yaml_event_delete(&e);
        STK_TRY(status);
    }
    const stk_yaml *root = r->root;
    if (root == NULL || (root->kind == STK_YAML_SCALAR && !root->quoted && root->text.len == 0))
        return stk_fail_at(r->err, STK_ERR_INVALID, r->file, 1, 1,
                           "the document is empty: it holds no key and no value");
    return STK_OK;
}

stk_status stk_yaml_parse(stk_str bytes, const char *file, stk_arena *arena, const stk_yaml **ret,
                          stk_error *err)
{
    if (bytes.len > STK_YAML_BYTES)
        return stk_fail_at(err, STK_ERR_LIMIT, file, 0, 0,
                           "the file has %zu bytes; at most %d are read: split it", bytes.len,
                           STK_YAML_BYTES);
    if (bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0)
        bytes = (stk_str){ bytes.ptr + 3, bytes.len - 3 };
    reader r = { .bytes = bytes, .file = file, .arena = arena, .err = err };
    if (yaml_parser_initialize(&r.parser) == 0)
        return no_memory(&r);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(
        &r.parser, (const unsigned char *)(bytes.len == 0 ? "" : bytes.ptr), bytes.len);
    stk_status status = read_all(&r);
    yaml_parser_delete(&r.parser);
    if (status == STK_OK)
        *ret = r.root;
    return status;
}

const stk_yaml *stk_yaml_get(const stk_yaml *map, const char *key)
{
    if (map == NULL || map->kind != STK_YAML_MAP)
        return NULL;
    stk_str want = { key, strlen(key) };
    for (const stk_yaml *c = map->child; c != NULL; c = c->next)
        if (stk_str_eq(c->key, want))
            return c;
    return NULL;
}

static bool listed(stk_str key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (stk_str_eq(key, (stk_str){ keys[i], strlen(keys[i]) }))
            return true;
    return false;
}

stk_status stk_yaml_only(const stk_yaml *map, const char *file, const char *const *keys,
                         stk_error *err)
{
    if (map->kind != STK_YAML_MAP)
        return stk_fail_at(err, STK_ERR_INVALID, file, map->line, map->column,
                           "expected a map ('key: value'), found %s",
                           map->kind == STK_YAML_LIST ? "a list" : "text");
    size_t count = 0;
    while (keys[count] != NULL)
        count++;
    for (const stk_yaml *c = map->child; c != NULL; c = c->next) {
        if (listed(c->key, keys, count))
            continue;
        int shown = c->key.len > 60 ? 60 : (int)c->key.len;
        const char *near = stk_nearest(c->key, keys, count);
        if (near != NULL)
            return stk_fail_at(err, STK_ERR_INVALID, file, c->key_line, c->key_column,
                               "unknown key '%.*s' (did you mean '%s'?)", shown, c->key.ptr, near);
        char known[200] = "";
        for (size_t i = 0, at = 0; i < count && at < sizeof known - 1; i++)
            at += (size_t)snprintf(known + at, sizeof known - at, "%s%s", i == 0 ? "" : ", ",
                                   keys[i]);
        return stk_fail_at(err, STK_ERR_INVALID, file, c->key_line, c->key_column,
                           "unknown key '%.*s' (known here: %s)", shown, c->key.ptr, known);
    }
    return STK_OK;
}
