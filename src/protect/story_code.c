/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons, rules, keys and meta, to bytes and back. */
#include "protect/story_code.h"

enum { TERM_BYTES = 256 };

static const char *const message_names[STK_MESSAGES + 1] = {
#define MESSAGE(id, en, zh) #id,
#include "model/messages.def"
    "", /* so that the table is never empty */
};

/* Kinds of arguments by a letter that stays when the enum changes. */
static const char arg_letters[] = {
    [STK_ARG_NONE] = '-', [STK_ARG_INT] = 'i',      [STK_ARG_REAL] = 'r', [STK_ARG_TERM] = 't',
    [STK_ARG_RAW] = 'x',  [STK_ARG_DURATION] = 'd', [STK_ARG_TIME] = 'w', [STK_ARG_ENTITY] = 'e',
    [STK_ARG_KIND] = 'k', [STK_ARG_MESSAGE] = 'm',
};

void stk_put_name(stk_buf *out, const char *name)
{
    stk_buf_run(out, (stk_str){ name, strlen(name) });
}

void stk_put_real(stk_buf *out, double r)
{
    uint64_t bits;
    char bytes[8];
    memcpy(&bits, &r, sizeof bits);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(bits >> (8 * i));
    stk_buf_add(out, (stk_str){ bytes, sizeof bytes });
}

static uint64_t get_word(stk_cursor *in)
{
    stk_str bytes = stk_cursor_take(in, 8);
    uint64_t bits = 0;
    for (size_t i = 0; i < bytes.len; i++)
        bits |= (uint64_t)(unsigned char)bytes.ptr[i] << (8 * i);
    return bits;
}

double stk_get_real(stk_cursor *in)
{
    uint64_t bits = get_word(in);
    double r;
    memcpy(&r, &bits, sizeof r);
    return r;
}

uint64_t stk_get_at_most(stk_cursor *in, uint64_t most)
{
    uint64_t v = stk_cursor_varint(in);
    if (v > most)
        in->failed = true;
    return in->failed ? 0 : v;
}

stk_str stk_get_text(stk_cursor *in, stk_arena *arena)
{
    stk_str s = stk_cursor_run(in);
    if (in->failed)
        return (stk_str){ 0 };
    s = stk_arena_copy(arena, s);
    if (s.ptr == NULL)
        in->failed = true;
    return s;
}

void stk_put_key(stk_buf *out, stk_key key)
{
    char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(key.hash >> (8 * i));
    stk_put_name(out, stk_key_type_name(key.type));
    stk_buf_add(out, (stk_str){ bytes, sizeof bytes });
}

stk_key stk_get_key(stk_cursor *in)
{
    stk_str name = stk_cursor_run(in);
    int type = 0;
    while (type < STK_KEY_TYPES &&
           !stk_str_eq(name, (stk_str){ stk_key_type_name((stk_key_type)type),
                                        strlen(stk_key_type_name((stk_key_type)type)) }))
        type++;
    if (type == STK_KEY_TYPES) {
        in->failed = true;
        type = 0;
    }
    return (stk_key){ .hash = get_word(in), .type = (stk_key_type)type };
}

void stk_put_meta(stk_buf *out, const stk_meta *m, uint32_t place)
{
    stk_buf_varint(out, m->schema);
    stk_buf_varint(out, m->node);
    stk_buf_varint(out, m->region);
    stk_buf_varint(out, m->purpose);
    stk_buf_varint(out, m->policy);
    stk_buf_varint(out, m->key_version);
    stk_buf_varint(out, m->snapshot);
    stk_buf_varint(out, m->sequence);
    stk_buf_varint(out, place);
    stk_buf_varint(out, m->position.unit);
    stk_buf_varint(out, m->position.offset);
    stk_buf_zigzag(out, m->at);
    stk_buf_zigzag(out, m->seen_at);
    stk_buf_zigzag(out, m->zone_s);
}

uint32_t stk_get_place(stk_cursor *in, const uint32_t *sources, size_t source_count)
{
    uint64_t place = stk_cursor_varint(in);
    if (place >= source_count)
        in->failed = true;
    return in->failed ? 0 : sources[place];
}

void stk_get_meta(stk_cursor *in, const uint32_t *sources, size_t source_count, stk_meta *m)
{
    m->schema = (uint32_t)stk_get_at_most(in, UINT32_MAX);
    m->node = (uint16_t)stk_get_at_most(in, UINT16_MAX);
    m->region = (uint8_t)stk_get_at_most(in, UINT8_MAX);
    m->purpose = (uint8_t)stk_get_at_most(in, UINT8_MAX);
    m->policy = (uint32_t)stk_get_at_most(in, UINT32_MAX);
    m->key_version = (uint32_t)stk_get_at_most(in, UINT32_MAX);
    m->snapshot = stk_cursor_varint(in);
    m->sequence = stk_cursor_varint(in);
    m->position.source = stk_get_place(in, sources, source_count);
    m->position.unit = stk_cursor_varint(in);
    m->position.offset = stk_cursor_varint(in);
    m->at = stk_cursor_zigzag(in);
    m->seen_at = stk_cursor_zigzag(in);
    int64_t zone = stk_cursor_zigzag(in);
    if (zone < INT32_MIN || zone > INT32_MAX)
        in->failed = true;
    m->zone_s = in->failed ? 0 : (int32_t)zone;
}

