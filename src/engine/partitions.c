/* SPDX-License-Identifier: Apache-2.0 */
/* Sixty-four little worlds, each with the state of every keyed detector. */
#include "engine/partitions.h"

#include <stdlib.h>

struct partition {
    void *state[STK_DETECTORS_MAX];
    stk_tuple *dealt; /* [count] */
    size_t count, room;
    stk_keyed *said; /* [said_count] */
    size_t said_count, said_room;
    stk_findings findings; /* of the tuple in hand */
    bool out_of_memory;
};

struct stk_partitions {
    const stk_snapshot *snapshot;
    struct partition part[STK_PARTITIONS];
    stk_keyed *merged;
    size_t merged_room;
    stk_time watermark; /* of the round in hand */
};

static size_t share_of(const stk_detector *plugin)
{
    return plugin->look == NULL ? 0 : plugin->memory_share == 0 ? 1 : plugin->memory_share;
}

stk_status stk_partitions_new(const stk_snapshot *snapshot, size_t budget_bytes,
                              stk_partitions **ret, stk_error *err)
{
    stk_partitions *p = calloc(1, sizeof *p);
    if (p == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for partitions");
    p->snapshot = snapshot;
    size_t shares = 0;
    for (size_t d = 0; d < snapshot->armed_count; d++)
        shares += share_of(snapshot->armed[d].plugin);
    for (size_t i = 0; i < STK_PARTITIONS; i++)
        for (size_t d = 0; d < snapshot->armed_count; d++) {
            const stk_armed *armed = &snapshot->armed[d];
            if (armed->plugin->look == NULL)
                continue;
            size_t bytes = budget_bytes / STK_PARTITIONS * share_of(armed->plugin) / shares;
            stk_status status = armed->plugin->state_new(armed->self, bytes, &p->part[i].state[d],
                                                         err);
            if (status != STK_OK) {
                stk_partitions_free(p);
                return status;
            }
        }
    *ret = p;
    return STK_OK;
}

void stk_partitions_free(stk_partitions *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < STK_PARTITIONS; i++) {
        for (size_t d = 0; d < p->snapshot->armed_count; d++)
            if (p->part[i].state[d] != NULL)
                p->snapshot->armed[d].plugin->state_free(p->part[i].state[d]);
        free(p->part[i].dealt);
        free(p->part[i].said);
    }
    free(p->merged);
    free(p);
}

bool stk_partitions_send(stk_partitions *p, const stk_tuple *tuple)
{
    struct partition *part = &p->part[stk_key_partition(tuple->key)];
    if (part->count == part->room) {
        size_t room = part->room == 0 ? 1024 : part->room * 2;
        stk_tuple *more = realloc(part->dealt, room * sizeof *more);
        if (more == NULL)
            return false;
        part->dealt = more;
        part->room = room;
    }
    part->dealt[part->count++] = *tuple;
    return true;
}

static void keep(struct partition *part, const stk_tuple *tuple)
{
    size_t need = part->said_count + part->findings.count;
    if (need > part->said_room) {
        size_t room = need + need / 2 + 16;
        stk_keyed *more = realloc(part->said, room * sizeof *more);
        if (more == NULL) {
            part->out_of_memory = true;
            return;
        }
        part->said = more;
        part->said_room = room;
    }
    for (size_t f = 0; f < part->findings.count; f++)
        part->said[part->said_count++] = (stk_keyed){ .sequence = tuple->sequence,
                                                      .detector = tuple->detector,
                                                      .ordinal = (uint32_t)f,
                                                      .finding = part->findings.item[f] };
}

