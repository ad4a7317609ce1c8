/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to protect and to keep an event, on one core: nanoseconds and bytes, for lines in
 * the combined format.
 *
 *   bench_protect [access log]
 *
 * prints "name <tab> value <tab> unit". Without a file, a log of STOCKADE_DATA. Bytes are those of
 * the directory after closing, index and pages of the database included; the events are given once
 * for that, so that no block repeats another. `spread` gives each event an address of its own, the
 * worst case for pseudonyms. Time is the processor's. */
#include "crypt/secret.h"
#include "model/decoder.h"
#include "store/store.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum { INPUT_BYTES = 64 << 20, EVENTS_MOST = 400000, ROUNDS = 8 };

static stk_event events[EVENTS_MOST];
static size_t event_count;
static char dir[64];

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(stk_status status, const stk_error *err)
{
    if (status == STK_OK)
        return;
    fprintf(stderr, "bench_protect: %s\n", err->text);
    exit(3);
}

static size_t load(const char *path, char *room)
{
    gzFile file = gzopen(path, "rb");
    int n = file == NULL ? 0 : gzread(file, room, INPUT_BYTES);
    if (file != NULL)
        gzclose(file);
    return n < 0 ? 0 : (size_t)n;
}

static void decode_all(stk_str bytes, stk_arena *arena)
{
    const stk_decoder *d = stk_decoder_named(STK_S("combined"));
    stk_decoder_setup setup = { .assumed_year = 2026 };
    stk_error err;
    void *self = NULL;
    must(d->open(&setup, arena, &self, &err), &err);
    uint64_t unit = 0, offset = 0;
    size_t len;
    while (bytes.len > 0 && event_count < EVENTS_MOST &&
           d->frame(self, bytes, true, &len) != STK_FRAME_MORE) {
        stk_event *e = &events[event_count];
        unit++;
        if (d->decode(self, (stk_str){ bytes.ptr, len }, arena, e, &err) == STK_OK) {
            e->meta.position = (stk_position){ .unit = unit, .offset = offset };
            e->meta.sequence = event_count++;
            e->meta.seen_at = e->meta.at;
        }
        offset += len;
        bytes = (stk_str){ bytes.ptr + len, bytes.len - len };
    }
}

/* All events through a builder; blocks go to `store` when there is one. */
static size_t protect_all(stk_block_builder *b, stk_store *store)
{
    stk_error err;
    const stk_block *block = NULL;
    size_t bytes = 0;
    for (size_t i = 0; i < event_count; i++) {
        must(stk_block_add(b, &events[i], &err), &err);
        if (stk_block_count(b) < STK_BATCH_EVENTS && i + 1 < event_count)
            continue;
        must(stk_block_seal(b, &block, &err), &err);
        bytes += stk_block_info_of(block)->open.len + stk_block_info_of(block)->sealed.len;
        if (store != NULL) {
            must(stk_store_begin(store, &err), &err);
            must(stk_store_put_block(store, 0, block, &err), &err);
            must(stk_store_commit(store, &err), &err);
        }
    }
    return bytes;
}

/* Bytes of the files in the directory; they are removed. */
static size_t directory_bytes(void)
{
    size_t bytes = 0;
    DIR *d = opendir(dir);
    const struct dirent *e;
    struct stat st;
    while (d != NULL && (e = readdir(d)) != NULL)
        if (e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, 0) == 0) {
            bytes += (size_t)st.st_size;
            (void)unlinkat(dirfd(d), e->d_name, 0);
        }
    if (d != NULL)
        closedir(d);
    rmdir(dir);
    return bytes;
}

static void measure(stk_protector *p, const char *name)
{
    static const stk_source_name source = { .occurrence = 0 };
    stk_error err;
    stk_block_builder *b = NULL;
    must(stk_block_builder_new(p, &source, &b, &err), &err);
    double n = (double)event_count, best = 1e9;
    size_t bytes = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double from = now();
        bytes = protect_all(b, NULL);
        double took = now() - from;
        best = took < best ? took : best;
    }
    printf("protect.%s.time\t%.0f\tns/event\n", name, best * 1e9 / n);
    printf("protect.%s.size\t%.1f\tB/event\n", name, (double)bytes / n);
    stk_secret record = { { 2 } };
    stk_source_state state;
    stk_store *store = NULL;
    stk_arena *arena = stk_arena_new(1 << 20);
    snprintf(dir, sizeof dir, "/tmp/stk-bench-XXXXXX");
    if (mkdtemp(dir) == NULL || arena == NULL)
        exit(3);
    stk_store_setup setup = { .dir = dir, .mode = STK_STORE_WRITE, .record = &record };
    must(stk_store_open(&setup, &store, &err), &err);
    must(stk_store_source(store, 0, &source, STK_S("bench"), arena, &state, &err), &err);
    double from = now();
    protect_all(b, store);
    printf("store.%s.time\t%.0f\tns/event, protecting included\n", name, (now() - from) * 1e9 / n);
    stk_store_close(store);
    printf("store.%s.size\t%.1f\tB/event, database included\n", name,
           (double)directory_bytes() / n);
    stk_arena_free(arena);
    stk_block_builder_free(b);
}

int main(int argc, char **argv)
{
    char path[512], *bytes = malloc(INPUT_BYTES);
    const char *root = getenv("STOCKADE_DATA");
    snprintf(path, sizeof path, "%s%s",
             argc > 1       ? argv[1]
             : root == NULL ? "../shared/data"
                            : root,
             argc > 1 ? "" : "/web/accesslogs/elastic_apache_logs.txt.gz");
    stk_arena *arena = stk_arena_new((size_t)256 << 20);
    if (bytes == NULL || arena == NULL)
        return 3;
    decode_all((stk_str){ bytes, load(path, bytes) }, arena);
    if (event_count == 0) {
        fprintf(stderr, "bench_protect: no events in %s\n", path);
        return 3;
    }
    stk_secret keys[3] = { { { 1 } }, { { 2 } }, { { 3 } } };
    stk_policy *policy = NULL;
    stk_protector *p = NULL;
    stk_error err;
    must(stk_policy_default(&policy, &err), &err);
    stk_protect_setup setup = { .policy = policy,
                                .pseudonym = &keys[0],
                                .record = &keys[1],
                                .key_version = 1,
                                .entropy = &stk_entropy_system };
    must(stk_protector_new(&setup, &p, &err), &err);
    must(stk_protector_day(p, &keys[2], 20000, &err), &err);
    measure(p, "log");
    for (size_t i = 0; i < event_count; i++) { /* scattered, as a hash scatters */
        uint64_t h = stk_mix64(i + 1);
        char *text = stk_arena_bytes(arena, 16);
        if (text == NULL)
            return 3;
        int len = snprintf(text, 16, "%u.%u.%u.%u", 1 + (unsigned)(h & 127),
                           (unsigned)(h >> 8 & 255), (unsigned)(h >> 16 & 255),
                           (unsigned)(h >> 24 & 255));
        events[i].u.http.client.raw = (stk_str){ text, (size_t)len };
    }
    measure(p, "spread");
    stk_protector_free(p);
    stk_policy_free(policy);
    stk_arena_free(arena);
    free(bytes);
    return 0;
}
