/* SPDX-License-Identifier: Apache-2.0 */
/* Character references of HTML (Living Standard 13.5) and XML 1.0 (4.1).
 *
 * Of HTML's 2,231 names only those are known that stand for ASCII or a blank: the others cannot
 * hide a character that means anything to SQL, a shell, a path or markup. */
#include "base/utf8.h"
#include "model/carry/parts.h"

static const struct {
    const char *name;
    unsigned char code;
    bool bare; /* HTML reads it without the semicolon */
    bool xml;
} names[] = {
    { "lt", '<', true, true },       { "gt", '>', true, true },
    { "amp", '&', true, true },      { "quot", '"', true, true },
    { "apos", '\'', false, true },   { "LT", '<', true, false },
    { "GT", '>', true, false },      { "AMP", '&', true, false },
    { "QUOT", '"', true, false },    { "nbsp", ' ', true, false },
    { "Tab", '\t', false, false },   { "NewLine", '\n', false, false },
    { "excl", '!', false, false },   { "num", '#', false, false },
    { "dollar", '$', false, false }, { "percnt", '%', false, false },
    { "lpar", '(', false, false },   { "rpar", ')', false, false },
    { "ast", '*', false, false },    { "midast", '*', false, false },
    { "plus", '+', false, false },   { "comma", ',', false, false },
    { "period", '.', false, false }, { "sol", '/', false, false },
    { "colon", ':', false, false },  { "semi", ';', false, false },
    { "equals", '=', false, false }, { "quest", '?', false, false },
    { "commat", '@', false, false }, { "lsqb", '[', false, false },
    { "lbrack", '[', false, false }, { "bsol", '\\', false, false },
    { "rsqb", ']', false, false },   { "rbrack", ']', false, false },
    { "Hat", '^', false, false },    { "lowbar", '_', false, false },
    { "grave", '`', false, false },  { "lcub", '{', false, false },
    { "lbrace", '{', false, false }, { "verbar", '|', false, false },
    { "vert", '|', false, false },   { "VerticalLine", '|', false, false },
    { "rcub", '}', false, false },   { "rbrace", '}', false, false },
};
enum { LONGEST_NAME = 12, MOST_DIGITS = 16 };

/* &#60; &#x3c: leading zeros are allowed, and attackers use them. */
static size_t numeric(stk_str s, size_t at, bool xml, uint32_t *code)
{
    size_t i = at + 2;
    bool hex = i < s.len && (s.ptr[i] | 0x20) == 'x';
    i += hex;
    size_t first = i;
    uint32_t c = 0;
    for (; i < s.len && i - first < MOST_DIGITS; i++) {
        int d = stk_hex(s.ptr[i]);
        if (d < 0 || (!hex && d > 9))
            break;
        c = c > 0x10ffff ? c : c * (hex ? 16 : 10) + (uint32_t)d;
    }
    bool semicolon = i < s.len && s.ptr[i] == ';';
    if (i == first || c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || (xml && !semicolon))
        return 0;
    *code = c;
    return i + semicolon - at;
}

size_t stk_entity(stk_str s, size_t at, bool xml, uint32_t *code)
{
    if (at + 2 >= s.len)
        return 0;
    if (s.ptr[at + 1] == '#')
        return numeric(s, at, xml, code);
    size_t len = 0;
    const char *name = s.ptr + at + 1;
    while (len < LONGEST_NAME && at + 1 + len < s.len && (unsigned)((name[len] | 0x20) - 'a') < 26)
        len++;
    bool semicolon = at + 1 + len < s.len && name[len] == ';';
    for (size_t i = 0; len >= 2 && i < STK_COUNT(names); i++) {
        if (strlen(names[i].name) != len || memcmp(names[i].name, name, len) != 0)
            continue;
        if ((!semicolon && (xml || !names[i].bare)) || (xml && !names[i].xml))
            return 0;
        *code = names[i].code;
        return 1 + len + semicolon;
    }
    return 0;
}
