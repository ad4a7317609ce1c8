/* SPDX-License-Identifier: Apache-2.0 */
/* Exfiltration by staff: a member reads or exports far more customer records in a day than ever,
 * and far more than colleagues do.
 *
 * Colleagues can only be compared where all are known, so everything goes to one key, the shop's;
 * the members of staff of a shop are few. Days are counted from midnight UTC. */
#include "detect/detector.h"
#include "detect/detectors/keyed.h"
#include "learn/sketch.h"

#include <math.h>
#include <stdlib.h>

enum { MEMBERS_MOST = 1024, COLLEAGUES = 3 };

struct config {
    int64_t records, first_day_records;
    double own_factor, peer_factor;
};

struct staff {
    struct config config;
    stk_hash_key secret;
};

#define O(m) offsetof(struct config, m)
static const stk_spec spec[] = {
    { "records", STK_INT, O(records), "50", "5", "1000000",
      "Customer records in a day that no member of staff is asked about below." },
    { "first_day_records", STK_INT, O(first_day_records), "300", "5", "1000000",
      "The same for a member of staff without a past of three days to compare with." },
    { "own_factor", STK_RATIO, O(own_factor), "4", "1.5", "1000",
      "How many times the member's own largest usual day is too much." },
    { "peer_factor", STK_RATIO, O(peer_factor), "4", "1.5", "1000",
      "How many times the median day of all colleagues is too much." },
};
#undef O

static const stk_str collection[] = { { "T1213", 5 }, { "T1530", 5 } };
static const stk_str excessive[] = { { "CAPEC-180", 9 } };
enum { RULE_FAR_MORE, RULE_FIRST_DAYS, RULES };
#define RULE(name, how, words)                                                                     \
    {                                                                                              \
        .id = { name, sizeof name - 1 }, .kind = STK_INCIDENT_STAFF_EXFILTRATION, .severity = how, \
        .title = { words, sizeof words - 1 }, .techniques = collection, .technique_count = 2,      \
        .weaknesses = excessive, .weakness_count = 1                                               \
    }
static const stk_rule_info rules[RULES] = {
    [RULE_FAR_MORE] = RULE("staff.far-more-records", STK_HIGH,
                           "a member of staff takes far more customer records than ever"),
    [RULE_FIRST_DAYS] = RULE("staff.many-records-soon", STK_MEDIUM,
                             "a new member of staff takes far more customer records than others"),
};

enum { EXPORT = 1 };

struct member {
    uint64_t hash;              /* 0: free */
    uint32_t day, last_s, days; /* days with work, before this one */
    float today, exported;
    float usual, spread; /* of log2(records + 1) a day */
    float most;          /* the largest usual day, fading */
    stk_distinct subjects;
    uint32_t said, next; /* say again at so many records */
};

struct state {
    struct member *members; /* [room], owned */
    uint32_t count, room;
    uint64_t evicted;
};

