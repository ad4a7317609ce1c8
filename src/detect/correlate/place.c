/* SPDX-License-Identifier: Apache-2.0 */
/* Where a finding belongs: to its client's own story, to a campaign, or to the day's noise.
 *
 * Noise is what every address on the internet receives: one probe for a file that is not there, one
 * visit of a bad bot. It is told once a day for all of them. A client that goes on leaves the noise
 * and takes what is known of it along. */
#include "detect/correlate/state.h"

enum { MARKED_EVENTS = 64 };

static const stk_key nobody = { .type = STK_KEY_TYPES };

stk_story *stk_story_at(stk_correlator *c, uint64_t key, stk_time at, uint32_t *ret_slot)
{
    stk_story *story = stk_book_find(c, key, ret_slot);
    if (story == NULL || stk_story_holds(c, story, at))
        return story;
    stk_story_close(c, *ret_slot);
    return NULL;
}

enum { WEAK_PERCENT = 50 }; /* a finding below is no story by itself, however often it comes */
#define GUESSED_LONG 0.9    /* what `rates.login-failures` says of three times what is borne */

static stk_incident_kind noise_of(stk_incident_kind kind)
{
    return kind == STK_INCIDENT_SCAN ? STK_INCIDENT_PROBE : kind;
}

static bool is_noise(const stk_mention *m)
{
    stk_incident_kind kind = m->rule->kind;
    return (stk_family_of(kind) == STK_FAMILY_WEB && m->confidence * 100.0 < WEAK_PERCENT) ||
           kind == STK_INCIDENT_PROBE || kind == STK_INCIDENT_SCAN ||
           kind == STK_INCIDENT_BAD_BOT || kind == STK_INCIDENT_DEVIATION;
}

/* --- clients of the noise ------------------------------------------------- */

static stk_minor *minor_find(stk_correlator *c, stk_key client, stk_incident_kind noise)
{
    stk_minor *set = c->minors + (client.hash & (STK_MINORS / STK_MINOR_WAYS - 1)) * STK_MINOR_WAYS;
    for (int i = 0; i < STK_MINOR_WAYS; i++)
        if (set[i].mention_count != 0 && stk_key_eq(set[i].client, client) &&
            noise_of(set[i].mention[0].rule->kind) == noise)
            return &set[i];
    return NULL;
}

static stk_minor *minor_new(stk_correlator *c, stk_key client, uint32_t slot, stk_time at)
{
    stk_minor *set = c->minors + (client.hash & (STK_MINORS / STK_MINOR_WAYS - 1)) * STK_MINOR_WAYS;
    stk_minor *worst = set;
    for (int i = 0; i < STK_MINOR_WAYS; i++) {
        if (set[i].mention_count == 0) {
            worst = &set[i];
            break;
        }
        if (set[i].events < worst->events ||
            (set[i].events == worst->events && set[i].last_at < worst->last_at))
            worst = &set[i];
    }
    *worst = (stk_minor){ .client = client, .story = slot, .first_at = at, .last_at = at };
    return worst;
}

static void minor_note(stk_minor *minor, const stk_mention *m)
{
    size_t n = minor->mention_count;
    if (n == 0 || minor->mention[n - 1].meta.sequence != m->meta.sequence) {
        minor->events++;
        bool new_target = m->endpoint.type < STK_KEY_TYPES;
        for (size_t i = 0; i < n; i++)
            new_target &= !stk_key_eq(minor->mention[i].endpoint, m->endpoint);
        minor->targets += new_target;
    }
    minor->kinds |= 1u << m->rule->kind;
    minor->best = m->confidence > minor->best ? m->confidence : minor->best;
    if (m->meta.at > minor->last_at)
        minor->last_at = m->meta.at;
    bool same_event = n != 0 && minor->mention[n - 1].meta.sequence == m->meta.sequence;
    if (n < STK_MINOR_MENTIONS && !same_event)
        minor->mention[minor->mention_count++] = *m;
}

static bool minor_no_longer(const stk_correlator *c, const stk_minor *minor)
{
    uint32_t noise = 1u << STK_INCIDENT_PROBE | 1u << STK_INCIDENT_SCAN |
                     1u << STK_INCIDENT_DEVIATION;
    if ((minor->kinds & noise) == 0 || minor->best * 100.0 < WEAK_PERCENT)
        return false; /* bad bots and weak findings: however often they come */
    if (minor->kinds & 1u << STK_INCIDENT_DEVIATION)
        return minor->events >= 3;
    return minor->events >= (uint64_t)c->config.promote_events ||
           minor->targets >= (uint64_t)c->config.promote_targets;
}

/* --- stories of clients ----------------------------------------------------- */

