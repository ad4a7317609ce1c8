/* SPDX-License-Identifier: Apache-2.0 */
/* Would a shell run this value? It is read as sh, cmd.exe or PowerShell would read it: at each
 * place where a command may begin (the start, after a separator, inside a substitution) a word is
 * taken, with the quoting taken off that hides it (c'a't, c\at, c^at, ${IFS}), and looked up. Three
 * things are weighed together: how the place was reached, how much the word is a command and
 * nothing else, and whether arguments follow as a command has them. "rock & roll; cat food" has a
 * separator and a command, but no argument that a command would get.
 *
 * Argument `header` is for User-Agent and its kin, which are full of `;` and short words: there
 * only words that are nothing but commands count after it. */
#include "detect/confirm/shell_names.h"
#include "detect/confirm/words.h"

enum {
    WORD_BYTES = 40,
    ARGUMENTS = 4,
    PLACES = 256,
    GLOB_SET = 24,
    CLOSE_WITHIN = 400,
    HEAD_BYTES = 48
};

typedef struct word {
    char text[WORD_BYTES]; /* quoting, directory and .exe taken off; lower case */
    size_t len, end;       /* end: in the text, after the word */
    bool in_bin;           /* stood in a directory of programs */
    bool tricks;           /* quoting inside the word */
    bool capital;          /* Get-Process: a letter after a hyphen */
} word;

/* Blanks as shells have them, `${IFS}`, and `+` of a form that was decoded once too few. */
static size_t blank_at(stk_str t, size_t at)
{
    if (at >= t.len)
        return 0;
    if (stk_is_space(t.ptr[at]) || t.ptr[at] == '+')
        return 1;
    if (stk_word_at(t, at, "${ifs}"))
        return 6;
    if (stk_word_at(t, at, "$ifs$9"))
        return 6;
    if (stk_word_at(t, at, "$ifs"))
        return 4;
    return 0;
}

static size_t skip_blanks(stk_str t, size_t at)
{
    for (size_t n = blank_at(t, at); n > 0; n = blank_at(t, at))
        at += n;
    return at;
}

static bool ends_word(stk_str t, size_t at)
{
    return at >= t.len || blank_at(t, at) > 0 || stk_is_one_of(t.ptr[at], ";|&<>()`,{}=:?!#%");
}

/* A newline that was written as `\n` and not decoded; not the `\n` of C:\net. */
static bool newline_written_at(stk_str t, size_t at)
{
    return at + 1 < t.len && t.ptr[at] == '\\' && (t.ptr[at + 1] == 'n' || t.ptr[at + 1] == 'r') &&
           (at + 2 >= t.len || !stk_is_alnum(t.ptr[at + 2]));
}

static void finish_word(word *w)
{
    size_t cut = 0;
    for (size_t i = 0; i < w->len; i++)
        if (w->text[i] == '/')
            cut = i + 1;
    w->in_bin = cut >= 4 && (memmem(w->text, cut, "bin/", 4) != NULL ||
                             memmem(w->text, cut, "system32/", 9) != NULL);
    memmove(w->text, w->text + cut, w->len - cut);
    w->len -= cut;
    static const char *const endings[] = { ".exe", ".com", ".bat", ".cmd" };
    for (size_t i = 0; i < STK_COUNT(endings); i++)
        if (w->len > 4 && memcmp(w->text + w->len - 4, endings[i], 4) == 0)
            w->len -= 4;
    while (w->len > 0 && w->text[w->len - 1] == '.')
        w->len--;
}

/* A quote in a word has its fellow in the same word (c'a't); alone it is an apostrophe (I'd). */
static bool quote_paired(stk_str t, size_t from, size_t at)
{
    char quote = t.ptr[at];
    for (size_t i = from; i < at; i++)
        if (t.ptr[i] == quote)
            return true;
    for (size_t i = at + 1; i < t.len && i < at + WORD_BYTES && !stk_is_space(t.ptr[i]); i++)
        if (t.ptr[i] == quote)
            return true;
    return false;
}

