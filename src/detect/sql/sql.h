/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_SQL_H
#define STK_DETECT_SQL_H
/* Would this value, put into a SQL statement, become part of the statement?
 *
 * A value is read as a database would read it at each place where an application may have put it:
 * as it is (after a number or a name), inside '...', "..." and `...`. Readings that never leave
 * their string say nothing. In the others, signs of SQL structure are collected: comparisons of
 * constants, union select, stacked statements, calls that wait, and so on. A sign weighs more when
 * everything before it fits the grammar as well ("anchored") than in the middle of a sentence.
 *
 * Pure, no allocation, time linear in the value's length; 9 KiB of stack. */
#include "base/str.h"
#include "detect/sql/tokens.h"

typedef enum stk_sql_sign {
#define SIGN(id, message) STK_SQL_SIGN_##id,
#include "detect/sql/signs.def"
    STK_SQL_SIGNS,
} stk_sql_sign;

typedef struct stk_sql_verdict {
    double confidence; /* 0..1; of the most telling reading */
    stk_sql_sign sign; /* its strongest sign */
    char quote;        /* the string that it leaves; 0: none */
    bool parenthesis;  /* it closes a parenthesis that it did not open */
    stk_str where;     /* the sign, in the value */
} stk_sql_verdict;

/* At or above: the value is called an injection. */
#define STK_SQL_SUSPECT 0.5

/* False: no sign of SQL at all; `out` is then untouched. */
bool stk_sql_judge(stk_str text, stk_sql_verdict *out);
#endif
