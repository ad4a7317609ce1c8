/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs of nginx, by any log_format string (ngx_http_log_module). The string may be given
 * as it stands in the configuration, with `log_format NAME`, `escape=` and in quoted pieces. */
#include "base/scan.h"
#include "model/decoders/template.h"

static const struct {
    const char *name;
    stk_part part;
    stk_shape_of shape;
} variables[] = {
    { "remote_addr", STK_PART_CLIENT, STK_TEXT },
    { "remote_user", STK_PART_USER, STK_TEXT },
    { "time_local", STK_PART_TIME, STK_TEXT_TIME },
    { "time_iso8601", STK_PART_TIME, STK_TEXT_TIME },
    { "msec", STK_PART_TIME, STK_TEXT_TIME },
    { "request", STK_PART_REQUEST, STK_TEXT },
    { "request_method", STK_PART_METHOD, STK_TEXT },
    { "request_uri", STK_PART_TARGET, STK_TEXT },
    { "uri", STK_PART_PATH, STK_TEXT },
    { "document_uri", STK_PART_PATH, STK_TEXT },
    { "args", STK_PART_QUERY, STK_TEXT },
    { "query_string", STK_PART_QUERY, STK_TEXT },
    { "is_args", STK_PART_QUERY, STK_TEXT },
    { "server_protocol", STK_PART_PROTOCOL, STK_TEXT },
    { "status", STK_PART_STATUS, STK_TEXT_NUMBER },
    { "body_bytes_sent", STK_PART_BYTES, STK_TEXT_NUMBER },
    { "bytes_sent", STK_PART_BYTES, STK_TEXT_NUMBER },
    { "request_time", STK_PART_TOOK_S, STK_TEXT_NUMBER },
    { "host", STK_PART_HOST, STK_TEXT },
    { "http_host", STK_PART_HOST, STK_TEXT },
    { "server_name", STK_PART_HOST, STK_TEXT },
    { "request_length", STK_PARTS, STK_TEXT_NUMBER },
    { "upstream_response_time", STK_PARTS, STK_TEXT_NUMBER },
    { "upstream_connect_time", STK_PARTS, STK_TEXT_NUMBER },
    { "upstream_header_time", STK_PARTS, STK_TEXT_NUMBER },
    { "connection", STK_PARTS, STK_TEXT_NUMBER },
    { "connection_requests", STK_PARTS, STK_TEXT_NUMBER },
    { "gzip_ratio", STK_PARTS, STK_TEXT_NUMBER },
};

static bool in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static stk_template_field field_of(stk_str name, const stk_decoder_setup *setup)
{
    stk_template_field field = { .part = STK_PARTS, .shape = STK_TEXT };
    for (size_t i = 0; i < STK_COUNT(variables); i++)
        if (strlen(variables[i].name) == name.len &&
            memcmp(variables[i].name, name.ptr, name.len) == 0) {
            field.part = variables[i].part;
            field.shape = variables[i].shape;
            return field;
        }
    if (name.len > 5 && memcmp(name.ptr, "http_", 5) == 0)
        field.part = stk_part_of_header((stk_str){ name.ptr + 5, name.len - 5 }, &setup->client);
    if (name.len > 7 && memcmp(name.ptr, "cookie_", 7) == 0 &&
        setup->client.by == STK_CLIENT_COOKIE &&
        stk_header_is((stk_str){ name.ptr + 7, name.len - 7 }, setup->client.name))
        field.part = STK_PART_SESSION;
    return field;
}

static bool starts(stk_str *s, const char *word)
{
    size_t n = strlen(word);
    if (s->len < n || memcmp(s->ptr, word, n) != 0)
        return false;
    s->ptr += n;
    s->len -= n;
    return true;
}

static void pass_blanks(stk_str *s)
{
    while (s->len > 0 &&
           (s->ptr[0] == ' ' || s->ptr[0] == '\t' || s->ptr[0] == '\n' || s->ptr[0] == '\r'))
        s->ptr++, s->len--;
}

