/* SPDX-License-Identifier: Apache-2.0 */
/* Operands, expressions and comparisons. */
#include "detect/sql/grammar.h"

enum { MAX_SIGNS = 16, MAX_TERMS = 24, MAX_NESTING = 8, MAX_CASE = 64, MAX_LOOKS = 4 };

static const uint32_t keyword = STK_SQL_BOOL | STK_SQL_COMPARE | STK_SQL_ARITH | STK_SQL_STATEMENT |
                                STK_SQL_CLAUSE | STK_SQL_OTHER;

/* Past signs and words that stand before an operand. */
static uint32_t skip_unary(stk_sql_reader *r, uint32_t i)
{
    for (uint32_t n = 0; n < MAX_SIGNS; n++, i++) {
        const stk_sql_token *t = stk_sql_peek(r, i);
        bool sign = t->kind == STK_SQL_OPERATOR && strchr("+-~", t->sub) != NULL;
        bool word = t->kind == STK_SQL_WORD && (stk_sql_word_classes((stk_sql_word)t->word) &
                                                (STK_SQL_UNARY | STK_SQL_MODIFIER));
        if (word && t->word == STK_SQL_W_row && stk_sql_kind_at(r, i + 1) != STK_SQL_OPEN)
            word = false;
        if (!sign && !word && t->kind != STK_SQL_BANG)
            break;
    }
    return i;
}

/* ::type, collate x, [1] */
static uint32_t skip_postfix(stk_sql_reader *r, uint32_t i)
{
    for (uint32_t n = 0; n < MAX_SIGNS; n++) {
        if (stk_sql_kind_at(r, i) == STK_SQL_CAST && stk_sql_kind_at(r, i + 1) == STK_SQL_WORD)
            i += 2;
        else if (stk_sql_is(r, i, STK_SQL_W_collate) && stk_sql_kind_at(r, i + 1) == STK_SQL_WORD)
            i += 2;
        else
            break;
    }
    return i;
}

static uint32_t count_ahead(stk_sql_reader *r, uint32_t i)
{
    return stk_sql_kind_at(r, i) == STK_SQL_END ? i : i + 1;
}

/* A call's or group's end: behind its CLOSE, or where the value ends when that is missing. */
static uint32_t group_end(stk_sql_reader *r, uint32_t open)
{
    uint32_t close = stk_sql_close_of(r, open);
    if (close != 0)
        return close + 1;
    return r->made > open + 1 ? r->made - 1 : open + 1;
}

static stk_sql_expr case_operand(stk_sql_reader *r, uint32_t i)
{
    stk_sql_expr e = { .end = i + 1, .has = STK_SQL_HAS_CASE };
    bool when = false;
    uint32_t depth = 1;
    for (uint32_t n = 1; n < MAX_CASE && depth > 0; n++) {
        const stk_sql_token *t = stk_sql_peek(r, i + n);
        if (t->kind == STK_SQL_END)
            break;
        if (t->kind == STK_SQL_WORD) {
            when |= t->word == STK_SQL_W_when;
            depth += t->word == STK_SQL_W_case;
            depth -= t->word == STK_SQL_W_end;
        }
        e.end = i + n + 1;
    }
    if (!when)
        return (stk_sql_expr){ .end = i };
    return e;
}

static uint32_t fn_facts(uint32_t classes)
{
    uint32_t has = STK_SQL_HAS_CALL;
    if (classes & STK_SQL_FN)
        has |= STK_SQL_HAS_FN;
    if (classes & (STK_SQL_TIME | STK_SQL_ERROR | STK_SQL_FILES))
        has |= STK_SQL_HAS_DANGER;
    return has;
}

