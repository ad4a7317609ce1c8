/* SPDX-License-Identifier: Apache-2.0 */
/* JavaScript inside a value, with no tag around it: what breaks out of a string or stands where a
 * page writes script. Words alone prove nothing ("alert", "document"), so each is judged with what
 * follows it: a call with the arguments that attacks use, a member, an assignment. */
#include "detect/confirm/words.h"

enum { CALL_ARGUMENT_BYTES = 200, COMMENT_BYTES = 256, PIECE_BYTES = 40 };

/* Functions that show or run something; `sure` when called with a literal, `loose` with a name. */
static const struct sink {
    const char *name;
    double sure, loose;
} sinks[] = {
    { "alert", .85, .65 },
    { "prompt", .8, .5 },
    { "confirm", .8, .4 },
    { "eval", .8, .7 },
    { "settimeout", .75, .65 },
    { "setinterval", .75, .65 },
    { "execscript", .8, .7 },
    { "function", .55, .4 },
    { "string.fromcharcode", .85, .8 },
    { "unescape", .65, .5 },
    { "atob", .7, .6 },
    { "fetch", .7, .5 },
    { "import", .55, .3 },
    { "print", .35, .3 },
    { "expression", .5, .35 },
    { "addeventlistener", .7, .6 },
    { "postmessage", .6, .5 },
    { "appendchild", .7, .7 },
    { "createelement", .75, .7 },
    { "xmlhttprequest", .75, .75 },
    { "importscripts", .8, .7 },
    { "getelementsbytagname", .7, .6 },
    { "setattribute", .55, .5 },
    { "reflect.call", .7, .6 },
};

/* Objects whose members no ordinary text names. Sorted by object. */
static const struct member {
    const char *object, *name; /* "" : any of two or more characters, when used */
    double sure;
} members[] = {
    { "document", "cookie", .85 },
    { "document", "write", .8 },
    { "document", "writeln", .8 },
    { "document", "location", .75 },
    { "document", "domain", .65 },
    { "document", "body", .6 },
    { "document", "createelement", .75 },
    { "document", "queryselector", .7 },
    { "document", "getelementbyid", .6 },
    { "document", "getelementsbytagname", .6 },
    { "document", "forms", .55 },
    { "document", "url", .55 },
    { "document", "referrer", .55 },
    { "document", "documentelement", .6 },
    { "document", "defaultview", .7 },
    { "document", "parentnode", .7 },
    { "document", "vulnerable", .7 },
    { "window", "location", .65 },
    { "window", "open", .55 },
    { "window", "name", .6 },
    { "window", "alert", .7 },
    { "window", "onerror", .75 },
    { "location", "href", .4 },
    { "location", "hash", .55 },
    { "location", "assign", .5 },
    { "location", "replace", .5 },
    { "localstorage", "getitem", .6 },
    { "sessionstorage", "getitem", .6 },
    { "this", "constructor", .65 },
    { "string", "fromcharcode", .8 },
    { "self", "location", .6 },
    { "top", "location", .6 },
    { "parent", "location", .6 },
    { "frames", "document", .6 },
    { "xmlhttprequest", "prototype", .7 },
};

static const char *const globals[] = { "document", "frames", "globalthis", "opener", "parent",
                                       "self",     "this",   "top",        "window" };

/* Comments and blanks, which may stand between any two tokens. */
static size_t skip_gaps(stk_str text, size_t at)
{
    for (;;) {
        size_t from = at;
        at = stk_skip_space(text, at);
        if (stk_word_at(text, at, "/*")) {
            size_t left = text.len - at - 2;
            const char *end = memmem(text.ptr + at + 2, left < COMMENT_BYTES ? left : COMMENT_BYTES,
                                     "*/", 2);
            if (end == NULL)
                return at;
            at = (size_t)(end - text.ptr) + 2;
        }
        if (at == from)
            return at;
    }
}

