/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over a value; everything is collected in bit sets and turned into traits at the end. */
#include "detect/profile/traits.h"

#include "base/hash.h"
#include "base/utf8.h"

const char *stk_aspect_name(stk_aspect aspect)
{
    static const char *const names[] = {
#define ASPECT(id, name, text) name,
        STK_ASPECTS(ASPECT)
#undef ASPECT
    };
    return names[aspect];
}

bool stk_aspect_is_text(stk_aspect aspect)
{
    static const bool text_of[] = {
#define ASPECT(id, name, text) text,
        STK_ASPECTS(ASPECT)
#undef ASPECT
    };
    return text_of[aspect];
}

static const char signs[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

stk_class stk_class_of(uint32_t c)
{
    if (c >= 'a' && c <= 'z')
        return STK_CLASS_LOWER;
    if (c >= '0' && c <= '9')
        return STK_CLASS_DIGIT;
    if (c >= 'A' && c <= 'Z')
        return STK_CLASS_UPPER;
    if (c < 0x80) {
        if (c == ' ')
            return STK_CLASS_BLANK;
        if (c < 0x20 || c == 0x7f)
            return c == '\t' || c == '\n' || c == '\r' ? STK_CLASS_BREAK : STK_CLASS_CONTROL;
        uint32_t nth = c < '0'   ? c - '!'
                       : c < 'A' ? c - ':' + 15
                       : c < 'a' ? c - '[' + 22
                                 : c - '{' + 28;
        return (stk_class)(STK_CLASS_SIGNS + nth);
    }
    if (c < 0xc0 || c == 0xd7 || c == 0xf7 || (c >= 0x2000 && c < 0x2e80) || c >= 0xe000)
        return STK_CLASS_SYMBOL;
    return c < 0x250 ? STK_CLASS_LATIN : STK_CLASS_LETTER;
}

const char *stk_class_name(stk_class c)
{
    static const char *const names[STK_CLASS_SIGNS] = {
        "lower-case letter", "upper-case letter", "digit",  "blank", "accented letter", "letter",
        "line break",        "control",           "symbol",
    };
    if (c < STK_CLASS_SIGNS)
        return names[c];
    static const char *const each[32] = {
        "!", "\"", "#", "$", "%", "&", "'", "(",  ")", "*", "+", ",", "-", ".", "/", ":",
        ";", "<",  "=", ">", "?", "@", "[", "\\", "]", "^", "_", "`", "{", "|", "}", "~",
    };
    return each[c - STK_CLASS_SIGNS];
}

const char *stk_type_name(stk_type type)
{
    static const char *const names[STK_TYPES] = {
        "empty", "integer", "decimal", "word", "token", "e-mail", "date", "url", "hex", "text",
    };
    return names[type];
}

uint32_t stk_length_bucket(uint32_t n)
{
    if (n < 64)
        return n;
    uint32_t octave = 6;
    while (octave < 31 && n >> (octave + 1) != 0)
        octave++;
    return 64 + (octave - 6) * 8 + ((n >> (octave - 3)) & 7);
}

uint32_t stk_length_least(uint32_t bucket)
{
    if (bucket < 64)
        return bucket;
    uint32_t octave = 6 + (bucket - 64) / 8;
    return octave > 31 ? UINT32_MAX : (8 + (bucket - 64) % 8) << (octave - 3);
}

uint64_t stk_text_payload(stk_str text)
{
    static const stk_hash_key key = { UINT64_C(0x73746f636b616465), UINT64_C(0x70726f66696c6531) };
    return stk_hash(&key, text);
}

/* What one pass gathers. */
typedef struct pass {
    uint64_t classes;           /* which occur */
    uint64_t pair[STK_CLASSES]; /* rows are valid where `rows` says so */
    uint64_t rows;
    uint32_t count[STK_CLASSES]; /* valid where `classes` says so */
    stk_class first, last;
    uint32_t length;
    bool cut;
} pass;

static const char *const run_letter = "aad aancs"; /* by class below STK_CLASS_SIGNS */

static char run_sign(stk_class c)
{
    return c < STK_CLASS_SIGNS ? run_letter[c] : signs[c - STK_CLASS_SIGNS];
}

static size_t put_run(stk_traits *t, char sign, uint32_t run)
{
    if (t->form_len < STK_SHAPE_BYTES)
        t->form[t->form_len++] = sign;
    if (t->shape_len + 6 > STK_SHAPE_BYTES)
        return t->shape_len; /* cut alike for all that share so long a beginning */
    t->shape[t->shape_len++] = sign;
    char digits[4];
    size_t n = sizeof digits;
    run = run > 9999 ? 9999 : run;
    do
        digits[--n] = (char)('0' + run % 10);
    while ((run /= 10) != 0);
    memcpy(t->shape + t->shape_len, digits + n, sizeof digits - n);
    return t->shape_len += sizeof digits - n;
}

static void read_value(stk_str s, pass *p, stk_traits *t)
{
    char run_of = '\0';
    uint32_t run = 0;
    stk_class before = STK_CLASSES;
    p->classes = p->rows = 0;
    p->length = 0;
    size_t stop = s.len < STK_TRAITS_BYTES ? s.len : STK_TRAITS_BYTES;
    for (size_t i = 0; i < stop;) {
        uint32_t code = (unsigned char)s.ptr[i];
        i += code < 0x80 ? 1 : stk_utf8_next(s, i, &code);
        stk_class c = stk_class_of(code);
        uint64_t bit = UINT64_C(1) << c;
        p->count[c] = p->classes & bit ? p->count[c] + 1 : 1;
        p->classes |= bit;
        p->length++;
        if (before != STK_CLASSES) {
            uint64_t row = UINT64_C(1) << before;
            p->pair[before] = (p->rows & row ? p->pair[before] : 0) | bit;
            p->rows |= row;
        } else {
            p->first = c;
        }
        before = c;
        char sign = run_sign(c);
        if (sign != run_of && run != 0) {
            put_run(t, run_of, run);
            run = 0;
        }
        run_of = sign;
        run++;
    }
    if (run != 0)
        put_run(t, run_of, run);
    p->last = before;
    p->length += (uint32_t)(s.len - stop);
}

static bool only(uint64_t classes, uint64_t allowed)
{
    return (classes & ~allowed) == 0;
}

#define BIT(c)  (UINT64_C(1) << (c))
#define SIGN(s) BIT(stk_class_of(s))

static bool is_hex(stk_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i] | 0x20;
        if (!(s.ptr[i] >= '0' && s.ptr[i] <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return true;
}

static stk_type type_of(stk_str s, const pass *p)
{
    const uint64_t letters = BIT(STK_CLASS_LOWER) | BIT(STK_CLASS_UPPER) | BIT(STK_CLASS_LATIN) |
                             BIT(STK_CLASS_LETTER);
    const uint64_t digit = BIT(STK_CLASS_DIGIT), dot = SIGN('.'), dash = SIGN('-');
    uint64_t c = p->classes;
    if (s.len == 0)
        return STK_TYPE_EMPTY;
    if (c == digit ||
        (c == (digit | dash) && p->first == stk_class_of('-') && p->count[p->first] == 1))
        return STK_TYPE_INTEGER;
    if ((c & digit) != 0 && only(c, digit | dot | dash | SIGN(',')) && p->length < 24 &&
        (c & dot) + (c & SIGN(',')) != 0 && p->last == STK_CLASS_DIGIT)
        return STK_TYPE_DECIMAL;
    if ((c & digit) != 0 && p->length >= 8 && p->length <= 32 && p->first == STK_CLASS_DIGIT &&
        only(c, digit | dash | SIGN('/') | SIGN(':') | dot | SIGN('+') | BIT(STK_CLASS_BLANK) |
                    BIT(STK_CLASS_UPPER)) &&
        ((c & dash) != 0 || (c & SIGN('/')) != 0))
        return STK_TYPE_DATE;
    if (only(c, letters))
        return STK_TYPE_WORD;
    if (s.len >= 16 && is_hex(s))
        return STK_TYPE_HEX;
    if (only(c, letters | digit))
        return STK_TYPE_TOKEN;
    if ((c & SIGN('@')) != 0 && (c & dot) != 0 && p->count[stk_class_of('@')] == 1 &&
        only(c, letters | digit | dot | dash | SIGN('@') | SIGN('_') | SIGN('+')))
        return STK_TYPE_EMAIL;
    if (s.len > 8 && (memcmp(s.ptr, "http://", 7) == 0 || memcmp(s.ptr, "https://", 8) == 0))
        return STK_TYPE_URL;
    return STK_TYPE_TEXT;
}

static void add(stk_traits *t, stk_aspect aspect, uint64_t payload)
{
    if (t->count < STK_TRAITS_MOST)
        t->item[t->count++] = (stk_trait){ aspect, payload };
}

/* "at least 2, 3, 4, 6, 8, 12 ... of them" */
static void add_counts(stk_traits *t, stk_class c, uint32_t count)
{
    static const uint32_t steps[] = { 2, 3, 4, 6, 8, 12, 16, 32 };
    for (size_t i = 0; i < STK_COUNT(steps) && count >= steps[i]; i++)
        add(t, STK_ASPECT_COUNT, (uint64_t)c << 8 | steps[i]);
}

static void add_pass(stk_traits *t, const pass *p)
{
    for (uint64_t left = p->classes; left != 0; left &= left - 1) {
        stk_class c = (stk_class)__builtin_ctzll(left);
        add(t, STK_ASPECT_CHAR, c);
        if (c >= STK_CLASS_BREAK && p->count[c] > 1)
            add_counts(t, c, p->count[c]);
    }
    add(t, STK_ASPECT_FIRST, p->first);
    add(t, STK_ASPECT_LAST, p->last);
    for (uint64_t rows = p->rows; rows != 0; rows &= rows - 1) {
        unsigned row = (unsigned)__builtin_ctzll(rows);
        for (uint64_t left = p->pair[row]; left != 0; left &= left - 1)
            add(t, STK_ASPECT_PAIR, row << 8 | (unsigned)__builtin_ctzll(left));
    }
}

void stk_traits_of(const stk_value *value, bool with_body, stk_traits *t)
{
    pass p;
    stk_str s = value->once.raw;
    t->count = t->shape_len = t->form_len = 0;
    read_value(s, &p, t);
    t->length = p.length;
    t->type = type_of(s, &p);
    add(t, STK_ASPECT_TYPE, t->type);
    add(t, STK_ASPECT_PLACE, (uint64_t)value->place << 1 | with_body);
    for (uint32_t met = value->met & ~(uint32_t)(STK_MET_PERCENT | STK_MET_BAD_UTF8); met != 0;
         met &= met - 1)
        add(t, STK_ASPECT_MET, (uint64_t)__builtin_ctz(met));
    add(t, STK_ASPECT_LENGTH, stk_length_bucket(t->length));
    add(t, STK_ASPECT_SHAPE, stk_text_payload((stk_str){ t->shape, t->shape_len }));
    add(t, STK_ASPECT_FORM, stk_text_payload((stk_str){ t->form, t->form_len }));
    if (p.classes != 0)
        add_pass(t, &p);
}
