/* SPDX-License-Identifier: Apache-2.0 */
/* Option tables read text into typed, checked values. Numbers are read here and not by strtod and
 * its kin, because those follow the locale and accept what nobody means in a configuration. */
#include "base/spec.h"

#include <assert.h>
#include <stdio.h>

enum { WORD_BYTES = 64, REAL_DIGITS = 15 };

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

/* ---- did you mean ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Optimal string alignment distance (Damerau 1964: insert, delete, change, swap neighbours),
 * letters of either case alike. Both words have at most WORD_BYTES bytes. */
static size_t distance(stk_str a, stk_str b)
{
    size_t rows[3][WORD_BYTES + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = lower(a.ptr[i - 1]), y = lower(b.ptr[j - 1]);
            size_t best = up[j - 1] + (x != y);
            best = up[j] + 1 < best ? up[j] + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            if (i > 1 && j > 1 && x == lower(b.ptr[j - 2]) && y == lower(a.ptr[i - 2]) &&
                up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a.len % 3][b.len];
}

const char *stk_nearest(stk_str word, const char *const *names, size_t count)
{
    const char *found = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < count && word.len <= WORD_BYTES; i++) {
        stk_str name = text_of(names[i]);
        if (name.len > WORD_BYTES)
            continue;
        size_t d = distance(word, name), longer = word.len > name.len ? word.len : name.len;
        if (d < least && d * 3 <= longer) {
            least = d;
            found = names[i];
        }
    }
    return found;
}

/* ---- reading values ---- */

typedef struct unit {
    const char *name;
    int64_t factor;
} unit;

static const unit time_units[] = {
    { "us", 1 },
    { "ms", 1000 },
    { "s", 1000000 },
    { "m", INT64_C(60) * 1000000 },
    { "h", INT64_C(3600) * 1000000 },
    { "d", INT64_C(86400) * 1000000 },
    { NULL, 0 },
};
static const unit byte_units[] = {
    { "", 1 },        { "k", 1 << 10 }, { "K", 1 << 10 }, { "m", 1 << 20 },
    { "M", 1 << 20 }, { "g", 1 << 30 }, { "G", 1 << 30 }, { NULL, 0 },
};
static const unit no_units[] = { { "", 1 }, { NULL, 0 } };

static const unit *units_of(stk_spec_kind kind)
{
    return kind == STK_DURATION_US ? time_units : kind == STK_BYTES ? byte_units : no_units;
}

/* [-]digits[unit]; false when it is not that, or does not fit. */
static bool read_int(stk_str s, const unit *units, int64_t *ret)
{
    bool minus = s.len != 0 && s.ptr[0] == '-';
    size_t i = minus, start = i;
    int64_t v = 0;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, s.ptr[i] - '0', &v))
            return false;
    if (i == start)
        return false;
    stk_str rest = { s.ptr + i, s.len - i };
    int64_t factor = rest.len == 0 && v == 0 ? 1 : 0; /* zero needs no unit */
    for (const unit *u = units; u->name != NULL; u++)
        if (stk_str_eq(rest, text_of(u->name)))
            factor = u->factor;
    if (factor == 0 || __builtin_mul_overflow(v, minus ? -factor : factor, &v))
        return false;
    *ret = v;
    return true;
}

/* [-]digits[.digits] of at most REAL_DIGITS digits: both parts are then exact in a double, and
 * one division rounds once. */
static bool read_real(stk_str s, double *ret)
{
    bool minus = s.len != 0 && s.ptr[0] == '-', point = false;
    int64_t v = 0, scale = 1;
    int digits = 0;
    for (size_t i = minus; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '.' && !point && digits > 0) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > REAL_DIGITS)
            return false;
        v = v * 10 + (c - '0');
        scale = point ? scale * 10 : scale;
    }
    if (digits == 0 || s.ptr[s.len - 1] == '.')
        return false;
    *ret = (minus ? -1.0 : 1.0) * (double)v / (double)scale;
    return true;
}

/* The index of `value` among "a|b|c"; -1: none of them. */
static int64_t choice_of(const char *choices, stk_str value)
{
    int64_t index = 0;
    for (const char *p = choices;; index++) {
        size_t n = strcspn(p, "|");
        if (stk_str_eq(value, (stk_str){ p, n }))
            return index;
        if (p[n] == '\0')
            return -1;
        p += n + 1;
    }
}

static const char *kind_words(stk_spec_kind kind)
{
    switch (kind) {
    case STK_INT:
        return "a whole number";
    case STK_DURATION_US:
        return "a duration such as 250ms, 90s, 15m, 1h or 7d";
    case STK_BYTES:
        return "a size in bytes such as 512, 64k, 16M or 1G";
    case STK_RATIO:
        return "a decimal number such as 0.25";
    case STK_BOOL:
        return "true or false";
    case STK_CHOICE:
    case STK_STRING:
        break;
    }
    return "text";
}

