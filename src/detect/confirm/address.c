/* SPDX-License-Identifier: Apache-2.0 */
/* Where would a server go that fetched this URL? The host is read as lenient resolvers read it
 * (inet_aton: 2130706433, 0x7f.1, 0177.0.0.1, 127.1; WHATWG URL, host parsing), because that is how
 * filters on the text are passed.
 *
 * Argument `remote` judges URLs as remote file inclusion: a foreign script named in a parameter. */
#include "detect/confirm/words.h"

enum { PARTS = 4, HOST_BYTES = 256 };

typedef struct url {
    stk_str scheme, host, rest; /* rest: port, path, query */
    bool user;                  /* something@ stood before the host */
} url;

/* The URL that the text begins with, blanks and quotes aside. */
static bool read_url(stk_str t, url *u)
{
    *u = (url){ 0 };
    size_t at = 0;
    while (at < t.len && (stk_is_space(t.ptr[at]) || stk_is_one_of(t.ptr[at], "'\"<(")))
        at++;
    if (stk_word_at(t, at, "url:"))
        at += 4;
    size_t end = at;
    while (end < t.len && (stk_is_alnum(t.ptr[end]) || stk_is_one_of(t.ptr[end], "+.-")))
        end++;
    if (end > at && end < t.len && t.ptr[end] == ':') {
        u->scheme = (stk_str){ t.ptr + at, end - at };
        at = end + 1;
    }
    size_t slashes = 0;
    while (at < t.len && (t.ptr[at] == '/' || t.ptr[at] == '\\')) {
        at++;
        slashes++;
    }
    if (slashes < 2 && !(u->scheme.len > 0 && slashes == 1))
        return false;
    size_t from = at;
    for (end = at; end < t.len && end < at + HOST_BYTES && !stk_is_one_of(t.ptr[end], "/?#\\") &&
                   !stk_is_space(t.ptr[end]);
         end++)
        if (t.ptr[end] == '@') {
            u->user = true;
            from = end + 1;
        }
    size_t host_end = from;
    if (host_end < end && t.ptr[host_end] == '[')
        while (host_end < end && t.ptr[host_end] != ']')
            host_end++;
    while (host_end < end && t.ptr[host_end] != ':')
        host_end++;
    u->host = (stk_str){ t.ptr + from, host_end - from };
    u->rest = (stk_str){ t.ptr + host_end, t.len - host_end };
    return true;
}

/* One part of a numeric host: decimal, 0x…, 0…. */
static bool read_part(stk_str s, uint64_t *ret, bool *odd)
{
    uint64_t v = 0;
    unsigned base = 10;
    size_t i = 0;
    if (s.len > 1 && s.ptr[0] == '0' && stk_lower(s.ptr[1]) == 'x') {
        base = 16;
        i = 2;
    } else if (s.len > 1 && s.ptr[0] == '0') {
        base = 8;
        i = 1;
    }
    *odd = *odd || base != 10;
    for (; i < s.len; i++) {
        char c = stk_lower(s.ptr[i]);
        unsigned digit = stk_is_digit(c)        ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;
        if (digit >= base || v > UINT32_MAX)
            return false;
        v = v * base + digit;
    }
    *ret = v;
    return s.len > 0;
}

/* A host of numbers, as inet_aton reads it. `odd`: not written as four decimal parts. */
static bool numeric_host(stk_str host, uint32_t *ret, bool *odd)
{
    uint64_t part[PARTS];
    size_t count = 0, from = 0;
    *odd = false;
    if (host.len > 0 && host.ptr[host.len - 1] == '.')
        host.len--;
    for (size_t i = 0; i <= host.len; i++) {
        if (i < host.len && host.ptr[i] != '.')
            continue;
        if (count == PARTS || !read_part((stk_str){ host.ptr + from, i - from }, &part[count], odd))
            return false;
        count++;
        from = i + 1;
    }
    uint64_t v = part[count - 1];
    if (count < PARTS)
        *odd = true;
    for (size_t i = 0; i + 1 < count; i++) {
        if (part[i] > 255)
            return false;
        v |= part[i] << (24 - 8 * i);
    }
    if (v > UINT32_MAX || part[count - 1] >= UINT64_C(1) << (8 * (5 - count)))
        return false;
    *ret = (uint32_t)v;
    return true;
}

static const char *numeric_meaning(uint32_t a, double *sure)
{
    if (a == 0xa9fea9fe || a == 0x646464c8 || a == 0xc00000c0) {
        *sure = .95;
        return "cloud metadata";
    }
    if (a >> 24 == 127 || a == 0) {
        *sure = .7;
        return "this machine";
    }
    if (a >> 16 == 0xa9fe) {
        *sure = .7;
        return "the local link";
    }
    if (a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8) {
        *sure = .45;
        return "a private network";
    }
    *sure = 0;
    return NULL;
}