/* The command word at `at`. */
static bool read_word(stk_str t, size_t at, word *w)
{
    *w = (word){ .end = at };
    bool quoted_before = false;
    for (; w->end < t.len && w->len < WORD_BYTES; w->end++) {
        char c = t.ptr[w->end];
        if (newline_written_at(t, w->end))
            break;
        bool escape = c == '\\' && w->end + 1 < t.len && stk_is_alpha(t.ptr[w->end + 1]) &&
                      w->len > 0 && stk_is_alpha(w->text[w->len - 1]) && !w->in_bin &&
                      memchr(w->text, ':', w->len) == NULL;
        if (c == '\'' || c == '"' || c == '^' || escape) {
            bool quote = c == '\'' || c == '"';
            if (quote && w->len > 0 && !quote_paired(t, at, w->end)) {
                if (w->end + 1 < t.len && stk_is_alnum(t.ptr[w->end + 1]))
                    return false;
                break;
            }
            bool inside = w->len > 0 && w->end + 1 < t.len && stk_is_alnum(t.ptr[w->end + 1]);
            w->tricks = w->tricks ||
                        (inside && (escape || c == '^' || quoted_before || w->len < 3));
            quoted_before = true;
            continue;
        }
        if (stk_word_at(t, w->end, "$@") || stk_word_at(t, w->end, "$*")) {
            w->tricks = true;
            w->end++;
            continue;
        }
        bool drive = c == ':' && w->len == 1 && w->end + 1 < t.len &&
                     stk_is_one_of(t.ptr[w->end + 1], "/\\");
        if (ends_word(t, w->end) && !drive)
            break;
        w->capital = w->capital ||
                     (c >= 'A' && c <= 'Z' && w->len > 0 && w->text[w->len - 1] == '-');
        w->text[w->len++] = c == '\\' ? '/' : stk_lower(c);
    }
    finish_word(w);
    return w->len > 0;
}

/* How much the word is a command and nothing else: 0..4. */
static int word_weight(const word *w)
{
    stk_str name = { w->text, w->len };
    int weight = 0;
    if (stk_word_listed(name, sure_commands, STK_COUNT(sure_commands)))
        weight = 3;
    else if (stk_word_listed(name, short_commands, STK_COUNT(short_commands)))
        weight = 2;
    else if (stk_word_listed(name, english_commands, STK_COUNT(english_commands)))
        weight = 1;
    const char *dash = memchr(w->text, '-', w->len);
    if (dash != NULL) {
        stk_str verb = { w->text, (size_t)(dash - w->text) };
        stk_str noun = { dash + 1, w->len - verb.len - 1 };
        if (stk_word_listed(verb, cmdlet_verbs, STK_COUNT(cmdlet_verbs))) {
            if (stk_word_listed(noun, odd_nouns, STK_COUNT(odd_nouns)))
                weight = 4;
            else if (stk_word_listed(noun, plain_nouns, STK_COUNT(plain_nouns)))
                weight = w->capital ? 4 : 2;
        }
    }
    if (w->in_bin)
        weight = weight > 0 ? 4 : 3;
    return weight + (w->tricks && weight > 0 ? 2 : 0);
}

static bool is_host(stk_str t, size_t at)
{
    size_t digits = 0, dots = 0, i = at;
    for (; i < t.len && (stk_is_digit(t.ptr[i]) || t.ptr[i] == '.'); i++)
        *(t.ptr[i] == '.' ? &dots : &digits) += 1;
    return (dots == 3 && digits >= 4) || stk_word_at(t, at, "localhost") ||
           stk_word_at(t, at, "http://") || stk_word_at(t, at, "https://") ||
           stk_word_at(t, at, "ftp://");
}

