/* SPDX-License-Identifier: Apache-2.0 */
/* Columns to bytes and back. */
#include "protect/column.h"

enum { CONST = 0, LINEAR = 1, DELTA = 2, PLAIN = 3 };
enum { SAME = 0, RECENT = 1, NUMBERS = 2 };
enum { VARINT_MOST = 10 };

/* Straight into room that was made for all of them: the checks of stk_buf_varint for each byte are
 * what a column of 4,096 would spend its time on. */
static unsigned char *put_varint(unsigned char *to, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *to++ = (unsigned char)(v | 0x80);
    *to++ = (unsigned char)v;
    return to;
}

static uint64_t zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

/* Room for `count` varints; finish() gives back what was not used. */
static unsigned char *start(stk_buf *out, size_t count)
{
    return (unsigned char *)stk_buf_more(out, count * VARINT_MOST);
}

static void finish(stk_buf *out, const unsigned char *to)
{
    out->len = (size_t)(to - (unsigned char *)out->ptr);
}

static int64_t difference(const int64_t *v, size_t i)
{
    return (int64_t)((uint64_t)v[i] - (uint64_t)v[i - 1]);
}

static bool is_linear(const int64_t *values, size_t count)
{
    for (size_t i = 2; i < count; i++)
        if (difference(values, i) != difference(values, 1))
            return false;
    return true;
}

/* The largest of a second, a millisecond and 1 that divides all differences. */
static int64_t scale_of(const int64_t *values, size_t count)
{
    int64_t scale = 1000000;
    for (size_t i = 1; i < count && scale > 1; i++)
        while (difference(values, i) % scale != 0)
            scale /= 1000;
    return scale;
}

void stk_column_put_numbers(stk_buf *out, const int64_t *values, size_t count, bool differences)
{
    unsigned char *to = count == 0 ? NULL : start(out, count + 3);
    if (to == NULL)
        return;
    if (is_linear(values, count)) {
        int64_t step = count > 1 ? difference(values, 1) : 0;
        *to++ = step == 0 ? CONST : LINEAR;
        to = put_varint(to, zigzag(values[0]));
        if (step != 0)
            to = put_varint(to, zigzag(step));
    } else if (differences) {
        int64_t scale = scale_of(values, count);
        *to++ = DELTA;
        to = put_varint(to, (uint64_t)scale);
        to = put_varint(to, zigzag(values[0]));
        for (size_t i = 1; i < count; i++)
            to = put_varint(
                to, zigzag(scale == 1 ? difference(values, i) : difference(values, i) / scale));
    } else {
        *to++ = PLAIN;
        for (size_t i = 0; i < count; i++)
            to = put_varint(to, zigzag(values[i]));
    }
    finish(out, to);
}

bool stk_column_get_numbers(stk_cursor *in, int64_t *values, size_t count)
{
    if (count == 0)
        return true;
    stk_str tag = stk_cursor_take(in, 1);
    if (in->failed || *tag.ptr < CONST || *tag.ptr > PLAIN)
        return false;
    uint64_t scale = *tag.ptr == DELTA ? stk_cursor_varint(in) : 1;
    uint64_t v = (uint64_t)stk_cursor_zigzag(in);
    uint64_t step = *tag.ptr == LINEAR ? (uint64_t)stk_cursor_zigzag(in) : 0;
    values[0] = (int64_t)v;
    for (size_t i = 1; i < count; i++) {
        if (*tag.ptr == DELTA)
            step = (uint64_t)stk_cursor_zigzag(in) * scale;
        v = *tag.ptr == PLAIN ? (uint64_t)stk_cursor_zigzag(in) : v + step;
        values[i] = (int64_t)v;
    }
    return !in->failed;
}

static bool all_same(const uint16_t *ids, size_t count)
{
    return count == 0 || memcmp(ids, ids + 1, (count - 1) * sizeof *ids) == 0;
}

/* Does each number above all before it exceed them by one? */
static bool in_order(const uint16_t *ids, size_t count)
{
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] > most + 1)
            return false;
        most = ids[i] > most ? ids[i] : most;
    }
    return true;
}

void stk_column_put_ids(stk_buf *out, const uint16_t *ids, size_t count)
{
    unsigned char *to = start(out, count + 1);
    if (to == NULL)
        return;
    if (all_same(ids, count)) {
        *to++ = SAME;
        to = put_varint(to, count == 0 ? 0 : ids[0]);
    } else if (in_order(ids, count)) {
        *to++ = RECENT;
        uint32_t most = 0;
        for (size_t i = 0; i < count; i++) {
            to = put_varint(to, ids[i] == 0 ? 0 : ids[i] > most ? 1 : 2 + (most - ids[i]));
            most = ids[i] > most ? ids[i] : most;
        }
    } else {
        *to++ = NUMBERS;
        for (size_t i = 0; i < count; i++)
            to = put_varint(to, ids[i]);
    }
    finish(out, to);
}

bool stk_column_get_ids(stk_cursor *in, uint16_t *ids, size_t count, uint32_t most)
{
    stk_str tag = stk_cursor_take(in, 1);
    if (in->failed || *tag.ptr < SAME || *tag.ptr > NUMBERS)
        return false;
    uint64_t same = *tag.ptr == SAME ? stk_cursor_varint(in) : 0, newest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t v = *tag.ptr == SAME ? same : stk_cursor_varint(in);
        if (*tag.ptr == RECENT && v != 0) {
            if (v > newest + 1)
                return false;
            v = v == 1 ? ++newest : newest - (v - 2);
        }
        if (v > most)
            return false;
        ids[i] = (uint16_t)v;
    }
    return !in->failed;
}
