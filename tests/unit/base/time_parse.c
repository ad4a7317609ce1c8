/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps of logs. */
#include "base/time_parse.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#define NONE STK_ZONE_NONE
#define S(n) (INT64_C(n) * STK_SECOND)

typedef struct row {
    const char *text;
    size_t used; /* 0: no stamp */
    stk_time at;
    int32_t zone_s;
} row;

static const char *iso_stamps(void)
{
    static const row rows[] = {
        { "2016-12-22T16:30:52+03:00 x", 25, S(1482413452), 10800 },
        { "2016-12-22T16:30:52.25+0300", 27, S(1482413452) + 250000, 10800 },
        { "2016-12-22 13:30:52,123456789Z", 30, S(1482413452) + 123456, 0 },
        { "2016-12-22T10:00:52-03:30", 25, S(1482413452), -12600 },
        { "2016-12-22T13:30:52", 19, S(1482413452) - S(3600), NONE },
        { "2016-12-22T13:30:52 msg", 19, S(1482413452) - S(3600), NONE },
        { "2016/12/22 13:30:52", 19, S(1482413452) - S(3600), NONE },
        { "1969-12-31T23:59:59Z", 20, -S(1), 0 },
        { "2000-02-29T00:00:00Z", 20, S(951782400), 0 },
        { "1900-02-29T00:00:00Z", 0, 0, 0 },
        { "2016-13-22T13:30:52", 0, 0, 0 },
        { "2016-12-22T24:30:52", 0, 0, 0 },
        { "2016-12-22", 0, 0, 0 },
        { "", 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stk_stamp stamp = { 0 };
        CHECK(stk_time_iso((stk_str){ rows[i].text, strlen(rows[i].text) }, 3600, &stamp) ==
              rows[i].used);
        CHECK(stamp.at == rows[i].at && stamp.zone_s == rows[i].zone_s);
    }
    return NULL;
}

static const char *epochs(void)
{
    static const row rows[] = {
        { "1482413452", 10, S(1482413452), 0 },
        { "1482413452.123", 14, S(1482413452) + 123000, 0 },
        { "1482413452123", 13, S(1482413452) + 123000, 0 },
        { "1482413452123456", 16, S(1482413452) + 123456, 0 },
        { "1482413452123456789", 19, S(1482413452) + 123456, 0 },
        { "0", 1, 0, 0 },
        { "99999999999999999999", 0, 0, 0 },
        { "x", 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stk_stamp stamp = { 0 };
        CHECK(stk_time_epoch((stk_str){ rows[i].text, strlen(rows[i].text) }, &stamp) ==
              rows[i].used);
        CHECK(stamp.at == rows[i].at);
    }
    return NULL;
}

static const char *clf_agrees_with_the_calendar(void)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t day = -20000; day < 40000; day += 7) {
        int64_t year;
        int month, d;
        char text[64];
        stk_civil_from_days(day, &year, &month, &d);
        int zone = (int)(day % 27) * 1800;
        int n = snprintf(text, sizeof text, "%02d/%.3s/%04d:07:08:09 %c%02d%02d]", d,
                         months + 3 * (month - 1), (int)year, zone < 0 ? '-' : '+',
                         abs(zone) / 3600, abs(zone) / 60 % 60);
        stk_stamp stamp;
        CHECK(stk_time_clf((stk_str){ text, (size_t)n }, &stamp) == STK_CLF_STAMP);
        CHECK(stamp.zone_s == zone &&
              stamp.at == (day * 86400 + 7 * 3600 + 8 * 60 + 9 - zone) * STK_SECOND);
    }
    return NULL;
}

static const char *formats(void)
{
    static const struct {
        const char *format, *text;
        size_t used;
        stk_time at;
        int32_t zone_s;
    } rows[] = {
        { "%d/%b/%Y:%H:%M:%S %z", "22/Dec/2016:16:30:52 +0300", 26, S(1482413452), 10800 },
        { "%FT%T%z", "2016-12-22T16:30:52+0300", 24, S(1482413452), 10800 },
        { "%a %b %e %T %Y", "Thu Dec  2 13:30:52 2016", 24, S(1480685452) - S(3600), NONE },
        { "%c", "Thu Dec 22 13:30:52 2016", 24, S(1482413452) - S(3600), NONE },
        { "%D %I:%M:%S %p %Z", "12/22/16 01:30:52 PM UTC", 24, S(1482413452), 0 },
        { "%D %I:%M %p", "12/22/16 12:30 AM", 17, S(1482366600) - S(3600), NONE },
        { "%s.%f", "1482413452.5", 12, S(1482413452) + 500000, 0 },
        { "%Y %j", "2016 357", 8, S(1482364800) - S(3600), NONE },
        { "%Y-%m", "2016x12", 0, 0, 0 },
        { "%Q", "x", 0, 0, 0 },
        { "%d", "", 0, 0, 0 },
        { "", "", 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stk_stamp stamp = { 0 };
        CHECK(stk_time_by_format((stk_str){ rows[i].text, strlen(rows[i].text) },
                                 (stk_str){ rows[i].format, strlen(rows[i].format) }, 3600,
                                 &stamp) == rows[i].used);
        CHECK(stamp.at == rows[i].at && stamp.zone_s == rows[i].zone_s);
    }
    return NULL;
}

static const check_test tests[] = {
    { "ISO stamps", iso_stamps },
    { "seconds since 1970 in several units", epochs },
    { "the Common Log Format agrees with the calendar", clf_agrees_with_the_calendar },
    { "strftime formats", formats },
};
CHECK_MAIN(tests)
