/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_SQL_GRAMMAR_H
#define STK_DETECT_SQL_GRAMMAR_H
/* The shapes of SQL: operands, expressions, comparisons, statements. Each function looks ahead from
 * a token and says how far the shape reaches and what it is made of; none changes the reader's
 * place. Lenient where attackers are sloppy (parentheses left open, arguments missing), strict
 * where ordinary sentences would fit. */
#include "detect/sql/tokens.h"

/* What an expression is made of. */
enum {
    STK_SQL_HAS_NUMBER = 1 << 0,
    STK_SQL_HAS_STRING = 1 << 1,
    STK_SQL_HAS_CONSTANT = 1 << 2, /* null, true */
    STK_SQL_HAS_NAME = 1 << 3,
    STK_SQL_HAS_DOTTED = 1 << 4, /* a.b */
    STK_SQL_HAS_CALL = 1 << 5,   /* something(...) */
    STK_SQL_HAS_FN = 1 << 6,     /* a call of a function that databases have */
    STK_SQL_HAS_DANGER = 1 << 7, /* ... of the TIME, ERROR or FILES class */
    STK_SQL_HAS_VARIABLE = 1 << 8,
    STK_SQL_HAS_SYSTEM = 1 << 9, /* @@version */
    STK_SQL_HAS_QUERY = 1 << 10, /* (select ...) */
    STK_SQL_HAS_CASE = 1 << 11,
    STK_SQL_HAS_UNCLOSED = 1 << 12, /* ends in a string that the value leaves open */
    STK_SQL_HAS_GROUP = 1 << 13,    /* a parenthesis */
    STK_SQL_HAS_CATALOGUE = 1 << 14,
    STK_SQL_HAS_STAR = 1 << 15,
    STK_SQL_HAS_TRICK = 1 << 16,
};
#define STK_SQL_CONSTANTS (STK_SQL_HAS_NUMBER | STK_SQL_HAS_STRING | STK_SQL_HAS_CONSTANT)
#define STK_SQL_MACHINERY                                                                          \
    (STK_SQL_HAS_FN | STK_SQL_HAS_SYSTEM | STK_SQL_HAS_QUERY | STK_SQL_HAS_CASE)

typedef struct stk_sql_expr {
    uint32_t end; /* the first token behind it; equal to the start: no expression here */
    uint32_t has;
} stk_sql_expr;

/* name | literal | call | (group) | (select ...) | case ... end, with signs before, casts behind.
 */
stk_sql_expr stk_sql_operand(stk_sql_reader *r, uint32_t i);
/* operands joined by operators that compute: 1+2, 'a'||'b', x mod 2. */
stk_sql_expr stk_sql_expression(stk_sql_reader *r, uint32_t i);

typedef enum stk_sql_relation {
    STK_SQL_NO_RELATION,
    STK_SQL_BY_SIGN,  /* = < <> */
    STK_SQL_BY_LIKE,  /* like, rlike, regexp, glob */
    STK_SQL_BY_IN,    /* in (...) */
    STK_SQL_BY_RANGE, /* between x and y */
    STK_SQL_BY_NULL,  /* is null, is not true, isnull */
} stk_sql_relation;

typedef struct stk_sql_compare {
    uint32_t end; /* equal to the start: not even an expression */
    stk_sql_relation relation;
    uint32_t left, right; /* what the sides have */
} stk_sql_compare;
/* expression [relation expression]; looks into parentheses when they hold the comparison. */
stk_sql_compare stk_sql_comparison(stk_sql_reader *r, uint32_t i);
/* The relation that starts at `i`, with nothing to its left. */
stk_sql_compare stk_sql_relation_at(stk_sql_reader *r, uint32_t i);

/* Does a statement or condition end before token `i`? */
bool stk_sql_ends(stk_sql_reader *r, uint32_t i);
/* The same, but a comment does not count: it may be a sign of another language. */
bool stk_sql_over(stk_sql_reader *r, uint32_t i);

/* How much does what starts at `i` look like a whole statement, 0..1? `stacked`: it follows a ; */
double stk_sql_statement(stk_sql_reader *r, uint32_t i, bool stacked);
/* The same for what follows `select`. */
double stk_sql_select_list(stk_sql_reader *r, uint32_t i);
#endif
