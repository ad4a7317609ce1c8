/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks back into records. What arrives here has passed its seal, and is checked as if it had
 * not: every count, number and length is bounded before it is used. */
#include "protect/block.h"
#include "protect/column.h"
#include "protect/parts.h"
#include "protect/protector.h"

#include <stdlib.h>

enum { ARENA_BYTES = 128 << 20 };

typedef struct read_form {
    bool there, by_value, by_row; /* neither: one text for each raw value */
    uint16_t *index;              /* by value or by row */
    uint32_t count;
    stk_str *texts; /* [count] */
} read_form;

typedef struct read_field {
    const stk_field_info *field; /* NULL: not known any more */
    bool number, open_seen, sealed_seen;
    int64_t *numbers; /* by row; open */
    int64_t *sealed_numbers;
    uint16_t *rows;        /* raw value by row, from the open part; NULL: not there */
    uint16_t *sealed_rows; /* the same, from the sealed part */
    read_form form[STK_FORMS];
} read_field;

typedef struct read_shape {
    size_t rows, count;
    read_field field[STK_BLOCK_FIELDS];
} read_shape;

struct stk_block_reader {
    stk_arena *arena;
    stk_buf open, sealed; /* plain bytes that texts point into */
    stk_meta common;      /* what all records share */
    size_t count;
    int64_t *meta[STK_META_COLUMNS];
    stk_kind kinds[STK_BATCH_EVENTS];
    uint16_t row[STK_BATCH_EVENTS]; /* of each record, among those of its shape */
    read_shape shape[STK_SHAPES];
};

static stk_status broken(stk_error *err)
{
    return stk_fail(err, STK_ERR_SYNTAX, "a block is damaged, or from a newer Stockade");
}

static stk_status no_memory(stk_error *err)
{
    return stk_fail(err, STK_ERR_MEMORY, "out of memory while reading a block");
}

/* ---- a field ---- */

static stk_status read_texts(stk_cursor *in, read_form *form, stk_arena *arena, stk_error *err)
{
    uint64_t count = stk_cursor_varint(in);
    if (in->failed || count > STK_BATCH_EVENTS)
        return broken(err);
    form->count = (uint32_t)count;
    form->texts = stk_arena_array(arena, stk_str, count);
    if (form->texts == NULL)
        return no_memory(err);
    for (size_t i = 0; i < count; i++)
        form->texts[i].len = (size_t)stk_cursor_varint(in);
    for (size_t i = 0; i < count; i++)
        form->texts[i] = stk_cursor_take(in, form->texts[i].len);
    return in->failed ? broken(err) : STK_OK;
}

static stk_status read_form_of(stk_cursor *in, read_field *f, size_t values, size_t rows,
                               bool sealed, stk_arena *arena, stk_error *err)
{
    uint64_t which = stk_cursor_varint(in);
    stk_str how = stk_cursor_take(in, 1);
    if (in->failed || which >= STK_FORMS || f->form[which].there ||
        (which == STK_FORM_SEAL) != sealed ||
        (*how.ptr != 'i' && *how.ptr != 'v' && *how.ptr != 'w'))
        return broken(err);
    read_form form = { .there = true, .by_value = *how.ptr == 'v', .by_row = *how.ptr == 'w' };
    size_t indexed = form.by_value ? values : form.by_row ? rows : 0;
    form.index = stk_arena_array(arena, uint16_t, indexed);
    if (form.index == NULL)
        return no_memory(err);
    if (*how.ptr != 'i' && !stk_column_get_ids(in, form.index, indexed, STK_BATCH_EVENTS))
        return broken(err);
    STK_TRY(read_texts(in, &form, arena, err));
    for (size_t i = 0; i < indexed; i++)
        if (form.index[i] > form.count)
            return broken(err);
    f->form[which] = form;
    return STK_OK;
}

static stk_status read_text_field(stk_cursor *in, read_field *f, size_t rows, bool sealed,
                                  stk_arena *arena, stk_error *err)
{
    stk_str with = stk_cursor_take(in, 1);
    bool *seen = sealed ? &f->sealed_seen : &f->open_seen;
    if (in->failed || *seen || (*with.ptr != 'r' && *with.ptr != '-'))
        return broken(err);
    *seen = true; /* once a part: indices of forms are as long as its values */
    if (*with.ptr == 'r') {
        uint16_t *ids = stk_arena_array(arena, uint16_t, rows);
        if (ids == NULL)
            return no_memory(err);
        if (!stk_column_get_ids(in, ids, rows, STK_BATCH_EVENTS))
            return broken(err);
        *(sealed ? &f->sealed_rows : &f->rows) = ids;
    }
    uint64_t values = stk_cursor_varint(in), forms = stk_cursor_varint(in);
    const uint16_t *ids = sealed && f->sealed_rows != NULL ? f->sealed_rows : f->rows;
    if (in->failed || values > STK_BATCH_EVENTS || forms > STK_FORMS)
        return broken(err);
    for (size_t i = 0; ids != NULL && i < rows; i++)
        if (ids[i] > values)
            return broken(err);
    for (uint64_t i = 0; i < forms; i++)
        STK_TRY(read_form_of(in, f, (size_t)values, rows, sealed, arena, err));
    return STK_OK;
}

