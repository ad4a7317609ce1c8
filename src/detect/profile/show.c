/* SPDX-License-Identifier: Apache-2.0 */
/* A profile for people: what the shop is like, and what two profiles do not share. */
#include "detect/profile/file.h"

const char *stk_subject_kind_name(stk_subject_kind kind)
{
    static const char *const names[] = { "site", "paths", "any", "endpoint", "parameter" };
    return names[kind];
}

static const char *const places[] = { "path",   "query", "body", "cookie",
                                      "header", "file",  "name", "target" };

static void put_printable(stk_buf *out, stk_str s)
{
    for (size_t i = 0; i < s.len; i++)
        stk_buf_char(out, (unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f ? '?' : s.ptr[i]);
}

static const char *met_name(uint64_t bit)
{
    static const char *const names[] = {
        "percent encoding",    "double encoding", "broken percent encoding",
        "%u encoding",         "overlong UTF-8",  "bytes beyond UTF-8",
        "HTML entities",       "escapes",         "NUL bytes",
        "control characters",  "cut values",      "full-width characters",
        "dots above the root", "base64",
    };
    return bit < STK_COUNT(names) ? names[bit] : "?";
}

static const char *class_words(uint64_t c)
{
    return c < STK_CLASSES ? stk_class_name((stk_class)c) : "?";
}

void stk_learned_words(const stk_learned *l, stk_buf *out)
{
    stk_buf_printf(out, "%s ", stk_aspect_name(l->aspect));
    if (stk_aspect_is_text(l->aspect)) {
        put_printable(out, l->text);
        return;
    }
    uint64_t v = l->payload;
    switch (l->aspect) {
    case STK_ASPECT_TYPE:
        stk_buf_printf(out, "%s", v < STK_TYPES ? stk_type_name((stk_type)v) : "?");
        break;
    case STK_ASPECT_CHAR:
    case STK_ASPECT_FIRST:
    case STK_ASPECT_LAST:
        stk_buf_printf(out, "%s", class_words(v));
        break;
    case STK_ASPECT_PAIR:
        stk_buf_printf(out, "%s, %s", class_words(v >> 8), class_words(v & 0xff));
        break;
    case STK_ASPECT_COUNT:
        stk_buf_printf(out, "%s %u times", class_words(v >> 8), (unsigned)(v & 0xff));
        break;
    case STK_ASPECT_MET:
        stk_buf_printf(out, "%s", met_name(v));
        break;
    case STK_ASPECT_PLACE:
        stk_buf_printf(out, "%s%s", v >> 1 < STK_COUNT(places) ? places[v >> 1] : "?",
                       v & 1 ? " of a request with a body" : "");
        break;
    default:
        stk_buf_printf(out, "%llx", (unsigned long long)v);
    }
}

/* Traits of `aspect` of one subject, in a row. */
static void list(const stk_profile *p, size_t from, uint32_t subject, stk_aspect aspect,
                 const char *before, stk_buf *out)
{
    enum { SHOWN = 12 };
    size_t n = 0;
    for (size_t i = from; i < p->learned_count && p->learned[i].subject == subject; i++) {
        const stk_learned *l = &p->learned[i];
        if (l->aspect != aspect || n++ >= SHOWN)
            continue;
        stk_buf_printf(out, "%s", n == 1 ? before : " ");
        if (stk_aspect_is_text(aspect))
            put_printable(out, l->text);
        else
            stk_buf_printf(out, "%s", class_words(l->payload));
    }
    if (n > SHOWN)
        stk_buf_printf(out, " and %zu more", n - SHOWN);
}

static void show_parameter(const stk_profile *p, size_t from, uint32_t id, stk_buf *out)
{
    const stk_subject *s = &p->subjects[id];
    stk_buf_add(out, STK_S("    "));
    put_printable(out, s->name);
    if (s->closed) {
        stk_buf_printf(out, ": one of %u values", s->values);
        list(p, from, id, STK_ASPECT_VALUE, ": ", out);
    } else {
        stk_buf_printf(out, ": %s of %u-%u characters, %llu distinct", stk_type_name(s->type),
                       s->least, s->most, (unsigned long long)s->draws);
        if (stk_subject_is_regular(s))
            list(p, from, id, STK_ASPECT_SHAPE, "; shapes ", out);
        else
            list(p, from, id, STK_ASPECT_CHAR, "; ", out);
    }
    stk_buf_printf(out, " (%llu requests)\n", (unsigned long long)s->requests);
}

static size_t count_of(const stk_profile *p, stk_subject_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < p->subject_count; i++)
        n += p->subjects[i].kind == kind;
    return n;
}

