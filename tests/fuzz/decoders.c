/* SPDX-License-Identifier: Apache-2.0 */
/* Every decoder on hostile bytes: the first byte chooses decoder and setup, the rest is the
 * stream. Framing must make progress, stay inside, and give the same units however the bytes
 * arrive; what is decoded must point into the unit or the arena. */
#include "model/decoder.h"

#include <stdlib.h>

static const struct {
    const char *decoder, *argument;
} ways[] = {
    { "combined", "" },
    { "common", "" },
    { "vhost", "" },
    { "http1", "" },
    { "syslog", "" },
    { "values", "" },
    { "commerce", "" },
    { "json", "nginx" },
    { "json", "caddy" },
    { "json", "traefik" },
    { "json", "envoy" },
    { "json", "time=t,client=a.b,request=r,took_ms=m" },
    { "nginx", "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
               "\"$http_referer\" \"$http_user_agent\"" },
    { "nginx", "escape=json {\"t\":$msec,\"u\":\"$request_uri\",\"s\":\"$status\"}" },
    { "apache", "%h %u %t \\\"%r\\\" %>s %b %{ms}T" },
    { "apache", "%{%d/%b/%Y %T %z}t %{msec_frac}t %U%q %a" },
};

static void touch(stk_str s)
{
    volatile char sink = 0;
    for (size_t i = 0; i < s.len; i++)
        sink = (char)(sink ^ s.ptr[i]);
}

static void touch_event(const stk_event *event)
{
    const stk_shape_info *shape = &stk_shapes[stk_kinds[event->kind].shape];
    for (size_t i = 0; i < shape->count; i++)
        if (shape->fields[i].type == STK_FIELD_PERSONAL || shape->fields[i].type == STK_FIELD_TERM)
            touch(*(const stk_str *)(const void *)((const char *)&event->u +
                                                   shape->fields[i].offset));
    if (stk_kinds[event->kind].shape == STK_SHAPE_http)
        for (size_t i = 0; i < event->u.http.header_count; i++) {
            touch(event->u.http.headers[i].name);
            touch(event->u.http.headers[i].value.raw);
        }
}

/* A decoder that no way leads to would not be tested at all. */
static void check_ways(void)
{
    for (const stk_decoder *const *d = stk_decoders; *d != NULL; d++) {
        bool reached = false;
        for (size_t i = 0; i < STK_COUNT(ways); i++)
            reached = reached || strcmp(ways[i].decoder, (*d)->name) == 0;
        if (!reached)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool checked = false;
    if (!checked)
        check_ways();
    checked = true;
    if (size < 2)
        return 0;
    size_t way = data[0] % STK_COUNT(ways);
    stk_str bytes = { (const char *)data + 1, size - 1 };
    stk_network trusted = { .bits = 0 }; /* everybody: header lists are walked to their ends */
    stk_decoder_setup setup = {
        .argument = { ways[way].argument, strlen(ways[way].argument) },
        .proxies = { &trusted, data[0] >> 7 },
        .client = { STK_CLIENT_COOKIE, STK_S("sid") },
        .assumed_year = 2026,
        .not_after = (data[0] >> 6 & 1) * INT64_C(1767312000000000),
    };
    const stk_decoder *d = stk_decoder_named(
        (stk_str){ ways[way].decoder, strlen(ways[way].decoder) });
    stk_auto_arena *arena = stk_arena_new(8 << 20);
    void *self;
    if (d == NULL || arena == NULL || d->open(&setup, arena, &self, NULL) != STK_OK)
        abort();
    for (size_t at = 0, n = 0; at < bytes.len; at += n) {
        stk_str rest = { bytes.ptr + at, bytes.len - at };
        stk_frame frame = d->frame(self, rest, true, &n);
        if (frame == STK_FRAME_MORE || n == 0 || n > rest.len)
            abort();
        size_t part = 0;
        if (rest.len > 1 &&
            d->frame(self,
                     (stk_str){ rest.ptr, rest.len / 2 + n / 2 <= rest.len ? rest.len / 2 : 1 },
                     false, &part) == STK_FRAME_UNIT &&
            (frame != STK_FRAME_UNIT || part != n))
            abort();
        if (frame != STK_FRAME_UNIT)
            continue;
        char *own = malloc(n); /* of its own size, for ASan */
        if (own == NULL)
            return 0;
        memcpy(own, rest.ptr, n);
        stk_event event;
        stk_error err;
        stk_status status = d->decode(self, (stk_str){ own, n }, arena, &event, &err);
        if (status == STK_OK)
            touch_event(&event);
        free(own);
    }
    return 0;
}
