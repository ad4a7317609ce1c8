/* SPDX-License-Identifier: Apache-2.0 */
/* Rates and volumes: what one request does not show and a thousand do.
 *
 * Every client costs 24 bytes; one that opens many pages, is refused often or signs in is observed
 * closely, in a second and smaller table. Both are of fixed size. */
#include "detect/detectors/rates.h"

#include <stdlib.h>

#define O(m) offsetof(stk_rates_config, m)
static const stk_spec spec[] = {
    { "login_failures", STK_INT, O(login_failures), "8", "3", "1000",
      "Failed sign-ins to the shop by one client, one a minute forgiven, that are guessing." },
    { "system_failures", STK_INT, O(system_failures), "6", "3", "1000",
      "Failed sign-ins to a system (sshd) by one client, one in two minutes forgiven." },
    { "account_failures", STK_INT, O(account_failures), "12", "4", "1000",
      "Failed sign-ins to one account from several clients, one in two minutes forgiven." },
    { "login_repeats", STK_INT, O(login_repeats), "15", "5", "1000",
      "Sign-in forms sent by one client that got the form again, one a minute forgiven." },
    { "stuffing_accounts", STK_INT, O(stuffing_accounts), "10", "4", "1000",
      "Different accounts failed by one client within a day that are more than mistakes." },
    { "spread_failures", STK_INT, O(spread_failures), "40", "10", "100000",
      "Failed sign-ins to one endpoint within spread_window, from many clients." },
    { "spread_clients", STK_INT, O(spread_clients), "12", "3", "100000",
      "Different clients that these failures must come from." },
    { "spread_window", STK_DURATION_US, O(spread_window_us), "15m", "1m", "1d",
      "How long failures from many clients are counted together." },
    { "spread_ratio", STK_RATIO, O(spread_ratio), "0.6", "0.1", "1",
      "Share of sign-ins that fail while many clients try stolen passwords." },
    { "scraping_pages", STK_INT, O(scraping_pages), "150", "20", "100000",
      "Different pages opened by one client, one in ten seconds forgiven, faster than people "
      "read." },
    { "crawler_pages", STK_INT, O(crawler_pages), "1500", "20", "1000000",
      "The same for a client whose user agent says where to read about it." },
    { "missing_pages", STK_INT, O(missing_pages), "15", "5", "10000",
      "Different pages asked for by one client and refused, one in ten seconds forgiven." },
    { "enumeration_ids", STK_INT, O(enumeration_ids), "30", "8", "100000",
      "Ids counted up, or missed, at one endpoint by one client." },
    { "code_tries", STK_INT, O(code_tries), "20", "5", "10000",
      "Coupons or gift cards tried, or sign-ups sent, by one client, one a minute forgiven." },
    { "flood_requests", STK_INT, O(flood_requests), "300", "20", "10000000",
      "Requests for pages by one client in ten seconds." },
    { "flood_endpoint_requests", STK_INT, O(flood_endpoint_requests), "2000", "100", "100000000",
      "Requests to one endpoint in ten seconds, when that is many times its usual." },
};
#undef O

static const stk_str guessing[] = { { "T1110.001", 9 } }, spraying[] = { { "T1110.003", 9 } },
                     stuffing[] = { { "T1110.004", 9 } }, gathering[] = { { "T1213", 5 } },
                     searching[] = { { "T1593", 5 } }, counting[] = { { "T1595.003", 9 } },
                     probing[] = { { "T1595.002", 9 } }, flooding[] = { { "T1499.002", 9 } },
                     accounts[] = { { "T1589.001", 9 } };
static const stk_str capec_probe[] = { { "CAPEC-87", 8 } };
static const stk_str capec_guess[] = { { "CAPEC-49", 8 } }, capec_spray[] = { { "CAPEC-565", 9 } },
                     capec_stuff[] = { { "CAPEC-600", 9 } },
                     capec_scrape[] = { { "CAPEC-210", 9 } }, capec_count[] = { { "CAPEC-59", 8 } },
                     capec_flood[] = { { "CAPEC-469", 9 } }, capec_codes[] = { { "CAPEC-112", 9 } },
                     capec_names[] = { { "CAPEC-575", 9 } };

#define RULE(name, what, how, words, technique, weakness)                                          \
    {                                                                                              \
        .id = { name, sizeof name - 1 }, .kind = STK_INCIDENT_##what, .severity = how,             \
        .title = { words, sizeof words - 1 }, .techniques = technique, .technique_count = 1,       \
        .weaknesses = weakness, .weakness_count = 1                                                \
    }