/* a, a.b.c, a.*, f(...), a.f(...), a..b */
static stk_sql_expr name_operand(stk_sql_reader *r, uint32_t i)
{
    uint32_t classes = stk_sql_classes_at(r, i), all = classes;
    stk_sql_expr none = { .end = i }, e = { .end = i + 1, .has = STK_SQL_HAS_NAME };
    bool call = stk_sql_kind_at(r, i + 1) == STK_SQL_OPEN;
    bool dotted = stk_sql_kind_at(r, i + 1) == STK_SQL_DOT;
    if ((classes & keyword) && !(call && (classes & STK_SQL_FN)) && !dotted)
        return none;
    if ((classes & STK_SQL_TYPE) && stk_sql_kind_at(r, i + 1) == STK_SQL_STRING)
        return (stk_sql_expr){ i + 2, STK_SQL_HAS_STRING | STK_SQL_HAS_FN }; /* date '...' */
    for (uint32_t n = 0; n < MAX_SIGNS && stk_sql_kind_at(r, e.end) == STK_SQL_DOT; n++) {
        stk_sql_kind next = stk_sql_kind_at(r, e.end + 1);
        if (next == STK_SQL_DOT)
            continue;
        bool star = next == STK_SQL_OPERATOR && stk_sql_peek(r, e.end + 1)->sub == '*';
        if (next != STK_SQL_WORD && next != STK_SQL_NAME && !star)
            break;
        all |= stk_sql_classes_at(r, e.end + 1);
        e.has |= STK_SQL_HAS_DOTTED;
        e.end += 2;
    }
    if (all & STK_SQL_CATALOGUE)
        e.has |= STK_SQL_HAS_CATALOGUE;
    if (classes & STK_SQL_CONSTANT && !(e.has & STK_SQL_HAS_DOTTED))
        e.has = STK_SQL_HAS_CONSTANT | (classes & STK_SQL_INFO ? STK_SQL_HAS_SYSTEM : 0);
    const stk_sql_token *open = stk_sql_peek(r, e.end);
    if (open->kind == STK_SQL_OPEN && ((open->flags & STK_SQL_GLUED) || (all & STK_SQL_FN))) {
        e.has = (e.has & ~(uint32_t)(STK_SQL_HAS_NAME | STK_SQL_HAS_CONSTANT)) | fn_facts(all);
        e.end = group_end(r, e.end);
    }
    return e;
}

/* {fn now()}, {d '2020-01-01'}, {x 1}: ODBC escapes, which MySQL reads with any word. */
static stk_sql_expr escape_operand(stk_sql_reader *r, uint32_t i)
{
    stk_sql_kind word = stk_sql_kind_at(r, i + 1);
    if (stk_sql_peek(r, i)->sub != '{' || r->nesting >= MAX_LOOKS ||
        (word != STK_SQL_WORD && word != STK_SQL_NAME))
        return (stk_sql_expr){ .end = i };
    r->nesting++;
    stk_sql_expr e = stk_sql_operand(r, i + 2);
    r->nesting--;
    if (e.end == i + 2 || stk_sql_peek(r, e.end)->sub != '}')
        return (stk_sql_expr){ .end = i };
    e.end++;
    return e;
}

static stk_sql_expr group_operand(stk_sql_reader *r, uint32_t i)
{
    stk_sql_expr e = { .has = STK_SQL_HAS_GROUP };
    uint32_t inside = i + 1;
    for (uint32_t n = 0; n < MAX_NESTING && stk_sql_kind_at(r, inside) == STK_SQL_OPEN; n++)
        inside++;
    if (r->nesting < MAX_LOOKS) {
        r->nesting++;
        if (!stk_sql_is(r, inside, STK_SQL_W_select))
            e.has |= stk_sql_operand(r, inside).has;
        else if (stk_sql_select_list(r, inside + 1) >= 0.15)
            e.has |= STK_SQL_HAS_QUERY;
        r->nesting--;
    }
    e.end = group_end(r, i);
    return e;
}

