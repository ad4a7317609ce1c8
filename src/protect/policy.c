/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file, read into a rule for each field of each shape.
 *
 * Safe by design: no line means drop; a personal field may be kept in the clear only when a second
 * place of the file (`acknowledged`) says why; of payment fields only what cannot be turned back
 * may be kept at all. */
#include "protect/policy.h"

#include "base/spec.h"
#include "base/yaml.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SHAPE_FIELDS = 64,
    NAMES = STK_SHAPES * SHAPE_FIELDS,
    ARENA_BYTES = 8 << 20,
    DAYS = 36500,
    SEAL_BYTES_DEFAULT = 4096,
    SEAL_BYTES_MOST = 65536,
    TEXT_BYTES_MOST = 256,
    ACKNOWLEDGED_BYTES = 12, /* the shortest reason that can be one */
};

/* Counted over all shapes, so each of them fits. */
enum {
    FIELDS_IN_ALL = 0
#define FIELD(shape, member, type, name, category, summary) +1
#include "model/kinds.def"
};
_Static_assert((int)FIELDS_IN_ALL <= (int)SHAPE_FIELDS, "more fields than a policy has room for");

struct stk_policy {
    char name[64];
    uint32_t version;
    int64_t evidence_days, record_days, incident_days, epoch_days;
    stk_field_rule rules[STK_SHAPES][SHAPE_FIELDS];
};

/* What a load is working on. */
typedef struct loading {
    stk_policy *policy;
    const char *file;
    const stk_yaml *acknowledged; /* NULL: none */
    stk_error *err;
} loading;

static const char *const form_names[STK_FORMS] = {
    [STK_FORM_KEEP] = "keep",         [STK_FORM_MASK] = "mask",
    [STK_FORM_TRUNCATE] = "truncate", [STK_FORM_PSEUDONYM] = "pseudonymise",
    [STK_FORM_SEAL] = "seal",
};

const char *stk_form_name(stk_form form)
{
    return form_names[form];
}

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

static stk_status bad(const loading *l, const stk_yaml *at, const char *what)
{
    return stk_fail_at(l->err, STK_ERR_INVALID, l->file, at->line, at->column, "%s", what);
}

/* Decimal digits only, at most `most`. */
static bool number_of(stk_str s, int64_t most, int64_t *ret)
{
    int64_t v = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || v > most)
            return false;
        v = v * 10 + (s.ptr[i] - '0');
    }
    *ret = v;
    return v <= most;
}

static stk_status read_number(const loading *l, const stk_yaml *map, const char *key, int64_t most,
                              int64_t *ret)
{
    const stk_yaml *v = stk_yaml_get(map, key);
    if (v == NULL)
        return STK_OK; /* keeps its default */
    if (v->kind == STK_YAML_SCALAR && number_of(v->text, most, ret))
        return STK_OK;
    return stk_fail_at(l->err, STK_ERR_INVALID, l->file, v->line, v->column,
                       "'%s' is a whole number from 0 to %lld", key, (long long)most);
}

/* ---- one mechanism: a word and its arguments ---- */

static stk_str next_word(stk_str *rest)
{
    while (rest->len > 0 && *rest->ptr == ' ')
        *rest = (stk_str){ rest->ptr + 1, rest->len - 1 };
    stk_str word = { rest->ptr, 0 };
    while (word.len < rest->len && word.ptr[word.len] != ' ')
        word.len++;
    *rest = (stk_str){ rest->ptr + word.len, rest->len - word.len };
    return word;
}

static bool bits_of(stk_str word, int64_t most, uint32_t *ret)
{
    int64_t bits;
    if (word.len < 2 || word.ptr[0] != '/' ||
        !number_of((stk_str){ word.ptr + 1, word.len - 1 }, most, &bits))
        return false;
    *ret = (uint32_t)bits;
    return true;
}

