/* SPDX-License-Identifier: Apache-2.0 */
/* Who acts next: a heap of actors by time. Each step leaves some lines and says when it comes
 * again, so the drill's memory is that of the actors on stage, however long it runs. */
#include "drill/world.h"

#include <stdlib.h>

const char *const stk_drill_file_names[STK_DRILL_FILES] = { "access.log", "requests.http1",
                                                            "auth.log", "commerce.ndjson",
                                                            "truth.ndjson" };

enum { OF_ACTOR = 16, CHUNK_BYTES = 4 << 20 };

static bool sooner(const stk_drill_actor *a, const stk_drill_actor *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void sink(stk_drill *d, size_t i)
{
    stk_drill_actor *moved = d->agenda[i];
    for (size_t child; (child = 2 * i + 1) < d->actors; i = child) {
        if (child + 1 < d->actors && sooner(d->agenda[child + 1], d->agenda[child]))
            child++;
        if (!sooner(d->agenda[child], moved))
            break;
        d->agenda[i] = d->agenda[child];
    }
    d->agenda[i] = moved;
}

static void rise(stk_drill *d, size_t i)
{
    stk_drill_actor *moved = d->agenda[i];
    for (; i > 0 && sooner(moved, d->agenda[(i - 1) / 2]); i = (i - 1) / 2)
        d->agenda[i] = d->agenda[(i - 1) / 2];
    d->agenda[i] = moved;
}

static bool stage_grown(stk_drill *d)
{
    if (d->actors < d->actor_room)
        return true;
    size_t room = d->actor_room ? 2 * d->actor_room : 1024;
    stk_drill_actor **agenda = realloc(d->agenda, room * sizeof *agenda);
    if (!agenda)
        return false;
    d->agenda = agenda;
    d->actor_room = room;
    return true;
}

stk_drill_actor *stk_drill_enter(stk_drill *d, stk_time at, stk_drill_step step, uint64_t stream)
{
    if (d->actors >= STK_DRILL_ACTORS)
        return NULL; /* the doorman's limit, not a failure */
    stk_drill_actor *a = calloc(1, sizeof *a);
    if (!a || !stage_grown(d)) {
        free(a);
        d->failed = true;
        return NULL;
    }
    a->at = at;
    a->order = d->orders++;
    a->step = step;
    a->rng.state = stk_rng_of(d->config.seed, OF_ACTOR, stream);
    a->agent = stk_drill_agent(stk_rng_below(&a->rng, stk_drill_agent_count()));
    stk_drill_token(stk_rng_next(&a->rng), a->session);
    stk_drill_token(stk_rng_next(&a->rng), a->device);
    a->account = a->scenario = -1;
    d->agenda[d->actors] = a;
    rise(d, d->actors++);
    return a;
}

stk_status stk_drill_new(const stk_drill_config *config, stk_drill **ret, stk_error *err)
{
    if (config->days < 1 || config->days > 366)
        return stk_fail(err, STK_ERR_INVALID, "days is %d, but must lie in 1..366", config->days);
    if (config->scale_percent < 1 || config->scale_percent > 10000)
        return stk_fail(err, STK_ERR_INVALID, "scale is %d %%, but must lie in 1..10000",
                        config->scale_percent);
    stk_drill *d = calloc(1, sizeof *d);
    if (!d)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a drill");
    d->config = *config;
    d->start = config->start_at != STK_TIME_NONE ? config->start_at
                                                 : stk_days_from_civil(2026, 3, 2) * STK_DAY;
    d->end = d->start + config->days * STK_DAY;
    d->now = d->start;
    d->out = stk_buf_init(CHUNK_BYTES);
    stk_drill_build_world(d);
    stk_drill_open_shop(d);
    stk_drill_open_office(d);
    if (!config->peaceful && stk_drill_plan_attacks(d) != STK_OK)
        d->failed = true;
    if (d->failed) {
        stk_drill_free(d);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a drill");
    }
    *ret = d;
    return STK_OK;
}

void stk_drill_free(stk_drill *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->actors; i++)
        free(d->agenda[i]);
    free(d->agenda);
    for (size_t i = 0; i < d->truth_count; i++) {
        stk_buf_done(&d->truths[i].actors);
        stk_buf_done(&d->truths[i].targets);
        for (size_t f = 0; f < STK_DRILL_FILES; f++)
            stk_buf_done(&d->truths[i].units[f]);
    }
    free(d->truths);
    stk_buf_done(&d->out);
    free(d);
}

/* Let the next actor act. False: nobody is left before the end. */
static bool act(stk_drill *d)
{
    if (d->actors == 0 || d->agenda[0]->at >= d->end)
        return false;
    stk_drill_actor *a = d->agenda[0];
    d->now = a->at;
    stk_time next = a->step(d, a);
    /* The step may have let others in, never anybody sooner than itself. */
    if (next == STK_TIME_NONE) {
        free(a);
        d->agenda[0] = d->agenda[--d->actors];
    } else {
        a->at = next > d->now ? next : d->now + 1;
    }
    if (d->actors > 0)
        sink(d, 0);
    return true;
}

bool stk_drill_next(stk_drill *d, stk_drill_chunk *ret)
{
    if (d->pending_told == d->pending_count) {
        d->pending_told = d->pending_count = 0;
        stk_buf_clear(&d->out);
        while (d->pending_count == 0 && !d->failed && act(d))
            ;
        if (d->pending_count == 0 && !d->failed)
            stk_drill_tell_truths(d);
        if (d->out.failed)
            d->failed = true;
    }
    if (d->failed || d->pending_told == d->pending_count)
        return false;
    size_t i = d->pending_told++;
    *ret = (stk_drill_chunk){
        .file = d->pending[i].file,
        .at = d->now,
        .bytes = { .ptr = d->out.ptr + d->pending[i].offset, .len = d->pending[i].len },
    };
    return true;
}

bool stk_drill_failed(const stk_drill *d)
{
    return d->failed;
}
