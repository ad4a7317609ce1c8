/* SPDX-License-Identifier: Apache-2.0 */
/* From the parts of an access log line to an event. */
#include "model/decoders/access.h"

#include "base/scan.h"

const char *const stk_part_names[STK_PARTS] = {
    "time",    "client",  "forwarded", "x_forwarded_for", "cf_connecting_ip",
    "user",    "session", "cookie",    "request",         "method",
    "host",    "target",  "path",      "query",           "protocol",
    "status",  "bytes",   "referer",   "agent",           "took_s",
    "took_ms", "took_us", "took_ns",
};

bool stk_part_named(stk_str name, stk_part *ret)
{
    for (int p = 0; p < STK_PARTS; p++)
        if (strlen(stk_part_names[p]) == name.len &&
            memcmp(stk_part_names[p], name.ptr, name.len) == 0) {
            *ret = (stk_part)p;
            return true;
        }
    return false;
}

stk_part stk_part_of_header(stk_str name, const stk_client_rule *rule)
{
    static const struct {
        const char *name;
        stk_part part;
    } headers[] = {
        { "user-agent", STK_PART_AGENT },    { "referer", STK_PART_REFERER },
        { "host", STK_PART_HOST },           { "x-forwarded-for", STK_PART_X_FORWARDED_FOR },
        { "forwarded", STK_PART_FORWARDED }, { "cf-connecting-ip", STK_PART_CF_CONNECTING_IP },
        { "cookie", STK_PART_COOKIE },
    };
    if (rule->by == STK_CLIENT_HEADER && stk_header_is(name, rule->name))
        return STK_PART_SESSION;
    for (size_t i = 0; i < STK_COUNT(headers); i++)
        if (stk_header_is(name, (stk_str){ headers[i].name, strlen(headers[i].name) }))
            return headers[i].part;
    return STK_PARTS;
}

bool stk_access_time(stk_str text, int32_t assumed_zone_s, stk_stamp *ret)
{
    if (text.len > 0 && text.ptr[0] == '[')
        text.ptr++, text.len--;
    if (text.len == 0)
        return false;
    return stk_time_iso(text, assumed_zone_s, ret) != 0 || stk_time_clf(text, ret) != 0 ||
           stk_time_epoch(text, ret) == text.len;
}

/* A whole number; -1: not known. */
static int64_t number(stk_str s)
{
    int64_t value = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || i == 18)
            return -1;
        value = value * 10 + (s.ptr[i] - '0');
    }
    return s.len > 0 ? value : -1;
}

/* "0.003" of a unit of so many nanoseconds, as microseconds; exponents ("3.1e-05") too. */
static int64_t micros(stk_str s, double unit_ns)
{
    double value = 0, scale = 1;
    size_t i = 0;
    bool point = false;
    for (; i < s.len && i < 24 && (s.ptr[i] == '.' || (s.ptr[i] >= '0' && s.ptr[i] <= '9')); i++) {
        if (s.ptr[i] == '.') {
            if (point)
                return -1;
            point = true;
            continue;
        }
        value = value * 10 + (s.ptr[i] - '0');
        scale *= point ? 10 : 1;
    }
    if (i == 0)
        return -1;
    value = value / scale * unit_ns / 1000;
    if (i + 2 < s.len && (s.ptr[i] | 0x20) == 'e' && s.ptr[i + 1] == '-') {
        int64_t power = number((stk_str){ s.ptr + i + 2, s.len - i - 2 });
        for (int64_t p = 0; p < power && p < 30; p++)
            value /= 10;
        i = power < 0 ? i : s.len;
    }
    return i == s.len && value < 9e15 ? (int64_t)(value + 0.5) : -1;
}

/* "/a" and "b=1" make "/a?b=1"; "?b=1" does too. */
static stk_status join(stk_str path, stk_str query, stk_arena *arena, stk_str *ret)
{
    *ret = path;
    if (query.len > 0 && query.ptr[0] == '?')
        query.ptr++, query.len--;
    if (query.len == 0)
        return STK_OK;
    char *out = stk_arena_bytes(arena, path.len + query.len + 1);
    if (out == NULL)
        return STK_ERR_MEMORY;
    if (path.len != 0)
        memcpy(out, path.ptr, path.len);
    out[path.len] = '?';
    memcpy(out + path.len + 1, query.ptr, query.len);
    *ret = (stk_str){ out, path.len + 1 + query.len };
    return STK_OK;
}

static stk_status read_request(const stk_str part[STK_PARTS], stk_arena *arena, stk_http *http)
{
    stk_request_line(part[STK_PART_REQUEST], http);
    if (part[STK_PART_METHOD].len != 0)
        http->method = part[STK_PART_METHOD];
    if (part[STK_PART_PROTOCOL].len != 0)
        http->protocol = part[STK_PART_PROTOCOL];
    if (http->target.raw.len == 0) {
        stk_str target = part[STK_PART_TARGET].len != 0 ? part[STK_PART_TARGET]
                                                        : part[STK_PART_PATH];
        if (stk_scan(target, 0, '?') == target.len)
            STK_TRY(join(target, part[STK_PART_QUERY], arena, &target));
        stk_request_target(target, http);
    }
    if (http->host.raw.len == 0)
        http->host.raw = part[STK_PART_HOST];
    return STK_OK;
}

stk_status stk_access_event(const stk_str parts[STK_PARTS], const stk_decoder_setup *setup,
                            const stk_stamp *stamp, stk_arena *arena, stk_event *out)
{
    static const double unit_ns[4] = { 1e9, 1e6, 1e3, 1 };
    stk_str part[STK_PARTS];
    for (int p = 0; p < STK_PARTS; p++)
        part[p] = stk_log_dash(parts[p]);
    stk_event_init(out, STK_KIND_HTTP_REQUEST);
    stk_http *http = &out->u.http;
    out->meta.at = stamp->at;
    out->meta.zone_s = stamp->zone_s;
    STK_TRY(read_request(part, arena, http));
    http->user.raw = part[STK_PART_USER];
    http->referer.raw = part[STK_PART_REFERER];
    http->agent.raw = part[STK_PART_AGENT];
    http->status = number(part[STK_PART_STATUS]);
    http->bytes = number(part[STK_PART_BYTES]);
    for (int i = 0; i < 4 && http->took_us < 0; i++)
        http->took_us = micros(part[STK_PART_TOOK_S + i], unit_ns[i]);
    http->session.raw = part[STK_PART_SESSION];
    if (http->session.raw.len == 0) {
        const stk_header cookie = { .name = STK_S("cookie"), .value = { part[STK_PART_COOKIE] } };
        http->session.raw = setup->client.by == STK_CLIENT_COOKIE
                                ? stk_client_session(&setup->client, &cookie, 1)
                                : (stk_str){ 0 };
    }
    const stk_seen seen = { .peer = part[STK_PART_CLIENT],
                            .forwarded = part[STK_PART_FORWARDED],
                            .x_forwarded_for = part[STK_PART_X_FORWARDED_FOR],
                            .cf_connecting_ip = part[STK_PART_CF_CONNECTING_IP] };
    return stk_request_client(&setup->proxies, &seen, arena, &http->client, &http->peer);
}