/* `(`…`)` or a template at `at`: how much it looks like an attack's call, 0..1 of the sink's. */
static double call_shape(stk_str text, size_t at, bool gap, const struct sink *sink)
{
    char open = text.ptr[at];
    if (open == '`')
        return gap ? 0 : sink->sure;
    size_t from = skip_gaps(text, at + 1);
    if (from >= text.len)
        return gap ? 0 : sink->loose;
    char c = text.ptr[from];
    size_t limit = from + CALL_ARGUMENT_BYTES < text.len ? from + CALL_ARGUMENT_BYTES : text.len;
    const char *close = memchr(text.ptr + from, ')', limit - from);
    if (c == ')')
        return gap ? sink->loose * .6 : sink->sure;
    if (stk_is_one_of(c, "'\"`/\\") || (stk_is_digit(c) && close != NULL))
        return sink->sure;
    if (stk_is_digit(c) || stk_is_one_of(c, "[({!+-~"))
        return gap ? sink->loose * .8 : sink->sure;
    for (size_t i = 0; i < STK_COUNT(globals); i++)
        if (stk_word_whole_at(text, from, globals[i]))
            return sink->sure;
    if (gap || !(stk_is_word(c) || c == '$'))
        return 0;
    size_t end = from;
    while (end < limit && (stk_is_word(text.ptr[end]) || text.ptr[end] == '.'))
        end++;
    return end >= text.len || stk_is_one_of(text.ptr[end], "(),+[`") ? sink->loose : 0;
}

static void judge_sink(stk_str text, size_t at, const struct sink *sink, stk_confirmed *best)
{
    size_t end = at + strlen(sink->name);
    size_t open = skip_gaps(text, end);
    if (at > 0 && text.ptr[at - 1] == '=' && sink->sure >= .75 &&
        (open >= text.len || stk_is_one_of(text.ptr[open], ";,)&|}"))) /* a=eval; */
        stk_confirm_more(best, open < text.len ? .7 : .55, STK_MSG_SIG_SCRIPT, STK_TERM(sink->name),
                         stk_excerpt(text, at, at + 48));
    while (open < text.len && text.ptr[open] == '\\')
        open++;
    /* "alert?.(1)", "(alert)(1)", "alert.call(…)" */
    if (stk_word_at(text, open, "?."))
        open += 2;
    bool wrapped = open < text.len && text.ptr[open] == ')';
    if (wrapped)
        open = skip_gaps(text, open + 1);
    if (stk_word_at(text, open, ".call") || stk_word_at(text, open, ".apply"))
        open = skip_gaps(text, open + 5 + (stk_lower(text.ptr[open + 1]) == 'a'));
    if (open >= text.len || (text.ptr[open] != '(' && text.ptr[open] != '`'))
        return;
    double sure = call_shape(text, open, open > end && text.ptr[end] != '/' && !wrapped, sink);
    stk_confirm_more(best, sure, STK_MSG_SIG_SCRIPT, STK_TERM(sink->name),
                     stk_excerpt(text, at, at + 48));
}

/* object.member, object['member'], object [ … ] ( … ) */
static void judge_object(stk_str text, size_t at, size_t end, stk_confirmed *best)
{
    size_t next = skip_gaps(text, end);
    if (next >= text.len)
        return;
    stk_arg piece = stk_excerpt(text, at, at + 48);
    stk_str object = { text.ptr + at, end - at };
    if (text.ptr[next] == '[') {
        size_t in = skip_gaps(text, next + 1);
        bool odd = in < text.len && stk_is_one_of(text.ptr[in], "'\"`/+({\\");
        if (odd && stk_word_listed(object, globals, STK_COUNT(globals)))
            stk_confirm_more(best, .75, STK_MSG_SIG_SCRIPT, STK_S("object[…]"), piece);
        return;
    }
    if (text.ptr[next] == '?')
        next++;
    if (next >= text.len || text.ptr[next] != '.')
        return;
    next = skip_gaps(text, next + 1);
    if (stk_word_at(text, next, "__") && stk_word_listed(object, globals, STK_COUNT(globals)))
        stk_confirm_more(best, .6, STK_MSG_SIG_SCRIPT, STK_S("__"), piece);
    for (size_t i = 0; i < STK_COUNT(members); i++)
        if (stk_word_is(object, members[i].object) &&
            stk_word_whole_at(text, next, members[i].name))
            stk_confirm_more(best, members[i].sure, STK_MSG_SIG_SCRIPT, STK_TERM(members[i].object),
                             piece);
}

