/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_EVENT_H
#define STK_MODEL_EVENT_H
/* The raw noun that privacy hangs on.
 *
 * A stk_event is raw: it holds what the shopper typed, it lives in a batch's
 * arena, and it dies with the batch. A stk_record (protect/record.h) is what
 * may be remembered. Only protect/ makes one from the other, and store/
 * accepts only records, so "persisted without protection" does not compile. */
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"

#include <stdint.h>

enum { STK_EVENT_SCHEMA = 1 };

typedef struct stk_personal {
    stk_str raw; /* identifies someone, or was written by them: never logged, never stored */
} stk_personal;

/* What a field is about, for policy and data map; in the comment fideslang's key. */
typedef enum stk_category {
    STK_CAT_OPERATIONAL, /* system.operations */
    STK_CAT_ADDRESS,     /* user.device.ip_address */
    STK_CAT_ACCOUNT,     /* user.account.username */
    STK_CAT_CONTACT,     /* user.contact */
    STK_CAT_SESSION,     /* user.device.cookie_id */
    STK_CAT_DEVICE,      /* user.device */
    STK_CAT_PAYMENT,     /* user.payment */
    STK_CAT_STAFF,       /* user.account of an employee */
    STK_CAT_CONTENT,     /* user.content: free text that may hold anything */
    STK_CAT_COMMERCE,    /* user.behavior.purchase_history */
} stk_category;

typedef enum stk_field_type {
    STK_FIELD_PERSONAL,
    STK_FIELD_TERM,
    STK_FIELD_NUMBER,
    STK_FIELD_MONEY,
} stk_field_type;

typedef stk_personal stk_type_PERSONAL;
typedef stk_str stk_type_TERM;
typedef int64_t stk_type_NUMBER, stk_type_MONEY;

typedef enum stk_shape {
#define SHAPE(member, summary) STK_SHAPE_##member,
#include "model/kinds.def"
    STK_SHAPES,
} stk_shape;

typedef enum stk_kind {
#define KIND(id, shape, name, summary) STK_KIND_##id,
#include "model/kinds.def"
    STK_KINDS,
} stk_kind;

typedef struct stk_header {
    stk_str name;       /* as received */
    stk_personal value; /* without surrounding blanks */
} stk_header;

/* Protocol faults of a request: a delimited request is never malformed, its faults are findings. */
enum {
    STK_FAULT_BARE_LF = 1 << 0, /* a line ended without CR (only where others have it) */
    STK_FAULT_LENGTH = 1 << 1,  /* Content-Length bad, repeated with another value, or not met */
    STK_FAULT_LENGTH_AND_CHUNKED = 1 << 2, /* request smuggling's usual start */
    STK_FAULT_HOST = 1 << 3,               /* none in HTTP/1.1, or several */
    STK_FAULT_HEADER = 1 << 4, /* no colon, space before it, folded, or control characters */
    STK_FAULT_TOO_MANY_HEADERS = 1 << 5,
    STK_FAULT_REQUEST_LINE = 1 << 6, /* bad method, spaces in the target, odd protocol */
    STK_FAULT_CHUNKING = 1 << 7,     /* chunked body does not parse */
    STK_FAULT_BODY_CUT = 1 << 8, /* body longer than STK_BODY_BYTES: the rest was not inspected */
    STK_FAULT_NUL = 1 << 9,      /* a NUL byte before the body */
};

/* One struct a shape: struct stk_http, stk_auth, stk_shop, members from kinds.def. */
typedef struct stk_http {
#define FIELD_http(m, t) stk_type_##t m;
#define FIELD_auth(m, t)
#define FIELD_shop(m, t)
#define FIELD(shape, m, t, name, category, summary) FIELD_##shape(m, t)
#include "model/kinds.def"
    const stk_header *headers; /* [header_count]; NULL for logs */
    uint32_t header_count;
    uint32_t faults; /* STK_FAULT_* */
    bool whole;      /* a whole request was seen, not a log line of it */
} stk_http;
#undef FIELD_http
#undef FIELD_auth
#undef FIELD_shop

typedef struct stk_auth {
#define FIELD_http(m, t)
#define FIELD_auth(m, t) stk_type_##t m;
#define FIELD_shop(m, t)
#define FIELD(shape, m, t, name, category, summary) FIELD_##shape(m, t)
#include "model/kinds.def"
} stk_auth;
#undef FIELD_http
#undef FIELD_auth
#undef FIELD_shop

typedef struct stk_shop {
#define FIELD_http(m, t)
#define FIELD_auth(m, t)
#define FIELD_shop(m, t)                            stk_type_##t m;
#define FIELD(shape, m, t, name, category, summary) FIELD_##shape(m, t)
#include "model/kinds.def"
} stk_shop;
#undef FIELD_http
#undef FIELD_auth
#undef FIELD_shop

/* Where a unit stood. `unit` counts from 1 in its file, malformed units included. */
typedef struct stk_position {
    uint32_t source; /* index of the source in this run */
    uint64_t unit;
    uint64_t offset; /* bytes from the start of the decompressed stream */
} stk_position;

typedef enum stk_region { STK_REGION_NONE, STK_REGION_EU, STK_REGION_US, STK_REGION_CN } stk_region;

/* What every noun carries, so that no later feature has to invent it. */
typedef struct stk_meta {
    uint32_t schema;      /* STK_EVENT_SCHEMA */
    uint16_t node;        /* which Stockade node saw it; 0 alone */
    uint8_t region;       /* stk_region whose law and keys apply */
    uint8_t purpose;      /* index into the policy's purposes; 0 = security */
    uint32_t policy;      /* version of the policy that decided */
    uint32_t key_version; /* of the keys it was protected with */
    uint64_t snapshot;    /* hash of configuration, rules and models in force */
    uint64_t sequence;    /* of the run: total order of events */
    stk_position position;
    stk_time at;      /* when it happened, by its source; STK_TIME_NONE: not stated */
    stk_time seen_at; /* when Stockade read it; in a replay equal to `at` */
    int32_t zone_s;   /* the zone that the source stated, seconds east; INT32_MIN: none */
} stk_meta;

typedef struct stk_event {
    stk_meta meta;
    stk_kind kind;
    union {
        stk_http http;
        stk_auth auth;
        stk_shop shop;
    } u;
} stk_event;

/* The tables of kinds.def, in its order. */
typedef struct stk_field_info {
    const char *name, *member, *summary;
    stk_field_type type;
    stk_category category;
    size_t offset; /* into the shape's struct */
} stk_field_info;

typedef struct stk_shape_info {
    const char *name, *summary;
    const stk_field_info *fields;
    size_t count;
} stk_shape_info;

typedef struct stk_kind_info {
    const char *name, *summary;
    stk_shape shape;
} stk_kind_info;

extern const stk_shape_info stk_shapes[STK_SHAPES];
extern const stk_kind_info stk_kinds[STK_KINDS];
const char *stk_category_name(stk_category category);

static inline const void *stk_event_body(const stk_event *e)
{
    return &e->u;
}
/* Numbers to -1, money to INT64_MIN, texts to empty; schema, kind and zone set. */
void stk_event_init(stk_event *event, stk_kind kind);
#endif