/* What stands in quotes after `log_format NAME`, its pieces joined. */
static stk_status unwrap(stk_str *format, stk_template *t, stk_arena *life, stk_error *err)
{
    static const struct {
        const char *word;
        stk_escape escape;
    } escapes[] = { { "escape=default", STK_ESCAPE_BACKSLASH },
                    { "escape=json", STK_ESCAPE_JSON },
                    { "escape=none", STK_ESCAPE_NONE } };
    bool configured = starts(format, "log_format ");
    if (configured) {
        pass_blanks(format);
        while (format->len > 0 && in_name(format->ptr[0]))
            format->ptr++, format->len--;
        pass_blanks(format);
    }
    for (size_t i = 0; i < STK_COUNT(escapes); i++)
        if (starts(format, escapes[i].word))
            t->escape = escapes[i].escape;
    pass_blanks(format);
    if (!configured)
        return STK_OK;
    char *out = stk_arena_bytes(life, format->len + 1);
    if (out == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a format");
    size_t n = 0;
    while (format->len > 0 && (format->ptr[0] == '\'' || format->ptr[0] == '"')) {
        size_t end = stk_scan(*format, 1, format->ptr[0]);
        if (end == format->len)
            return stk_fail(err, STK_ERR_SYNTAX, "a quote in the log_format does not close");
        memcpy(out + n, format->ptr + 1, end - 1);
        n += end - 1;
        format->ptr += end + 1, format->len -= end + 1;
        pass_blanks(format);
    }
    *format = (stk_str){ out, n };
    return STK_OK;
}

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    stk_template *t = stk_arena_array(life, stk_template, 1);
    if (t == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    t->setup = *setup;
    stk_str s = setup->argument;
    STK_TRY(unwrap(&s, t, life, err));
    size_t start = 0, at = stk_scan(s, 0, '$');
    while (at < s.len) {
        size_t name = at + 1, braced = name < s.len && s.ptr[name] == '{';
        size_t end = name += braced;
        while (end < s.len && in_name(s.ptr[end]))
            end++;
        if (end == name || (braced && (end == s.len || s.ptr[end] != '}')))
            return stk_fail(err, STK_ERR_SYNTAX,
                            "no variable behind the $ at byte %zu of the format", at + 1);
        stk_template_field field = field_of((stk_str){ s.ptr + name, end - name }, setup);
        field.before = (stk_str){ s.ptr + start, at - start };
        STK_TRY(stk_template_add(t, field, err));
        start = end + braced;
        at = stk_scan(s, start, '$');
    }
    t->after = (stk_str){ s.ptr + start, s.len - start };
    STK_TRY(stk_template_check(t, err));
    *ret = t;
    return STK_OK;
}

/* Formats that are widespread besides combined: the same with ISO times, the one of Nginx Proxy
 * Manager, and that of many tutorials with the host and the time taken in front. */
static const char *const widespread[] = {
    "$remote_addr - $remote_user [$time_iso8601] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\"",
    "[$time_local] $upstream_cache_status $upstream_status $status - $request_method $scheme $host "
    "\"$request_uri\" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio] "
    "[Sent-to $server] \"$http_user_agent\" \"$http_referer\"",
    "[$time_local] $status - $request_method $scheme $host \"$request_uri\" [Client $remote_addr] "
    "[Length $body_bytes_sent] [Gzip $gzip_ratio] \"$http_user_agent\" \"$http_referer\"",
};

/* Less than `combined` with further fields scores: what both explain is that. */
static double score(const void *context, stk_str line, stk_arena *arena)
{
    stk_event event;
    return stk_template_decode(context, line, arena, &event, NULL) == STK_OK ? 0.75 : 0;
}

static double guess(stk_str head, const char **ret_argument)
{
    double best = 0;
    for (size_t i = 0; i < STK_COUNT(widespread); i++) {
        double share = stk_guess_opened(head, score, open_it, widespread[i]);
        if (share > best) {
            best = share;
            *ret_argument = widespread[i];
        }
    }
    return best;
}

const stk_decoder stk_decoder_nginx = {
    .name = "nginx",
    .summary = "access log of nginx in any log_format",
    .argument = "the log_format string",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = stk_template_decode,
    .guess = guess,
};
