/* SPDX-License-Identifier: Apache-2.0 */
/* Would this value run script if a page showed it? It is read as a browser's tokenizer would
 * (HTML Living Standard, 13.2.5), once for each context in which a page may put it: as text, and
 * inside an attribute in double, single, backward or no quotes. Tags are taken as browsers forgive
 * them: NUL and slashes between attributes, names with a prefix, an end that is missing.
 *
 * Argument `strict` is for places where no markup belongs (query, path, headers): there harmless
 * elements that load something count as well. */
#include "detect/confirm/html_names.h"
#include "detect/confirm/words.h"

enum { SCHEME_GAP = 16, JUNK_BEFORE_EQUALS = 64, STYLE_BYTES = 512 };

/* What may stand between the letters of a scheme: controls and blanks, and references to them. */
static size_t skip_gap(stk_str text, size_t at)
{
    for (size_t n = 0; n < SCHEME_GAP && at < text.len; n++) {
        if ((unsigned char)text.ptr[at] <= ' ')
            at++;
        else if (stk_word_at(text, at, "&tab;"))
            at += 5;
        else if (stk_word_at(text, at, "&newline;"))
            at += 9;
        else
            break;
    }
    return at;
}

/* Browsers drop controls inside a scheme: "java\tscript:". Returns the index after the colon when
 * `scheme` stands at `at`, else 0. */
static size_t scheme_at(stk_str text, size_t at, const char *scheme)
{
    for (const char *s = scheme; *s != '\0'; s++, at++) {
        at = skip_gap(text, at);
        if (at >= text.len || stk_lower(text.ptr[at]) != *s)
            return 0;
    }
    at = skip_gap(text, at);
    if (stk_word_at(text, at, "&colon;"))
        return at + 7;
    return at < text.len && text.ptr[at] == ':' ? at + 1 : 0;
}

static size_t skip_controls(stk_str text, size_t at)
{
    while (at < text.len && (unsigned char)text.ptr[at] <= ' ')
        at++;
    return at;
}

static size_t script_url_at(stk_str text, size_t at)
{
    static const char *const schemes[] = { "javascript", "vbscript", "livescript",
                                           "mocha",      "jscript",  "ecmascript" };
    at = skip_controls(text, at);
    for (size_t i = 0; i < STK_COUNT(schemes); i++) {
        size_t end = scheme_at(text, at, schemes[i]);
        if (end != 0)
            return end;
    }
    return 0;
}

/* "data:text/html,…", "data:image/svg+xml;base64,…": a document that may hold script. */
static bool data_document_at(stk_str text, size_t at)
{
    size_t end = scheme_at(text, skip_controls(text, at), "data");
    if (end == 0)
        return false;
    end = skip_controls(text, end);
    static const char *const types[] = { "text/html", "text/xml",      "text/javascript",
                                         "image/svg", "application/x", "text/x-",
                                         ",",         "text/css" };
    for (size_t i = 0; i < STK_COUNT(types); i++)
        if (stk_word_at(text, end, types[i]))
            return true;
    return false;
}

/* After "javascript:" stands code, not the rest of a sentence. */
static bool code_follows(stk_str text, size_t at)
{
    size_t from = stk_skip_space(text, at);
    if (from >= text.len)
        return from == at; /* the bare scheme */
    if (stk_is_one_of(text.ptr[from], "'\"`(/\\[{+-!~&%<*@#;,"))
        return true;
    size_t end = from;
    while (end < text.len && (stk_is_word(text.ptr[end]) || text.ptr[end] == '$'))
        end++;
    if (from == at && (end >= text.len || text.ptr[end] != ' '))
        return true;
    end = stk_skip_space(text, end);
    return end < text.len && stk_is_one_of(text.ptr[end], "(.=[`+-/;:");
}

typedef struct attribute {
    stk_str name, value;
    size_t at, end; /* of the whole, in the text */
    bool has_value;
} attribute;