static void put_message(stk_buf *out, int64_t m)
{
    stk_put_name(out, m >= 0 && m < STK_MESSAGES ? message_names[m] : "");
}

/* STK_MESSAGES, which renders as nothing, for none. */
static stk_message get_message(stk_cursor *in)
{
    stk_str name = stk_cursor_run(in);
    int m = 0;
    while (m < STK_MESSAGES &&
           !stk_str_eq(name, (stk_str){ message_names[m], strlen(message_names[m]) }))
        m++;
    if (m == STK_MESSAGES && name.len != 0)
        in->failed = true;
    return (stk_message)m;
}

static void put_arg(stk_buf *out, const stk_arg *arg)
{
    stk_buf_char(out, arg_letters[arg->kind]);
    switch (arg->kind) {
    case STK_ARG_INT:
    case STK_ARG_DURATION:
    case STK_ARG_TIME:
    case STK_ARG_ENTITY:
        stk_buf_zigzag(out, arg->u.i);
        break;
    case STK_ARG_REAL:
        stk_put_real(out, arg->u.r);
        break;
    case STK_ARG_TERM: {
        size_t len = arg->u.term.len > TERM_BYTES ? TERM_BYTES : arg->u.term.len;
        stk_buf_run(out, (stk_str){ arg->u.term.ptr, len });
        break;
    }
    case STK_ARG_KIND:
        stk_put_name(out, arg->u.i >= 0 && arg->u.i < STK_INCIDENT_KINDS
                              ? stk_incident_kind_name((stk_incident_kind)arg->u.i)
                              : "");
        break;
    case STK_ARG_MESSAGE:
        put_message(out, arg->u.i);
        break;
    case STK_ARG_RAW: /* masked: not even its length */
    case STK_ARG_NONE:
        break;
    }
}

void stk_put_reason(stk_buf *out, const stk_reason *reason)
{
    put_message(out, reason->message);
    for (size_t i = 0; i < STK_REASON_ARGS; i++)
        put_arg(out, &reason->args[i]);
}

static stk_incident_kind get_kind(stk_cursor *in)
{
    stk_incident_kind kind = STK_INCIDENT_SCAN;
    if (!stk_incident_kind_named(stk_cursor_run(in), &kind))
        in->failed = true;
    return kind;
}

static void get_arg(stk_cursor *in, stk_arena *arena, stk_arg *arg)
{
    stk_str letter = stk_cursor_take(in, 1);
    const char *found = letter.len == 0 ? NULL
                                        : memchr(arg_letters, *letter.ptr, sizeof arg_letters);
    *arg = (stk_arg){ .kind = found == NULL ? STK_ARG_NONE : (stk_arg_kind)(found - arg_letters) };
    if (found == NULL)
        in->failed = true;
    else if (arg->kind == STK_ARG_REAL)
        arg->u.r = stk_get_real(in);
    else if (arg->kind == STK_ARG_TERM)
        arg->u.term = stk_get_text(in, arena);
    else if (arg->kind == STK_ARG_MESSAGE)
        arg->u.i = get_message(in);
    else if (arg->kind == STK_ARG_KIND)
        arg->u.i = get_kind(in);
    else if (arg->kind != STK_ARG_NONE && arg->kind != STK_ARG_RAW)
        arg->u.i = stk_cursor_zigzag(in);
}

void stk_get_reason(stk_cursor *in, stk_arena *arena, stk_reason *reason)
{
    *reason = (stk_reason){ .message = get_message(in) };
    for (size_t i = 0; i < STK_REASON_ARGS; i++)
        get_arg(in, arena, &reason->args[i]);
}

void stk_put_rule(stk_buf *out, const stk_rule_info *rule)
{
    if (rule == NULL) {
        stk_put_name(out, "");
        return;
    }
    stk_buf_run(out, rule->id);
    stk_put_name(out, stk_incident_kind_name(rule->kind));
    stk_buf_varint(out, rule->severity);
    stk_buf_run(out, rule->title);
}

const stk_rule_info *stk_get_rule(stk_cursor *in, stk_arena *arena)
{
    stk_str id = stk_get_text(in, arena);
    if (in->failed || id.len == 0)
        return NULL;
    stk_rule_info *rule = stk_arena_array(arena, stk_rule_info, 1);
    stk_incident_kind kind;
    if (!stk_incident_kind_named(stk_cursor_run(in), &kind) || rule == NULL) {
        in->failed = true;
        return NULL;
    }
    *rule = (stk_rule_info){ .id = id, .kind = kind };
    rule->severity = (stk_severity)stk_get_at_most(in, STK_CRITICAL);
    rule->title = stk_get_text(in, arena);
    return in->failed ? NULL : rule;
}
