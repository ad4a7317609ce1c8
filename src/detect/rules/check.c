/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's examples, sent the whole way: an example becomes a request, carry takes it apart,
 * and all rules look at it. `fires` means a finding of this rule that flags the request (or that is
 * as sure as the rule can be, for weak signs); `quiet` means none such. */
#include "detect/rules/rule.h"

#include <ctype.h>
#include <stdlib.h>

enum { EXAMPLE_BYTES = 1 << 20, EXAMPLE_HEADERS = 16 };

typedef struct checker {
    const stk_rules *rules;
    stk_matcher *matcher;
    stk_arena *arena;
    stk_findings *findings;
    stk_rule_faults faults;
    size_t examples, failed;
} checker;

typedef struct request {
    stk_buf target, body;
    stk_header headers[EXAMPLE_HEADERS];
    uint32_t header_count;
    stk_str method;
    int64_t status;
    uint32_t faults;
} request;

static void add_header(request *q, stk_str name, stk_str value)
{
    if (q->header_count < EXAMPLE_HEADERS)
        q->headers[q->header_count++] = (stk_header){ .name = name, .value.raw = value };
}

/* `kept`: bytes beside letters and digits that stand for themselves. */
static void add_encoded(stk_buf *out, stk_str value, const char *kept)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (isalnum(c) || (c != '\0' && strchr(kept, c) != NULL))
            stk_buf_char(out, (char)c);
        else
            stk_buf_printf(out, "%%%02X", c);
    }
}

/* A bare value stands where the rule looks first. */
static void place_value(const stk_rule *rule, stk_str value, request *q)
{
    uint32_t p = rule->places;
    stk_str field = rule->names.count ? rule->names.item[0] : STK_S("q");
    if (p & (1u << STK_PLACE_QUERY)) {
        stk_buf_add(&q->target, STK_S("/?"));
        stk_buf_add(&q->target, field);
        stk_buf_char(&q->target, '=');
        add_encoded(&q->target, value, "-._~");
        return;
    }
    if (p & (1u << STK_PLACE_PATH)) {
        stk_buf_add(&q->target, value.len && value.ptr[0] == '/' ? STK_S("") : STK_S("/"));
        add_encoded(&q->target, value, "-._~/!$&'()*+,;=:@");
        return;
    }
    stk_buf_add(&q->target, p & (1u << STK_PLACE_TARGET) ? value : STK_S("/"));
    if (p & (1u << STK_PLACE_BODY)) {
        stk_buf_add(&q->body, field);
        stk_buf_char(&q->body, '=');
        add_encoded(&q->body, value, "-._~");
        q->method = STK_S("POST");
        add_header(q, STK_S("Content-Type"), STK_S("application/x-www-form-urlencoded"));
    } else if (p & (1u << STK_PLACE_HEADER)) {
        add_header(q, rule->headers.count ? rule->headers.item[0] : STK_S("X-Example"), value);
    } else if (p & (1u << STK_PLACE_COOKIE)) {
        add_header(q, STK_S("Cookie"), value);
    } else if (p & (1u << STK_PLACE_NAME)) {
        stk_buf_char(&q->target, '?');
        add_encoded(&q->target, value, "-._~");
        stk_buf_add(&q->target, STK_S("=1"));
    } else if (p & (1u << STK_PLACE_FILE)) {
        q->method = STK_S("POST");
        add_header(q, STK_S("Content-Type"), STK_S("multipart/form-data; boundary=edge"));
        stk_buf_printf(&q->body,
                       "--edge\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%" STK_SFMT
                       "\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--edge--\r\n",
                       STK_SARG(value));
    }
}

static stk_str text_at(const stk_yaml *map, const char *key, stk_str otherwise)
{
    const stk_yaml *node = stk_yaml_get(map, key);
    return node != NULL && node->kind == STK_YAML_SCALAR ? node->text : otherwise;
}

