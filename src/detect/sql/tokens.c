/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer. Every function takes bytes off the front; none looks back. */
#include "detect/sql/tokens.h"

/* What a byte can start. */
enum { C_STRAY, C_BLANK, C_DIGIT, C_WORD, C_QUOTE, C_SIGN, C_HIGH };

static const uint8_t class_of[256] = {
    [0 ... 0x20] = C_BLANK,   [0x7f] = C_BLANK, ['0' ... '9'] = C_DIGIT, ['A' ... 'Z'] = C_WORD,
    ['a' ... 'z'] = C_WORD,   ['_'] = C_WORD,   ['$'] = C_WORD,          ['\''] = C_QUOTE,
    ['"'] = C_QUOTE,          ['`'] = C_QUOTE,  ['!'] = C_SIGN,          ['#'] = C_SIGN,
    ['%'] = C_SIGN,           ['&'] = C_SIGN,   ['('] = C_SIGN,          [')'] = C_SIGN,
    ['*'] = C_SIGN,           ['+'] = C_SIGN,   [','] = C_SIGN,          ['-'] = C_SIGN,
    ['.'] = C_SIGN,           ['/'] = C_SIGN,   [':'] = C_SIGN,          [';'] = C_SIGN,
    ['<'] = C_SIGN,           ['='] = C_SIGN,   ['>'] = C_SIGN,          ['@'] = C_SIGN,
    ['['] = C_SIGN,           ['^'] = C_SIGN,   ['|'] = C_SIGN,          ['~'] = C_SIGN,
    [0x80 ... 0xff] = C_HIGH,
};

static const stk_sql_token end_token = { .kind = STK_SQL_END };

static inline unsigned char byte_at(const stk_sql_reader *r, size_t i)
{
    return i < r->text.len ? (unsigned char)r->text.ptr[i] : 0;
}

static inline bool word_byte(unsigned char c)
{
    uint8_t k = class_of[c];
    return k == C_WORD || k == C_DIGIT || k == C_HIGH;
}

/* Bytes of the blank that starts at `i`; 0: none. Databases skip the no-break space of Latin-1 and
 * of UTF-8; the ideographic space is what their character-set conversions make one of. */
static size_t blank_len(const stk_sql_reader *r, size_t i)
{
    unsigned char c = byte_at(r, i);
    if (class_of[c] == C_BLANK)
        return 1;
    if (c == 0xa0)
        return 1;
    if (c == 0xc2 && byte_at(r, i + 1) == 0xa0)
        return 2;
    if (c == 0xe3 && byte_at(r, i + 1) == 0x80 && byte_at(r, i + 2) == 0x80)
        return 3;
    return c == '+' && r->plus_is_blank ? 1 : 0;
}

/* The typographic single quotes, which conversions to a database's character set make into '. */
static size_t quote_len(const stk_sql_reader *r, size_t i, char quote)
{
    unsigned char c = byte_at(r, i);
    if (c == (unsigned char)quote)
        return i < r->text.len ? 1 : 0;
    if (quote != '\'')
        return 0;
    if (c == 0xe2 && byte_at(r, i + 1) == 0x80 &&
        (byte_at(r, i + 2) == 0x98 || byte_at(r, i + 2) == 0x99))
        return 3;
    return c == 0xca && byte_at(r, i + 1) == 0xbc ? 2 : 0;
}

/* The place behind the string that is open at `i`; `*closed` false: the value ends first. */
static size_t string_end(const stk_sql_reader *r, size_t i, char quote, bool *closed)
{
    for (*closed = false; i < r->text.len; i++) {
        unsigned char c = byte_at(r, i);
        if (c == '\\' && r->dialect == STK_SQL_MYSQL && quote != '`') {
            i++;
            continue;
        }
        if (c != (unsigned char)quote && (c < 0x80 || quote_len(r, i, quote) == 0))
            continue;
        size_t n = quote_len(r, i, quote);
        if (quote_len(r, i + n, quote) == 0) {
            *closed = true;
            return i + n;
        }
        i += n + quote_len(r, i + n, quote) - 1;
    }
    return r->text.len;
}

static size_t find(const stk_sql_reader *r, size_t i, stk_str what)
{
    const char *p = i < r->text.len ? memmem(r->text.ptr + i, r->text.len - i, what.ptr, what.len)
                                    : NULL;
    return p != NULL ? (size_t)(p - r->text.ptr) : r->text.len;
}

