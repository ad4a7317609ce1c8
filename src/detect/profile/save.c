/* SPDX-License-Identifier: Apache-2.0 */
/* The profile as a text file that people can read and compare:
 *
 *   stockade-profile 1
 *   format =http1
 *   ...
 *   endpoint =/shop/cart requests 2000 draws 2000 novel.method 0
 *   parameter =quantity requests 2000 draws 99 least 1 most 2 ...
 *   - char 2 2000
 *   - value =15 34
 *
 * Words are parted by one blank. A text begins with '=', and what is not plain ASCII in it is
 * written %XX. A parameter belongs to the endpoint above it, a line with '-' to the subject above.
 */
#include "detect/profile/file.h"

#include <stdlib.h>

static void put_text(stk_buf *out, stk_str s)
{
    static const char hex[] = "0123456789abcdef";
    stk_buf_char(out, '=');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char b = (unsigned char)s.ptr[i];
        if (b > ' ' && b < 0x7f && b != '%') {
            stk_buf_char(out, (char)b);
            continue;
        }
        stk_buf_char(out, '%');
        stk_buf_char(out, hex[b >> 4]);
        stk_buf_char(out, hex[b & 15]);
    }
}

static void put_number(stk_buf *out, const char *key, uint64_t n)
{
    if (n != 0)
        stk_buf_printf(out, " %s %llu", key, (unsigned long long)n);
}

static void put_subject(const stk_subject *s, stk_buf *out)
{
    stk_buf_printf(out, "%s ", stk_subject_kind_name(s->kind));
    put_text(out, s->name);
#define NUMBER(field) put_number(out, #field, s->field);
    STK_SUBJECT_NUMBERS(NUMBER)
#undef NUMBER
    if (s->kind == STK_SUBJECT_PARAMETER)
        stk_buf_printf(out, " type %s", stk_type_name(s->type));
    for (int a = 0; a < STK_ASPECT_COUNT_; a++)
        if (s->novel[a] != 0)
            stk_buf_printf(out, " novel.%s %u", stk_aspect_name((stk_aspect)a), s->novel[a]);
    stk_buf_char(out, '\n');
}

static void put_learned(const stk_learned *l, stk_buf *out)
{
    stk_buf_printf(out, "- %s ", stk_aspect_name(l->aspect));
    if (stk_aspect_is_text(l->aspect))
        put_text(out, l->text);
    else
        stk_buf_printf(out, "%llx", (unsigned long long)l->payload);
    stk_buf_printf(out, " %llu\n", (unsigned long long)l->requests);
}

static void put_head(const stk_profile *p, stk_buf *out)
{
    stk_buf_add(out, STK_S(STK_PROFILE_FIRST_LINE "\nformat "));
    put_text(out, p->format);
    stk_buf_add(out, STK_S("\nclient "));
    put_text(out, p->client);
    stk_buf_printf(out, "\nfingerprint %llx\nunits %llu\nskipped %llu\n",
                   (unsigned long long)p->fingerprint, (unsigned long long)p->units,
                   (unsigned long long)p->skipped);
    if (p->first_at != STK_TIME_NONE)
        stk_buf_printf(out, "period %lld %lld\n", (long long)p->first_at, (long long)p->last_at);
    for (size_t i = 0; i < stk_profile_spec_count; i++)
        stk_buf_printf(out, "option %s %lld\n", stk_profile_spec[i].key, (long long)p->option[i]);
}

void stk_profile_save(const stk_profile *p, stk_buf *out)
{
    put_head(p, out);
    size_t next = 0;
    for (size_t i = 0; i < p->subject_count; i++) {
        put_subject(&p->subjects[i], out);
        for (; next < p->learned_count && p->learned[next].subject == i; next++)
            put_learned(&p->learned[next], out);
    }
}
