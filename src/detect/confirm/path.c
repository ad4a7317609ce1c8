/* SPDX-License-Identifier: Apache-2.0 */
/* Does this value name a file that is not the visitor's to name? The text is first read as a
 * lenient file system would read it (every spelling of dot and slash that servers have accepted
 * becomes one), then its segments are judged: steps up, odd runs of dots, files of the system,
 * stream wrappers, a NUL that cuts a suffix off.
 *
 * Argument `url` is for the path of a request: there "/home" and "/usr" may be pages of the shop.
 */
#include "detect/confirm/path_names.h"
#include "detect/confirm/words.h"

enum { READ_BYTES = 8192, STEPS_SHOWN = 99, BASE64_BYTES = 2048 };

/* How else dots and slashes are written, after all that carry has taken off. */
static const struct spelling {
    const char *text;
    char means;
} spellings[] = {
    { "%252e", '.' },        { "%252f", '/' },        { "%255c", '/' },
    { "%2e", '.' },          { "%2f", '/' },          { "%5c", '/' },
    { "%c0%ae", '.' },       { "%c0%af", '/' },       { "%c1%9c", '/' },
    { "%c0%2e", '.' },       { "%c0%2f", '/' },       { "%c0%5c", '/' },
    { "%u2215", '/' },       { "%u2216", '/' },       { "%uff0e", '.' },
    { "%%32%65", '.' },      { "%%32%66", '/' },      { "%%35%63", '/' },
    { "%c0%9v", '/' },       { "%25%5c", '/' },       { "%00", '\0' },
    { "2f", '/' },           { "0x2e", '.' },         { "0x2f", '/' },
    { "0x5c", '/' },         { "x2e", '.' },          { "x2f", '/' },
    { "x5c", '/' },          { "\xe2\x88\x95", '/' }, { "\xe2\x88\x96", '/' },
    { "\xef\xbc\x8f", '/' }, { "\xef\xbc\xbc", '/' }, { "\xef\xbc\x8e", '.' },
    { "\xe2\x80\xa4", '.' }, { "\xef\x80\xa5", '/' }, { "\xc0\xae", '.' },
    { "\xc0\xaf", '/' },     { "\xc1\x9c", '/' },
};

typedef struct reading {
    stk_str text;  /* as given */
    stk_str plain; /* dots, slashes, lower case */
    size_t odd;    /* spellings that hide something */
    bool nul;
    size_t climbs, dot_runs, stays; /* "..", "...", "." between slashes */
    size_t climb_at;                /* where the first ".." stands */
    bool prose;                     /* the text begins as a sentence does */
    bool semicolon;                 /* "..;/" */
} reading;

static const struct spelling *spelling_at(stk_str text, size_t at)
{
    if (!stk_is_one_of(text.ptr[at], "%02xX\\") && (unsigned char)text.ptr[at] < 0x80)
        return NULL;
    size_t from = at;
    if (text.ptr[at] == '\\' && at + 1 < text.len && stk_lower(text.ptr[at + 1]) == 'x')
        from++;
    for (size_t i = 0; i < STK_COUNT(spellings); i++)
        if (stk_word_at(text, from, spellings[i].text))
            return &spellings[i];
    return NULL;
}

/* Rewrite into `out` (as long as the text). */
static void read_plain(stk_str text, char *out, reading *r)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        const struct spelling *s = spelling_at(text, i);
        /* "x2e" and "2f" alone count only next to what is already a dot or a slash. */
        bool bare = s != NULL && (s->text[0] == 'x' || s->text[0] == '2') && text.ptr[i] != '\\';
        if (bare && !(n > 0 && (out[n - 1] == '.' || out[n - 1] == '/')))
            s = NULL;
        if (s != NULL) {
            i += strlen(s->text) + (text.ptr[i] == '\\');
            r->odd++;
            r->nul = r->nul || s->means == '\0';
            if (s->means != '\0')
                out[n++] = s->means;
        } else if (c == 0) {
            r->nul = true;
            i++;
        } else if (c == 0xc3 && i + 2 < text.len && ((unsigned char)text.ptr[i + 1] | 1) == 0x81 &&
                   stk_is_one_of(text.ptr[i + 2], "./\\")) {
            r->odd++; /* the first half of an overlong dot or slash, read as Latin-1 */
            i += 2;
        } else {
            out[n++] = c == '\\' ? '/' : stk_lower((char)c);
            i++;
        }
    }
    r->plain = (stk_str){ out, n };
}

