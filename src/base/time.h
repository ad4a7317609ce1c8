/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_TIME_H
#define STK_BASE_TIME_H
/* Time is int64 microseconds since 1970-01-01T00:00:00Z, proleptic Gregorian, no leap
 * seconds. Nothing here reads a clock: pure modules are given the time. */
#include "base/str.h"

#include <stdint.h>

typedef int64_t stk_time; /* microseconds UTC */

#define STK_TIME_NONE INT64_MIN /* not known */
enum { STK_MS = 1000, STK_SECOND = 1000000 };
#define STK_MINUTE (INT64_C(60) * STK_SECOND)
#define STK_HOUR   (INT64_C(3600) * STK_SECOND)
#define STK_DAY    (INT64_C(86400) * STK_SECOND)

/* Days since 1970-01-01 of a civil date; month 1..12, day 1..31 (Hinnant, chrono algorithms). */
int64_t stk_days_from_civil(int64_t year, int month, int day);
void stk_civil_from_days(int64_t days, int64_t *year, int *month, int *day);

/* RFC 3339 in UTC with milliseconds where there are any: "2016-12-22T13:30:52Z". `out` takes
 * STK_TIME_TEXT bytes, terminated. Returns the length. */
enum { STK_TIME_TEXT = 40 };
size_t stk_time_text(stk_time at, char out[STK_TIME_TEXT]);
#endif
