/* SPDX-License-Identifier: Apache-2.0 */
/* Access logs in JSON, one object a line, read by a map of fields:
 *
 *   time=ts,client=request.remote_ip,method=request.method,...
 *
 * A field may be named several times; the first member that is there counts. The presets are
 * nothing but maps. A time stamp of a container runtime before the object is passed over. */
#include "base/json_simd.h"
#include "base/scan.h"
#include "base/spec.h"
#include "base/time_parse.h"
#include "model/decoders/request.h"

typedef enum role {
    TIME,
    CLIENT,
    FORWARDED,
    X_FORWARDED_FOR,
    CF_CONNECTING_IP,
    USER,
    SESSION,
    COOKIE,
    REQUEST,
    METHOD,
    HOST,
    TARGET,
    PATH,
    QUERY,
    PROTOCOL,
    STATUS,
    BYTES,
    REFERER,
    AGENT,
    TOOK_S,
    TOOK_MS,
    TOOK_US,
    TOOK_NS,
    ROLES,
} role;

static const char *const roles[ROLES] = {
    "time",    "client",  "forwarded", "x_forwarded_for", "cf_connecting_ip",
    "user",    "session", "cookie",    "request",         "method",
    "host",    "target",  "path",      "query",           "protocol",
    "status",  "bytes",   "referer",   "agent",           "took_s",
    "took_ms", "took_us", "took_ns",
};

static const struct {
    const char *name, *map;
} presets[] = {
    { "nginx",
      "time=time_iso8601,time=time_local,time=msec,time=timestamp,time=@timestamp,time=time,"
      "client=remote_addr,client=client_ip,client=remote_ip,"
      "x_forwarded_for=http_x_forwarded_for,x_forwarded_for=x_forwarded_for,forwarded=http_"
      "forwarded,"
      "cf_connecting_ip=http_cf_connecting_ip,user=remote_user,cookie=http_cookie,request=request,"
      "method=request_method,method=method,host=host,host=http_host,host=server_name,"
      "target=request_uri,target=uri,path=document_uri,query=args,query=query_string,"
      "protocol=server_protocol,protocol=protocol,status=status,bytes=body_bytes_sent,"
      "bytes=bytes_sent,referer=http_referer,referer=http_referrer,referer=referer,"
      "agent=http_user_agent,agent=user_agent,took_s=request_time" },
    { "caddy",
      "time=ts,client=request.remote_ip,client=request.remote_addr,"
      "x_forwarded_for=request.headers.X-Forwarded-For,forwarded=request.headers.Forwarded,"
      "cf_connecting_ip=request.headers.Cf-Connecting-Ip,user=user_id,"
      "cookie=request.headers.Cookie,method=request.method,host=request.host,target=request.uri,"
      "protocol=request.proto,status=status,bytes=size,referer=request.headers.Referer,"
      "agent=request.headers.User-Agent,took_s=duration" },
    { "traefik",
      "time=StartUTC,time=StartLocal,time=time,client=ClientHost,client=ClientAddr,"
      "x_forwarded_for=request_X-Forwarded-For,forwarded=request_Forwarded,"
      "cf_connecting_ip=request_Cf-Connecting-Ip,user=ClientUsername,cookie=request_Cookie,"
      "method=RequestMethod,host=RequestHost,host=RequestAddr,target=RequestPath,"
      "protocol=RequestProtocol,status=DownstreamStatus,bytes=DownstreamContentSize,"
      "referer=request_Referer,agent=request_User-Agent,took_ns=Duration" },
    { "envoy",
      "time=start_time,client=downstream_remote_address,client=downstream_direct_remote_address,"
      "x_forwarded_for=x-forwarded-for,x_forwarded_for=x_forwarded_for,method=method,"
      "host=:authority,host=authority,target=x-envoy-origin-path,target=x_envoy_origin_path,"
      "target=path,target=:path,protocol=protocol,status=response_code,bytes=bytes_sent,"
      "referer=referer,agent=user-agent,agent=user_agent,took_ms=duration" },
};