static const stk_field_info *field_named(stk_shape shape, stk_str name)
{
    for (size_t i = 0; i < stk_shapes[shape].count; i++) {
        const char *n = stk_shapes[shape].fields[i].name;
        if (stk_str_eq(name, (stk_str){ n, strlen(n) }))
            return &stk_shapes[shape].fields[i];
    }
    return NULL;
}

/* The place of a field: where the open part put it, or a new one. NULL: no room. */
static read_field *place_of(read_shape *s, const stk_field_info *field)
{
    for (size_t i = 0; field != NULL && i < s->count; i++)
        if (s->field[i].field == field)
            return &s->field[i];
    if (s->count == STK_BLOCK_FIELDS)
        return NULL;
    read_field *f = &s->field[s->count++];
    *f = (read_field){ .field = field };
    return f;
}

static stk_status read_field_of(stk_cursor *in, read_shape *s, stk_shape which, bool sealed,
                                stk_arena *arena, stk_error *err)
{
    stk_str name = stk_cursor_run(in), type = stk_cursor_take(in, 1);
    const stk_field_info *field = in->failed ? NULL : field_named(which, name);
    read_field *f = in->failed ? NULL : place_of(s, field);
    if (f == NULL)
        return broken(err);
    if (*type.ptr == 't')
        return read_text_field(in, f, s->rows, sealed, arena, err);
    if (*type.ptr != 'n')
        return broken(err);
    int64_t *numbers = stk_arena_array(arena, int64_t, s->rows);
    if (numbers == NULL)
        return no_memory(err);
    if (!stk_column_get_numbers(in, numbers, s->rows))
        return broken(err);
    f->number = true;
    *(sealed ? &f->sealed_numbers : &f->numbers) = numbers;
    return STK_OK;
}

static stk_status read_shapes(stk_block_reader *r, stk_cursor *in, bool sealed, stk_error *err)
{
    for (int turn = 0; turn <= STK_SHAPES; turn++) {
        stk_str name = stk_cursor_run(in);
        if (in->failed)
            return broken(err);
        if (name.len == 0)
            return in->ptr == in->end ? STK_OK : broken(err);
        int which = 0;
        while (which < STK_SHAPES && !stk_str_eq(name, (stk_str){ stk_shapes[which].name,
                                                                  strlen(stk_shapes[which].name) }))
            which++;
        uint64_t fields = stk_cursor_varint(in);
        if (in->failed || which == STK_SHAPES || fields > STK_BLOCK_FIELDS)
            return broken(err);
        for (uint64_t i = 0; i < fields; i++)
            STK_TRY(read_field_of(in, &r->shape[which], (stk_shape)which, sealed, r->arena, err));
    }
    return broken(err);
}

/* ---- the head of the open part ---- */

static stk_status read_kinds(stk_block_reader *r, stk_cursor *in, stk_error *err)
{
    stk_kind kinds[STK_KINDS];
    uint64_t used = stk_cursor_varint(in);
    if (in->failed || used > STK_KINDS)
        return broken(err);
    for (uint64_t i = 0; i < used; i++) {
        stk_str name = stk_cursor_run(in);
        int k = 0;
        while (k < STK_KINDS &&
               !stk_str_eq(name, (stk_str){ stk_kinds[k].name, strlen(stk_kinds[k].name) }))
            k++;
        if (in->failed || k == STK_KINDS)
            return broken(err);
        kinds[i] = (stk_kind)k;
    }
    uint16_t ids[STK_BATCH_EVENTS];
    if (!stk_column_get_ids(in, ids, r->count, (uint32_t)used))
        return broken(err);
    for (size_t i = 0; i < r->count; i++) {
        if (ids[i] == 0)
            return broken(err);
        r->kinds[i] = kinds[ids[i] - 1];
        r->row[i] = (uint16_t)r->shape[stk_kinds[r->kinds[i]].shape].rows++;
    }
    return STK_OK;
}

