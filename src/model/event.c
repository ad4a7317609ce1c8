/* SPDX-License-Identifier: Apache-2.0 */
/* kinds.def turned into tables. */
#include "model/event.h"

#include <stddef.h>

#define FIELD_http(m, t, n, c, s) { n, #m, s, STK_FIELD_##t, STK_CAT_##c, offsetof(stk_http, m) },
#define FIELD_auth(m, t, n, c, s)
#define FIELD_shop(m, t, n, c, s)
static const stk_field_info http_fields[] = {
#define FIELD(shape, m, t, n, c, s) FIELD_##shape(m, t, n, c, s)
#include "model/kinds.def"
};
#undef FIELD_http
#undef FIELD_auth
#define FIELD_http(m, t, n, c, s)
#define FIELD_auth(m, t, n, c, s) { n, #m, s, STK_FIELD_##t, STK_CAT_##c, offsetof(stk_auth, m) },
static const stk_field_info auth_fields[] = {
#define FIELD(shape, m, t, n, c, s) FIELD_##shape(m, t, n, c, s)
#include "model/kinds.def"
};
#undef FIELD_auth
#undef FIELD_shop
#define FIELD_auth(m, t, n, c, s)
#define FIELD_shop(m, t, n, c, s) { n, #m, s, STK_FIELD_##t, STK_CAT_##c, offsetof(stk_shop, m) },
static const stk_field_info shop_fields[] = {
#define FIELD(shape, m, t, n, c, s) FIELD_##shape(m, t, n, c, s)
#include "model/kinds.def"
};

const stk_shape_info stk_shapes[STK_SHAPES] = {
#define SHAPE(member, summary)                                                                     \
    { #member, summary, member##_fields, sizeof member##_fields / sizeof *member##_fields },
#include "model/kinds.def"
};

const stk_kind_info stk_kinds[STK_KINDS] = {
#define KIND(id, shape, name, summary) { name, summary, STK_SHAPE_##shape },
#include "model/kinds.def"
};

const char *stk_category_name(stk_category category)
{
    static const char *const names[] = {
        [STK_CAT_OPERATIONAL] = "system.operations",
        [STK_CAT_ADDRESS] = "user.device.ip_address",
        [STK_CAT_ACCOUNT] = "user.account.username",
        [STK_CAT_CONTACT] = "user.contact",
        [STK_CAT_SESSION] = "user.device.cookie_id",
        [STK_CAT_DEVICE] = "user.device",
        [STK_CAT_PAYMENT] = "user.payment",
        [STK_CAT_STAFF] = "employee.account",
        [STK_CAT_CONTENT] = "user.content",
        [STK_CAT_COMMERCE] = "user.behavior.purchase_history",
    };
    return names[category];
}

/* A blank event for each shape, so that making one is a copy: it happens for every line. */
#define BLANK_PERSONAL                                                                             \
    {                                                                                              \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define BLANK_TERM                                                                                 \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
#define BLANK_NUMBER -1
#define BLANK_MONEY  INT64_MIN
#define BLANK_META                                                                                 \
    {                                                                                              \
        .schema = STK_EVENT_SCHEMA, .at = STK_TIME_NONE, .seen_at = STK_TIME_NONE,                 \
        .zone_s = INT32_MIN                                                                        \
    }
#undef FIELD_http
#undef FIELD_auth
#undef FIELD_shop
#define FIELD_http(m, t) .m = BLANK_##t,
#define FIELD_auth(m, t)
#define FIELD_shop(m, t)
static const stk_event blanks[STK_SHAPES] = {
    [STK_SHAPE_http] = { .meta = BLANK_META, .u.http = {
#define FIELD(shape, m, t, n, c, s) FIELD_##shape(m, t)
#include "model/kinds.def"
    } },
#undef FIELD_http
#undef FIELD_auth
#define FIELD_http(m, t)
#define FIELD_auth(m, t)            .m = BLANK_##t,
    [STK_SHAPE_auth] = { .meta = BLANK_META, .u.auth = {
#define FIELD(shape, m, t, n, c, s) FIELD_##shape(m, t)
#include "model/kinds.def"
    } },
#undef FIELD_auth
#undef FIELD_shop
#define FIELD_auth(m, t)
#define FIELD_shop(m, t)            .m = BLANK_##t,
    [STK_SHAPE_shop] = { .meta = BLANK_META, .u.shop = {
#define FIELD(shape, m, t, n, c, s) FIELD_##shape(m, t)
#include "model/kinds.def"
    } },
};

void stk_event_init(stk_event *event, stk_kind kind)
{
    *event = blanks[stk_kinds[kind].shape];
    event->kind = kind;
}
