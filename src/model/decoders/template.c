/* SPDX-License-Identifier: Apache-2.0 */
/* Taking lines apart by the format that wrote them.
 *
 * A text field ends at the first place where the literal behind it stands and where what follows
 * can be the next field; so `"$request" $status` survives a request that holds a bare quote. In
 * quotes, escaped quotes do not count. Each place is tried once: the work is linear in the line
 * times the bounded look at the next field. */
#include "model/decoders/template.h"

#include "base/json_simd.h"
#include "base/scan.h"

stk_status stk_template_add(stk_template *t, stk_template_field field, stk_error *err)
{
    if (t->count == STK_TEMPLATE_FIELDS)
        return stk_fail(err, STK_ERR_LIMIT, "a format has at most %d fields", STK_TEMPLATE_FIELDS);
    stk_template_field *last = t->count == 0 ? NULL : &t->fields[t->count - 1];
    bool touches = last != NULL && field.before.len == 0 && last->shape == STK_TEXT;
    if (touches && field.part == STK_PART_QUERY &&
        (last->part == STK_PART_PATH || last->part == STK_PART_TARGET)) {
        last->part = STK_PART_TARGET; /* "%U%q", "$uri$is_args$args" */
        return STK_OK;
    }
    if (touches)
        return stk_fail(
            err, STK_ERR_INVALID,
            "field %zu of the format ends nowhere: nothing stands between it and the next",
            t->count);
    t->fields[t->count++] = field;
    return STK_OK;
}

stk_status stk_template_check(const stk_template *t, stk_error *err)
{
    bool time = false, request = false;
    for (size_t i = 0; i < t->count; i++) {
        stk_part p = t->fields[i].part;
        time = time || p == STK_PART_TIME;
        request = request || p == STK_PART_REQUEST || p == STK_PART_TARGET || p == STK_PART_PATH;
    }
    if (!time)
        return stk_fail(err, STK_ERR_INVALID, "the format has no time");
    if (!request)
        return stk_fail(err, STK_ERR_INVALID, "the format has no request, target or path");
    return STK_OK;
}

/* A line being taken apart. */
typedef struct split {
    const stk_template *t;
    stk_str line;
    size_t at;
    stk_stamp stamp;
    bool timed;
    int64_t fraction_us;
    stk_str parts[STK_PARTS];
} split;

static stk_str from(stk_str s, size_t at)
{
    return at == 0 ? s : (stk_str){ s.ptr + at, s.len - at };
}

static bool literal_at(stk_str line, size_t at, stk_str literal)
{
    return line.len - at >= literal.len &&
           (literal.len == 0 || memcmp(line.ptr + at, literal.ptr, literal.len) == 0);
}

/* Bytes of a number: "200", "-", "0.003", and of several upstreams "0.001, 0.002 : -". */
static size_t number_len(stk_str s)
{
    size_t n = 0, last = 0;
    while (n < s.len && n < 256) {
        char c = s.ptr[n];
        if ((c >= '0' && c <= '9') || c == '-' || c == '.')
            last = n + 1;
        else if (!((c == ',' || c == ':') && n > 0) &&
                 !(c == ' ' && n > 0 &&
                   (s.ptr[n - 1] == ',' || s.ptr[n - 1] == ':' ||
                    (n + 1 < s.len && s.ptr[n + 1] == ':'))))
            break;
        n++;
    }
    return last;
}

static int64_t digits(stk_str s, size_t *ret_len)
{
    int64_t value = 0;
    size_t n = 0;
    for (; n < s.len && n < 18 && s.ptr[n] >= '0' && s.ptr[n] <= '9'; n++)
        value = value * 10 + (s.ptr[n] - '0');
    *ret_len = n;
    return value;
}

static size_t read_time(split *s, const stk_template_field *f, stk_str text)
{
    size_t n = 0;
    stk_stamp stamp = { .zone_s = 0 };
    if (f->unit == STK_UNIT_MS_OF || f->unit == STK_UNIT_US_OF) {
        int64_t value = digits(text, &n);
        s->fraction_us = f->unit == STK_UNIT_MS_OF ? value % 1000 * STK_MS : value % STK_SECOND;
        return n;
    }
    if (f->unit != STK_UNIT_WHOLE) {
        int64_t value = digits(text, &n);
        stamp.at = value * (f->unit == STK_UNIT_S    ? STK_SECOND
                            : f->unit == STK_UNIT_MS ? STK_MS
                                                     : 1);
        if (f->unit == STK_UNIT_S && value > INT64_MAX / STK_SECOND / 2)
            return 0;
        if (f->unit == STK_UNIT_MS && value > INT64_MAX / STK_MS / 2)
            return 0;
    } else if (f->format.len != 0) {
        n = stk_time_by_format(text, f->format, s->t->setup.assumed_zone_s, &stamp);
    } else {
        n = stk_time_clf(text, &stamp);
        n = n != 0 ? n : stk_time_iso(text, s->t->setup.assumed_zone_s, &stamp);
        n = n != 0 ? n : stk_time_epoch(text, &stamp);
    }
    if (n == 0)
        return 0;
    if (!s->timed || f->unit == STK_UNIT_WHOLE) {
        s->stamp = stamp;
        s->timed = true;
    }
    return n;
}