typedef struct json {
    stk_proxies proxies;
    stk_client_rule client;
    int32_t zone_s;
    bool preset;
    const stk_picker *picker;
    size_t count;
    role role_of[STK_PICK_FIELDS];
} json;

static bool role_named(stk_str name, role *ret)
{
    for (int r = 0; r < ROLES; r++)
        if (strlen(roles[r]) == name.len && memcmp(roles[r], name.ptr, name.len) == 0) {
            *ret = (role)r;
            return true;
        }
    return false;
}

static stk_status read_map(json *self, stk_str map, stk_arena *life, stk_error *err)
{
    stk_str paths[STK_PICK_FIELDS];
    while (map.len > 0) {
        size_t comma = stk_scan(map, 0, ',');
        stk_str pair = { map.ptr, comma };
        size_t equals = stk_scan(pair, 0, '=');
        map.ptr += comma < map.len ? comma + 1 : comma;
        map.len -= comma < map.len ? comma + 1 : comma;
        stk_str field = { pair.ptr, equals };
        if (self->count == STK_PICK_FIELDS)
            return stk_fail(err, STK_ERR_LIMIT, "a map has at most %d fields", STK_PICK_FIELDS);
        if (equals + 1 >= pair.len || !role_named(field, &self->role_of[self->count])) {
            char name[32] = "";
            memcpy(name, field.ptr, field.len < 31 ? field.len : 31);
            const char *near = stk_nearest(field, roles, ROLES);
            return stk_fail(err, STK_ERR_INVALID, "'%s' is no field of a map (%s%s%s)", name,
                            near == NULL
                                ? "write time=ts,client=req.ip,method=...,target=...,status=..."
                                : "did you mean '",
                            near == NULL ? "" : near, near == NULL ? "" : "'?");
        }
        paths[self->count++] = (stk_str){ pair.ptr + equals + 1, pair.len - equals - 1 };
    }
    return stk_picker_new(paths, self->count, life, &self->picker, err);
}

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    json *self = stk_arena_array(life, json, 1);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    *self = (json){ .proxies = setup->proxies,
                    .client = setup->client,
                    .zone_s = setup->assumed_zone_s };
    stk_str map = setup->argument;
    for (size_t i = 0; i < STK_COUNT(presets); i++)
        if (stk_str_eq(map, (stk_str){ presets[i].name, strlen(presets[i].name) })) {
            map = (stk_str){ presets[i].map, strlen(presets[i].map) };
            self->preset = true;
        }
    if (!self->preset && stk_scan(map, 0, '=') == map.len)
        return stk_fail(err, STK_ERR_INVALID,
                        "json: needs a preset (nginx, caddy, traefik, envoy) or a map of fields");
    STK_TRY(read_map(self, map, life, err));
    *ret = self;
    return STK_OK;
}

static bool there(const stk_picked *p)
{
    return p != NULL && p->type >= STK_PICK_BOOL && p->type <= STK_PICK_STRING;
}

/* The text of a role, "-" and what is not text aside. */
static stk_str text(const stk_picked *const by_role[ROLES], role r)
{
    const stk_picked *p = by_role[r];
    bool readable = there(p) && p->type != STK_PICK_BOOL;
    return readable ? stk_log_dash(p->text) : (stk_str){ 0 };
}

/* A whole number, written as one or in quotes; -1: not known. */
static int64_t number(const stk_picked *p)
{
    if (!there(p))
        return -1;
    if (p->type == STK_PICK_INT)
        return p->integer < 0 ? -1 : p->integer;
    int64_t value = 0;
    for (size_t i = 0; p->type == STK_PICK_STRING && i < p->text.len; i++) {
        if (p->text.ptr[i] < '0' || p->text.ptr[i] > '9' || i == 18)
            return -1;
        value = value * 10 + (p->text.ptr[i] - '0');
    }
    return p->type == STK_PICK_STRING && p->text.len > 0 ? value : -1;
}

