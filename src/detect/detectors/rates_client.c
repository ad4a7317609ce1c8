/* SPDX-License-Identifier: Apache-2.0 */
/* One client's pages: is it a person, an office behind one address, or a machine? */
#include "detect/detectors/rates.h"

enum {
    WINDOW_S = 900,
    SLOT_S = 10,
    SLOTS_AN_HOUR = 360,
    OBSERVE_LEVEL = 10,
    OBSERVE_MISSES = 5,
    SHARED_AGENTS = 8, /* an address counts as at most so many people */
};
#define LIGHT_LEAK (1.0f / 20.0f)
#define READING_LEAK                                                                               \
    (1.0f / 10.0f) /* a page in ten seconds, hour after hour, is a person's most                   \
                    */
#define WALK_LEAK  (1.0f / 20.0f)
#define TRIES_LEAK (1.0f / 60.0f)
#define QUERY_WEIGHT                                                                               \
    0.34f /* the same page with another query: a search as it is typed, a filter                   \
           */

static void note_light(stk_rates_light *light, uint32_t now_s, uint32_t flags)
{
    uint32_t elapsed = now_s > light->head.at_s ? now_s - light->head.at_s : 0;
    stk_keyed_seen(&light->head, now_s);
    float leaked = (float)elapsed * LIGHT_LEAK;
    light->level = light->level > leaked ? light->level - leaked : 0.0f;
    light->level += flags & STK_RATES_ASSET ? 0.1f : 1.0f;
    if (elapsed > 600)
        light->misses /= 2;
    if (flags & STK_RATES_DENIED && light->misses != UINT16_MAX)
        light->misses++;
    light->head.worth = (uint32_t)light->level;
}

/* How many people may sit behind this address, by the programs they use. A client that changes its
 * name with every page is one machine. */
static float people_now(const stk_rates_client *c)
{
    double agents = stk_few_count(c->agents);
    if (agents * 3 > c->pages || agents < 1.5)
        return 1.0f;
    return agents > SHARED_AGENTS ? SHARED_AGENTS : (float)agents;
}

/* Pictures, scripts and styles for each page; the quarter before counts as twenty pages. */
static float assets_a_page(const stk_rates_client *c)
{
    return ((float)c->assets + 20.0f * c->share_before) / ((float)c->pages + 20.0f);
}

static float people(const stk_rates_client *c)
{
    float now = people_now(c);
    return now > c->people_before ? now : c->people_before;
}

static void roll(stk_rates_client *c, uint32_t now_s)
{
    uint32_t apart = now_s > c->window_s ? now_s - c->window_s : c->window_s - now_s;
    if (apart < WINDOW_S)
        return; /* a late line belongs to the window that is open */
    bool next = apart < 2 * WINDOW_S;
    c->people_before = next ? people_now(c) : 1.0f;
    c->share_before = next ? assets_a_page(c) : 0.0f;
    c->window_s = now_s;
    c->agents = 0;
    c->pages = c->assets = 0;
}

static unsigned magnitude(uint32_t n)
{
    unsigned m = n == 0 ? 0 : 32u - (unsigned)__builtin_clz(n);
    return m < STK_RATES_PEAKS ? m : STK_RATES_PEAKS - 1;
}

/* What all but one of two hundred observed clients of this partition stay below; 0: too few seen.
 */
static uint32_t usual_peak(const stk_rates_state *state)
{
    if (state->peak_total < 400)
        return 0;
    uint32_t above = 0;
    for (unsigned m = STK_RATES_PEAKS; m-- > 0;) {
        above += state->peaks[m];
        if ((uint64_t)above * 200 > state->peak_total)
            return 1u << m;
    }
    return 0;
}

