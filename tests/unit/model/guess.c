/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a source is in, by its first bytes: on lines made here, and on the development data.
 */
#include "check.h"
#include "model/decoder.h"

#include <stdlib.h>

#define AT      "[22/Dec/2016:16:30:52 +0300]"
#define REQUEST AT " \"GET / HTTP/1.1\" 200 5"

static const struct {
    const char *bytes, *format, *argument; /* format NULL: none */
} made[] = {
    { "192.0.2.1 - - " REQUEST " \"-\" \"x\"\n", "combined", NULL },
    { "\"192.0.2.1 - - " REQUEST " \"-\" \"x\"\"\n", "combined", NULL },
    { "192.0.2.1 - - " REQUEST " \"-\" \"x\" \"198.51.100.1\"\n", "combined", NULL },
    { "192.0.2.1 - - " REQUEST "\n", "common", NULL },
    { "shop.test:80 192.0.2.1 - - " REQUEST " \"-\" \"x\"\n", "vhost", NULL },
    { "shop.test 192.0.2.1 - - " REQUEST " \"-\" \"x\"\n", "vhost", NULL },
    { "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n", "http1", NULL },
    { "Dec 10 06:55:46 box sshd[1]: Invalid user a from 192.0.2.1 port 2\n", "syslog", NULL },
    { "2026-12-10T06:55:46+01:00 box sudo:  a : TTY=b ; PWD=/ ; USER=c ; COMMAND=d\n", "syslog",
      NULL },
    { "{\"value\":\"a\"}\n{\"value\":\"b\"}\n", "values", NULL },
    { "{\"event\":\"stock.change\",\"time\":\"2026-12-10T06:55:46Z\",\"product\":\"p\","
      "\"quantity\":3}\n",
      "commerce", NULL },
    { "[22/Dec/2016:16:30:52 +0300] - 404 404 - GET http shop.test \"/\" [Client 192.0.2.1] "
      "[Length 192] "
      "[Gzip 3.10] [Sent-to web] \"x\" \"-\"\n",
      "nginx", NULL },
    { "hello\nworld\n", NULL, NULL },
    { "2022-04-05 14:40:34,644 1 INFO odoo: Login failed\n", NULL, NULL },
    { "\n\n", NULL, NULL },
    { "", NULL, NULL },
};

static const char *made_lines_are_recognised(void)
{
    for (size_t i = 0; i < STK_COUNT(made); i++) {
        const char *argument;
        double share;
        const stk_decoder *d = stk_decoder_guess((stk_str){ made[i].bytes, strlen(made[i].bytes) },
                                                 &argument, &share);
        if ((d == NULL) != (made[i].format == NULL) ||
            (d != NULL && strcmp(d->name, made[i].format) != 0))
            return made[i].bytes;
        CHECK(d == NULL ? share < 0.5 : share >= 0.5 && share <= 1);
    }
    return NULL;
}

/* How a file of the development data is unpacked, its format, and the most malformed units. */
static const struct {
    const char *command, *format;
    size_t malformed;
} files[] = {
    { "zcat web/accesslogs/acunetix.txt.gz", "combined", 0 },
    { "zcat web/accesslogs/w3af.txt.gz", "combined", 0 },
    { "zcat web/accesslogs/elastic_apache_logs.txt.gz", "combined", 1 }, /* one line is cut */
    { "zcat web/accesslogs/hackers-access.log.gz", "combined", 0 },
    { "zcat web/csic2010/normalTrafficTraining.txt.gz", "http1", 0 },
    { "zcat web/csic2010/anomalous_dev40.txt.gz", "http1", 0 },
    { "zcat logs/loghub_2k/OpenSSH_2k.log.gz", "syslog", 0 },
    { "zcat logs/loghub_2k/Linux_2k.log.gz", "syslog", 0 },
    { "zcat logs/loghub_2k/Apache_2k.log.gz", NULL, 0 }, /* an error log */
    { "zcat logs/loghub_2k/HDFS_2k.log.gz", NULL, 0 },
    { "zcat logs/loghub_2k/OpenStack_2k.log.gz", NULL, 0 },
    { "zcat logs/loghub_2k/Proxifier_2k.log.gz", NULL, 0 },
#define HUB "tar xzOf logs/crowdsec_hub/crowdsec_tests_dev.tar.gz "
    { HUB "caddy-logs/caddy-logs.log", "json", 0 },
    { HUB "envoy-http-bad-user-agent/envoy-http-bad-user-agent.log", "json", 0 },
    { HUB "sshd-logs/sshd-logs.log", "syslog", 0 },
    { HUB "CVE-2024-0012/CVE-2024-0012.log", "combined", 0 },
    { HUB "apache-http-probing/apache-http-probing.log", "common", 0 },
    { HUB "bunkerweb-logs/bunkerweb-logs.log", "vhost", 0 },
    { HUB "http-bf-wordpress-bf/http-bf-wordpress-bf.log", "syslog", 0 },
    { HUB "vaultwarden-logs/vaultwarden-logs.log", NULL, 0 },
};

static size_t count_malformed(const stk_decoder *d, const char *argument, stk_str bytes)
{
    stk_auto_arena *life = stk_arena_new(4 << 20), *arena = stk_arena_new(64 << 20);
    stk_decoder_setup setup = { .argument = { argument, argument == NULL ? 0 : strlen(argument) },
                                .assumed_year = 2026 };
    void *self;
    size_t malformed = 0;
    if (life == NULL || arena == NULL || d->open(&setup, life, &self, NULL) != STK_OK)
        return SIZE_MAX;
    for (size_t at = 0, n = 0; at < bytes.len; at += n) {
        stk_event event;
        stk_frame frame = d->frame(self, (stk_str){ bytes.ptr + at, bytes.len - at }, true, &n);
        if (frame == STK_FRAME_SKIP)
            continue;
        stk_status status = frame == STK_FRAME_UNIT
                                ? d->decode(self, (stk_str){ bytes.ptr + at, n }, arena, &event,
                                            NULL)
                                : STK_ERR_LIMIT;
        malformed += status != STK_OK && status != STK_ERR_MISSING;
        stk_arena_reset(arena);
    }
    return malformed;
}

static const char *development_data_is_recognised(void)
{
    enum { ROOM = 64 << 20 };
    const char *root = getenv("STOCKADE_DATA");
    if (root == NULL) {
        puts("# SKIPPED: STOCKADE_DATA is not set");
        return getenv("CI") != NULL ? "STOCKADE_DATA is not set" : NULL;
    }
    char *room = malloc(ROOM);
    const char *wrong = room == NULL ? "no memory" : NULL;
    for (size_t i = 0; i < STK_COUNT(files) && wrong == NULL; i++) {
        char command[600];
        snprintf(command, sizeof command, "cd '%s' && %s", root, files[i].command);
        FILE *pipe = popen(command, "r");
        size_t len = pipe == NULL ? 0 : fread(room, 1, ROOM, pipe);
        if (pipe != NULL)
            pclose(pipe);
        const char *argument;
        double share;
        stk_str bytes = { room, len };
        const stk_decoder *d = stk_decoder_guess(bytes, &argument, &share);
        bool right = (d == NULL) == (files[i].format == NULL) && len > 0 &&
                     (d == NULL || strcmp(d->name, files[i].format) == 0);
        if (!right || (d != NULL && count_malformed(d, argument, bytes) > files[i].malformed))
            wrong = files[i].command;
    }
    free(room);
    return wrong;
}

static const check_test tests[] = {
    { "made lines are recognised", made_lines_are_recognised },
    { "development data is recognised", development_data_is_recognised },
};
CHECK_MAIN(tests)
