/* SPDX-License-Identifier: Apache-2.0 */
/* One rule from its YAML map. Every key is a row of a table, so that an unknown key can be told
 * with the nearest known one, and each fault is told with its own place. */
#include "base/spec.h"
#include "detect/rules/rule.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct reader {
    stk_arena *arena;
    stk_rule_faults *faults;
    stk_str file;
    bool ok;
} reader;

void stk_rule_fault(stk_rule_faults *faults, stk_str file, uint32_t line, uint32_t column,
                    const char *fmt, ...)
{
    if (faults->count >= STK_RULES_COMPLAINTS)
        return;
    char text[sizeof((stk_error *)0)->text], name[sizeof((stk_error *)0)->file];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(name, sizeof name, "%" STK_SFMT, STK_SARG(file));
    stk_error err;
    stk_status status = stk_fail_at(&err, STK_ERR_INVALID, name, line, column, "%s", text);
    (void)status;
    if (faults->count++ == 0)
        faults->first = err;
    if (faults->complain != NULL)
        faults->complain(faults->ctx, &err);
}

#define FAULT(r, node, ...)                                                                        \
    do {                                                                                           \
        (r)->ok = false;                                                                           \
        stk_rule_fault((r)->faults, (r)->file, (node)->line, (node)->column, __VA_ARGS__);         \
    } while (0)

/* "…(did you mean 'x'?)" for a word that is none of `names`. */
static void fault_unknown(reader *r, const stk_yaml *node, const char *what, stk_str word,
                          const char *const *names, size_t count, bool of_key)
{
    const char *near = stk_nearest(word, names, count);
    uint32_t line = of_key ? node->key_line : node->line;
    uint32_t column = of_key ? node->key_column : node->column;
    size_t shown = word.len > 60 ? 60 : word.len;
    r->ok = false;
    if (near != NULL)
        stk_rule_fault(r->faults, r->file, line, column, "unknown %s '%.*s' (did you mean '%s'?)",
                       what, (int)shown, word.ptr, near);
    else
        stk_rule_fault(r->faults, r->file, line, column, "unknown %s '%.*s'", what, (int)shown,
                       word.ptr);
}

static stk_str lower(stk_arena *arena, stk_str s)
{
    stk_str copy = stk_arena_copy(arena, s);
    if (copy.ptr == NULL)
        return copy;
    for (size_t i = 0; i < copy.len; i++)
        ((char *)(uintptr_t)copy.ptr)[i] = (char)tolower((unsigned char)copy.ptr[i]);
    return copy;
}

static bool text_of(reader *r, const stk_yaml *node, stk_str *ret)
{
    if (node->kind != STK_YAML_SCALAR || node->text.len == 0) {
        FAULT(r, node, "'%" STK_SFMT "' wants a word or text", STK_SARG(node->key));
        return false;
    }
    *ret = node->text;
    return true;
}

/* A scalar stands for a list of one. */
static bool list_of(reader *r, const stk_yaml *node, bool lowered, stk_rule_list *ret)
{
    if (node->kind == STK_YAML_MAP) {
        FAULT(r, node, "'%" STK_SFMT "' wants a list", STK_SARG(node->key));
        return false;
    }
    bool one = node->kind == STK_YAML_SCALAR;
    size_t count = one ? 1 : node->count, filled = 0;
    stk_str *item = stk_arena_array(r->arena, stk_str, count ? count : 1);
    if (item == NULL)
        return r->ok = false;
    for (const stk_yaml *n = one ? node : node->child; n != NULL; n = one ? NULL : n->next) {
        if (n->kind != STK_YAML_SCALAR || n->text.len == 0) {
            FAULT(r, n, "'%" STK_SFMT "' wants a list of texts", STK_SARG(node->key));
            continue;
        }
        item[filled++] = lowered ? lower(r->arena, n->text) : n->text;
    }
    *ret = (stk_rule_list){ item, filled };
    return true;
}

static void read_id(reader *r, const stk_yaml *node, stk_rule *rule)
{
    if (!text_of(r, node, &rule->info.id))
        return;
    for (size_t i = 0; i < rule->info.id.len; i++) {
        char c = rule->info.id.ptr[i];
        if (!(islower((unsigned char)c) || isdigit((unsigned char)c) || strchr("._-", c))) {
            FAULT(r, node, "an id holds a-z, 0-9, '.', '_' and '-' only");
            return;
        }
    }
    if (rule->info.id.len > 64)
        FAULT(r, node, "an id has at most 64 characters");
}

