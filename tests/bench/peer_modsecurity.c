/* SPDX-License-Identifier: Apache-2.0 */
/* bench links: modsecurity */
/* The Core Rule Set and libinjection on libmodsecurity 3.
 *
 *   bench_peer_modsecurity                                           speed on CSIC 2010
 *   bench_peer_modsecurity crs|libinjection http1|values FILE        verdicts
 *
 * Speed is printed as "name <tab> value <tab> unit". Verdicts are a line for each unit of the file:
 * "1" refused, "0" let through, "-" not read; how many in a second goes to standard error.
 * libinjection is called through libmodsecurity's operators, so its speed holds the cost of a
 * transaction; its verdicts do not depend on that. */
#include "peers/modsecurity.h"
#include "units.h"

enum { TARGET_BYTES = 1 << 20, UNIT_BYTES = 8 << 20, TIMED_UNITS = 6000 };

typedef struct room {
    stk_arena *arena;
    char *target;
    double *took; /* [TIMED_UNITS] */
    size_t count, flagged;
    double spent;
} room;

/* Judge the next unit: 1, 0 or -1; -2: there are no more. */
static int judge_next(const peer *p, units *u, room *r)
{
    stk_str unit;
    stk_event event;
    stk_error err;
    if (!units_next(u, &unit))
        return -2;
    stk_arena_reset(r->arena);
    stk_event_init(&event, STK_KIND_HTTP_REQUEST);
    if (u->decoder->decode(u->self, unit, r->arena, &event, &err) != STK_OK)
        return -1;
    double began = units_now();
    bool refused = peer_flags(p, &event.u.http, r->target, TARGET_BYTES);
    double took = units_now() - began;
    if (r->count < TIMED_UNITS)
        r->took[r->count] = took;
    r->spent += took;
    r->count++;
    r->flagged += refused;
    return refused;
}

static int print_verdicts(const peer *p, units *u, room *r, const char *which)
{
    for (int said; (said = judge_next(p, u, r)) != -2;)
        puts(said < 0 ? "-" : said ? "1" : "0");
    fprintf(stderr, "%s: %zu of %zu flagged, %.0f units/s\n", which, r->flagged, r->count,
            r->spent > 0 ? (double)r->count / r->spent : 0.0);
    return 0;
}

/* The first requests of the normal and of the anomalous file, half and half. */
static int print_speed(const char *which, room *r)
{
    static const char *const files[] = { "web/csic2010/normalTrafficTraining.txt.gz",
                                         "web/csic2010/anomalous_dev40.txt.gz" };
    const char *name = strcmp(which, "crs") == 0 ? "modsecurity" : which;
    peer p;
    if (!peer_open(&p, which))
        return 3;
    r->count = r->flagged = 0;
    r->spent = 0;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        units u;
        if (!units_open(&u, files[f], "http1")) {
            fprintf(stderr, "SKIPPED: %s is not there\n", files[f]);
            return 0;
        }
        while (r->count < (f + 1) * TIMED_UNITS / 2 && judge_next(&p, &u, r) != -2)
            ;
        units_close(&u);
    }
    peer_close(&p);
    qsort(r->took, r->count, sizeof *r->took, units_by_time);
    printf("peer.%s\t%.0f\trequests/s\n", name, (double)r->count / r->spent);
    printf("peer.%s_p99\t%.1f\tus\n", name, r->took[r->count * 99 / 100] * 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    room r = { .arena = stk_arena_new(UNIT_BYTES),
               .target = malloc(TARGET_BYTES),
               .took = malloc(TIMED_UNITS * sizeof(double)) };
    peer p;
    units u;
    int code = 2;
    if (r.arena == NULL || r.target == NULL || r.took == NULL)
        return 3;
    if (argc == 1)
        code = print_speed("crs", &r) + print_speed("libinjection", &r);
    else if (argc != 4 || !units_open(&u, argv[3], argv[2]) || !peer_open(&p, argv[1]))
        fprintf(stderr, "usage: bench_peer_modsecurity [crs|libinjection http1|values FILE]\n");
    else
        code = print_verdicts(&p, &u, &r, argv[1]);
    stk_arena_free(r.arena);
    free(r.target);
    free(r.took);
    return code;
}