/* Where the value of the attribute whose name ended at `end` begins: after an `=`. Old browsers
 * skip punctuation before it: onload!#$%&()*=alert(1). 0: no value. */
static size_t value_after(stk_str text, size_t end)
{
    size_t at = end;
    while (at < text.len && at < end + JUNK_BEFORE_EQUALS && !stk_is_alnum(text.ptr[at]) &&
           !stk_is_one_of(text.ptr[at], "=><\"'"))
        at++;
    if (at >= text.len || text.ptr[at] != '=')
        return 0;
    return skip_controls(text, at + 1);
}

/* The next attribute from `at` on; false at the tag's end or the text's. */
static bool next_attribute(stk_str text, size_t at, attribute *ret)
{
    while (at < text.len && !stk_is_one_of(text.ptr[at], "<>") && !stk_is_alpha(text.ptr[at]))
        at++;
    if (at >= text.len || !stk_is_alpha(text.ptr[at]))
        return false;
    *ret = (attribute){ .at = at };
    size_t end = at;
    while (end < text.len && (stk_is_alnum(text.ptr[end]) || stk_is_one_of(text.ptr[end], "-_:.")))
        end++;
    ret->name = (stk_str){ text.ptr + at, end - at };
    ret->end = end;
    size_t from = value_after(text, end);
    if (from == 0)
        return true;
    ret->has_value = true;
    char quote = from < text.len ? text.ptr[from] : '\0';
    if (quote == '"' || quote == '\'' || quote == '`') {
        const char *close = memchr(text.ptr + from + 1, quote, text.len - from - 1);
        size_t to = close != NULL ? (size_t)(close - text.ptr) : text.len;
        ret->value = (stk_str){ text.ptr + from + 1, to - from - 1 };
        ret->end = to < text.len ? to + 1 : to;
        return true;
    }
    size_t to = from;
    while (to < text.len && !stk_is_space(text.ptr[to]) && text.ptr[to] != '>')
        to++;
    ret->value = (stk_str){ text.ptr + (from < text.len ? from : text.len), to - from };
    ret->end = to;
    return true;
}

static bool is_event(const attribute *a, bool known_only)
{
    if (a->name.len < 5 || !stk_word_at(a->name, 0, "on"))
        return false;
    if (stk_word_listed(a->name, events, STK_COUNT(events)))
        return true;
    for (size_t i = 2; i < a->name.len && !known_only; i++)
        if (!stk_is_alpha(a->name.ptr[i]))
            return false;
    return !known_only;
}

/* Style that runs script: expression(), -moz-binding, behavior, javascript: in url(). CSS escapes
 * and comments may stand anywhere in the words, so they are read without them. */
static bool style_runs(stk_str style)
{
    static const char *const signs[] = { "expression(", "-moz-binding", "behavior:", "behaviour:",
                                         "javascript:", "vbscript:",    "@import",   "-o-link:" };
    char flat[STYLE_BYTES];
    size_t n = 0;
    for (size_t i = 0; i < style.len && n < sizeof flat; i++) {
        if (style.ptr[i] == '\\' && i + 1 < style.len && style.ptr[i + 1] == '0')
            i++;
        else if (style.ptr[i] == '/' && i + 1 < style.len && style.ptr[i + 1] == '*') {
            const char *end = memmem(style.ptr + i + 2, style.len - i - 2, "*/", 2);
            i = end != NULL ? (size_t)(end - style.ptr) + 1 : style.len;
        } else if (style.ptr[i] != '\\' && (unsigned char)style.ptr[i] > ' ')
            flat[n++] = style.ptr[i];
    }
    for (size_t i = 0; i < STK_COUNT(signs); i++)
        if (stk_word_find((stk_str){ flat, n }, 0, signs[i]) < n)
            return true;
    return false;
}

