/* SPDX-License-Identifier: Apache-2.0 */
/* Clauses that go on with somebody else's statement, and calls that only databases answer. */
#include "detect/sql/signs.h"

#include <strings.h>

enum { MAX_PARENS = 16, MAX_ITEMS = 64 };

static bool text_is(stk_sql_walk *w, uint32_t i, const char *word)
{
    const stk_sql_token *t = stk_sql_peek(w->r, i);
    return t->kind == STK_SQL_WORD && t->len == strlen(word) &&
           strncasecmp(w->r->text.ptr + t->at, word, t->len) == 0;
}

static void look_union(stk_sql_walk *w)
{
    uint32_t i = w->at + 1;
    while (i < w->at + 4 && (stk_sql_classes_at(w->r, i) & STK_SQL_MODIFIER))
        i++;
    for (uint32_t n = 0; n < MAX_PARENS && stk_sql_kind_at(w->r, i) == STK_SQL_OPEN; n++)
        i++;
    if (stk_sql_is(w->r, i, STK_SQL_W_values) && stk_sql_kind_at(w->r, i + 1) == STK_SQL_OPEN) {
        stk_sql_note(w, STK_SQL_SIGN_UNION, 0.8, 0.4);
        return;
    }
    if (stk_sql_is(w->r, i, STK_SQL_W_table) && stk_sql_expression(w->r, i + 1).end > i + 1) {
        stk_sql_note(w, STK_SQL_SIGN_UNION, 0.65, 0.1); /* MySQL: table t */
        return;
    }
    if (!stk_sql_is(w->r, i, STK_SQL_W_select)) {
        bool hides = stk_sql_hides(w, i) || (stk_sql_peek(w->r, w->at)->flags & STK_SQL_COMMENTED);
        bool over = stk_sql_kind_at(w->r, i) == STK_SQL_END && i > w->at + 1;
        stk_sql_note(w, STK_SQL_SIGN_UNION, hides ? 0.6 : over ? 0.5 : 0, 0);
        w->faults += !hides && !over; /* a union of people */
        return;
    }
    stk_sql_kind next = stk_sql_kind_at(w->r, i + 1);
    double list = stk_sql_select_list(w->r, i + 1);
    if (next == STK_SQL_END || next == STK_SQL_COMMENT)
        stk_sql_note(w, STK_SQL_SIGN_UNION, 0.92, 0.6);
    else if (list >= 0.4)
        stk_sql_note(w, STK_SQL_SIGN_UNION, 0.97, 0.92);
    else if (next != STK_SQL_WORD && stk_sql_expression(w->r, i + 1).end > i + 1)
        stk_sql_note(w, STK_SQL_SIGN_UNION, 0.95, 0.85);
    else
        stk_sql_note(w, STK_SQL_SIGN_UNION, 0.7, list > 0.15 ? 0.5 : 0.25);
}

/* order by, group by */
static void look_by(stk_sql_walk *w)
{
    uint32_t i = w->at + 2, has = 0;
    if (!stk_sql_is(w->r, w->at + 1, STK_SQL_W_by))
        return;
    for (uint32_t n = 0; n < MAX_ITEMS; n++) {
        stk_sql_expr item = stk_sql_expression(w->r, i);
        if (item.end == i)
            break;
        has |= item.has;
        i = item.end;
        if (stk_sql_is(w->r, i, STK_SQL_W_asc) || stk_sql_is(w->r, i, STK_SQL_W_desc))
            i++;
        if (stk_sql_kind_at(w->r, i) != STK_SQL_COMMA)
            break;
        i++;
    }
    bool hides = stk_sql_hides(w, i), ends = hides || stk_sql_over(w->r, i);
    if (has & STK_SQL_MACHINERY)
        stk_sql_note(w, STK_SQL_SIGN_PROBE, 0.92, 0.6);
    else if ((has & STK_SQL_HAS_NUMBER) && ends)
        stk_sql_note(w, STK_SQL_SIGN_PROBE, hides || w->quote ? 0.9 : 0.7, hides ? 0.45 : 0.1);
    else if ((has & ~(uint32_t)STK_SQL_HAS_STRING) != 0 && ends)
        stk_sql_note(w, STK_SQL_SIGN_PROBE, hides ? 0.8 : w->quote ? 0.6 : 0.2, 0.05);
}

