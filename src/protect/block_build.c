/* SPDX-License-Identifier: Apache-2.0 */
/* Events in, sealed blocks out. */
#include "protect/block.h"
#include "protect/column.h"
#include "protect/parts.h"
#include "protect/texts.h"

#include <stdlib.h>

enum { ROWS_FIRST = 256, LEVEL = 1, SEAL_OUT_BYTES = 64 << 20 };

/* One field of one shape that the policy remembers: texts, or numbers. */
typedef struct field_column {
    size_t offset; /* into the shape's struct */
    bool number;
    int64_t unknown; /* what a number is when it is not known */
    const stk_field_info *field;
    const stk_field_rule *rule;
    stk_texts texts;
    uint16_t *ids;    /* by row */
    int64_t *numbers; /* by row */
} field_column;

typedef struct shape_columns {
    field_column *fields; /* owned [count] */
    size_t count, rows, room;
    bool ready;
} shape_columns;

struct stk_block {
    stk_block_info info;
};

struct stk_block_builder {
    stk_protector *protector; /* borrowed */
    stk_source_name source;
    stk_hash_key key;
    bool sealing; /* as it was when the block began */
    size_t count, room;
    uint64_t last_unit; /* of this block; 0: none yet */
    stk_time first_at, last_at;
    int64_t *meta[STK_META_COLUMNS]; /* owned [room] each */
    unsigned char kinds[STK_BATCH_EVENTS];
    shape_columns shape[STK_SHAPES];
    stk_buf open, sealed;
    stk_block block;
};

static stk_status no_memory(stk_error *err)
{
    return stk_fail(err, STK_ERR_MEMORY, "out of memory for a block");
}

stk_status stk_block_builder_new(stk_protector *protector, const stk_source_name *source,
                                 stk_block_builder **ret, stk_error *err)
{
    stk_block_builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return no_memory(err);
    b->protector = protector;
    b->source = *source;
    b->first_at = b->last_at = STK_TIME_NONE;
    b->open = b->sealed = stk_buf_init(SEAL_OUT_BYTES);
    stk_status status = stk_random(protector->entropy, &b->key, sizeof b->key, err);
    if (status == STK_OK)
        *ret = b;
    else
        stk_block_builder_free(b);
    return status;
}

static void free_shape(shape_columns *s)
{
    for (size_t i = 0; i < s->count; i++) {
        stk_texts_done(&s->fields[i].texts);
        if (s->fields[i].numbers != NULL)
            stk_wipe(s->fields[i].numbers, s->room * sizeof *s->fields[i].numbers);
        free(s->fields[i].numbers);
        free(s->fields[i].ids);
    }
    free(s->fields);
    *s = (shape_columns){ 0 };
}

void stk_block_builder_free(stk_block_builder *b)
{
    if (b == NULL)
        return;
    for (int s = 0; s < STK_SHAPES; s++)
        free_shape(&b->shape[s]);
    for (int m = 0; m < STK_META_COLUMNS; m++)
        free(b->meta[m]);
    stk_buf_done(&b->open);
    stk_buf_done(&b->sealed);
    stk_wipe(&b->key, sizeof b->key);
    free(b);
}

void stk_block_builder_give(stk_block_builder *b, stk_protector *protector)
{
    b->protector = protector;
}

size_t stk_block_count(const stk_block_builder *b)
{
    return b->count;
}

/* ---- room ---- */

static bool grow(void **array, size_t room, size_t size)
{
    void *p = realloc(*array, room * size);
    if (p != NULL)
        *array = p;
    return p != NULL;
}

static size_t more_room(size_t room)
{
    return room == 0 ? ROWS_FIRST : room * 2 > STK_BATCH_EVENTS ? STK_BATCH_EVENTS : room * 2;
}

static bool room_for_meta(stk_block_builder *b)
{
    if (b->count < b->room)
        return true;
    size_t room = more_room(b->room);
    for (int m = 0; m < STK_META_COLUMNS; m++) {
        void *p = b->meta[m];
        if (!grow(&p, room, sizeof **b->meta))
            return false;
        b->meta[m] = p;
    }
    b->room = room;
    return true;
}

static bool room_for_row(shape_columns *s)
{
    if (s->rows < s->room)
        return true;
    size_t room = more_room(s->room);
    for (size_t i = 0; i < s->count; i++) {
        field_column *c = &s->fields[i];
        void *p = c->number ? (void *)c->numbers : (void *)c->ids;
        if (!grow(&p, room, c->number ? sizeof *c->numbers : sizeof *c->ids))
            return false;
        if (c->number)
            c->numbers = p;
        else
            c->ids = p;
    }
    s->room = room;
    return true;
}

