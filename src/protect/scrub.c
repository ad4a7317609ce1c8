/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a text; work is bounded by a small constant for each byte. */
#include "protect/scrub.h"

enum { CARD_LEAST = 13, CARD_MOST = 19, NAME_MOST = 24 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- card numbers ---- */

/* Digits of a possible card number, and where each stood; more than CARD_MOST: it is none. */
typedef struct run {
    unsigned char digit[CARD_MOST + 1];
    size_t at[CARD_MOST + 1];
    size_t count;
} run;

static size_t separator(stk_str s, size_t i)
{
    if (i + 1 < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '-' || s.ptr[i] == '+'))
        return is_digit(s.ptr[i + 1]) ? 1 : 0;
    if (i + 3 < s.len && s.ptr[i] == '%' && s.ptr[i + 1] == '2' && s.ptr[i + 2] == '0')
        return is_digit(s.ptr[i + 3]) ? 3 : 0;
    return 0;
}

/* Take in the digits of one group, from i to the first byte that is none; returns where. */
static size_t read_group(stk_str s, size_t i, run *r)
{
    for (; i < s.len && is_digit(s.ptr[i]); i++)
        if (r->count <= CARD_MOST) {
            r->digit[r->count] = (unsigned char)(s.ptr[i] - '0');
            r->at[r->count++] = i;
        }
    return i;
}

static unsigned leading(const run *r, size_t n)
{
    unsigned v = 0;
    for (size_t i = 0; i < n; i++)
        v = v * 10 + r->digit[i];
    return v;
}

/* Issuer ranges in use and the lengths they issue. Without them every tenth long number would be
 * taken for a card: times in milliseconds, order numbers. */
static bool issued(const run *r)
{
    unsigned two = leading(r, 2), four = leading(r, 4);
    size_t n = r->count;
    if (r->digit[0] == 4)
        return n == 13 || n == 16 || n == 19;
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
        return n == 16;
    if (two == 34 || two == 37)
        return n == 15;
    if (two == 30 || two == 36 || two == 38 || two == 39)
        return n >= 14;
    if (two == 35 || two == 60 || two == 62 || two == 64 || two == 65 || two == 81)
        return n >= 16;
    if (two == 50 || (two >= 56 && two <= 69))
        return n >= 13;
    return four >= 2200 && four <= 2204 && n >= 16;
}

static bool check_digit_right(const run *r)
{
    unsigned sum = 0;
    for (size_t i = 0; i < r->count; i++) {
        unsigned d = r->digit[r->count - 1 - i];
        d = i % 2 == 1 ? d * 2 : d;
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0;
}

static bool is_card(const run *r)
{
    return r->count >= CARD_LEAST && r->count <= CARD_MOST && issued(r) && check_digit_right(r);
}

/* A card number that starts with the group of digits at i, made of one group or more: `ret_end` is
 * where it ends, and where the first group ends when there is none. At most CARD_MOST digits are
 * looked at beyond the first group. */
static bool card_at(stk_str s, size_t i, run *r, size_t *ret_end)
{
    r->count = 0;
    size_t first = read_group(s, i, r);
    for (size_t end = first; r->count <= CARD_MOST; end = read_group(s, end, r)) {
        if (is_card(r)) {
            *ret_end = end;
            return true;
        }
        size_t skip = separator(s, end);
        if (skip == 0)
            break;
        end += skip;
    }
    *ret_end = first;
    return false;
}

bool stk_has_card_number(stk_str text)
{
    run r;
    for (size_t i = 0; i < text.len;)
        if (!is_digit(text.ptr[i]))
            i++;
        else if (card_at(text, i, &r, &i))
            return true;
    return false;
}

/* ---- secrets by name ---- */

static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static bool is_secret_name(stk_str name)
{
    /* compared in lower case, with '_' and '-' left out */
    static const char *const names[] = {
        "cvv",          "cvv2",       "cvc",          "cvc2",
        "csc",          "cardcode",   "securitycode", "cardverification",
        "pin",          "password",   "passwd",       "passwort",
        "pass",         "pwd",        "newpassword",  "oldpassword",
        "userpassword", "passphrase", "contrasena",   "track1",
        "track2",
    };
    char plain[NAME_MOST];
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c != '_' && c != '-')
            plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    for (size_t i = 0; i < STK_COUNT(names); i++)
        if (strlen(names[i]) == n && memcmp(names[i], plain, n) == 0)
            return true;
    return false;
}

/* The name that ends just before i ("cvv=", "\"cvv\":"). */
static stk_str name_before(stk_str s, size_t i)
{
    size_t end = i;
    if (end > 0 && (s.ptr[end - 1] == '"' || s.ptr[end - 1] == ']'))
        end--;
    size_t start = end;
    while (start > 0 && end - start < NAME_MOST && is_name_char(s.ptr[start - 1]))
        start--;
    return (stk_str){ s.ptr + start, end - start };
}

/* Where the value ends that starts at i. */
static size_t value_end(stk_str s, size_t i)
{
    while (i < s.len && s.ptr[i] != '&' && s.ptr[i] != ';' && s.ptr[i] != '"' && s.ptr[i] != ' ' &&
           s.ptr[i] != ',' && s.ptr[i] != '}' && s.ptr[i] != '\n' && s.ptr[i] != '\r')
        i++;
    return i;
}

static size_t value_start(stk_str s, size_t i)
{
    while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '"'))
        i++;
    return i;
}

bool stk_scrub(stk_str text, stk_buf *out)
{
    char *to = text.len == 0 ? NULL : stk_buf_more(out, text.len);
    if (to == NULL)
        return !out->failed;
    size_t before = out->len - text.len, n = 0;
    run r;
    for (size_t i = 0; i < text.len;) {
        char c = text.ptr[i];
        size_t start = i, end = i + 1;
        bool card = is_digit(c) && card_at(text, i, &r, &end);
        memcpy(to + n, text.ptr + start, end - start);
        for (size_t d = 0; card && d < r.count; d++)
            to[n + r.at[d] - start] = 'X';
        n += end - start;
        i = end;
        if ((c == '=' || c == ':') && is_secret_name(name_before(text, start))) {
            size_t value = value_start(text, i), stop = value_end(text, value);
            memcpy(to + n, text.ptr + i, value - i);
            n += value - i;
            if (stop > value)
                to[n++] = 'X';
            i = stop;
        }
    }
    out->len = before + n;
    return true;
}
