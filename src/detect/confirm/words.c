/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of words.h. Every search is one pass: confirmers are linear in the value's length. */
#include "detect/confirm/words.h"

enum { EXCERPT_BEFORE = 8, EXCERPT_BYTES = 72 };

bool stk_word_at(stk_str text, size_t at, const char *lower)
{
    for (; *lower != '\0'; lower++, at++)
        if (at >= text.len || stk_lower(text.ptr[at]) != *lower)
            return false;
    return true;
}

bool stk_word_whole_at(stk_str text, size_t at, const char *lower)
{
    size_t end = at + strlen(lower);
    return stk_word_at(text, at, lower) && (end >= text.len || !stk_is_word(text.ptr[end]));
}

bool stk_word_is(stk_str text, const char *lower)
{
    return strlen(lower) == text.len && stk_word_at(text, 0, lower);
}

size_t stk_word_find(stk_str text, size_t from, const char *lower)
{
    for (size_t i = from; i < text.len; i++)
        if (stk_lower(text.ptr[i]) == lower[0] && stk_word_at(text, i, lower))
            return i;
    return text.len;
}

size_t stk_word_index(stk_str word, const char *const *sorted, size_t count)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *have = sorted[middle];
        int order = 0;
        for (size_t i = 0; order == 0; i++) {
            unsigned char a = i < word.len ? (unsigned char)stk_lower(word.ptr[i]) : 0;
            unsigned char b = (unsigned char)have[i];
            if (i >= word.len && b == 0)
                return middle;
            order = i >= word.len ? -1 : b == 0 ? 1 : (a > b) - (a < b);
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return count;
}

bool stk_word_listed(stk_str word, const char *const *sorted, size_t count)
{
    return stk_word_index(word, sorted, count) < count;
}

size_t stk_skip_space(stk_str text, size_t at)
{
    while (at < text.len && stk_is_space(text.ptr[at]))
        at++;
    return at;
}

stk_arg stk_excerpt(stk_str text, size_t from, size_t to)
{
    size_t start = from > EXCERPT_BEFORE ? from - EXCERPT_BEFORE : 0;
    size_t end = to < start + EXCERPT_BYTES ? start + EXCERPT_BYTES : to;
    if (end > start + EXCERPT_BYTES)
        end = start + EXCERPT_BYTES;
    if (end > text.len)
        end = text.len;
    if (start > end)
        start = end;
    /* Not in the middle of a character. */
    while (start < end && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
        start++;
    while (end > start && end < text.len && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
        end--;
    return STK_ARG_P(((stk_personal){ .raw = { text.ptr + start, end - start } }));
}

void stk_confirm_more(stk_confirmed *best, double confidence, stk_message message, stk_str term,
                      stk_arg excerpt)
{
    if (confidence <= best->confidence)
        return;
    *best = (stk_confirmed){ .confidence = confidence, .reason.message = message };
    best->reason.args[0] = STK_ARG_T(term);
    best->reason.args[1] = excerpt;
}
