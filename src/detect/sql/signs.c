/* SPDX-License-Identifier: Apache-2.0 */
/* The walk: one pass over the tokens of a reading, keeping account of how well all before fits. */
#include "detect/sql/signs.h"

void stk_sql_note(stk_sql_walk *w, stk_sql_sign sign, double anchored, double loose)
{
    double weight = w->faults == 0 ? anchored : loose;
    const stk_sql_token *t = stk_sql_peek(w->r, w->at);
    if (weight <= w->weight[sign])
        return;
    w->weight[sign] = weight;
    w->token[sign] = t->at;
}

double stk_sql_walk_weight(const stk_sql_walk *w, stk_sql_sign *strongest)
{
    double not = 1, best = 0;
    for (size_t i = 0; i < STK_SQL_SIGNS; i++) {
        not *= 1 - w->weight[i];
        if (w->weight[i] > best) {
            best = w->weight[i];
            *strongest = (stk_sql_sign)i;
        }
    }
    return 1 - not ;
}

bool stk_sql_hides(stk_sql_walk *w, uint32_t i)
{
    enum { BRIEF = 8 };
    const stk_sql_token *t = stk_sql_peek(w->r, i);
    if (t->kind != STK_SQL_COMMENT)
        return false;
    if (t->sub != '#' || t->len <= BRIEF)
        return true;
    for (uint32_t n = 1; n < t->len; n++) /* a long one is a comment when it is all signs */
        if (strchr(" #-*/+;", w->r->text.ptr[t->at + n]) == NULL)
            return false;
    return true;
}

static bool ends_operand(const stk_sql_token *t)
{
    switch (t->kind) {
    case STK_SQL_NUMBER:
    case STK_SQL_STRING:
    case STK_SQL_NAME:
    case STK_SQL_VARIABLE:
    case STK_SQL_CLOSE:
        return true;
    case STK_SQL_WORD:
        return (stk_sql_word_classes((stk_sql_word)t->word) &
                (STK_SQL_BOOL | STK_SQL_COMPARE | STK_SQL_ARITH | STK_SQL_UNARY |
                 STK_SQL_STATEMENT | STK_SQL_CLAUSE | STK_SQL_MODIFIER | STK_SQL_OTHER)) == 0;
    default:
        return false;
    }
}

static bool starts_operand(const stk_sql_token *t)
{
    return t->kind != STK_SQL_CLOSE && t->kind != STK_SQL_OPEN && ends_operand(t);
}

/* ( select: a query of the attacker's own, unless a sentence in parentheses. */
static void look_query(stk_sql_walk *w)
{
    const stk_sql_token *before = w->at > 0 ? stk_sql_peek(w->r, w->at - 1) : NULL;
    bool computed = before != NULL &&
                    (before->kind == STK_SQL_OPERATOR || before->kind == STK_SQL_OR_OR ||
                     before->kind == STK_SQL_RELATION || before->kind == STK_SQL_COMMA ||
                     before->kind == STK_SQL_OPEN);
    double list = stk_sql_select_list(w->r, w->at + 2);
    stk_sql_kind next = stk_sql_kind_at(w->r, w->at + 2);
    if (computed && w->nothing_before == false && list < 0.6 && next != STK_SQL_WORD && list > 0)
        list = 0.6;
    stk_sql_note(w, STK_SQL_SIGN_QUERY, list, list * 0.9);
}

/* A string of several words: more likely the rest of a sentence than a literal. */
static bool is_phrase(const stk_sql_walk *w, uint32_t i)
{
    const stk_sql_token *t = stk_sql_peek(w->r, i);
    return t->len > 3 && memchr(w->r->text.ptr + t->at + 1, ' ', t->len - 1) != NULL;
}

