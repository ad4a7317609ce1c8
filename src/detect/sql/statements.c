/* SPDX-License-Identifier: Apache-2.0 */
/* What whole statements look like, in every database at once. A statement word is an English word
 * as well ("select a size", "drop shipping", "update your table"), so what counts is what follows.
 */
#include "detect/sql/grammar.h"

#include <strings.h>

enum { MAX_COLUMNS = 64 };

static bool is_word(stk_sql_reader *r, uint32_t i)
{
    stk_sql_kind k = stk_sql_kind_at(r, i);
    return k == STK_SQL_WORD || k == STK_SQL_NAME;
}

static bool starts_with(stk_sql_reader *r, uint32_t i, const char *prefix)
{
    const stk_sql_token *t = stk_sql_peek(r, i);
    size_t n = strlen(prefix);
    return t->kind == STK_SQL_WORD && t->len >= n &&
           strncasecmp(r->text.ptr + t->at, prefix, n) == 0;
}

/* Is the value over behind this, or the next statement begins? */
static bool over(stk_sql_reader *r, uint32_t i)
{
    stk_sql_kind k = stk_sql_kind_at(r, i);
    return k == STK_SQL_END || k == STK_SQL_COMMENT || k == STK_SQL_SEMICOLON;
}

/* ... from: a catalogue, a dotted name, (select, a function; or a name that the statement ends on
 * or goes on behind in a way that sentences do not. */
static double from_clause(stk_sql_reader *r, uint32_t i)
{
    stk_sql_expr table = stk_sql_operand(r, i);
    if (table.end == i)
        return stk_sql_kind_at(r, i) == STK_SQL_END ? 0.2 : 0;
    if (table.has & (STK_SQL_HAS_CATALOGUE | STK_SQL_HAS_QUERY))
        return 0.95;
    if (table.has & (STK_SQL_HAS_DOTTED | STK_SQL_HAS_FN))
        return 0.7;
    uint32_t next = table.end;
    if (stk_sql_is(r, next, STK_SQL_W_as) && is_word(r, next + 1))
        next += 2;
    if (stk_sql_is(r, next, STK_SQL_W_where)) {
        stk_sql_compare c = stk_sql_comparison(r, next + 1);
        return c.relation != STK_SQL_NO_RELATION && c.relation != STK_SQL_BY_LIKE ? 0.8 : 0.4;
    }
    if (stk_sql_is(r, next, STK_SQL_W_limit) || stk_sql_is(r, next, STK_SQL_W_union))
        return 0.7;
    if ((stk_sql_is(r, next, STK_SQL_W_order) || stk_sql_is(r, next, STK_SQL_W_group)) &&
        stk_sql_is(r, next + 1, STK_SQL_W_by))
        return 0.75;
    if (stk_sql_kind_at(r, next) == STK_SQL_SEMICOLON ||
        stk_sql_kind_at(r, next) == STK_SQL_COMMENT)
        return 0.65;
    return stk_sql_ends(r, next) ? 0.4 : 0.1;
}

double stk_sql_select_list(stk_sql_reader *r, uint32_t i)
{
    static const uint32_t plain = STK_SQL_HAS_NAME;
    uint32_t has = 0, n = 0, aliases = 0;
    double best = 0;
    for (; n < MAX_COLUMNS; n++) {
        if (stk_sql_is(r, i, STK_SQL_W_top) && stk_sql_kind_at(r, i + 1) == STK_SQL_NUMBER) {
            best = 0.4;
            i += 2;
            if (stk_sql_kind_at(r, i) == STK_SQL_END)
                return 0.6;
        }
        stk_sql_expr column = stk_sql_expression(r, i);
        if (column.end == i)
            break;
        has |= column.has;
        i = column.end;
        stk_sql_compare c = stk_sql_relation_at(r, i);
        if (c.relation == STK_SQL_BY_SIGN)
            i = c.end;
        if (stk_sql_is(r, i, STK_SQL_W_as) && is_word(r, i + 1))
            i += 2;
        else if (is_word(r, i) && stk_sql_classes_at(r, i) == 0)
            i++, aliases++;
        if (stk_sql_kind_at(r, i) != STK_SQL_COMMA) {
            n++;
            break;
        }
        i++;
    }
    if (n == 0)
        return 0;
    bool from = stk_sql_is(r, i, STK_SQL_W_from), ends = stk_sql_ends(r, i);
    if (has & (STK_SQL_HAS_FN | STK_SQL_HAS_SYSTEM | STK_SQL_HAS_QUERY | STK_SQL_HAS_CASE))
        best = 0.85;
    else if (has & STK_SQL_HAS_VARIABLE)
        best = 0.7;
    else if ((has & STK_SQL_HAS_STAR) && (from || ends))
        best = from ? 0.6 : 0.5;
    else if ((has & (STK_SQL_CONSTANTS | STK_SQL_HAS_CALL)) && !(has & plain) && (n > 1 || from))
        best = 0.75;
    else if ((has & (STK_SQL_CONSTANTS | STK_SQL_HAS_CALL)) && ends && aliases == 0)
        best = 0.45;
    if (!from && !ends)
        best *= 0.6;
    if (from) {
        double table = from_clause(r, i + 1);
        if (aliases > 0 && table < 0.6)
            table *= 0.3;
        if ((has & plain) && n > 1 && aliases == 0 && table >= 0.4)
            table = table < 0.85 ? table + 0.1 : 0.95;
        best = 1 - (1 - best) * (1 - table);
    }
    return best;
}