static void judge_event(const attribute *a, bool in_tag, stk_arg piece, stk_confirmed *best)
{
    bool code = false;
    for (size_t i = 0; i < a->value.len && !code; i++)
        code = stk_is_one_of(a->value.ptr[i], "(`=[.;&\\");
    double sure = code ? .95 : in_tag ? .85 : a->value.len > 0 ? .6 : .55;
    if (sure <= best->confidence)
        return;
    *best = (stk_confirmed){ .confidence = sure, .reason.message = STK_MSG_SIG_HTML_EVENT };
    best->reason.args[0] = STK_ARG_P(((stk_personal){ .raw = a->name }));
    best->reason.args[1] = piece;
}

/* What one attribute does. `in_tag`: it stands in a tag that the value itself opened. */
static void judge_attribute(stk_str text, const attribute *a, bool in_tag, stk_confirmed *best)
{
    if (!a->has_value)
        return;
    stk_arg piece = stk_excerpt(text, a->at, a->end);
    static const stk_str term = { "attribute", 9 };
    if (is_event(a, !in_tag))
        judge_event(a, in_tag, piece, best);
    else if (script_url_at(a->value, 0) != 0)
        stk_confirm_more(best, .95, STK_MSG_SIG_HTML_URL, term, piece);
    else if (data_document_at(a->value, 0))
        stk_confirm_more(best, .85, STK_MSG_SIG_HTML_URL, term, piece);
    else if (stk_word_is(a->name, "style") && style_runs(a->value))
        stk_confirm_more(best, .85, STK_MSG_SIG_HTML_STYLE, STK_S("style"), piece);
    else if (stk_word_is(a->name, "srcdoc") || stk_word_is(a->name, "formaction"))
        stk_confirm_more(best, in_tag ? .85 : .6, STK_MSG_SIG_HTML_URL, term, piece);
    else if (in_tag && (stk_word_find(a->value, 0, "javascript:") < a->value.len ||
                        stk_word_find(a->value, 0, "&{") < a->value.len))
        stk_confirm_more(best, .8, STK_MSG_SIG_HTML_URL, term, piece);
}

/* All attributes from `at` to the tag's end. Returns how many have a value; where it stopped. */
static size_t judge_attributes(stk_str text, size_t at, bool in_tag, size_t *ret_end,
                               stk_confirmed *best)
{
    size_t count = 0;
    attribute a;
    while (next_attribute(text, at, &a)) {
        judge_attribute(text, &a, in_tag, best);
        at = a.end;
        count += a.has_value;
    }
    *ret_end = at;
    return count;
}

typedef struct reading {
    bool strict;
    bool opened[STK_COUNT(raw_text_tags)]; /* by the value itself */
} reading;

static void judge_close(stk_str text, size_t at, stk_str name, const reading *r,
                        stk_confirmed *best)
{
    size_t index = stk_word_index(name, raw_text_tags, STK_COUNT(raw_text_tags));
    bool known = stk_word_listed(name, plain_tags, STK_COUNT(plain_tags));
    double sure = known ? (r->strict ? .35 : .2) : 0;
    if (index < STK_COUNT(raw_text_tags) && !r->opened[index])
        sure = stk_word_is(name, "script") ? .8 : r->strict ? .65 : .45;
    if (r->strict && at == 0 && known && sure < .5 &&
        memchr(text.ptr + 1, '<', text.len - 1) != NULL)
        sure = .55; /* nothing but ends of elements that stand outside of it */
    if (sure > 0)
        stk_confirm_more(best, sure, STK_MSG_SIG_HTML_TAG, STK_S("</>"),
                         stk_excerpt(text, at, at + name.len + 3));
}

/* "//host" or "http:" within the tag: it loads or leads elsewhere. */
static bool leads_away(stk_str text, size_t from, size_t to)
{
    return to > from && memmem(text.ptr + from, to - from, "//", 2) != NULL;
}

static const struct active_tag *active_named(stk_str name)
{
    for (size_t i = 0; i < STK_COUNT(active_tags); i++)
        if (stk_word_is(name, active_tags[i].name))
            return &active_tags[i];
    return NULL;
}

