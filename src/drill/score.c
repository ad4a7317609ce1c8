/* SPDX-License-Identifier: Apache-2.0 */
/* How good was the watch? Matching of incidents to what attackers truly did. */
#include "drill/score.h"

static bool times_meet(const stk_score_truth *t, const stk_score_incident *i)
{
    return i->first_at <= t->last_at + STK_SCORE_SLACK &&
           i->last_at >= t->first_at - STK_SCORE_SLACK;
}

static bool shares_actor(const stk_score_truth *t, const stk_score_incident *i)
{
    for (size_t a = 0; a < i->actor_count; a++) {
        for (size_t b = 0; b < t->actor_count; b++) {
            if (stk_str_eq(i->actors[a], t->actors[b]))
                return true;
        }
    }
    return false;
}

static bool holds_unit(const stk_score_truth *t, stk_score_unit u)
{
    size_t low = 0, high = t->unit_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const stk_score_unit *m = &t->units[middle];
        if (m->file < u.file || (m->file == u.file && m->unit < u.unit))
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->unit_count && t->units[low].file == u.file && t->units[low].unit == u.unit;
}

static bool half_of_units(const stk_score_truth *t, const stk_score_incident *i)
{
    size_t held = 0;
    for (size_t u = 0; u < i->unit_count; u++)
        held += holds_unit(t, i->units[u]);
    return held > 0 && 2 * held >= i->unit_count;
}

static bool names_rightly(const stk_score_truth *t, const stk_score_incident *i)
{
    return t->kinds >> i->kind & 1;
}

static void take_account(const stk_score_truth *t, const stk_score_incident *i, stk_score_row *row)
{
    row->right++;
    if (i->shown_at == STK_TIME_NONE)
        return;
    stk_time took = i->shown_at > t->first_at ? i->shown_at - t->first_at : 0;
    if (row->took_us == STK_TIME_NONE || took < row->took_us)
        row->took_us = took;
}

/* Credits every scenario that the incident names rightly, else the first that it belongs to. */
static int owner_of(const stk_score_truth *truths, size_t count, const stk_score_incident *i,
                    stk_score_row *rows)
{
    int owner = STK_SCORE_NONE, other = STK_SCORE_NONE;
    for (size_t t = 0; t < count; t++) {
        if (!times_meet(&truths[t], i) ||
            !(shares_actor(&truths[t], i) || half_of_units(&truths[t], i)))
            continue;
        int *first = names_rightly(&truths[t], i) ? &owner : &other;
        if (first == &owner)
            take_account(&truths[t], i, &rows[t]);
        if (*first == STK_SCORE_NONE)
            *first = (int)t;
    }
    if (owner == STK_SCORE_NONE && other != STK_SCORE_NONE)
        rows[other].other++;
    return owner == STK_SCORE_NONE ? other : owner;
}

/* The nth smallest time of the rows that have one; drills have dozens of scenarios, not millions.
 */
static stk_time nth_took(const stk_score_row *rows, size_t count, size_t nth)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].took_us == STK_TIME_NONE)
            continue;
        size_t less = 0, equal = 0;
        for (size_t j = 0; j < count; j++) {
            less += rows[j].took_us != STK_TIME_NONE && rows[j].took_us < rows[i].took_us;
            equal += rows[j].took_us == rows[i].took_us;
        }
        if (nth >= less && nth < less + equal)
            return rows[i].took_us;
    }
    return STK_TIME_NONE;
}

stk_score stk_score_drill(const stk_score_truth *truths, size_t truth_count,
                          const stk_score_incident *incidents, size_t incident_count,
                          stk_score_row *rows, int *of)
{
    stk_score score = { 0 };
    for (size_t t = 0; t < truth_count; t++)
        rows[t] = (stk_score_row){ .took_us = STK_TIME_NONE };
    for (size_t i = 0; i < incident_count; i++) {
        of[i] = owner_of(truths, truth_count, &incidents[i], rows);
        score.false_count += of[i] == STK_SCORE_NONE;
    }
    size_t shown = 0;
    for (size_t t = 0; t < truth_count; t++) {
        score.found += rows[t].right > 0;
        score.missed += rows[t].right == 0;
        shown += rows[t].took_us != STK_TIME_NONE;
    }
    score.median_took_us = nth_took(rows, truth_count, (shown - (shown > 0)) / 2);
    score.longest_took_us = shown ? nth_took(rows, truth_count, shown - 1) : STK_TIME_NONE;
    return score;
}