static void lead(stk_correlator *c, const stk_mention *m, const stk_mark *marks, size_t count,
                 uint32_t slot)
{
    if (m->client.type < STK_KEY_TYPES && m->by.type != STK_KEY_STAFF)
        stk_book_put(c, stk_page_key_of(STK_PAGE_FOLLOW, m->client), slot);
    if (m->by.type == STK_KEY_STAFF || m->by.type == STK_KEY_DEVICE || m->by.type == STK_KEY_CARD ||
        m->client.type == STK_KEY_TYPES)
        stk_book_put(c, stk_page_key_of(STK_PAGE_FOLLOW, m->by), slot);
    if (m->by.type == STK_KEY_STAFF && m->client.type < STK_KEY_TYPES)
        stk_book_put(c, stk_page_key_of(STK_PAGE_STAFF, m->client), slot);
    for (size_t i = 0; i < count; i++) {
        uint32_t other;
        if (stk_book_find(c, marks[i].key, &other) == NULL)
            stk_book_put(c, marks[i].key, slot);
    }
}

static stk_story *by_marks(stk_correlator *c, const stk_mention *m, const stk_mark *marks,
                           size_t count, uint32_t *ret_slot)
{
    for (size_t i = 0; i < count; i++) {
        stk_story *story = stk_story_at(c, marks[i].key, m->meta.at, ret_slot);
        if (story != NULL && story->scope != STK_SCOPE_BACKGROUND &&
            m->meta.at - story->incident.last_at <= c->config.quiet_us &&
            story->family == stk_family_of(m->rule->kind) &&
            (!marks[i].scans_only || story->incident.kind == STK_INCIDENT_SCAN))
            return story;
    }
    return NULL;
}

static stk_id incident_id(const stk_finding *finding)
{
    return (stk_id){ stk_mix64(finding->id.v ^ UINT64_C(0x696e636964656e74)) };
}

/* A story of its own for what is no longer noise, or never was. When the noise was all of it, it
 * becomes that story; else what is known of the client moves over. */
static stk_story *begin(stk_correlator *c, const stk_mention *m, const stk_finding *finding,
                        const stk_mark *marks, size_t count, uint32_t *ret_slot)
{
    stk_story *story = by_marks(c, m, marks, count, ret_slot);
    stk_minor *minor = m->client.type == STK_KEY_TYPES
                           ? NULL
                           : minor_find(c, m->client, STK_INCIDENT_PROBE);
    if (minor == NULL && m->rule->kind == STK_INCIDENT_DEVIATION)
        minor = minor_find(c, m->client, STK_INCIDENT_DEVIATION);
    stk_story *noise = minor == NULL ? NULL : c->stories[minor->story];
    bool recent = noise != NULL && noise->open && noise->scope == STK_SCOPE_BACKGROUND &&
                  m->meta.at - minor->last_at <= c->config.quiet_us;
    if (story == NULL && recent && noise->telling <= minor->events) {
        stk_book_drop_story(c, noise);
        noise->scope = STK_SCOPE_OWN;
        minor->mention_count = 0;
        *ret_slot = minor->story;
        return noise;
    }
    const stk_mention *first = recent ? &minor->mention[0] : m;
    if (story == NULL) {
        story = stk_story_open(c, first, STK_SCOPE_OWN, ret_slot);
        if (story == NULL)
            return NULL;
        story->incident.id = incident_id(finding);
    }
    if (recent) {
        stk_untell(c, noise, minor->mention, minor->mention_count);
        (void)stk_judge(c, noise);
        stk_story_queue(c, minor->story);
        for (size_t i = 0; i < minor->mention_count; i++)
            (void)stk_tell(c, story, &minor->mention[i], NULL);
    }
    if (minor != NULL)
        minor->mention_count = 0;
    return story;
}

/* Who walks through customers' records as a member of staff is one actor with the address that he
 * does it from: what is said of either is one story. */
static stk_story *beside_staff(stk_correlator *c, const stk_mention *m, uint32_t *ret_slot)
{
    if (m->client.type == STK_KEY_TYPES)
        return NULL;
    stk_story *story = NULL;
    if (m->by.type == STK_KEY_STAFF)
        story = stk_story_at(c, stk_page_key_of(STK_PAGE_FOLLOW, m->client), m->meta.at, ret_slot);
    else if (stk_family_of(m->rule->kind) == STK_FAMILY_VOLUME)
        story = stk_story_at(c, stk_page_key_of(STK_PAGE_STAFF, m->client), m->meta.at, ret_slot);
    bool fits = story != NULL && story->scope == STK_SCOPE_OWN &&
                (story->family == STK_FAMILY_VOLUME || story->family == STK_FAMILY_STAFF);
    return fits ? story : NULL;
}

