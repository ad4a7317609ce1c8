/* SPDX-License-Identifier: Apache-2.0 */
/* What whole logs become: two vulnerability scans are one incident each, and ten thousand ordinary
 * lines hardly any. The logs are not in the repository: STOCKADE_DATA names where they are. */
#include "small_engine.h"

#include <limits.h>

struct counts {
    unsigned all, scans, grave; /* grave: medium or more */
    uint64_t scan_events;
};

static void count(void *ctx, const small_engine *engine, const stk_incident *incident)
{
    (void)engine;
    struct counts *c = ctx;
    c->all++;
    c->grave += incident->severity >= STK_MEDIUM;
    if (incident->kind == STK_INCIDENT_SCAN) {
        c->scans++;
        c->scan_events += incident->events;
    }
}

static struct counts incidents_of(stk_str bytes)
{
    struct counts counts = { 0 };
    small_engine *engine = small_new();
    if (!small_run(engine, bytes, NULL, 2016, count, &counts))
        counts.all = UINT_MAX;
    small_free(engine);
    return counts;
}

static bool read_log(const char *name, stk_buf *out)
{
    char path[PATH_MAX];
    const char *data = getenv("STOCKADE_DATA");
    (void)snprintf(path, sizeof path, "%s/web/accesslogs/%s",
                   data == NULL ? "../shared/data" : data, name);
    return stk_read_whole(path, out, NULL) == STK_OK;
}

static int a_scan(const char *name, unsigned most)
{
    stk_auto_buf log = stk_buf_init(64 << 20);
    if (!read_log(name, &log)) {
        printf("SKIPPED: %s is not there (STOCKADE_DATA)\n", name);
        return getenv("CI") != NULL ? 1 : 77;
    }
    struct counts counts = incidents_of(stk_buf_str(&log));
    printf("%s: %u incidents, %u of them scans with %llu events\n", name, counts.all, counts.scans,
           (unsigned long long)counts.scan_events);
    return counts.scans < 1 || counts.all > most;
}

static int ordinary_lines(void)
{
    stk_auto_buf log = stk_buf_init(64 << 20);
    if (!read_log("elastic_apache_logs.txt.gz", &log)) {
        printf("SKIPPED: elastic_apache_logs.txt.gz is not there (STOCKADE_DATA)\n");
        return getenv("CI") != NULL ? 1 : 77;
    }
    struct counts counts = incidents_of(stk_buf_str(&log));
    printf("elastic_apache_logs: %u incidents, %u of them medium or more\n", counts.all,
           counts.grave);
    return counts.grave > 5;
}

int main(void)
{
    int first = a_scan("acunetix.txt.gz", 3), second = a_scan("w3af.txt.gz", 3),
        third = ordinary_lines();
    if (first == 1 || second == 1 || third == 1)
        return 1;
    return first != 0 ? first : second != 0 ? second : third;
}
