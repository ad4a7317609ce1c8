/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_TRAITS_H
#define STK_DETECT_PROFILE_TRAITS_H
/* What a value looks like, as a short list of traits that the learner counts and the detector
 * looks up: each is an aspect and a number that says which. A value deviates when it has a trait
 * that no value there had. */
#include "model/carry.h"

/* ASPECT(ID, "name in the file", text): `text` traits are hashes of a text that is kept. */
#define STK_ASPECTS(ASPECT)                                                                        \
    ASPECT(VALUE, "value", true)    /* of a parameter: the value itself, in a closed set */        \
    ASPECT(SHAPE, "shape", true)    /* "d8a1": runs of digits, letters and signs */                \
    ASPECT(FORM, "form", true)      /* "da": the same without lengths */                           \
    ASPECT(TYPE, "type", false)     /* stk_type */                                                 \
    ASPECT(CHAR, "char", false)     /* a class of characters or a sign occurs */                   \
    ASPECT(COUNT, "count", false)   /* a sign occurs at least so often */                          \
    ASPECT(FIRST, "first", false)   /* class of the first character */                             \
    ASPECT(LAST, "last", false)     /* class of the last character */                              \
    ASPECT(PAIR, "pair", false)     /* two classes beside each other */                            \
    ASPECT(LENGTH, "length", false) /* bucket of the length in characters */                       \
    ASPECT(MET, "met", false)       /* an STK_MET_* met in decoding */                             \
    ASPECT(PLACE, "place", false)   /* query, body or file; with or without a body's method */     \
    ASPECT(METHOD, "method", true)  /* of an endpoint */                                           \
    ASPECT(MEDIA, "media", true)    /* Content-Type without parameters */                          \
    ASPECT(NAME, "name", true)      /* a parameter */                                              \
    ASPECT(REPEAT, "repeat", true)  /* a parameter given more than once */                         \
    ASPECT(ABSENT, "absent", true)  /* a parameter left out */                                     \
    ASPECT(ORDER, "order", false)   /* hash of the parameters' order */                            \
    ASPECT(PATH, "path", true)      /* of the site: an endpoint */                                 \
    ASPECT(FOLDER, "folder", true)                                                                 \
    ASPECT(SUFFIX, "suffix", true) /* file extension */                                            \
    ASPECT(STEM, "stem", true)     /* form of the last segment's name */

typedef enum stk_aspect {
#define ASPECT(id, name, text) STK_ASPECT_##id,
    STK_ASPECTS(ASPECT)
#undef ASPECT
        STK_ASPECT_COUNT_,
} stk_aspect;
const char *stk_aspect_name(stk_aspect aspect);
bool stk_aspect_is_text(stk_aspect aspect);

/* Classes of characters: letters by kind, everything that may mean something by itself. */
typedef enum stk_class {
    STK_CLASS_LOWER,
    STK_CLASS_UPPER,
    STK_CLASS_DIGIT,
    STK_CLASS_BLANK,
    STK_CLASS_LATIN,   /* U+00C0..U+024F */
    STK_CLASS_LETTER,  /* other scripts */
    STK_CLASS_BREAK,   /* tab, line feed, carriage return */
    STK_CLASS_CONTROL, /* other control characters */
    STK_CLASS_SYMBOL,  /* U+0080..U+00BF and other signs beyond ASCII */
    STK_CLASS_SIGNS,   /* from here on: the 32 signs of ASCII, one each */
    STK_CLASSES = STK_CLASS_SIGNS + 32,
} stk_class;
stk_class stk_class_of(uint32_t code);
/* "a letter", or the sign itself; static. */
const char *stk_class_name(stk_class c);

typedef enum stk_type {
    STK_TYPE_EMPTY,
    STK_TYPE_INTEGER,
    STK_TYPE_DECIMAL,
    STK_TYPE_WORD,
    STK_TYPE_TOKEN,
    STK_TYPE_EMAIL,
    STK_TYPE_DATE,
    STK_TYPE_URL,
    STK_TYPE_HEX,
    STK_TYPE_TEXT,
    STK_TYPES,
} stk_type;
const char *stk_type_name(stk_type type);

enum {
    STK_TRAITS_MOST = 192,   /* of one value */
    STK_TRAITS_BYTES = 2048, /* of a value that are looked at; its length counts whole */
    STK_SHAPE_BYTES = 48,
};

typedef struct stk_trait {
    stk_aspect aspect;
    uint64_t payload;
} stk_trait;

typedef struct stk_traits {
    stk_trait item[STK_TRAITS_MOST];
    size_t count;
    stk_type type;
    uint32_t length; /* characters */
    char shape[STK_SHAPE_BYTES], form[STK_SHAPE_BYTES];
    size_t shape_len, form_len;
} stk_traits;

void stk_traits_of(const stk_value *value, bool with_body, stk_traits *out);

/* Lengths fall into buckets: each of its own below 64, eight an octave above. */
uint32_t stk_length_bucket(uint32_t length);
uint32_t stk_length_least(uint32_t bucket); /* the shortest length in it */

/* The hash of a text trait: fixed, because it travels in the file. */
uint64_t stk_text_payload(stk_str text);
#endif