/* Names that stand for addresses inside. */
static const char *named_meaning(stk_str host, double *sure)
{
    static const struct known {
        const char *name, *meaning;
        double sure;
    } known[] = {
        { "localhost", "this machine", .45 },
        { "metadata.google.internal", "cloud metadata", .95 },
        { "metadata", "cloud metadata", .7 },
        { "instance-data", "cloud metadata", .9 },
        { "[::1]", "this machine", .75 },
        { "[::]", "this machine", .75 },
        { "[::ffff:127.0.0.1]", "this machine", .8 },
        { "[::ffff:7f00:1]", "this machine", .8 },
        { "[fd00:ec2::254]", "cloud metadata", .95 },
        { "[::ffff:169.254.169.254]", "cloud metadata", .95 },
        { "ip6-localhost", "this machine", .75 },
        { "host.docker.internal", "the machine outside", .75 },
        { "kubernetes.default", "the cluster", .8 },
        { "kubernetes.default.svc", "the cluster", .85 },
    };
    static const char *const tails[] = { ".nip.io",
                                         ".xip.io",
                                         ".sslip.io",
                                         ".localtest.me",
                                         ".lvh.me",
                                         ".localhost",
                                         ".burpcollaborator.net",
                                         ".oastify.com",
                                         ".interact.sh",
                                         ".oast.fun",
                                         ".oast.pro",
                                         ".dnslog.cn",
                                         ".ceye.io",
                                         ".oast.me",
                                         ".oast.live" };
    for (size_t i = 0; i < STK_COUNT(known); i++)
        if (stk_word_is(host, known[i].name)) {
            *sure = known[i].sure;
            return known[i].meaning;
        }
    for (size_t i = 0; i < STK_COUNT(tails); i++) {
        size_t len = strlen(tails[i]);
        if (host.len > len && stk_word_at(host, host.len - len, tails[i])) {
            *sure = .8;
            return "a name made for tests of this kind";
        }
    }
    return NULL;
}

static void judge_host(stk_str text, const url *u, stk_confirmed *best)
{
    uint32_t a = 0;
    bool odd = false;
    double sure = 0;
    const char *meaning;
    if (numeric_host(u->host, &a, &odd)) {
        meaning = numeric_meaning(a, &sure);
        if (odd && a != 0) {
            sure = sure > .8 ? sure : .8;
            meaning = meaning != NULL ? meaning : "an address written to hide itself";
        }
    } else {
        meaning = named_meaning(u->host, &sure);
    }
    if (meaning != NULL && u->user)
        sure = sure < .85 ? .85 : sure;
    if (meaning != NULL)
        stk_confirm_more(best, sure, STK_MSG_SIG_ADDRESS, STK_TERM(meaning),
                         stk_excerpt(text, 0, 64));
}

static void judge_scheme(stk_str text, const url *u, stk_confirmed *best)
{
    static const struct scheme {
        const char *name;
        double sure;
    } schemes[] = {
        { "gopher", .9 }, { "dict", .8 },   { "file", .75 }, { "ldap", .8 }, { "ldaps", .8 },
        { "tftp", .75 },  { "netdoc", .8 }, { "jar", .7 },   { "rmi", .8 },  { "iiop", .8 },
        { "sftp", .4 },   { "smb", .6 },    { "dns", .5 },   { "phar", .8 }, { "expect", .9 },
    };
    for (size_t i = 0; i < STK_COUNT(schemes); i++)
        if (stk_word_is(u->scheme, schemes[i].name))
            stk_confirm_more(best, schemes[i].sure, STK_MSG_SIG_ADDRESS, STK_TERM(schemes[i].name),
                             stk_excerpt(text, 0, 64));
}

static bool has_ending(stk_str path, const char *ending)
{
    size_t len = strlen(ending), end = path.len;
    const char *query = memchr(path.ptr, '?', path.len);
    if (query != NULL)
        end = (size_t)(query - path.ptr);
    return end >= len && stk_word_at((stk_str){ path.ptr, end }, end - len, ending);
}

/* A foreign script named in a parameter. */
static void judge_remote(stk_str text, const url *u, stk_confirmed *best)
{
    bool web = stk_word_is(u->scheme, "http") || stk_word_is(u->scheme, "https") ||
               stk_word_is(u->scheme, "ftp") || stk_word_is(u->scheme, "ftps") ||
               stk_word_is(u->scheme, "file");
    if (!web || u->rest.ptr == NULL)
        return;
    uint32_t a;
    bool odd;
    double sure = 0;
    stk_arg piece = stk_excerpt(text, 0, 64);
    size_t len = text.len;
    while (len > 0 && (stk_is_space(text.ptr[len - 1]) || text.ptr[len - 1] == '\0'))
        len--;
    /* Cuts off what the script appends; a question's mark has a query before it, and the empty
     * query of a folder is nobody's script. */
    if (len > 1 && memchr(text.ptr, '?', len) == text.ptr + len - 1 && text.ptr[len - 2] != '/')
        sure = .65;
    if (has_ending(u->rest, ".txt") || has_ending(u->rest, ".inc") || has_ending(u->rest, ".dat"))
        sure = sure > .55 ? sure : .55;
    static const char *const pictures[] = { ".png", ".jpg", ".jpeg", ".gif", ".webp" };
    bool picture = false;
    for (size_t i = 0; i < STK_COUNT(pictures); i++)
        picture = picture || has_ending(u->rest, pictures[i]);
    if (numeric_host(u->host, &a, &odd) && !picture)
        sure = sure > .6 ? sure : .6;
    static const char *const shells[] = { "c99",      "r57",      "shell",   "cmd.",
                                          "webshell", "backdoor", "phpshell" };
    for (size_t i = 0; i < STK_COUNT(shells); i++)
        if (stk_word_find(u->rest, 0, shells[i]) < u->rest.len)
            sure = sure > .8 ? sure : .8;
    stk_confirm_more(best, sure, STK_MSG_SIG_ADDRESS, STK_S("a foreign script"), piece);
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)arena;
    url u;
    stk_confirmed best = { 0 };
    if (!read_url(text, &u))
        return false;
    if (argument != NULL && strcmp(argument, "remote") == 0) {
        judge_remote(text, &u, &best);
    } else {
        judge_host(text, &u, &best);
        judge_scheme(text, &u, &best);
    }
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_address = {
    .name = "address",
    .summary = "URLs to inner addresses, however written, and to foreign scripts",
    .judge = judge,
};
