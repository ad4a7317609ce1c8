/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, touching and closing stories, and the queue of those that changed. */
#include "detect/correlate/state.h"

#include <stdlib.h>

enum { UNITS_AT_FIRST = 16 };

static void unlink_story(stk_correlator *c, const stk_story *story)
{
    if (story->newer != STK_NOWHERE)
        c->stories[story->newer]->older = story->older;
    else
        c->newest = story->older;
    if (story->older != STK_NOWHERE)
        c->stories[story->older]->newer = story->newer;
    else
        c->oldest = story->newer;
}

static void link_newest(stk_correlator *c, uint32_t slot)
{
    stk_story *story = c->stories[slot];
    story->newer = STK_NOWHERE;
    story->older = c->newest;
    if (c->newest != STK_NOWHERE)
        c->stories[c->newest]->newer = slot;
    else
        c->oldest = slot;
    c->newest = slot;
}

void stk_story_touch(stk_correlator *c, uint32_t slot)
{
    if (c->newest == slot)
        return;
    unlink_story(c, c->stories[slot]);
    link_newest(c, slot);
}

void stk_story_queue(stk_correlator *c, uint32_t slot)
{
    stk_story *story = c->stories[slot];
    if (story->queued)
        return;
    story->queued = true;
    c->queue[(c->queue_from + c->queue_count++) % STK_STORIES] = slot;
}

stk_story *stk_story_open(stk_correlator *c, const stk_mention *first, stk_scope scope,
                          uint32_t *ret_slot)
{
    if (c->open_count == STK_INCIDENTS_OPEN)
        stk_story_close(c, c->oldest);
    stk_story *story = c->free_count == 0 ? NULL : calloc(1, sizeof *story);
    if (story == NULL)
        return NULL;
    uint32_t slot = c->free_slots[--c->free_count];
    stk_incident *incident = &story->incident;
    incident->units = calloc(UNITS_AT_FIRST, sizeof *incident->units);
    incident->unit_room = incident->units == NULL ? 0 : UNITS_AT_FIRST;
    incident->meta = first->meta;
    incident->kind = first->rule->kind;
    incident->first_at = incident->last_at = first->meta.at;
    story->scope = scope;
    story->family = stk_family_of(first->rule->kind);
    story->open = true;
    story->last_sequence = UINT64_MAX;
    c->stories[slot] = story;
    c->open_count++;
    link_newest(c, slot);
    *ret_slot = slot;
    return story;
}

void stk_story_close(stk_correlator *c, uint32_t slot)
{
    stk_story *story = c->stories[slot];
    if (story->scope == STK_SCOPE_BACKGROUND)
        for (size_t m = 0; m < STK_MINORS; m++)
            if (c->minors[m].story == slot)
                c->minors[m].mention_count = 0;
    stk_book_drop_story(c, story);
    unlink_story(c, story);
    story->open = false;
    c->open_count--;
    c->units_open -= story->incident.unit_count;
    stk_story_queue(c, slot);
}

void stk_story_forget(stk_correlator *c, uint32_t slot)
{
    stk_story *story = c->stories[slot];
    free(story->incident.units);
    free(story);
    c->stories[slot] = NULL;
    c->free_slots[c->free_count++] = slot;
}

int64_t stk_story_quiet_us(const stk_correlator *c, const stk_story *story)
{
    if (story->scope == STK_SCOPE_BACKGROUND)
        return c->config.span_us;
    return story->scope == STK_SCOPE_CAMPAIGN ? c->config.campaign_quiet_us : c->config.quiet_us;
}

/* Lines may come out of order: an event before the first one belongs to it as one after the last
 * does. No story spans more than span_us, so that noise that never ends is told day by day. */
bool stk_story_holds(const stk_correlator *c, const stk_story *story, stk_time at)
{
    const stk_incident *i = &story->incident;
    stk_time first = at < i->first_at ? at : i->first_at, last = at > i->last_at ? at : i->last_at;
    if ((uint64_t)last - (uint64_t)first > (uint64_t)c->config.span_us)
        return false;
    uint64_t quiet = (uint64_t)stk_story_quiet_us(c, story);
    return (uint64_t)last - (uint64_t)i->last_at <= quiet &&
           (uint64_t)i->first_at - (uint64_t)first <= quiet;
}