static stk_status staff_open(const stk_detector_setup *setup, const void *config, void **ret,
                             stk_error *err)
{
    struct staff *s = malloc(sizeof *s);
    if (s == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector staff");
    *s = (struct staff){ .config = *(const struct config *)config, .secret = setup->secret };
    *ret = s;
    return STK_OK;
}

static bool holds(stk_str s, const char *word)
{
    return s.len >= strlen(word) && memmem(s.ptr, s.len, word, strlen(word)) != NULL;
}

static size_t staff_keys(const void *self, const stk_unit *unit, const stk_findings *of_unit,
                         stk_tuple *out, size_t room)
{
    (void)of_unit;
    const struct staff *s = self;
    const stk_shop *shop = &unit->event->u.shop;
    if (unit->event->kind != STK_KIND_STAFF_ACCESS || shop->staff.raw.len == 0 || room == 0)
        return 0;
    uint64_t records = shop->records > 0 ? (uint64_t)shop->records : 1;
    if (records > UINT32_MAX)
        records = UINT32_MAX;
    bool export = holds(shop->action, "export") || holds(shop->action, "downl");
    uint64_t subject = shop->subject.raw.len == 0
                           ? 0
                           : stk_key_of(&s->secret, STK_KEY_RECORD, shop->subject.raw).hash;
    out[0] = (stk_tuple){ .key = stk_key_of(&s->secret, STK_KEY_SITE, STK_S("staff")),
                          .what = export ? EXPORT : 0,
                          .a = stk_key_of(&s->secret, STK_KEY_STAFF, shop->staff.raw).hash,
                          .b = records << 32 | (uint32_t)(subject >> 32) };
    return 1;
}

static stk_status staff_state_new(const void *self, size_t budget_bytes, void **ret, stk_error *err)
{
    (void)self;
    struct state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector staff");
    size_t room = budget_bytes / sizeof(struct member);
    s->room = (uint32_t)(room < 8 ? 8 : room > MEMBERS_MOST ? MEMBERS_MOST : room);
    s->members = calloc(s->room, sizeof *s->members);
    if (s->members == NULL) {
        free(s);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for the detector staff");
    }
    *ret = s;
    return STK_OK;
}

static void staff_state_free(void *state)
{
    struct state *s = state;
    if (s != NULL)
        free(s->members);
    free(s);
}

/* When all places are taken, who was longest not seen goes. */
static struct member *member_of(struct state *s, uint64_t hash)
{
    hash += hash == 0;
    uint32_t oldest = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->members[i].hash == hash)
            return &s->members[i];
        if (s->members[i].last_s < s->members[oldest].last_s)
            oldest = i;
    }
    uint32_t at = s->count < s->room ? s->count++ : oldest;
    s->evicted += s->members[at].hash != 0;
    memset(&s->members[at], 0, sizeof s->members[at]);
    s->members[at].hash = hash;
    return &s->members[at];
}

/* A day is over: learn from it what is usual, unless it was told to somebody. */
static void end_day(struct member *m, uint32_t day)
{
    if (m->today > 0.0f && m->said == 0) {
        float x = log2f(m->today + 1.0f), step = 1.0f / (float)(m->days < 20 ? m->days + 1 : 20);
        float away = x - m->usual;
        m->usual += step * away;
        m->spread += step * (away * (x - m->usual) - m->spread);
        m->most = m->today > m->most * 0.95f ? m->today : m->most * 0.95f;
        m->days++;
    }
    m->day = day;
    m->today = m->exported = 0.0f;
    m->subjects = (stk_distinct){ { 0 } };
    m->said = m->next = 0;
}

