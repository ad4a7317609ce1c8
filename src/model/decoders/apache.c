/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs of Apache httpd, by any LogFormat string (mod_log_config, mod_logio). The string may
 * be given as it stands in the configuration, with `LogFormat "..."` and \" inside. */
#include "base/scan.h"
#include "model/decoders/template.h"

static const struct {
    char letter;
    stk_part part;
    stk_shape_of shape;
} directives[] = {
    { 'h', STK_PART_CLIENT, STK_TEXT },
    { 'a', STK_PART_CLIENT, STK_TEXT },
    { 'u', STK_PART_USER, STK_TEXT },
    { 'l', STK_PARTS, STK_TEXT },
    { 'r', STK_PART_REQUEST, STK_TEXT },
    { 'm', STK_PART_METHOD, STK_TEXT },
    { 'U', STK_PART_PATH, STK_TEXT },
    { 'q', STK_PART_QUERY, STK_TEXT },
    { 'H', STK_PART_PROTOCOL, STK_TEXT },
    { 's', STK_PART_STATUS, STK_TEXT_NUMBER },
    { 'b', STK_PART_BYTES, STK_TEXT_NUMBER },
    { 'B', STK_PART_BYTES, STK_TEXT_NUMBER },
    { 'O', STK_PART_BYTES, STK_TEXT_NUMBER },
    { 'I', STK_PARTS, STK_TEXT_NUMBER },
    { 'S', STK_PARTS, STK_TEXT_NUMBER },
    { 'v', STK_PART_HOST, STK_TEXT },
    { 'V', STK_PART_HOST, STK_TEXT },
    { 'p', STK_PARTS, STK_TEXT_NUMBER },
    { 'D', STK_PART_TOOK_US, STK_TEXT_NUMBER },
    { 'T', STK_PART_TOOK_S, STK_TEXT_NUMBER },
    { 't', STK_PART_TIME, STK_TEXT_TIME },
    { 'P', STK_PARTS, STK_TEXT_NUMBER },
    { 'k', STK_PARTS, STK_TEXT_NUMBER },
    { 'X', STK_PARTS, STK_TEXT },
    { 'A', STK_PARTS, STK_TEXT },
    { 'L', STK_PARTS, STK_TEXT },
    { 'R', STK_PARTS, STK_TEXT },
    { 'f', STK_PARTS, STK_TEXT },
    { 'e', STK_PARTS, STK_TEXT },
    { 'n', STK_PARTS, STK_TEXT },
    { 'o', STK_PARTS, STK_TEXT },
    { 'i', STK_PARTS, STK_TEXT },
    { 'C', STK_PARTS, STK_TEXT },
    { 'c', STK_PARTS, STK_TEXT },
};

static bool is(stk_str s, const char *word)
{
    return stk_str_eq(s, (stk_str){ word, strlen(word) });
}

/* %{...}t: a part of the time, or a strftime format (begin: and end: choose the moment). */
static void time_argument(stk_str argument, stk_template_field *field)
{
    static const struct {
        const char *word;
        stk_time_unit unit;
    } units[] = { { "sec", STK_UNIT_S },
                  { "msec", STK_UNIT_MS },
                  { "usec", STK_UNIT_US },
                  { "msec_frac", STK_UNIT_MS_OF },
                  { "usec_frac", STK_UNIT_US_OF } };
    if (argument.len > 6 && memcmp(argument.ptr, "begin:", 6) == 0)
        argument = (stk_str){ argument.ptr + 6, argument.len - 6 };
    else if (argument.len > 4 && memcmp(argument.ptr, "end:", 4) == 0)
        argument = (stk_str){ argument.ptr + 4, argument.len - 4 };
    for (size_t i = 0; i < STK_COUNT(units); i++)
        if (is(argument, units[i].word)) {
            field->unit = units[i].unit;
            return;
        }
    field->format = argument;
}

static void with_argument(stk_str argument, char letter, const stk_decoder_setup *setup,
                          stk_template_field *field)
{
    if (letter == 't')
        time_argument(argument, field);
    else if (letter == 'i')
        field->part = stk_part_of_header(argument, &setup->client);
    else if (letter == 'C' && setup->client.by == STK_CLIENT_COOKIE &&
             stk_str_eq(argument, setup->client.name))
        field->part = STK_PART_SESSION;
    else if (letter == 'a' && is(argument, "c"))
        field->part = STK_PARTS; /* the connection's peer; %a is who mod_remoteip found behind it */
    else if (letter == 'T')
        field->part = is(argument, "us")   ? STK_PART_TOOK_US
                      : is(argument, "ms") ? STK_PART_TOOK_MS
                                           : STK_PART_TOOK_S;
    else if (letter == 'P')
        field->shape = STK_TEXT;
}