static void read_title(reader *r, const stk_yaml *node, stk_rule *rule)
{
    (void)text_of(r, node, &rule->info.title);
}

static void read_kind(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_str text;
    if (!text_of(r, node, &text) || stk_incident_kind_named(text, &rule->info.kind))
        return;
    const char *names[STK_INCIDENT_KINDS];
    for (size_t i = 0; i < STK_INCIDENT_KINDS; i++)
        names[i] = stk_incident_kind_name((stk_incident_kind)i);
    fault_unknown(r, node, "kind", text, names, STK_COUNT(names), false);
}

static void read_severity(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_str text;
    static const char *const names[] = { "low", "medium", "high", "critical" };
    if (text_of(r, node, &text) && !stk_severity_named(text, &rule->info.severity))
        fault_unknown(r, node, "severity", text, names, STK_COUNT(names), false);
}

static void read_confidence(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_str text;
    if (!text_of(r, node, &text))
        return;
    char copy[16], *end = copy;
    snprintf(copy, sizeof copy, "%" STK_SFMT, STK_SARG(text));
    rule->confidence = strtod(copy, &end);
    if (end == copy || *end != '\0' || !(rule->confidence > 0 && rule->confidence <= 1))
        FAULT(r, node, "confidence is a number over 0 and up to 1");
}

static void read_attack(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_rule_list list;
    if (!list_of(r, node, false, &list))
        return;
    for (size_t i = 0; i < list.count; i++)
        if (list.item[i].len < 5 || list.item[i].ptr[0] != 'T')
            FAULT(r, node, "an ATT&CK technique reads T1190 or T1059.004");
    rule->info.techniques = list.item;
    rule->info.technique_count = list.count;
}

static void read_capec(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_rule_list list;
    if (!list_of(r, node, false, &list))
        return;
    for (size_t i = 0; i < list.count; i++)
        if (list.item[i].len < 7 || memcmp(list.item[i].ptr, "CAPEC-", 6) != 0)
            FAULT(r, node, "a CAPEC id reads CAPEC-66");
    rule->info.weaknesses = list.item;
    rule->info.weakness_count = list.count;
}

static void read_where(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_rule_list list;
    if (!list_of(r, node, true, &list))
        return;
    static const char *const names[] = { "path",   "query", "body", "cookie",
                                         "header", "file",  "name", "target" };
    static const stk_place places[] = { STK_PLACE_PATH,   STK_PLACE_QUERY,  STK_PLACE_BODY,
                                        STK_PLACE_COOKIE, STK_PLACE_HEADER, STK_PLACE_FILE,
                                        STK_PLACE_NAME,   STK_PLACE_TARGET };
    stk_str *headers = stk_arena_array(r->arena, stk_str, list.count + 1);
    stk_buf text = stk_buf_init(512);
    for (size_t i = 0; headers != NULL && i < list.count; i++) {
        stk_str word = list.item[i];
        stk_buf_add(&text, i ? STK_S(", ") : STK_S(""));
        stk_buf_add(&text, word);
        if (word.len > 7 && memcmp(word.ptr, "header:", 7) == 0) {
            headers[rule->headers.count++] = (stk_str){ word.ptr + 7, word.len - 7 };
            rule->places |= 1u << STK_PLACE_HEADER;
            continue;
        }
        size_t at = 0;
        while (at < STK_COUNT(names) &&
               !stk_str_eq(word, (stk_str){ names[at], strlen(names[at]) }))
            at++;
        if (at == STK_COUNT(names))
            fault_unknown(r, node, "place", word, names, STK_COUNT(names), false);
        else
            rule->places |= 1u << places[at];
        if (at < STK_COUNT(names) && places[at] == STK_PLACE_HEADER)
            rule->places |= STK_RULE_HEADER_ANY;
    }
    rule->headers.item = headers;
    rule->places_text = stk_arena_copy(r->arena, stk_buf_str(&text));
    stk_buf_done(&text);
}