static stk_status read_truncate(const loading *l, const stk_yaml *at, const stk_field_info *field,
                                stk_str rest, stk_field_rule *rule)
{
    stk_str first = next_word(&rest), second = next_word(&rest);
    int64_t n = 0;
    if (field->category == STK_CAT_ADDRESS) {
        if (!bits_of(first, 31, &rule->v4_bits) || !bits_of(second, 64, &rule->v6_bits))
            return bad(l, at, "an address is truncated to two networks: truncate /24 /48");
        return STK_OK;
    }
    bool is_text = field->type == STK_FIELD_PERSONAL || field->type == STK_FIELD_TERM;
    bool good = second.len == 0 && number_of(first, is_text ? TEXT_BYTES_MOST : INT64_MAX / 16, &n);
    if (is_text && (!good || n == 0))
        return bad(l, at, "a text is truncated to 1 to 256 bytes: truncate 16");
    if (!good || n < 2)
        return bad(l, at, "a number is truncated to a multiple of 2 or more: truncate 100");
    rule->text_bytes = is_text ? (uint32_t)n : 0;
    rule->step = is_text ? 0 : n;
    return STK_OK;
}

static stk_status read_seal(const loading *l, const stk_yaml *at, stk_str rest,
                            stk_field_rule *rule)
{
    stk_str word = next_word(&rest);
    int64_t n = SEAL_BYTES_DEFAULT;
    if (word.len != 0 && (!number_of(word, SEAL_BYTES_MOST, &n) || n == 0))
        return bad(l, at, "a text is sealed up to 1 to 65536 bytes of it: seal 2048");
    rule->seal_bytes = (uint32_t)n;
    return STK_OK;
}

/* May this field have this form at all? */
static stk_status allowed(const loading *l, const stk_yaml *at, const stk_field_info *field,
                          stk_form form)
{
    bool number = field->type == STK_FIELD_NUMBER || field->type == STK_FIELD_MONEY;
    if (number && (form == STK_FORM_PSEUDONYM || form == STK_FORM_MASK))
        return bad(l, at, "a number is kept, truncated, sealed or dropped");
    if (field->category == STK_CAT_PAYMENT && form != STK_FORM_PSEUDONYM && form != STK_FORM_MASK)
        return bad(l, at, "a payment field is pseudonymised, masked or dropped, nothing else");
    if (field->type == STK_FIELD_PERSONAL && form == STK_FORM_KEEP &&
        stk_yaml_get(l->acknowledged, field->name) == NULL)
        return stk_fail_at(l->err, STK_ERR_INVALID, l->file, at->line, at->column,
                           "%s is personal: to keep it in the clear, say why under 'acknowledged: "
                           "%s:'; or use pseudonymise, truncate, mask or seal",
                           field->name, field->name);
    return STK_OK;
}

static stk_status read_mechanism(const loading *l, const stk_yaml *at, const stk_field_info *field,
                                 stk_field_rule *rule)
{
    if (at->kind != STK_YAML_SCALAR)
        return bad(l, at, "a mechanism is one of keep, mask, truncate, pseudonymise, seal, drop");
    stk_str rest = at->text, word = next_word(&rest);
    int form = -1;
    for (int f = 0; f < STK_FORMS; f++)
        if (stk_str_eq(word, text_of(form_names[f])))
            form = f;
    if (form < 0) {
        const char *near = stk_nearest(word, form_names, STK_FORMS);
        int shown = word.len > 40 ? 40 : (int)word.len;
        return stk_fail_at(
            l->err, STK_ERR_INVALID, l->file, at->line, at->column,
            "unknown mechanism '%.*s'%s%s%s", shown, word.ptr == NULL ? "" : word.ptr,
            near == NULL ? "; there are keep, mask, truncate, pseudonymise, seal and "
                           "(alone) drop"
                         : " (did you mean '",
            near == NULL ? "" : near, near == NULL ? "" : "'?)");
    }
    if ((rule->forms & 1u << form) != 0)
        return bad(l, at, "the same mechanism twice");
    STK_TRY(allowed(l, at, field, (stk_form)form));
    rule->forms |= 1u << form;
    if (form == STK_FORM_TRUNCATE)
        return read_truncate(l, at, field, rest, rule);
    if (form == STK_FORM_SEAL)
        return read_seal(l, at, rest, rule);
    if (next_word(&rest).len != 0)
        return bad(l, at, "this mechanism takes nothing after its name");
    return STK_OK;
}

static bool is_drop(const stk_yaml *node)
{
    return node->kind == STK_YAML_SCALAR && stk_str_eq(node->text, STK_S("drop"));
}

