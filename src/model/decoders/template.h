/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODERS_TEMPLATE_H
#define STK_MODEL_DECODERS_TEMPLATE_H
/* A log format as its server configures it, turned round: a list of fields and of the literal
 * texts between them, by which lines are taken apart again. nginx.c and apache.c compile their
 * notations into it. */
#include "model/decoders/access.h"

enum { STK_TEMPLATE_FIELDS = 96 };

/* How far a field reaches, and whether what stands there can be one. */
typedef enum stk_shape_of {
    STK_TEXT,        /* up to the literal behind it */
    STK_TEXT_NUMBER, /* digits, a point, "-", "," and blanks between upstream values */
    STK_TEXT_TIME,   /* a time in any usual notation, or by `format` */
} stk_shape_of;

/* What was logged as a time but is only a part of one. */
typedef enum stk_time_unit {
    STK_UNIT_WHOLE,
    STK_UNIT_S,
    STK_UNIT_MS,
    STK_UNIT_US,
    STK_UNIT_MS_OF,
    STK_UNIT_US_OF
} stk_time_unit;

typedef enum stk_escape { STK_ESCAPE_BACKSLASH, STK_ESCAPE_JSON, STK_ESCAPE_NONE } stk_escape;

typedef struct stk_template_field {
    stk_str before; /* literal text ahead of the field */
    stk_part part;  /* STK_PARTS: read and forgotten */
    stk_shape_of shape;
    stk_time_unit unit;
    stk_str format; /* of a time, strftime; empty: any usual notation */
} stk_template_field;

typedef struct stk_template {
    stk_decoder_setup setup;
    stk_escape escape;
    size_t count;
    stk_template_field fields[STK_TEMPLATE_FIELDS];
    stk_str after; /* literal text behind the last field */
} stk_template;

/* Add a field behind literal text. STK_ERR_INVALID: two texts with nothing between them. */
stk_status stk_template_add(stk_template *t, stk_template_field field, stk_error *err);

/* The format can make events: a time and something of the request are in it. */
stk_status stk_template_check(const stk_template *t, stk_error *err);

/* stk_decoder.decode, `self` being a stk_template. */
stk_status stk_template_decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                               stk_error *err);
#endif