static void read_named(reader *r, const stk_yaml *node, stk_rule *rule)
{
    (void)list_of(r, node, true, &rule->names);
}

typedef struct flag {
    const char *name;
    uint32_t bit;
} flag;

static void read_flags(reader *r, const stk_yaml *node, const char *what, const flag *flags,
                       size_t count, uint32_t *ret)
{
    stk_rule_list list;
    const char *names[20];
    if (!list_of(r, node, true, &list))
        return;
    for (size_t i = 0; i < count; i++)
        names[i] = flags[i].name;
    for (size_t i = 0; i < list.count; i++) {
        size_t at = 0;
        while (at < count && !stk_str_eq(list.item[i], (stk_str){ names[at], strlen(names[at]) }))
            at++;
        if (at == count)
            fault_unknown(r, node, what, list.item[i], names, count, false);
        else
            *ret |= flags[at].bit;
    }
}

static void read_met(reader *r, const stk_yaml *node, stk_rule *rule)
{
    static const flag flags[] = {
        { "percent", STK_MET_PERCENT },
        { "percent_twice", STK_MET_PERCENT_TWICE },
        { "percent_bad", STK_MET_PERCENT_BAD },
        { "percent_u", STK_MET_PERCENT_U },
        { "overlong", STK_MET_OVERLONG },
        { "bad_utf8", STK_MET_BAD_UTF8 },
        { "entity", STK_MET_ENTITY },
        { "escape", STK_MET_ESCAPE },
        { "nul", STK_MET_NUL },
        { "control", STK_MET_CONTROL },
        { "cut", STK_MET_CUT },
        { "fullwidth", STK_MET_FULLWIDTH },
        { "dots_above_root", STK_MET_DOTS_ABOVE_ROOT },
        { "base64", STK_MET_BASE64 },
    };
    read_flags(r, node, "decoding mark", flags, STK_COUNT(flags), &rule->met);
}

static const flag fault_flags[] = {
    { "bare_lf", STK_FAULT_BARE_LF },
    { "length", STK_FAULT_LENGTH },
    { "length_and_chunked", STK_FAULT_LENGTH_AND_CHUNKED },
    { "host", STK_FAULT_HOST },
    { "header", STK_FAULT_HEADER },
    { "too_many_headers", STK_FAULT_TOO_MANY_HEADERS },
    { "request_line", STK_FAULT_REQUEST_LINE },
    { "chunking", STK_FAULT_CHUNKING },
    { "body_cut", STK_FAULT_BODY_CUT },
    { "nul", STK_FAULT_NUL },
};

static void read_faults(reader *r, const stk_yaml *node, stk_rule *rule)
{
    read_flags(r, node, "protocol fault", fault_flags, STK_COUNT(fault_flags), &rule->faults);
}

uint32_t stk_rule_faults_of(const stk_yaml *list)
{
    uint32_t faults = 0;
    for (const stk_yaml *n = list != NULL ? list->child : NULL; n != NULL; n = n->next)
        for (size_t i = 0; i < STK_COUNT(fault_flags); i++)
            if (stk_str_eq(n->text, (stk_str){ fault_flags[i].name, strlen(fault_flags[i].name) }))
                faults |= fault_flags[i].bit;
    return faults;
}

static void read_method(reader *r, const stk_yaml *node, stk_rule *rule)
{
    (void)list_of(r, node, false, &rule->methods);
}

static void read_status(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_rule_list list;
    if (!list_of(r, node, false, &list))
        return;
    for (size_t i = 0; i < list.count; i++) {
        stk_str s = list.item[i];
        bool class_of = s.len == 3 && s.ptr[1] == 'x' && s.ptr[2] == 'x';
        bool exact = s.len == 3 && isdigit((unsigned char)s.ptr[1]) &&
                     isdigit((unsigned char)s.ptr[2]);
        if (!(class_of || exact) || s.ptr[0] < '1' || s.ptr[0] > '5') {
            FAULT(r, node, "a status reads 404 or 4xx");
            return;
        }
        if (rule->status_count == STK_RULE_STATUS_RANGES) {
            FAULT(r, node, "at most %d statuses", STK_RULE_STATUS_RANGES);
            return;
        }
        uint16_t from = (uint16_t)((s.ptr[0] - '0') * 100);
        if (exact)
            from = (uint16_t)(from + (s.ptr[1] - '0') * 10 + (s.ptr[2] - '0'));
        rule->status[rule->status_count].from = from;
        rule->status[rule->status_count++].to = (uint16_t)(exact ? from : from + 99);
    }
}

