/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_CMD_REPORT_H
#define STK_CMD_REPORT_H
/* Incidents gathered while a replay runs, printed when it is over: as NDJSON in the order in which
 * they began, or for people with the gravest first. */
#include "model/present.h"

typedef struct stk_report stk_report;

stk_report *stk_report_new(bool json, stk_lang lang, bool colour); /* NULL: no memory */
void stk_report_free(stk_report *report);

/* Render it now; the same id again replaces what was said before. Beyond a million of them, or 64
 * MiB packed, incidents are counted but not kept; print says how many. */
stk_status stk_report_add(stk_report *report, const stk_incident *incident, const stk_namer *namer,
                          stk_error *err);
size_t stk_report_count(const stk_report *report);
/* The gravest; -1: none. */
int stk_report_gravest(const stk_report *report);
/* Once, when all were added. */
stk_status stk_report_print(stk_report *report, stk_error *err);

/* A stage for people. */
const char *stk_stage_label(stk_stage stage, stk_lang lang);

/* One incident for people: a head line and what lies behind it. */
void stk_report_incident(const stk_incident *incident, stk_lang lang, const stk_namer *namer,
                         bool colour, stk_buf *out);
#endif