/* Past one comment at r->pos; false: none starts there. Fills `t` when it hides the rest. */
static bool skip_comment(stk_sql_reader *r, stk_sql_token *t)
{
    unsigned char c = byte_at(r, r->pos), next = byte_at(r, r->pos + 1);
    size_t start = r->pos, end;
    bool unclosed = false;
    if (c == '/' && next == '*') {
        if (byte_at(r, start + 2) == '!' ||
            ((byte_at(r, start + 2) | 0x20) == 'm' && byte_at(r, start + 3) == '!')) {
            r->pos = start + (byte_at(r, start + 2) == '!' ? 3 : 4);
            for (size_t n = 0; n < 6 && class_of[byte_at(r, r->pos)] == C_DIGIT; n++)
                r->pos++;
            r->versioned = true;
            return true;
        }
        end = find(r, start + 2, STK_S("*/"));
        unclosed = end == r->text.len;
        end += unclosed ? 0 : 2;
    } else if (c == '*' && next == '/' && r->versioned) {
        r->versioned = false;
        r->pos += 2;
        return true;
    } else if ((c == '#' && r->dialect == STK_SQL_MYSQL) ||
               (c == '-' && next == '-' &&
                (r->dialect == STK_SQL_ANSI || start + 2 >= r->text.len ||
                 blank_len(r, start + 2) > 0 || byte_at(r, start + 2) == '+'))) {
        end = find(r, start, STK_S("\n"));
        unclosed = end == r->text.len;
    } else {
        return false;
    }
    if (unclosed)
        *t = (stk_sql_token){ .kind = STK_SQL_COMMENT,
                              .at = (uint32_t)start,
                              .sub = (char)c,
                              .len = (uint32_t)(end - start),
                              .flags = c == '/' ? STK_SQL_UNCLOSED : 0 };
    r->pos = end;
    return true;
}

static void take_string(stk_sql_reader *r, stk_sql_token *t, size_t quote_at, size_t skip, char q)
{
    bool closed;
    r->pos = string_end(r, quote_at + skip, q, &closed);
    t->kind = q == '`' ? STK_SQL_NAME : STK_SQL_STRING;
    t->sub = q;
    t->flags |= closed ? 0 : STK_SQL_UNCLOSED;
}

/* Lower-case the word at `i` onto `lower`, from *n on; returns its end. A longer word than any of
 * ours leaves *n at STK_SQL_WORD_BYTES. */