const stk_rule_info stk_rates_rules[STK_RATES_RULES] = {
    [STK_RATES_BRUTE_FORCE] = RULE("rates.login-failures", BRUTE_FORCE, STK_MEDIUM,
                                   "one client fails to sign in again and again", guessing,
                                   capec_guess),
    [STK_RATES_BRUTE_FORM] = RULE("rates.login-form", BRUTE_FORCE, STK_MEDIUM,
                                  "one client sends the sign-in form again and again", guessing,
                                  capec_guess),
    [STK_RATES_BRUTE_SYSTEM] = RULE("rates.system-failures", BRUTE_FORCE, STK_MEDIUM,
                                    "one client guesses at a system's sign-in", guessing,
                                    capec_guess),
    [STK_RATES_BRUTE_ACCOUNT] = RULE("rates.account-failures", BRUTE_FORCE, STK_MEDIUM,
                                     "several clients guess at one account", guessing, capec_guess),
    [STK_RATES_STUFFING] = RULE("rates.many-accounts", CREDENTIAL_STUFFING, STK_MEDIUM,
                                "one client fails at many accounts, quickly", stuffing,
                                capec_stuff),
    [STK_RATES_SPRAYING] = RULE("rates.many-accounts-slowly", PASSWORD_SPRAYING, STK_MEDIUM,
                                "one client fails at many accounts, few tries each", spraying,
                                capec_spray),
    [STK_RATES_SPREAD] = RULE("rates.spread-failures", CREDENTIAL_STUFFING, STK_MEDIUM,
                              "many clients fail to sign in, few tries each", stuffing,
                              capec_stuff),
    [STK_RATES_SCRAPING] = RULE("rates.scraping", SCRAPING, STK_MEDIUM,
                                "one client opens pages faster than people read", gathering,
                                capec_scrape),
    [STK_RATES_CRAWLING] = RULE("rates.crawling", SCRAPING, STK_LOW,
                                "a declared crawler opens pages very fast", searching,
                                capec_scrape),
    [STK_RATES_SCRAPING_SUBNET] = RULE("rates.scraping-subnet", SCRAPING, STK_MEDIUM,
                                       "one program opens pages from many addresses of a subnet",
                                       gathering, capec_scrape),
    [STK_RATES_WALK] = RULE("rates.ids-counted", ENUMERATION, STK_MEDIUM,
                            "one client counts ids up", counting, capec_count),
    [STK_RATES_MISSES] = RULE("rates.ids-missed", ENUMERATION, STK_MEDIUM,
                              "one client tries ids that are not there or not its own", counting,
                              capec_count),
    [STK_RATES_CODES] = RULE("rates.codes-tried", ENUMERATION, STK_MEDIUM,
                             "one client tries coupons or gift cards", counting, capec_codes),
    [STK_RATES_SIGNUPS] = RULE("rates.accounts-asked", ENUMERATION, STK_MEDIUM,
                               "one client asks which accounts there are", accounts, capec_names),
    [STK_RATES_PROBING] = RULE("rates.probing", SCAN, STK_MEDIUM,
                               "one client asks for many pages that are not there", probing,
                               capec_probe),
    [STK_RATES_FLOOD] = RULE("rates.flood", FLOOD, STK_MEDIUM,
                             "one client sends far more requests than clients do", flooding,
                             capec_flood),
    [STK_RATES_FLOOD_ENDPOINT] = RULE("rates.flood-endpoint", FLOOD, STK_HIGH,
                                      "one endpoint gets many times its usual requests", flooding,
                                      capec_flood),
};

bool stk_say(stk_said *said)
{
    if (said->since < said->count / 64) {
        said->since++;
        return false;
    }
    said->since = 0;
    said->count += said->count != UINT16_MAX;
    return true;
}

void stk_rates_find(stk_findings *out, enum stk_rates_rule rule, stk_key by, double confidence,
                    const stk_reason *reason)
{
    stk_finding f = { .rule = &stk_rates_rules[rule],
                      .confidence = confidence < 0.99 ? confidence : 0.99,
                      .by = by,
                      .where = { .place = "" },
                      .reason = *reason };
    stk_findings_add(out, &f);
}

