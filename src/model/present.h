/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_PRESENT_H
#define STK_MODEL_PRESENT_H
/* Nouns as the lines of JSON that others script against. One schema for every edge: replay, list,
 * incident, later the console. Version 1 of each is stable. */
#include "base/json.h"
#include "model/incident.h"

/* {"id","rule","kind","severity","confidence","where","reason"}; `clear`: RAW texts are shown. */
void stk_present_finding_core(stk_json *json, const stk_finding *finding, stk_lang lang,
                              bool clear);
/* The same with "v" and "unit" before: one line of `--emit findings`, without the newline. */
void stk_present_finding(stk_json *json, const stk_finding *finding, stk_lang lang, bool clear);
/* One line of `--emit incidents`. The namer writes entity names as they may be shown here. */
void stk_present_incident(stk_json *json, const stk_incident *incident, stk_lang lang,
                          const stk_namer *namer);
/* {"v","file","n","offset","verdict","score","findings"} of one unit. */
typedef enum stk_verdict { STK_PASS, STK_FLAG, STK_MALFORMED } stk_verdict;
const char *stk_verdict_name(stk_verdict verdict);
void stk_present_verdict(stk_json *json, const stk_position *position, stk_verdict verdict,
                         double score, const stk_finding *findings, size_t count, stk_lang lang,
                         bool clear);

/* RFC 3339, or null when not known. */
void stk_present_time(stk_json *json, const char *key, stk_time at);
/* "query.id", "header.User-Agent", "path", "". */
void stk_present_where(const stk_where *where, bool clear, stk_buf *out);
enum { STK_ID_TEXT = 17 };
void stk_id_text(stk_id id, char out[STK_ID_TEXT]); /* 16 hex digits, terminated */
bool stk_id_parse(stk_str text, stk_id *ret);
#endif
