/* SPDX-License-Identifier: Apache-2.0 */
/* Combined log lines of many clients on standard output: flood LINES ADDRESSES. For the figures of
 * memory and of speed, where what the lines say matters less than how many clients there are. Each
 * address comes about LINES / ADDRESSES times, in an order without locality: the worst for tables.
 */
#include "drill/rng.h"

#include <stdio.h>
#include <stdlib.h>

static void line(stk_rng *rng, uint64_t n, uint64_t lines, uint32_t addresses)
{
    static const char *const targets[] = { "/", "/c/lamps?page=2", "/cart", "/static/shop.css?v=41",
                                           "/search?q=oak+chair" };
    /* 86,400 s of log, whatever the number of lines. */
    uint32_t second = (uint32_t)(n * 86400 / lines), who = stk_rng_below(rng, addresses);
    uint32_t mark = stk_rng_below(rng, 10), size = 900 + stk_rng_below(rng, 30000);
    char product[32];
    (void)snprintf(product, sizeof product, "/p/thing-%u", stk_rng_below(rng, 3000));
    printf("%u.%u.%u.%u - - [02/Mar/2026:%02u:%02u:%02u +0000] \"GET %s HTTP/1.1\" 200 %u \"-\" "
           "\"Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Firefox/115.0\"\n",
           240 + (who >> 18 & 7), who >> 11 & 127, who >> 3 & 255, 1 + (who & 7) * 31,
           second / 3600, second / 60 % 60, second % 60, mark < 5 ? targets[mark] : product, size);
}

int main(int argc, char **argv)
{
    uint64_t lines = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint32_t addresses = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
    stk_rng rng = { .state = 1 };
    static char buffer[1 << 20];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    for (uint64_t n = 0; n < lines; n++)
        line(&rng, n, lines, addresses);
    return fflush(stdout) != 0;
}