/* where, having, on: a condition of the attacker's own */
static void look_condition(stk_sql_walk *w, stk_sql_word word)
{
    stk_sql_compare c = stk_sql_comparison(w->r, w->at + 1);
    if (c.end == w->at + 1)
        return;
    uint32_t both = c.left | c.right;
    bool constant = !(both & STK_SQL_HAS_NAME);
    if (c.relation == STK_SQL_NO_RELATION) {
        bool hides = stk_sql_hides(w, c.end);
        if ((both & STK_SQL_MACHINERY) || (hides && constant))
            stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.85, 0.4);
        return;
    }
    if (both & STK_SQL_MACHINERY)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.93, 0.7);
    else if (constant && c.relation == STK_SQL_BY_SIGN)
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.93, 0.6);
    else if (constant)
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.8, 0.3);
    else if (c.relation == STK_SQL_BY_SIGN)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, word == STK_SQL_W_where || w->quote ? 0.65 : 0.5,
                     w->selected ? 0.5 : 0.2);
    else if (c.right & STK_SQL_HAS_STRING)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, w->quote ? 0.6 : 0.4, 0.1);
}

/* into outfile, into dumpfile, into @x */
static void look_into(stk_sql_walk *w)
{
    uint32_t i = w->at + 1;
    if (stk_sql_is(w->r, i, STK_SQL_W_outfile) || stk_sql_is(w->r, i, STK_SQL_W_dumpfile)) {
        bool named = stk_sql_kind_at(w->r, i + 1) == STK_SQL_STRING ||
                     stk_sql_kind_at(w->r, i + 1) == STK_SQL_NUMBER;
        stk_sql_note(w, STK_SQL_SIGN_FILES, named ? 0.97 : 0.75, named ? 0.92 : 0.4);
    } else if (stk_sql_kind_at(w->r, i) == STK_SQL_VARIABLE && w->selected) {
        stk_sql_note(w, STK_SQL_SIGN_STATEMENT, 0.7, 0.4);
    }
}

static void look_limit(stk_sql_walk *w)
{
    uint32_t i = w->at + 1;
    if (stk_sql_kind_at(w->r, i) != STK_SQL_NUMBER)
        return;
    i++;
    bool pair = stk_sql_kind_at(w->r, i) == STK_SQL_COMMA || stk_sql_is(w->r, i, STK_SQL_W_offset);
    if (pair)
        i += 2;
    bool hides = stk_sql_hides(w, i);
    bool goes_on = stk_sql_is(w->r, i, STK_SQL_W_into) ||
                   stk_sql_is(w->r, i, STK_SQL_W_procedure) || stk_sql_is(w->r, i, STK_SQL_W_union);
    if (hides || goes_on)
        stk_sql_note(w, STK_SQL_SIGN_PROBE, w->quote || goes_on ? 0.8 : 0.6, 0.2);
    else if (pair && w->quote)
        stk_sql_note(w, STK_SQL_SIGN_PROBE, 0.5, 0.1);
}