/* What does a reading do right behind the string that it left: '||(select 1)||' */
static void look_concat(stk_sql_walk *w)
{
    const stk_sql_token *op = stk_sql_peek(w->r, w->at);
    bool word = (stk_sql_classes_at(w->r, w->at) & STK_SQL_ARITH) != 0;
    if (w->quote == 0 || w->at != 1 ||
        (op->kind != STK_SQL_OPERATOR && op->kind != STK_SQL_OR_OR && !word))
        return;
    stk_sql_expr e = stk_sql_expression(w->r, w->at + 1);
    if (e.end == w->at + 1)
        return;
    bool back = (e.has & STK_SQL_HAS_UNCLOSED) && stk_sql_peek(w->r, e.end - 1)->sub == w->quote;
    bool hides = stk_sql_hides(w, e.end), named = (e.has & STK_SQL_HAS_NAME) != 0;
    bool joins = op->kind == STK_SQL_OR_OR || op->sub == '+';
    if (e.has & (STK_SQL_HAS_QUERY | STK_SQL_HAS_DANGER | STK_SQL_HAS_CASE | STK_SQL_HAS_SYSTEM))
        stk_sql_note(w, STK_SQL_SIGN_CONCAT, 0.93, 0);
    else if ((e.has & STK_SQL_HAS_FN) ||
             (op->kind == STK_SQL_OR_OR && (e.has & STK_SQL_HAS_CALL)) ||
             (e.has & STK_SQL_HAS_CATALOGUE))
        stk_sql_note(w, STK_SQL_SIGN_CONCAT, back || hides || joins ? 0.85 : 0.4, 0);
    else if (back && (named || w->opens || is_phrase(w, e.end - 1)) && op->kind != STK_SQL_OR_OR)
        stk_sql_note(w, STK_SQL_SIGN_CONCAT, 0.3, 0);
    else if (back)
        stk_sql_note(w, STK_SQL_SIGN_CONCAT, op->kind == STK_SQL_OR_OR ? 0.8 : 0.65, 0);
    else if (hides && op->sub != '*')
        stk_sql_note(w, STK_SQL_SIGN_CONCAT, 0.5, 0);
}

/* the girls' -- sizes; men's shoes ' # 2: text goes on behind a dash or number sign. */
static bool is_aside(stk_sql_walk *w, const stk_sql_token *t, bool more)
{
    size_t n = stk_sql_peek(w->r, 0)->len;
    bool apart = n > 1 && w->r->text.ptr[n - 2] == ' ', glued = (t->flags & STK_SQL_GLUED) != 0;
    if (w->opens || apart || memchr(w->r->text.ptr + t->at, w->quote, t->len) != NULL)
        return true;
    return more && w->at == 1 && t->sub == '-' && (!glued || w->quote == '"');
}

static void look_comment(stk_sql_walk *w, const stk_sql_token *t)
{
    enum { SHORT = 12 };
    if (!w->operand_before && !w->parenthesis && !stk_sql_is(w->r, 0, STK_SQL_W_end) &&
        !(w->at > 0 && stk_sql_kind_at(w->r, w->at - 1) == STK_SQL_SEMICOLON))
        return;
    size_t mark = t->sub == '#' ? 1 : 2, blank = 0;
    stk_str rest = { w->r->text.ptr + t->at + mark, t->len - mark };
    for (; blank < rest.len && strchr(" \t\r\n-+#*/", rest.ptr[blank]) != NULL; blank++)
        ;
    bool brief = rest.len - blank <= SHORT;
    stk_str unlogged = STK_S("sp_password"); /* SQL Server logs no statement that holds it */
    if (rest.len > 0 && memmem(rest.ptr, rest.len, unlogged.ptr, unlogged.len) != NULL)
        stk_sql_note(w, STK_SQL_SIGN_TRUNCATE, 0.75, 0.5);
    if (!w->quote && w->at == 1 && stk_sql_is(w->r, 0, STK_SQL_W_end) && brief)
        stk_sql_note(w, STK_SQL_SIGN_TRUNCATE, t->flags & STK_SQL_GLUED ? 0.55 : 0, 0);
    else if (w->quote && w->only_closed)
        stk_sql_note(w, STK_SQL_SIGN_TRUNCATE,
                     brief && !is_aside(w, t, blank < rest.len) ? 0.8 : 0.45, brief ? 0.1 : 0);
    else if (w->parenthesis)
        stk_sql_note(w, STK_SQL_SIGN_TRUNCATE, brief && w->names == 0 ? 0.65 : 0.3, 0.05);
    else
        stk_sql_note(w, STK_SQL_SIGN_TRUNCATE, brief && w->at > 0 ? 0.3 : 0.1, 0);
}