static stk_status read_rule(const loading *l, const stk_yaml *node, const stk_field_info *field,
                            stk_field_rule *rule)
{
    *rule = (stk_field_rule){ 0 };
    if (is_drop(node))
        return STK_OK;
    if (node->kind != STK_YAML_LIST)
        return read_mechanism(l, node, field, rule);
    if (node->count == 0)
        return bad(l, node, "an empty list; write drop");
    for (const stk_yaml *m = node->child; m != NULL; m = m->next) {
        if (is_drop(m))
            return bad(l, m, "drop stands alone");
        STK_TRY(read_mechanism(l, m, field, rule));
    }
    return STK_OK;
}

/* ---- the file ---- */

static size_t all_names(const char *names[NAMES])
{
    size_t n = 0;
    for (int s = 0; s < STK_SHAPES; s++)
        for (size_t f = 0; f < stk_shapes[s].count && n < NAMES; f++)
            names[n++] = stk_shapes[s].fields[f].name;
    return n;
}

static stk_status unknown_field(const loading *l, const stk_yaml *node)
{
    const char *names[NAMES];
    const char *near = stk_nearest(node->key, names, all_names(names));
    int shown = node->key.len > 40 ? 40 : (int)node->key.len;
    return stk_fail_at(l->err, STK_ERR_INVALID, l->file, node->key_line, node->key_column,
                       "there is no field '%.*s'%s%s%s", shown, node->key.ptr,
                       near == NULL ? "" : " (did you mean '", near == NULL ? "" : near,
                       near == NULL ? "" : "'?)");
}

/* One line rules the field of that name in every shape that has it. */
static stk_status read_field(const loading *l, const stk_yaml *node)
{
    bool found = false;
    for (int s = 0; s < STK_SHAPES; s++)
        for (size_t f = 0; f < stk_shapes[s].count; f++) {
            const stk_field_info *field = &stk_shapes[s].fields[f];
            if (!stk_str_eq(node->key, text_of(field->name)))
                continue;
            found = true;
            STK_TRY(read_rule(l, node, field, &l->policy->rules[s][f]));
        }
    return found ? STK_OK : unknown_field(l, node);
}

static bool is_field(stk_str name, bool *ret_kept, const stk_policy *policy)
{
    bool found = false;
    *ret_kept = false;
    for (int s = 0; s < STK_SHAPES; s++)
        for (size_t f = 0; f < stk_shapes[s].count; f++)
            if (stk_str_eq(name, text_of(stk_shapes[s].fields[f].name))) {
                found = true;
                *ret_kept |= (policy->rules[s][f].forms & 1u << STK_FORM_KEEP) != 0;
            }
    return found;
}

static stk_status read_acknowledged(const loading *l)
{
    for (const stk_yaml *a = l->acknowledged == NULL ? NULL : l->acknowledged->child; a != NULL;
         a = a->next) {
        bool kept;
        if (!is_field(a->key, &kept, l->policy))
            return unknown_field(l, a);
        if (a->kind != STK_YAML_SCALAR || a->text.len < ACKNOWLEDGED_BYTES)
            return bad(l, a, "say in a sentence why this may be stored in the clear");
        if (!kept)
            return bad(l, a, "this field is not kept: remove the line, or keep the field");
    }
    return STK_OK;
}

static stk_status read_fields(loading *l, const stk_yaml *root)
{
    l->acknowledged = stk_yaml_get(root, "acknowledged");
    if (l->acknowledged != NULL && l->acknowledged->kind != STK_YAML_MAP)
        return bad(l, l->acknowledged, "'acknowledged' is a map of field names to reasons");
    const stk_yaml *fields = stk_yaml_get(root, "fields");
    if (fields == NULL)
        return bad(l, root, "the policy names no fields: everything would be dropped");
    if (fields->kind != STK_YAML_MAP)
        return bad(l, fields, "'fields' is a map of field names to mechanisms");
    for (const stk_yaml *f = fields->child; f != NULL; f = f->next)
        STK_TRY(read_field(l, f));
    return read_acknowledged(l);
}

