/* SPDX-License-Identifier: Apache-2.0 */
/* Would a template engine compute this value? Marks of an expression are found ({{ }}, ${ }, #{ },
 * <%= %>, {% %}, %{ }, *{ }, @( )), then what stands between them is judged: arithmetic on numbers
 * (the test that every such attack begins with), names that reach into the language behind the
 * engine, calls. A placeholder that nobody filled in ({{user.name}}, ${CLICK_URL}) is none. */
#include "detect/confirm/words.h"

enum { BODY_BYTES = 512, MARKS = 64 };

static const struct mark {
    const char *open, *close, *engine;
    double call; /* how sure a call inside it makes us */
} marks[] = {
    { "{{", "}}", "Jinja2, Twig, Handlebars, AngularJS", .55 },
    { "{%", "%}", "Jinja2, Twig", .6 },
    { "${", "}", "FreeMarker, Velocity, SpEL", .6 },
    { "#{", "}", "SpEL, EL, Slim, Pug", .6 },
    { "*{", "}", "Thymeleaf", .6 },
    { "%{", "}", "OGNL", .65 },
    { "@{", "}", "Thymeleaf", .55 },
    { "~{", "}", "Thymeleaf", .55 },
    { "[[", "]]", "Thymeleaf", .35 },
    { "<%", "%>", "ERB, JSP, ASP", .7 },
    { "@(", ")", "Razor", .35 },
    { "{php}", "{/php}", "Smarty", .9 },
    { "{{{", "}}}", "Handlebars", .55 },
    { "{$", "}", "Smarty", .6 },
    { "#set(", ")", "Velocity", .7 },
    { "<#", ">", "FreeMarker", .5 },
    { "[#", "]", "FreeMarker", .4 },
};

/* What no placeholder names: ways from an expression into the language behind it. */
static const char *const reaches[] = {
    "__class__",
    "__mro__",
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__import__",
    "__init__",
    "__base__",
    "__proto__",
    "__dict__",
    "__getitem__",
    "config.items",
    "config[",
    "self._",
    "_self.",
    "request.application",
    "request.args",
    "request|attr",
    "|attr(",
    "lipsum",
    "cycler.",
    "joiner.",
    "namespace(",
    "get_flashed",
    "url_for.",
    "constructor",
    "getruntime",
    "getclass",
    "forname(",
    "java.lang",
    "java.util",
    "javax.",
    "runtime.exec",
    "processbuilder",
    "classloader",
    "t(java",
    "t(org",
    "new java",
    "freemarker.template",
    "?new(",
    "?eval",
    "?api",
    "_memberaccess",
    "#context",
    "@java",
    "@org",
    "#cmd",
    "#request",
    "#application",
    "#parameters",
    "registerundefinedfilter",
    "getfilter",
    "|filter(",
    "|map(",
    "|passthru",
    "system(",
    "popen(",
    "exec(",
    "passthru(",
    "eval(",
    "shell_exec",
    "file_get_contents",
    "phpinfo",
    "`id`",
    "open(",
    "settings.secret",
    "secret_key",
    "dump(app",
    "app.request",
    "process.mainmodule",
    "global.process",
    "child_process",
    "require(",
    "function(){",
    "$smarty",
    "#assign",
    "$class",
    "$rt",
    "#evaluate",
    "include file",
    "applicationscope",
    "sessionscope",
    "requestscope",
    "pagecontext",
    "facescontext",
    "servletcontext",
    "environ",
    "kernel.",
    "file.open",
    "io.popen",
    "dir.entries",
    "netty",
    "springframework",
    "scriptengine",
    "debug(",
};

static bool is_operator(char c)
{
    return stk_is_one_of(c, "*+-/%^");
}

/* `7*7`, `'7'*7`, `(3 * 4)`, `7 + 7`. */
static bool is_arithmetic(stk_str body)
{
    size_t numbers = 0, operators = 0, letters = 0;
    bool in_number = false;
    for (size_t i = 0; i < body.len; i++) {
        char c = body.ptr[i];
        if (stk_is_digit(c)) {
            numbers += !in_number;
            in_number = true;
            continue;
        }
        in_number = c == '.' && in_number;
        operators += is_operator(c);
        letters += stk_is_alpha(c);
        if (!is_operator(c) && !stk_is_space(c) && !stk_is_one_of(c, "'\"().=|") &&
            !stk_is_alpha(c))
            return false;
    }
    return numbers >= 2 && operators >= 1 && letters <= 4;
}

static const char *reach_in(stk_str body)
{
    for (size_t at = 0; at < body.len; at++)
        for (size_t i = 0; i < STK_COUNT(reaches); i++)
            if (reaches[i][0] == stk_lower(body.ptr[at]) && stk_word_at(body, at, reaches[i]))
                return reaches[i];
    return NULL;
}

/* name( … ) : something is called. */
static bool has_call(stk_str body)
{
    for (size_t i = 1; i < body.len; i++)
        if (body.ptr[i] == '(' && (stk_is_word(body.ptr[i - 1]) || body.ptr[i - 1] == ')'))
            return true;
    return false;
}