/* A word that databases know as their own schema, table or package. */
static void look_catalogue(stk_sql_walk *w, stk_sql_word word)
{
    bool dotted = stk_sql_kind_at(w->r, w->at + 1) == STK_SQL_DOT;
    bool after_from = w->at > 0 && (stk_sql_is(w->r, w->at - 1, STK_SQL_W_from) ||
                                    stk_sql_is(w->r, w->at - 1, STK_SQL_W_join));
    bool common = word == STK_SQL_W_master || word == STK_SQL_W_mysql || word == STK_SQL_W_sys ||
                  word == STK_SQL_W_dual;
    if (common && !(after_from && (dotted || w->selected)))
        return;
    if (dotted || after_from)
        stk_sql_note(w, STK_SQL_SIGN_CATALOGUE, 0.9, after_from || !common ? 0.7 : 0.4);
    else
        stk_sql_note(w, STK_SQL_SIGN_CATALOGUE, 0.45, 0.3);
}

static void look_statement(stk_sql_walk *w)
{
    const stk_sql_token *before = w->at > 0 ? stk_sql_peek(w->r, w->at - 1) : NULL;
    bool stacked = before != NULL && before->kind == STK_SQL_SEMICOLON;
    bool first = w->nothing_before;
    if (before != NULL && before->kind == STK_SQL_OPEN && stk_sql_is(w->r, w->at, STK_SQL_W_select))
        return; /* look_query has seen it */
    double weight = stk_sql_statement(w->r, w->at, stacked);
    if (w->opens && weight < 0.9)
        weight *= 0.6;
    bool cut = w->quote && weight < 0.55 && stk_sql_is(w->r, w->at, STK_SQL_W_select) &&
               (stacked || stk_sql_peek(w->r, 0)->len == 1) && w->at <= 2 &&
               stk_sql_kind_at(w->r, w->at + 2) == STK_SQL_END;
    if (cut) /* ';select p */
        weight = 0.55;
    if (stacked)
        stk_sql_note(w, STK_SQL_SIGN_STACKED, weight, weight > 0.84 ? weight * 0.85 : weight * 0.5);
    else if (first)
        stk_sql_note(w, STK_SQL_SIGN_STATEMENT, weight, weight * 0.8);
    else if (w->operand_before || w->parenthesis || w->selected)
        stk_sql_note(w, STK_SQL_SIGN_STATEMENT, weight, weight * (weight > 0.9 ? 0.9 : 0.65));
    else
        stk_sql_note(w, STK_SQL_SIGN_STATEMENT, weight * 0.9, weight * (weight > 0.9 ? 0.9 : 0.6));
}

static void look_word(stk_sql_walk *w, const stk_sql_token *t)
{
    stk_sql_word word = (stk_sql_word)t->word;
    uint32_t classes = stk_sql_word_classes(word);
    stk_sql_kind next = stk_sql_kind_at(w->r, w->at + 1);
    bool call = next == STK_SQL_OPEN;
    if (classes & STK_SQL_BOOL)
        stk_sql_look_boolean(w);
    if ((classes & (STK_SQL_CLAUSE | STK_SQL_COMPARE)) || (word == STK_SQL_W_not && w->at == 1))
        stk_sql_look_clause(w, word);
    if (classes & STK_SQL_ARITH)
        look_concat(w);
    if (call && (classes & STK_SQL_FN))
        stk_sql_look_call(w, word);
    if (classes & STK_SQL_CATALOGUE)
        look_catalogue(w, word);
    if (classes & STK_SQL_STATEMENT)
        look_statement(w);
    if (word == STK_SQL_W_case) {
        stk_sql_expr e = stk_sql_operand(w->r, w->at);
        bool condition = stk_sql_kind_at(w->r, w->at + 2) == STK_SQL_OPEN ||
                         stk_sql_comparison(w->r, w->at + 2).relation == STK_SQL_BY_SIGN;
        stk_sql_expr what = stk_sql_operand(w->r, w->at + 1);
        if (e.end > w->at && stk_sql_is(w->r, w->at + 1, STK_SQL_W_when))
            stk_sql_note(w, STK_SQL_SIGN_CASE, condition ? 0.92 : 0.4, condition ? 0.85 : 0.1);
        else if (e.end > w->at && stk_sql_is(w->r, what.end, STK_SQL_W_when))
            stk_sql_note(w, STK_SQL_SIGN_CASE, what.has & STK_SQL_HAS_NAME ? 0.3 : 0.8, 0.2);
    }
    if (word == STK_SQL_W_select)
        w->selected = true;
    if ((t->flags & STK_SQL_SPLIT) && (classes & (STK_SQL_STATEMENT | STK_SQL_CLAUSE)))
        stk_sql_note(w, STK_SQL_SIGN_HIDDEN, 0.7, 0.6);
    else if ((t->flags & STK_SQL_VERSIONED) && classes != 0)
        stk_sql_note(w, STK_SQL_SIGN_HIDDEN, 0.8, 0.75);
    else if ((t->flags & STK_SQL_COMMENTED) &&
             (classes & (STK_SQL_BOOL | STK_SQL_STATEMENT | STK_SQL_CLAUSE | STK_SQL_CONSTANT)) &&
             w->at > 0)
        stk_sql_note(w, STK_SQL_SIGN_HIDDEN, 0.35, 0.2);
}