/* One directive behind the % at s[at]; *ret_end is behind it. */
static stk_status directive(stk_str s, size_t at, const stk_decoder_setup *setup,
                            stk_template_field *ret, size_t *ret_end, stk_error *err)
{
    size_t i = at + 1;
    stk_str argument = { 0 };
    bool given = false;
    while (i < s.len) { /* conditions (%!200,304{...}i), redirection (%>s) and the argument */
        char c = s.ptr[i];
        if (c == '{') {
            size_t end = stk_scan(s, i, '}');
            if (end == s.len)
                break;
            argument = (stk_str){ s.ptr + i + 1, end - i - 1 };
            given = true;
            i = end + 1;
        } else if (c == '>' || c == '<' || c == '!' || c == ',' || (c >= '0' && c <= '9')) {
            i++;
        } else {
            break;
        }
    }
    for (size_t d = 0; i < s.len && d < STK_COUNT(directives); d++) {
        if (directives[d].letter != s.ptr[i])
            continue;
        ret->part = directives[d].part;
        ret->shape = directives[d].shape;
        *ret_end = i + 1;
        if (given)
            with_argument(argument, s.ptr[i], setup, ret);
        return STK_OK;
    }
    if (i + 2 < s.len && s.ptr[i] == '^') { /* %^FB and the like */
        *ret_end = i + 3;
        return STK_OK;
    }
    return stk_fail(err, STK_ERR_SYNTAX, "unknown directive at byte %zu of the format", at + 1);
}

/* The string itself: what LogFormat "..." holds, with \" and \\ and \t undone. */
static stk_status unwrap(stk_str *format, stk_arena *life, stk_error *err)
{
    static const char word[] = "LogFormat ";
    stk_str s = *format;
    bool configured = s.len > sizeof word && memcmp(s.ptr, word, sizeof word - 1) == 0;
    size_t start = configured ? stk_scan(s, 0, '"') + 1 : 0;
    char *out = stk_arena_bytes(life, s.len + 1);
    if (out == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a format");
    size_t n = 0;
    for (size_t i = start; i < s.len; i++) {
        if (configured && s.ptr[i] == '"')
            break;
        if (s.ptr[i] == '\\' && i + 1 < s.len) {
            i++;
            out[n++] = s.ptr[i] == 't' ? '\t' : s.ptr[i];
        } else {
            out[n++] = s.ptr[i];
        }
    }
    *format = (stk_str){ out, n };
    return STK_OK;
}

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    stk_template *t = stk_arena_array(life, stk_template, 1);
    stk_str s = setup->argument;
    if (t == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    t->setup = *setup;
    STK_TRY(unwrap(&s, life, err));
    char *literal = stk_arena_bytes(life, s.len + 1); /* with %% undone */
    if (literal == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a format");
    size_t n = 0, start = 0;
    for (size_t at = 0; at < s.len;) {
        if (s.ptr[at] != '%' || (at + 1 < s.len && s.ptr[at + 1] == '%')) {
            literal[n++] = s.ptr[at];
            at += s.ptr[at] == '%' ? 2 : 1;
            continue;
        }
        stk_template_field field = { .part = STK_PARTS, .shape = STK_TEXT };
        size_t end = at;
        STK_TRY(directive(s, at, setup, &field, &end, err));
        bool bracketed = field.part == STK_PART_TIME && s.ptr[at + 1] == 't'; /* %t is [time] */
        if (bracketed)
            literal[n++] = '[';
        field.before = (stk_str){ literal + start, n - start };
        STK_TRY(stk_template_add(t, field, err));
        start = n;
        at = end;
        if (bracketed)
            literal[n++] = ']';
    }
    t->after = (stk_str){ literal + start, n - start };
    STK_TRY(stk_template_check(t, err));
    *ret = t;
    return STK_OK;
}

const stk_decoder stk_decoder_apache = {
    .name = "apache",
    .summary = "access log of Apache httpd in any LogFormat",
    .argument = "the LogFormat string",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = stk_template_decode,
};
