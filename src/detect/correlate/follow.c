/* SPDX-License-Identifier: Apache-2.0 */
/* What the actors of a story do next, without any finding: a sign-in that succeeds after the failed
 * ones, an order after it. That is what an attempt reached. */
#include "detect/correlate/state.h"

enum { FOLLOWED_PER_FINDING = 3 };

static bool tells_of_sign_ins(const stk_story *story)
{
    return story->family == STK_FAMILY_LOGIN ||
           stk_family_of(story->incident.kind) == STK_FAMILY_LOGIN;
}

static bool is_target(const stk_story *story, stk_key key)
{
    const stk_incident *i = &story->incident;
    for (size_t e = 0; e < i->entity_count; e++)
        if (i->entities[e].target && stk_key_eq(i->entities[e].key, key))
            return true;
    return false;
}

static void signed_in(stk_correlator *c, stk_story *story, uint32_t slot, const stk_passed *passed)
{
    const stk_reason reason = { .message = STK_MSG_TURN_SIGNED_IN,
                                .args = { STK_ARG_I((int64_t)story->telling) } };
    story->signed_in = true;
    stk_tell_turn(story, &passed->event->meta, STK_STAGE_SUCCESS, &reason);
    if (passed->account_known) {
        (void)stk_tell_entity(story, passed->account, true, &passed->event->meta.position);
        stk_book_put(c, stk_page_key_of(STK_PAGE_FOLLOW, passed->account), slot);
    }
}

/* A form that answered every try with one status, and now redirects: the password was right. */
static bool answered_otherwise(const stk_story *story, const stk_passed *passed)
{
    const stk_http *http = &passed->event->u.http;
    return passed->event->kind == STK_KIND_HTTP_REQUEST && passed->endpoint_known &&
           stk_str_eq(http->method, STK_S("POST")) && http->status >= 300 && http->status < 304 &&
           story->outcomes[STK_OUTCOME_REDIRECT] * 10 < story->telling &&
           is_target(story, passed->endpoint);
}

static bool is_private(stk_str target)
{
    static const char *const words[] = { "account", "profile", "order",   "address",  "admin",
                                         "invoice", "wallet",  "payment", "dashboard" };
    for (size_t i = 0; i < STK_COUNT(words); i++)
        if (stk_word_in(target, words[i]))
            return true;
    return false;
}

/* What is done with an account that was won. False: nothing of note. */
static bool used(const stk_event *e, stk_reason *ret)
{
    switch (e->kind) {
    case STK_KIND_ACCOUNT_CHANGE:
        *ret = (stk_reason){ .message = STK_MSG_TURN_ACCOUNT_CHANGED,
                             .args = { STK_ARG_T(e->u.shop.action) } };
        return true;
    case STK_KIND_ORDER_PLACED:
        *ret = (stk_reason){ .message = STK_MSG_TURN_ORDERED };
        return true;
    case STK_KIND_PAYMENT_ATTEMPT:
        *ret = (stk_reason){ .message = STK_MSG_TURN_PAID };
        return true;
    case STK_KIND_AUTH_PRIVILEGE:
        *ret = (stk_reason){ .message = STK_MSG_TURN_PRIVILEGE };
        return true;
    case STK_KIND_HTTP_REQUEST:
        if (e->u.http.status < 200 || e->u.http.status >= 300 || !is_private(e->u.http.target.raw))
            return false;
        *ret = (stk_reason){ .message = STK_MSG_TURN_PRIVATE_PAGE,
                             .args = { STK_ARG_I(e->u.http.status) } };
        return true;
    default:
        return false;
    }
}

static bool sign_in_story(stk_correlator *c, stk_story *story, uint32_t slot,
                          const stk_passed *passed)
{
    stk_reason reason;
    if (stk_signed_in(passed->event)) {
        signed_in(c, story, slot, passed);
    } else if (answered_otherwise(story, passed)) {
        reason = (stk_reason){ .message = STK_MSG_TURN_ANSWERED_OTHERWISE,
                               .args = { STK_ARG_I(passed->event->u.http.status),
                                         STK_ARG_I((int64_t)story->telling) } };
        story->signed_in = true;
        stk_tell_turn(story, &passed->event->meta, STK_STAGE_SUCCESS, &reason);
    } else if (story->signed_in && used(passed->event, &reason)) {
        stk_tell_turn(story, &passed->event->meta, STK_STAGE_REACHED, &reason);
    } else {
        return false;
    }
    return true;
}

bool stk_follow(stk_correlator *c, const stk_passed *passed, bool *ret_followed)
{
    uint32_t slot;
    stk_story *story = NULL;
    stk_meta meta = passed->event->meta;
    meta.at = stk_time_sane(meta.at);
    if (passed->client_known)
        story = stk_story_at(c, stk_page_key_of(STK_PAGE_FOLLOW, passed->client), meta.at, &slot);
    if (story == NULL && passed->account_known)
        story = stk_story_at(c, stk_page_key_of(STK_PAGE_FOLLOW, passed->account), meta.at, &slot);
    if (story == NULL)
        return false;
    *ret_followed = true;
    bool of_story = tells_of_sign_ins(story) && sign_in_story(c, story, slot, passed);
    bool of_scan = story->incident.kind == STK_INCIDENT_SCAN &&
                   story->followed < story->telling * FOLLOWED_PER_FINDING;
    if (!of_story && !of_scan)
        return false;
    stk_tell_event(c, story, &meta);
    stk_story_touch(c, slot);
    stk_story_queue(c, slot);
    return of_story && stk_judge(c, story);
}