static void read_confirm(reader *r, const stk_yaml *node, stk_rule *rule)
{
    stk_str text;
    if (!text_of(r, node, &text))
        return;
    rule->confirm_text = text;
    const char *open = memchr(text.ptr, '(', text.len);
    stk_str name = { text.ptr, open ? (size_t)(open - text.ptr) : text.len };
    if (open != NULL && text.ptr[text.len - 1] != ')') {
        FAULT(r, node, "'confirm' reads NAME or NAME(argument)");
        return;
    }
    rule->confirmer = stk_confirmer_named(name);
    if (rule->confirmer == NULL) {
        const char *names[64];
        size_t count = 0;
        for (; stk_confirmers[count] != NULL && count < STK_COUNT(names); count++)
            names[count] = stk_confirmers[count]->name;
        fault_unknown(r, node, "confirmer", name, names, count, false);
        return;
    }
    if (open == NULL)
        return;
    stk_str argument = stk_arena_copy(r->arena, (stk_str){ open + 1, text.len - name.len - 2 });
    rule->argument = argument.ptr;
    r->ok = r->ok && argument.ptr != NULL;
}

static stk_str escaped(stk_arena *arena, stk_str word)
{
    char *out = stk_arena_bytes(arena, word.len * 4 + 1);
    if (out == NULL)
        return (stk_str){ 0 };
    size_t n = 0;
    for (size_t i = 0; i < word.len; i++)
        if (isalnum((unsigned char)word.ptr[i]))
            out[n++] = word.ptr[i];
        else
            n += (size_t)snprintf(out + n, sizeof "\\x00", "\\x%02x", (unsigned char)word.ptr[i]);
    out[n] = '\0';
    return (stk_str){ out, n };
}

/* Patterns, checked one by one so that each fault has its own place. */
static void read_regexes(reader *r, const stk_yaml *node, bool literal, stk_rule_list *list)
{
    stk_rule_list more;
    if (!list_of(r, node, false, &more))
        return;
    stk_str *all = stk_arena_array(r->arena, stk_str, list->count + more.count + 1);
    if (all == NULL) {
        r->ok = false;
        return;
    }
    if (list->count)
        memcpy(all, list->item, list->count * sizeof *all);
    const stk_yaml *at = node->kind == STK_YAML_LIST ? node->child : node;
    for (size_t i = 0; i < more.count; i++, at = at->next ? at->next : at) {
        stk_str pattern = literal ? escaped(r->arena, more.item[i]) : more.item[i];
        char why[160];
        if (pattern.ptr == NULL)
            r->ok = false;
        else if (!r->faults->compiled_before && !stk_rule_pattern_ok(pattern, why, sizeof why))
            FAULT(r, at, "the pattern does not compile: %s", why);
        all[list->count + i] = pattern;
    }
    *list = (stk_rule_list){ all, list->count + more.count };
}

static void read_patterns(reader *r, const stk_yaml *node, stk_rule *rule)
{
    read_regexes(r, node, false, &rule->patterns);
}
static void read_contains(reader *r, const stk_yaml *node, stk_rule *rule)
{
    read_regexes(r, node, true, &rule->patterns);
}
static void read_unless(reader *r, const stk_yaml *node, stk_rule *rule)
{
    read_regexes(r, node, false, &rule->unless);
}
static void read_references(reader *r, const stk_yaml *node, stk_rule *rule)
{
    (void)list_of(r, node, false, &rule->references);
}

