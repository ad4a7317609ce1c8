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
#include "model/decoders/access.h"

static const struct {
    const char *name, *map;
} presets[] = {
    { "nginx",
      "time=time_iso8601,time=time_local,time=msec,time=timestamp,time=@timestamp,time=time,"
      "client=remote_addr,client=client_ip,client=remote_ip,client=ip,"
      "x_forwarded_for=http_x_forwarded_for,x_forwarded_for=x_forwarded_for,forwarded=http_"
      "forwarded,"
      "cf_connecting_ip=http_cf_connecting_ip,user=remote_user,cookie=http_cookie,request=request,"
      "method=request_method,method=method,host=host,host=http_host,host=server_name,"
      "target=request_uri,target=uri,target=path,target=url,path=document_uri,query=args,query="
      "query_string,"
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
    stk_decoder_setup setup;
    bool preset;
    const stk_picker *picker;
    size_t count;
    stk_part part_of[STK_PICK_FIELDS];
} json;

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
        if (equals + 1 >= pair.len || !stk_part_named(field, &self->part_of[self->count])) {
            char name[32] = "";
            memcpy(name, field.ptr, field.len < 31 ? field.len : 31);
            const char *near = stk_nearest(field, stk_part_names, STK_PARTS);
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
    *self = (json){ .setup = *setup };
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

/* Plain values as they are written; true, false and what has no plain value say nothing. */
static stk_str plain(const stk_picked *p)
{
    bool text = p->type == STK_PICK_STRING || p->type == STK_PICK_INT || p->type == STK_PICK_REAL;
    return text ? p->text : (stk_str){ 0 };
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
    stk_str parts[STK_PARTS] = { { 0 } };
    stk_stamp stamp;
    STK_TRY(stk_pick(self->picker, object_of(stk_log_line(unit, &ignored)), arena, picked, err));
    for (size_t i = 0; i < self->count; i++)
        if (parts[self->part_of[i]].len == 0)
            parts[self->part_of[i]] = plain(&picked[i]);
    bool request = parts[STK_PART_REQUEST].len != 0 || parts[STK_PART_METHOD].len != 0 ||
                   parts[STK_PART_TARGET].len != 0 || parts[STK_PART_PATH].len != 0;
    if (!request && self->preset)
        return STK_ERR_MISSING; /* the server's other messages stand in the same file */
    if (!request)
        return stk_fail(err, STK_ERR_SYNTAX, "none of request, method, target and path is there");
    if (!stk_access_time(parts[STK_PART_TIME], self->setup.assumed_zone_s, &stamp))
        return stk_fail(err, STK_ERR_SYNTAX, "no time, or not one that can be read");
    if (stk_access_event(parts, &self->setup, &stamp, arena, out) != STK_OK)
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
        double share = stk_guess_opened(head, score, open_it, presets[i].name);
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