/* Stuffing is many clients with few tries each. Who guesses for many tries on end while it goes on,
 * at the same form, is somebody else. */
static bool guesses_alone(const stk_story *story, const stk_mention *m)
{
    return story->incident.kind == STK_INCIDENT_CREDENTIAL_STUFFING &&
           m->rule->kind == STK_INCIDENT_BRUTE_FORCE && m->confidence >= GUESSED_LONG;
}

/* NULL: the finding is told in the noise, or there is no room for it. */
static stk_story *own(stk_correlator *c, const stk_mention *m, const stk_finding *finding,
                      const stk_mark *marks, size_t count, uint32_t *ret_slot)
{
    bool by_itself = m->by.type == STK_KEY_STAFF || m->client.type == STK_KEY_TYPES;
    stk_key who = by_itself ? m->by : m->client;
    stk_story *story = stk_story_at(c, stk_page_key_of(STK_PAGE_FOLLOW, who), m->meta.at, ret_slot);
    if (story != NULL && story->scope == STK_SCOPE_CAMPAIGN &&
        (story->family != stk_family_of(m->rule->kind) ||
         m->rule->kind == STK_INCIDENT_ACCOUNT_TAKEOVER || guesses_alone(story, m)))
        story = NULL;
    if (story == NULL)
        story = beside_staff(c, m, ret_slot);
    if (story == NULL)
        story = begin(c, m, finding, marks, count, ret_slot);
    if (story != NULL)
        lead(c, m, marks, story->telling < MARKED_EVENTS ? count : 0, *ret_slot);
    return story;
}

static bool settle(stk_correlator *c, stk_story *story, uint32_t slot, const stk_mention *m,
                   const stk_reason *reason)
{
    bool seen = stk_tell(c, story, m, reason);
    seen |= stk_judge(c, story);
    stk_story_touch(c, slot);
    stk_story_queue(c, slot);
    return seen;
}

static stk_story *background(stk_correlator *c, const stk_mention *m, const stk_finding *finding,
                             uint32_t *ret_slot)
{
    stk_incident_kind noise = noise_of(m->rule->kind);
    uint64_t key = stk_page_key(STK_PAGE_BACKGROUND, noise, 0);
    stk_story *story = stk_story_at(c, key, m->meta.at, ret_slot);
    if (story != NULL)
        return story;
    story = stk_story_open(c, m, STK_SCOPE_BACKGROUND, ret_slot);
    if (story == NULL)
        return NULL;
    story->incident.id = incident_id(finding);
    story->incident.kind = noise;
    stk_book_put(c, key, *ret_slot);
    return story;
}

/* True when the client has left the noise: its own story is to be told. */
static bool grows(stk_correlator *c, const stk_mention *m, uint32_t slot)
{
    if (m->client.type == STK_KEY_TYPES)
        return false;
    stk_minor *minor = minor_find(c, m->client, noise_of(m->rule->kind));
    if (minor != NULL && (minor->story != slot || m->meta.at - minor->last_at > c->config.quiet_us))
        minor->mention_count = 0;
    if (minor == NULL || minor->mention_count == 0)
        minor = minor_new(c, m->client, slot, m->meta.at);
    stk_minor before = *minor;
    minor_note(minor, m);
    if (!minor_no_longer(c, minor))
        return false;
    *minor = before; /* this finding itself is told by the new story */
    return true;
}

/* A probe that is answered says something only where other probes are refused. */
static bool given(stk_correlator *c, const stk_mention *m)
{
    if (m->rule->kind != STK_INCIDENT_PROBE)
        return false;
    c->probes_denied += m->outcome == STK_OUTCOME_DENIED;
    bool answered = m->outcome == STK_OUTCOME_PLAIN || m->outcome == STK_OUTCOME_ODD;
    c->probes_given += answered;
    return answered && m->bytes > 0 && m->rule->severity >= STK_MEDIUM && m->confidence >= 0.5 &&
           c->probes_denied > c->probes_given;
}

static bool place_own(stk_correlator *c, const stk_passed *passed, const stk_finding *finding,
                      const stk_mention *m)
{
    stk_mark marks[STK_MARKS];
    size_t count = stk_marks_of(c, passed, m, marks);
    uint32_t slot;
    bool handed_over = given(c, m);
    stk_story *story = NULL;
    uint64_t follow = stk_page_key_of(STK_PAGE_FOLLOW, m->client);
    if (finding->of_unit && is_noise(m) && !handed_over &&
        (m->client.type == STK_KEY_TYPES || stk_story_at(c, follow, m->meta.at, &slot) == NULL)) {
        story = background(c, m, finding, &slot);
        if (story != NULL && grows(c, m, slot))
            story = NULL;
        else if (story != NULL)
            return settle(c, story, slot, m, &finding->reason);
    }
    story = own(c, m, finding, marks, count, &slot);
    if (story == NULL) {
        c->lost++;
        return false;
    }
    bool seen = false;
    if (handed_over) {
        stk_tell_turn(
            story, &m->meta, STK_STAGE_SUCCESS,
            &(stk_reason){ .message = STK_MSG_TURN_FILE_GIVEN, .args = { STK_ARG_I(m->bytes) } });
        seen = true;
    }
    return settle(c, story, slot, m, &finding->reason) || seen;
}