/* create, drop, alter, truncate: a kind of thing, then its name. */
static double define(stk_sql_reader *r, uint32_t i, bool stacked)
{
    static const char *const things[] = { "table",    "database",  "view",       "user",
                                          "function", "index",     "procedure",  "trigger",
                                          "schema",   "login",     "role",       "temporary",
                                          "or",       "column",    "sequence",   "alias",
                                          "library",  "extension", "constraint", "assembly" };
    const stk_sql_token *t = stk_sql_peek(r, i + 1);
    if (t->kind != STK_SQL_WORD)
        return 0;
    for (size_t n = 0; n < sizeof things / sizeof *things; n++) {
        if (t->len != strlen(things[n]) || strncasecmp(r->text.ptr + t->at, things[n], t->len) != 0)
            continue;
        if (!is_word(r, i + 2) && stk_sql_kind_at(r, i + 2) != STK_SQL_END)
            return 0;
        if (stacked)
            return 0.9;
        if (starts_with(r, i + 3, "identified"))
            return 0.8;
        stk_sql_expr name = stk_sql_operand(r, i + 2);
        if (stk_sql_is(r, i, STK_SQL_W_create) &&
            (stk_sql_kind_at(r, i + 3) == STK_SQL_OPEN || (name.has & STK_SQL_HAS_CALL)))
            return 0.9;
        bool made = stk_sql_is(r, i, STK_SQL_W_create); /* people create accounts */
        return name.end > i + 2 && over(r, name.end) ? (made ? 0.35 : 0.55) : 0.15;
    }
    return stacked && stk_sql_is(r, i, STK_SQL_W_truncate) && over(r, i + 2) ? 0.6 : 0;
}

static double execute(stk_sql_reader *r, uint32_t i, bool stacked)
{
    uint32_t n = i + 1;
    const stk_sql_token *name = stk_sql_peek(r, n);
    if (name->len == 2 && (starts_with(r, n, "xp") || starts_with(r, n, "sp")))
        return 0.6; /* cut short */
    if (stk_sql_is(r, n, STK_SQL_W_master) && stk_sql_kind_at(r, n + 1) == STK_SQL_DOT)
        return 0.7;
    for (uint32_t hops = 0; hops < 6 && stk_sql_kind_at(r, n) == STK_SQL_WORD; hops++) {
        if (starts_with(r, n, "xp_") || starts_with(r, n, "sp_") || starts_with(r, n, "immediate"))
            return 0.97;
        n++;
        while (stk_sql_kind_at(r, n) == STK_SQL_DOT)
            n++;
    }
    stk_sql_kind first = stk_sql_kind_at(r, i + 1), in = stk_sql_kind_at(r, i + 2);
    if (first == STK_SQL_VARIABLE)
        return 0.9;
    if (first == STK_SQL_OPEN && (in == STK_SQL_VARIABLE || in == STK_SQL_STRING ||
                                  (stk_sql_classes_at(r, i + 2) & STK_SQL_FN)))
        return 0.95;
    if (first == STK_SQL_STRING)
        return 0.7;
    return stacked && is_word(r, i + 1) ? 0.7 : 0;
}