static stk_status out_of_range(const stk_spec *o, const char *least, const char *most,
                               stk_error *err)
{
    if (least != NULL && most != NULL)
        return stk_fail(err, STK_ERR_INVALID, "%s must be %s to %s", o->key, least, most);
    return stk_fail(err, STK_ERR_INVALID, "%s must be %s %s", o->key,
                    least != NULL ? "at least" : "at most", least != NULL ? least : most);
}

static stk_status not_of_kind(const stk_spec *o, stk_str value, stk_error *err)
{
    int shown = value.len > 60 ? 60 : (int)value.len;
    return stk_fail(err, STK_ERR_INVALID, "%s must be %s, not '%.*s'", o->key, kind_words(o->kind),
                    shown, value.ptr == NULL ? "" : value.ptr);
}

static stk_status set_int(const stk_spec *o, stk_str value, void *at, stk_error *err)
{
    const unit *units = units_of(o->kind);
    int64_t v, least = INT64_MIN, most = INT64_MAX;
    if (!read_int(value, units, &v))
        return not_of_kind(o, value, err);
    const char *min = o->min == NULL && o->kind != STK_INT ? "0" : o->min;
    bool sound = (min == NULL || read_int(text_of(min), units, &least)) &&
                 (o->max == NULL || read_int(text_of(o->max), units, &most));
    assert(sound && "the option table's own range is not readable");
    (void)sound;
    if (v < least || v > most)
        return out_of_range(o, min, o->max, err);
    memcpy(at, &v, sizeof v);
    return STK_OK;
}

static stk_status set_real(const stk_spec *o, stk_str value, void *at, stk_error *err)
{
    double v, least = 0, most = 1;
    if (!read_real(value, &v))
        return not_of_kind(o, value, err);
    bool sound = (o->min == NULL || read_real(text_of(o->min), &least)) &&
                 (o->max == NULL || read_real(text_of(o->max), &most));
    assert(sound && "the option table's own range is not readable");
    (void)sound;
    if (v < least || v > most)
        return out_of_range(o, o->min == NULL ? "0" : o->min, o->max == NULL ? "1" : o->max, err);
    memcpy(at, &v, sizeof v);
    return STK_OK;
}

static stk_status set_choice(const stk_spec *o, stk_str value, void *at, stk_error *err)
{
    int64_t v = choice_of(o->min, value);
    if (v < 0) {
        int shown = value.len > 60 ? 60 : (int)value.len;
        return stk_fail(err, STK_ERR_INVALID, "%s must be one of %s, not '%.*s'", o->key, o->min,
                        shown, value.ptr == NULL ? "" : value.ptr);
    }
    memcpy(at, &v, sizeof v);
    return STK_OK;
}

static stk_status set_value(const stk_spec *o, stk_str value, void *config, stk_error *err)
{
    void *at = (char *)config + o->offset;
    switch (o->kind) {
    case STK_INT:
    case STK_DURATION_US:
    case STK_BYTES:
        return set_int(o, value, at, err);
    case STK_RATIO:
        return set_real(o, value, at, err);
    case STK_CHOICE:
        return set_choice(o, value, at, err);
    case STK_BOOL: {
        bool yes = stk_str_eq(value, STK_S("true"));
        if (!yes && !stk_str_eq(value, STK_S("false")))
            return not_of_kind(o, value, err);
        memcpy(at, &yes, sizeof yes);
        return STK_OK;
    }
    case STK_STRING:
        memcpy(at, &value, sizeof value);
        return STK_OK;
    }
    return stk_fail(err, STK_ERR_INVALID, "%s has no kind", o->key);
}

static size_t size_of(stk_spec_kind kind)
{
    return kind == STK_RATIO    ? sizeof(double)
           : kind == STK_STRING ? sizeof(stk_str)
           : kind == STK_BOOL   ? sizeof(bool)
                                : sizeof(int64_t);
}

void stk_spec_defaults(const stk_spec *spec, size_t count, void *config)
{
    for (size_t i = 0; i < count; i++) {
        memset((char *)config + spec[i].offset, 0, size_of(spec[i].kind));
        if (spec[i].dflt == NULL)
            continue;
        stk_status status = set_value(&spec[i], text_of(spec[i].dflt), config, NULL);
        assert(status == STK_OK && "a default that its own row refuses");
        (void)status;
    }
}

stk_status stk_spec_set(const stk_spec *spec, size_t count, void *config, stk_str key,
                        stk_str value, stk_error *err)
{
    const char *near = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        stk_str name = text_of(spec[i].key);
        if (stk_str_eq(key, name))
            return set_value(&spec[i], value, config, err);
        if (stk_nearest(key, &spec[i].key, 1) == NULL)
            continue;
        size_t d = distance(key, name);
        if (d < least) {
            least = d;
            near = spec[i].key;
        }
    }
    int shown = key.len > 60 ? 60 : (int)key.len;
    const char *ptr = key.ptr == NULL ? "" : key.ptr;
    if (near == NULL)
        return stk_fail(err, STK_ERR_MISSING, "unknown option '%.*s'", shown, ptr);
    return stk_fail(err, STK_ERR_MISSING, "unknown option '%.*s' (did you mean '%s'?)", shown, ptr,
                    near);
}