static void place_map(const stk_rule *rule, const stk_yaml *map, request *q)
{
    const stk_yaml *value = stk_yaml_get(map, "value"), *headers = stk_yaml_get(map, "header");
    if (value != NULL) {
        place_value(rule, value->text, q);
    } else if (stk_yaml_get(map, "target") != NULL) {
        stk_buf_add(&q->target, text_at(map, "target", STK_S("/")));
    } else {
        stk_buf_add(&q->target, text_at(map, "path", STK_S("/")));
        if (stk_yaml_get(map, "query") != NULL)
            stk_buf_char(&q->target, '?');
        stk_buf_add(&q->target, text_at(map, "query", STK_S("")));
    }
    if (stk_yaml_get(map, "body") != NULL) {
        q->method = STK_S("POST");
        stk_buf_add(&q->body, text_at(map, "body", STK_S("")));
        add_header(q, STK_S("Content-Type"),
                   text_at(map, "type", STK_S("application/x-www-form-urlencoded")));
    }
    q->method = text_at(map, "method", q->method);
    stk_str status = text_at(map, "status", STK_S(""));
    if (status.len == 3)
        q->status = (status.ptr[0] - '0') * 100 + (status.ptr[1] - '0') * 10 + status.ptr[2] - '0';
    if (stk_yaml_get(map, "cookie") != NULL)
        add_header(q, STK_S("Cookie"), text_at(map, "cookie", STK_S("")));
    q->faults = stk_rule_faults_of(stk_yaml_get(map, "faults"));
    const stk_yaml *h = headers != NULL && headers->kind == STK_YAML_MAP ? headers->child : NULL;
    for (; h != NULL; h = h->next)
        add_header(q, h->key, h->text);
}

static bool fires(checker *c, const stk_rule *rule, const request *q)
{
    stk_event event;
    stk_event_init(&event, STK_KIND_HTTP_REQUEST);
    stk_http *http = &event.u.http;
    http->method = q->method;
    http->target.raw = stk_buf_str(&q->target);
    http->protocol = STK_S("HTTP/1.1");
    http->body.raw = stk_buf_str(&q->body);
    http->status = q->status;
    http->faults = q->faults;
    http->headers = q->headers;
    http->header_count = q->header_count;
    http->whole = true;
    stk_carried carried;
    stk_arena_reset(c->arena);
    if (stk_carry(http, c->arena, &carried) != STK_OK)
        return false;
    c->findings->count = c->findings->dropped = 0;
    double enough = rule->confidence < 0.5 ? rule->confidence : 0.5;
    stk_unit unit = { .event = &event, .carried = &carried, .arena = c->arena };
    stk_rules_match(c->rules, c->matcher, &unit, c->findings);
    for (size_t i = 0; i < c->findings->count; i++)
        if (c->findings->item[i].rule == &rule->info && c->findings->item[i].confidence >= enough)
            return true;
    return false;
}

static void check_list(checker *c, const stk_rule *rule, const stk_yaml *list, bool should)
{
    for (const stk_yaml *e = list->child; e != NULL; e = e->next) {
        request q = { .target = stk_buf_init(EXAMPLE_BYTES),
                      .body = stk_buf_init(EXAMPLE_BYTES),
                      .method = STK_S("GET"),
                      .status = -1 };
        if (e->kind == STK_YAML_MAP)
            place_map(rule, e, &q);
        else
            place_value(rule, e->text, &q);
        bool fired = fires(c, rule, &q);
        stk_buf_done(&q.target);
        stk_buf_done(&q.body);
        c->examples++;
        if (fired == should)
            continue;
        c->failed++;
        c->faults.count = 0; /* every failing example is told, however many */
        stk_rule_fault(&c->faults, rule->file, e->line, e->column,
                       should ? "%" STK_SFMT ": this example should fire and does not"
                              : "%" STK_SFMT ": this example should stay quiet and fires",
                       STK_SARG(rule->info.id));
    }
}

stk_status stk_rules_check(const stk_rules *rules, stk_rules_complain complain, void *ctx,
                           size_t *ret_examples, size_t *ret_failed, stk_error *err)
{
    checker c = { .rules = rules, .faults = { .complain = complain, .ctx = ctx } };
    STK_TRY(stk_matcher_new(rules, &c.matcher, err));
    c.arena = stk_arena_new(16 << 20);
    c.findings = malloc(sizeof *c.findings);
    bool ok = c.arena != NULL && c.findings != NULL;
    for (size_t i = 0; ok && i < rules->count; i++) {
        check_list(&c, &rules->rule[i], rules->rule[i].fires, true);
        check_list(&c, &rules->rule[i], rules->rule[i].quiet, false);
    }
    stk_matcher_free(c.matcher);
    stk_arena_free(c.arena);
    free(c.findings);
    if (!ok)
        return stk_fail(err, STK_ERR_MEMORY, "no memory to check the rules");
    *ret_examples = c.examples;
    *ret_failed = c.failed;
    return STK_OK;
}