static bool is_told_variable(stk_str t, size_t at)
{
    char mark = t.ptr[at];
    if (mark != '$' && mark != '%')
        return false;
    at += 1 + (at + 1 < t.len && t.ptr[at + 1] == '{');
    size_t end = at;
    while (end < t.len && stk_is_word(t.ptr[end]))
        end++;
    return stk_word_listed((stk_str){ t.ptr + at, end - at }, told_variables,
                           STK_COUNT(told_variables));
}

/* Commands that get a host; after other words a URL is only a URL. */
static bool takes_host(const word *w, int weight)
{
    static const char *const words[] = { "host", "mount", "open", "ping", "telnet" };
    return weight >= 2 || stk_word_listed((stk_str){ w->text, w->len }, words, STK_COUNT(words));
}

/* One argument's weight: what a command gets and a sentence does not. */
static int argument_weight(stk_str t, size_t at, bool host)
{
    char c = t.ptr[at], next = at + 1 < t.len ? t.ptr[at + 1] : '\0';
    if (c == '-' &&
        (stk_is_alpha(next) || (next == '-' && at + 2 < t.len && stk_is_alpha(t.ptr[at + 2]))))
        return 2;
    if (c == '-' && stk_is_digit(next))
        return 1;
    if (c == '/' && stk_is_alpha(next))
        return 2; /* a path, or a switch of cmd.exe */
    if (is_told_variable(t, at))
        return 3;
    if (c == '$' && (stk_is_alpha(next) || stk_is_one_of(next, "({'\"")))
        return 2;
    if (stk_is_alpha(c) && next == ':' &&
        (at + 2 >= t.len || stk_is_one_of(t.ptr[at + 2], "/\\+ \"|%")))
        return 2;
    if (stk_word_at(t, at, "../") || stk_word_at(t, at, "./") || stk_word_at(t, at, "..\\") ||
        stk_word_at(t, at, "~/") || stk_word_at(t, at, "\\\\"))
        return 2;
    if (host && is_host(t, at))
        return stk_is_digit(c) ? 3 : 2;
    if (c == '>' || c == '<' || (c == '*' && !stk_is_space(next)) || stk_word_at(t, at, "2>"))
        return 1;
    return 0;
}

typedef struct place {
    int weight;       /* how the place was reached */
    size_t at;        /* where a command may begin */
    bool first;       /* the value's start */
    bool bare_before; /* nothing, or next to nothing, stands before it */
    bool blank_sign;  /* reached by a sign that headers are full of: "(X11; U; id)" */
    bool list;        /* between words without blanks, as in "name;id;price" */
    char close;       /* what ends a substitution */
} place;

/* "sleep 31" and nothing after it: a delay that the attacker measures. */
static bool is_delay(stk_str t, const word *w, size_t at)
{
    if (!stk_word_is((stk_str){ w->text, w->len }, "sleep") &&
        !stk_word_is((stk_str){ w->text, w->len }, "timeout"))
        return false;
    size_t end = at;
    while (end < t.len && stk_is_digit(t.ptr[end]))
        end++;
    size_t next = skip_blanks(t, end);
    return end > at && (next >= t.len || stk_is_one_of(t.ptr[next], ";|&`)#'\""));
}

/* "more text.", "time to": a word of a sentence follows, no file, host or option. */
static bool plain_word_at(stk_str t, size_t at)
{
    size_t end = at;
    while (end < t.len && stk_is_alpha(t.ptr[end]))
        end++;
    if (end == at || end >= t.len || stk_is_space(t.ptr[end]))
        return end > at;
    return stk_is_one_of(t.ptr[end], ".,!?:<") &&
           (end + 1 >= t.len || !stk_is_alnum(t.ptr[end + 1]));
}

/* Does a line end between the two? The command ends with it. */
static bool line_ends(stk_str t, size_t from, size_t to)
{
    return to > from && memchr(t.ptr + from, '\n', to - from) != NULL;
}