static void look_flood(const stk_rates *r, stk_rates_state *state, stk_rates_client *c,
                       const stk_tuple *tuple, uint32_t now_s, stk_findings *out)
{
    uint32_t slot = now_s / SLOT_S;
    double limit = (double)r->config.flood_requests * people(c);
    if (slot < c->slot)
        return; /* a late line belongs to a slot that is over */
    if (slot > c->slot) {
        uint32_t passed = slot - c->slot < SLOTS_AN_HOUR ? slot - c->slot : SLOTS_AN_HOUR;
        if (c->slot_count < limit) { /* a flood does not teach what is usual */
            c->slot_usual += ((float)c->slot_count - c->slot_usual) / SLOTS_AN_HOUR;
            state->peaks[magnitude(c->slot_count)]++;
            state->peak_total++;
        }
        c->slot_usual -= c->slot_usual * (float)(passed - 1) / SLOTS_AN_HOUR;
        c->slot = slot;
        c->slot_count = 0;
    }
    c->slot_count++;
    double usual = 8.0 * c->slot_usual, others = usual_peak(state);
    limit = limit > usual ? limit : usual;
    limit = limit > others ? limit : others;
    if (c->slot_count < limit || c->slot_count % (uint32_t)limit != 0 || !stk_say(&c->said_flood))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_FLOOD,
                          .args = { STK_ARG_I(c->slot_count), STK_ARG_I(SLOT_S),
                                    STK_ARG_R_(c->slot_usual), STK_ARG_I((int64_t)limit) } };
    stk_rates_find(out, STK_RATES_FLOOD, tuple->key, 0.6 + 0.1 * (double)c->slot_count / limit,
                   &reason);
}

static void look_scraping(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                          uint32_t now_s, stk_findings *out)
{
    uint32_t path = (uint32_t)(tuple->b >> 32);
    bool same_path = path == c->last_page && !(tuple->what & STK_RATES_HAS_ID);
    c->last_page = path;
    bool crawler = tuple->what & STK_RATES_CRAWLER;
    float level = stk_bucket_add(&c->scraping, now_s, same_path ? QUERY_WEIGHT : 1.0f,
                                 READING_LEAK);
    double limit = (double)(crawler ? r->config.crawler_pages : r->config.scraping_pages) *
                   people(c);
    float share = assets_a_page(c);
    if (share > 0.5f)
        limit *= 3; /* whoever fetches pictures and scripts too is most likely a browser */
    if (level < limit || !stk_say(&c->said_scraping))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_SCRAPING,
                          .args = { STK_ARG_I((int64_t)level), STK_ARG_I((int64_t)limit),
                                    STK_ARG_R_(share) } };
    double confidence = crawler ? 0.5 : share < 0.1f ? 0.8 : 0.65;
    stk_rates_find(out, crawler ? STK_RATES_CRAWLING : STK_RATES_SCRAPING, tuple->key, confidence,
                   &reason);
}

/* Different pages that are not there, or not for it: somebody tries what a shop might have. */
static void look_probing(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                         uint32_t now_s, stk_findings *out)
{
    uint32_t path = (uint32_t)(tuple->b >> 32);
    if (path == c->last_missed)
        return; /* other ids, or other questions, to one endpoint: look_ids() counts those */
    c->last_missed = path;
    float level = stk_bucket_add(&c->probing, now_s, 1.0f, READING_LEAK);
    float limit = (float)r->config.missing_pages * people(c);
    if (level + 0.95f < limit || !stk_say(&c->said_probing))
        return;
    stk_reason reason = { .message = STK_MSG_RATES_PROBING,
                          .args = { STK_ARG_I((int64_t)(level + 0.95f)), STK_ARG_I(c->pages) } };
    stk_rates_find(out, STK_RATES_PROBING, tuple->key, level >= 3.0f * limit ? 0.85 : 0.7, &reason);
}