static double change_rows(stk_sql_reader *r, uint32_t i, stk_sql_word word, bool stacked)
{
    if (word == STK_SQL_W_update) {
        stk_sql_expr table = stk_sql_operand(r, i + 1);
        if (table.end == i + 1 || !stk_sql_is(r, table.end, STK_SQL_W_set))
            return 0;
        stk_sql_expr column = stk_sql_operand(r, table.end + 1);
        return stk_sql_kind_at(r, column.end) == STK_SQL_RELATION ? 0.97 : stacked ? 0.6 : 0.1;
    }
    if (word == STK_SQL_W_delete) {
        if (stacked && starts_with(r, i + 1, "low_priority"))
            i++;
        stk_sql_expr table = stk_sql_operand(r, i + 2);
        if (!stk_sql_is(r, i + 1, STK_SQL_W_from) || table.end == i + 2)
            return 0;
        if (stk_sql_is(r, table.end, STK_SQL_W_where))
            return 0.9;
        return stacked ? 0.85 : over(r, table.end) ? 0.45 : 0.05;
    }
    if (!stk_sql_is(r, i + 1, STK_SQL_W_into))
        return 0;
    stk_sql_expr table = stk_sql_operand(r, i + 2);
    uint32_t n = table.end;
    if (table.end == i + 2)
        return 0;
    if (stk_sql_kind_at(r, n) == STK_SQL_OPEN)
        return 0.9;
    if (table.has & STK_SQL_HAS_CALL || stk_sql_is(r, n, STK_SQL_W_values) ||
        stk_sql_is(r, n, STK_SQL_W_select) || stk_sql_is(r, n, STK_SQL_W_set))
        return 0.95;
    return stacked ? 0.7 : word == STK_SQL_W_merge && stk_sql_is(r, n, STK_SQL_W_using) ? 0.9 : 0.1;
}

static double assign(stk_sql_reader *r, uint32_t i, stk_sql_word word, bool stacked)
{
    if (stk_sql_kind_at(r, i + 1) == STK_SQL_VARIABLE)
        return 0.92;
    if (word == STK_SQL_W_declare)
        return is_word(r, i + 1) && ((stk_sql_classes_at(r, i + 2) & STK_SQL_TYPE) ||
                                     starts_with(r, i + 2, "cursor"))
                   ? 0.85
                   : 0;
    stk_sql_expr name = stk_sql_operand(r, i + 1);
    bool sign = stk_sql_kind_at(r, name.end) == STK_SQL_RELATION ||
                stk_sql_kind_at(r, name.end) == STK_SQL_ASSIGN;
    return name.end > i + 1 && sign ? (stacked ? 0.8 : 0.3) : 0;
}

/* begin, if, while, do, call: what they hold. */
static double block(stk_sql_reader *r, uint32_t i, stk_sql_word word, bool stacked)
{
    stk_sql_expr next = stk_sql_operand(r, i + 1);
    uint32_t classes = stk_sql_classes_at(r, i + 1);
    switch (word) {
    case STK_SQL_W_begin:
        if ((classes & STK_SQL_STATEMENT) || starts_with(r, i + 1, "try"))
            return 0.85;
        if (next.has & (STK_SQL_HAS_CATALOGUE | STK_SQL_HAS_CALL))
            return 0.9;
        return stacked ? 0.45 : 0;
    case STK_SQL_W_if:
    case STK_SQL_W_while: {
        stk_sql_compare c = stk_sql_comparison(r, i + 1);
        uint32_t telling = c.relation == STK_SQL_BY_SIGN
                               ? STK_SQL_MACHINERY
                               : STK_SQL_HAS_DANGER | STK_SQL_HAS_QUERY | STK_SQL_HAS_SYSTEM;
        if ((c.left | c.right) & telling)
            return 0.85;
        return c.relation == STK_SQL_BY_SIGN && stacked ? 0.8 : 0;
    }
    default:
        if (next.has & STK_SQL_HAS_FN)
            return 0.85;
        if (next.has & STK_SQL_HAS_CALL)
            return stacked ? 0.8 : (next.has & STK_SQL_HAS_DOTTED) ? 0.6 : 0.3;
        return stacked && word == STK_SQL_W_call && next.end > i + 1 ? 0.6 : 0;
    }
}

/* Statements that are too much like sentences to count anywhere but behind a semicolon. */
static double behind_semicolon(stk_sql_reader *r, uint32_t i, stk_sql_word word)
{
    switch (word) {
    case STK_SQL_W_grant:
    case STK_SQL_W_revoke:
    case STK_SQL_W_show:
    case STK_SQL_W_rename:
    case STK_SQL_W_lock:
    case STK_SQL_W_prepare:
    case STK_SQL_W_pragma:
    case STK_SQL_W_deallocate:
    case STK_SQL_W_savepoint:
    case STK_SQL_W_describe:
    case STK_SQL_W_desc:
    case STK_SQL_W_table:
    case STK_SQL_W_use:
        return is_word(r, i + 1) ? 0.7 : 0;
    case STK_SQL_W_shutdown:
    case STK_SQL_W_reconfigure:
    case STK_SQL_W_commit:
    case STK_SQL_W_rollback:
        return (over(r, i + 1) || stk_sql_is(r, i + 1, STK_SQL_W_with)) ? 0.8 : 0;
    case STK_SQL_W_kill:
        return stk_sql_kind_at(r, i + 1) == STK_SQL_NUMBER ? 0.7 : 0;
    case STK_SQL_W_print:
        return stk_sql_expression(r, i + 1).end > i + 1 ? 0.7 : 0;
    case STK_SQL_W_values:
        return stk_sql_kind_at(r, i + 1) == STK_SQL_OPEN ? 0.6 : 0;
    default:
        return 0;
    }
}

