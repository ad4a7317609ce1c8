/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_CARRY_H
#define STK_MODEL_CARRY_H
/* What a request carries: every value that somebody on the other side could have written, found
 * in path, query, headers, cookies and body, with its encodings taken off.
 *
 * Sources: WHATWG URL (form decoding), RFC 3986 (percent), RFC 7578 (multipart), RFC 8259 (JSON),
 * HTML Living Standard (entities), nginx ngx_http_parse_complex_uri (path). Limits: STK_VALUES,
 * STK_DECODE_ROUNDS, STK_NEST_DEPTH, STK_BODY_BYTES. */
#include "base/arena.h"
#include "base/error.h"
#include "model/event.h"

typedef enum stk_place {
    STK_PLACE_PATH,  /* the normalised path, one value */
    STK_PLACE_QUERY, /* a query parameter */
    STK_PLACE_BODY,  /* a form, JSON, XML or multipart field; or the whole body */
    STK_PLACE_COOKIE,
    STK_PLACE_HEADER, /* also Referer and User-Agent of a log line */
    STK_PLACE_FILE,   /* the file name of an upload */
    STK_PLACE_NAME,   /* the name of a parameter, when it is not a plain word */
    STK_PLACE_TARGET, /* the raw request target as received (not decoded) */
    STK_PLACES,
} stk_place;

/* What was met while decoding a value. */
enum {
    STK_MET_PERCENT = 1 << 0,       /* at least one %XX */
    STK_MET_PERCENT_TWICE = 1 << 1, /* %25XX: encoded again */
    STK_MET_PERCENT_BAD = 1 << 2,   /* % without two hex digits */
    STK_MET_PERCENT_U = 1 << 3,     /* %uXXXX */
    STK_MET_OVERLONG = 1 << 4, /* overlong UTF-8, %c0%af and its kin, mapped to what they hide */
    STK_MET_BAD_UTF8 = 1 << 5, /* bytes that are no UTF-8; read as Latin-1 */
    STK_MET_ENTITY = 1 << 6,   /* HTML entities */
    STK_MET_ESCAPE = 1 << 7,   /* \uXXXX, \xXX in text */
    STK_MET_NUL = 1 << 8,
    STK_MET_CONTROL = 1 << 9,          /* other control characters */
    STK_MET_CUT = 1 << 10,             /* longer than is inspected */
    STK_MET_FULLWIDTH = 1 << 11,       /* full-width ASCII, folded */
    STK_MET_DOTS_ABOVE_ROOT = 1 << 12, /* a path that climbs above / */
    STK_MET_BASE64 = 1 << 13,
};

/* One value. All texts are borrowed from the event or the arena. Personal: attacker and customer
 * content alike. */
typedef struct stk_value {
    stk_place place;
    uint32_t met;      /* STK_MET_* */
    uint16_t rounds;   /* layers of encoding taken off */
    uint16_t ordinal;  /* order among values of its place */
    stk_personal name; /* parameter, header or cookie name, decoded once; JSON: "a.b.0" */
    stk_personal once; /* decoded as the server would: one layer */
    stk_personal
        text; /* fully decoded, UTF-8; equal to `once` (same pointer) when nothing more was found */
} stk_value;

/* How the body was read. */
typedef enum stk_body_form {
    STK_BODY_NONE,
    STK_BODY_FORM,
    STK_BODY_JSON,
    STK_BODY_XML,
    STK_BODY_MULTIPART,
    STK_BODY_OTHER,
} stk_body_form;

typedef struct stk_carried {
    stk_value *values; /* [count]; first the path, then query, body, cookies, headers in order */
    size_t count;
    bool cut;         /* there were more than STK_VALUES, or the arena's budget ended */
    bool body_broken; /* the body is not in the form its Content-Type claims */
    stk_body_form body;
    stk_str path; /* normalised as nginx does: decoded, dots resolved, slashes merged */
} stk_carried;

/* Find and decode. STK_ERR_MEMORY only when not even the table fits into the arena's budget. */
stk_status stk_carry(const stk_http *http, stk_arena *arena, stk_carried *out);

const char *stk_place_name(stk_place place); /* "path", "query", ... as printed in `where` */
#endif