static bool ends_a_word(char before)
{
    return !stk_is_alnum(before) && !stk_is_one_of(before, "._-") && (unsigned char)before < 0x80;
}

/* Runs of dots with a slash on a side: what each does to the path. */
static void read_steps(reading *r)
{
    stk_str p = r->plain;
    for (size_t at = 0; at < p.len;) {
        if (p.ptr[at] != '.') {
            at++;
            continue;
        }
        size_t end = at;
        while (end < p.len && p.ptr[end] == '.')
            end++;
        size_t after = end;
        if (after < p.len && p.ptr[after] == ';') {
            after++;
            r->semicolon = r->semicolon || (end - at == 2 && after < p.len && p.ptr[after] == '/');
        }
        bool starts = at == 0 || ends_a_word(p.ptr[at - 1]);
        bool slash_before = at > 0 && p.ptr[at - 1] == '/';
        bool slash_after = after < p.len && p.ptr[after] == '/';
        bool last = after >= p.len && slash_before;
        if (starts && (slash_after || last)) {
            if (end - at == 2 && r->climbs++ == 0)
                r->climb_at = at;
            r->dot_runs += end - at > 2 && slash_after;
            r->stays += end - at == 1 && slash_after;
        }
        at = end;
    }
}

static bool word_below(const char *below, stk_str p, size_t at)
{
    size_t end = at;
    while (end < p.len && (stk_is_alnum(p.ptr[end]) || stk_is_one_of(p.ptr[end], "._-")))
        end++;
    size_t len = end - at;
    if (below[0] == '\0')
        return len > 0;
    for (const char *w = below + 1; *w != '\0';) {
        size_t n = strcspn(w, " ");
        if (n == len && memcmp(w, p.ptr + at, n) == 0)
            return true;
        w += n + 1;
    }
    return false;
}

/* "/etc/…" may be any file, but content systems keep pages under a few names there. */
static bool etc_is_pages(stk_str p, size_t at)
{
    static const char *const pages[] = { "designs", "clientlibs", "tags", "segmentation", "cloud" };
    for (size_t i = 0; i < STK_COUNT(pages); i++)
        if (stk_word_at(p, at, pages[i]))
            return true;
    return false;
}

static double root_sure(const reading *r, const struct target *t, size_t at, size_t end, bool url)
{
    stk_str p = r->plain;
    bool absolute = at > 0 && p.ptr[at - 1] == '/' && (at == 1 || !stk_is_alnum(p.ptr[at - 2]));
    bool drive = at >= 3 && p.ptr[at - 1] == '/' && p.ptr[at - 2] == ':' &&
                 stk_is_alpha(p.ptr[at - 3]);
    if (drive || (r->climbs > 0 && r->climb_at < at))
        return drive ? .75 : .8;
    if (!absolute && !(at == 0 && stk_word_at(p, 0, "bin/")))
        return 0;
    if (stk_word_at(p, at, "etc/"))
        return end < p.len && stk_is_alpha(p.ptr[end]) && !etc_is_pages(p, end) ? .7 : 0;
    for (size_t i = 0; i < STK_COUNT(roots); i++)
        if (strcmp(roots[i].name, t->name) == 0)
            return word_below(roots[i].below, p, end) ? (url ? .35 : .65) : 0;
    return url ? .3 : .6;
}

static double file_sure(const reading *r, size_t at, size_t end)
{
    stk_str p = r->plain;
    bool below = at > 0 && p.ptr[at - 1] == '/';
    bool ends = end >= p.len || !(stk_is_word(p.ptr[end]) || p.ptr[end] == '-');
    if (!ends)
        return .1;
    if (r->climbs > 0 || r->dot_runs > 0 || r->nul)
        return .85;
    bool absolute = p.len > 0 && (p.ptr[0] == '/' || (p.len > 2 && p.ptr[1] == ':'));
    return below && absolute ? .6 : below ? .5 : .35;
}