/* One word of the text at `at`..`end`. */
static void judge_word(stk_str text, size_t at, size_t end, stk_confirmed *best)
{
    stk_str word = { text.ptr + at, end - at };
    for (size_t i = 0; i < STK_COUNT(sinks); i++) {
        const char *dot = strchr(sinks[i].name, '.');
        size_t len = dot != NULL ? (size_t)(dot - sinks[i].name) : strlen(sinks[i].name);
        /* "scriptalert(…)": the `<` and `>` around a tag were taken away, the word was not. */
        bool tail = word.len > len && word.len <= len + 6 && stk_word_at(word, 0, "script");
        size_t from = tail ? at + word.len - len : at;
        if ((word.len == len || tail) && stk_word_at(text, from, sinks[i].name))
            judge_sink(text, from, &sinks[i], best);
    }
    if (word.len >= 10 && stk_word_at(word, 0, "script") && stk_word_at(word, 6, "document"))
        at += 6; /* likewise */
    judge_object(text, at, end, best);
    if (word.len >= 9 && stk_word_at(word, 0, "__proto__"))
        stk_confirm_more(best, .6, STK_MSG_SIG_SCRIPT, STK_S("__proto__"),
                         stk_excerpt(text, at, end));
    if ((stk_word_is(word, "innerhtml") || stk_word_is(word, "outerhtml")) && end < text.len &&
        skip_gaps(text, end) < text.len && stk_is_one_of(text.ptr[skip_gaps(text, end)], "=+"))
        stk_confirm_more(best, .7, STK_MSG_SIG_SCRIPT, STK_S("innerHTML"),
                         stk_excerpt(text, at, end));
    if (stk_word_is(word, "constructor") && at > 0 && stk_is_one_of(text.ptr[at - 1], ".'\"[`"))
        stk_confirm_more(best, .6, STK_MSG_SIG_SCRIPT, STK_S("constructor"),
                         stk_excerpt(text, at, end + 24));
}

/* A string ended, then a statement: `';…`, `"-…-"`, `'});…`; counts only with a call after it. */
static double break_at(stk_str text, size_t at)
{
    size_t next = skip_gaps(text, at + 1);
    if (next >= text.len || !stk_is_one_of(text.ptr[next], ";)}]-+,|&^*%?:/"))
        return 0;
    /* `"name": "…` and `"one", "two…`: the next string of a JSON text begins. */
    size_t other = stk_skip_space(text, next + 1);
    if (text.ptr[at] == '"' && stk_is_one_of(text.ptr[next], ":,") && other < text.len &&
        text.ptr[other] == '"')
        return 0;
    size_t call = next;
    while (call < text.len && !stk_is_alpha(text.ptr[call]) && call < next + 24)
        call++;
    size_t end = call;
    while (end < text.len && (stk_is_word(text.ptr[end]) || text.ptr[end] == '.'))
        end++;
    if (end == call || end >= text.len)
        return 0;
    size_t open = skip_gaps(text, end);
    if (open >= text.len || !stk_is_one_of(text.ptr[open], "(`"))
        return 0;
    return open == end ? .55 : .35;
}

/* `'java'+''+'scr'+'ipt'`: a word written in pieces. */
static bool pieces_at(stk_str text, size_t at)
{
    size_t joined = 0;
    char quote = text.ptr[at];
    for (size_t n = 0; n < 4; n++) {
        size_t end = at + 1, limit = at + PIECE_BYTES;
        while (end < text.len && end < limit &&
               (stk_is_word(text.ptr[end]) || stk_is_one_of(text.ptr[end], ":()$.")))
            end++;
        if (end >= text.len || text.ptr[end] != quote)
            break;
        size_t next = stk_skip_space(text, end + 1);
        bool plus = next < text.len && text.ptr[next] == '+', or = stk_word_at(text, next, "||");
        if (!plus && ! or)
            break;
        at = stk_skip_space(text, next + (or ? 2 : 1));
        if (at >= text.len || text.ptr[at] != quote)
            break;
        joined++;
    }
    return joined >= 2;
}

/* A member of a literal: ""["al\ert"], (1?…)["call"](…), /x/.source. */
static double literal_member(stk_str text, size_t at)
{
    size_t open = stk_skip_space(text, at + 1);
    if (stk_word_at(text, at, "/.source") || stk_word_at(text, at, "/.exec("))
        return .55;
    if (!stk_is_one_of(text.ptr[at], "\"')]}") || open >= text.len || text.ptr[open] != '[')
        return 0;
    size_t in = open + 1;
    while (in < text.len && (stk_is_digit(text.ptr[in]) || text.ptr[in] == '?'))
        in++;
    if (in >= text.len || !stk_is_one_of(text.ptr[in], "\"'`"))
        return 0;
    size_t left = text.len - in - 1;
    const char *close = memchr(text.ptr + in + 1, text.ptr[in],
                               left < PIECE_BYTES ? left : PIECE_BYTES);
    bool called = close != NULL && (size_t)(close - text.ptr) + 2 < text.len && close[1] == ']' &&
                  stk_is_one_of(close[2], "(`[");
    bool slashed = close != NULL &&
                   memchr(text.ptr + in, '\\', (size_t)(close - text.ptr) - in) != NULL;
    return called || slashed ? .65 : 0;
}