/* The columns of a shape, when the first event of it comes. */
static stk_status prepare_shape(stk_block_builder *b, stk_shape which, stk_error *err)
{
    shape_columns *s = &b->shape[which];
    const stk_shape_info *shape = &stk_shapes[which];
    if (s->ready)
        return STK_OK;
    s->fields = calloc(shape->count, sizeof *s->fields);
    if (s->fields == NULL)
        return no_memory(err);
    for (size_t i = 0; i < shape->count; i++) {
        const stk_field_rule *rule = stk_policy_rule(b->protector->policy, which, i);
        const stk_field_info *field = &shape->fields[i];
        bool number = field->type == STK_FIELD_NUMBER || field->type == STK_FIELD_MONEY;
        field_column *c = &s->fields[s->count];
        if (rule->forms == 0)
            continue;
        *c = (field_column){ .offset = field->offset,
                             .number = number,
                             .unknown = field->type == STK_FIELD_MONEY ? INT64_MIN : -1,
                             .field = field,
                             .rule = rule };
        if (!number && stk_texts_init(&c->texts, field, rule, err) != STK_OK) {
            free_shape(s);
            return STK_ERR_MEMORY;
        }
        s->count++;
    }
    s->ready = true;
    return STK_OK;
}

/* ---- adding ---- */

static stk_status add_fields(stk_block_builder *b, shape_columns *s, const stk_event *event,
                             stk_error *err)
{
    const char *body = stk_event_body(event);
    for (size_t i = 0; i < s->count; i++) {
        field_column *c = &s->fields[i];
        const void *member = body + c->offset;
        if (c->number) {
            c->numbers[s->rows] = *(const int64_t *)member;
            continue;
        }
        /* stk_personal is a stk_str in a struct of its own */
        stk_str raw = *(const stk_str *)member;
        c->ids[s->rows] = 0;
        if (raw.len != 0)
            STK_TRY(stk_texts_add(&c->texts, b->protector, &b->key, raw, b->sealing,
                                  &c->ids[s->rows], err));
    }
    return STK_OK;
}

static void add_meta(stk_block_builder *b, const stk_meta *m)
{
    size_t i = b->count;
    b->meta[STK_META_UNIT][i] = (int64_t)m->position.unit;
    b->meta[STK_META_OFFSET][i] = (int64_t)m->position.offset;
    b->meta[STK_META_AT][i] = m->at;
    b->meta[STK_META_SEEN][i] = (int64_t)((uint64_t)m->seen_at - (uint64_t)m->at);
    b->meta[STK_META_SEQUENCE][i] = (int64_t)m->sequence;
    b->meta[STK_META_SNAPSHOT][i] = (int64_t)m->snapshot;
    b->meta[STK_META_ZONE][i] = m->zone_s;
    b->meta[STK_META_NODE][i] = m->node;
    b->meta[STK_META_REGION][i] = m->region;
    b->meta[STK_META_PURPOSE][i] = m->purpose;
    if (m->at != STK_TIME_NONE) {
        b->first_at = b->first_at == STK_TIME_NONE || m->at < b->first_at ? m->at : b->first_at;
        b->last_at = b->last_at == STK_TIME_NONE || m->at > b->last_at ? m->at : b->last_at;
    }
    b->last_unit = m->position.unit;
}

static bool is_full(const stk_block_builder *b)
{
    size_t bytes = 0;
    if (b->count == STK_BATCH_EVENTS)
        return true;
    for (int s = 0; s < STK_SHAPES; s++)
        for (size_t i = 0; i < b->shape[s].count; i++)
            if (!b->shape[s].fields[i].number)
                bytes += stk_texts_bytes(&b->shape[s].fields[i].texts);
    return b->count > 0 && bytes >= STK_BLOCK_TEXT_BYTES;
}

stk_status stk_block_add(stk_block_builder *b, const stk_event *event, stk_error *err)
{
    if (is_full(b))
        return stk_fail(err, STK_ERR_LIMIT, "the block is full: seal it first");
    if (b->count != 0 && event->meta.position.unit <= b->last_unit)
        return stk_fail(err, STK_ERR_INVALID, "events of a block come in the order of their units");
    stk_shape which = stk_kinds[event->kind].shape;
    STK_TRY(prepare_shape(b, which, err));
    if (!room_for_meta(b) || !room_for_row(&b->shape[which]))
        return no_memory(err);
    if (b->count == 0)
        b->sealing = b->protector->evidence != NULL;
    STK_TRY(add_fields(b, &b->shape[which], event, err));
    add_meta(b, &event->meta);
    b->kinds[b->count++] = (unsigned char)event->kind;
    b->shape[which].rows++;
    return STK_OK;
}

