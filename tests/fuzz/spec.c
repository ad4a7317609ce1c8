/* SPDX-License-Identifier: Apache-2.0 */
/* Option values of any bytes: refused or within their range. The first byte chooses the option. */
#include "base/spec.h"

#include <stdlib.h>

typedef struct config {
    int64_t count, window_us, budget, mode;
    double share;
    stk_str name;
    bool on;
} config;

static const stk_spec table[] = {
    { "count", STK_INT, offsetof(config, count), "5", "-10", "100", "How many." },
    { "window", STK_DURATION_US, offsetof(config, window_us), "90s", "1s", "7d", "How long." },
    { "budget", STK_BYTES, offsetof(config, budget), "64k", NULL, "1G", "How much." },
    { "mode", STK_CHOICE, offsetof(config, mode), "fast", "slow|fast|exact", NULL, "Which." },
    { "share", STK_RATIO, offsetof(config, share), "0.25", NULL, NULL, "What part." },
    { "name", STK_STRING, offsetof(config, name), "shop", NULL, NULL, "What." },
    { "on", STK_BOOL, offsetof(config, on), "true", NULL, NULL, "Whether." },
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0)
        return 0;
    config c;
    stk_error err;
    stk_spec_defaults(table, STK_COUNT(table), &c);
    stk_str rest = { (const char *)data + 1, size - 1 };
    const char *key = table[data[0] % STK_COUNT(table)].key;
    (void)!stk_spec_set(table, STK_COUNT(table), &c, (stk_str){ key, strlen(key) }, rest, &err);
    (void)!stk_spec_set(table, STK_COUNT(table), &c, rest, STK_S("1"), &err);
    if (c.count < -10 || c.count > 100 || c.window_us < 1000000 || c.budget < 0 ||
        c.budget > 1 << 30 || c.mode < 0 || c.mode > 2 || !(c.share >= 0 && c.share <= 1))
        abort();
    return 0;
}