/* What follows the word: arguments, an end. */
static int follow_weight(stk_str t, const word *w, const place *p, int word_is)
{
    size_t at = skip_blanks(t, w->end);
    if (at >= t.len)
        return !p->first && (word_is >= 2 || p->bare_before) ? 1 : 0;
    if (p->close != '\0' && t.ptr[at] == p->close)
        return word_is >= 2 || p->bare_before ? 1 : 0;
    if (line_ends(t, w->end, at))
        return word_is >= 2 && !p->first && !p->list ? 1 : 0;
    if (stk_is_one_of(t.ptr[at], ";|&#`") || newline_written_at(t, at)) {
        size_t end = at;
        while (end < t.len && (stk_is_one_of(t.ptr[end], ";|&#`\"'") || blank_at(t, end) > 0 ||
                               newline_written_at(t, end)))
            end += 1 + newline_written_at(t, end);
        if (end >= t.len)
            return p->first && word_is >= 2 && t.ptr[at] != '&' ? 2 : p->first ? 0 : 2;
        return word_is >= 2 && !p->first && !p->list ? 1 : 0;
    }
    int sum = p->bare_before && !p->first && stk_word_is((stk_str){ w->text, w->len }, "echo");
    sum += !is_delay(t, w, at)                                         ? 0
           : p->first && at + 1 < t.len && stk_is_digit(t.ptr[at + 1]) ? 3
                                                                       : 2;
    bool sentence = word_is == 1 && plain_word_at(t, at);
    for (size_t n = 0; n < ARGUMENTS && at < t.len; n++) {
        bool redirects = t.ptr[at] == '>' ||
                         (t.ptr[at] == '<' && at + 1 < t.len && !stk_is_alpha(t.ptr[at + 1]));
        if (!sentence || redirects)
            sum += argument_weight(t, at, takes_host(w, word_is));
        if (n == 0) {
            size_t end = at;
            while (end < t.len && stk_is_alpha(t.ptr[end]))
                end++;
            bool pair = stk_word_is((stk_str){ w->text, w->len }, "net") ||
                        stk_word_is((stk_str){ w->text, w->len }, "reg") ||
                        stk_word_is((stk_str){ w->text, w->len }, "sc") ||
                        stk_word_is((stk_str){ w->text, w->len }, "route");
            if (pair && stk_word_listed((stk_str){ t.ptr + at, end - at }, second_words,
                                        STK_COUNT(second_words)))
                sum += 2;
        }
        while (at < t.len && blank_at(t, at) == 0 && !stk_is_one_of(t.ptr[at], ";|&`"))
            at++;
        size_t next = skip_blanks(t, at);
        if (next >= t.len || line_ends(t, at, next) || stk_is_one_of(t.ptr[next], ";|&`)")) {
            sum += next < t.len && sum > 0;
            break;
        }
        at = next;
    }
    return sum < 4 ? sum : 4;
}

/* "time ls", "env X=1 whoami", "sudo id": the command is the word after. */
static bool skip_wrapper(stk_str t, word *w)
{
    static const char *const wrappers[] = { "builtin", "busybox", "command", "env",  "exec",
                                            "nice",    "nohup",   "sudo",    "time", "xargs" };
    if (!stk_word_listed((stk_str){ w->text, w->len }, wrappers, STK_COUNT(wrappers)))
        return false;
    size_t at = skip_blanks(t, w->end);
    for (size_t n = 0; n < ARGUMENTS && at < t.len; n++) {
        size_t end = at;
        while (end < t.len && !ends_word(t, end))
            end++;
        if (t.ptr[at] != '-' && !(end < t.len && t.ptr[end] == '='))
            break;
        while (end < t.len && blank_at(t, end) == 0)
            end++;
        at = skip_blanks(t, end);
    }
    word next;
    if (!read_word(t, at, &next) || word_weight(&next) < 2)
        return false;
    *w = next;
    return true;
}

