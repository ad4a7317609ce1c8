/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_PROFILE_REQUEST_H
#define STK_DETECT_PROFILE_REQUEST_H
/* A request as the profile sees it: which endpoint it asks for and which parameters it gives. Made
 * the same way for learning and for judging. */
#include "detect/detector.h"
#include "model/endpoint.h"

enum { STK_ASKED_PARAMETERS = 96, STK_ASKED_NAME = 96 };

typedef struct stk_asked_parameter {
    const stk_value *value;
    stk_str name;  /* indices in it collapsed: "items.{}.id", "a[{}]"; cut to STK_ASKED_NAME */
    uint64_t hash; /* stk_text_payload of the name */
} stk_asked_parameter;

typedef struct stk_asked {
    const stk_unit *unit;
    stk_str method, media;
    bool with_body; /* a method that brings one, or a body */
    stk_str path;   /* as mapped, without ";..." */
    char text[STK_ENDPOINT_BYTES];
    stk_str endpoint; /* its template, in `text` */
    uint64_t hash;    /* stk_text_payload of the template */
    stk_asked_parameter parameter[STK_ASKED_PARAMETERS];
    size_t count;
    char names[STK_ASKED_PARAMETERS][STK_ASKED_NAME]; /* only for those that were collapsed */
} stk_asked;

/* False: not a request that has a profile. */
bool stk_asked_of(const stk_unit *unit, stk_asked *out);

/* Of a template: its folder with the closing slash, the extension without dot, the name's form. */
stk_str stk_asked_folder(stk_str endpoint);
stk_str stk_asked_suffix(stk_str endpoint);
enum { STK_STEM_BYTES = 32 };
stk_str stk_asked_stem(stk_str endpoint, char out[STK_STEM_BYTES]);
/* "/shop/" and a star: what any further page of a full folder is learned as. */
stk_str stk_asked_any(stk_str endpoint, char out[STK_ENDPOINT_BYTES]);
/* Pictures, styles, scripts and fonts: what a page brings along. */
bool stk_asked_is_static(stk_str suffix);
#endif
