/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_SQL_WORDS_H
#define STK_DETECT_SQL_WORDS_H
/* Which words mean something in SQL, and what. words.def is the list. */
#include "base/str.h"

#include <stdint.h>

/* What a word can be; several at once. */
enum {
    STK_SQL_BOOL = 1 << 0,       /* joins conditions: and, or, xor */
    STK_SQL_COMPARE = 1 << 1,    /* compares: like, in, is ... */
    STK_SQL_ARITH = 1 << 2,      /* computes: div, mod */
    STK_SQL_UNARY = 1 << 3,      /* stands before an operand: not, binary */
    STK_SQL_STATEMENT = 1 << 4,  /* may start a statement */
    STK_SQL_CLAUSE = 1 << 5,     /* goes on with a statement: from, where, union */
    STK_SQL_CONSTANT = 1 << 6,   /* is a value by itself: null, true */
    STK_SQL_FN = 1 << 7,         /* a function of some database */
    STK_SQL_TIME = 1 << 8,       /* ... that waits or burns time */
    STK_SQL_ERROR = 1 << 9,      /* ... whose error messages carry data out */
    STK_SQL_FILES = 1 << 10,     /* ... that reaches files or programs */
    STK_SQL_INFO = 1 << 11,      /* ... that tells about the database */
    STK_SQL_TEXT = 1 << 12,      /* ... that builds or takes apart text */
    STK_SQL_CATALOGUE = 1 << 13, /* a schema, table or package of the database itself */
    STK_SQL_TYPE = 1 << 14,      /* a type */
    STK_SQL_MODIFIER = 1 << 15,  /* all, distinct, top */
    STK_SQL_OTHER = 1 << 16,     /* any other word of the grammar: by, as, then */
};

typedef enum stk_sql_word {
    STK_SQL_W_NONE,
#define LETTER(c)
#define WORD(name, classes) STK_SQL_W_##name,
#include "detect/sql/words.def"
#undef WORD
#undef LETTER
    STK_SQL_WORDS,
} stk_sql_word;

enum { STK_SQL_WORD_BYTES = 24 }; /* no word of the list is longer */

/* The word with this lower-case spelling; STK_SQL_W_NONE: none of ours. */
stk_sql_word stk_sql_word_of(const char *lower, size_t len);
uint32_t stk_sql_word_classes(stk_sql_word word);
stk_str stk_sql_word_text(stk_sql_word word);
#endif
