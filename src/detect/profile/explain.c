/* SPDX-License-Identifier: Apache-2.0 */
/* Saying a deviation in words: what the thing always was, and what it is here. */
#include "base/utf8.h"
#include "detect/profile/judge.h"

#include <stdio.h>

#define CLAUSE(id) ((stk_arg){ .kind = STK_ARG_MESSAGE, .u.i = STK_MSG_PROFILE_##id })
#define BIT(c)     (UINT64_C(1) << (c))

/* Words that start or join SQL statements. They only colour the explanation: many are English. */
static const char *const sql_words[] = {
    "select",  "union",  "insert", "update",    "delete", "drop",  "from",  "where",
    "table",   "values", "exec",   "alter",     "having", "order", "group", "limit",
    "waitfor", "delay",  "sleep",  "benchmark", "and",    "or",    "like",  "into",
};

static bool is_sql_word(stk_str w)
{
    for (size_t i = 0; i < STK_COUNT(sql_words); i++) {
        size_t n = strlen(sql_words[i]), k = 0;
        while (n == w.len && k < n && (w.ptr[k] | 0x20) == sql_words[i][k])
            k++;
        if (n == w.len && k == n)
            return true;
    }
    return false;
}

static int64_t count_sql(stk_str s)
{
    int64_t n = 0;
    s.len = s.len < STK_TRAITS_BYTES ? s.len : STK_TRAITS_BYTES;
    for (size_t i = 0; i < s.len;) {
        size_t from = i;
        while (i < s.len && (unsigned)((s.ptr[i] | 0x20) - 'a') < 26)
            i++;
        n += i != from && is_sql_word((stk_str){ s.ptr + from, i - from });
        i += i == from;
    }
    return n;
}

/* Clauses for what is new, the most telling first. */
typedef struct clauses {
    stk_arg item[2];
    size_t count;
} clauses;

static void put(clauses *c, stk_arg arg)
{
    if (c->count < STK_COUNT(c->item))
        c->item[c->count++] = arg;
}

static void put_signs(clauses *c, uint64_t chars)
{
    static const stk_str quoted[32] = {
#define Q(s) { "`" s "`", sizeof("`" s "`") - 1 }
        Q("!"), Q("\""), Q("#"), Q("$"), Q("%"), Q("&"), Q("'"), Q("("), Q(")"), Q("*"), Q("+"),
        Q(","), Q("-"),  Q("."), Q("/"), Q(":"), Q(";"), Q("<"), Q("="), Q(">"), Q("?"), Q("@"),
        Q("["), Q("\\"), Q("]"), Q("^"), Q("_"), Q("`"), Q("{"), Q("|"), Q("}"), Q("~"),
#undef Q
    };
    uint64_t quotes = BIT(stk_class_of('\'')) | BIT(stk_class_of('"'));
    uint64_t angles = BIT(stk_class_of('<')) | BIT(stk_class_of('>'));
    if (chars & quotes)
        put(c, CLAUSE(QUOTE));
    if (chars & angles)
        put(c, CLAUSE(ANGLE));
    for (uint64_t left = (chars & ~quotes & ~angles) >> STK_CLASS_SIGNS; left != 0;
         left &= left - 1)
        put(c, STK_ARG_T(quoted[__builtin_ctzll(left)]));
    if (chars & BIT(STK_CLASS_CONTROL))
        put(c, CLAUSE(CONTROL));
    if (chars & BIT(STK_CLASS_BREAK))
        put(c, CLAUSE(BREAK));
    if (chars & BIT(STK_CLASS_SYMBOL))
        put(c, CLAUSE(SIGN));
    if (chars & (BIT(STK_CLASS_LOWER) | BIT(STK_CLASS_UPPER) | BIT(STK_CLASS_LATIN) |
                 BIT(STK_CLASS_LETTER)))
        put(c, CLAUSE(LETTER));
    if (chars & BIT(STK_CLASS_DIGIT))
        put(c, CLAUSE(DIGIT));
    if (chars & BIT(STK_CLASS_BLANK))
        put(c, CLAUSE(BLANK));
}