/* Six characters are enough to write any program: `[][(![]+[])[+[]]…`. */
static bool is_jsfuck(stk_str text)
{
    size_t odd = 0, negated = 0;
    for (size_t i = 0; i < text.len; i++) {
        negated += i + 2 < text.len && stk_is_one_of(text.ptr[i], "!+") && text.ptr[i + 1] == '[' &&
                   text.ptr[i + 2] == ']';
        odd += stk_is_one_of(text.ptr[i], "[]()!+{}");
    }
    return (negated >= 2 && odd * 2 >= text.len) ||
           (odd >= 16 && odd * 10 >= text.len * 8 && memmem(text.ptr, text.len, "[]", 2) != NULL);
}

/* What a `\x61`, `\u0061` or `\u{61}` at `at` stands for; 0: nothing. */
static uint32_t escaped_at(stk_str text, size_t at)
{
    if (at + 4 > text.len || text.ptr[at] != '\\' ||
        (text.ptr[at + 1] != 'u' && text.ptr[at + 1] != 'x'))
        return 0;
    bool braces = text.ptr[at + 2] == '{';
    size_t digits = text.ptr[at + 1] == 'x' ? 2 : braces ? 6 : 4, from = at + 2 + braces, i = from;
    uint32_t value = 0;
    for (; i < text.len && i < from + digits; i++) {
        char c = stk_lower(text.ptr[i]);
        if (stk_is_digit(c))
            value = value * 16 + (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (uint32_t)(c - 'a') + 10;
        else
            break;
    }
    return i > from + (braces ? 0 : digits - 1) ? value : 0;
}

/* `\u0061lert(1)`, `al\x65rt`: an escaped letter in a name. What JSON escapes (\u00e9, \u003c) is
 * no letter of a name in ASCII, which nobody needs to escape. */
static bool escaped_name(stk_str text, size_t at)
{
    uint32_t value = escaped_at(text, at);
    return value > 0 && value < 0x80 && (stk_is_word((char)value) || value == '$') &&
           (at == 0 || stk_is_alpha(text.ptr[at - 1]) ||
            stk_is_one_of(text.ptr[at - 1], "=:;({/\"'` "));
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)argument;
    (void)arena;
    stk_confirmed best = { 0 };
    bool escapes = memchr(text.ptr, '(', text.len) == NULL;
    for (size_t i = 0; i < text.len;) {
        char c = text.ptr[i];
        if (c == '\'' || c == '"' || c == '`')
            stk_confirm_more(&best, break_at(text, i), STK_MSG_SIG_SCRIPT, STK_S("“'”"),
                             stk_excerpt(text, i, i + 40));
        if ((c == '\'' || c == '"') && best.confidence < .55 && pieces_at(text, i))
            stk_confirm_more(&best, .55, STK_MSG_SIG_SCRIPT, STK_S("'+'"),
                             stk_excerpt(text, i, i + 40));
        if (stk_is_one_of(c, "\"')]}/"))
            stk_confirm_more(&best, literal_member(text, i), STK_MSG_SIG_SCRIPT, STK_S("[]"),
                             stk_excerpt(text, i, i + 40));
        if (c == '\\' && !escapes && escaped_name(text, i)) {
            escapes = true;
            stk_confirm_more(&best, .6, STK_MSG_SIG_SCRIPT, STK_S("\\u"),
                             stk_excerpt(text, i, i + 40));
        }
        if (!stk_is_alpha(c) && c != '_') {
            i++;
            continue;
        }
        size_t end = i;
        while (end < text.len && (stk_is_word(text.ptr[end]) || text.ptr[end] == '$'))
            end++;
        judge_word(text, i, end, &best);
        i = end;
    }
    if (is_jsfuck(text))
        stk_confirm_more(&best, .8, STK_MSG_SIG_SCRIPT, STK_S("[]()!+"), stk_excerpt(text, 0, 40));
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_script = {
    .name = "script",
    .summary = "JavaScript calls, members and string breaks, with no tag around them",
    .judge = judge,
};
