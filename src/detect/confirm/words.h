/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_CONFIRM_WORDS_H
#define STK_DETECT_CONFIRM_WORDS_H
/* Small tools that every confirmer needs: comparing without case, looking a word up in a sorted
 * table, and cutting the piece that a reason quotes. ASCII only, by design: grammars are ASCII. */
#include "base/str.h"
#include "detect/confirm.h"

#include <stddef.h>

static inline bool stk_is_alpha(char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26;
}
static inline bool stk_is_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}
static inline bool stk_is_alnum(char c)
{
    return stk_is_alpha(c) || stk_is_digit(c);
}
static inline bool stk_is_word(char c)
{
    return stk_is_alnum(c) || c == '_';
}
static inline bool stk_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline char stk_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}
static inline bool stk_is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Does `lower` (lower case) stand at `at`, in any case? */
bool stk_word_at(stk_str text, size_t at, const char *lower);
/* The same, and no letter, digit or underscore goes on after it. */
bool stk_word_whole_at(stk_str text, size_t at, const char *lower);
/* Is the whole text this word, in any case? */
bool stk_word_is(stk_str text, const char *lower);
/* First place of `lower` from `from` on; text.len: none. */
size_t stk_word_find(stk_str text, size_t from, const char *lower);
/* Is the word, in any case, in a sorted table of lower-case words? */
bool stk_word_listed(stk_str word, const char *const *sorted, size_t count);
/* Its index, or `count`. */
size_t stk_word_index(stk_str word, const char *const *sorted, size_t count);

size_t stk_skip_space(stk_str text, size_t at);

/* The piece around `from`..`to` that a reason shows; borrowed from the text. */
stk_arg stk_excerpt(stk_str text, size_t from, size_t to);

/* Keep the stronger of two judgements. */
void stk_confirm_more(stk_confirmed *best, double confidence, stk_message message, stk_str term,
                      stk_arg excerpt);
#define STK_TERM(s) ((stk_str){ (s), strlen(s) })
#endif