/* The name is longer than what is known: "hosts2", "hosts-explained"; "passwd-" is a copy. */
static bool goes_on(stk_str p, size_t end)
{
    if (end < p.len && p.ptr[end] == '-')
        end++;
    return end < p.len && stk_is_word(p.ptr[end]);
}

/* "how to edit /etc/fstab": two words before the path, with nothing but a blank behind each, are a
 * sentence about it; whoever opens the value as a file finds none. */
static bool begins_as_prose(stk_str text)
{
    size_t at = 0;
    for (size_t words = 0; words < 2; words++) {
        size_t end = at;
        while (end < text.len && stk_is_alpha(text.ptr[end]))
            end++;
        if (end < at + 2 || end >= text.len || (text.ptr[end] != ' ' && text.ptr[end] != '+'))
            return false;
        at = end + 1;
    }
    return true;
}

/* The surest file of the system that the path names. */
static void judge_targets(const reading *r, bool url, stk_confirmed *best)
{
    stk_str p = r->plain;
    for (size_t at = 0; at < p.len; at++) {
        char c = p.ptr[at];
        if (!(stk_is_alpha(c) || c == '.') ||
            (at > 0 && !ends_a_word(p.ptr[at - 1]) &&
             !(r->climbs + r->dot_runs > 0 && p.ptr[at - 1] == '.')))
            continue;
        for (size_t i = 0; i < STK_COUNT(targets) && targets[i].name[0] <= c; i++) {
            if (targets[i].name[0] != c || !stk_word_at(p, at, targets[i].name))
                continue;
            size_t end = at + strlen(targets[i].name);
            double sure = .9;
            if (targets[i].kind == TARGET_ROOT)
                sure = root_sure(r, &targets[i], at, end, url);
            else if (targets[i].kind == TARGET_FILE)
                sure = file_sure(r, at, end);
            else if (goes_on(p, end) && targets[i].name[end - at - 1] != '/')
                sure = .3;
            if (r->prose && r->climbs + r->dot_runs == 0 && !r->nul)
                sure *= .5;
            stk_confirm_more(best, sure, STK_MSG_SIG_SYSTEM_FILE, STK_TERM(targets[i].name),
                             stk_excerpt(r->text, 0, r->text.len));
        }
    }
}

static void judge_wrappers(const reading *r, bool url, stk_confirmed *best)
{
    static const struct wrapper {
        const char *name;
        double sure;
    } wrappers[] = {
        { "php://", .9 },         { "expect://", .9 },       { "phar://", .9 },
        { "zip://", .8 },         { "glob://", .85 },        { "zlib://", .85 },
        { "compress.zlib:", .9 }, { "compress.bzip2:", .9 }, { "ssh2.", .5 },
        { "ogg://", .75 },        { "rar://", .75 },         { "jar:", .45 },
        { "netdoc:", .7 },        { "file:/", .7 },          { "file://", .75 },
        { "bzip2://", .85 },
    };
    stk_str p = r->plain;
    for (size_t at = 0; at < p.len; at++) {
        if (!stk_is_alpha(p.ptr[at]) || (at > 0 && stk_is_word(p.ptr[at - 1])))
            continue;
        for (size_t i = 0; i < STK_COUNT(wrappers); i++)
            if (stk_word_at(p, at, wrappers[i].name))
                stk_confirm_more(best, url ? wrappers[i].sure - .4 : wrappers[i].sure,
                                 STK_MSG_SIG_WRAPPER, STK_TERM(wrappers[i].name),
                                 stk_excerpt(r->text, 0, r->text.len));
    }
}

/* What servers keep beside their pages and no page loads: settings, dumps, logs. */
static bool ends_as_kept_file(stk_str p)
{
    static const char *const endings[] = { ".bak", ".conf", ".config", ".env", ".inc",  ".ini",
                                           ".key", ".log",  ".pem",    ".sql", ".yaml", ".yml" };
    for (size_t i = 0; i < STK_COUNT(endings); i++) {
        size_t len = strlen(endings[i]);
        if (p.len > len && stk_word_at(p, p.len - len, endings[i]))
            return true;
    }
    return false;
}