/* A relation right behind what was there: ') rlike (select ...', '= 0 --' */
static void look_relation(stk_sql_walk *w)
{
    stk_sql_compare c = stk_sql_relation_at(w->r, w->at);
    if (text_is(w, w->at + 1, "boolean") && text_is(w, w->at + 2, "mode")) {
        stk_sql_note(w, STK_SQL_SIGN_PROBE, 0.9, 0.5);
        return;
    }
    if (c.relation == STK_SQL_NO_RELATION || !w->operand_before)
        return;
    bool hides = stk_sql_hides(w, c.end);
    if (w->quote == 0 && w->at == 1 && c.relation == STK_SQL_BY_SIGN &&
        stk_sql_kind_at(w->r, 0) == STK_SQL_STRING && (c.right & STK_SQL_HAS_STRING) &&
        stk_sql_ends(w->r, c.end)) /* 'x'<>'y' */
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.55, 0);
    if (w->quote == 0 && w->at == 1 && c.relation == STK_SQL_BY_LIKE &&
        stk_sql_kind_at(w->r, 0) == STK_SQL_NUMBER && (c.right & STK_SQL_HAS_STRING) &&
        stk_sql_ends(w->r, c.end)) /* 1 regexp '^a' */
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.55, 0);
    if (w->quote == 0 && w->at == 1 && c.relation == STK_SQL_BY_SIGN &&
        stk_sql_kind_at(w->r, 0) == STK_SQL_NUMBER && !(c.right & STK_SQL_HAS_NAME) &&
        (stk_sql_classes_at(w->r, c.end) & STK_SQL_BOOL)) /* 1 = '1' or 1 */
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.7, 0);
    if (c.right & STK_SQL_HAS_QUERY)
        stk_sql_note(w, STK_SQL_SIGN_QUERY, 0.93, 0.8);
    else if (c.right & (STK_SQL_HAS_SYSTEM | STK_SQL_HAS_CASE | STK_SQL_HAS_DANGER))
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.85, 0.6);
    else if (w->quote && !w->nothing_before && hides)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.6, 0);
    else if (w->quote && (c.right & STK_SQL_HAS_UNCLOSED) && w->at == 1 &&
             stk_sql_peek(w->r, c.end - 1)->sub == w->quote)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE,
                     c.relation == STK_SQL_BY_SIGN ? 0.7
                     : w->quote == '\''            ? 0.55
                                                   : 0.4,
                     0);
}

void stk_sql_look_clause(stk_sql_walk *w, stk_sql_word word)
{
    switch (word) {
    case STK_SQL_W_union:
    case STK_SQL_W_intersect:
    case STK_SQL_W_except:
        look_union(w);
        return;
    case STK_SQL_W_order:
    case STK_SQL_W_group:
        look_by(w);
        return;
    case STK_SQL_W_where:
    case STK_SQL_W_having:
        look_condition(w, word);
        return;
    case STK_SQL_W_into:
        look_into(w);
        return;
    case STK_SQL_W_limit:
        look_limit(w);
        return;
    case STK_SQL_W_procedure:
        if (stk_sql_is(w->r, w->at + 1, STK_SQL_W_analyse) &&
            stk_sql_kind_at(w->r, w->at + 2) == STK_SQL_OPEN)
            stk_sql_note(w, STK_SQL_SIGN_ERROR, 0.97, 0.9);
        return;
    default:
        look_relation(w);
    }
}

static void look_conversion(stk_sql_walk *w, uint32_t open, stk_sql_word word)
{
    uint32_t close = stk_sql_close_of(w->r, open);
    stk_sql_expr what = stk_sql_expression(w->r, open + 1);
    bool typed = false;
    if (word == STK_SQL_W_convert)
        typed = (stk_sql_classes_at(w->r, open + 1) & STK_SQL_TYPE) ||
                stk_sql_is(w->r, what.end, STK_SQL_W_using) ||
                (stk_sql_classes_at(w->r, what.end + 1) & STK_SQL_TYPE);
    else
        typed = stk_sql_is(w->r, what.end, STK_SQL_W_as);
    if (what.has & STK_SQL_HAS_QUERY)
        stk_sql_note(w, STK_SQL_SIGN_ERROR, 0.9, 0.85);
    else if (typed)
        stk_sql_note(w, STK_SQL_SIGN_ERROR, 0.75, close != 0 ? 0.6 : 0.4);
}

