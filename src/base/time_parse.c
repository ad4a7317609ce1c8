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
    return at == 0 ? s : (stk_str){ s.ptr + at, s.len - at };
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

/* Zone names that mean one offset the world over; "IST", "BST" and "CST" do not. */
static size_t zone_name(stk_str s, int32_t *ret_s)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {
        { "AEST", 10 }, { "AEDT", 11 }, { "CEST", 2 }, { "EEST", 3 }, { "WEST", 1 }, { "CET", 1 },
        { "EET", 2 },   { "WET", 0 },   { "MSK", 3 },  { "EST", -5 }, { "EDT", -4 }, { "MST", -7 },
        { "MDT", -6 },  { "PST", -8 },  { "PDT", -7 }, { "JST", 9 },  { "KST", 9 },  { "GMT", 0 },
        { "UTC", 0 },   { "Z", 0 },     { "z", 0 },
    };
    for (size_t i = 0; i < STK_COUNT(zones); i++) {
        size_t n = strlen(zones[i].name);
        if (s.len >= n && memcmp(s.ptr, zones[i].name, n) == 0) {
            *ret_s = zones[i].hours * 3600;
            return n;
        }
    }
    return 0;
}

/* Up to `most` digits; bytes used. */
static size_t take_int(stk_str s, size_t most, int64_t *ret)
{
    int64_t value = 0;
    size_t n = 0, blank = s.len > 0 && s.ptr[0] == ' '; /* "%e" pads with a blank */
    for (; n + blank < s.len && n < most && s.ptr[n + blank] >= '0' && s.ptr[n + blank] <= '9'; n++)
        value = value * 10 + (s.ptr[n + blank] - '0');
    if (n == 0)
        return 0;
    *ret = value;
    return n + blank;
}

/* A calendar on its way through a format. */
typedef struct partial {
    civil c;
    int64_t epoch; /* of %s; INT64_MIN: none */
    int32_t zone_s;
    int pm;       /* -1: no %p was met */
    int64_t yday; /* of %j; 0: none */
} partial;

static size_t letters(stk_str s)
{
    size_t n = 0;
    while (n < s.len && n < 12 && ((s.ptr[n] | 0x20) >= 'a' && (s.ptr[n] | 0x20) <= 'z'))
        n++;
    return n;
}

/* A number of so many digits. */
static size_t number_by_letter(char letter, stk_str s, partial *p)
{
    int64_t v = 0;
    size_t digits = letter == 'Y' ? 4 : letter == 'j' ? 3 : letter == 's' ? 12 : 2;
    size_t n = take_int(s, digits, &v);
    switch (letter) {
    case 'd':
    case 'e':
        p->c.day = (int)v;
        return n;
    case 'm':
        p->c.month = (int)v;
        return n;
    case 'Y':
        p->c.year = v;
        return n;
    case 'y':
        p->c.year = v + (v < 69 ? 2000 : 1900);
        return n;
    case 'j':
        p->yday = v;
        return n;
    case 'H':
    case 'k':
    case 'I':
    case 'l':
        p->c.hour = (int)v;
        return n;
    case 'M':
        p->c.minute = (int)v;
        return n;
    case 'S':
        p->c.second = (int)v;
        return n;
    case 's':
        p->epoch = v;
        return n;
    default:
        return 0;
    }
}

static size_t by_letter(char letter, stk_str s, partial *p)
{
    size_t n = 0;
    switch (letter) {
    case 'a':
    case 'A':
        return letters(s);
    case 'b':
    case 'B':
    case 'h':
        n = letters(s);
        p->c.month = n >= 3 ? month_of(s.ptr) : 0;
        return p->c.month == 0 ? 0 : n;
    case 'f':
        return fraction(s, &p->c.micros);
    case 'p':
        p->pm = s.len > 1 && (s.ptr[0] | 0x20) == 'p';
        return s.len > 1 && (s.ptr[1] | 0x20) == 'm' ? 2 : 0;
    case 'z':
        n = zone_offset(s, &p->zone_s);
        return n != 0 ? n : zone_name(s, &p->zone_s);
    case 'Z':
        n = zone_name(s, &p->zone_s);
        return n != 0 ? n : letters(s);
    default:
        return number_by_letter(letter, s, p);
    }
}

/* Letters that stand for a format of their own; NULL for the others. */
static const char *compound(char letter)
{
    return letter == 'T'   ? "%H:%M:%S"
           : letter == 'R' ? "%H:%M"
           : letter == 'F' ? "%Y-%m-%d"
           : letter == 'D' ? "%m/%d/%y"
           : letter == 'c' ? "%a %b %e %H:%M:%S %Y"
                           : NULL;
}

/* Bytes of `s` that `format` reads; SIZE_MAX: it does not fit. Compounds hold no compounds. */
static size_t read_format(stk_str s, stk_str format, bool outer, partial *p)
{
    size_t at = 0;
    for (size_t i = 0; i < format.len; i++) {
        char c = format.ptr[i];
        bool letter = c == '%' && i + 1 < format.len;
        if (letter) {
            c = format.ptr[++i];
            if ((c == 'E' || c == 'O' || c == '-' || c == '_') && i + 1 < format.len)
                c = format.ptr[++i];
        }
        const char *inner = letter && outer ? compound(c) : NULL;
        if (inner != NULL) {
            size_t n = read_format(from(s, at), (stk_str){ inner, strlen(inner) }, false, p);
            if (n == SIZE_MAX)
                return SIZE_MAX;
            at += n;
        } else if (letter && c != '%' && c != 't' && c != 'n') {
            size_t n = by_letter(c, from(s, at), p);
            if (n == 0)
                return SIZE_MAX;
            at += n;
        } else {
            c = letter && c == 't' ? '\t' : letter && c == 'n' ? '\n' : c;
            if (at == s.len || s.ptr[at++] != c)
                return SIZE_MAX;
        }
    }
    return at;
}

size_t stk_time_by_format(stk_str s, stk_str format, int32_t assumed_zone_s, stk_stamp *ret)
{
    partial p = { .c = { .year = 1970, .month = 1, .day = 1 },
                  .epoch = INT64_MIN,
                  .zone_s = STK_ZONE_NONE,
                  .pm = -1 };
    size_t n = read_format(s, format, true, &p);
    if (n == SIZE_MAX || n == 0)
        return 0;
    if (p.epoch != INT64_MIN) {
        *ret = (stk_stamp){ .at = p.epoch * STK_SECOND + p.c.micros, .zone_s = 0 };
        return n;
    }
    if (p.pm >= 0)
        p.c.hour = p.c.hour % 12 + 12 * p.pm;
    if (!possible(&p.c) || p.yday > 366)
        return 0;
    int32_t zone = p.zone_s == STK_ZONE_NONE ? assumed_zone_s : p.zone_s;
    *ret = (stk_stamp){ .at = instant(&p.c, zone) + (p.yday > 1 ? (p.yday - 1) * STK_DAY : 0),
                        .zone_s = p.zone_s };
    return n;
}
