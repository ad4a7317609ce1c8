/* SPDX-License-Identifier: Apache-2.0 */
/* Findings, verdicts and incidents as JSON. */
#include "model/present.h"

#include "base/utf8.h"

enum { TEXT_BYTES = 4096, WHERE_NAME_BYTES = 80 };

void stk_id_text(stk_id id, char out[STK_ID_TEXT])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++)
        out[i] = hex[id.v >> (60 - 4 * i) & 15];
    out[16] = '\0';
}

bool stk_id_parse(stk_str text, stk_id *ret)
{
    uint64_t v = 0;
    if (text.len != 16)
        return false;
    for (size_t i = 0; i < 16; i++) {
        char c = text.ptr[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16)
            return false;
        v = v << 4 | digit;
    }
    ret->v = v;
    return true;
}

const char *stk_verdict_name(stk_verdict verdict)
{
    static const char *const names[] = { "pass", "flag", "malformed" };
    return names[verdict];
}

void stk_present_where(const stk_where *where, bool clear, stk_buf *out)
{
    if (where->place == NULL)
        return;
    stk_buf_add(out, (stk_str){ where->place, strlen(where->place) });
    stk_str name = where->name.raw;
    if (name.len == 0)
        return;
    stk_buf_char(out, '.');
    if (clear || where->learned)
        stk_buf_add(out,
                    name.len > WHERE_NAME_BYTES ? (stk_str){ name.ptr, WHERE_NAME_BYTES } : name);
    else
        stk_buf_add(out, STK_S("[…]"));
}

void stk_present_finding_core(stk_json *json, const stk_finding *finding, stk_lang lang, bool clear)
{
    char id[STK_ID_TEXT];
    stk_id_text(finding->id, id);
    stk_auto_buf text = stk_buf_init(TEXT_BYTES);
    stk_json_text(json, "id", id);
    stk_json_str(json, "rule", finding->rule->id);
    stk_json_text(json, "kind", stk_incident_kind_name(finding->rule->kind));
    stk_json_text(json, "severity", stk_severity_name(finding->rule->severity));
    stk_json_real(json, "confidence", finding->confidence, 3);
    stk_present_where(&finding->where, clear, &text);
    stk_json_str(json, "where", stk_buf_str(&text));
    stk_buf_clear(&text);
    stk_reason_render(&finding->reason, lang, clear, &text);
    stk_json_str(json, "reason", stk_buf_str(&text));
}

static void unit_ref(stk_json *json, const char *key, uint32_t source, uint64_t unit)
{
    stk_json_open(json, key, '[');
    stk_json_int(json, NULL, source);
    stk_json_int(json, NULL, (int64_t)unit);
    stk_json_close(json, ']');
}

void stk_present_finding(stk_json *json, const stk_finding *finding, stk_lang lang, bool clear)
{
    stk_json_open(json, NULL, '{');
    stk_json_int(json, "v", 1);
    unit_ref(json, "unit", finding->meta.position.source, finding->meta.position.unit);
    stk_present_finding_core(json, finding, lang, clear);
    stk_json_close(json, '}');
}

void stk_present_verdict(stk_json *json, const stk_position *position, stk_verdict verdict,
                         double score, const stk_finding *findings, size_t count, stk_lang lang,
                         bool clear)
{
    stk_json_open(json, NULL, '{');
    stk_json_int(json, "v", 1);
    stk_json_int(json, "file", position->source);
    stk_json_int(json, "n", (int64_t)position->unit);
    stk_json_int(json, "offset", (int64_t)position->offset);
    stk_json_text(json, "verdict", stk_verdict_name(verdict));
    stk_json_real(json, "score", score, 3);
    stk_json_open(json, "findings", '[');
    for (size_t f = 0; f < count; f++) {
        stk_json_open(json, NULL, '{');
        stk_present_finding_core(json, &findings[f], lang, clear);
        stk_json_close(json, '}');
    }
    stk_json_close(json, ']');
    stk_json_close(json, '}');
}

static void entities(stk_json *json, const char *key, const stk_incident *incident, bool targets,
                     stk_lang lang, const stk_namer *namer)
{
    stk_auto_buf name = stk_buf_init(TEXT_BYTES);
    stk_json_open(json, key, '[');
    for (size_t e = 0; e < incident->entity_count; e++) {
        if (incident->entities[e].target != targets)
            continue;
        stk_buf_clear(&name);
        bool named = namer != NULL && namer->name(namer->ctx, e, lang, &name);
        stk_json_open(json, NULL, '{');
        stk_json_text(json, "type", stk_key_type_name(incident->entities[e].key.type));
        if (named)
            stk_json_str(json, "value", stk_buf_str(&name));
        else
            stk_json_null(json, "value");
        stk_json_close(json, '}');
    }
    stk_json_close(json, ']');
}

void stk_present_time(stk_json *json, const char *key, stk_time at)
{
    char text[STK_TIME_TEXT + 4];
    if (at == STK_TIME_NONE) {
        stk_json_null(json, key);
        return;
    }
    size_t n = stk_time_text(at, text);
    if (memchr(text, '.', n) == NULL) { /* always milliseconds: texts then sort as times do */
        memcpy(text + n - 1, ".000Z", 5);
        n += 4;
    }
    stk_json_str(json, key, (stk_str){ text, n });
}

void stk_present_incident(stk_json *json, const stk_incident *incident, stk_lang lang,
                          const stk_namer *namer)
{
    char id[STK_ID_TEXT];
    stk_id_text(incident->id, id);
    stk_json_open(json, NULL, '{');
    stk_json_int(json, "v", 1);
    stk_json_text(json, "id", id);
    stk_json_text(json, "kind", stk_incident_kind_name(incident->kind));
    stk_json_text(json, "severity", stk_severity_name(incident->severity));
    stk_json_real(json, "confidence", incident->confidence, 3);
    stk_present_time(json, "first_at", incident->first_at);
    stk_present_time(json, "last_at", incident->last_at);
    entities(json, "actors", incident, false, lang, namer);
    entities(json, "targets", incident, true, lang, namer);
    stk_json_open(json, "techniques", '[');
    for (size_t t = 0; t < incident->technique_count; t++)
        stk_json_str(json, NULL, incident->techniques[t]);
    stk_json_close(json, ']');
    stk_json_text(json, "stage", stk_stage_name(incident->stage));
    stk_json_int(json, "events", (int64_t)incident->events);
    stk_json_open(json, "units", '[');
    for (size_t u = 0; u < incident->unit_count; u++)
        unit_ref(json, NULL, incident->units[u].source, incident->units[u].unit);
    stk_json_close(json, ']');
    stk_auto_buf summary = stk_buf_init(TEXT_BYTES);
    stk_reason_render_named(&incident->summary, lang, false, namer, &summary);
    stk_json_str(json, "summary", stk_buf_str(&summary));
    stk_json_close(json, '}');
}
