/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_SQL_SIGNS_H
#define STK_DETECT_SQL_SIGNS_H
/* One reading of a value, walked from its first token to its last; what it shows, weighed. */
#include "detect/sql/grammar.h"
#include "detect/sql/sql.h"

typedef struct stk_sql_walk {
    stk_sql_reader *r;
    char quote;          /* the string that was left; 0: none */
    uint32_t at;         /* the token being looked at */
    bool operand_before; /* the token before ends an operand */
    bool nothing_before; /* nothing but signs and opening parentheses so far */
    bool parenthesis;    /* closed one that it did not open */
    uint32_t faults;     /* places that fit no grammar, before `at` */
    uint32_t open;       /* parentheses open */
    uint32_t operators;  /* signs that compare or compute */
    uint32_t relations;  /* ... of them, that compare */
    uint32_t names;      /* words that mean nothing to SQL */
    bool named;          /* not in a string, and the first token is a name: color = red and ... */
    bool opens;          /* the quote stands where ordinary text opens a quotation: x "and" */
    bool only_closed;    /* nothing but ) and ; since the string that was left, or one number */
    uint32_t closed;     /* parentheses closed that were not opened */
    uint32_t text_calls; /* char(65) and the like so far */
    bool selected;       /* a select was seen */
    double weight[STK_SQL_SIGNS];
    uint32_t token[STK_SQL_SIGNS]; /* of the strongest of each sign: bytes in the value */
} stk_sql_walk;

/* Walk the whole reading. */
void stk_sql_walk_all(stk_sql_walk *w);
/* What all signs together say, 0..1. */
double stk_sql_walk_weight(const stk_sql_walk *w, stk_sql_sign *strongest);

/* For the parts of the walk. `anchored` weighs when all before fits, `loose` otherwise. */
void stk_sql_note(stk_sql_walk *w, stk_sql_sign sign, double anchored, double loose);
/* A comment starts at token `i` and hides what follows. Weights in pounds ("5'4", 120# ...") are
 * none: behind a # little may follow. */
bool stk_sql_hides(stk_sql_walk *w, uint32_t i);
void stk_sql_look_boolean(stk_sql_walk *w);
void stk_sql_look_clause(stk_sql_walk *w, stk_sql_word word);
void stk_sql_look_group(stk_sql_walk *w); /* ( with no query in it */
void stk_sql_look_call(stk_sql_walk *w, stk_sql_word word);
#endif