/* password::int; other languages write A::b, but no type of SQL behind it. */
static void look_cast(stk_sql_walk *w)
{
    bool typed = (stk_sql_classes_at(w->r, w->at + 1) & STK_SQL_TYPE) != 0;
    bool text = stk_sql_is(w->r, w->at + 1, STK_SQL_W_text);
    stk_sql_kind before = w->at > 0 ? stk_sql_kind_at(w->r, w->at - 1) : STK_SQL_END;
    if (!w->operand_before || !typed || (text && before == STK_SQL_WORD))
        return;
    stk_sql_note(w, STK_SQL_SIGN_ERROR, stk_sql_ends(w->r, w->at + 2) ? 0.6 : 0.3, 0.2);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : 0;
}

/* 0x73656c65637420...: a statement in hexadecimal, one or two bytes a letter, for exec. */
static void look_encoded(stk_sql_walk *w, const stk_sql_token *t)
{
    const char *text = w->r->text.ptr + t->at;
    char word[STK_SQL_WORD_BYTES];
    size_t n = 0;
    if ((text[1] | 0x20) != 'x')
        return;
    for (size_t i = 2; i + 1 < t->len && n < sizeof word; i += 2) {
        char c = (char)(hex_value(text[i]) << 4 | hex_value(text[i + 1]));
        if (c == '\0')
            continue;
        c = (char)(c | 0x20);
        if (c < 'a' || c > 'z')
            break;
        word[n++] = c;
    }
    if (stk_sql_word_classes(stk_sql_word_of(word, n)) & STK_SQL_STATEMENT)
        stk_sql_note(w, STK_SQL_SIGN_HIDDEN, 0.7, 0.6);
}

static void look(stk_sql_walk *w, const stk_sql_token *t)
{
    switch (t->kind) {
    case STK_SQL_WORD:
        look_word(w, t);
        break;
    case STK_SQL_AND_AND:
    case STK_SQL_OR_OR:
        stk_sql_look_boolean(w);
        look_concat(w);
        break;
    case STK_SQL_OPERATOR:
        look_concat(w);
        break;
    case STK_SQL_RELATION:
        stk_sql_look_clause(w, STK_SQL_W_NONE);
        break;
    case STK_SQL_OPEN:
        if (stk_sql_is(w->r, w->at + 1, STK_SQL_W_select))
            look_query(w);
        else
            stk_sql_look_group(w);
        w->open++;
        break;
    case STK_SQL_CLOSE:
        if (w->open == 0)
            w->parenthesis = true, w->closed++;
        else
            w->open--;
        break;
    case STK_SQL_COMMENT:
        look_comment(w, t);
        break;
    case STK_SQL_CAST:
        look_cast(w);
        break;
    case STK_SQL_NUMBER:
        if (t->len >= 16)
            look_encoded(w, t);
        break;
    case STK_SQL_VARIABLE:
        if (t->sub == '@' && t->len > 2 && (w->r->text.ptr[t->at + 2] & 0x80) == 0)
            stk_sql_note(w, STK_SQL_SIGN_CATALOGUE, 0.8, 0.35);
        else if (stk_sql_kind_at(w->r, w->at + 1) == STK_SQL_ASSIGN)
            stk_sql_note(w, STK_SQL_SIGN_STATEMENT, 0.8, 0.6);
        break;
    default:
        break;
    }
}

/* 1') and 5%" and 1)) end what they did not begin. An inch mark in parentheses does so, too, but
 * behind an opening one: (12"). */