static stk_status rates_open(const stk_detector_setup *setup, const void *config, void **ret,
                             stk_error *err)
{
    stk_rates *r = malloc(sizeof *r);
    if (r == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector rates");
    *r = (stk_rates){ .config = *(const stk_rates_config *)config, .secret = setup->secret };
    *ret = r;
    return STK_OK;
}

static void rates_state_free(void *self)
{
    stk_rates_state *state = self;
    if (state == NULL)
        return;
    stk_keyed_done(&state->light);
    stk_keyed_done(&state->clients);
    stk_keyed_done(&state->groups);
    free(state);
}

static stk_status rates_state_new(const void *self, size_t budget_bytes, void **ret, stk_error *err)
{
    (void)self;
    stk_rates_state *state = calloc(1, sizeof *state);
    if (state == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector rates");
    size_t part = budget_bytes / 8; /* 3 : 3 : 2 */
    stk_status status = stk_keyed_init(&state->light, sizeof(stk_rates_light), 3 * part, 600, err);
    if (status == STK_OK)
        status = stk_keyed_init(&state->clients, sizeof(stk_rates_client), 3 * part, 1800, err);
    if (status == STK_OK)
        status = stk_keyed_init(&state->groups, sizeof(stk_rates_group), 2 * part, 1800, err);
    if (status != STK_OK) {
        rates_state_free(state);
        return status;
    }
    *ret = state;
    return STK_OK;
}

static void rates_look(const void *self, void *state, const stk_tuple *tuple, stk_findings *out)
{
    switch (tuple->what & STK_RATES_WHAT_MASK) {
    case STK_RATES_REQUEST:
        stk_rates_request(self, state, tuple, out);
        break;
    case STK_RATES_LOGIN:
        stk_rates_login(self, state, tuple, out);
        break;
    case STK_RATES_LOGIN_AT:
        stk_rates_login_at(self, state, tuple, out);
        break;
    case STK_RATES_LOGIN_TO:
        stk_rates_login_to(self, state, tuple, out);
        break;
    case STK_RATES_SUBNET_PAGE:
        stk_rates_subnet(self, state, tuple, out);
        break;
    case STK_RATES_HIT:
        stk_rates_hit(self, state, tuple, out);
        break;
    default:
        break;
    }
}

static bool light_sane(const void *entry)
{
    return stk_keyed_sane(((const stk_rates_light *)entry)->level);
}

static bool client_sane(const void *entry)
{
    const stk_rates_client *c = entry;
    const float levels[] = { c->people_before, c->share_before,  c->scraping.level,
                             c->slot_usual,    c->walk.level,    c->missed.level,
                             c->codes.level,   c->signups.level, c->failing.level,
                             c->probing.level, c->pace.level,    c->shown.level,
                             c->sent_on.level };
    bool sane = true;
    for (size_t i = 0; i < STK_COUNT(levels); i++)
        sane &= stk_keyed_sane(levels[i]);
    return sane;
}

static bool group_sane(const void *entry)
{
    const stk_rates_group *g = entry;
    return stk_keyed_sane(g->usual_failures) && stk_keyed_sane(g->level.level) &&
           stk_keyed_sane(g->slot_usual);
}

enum { MAGIC = 0x53545231 };

static void rates_save(const void *self, const void *state, stk_buf *out)
{
    (void)self;
    const stk_rates_state *s = state;
    stk_buf_varint(out, MAGIC);
    stk_keyed_save(&s->light, out);
    stk_keyed_save(&s->clients, out);
    stk_keyed_save(&s->groups, out);
    for (size_t i = 0; i < STK_RATES_PEAKS; i++)
        stk_buf_varint(out, s->peaks[i]);
    stk_buf_varint(out, s->peak_total);
}

static stk_status rates_load(const void *self, void *state, stk_cursor *in, stk_error *err)
{
    (void)self;
    stk_rates_state *s = state;
    bool ours = stk_cursor_varint(in) == MAGIC;
    stk_cursor none = { 0 };
    none.failed = true;
    bool light = stk_keyed_load(&s->light, ours ? in : &none, light_sane);
    bool clients = stk_keyed_load(&s->clients, light ? in : &none, client_sane);
    bool groups = stk_keyed_load(&s->groups, clients ? in : &none, group_sane);
    for (size_t i = 0; i < STK_RATES_PEAKS; i++)
        s->peaks[i] = (uint32_t)stk_cursor_varint(groups ? in : &none);
    s->peak_total = (uint32_t)stk_cursor_varint(groups ? in : &none);
    if (groups && !in->failed)
        return STK_OK;
    (void)stk_keyed_load(&s->light, &none, light_sane);
    (void)stk_keyed_load(&s->clients, &none, client_sane);
    (void)stk_keyed_load(&s->groups, &none, group_sane);
    memset(s->peaks, 0, sizeof s->peaks);
    s->peak_total = 0;
    return stk_fail(err, STK_ERR_SYNTAX,
                    "the saved state of rates is damaged, or of another version or budget");
}

const stk_detector stk_detector_rates = {
    .name = "rates",
    .summary = "guessed passwords, scraping, enumeration and floods, by counting per key",
    .spec = spec,
    .spec_count = STK_COUNT(spec),
    .config_size = sizeof(stk_rates_config),
    .memory_share = 12,
    .rules = stk_rates_rules,
    .rule_count = STK_RATES_RULES,
    .open = rates_open,
    .close = free,
    .keys = stk_rates_keys,
    .state_new = rates_state_new,
    .state_free = rates_state_free,
    .look = rates_look,
    .save = rates_save,
    .load = rates_load,
};