/* "0.003" or 0.003 in some unit, as microseconds. */
static int64_t micros(const stk_picked *p, int64_t per_unit, int64_t divisor)
{
    double value = 0;
    if (!there(p))
        return -1;
    if (p->type == STK_PICK_INT || p->type == STK_PICK_REAL) {
        value = p->real;
    } else {
        stk_stamp stamp; /* the same digits, a point, digits */
        if (p->type != STK_PICK_STRING || p->text.len == 0 || p->text.len > 11 ||
            stk_time_epoch(p->text, &stamp) != p->text.len)
            return -1;
        value = (double)stamp.at / (double)STK_SECOND;
    }
    value = value * (double)per_unit / (double)divisor;
    return value >= 0 && value < 9e15 ? (int64_t)value : -1;
}

static bool read_time(const json *self, const stk_picked *p, stk_stamp *ret)
{
    if (!there(p) || p->type == STK_PICK_BOOL || p->text.len == 0)
        return false;
    stk_str s = p->text;
    if (s.ptr[0] == '[')
        s.ptr++, s.len--;
    return stk_time_iso(s, self->zone_s, ret) != 0 || stk_time_clf(s, ret) != 0 ||
           stk_time_epoch(s, ret) == s.len;
}

/* "/a" and "b=1" make "/a?b=1". */
static stk_status join(stk_str path, stk_str query, stk_arena *arena, stk_str *ret)
{
    *ret = path;
    if (query.len == 0)
        return STK_OK;
    bool marked = query.ptr[0] == '?';
    char *out = stk_arena_bytes(arena, path.len + query.len + 1);
    if (out == NULL)
        return STK_ERR_MEMORY;
    if (path.len != 0)
        memcpy(out, path.ptr, path.len);
    out[path.len] = '?';
    memcpy(out + path.len + 1, query.ptr + marked, query.len - marked);
    *ret = (stk_str){ out, path.len + 1 + query.len - marked };
    return STK_OK;
}

static stk_status read_request(const stk_picked *const by_role[ROLES], stk_arena *arena,
                               stk_http *http)
{
    stk_str target = text(by_role, TARGET), method = text(by_role, METHOD);
    if (text(by_role, REQUEST).len != 0)
        stk_request_line(text(by_role, REQUEST), http);
    if (method.len != 0)
        http->method = method;
    if (text(by_role, PROTOCOL).len != 0)
        http->protocol = text(by_role, PROTOCOL);
    if (target.len == 0 && http->target.raw.len == 0)
        target = text(by_role, PATH);
    if (target.len != 0 && http->target.raw.len == 0) {
        if (stk_scan(target, 0, '?') == target.len)
            STK_TRY(join(target, text(by_role, QUERY), arena, &target));
        stk_request_target(target, http);
    }
    if (http->host.raw.len == 0)
        http->host.raw = text(by_role, HOST);
    return STK_OK;
}

static stk_status fill(const json *self, const stk_picked *const by_role[ROLES], stk_arena *arena,
                       stk_http *http)
{
    STK_TRY(read_request(by_role, arena, http));
    http->user.raw = text(by_role, USER);
    http->referer.raw = text(by_role, REFERER);
    http->agent.raw = text(by_role, AGENT);
    http->status = number(by_role[STATUS]);
    http->bytes = number(by_role[BYTES]);
    static const int64_t per_unit[4] = { STK_SECOND, STK_MS, 1, 1 }, divisor[4] = { 1, 1, 1, 1000 };
    for (int i = 0; i < 4 && http->took_us < 0; i++)
        http->took_us = micros(by_role[TOOK_S + i], per_unit[i], divisor[i]);
    http->session.raw = text(by_role, SESSION);
    if (http->session.raw.len == 0) {
        stk_header cookie = { .name = STK_S("cookie"), .value = { text(by_role, COOKIE) } };
        http->session.raw = stk_client_session(&self->client, &cookie, 1);
    }
    stk_seen seen = { .peer = text(by_role, CLIENT),
                      .forwarded = text(by_role, FORWARDED),
                      .x_forwarded_for = text(by_role, X_FORWARDED_FOR),
                      .cf_connecting_ip = text(by_role, CF_CONNECTING_IP) };
    return stk_request_client(&self->proxies, &seen, arena, &http->client, &http->peer);
}

