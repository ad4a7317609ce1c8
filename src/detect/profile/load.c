/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a profile back. The file may come from anywhere: every line is checked, everything is
 * bounded, and what is not understood is refused with its line. */
#include "detect/profile/file.h"

#include <stdlib.h>

typedef struct loader {
    stk_str rest, line; /* of the file; of the line */
    const char *file;
    uint32_t number; /* of the line */
    stk_profile *p;
    uint32_t endpoint, subject; /* that the next lines belong to; UINT32_MAX: none yet */
    char text[STK_PROFILE_TEXT];
    stk_error *err;
} loader;

enum { COUNT_DIGITS = 15 }; /* a double holds every count exactly */

static stk_status bad(const loader *l, const char *what)
{
    return stk_fail_at(l->err, STK_ERR_SYNTAX, l->file, l->number, 1, "profile: %s", what);
}

static bool next_line(loader *l)
{
    if (l->rest.len == 0)
        return false;
    const char *end = memchr(l->rest.ptr, '\n', l->rest.len);
    size_t n = end == NULL ? l->rest.len : (size_t)(end - l->rest.ptr);
    l->line = (stk_str){ l->rest.ptr, n };
    n += end != NULL;
    l->rest = (stk_str){ l->rest.ptr + n, l->rest.len - n };
    l->number++;
    return true;
}

static stk_str word(loader *l)
{
    const char *end = l->line.len == 0 ? NULL : memchr(l->line.ptr, ' ', l->line.len);
    size_t n = end == NULL ? l->line.len : (size_t)(end - l->line.ptr);
    stk_str w = { l->line.ptr, n };
    n += end != NULL;
    l->line = (stk_str){ l->line.ptr + n, l->line.len - n };
    return w;
}

static bool is(stk_str s, const char *what)
{
    return stk_str_eq(s, (stk_str){ what, strlen(what) });
}

static bool number(stk_str s, uint64_t *ret)
{
    uint64_t v = 0;
    if (s.len == 0 || s.len > COUNT_DIGITS)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    *ret = v;
    return true;
}

/* Signed and longer: times. */
static bool instant(stk_str s, int64_t *ret)
{
    bool negative = s.len != 0 && s.ptr[0] == '-';
    uint64_t v = 0;
    if (s.len == negative || s.len > 18)
        return false;
    for (size_t i = negative; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.ptr[i] - '0');
    }
    *ret = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hexadecimal(stk_str s, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (hex_of(s.ptr[i]) < 0)
            return false;
        v = v << 4 | (uint64_t)hex_of(s.ptr[i]);
    }
    *ret = v;
    return s.len != 0 && s.len <= 16;
}

/* "=text" into l->text. */
static bool text(loader *l, stk_str s, stk_str *ret)
{
    size_t n = 0;
    if (s.len == 0 || s.ptr[0] != '=')
        return false;
    for (size_t i = 1; i < s.len; i++) {
        char c = s.ptr[i];
        if (n == sizeof l->text)
            return false;
        if (c == '%') {
            if (s.len - i < 3 || hex_of(s.ptr[i + 1]) < 0 || hex_of(s.ptr[i + 2]) < 0)
                return false;
            c = (char)(hex_of(s.ptr[i + 1]) << 4 | hex_of(s.ptr[i + 2]));
            i += 2;
        }
        l->text[n++] = c;
    }
    *ret = (stk_str){ l->text, n };
    return true;
}

static bool aspect_named(stk_str s, stk_aspect *ret)
{
    for (int a = 0; a < STK_ASPECT_COUNT_; a++)
        if (is(s, stk_aspect_name((stk_aspect)a))) {
            *ret = (stk_aspect)a;
            return true;
        }
    return false;
}

static bool type_named(stk_str s, stk_type *ret)
{
    for (int t = 0; t < STK_TYPES; t++)
        if (is(s, stk_type_name((stk_type)t))) {
            *ret = (stk_type)t;
            return true;
        }
    return false;
}