/* ---- sealing ---- */

static void put_name(stk_buf *out, const char *name)
{
    stk_buf_run(out, (stk_str){ name, strlen(name) });
}

/* Kinds by number in the block, their names first. */
static void put_kinds(const stk_block_builder *b, stk_buf *out)
{
    unsigned char number[STK_KINDS] = { 0 }, used = 0;
    stk_kind order[STK_KINDS];
    for (size_t i = 0; i < b->count; i++)
        if (number[b->kinds[i]] == 0) {
            order[used] = (stk_kind)b->kinds[i];
            number[b->kinds[i]] = ++used;
        }
    stk_buf_varint(out, used);
    for (size_t i = 0; i < used; i++)
        put_name(out, stk_kinds[order[i]].name);
    uint16_t ids[STK_BATCH_EVENTS];
    for (size_t i = 0; i < b->count; i++)
        ids[i] = number[b->kinds[i]];
    stk_column_put_ids(out, ids, b->count);
}

static void put_meta(const stk_block_builder *b, stk_buf *out)
{
    for (int m = 0; m < STK_META_COLUMNS; m++)
        stk_column_put_numbers(out, b->meta[m], b->count, m != STK_META_SEEN);
}

/* Texts of a form, their numbers by row where rows of raw values do not stand beside them. */
static void put_form(const field_column *c, stk_form form, size_t rows, bool by_row, stk_buf *out)
{
    const stk_form_texts *texts = c->texts.form[form];
    stk_buf_varint(out, form);
    if (!stk_form_alike(form)) {
        stk_buf_char(out, 'i');
    } else if (!by_row) {
        stk_buf_char(out, 'v');
        stk_column_put_ids(out, texts->index, c->texts.raw.count);
    } else {
        uint16_t ids[STK_BATCH_EVENTS];
        for (size_t i = 0; i < rows; i++)
            ids[i] = c->ids[i] == 0 ? 0 : texts->index[c->ids[i] - 1];
        stk_buf_char(out, 'w');
        stk_column_put_ids(out, ids, rows);
    }
    stk_buf_varint(out, texts->count);
    stk_buf_add(out, stk_buf_str(&texts->lengths));
    stk_buf_add(out, stk_buf_str(&texts->bytes));
}

static void put_texts(const field_column *c, unsigned forms, size_t rows, bool with_rows,
                      stk_buf *out)
{
    put_name(out, c->field->name);
    stk_buf_char(out, 't');
    stk_buf_char(out, with_rows ? 'r' : '-');
    if (with_rows)
        stk_column_put_ids(out, c->ids, rows);
    stk_buf_varint(out, c->texts.raw.count);
    stk_buf_varint(out, (unsigned)__builtin_popcount(forms));
    bool by_row = !stk_texts_open_rows(c->rule);
    for (int f = 0; f < STK_FORMS; f++)
        if ((forms & 1u << f) != 0)
            put_form(c, (stk_form)f, rows, by_row, out);
}

static void put_numbers(const field_column *c, size_t rows, bool truncate, stk_buf *out)
{
    int64_t cut[STK_BATCH_EVENTS];
    const int64_t *v = c->numbers;
    for (size_t i = 0; truncate && i < rows; i++) {
        int64_t over = v[i] == c->unknown ? 0 : v[i] % c->rule->step;
        over = over < 0 ? over + c->rule->step : over;
        cut[i] = v[i] < INT64_MIN + over ? v[i] : v[i] - over; /* rounded down */
    }
    put_name(out, c->field->name);
    stk_buf_char(out, 'n');
    stk_column_put_numbers(out, truncate ? cut : v, rows, false);
}

static void put_shapes(const stk_block_builder *b, bool sealed, stk_buf *out)
{
    const unsigned seal = 1u << STK_FORM_SEAL;
    for (int s = 0; s < STK_SHAPES; s++) {
        const shape_columns *shape = &b->shape[s];
        if (shape->rows == 0)
            continue;
        size_t fields = 0;
        for (size_t i = 0; i < shape->count; i++)
            fields += (shape->fields[i].rule->forms & (sealed ? seal : ~seal)) != 0;
        put_name(out, stk_shapes[s].name);
        stk_buf_varint(out, fields);
        for (size_t i = 0; i < shape->count; i++) {
            const field_column *c = &shape->fields[i];
            unsigned forms = c->rule->forms & (sealed ? seal : ~seal);
            if (forms != 0 && c->number)
                put_numbers(c, shape->rows, !sealed && (forms & 1u << STK_FORM_KEEP) == 0, out);
            else if (forms != 0)
                put_texts(c, forms, shape->rows, stk_texts_open_rows(c->rule) != sealed, out);
        }
    }
    put_name(out, "");
}

