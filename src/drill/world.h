/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DRILL_WORLD_H
#define STK_DRILL_WORLD_H
/* The inside of the drill: the shop, its actors and how they leave traces. Seen by src/drill only.
 */
#include "base/buf.h"
#include "drill/drill.h"
#include "drill/rng.h"

enum {
    STK_DRILL_PRODUCTS = 1200,
    STK_DRILL_ACCOUNTS = 6000,
    STK_DRILL_STAFF = 14,
    STK_DRILL_PROVIDERS = 90, /* networks that customers come from */
    STK_DRILL_PLAN = 48,      /* pages of one visit */
    STK_DRILL_ACTORS = 65536, /* on stage at once; a crowd beyond is not let in */
    STK_DRILL_PENDING = 64,   /* chunks that one step leaves */
};

typedef struct stk_drill_address {
    char text[44];
} stk_drill_address;

/* A customer account, derived from the seed whenever it is asked for. */
typedef struct stk_drill_account {
    uint32_t index;
    char email[64];
    char device[20];
    char card[20];
    char street[20]; /* fingerprint of the delivery address */
    uint32_t agent;
    stk_drill_address home;
} stk_drill_account;

typedef struct stk_drill_product {
    uint32_t index; /* 0..STK_DRILL_PRODUCTS-1; the most popular first */
    uint32_t id;    /* as in its page's path and in events */
    char slug[64];
    int64_t price_minor;
    uint32_t page_bytes;
} stk_drill_product;

/* One client at work: a visit, a bot, an attacker's machine. */
typedef struct stk_drill_actor stk_drill_actor;
typedef stk_time (*stk_drill_step)(stk_drill *d,
                                   stk_drill_actor *a); /* when it acts next;
                                                            STK_TIME_NONE: it leaves */
struct stk_drill_actor {
    stk_time at;
    uint64_t order; /* among those of one moment */
    stk_drill_step step;
    stk_rng rng;
    stk_drill_address address;
    const char *agent;
    char session[20];
    char device[20];
    char referer[160];
    int32_t account;  /* signed in or about to; -1: none */
    int32_t scenario; /* index into the truths; -1: an honest client */
    bool whole;       /* its requests are also written to requests.http1 */
    bool warm;        /* has the shop's assets in its cache */
    uint8_t plan[STK_DRILL_PLAN];
    uint32_t planned, done;       /* of the plan */
    uint32_t assets;              /* still to be fetched for the page in view */
    uint32_t product;             /* in view */
    uint32_t phase, left, number; /* each kind of actor's own */
    uint32_t cart;
    const char *campaign;
};

typedef struct stk_drill_request {
    const char *method; /* NULL: GET */
    const char *target;
    int status;
    int64_t bytes;
    const char *referer; /* NULL: none */
    const char *body;    /* of a form; NULL: none */
} stk_drill_request;

/* A commerce event; NULL and 0 leave a field out. docs/events.md */
typedef struct stk_drill_deal {
    const char *kind;
    const char *account, *outcome, *action, *card, *street, *order, *product, *staff, *subject;
    const char *device; /* NULL: the actor's */
    int64_t amount_minor, quantity, records;
} stk_drill_deal;

/* What an attacker did, written to truth.ndjson. */
typedef struct stk_drill_truth {
    const stk_drill_scenario *scenario;
    stk_time first_at, last_at;
    stk_buf actors;                 /* JSON values, comma between */
    stk_buf units[STK_DRILL_FILES]; /* the same */
    uint64_t events;
    stk_buf targets;
} stk_drill_truth;

struct stk_drill {
    stk_drill_config config;
    stk_time start, end;
    stk_drill_actor **agenda; /* a heap by (at, order) */
    size_t actors, actor_room;
    uint64_t orders, spawned, sold;
    uint64_t popular[STK_DRILL_PRODUCTS]; /* cumulative Zipf weights */
    stk_drill_address provider[STK_DRILL_PROVIDERS];
    stk_time sale_from, sale_to;
    uint64_t unit[STK_DRILL_FILES]; /* units written */
    stk_drill_truth *truths;
    size_t truth_count, truth_told;
    uint32_t slots, slot; /* while attacks are planned: how many, and whose turn it is */
    stk_buf out;
    struct {
        stk_drill_file file;
        size_t offset, len;
    } pending[STK_DRILL_PENDING];
    size_t pending_count, pending_told;
    stk_time now;
    bool failed;
};

/* agenda.c */
stk_drill_actor *stk_drill_enter(stk_drill *d, stk_time at, stk_drill_step step, uint64_t stream);
stk_drill_actor *stk_drill_attacker(stk_drill *d, stk_time at, stk_drill_step step,
                                    int32_t scenario); /* with an address that is in the truth */

/* world.c */
void stk_drill_build_world(stk_drill *d);
stk_drill_account stk_drill_account_of(const stk_drill *d, uint32_t index);
stk_drill_product stk_drill_product_of(const stk_drill *d, uint32_t index);
uint32_t stk_drill_popular(const stk_drill *d, stk_rng *rng); /* index of a product, Zipf */
stk_drill_address stk_drill_somewhere(const stk_drill *d, stk_rng *rng); /* a customer's line */
stk_drill_address stk_drill_hosted(stk_rng *rng);                        /* a rented machine */
void stk_drill_token(uint64_t value, char out[20]);                      /* 16 hex digits */
uint32_t stk_drill_hour_weight(const stk_drill *d, stk_time at);         /* 100 on average */
/* When an attack begins that needs `lasts`: somewhere in the part of the span where attackers are
 * at work. */
stk_time stk_drill_when(const stk_drill *d, stk_rng *rng, stk_time lasts);

/* words.c */
const char *stk_drill_agent(uint32_t index); /* a browser, by its share of the market */
uint32_t stk_drill_agent_count(void);
const char *stk_drill_query(stk_rng *rng); /* what a customer types into the search, encoded */
const char *stk_drill_quality(uint32_t index);
const char *stk_drill_thing(uint32_t index);
extern const char *const stk_drill_categories[];
enum { STK_DRILL_CATEGORIES = 14 };

/* emit.c: traces of one moment */
void stk_drill_ask(stk_drill *d, stk_drill_actor *a, const stk_drill_request *request);
void stk_drill_trade(stk_drill *d, stk_drill_actor *a, const stk_drill_deal *deal);
void stk_drill_syslog(stk_drill *d, int32_t scenario, const char *text);
void stk_drill_tell_truths(stk_drill *d);

/* visit.c, crowd.c, staff.c, attacks.c: who comes */
stk_drill_actor *stk_drill_visit(stk_drill *d, stk_time at, uint64_t stream);
void stk_drill_sign_in(stk_drill *d, stk_drill_actor *a, uint32_t account, bool success);
void stk_drill_view_product(stk_drill *d, stk_drill_actor *a, uint32_t index);
stk_time stk_drill_look_around(stk_drill *d, stk_drill_actor *a); /* an honest visit's step */
void stk_drill_open_shop(stk_drill *d);
void stk_drill_open_office(stk_drill *d);
stk_status stk_drill_plan_attacks(stk_drill *d);
#endif
