/* SPDX-License-Identifier: Apache-2.0 */
/* Every decoder, and the taking apart of requests, with every allocation failing in turn. All
 * decoders meet all samples with all arguments: a new decoder is tortured as soon as it is listed.
 */
#include "alloc.h"

#include "model/carry.h"
#include "model/decoder.h"

static const stk_str samples[] = {
    { "192.0.2.7 - bob [01/Jan/2026:09:00:00 +0100] \"GET /a?b=%3Cscript%3E HTTP/1.1\" 200 12 "
      "\"http://x/\" \"Mozilla/5.0 \\\"q\\\"\"\n",
      0 },
    { "shop.example:80 192.0.2.7 - - [01/Jan/2026:09:00:00 +0100] \"GET / HTTP/1.1\" 200 12 \"-\" "
      "\"-\"\n",
      0 },
    { "192.0.2.7 - - [01/Jan/2026:09:00:00 +0100] \"POST /login HTTP/1.1\" 302 0\n", 0 },
    { "{\"event\":\"order.placed\",\"time\":\"2026-11-20T10:00:00+01:00\",\"account\":417,"
      "\"client\":"
      "\"::ffff:192.0.2.1\",\"currency\":\"EUR\",\"amount\":\"12.30\",\"staff\":{\"name\":"
      "\"k\\u00e9\"}}\n",
      0 },
    { "{\"time\":\"2026-01-01T09:00:00Z\",\"remote_addr\":\"192.0.2.7\",\"request\":\"GET /a "
      "HTTP/1.1\",\"status\":200}\n",
      0 },
    { "{\"value\":\"1' OR '1'='1 \\u00e9\"}\n", 0 },
    { "Jan  1 09:00:00 host sshd[123]: Failed password for invalid user bob from 192.0.2.7 port 22 "
      "ssh2\n",
      0 },
    { "<38>1 2026-01-01T09:00:00.123+01:00 host sudo 12 - - bob : TTY=pts/0 ; PWD=/ ; USER=root ; "
      "COMMAND=/bin/ls\n",
      0 },
    { "POST /pay?id=1 HTTP/1.1\r\nHost: shop.example\r\nCookie: s=1; t=%41\r\nContent-Type: "
      "application/x-www-form-urlencoded\r\nTransfer-Encoding: "
      "chunked\r\n\r\n7\r\na=b&c=d\r\n0\r\n\r\n",
      0 },
    { "POST /j HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\nContent-Length: "
      "34\r\n\r\n{\"a\":[1,{\"b\":\"%3Cx\\u003e\"}],\"c\":\"d\"}",
      0 },
    { "POST /m HTTP/1.1\r\nHost: shop.example\r\nContent-Type: multipart/form-data; boundary=B\r\n"
      "Content-Length: 105\r\n\r\n--B\r\nContent-Disposition: form-data; name=\"f\"; "
      "filename=\"a.php\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--B--\r\n",
      0 },
    { "POST /x HTTP/1.1\r\nHost: shop.example\r\nContent-Type: text/xml\r\nContent-Length: "
      "44\r\n\r\n"
      "<a b='c'><d>&lt;e&#62;</d><![CDATA[f]]></a>\r\n",
      0 },
};

static const char nginx_format[] =
    "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent "
    "\"$http_referer\" \"$http_user_agent\"";

static const char *const arguments[] = {
    "",
    nginx_format,
    "%h %l %u %t \\\"%r\\\" %>s %b \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\"",
    "nginx",
    "client=remote_addr,request=request,status=status,time=time",
};

typedef struct job {
    const stk_decoder *decoder;
    stk_str argument, sample;
    bool carried;
} job;

static stk_status run(void *ctx)
{
    job *j = ctx;
    stk_auto_arena *life = stk_arena_new(1 << 20), *batch = stk_arena_new(4 << 20);
    if (life == NULL || batch == NULL)
        return STK_ERR_MEMORY;
    stk_decoder_setup setup = { .argument = j->argument, .assumed_year = 2026 };
    void *self = NULL;
    stk_event event;
    size_t len = 0;
    STK_TRY(j->decoder->open(&setup, life, &self, NULL));
    stk_frame frame = j->decoder->frame(self, j->sample, true, &len);
    if (frame != STK_FRAME_UNIT)
        return STK_ERR_LIMIT;
    STK_TRY(j->decoder->decode(self, (stk_str){ j->sample.ptr, len }, batch, &event, NULL));
    if (event.kind != STK_KIND_HTTP_REQUEST)
        return STK_OK;
    stk_carried carried = { 0 };
    STK_TRY(stk_carry(&event.u.http, batch, &carried));
    j->carried = j->carried || carried.count != 0;
    return STK_OK;
}

static const char *decoders(void)
{
    size_t pairs = 0, decoded = 0, carried = 0;
    for (const stk_decoder *const *d = stk_decoders; *d != NULL; d++) {
        size_t of_this = 0;
        for (size_t a = 0; a < STK_COUNT(arguments); a++)
            for (size_t s = 0; s < STK_COUNT(samples); s++) {
                job j = { .decoder = *d,
                          .argument = { arguments[a], strlen(arguments[a]) },
                          .sample = { samples[s].ptr, strlen(samples[s].ptr) } };
                stk_status sound = run(&j);
                const char *why = alloc_torture(run, &j, sound);
                if (why != NULL)
                    printf("# decoder %s, argument %zu, sample %zu\n", (*d)->name, a, s);
                if (why != NULL)
                    return why;
                of_this += sound == STK_OK;
                carried += j.carried;
                pairs++;
            }
        if (of_this == 0)
            printf("# no sample here is read by decoder %s: add one\n", (*d)->name);
        decoded += of_this != 0;
    }
    printf("# %zu runs tortured, %zu decoders read one of them, %zu requests taken apart\n", pairs,
           decoded, carried);
    CHECK(decoded >= 10 && carried >= 6);
    return NULL;
}

/* A guess takes memory of its own; refused any, it may only fail to recognise. */
static stk_status guess(void *ctx)
{
    const stk_str *sample = ctx;
    const char *argument = NULL;
    double share = 0;
    (void)stk_decoder_guess(*sample, &argument, &share);
    return share < 0 || share > 1 ? STK_ERR_INVALID : STK_OK;
}

static const char *guesses(void)
{
    for (size_t s = 0; s < STK_COUNT(samples); s++) {
        stk_str sample = { samples[s].ptr, strlen(samples[s].ptr) };
        const char *why = alloc_torture(guess, &sample, STK_OK);
        if (why != NULL)
            return why;
    }
    return NULL;
}

static const check_test tests[] = {
    { "decoders and what requests carry", decoders },
    { "guesses", guesses },
};
CHECK_MAIN(tests)
