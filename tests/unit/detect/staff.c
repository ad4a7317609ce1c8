/* SPDX-License-Identifier: Apache-2.0 */
/* Staff who take far more than ever, beside a busy season that all of them share. */
#include "keyed_world.h"

extern const stk_detector stk_detector_staff;

static void reads(world *w, const char *who, const char *action, int64_t records, unsigned subject)
{
    char text[16];
    (void)snprintf(text, sizeof text, "s%u", subject);
    stk_event e;
    stk_event_init(&e, STK_KIND_STAFF_ACCESS);
    e.u.shop.staff.raw = text_of(who);
    e.u.shop.action = text_of(action);
    e.u.shop.records = records;
    e.u.shop.subject.raw = text_of(text);
    world_shop(w, &e, 3);
}

static const char *const names[] = { "ann", "bob", "cem", "dai", "eva" };

static void days(world *w, int count, unsigned records)
{
    for (int day = 0; day < count; day++, w->now += STK_DAY)
        for (unsigned n = 0; n < STK_COUNT(names); n++)
            for (unsigned i = 0; i < records; i++)
                reads(w, names[n], "view", 1, i + n * 97);
}

static const char *far_more(void)
{
    auto_world *w = world_new(&stk_detector_staff);
    days(w, 10, 30);
    CHECK(w->said[0] + w->said[1] == 0);
    for (unsigned i = 0; i < 600; i++)
        reads(w, "bob", "view", 1, 5000 + i);
    CHECK(w->said[0] >= 2 && w->said[0] < 10 && w->last.by.type == STK_KEY_STAFF);
    return NULL;
}

static const char *one_export(void)
{
    auto_world *w = world_new(&stk_detector_staff);
    days(w, 5, 20);
    reads(w, "eva", "export", 12000, 1);
    CHECK(w->said[0] == 1 && w->last.confidence > 0.8);
    CHECK(strstr(w->words, "12,000 customer records in a day, 12,000 of them exported") != NULL);
    return NULL;
}

static const char *a_busy_season(void)
{
    auto_world *w = world_new(&stk_detector_staff);
    days(w, 6, 30);
    days(w, 3, 75); /* everybody has two and a half times as much to do */
    CHECK(w->said[0] + w->said[1] == 0);
    return NULL;
}

static const char *a_new_colleague(void)
{
    auto_world *w = world_new(&stk_detector_staff);
    days(w, 6, 60);
    for (unsigned i = 0; i < 90; i++)
        reads(w, "new", "view", 1, i);
    CHECK(w->said[0] + w->said[1] == 0);
    for (unsigned i = 0; i < 900; i++)
        reads(w, "new", "view", 1, i);
    CHECK(w->said[1] >= 1);
    const char *why = world_checkpoint(w);
    return why;
}

static const check_test tests[] = {
    { "far more than ever", far_more },
    { "one large export", one_export },
    { "quiet: a busy season for all", a_busy_season },
    { "a new colleague, busy or greedy; state survives", a_new_colleague },
};
CHECK_MAIN(tests)