static void judge_steps(const reading *r, stk_confirmed *best)
{
    double sure = 0;
    stk_str p = r->plain;
    if (r->climbs >= 2)
        sure = .8;
    else if (r->climbs == 1)
        sure = r->nul                        ? .8
               : r->odd > 0 || r->semicolon  ? .7
               : ends_as_kept_file(r->plain) ? .6
                                             : .4;
    if (r->dot_runs > 0 && sure < .75)
        sure = r->dot_runs > 1 || r->climbs > 0 || r->odd > 0 ? .75 : .4;
    if (r->stays >= 4 && sure < .6)
        sure = .6;
    if (r->odd >= 2 && r->stays + r->climbs + r->dot_runs > 0 && sure < .65)
        sure = .65;
    /* The slashes of steps were lost on the way: "........etc". */
    size_t lead = 0, dots = 0;
    for (; lead < p.len && stk_is_one_of(p.ptr[lead], "./"); lead++)
        dots += p.ptr[lead] == '.';
    bool blank = memchr(p.ptr, ' ', p.len) != NULL;
    if (dots >= 4 && lead < p.len && stk_is_alpha(p.ptr[lead]) && !blank && sure < .55)
        sure = .55;
    /* A list of payloads whose place holder was not filled in. */
    if (p.len > 6 && (p.ptr[0] == '/' || p.ptr[0] == '.') &&
        memmem(p.ptr, p.len, "{file}", 6) != NULL)
        sure = sure < .7 ? .7 : sure;
    size_t steps = r->climbs + r->dot_runs;
    if (sure <= best->confidence)
        return;
    stk_confirm_more(best, sure, STK_MSG_SIG_CLIMBS, STK_S(""),
                     stk_excerpt(r->text, 0, r->text.len));
    best->reason.args[0] = STK_ARG_I((int64_t)(steps < STEPS_SHOWN ? steps : STEPS_SHOWN));
}

/* The whole text as base64 (RFC 4648, either alphabet); 0: it is not. */
static size_t read_base64(stk_str text, char *out)
{
    uint32_t bits = 0;
    size_t have = 0, n = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] != '='; i++) {
        char c = text.ptr[i];
        int v = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : stk_is_digit(c)      ? c - '0' + 52
                : c == '+' || c == '-' ? 62
                : c == '/' || c == '_' ? 63
                                       : -1;
        if (v < 0)
            return 0;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (char)(bits >> have);
        }
    }
    return n;
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    bool url = argument != NULL && strcmp(argument, "url") == 0;
    stk_confirmed best = { 0 };
    reading r = { .text = text };
    stk_str start = { text.ptr, text.len < READ_BYTES ? text.len : READ_BYTES };
    char *plain = stk_arena_bytes(arena, start.len + 1);
    if (plain == NULL || text.len == 0)
        return false;
    char decoded[BASE64_BYTES];
    if (argument != NULL && strcmp(argument, "base64") == 0) {
        if (text.len > BASE64_BYTES)
            return false;
        start = (stk_str){ decoded, read_base64(text, decoded) };
    }
    read_plain(start, plain, &r);
    read_steps(&r);
    r.prose = begins_as_prose(start);
    judge_targets(&r, url, &best);
    judge_wrappers(&r, url, &best);
    judge_steps(&r, &best);
    if (r.nul && best.confidence < .6 && memchr(r.plain.ptr, '.', r.plain.len) != NULL &&
        memchr(r.plain.ptr, ' ', r.plain.len) == NULL)
        stk_confirm_more(&best, .6, STK_MSG_SIG_SYSTEM_FILE, STK_S("NUL"),
                         stk_excerpt(text, 0, text.len));
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_path = {
    .name = "path",
    .summary = "steps up, system files, stream wrappers, in every spelling of dot and slash",
    .judge = judge,
};
