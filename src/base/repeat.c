/* SPDX-License-Identifier: Apache-2.0 */
/* Repeated keys, found by sorting. */
#include "base/repeat.h"

#include <stdlib.h>

/* By key; equal keys in the order of the document. */
static int compare(const void *a, const void *b)
{
    const stk_repeat *x = a, *y = b;
    size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;
    int c = n == 0 ? 0 : memcmp(x->key.ptr, y->key.ptr, n);
    if (c != 0)
        return c;
    if (x->key.len != y->key.len)
        return x->key.len < y->key.len ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : 1;
}

bool stk_repeat_find(stk_repeat *rows, size_t count, const stk_repeat **first,
                     const stk_repeat **again)
{
    const stk_repeat *one = NULL, *two = NULL;
    qsort(rows, count, sizeof *rows, compare);
    for (size_t i = 1; i < count; i++)
        if (stk_str_eq(rows[i - 1].key, rows[i].key) &&
            (two == NULL || rows[i].ordinal < two->ordinal)) {
            one = &rows[i - 1];
            two = &rows[i];
        }
    if (two == NULL)
        return false;
    *first = one;
    *again = two;
    return true;
}
