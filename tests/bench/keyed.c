/* SPDX-License-Identifier: Apache-2.0 */
/* What one log line costs the keyed detectors and correlation: keys() and look() of all detectors,
 * and an event without findings through the correlator, with so many addresses.
 *
 *     bench_keyed [addresses] [lines] */
#include "detect/correlate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 4096, AGENTS = 10, BUDGET_BYTES = 128 << 20 };

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct line {
    stk_event event;
    stk_unit unit;
    char target[40], agent[100];
};

static void make(struct line *l, uint64_t i, uint64_t addresses, const stk_hash_key *secret)
{
    uint64_t r = stk_mix64(i + 1), who = stk_mix64(r % addresses + 7);
    stk_event_init(&l->event, STK_KIND_HTTP_REQUEST);
    stk_http *http = &l->event.u.http;
    l->event.meta.at = INT64_C(1700000000) * STK_SECOND + (stk_time)i * 10 * STK_MS;
    l->event.meta.sequence = l->event.meta.position.unit = i;
    bool image = r >> 40 & 1;
    (void)snprintf(l->target, sizeof l->target, image ? "/img/%u.jpg" : "/product/%u/view?ref=%u",
                   (unsigned)(r >> 20) % 20000, (unsigned)(r >> 44) % 9);
    (void)snprintf(l->agent, sizeof l->agent,
                   "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
                   "Gecko) Chrome/1%u",
                   (unsigned)(who % AGENTS));
    http->method = STK_S("GET");
    http->target.raw = (stk_str){ l->target, strlen(l->target) };
    http->agent.raw = (stk_str){ l->agent, strlen(l->agent) };
    http->status = 200;
    http->bytes = (int64_t)(r >> 50);
    l->unit = (stk_unit){ .event = &l->event, .client_known = true, .address_known = true };
    l->unit.address.byte[10] = l->unit.address.byte[11] = 0xff;
    memcpy(l->unit.address.byte + 12, &who, 4);
    l->unit.client = stk_key_of_address(secret, STK_KEY_ADDRESS, &l->unit.address);
    stk_str path = { l->target, image ? 4 : 8 };
    l->unit.endpoint = stk_key_of(secret, STK_KEY_ENDPOINT, path);
    l->unit.endpoint_known = true;
}

static void *defaults(const stk_spec *spec, size_t count, size_t size)
{
    void *config = calloc(1, size + 1);
    stk_spec_defaults(spec, count, config);
    return config;
}

static stk_tuple tuples[BATCH * 8];
static struct line lines[BATCH];

static void *selves[32], *states[32][STK_PARTITIONS];

/* Every keyed detector with its share of the memory, as the engine opens them. */
static bool open_detectors(const stk_hash_key *secret)
{
    stk_detector_setup setup = { .secret = *secret };
    unsigned shares = 0;
    for (size_t d = 0; stk_detectors[d] != NULL; d++)
        if (stk_detectors[d]->look != NULL)
            shares += stk_detectors[d]->memory_share == 0 ? 1 : stk_detectors[d]->memory_share;
    for (size_t d = 0; stk_detectors[d] != NULL; d++) {
        const stk_detector *p = stk_detectors[d];
        if (p->look == NULL)
            continue;
        unsigned share = p->memory_share == 0 ? 1 : p->memory_share;
        void *config = defaults(p->spec, p->spec_count, p->config_size);
        if (p->open(&setup, config, &selves[d], NULL) != STK_OK)
            return false;
        free(config);
        for (unsigned i = 0; i < STK_PARTITIONS; i++)
            if (p->state_new(selves[d], (size_t)BUDGET_BYTES / STK_PARTITIONS * share / shares,
                             &states[d][i], NULL) != STK_OK)
                return false;
    }
    return true;
}

/* What the batch's lines send; how many tuples. */
static size_t send_all(void)
{
    static const stk_findings none;
    size_t n = 0;
    for (size_t k = 0; k < BATCH; k++)
        for (size_t d = 0; stk_detectors[d] != NULL; d++) {
            if (stk_detectors[d]->keys == NULL)
                continue;
            size_t sent = stk_detectors[d]->keys(selves[d], &lines[k].unit, &none, tuples + n,
                                                 STK_COUNT(tuples) - n);
            for (size_t t = n; t < n + sent; t++) {
                tuples[t].at = lines[k].event.meta.at;
                tuples[t].detector = (uint32_t)d;
            }
            n += sent;
        }
    return n;
}

static uint64_t look_all(size_t count)
{
    static stk_findings found;
    uint64_t said = 0;
    for (size_t t = 0; t < count; t++) {
        const stk_tuple *tuple = &tuples[t];
        found.count = 0;
        stk_detectors[tuple->detector]->look(selves[tuple->detector],
                                             states[tuple->detector][stk_key_partition(tuple->key)],
                                             tuple, &found);
        said += found.count;
    }
    return said;
}

static void correlate_all(stk_correlator *c)
{
    for (size_t k = 0; k < BATCH; k++) {
        const stk_unit *u = &lines[k].unit;
        stk_passed passed = { .event = u->event,
                              .client = u->client,
                              .client_known = true,
                              .address = u->address,
                              .address_known = true,
                              .endpoint = u->endpoint,
                              .endpoint_known = true };
        (void)stk_correlate(c, &passed);
    }
}

int main(int argc, char **argv)
{
    uint64_t addresses = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint64_t total = argc > 2 ? strtoull(argv[2], NULL, 10) : 3000000;
    stk_hash_key secret = { 1, 2 };
    stk_correlator *c;
    void *config = defaults(stk_correlate_spec, stk_correlate_spec_count,
                            stk_correlate_config_size);
    if (!open_detectors(&secret) || stk_correlator_new(&secret, config, &c, NULL) != STK_OK)
        return 1;
    double keys_s = 0.0, look_s = 0.0, correlate_s = 0.0;
    uint64_t said = 0;
    for (uint64_t i = 0; i < total; i += BATCH) {
        for (size_t k = 0; k < BATCH; k++)
            make(&lines[k], i + k, addresses, &secret);
        double start = now_s();
        size_t n = send_all();
        double keyed = now_s();
        said += look_all(n);
        double looked = now_s();
        correlate_all(c);
        correlate_s += now_s() - looked;
        look_s += looked - keyed;
        keys_s += keyed - start;
    }
    printf("keys %.0f ns, look %.0f ns, correlate %.0f ns a line; %llu lines, %llu addresses, %llu "
           "findings\n",
           keys_s / (double)total * 1e9, look_s / (double)total * 1e9,
           correlate_s / (double)total * 1e9, (unsigned long long)total,
           (unsigned long long)addresses, (unsigned long long)said);
    return 0;
}