static size_t lower_word(const stk_sql_reader *r, size_t i, char *lower, size_t *n)
{
    for (; i < r->text.len && word_byte(byte_at(r, i)); i++) {
        unsigned char c = byte_at(r, i);
        if (c >= 0x80 && (blank_len(r, i) > 0 || quote_len(r, i, '\'') > 0))
            break;
        if (*n < STK_SQL_WORD_BYTES)
            lower[(*n)++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return i;
}

/* A quoted name that the database itself has is as telling as the bare one: `information_schema`.
 */
static void name_catalogue(const stk_sql_reader *r, stk_sql_token *t)
{
    char lower[STK_SQL_WORD_BYTES];
    size_t n = 0, end = lower_word(r, t->at + 1, lower, &n);
    stk_sql_word word = end + 1 == r->pos ? stk_sql_word_of(lower, n) : STK_SQL_W_NONE;
    if (stk_sql_word_classes(word) & STK_SQL_CATALOGUE) {
        t->kind = STK_SQL_WORD;
        t->word = (uint16_t)word;
    }
}

static bool hex_digit(unsigned char c)
{
    return class_of[c] == C_DIGIT || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static size_t digits_end(const stk_sql_reader *r, size_t i)
{
    while (class_of[byte_at(r, i)] == C_DIGIT)
        i++;
    return i;
}

/* 12, 1.5, .5, 1e-3, 0x1f, 0b1; also MySQL's "1.e" before a word, which it reads as nothing. */
static void take_number(stk_sql_reader *r, stk_sql_token *t)
{
    size_t i = r->pos;
    t->kind = STK_SQL_NUMBER;
    unsigned char x = byte_at(r, i + 1) | 0x20;
    if (byte_at(r, i) == '0' && (x == 'x' || x == 'b') && hex_digit(byte_at(r, i + 2))) {
        for (i += 2; hex_digit(byte_at(r, i)); i++)
            ;
        r->pos = i;
        return;
    }
    i = digits_end(r, i);
    if (byte_at(r, i) == '.' && byte_at(r, i + 1) != '.')
        i = digits_end(r, i + 1);
    if ((byte_at(r, i) | 0x20) == 'e') {
        unsigned char c = byte_at(r, i + 1);
        size_t sign = c == '+' || c == '-';
        if (class_of[byte_at(r, i + 1 + sign)] == C_DIGIT)
            i = digits_end(r, i + 1 + sign);
        else if (c == '(' || c == '.' || class_of[c] == C_QUOTE) {
            i += 1 + (c == '.');
            t->flags |= STK_SQL_TRICK;
        }
    }
    r->pos = i;
}

/* un/ **\/ion: some filters take comments out, so that the halves meet. */
static stk_sql_word join_split(const stk_sql_reader *r, size_t i, char *lower, size_t n,
                               size_t *end)
{
    enum { PIECES = 4, COMMENT_BYTES = 64 };
    stk_sql_word word = STK_SQL_W_NONE;
    for (size_t piece = 0; piece < PIECES && byte_at(r, i) == '/' && byte_at(r, i + 1) == '*';
         piece++) {
        size_t close = i + 2;
        while (close < i + COMMENT_BYTES && close < r->text.len &&
               !(byte_at(r, close) == '*' && byte_at(r, close + 1) == '/'))
            close++;
        if (byte_at(r, close) != '*' || class_of[byte_at(r, close + 2)] != C_WORD)
            break;
        i = lower_word(r, close + 2, lower, &n);
        stk_sql_word joined = stk_sql_word_of(lower, n);
        if (joined != STK_SQL_W_NONE) {
            word = joined;
            *end = i;
        }
    }
    return word;
}

static void take_word(stk_sql_reader *r, stk_sql_token *t)
{
    char lower[STK_SQL_WORD_BYTES];
    size_t n = 0, start = r->pos;
    r->pos = lower_word(r, start, lower, &n);
    t->kind = STK_SQL_WORD;
    if (r->pos == start) { /* a byte that is a blank or quote elsewhere */
        t->kind = STK_SQL_STRAY;
        r->pos++;
        return;
    }
    unsigned char c = byte_at(r, r->pos);
    if (class_of[c] == C_QUOTE && c != '`' && n == 1 && strchr("nxbeq", lower[0]) != NULL) {
        take_string(r, t, r->pos, 1, (char)c); /* N'..', X'..', B'..', E'..', q'..' */
        return;
    }
    if (lower[0] == '_' && c == '\'') { /* _utf8'..' */
        take_string(r, t, r->pos, 1, '\'');
        return;
    }
    t->word = stk_sql_word_of(lower, n);
    if (t->word == STK_SQL_W_NONE && c == '/' && n < STK_SQL_WORD_BYTES) {
        t->word = join_split(r, r->pos, lower, n, &r->pos);
        if (t->word != STK_SQL_W_NONE)
            t->flags |= STK_SQL_SPLIT;
    }
}

/* $$text$$ and $tag$text$tag$ of PostgreSQL; false: just a word with a dollar in it. */
static bool take_dollar(stk_sql_reader *r, stk_sql_token *t)
{
    enum { TAG_BYTES = 16, TEXT_BYTES = 2048 }; /* bounded: a tag that never comes again is cheap */
    size_t i = r->pos + 1;
    while (i < r->pos + TAG_BYTES && class_of[byte_at(r, i)] == C_WORD && byte_at(r, i) != '$')
        i++;
    if (byte_at(r, i) != '$')
        return false;
    stk_str tag = { r->text.ptr + r->pos, i + 1 - r->pos };
    size_t left = r->text.len - (i + 1);
    const char *end = memmem(tag.ptr + tag.len, left < TEXT_BYTES ? left : TEXT_BYTES, tag.ptr,
                             tag.len);
    if (end == NULL)
        return false;
    t->kind = STK_SQL_STRING;
    t->sub = '$';
    r->pos = (size_t)(end - r->text.ptr) + tag.len;
    return true;
}

/* [name]; false: a bracket of another language. */
static bool take_bracket(stk_sql_reader *r, stk_sql_token *t)
{
    enum { NAME_BYTES = 64 };
    size_t i = r->pos + 1;
    while (i < r->pos + NAME_BYTES && (word_byte(byte_at(r, i)) || byte_at(r, i) == ' '))
        i++;
    if (byte_at(r, i) != ']' || i == r->pos + 1)
        return false;
    t->kind = STK_SQL_NAME;
    t->sub = '[';
    r->pos = i + 1;
    return true;
}

static void take_variable(stk_sql_reader *r, stk_sql_token *t)
{
    size_t i = r->pos + 1;
    unsigned char c = byte_at(r, i);
    t->kind = STK_SQL_VARIABLE;
    if (c == '>') { /* PostgreSQL: contains */
        t->kind = STK_SQL_RELATION;
        r->pos += 2;
        return;
    }
    if (c == '@')
        i++;
    t->sub = c == '@' ? '@' : 0;
    while (word_byte(byte_at(r, i)) && blank_len(r, i) == 0)
        i++;
    r->pos = i;
    if (class_of[c] == C_QUOTE && c != 0)
        take_string(r, t, r->pos, 1, (char)c);
    if (t->kind == STK_SQL_STRING || t->kind == STK_SQL_NAME)
        t->kind = STK_SQL_VARIABLE;
}

/* Operators of more than one character, longest first; all others are one. */
static const struct {
    char text[4];
    uint8_t len, kind;
} operators[] = {
    { "<=>", 3, STK_SQL_RELATION }, { "->>", 3, STK_SQL_OPERATOR }, { "#>>", 3, STK_SQL_OPERATOR },
    { "!~*", 3, STK_SQL_RELATION }, { "!~~", 3, STK_SQL_RELATION }, { "&&", 2, STK_SQL_AND_AND },
    { "||", 2, STK_SQL_OR_OR },     { "<>", 2, STK_SQL_RELATION },  { "!=", 2, STK_SQL_RELATION },
    { "<=", 2, STK_SQL_RELATION },  { ">=", 2, STK_SQL_RELATION },  { "^=", 2, STK_SQL_RELATION },
    { "==", 2, STK_SQL_RELATION },  { "~=", 2, STK_SQL_RELATION },  { "!<", 2, STK_SQL_RELATION },
    { "!>", 2, STK_SQL_RELATION },  { "<@", 2, STK_SQL_RELATION },  { "~~", 2, STK_SQL_RELATION },
    { "!~", 2, STK_SQL_RELATION },  { "~*", 2, STK_SQL_RELATION },  { "<<", 2, STK_SQL_OPERATOR },
    { ">>", 2, STK_SQL_OPERATOR },  { "->", 2, STK_SQL_OPERATOR },  { "#>", 2, STK_SQL_OPERATOR },
    { "**", 2, STK_SQL_OPERATOR },  { ":=", 2, STK_SQL_ASSIGN },    { "::", 2, STK_SQL_CAST },
};

static void take_operator(stk_sql_reader *r, stk_sql_token *t)
{
    unsigned char c = byte_at(r, r->pos);
    t->sub = (char)c;
    if (class_of[byte_at(r, r->pos + 1)] == C_SIGN)
        for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
            if (operators[i].text[0] == (char)c && r->text.len - r->pos >= operators[i].len &&
                memcmp(r->text.ptr + r->pos, operators[i].text, operators[i].len) == 0) {
                t->kind = operators[i].kind;
                r->pos += operators[i].len;
                return;
            }
    r->pos++;
    switch (c) {
    case '(':
        t->kind = STK_SQL_OPEN;
        return;
    case ')':
        t->kind = STK_SQL_CLOSE;
        return;
    case ',':
        t->kind = STK_SQL_COMMA;
        return;
    case ';':
        t->kind = STK_SQL_SEMICOLON;
        return;
    case '.':
        t->kind = STK_SQL_DOT;
        return;
    case '=':
    case '<':
    case '>':
        t->kind = STK_SQL_RELATION;
        return;
    case '!':
        t->kind = STK_SQL_BANG;
        return;
    case ':':
    case '[':
        t->kind = STK_SQL_STRAY;
        return;
    default:
        t->kind = STK_SQL_OPERATOR;
    }
}

static void take_token(stk_sql_reader *r, stk_sql_token *t)
{
    unsigned char c = byte_at(r, r->pos);
    switch (class_of[c]) {
    case C_DIGIT:
        take_number(r, t);
        return;
    case C_WORD:
        if (c != '$' || !take_dollar(r, t))
            take_word(r, t);
        return;
    case C_HIGH:
        if (quote_len(r, r->pos, '\'') > 0)
            take_string(r, t, r->pos, quote_len(r, r->pos, '\''), '\'');
        else
            take_word(r, t);
        return;
    case C_QUOTE:
        take_string(r, t, r->pos, 1, (char)c);
        return;
    case C_SIGN:
        if (c == '.' && class_of[byte_at(r, r->pos + 1)] == C_DIGIT)
            take_number(r, t);
        else if (c == '@')
            take_variable(r, t);
        else if (c != '[' || !take_bracket(r, t))
            take_operator(r, t);
        return;
    default:
        t->kind = STK_SQL_STRAY;
        t->sub = (char)c;
        r->pos++;
    }
}

/* Parentheses find each other as they are made; deeper than STK_SQL_DEPTH they stay alone. */
static void match_parenthesis(stk_sql_reader *r, const stk_sql_token *t, uint32_t i)
{
    if (t->kind == STK_SQL_OPEN) {
        if (r->depth < STK_SQL_DEPTH)
            r->open[r->depth] = i;
        r->depth++;
    } else if (t->kind == STK_SQL_CLOSE && r->depth > 0) {
        r->depth--;
        if (r->depth < STK_SQL_DEPTH && i - r->open[r->depth] < STK_SQL_RING)
            r->ring[r->open[r->depth] % STK_SQL_RING].match = i;
    }
}

static void make_token(stk_sql_reader *r)
{
    stk_sql_token t = { .kind = STK_SQL_END };
    uint8_t flags = r->made > 0 ? STK_SQL_GLUED : 0;
    size_t n;
    for (;;) {
        if ((n = blank_len(r, r->pos)) > 0 && r->pos < r->text.len) {
            r->pos += n;
            flags &= (uint8_t)~STK_SQL_GLUED;
        } else if (r->pos < r->text.len && skip_comment(r, &t)) {
            if (t.kind == STK_SQL_COMMENT)
                break;
            flags = STK_SQL_COMMENTED;
        } else {
            break;
        }
    }
    if (t.kind == STK_SQL_END && r->pos < r->text.len) {
        t.at = (uint32_t)r->pos;
        take_token(r, &t);
        t.len = (uint32_t)(r->pos - t.at);
    } else if (t.kind == STK_SQL_END) {
        t.at = (uint32_t)r->text.len;
    }
    if (t.kind == STK_SQL_NAME)
        name_catalogue(r, &t);
    t.flags |= flags | (r->versioned ? STK_SQL_VERSIONED : 0);
    match_parenthesis(r, &t, r->made);
    r->ring[r->made % STK_SQL_RING] = t;
    r->made++;
}

bool stk_sql_read(stk_sql_reader *r, stk_str text, char quote, stk_sql_dialect dialect,
                  bool plus_is_blank)
{
    r->text = text;
    r->pos = 0;
    r->dialect = dialect;
    r->plus_is_blank = plus_is_blank;
    r->versioned = false;
    r->walked = r->made = r->depth = r->nesting = 0;
    r->fuel = STK_SQL_FUEL;
    if (quote == 0)
        return true;
    bool closed;
    r->pos = string_end(r, 0, quote, &closed);
    if (!closed)
        return false;
    r->ring[0] = (stk_sql_token){ .kind = STK_SQL_STRING, .sub = quote, .len = (uint32_t)r->pos };
    r->made = 1;
    return true;
}

const stk_sql_token *stk_sql_peek(stk_sql_reader *r, uint32_t i)
{
    if (i >= r->walked + STK_SQL_AHEAD)
        return &end_token;
    while (r->made <= i) {
        if (r->made > 0 && (r->ring[(r->made - 1) % STK_SQL_RING].kind == STK_SQL_END))
            return &end_token;
        make_token(r);
    }
    return &r->ring[i % STK_SQL_RING];
}

uint32_t stk_sql_close_of(stk_sql_reader *r, uint32_t i)
{
    const stk_sql_token *t = stk_sql_peek(r, i);
    while (t->match == 0 && r->made < r->walked + STK_SQL_AHEAD &&
           r->ring[(r->made - 1) % STK_SQL_RING].kind != STK_SQL_END)
        make_token(r);
    return t->match;
}