/* Compress and seal what stands in the protector's scratch. */
static stk_status finish_part(stk_protector *p, const stk_block_info *info, bool sealed,
                              stk_buf *out, stk_error *err)
{
    size_t bound = ZSTD_compressBound(p->scratch.len);
    stk_buf_clear(&p->packed);
    stk_buf_clear(out);
    char *to = p->scratch.failed ? NULL : stk_buf_more(&p->packed, bound);
    if (to == NULL)
        return no_memory(err);
    size_t n = ZSTD_compressCCtx(p->zstd, to, bound, p->scratch.ptr, p->scratch.len, LEVEL);
    if (ZSTD_isError(n))
        return stk_fail(err, STK_ERR_MEMORY, "cannot compress a block: %s", ZSTD_getErrorName(n));
    p->packed.len = n;
    stk_auto_buf aad = stk_buf_init(STK_BLOCK_AAD_BYTES);
    stk_block_aad(info, sealed, &aad);
    if (aad.failed)
        return no_memory(err);
    stk_status status = stk_aead_seal(sealed ? p->evidence : p->record, p->entropy,
                                      stk_buf_str(&aad), stk_buf_str(&p->packed), out, err);
    stk_wipe_buf(&p->packed);
    return status;
}

static stk_status make_parts(stk_block_builder *b, const stk_block_info *info, bool sealing,
                             stk_error *err)
{
    stk_protector *p = b->protector;
    stk_buf_clear(&p->scratch);
    stk_buf_varint(&p->scratch, b->count);
    put_kinds(b, &p->scratch);
    put_meta(b, &p->scratch);
    put_shapes(b, false, &p->scratch);
    STK_TRY(finish_part(p, info, false, &b->open, err));
    stk_buf_clear(&b->sealed);
    if (!sealing)
        return STK_OK;
    stk_buf_clear(&p->scratch);
    put_shapes(b, true, &p->scratch);
    stk_status status = finish_part(p, info, true, &b->sealed, err);
    stk_wipe_buf(&p->scratch);
    return status;
}

static void start_over(stk_block_builder *b)
{
    for (int s = 0; s < STK_SHAPES; s++) {
        b->shape[s].rows = 0;
        for (size_t i = 0; i < b->shape[s].count; i++)
            if (!b->shape[s].fields[i].number)
                stk_texts_clear(&b->shape[s].fields[i].texts);
    }
    b->count = 0;
    b->last_unit = 0;
    b->first_at = b->last_at = STK_TIME_NONE;
}

stk_status stk_block_seal(stk_block_builder *b, const stk_block **ret, stk_error *err)
{
    if (b->count == 0)
        return stk_fail(err, STK_ERR_INVALID, "a block of no events");
    stk_protector *p = b->protector;
    stk_block_info info = {
        .schema = STK_BLOCK_SCHEMA,
        .source = b->source,
        .first_unit = (uint64_t)b->meta[STK_META_UNIT][0],
        .last_unit = b->last_unit,
        .first_offset = (uint64_t)b->meta[STK_META_OFFSET][0],
        .count = (uint32_t)b->count,
        .first_at = b->first_at,
        .last_at = b->last_at,
        .policy = stk_policy_version(p->policy),
        .key_version = p->key_version,
        .day = p->day,
    };
    STK_TRY(make_parts(b, &info, b->sealing && p->evidence != NULL, err));
    info.open = stk_buf_str(&b->open);
    info.sealed = stk_buf_str(&b->sealed);
    b->block.info = info;
    start_over(b);
    *ret = &b->block;
    return STK_OK;
}

const stk_block_info *stk_block_info_of(const stk_block *block)
{
    return &block->info;
}

void stk_block_aad(const stk_block_info *info, bool sealed, stk_buf *out)
{
    stk_buf_char(out, sealed ? STK_SEALED_BLOCK_SEALED : STK_SEALED_BLOCK_OPEN);
    stk_buf_varint(out, info->schema);
    stk_buf_add(
        out, (stk_str){ (const char *)info->source.fingerprint, sizeof info->source.fingerprint });
    stk_buf_varint(out, info->source.occurrence);
    stk_buf_varint(out, info->first_unit);
    stk_buf_varint(out, info->last_unit);
    stk_buf_varint(out, info->first_offset);
    stk_buf_varint(out, info->count);
    stk_buf_zigzag(out, info->first_at);
    stk_buf_zigzag(out, info->last_at);
    stk_buf_varint(out, info->policy);
    stk_buf_varint(out, info->key_version);
    stk_buf_zigzag(out, info->day);
}