/* One "key value" of a subject's line. */
static bool take_pair(stk_subject *s, stk_str key, stk_str value)
{
    uint64_t n;
    if (is(key, "type"))
        return type_named(value, &s->type);
    if (!number(value, &n))
        return false;
    static const stk_str novel = { "novel.", 6 };
    if (key.len > novel.len && memcmp(key.ptr, novel.ptr, novel.len) == 0) {
        stk_aspect a;
        bool fine = aspect_named((stk_str){ key.ptr + novel.len, key.len - novel.len }, &a) &&
                    n <= UINT32_MAX;
        if (fine)
            s->novel[a] = (uint32_t)n;
        return fine;
    }
#define NUMBER(field)                                                                              \
    if (is(key, #field)) {                                                                         \
        s->field = n;                                                                              \
        return s->field == n;                                                                      \
    }
    STK_SUBJECT_NUMBERS(NUMBER)
#undef NUMBER
    return false;
}

static stk_status take_subject(loader *l, stk_subject_kind kind)
{
    stk_subject s = { .kind = kind, .parent = STK_SITE };
    if (!text(l, word(l), &s.name))
        return bad(l, "a name was expected");
    while (l->line.len != 0) {
        stk_str key = word(l), value = word(l);
        if (!take_pair(&s, key, value))
            return bad(l, "a known count and a number were expected");
    }
    size_t count = l->p->subject_count;
    if ((kind < STK_SUBJECT_ENDPOINT) != (count < STK_SUBJECTS_FIRST) ||
        (count < STK_SUBJECTS_FIRST && (size_t)kind != count))
        return bad(l, "site, paths and any come first, once each");
    if (kind == STK_SUBJECT_PARAMETER && l->endpoint == UINT32_MAX)
        return bad(l, "a parameter without an endpoint");
    if (kind == STK_SUBJECT_PARAMETER)
        s.parent = l->endpoint;
    if (kind >= STK_SUBJECT_ENDPOINT &&
        stk_profile_find(l->p, s.parent, stk_text_payload(s.name)) != UINT32_MAX)
        return bad(l, "the same name twice");
    if (count >= STK_PROFILE_SUBJECTS)
        return stk_fail_at(l->err, STK_ERR_LIMIT, l->file, l->number, 1,
                           "profile: more than %d subjects", STK_PROFILE_SUBJECTS);
    l->subject = stk_profile_add_subject(l->p, &s);
    if (kind == STK_SUBJECT_ENDPOINT)
        l->endpoint = l->subject;
    return l->subject == UINT32_MAX ? stk_fail(l->err, STK_ERR_MEMORY, "no memory for the profile")
                                    : STK_OK;
}

static stk_status take_learned(loader *l)
{
    stk_learned t = { .subject = l->subject };
    if (l->subject == UINT32_MAX || !aspect_named(word(l), &t.aspect))
        return bad(l, "a known aspect was expected");
    stk_str what = word(l);
    if (!(stk_aspect_is_text(t.aspect) ? text(l, what, &t.text) : hexadecimal(what, &t.payload)) ||
        !number(word(l), &t.requests) || l->line.len != 0)
        return bad(l, "a trait and how many requests had it were expected");
    if (l->p->learned_count >= STK_PROFILE_TRAITS)
        return stk_fail_at(l->err, STK_ERR_LIMIT, l->file, l->number, 1,
                           "profile: more than %d traits", STK_PROFILE_TRAITS);
    return stk_profile_add_learned(l->p, &t)
               ? STK_OK
               : stk_fail(l->err, STK_ERR_MEMORY, "no memory for the profile");
}

static stk_status take_option(loader *l)
{
    stk_str key = word(l), value = word(l);
    uint64_t n;
    for (size_t i = 0; i < stk_profile_spec_count; i++)
        if (is(key, stk_profile_spec[i].key) && number(value, &n)) {
            l->p->option[i] = (int64_t)n;
            return STK_OK;
        }
    return bad(l, "a known option and its number were expected");
}

static stk_status take_head(loader *l, stk_str key)
{
    stk_profile *p = l->p;
    stk_str s;
    if (is(key, "option"))
        return take_option(l);
    if (is(key, "format") || is(key, "client")) {
        if (!text(l, word(l), &s))
            return bad(l, "a text was expected");
        stk_str *into = is(key, "format") ? &p->format : &p->client;
        *into = stk_arena_copy(p->arena, s);
        return into->ptr == NULL ? stk_fail(l->err, STK_ERR_MEMORY, "no memory for the profile")
                                 : STK_OK;
    }
    bool fine = is(key, "units")         ? number(word(l), &p->units)
                : is(key, "skipped")     ? number(word(l), &p->skipped)
                : is(key, "fingerprint") ? hexadecimal(word(l), &p->fingerprint)
                : is(key, "period")
                    ? instant(word(l), &p->first_at) && instant(word(l), &p->last_at)
                    : false;
    return fine ? STK_OK : bad(l, "this line means nothing here");
}

static stk_status take_line(loader *l)
{
    stk_str key = word(l);
    if (is(key, "-"))
        return take_learned(l);
    for (int kind = 0; kind <= STK_SUBJECT_PARAMETER; kind++)
        if (is(key, stk_subject_kind_name((stk_subject_kind)kind)))
            return take_subject(l, (stk_subject_kind)kind);
    return take_head(l, key);
}

stk_status stk_profile_load(stk_str bytes, const char *file, stk_profile **ret, stk_error *err)
{
    loader l = { .rest = bytes, .file = file, .number = bytes.len == 0, .err = err };
    l.endpoint = l.subject = UINT32_MAX;
    bool any = next_line(&l);
    stk_str kin = STK_S("stockade-profile ");
    if (any && l.line.len > kin.len && memcmp(l.line.ptr, kin.ptr, kin.len) == 0 &&
        !is(l.line, STK_PROFILE_FIRST_LINE))
        return bad(&l, "another version of stockade wrote this profile; this one reads "
                       "'" STK_PROFILE_FIRST_LINE "': learn it anew");
    if (!any || !is(l.line, STK_PROFILE_FIRST_LINE))
        return bad(&l, "the first line is not '" STK_PROFILE_FIRST_LINE "'");
    l.p = stk_profile_new();
    stk_status status = l.p == NULL ? stk_fail(err, STK_ERR_MEMORY, "no memory for the profile")
                                    : STK_OK;
    while (status == STK_OK && next_line(&l))
        status = take_line(&l);
    if (status == STK_OK && l.p->subject_count < STK_SUBJECTS_FIRST && l.p->subject_count != 0)
        status = bad(&l, "the file ends too early");
    if (status != STK_OK) {
        stk_profile_free(l.p);
        return status;
    }
    stk_profile_weigh(l.p);
    *ret = l.p;
    return STK_OK;
}