static stk_status read_head(const loading *l, const stk_yaml *root)
{
    static const char *const keys[] = {
        "policy", "name",         "version", "retention", "pseudonym_epoch_days",
        "fields", "acknowledged", NULL,
    };
    static const char *const days[] = { "evidence_days", "record_days", "incident_days", NULL };
    if (root->kind != STK_YAML_MAP)
        return bad(l, root, "a policy file is a map");
    STK_TRY(stk_yaml_only(root, l->file, keys, l->err));
    int64_t language = 0, version = 0;
    STK_TRY(read_number(l, root, "policy", UINT32_MAX, &language));
    if (language != 1)
        return bad(l, root, "a policy file starts with 'policy: 1'; this is of another version");
    STK_TRY(read_number(l, root, "version", UINT32_MAX, &version));
    l->policy->version = (uint32_t)version;
    const stk_yaml *name = stk_yaml_get(root, "name");
    if (name != NULL && (name->kind != STK_YAML_SCALAR || name->text.len >= sizeof l->policy->name))
        return bad(l, name, "a name has at most 63 bytes");
    if (name != NULL)
        (void)snprintf(l->policy->name, sizeof l->policy->name, "%" STK_SFMT, STK_SARG(name->text));
    const stk_yaml *retention = stk_yaml_get(root, "retention");
    if (retention != NULL && retention->kind != STK_YAML_MAP)
        return bad(l, retention, "'retention' is a map");
    if (retention != NULL)
        STK_TRY(stk_yaml_only(retention, l->file, days, l->err));
    STK_TRY(read_number(l, retention, days[0], DAYS, &l->policy->evidence_days));
    STK_TRY(read_number(l, retention, days[1], DAYS, &l->policy->record_days));
    STK_TRY(read_number(l, retention, days[2], DAYS, &l->policy->incident_days));
    return read_number(l, root, "pseudonym_epoch_days", DAYS, &l->policy->epoch_days);
}

stk_status stk_policy_load(stk_str bytes, const char *file, stk_policy **ret, stk_error *err)
{
    stk_policy *policy = calloc(1, sizeof *policy);
    stk_auto_arena *arena = stk_arena_new(ARENA_BYTES);
    if (policy == NULL || arena == NULL) {
        free(policy);
        return stk_fail(err, STK_ERR_MEMORY, "out of memory for a policy");
    }
    policy->evidence_days = 7;
    policy->record_days = 90;
    policy->incident_days = 365;
    loading l = { .policy = policy, .file = file, .err = err };
    const stk_yaml *root = NULL;
    stk_status status = stk_yaml_parse(bytes, file, arena, &root, err);
    if (status == STK_OK && root == NULL)
        status = stk_fail_at(err, STK_ERR_INVALID, file, 1, 1, "the policy file is empty");
    if (status == STK_OK)
        status = read_head(&l, root);
    if (status == STK_OK)
        status = read_fields(&l, root);
    if (status == STK_OK)
        *ret = policy;
    else
        free(policy);
    return status;
}

extern const unsigned char stk_default_policy_bytes[]; /* policies/default.yaml, by CMake */
extern const size_t stk_default_policy_size;

stk_str stk_policy_default_text(void)
{
    return (stk_str){ (const char *)stk_default_policy_bytes, stk_default_policy_size };
}

stk_status stk_policy_default(stk_policy **ret, stk_error *err)
{
    return stk_policy_load(stk_policy_default_text(), "policies/default.yaml", ret, err);
}

void stk_policy_free(stk_policy *policy)
{
    free(policy);
}

uint32_t stk_policy_version(const stk_policy *policy)
{
    return policy->version;
}

stk_str stk_policy_name(const stk_policy *policy)
{
    return text_of(policy->name);
}

int64_t stk_policy_evidence_days(const stk_policy *policy)
{
    return policy->evidence_days;
}

int64_t stk_policy_record_days(const stk_policy *policy)
{
    return policy->record_days;
}

int64_t stk_policy_incident_days(const stk_policy *policy)
{
    return policy->incident_days;
}

int64_t stk_policy_epoch_days(const stk_policy *policy)
{
    return policy->epoch_days;
}

int64_t stk_policy_epoch(const stk_policy *policy, int64_t day)
{
    if (policy->epoch_days == 0)
        return 0;
    int64_t epoch = day / policy->epoch_days; /* rounded down, also before 1970 */
    return day % policy->epoch_days < 0 ? epoch - 1 : epoch;
}

const stk_field_rule *stk_policy_rule(const stk_policy *policy, stk_shape shape, size_t index)
{
    static const stk_field_rule drop;
    return index < SHAPE_FIELDS ? &policy->rules[shape][index] : &drop;
}