stk_sql_expr stk_sql_operand(stk_sql_reader *r, uint32_t start)
{
    uint32_t i = skip_unary(r, start);
    const stk_sql_token *t = stk_sql_peek(r, i);
    stk_sql_expr e = { .end = start };
    bool interval = i > start && stk_sql_is(r, i - 1, STK_SQL_W_interval);
    if (r->fuel == 0)
        return e;
    r->fuel--;
    switch (t->kind) {
    case STK_SQL_NUMBER:
        if (t->flags & STK_SQL_TRICK) { /* 1.e(1), 1.e.x: as if it were not there */
            e = stk_sql_operand(r, i + 1);
            e.has |= STK_SQL_HAS_TRICK;
            return e.end == i + 1 ? (stk_sql_expr){ .end = start } : e;
        }
        e = (stk_sql_expr){ i + 1, STK_SQL_HAS_NUMBER };
        break;
    case STK_SQL_STRING:
        e = (stk_sql_expr){ i + 1, STK_SQL_HAS_STRING };
        for (; t->kind == STK_SQL_STRING; t = stk_sql_peek(r, e.end)) {
            e.has |= t->flags & STK_SQL_UNCLOSED ? STK_SQL_HAS_UNCLOSED : 0;
            if (stk_sql_kind_at(r, e.end) != STK_SQL_STRING || e.end > i + 2)
                break;
            e.end++;
        }
        break;
    case STK_SQL_VARIABLE:
        e = (stk_sql_expr){ i + 1, t->sub == '@' ? STK_SQL_HAS_SYSTEM : STK_SQL_HAS_VARIABLE };
        if (stk_sql_kind_at(r, i + 1) == STK_SQL_ASSIGN)
            e.end = count_ahead(r, i + 2);
        break;
    case STK_SQL_OPEN:
        e = group_operand(r, i);
        break;
    case STK_SQL_NAME:
        e = name_operand(r, i);
        break;
    case STK_SQL_WORD:
        e = t->word == STK_SQL_W_case ? case_operand(r, i) : name_operand(r, i);
        break;
    case STK_SQL_STRAY:
        e = escape_operand(r, i);
        break;
    case STK_SQL_OPERATOR:
        if (t->sub == '*' && t->len == 1 && i == start)
            e = (stk_sql_expr){ i + 1, STK_SQL_HAS_STAR };
        break;
    default:
        break;
    }
    if (e.end <= i)
        return (stk_sql_expr){ .end = start };
    if (interval && stk_sql_kind_at(r, e.end) == STK_SQL_WORD)
        e.end++; /* interval 1 day */
    e.end = skip_postfix(r, e.end);
    return e;
}

stk_sql_expr stk_sql_expression(stk_sql_reader *r, uint32_t start)
{
    stk_sql_expr e = stk_sql_operand(r, start);
    if (e.end == start)
        return e;
    for (uint32_t n = 0; n < MAX_TERMS; n++) {
        const stk_sql_token *t = stk_sql_peek(r, e.end);
        bool joins = t->kind == STK_SQL_OPERATOR || t->kind == STK_SQL_OR_OR ||
                     (stk_sql_classes_at(r, e.end) & STK_SQL_ARITH);
        if (!joins)
            break;
        stk_sql_expr next = stk_sql_operand(r, e.end + 1);
        if (next.end == e.end + 1)
            break;
        e.end = next.end;
        e.has |= next.has;
    }
    return e;
}

static stk_sql_compare range_at(stk_sql_reader *r, uint32_t i)
{
    stk_sql_expr low = stk_sql_expression(r, i);
    stk_sql_compare c = { .end = low.end, .right = low.has };
    if (low.end == i || !stk_sql_is(r, low.end, STK_SQL_W_and))
        return c;
    stk_sql_expr high = stk_sql_expression(r, low.end + 1);
    if (high.end == low.end + 1)
        return c;
    return (stk_sql_compare){ high.end, STK_SQL_BY_RANGE, 0, low.has | high.has };
}

