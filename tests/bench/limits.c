/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do at all, on one core: copy memory, and find line ends, over 64 MiB that
 * no cache holds. Figures of decoding are read beside these. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BYTES = 64 << 20, ROUNDS = 8, LINE = 180 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tell(const char *name, double best)
{
    printf("%s\t%.3f\tGB/s\n", name, BYTES / best / 1e9);
}

static size_t count_lines(const char *from)
{
    size_t lines = 0;
    for (const char *at = from; (at = memchr(at, '\n', (size_t)(from + BYTES - at))) != NULL; at++)
        lines++;
    return lines;
}

int main(void)
{
    char *from = malloc(BYTES), *to = malloc(BYTES);
    if (!from || !to)
        return 1;
    for (size_t i = 0; i < BYTES; i++)
        from[i] = i % LINE == LINE - 1 ? '\n' : 'a';
    memset(to, 1, BYTES);
    double copy = 1e9, lines = 1e9;
    size_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double began = seconds();
        memcpy(to, from, BYTES);
        double copied = seconds();
        sum += (unsigned char)to[(size_t)round * 4099] + count_lines(from);
        double counted = seconds();
        copy = copied - began < copy ? copied - began : copy;
        lines = counted - copied < lines ? counted - copied : lines;
    }
    tell("limit.memcpy", copy);
    tell("limit.memchr_lines", lines);
    free(from);
    free(to);
    return sum == 0;
}