/* `if vip`, `if customer.orders > 1`, `endif`: what letters of a shop hold, when somebody edits
 * them in a form. */
static bool is_letter_condition(stk_str body, size_t at)
{
    if (!stk_word_at(body, at, "if ") && !stk_word_at(body, at, "else") &&
        !stk_word_at(body, at, "endif"))
        return false;
    bool quoted = false;
    for (; at < body.len; at++) {
        char c = body.ptr[at];
        quoted = quoted != (c == '"' || c == '\'');
        if (!stk_is_word(c) && !stk_is_space(c) && !stk_is_one_of(c, ".<>=!-'\""))
            return false;
    }
    return !quoted;
}

static double statement_sure(stk_str body)
{
    static const char *const words[] = { "if ",      "for ",   "set ",   "import ",    "include ",
                                         "extends ", "block ", "raw",    "debug",      "print",
                                         "load ",    "with ",  "macro ", "autoescape", "verbatim",
                                         "filter ",  "endfor", "endif",  "call ",      "do " };
    size_t at = stk_skip_space(body, 0);
    at += at < body.len && body.ptr[at] == '-';
    at = stk_skip_space(body, at);
    if (is_letter_condition(body, at))
        return .45;
    for (size_t i = 0; i < STK_COUNT(words); i++)
        if (stk_word_at(body, at, words[i]))
            return .7;
    return .2;
}

/* Nothing but a name, such as a letter's place holder has. */
static bool is_name(stk_str body, size_t at)
{
    at = stk_skip_space(body, at);
    size_t end = at;
    while (end < body.len && (stk_is_word(body.ptr[end]) || body.ptr[end] == '.'))
        end++;
    return end > at && stk_skip_space(body, end) >= body.len;
}

/* Objects of an engine that hold its secrets; no letter prints them. */
static bool is_engine_object(stk_str body)
{
    static const char *const names[] = { "config",  "self",  "settings",
                                         "request", "_self", "_context" };
    size_t at = stk_skip_space(body, 0), end = body.len;
    while (end > at && stk_is_space(body.ptr[end - 1]))
        end--;
    for (size_t i = 0; i < STK_COUNT(names); i++)
        if (stk_word_is((stk_str){ body.ptr + at, end - at }, names[i]))
            return true;
    return false;
}

/* What stands between the marks. */
static double body_sure(stk_str body, const struct mark *mark)
{
    if (is_arithmetic(body))
        return mark->open[0] == '[' || mark->open[0] == '@' ? .6 : .9;
    if (reach_in(body) != NULL)
        return mark->open[0] == '[' ? .6 : .9;
    double sure = mark->open[0] == '{' && mark->open[1] == '{' && is_engine_object(body) ? .65 : 0;
    if (has_call(body) && sure < mark->call)
        sure = mark->call;
    if (mark->open[0] == '{' && mark->open[1] == '%' && sure < statement_sure(body))
        sure = statement_sure(body);
    if (mark->open[0] == '<' && mark->open[1] == '%') {
        bool shown = body.len > 0 && stk_is_one_of(body.ptr[0], "=@!-");
        sure = sure > .6 ? sure : shown && !is_name(body, 1) ? .65 : .45;
    }
    if (mark->open[0] == '#' && mark->open[1] == 's')
        sure = .7;
    return sure;
}

static void judge_mark(stk_str text, size_t at, const struct mark *mark, stk_confirmed *best)
{
    size_t from = at + strlen(mark->open);
    stk_str rest = { text.ptr + from, text.len - from < BODY_BYTES ? text.len - from : BODY_BYTES };
    size_t end = stk_word_find(rest, 0, mark->close);
    bool closed = end < rest.len;
    /* Inner brackets end `}` too early; read on to the last one that is near. */
    if (closed && mark->close[1] == '\0')
        for (size_t next = end; next < rest.len; next = stk_word_find(rest, next + 1, mark->close))
            end = next;
    stk_str body = { rest.ptr, end };
    double sure = body_sure(body, mark);
    if (!closed)
        sure = sure >= .9 ? .7 : sure * .6;
    stk_confirm_more(best, sure, STK_MSG_SIG_TEMPLATE, STK_TERM(mark->engine),
                     stk_excerpt(text, at, from + end));
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)argument;
    (void)arena;
    stk_confirmed best = { 0 };
    size_t seen = 0;
    for (size_t at = 0; at + 2 < text.len && seen < MARKS; at++) {
        if (!stk_is_one_of(text.ptr[at], "{$#*%@~[<"))
            continue;
        for (size_t i = 0; i < STK_COUNT(marks); i++) {
            if (marks[i].open[0] != text.ptr[at] || !stk_word_at(text, at, marks[i].open))
                continue;
            seen++;
            judge_mark(text, at, &marks[i], &best);
        }
    }
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_template = {
    .name = "template",
    .summary = "expressions that a template engine would compute",
    .judge = judge,
};