static void run_partition(void *ctx, size_t item, unsigned worker)
{
    (void)worker;
    stk_partitions *p = ctx;
    struct partition *part = &p->part[item];
    for (size_t t = 0; t < part->count; t++) {
        const stk_tuple *tuple = &part->dealt[t];
        const stk_armed *armed = &p->snapshot->armed[tuple->detector];
        part->findings.count = part->findings.dropped = 0;
        armed->plugin->look(armed->self, part->state[tuple->detector], tuple, &part->findings);
        if (part->findings.count != 0)
            keep(part, tuple);
    }
    part->count = 0;
    for (size_t d = 0; d < p->snapshot->armed_count; d++)
        if (part->state[d] != NULL && p->snapshot->armed[d].plugin->tick != NULL)
            p->snapshot->armed[d].plugin->tick(p->snapshot->armed[d].self, part->state[d],
                                               p->watermark);
}

static int order_keyed(const void *left, const void *right)
{
    const stk_keyed *a = left, *b = right;
    if (a->sequence != b->sequence)
        return a->sequence < b->sequence ? -1 : 1;
    if (a->detector != b->detector)
        return a->detector < b->detector ? -1 : 1;
    if (a->finding.by.type != b->finding.by.type) /* one event speaks of a type of key but once */
        return a->finding.by.type < b->finding.by.type ? -1 : 1;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

const stk_keyed *stk_partitions_run(stk_partitions *p, stk_pool *pool, stk_time watermark,
                                    size_t *ret_count)
{
    p->watermark = watermark;
    stk_pool_each(pool, STK_PARTITIONS, run_partition, p);
    size_t total = 0;
    *ret_count = SIZE_MAX;
    for (size_t i = 0; i < STK_PARTITIONS; i++) {
        if (p->part[i].out_of_memory)
            return NULL;
        total += p->part[i].said_count;
    }
    if (total > p->merged_room) {
        stk_keyed *more = realloc(p->merged, total * sizeof *more);
        if (more == NULL)
            return NULL;
        p->merged = more;
        p->merged_room = total;
    }
    size_t at = 0;
    for (size_t i = 0; i < STK_PARTITIONS; i++) {
        if (p->part[i].said_count != 0)
            memcpy(p->merged + at, p->part[i].said, p->part[i].said_count * sizeof *p->merged);
        at += p->part[i].said_count;
        p->part[i].said_count = 0;
    }
    if (total > 1)
        qsort(p->merged, total, sizeof *p->merged, order_keyed);
    *ret_count = total;
    return p->merged;
}

void stk_partitions_save(const stk_partitions *p, stk_buf *out)
{
    stk_buf_varint(out, p->snapshot->armed_count);
    for (size_t d = 0; d < p->snapshot->armed_count; d++) {
        const stk_armed *armed = &p->snapshot->armed[d];
        const char *name = armed->plugin->name;
        stk_buf_run(out, (stk_str){ name, strlen(name) });
        stk_buf_varint(out, armed->plugin->look != NULL);
        if (armed->plugin->look == NULL)
            continue;
        for (size_t i = 0; i < STK_PARTITIONS; i++)
            armed->plugin->save(armed->self, p->part[i].state[d], out);
    }
}

stk_status stk_partitions_load(stk_partitions *p, stk_cursor *in, stk_error *err)
{
    uint64_t count = stk_cursor_varint(in);
    for (uint64_t d = 0; d < count && !in->failed; d++) {
        stk_str name = stk_cursor_run(in);
        bool keyed = stk_cursor_varint(in) != 0;
        const stk_armed *armed = d < p->snapshot->armed_count ? &p->snapshot->armed[d] : NULL;
        if (armed == NULL ||
            !stk_str_eq(name, (stk_str){ armed->plugin->name, strlen(armed->plugin->name) }) ||
            keyed != (armed->plugin->look != NULL))
            return stk_fail(err, STK_ERR_INVALID,
                            "the checkpoint is of another set of detectors ('%" STK_SFMT "')",
                            STK_SARG(name));
        for (size_t i = 0; keyed && i < STK_PARTITIONS; i++)
            STK_TRY(armed->plugin->load(armed->self, p->part[i].state[d], in, err));
    }
    if (in->failed)
        return stk_fail(err, STK_ERR_SYNTAX, "the checkpoint's detector state is damaged");
    return STK_OK;
}