static void look_bare_close(stk_sql_walk *w)
{
    enum { SHORT = 24 };
    size_t prefix = stk_sql_peek(w->r, 0)->len;
    const char *text = w->r->text.ptr;
    if (w->quote == 0) { /* 1)) */
        w->at = 0;
        if (stk_sql_kind_at(w->r, 0) == STK_SQL_NUMBER && w->closed >= 2)
            stk_sql_note(w, STK_SQL_SIGN_CLOSES, 0.55, 0);
        return;
    }
    if (prefix > SHORT || prefix < 2)
        return;
    bool like = text[prefix - 2] == '%', number = text[0] >= '0' && text[0] <= '9';
    if (!like && !number && !(stk_sql_peek(w->r, 1)->flags & STK_SQL_GLUED))
        return;
    for (size_t i = 0; i + 1 < prefix; i++)
        if (strchr("( \t", text[i]) != NULL)
            return;
    w->at = 0;
    if (w->parenthesis || like)
        stk_sql_note(w, STK_SQL_SIGN_CLOSES, 0.55, 0);
}

/* The value left a string, computed or compared, and opens a string again at its very end: what
 * the application puts behind it closes that one, and the statement is whole. */
static void look_whole(stk_sql_walk *w, const stk_sql_token *last)
{
    bool back = w->quote && last->kind == STK_SQL_STRING && (last->flags & STK_SQL_UNCLOSED) &&
                last->sub == w->quote;
    if (w->faults > 0)
        return;
    if (w->only_closed)
        look_bare_close(w);
    if (!back)
        return;
    if (w->names == 0 && w->operators >= 2)
        stk_sql_note(w, STK_SQL_SIGN_CONCAT, 0.8, 0);
    else if (w->relations > 0)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.6, 0);
}

static void count(stk_sql_walk *w, const stk_sql_token *t)
{
    bool relation = t->kind == STK_SQL_RELATION;
    w->relations += relation;
    w->operators += relation || t->kind == STK_SQL_OPERATOR || t->kind == STK_SQL_OR_OR ||
                    (t->kind == STK_SQL_WORD &&
                     (stk_sql_word_classes((stk_sql_word)t->word) & STK_SQL_ARITH));
    w->names += t->kind == STK_SQL_WORD && t->word == STK_SQL_W_NONE;
    if (w->operand_before && starts_operand(t))
        w->faults++;
    if (t->kind == STK_SQL_STRAY)
        w->faults++;
    w->operand_before = ends_operand(t);
    if (t->kind != STK_SQL_OPEN && !(t->kind == STK_SQL_OPERATOR && strchr("+-~", t->sub) != NULL))
        w->nothing_before = false;
    if (t->kind != STK_SQL_CLOSE && t->kind != STK_SQL_SEMICOLON &&
        !(w->at == 0 && t->kind == STK_SQL_NUMBER))
        w->only_closed = false;
}

static bool opens_quotation(const stk_sql_walk *w)
{
    size_t n = w->quote ? stk_sql_peek(w->r, 0)->len : 0;
    if (n == 0 || !(stk_sql_peek(w->r, 1)->flags & STK_SQL_GLUED))
        return false;
    return n == 1 ? w->quote == '"' : strchr(" -+", w->r->text.ptr[n - 2]) != NULL;
}

/* Feet and inches in a sentence: ... i am 5'4" and 120 ... That quote ends no string. */
static bool measures(const stk_sql_walk *w)
{
    size_t n = w->quote ? stk_sql_peek(w->r, 0)->len : 0;
    const char *text = w->r->text.ptr;
    return n > 3 && text[n - 2] >= '0' && text[n - 2] <= '9' &&
           (memchr(text, ' ', n) != NULL || memchr(text, '\'', n - 1) != NULL);
}

void stk_sql_walk_all(stk_sql_walk *w)
{
    stk_sql_token last = { .kind = STK_SQL_END };
    w->nothing_before = w->quote == 0;
    w->only_closed = true;
    w->faults = measures(w);
    w->opens = opens_quotation(w);
    w->named = w->quote == 0 && stk_sql_kind_at(w->r, 0) == STK_SQL_WORD &&
               stk_sql_peek(w->r, 0)->word == STK_SQL_W_NONE;
    for (w->at = w->quote ? 1 : 0, w->operand_before = w->quote != 0;; w->at++) {
        stk_sql_pass(w->r, w->at);
        stk_sql_token t = *stk_sql_peek(w->r, w->at);
        if (t.kind == STK_SQL_END)
            break;
        look(w, &t);
        count(w, &t);
        last = t;
    }
    look_whole(w, &last);
}