static void judge_place(stk_str t, const place *p, stk_confirmed *best)
{
    static const double sure[] = { 0, 0, .1, .3, .55, .7, .8, .9, .95 };
    size_t at = skip_blanks(t, p->at);
    while (at < t.len && stk_is_one_of(t.ptr[at], "({!@\"'"))
        at = skip_blanks(t, at + 1);
    word w;
    bool variable = at < t.len && t.ptr[at] == '$' && is_told_variable(t, at);
    int weight = 0;
    if (variable) {
        size_t end = at + 1;
        while (end < t.len && (stk_is_word(t.ptr[end]) || stk_is_one_of(t.ptr[end], "{}")))
            end++;
        w = (word){ .end = end, .len = 1, .text = "$" };
        weight = 2;
    } else if (read_word(t, at, &w)) {
        weight = word_weight(&w);
        if (skip_wrapper(t, &w))
            weight = word_weight(&w);
    }
    /* "cd=5", "id: 7", "time(now)" name something else. */
    if (weight == 0 || (w.end < t.len && stk_is_one_of(t.ptr[w.end], "=:(?%") && !variable))
        return;
    if (p->blank_sign && weight < 3)
        return;
    int follow = follow_weight(t, &w, p, weight);
    int sum = p->weight + weight + follow;
    /* English words need an argument or nothing around them, wherever they stand. */
    if (weight == 1 && follow == 0)
        sum = 0;
    if (p->first && weight <= 2 && follow < 2)
        sum = 0;
    if (p->first && w.in_bin && sum < 4)
        sum = 4;
    if (p->first && weight == 4 && sum < 4)
        sum = 4;
    size_t index = (size_t)(sum < 8 ? sum : 8);
    if (sure[index] <= best->confidence)
        return;
    *best = (stk_confirmed){ .confidence = sure[index], .reason.message = STK_MSG_SIG_COMMAND };
    best->reason.args[0] = STK_ARG_P(((stk_personal){ .raw = { t.ptr + at, w.end - at } }));
    best->reason.args[1] = stk_excerpt(t, p->at, w.end);
}

/* Before the separator stands a plain list ("name;id;price"), not the end of something. */
static bool list_before(stk_str t, size_t at)
{
    size_t from = at;
    while (from > 0 && (stk_is_word(t.ptr[from - 1]) || t.ptr[from - 1] == '-'))
        from--;
    return at - from > 2;
}

/* What stands before a place is nothing that a sentence would put there. */
static bool bare_before(stk_str t, size_t at)
{
    size_t letters = 0;
    for (size_t i = 0; i < at && at <= HEAD_BYTES && letters < 4; i++)
        letters += stk_is_alpha(t.ptr[i]);
    return letters < 4 && at <= HEAD_BYTES;
}

/* Is there a `c` soon? The window keeps hostile text from costing a search to its end each time. */
static bool soon(stk_str t, size_t at, char c)
{
    size_t left = t.len - at;
    return memchr(t.ptr + at, c, left < CLOSE_WITHIN ? left : CLOSE_WITHIN) != NULL;
}

/* "when I run `npm install` it fails": how people write code in a sentence. */
static bool quotes_code(stk_str t, size_t at)
{
    if (at < 2 || t.ptr[at - 1] != ' ' || !(stk_is_alpha(t.ptr[at - 2]) || t.ptr[at - 2] == ','))
        return false;
    size_t left = t.len - at - 1;
    const char *close = memchr(t.ptr + at + 1, '`', left < CLOSE_WITHIN ? left : CLOSE_WITHIN);
    size_t after = close != NULL ? (size_t)(close - t.ptr) + 1 : t.len;
    return close != NULL && (after >= t.len || stk_is_one_of(t.ptr[after], " .,;:!?)\n"));
}

