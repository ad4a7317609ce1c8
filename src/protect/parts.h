/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_PARTS_H
#define STK_PROTECT_PARTS_H
/* What the writer and the reader of a block agree on; for the files of protect alone.
 *
 * A part, before it is compressed:
 *
 *   open    count, the names of kinds, the kind of each event, the columns of meta
 *           (stk_meta_column), then shapes
 *   sealed  shapes
 *   shapes  for each shape that occurs: its name, the number of fields, fields; an empty name ends
 *   field   its name, 'n' and a column of numbers, or 't' and
 *             'r' and the numbers of raw values by row, or '-' (they are in the open part, or
 *                 need not be known),
 *             how many distinct raw values there are,
 *             how many forms follow, and for each: its number, 'i' (one text for each raw value) or
 *             'v' (numbers of texts by raw value) or 'w' (numbers of texts by row); how many texts;
 *             their lengths; their bytes
 *
 * Names are written out, so that a block can be read when kinds.def has changed; what is not known
 * any more is passed over. */
#include "protect/block.h"

enum {
    STK_BLOCK_SCHEMA = 1,
    STK_BLOCK_PART_BYTES = 48 << 20, /* of one part, unpacked: a bound for the reader */
    STK_BLOCK_TEXT_BYTES = 6 << 20,  /* the builder calls a block full when it holds so much */
    STK_BLOCK_FIELDS = 64,           /* of one shape */
    STK_BLOCK_AAD_BYTES = 160,
};

typedef enum stk_meta_column {
    STK_META_UNIT,
    STK_META_OFFSET,
    STK_META_AT,
    STK_META_SEEN, /* less `at` */
    STK_META_SEQUENCE,
    STK_META_SNAPSHOT,
    STK_META_ZONE,
    STK_META_NODE,
    STK_META_REGION,
    STK_META_PURPOSE,
    STK_META_COLUMNS,
} stk_meta_column;

/* The additional data of a part. */
void stk_block_aad(const stk_block_info *info, bool sealed, stk_buf *out);

/* A reader of two unpacked parts (the sealed one may be empty): what stands behind the seals. */
stk_status stk_block_read_parts(stk_str open, stk_str sealed, const stk_block_info *info,
                                stk_block_reader **ret, stk_error *err);
#endif
