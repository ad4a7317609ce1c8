/* SPDX-License-Identifier: Apache-2.0 */
/* `for` and `if` of cmd.exe (Microsoft, "Windows commands"): sentences begin with these words too,
 * so a condition of that language must follow: a %variable and a set, a comparison and a command.
 */
#include "detect/confirm/words.h"

enum { STATEMENTS = 32, LOOK_BYTES = 256 };

static size_t next_word(stk_str t, size_t at)
{
    while (at < t.len && !stk_is_space(t.ptr[at]))
        at++;
    return stk_skip_space(t, at);
}

/* for [/d | /r [path] | /l | /f ["options"]] %x in (set) do command */
static bool is_for(stk_str t, size_t at)
{
    size_t end = at + LOOK_BYTES < t.len ? at + LOOK_BYTES : t.len;
    stk_str near = { t.ptr, end };
    const char *percent = memchr(near.ptr + at, '%', near.len - at);
    if (percent == NULL)
        return false;
    size_t in = (size_t)(percent - t.ptr);
    while (in < near.len && !stk_is_space(near.ptr[in]))
        in++;
    in = stk_skip_space(near, in);
    if (!stk_word_at(near, in, "in"))
        return false;
    in = stk_skip_space(near, in + 2);
    return in < near.len && near.ptr[in] == '(';
}

/* A value in a comparison: "…", %name%, a word. Returns where it ends. */
static size_t skip_operand(stk_str t, size_t at)
{
    if (at < t.len && (t.ptr[at] == '"' || t.ptr[at] == '(' || t.ptr[at] == '[')) {
        char close = t.ptr[at] == '"' ? '"' : t.ptr[at] == '(' ? ')' : ']';
        size_t left = t.len - at - 1;
        const char *end = memchr(t.ptr + at + 1, close, left < LOOK_BYTES ? left : LOOK_BYTES);
        if (end != NULL)
            return (size_t)(end - t.ptr) + 1;
    }
    while (at < t.len && !stk_is_space(t.ptr[at]) && t.ptr[at] != '=')
        at++;
    return at;
}

static bool names_variable(stk_str t, size_t from, size_t to)
{
    return memchr(t.ptr + from, '%', to - from) != NULL ||
           memchr(t.ptr + from, '!', to - from) != NULL;
}

/* if [/i] [not] (exist x | defined x | errorlevel n | cmdextversion n | a == b | a equ b) command
 */
static double if_sure(stk_str t, size_t at)
{
    double marks = 0;
    bool flag = false;
    for (size_t n = 0; n < 3; n++) {
        if (stk_word_whole_at(t, at, "/i")) {
            flag = true;
            at = stk_skip_space(t, at + 2);
        } else if (stk_word_whole_at(t, at, "not")) {
            at = stk_skip_space(t, at + 3);
        }
    }
    static const char *const tests[] = { "exist", "defined", "errorlevel", "cmdextversion" };
    for (size_t i = 0; i < STK_COUNT(tests); i++) {
        if (!stk_word_whole_at(t, at, tests[i]))
            continue;
        size_t what = next_word(t, at), then = next_word(t, what);
        bool path = memchr(t.ptr + what, '.', then - what) != NULL ||
                    memchr(t.ptr + what, '\\', then - what) != NULL;
        bool command = then < t.len;
        return i == 0
                   ? (command && (path || flag || t.ptr[then] == '(' || then - what > 1) ? .6 : .3)
               : command ? .65
                         : .3;
    }
    size_t end = skip_operand(t, at), op = stk_skip_space(t, end);
    bool variable = names_variable(t, at, end) || t.ptr[at < t.len ? at : 0] == '"' || flag;
    if (stk_word_at(t, op, "=="))
        marks = variable || op > end ? .65 : .55;
    static const char *const operators[] = { "equ ", "neq ", "lss ", "leq ", "gtr ", "geq " };
    for (size_t i = 0; i < STK_COUNT(operators); i++)
        if (stk_word_at(t, op, operators[i]) ||
            (t.ptr[at < t.len ? at : 0] == '(' && stk_word_find(t, at, operators[i]) < end))
            marks = .65;
    if (t.ptr[at < t.len ? at : 0] == '(' && end > at &&
        memmem(t.ptr + at, end - at, "==", 2) != NULL)
        marks = op < t.len && t.ptr[op] == '{' ? .3 : .6; /* `if (a == b) {`: many languages */
    return marks;
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)argument;
    (void)arena;
    stk_confirmed best = { 0 };
    size_t seen = 0;
    for (size_t at = 0; at + 4 < text.len && seen < STATEMENTS; at++) {
        if (at > 0 && stk_is_word(text.ptr[at - 1]))
            continue;
        double sure = 0;
        if (stk_word_at(text, at, "for") && stk_is_space(text.ptr[at + 3])) {
            seen++;
            sure = is_for(text, at) ? .75 : 0;
        } else if (stk_word_at(text, at, "if") &&
                   (stk_is_space(text.ptr[at + 2]) || text.ptr[at + 2] == '/')) {
            seen++;
            sure = if_sure(text, stk_skip_space(text, at + 2));
        }
        /* In the middle of a sentence only the plainest forms count. */
        if (at > 0 && !stk_is_one_of(text.ptr[at - 1], ";|&(\n@") &&
            !(at > 1 && stk_is_one_of(text.ptr[at - 2], ";|&(\n")))
            sure *= .6;
        stk_confirm_more(&best, sure, STK_MSG_SIG_CODE, STK_S("cmd.exe"),
                         stk_excerpt(text, at, at + 48));
    }
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}

const stk_confirmer stk_confirmer_batch = {
    .name = "batch",
    .summary = "for and if of cmd.exe",
    .judge = judge,
};