/* An example is a value, or a map that describes a request. */
static void check_examples(reader *r, const stk_yaml *node)
{
    static const char *const keys[] = { "method", "path", "query",  "target", "header", "cookie",
                                        "body",   "type", "status", "value",  "faults" };
    if (node->kind != STK_YAML_LIST) {
        FAULT(r, node, "'%" STK_SFMT "' wants a list of examples", STK_SARG(node->key));
        return;
    }
    for (const stk_yaml *e = node->child; e != NULL; e = e->next) {
        if (e->kind == STK_YAML_LIST)
            FAULT(r, e, "an example is a value or a map such as {path: /, query: a=1}");
        for (const stk_yaml *k = e->kind == STK_YAML_MAP ? e->child : NULL; k; k = k->next) {
            size_t at = 0;
            while (at < STK_COUNT(keys) &&
                   !stk_str_eq(k->key, (stk_str){ keys[at], strlen(keys[at]) }))
                at++;
            if (at == STK_COUNT(keys))
                fault_unknown(r, k, "key of an example", k->key, keys, STK_COUNT(keys), true);
        }
    }
}
static void read_fires(reader *r, const stk_yaml *node, stk_rule *rule)
{
    check_examples(r, node);
    rule->fires = node;
}
static void read_quiet(reader *r, const stk_yaml *node, stk_rule *rule)
{
    check_examples(r, node);
    rule->quiet = node;
}

static const struct row {
    const char *key;
    bool required;
    void (*read)(reader *r, const stk_yaml *node, stk_rule *rule);
} rows[] = {
    { "id", true, read_id },
    { "title", true, read_title },
    { "kind", true, read_kind },
    { "severity", true, read_severity },
    { "confidence", true, read_confidence },
    { "attack", true, read_attack },
    { "capec", true, read_capec },
    { "where", false, read_where },
    { "named", false, read_named },
    { "patterns", false, read_patterns },
    { "contains", false, read_contains },
    { "unless", false, read_unless },
    { "met", false, read_met },
    { "faults", false, read_faults },
    { "method", false, read_method },
    { "status", false, read_status },
    { "confirm", false, read_confirm },
    { "references", false, read_references },
    { "fires", true, read_fires },
    { "quiet", true, read_quiet },
};

static void check_whole(reader *r, const stk_yaml *map, stk_rule *rule)
{
    bool of_value = rule->patterns.count > 0 || rule->met != 0 || rule->confirmer != NULL;
    if (of_value && rule->places == 0)
        FAULT(r, map, "a rule with patterns, 'met' or 'confirm' wants 'where'");
    if (!of_value && rule->faults == 0 && rule->methods.count == 0)
        FAULT(r, map, "a rule wants 'patterns', 'contains', 'met', 'faults' or 'method'");
    if (rule->unless.count > 0 && rule->patterns.count == 0)
        FAULT(r, map, "'unless' wants 'patterns' or 'contains' beside it");
    if (rule->confirmer != NULL && rule->patterns.count == 0 && rule->met == 0)
        FAULT(r, map, "a confirmer wants 'patterns', 'contains' or 'met' to be asked by");
    if (!rule->fires || rule->fires->count == 0)
        FAULT(r, map, "a rule shows at least one example that fires");
    if (!rule->quiet || rule->quiet->count == 0)
        FAULT(r, map, "a rule shows at least one example that stays quiet");
}

bool stk_rule_read(const stk_yaml *map, stk_str file, stk_arena *arena, stk_rule_faults *faults,
                   stk_rule *out)
{
    reader r = { .arena = arena, .faults = faults, .file = file, .ok = true };
    *out = (stk_rule){ .file = file, .line = map->line };
    if (map->kind != STK_YAML_MAP) {
        FAULT(&r, map, "a rule is a map that begins with 'id'");
        return false;
    }
    bool seen[STK_COUNT(rows)] = { false };
    for (const stk_yaml *n = map->child; n != NULL; n = n->next) {
        size_t at = 0;
        while (at < STK_COUNT(rows) &&
               !stk_str_eq(n->key, (stk_str){ rows[at].key, strlen(rows[at].key) }))
            at++;
        if (at < STK_COUNT(rows)) {
            seen[at] = true;
            rows[at].read(&r, n, out);
            continue;
        }
        const char *names[STK_COUNT(rows)];
        for (size_t i = 0; i < STK_COUNT(rows); i++)
            names[i] = rows[i].key;
        fault_unknown(&r, n, "key", n->key, names, STK_COUNT(names), true);
    }
    for (size_t i = 0; i < STK_COUNT(rows); i++)
        if (rows[i].required && !seen[i])
            FAULT(&r, map, "the rule lacks '%s'", rows[i].key);
    if (r.ok)
        check_whole(&r, map, out);
    return r.ok;
}