/* The object in a line that a container runtime has stamped: "2026-... stdout F {...". */
static stk_str object_of(stk_str line)
{
    size_t open = stk_scan(line, 0, '{');
    bool stamped = open > 0 && open < line.len && open < 128 && line.ptr[open - 1] == ' ';
    return stamped ? (stk_str){ line.ptr + open, line.len - open } : line;
}

static stk_status decode(const void *instance, stk_str unit, stk_arena *arena, stk_event *out,
                         stk_error *err)
{
    const json *self = instance;
    bool ignored;
    stk_picked picked[STK_PICK_FIELDS];
    const stk_picked *by_role[ROLES] = { NULL };
    stk_stamp stamp;
    STK_TRY(stk_pick(self->picker, object_of(stk_log_line(unit, &ignored)), arena, picked, err));
    for (size_t i = 0; i < self->count; i++)
        if (!there(by_role[self->role_of[i]]) && there(&picked[i]))
            by_role[self->role_of[i]] = &picked[i];
    bool request = text(by_role, REQUEST).len != 0 || text(by_role, METHOD).len != 0 ||
                   text(by_role, TARGET).len != 0 || text(by_role, PATH).len != 0;
    if (!request && self->preset)
        return STK_ERR_MISSING; /* the server's other messages stand in the same file */
    if (!request)
        return stk_fail(err, STK_ERR_SYNTAX, "none of request, method, target and path is there");
    if (!read_time(self, by_role[TIME], &stamp))
        return stk_fail(err, STK_ERR_SYNTAX, "no time, or not one that can be read");
    stk_event_init(out, STK_KIND_HTTP_REQUEST);
    out->meta.at = stamp.at;
    out->meta.zone_s = stamp.zone_s;
    if (fill(self, by_role, arena, &out->u.http) != STK_OK)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a line");
    return STK_OK;
}

/* A preset fits a line as far as it finds what every access log says. */
static double score(const void *context, stk_str line, stk_arena *arena)
{
    stk_event event;
    stk_status status = decode(context, line, arena, &event, NULL);
    if (status != STK_OK)
        return status == STK_ERR_MISSING ? 0.3 : 0;
    const stk_http *h = &event.u.http;
    return 0.3 * (h->status > 0) + 0.2 * (h->client.raw.len != 0) + 0.2 * (h->target.raw.len != 0) +
           0.1 * (h->method.len != 0) + 0.1 * (h->agent.raw.len != 0 || h->protocol.len != 0) +
           0.1 * (h->bytes >= 0 || h->took_us >= 0);
}

static double guess(stk_str head, const char **ret_argument)
{
    double best = 0;
    for (size_t i = 0; i < STK_COUNT(presets); i++) {
        stk_auto_arena *life = stk_arena_new(64 << 10);
        const stk_decoder_setup setup = { .argument = { presets[i].name,
                                                        strlen(presets[i].name) } };
        void *self;
        if (life == NULL || open_it(&setup, life, &self, NULL) != STK_OK)
            return 0;
        double share = stk_guess_lines(head, score, self);
        if (share > best) {
            best = share;
            *ret_argument = presets[i].name;
        }
    }
    return best;
}

const stk_decoder stk_decoder_json = {
    .name = "json",
    .summary = "access log in JSON, by a preset or a map of fields",
    .argument = "nginx, caddy, traefik, envoy, or FIELD=PATH,... (FIELD: time client forwarded "
                "x_forwarded_for cf_connecting_ip user session cookie request method host target "
                "path query protocol status bytes referer agent took_s took_ms took_us took_ns)",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = decode,
    .guess = guess,
};
