/* SPDX-License-Identifier: Apache-2.0 */
/* What an endpoint usually answers, in the logarithm of bytes: sizes vary by factors. Learned from
 * clients that are in no story, so that an attacker does not teach what is usual. */
#include "detect/correlate/state.h"

#include <math.h>

/* log2(bytes + 1), the fraction linear: within 0.09 of the truth, and the same on every machine. */
static float magnitude(int64_t bytes)
{
    uint64_t v = (uint64_t)bytes + 1;
    int whole = 63 - __builtin_clzll(v);
    return (float)whole + (float)(v - (UINT64_C(1) << whole)) / (float)(UINT64_C(1) << whole);
}

static stk_size *set_of(const stk_size *sizes, uint64_t endpoint)
{
    return (stk_size *)sizes + (endpoint & (STK_SIZES / STK_SIZE_WAYS - 1)) * STK_SIZE_WAYS;
}

void stk_size_learn(stk_size *sizes, uint64_t endpoint, int64_t bytes)
{
    stk_size *set = set_of(sizes, endpoint), *at = set;
    for (int i = 0; i < STK_SIZE_WAYS; i++) {
        if (set[i].endpoint == endpoint) {
            at = &set[i];
            break;
        }
        if (set[i].answers < at->answers)
            at = &set[i];
    }
    float x = magnitude(bytes);
    if (at->endpoint != endpoint || at->answers == 0) {
        if (at->answers > 1) { /* the rarest yields only when it has been outlived */
            at->answers /= 2;
            return;
        }
        *at = (stk_size){ .endpoint = endpoint, .answers = 1, .mean = x };
        return;
    }
    if (at->answers < UINT32_MAX)
        at->answers++;
    float step = 1.0f / (float)(at->answers < 256 ? at->answers : 256), away = x - at->mean;
    at->mean += step * away;
    at->spread += step * (away * (x - at->mean) - at->spread);
}

/* Twice as large at least, and outside of four standard deviations. */
bool stk_size_odd(const stk_size *sizes, uint64_t endpoint, int64_t bytes)
{
    const stk_size *set = set_of(sizes, endpoint);
    for (int i = 0; i < STK_SIZE_WAYS; i++)
        if (set[i].endpoint == endpoint && set[i].answers >= 20) {
            float away = magnitude(bytes) - set[i].mean;
            return away > 1.0f && away * away > 16.0f * set[i].spread;
        }
    return false;
}
