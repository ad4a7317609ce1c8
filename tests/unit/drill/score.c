/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring: what counts as found, as named otherwise, as false. */
#include "drill/score.h"

#include "check.h"

static const stk_str attacker[] = { STK_S("254.1.1.1") },
                     botnet[] = { STK_S("254.2.2.2"), STK_S("254.3.3.3") },
                     customer[] = { STK_S("240.9.9.9") };
static const stk_score_unit scan_units[] = { { 0, 5 }, { 0, 9 } },
                            stuff_units[] = { { 0, 10 }, { 0, 12 }, { 3, 7 }, { 3, 8 } };
static const stk_score_truth truths[] = {
    { .scenario = STK_S("scanner"),
      .kinds = 1u << STK_INCIDENT_SCAN,
      .first_at = 10 * STK_HOUR,
      .last_at = 11 * STK_HOUR,
      .actors = attacker,
      .actor_count = 1,
      .units = scan_units,
      .unit_count = 2 },
    { .scenario = STK_S("stuffing"),
      .kinds = 1u << STK_INCIDENT_CREDENTIAL_STUFFING,
      .first_at = 10 * STK_HOUR,
      .last_at = 12 * STK_HOUR,
      .actors = botnet,
      .actor_count = 2,
      .units = stuff_units,
      .unit_count = 4 },
};

static stk_score one(stk_score_incident incident, stk_score_row rows[2], int *of)
{
    return stk_score_drill(truths, 2, &incident, 1, rows, of);
}

static const char *found_by_actor(void)
{
    stk_score_row rows[2];
    int of;
    stk_score s = one((stk_score_incident){ .kind = STK_INCIDENT_SCAN,
                                            .first_at = 10 * STK_HOUR,
                                            .last_at = 11 * STK_HOUR,
                                            .actors = attacker,
                                            .shown_at = 10 * STK_HOUR + 30 * STK_SECOND,
                                            .actor_count = 1 },
                      rows, &of);
    CHECK(s.found == 1 && s.missed == 1 && s.false_count == 0 && of == 0);
    CHECK(rows[0].right == 1 && rows[0].took_us == 30 * STK_SECOND);
    CHECK(s.median_took_us == 30 * STK_SECOND && s.longest_took_us == 30 * STK_SECOND);
    return NULL;
}

static const char *found_by_units(void)
{
    static const stk_score_unit mostly[] = { { 0, 10 }, { 0, 11 }, { 3, 7 }, { 3, 8 } },
                                hardly[] = { { 0, 10 }, { 0, 11 }, { 0, 13 }, { 3, 9 } };
    stk_score_row rows[2];
    int of;
    stk_score_incident i = { .kind = STK_INCIDENT_CREDENTIAL_STUFFING,
                             .first_at = 10 * STK_HOUR,
                             .last_at = 11 * STK_HOUR,
                             .shown_at = STK_TIME_NONE,
                             .units = mostly,
                             .unit_count = 4 };
    stk_score s = one(i, rows, &of);
    CHECK(s.found == 1 && of == 1 && rows[1].took_us == STK_TIME_NONE);
    i.units = hardly;
    s = one(i, rows, &of);
    CHECK(s.found == 0 && s.false_count == 1 && of == STK_SCORE_NONE);
    return NULL;
}

static const char *one_incident_may_hold_two_attacks(void)
{
    static const stk_str both[] = { STK_S("254.2.2.2"), STK_S("254.1.1.1") };
    stk_score_truth two[] = { truths[0], truths[1] };
    two[0].kinds = two[1].kinds;
    stk_score_row rows[2];
    int of;
    stk_score_incident i = { .kind = STK_INCIDENT_CREDENTIAL_STUFFING,
                             .first_at = 10 * STK_HOUR,
                             .last_at = 11 * STK_HOUR,
                             .actors = both,
                             .actor_count = 2 };
    CHECK(stk_score_drill(two, 2, &i, 1, rows, &of).found == 2);
    CHECK(stk_score_drill(truths, 2, &i, 1, rows, &of).found == 1 && of == 1);
    CHECK(rows[0].right == 0 && rows[0].other == 0);
    return NULL;
}

static const char *another_name_is_not_found(void)
{
    stk_score_row rows[2];
    int of;
    stk_score s = one((stk_score_incident){ .kind = STK_INCIDENT_FLOOD,
                                            .first_at = 10 * STK_HOUR,
                                            .last_at = 11 * STK_HOUR,
                                            .actors = attacker,
                                            .actor_count = 1 },
                      rows, &of);
    CHECK(s.found == 0 && s.false_count == 0 && rows[0].other == 1 && of == 0);
    return NULL;
}

static const char *honest_or_late_is_false(void)
{
    stk_score_row rows[2];
    int of;
    stk_score_incident i = { .kind = STK_INCIDENT_SCAN,
                             .first_at = 10 * STK_HOUR,
                             .last_at = 11 * STK_HOUR,
                             .actors = customer,
                             .actor_count = 1 };
    CHECK(one(i, rows, &of).false_count == 1);
    i.actors = attacker;
    i.first_at = i.last_at = 20 * STK_HOUR;
    CHECK(one(i, rows, &of).false_count == 1);
    return NULL;
}

static const check_test tests[] = {
    { "found by its actor", found_by_actor },
    { "found by its units", found_by_units },
    { "one incident may hold two attacks", one_incident_may_hold_two_attacks },
    { "another name is not found", another_name_is_not_found },
    { "an honest actor, or another day, is false", honest_or_late_is_false },
};
CHECK_MAIN(tests)
