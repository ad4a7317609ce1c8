/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes behind a block's seals. The first two bytes split the input into the open and the
 * sealed part and say how many records the block claims. */
#include "protect/block.h"

#include "protect/parts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t touched;

static void touch(stk_str s)
{
    for (size_t i = 0; i < s.len; i++)
        touched += (unsigned char)s.ptr[i];
}

static void read_all(const stk_block_reader *r)
{
    for (size_t i = 0; i < stk_block_reader_count(r); i++) {
        stk_record rec, again;
        stk_record_value v;
        if (!stk_block_reader_get(r, i, &rec) ||
            !stk_block_reader_find(r, rec.meta.position.unit, &again))
            abort();
        for (size_t at = 0; stk_record_next(&rec, &at, &v);)
            touch(v.text);
        const stk_shape_info *shape = &stk_shapes[stk_kinds[rec.kind].shape];
        for (size_t f = 0; f < shape->count; f++) {
            stk_personal clear;
            if (stk_record_reveal(&rec, shape->fields[f].name, &clear))
                touch(clear.raw);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    size_t body = size - 3, open = body * data[0] / 255;
    stk_block_info info = { .schema = STK_BLOCK_SCHEMA,
                            .count = data[1] | (uint32_t)(data[2] & 31) << 8 };
    stk_str a = { (const char *)data + 3, open },
            b = { (const char *)data + 3 + open, body - open };
    stk_block_reader *r = NULL;
    if (stk_block_read_parts(a, b, &info, &r, NULL) == STK_OK) {
        read_all(r);
        stk_block_reader_close(r);
    }
    return 0;
}