void stk_profile_show(const stk_profile *p, stk_buf *out)
{
    char from[STK_TIME_TEXT] = "?", to[STK_TIME_TEXT] = "?";
    if (p->first_at != STK_TIME_NONE) {
        (void)stk_time_text(p->first_at, from);
        (void)stk_time_text(p->last_at, to);
    }
    stk_buf_printf(out,
                   "learned from %llu units (%llu of them no web requests, or refused by the "
                   "shop), %s to %s\n",
                   (unsigned long long)p->units, (unsigned long long)p->skipped, from, to);
    stk_buf_printf(
        out, "format %.*s, client %.*s, at least %lld clients; %zu endpoints, %zu parameters\n",
        STK_SARG(p->format), STK_SARG(p->client), (long long)p->option[0],
        count_of(p, STK_SUBJECT_ENDPOINT), count_of(p, STK_SUBJECT_PARAMETER));
    size_t next = 0;
    for (uint32_t i = 0; i < p->subject_count; i++) {
        const stk_subject *s = &p->subjects[i];
        size_t start = next;
        while (next < p->learned_count && p->learned[next].subject == i)
            next++;
        if (s->kind == STK_SUBJECT_PARAMETER) {
            show_parameter(p, start, i, out);
        } else if (s->kind == STK_SUBJECT_ENDPOINT) {
            stk_buf_add(out, STK_S("\n"));
            put_printable(out, s->name);
            stk_buf_printf(out, "  %llu requests", (unsigned long long)s->requests);
            list(p, start, i, STK_ASPECT_METHOD, ", ", out);
            stk_buf_char(out, '\n');
        }
    }
}

static uint32_t twin(const stk_profile *p, uint32_t id, const stk_profile *q)
{
    const stk_subject *s = &p->subjects[id];
    if (s->kind < STK_SUBJECT_ENDPOINT)
        return q->subject_count < STK_SUBJECTS_FIRST ? UINT32_MAX : id;
    uint32_t parent = s->kind == STK_SUBJECT_ENDPOINT ? (uint32_t)STK_SITE : twin(p, s->parent, q);
    return parent == UINT32_MAX ? parent : stk_profile_find(q, parent, stk_text_payload(s->name));
}

static void put_where(const stk_profile *p, uint32_t id, char sign, stk_buf *out)
{
    const stk_subject *s = &p->subjects[id];
    stk_buf_char(out, sign);
    stk_buf_char(out, ' ');
    if (s->kind == STK_SUBJECT_PARAMETER) {
        put_printable(out, p->subjects[s->parent].name);
        stk_buf_char(out, ' ');
    }
    put_printable(out, s->kind < STK_SUBJECT_ENDPOINT ? STK_S("site") : s->name);
}

/* What p has and q has not. Pairs, forms and orders follow from the rest and are left out. */
static size_t missing(const stk_profile *p, const stk_profile *q, char sign, stk_buf *out)
{
    size_t n = 0;
    for (uint32_t i = 0; i < p->subject_count; i++) {
        uint32_t parent = p->subjects[i].parent;
        if (twin(p, i, q) != UINT32_MAX ||
            (p->subjects[i].kind == STK_SUBJECT_PARAMETER && twin(p, parent, q) == UINT32_MAX))
            continue;
        put_where(p, i, sign, out);
        stk_buf_char(out, '\n');
        n++;
    }
    for (size_t i = 0; i < p->learned_count; i++) {
        const stk_learned *l = &p->learned[i];
        uint32_t other = twin(p, l->subject, q);
        bool told = l->aspect == STK_ASPECT_VALUE || l->aspect == STK_ASPECT_TYPE ||
                    l->aspect == STK_ASPECT_CHAR || l->aspect == STK_ASPECT_MET ||
                    l->aspect == STK_ASPECT_PLACE || l->aspect == STK_ASPECT_METHOD ||
                    l->aspect == STK_ASPECT_MEDIA || l->aspect == STK_ASPECT_REPEAT;
        if (!told || other == UINT32_MAX || stk_profile_knows(q, other, l->aspect, l->payload))
            continue;
        put_where(p, l->subject, sign, out);
        stk_buf_add(out, STK_S(": "));
        stk_learned_words(l, out);
        stk_buf_char(out, '\n');
        n++;
    }
    return n;
}

size_t stk_profile_diff(const stk_profile *p, const stk_profile *q, stk_buf *out)
{
    return missing(q, p, '+', out) + missing(p, q, '-', out);
}