static double administer(stk_sql_reader *r, uint32_t i, stk_sql_word word, bool stacked)
{
    uint32_t classes = stk_sql_classes_at(r, i + 1);
    switch (word) {
    case STK_SQL_W_backup:
    case STK_SQL_W_restore:
        return (stk_sql_is(r, i + 1, STK_SQL_W_database) || starts_with(r, i + 1, "log")) &&
                       is_word(r, i + 2)
                   ? (starts_with(r, i + 3, "to") || stacked ? 0.9 : 0.3)
                   : 0;
    case STK_SQL_W_load:
        return starts_with(r, i + 1, "data") || starts_with(r, i + 1, "xml")
                   ? (stk_sql_is(r, i + 2, STK_SQL_W_infile) ||
                              stk_sql_is(r, i + 3, STK_SQL_W_infile)
                          ? 0.95
                          : 0.2)
                   : 0;
    case STK_SQL_W_copy:
        if (!is_word(r, i + 1) && stk_sql_kind_at(r, i + 1) != STK_SQL_OPEN)
            return 0;
        if ((stk_sql_is(r, i + 2, STK_SQL_W_from) || starts_with(r, i + 2, "to")) &&
            (stk_sql_kind_at(r, i + 3) == STK_SQL_STRING || starts_with(r, i + 3, "program")))
            return 0.85;
        return stacked ? 0.8 : 0;
    case STK_SQL_W_handler:
        return is_word(r, i + 1) &&
                       (stk_sql_is(r, i + 2, STK_SQL_W_open) || starts_with(r, i + 2, "read"))
                   ? 0.85
                   : 0;
    case STK_SQL_W_attach:
        return stk_sql_is(r, i + 1, STK_SQL_W_database) ? 0.85 : 0;
    case STK_SQL_W_explain:
        return (classes & STK_SQL_STATEMENT) ? stk_sql_statement(r, i + 1, stacked) : 0;
    default:
        return stacked ? behind_semicolon(r, i, word) : 0;
    }
}

double stk_sql_statement(stk_sql_reader *r, uint32_t i, bool stacked)
{
    const stk_sql_token *t = stk_sql_peek(r, i);
    if (t->kind != STK_SQL_WORD)
        return 0;
    stk_sql_word word = (stk_sql_word)t->word;
    switch (word) {
    case STK_SQL_W_select: {
        double list = stk_sql_select_list(r, i + 1);
        return stacked && list < 0.8 && stk_sql_expression(r, i + 1).end > i + 1 ? list * 0.4 + 0.48
                                                                                 : list;
    }
    case STK_SQL_W_create:
    case STK_SQL_W_drop:
    case STK_SQL_W_alter:
    case STK_SQL_W_truncate:
        return define(r, i, stacked);
    case STK_SQL_W_exec:
    case STK_SQL_W_execute:
        return execute(r, i, stacked);
    case STK_SQL_W_insert:
    case STK_SQL_W_replace:
    case STK_SQL_W_merge:
    case STK_SQL_W_update:
    case STK_SQL_W_delete:
        return change_rows(r, i, word, stacked);
    case STK_SQL_W_declare:
    case STK_SQL_W_set:
        return assign(r, i, word, stacked);
    case STK_SQL_W_begin:
    case STK_SQL_W_if:
    case STK_SQL_W_while:
    case STK_SQL_W_do:
    case STK_SQL_W_call:
        return block(r, i, word, stacked);
    case STK_SQL_W_raiserror:
        return stk_sql_kind_at(r, i + 1) == STK_SQL_OPEN ? 0.9 : 0;
    case STK_SQL_W_waitfor: {
        bool delay = starts_with(r, i + 1, "delay") || starts_with(r, i + 1, "time");
        stk_sql_kind what = stk_sql_kind_at(r, i + 2);
        return !delay ? 0 : what == STK_SQL_STRING || what == STK_SQL_VARIABLE ? 0.98 : 0.7;
    }
    default:
        return administer(r, i, word, stacked);
    }
}