static stk_status read_open(stk_block_reader *r, const stk_block_info *info, stk_error *err)
{
    stk_cursor in = stk_cursor_of(stk_buf_str(&r->open));
    uint64_t count = stk_cursor_varint(&in);
    if (in.failed || count == 0 || count > STK_BATCH_EVENTS || count != info->count)
        return broken(err);
    r->count = (size_t)count;
    STK_TRY(read_kinds(r, &in, err));
    for (int m = 0; m < STK_META_COLUMNS; m++) {
        r->meta[m] = stk_arena_array(r->arena, int64_t, r->count);
        if (r->meta[m] == NULL)
            return no_memory(err);
        if (!stk_column_get_numbers(&in, r->meta[m], r->count))
            return broken(err);
    }
    for (size_t i = 1; i < r->count; i++)
        if ((uint64_t)r->meta[STK_META_UNIT][i] <= (uint64_t)r->meta[STK_META_UNIT][i - 1])
            return broken(err);
    return read_shapes(r, &in, false, err);
}

/* ---- opening ---- */

static stk_status unpack(stk_str packed, stk_buf *out, stk_error *err)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed.ptr, packed.len);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR ||
        size > STK_BLOCK_PART_BYTES || size == 0)
        return broken(err);
    char *to = stk_buf_more(out, (size_t)size);
    if (to == NULL)
        return no_memory(err);
    size_t n = ZSTD_decompress(to, (size_t)size, packed.ptr, packed.len);
    return ZSTD_isError(n) || n != size ? broken(err) : STK_OK;
}

static stk_status open_part(const stk_secret *key, const char *use, const stk_block_info *info,
                            bool sealed, stk_buf *out, stk_error *err)
{
    stk_auto_secret derived;
    stk_aead *aead;
    STK_TRY(stk_secret_derive(key, use, &derived, err));
    STK_TRY(stk_aead_new(&derived, &aead, err));
    stk_auto_buf aad = stk_buf_init(STK_BLOCK_AAD_BYTES);
    stk_buf packed = stk_buf_init(STK_BLOCK_PART_BYTES);
    stk_block_aad(info, sealed, &aad);
    stk_status status = aad.failed
                            ? no_memory(err)
                            : stk_aead_open(aead, stk_buf_str(&aad),
                                            sealed ? info->sealed : info->open, &packed, err);
    if (status == STK_OK)
        status = unpack(stk_buf_str(&packed), out, err);
    stk_aead_free(aead);
    stk_wipe(packed.ptr, packed.len);
    stk_buf_done(&packed);
    return status;
}

stk_status stk_block_read_parts(stk_str open, stk_str sealed, const stk_block_info *info,
                                stk_block_reader **ret, stk_error *err)
{
    stk_block_reader *r = calloc(1, sizeof *r);
    if (r == NULL)
        return no_memory(err);
    r->arena = stk_arena_new(ARENA_BYTES);
    r->open = r->sealed = stk_buf_init(STK_BLOCK_PART_BYTES);
    stk_buf_add(&r->open, open);
    stk_buf_add(&r->sealed, sealed);
    stk_status status = r->arena == NULL || r->open.failed || r->sealed.failed
                            ? no_memory(err)
                            : read_open(r, info, err);
    if (status == STK_OK && sealed.len != 0) {
        stk_cursor in = stk_cursor_of(stk_buf_str(&r->sealed));
        status = read_shapes(r, &in, true, err);
    }
    if (status == STK_OK)
        *ret = r;
    else
        stk_block_reader_close(r);
    return status;
}

stk_status stk_block_reader_open(const stk_secret *record_key, const stk_block_info *info,
                                 uint32_t source, stk_block_reader **ret, stk_error *err)
{
    if (info->schema != STK_BLOCK_SCHEMA)
        return stk_fail(err, STK_ERR_INVALID, "a block of a newer Stockade (schema %u)",
                        info->schema);
    stk_auto_buf plain = stk_buf_init(STK_BLOCK_PART_BYTES);
    STK_TRY(open_part(record_key, STK_RECORD_KEY_USE, info, false, &plain, err));
    stk_block_reader *r;
    STK_TRY(stk_block_read_parts(stk_buf_str(&plain), (stk_str){ 0 }, info, &r, err));
    r->common = (stk_meta){ .schema = STK_EVENT_SCHEMA,
                            .policy = info->policy,
                            .key_version = info->key_version,
                            .position.source = source };
    *ret = r;
    return STK_OK;
}