static clauses what_is_new(const stk_deviation *d)
{
    static const struct {
        stk_aspect aspect;
        stk_message message;
    } rest[] = {
        { STK_ASPECT_TYPE, STK_MSG_PROFILE_KIND },   { STK_ASPECT_COUNT, STK_MSG_PROFILE_MANY },
        { STK_ASPECT_PAIR, STK_MSG_PROFILE_SHAPE },  { STK_ASPECT_FIRST, STK_MSG_PROFILE_SHAPE },
        { STK_ASPECT_LAST, STK_MSG_PROFILE_SHAPE },  { STK_ASPECT_FORM, STK_MSG_PROFILE_SHAPE },
        { STK_ASPECT_SHAPE, STK_MSG_PROFILE_SHAPE }, { STK_ASPECT_PLACE, STK_MSG_PROFILE_PLACE },
    };
    clauses c = { .count = 0 };
    const stk_value *v = d->parameter->value;
    if (v->once.raw.len == 0)
        put(&c, CLAUSE(EMPTY));
    if (d->aspects & 1u << STK_ASPECT_MET)
        put(&c, v->met & STK_MET_NUL             ? CLAUSE(NUL)
                : v->met & STK_MET_PERCENT_TWICE ? CLAUSE(TWICE)
                : v->met & STK_MET_CONTROL       ? CLAUSE(CONTROL)
                                                 : CLAUSE(ENCODING));
    put_signs(&c, d->chars);
    for (size_t i = 0; i < STK_COUNT(rest) && c.count == 0; i++)
        if (d->aspects & 1u << rest[i].aspect)
            put(&c, (stk_arg){ .kind = STK_ARG_MESSAGE, .u.i = rest[i].message });
    if (c.count == 0)
        put(&c, CLAUSE(NEW_VALUE));
    return c;
}

stk_str stk_deviation_name(const stk_profile *p, const stk_deviation *d, bool *ret_learned)
{
    const stk_subject *s = &p->subjects[d->subject];
    *ret_learned = true;
    if (d->parameter == NULL)
        return d->name;
    if (s->kind == STK_SUBJECT_PARAMETER)
        return s->name;
    *ret_learned = false;
    return d->parameter->value->name.raw;
}

static stk_arg name_of(const stk_profile *p, const stk_deviation *d)
{
    bool learned;
    stk_str name = stk_deviation_name(p, d, &learned);
    return learned ? STK_ARG_T(name) : STK_ARG_P(((stk_personal){ name }));
}

static stk_message was(stk_type type)
{
    static const stk_message messages[STK_TYPES] = {
        [STK_TYPE_EMPTY] = STK_MSG_PROFILE_WAS_EMPTY,
        [STK_TYPE_INTEGER] = STK_MSG_PROFILE_WAS_NUMBER,
        [STK_TYPE_DECIMAL] = STK_MSG_PROFILE_WAS_NUMBER,
        [STK_TYPE_WORD] = STK_MSG_PROFILE_WAS_WORD,
        [STK_TYPE_TOKEN] = STK_MSG_PROFILE_WAS_TOKEN,
        [STK_TYPE_EMAIL] = STK_MSG_PROFILE_WAS_EMAIL,
        [STK_TYPE_DATE] = STK_MSG_PROFILE_WAS_DATE,
        [STK_TYPE_URL] = STK_MSG_PROFILE_WAS_URL,
        [STK_TYPE_HEX] = STK_MSG_PROFILE_WAS_HEX,
        [STK_TYPE_TEXT] = STK_MSG_PROFILE_WAS_TEXT,
    };
    return messages[type];
}

/* The three kinds of sentence each come alone, with a second clause, and with SQL keywords. */
static void finish(stk_reason *r, stk_message alone, size_t at, const clauses *c, int64_t sql)
{
    r->args[at] = c->item[0];
    r->message = alone;
    if (sql >= 2) {
        r->message = (stk_message)(alone + 2);
        r->args[at + 1] = STK_ARG_I(sql);
    } else if (c->count > 1) {
        r->message = (stk_message)(alone + 1);
        r->args[at + 1] = c->item[1];
    }
}

static int64_t characters(stk_str text)
{
    int64_t n = 0;
    uint32_t code;
    for (size_t i = 0; i < text.len; n++)
        i += stk_utf8_next(text, i, &code);
    return n;
}

/* "5" or "1-3", in the batch's arena. */
static stk_arg range(const stk_judge_scratch *k, const stk_subject *s)
{
    char text[32];
    int n = s->least == s->most ? snprintf(text, sizeof text, "%u", s->most)
                                : snprintf(text, sizeof text, "%u-%u", s->least, s->most);
    return STK_ARG_T(stk_arena_copy(k->asked.unit->arena, (stk_str){ text, (size_t)n }));
}

