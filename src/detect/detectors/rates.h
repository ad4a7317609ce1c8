/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_RATES_H
#define STK_DETECT_RATES_H
/* What the files of the detector `rates` share: its options, its tuples and its state.
 *
 * rates.c         options, rules, life
 * rates_keys.c    an event becomes tuples: one for its client, few for what it shares with others
 * rates_client.c  one client's pages: scraping, enumeration, floods
 * rates_login.c   sign-ins of one client, against one account, and spread over many clients
 * rates_group.c   pages of a subnet, requests to an endpoint
 */
#include "detect/detector.h"
#include "detect/detectors/keyed.h"
#include "learn/sketch.h"

typedef struct stk_rates_config {
    int64_t login_failures, system_failures, account_failures, login_repeats;
    int64_t stuffing_accounts, spread_failures, spread_clients;
    int64_t spread_window_us;
    double spread_ratio;
    int64_t scraping_pages, crawler_pages, missing_pages, enumeration_ids, code_tries;
    int64_t flood_requests, flood_endpoint_requests;
} stk_rates_config;

typedef struct stk_rates {
    stk_rates_config config;
    stk_hash_key secret;
} stk_rates;

/* --- tuples: what | flags | 12 bits of the agent's hash ---------------------- */

enum stk_rates_what {
    STK_RATES_REQUEST = 1, /* client: a page hash, b endpoint (high half) and id (low half) */
    STK_RATES_LOGIN,       /* client: a account (0: unknown), b endpoint or service */
    STK_RATES_LOGIN_AT,    /* endpoint, agent or shop: a client, b account */
    STK_RATES_LOGIN_TO,    /* account: a client */
    STK_RATES_SUBNET_PAGE, /* one page in eight: a page hash, b client */
    STK_RATES_HIT,         /* one request in eight to an endpoint */
    STK_RATES_WHAT_MASK = 15,
};
enum {
    STK_RATES_ASSET = 1 << 4,
    STK_RATES_DENIED = 1 << 5, /* 401, 403, 404, 410 */
    STK_RATES_ERROR = 1 << 6,  /* 5xx */
    STK_RATES_HAS_ID = 1 << 7,
    STK_RATES_PRIVATE = 1 << 8,   /* the path names orders, accounts, invoices ... */
    STK_RATES_CRAWLER = 1 << 9,   /* its user agent names a page about itself */
    STK_RATES_CODE = 1 << 10,     /* tries a coupon, voucher or gift card */
    STK_RATES_ACCOUNTS = 1 << 11, /* signs up or asks for a new password */
    STK_RATES_SYSTEM = 1 << 12,   /* sshd and its kin, not the shop */
    STK_RATES_FAILED = 1 << 13,
    STK_RATES_SUCCEEDED = 1 << 14,
    STK_RATES_SHOWN = 1 << 15,   /* 200 to a form: shown again, or welcomed */
    STK_RATES_SENT_ON = 1 << 16, /* 3xx to a form */
    STK_RATES_FORM = 1 << 17,    /* seen in a log, not told by the shop */
    STK_RATES_AGENT_SHIFT = 20,
};
enum { STK_RATES_SAMPLE = 8 };

/* --- state of a partition ------------------------------------------------------ */

/* Every client: enough to notice that it deserves more. */
typedef struct stk_rates_light {
    stk_keyed_head head;
    float level;     /* pages, leaking one in 20 s */
    uint16_t misses; /* refused answers */
    uint16_t observed;
} stk_rates_light;

/* How often it was said already: all of the first, then ever fewer. */
typedef struct stk_said {
    uint16_t count, since;
} stk_said;

/* A client under observation. */
typedef struct stk_rates_client {
    stk_keyed_head head;
    uint64_t agents;                   /* few-count, of this quarter of an hour */
    float people_before, share_before; /* people, and assets a page, in the quarter before */
    uint32_t window_s, pages, assets, last_page, last_missed;
    stk_lately lately; /* pages seen */
    stk_bucket scraping, probing;
    uint32_t slot, slot_count; /* of ten seconds */
    float slot_usual;
    uint32_t id_endpoint, last_id, ids, id_misses;
    stk_bucket walk, missed, codes, signups;
    uint32_t first_try_s, tries, failures, successes; /* of sign-ins, within a day */
    stk_bucket failing, shown, sent_on, pace;
    uint32_t login_at, pages_after, told_by_shop;
    uint64_t login_agents;
    stk_distinct accounts;
    stk_said said_scraping, said_walk, said_codes, said_flood, said_login, said_probing;
} stk_rates_client;

/* Something that many clients share: an endpoint, an agent, an account, a subnet, the shop. */
typedef struct stk_rates_group {
    stk_keyed_head head;
    uint32_t window_s, tries, failures, successes, shown, sent_on;
    float usual_failures; /* of one window, learned while nothing was found */
    uint32_t windows;
    stk_distinct clients, accounts;
    uint64_t agents;
    stk_bucket level;
    uint32_t slot, slot_count, slots;
    float slot_usual;
    uint32_t slot_errors;
    stk_said said;
} stk_rates_group;

enum { STK_RATES_PEAKS = 24 };
typedef struct stk_rates_state {
    stk_keyed_table light, clients, groups;
    uint32_t peaks[STK_RATES_PEAKS]; /* ten-second counts of clients by powers of two */
    uint32_t peak_total;
} stk_rates_state;

/* --- what it says ------------------------------------------------------------------ */

enum stk_rates_rule {
    STK_RATES_BRUTE_FORCE,
    STK_RATES_BRUTE_FORM,
    STK_RATES_BRUTE_SYSTEM,
    STK_RATES_BRUTE_ACCOUNT,
    STK_RATES_STUFFING,
    STK_RATES_SPRAYING,
    STK_RATES_SPREAD,
    STK_RATES_SCRAPING,
    STK_RATES_CRAWLING,
    STK_RATES_SCRAPING_SUBNET,
    STK_RATES_WALK,
    STK_RATES_MISSES,
    STK_RATES_CODES,
    STK_RATES_SIGNUPS,
    STK_RATES_PROBING,
    STK_RATES_FLOOD,
    STK_RATES_FLOOD_ENDPOINT,
    STK_RATES_RULES,
};
extern const stk_rule_info stk_rates_rules[STK_RATES_RULES];

/* Should one more of the same be said? All of the first 64, then ever fewer, so that a long attack
 * is told by a bounded number of findings. */
bool stk_say(stk_said *said);
void stk_rates_find(stk_findings *out, enum stk_rates_rule rule, stk_key by, double confidence,
                    const stk_reason *reason);

size_t stk_rates_keys(const void *self, const stk_unit *unit, const stk_findings *of_unit,
                      stk_tuple *out, size_t room);
void stk_rates_request(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                       stk_findings *out);
void stk_rates_login(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                     stk_findings *out);
void stk_rates_login_at(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                        stk_findings *out);
void stk_rates_login_to(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                        stk_findings *out);
void stk_rates_subnet(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                      stk_findings *out);
void stk_rates_hit(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                   stk_findings *out);
#endif