stk_status stk_block_unseal(stk_block_reader *r, const stk_secret *evidence,
                            const stk_block_info *info, stk_error *err)
{
    if (info->sealed.len == 0)
        return stk_fail(err, STK_ERR_MISSING, "nothing of this block is sealed any more");
    if (r->sealed.len != 0)
        return STK_OK;
    STK_TRY(open_part(evidence, STK_EVIDENCE_KEY_USE, info, true, &r->sealed, err));
    stk_cursor in = stk_cursor_of(stk_buf_str(&r->sealed));
    return read_shapes(r, &in, true, err);
}

void stk_block_reader_close(stk_block_reader *r)
{
    if (r == NULL)
        return;
    stk_wipe(r->sealed.ptr, r->sealed.len);
    stk_buf_done(&r->open);
    stk_buf_done(&r->sealed);
    stk_arena_free(r->arena);
    free(r);
}

/* ---- records ---- */

size_t stk_block_reader_count(const stk_block_reader *r)
{
    return r->count;
}

bool stk_block_reader_get(const stk_block_reader *r, size_t index, stk_record *ret)
{
    if (index >= r->count)
        return false;
    stk_meta m = r->common;
    m.position.unit = (uint64_t)r->meta[STK_META_UNIT][index];
    m.position.offset = (uint64_t)r->meta[STK_META_OFFSET][index];
    m.at = r->meta[STK_META_AT][index];
    m.seen_at = (int64_t)((uint64_t)m.at + (uint64_t)r->meta[STK_META_SEEN][index]);
    m.sequence = (uint64_t)r->meta[STK_META_SEQUENCE][index];
    m.snapshot = (uint64_t)r->meta[STK_META_SNAPSHOT][index];
    m.zone_s = (int32_t)r->meta[STK_META_ZONE][index];
    m.node = (uint16_t)r->meta[STK_META_NODE][index];
    m.region = (uint8_t)r->meta[STK_META_REGION][index];
    m.purpose = (uint8_t)r->meta[STK_META_PURPOSE][index];
    *ret = (stk_record){ .from = r, .index = (uint32_t)index, .kind = r->kinds[index], .meta = m };
    return true;
}

bool stk_block_reader_find(const stk_block_reader *r, uint64_t unit, stk_record *ret)
{
    size_t low = 0, high = r->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if ((uint64_t)r->meta[STK_META_UNIT][mid] < unit)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->count && (uint64_t)r->meta[STK_META_UNIT][low] == unit &&
           stk_block_reader_get(r, low, ret);
}

/* The text of one form in one row; empty when there is none. */
static stk_str text_of(const read_form *form, const uint16_t *rows, size_t row)
{
    if (!form->there || (!form->by_row && rows == NULL))
        return (stk_str){ 0 };
    uint32_t id = form->by_row ? form->index[row] : rows[row];
    if (form->by_value && id != 0)
        id = form->index[id - 1];
    return id == 0 || id > form->count ? (stk_str){ 0 } : form->texts[id - 1];
}

bool stk_record_next(const stk_record *record, size_t *at, stk_record_value *ret)
{
    const read_shape *s = &record->from->shape[stk_kinds[record->kind].shape];
    size_t row = record->from->row[record->index];
    for (; *at < s->count * STK_FORMS; ++*at) {
        const read_field *f = &s->field[*at / STK_FORMS];
        stk_form form = (stk_form)(*at % STK_FORMS);
        if (f->field == NULL || form == STK_FORM_SEAL)
            continue;
        *ret = (stk_record_value){ .field = f->field, .form = form, .is_number = f->number };
        if (f->number && form == STK_FORM_KEEP && f->numbers != NULL) {
            ret->number = f->numbers[row];
            ++*at;
            return true;
        }
        ret->text = f->number ? (stk_str){ 0 } : text_of(&f->form[form], f->rows, row);
        if (ret->text.len != 0) {
            ++*at;
            return true;
        }
    }
    return false;
}

bool stk_record_get(const stk_record *record, const char *field, stk_form form,
                    stk_record_value *ret)
{
    size_t at = 0;
    stk_record_value v;
    while (stk_record_next(record, &at, &v))
        if (v.form == form && strcmp(v.field->name, field) == 0) {
            *ret = v;
            return true;
        }
    return false;
}

bool stk_record_reveal(const stk_record *record, const char *field, stk_personal *ret)
{
    const read_shape *s = &record->from->shape[stk_kinds[record->kind].shape];
    size_t row = record->from->row[record->index];
    for (size_t i = 0; i < s->count; i++) {
        const read_field *f = &s->field[i];
        if (f->field == NULL || f->number || strcmp(f->field->name, field) != 0)
            continue;
        const uint16_t *rows = f->sealed_rows != NULL ? f->sealed_rows : f->rows;
        ret->raw = text_of(&f->form[STK_FORM_SEAL], rows, row);
        return ret->raw.len != 0;
    }
    return false;
}
