/* SPDX-License-Identifier: Apache-2.0 */
/* Attacks on passwords: guessing one customer's, guessing at sshd, trying leaked pairs from a
 * botnet, trying one password on everybody. */
#include "drill/attacks.h"

#include <stdio.h>

/* Guess the passwords of `left` customers, `phase` of `number` tries each. */
static stk_time guess(stk_drill *d, stk_drill_actor *a)
{
    if (a->phase++ == a->number) {
        a->phase = 1;
        if (--a->left == 0)
            return STK_TIME_NONE;
        a->account = (int32_t)stk_rng_below(&a->rng, STK_DRILL_ACCOUNTS);
    }
    bool lucky = a->left == 1 && a->phase == a->number && stk_rng_chance(&a->rng, 400);
    stk_drill_sign_in(d, a, (uint32_t)a->account, lucky);
    return d->now + 300 * STK_MS + stk_rng_wait(&a->rng, 1600 * STK_MS);
}

void stk_drill_start_brute_force(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_drill_actor *a = stk_drill_attacker(d, stk_drill_when(d, rng, STK_HOUR), guess, scenario);
    if (!a)
        return;
    a->left = 1 + stk_rng_below(rng, 3);
    a->number = 120 + stk_rng_below(rng, 200);
    a->account = (int32_t)stk_rng_below(rng, STK_DRILL_ACCOUNTS);
}

static stk_time guess_sshd(stk_drill *d, stk_drill_actor *a)
{
    static const char *const names[] = { "root", "admin", "ubuntu", "test", "postgres", "oracle",
                                         "git",  "user",  "ftp",    "pi",   "deploy",   "backup" };
    if (a->left-- == 0)
        return STK_TIME_NONE;
    uint32_t n = stk_rng_below(&a->rng, 2 * STK_COUNT(names));
    const char *name = names[n < STK_COUNT(names) ? n : 0];
    bool known = name == names[0] || name == names[10];
    char line[256];
    (void)snprintf(line, sizeof line,
                   "web1 sshd[%u]: Failed password for %s%s from %s port %u ssh2", 40000 + a->left,
                   known ? "" : "invalid user ", name, a->address.text,
                   33000 + stk_rng_below(&a->rng, 27000));
    stk_drill_syslog(d, a->scenario, line);
    return d->now + STK_SECOND + stk_rng_wait(&a->rng, 2 * STK_SECOND);
}

void stk_drill_start_ssh_guessing(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_drill_actor *a = stk_drill_attacker(d, stk_drill_when(d, rng, STK_HOUR), guess_sshd,
                                            scenario);
    if (a)
        a->left = 150 + stk_rng_below(rng, 500);
}

/* One machine of a botnet: a few pairs of the list, minutes apart, then silence. */
static stk_time stuff(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    /* Half of a leaked list has no account here. */
    uint32_t account = stk_rng_below(&a->rng, 2 * STK_DRILL_ACCOUNTS);
    if (stk_rng_chance(&a->rng, 500))
        account += 3 * STK_DRILL_ACCOUNTS;
    stk_drill_sign_in(d, a, account, account < STK_DRILL_ACCOUNTS && stk_rng_chance(&a->rng, 25));
    return d->now + 20 * STK_SECOND + stk_rng_wait(&a->rng, 8 * STK_MINUTE);
}

void stk_drill_start_stuffing(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_time lasts = 90 * STK_MINUTE, at = stk_drill_when(d, rng, lasts);
    uint32_t machines = 200 + stk_rng_below(rng, 200);
    for (uint32_t i = 0; i < machines; i++) {
        stk_drill_actor *a = stk_drill_attacker(d, at + stk_rng_between(rng, 0, lasts * 2 / 3),
                                                stuff, scenario);
        if (!a)
            return;
        a->left = 2 + stk_rng_below(rng, 6);
        a->agent = stk_drill_agent(i % 3); /* the tool knows few disguises */
        a->device[0] = '\0';
    }
}

static stk_time spray(stk_drill *d, stk_drill_actor *a)
{
    if (a->left-- == 0)
        return STK_TIME_NONE;
    stk_drill_sign_in(d, a, a->number, stk_rng_chance(&a->rng, 6));
    a->number += 1 + stk_rng_below(&a->rng, 9);
    return d->now + 2 * STK_SECOND + stk_rng_wait(&a->rng, 7 * STK_SECOND);
}

void stk_drill_start_spraying(stk_drill *d, stk_rng *rng, int32_t scenario)
{
    stk_time at = stk_drill_when(d, rng, STK_HOUR);
    for (uint32_t i = 0; i < 2; i++) {
        stk_drill_actor *a = stk_drill_attacker(d, at + stk_rng_between(rng, 0, STK_MINUTE), spray,
                                                scenario);
        if (!a)
            return;
        a->left = 180 + stk_rng_below(rng, 150);
        a->number = i * STK_DRILL_ACCOUNTS / 2;
    }
}