/* What is said of a subnet, an endpoint, an account or the shop concerns many clients. */
static bool place_campaign(stk_correlator *c, const stk_passed *passed, const stk_finding *finding,
                           const stk_mention *m)
{
    stk_mark marks[STK_MARKS];
    size_t count = stk_marks_of(c, passed, m, marks);
    stk_family family = stk_family_of(m->rule->kind);
    uint64_t key = stk_page_key(STK_PAGE_CAMPAIGN, m->by.hash, (uint64_t)m->by.type << 8 | family);
    uint32_t slot, mine;
    stk_story *story = stk_story_at(c, key, m->meta.at, &slot);
    uint64_t follow = stk_page_key_of(STK_PAGE_FOLLOW, m->client);
    stk_story *client = m->client.type == STK_KEY_TYPES
                            ? NULL
                            : stk_story_at(c, follow, m->meta.at, &mine);
    bool takeover = m->rule->kind == STK_INCIDENT_ACCOUNT_TAKEOVER;
    if (story == NULL && client != NULL && client->family == family &&
        (!takeover || client->scope == STK_SCOPE_OWN)) {
        story = client;
        slot = mine;
    }
    if (story == NULL)
        story = by_marks(c, m, marks, count, &slot);
    if (story == NULL) {
        story = stk_story_open(c, m, takeover ? STK_SCOPE_OWN : STK_SCOPE_CAMPAIGN, &slot);
        if (story == NULL) {
            c->lost++;
            return false;
        }
        story->incident.id = incident_id(finding);
    }
    if (takeover && passed->event->kind == STK_KIND_ORDER_PLACED)
        story->least = STK_STAGE_REACHED;
    else if (!takeover)
        story->scope = STK_SCOPE_CAMPAIGN;
    stk_book_put(c, key, slot);
    if (client == NULL || client->scope != STK_SCOPE_OWN)
        lead(c, m, marks, story->telling < MARKED_EVENTS ? count : 0, slot);
    return settle(c, story, slot, m, &finding->reason);
}

static bool of_many(stk_key_type type)
{
    return type == STK_KEY_SUBNET || type == STK_KEY_NETWORK || type == STK_KEY_AGENT ||
           type == STK_KEY_ENDPOINT || type == STK_KEY_HOST || type == STK_KEY_ACCOUNT ||
           type == STK_KEY_SITE || type == STK_KEY_PRODUCT || type == STK_KEY_RECORD ||
           type == STK_KEY_SOURCE;
}

bool stk_speaks_of_many(const stk_finding *finding)
{
    return !finding->of_unit && of_many(finding->by.type);
}

bool stk_place_finding(stk_correlator *c, const stk_passed *passed, const stk_finding *finding,
                       stk_outcome outcome)
{
    const stk_event *e = passed->event;
    stk_mention m = { .meta = e->meta,
                      .rule = finding->rule,
                      .confidence = finding->confidence,
                      .by = finding->by,
                      .client = passed->client_known ? passed->client : nobody,
                      .endpoint = passed->endpoint_known ? passed->endpoint : nobody,
                      .account = passed->account_known ? passed->account : nobody,
                      .outcome = outcome,
                      .bytes = stk_kinds[e->kind].shape == STK_SHAPE_http ? e->u.http.bytes : -1 };
    if (finding->of_unit && !passed->client_known)
        m.by = passed->endpoint_known ? passed->endpoint : (stk_key){ .type = STK_KEY_SITE };
    m.meta.at = stk_time_sane(m.meta.at);
    uint32_t slot; /* what a scanner does to an endpoint is part of its scan */
    stk_story *mine = m.client.type == STK_KEY_TYPES
                          ? NULL
                          : stk_story_at(c, stk_page_key_of(STK_PAGE_FOLLOW, m.client), m.meta.at,
                                         &slot);
    if (mine != NULL && mine->scope == STK_SCOPE_OWN && mine->incident.kind == STK_INCIDENT_SCAN)
        return place_own(c, passed, finding, &m);
    return of_many(m.by.type) ? place_campaign(c, passed, finding, &m)
                              : place_own(c, passed, finding, &m);
}
