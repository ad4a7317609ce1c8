/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DRILL_RNG_H
#define STK_DRILL_RNG_H
/* Random numbers that are equal everywhere: SplitMix64, and distributions on integers only, since
 * libm's last bits differ between machines. Each actor has a stream of its own, so that one more
 * attacker does not change what the customers do. Two draws never stand in one expression: C
 * does not say which is taken first. */
#include <stdbool.h>
#include <stdint.h>

typedef struct stk_rng {
    uint64_t state;
} stk_rng;

static inline uint64_t stk_rng_next(stk_rng *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A number that belongs to (seed, what, which) and to nothing else. */
static inline uint64_t stk_rng_of(uint64_t seed, uint64_t what, uint64_t which)
{
    stk_rng r = { .state = seed ^ (what << 48) };
    r.state ^= stk_rng_next(&r) + which;
    return stk_rng_next(&r);
}

static inline uint32_t stk_rng_below(stk_rng *r, uint32_t n) /* 0..n-1; n > 0 */
{
    return (uint32_t)(((stk_rng_next(r) >> 32) * n) >> 32);
}

static inline int64_t stk_rng_between(stk_rng *r, int64_t low, int64_t high) /* both included */
{
    return low + (int64_t)(stk_rng_next(r) % (uint64_t)(high - low + 1));
}

static inline bool stk_rng_chance(stk_rng *r, uint32_t per_mille)
{
    return stk_rng_below(r, 1000) < per_mille;
}

/* Exponential with this mean: -ln(u), taken as -log2(u) * ln 2, the logarithm by repeated squaring
 * (Knuth, TAOCP 1.2.2 exercise 25) to 16 binary digits. */
static inline int64_t stk_rng_wait(stk_rng *r, int64_t mean)
{
    uint64_t u = (stk_rng_next(r) >> 32) | 1; /* in 1 .. 2^32 - 1 */
    int64_t whole = 0;
    while (u < UINT64_C(1) << 31) {
        u <<= 1;
        whole++;
    }
    uint64_t x = u, fraction = 0; /* x / 2^31 in [1, 2) */
    for (int i = 0; i < 16; i++) {
        x = (x * x) >> 31;
        fraction <<= 1;
        if (x >> 32) {
            fraction |= 1;
            x >>= 1;
        }
    }
    int64_t minus_log2 = ((whole + 1) << 16) - (int64_t)fraction; /* 16 binary digits */
    int64_t minus_ln = minus_log2 * 45426 >> 16;                  /* ln 2 = 45426 / 65536 */
    return mean / 65536 * minus_ln + (mean % 65536 * minus_ln >> 16);
}
#endif
