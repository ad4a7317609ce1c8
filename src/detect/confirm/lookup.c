/* SPDX-License-Identifier: Apache-2.0 */
/* Log4j 2 lookups, resolved as StrSubstitutor resolves them (Log4j 2 manual, "Lookups"): the
 * innermost first, `${lower:J}` to `j`, `${env:X:-n}` and `${::-n}` to `n`. What matters is what
 * the spelling becomes: `${${lower:j}n${::-d}i:…}` is `${jndi:…}`. One pass with a stack of open
 * braces; nothing is looked up. */
#include "detect/confirm/words.h"

enum { DEPTH = 24, OUT_BYTES = 1024 };

typedef struct resolver {
    char out[OUT_BYTES]; /* what has been resolved so far, open lookups included */
    size_t len;
    size_t open[DEPTH]; /* where in `out` each open lookup's content began */
    size_t depth;
    size_t nested;      /* lookups inside lookups */
    bool jndi, telling; /* telling: env, sys, java: what it prints is worth stealing */
} resolver;

static void put(resolver *r, char c)
{
    if (r->len < OUT_BYTES)
        r->out[r->len++] = c;
}

static bool is_jndi(const resolver *r, size_t from)
{
    stk_str content = { r->out + from, r->len - from };
    size_t at = stk_skip_space(content, 0);
    return stk_word_at(content, at, "jndi:") || stk_word_at(content, at, "jndi${");
}

/* A lookup ended: its content becomes its value. */
static void resolve(resolver *r)
{
    size_t from = r->open[--r->depth];
    stk_str content = { r->out + from, r->len - from };
    if (is_jndi(r, from))
        r->jndi = true;
    size_t value_at = content.len, fallback = stk_word_find(content, 0, ":-");
    bool lower = stk_word_at(content, 0, "lower:"), upper = stk_word_at(content, 0, "upper:");
    if (lower || upper)
        value_at = 6;
    else if (fallback < content.len)
        value_at = fallback + 2;
    else if (stk_word_at(content, 0, "date:'"))
        value_at = 6;
    else
        r->telling = r->telling || stk_word_at(content, 0, "env:") ||
                     stk_word_at(content, 0, "sys:") || stk_word_at(content, 0, "java:") ||
                     stk_word_at(content, 0, "main:") || stk_word_at(content, 0, "bundle:") ||
                     stk_word_at(content, 0, "docker:") || stk_word_at(content, 0, "k8s:") ||
                     stk_word_at(content, 0, "spring:");
    size_t len = content.len - value_at;
    memmove(r->out + from, r->out + from + value_at, len);
    for (size_t i = 0; i < len; i++) {
        char c = r->out[from + i];
        if (lower || (upper && c >= 'a' && c <= 'z'))
            r->out[from + i] = lower ? stk_lower(c) : (char)(c - 0x20);
    }
    while (len > 0 && stk_word_at(content, 0, "date:'") && r->out[from + len - 1] == '\'')
        len--;
    r->len = from + len;
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)argument;
    (void)arena;
    resolver r = { 0 };
    size_t first = text.len;
    for (size_t i = 0; i < text.len && !r.jndi; i++) {
        char c = text.ptr[i];
        if (c == '$' && i + 1 < text.len && text.ptr[i + 1] == '{' && r.depth < DEPTH) {
            if (r.depth == 0 && r.len > OUT_BYTES / 2)
                r.len = 0;
            first = first < text.len ? first : i;
            r.nested += r.depth > 0;
            r.open[r.depth++] = r.len;
            i++;
        } else if (c == '}' && r.depth > 0) {
            resolve(&r);
        } else if (r.depth > 0) {
            put(&r, c);
            if (c == ':')
                r.jndi = is_jndi(&r, r.open[r.depth - 1]);
        }
    }
    while (r.depth > 0 && !r.jndi)
        resolve(&r);
    double sure = r.jndi                      ? .97
                  : r.telling && r.nested > 0 ? .8
                  : r.telling                 ? .6
                  : r.nested > 1              ? .6
                  : r.nested > 0              ? .4
                                              : 0;
    if (sure <= 0)
        return false;
    *out = (stk_confirmed){ .confidence = 0 };
    stk_confirm_more(out, sure, STK_MSG_SIG_LOOKUP, r.jndi ? STK_S("jndi") : STK_S("env"),
                     stk_excerpt(text, first, first + 64));
    return true;
}

const stk_confirmer stk_confirmer_lookup = {
    .name = "lookup",
    .summary = "Log4j lookups, resolved however they are nested and spelled",
    .judge = judge,
};
