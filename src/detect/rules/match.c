/* SPDX-License-Identifier: Apache-2.0 */
/* One unit against all rules.
 *
 * All decoded values lie one after the other in one buffer, a separator between them, and are
 * scanned once; most units end there. A value in which a pattern of a rule for its place matched is
 * scanned again alone: only then is it known for certain which patterns match inside it (a pattern
 * such as `<script.*src` may have reached over a separator), and the list of its hits is bounded by
 * the number of rules. Then come the rule's conditions, its vetoes, and its confirmer. */
#include "detect/rules/memo.h"
#include "detect/rules/rule.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

enum {
    SLOTS = STK_VALUES * 2 + 2,
    BUFFER_BYTES = 4 * STK_UNIT_BYTES,
    EXCERPT_BYTES = 48,
    TARGET_QUERY_BYTES = 64,
};

/* A text in the buffer: one of the two readings of one value. */
typedef struct slot {
    size_t from, to; /* bytes in the buffer, separators excluded */
    const stk_value *value;
    uint32_t place; /* 1 << stk_place */
    bool dirty;
    bool spoken; /* a rule said something of it, or may say it of the same value elsewhere */
} slot;

typedef struct hit {
    uint32_t rule;
    size_t end; /* of the first match, bytes from the slot's start */
} hit;

struct stk_matcher {
    const stk_rules *rules;
    hs_scratch_t *scratch;
    stk_memo *memo;
    stk_buf buffer;
    slot slots[SLOTS];
    size_t slot_count, cursor;
    uint64_t *seen;   /* [rule_count] generation in which a rule was hit */
    uint64_t *vetoed; /* [rule_count] */
    uint64_t generation;
    hit *hits; /* [rule_count] */
    size_t hit_count;
};

void stk_matcher_free(stk_matcher *m)
{
    if (m == NULL)
        return;
    hs_free_scratch(m->scratch);
    stk_memo_free(m->memo);
    stk_buf_done(&m->buffer);
    free(m->seen);
    free(m->vetoed);
    free(m->hits);
    free(m);
}

