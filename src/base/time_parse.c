/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps of logs. Written out by hand because strptime(3) reads the locale and timegm(3)
 * knows no zones, and because the Common Log Format stamp is on the hot path of every line. */
#include "base/time_parse.h"

#include "base/compiler.h"

typedef struct civil {
    int64_t year;
    int month, day, hour, minute, second;
    int64_t micros;
} civil;

/* Two digits, or -1. */
static inline int two(const char *p)
{
    unsigned a = (unsigned)(unsigned char)p[0] - '0', b = (unsigned)(unsigned char)p[1] - '0';
    return a > 9 || b > 9 ? -1 : (int)(a * 10 + b);
}

/* 1..12 of "Jan", whatever its case; 0: no month. */
static inline int month_of(const char *p)
{
    uint32_t word = ((uint32_t)(unsigned char)p[0] << 16 | (uint32_t)(unsigned char)p[1] << 8 |
                     (uint32_t)(unsigned char)p[2]) |
                    0x202020;
#define M(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))
    switch (word) {
    case M('j', 'a', 'n'):
        return 1;
    case M('f', 'e', 'b'):
        return 2;
    case M('m', 'a', 'r'):
        return 3;
    case M('a', 'p', 'r'):
        return 4;
    case M('m', 'a', 'y'):
        return 5;
    case M('j', 'u', 'n'):
        return 6;
    case M('j', 'u', 'l'):
        return 7;
    case M('a', 'u', 'g'):
        return 8;
    case M('s', 'e', 'p'):
        return 9;
    case M('o', 'c', 't'):
        return 10;
    case M('n', 'o', 'v'):
        return 11;
    case M('d', 'e', 'c'):
        return 12;
    default:
        return 0;
    }
#undef M
}