/* Ids of one endpoint, one after the other. Which endpoint is watched is decided by majority. */
static void look_ids(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                     uint32_t now_s, stk_findings *out)
{
    uint32_t endpoint = (uint32_t)(tuple->b >> 32), id = (uint32_t)tuple->b;
    if (endpoint != c->id_endpoint) {
        if (c->ids > 1) {
            c->ids--;
            return;
        }
        c->id_endpoint = endpoint;
        c->ids = c->id_misses = 0;
        c->walk = c->missed = (stk_bucket){ 0 };
        c->last_id = id;
    }
    if (id == c->last_id && c->ids != 0)
        return;
    uint32_t step = id > c->last_id ? id - c->last_id : c->last_id - id;
    bool denied = tuple->what & STK_RATES_DENIED, hidden = tuple->what & STK_RATES_PRIVATE;
    c->last_id = id;
    c->ids++;
    c->id_misses += denied;
    float walk = stk_bucket_add(&c->walk, now_s, step <= 3 ? 1.0f : -1.0f, WALK_LEAK);
    float missed = stk_bucket_add(&c->missed, now_s, denied ? 1.0f : 0.0f, WALK_LEAK);
    float limit = (float)r->config.enumeration_ids;
    bool many_missed = missed >= limit && c->id_misses * 2 >= c->ids;
    bool walked = walk >= limit && (hidden || c->id_misses * 3 >= c->ids);
    if ((!many_missed && !walked) || !stk_say(&c->said_walk))
        return;
    stk_reason reason = { .message = walked ? STK_MSG_RATES_WALK : STK_MSG_RATES_MISSES,
                          .args = { STK_ARG_I(c->ids), STK_ARG_I(c->id_misses) } };
    stk_rates_find(out, walked ? STK_RATES_WALK : STK_RATES_MISSES, tuple->key, hidden ? 0.85 : 0.7,
                   &reason);
}

static void look_tries(const stk_rates *r, stk_rates_client *c, const stk_tuple *tuple,
                       uint32_t now_s, stk_findings *out)
{
    float limit = (float)r->config.code_tries * people(c);
    float codes = 0.0f, signups = 0.0f;
    if (tuple->what & STK_RATES_CODE)
        codes = stk_bucket_add(&c->codes, now_s, 1.0f, TRIES_LEAK);
    if (tuple->what & STK_RATES_ACCOUNTS)
        signups = stk_bucket_add(&c->signups, now_s, 1.0f, TRIES_LEAK);
    if ((codes < limit && signups < limit) || !stk_say(&c->said_codes))
        return;
    bool of_codes = codes >= limit;
    stk_reason reason = { .message = of_codes ? STK_MSG_RATES_CODES : STK_MSG_RATES_SIGNUPS,
                          .args = { STK_ARG_I((int64_t)(of_codes ? codes : signups)) } };
    stk_rates_find(out, of_codes ? STK_RATES_CODES : STK_RATES_SIGNUPS, tuple->key, 0.7, &reason);
}

void stk_rates_request(const stk_rates *r, stk_rates_state *state, const stk_tuple *tuple,
                       stk_findings *out)
{
    uint32_t now_s = stk_keyed_second(tuple->at);
    stk_rates_light *light = stk_keyed_get(&state->light, tuple->key.hash, now_s);
    note_light(light, now_s, tuple->what);
    bool asks = tuple->what & (STK_RATES_CODE | STK_RATES_ACCOUNTS);
    bool observe = light->level >= OBSERVE_LEVEL || light->misses >= OBSERVE_MISSES || asks;
    if (!observe && !(light->observed))
        return;
    stk_rates_client *c = observe ? stk_keyed_get(&state->clients, tuple->key.hash, now_s)
                                  : stk_keyed_find(&state->clients, tuple->key.hash);
    light->observed = c != NULL;
    if (c == NULL)
        return;
    stk_keyed_seen(&c->head, now_s);
    roll(c, now_s);
    stk_few_add(&c->agents, (uint32_t)(tuple->what >> STK_RATES_AGENT_SHIFT));
    if (asks)
        look_tries(r, c, tuple, now_s, out);
    if (tuple->what & STK_RATES_ASSET) {
        c->assets++;
        return;
    }
    c->pages++;
    if (!(tuple->what & STK_RATES_DENIED) && (uint32_t)(tuple->b >> 32) != c->login_at)
        c->pages_after++;
    look_flood(r, state, c, tuple, now_s, out);
    bool denied = tuple->what & STK_RATES_DENIED;
    if (stk_lately_new(&c->lately, tuple->a))
        (denied ? look_probing : look_scraping)(r, c, tuple, now_s, out);
    if (tuple->what & STK_RATES_HAS_ID)
        look_ids(r, c, tuple, now_s, out);
    uint32_t worth = (uint32_t)(c->scraping.level + c->walk.level + c->missed.level +
                                c->failing.level * 4.0f);
    c->head.worth = worth + 1;
}