stk_status stk_matcher_new(const stk_rules *rules, stk_matcher **ret, stk_error *err)
{
    stk_matcher *m = calloc(1, sizeof *m);
    if (m == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for matching");
    m->rules = rules;
    m->buffer = stk_buf_init(BUFFER_BYTES);
    size_t count = rules->count ? rules->count : 1;
    m->seen = calloc(count, sizeof *m->seen);
    m->vetoed = calloc(count, sizeof *m->vetoed);
    m->hits = calloc(count, sizeof *m->hits);
    m->memo = stk_memo_new();
    bool ok = m->memo != NULL && m->seen != NULL && m->vetoed != NULL && m->hits != NULL;
    if (ok && rules->database != NULL)
        ok = hs_alloc_scratch(rules->database, &m->scratch) == HS_SUCCESS;
    if (!ok) {
        stk_matcher_free(m);
        return stk_fail(err, STK_ERR_MEMORY, "no memory for matching");
    }
    *ret = m;
    return STK_OK;
}

/* First pass: which values does anything match in? Matches come nearly in order. */
static int on_first(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *ctx)
{
    (void)from;
    (void)flags;
    stk_matcher *m = ctx;
    const stk_pattern *pattern = &m->rules->pattern[id];
    size_t at = m->cursor;
    while (at > 0 && m->slots[at].from > to)
        at--;
    while (at + 1 < m->slot_count && m->slots[at].to + 1 < to)
        at++;
    m->cursor = at;
    for (size_t i = 0; i < pattern->count && !m->slots[at].dirty; i++)
        m->slots[at].dirty = !pattern->use[i].veto && (m->rules->rule[pattern->use[i].rule].places &
                                                       m->slots[at].place) != 0;
    return 0;
}

/* Second pass: which rules match in this one value? */
static int on_second(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                     void *ctx)
{
    (void)from;
    (void)flags;
    stk_matcher *m = ctx;
    const stk_pattern *pattern = &m->rules->pattern[id];
    for (size_t i = 0; i < pattern->count; i++) {
        uint32_t rule = pattern->use[i].rule;
        if (pattern->use[i].veto) {
            m->vetoed[rule] = m->generation;
        } else if (m->seen[rule] != m->generation) {
            m->seen[rule] = m->generation;
            m->hits[m->hit_count++] = (hit){ .rule = rule, .end = to > 0 ? to - 1 : 0 };
        }
    }
    return 0;
}

static bool same_word(stk_str a, stk_str lower)
{
    return a.len == lower.len && strncasecmp(a.ptr, lower.ptr, a.len) == 0;
}

static bool listed(const stk_rule_list *list, stk_str word)
{
    for (size_t i = 0; i < list->count; i++)
        if (same_word(word, list->item[i]))
            return true;
    return false;
}

/* "order[item][url]" and "order.item.url" are both named "url". */
static stk_str last_word(stk_str name)
{
    while (name.len > 0 && !isalnum((unsigned char)name.ptr[name.len - 1]))
        name.len--;
    size_t from = name.len;
    while (from > 0 && (isalnum((unsigned char)name.ptr[from - 1]) || name.ptr[from - 1] == '_' ||
                        name.ptr[from - 1] == '-'))
        from--;
    return (stk_str){ name.ptr + from, name.len - from };
}

static bool place_fits(const stk_rule *rule, const stk_value *value)
{
    if ((rule->places & (1u << value->place)) == 0)
        return false;
    if (value->place == STK_PLACE_HEADER && (rule->places & STK_RULE_HEADER_ANY) == 0 &&
        !listed(&rule->headers, value->name.raw))
        return false;
    return rule->names.count == 0 || listed(&rule->names, last_word(value->name.raw));
}

/* What the rule asks of the request as a whole. */
static bool request_fits(const stk_rule *rule, const stk_http *http)
{
    if (rule->faults != 0 && (rule->faults & http->faults) == 0)
        return false;
    bool method = rule->methods.count == 0;
    for (size_t i = 0; i < rule->methods.count && !method; i++)
        method = stk_str_eq(rule->methods.item[i], http->method);
    bool status = rule->status_count == 0;
    for (size_t i = 0; i < rule->status_count && !status; i++)
        status = http->status >= rule->status[i].from && http->status <= rule->status[i].to;
    return method && status;
}

static void report(const stk_rule *rule, const stk_unit *unit, const stk_value *value,
                   const stk_confirmed *what, stk_findings *out)
{
    stk_finding finding = {
        .rule = &rule->info,
        .confidence = what->confidence,
        .of_unit = true,
        .reason = what->reason,
        .where.place = "",
    };
    if (unit->client_known)
        finding.by = unit->client;
    if (value != NULL) {
        finding.where.place = stk_place_name(value->place);
        finding.where.name = value->name;
    }
    stk_findings_add(out, &finding);
}

/* Several weak signs of one kind in one value are together a stronger one: 1 - Π(1 - c), as for
 * independent signs, but never over this, because they are not. */
static const double together_at_most = 0.75;

typedef struct evidence {
    double weak[STK_INCIDENT_KINDS]; /* Π(1 - c) of the findings below one half */
    const stk_rule *best[STK_INCIDENT_KINDS];
    stk_confirmed what[STK_INCIDENT_KINDS]; /* of the best */
    unsigned count[STK_INCIDENT_KINDS];
} evidence;

static void weigh(evidence *e, const stk_rule *rule, const stk_confirmed *what)
{
    stk_incident_kind kind = rule->info.kind;
    if (what->confidence >= 0.5)
        return;
    if (e->count[kind]++ == 0)
        e->weak[kind] = 1;
    e->weak[kind] *= 1 - what->confidence;
    if (e->best[kind] == NULL || what->confidence > e->what[kind].confidence) {
        e->best[kind] = rule;
        e->what[kind] = *what;
    }
}

static void judge_hit(const stk_rules *rules, const hit *h, const stk_unit *unit, slot *s,
                      stk_str text, evidence *e, stk_findings *out)
{
    const stk_rule *rule = &rules->rule[h->rule];
    if (!place_fits(rule, s->value) || (rule->met != 0 && (rule->met & s->value->met) == 0))
        return;
    if (!request_fits(rule, &unit->event->u.http)) {
        s->spoken = true;
        return;
    }
    stk_confirmed what = { .confidence = 1 };
    if (rule->confirmer != NULL) {
        if (!rule->confirmer->judge(text, rule->argument, unit->arena, &what))
            return;
    } else {
        size_t end = h->end < text.len ? h->end : text.len;
        size_t from = end > EXCERPT_BYTES ? end - EXCERPT_BYTES : 0;
        what.reason.message = STK_MSG_SIG_PATTERN;
        what.reason.args[0] = STK_ARG_T(rule->info.title);
        what.reason.args[1] = STK_ARG_P(((stk_personal){ .raw = { text.ptr + from, end - from } }));
        what.reason.args[2] = STK_ARG_K(rule->info.kind);
    }
    s->spoken = true;
    what.confidence *= rule->confidence;
    weigh(e, rule, &what);
    report(rule, unit, s->value, &what, out);
}

static void judge_slot(const stk_rules *rules, stk_matcher *m, const stk_unit *unit, slot *s,
                       stk_findings *out)
{
    m->generation++;
    m->hit_count = 0;
    const char *start = m->buffer.ptr + s->from - 1; /* the separators before and after it too */
    if (hs_scan(rules->database, start, (unsigned)(s->to - s->from + 2), 0, m->scratch, on_second,
                m) != HS_SUCCESS) {
        s->spoken = true;
        return;
    }
    /* The value itself, not its copy: reasons borrow from it beyond this call. */
    const char *once = s->value->once.raw.ptr, *full = s->value->text.raw.ptr;
    size_t len = s->to - s->from;
    bool is_once = len <= s->value->once.raw.len && len > 0 &&
                   memcmp(once, m->buffer.ptr + s->from, len) == 0;
    stk_str text = { is_once ? once : full, len };
    evidence e;
    memset(e.count, 0, sizeof e.count);
    memset(e.best, 0, sizeof e.best);
    for (size_t i = 0; i < m->hit_count; i++)
        if (m->vetoed[m->hits[i].rule] != m->generation)
            judge_hit(rules, &m->hits[i], unit, s, text, &e, out);
    for (size_t kind = 0; m->hit_count > 1 && kind < STK_INCIDENT_KINDS; kind++) {
        if (e.count[kind] < 2)
            continue;
        double together = 1 - e.weak[kind];
        e.what[kind].confidence = together < together_at_most ? together : together_at_most;
        report(e.best[kind], unit, s->value, &e.what[kind], out);
    }
}

static void scan(const stk_rules *rules, stk_matcher *m, const stk_unit *unit, stk_findings *out)
{
    if (m->slot_count == 0)
        return;
    stk_buf_char(&m->buffer, STK_RULES_SEPARATOR);
    m->cursor = 0;
    bool scanned = !m->buffer.failed &&
                   hs_scan(rules->database, m->buffer.ptr, (unsigned)m->buffer.len, 0, m->scratch,
                           on_first, m) == HS_SUCCESS;
    for (size_t i = 0; scanned && i < m->slot_count; i++) {
        if (m->slots[i].dirty)
            judge_slot(rules, m, unit, &m->slots[i], out);
        if (!m->slots[i].spoken)
            stk_memo_keep(m->memo, m->slots[i].value);
    }
    stk_buf_clear(&m->buffer);
    m->slot_count = 0;
}

static void add_text(const stk_rules *rules, stk_matcher *m, const stk_unit *unit,
                     const stk_value *value, stk_str text, stk_findings *out)
{
    if (text.len == 0)
        return;
    if (m->slot_count == SLOTS || m->buffer.len + text.len + 2 > BUFFER_BYTES)
        scan(rules, m, unit, out);
    stk_buf_char(&m->buffer, STK_RULES_SEPARATOR);
    slot *s = &m->slots[m->slot_count++];
    *s = (slot){ .from = m->buffer.len, .value = value, .place = 1u << value->place };
    stk_buf_add(&m->buffer, text);
    s->to = m->buffer.len;
}

/* Rules that speak of decoding marks, protocol faults or methods and need no pattern. */
static void judge_unpatterned(const stk_rules *rules, const stk_unit *unit, stk_findings *out)
{
    for (size_t i = 0; i < rules->unpatterned_count; i++) {
        const stk_rule *rule = &rules->rule[rules->unpatterned[i]];
        if (!request_fits(rule, &unit->event->u.http))
            continue;
        stk_confirmed what = {
            .confidence = rule->confidence,
            .reason.message = STK_MSG_SIG_PROTOCOL,
            .reason.args = { STK_ARG_T(rule->info.title), { 0 }, STK_ARG_K(rule->info.kind) }
        };
        if (rule->met == 0) {
            report(rule, unit, NULL, &what, out);
            continue;
        }
        for (size_t v = 0; v < unit->carried->count; v++) {
            const stk_value *value = &unit->carried->values[v];
            if ((value->met & rule->met) == 0 || !place_fits(rule, value))
                continue;
            stk_confirmed more = what;
            if (rule->confirmer != NULL) {
                if (!rule->confirmer->judge(value->text.raw, rule->argument, unit->arena, &more))
                    continue;
                more.confidence *= rule->confidence;
            }
            report(rule, unit, value, &more, out);
        }
    }
}

/* What of the raw target is worth a look: its path, when decoding made another of it, and the start
 * of the query, whose values are looked at decoded. Empty: the path value says it all. */
static stk_str target_text(const stk_carried *carried, stk_str target)
{
    const char *query = target.len > 0 ? memchr(target.ptr, '?', target.len) : NULL;
    size_t path = query != NULL ? (size_t)(query - target.ptr) : target.len;
    if (stk_str_eq((stk_str){ target.ptr, path }, carried->path))
        return (stk_str){ 0 };
    size_t end = path + TARGET_QUERY_BYTES;
    return (stk_str){ target.ptr, end < target.len ? end : target.len };
}

void stk_rules_match(const stk_rules *rules, stk_matcher *m, const stk_unit *unit,
                     stk_findings *out)
{
    if (unit->event->kind != STK_KIND_HTTP_REQUEST || unit->carried == NULL)
        return;
    judge_unpatterned(rules, unit, out);
    if (rules->database == NULL)
        return;
    for (size_t i = 0; i < unit->carried->count; i++) {
        const stk_value *value = &unit->carried->values[i];
        if (stk_memo_clean(m->memo, value))
            continue;
        if (value->place == STK_PLACE_TARGET) {
            add_text(rules, m, unit, value, target_text(unit->carried, value->once.raw), out);
            continue;
        }
        add_text(rules, m, unit, value, value->once.raw, out);
        if (value->text.raw.ptr != value->once.raw.ptr)
            add_text(rules, m, unit, value, value->text.raw, out);
    }
    scan(rules, m, unit, out);
}