/* `from`: after the name. Returns where the tag was read to. */
static size_t judge_open(stk_str text, size_t at, stk_str name, size_t from, reading *r,
                         stk_confirmed *best)
{
    size_t end, raw = stk_word_index(name, raw_text_tags, STK_COUNT(raw_text_tags));
    if (raw < STK_COUNT(raw_text_tags))
        r->opened[raw] = true;
    size_t attributes = judge_attributes(text, from, true, &end, best);
    const struct active_tag *active = active_named(name);
    stk_arg piece = stk_excerpt(text, at, end);
    if (active != NULL) {
        double sure = attributes > 0 ? active->dressed : active->bare;
        stk_confirm_more(best, r->strict && sure < .55 ? sure + .1 : sure, STK_MSG_SIG_HTML_TAG,
                         STK_TERM(active->name), piece);
        return end;
    }
    size_t plain = stk_word_index(name, plain_tags, STK_COUNT(plain_tags));
    bool shaping = stk_word_listed(name, shaping_tags, STK_COUNT(shaping_tags));
    double dressed = shaping && !leads_away(text, from, end) ? .45 : .6;
    if (r->strict && plain < STK_COUNT(plain_tags))
        stk_confirm_more(best, attributes > 0 ? dressed : .35, STK_MSG_SIG_HTML_TAG,
                         STK_TERM(plain_tags[plain]), piece);
    return end;
}

/* Declarations and server-side includes: `<!…`. */
static void judge_declaration(stk_str text, size_t at, const reading *r, stk_confirmed *best)
{
    stk_arg piece = stk_excerpt(text, at, at + 48);
    if (stk_word_at(text, at, "<!--#") && at + 5 < text.len && stk_is_alpha(text.ptr[at + 5]))
        stk_confirm_more(best, .8, STK_MSG_SIG_HTML_TAG, STK_S("<!--#"), piece);
    else if (stk_word_at(text, at, "<![cdata[") || stk_word_at(text, at, "<!entity") ||
             stk_word_at(text, at, "<!doctype"))
        stk_confirm_more(best, r->strict ? .5 : .3, STK_MSG_SIG_HTML_TAG, STK_S("<!"), piece);
}

/* One `<` at `at`: returns where to go on. */
static size_t judge_angle(stk_str text, size_t at, reading *r, stk_confirmed *best)
{
    size_t i = at + 1, limit = at + 8;
    while (i < text.len && i < limit && (text.ptr[i] == '\0' || text.ptr[i] == '%'))
        i++;
    bool close = i < text.len && text.ptr[i] == '/';
    i += close;
    if (i < text.len && (text.ptr[i] == '?' || text.ptr[i] == ':'))
        i++;
    if (i >= text.len || !stk_is_alpha(text.ptr[i])) {
        judge_declaration(text, at, r, best);
        return at + 1;
    }
    char flat[32]; /* the name without NULs, and without its prefix */
    size_t n = 0, end = i;
    for (; end < text.len && n < sizeof flat; end++) {
        char c = text.ptr[end];
        if (c == ':')
            n = 0;
        else if (stk_is_alnum(c))
            flat[n++] = c;
        else if (c != '\0')
            break;
    }
    stk_str name = { flat, n };
    if (!close)
        return judge_open(text, at, name, end, r, best);
    judge_close(text, at, name, r, best);
    return end;
}

static void judge_text(stk_str text, bool strict, stk_confirmed *best)
{
    reading r = { .strict = strict };
    for (size_t at = 0; at < text.len;) {
        const char *open = memchr(text.ptr + at, '<', text.len - at);
        if (open == NULL)
            return;
        at = judge_angle(text, (size_t)(open - text.ptr), &r, best);
    }
}

/* The value inside an attribute that ends at the first `quote`, then more attributes. */
static void judge_in_quotes(stk_str text, char quote, stk_confirmed *best)
{
    const char *close = memchr(text.ptr, quote, text.len);
    size_t end;
    if (close != NULL)
        (void)judge_attributes(text, (size_t)(close - text.ptr) + 1, false, &end, best);
}

