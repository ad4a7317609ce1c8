/* SPDX-License-Identifier: Apache-2.0 */
/* The whole inspection of whole requests, one after the other on one core: parse, normalise, all
 * signatures, the learned profile, the findings. How many in a second, and how long one takes.
 *
 *   bench_whole FILE CLIENT [PROFILE]      FILE in the format http1, CLIENT as after --client
 *
 * Each request is inspected in a batch of its own, so that one measure is one request's. */
#include "dataset/reader.h"
#include "engine/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FILE_BYTES = 512 << 20, REQUESTS = 200000, PROFILE_BYTES = 64 << 20, ROUNDS = 5 };

static int64_t nanoseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static stk_status snapshot_of(const char *client, const char *profile, stk_snapshot **ret,
                              stk_error *err)
{
    stk_snapshot_setup setup = { .secret = { 1, 2 } };
    STK_TRY(stk_client_rule_parse((stk_str){ client, strlen(client) }, &setup.client, err));
    if (profile) {
        stk_auto_buf bytes = stk_buf_init(PROFILE_BYTES);
        STK_TRY(stk_read_whole(profile, &bytes, err));
        STK_TRY(stk_profile_load(stk_buf_str(&bytes), profile, &setup.profile, err));
    }
    STK_TRY(stk_rules_load_embedded(&setup.rules, err));
    return stk_snapshot_new(&setup, ret, err);
}

static size_t inspect_all(stk_inspector *inspector, stk_batch *batch, stk_str bytes, int64_t *took,
                          uint64_t *flagged)
{
    size_t count = 0, len;
    for (size_t at = 0; at < bytes.len && count < REQUESTS; at += len) {
        stk_str rest = { bytes.ptr + at, bytes.len - at };
        if (batch->decoder->frame(batch->decoder_self, rest, true, &len) != STK_FRAME_UNIT)
            continue;
        int64_t began = nanoseconds();
        stk_batch_clear(batch);
        memcpy(batch->bytes, rest.ptr, len);
        batch->len = len;
        batch->spans[0] = (stk_span){ .len = (uint32_t)len, .offset = at };
        batch->count = 1;
        batch->first_unit = count + 1;
        stk_inspect(inspector, batch);
        took[count++] = nanoseconds() - began;
        *flagged += batch->seen[0].finding_count > 0;
    }
    return count;
}

static int64_t sum_of(const int64_t *took, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += took[i];
    return sum;
}

static void tell(int64_t *took, size_t count, uint64_t flagged)
{
    printf("whole.csic\t%.0f\trequests/s\n", (double)count * 1e9 / (double)sum_of(took, count));
    qsort(took, count, sizeof *took, by_size);
    printf("whole.csic_p50\t%.2f\tus\n", (double)took[count / 2] / 1e3);
    printf("whole.csic_p99\t%.2f\tus\n", (double)took[count - 1 - count / 100] / 1e3);
    printf("whole.csic_longest\t%.1f\tus\n", (double)took[count - 1] / 1e3);
    printf("whole.csic_flagged\t%.5f\tshare\n", (double)flagged / (double)count);
}

/* The quickest of some rounds: the first warms the caches, and others share the machine. */
static void best_round(stk_inspector *inspector, stk_batch *batch, stk_str bytes, int64_t *took,
                       int64_t *best)
{
    size_t count = 0, best_count = 0;
    uint64_t flagged = 0, best_flagged = 0;
    for (int round = 0; round < ROUNDS; round++, flagged = 0) {
        count = inspect_all(inspector, batch, bytes, took, &flagged);
        if (best_count == count && sum_of(best, count) <= sum_of(took, count))
            continue;
        memcpy(best, took, count * sizeof *best);
        best_count = count;
        best_flagged = flagged;
    }
    if (best_count > 0)
        tell(best, best_count, best_flagged);
}

static stk_status measure(const char *file, stk_inspector *inspector, stk_batch *batch,
                          stk_error *err)
{
    stk_auto_arena *life = stk_arena_new(4 << 20);
    stk_auto_buf bytes = stk_buf_init(FILE_BYTES);
    int64_t *took = calloc(REQUESTS, sizeof *took), *best = calloc(REQUESTS, sizeof *best);
    void *self;
    batch->decoder = stk_decoder_named(STK_S("http1"));
    stk_decoder_setup setup = { .client = inspector->snapshot->client };
    stk_status status = life && took && best ? STK_OK : stk_fail(err, STK_ERR_MEMORY, "no memory");
    if (status == STK_OK)
        status = stk_read_whole(file, &bytes, err);
    if (status == STK_OK)
        status = batch->decoder->open(&setup, life, &self, err);
    if (status == STK_OK) {
        batch->decoder_self = self;
        best_round(inspector, batch, stk_buf_str(&bytes), took, best);
    }
    free(took);
    free(best);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    stk_error err = { 0 };
    stk_snapshot *snapshot = NULL;
    stk_inspector inspector = { 0 };
    stk_source_name name = { 0 };
    stk_batch *batch = stk_batch_new();
    stk_status status = batch ? snapshot_of(argv[2], argc > 3 ? argv[3] : NULL, &snapshot, &err)
                              : stk_fail(&err, STK_ERR_MEMORY, "no memory");
    if (status == STK_OK)
        status = stk_inspector_init(&inspector, snapshot, &err);
    if (status == STK_OK) {
        batch->name = &name;
        batch->seen_at = STK_TIME_NONE;
        status = measure(argv[1], &inspector, batch, &err);
        stk_inspector_done(&inspector);
    }
    stk_snapshot_free(snapshot);
    stk_batch_free(batch);
    if (status != STK_OK)
        fprintf(stderr, "bench_whole: %s\n", err.text);
    return status == STK_OK ? 0 : 3;
}
