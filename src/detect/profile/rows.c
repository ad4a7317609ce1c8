/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as lines of JSON: one for the whole, one for each endpoint and parameter. */
#include "base/json.h"
#include "detect/profile/file.h"

static void start(stk_json *json, const char *type)
{
    stk_json_open(json, NULL, '{');
    stk_json_int(json, "v", 1);
    stk_json_text(json, "type", type);
}

static void finish(stk_json *json, stk_buf *out)
{
    stk_json_close(json, '}');
    stk_buf_char(out, '\n');
    *json = stk_json_to(out);
}

static void put_time(stk_json *json, const char *key, stk_time at)
{
    char text[STK_TIME_TEXT];
    if (at == STK_TIME_NONE)
        stk_json_null(json, key);
    else
        stk_json_str(json, key, (stk_str){ text, stk_time_text(at, text) });
}

static void put_whole(const stk_profile *p, stk_json *json)
{
    int64_t endpoints = 0, parameters = 0;
    for (size_t i = 0; i < p->subject_count; i++) {
        endpoints += p->subjects[i].kind == STK_SUBJECT_ENDPOINT;
        parameters += p->subjects[i].kind == STK_SUBJECT_PARAMETER;
    }
    start(json, "profile");
    stk_json_int(json, "units", (int64_t)p->units);
    stk_json_int(json, "skipped", (int64_t)p->skipped);
    put_time(json, "first_at", p->first_at);
    put_time(json, "last_at", p->last_at);
    stk_json_str(json, "format", p->format);
    stk_json_str(json, "client", p->client);
    stk_json_int(json, "clients", p->option[0]);
    stk_json_int(json, "endpoints", endpoints);
    stk_json_int(json, "parameters", parameters);
}

/* The texts that were learned of one aspect of a subject, from `at` on. */
static void put_texts(const stk_profile *p, size_t at, uint32_t subject, stk_aspect aspect,
                      const char *key, stk_json *json)
{
    stk_json_open(json, key, '[');
    for (; at < p->learned_count && p->learned[at].subject == subject; at++)
        if (p->learned[at].aspect == aspect)
            stk_json_str(json, NULL, p->learned[at].text);
    stk_json_close(json, ']');
}

static void put_parameter(const stk_profile *p, size_t at, uint32_t id, stk_json *json)
{
    const stk_subject *s = &p->subjects[id];
    start(json, "parameter");
    stk_json_str(json, "endpoint", p->subjects[s->parent].name);
    stk_json_str(json, "name", s->name);
    stk_json_int(json, "requests", (int64_t)s->requests);
    stk_json_text(json, "holds", stk_type_name(s->type));
    stk_json_int(json, "least", s->least);
    stk_json_int(json, "most", s->most);
    stk_json_int(json, "distinct", (int64_t)(s->closed ? s->values : s->draws));
    stk_json_bool(json, "closed", s->closed);
    put_texts(p, at, id, STK_ASPECT_VALUE, "values", json);
}

void stk_profile_rows(const stk_profile *p, stk_buf *out)
{
    stk_json json = stk_json_to(out);
    put_whole(p, &json);
    finish(&json, out);
    size_t at = 0;
    for (uint32_t i = 0; i < p->subject_count; i++) {
        const stk_subject *s = &p->subjects[i];
        size_t from = at;
        while (at < p->learned_count && p->learned[at].subject == i)
            at++;
        if (s->kind == STK_SUBJECT_PARAMETER) {
            put_parameter(p, from, i, &json);
            finish(&json, out);
        } else if (s->kind == STK_SUBJECT_ENDPOINT) {
            start(&json, "endpoint");
            stk_json_str(&json, "name", s->name);
            stk_json_int(&json, "requests", (int64_t)s->requests);
            put_texts(p, from, i, STK_ASPECT_METHOD, "methods", &json);
            finish(&json, out);
        }
    }
}