static bool leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool possible(const civil *c)
{
    static const unsigned char days[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= days[c->month] &&
           (c->month != 2 || c->day < 29 || leap(c->year)) && c->hour >= 0 && c->hour < 24 &&
           c->minute >= 0 && c->minute < 60 && c->second >= 0 && c->second <= 60;
}

static stk_time instant(const civil *c, int32_t zone_s)
{
    int64_t seconds = stk_days_from_civil(c->year, c->month, c->day) * 86400 + c->hour * 3600 +
                      c->minute * 60 + c->second - zone_s;
    return seconds * STK_SECOND + c->micros;
}

/* "+0300", "+03:00", "+03", "-0430": bytes used, 0 for no zone. */
static size_t zone_offset(stk_str s, int32_t *ret_s)
{
    if (s.len < 3 || (s.ptr[0] != '+' && s.ptr[0] != '-'))
        return 0;
    int hours = two(s.ptr + 1), minutes = 0;
    size_t used = 3;
    size_t colon = s.len > 3 && s.ptr[3] == ':';
    if (s.len >= 5 + colon && two(s.ptr + 3 + colon) >= 0) {
        minutes = two(s.ptr + 3 + colon);
        used = 5 + colon;
    }
    if (hours < 0 || hours > 15 || minutes > 59)
        return 0;
    int32_t seconds = hours * 3600 + minutes * 60;
    *ret_s = s.ptr[0] == '-' ? -seconds : seconds;
    return used;
}

/* Digits after a point, as microseconds; further ones are passed over. */
static size_t fraction(stk_str s, int64_t *ret_micros)
{
    int64_t micros = 0, unit = 100000;
    size_t n = 0;
    for (; n < s.len && n < 18 && s.ptr[n] >= '0' && s.ptr[n] <= '9'; n++, unit /= 10)
        micros += (s.ptr[n] - '0') * unit;
    *ret_micros = micros;
    return n;
}

static stk_str from(stk_str s, size_t at)
{
    return (stk_str){ s.ptr + at, s.len - at };
}

size_t stk_time_clf(stk_str s, stk_stamp *ret)
{
    const char *p = s.ptr;
    if (s.len < STK_CLF_STAMP || p[2] != '/' || p[6] != '/' || p[11] != ':' || p[14] != ':' ||
        p[17] != ':' || p[20] != ' ')
        return 0;
    int century = two(p + 7), year = two(p + 9), zh = two(p + 22), zm = two(p + 24);
    civil c = { .year = century * 100 + year,
                .month = month_of(p + 3),
                .day = two(p),
                .hour = two(p + 12),
                .minute = two(p + 15),
                .second = two(p + 18) };
    if (century < 0 || year < 0 || zh < 0 || zh > 15 || zm < 0 || zm > 59 ||
        (p[21] != '+' && p[21] != '-') || !possible(&c))
        return 0;
    int32_t zone = zh * 3600 + zm * 60;
    zone = p[21] == '-' ? -zone : zone;
    *ret = (stk_stamp){ .at = instant(&c, zone), .zone_s = zone };
    return STK_CLF_STAMP;
}

size_t stk_time_iso(stk_str s, int32_t assumed_zone_s, stk_stamp *ret)
{
    const char *p = s.ptr;
    if (s.len < 19 || p[4] != p[7] || (p[4] != '-' && p[4] != '/') ||
        (p[10] != 'T' && p[10] != ' ' && p[10] != 't') || p[13] != ':' || p[16] != ':')
        return 0;
    int century = two(p), year = two(p + 2);
    civil c = { .year = century * 100 + year,
                .month = two(p + 5),
                .day = two(p + 8),
                .hour = two(p + 11),
                .minute = two(p + 14),
                .second = two(p + 17) };
    if (century < 0 || year < 0 || !possible(&c))
        return 0;
    size_t at = 19;
    if (at + 1 < s.len && (p[at] == '.' || p[at] == ',')) {
        size_t n = fraction(from(s, at + 1), &c.micros);
        at += n == 0 ? 0 : n + 1;
    }
    int32_t zone = 0;
    size_t spaced = at < s.len && p[at] == ' '; /* "16:30:52 +0300" */
    size_t n = zone_offset(from(s, at + spaced), &zone);
    if (n == 0) {
        spaced = 0;
        if (at < s.len && (p[at] == 'Z' || p[at] == 'z'))
            n = 1;
    }
    *ret = (stk_stamp){ .at = instant(&c, n == 0 ? assumed_zone_s : zone),
                        .zone_s = n == 0 ? STK_ZONE_NONE : zone };
    return at + (n == 0 ? 0 : spaced + n);
}

size_t stk_time_epoch(stk_str s, stk_stamp *ret)
{
    int64_t value = 0;
    size_t n = 0;
    for (; n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9'; n++) {
        if (n == 18 && value > INT64_MAX / 10 - 1)
            return 0;
        if (n > 18)
            return 0;
        value = value * 10 + (s.ptr[n] - '0');
    }
    if (n == 0)
        return 0;
    int64_t micros = 0;
    if (n < 12) {
        value *= STK_SECOND;
        if (n + 1 < s.len && s.ptr[n] == '.') {
            size_t digits = fraction(from(s, n + 1), &micros);
            n += digits == 0 ? 0 : digits + 1;
        }
    } else {
        value = n <= 14 ? value * 1000 : n <= 17 ? value : value / 1000;
        if (n + 1 < s.len && s.ptr[n] == '.') /* "1482413452123.45": below our resolution */
            for (n++; n < s.len && s.ptr[n] >= '0' && s.ptr[n] <= '9'; n++)
                ;
    }
    *ret = (stk_stamp){ .at = value + micros, .zone_s = 0 };
    return n;
}

size_t stk_time_bsd(stk_str s, int year, stk_time not_after, int32_t assumed_zone_s, stk_stamp *ret)
{
    const char *p = s.ptr;
    if (s.len < 14 || p[3] != ' ')
        return 0;
    size_t at = 4 + (p[4] == ' '); /* "Dec  2", "Dec 02", and "Dec 2" of those who do not pad */
    int day = 0;
    size_t digits = 0;
    for (; digits < 2 && p[at] >= '0' && p[at] <= '9'; digits++, at++)
        day = day * 10 + (p[at] - '0');
    if (digits == 0 || s.len < at + 9 || p[at] != ' ' || p[at + 3] != ':' || p[at + 6] != ':')
        return 0;
    if (not_after != 0) {
        int month, ignored;
        int64_t latest;
        stk_civil_from_days((not_after + STK_DAY) / STK_DAY, &latest, &month, &ignored);
        year = (int)latest;
    }
    civil c = { .year = year,
                .month = month_of(p),
                .day = day,
                .hour = two(p + at + 1),
                .minute = two(p + at + 4),
                .second = two(p + at + 7) };
    if (c.month == 2 && c.day == 29)
        while (!leap(c.year)) /* at most 7 years back */
            c.year--;
    if (!possible(&c))
        return 0;
    at += 9;
    if (not_after != 0 && instant(&c, assumed_zone_s) > not_after + STK_DAY)
        c.year -= c.month == 2 && c.day == 29 ? 4 : 1;
    if (at + 1 < s.len && p[at] == '.') { /* rsyslog and macOS add milliseconds */
        size_t n = fraction(from(s, at + 1), &c.micros);
        at += n == 0 ? 0 : n + 1;
    }
    *ret = (stk_stamp){ .at = instant(&c, assumed_zone_s), .zone_s = STK_ZONE_NONE };
    return at;
}
