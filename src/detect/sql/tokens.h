/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_SQL_TOKENS_H
#define STK_DETECT_SQL_TOKENS_H
/* A value read as SQL, token by token, as one database would read it at one place of a statement.
 *
 * Tokens are made when they are asked for and kept in a ring, so a value of any length is read in
 * one pass without allocation; looking ahead ends STK_SQL_AHEAD tokens after the last one walked.
 * Comments and blanks are no tokens, except a comment that hides the rest of the value.
 *
 * Sources: MySQL 8 Reference 9 (literals, comments, versioned comments), PostgreSQL 15 chapter 4,
 * SQL Server T-SQL syntax conventions, Oracle SQL Reference 2 (q-quotes), SQLite lang_expr. */
#include "base/str.h"
#include "detect/sql/words.h"

typedef enum stk_sql_kind {
    STK_SQL_END,
    STK_SQL_NUMBER,
    STK_SQL_STRING,
    STK_SQL_WORD,     /* .word tells which, STK_SQL_W_NONE: a name */
    STK_SQL_NAME,     /* a name in backticks or brackets */
    STK_SQL_VARIABLE, /* @x, @@x */
    STK_SQL_OPEN,     /* ( */
    STK_SQL_CLOSE,    /* ) */
    STK_SQL_COMMA,
    STK_SQL_SEMICOLON,
    STK_SQL_DOT,
    STK_SQL_RELATION, /* = < <> and their kin */
    STK_SQL_OPERATOR, /* + - * / and their kin; .sub is the first character */
    STK_SQL_AND_AND,  /* && */
    STK_SQL_OR_OR,    /* ||: or, or concatenation */
    STK_SQL_ASSIGN,   /* := */
    STK_SQL_CAST,     /* :: */
    STK_SQL_BANG,     /* ! before an operand */
    STK_SQL_COMMENT,  /* hides all that follows */
    STK_SQL_STRAY,    /* no token of SQL */
} stk_sql_kind;

enum {
    STK_SQL_GLUED = 1 << 0,     /* nothing between it and the token before */
    STK_SQL_COMMENTED = 1 << 1, /* a comment stands before it */
    STK_SQL_VERSIONED = 1 << 2, /* stands in a versioned comment */
    STK_SQL_SPLIT = 1 << 3,     /* a word that a comment cuts in two */
    STK_SQL_UNCLOSED = 1 << 4,  /* a string or comment that the value's end leaves open */
    STK_SQL_TRICK = 1 << 5,     /* a number that only hides the word behind it: 1.e */
};

typedef struct stk_sql_token {
    uint32_t at, len;
    uint32_t match; /* of an OPEN: the number of its CLOSE; 0: not seen (yet) */
    uint16_t word;
    uint8_t kind, flags;
    char sub; /* quote of a string, first character of an operator */
} stk_sql_token;

/* Where databases disagree: is # a comment, does a backslash escape, does -- need a blank behind?
 */
typedef enum stk_sql_dialect { STK_SQL_MYSQL, STK_SQL_ANSI } stk_sql_dialect;

enum {
    STK_SQL_RING = 512,     /* tokens kept */
    STK_SQL_AHEAD = 384,    /* tokens that one look ahead may pass */
    STK_SQL_DEPTH = 64,     /* parentheses matched inside each other */
    STK_SQL_FUEL = 4096,    /* operands tried without walking on */
    STK_SQL_FUEL_STEP = 32, /* ... and gained by each token walked */
};

typedef struct stk_sql_reader {
    stk_str text;
    size_t pos;
    stk_sql_dialect dialect;
    bool plus_is_blank; /* the value was form-encoded once too often */
    bool versioned;
    uint32_t walked, made; /* tokens passed, tokens made */
    uint32_t fuel;         /* operands that may yet be tried: keeps looking ahead linear */
    uint32_t nesting;      /* groups being looked into */
    uint32_t open[STK_SQL_DEPTH];
    uint32_t depth;
    stk_sql_token ring[STK_SQL_RING];
} stk_sql_reader;

/* Read `text` as it would be read after `quote` (0: in no string). False: the value does not leave
 * the string. Token 0 is then the string that ends. `r` is big: the caller's stack holds it. */
bool stk_sql_read(stk_sql_reader *r, stk_str text, char quote, stk_sql_dialect dialect,
                  bool plus_is_blank);

/* Token number `i`; END after the last, and where looking ahead ends. */
const stk_sql_token *stk_sql_peek(stk_sql_reader *r, uint32_t i);
/* The number of the CLOSE that matches the OPEN `i`; 0: none in sight. */
uint32_t stk_sql_close_of(stk_sql_reader *r, uint32_t i);
/* The walk has come to `i`: tokens before it may be forgotten. */
static inline void stk_sql_pass(stk_sql_reader *r, uint32_t i)
{
    r->walked = i;
    r->fuel = r->fuel + STK_SQL_FUEL_STEP < STK_SQL_FUEL ? r->fuel + STK_SQL_FUEL_STEP
                                                         : STK_SQL_FUEL;
}

static inline bool stk_sql_is(stk_sql_reader *r, uint32_t i, stk_sql_word word)
{
    const stk_sql_token *t = stk_sql_peek(r, i);
    return t->kind == STK_SQL_WORD && t->word == word;
}
static inline stk_sql_kind stk_sql_kind_at(stk_sql_reader *r, uint32_t i)
{
    return (stk_sql_kind)stk_sql_peek(r, i)->kind;
}
static inline uint32_t stk_sql_classes_at(stk_sql_reader *r, uint32_t i)
{
    const stk_sql_token *t = stk_sql_peek(r, i);
    return t->kind == STK_SQL_WORD ? stk_sql_word_classes((stk_sql_word)t->word) : 0;
}
#endif