static void explain_value(const stk_profile *p, const stk_judge_scratch *k, const stk_deviation *d,
                          stk_reason *r)
{
    const stk_subject *s = &p->subjects[d->subject];
    clauses c = what_is_new(d);
    int64_t sql = count_sql(d->parameter->value->text.raw);
    r->args[0] = name_of(p, d);
    r->args[2] = STK_ARG_I((int64_t)s->requests);
    if (d->subject == STK_ANY) {
        r->message = STK_MSG_PROFILE_ANY;
        r->args[1] = c.item[0];
        r->args[2] = STK_ARG_I((int64_t)s->draws);
    } else if (d->aspect == STK_ASPECT_LENGTH && d->chars == 0) {
        r->message = STK_MSG_PROFILE_LENGTH;
        r->args[1] = range(k, s);
        r->args[3] = STK_ARG_I(characters(d->parameter->value->once.raw));
    } else if (s->type == STK_TYPE_INTEGER && s->typed == s->requests && s->most != 0) {
        r->args[1] = range(k, s);
        finish(r, STK_MSG_PROFILE_NUMBER, 3, &c, sql);
    } else if (s->closed) {
        r->args[1] = STK_ARG_I(s->values);
        finish(r, s->values == 1 ? STK_MSG_PROFILE_CONSTANT : STK_MSG_PROFILE_CLOSED, 3, &c, sql);
    } else {
        r->args[1] = (stk_arg){ .kind = STK_ARG_MESSAGE, .u.i = was(s->type) };
        finish(r, STK_MSG_PROFILE_TEXT, 3, &c, sql);
    }
}

static void explain_path(const stk_profile *p, const stk_deviation *d, stk_reason *r)
{
    r->message = d->aspect == STK_ASPECT_FOLDER   ? STK_MSG_PROFILE_FOLDER
                 : d->aspect == STK_ASPECT_SUFFIX ? STK_MSG_PROFILE_SUFFIX
                 : d->aspect == STK_ASPECT_STEM   ? STK_MSG_PROFILE_STEM
                                                  : STK_MSG_PROFILE_PATH;
    r->args[0] = STK_ARG_I((int64_t)p->units);
    r->args[1] = STK_ARG_I((int64_t)stk_profile_endpoints(p));
}

void stk_profile_explain(const stk_profile *p, const stk_judge_scratch *k, const stk_deviation *d,
                         stk_reason *r)
{
    const stk_subject *s = &p->subjects[d->subject];
    *r = (stk_reason){ .message = STK_MSG_PROFILE_ORDER };
    r->args[0] = name_of(p, d);
    r->args[1] = STK_ARG_I((int64_t)s->requests);
    r->args[2] = STK_ARG_T(s->name);
    switch (d->aspect) {
    case STK_ASPECT_METHOD:
        r->message = s->kind == STK_SUBJECT_ENDPOINT ? STK_MSG_PROFILE_METHOD
                                                     : STK_MSG_PROFILE_SITE_METHOD;
        r->args[0] = STK_ARG_P(((stk_personal){ k->asked.method }));
        break;
    case STK_ASPECT_MEDIA:
        r->message = STK_MSG_PROFILE_MEDIA;
        r->args[0] = STK_ARG_P(((stk_personal){ k->asked.media }));
        break;
    case STK_ASPECT_NAME:
        r->message = STK_MSG_PROFILE_NAME;
        break;
    case STK_ASPECT_ABSENT:
        r->message = STK_MSG_PROFILE_ABSENT;
        break;
    case STK_ASPECT_REPEAT:
        r->message = STK_MSG_PROFILE_REPEAT;
        break;
    case STK_ASPECT_ORDER:
        r->args[0] = STK_ARG_I((int64_t)s->requests);
        r->args[1] = STK_ARG_T(s->name);
        r->args[2] = (stk_arg){ .kind = STK_ARG_NONE };
        break;
    case STK_ASPECT_PATH:
    case STK_ASPECT_FOLDER:
    case STK_ASPECT_SUFFIX:
    case STK_ASPECT_STEM:
        explain_path(p, d, r);
        break;
    default:
        explain_value(p, k, d, r);
    }
}