/* Can the field with index `next`, its literal included, stand at `at`? */
static bool follows(const split *s, size_t next, size_t at)
{
    const stk_template *t = s->t;
    if (next == t->count)
        return at + t->after.len == s->line.len && literal_at(s->line, at, t->after);
    const stk_template_field *f = &t->fields[next];
    if (!literal_at(s->line, at, f->before))
        return false;
    stk_str rest = from(s->line, at + f->before.len);
    split probe;
    if (f->shape == STK_TEXT_NUMBER)
        return number_len(rest) > 0;
    if (f->shape == STK_TEXT_TIME) {
        probe.t = t;
        probe.timed = false;
        return read_time(&probe, f, rest) > 0;
    }
    return true;
}

/* The end of the text field i, which starts at s->at: the line's length + 1 when it has none. */
static size_t text_end(const split *s, size_t i)
{
    const stk_template *t = s->t;
    stk_str literal = i + 1 < t->count ? t->fields[i + 1].before : t->after;
    if (literal.len == 0) /* the last field takes what is left */
        return i + 1 == t->count ? s->line.len : s->line.len + 1;
    stk_str before = t->fields[i].before;
    bool in_quotes = before.len > 0 && before.ptr[before.len - 1] == '"' && literal.ptr[0] == '"' &&
                     t->escape != STK_ESCAPE_NONE;
    for (int honour = in_quotes; honour >= 0; honour--) {
        char skip = honour ? '\\' : literal.ptr[0];
        for (size_t at = stk_scan2(s->line, s->at, literal.ptr[0], skip); at < s->line.len;
             at = stk_scan2(s->line, at + 1, literal.ptr[0], skip)) {
            if (honour && s->line.ptr[at] == '\\')
                at++;
            else if (follows(s, i + 1, at))
                return at;
            else if (in_quotes && s->line.len - at > 2 && memcmp(s->line.ptr + at, "\" \"", 3) == 0)
                return s->line.len +
                       1; /* another field in quotes, of which the format says nothing */
        }
    }
    return s->line.len + 1;
}

static bool take_field(split *s, size_t i)
{
    const stk_template_field *f = &s->t->fields[i];
    if (!literal_at(s->line, s->at, f->before))
        return false;
    s->at += f->before.len;
    stk_str rest = from(s->line, s->at);
    size_t n;
    if (f->shape == STK_TEXT) {
        size_t end = text_end(s, i);
        if (end > s->line.len)
            return false;
        n = end - s->at;
    } else {
        n = f->shape == STK_TEXT_NUMBER ? number_len(rest) : read_time(s, f, rest);
        if (n == 0)
            return false;
    }
    stk_str text = { rest.ptr, n };
    if (f->part != STK_PARTS && stk_log_dash(s->parts[f->part]).len == 0)
        s->parts[f->part] = text;
    s->at += n;
    return true;
}

static stk_status undo_escapes(split *s, stk_arena *arena)
{
    for (int p = 0; p < STK_PARTS; p++) {
        stk_str text = s->parts[p], plain;
        if (text.len == 0 || memchr(text.ptr, '\\', text.len) == NULL)
            continue;
        if (s->t->escape == STK_ESCAPE_JSON) {
            if (stk_json_unescape(text, arena, &plain))
                s->parts[p] = plain;
            else if (plain.ptr == NULL)
                return STK_ERR_MEMORY;
        } else if (s->t->escape == STK_ESCAPE_BACKSLASH) {
            STK_TRY(stk_log_unescape(text, arena, &s->parts[p]));
        }
    }
    return STK_OK;
}

/* A number of several upstreams is that of the last one that answered. */
static stk_str last_number(stk_str s)
{
    size_t start = s.len;
    while (start > 0 && s.ptr[start - 1] != ' ' && s.ptr[start - 1] != ',' &&
           s.ptr[start - 1] != ':')
        start--;
    return from(s, start);
}

/* Quotes around the whole line are a tool's, unless the format starts with one. */
static stk_str line_of(const stk_template *t, stk_str unit)
{
    bool quoted;
    stk_str line = stk_log_line(unit, &quoted),
            first = t->count == 0 ? t->after : t->fields[0].before;
    if (!quoted || first.len == 0 || first.ptr[0] != '"')
        return line;
    while (unit.len > 0 && (unit.ptr[unit.len - 1] == '\n' || unit.ptr[unit.len - 1] == '\r'))
        unit.len--;
    return unit;
}

stk_status stk_template_decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                               stk_error *err)
{
    const stk_template *t = self;
    split s = { .t = t, .line = line_of(t, unit) };
    for (size_t i = 0; i < t->count; i++)
        if (!take_field(&s, i))
            return stk_fail(err, STK_ERR_SYNTAX, "field %zu of the format is not there", i + 1);
    if (!follows(&s, t->count, s.at))
        return stk_fail(err, STK_ERR_SYNTAX, "the line goes on where the format ends");
    if (!s.timed)
        return stk_fail(err, STK_ERR_SYNTAX, "no time");
    s.stamp.at += s.fraction_us;
    s.parts[STK_PART_STATUS] = last_number(s.parts[STK_PART_STATUS]);
    if (undo_escapes(&s, arena) != STK_OK ||
        stk_access_event(s.parts, &t->setup, &s.stamp, arena, out) != STK_OK)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line");
    return STK_OK;
}