static int order(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

/* The median of colleagues' usual days; 0: too few of them have a past. */
static float peers(const struct state *s, const struct member *but)
{
    float days[MEMBERS_MOST];
    size_t n = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (&s->members[i] != but && s->members[i].days > 0)
            days[n++] = exp2f(s->members[i].usual) - 1.0f;
    if (n < COLLEAGUES)
        return 0.0f;
    qsort(days, n, sizeof *days, order);
    return days[n / 2];
}

static void staff_look(const void *self, void *state, const stk_tuple *tuple, stk_findings *out)
{
    const struct staff *c = self;
    struct state *s = state;
    uint32_t now_s = stk_keyed_second(tuple->at), day = now_s / 86400;
    struct member *m = member_of(s, tuple->a);
    m->last_s = now_s > m->last_s ? now_s : m->last_s;
    if (day > m->day)
        end_day(m, day);
    float records = (float)(tuple->b >> 32);
    m->today += records;
    if (tuple->what & EXPORT)
        m->exported += records;
    if ((uint32_t)tuple->b != 0)
        (void)stk_distinct_add(&m->subjects, stk_mix64(tuple->b & UINT32_MAX));
    if (m->today < (float)c->config.records || m->today < (float)m->next)
        return;
    bool past = m->days >= 3;
    float typical = exp2f(m->usual + 2.0f * sqrtf(m->spread > 0.0f ? m->spread : 0.0f)) - 1.0f;
    float own = m->most > typical ? m->most : typical, others = peers(s, m);
    float export_share = m->exported / m->today;
    double own_limit = own * c->config.own_factor, peer_limit = others * c->config.peer_factor;
    if (past ? m->today < own_limit || (others > 0.0f && m->today < peer_limit)
             : m->today < (float)c->config.first_day_records || m->today < 2.0 * peer_limit)
        return;
    m->said++;
    m->next = (uint32_t)(m->today * 1.5f < 4e9f ? m->today * 1.5f : 4e9f);
    /* Without a past, one report that somebody always pulls looks the same: going on does not. */
    double confidence = past ? 0.75 : others > 0.0f ? 0.45 : 0.35;
    confidence += !past && m->said > 1 ? 0.15 : 0.0;
    confidence += past && export_share > 0.5f ? 0.1 : 0.0;
    stk_finding f = { .rule = &rules[past ? RULE_FAR_MORE : RULE_FIRST_DAYS],
                      .confidence = confidence,
                      .by = { .hash = tuple->a, .type = STK_KEY_STAFF },
                      .where = { .place = "" },
                      .reason = { .message = STK_MSG_STAFF_RECORDS,
                                  .args = { STK_ARG_I((int64_t)m->today),
                                            STK_ARG_I((int64_t)m->exported), STK_ARG_R_(own),
                                            STK_ARG_R_(others) } } };
    stk_findings_add(out, &f);
}

enum { MAGIC = 0x53545346 };

static void staff_save(const void *self, const void *state, stk_buf *out)
{
    (void)self;
    const struct state *s = state;
    stk_buf_varint(out, MAGIC);
    stk_buf_varint(out, sizeof(struct member));
    stk_buf_varint(out, s->evicted);
    stk_buf_varint(out, s->count);
    stk_buf_add(out, (stk_str){ (const char *)s->members, s->count * sizeof *s->members });
}

static bool level(float v, float most)
{
    return v >= 0.0f && v <= most;
}

static bool sane(const struct member *m)
{
    const float records = 1e18f, doublings = 64.0f;
    return level(m->today, records) && level(m->exported, records) && level(m->most, records) &&
           level(m->usual, doublings) && level(m->spread, doublings * doublings);
}

static stk_status staff_load(const void *self, void *state, stk_cursor *in, stk_error *err)
{
    (void)self;
    struct state *s = state;
    memset(s->members, 0, s->room * sizeof *s->members);
    s->count = 0;
    bool ours = stk_cursor_varint(in) == MAGIC && stk_cursor_varint(in) == sizeof(struct member);
    uint64_t evicted = stk_cursor_varint(in), count = stk_cursor_varint(in);
    bool fine = ours && !in->failed && count <= s->room;
    stk_str bytes = stk_cursor_take(in, fine ? count * sizeof *s->members : 0);
    if (!fine || in->failed)
        return stk_fail(err, STK_ERR_SYNTAX,
                        "the saved state of staff is damaged, or of another version or budget");
    if (bytes.len != 0)
        memcpy(s->members, bytes.ptr, bytes.len);
    for (uint64_t i = 0; i < count; i++)
        fine &= sane(&s->members[i]);
    if (!fine) {
        memset(s->members, 0, s->room * sizeof *s->members);
        return stk_fail(err, STK_ERR_SYNTAX, "the saved state of staff is damaged");
    }
    s->count = (uint32_t)count;
    s->evicted = evicted;
    return STK_OK;
}

const stk_detector stk_detector_staff = {
    .name = "staff",
    .summary = "members of staff who take far more customer records than ever",
    .spec = spec,
    .spec_count = STK_COUNT(spec),
    .config_size = sizeof(struct config),
    .memory_share = 1,
    .rules = rules,
    .rule_count = RULES,
    .open = staff_open,
    .close = free,
    .keys = staff_keys,
    .state_new = staff_state_new,
    .state_free = staff_state_free,
    .look = staff_look,
    .save = staff_save,
    .load = staff_load,
};
