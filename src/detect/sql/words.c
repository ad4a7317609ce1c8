/* SPDX-License-Identifier: Apache-2.0 */
/* words.def turned into a table: a short run of candidates by first letter, then by length. */
#include "detect/sql/words.h"

typedef struct entry {
    char text[STK_SQL_WORD_BYTES];
    uint8_t len;
    uint32_t classes;
} entry;

#define BOOL      STK_SQL_BOOL
#define COMPARE   STK_SQL_COMPARE
#define ARITH     STK_SQL_ARITH
#define UNARY     STK_SQL_UNARY
#define STATEMENT STK_SQL_STATEMENT
#define CLAUSE    STK_SQL_CLAUSE
#define CONSTANT  STK_SQL_CONSTANT
#define FN        STK_SQL_FN
#define TIME      STK_SQL_TIME
#define ERROR     STK_SQL_ERROR
#define FILES     STK_SQL_FILES
#define INFO      STK_SQL_INFO
#define TEXT      STK_SQL_TEXT
#define CATALOGUE STK_SQL_CATALOGUE
#define TYPE      STK_SQL_TYPE
#define MODIFIER  STK_SQL_MODIFIER
#define OTHER     STK_SQL_OTHER

static const entry entries[STK_SQL_WORDS] = {
    { "", 0, 0 },
#define LETTER(c)
#define WORD(name, classes) { #name, sizeof #name - 1, (classes) },
#include "detect/sql/words.def"
#undef WORD
#undef LETTER
};

/* Where each letter's words start: a LETTER line takes the number of the word that follows it. */
enum {
    BEFORE_ALL,
#define LETTER(c)           FIRST_##c, FIRST_##c##_AGAIN = FIRST_##c - 1,
#define WORD(name, classes) AT_##name,
#include "detect/sql/words.def"
#undef WORD
#undef LETTER
    AFTER_ALL,
};

static const uint16_t first[27] = {
    FIRST_a, FIRST_b, FIRST_c, FIRST_d, FIRST_e, FIRST_f, FIRST_g, FIRST_h, FIRST_i,
    FIRST_j, FIRST_k, FIRST_l, FIRST_m, FIRST_n, FIRST_o, FIRST_p, FIRST_q, FIRST_r,
    FIRST_s, FIRST_t, FIRST_u, FIRST_v, FIRST_w, FIRST_x, FIRST_y, FIRST_z, AFTER_ALL,
};

stk_sql_word stk_sql_word_of(const char *lower, size_t len)
{
    if (len < 2 || len >= STK_SQL_WORD_BYTES || lower[0] < 'a' || lower[0] > 'z')
        return STK_SQL_W_NONE;
    size_t letter = (size_t)(lower[0] - 'a');
    for (size_t i = first[letter]; i < first[letter + 1]; i++)
        if (entries[i].len == len && entries[i].text[1] == lower[1] &&
            memcmp(entries[i].text, lower, len) == 0)
            return (stk_sql_word)i;
    return STK_SQL_W_NONE;
}

uint32_t stk_sql_word_classes(stk_sql_word word)
{
    return entries[word].classes;
}

stk_str stk_sql_word_text(stk_sql_word word)
{
    return (stk_str){ .ptr = entries[word].text, .len = entries[word].len };
}
