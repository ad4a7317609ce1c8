/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar arithmetic without libc's time zone state. */
#include "base/time.h"

#include <stdio.h>

int64_t stk_days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t yoe = year - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

void stk_civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = yoe + era * 400 + (*month <= 2);
}

size_t stk_time_text(stk_time at, char out[STK_TIME_TEXT])
{
    int64_t days = at / STK_DAY, rest = at % STK_DAY;
    if (rest < 0) {
        rest += STK_DAY;
        days--;
    }
    int64_t year;
    int month, day;
    stk_civil_from_days(days, &year, &month, &day);
    int seconds = (int)(rest / STK_SECOND), ms = (int)(rest % STK_SECOND / STK_MS);
    int n = snprintf(out, STK_TIME_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)year, month,
                     day, seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (n > 0 && ms != 0)
        n += snprintf(out + n, STK_TIME_TEXT - (size_t)n, ".%03d", ms);
    n += snprintf(out + n, STK_TIME_TEXT - (size_t)n, "Z");
    return (size_t)n;
}