/* A separator or substitution at `at`: fills the place after it. 0: none. */
static size_t separator_at(stk_str t, size_t at, place *p)
{
    char c = t.ptr[at], next = at + 1 < t.len ? t.ptr[at + 1] : '\0';
    size_t skip = 1;
    *p = (place){ .bare_before = bare_before(t, at) };
    bool tight = list_before(t, at) && !stk_is_space(next);
    p->list = tight;
    if (c == ';')
        p->weight = tight ? 1 : 2;
    else if ((c == '|' || c == '&') && next == c) {
        p->weight = 2;
        skip = 2;
    } else if (c == '|')
        p->weight = tight ? 1 : 2;
    else if (c == '&')
        p->weight = at == skip_blanks(t, 0) ? 2 : 1;
    else if (c == '\n' || c == '\r')
        p->weight = p->bare_before ? 2 : 1;
    else if (c == '\\' && (next == 'n' || next == 'r') &&
             (at == 0 || !stk_is_alnum(t.ptr[at - 1]))) {
        p->weight = 2;
        skip = 2;
    } else if (c == '`') {
        bool closed = soon(t, at + 1, '`');
        *p = (place){ .weight = closed && !quotes_code(t, at) ? 2 + p->bare_before : 1,
                      .close = '`',
                      .bare_before = p->bare_before };
    } else if ((c == '$' || c == '<' || c == '>') && next == '(') {
        *p = (place){ .weight = 3, .close = ')', .bare_before = p->bare_before };
        skip = 2;
    } else
        return 0;
    p->at = at + skip;
    return skip;
}

/* Substitutions that run or compute whatever the word in them is. */
static void judge_substitution(stk_str t, size_t at, stk_confirmed *best)
{
    char c = t.ptr[at], next = at + 1 < t.len ? t.ptr[at + 1] : '\0';
    size_t in = at + 2;
    if (in >= t.len)
        return;
    double sure = 0;
    if (c == '$' && next == '(') {
        bool page = stk_is_one_of(t.ptr[in], "'\".#") || stk_word_at(t, in, "document") ||
                    stk_word_at(t, in, "this") || stk_word_at(t, in, "window") ||
                    stk_word_at(t, in, "function");
        bool closed = soon(t, in, ')');
        size_t price = in; /* "$(15)": what a negative sum looks like in a ledger */
        while (price < t.len && (stk_is_digit(t.ptr[price]) || stk_is_one_of(t.ptr[price], "., ")))
            price++;
        bool sum = price < t.len && t.ptr[price] == ')';
        sure = page || sum || !closed ? .2 : .6;
    } else if (c == '$' && next == '[') {
        sure = stk_is_digit(t.ptr[in]) || t.ptr[in] == ']' ? .55 : .3;
    } else if (c == '$' && next == '{') {
        size_t end = in;
        while (end < t.len &&
               (stk_is_word(t.ptr[end]) && !(t.ptr[end] >= 'a' && t.ptr[end] <= 'z')))
            end++;
        bool macro = end > in && end < t.len && t.ptr[end] == '}'; /* ${CLICK_URL}, left unfilled */
        bool told = is_told_variable(t, at);
        bool closed = soon(t, in, '}');
        size_t name = in; /* ${linkto}: a page's own variable, left unfilled */
        while (name < t.len && stk_is_word(t.ptr[name]))
            name++;
        bool plain = name < t.len && t.ptr[name] == '}';
        sure = told ? .6 : macro || plain || !closed ? .25 : .55;
    } else if ((c == '<' || c == '>') && next == '(') {
        bool alone = at == 0 || stk_is_space(t.ptr[at - 1]);
        bool closed = soon(t, in, ')');
        sure = alone && closed && stk_is_alpha(t.ptr[in]) ? .55 : .2;
    } else if (c == '(' && next == ')' && stk_word_at(t, stk_skip_space(t, in), "{")) {
        /* Shellshock: a function of bash, whose body is set off by a blank. */
        size_t body = stk_skip_space(t, in) + 1;
        bool blank = body > in + 1 || (body < t.len && stk_is_space(t.ptr[body]));
        sure = blank && (at == 0 || stk_is_one_of(t.ptr[at - 1], " =")) ? .9 : .4;
        if (at >= 9 && memmem(t.ptr + at - 9, 9, "function", 8) != NULL)
            sure = .2;
    }
    if (sure > 0)
        stk_confirm_more(best, sure, STK_MSG_SIG_COMMAND, STK_S("$()"),
                         stk_excerpt(t, at, at + 40));
}

