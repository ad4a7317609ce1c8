/* SPDX-License-Identifier: Apache-2.0 */
/* What makes two clients one campaign: overlapping in time, and sharing more than chance explains.
 *
 * A common browser's name proves nothing, nor does one endpoint that everybody attacks; together
 * with each other, with the same subnet, or with the name of a tool, they do. */
#include "detect/correlate/state.h"

enum mark {
    MARK_SUBNET_AGENT = 1,
    MARK_SUBNET_TARGET,
    MARK_SUBNET_SCAN,
    MARK_SUBNET_KIND,
    MARK_TOOL,
    MARK_RULE_TARGET_AGENT,
    MARK_ACCOUNT,
    MARK_SYSTEM,
    MARK_TARGET,
    MARK_TARGET_AGENT,
};

static stk_str agent_of(const stk_event *e)
{
    switch (stk_kinds[e->kind].shape) {
    case STK_SHAPE_http:
        return e->u.http.agent.raw;
    case STK_SHAPE_shop:
        return e->u.shop.agent.raw;
    default:
        return (stk_str){ 0 };
    }
}

static bool starts(stk_str s, const char *with)
{
    size_t n = strlen(with);
    return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

/* A name of its own: no browser's, and no library's that a thousand programs send. */
static bool names_a_tool(stk_str agent)
{
    static const char *const shared[] = {
        "Mozilla/",          "Opera/", "curl/",  "Wget/",  "python",    "Python",
        "Go-http",           "Java",   "okhttp", "axios",  "node",      "libwww",
        "Apache-HttpClient", "PHP",    "Ruby",   "Dalvik", "WordPress", "-"
    };
    for (size_t i = 0; i < STK_COUNT(shared); i++)
        if (starts(agent, shared[i]))
            return false;
    return agent.len >= 4;
}

struct marking {
    stk_mark *out;
    size_t count;
};

static void add(struct marking *list, enum mark mark, uint64_t a, uint64_t b, uint64_t c)
{
    if (list->count < STK_MARKS)
        list->out[list->count++] = (stk_mark){
            .key = stk_page_key(STK_PAGE_MARK, stk_mix64(a + mark) ^ b, stk_mix64(c ^ b)),
            .scans_only = mark == MARK_SUBNET_SCAN,
        };
}

static void web_marks(struct marking *list, const stk_passed *passed, const stk_mention *m,
                      uint64_t agent, uint64_t subnet, bool tool)
{
    uint64_t endpoint = passed->endpoint_known ? passed->endpoint.hash : 0;
    if (passed->address_known) {
        add(list, MARK_SUBNET_AGENT, subnet, agent, 0);
        add(list, MARK_SUBNET_TARGET, subnet, endpoint, m->rule->kind);
        add(list, MARK_SUBNET_SCAN, subnet, 0, 0);
    }
    if (tool)
        add(list, MARK_TOOL, agent, 0, 0);
    if (stk_kind_is_attack(m->rule->kind) && agent != 0) {
        stk_hash_key plain = { 1, 2 }; /* rule ids are public */
        /* Who sprays lookups of Log4j writes them where a program's name would stand. */
        bool sprays = m->rule->kind == STK_INCIDENT_LOG4SHELL;
        add(list, MARK_RULE_TARGET_AGENT, stk_hash(&plain, m->rule->id), endpoint,
            sprays ? 0 : agent);
    }
}

static void login_marks(const stk_correlator *c, struct marking *list, const stk_passed *passed,
                        const stk_mention *m, uint64_t agent)
{
    const stk_event *e = passed->event;
    stk_incident_kind kind = m->rule->kind;
    if (stk_kinds[e->kind].shape == STK_SHAPE_auth) {
        add(list, MARK_SYSTEM, stk_hash(&c->secret, e->u.auth.host),
            stk_hash(&c->secret, e->u.auth.service), kind);
        return;
    }
    uint64_t target = passed->endpoint_known ? passed->endpoint.hash : (uint64_t)e->kind;
    if (kind == STK_INCIDENT_BRUTE_FORCE) {
        if (passed->account_known)
            add(list, MARK_ACCOUNT, passed->account.hash, 0, kind);
        if (agent != 0)
            add(list, MARK_TARGET_AGENT, target, agent, kind);
    } else if (kind != STK_INCIDENT_ACCOUNT_TAKEOVER) {
        add(list, MARK_TARGET, target, 0, kind);
    }
}

size_t stk_marks_of(const stk_correlator *c, const stk_passed *passed, const stk_mention *m,
                    stk_mark out[STK_MARKS])
{
    struct marking list = { .out = out };
    stk_str name = agent_of(passed->event);
    uint64_t agent = name.len <= 1 ? 0 : stk_hash(&c->secret, name), subnet = 0;
    if (passed->address_known)
        subnet = stk_key_of_address(&c->secret, STK_KEY_SUBNET, &passed->address).hash;
    bool tool = names_a_tool(name);
    switch (stk_family_of(m->rule->kind)) {
    case STK_FAMILY_WEB:
        web_marks(&list, passed, m, agent, subnet, tool);
        break;
    case STK_FAMILY_LOGIN:
        login_marks(c, &list, passed, m, agent);
        break;
    case STK_FAMILY_VOLUME:
    case STK_FAMILY_MONEY:
        if (passed->address_known)
            add(&list, MARK_SUBNET_KIND, subnet, 0, m->rule->kind);
        if (tool)
            add(&list, MARK_TOOL, agent, 0, m->rule->kind);
        if (m->rule->kind == STK_INCIDENT_CARD_TESTING) /* one checkout, one hour: one campaign */
            add(&list, MARK_TARGET, 0, 0, m->rule->kind);
        if (m->rule->kind == STK_INCIDENT_FLOOD && passed->endpoint_known)
            add(&list, MARK_TARGET, passed->endpoint.hash, 0, m->rule->kind);
        break;
    default:
        break;
    }
    return list.count;
}