/* Text functions: one may be code of another language, several are not. */
static void look_text(stk_sql_walk *w, uint32_t open, stk_sql_word word)
{
    stk_sql_expr what = stk_sql_expression(w->r, open + 1);
    bool code = word == STK_SQL_W_char || word == STK_SQL_W_chr || word == STK_SQL_W_nchar;
    if (what.end == open + 1 || (code && !(what.has & STK_SQL_HAS_NUMBER)))
        return;
    w->text_calls++;
    if (w->text_calls >= 2 || (what.has & (STK_SQL_HAS_QUERY | STK_SQL_HAS_SYSTEM)))
        stk_sql_note(w, STK_SQL_SIGN_TEXT, 0.85, 0.7);
    else
        stk_sql_note(w, STK_SQL_SIGN_TEXT, code ? 0.35 : 0.3, 0.2);
}

/* if(1=1, ...), elt(5=5, ...), iif(2=3, ...) */
static bool first_compares(stk_sql_walk *w, uint32_t open)
{
    stk_sql_compare c = stk_sql_comparison(w->r, open + 1);
    return c.relation == STK_SQL_BY_SIGN &&
           ((c.left | c.right) & ~(uint32_t)(STK_SQL_CONSTANTS | STK_SQL_HAS_GROUP)) == 0 &&
           stk_sql_kind_at(w->r, c.end) == STK_SQL_COMMA;
}

void stk_sql_look_call(stk_sql_walk *w, stk_sql_word word)
{
    uint32_t classes = stk_sql_word_classes(word), open = w->at + 1;
    bool glued = (stk_sql_peek(w->r, open)->flags & STK_SQL_GLUED) != 0;
    bool empty = stk_sql_kind_at(w->r, open + 1) == STK_SQL_CLOSE;
    bool cut = stk_sql_kind_at(w->r, open + 1) == STK_SQL_END;
    if (word == STK_SQL_W_cast || word == STK_SQL_W_convert || word == STK_SQL_W_try_cast) {
        look_conversion(w, open, word);
    } else if (word == STK_SQL_W_sleep) {
        stk_sql_expr time = stk_sql_expression(w->r, open + 1);
        bool plain = time.end > open + 1 && stk_sql_kind_at(w->r, time.end) == STK_SQL_CLOSE;
        if (glued && !empty)
            stk_sql_note(w, STK_SQL_SIGN_TIME, 0.9, plain ? 0.7 : 0.5);
        else if (plain)
            stk_sql_note(w, STK_SQL_SIGN_TIME, 0.75, 0.3);
    } else if (classes & STK_SQL_TIME) {
        stk_sql_note(w, STK_SQL_SIGN_TIME, empty || cut ? 0.5 : 0.93, empty || cut ? 0.3 : 0.85);
    } else if (classes & STK_SQL_FILES) {
        stk_sql_note(w, STK_SQL_SIGN_FILES, cut ? 0.6 : 0.93, cut ? 0.4 : 0.85);
    } else if (classes & STK_SQL_ERROR) {
        bool geometry = word == STK_SQL_W_polygon || word == STK_SQL_W_multipoint ||
                        word == STK_SQL_W_json_keys || word == STK_SQL_W_xmltype;
        if (!geometry || stk_sql_kind_at(w->r, open + 1) == STK_SQL_OPEN)
            stk_sql_note(w, STK_SQL_SIGN_ERROR, 0.92, 0.8);
    } else if ((classes & STK_SQL_INFO) && glued) {
        bool telling = word != STK_SQL_W_user && word != STK_SQL_W_version &&
                       word != STK_SQL_W_schema && word != STK_SQL_W_database;
        if (cut && w->nothing_before)
            stk_sql_note(w, STK_SQL_SIGN_CATALOGUE, 0.52, 0);
        else if (empty || telling)
            stk_sql_note(w, STK_SQL_SIGN_CATALOGUE, telling ? 0.65 : 0.52, telling ? 0.5 : 0.35);
    } else if (first_compares(w, open)) {
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.85, 0.7);
    } else if ((classes & STK_SQL_TEXT) && glued) {
        look_text(w, open, word);
    }
}