/* A path written with a set or wildcards in it: /bi[n]/bash, /???/c?t. */
static void judge_glob(stk_str t, size_t at, stk_confirmed *best)
{
    if (at > 0 && !stk_is_space(t.ptr[at - 1]) && !stk_is_one_of(t.ptr[at - 1], "'\";|&`(=<>"))
        return;
    size_t letters = 0, sets = 0, asks = 0, slashes = 0, i = at;
    for (; i < t.len && !stk_is_space(t.ptr[i]); i++) {
        char c = t.ptr[i];
        const char *close = c == '[' ? memchr(t.ptr + i + 1, ']',
                                              t.len - i - 1 < GLOB_SET ? t.len - i - 1 : GLOB_SET)
                                     : NULL;
        bool set = close != NULL && close > t.ptr + i + 1;
        if (set) {
            size_t after = (size_t)(close - t.ptr) + 1;
            bool number = true;
            for (const char *s = t.ptr + i + 1; s < close; s++)
                number = number && stk_is_digit(*s);
            sets += !number &&
                    ((after < t.len && (stk_is_alpha(t.ptr[after]) || t.ptr[after] == '/')) ||
                     (i > at && stk_is_alpha(t.ptr[i - 1])));
            i = after - 1;
        } else if (c == '?' && i > at) {
            asks += t.ptr[i - 1] == '/' || t.ptr[i - 1] == '?' ||
                    (i + 1 < t.len && stk_is_alpha(t.ptr[i + 1]));
        } else if (c == '=' && asks > 0) {
            return; /* the query of a URL */
        } else if (c == '/')
            slashes++;
        else if (stk_is_alpha(c))
            letters++;
        else if (!stk_is_one_of(c, "*.-_") && !stk_is_digit(c))
            break;
    }
    double sure = sets > 0 && slashes >= 1 ? .6 : asks >= 2 && slashes >= 2 ? .6 : 0;
    if (sure > 0 && letters > 0)
        stk_confirm_more(best, sure, STK_MSG_SIG_COMMAND, STK_S("/[…]"), stk_excerpt(t, at, i));
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)arena;
    bool header = argument != NULL && strcmp(argument, "header") == 0;
    stk_confirmed best = { 0 };
    place start = { .first = true, .bare_before = true, .blank_sign = header };
    judge_place(text, &start, &best);
    size_t places = 0, substitutions = 0;
    for (size_t i = 0; i < text.len && places < PLACES && best.confidence < .95; i++) {
        place p;
        size_t skip = separator_at(text, i, &p);
        if (skip > 0) {
            places++;
            p.blank_sign = header && stk_is_one_of(text.ptr[i], ";&\n\r");
            judge_place(text, &p, &best);
        }
        if (stk_is_one_of(text.ptr[i], "$<>(") && substitutions++ < PLACES)
            judge_substitution(text, i, &best);
        if (text.ptr[i] == '/')
            judge_glob(text, i, &best);
        if (text.ptr[i] == '$' && blank_at(text, i) >= 4)
            stk_confirm_more(&best, .85, STK_MSG_SIG_COMMAND, STK_S("${IFS}"),
                             stk_excerpt(text, i, i + 40));
        if (skip > 1)
            i += skip - 1;
    }
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_shell = {
    .name = "shell",
    .summary = "commands of sh, cmd.exe and PowerShell where a shell would run them",
    .judge = judge,
};
