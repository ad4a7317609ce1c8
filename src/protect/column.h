/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_PROTECT_COLUMN_H
#define STK_PROTECT_COLUMN_H
/* How columns of a block are written as bytes, and read back. Everything is varints; zstd, which
 * comes after, squeezes what regularity is left.
 *
 * Whole numbers: a tag, then
 *   CONST   the value                      LINEAR  first value, step
 *   DELTA   scale, first value, differences over scale
 *   PLAIN   the values
 * all zigzag, differences modulo 2^64, so that any int64 comes back.
 *
 * Numbers of a dictionary (0: nothing): a tag, then
 *   SAME    one number for all rows
 *   RECENT  for each row 0: nothing; 1: the next new one; 2 + n: the n-th newest
 *   PLAIN   the numbers */
#include "base/buf.h"

void stk_column_put_numbers(stk_buf *out, const int64_t *values, size_t count, bool differences);
bool stk_column_get_numbers(stk_cursor *in, int64_t *values, size_t count);

void stk_column_put_ids(stk_buf *out, const uint16_t *ids, size_t count);
/* False also when a number is over `most`. */
bool stk_column_get_ids(stk_cursor *in, uint16_t *ids, size_t count, uint32_t most);
#endif