/* The value in an attribute without quotes: a blank or a slash ends it. */
static void judge_unquoted(stk_str text, stk_confirmed *best)
{
    size_t at = 0, end;
    while (at < text.len && !stk_is_one_of(text.ptr[at], " \t\n\r\f/<") && text.ptr[at] != '\0')
        at++;
    if (stk_word_at(text, 0, "on"))
        at = 0;
    if (at < text.len)
        (void)judge_attributes(text, at, false, &end, best);
}

/* "javascript:" inside a longer text, when code follows. */
static void judge_inner_urls(stk_str text, stk_confirmed *best)
{
    for (size_t at = stk_word_find(text, 0, "script"); at < text.len;
         at = stk_word_find(text, at + 6, "script")) {
        size_t from = at;
        if (at >= 4 && stk_word_at(text, at - 4, "java"))
            from -= 4;
        else if (at >= 2 && stk_word_at(text, at - 2, "vb"))
            from -= 2;
        else
            continue;
        size_t colon = stk_skip_space(text, at + 6);
        if (colon < text.len && text.ptr[colon] == ':' && code_follows(text, colon + 1) &&
            (from == 0 || !stk_is_word(text.ptr[from - 1])))
            stk_confirm_more(best, .6, STK_MSG_SIG_HTML_URL, STK_S("text"),
                             stk_excerpt(text, from, from + 60));
    }
}

/* "javascript:void(0)", "javascript:;": what links of pages lead to when they lead nowhere. */
static bool leads_nowhere(stk_str text, size_t at)
{
    static const char *const nothing[] = { "void(0)", "void(0);", "void 0", ";", "//", "#" };
    for (size_t i = 0; i < STK_COUNT(nothing); i++)
        if (stk_word_is((stk_str){ text.ptr + at, text.len - at }, nothing[i]))
            return true;
    return false;
}

static void judge_urls(stk_str text, stk_confirmed *best)
{
    size_t code = script_url_at(text, 0);
    if (code != 0 && leads_nowhere(text, code))
        return;
    stk_arg piece = stk_excerpt(text, 0, 60);
    bool bare = code != 0 && stk_skip_space(text, code) >= text.len; /* the rest is elsewhere */
    if (code != 0 && (bare || code_follows(text, code)))
        stk_confirm_more(best, bare ? .6 : .85, STK_MSG_SIG_HTML_URL, STK_S("value"), piece);
    if (data_document_at(text, 0)) {
        bool markup = memchr(text.ptr, '<', text.len) != NULL ||
                      stk_word_find(text, 0, ";base64") < text.len ||
                      stk_word_find(text, 0, "%3c") < text.len;
        stk_confirm_more(best, markup ? .8 : .45, STK_MSG_SIG_HTML_URL, STK_S("value"), piece);
    }
    judge_inner_urls(text, best);
    if ((stk_word_find(text, 0, "expr") < text.len ||
         stk_word_find(text, 0, "-moz-binding") < text.len) &&
        memchr(text.ptr, '(', text.len) != NULL && memchr(text.ptr, ':', text.len) != NULL &&
        style_runs(text))
        stk_confirm_more(best, .6, STK_MSG_SIG_HTML_STYLE, STK_S("style"), piece);
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)arena;
    stk_confirmed best = { 0 };
    if (text.len == 0)
        return false;
    judge_text(text, argument != NULL && strcmp(argument, "strict") == 0, &best);
    if (best.confidence < .85) {
        judge_in_quotes(text, '"', &best);
        judge_in_quotes(text, '\'', &best);
        judge_in_quotes(text, '`', &best);
        judge_unquoted(text, &best);
        judge_urls(text, &best);
    }
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_html = {
    .name = "html",
    .summary = "reads the value as a browser would, in text and in attributes",
    .judge = judge,
};
