/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_JUDGE_H
#define STK_TESTS_JUDGE_H
/* One request against the signatures that ship, for tests that measure on data. */
#include "detect/detector.h"
#include "detect/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

extern const stk_detector stk_detector_signatures;

typedef struct judge {
    stk_rules *rules;
    void *self, *scratch;
    stk_arena *arena;
    stk_findings findings;
} judge;

static inline void judge_done(judge *j)
{
    if (j->scratch != NULL)
        stk_detector_signatures.scratch_free(j->scratch);
    if (j->self != NULL)
        stk_detector_signatures.close(j->self);
    stk_rules_free(j->rules);
    stk_arena_free(j->arena);
}

static inline bool judge_init(judge *j)
{
    stk_error err;
    *j = (judge){ .arena = stk_arena_new(16 << 20) };
    if (stk_rules_load_embedded(&j->rules, &err) != STK_OK) {
        printf("# %s:%u: %s\n", err.file, err.line, err.text);
        return false;
    }
    stk_detector_setup setup = { .rules = j->rules };
    return stk_detector_signatures.open(&setup, NULL, &j->self, &err) == STK_OK &&
           stk_detector_signatures.scratch_new(j->self, &j->scratch, &err) == STK_OK;
}

/* The strongest finding's confidence, 0 for none; findings stay in j->findings until the next. */
static inline double judge_http(judge *j, const stk_http *http)
{
    stk_event event;
    stk_event_init(&event, STK_KIND_HTTP_REQUEST);
    event.u.http = *http;
    stk_carried carried;
    stk_arena_reset(j->arena);
    j->findings.count = j->findings.dropped = 0;
    if (stk_carry(&event.u.http, j->arena, &carried) != STK_OK)
        return 0;
    stk_unit unit = { .event = &event, .carried = &carried, .arena = j->arena };
    stk_detector_signatures.judge(j->self, j->scratch, &unit, &j->findings);
    double best = 0;
    for (size_t i = 0; i < j->findings.count; i++)
        if (j->findings.item[i].confidence > best)
            best = j->findings.item[i].confidence;
    return best;
}

/* A value as the query of GET /?q=<value>, as `replay --format values` does. */
static inline double judge_value(judge *j, stk_str value)
{
    stk_buf target = stk_buf_init(4 << 20);
    stk_buf_add(&target, STK_S("/?q="));
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (isalnum(c) || (c != 0 && strchr("-._~", c)))
            stk_buf_char(&target, (char)c);
        else
            stk_buf_printf(&target, "%%%02X", c);
    }
    stk_event event;
    stk_event_init(&event, STK_KIND_HTTP_REQUEST);
    event.u.http.method = STK_S("GET");
    event.u.http.protocol = STK_S("HTTP/1.1");
    event.u.http.target.raw = stk_buf_str(&target);
    double confidence = judge_http(j, &event.u.http);
    stk_buf_done(&target);
    return confidence;
}

#endif
