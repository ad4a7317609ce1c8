/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct counts and filters of fixed size. */
#include "learn/sketch.h"

#include <math.h>
#include <string.h>

static unsigned reg(const stk_distinct *d, unsigned i)
{
    return d->pair[i / 2] >> (i % 2 * 4) & 15u;
}

bool stk_distinct_add(stk_distinct *d, uint64_t hash)
{
    unsigned i = (unsigned)(hash & (STK_DISTINCT_REGISTERS - 1));
    uint64_t rest = hash >> 7;
    unsigned rank = rest == 0 ? 15 : 1u + (unsigned)__builtin_ctzll(rest);
    if (rank > 15)
        rank = 15;
    if (rank <= reg(d, i))
        return false;
    unsigned shift = i % 2 * 4;
    d->pair[i / 2] = (uint8_t)((d->pair[i / 2] & ~(15u << shift)) | rank << shift);
    return true;
}

double stk_distinct_count(const stk_distinct *d)
{
    const double m = STK_DISTINCT_REGISTERS;
    double sum = 0.0;
    unsigned empty = 0;
    for (unsigned i = 0; i < STK_DISTINCT_REGISTERS; i++) {
        unsigned rank = reg(d, i);
        sum += 1.0 / (double)(1u << rank);
        empty += rank == 0;
    }
    double estimate = 0.7213 / (1.0 + 1.079 / m) * m * m / sum;
    if (estimate <= 2.5 * m && empty != 0)
        return m * log(m / empty);
    return estimate;
}

bool stk_lately_new(stk_lately *l, uint64_t hash)
{
    unsigned a = (unsigned)(hash & 1023), b = (unsigned)(hash >> 10 & 1023);
    bool there = (l->bits[a / 64] >> (a % 64) & 1) && (l->bits[b / 64] >> (b % 64) & 1);
    if (there)
        return false;
    if (l->filled >= 192) /* 192 values set about a third of the bits */
        memset(l, 0, sizeof *l);
    l->bits[a / 64] |= UINT64_C(1) << (a % 64);
    l->bits[b / 64] |= UINT64_C(1) << (b % 64);
    l->filled++;
    return true;
}

double stk_few_count(uint64_t bits)
{
    unsigned empty = 64 - (unsigned)__builtin_popcountll(bits);
    return empty == 0 ? 64.0 * log(64.0) : 64.0 * log(64.0 / empty);
}
