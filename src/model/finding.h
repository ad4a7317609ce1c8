/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_FINDING_H
#define STK_MODEL_FINDING_H
/* What a detector says of a unit: which rule, how sure, where, and why in words.
 *
 * A reason is a message id with typed arguments. A RAW argument was written by the other side
 * (a parameter's name, a value): it is shown to the caller who holds the file, and masked when
 * the finding is stored. All other arguments are of our or the shop's own making. */
#include "base/buf.h"
#include "model/event.h"
#include "model/key.h"

typedef enum stk_severity { STK_LOW, STK_MEDIUM, STK_HIGH, STK_CRITICAL } stk_severity;
const char *stk_severity_name(stk_severity severity);
bool stk_severity_named(stk_str name, stk_severity *ret);

typedef enum stk_incident_kind {
#define INCIDENT(id, name, en, zh) STK_INCIDENT_##id,
#include "model/incident_kinds.def"
    STK_INCIDENT_KINDS,
} stk_incident_kind;
const char *stk_incident_kind_name(stk_incident_kind kind);
bool stk_incident_kind_named(stk_str name, stk_incident_kind *ret);

typedef enum stk_lang { STK_EN, STK_ZH, STK_LANGS } stk_lang;
const char *stk_incident_kind_label(stk_incident_kind kind, stk_lang lang);

typedef enum stk_message {
#define MESSAGE(id, en, zh) STK_MSG_##id,
#include "model/messages.def"
    STK_MESSAGES,
} stk_message;

typedef enum stk_arg_kind {
    STK_ARG_NONE,
    STK_ARG_INT,
    STK_ARG_REAL,     /* printed with up to 3 significant digits */
    STK_ARG_TERM,     /* static or rule text of ours, or a name learned from the shop */
    STK_ARG_RAW,      /* the other side's text; masked in the store */
    STK_ARG_DURATION, /* microseconds */
    STK_ARG_TIME,     /* stk_time */
    STK_ARG_ENTITY,   /* index into an incident's entities; named at the edge */
    STK_ARG_KIND,     /* stk_incident_kind, in the words of the language; in u.i */
    STK_ARG_MESSAGE,  /* stk_message without arguments: a clause of the sentence; in u.i */
} stk_arg_kind;

typedef struct stk_arg {
    stk_arg_kind kind;
    union {
        int64_t i;
        double r;
        stk_str term;
        stk_personal raw;
    } u;
} stk_arg;
#define STK_ARG_I(v)  ((stk_arg){ .kind = STK_ARG_INT, .u.i = (v) })
#define STK_ARG_T(v)  ((stk_arg){ .kind = STK_ARG_TERM, .u.term = (v) })
#define STK_ARG_P(v)  ((stk_arg){ .kind = STK_ARG_RAW, .u.raw = (v) })
#define STK_ARG_R_(v) ((stk_arg){ .kind = STK_ARG_REAL, .u.r = (v) })
#define STK_ARG_D(v)  ((stk_arg){ .kind = STK_ARG_DURATION, .u.i = (v) })
#define STK_ARG_K(v)  ((stk_arg){ .kind = STK_ARG_KIND, .u.i = (v) })
#define STK_ARG_E(v)  ((stk_arg){ .kind = STK_ARG_ENTITY, .u.i = (v) })

typedef struct stk_reason {
    stk_message message;
    stk_arg args[STK_REASON_ARGS];
} stk_reason;

/* Render in one language; RAW arguments cut to 80 bytes, shown when `clear`, else as "[…]".
 * Entities are printed as their number in the incident, "[1]"; render_named() asks for a name. */
void stk_reason_render(const stk_reason *reason, stk_lang lang, bool clear, stk_buf *out);

/* Who can name an incident's entities. name() writes the name of entity `index` (in the words of
 * `lang`, where it needs words) and returns true, or writes nothing and returns false. */
typedef struct stk_namer {
    bool (*name)(const void *ctx, size_t index, stk_lang lang, stk_buf *out);
    const void *ctx;
} stk_namer;
void stk_reason_render_named(const stk_reason *reason, stk_lang lang, bool clear,
                             const stk_namer *namer, stk_buf *out);

/* Where in the unit: "query.id", "header.User-Agent", "path"; "" for the unit as a whole. The
 * name is the other side's unless `learned`. */
typedef struct stk_where {
    const char *place; /* static */
    stk_personal name;
    bool learned; /* the name is in the profile, so it is the shop's own */
} stk_where;

/* What a rule or detector states once of all its findings. Lives as long as the snapshot. */
typedef struct stk_rule_info {
    stk_str id; /* "sqli.quote-break"; unique; [a-z0-9._-]+ */
    stk_incident_kind kind;
    stk_severity severity;
    stk_str title;             /* one line, English */
    const stk_str *techniques; /* ATT&CK ids: "T1190" */
    size_t technique_count;
    const stk_str *weaknesses; /* CAPEC ids: "CAPEC-66" */
    size_t weakness_count;
} stk_rule_info;

/* A unit is flagged when something is said of it alone with at least this confidence. */
#define STK_FLAG_AT 0.5

/* 64 bits printed as 16 hex digits; derived from rule, file fingerprint and position only. */
typedef struct stk_id {
    uint64_t v;
} stk_id;

typedef struct stk_finding {
    stk_id id;
    stk_meta meta; /* of the event it is about */
    const stk_rule_info *rule;
    double confidence; /* 0..1, that this is what its kind says */
    stk_key by;        /* whose behaviour it is: the client for findings of the unit alone */
    bool of_unit;      /* speaks of the unit alone: counts for the verdict */
    stk_where where;
    stk_reason reason; /* texts live in the batch's arena */
} stk_finding;

/* Findings of one unit: the STK_FINDINGS_PER_UNIT most confident; the rest are counted. */
typedef struct stk_findings {
    stk_finding item[STK_FINDINGS_PER_UNIT];
    size_t count, dropped;
} stk_findings;
/* One a rule and place: a repeat keeps the more confident. */
void stk_findings_add(stk_findings *list, const stk_finding *finding);
#endif
