/* SPDX-License-Identifier: Apache-2.0 */
/* bench links: modsecurity */
/* What a peer says of each unit of a file: a line "1" (refused), "0" or "-" (not read) for each, on
 * standard output; how many in a second on standard error.
 *
 *   bench_peer_verdicts crs|libinjection http1|values FILE|- */
#include "peers/modsecurity.h"
#include "units.h"

#include <time.h>

int main(int argc, char **argv)
{
    enum { TARGET_BYTES = 1 << 20, UNIT_BYTES = 8 << 20 };
    peer p;
    units u;
    if (argc != 4 || !units_open(&u, argv[3], argv[2])) {
        fprintf(stderr, "usage: bench_peer_verdicts crs|libinjection http1|values FILE|-\n");
        return 2;
    }
    if (!peer_open(&p, argv[1]))
        return 3;
    stk_arena *arena = stk_arena_new(UNIT_BYTES);
    char *target = malloc(TARGET_BYTES);
    size_t count = 0, flagged = 0;
    double spent = 0;
    stk_str unit;
    stk_event event;
    stk_error err;
    while (arena != NULL && target != NULL && units_next(&u, &unit)) {
        stk_arena_reset(arena);
        stk_event_init(&event, STK_KIND_HTTP_REQUEST);
        if (u.decoder->decode(u.self, unit, arena, &event, &err) != STK_OK) {
            puts("-");
            continue;
        }
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        bool refused = peer_flags(&p, &event.u.http, target, TARGET_BYTES);
        clock_gettime(CLOCK_MONOTONIC, &b);
        spent += (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
        puts(refused ? "1" : "0");
        flagged += refused;
        count++;
    }
    fprintf(stderr, "%s: %zu of %zu flagged, %.0f units/s\n", argv[1], flagged, count,
            spent > 0 ? (double)count / spent : 0.0);
    peer_close(&p);
    units_close(&u);
    stk_arena_free(arena);
    free(target);
    return 0;
}
