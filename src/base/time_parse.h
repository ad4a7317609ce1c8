/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BASE_TIME_PARSE_H
#define STK_BASE_TIME_PARSE_H
/* Reading the time stamps that logs carry, without libc's locale or time zone state.
 *
 * Each reader takes bytes that start with a stamp and returns how many it used, 0 when they
 * start with none (nothing is then written). A stamp without a zone gets the one it is given,
 * and `zone_s` says INT32_MIN, so that a caller can tell a stated zone from an assumed one.
 * Sources: RFC 3339, ISO 8601, RFC 3164 section 4.1.2, the Common Log Format, strptime(3). */
#include "base/time.h"

typedef struct stk_stamp {
    stk_time at;
    int32_t zone_s; /* seconds east of UTC, as stated; INT32_MIN: none was */
} stk_stamp;

#define STK_ZONE_NONE INT32_MIN

/* "22/Dec/2016:16:30:52 +0300", 26 bytes. */
enum { STK_CLF_STAMP = 26 };
size_t stk_time_clf(stk_str s, stk_stamp *ret);

/* "2016-12-22T16:30:52", " " or "T" between, then [.,]fraction and Z, +hh, +hhmm, +hh:mm or
 * nothing. */
size_t stk_time_iso(stk_str s, int32_t assumed_zone_s, stk_stamp *ret);

/* "1482413452", "1482413452.123": seconds; 13, 16 or 19 digits: milli-, micro-, nanoseconds. */
size_t stk_time_epoch(stk_str s, stk_stamp *ret);

/* "Dec 22 16:30:52", RFC 3164: no year and no zone. The year is the latest one that keeps the
 * stamp from passing `not_after` by more than a day; `year` is taken where not_after is 0. */
size_t stk_time_bsd(stk_str s, int year, stk_time not_after, int32_t assumed_zone_s,
                    stk_stamp *ret);

/* By a strftime format: a A b B h d e j m Y y H I l k M S p z Z s f T R F D c n t %; E and O
 * modifiers are passed over. */
size_t stk_time_by_format(stk_str s, stk_str format, int32_t assumed_zone_s, stk_stamp *ret);
#endif
