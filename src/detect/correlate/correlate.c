/* SPDX-License-Identifier: Apache-2.0 */
/* The correlator's face: options, life, and the way of one event through it. */
#include "detect/correlate/state.h"

#include <stdlib.h>

const stk_spec stk_correlate_spec[] = {
    { "quiet", STK_DURATION_US, offsetof(stk_correlate_config, quiet_us), "1h", "1m", "7d",
      "How long one actor must be quiet before its incident is closed." },
    { "campaign_quiet", STK_DURATION_US, offsetof(stk_correlate_config, campaign_quiet_us), "2h",
      "1m", "7d",
      "How long all actors of a campaign must be quiet before its incident is closed." },
    { "span", STK_DURATION_US, offsetof(stk_correlate_config, span_us), "24h", "1h", "30d",
      "The longest time one incident tells of; what goes on longer is told anew." },
    { "promote_events", STK_INT, offsetof(stk_correlate_config, promote_events), "10", "2", "12",
      "Probes by one client within `quiet` that make an incident of its own out of noise." },
    { "promote_targets", STK_INT, offsetof(stk_correlate_config, promote_targets), "5", "2", "12",
      "Different places probed by one client that make an incident of its own out of noise." },
    { "repeated_deviations", STK_INT, offsetof(stk_correlate_config, repeated_deviations), "20",
      "3", "100000", "Deviations by one client that make their incident more than low." },
};
const size_t stk_correlate_spec_count = STK_COUNT(stk_correlate_spec);
const size_t stk_correlate_config_size = sizeof(stk_correlate_config);

static void empty(stk_correlator *c)
{
    stk_book_clear(&c->book);
    c->open_count = c->queue_from = c->queue_count = 0;
    c->newest = c->oldest = c->taken = STK_NOWHERE;
    c->units_open = c->lost = c->probes_denied = c->probes_given = 0;
    c->free_count = STK_STORIES;
    for (uint32_t i = 0; i < STK_STORIES; i++)
        c->free_slots[i] = STK_STORIES - 1 - i;
    memset(c->sizes, 0, STK_SIZES * sizeof *c->sizes);
    memset(c->minors, 0, STK_MINORS * sizeof *c->minors);
}

void stk_correlator_reset(stk_correlator *c)
{
    for (uint32_t s = 0; s < STK_STORIES; s++)
        if (c->stories[s] != NULL) {
            free(c->stories[s]->incident.units);
            free(c->stories[s]);
            c->stories[s] = NULL;
        }
    empty(c);
}

stk_status stk_correlator_new(const stk_hash_key *secret, const void *config, stk_correlator **ret,
                              stk_error *err)
{
    stk_correlator *c = calloc(1, sizeof *c);
    if (c == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for correlation");
    c->secret = *secret;
    c->config = *(const stk_correlate_config *)config;
    c->stories = calloc(STK_STORIES, sizeof(stk_story *));
    c->free_slots = calloc(STK_STORIES, sizeof *c->free_slots);
    c->queue = calloc(STK_STORIES, sizeof *c->queue);
    c->sizes = calloc(STK_SIZES, sizeof *c->sizes);
    c->minors = calloc(STK_MINORS, sizeof *c->minors);
    stk_status status = stk_book_init(&c->book, err);
    if (status == STK_OK && (c->stories == NULL || c->free_slots == NULL || c->queue == NULL ||
                             c->sizes == NULL || c->minors == NULL))
        status = stk_fail(err, STK_ERR_MEMORY, "no memory for correlation");
    if (status != STK_OK) {
        stk_correlator_free(c);
        return status;
    }
    empty(c);
    *ret = c;
    return STK_OK;
}

void stk_correlator_free(stk_correlator *c)
{
    if (c == NULL)
        return;
    for (uint32_t s = 0; c->stories != NULL && s < STK_STORIES; s++)
        if (c->stories[s] != NULL) {
            free(c->stories[s]->incident.units);
            free(c->stories[s]);
        }
    stk_book_done(&c->book);
    free(c->stories);
    free(c->free_slots);
    free(c->queue);
    free(c->sizes);
    free(c->minors);
    free(c);
}

static void forget_taken(stk_correlator *c)
{
    if (c->taken == STK_NOWHERE)
        return;
    stk_story_forget(c, c->taken);
    c->taken = STK_NOWHERE;
}

static void learn_size(stk_correlator *c, const stk_passed *passed)
{
    const stk_http *http = &passed->event->u.http;
    if (passed->event->kind == STK_KIND_HTTP_REQUEST && passed->endpoint_known &&
        http->status >= 200 && http->status < 300 && http->bytes > 0)
        stk_size_learn(c->sizes, passed->endpoint.hash, http->bytes);
}

bool stk_correlate(stk_correlator *c, const stk_passed *passed)
{
    forget_taken(c);
    if (passed->count == 0) {
        bool followed = false;
        bool told = c->open_count != 0 && stk_follow(c, passed, &followed);
        if (!followed)
            learn_size(c, passed);
        return told;
    }
    stk_outcome outcome = stk_outcome_of(c, passed);
    bool seen = false;
    for (int round = 0; round < 2; round++) /* what concerns many first: it leads single clients */
        for (size_t f = 0; f < passed->count; f++)
            if (stk_speaks_of_many(&passed->findings[f]) == (round == 0))
                seen |= stk_place_finding(c, passed, &passed->findings[f], outcome);
    return seen;
}

bool stk_correlator_take(stk_correlator *c, const stk_incident **ret, bool *ret_closed)
{
    forget_taken(c);
    while (c->queue_count != 0) {
        uint32_t slot = c->queue[c->queue_from];
        c->queue_from = (c->queue_from + 1) % STK_STORIES;
        c->queue_count--;
        stk_story *story = c->stories[slot];
        story->queued = false;
        if (story->telling == 0 && !story->shown) { /* emptied before anybody saw it */
            if (!story->open)
                stk_story_forget(c, slot);
            continue;
        }
        story->shown = true;
        stk_incident_summarise(&story->incident);
        *ret = &story->incident;
        *ret_closed = !story->open;
        if (!story->open)
            c->taken = slot;
        return true;
    }
    return false;
}

void stk_correlator_tick(stk_correlator *c, stk_time watermark)
{
    forget_taken(c);
    for (uint32_t slot = c->oldest, next; slot != STK_NOWHERE; slot = next) {
        const stk_story *story = c->stories[slot];
        next = story->newer;
        stk_time last = story->incident.last_at;
        if (watermark == INT64_MAX ||
            (watermark > last &&
             (uint64_t)watermark - (uint64_t)last > (uint64_t)stk_story_quiet_us(c, story)))
            stk_story_close(c, slot);
    }
}
