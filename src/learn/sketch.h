/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_LEARN_SKETCH_H
#define STK_LEARN_SKETCH_H
/* Small counters of fixed size for streams that an attacker may lengthen at will.
 *
 * Plain values: no allocation, no pointer, zero is empty, so an array of them is a state that can
 * be written as bytes. Time is whole seconds; time that goes back leaks nothing. */
#include <stdbool.h>
#include <stdint.h>

/* --- leaky bucket: level' = max(0, level - elapsed * leak) + amount ------- */

typedef struct stk_bucket {
    float level;
    uint32_t at_s;
} stk_bucket;

/* `leak_per_s` in units of level per second. Returns the new level. */
static inline float stk_bucket_add(stk_bucket *b, uint32_t at_s, float amount, float leak_per_s)
{
    if (at_s > b->at_s) {
        float leaked = (float)(at_s - b->at_s) * leak_per_s;
        b->level = b->level > leaked ? b->level - leaked : 0.0f;
        b->at_s = at_s;
    }
    b->level = b->level + amount > 0.0f ? b->level + amount : 0.0f;
    return b->level;
}

/* --- distinct count in 64 bytes --------------------------------------------
 *
 * HyperLogLog with 128 registers of 4 bits (Flajolet et al., 2007), standard error 9 %; below 300
 * by linear counting over the empty registers (Whang et al., 1990), where the error is a few
 * counts. Hashes must be well mixed and keyed. */
enum { STK_DISTINCT_REGISTERS = 128 };
typedef struct stk_distinct {
    uint8_t pair[STK_DISTINCT_REGISTERS / 2];
} stk_distinct;

/* True when the sketch changed: the value is new for certain. */
bool stk_distinct_add(stk_distinct *d, uint64_t hash);
double stk_distinct_count(const stk_distinct *d);

/* --- was it there before? -----------------------------------------------------
 *
 * A Bloom filter of 1,024 bits and two probes that empties itself when it is a third full, so that
 * it never answers "yes" to more than one in nine new values. */
typedef struct stk_lately {
    uint64_t bits[16];
    uint32_t filled;
} stk_lately;
/* Adds it; true when it was not there. */
bool stk_lately_new(stk_lately *l, uint64_t hash);

/* --- few distinct things in eight bytes: linear counting over 64 bits --------- */
static inline void stk_few_add(uint64_t *bits, uint32_t hash)
{
    *bits |= UINT64_C(1) << (hash & 63);
}
double stk_few_count(uint64_t bits); /* 64 when full */
#endif