static stk_sql_compare word_relation_at(stk_sql_reader *r, uint32_t i, stk_sql_word word)
{
    stk_sql_compare c = { .end = i };
    switch (word) {
    case STK_SQL_W_isnull:
    case STK_SQL_W_notnull:
        return (stk_sql_compare){ i + 1, STK_SQL_BY_NULL, 0, STK_SQL_HAS_CONSTANT };
    case STK_SQL_W_is:
        i += stk_sql_is(r, i + 1, STK_SQL_W_not) ? 2 : 1;
        if (stk_sql_classes_at(r, i) & STK_SQL_CONSTANT)
            return (stk_sql_compare){ i + 1, STK_SQL_BY_NULL, 0, STK_SQL_HAS_CONSTANT };
        return c;
    case STK_SQL_W_between:
        return range_at(r, i + 1);
    case STK_SQL_W_in:
        if (stk_sql_kind_at(r, i + 1) != STK_SQL_OPEN)
            return c;
        break;
    case STK_SQL_W_sounds:
    case STK_SQL_W_similar:
        i++;
        break;
    default:
        break;
    }
    stk_sql_expr right = stk_sql_expression(r, i + 1);
    if (right.end == i + 1)
        return c;
    return (stk_sql_compare){ right.end, word == STK_SQL_W_in ? STK_SQL_BY_IN : STK_SQL_BY_LIKE, 0,
                              right.has };
}

stk_sql_compare stk_sql_relation_at(stk_sql_reader *r, uint32_t start)
{
    uint32_t i = start;
    if (stk_sql_is(r, i, STK_SQL_W_not))
        i++;
    const stk_sql_token *t = stk_sql_peek(r, i);
    stk_sql_compare c = { .end = start };
    if (t->kind == STK_SQL_WORD &&
        (stk_sql_word_classes((stk_sql_word)t->word) & STK_SQL_COMPARE)) {
        c = word_relation_at(r, i, (stk_sql_word)t->word);
        return c.relation == STK_SQL_NO_RELATION ? (stk_sql_compare){ .end = start } : c;
    }
    if (t->kind != STK_SQL_RELATION)
        return c;
    stk_sql_expr right = stk_sql_expression(r, i + 1);
    if (right.end == i + 1)
        return c;
    return (stk_sql_compare){ right.end, STK_SQL_BY_SIGN, 0, right.has };
}

static stk_sql_compare comparison(stk_sql_reader *r, uint32_t start, uint32_t nesting)
{
    stk_sql_expr left = stk_sql_expression(r, start);
    if (left.end == start)
        return (stk_sql_compare){ .end = start };
    stk_sql_compare c = stk_sql_relation_at(r, left.end);
    c.left = left.has;
    if (c.relation != STK_SQL_NO_RELATION)
        return c;
    c.end = left.end;
    uint32_t i = skip_unary(r, start);
    if (stk_sql_kind_at(r, i) != STK_SQL_OPEN || nesting == 0 || (left.has & STK_SQL_HAS_QUERY))
        return c;
    stk_sql_compare inside = comparison(r, i + 1, nesting - 1);
    if (inside.relation == STK_SQL_NO_RELATION && !(inside.left & STK_SQL_MACHINERY))
        return c;
    if (inside.end < left.end && stk_sql_close_of(r, i) != 0)
        inside.end = left.end;
    return inside;
}

stk_sql_compare stk_sql_comparison(stk_sql_reader *r, uint32_t start)
{
    return comparison(r, start, MAX_NESTING);
}

bool stk_sql_ends(stk_sql_reader *r, uint32_t i)
{
    const stk_sql_token *t = stk_sql_peek(r, i);
    switch (t->kind) {
    case STK_SQL_END:
    case STK_SQL_COMMENT:
    case STK_SQL_CLOSE:
    case STK_SQL_SEMICOLON:
    case STK_SQL_AND_AND:
    case STK_SQL_OR_OR:
        return true;
    case STK_SQL_WORD:
        return (stk_sql_word_classes((stk_sql_word)t->word) & (STK_SQL_BOOL | STK_SQL_CLAUSE)) != 0;
    default:
        return false;
    }
}

bool stk_sql_over(stk_sql_reader *r, uint32_t i)
{
    return stk_sql_kind_at(r, i) != STK_SQL_COMMENT && stk_sql_ends(r, i);
}
