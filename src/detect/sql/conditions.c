/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind and, or, xor, && and ||. The words are English, so what counts is a comparison
 * or a value that ordinary sentences do not have there. */
#include "detect/sql/signs.h"

static bool only(uint32_t has, uint32_t allowed)
{
    return has != 0 &&
           (has & ~(allowed | STK_SQL_HAS_GROUP | STK_SQL_HAS_UNCLOSED | STK_SQL_HAS_TRICK)) == 0;
}

/* i <3 it: a heart compares nothing. */
static bool heart(stk_sql_walk *w, const stk_sql_compare *c)
{
    const stk_sql_token *three = stk_sql_peek(w->r, c->end - 1);
    return c->relation == STK_SQL_BY_SIGN && three->len == 1 && (three->flags & STK_SQL_GLUED) &&
           three->at > 0 && memcmp(w->r->text.ptr + three->at - 1, "<3", 2) == 0 &&
           !only(c->left, STK_SQL_HAS_NUMBER);
}

/* Conditions joined by signs are weighed less when a name stands in them: a=1&&b=2. */
static void note_compare(stk_sql_walk *w, const stk_sql_compare *c, bool by_sign)
{
    bool left_const = only(c->left, STK_SQL_CONSTANTS),
         right_const = only(c->right, STK_SQL_CONSTANTS);
    bool ends = stk_sql_ends(w->r, c->end);
    uint32_t both = c->left | c->right;
    if (both & (STK_SQL_MACHINERY | STK_SQL_HAS_TRICK)) {
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.95, c->relation == STK_SQL_BY_SIGN ? 0.8 : 0.6);
        return;
    }
    if (heart(w, c))
        return;
    if (c->relation == STK_SQL_BY_SIGN && left_const && right_const) {
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.95, 0.75);
        return;
    }
    if (c->relation == STK_SQL_BY_LIKE || c->relation == STK_SQL_BY_IN ||
        c->relation == STK_SQL_BY_RANGE) {
        if (left_const && right_const)
            stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.93, 0.5);
        else if (right_const && (c->right & STK_SQL_HAS_STRING) && !by_sign)
            stk_sql_note(w, STK_SQL_SIGN_COMPARE, w->named ? 0.4 : 0.7, 0.2);
        else if (c->relation != STK_SQL_BY_LIKE && right_const)
            stk_sql_note(w, STK_SQL_SIGN_COMPARE, w->quote ? 0.6 : 0.4, 0);
        return;
    }
    if (c->relation == STK_SQL_BY_NULL) {
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, ends ? (w->quote ? 0.75 : 0.6) : 0.3, 0.1);
        return;
    }
    if (both & STK_SQL_HAS_VARIABLE)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, 0.7, 0.2);
    else if (by_sign && w->quote == 0 && !(both & STK_SQL_HAS_CALL))
        return;
    else if (left_const || right_const)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, w->named ? 0.4 : ends ? 0.72 : 0.5, ends ? 0.3 : 0.1);
    else if (ends)
        stk_sql_note(w, STK_SQL_SIGN_COMPARE, w->named ? 0.3 : 0.62, 0.05);
}

static void note_value(stk_sql_walk *w, const stk_sql_compare *c, bool by_sign)
{
    bool hides = stk_sql_hides(w, c->end), ends = hides || stk_sql_over(w->r, c->end);
    const stk_sql_token *sign = stk_sql_peek(w->r, w->at + 1); /* or~0, or!0 */
    bool signed_ = sign->kind == STK_SQL_BANG ||
                   (sign->kind == STK_SQL_OPERATOR && sign->sub == '~');
    uint32_t has = c->left;
    if (has & (STK_SQL_HAS_DANGER | STK_SQL_HAS_QUERY | STK_SQL_HAS_CASE | STK_SQL_HAS_SYSTEM))
        stk_sql_note(w, STK_SQL_SIGN_VALUE, 0.95, 0.6);
    else if (has & STK_SQL_HAS_FN)
        stk_sql_note(w, STK_SQL_SIGN_VALUE, w->quote || hides ? 0.85 : 0.6, 0.1);
    else if ((has & STK_SQL_HAS_CALL) && w->quote)
        stk_sql_note(w, STK_SQL_SIGN_VALUE, hides || by_sign ? 0.8 : 0.4, 0);
    else if (has & STK_SQL_HAS_CALL)
        stk_sql_note(w, STK_SQL_SIGN_VALUE, has & STK_SQL_HAS_DOTTED ? 0.5 : 0.15, 0);
    else if (only(has, STK_SQL_HAS_CONSTANT) && ends)
        stk_sql_note(w, STK_SQL_SIGN_VALUE, hides || w->quote ? 0.8 : 0.4, 0.05);
    else if (only(has, STK_SQL_HAS_NUMBER) && ends && !by_sign && (hides || signed_))
        stk_sql_note(w, STK_SQL_SIGN_VALUE, hides && w->quote ? 0.85 : 0.6, 0);
    else if (only(has, STK_SQL_HAS_NUMBER) && ends && !by_sign)
        stk_sql_note(w, STK_SQL_SIGN_VALUE, w->quote ? 0.45 : 0.1, 0);
    else if (only(has, STK_SQL_HAS_STRING)) {
        const stk_sql_token *s = stk_sql_peek(w->r, c->end - 1);
        bool open = (has & STK_SQL_HAS_UNCLOSED) && s->sub == w->quote;
        bool bare = s->len <= 1;
        for (uint32_t n = 1; n < s->len && (bare || n == 1); n++)
            bare = w->r->text.ptr[s->at + n] >= '0' && w->r->text.ptr[s->at + n] <= '9';
        bool computed = w->at == 0 && c->end > w->at + 2 && (has & STK_SQL_HAS_UNCLOSED);
        if (computed) /* or ''-' */
            stk_sql_note(w, STK_SQL_SIGN_VALUE, 0.6, 0);
        else if (open)
            stk_sql_note(w, STK_SQL_SIGN_VALUE, w->opens ? 0.3 : bare ? 0.8 : 0.45, 0);
        else if (hides)
            stk_sql_note(w, STK_SQL_SIGN_VALUE, w->quote ? 0.8 : 0.5, 0);
    } else if (has & STK_SQL_HAS_VARIABLE)
        stk_sql_note(w, STK_SQL_SIGN_VALUE, hides || w->quote ? 0.6 : 0.2, 0);
}

/* (1=1)*5: a comparison of constants where a value belongs */
void stk_sql_look_group(stk_sql_walk *w)
{
    stk_sql_compare c = stk_sql_comparison(w->r, w->at + 1);
    if (c.relation == STK_SQL_BY_SIGN && only(c.left, STK_SQL_CONSTANTS) &&
        only(c.right, STK_SQL_CONSTANTS) && stk_sql_kind_at(w->r, c.end) == STK_SQL_CLOSE)
        stk_sql_note(w, STK_SQL_SIGN_CONSTANTS, 0.7, 0.3);
}

void stk_sql_look_boolean(stk_sql_walk *w)
{
    bool by_sign = stk_sql_kind_at(w->r, w->at) != STK_SQL_WORD;
    stk_sql_compare c = stk_sql_comparison(w->r, w->at + 1);
    if (c.end == w->at + 1)
        return;
    if (c.relation == STK_SQL_NO_RELATION)
        note_value(w, &c, by_sign);
    else
        note_compare(w, &c, by_sign);
}
