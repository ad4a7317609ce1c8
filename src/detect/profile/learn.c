/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what requests look like, and who showed it.
 *
 * Three bounded tables: subjects, traits of them, and draws already counted. When one is full, what
 * is new is no longer taken in; finish() then knows that the subject saw more than it holds. */
#include "detect/profile/learn.h"

#include <stdlib.h>

#define ROW(key_, field, dflt_, min_, max_, help_)                                                 \
    {                                                                                              \
        .key = key_, .kind = STK_INT, .offset = offsetof(stk_profile_config, field),               \
        .dflt = dflt_, .min = min_, .max = max_, .help = help_                                     \
    }
const stk_spec stk_profile_spec[] = {
    ROW("clients", clients, "3", "1", "7",
        "Independent clients that must show a thing before it is learned."),
    ROW("endpoints", endpoints, "4096", "16", "32768", "Endpoints kept at most."),
    ROW("parameters", parameters, "16384", "16", "65536", "Parameters kept at most."),
    ROW("traits", traits, "262144", "1024", "1048576", "Traits of values kept at most."),
    ROW("values", values, "128", "2", "1024",
        "Distinct values up to which a parameter can be a closed set."),
    ROW("pages", pages, "64", "8", "4096",
        "Pages of one folder from which on further ones are taken for one endpoint."),
};
const size_t stk_profile_spec_count = STK_COUNT(stk_profile_spec);
const size_t stk_profile_config_size = sizeof(stk_profile_config);

enum { ARENA_BYTES = 128 << 20, DRAWS_MOST = 1 << 20 };
enum { REFUSED_FROM = 400 }; /* what the shop itself refused is no part of it */

stk_status stk_profile_learner_new(const stk_profile_origin *origin, const void *config,
                                   const stk_hash_key *secret, stk_profile_learner **ret,
                                   stk_error *err)
{
    stk_profile_learner *l = calloc(1, sizeof *l);
    if (l == NULL || (l->arena = stk_arena_new(ARENA_BYTES)) == NULL) {
        free(l);
        return stk_fail(err, STK_ERR_MEMORY, "no memory to learn a profile");
    }
    if (config != NULL)
        l->config = *(const stk_profile_config *)config;
    else
        stk_spec_defaults(stk_profile_spec, stk_profile_spec_count, &l->config);
    l->secret = *secret;
    l->format = stk_arena_copy(l->arena, origin->format);
    l->client = stk_arena_copy(l->arena, origin->client);
    l->fingerprint = origin->fingerprint;
    l->all_differ = stk_str_eq(l->client, STK_S("none"));
    l->first_at = l->last_at = STK_TIME_NONE;
    *ret = l;
    return STK_OK;
}

void stk_profile_learner_free(stk_profile_learner *l)
{
    if (l == NULL)
        return;
    stk_arena_free(l->arena);
    stk_index_done(&l->subject_index);
    stk_index_done(&l->trait_index);
    stk_index_done(&l->draw_index);
    free(l->subjects);
    free(l->traits);
    free(l);
}

bool stk_witness_add(stk_witness *w, uint32_t client)
{
    w->requests += w->requests < UINT32_MAX;
    for (size_t i = 0; i < w->clients; i++)
        if (w->client[i] == client)
            return false;
    if (w->clients == STK_WITNESSES)
        return false;
    w->client[w->clients++] = client;
    return true;
}

/* One thing being learned from: who, and which draw it is. */
typedef struct draw {
    stk_profile_learner *l;
    uint32_t client;
    bool failed;
} draw;

static uint64_t key_of(const draw *d, uint64_t a, uint64_t b)
{
    return stk_mix64(b ^ stk_mix64(a ^ d->l->secret.k0) ^ d->l->secret.k1);
}

/* Is this draw of the subject new? When the table is full nobody can tell, and it counts as new. */
static bool is_new_draw(draw *d, uint32_t subject, uint64_t what)
{
    stk_index *index = &d->l->draw_index;
    uint64_t key = key_of(d, subject, what);
    if (stk_index_get(index, key) != UINT32_MAX)
        return false;
    if (index->count < DRAWS_MOST && !stk_index_put(index, key, 0))
        d->failed = true;
    return true;
}

static stk_seen_subject *subject_room(stk_profile_learner *l)
{
    if (l->subject_count == l->subject_room) {
        size_t room = l->subject_room == 0 ? 64 : 2 * l->subject_room;
        stk_seen_subject *more = realloc(l->subjects, room * sizeof *more);
        if (more == NULL)
            return NULL;
        l->subjects = more;
        l->subject_room = room;
    }
    return &l->subjects[l->subject_count];
}

/* The subject of that name, made when there is room. UINT32_MAX: none. */
static uint32_t subject_of(draw *d, stk_subject_kind kind, uint32_t parent, uint64_t hash,
                           stk_str name)
{
    stk_profile_learner *l = d->l;
    uint64_t key = key_of(d, (uint64_t)kind << 32 | parent, hash);
    uint32_t id = stk_index_get(&l->subject_index, key);
    if (id != UINT32_MAX)
        return id;
    size_t *count = kind == STK_SUBJECT_PARAMETER  ? &l->parameter_count
                    : kind == STK_SUBJECT_ENDPOINT ? &l->endpoint_count
                                                   : &l->folder_count;
    int64_t most = kind == STK_SUBJECT_PARAMETER ? l->config.parameters : l->config.endpoints;
    if (*count >= (size_t)most)
        return UINT32_MAX;
    stk_seen_subject *s = subject_room(l);
    stk_str copy = s == NULL ? (stk_str){ 0 } : stk_arena_copy(l->arena, name);
    if (copy.ptr == NULL || !stk_index_put(&l->subject_index, key, (uint32_t)l->subject_count)) {
        d->failed = true;
        return UINT32_MAX;
    }
    *s = (stk_seen_subject){ .kind = kind, .parent = parent, .name = copy, .since = l->units };
    s->child = s->sibling = UINT32_MAX;
    if (kind == STK_SUBJECT_PARAMETER) {
        s->sibling = l->subjects[parent].child;
        l->subjects[parent].child = (uint32_t)l->subject_count;
    }
    (*count)++;
    return (uint32_t)l->subject_count++;
}

static stk_seen_trait *trait_room(stk_profile_learner *l)
{
    if (l->trait_count == (size_t)l->config.traits)
        return NULL;
    if (l->trait_count == l->trait_room) {
        size_t room = l->trait_room == 0 ? 1024 : 2 * l->trait_room;
        stk_seen_trait *more = realloc(l->traits, room * sizeof *more);
        if (more == NULL)
            return NULL;
        l->traits = more;
        l->trait_room = room;
    }
    return &l->traits[l->trait_count];
}

/* The subject showed this trait in this draw. */
static void show(draw *d, uint32_t subject, stk_aspect aspect, uint64_t payload, stk_str text,
                 uint64_t what, bool is_new)
{
    stk_profile_learner *l = d->l;
    uint64_t key = key_of(d, (uint64_t)subject << 8 | (uint64_t)aspect, payload);
    uint32_t id = stk_index_get(&l->trait_index, key);
    if (id == UINT32_MAX) {
        stk_seen_trait *t = trait_room(l);
        if (t == NULL)
            return;
        stk_str copy = text.len == 0 ? STK_S("") : stk_arena_copy(l->arena, text);
        if (copy.ptr == NULL || !stk_index_put(&l->trait_index, key, (uint32_t)l->trait_count)) {
            d->failed = true;
            return;
        }
        *t = (stk_seen_trait){ .subject = subject,
                               .aspect = (uint8_t)aspect,
                               .payload = payload,
                               .text = copy,
                               .first_draw = what };
        id = (uint32_t)l->trait_count++;
        is_new = true;
    }
    stk_seen_trait *t = &l->traits[id];
    stk_witness_add(&t->witness, d->client);
    t->draws += is_new && t->draws < UINT32_MAX;
}

static void show_text(draw *d, uint32_t subject, stk_aspect aspect, stk_str text, uint64_t what,
                      bool is_new)
{
    if (text.len > STK_PROFILE_TEXT)
        text.len = STK_PROFILE_TEXT;
    show(d, subject, aspect, stk_text_payload(text), text, what, is_new);
}

/* Candidates of a closed set; the texts of an open one are only counted to know that it is open. */
static void show_value(draw *d, uint32_t subject, stk_str value, uint64_t hash, bool is_new)
{
    stk_seen_subject *s = &d->l->subjects[subject];
    if (s->open)
        return;
    s->values += is_new;
    if (s->values > (uint32_t)d->l->config.values || value.len > STK_PROFILE_TEXT)
        s->open = true;
    else
        show(d, subject, STK_ASPECT_VALUE, hash, value, hash, is_new);
}

static void learn_traits(draw *d, uint32_t subject, const stk_traits *t, uint64_t what, bool is_new)
{
    for (size_t i = 0; i < t->count; i++) {
        stk_aspect aspect = t->item[i].aspect;
        stk_str text = aspect == STK_ASPECT_SHAPE  ? (stk_str){ t->shape, t->shape_len }
                       : aspect == STK_ASPECT_FORM ? (stk_str){ t->form, t->form_len }
                                                   : STK_S("");
        bool of_request = aspect == STK_ASPECT_PLACE; /* not of the value: each request is a draw */
        show(d, subject, aspect, t->item[i].payload, text, of_request ? d->l->units : what,
             of_request || is_new);
    }
}

static void learn_parameter(draw *d, uint32_t endpoint, const stk_asked_parameter *p,
                            bool with_body)
{
    stk_traits traits;
    stk_traits_of(p->value, with_body, &traits);
    stk_str value = p->value->once.raw;
    uint64_t hash = stk_text_payload(value);
    bool is_new = is_new_draw(d, STK_ANY, hash);
    d->l->subjects[STK_ANY].draws += is_new;
    stk_witness_add(&d->l->subjects[STK_ANY].witness, d->client);
    learn_traits(d, STK_ANY, &traits, hash, is_new);
    show_text(d, STK_ANY, STK_ASPECT_NAME, p->name, p->hash, false);

    uint32_t id = subject_of(d, STK_SUBJECT_PARAMETER, endpoint, p->hash, p->name);
    if (id == UINT32_MAX)
        return;
    is_new = is_new_draw(d, id, hash);
    stk_seen_subject *s = &d->l->subjects[id];
    s->draws += is_new;
    s->typed[traits.type]++;
    s->latest = d->l->units;
    stk_witness_add(&s->witness, d->client);
    show_value(d, id, value, hash, is_new);
    learn_traits(d, id, &traits, hash, is_new);
}

/* Parameters that other requests of the endpoint had; as many as a person would fill in. */
static void learn_absent(draw *d, uint32_t endpoint)
{
    uint32_t id = d->l->subjects[endpoint].child;
    for (size_t i = 0; i < STK_CHILDREN && id != UINT32_MAX; i++) {
        const stk_seen_subject *s = &d->l->subjects[id];
        id = s->sibling;
        if (s->latest != d->l->units)
            show_text(d, endpoint, STK_ASPECT_ABSENT, s->name, d->l->units, true);
    }
}

/* Of an endpoint each request is a draw. */
static void learn_endpoint(draw *d, uint32_t endpoint, const stk_asked *a)
{
    uint64_t what = d->l->units, order = 0;
    d->l->subjects[endpoint].draws++;
    show_text(d, endpoint, STK_ASPECT_METHOD, a->method, what, true);
    show_text(d, endpoint, STK_ASPECT_MEDIA, a->media, what, true);
    for (size_t i = 0; i < a->count; i++) {
        const stk_asked_parameter *p = &a->parameter[i];
        bool again = false;
        for (size_t k = 0; k < i && !again; k++)
            again = a->parameter[k].hash == p->hash;
        show_text(d, endpoint, again ? STK_ASPECT_REPEAT : STK_ASPECT_NAME, p->name, what, !again);
        if (!again)
            order = stk_mix64(order ^ p->hash);
        learn_parameter(d, endpoint, p, a->with_body);
    }
    show(d, endpoint, STK_ASPECT_ORDER, order, STK_S(""), what, true);
    learn_absent(d, endpoint);
}

/* The folder of a page; when many clients find ever new pages in it, further ones are one endpoint.
 */
static bool folder_is_full(draw *d, stk_str folder, uint64_t endpoint_hash)
{
    uint32_t id = subject_of(d, STK_SUBJECT_PATHS, 1, stk_text_payload(folder), folder);
    if (id == UINT32_MAX)
        return false;
    stk_seen_subject *s = &d->l->subjects[id];
    const stk_profile_config *c = &d->l->config;
    if (s->pages >= (uint32_t)c->pages && s->page_openers.clients >= c->clients)
        return stk_index_get(&d->l->subject_index, key_of(d, (uint64_t)STK_SUBJECT_ENDPOINT << 32,
                                                          endpoint_hash)) == UINT32_MAX;
    if (is_new_draw(d, id, endpoint_hash)) {
        s->pages++;
        stk_witness_add(&s->page_openers, d->client);
    }
    return false;
}

static void learn_site(draw *d, const stk_asked *a, stk_str endpoint, uint64_t hash)
{
    uint64_t content = stk_text_payload(a->path);
    for (size_t i = 0; i < a->count; i++)
        content = stk_mix64(content ^ stk_text_payload(a->parameter[i].value->once.raw) ^
                            stk_mix64(a->parameter[i].hash));
    bool is_new = is_new_draw(d, STK_SITE, content);
    d->l->subjects[STK_SITE].draws += is_new;
    show(d, STK_SITE, STK_ASPECT_PATH, hash, endpoint, content, is_new);
    show_text(d, STK_SITE, STK_ASPECT_METHOD, a->method, content, is_new);

    is_new = is_new_draw(d, STK_PATHS, hash);
    d->l->subjects[STK_PATHS].draws += is_new;
    char stem[STK_STEM_BYTES];
    show_text(d, STK_PATHS, STK_ASPECT_SUFFIX, stk_asked_suffix(endpoint), hash, is_new);
    show_text(d, STK_PATHS, STK_ASPECT_STEM, stk_asked_stem(endpoint, stem), hash, is_new);
    stk_str folder = stk_asked_folder(endpoint);
    show_text(d, STK_PATHS, STK_ASPECT_FOLDER, folder, hash, is_new);
    while (folder.len > 1) { /* the folders above are known as well */
        folder.len--;
        folder = stk_asked_folder(folder);
        show_text(d, STK_PATHS, STK_ASPECT_FOLDER, folder, hash, false);
    }
}

static bool first_subjects(draw *d)
{
    for (unsigned kind = STK_SUBJECT_SITE; kind <= STK_SUBJECT_ANY; kind++)
        if (subject_of(d, (stk_subject_kind)kind, UINT32_MAX, kind, STK_S("")) != kind)
            return false;
    return true;
}

stk_status stk_profile_learner_add(stk_profile_learner *l, const stk_unit *unit, stk_error *err)
{
    draw d = { .l = l };
    if (l->subject_count == 0 && !first_subjects(&d))
        return stk_fail(err, STK_ERR_MEMORY, "no memory to learn a profile");
    l->units++;
    stk_asked *a = &l->asked;
    if (!stk_asked_of(unit, a) || unit->event->u.http.status >= REFUSED_FROM) {
        l->skipped++;
        return STK_OK;
    }
    stk_time at = unit->event->meta.at;
    if (at != STK_TIME_NONE) {
        l->first_at = l->first_at == STK_TIME_NONE || at < l->first_at ? at : l->first_at;
        l->last_at = l->last_at == STK_TIME_NONE || at > l->last_at ? at : l->last_at;
    }
    uint64_t who = l->all_differ ? stk_mix64(l->units) : unit->client_known ? unit->client.hash : 0;
    d.client = (uint32_t)(who >> 32);
    char wild[STK_ENDPOINT_BYTES];
    stk_str endpoint = a->endpoint;
    if (folder_is_full(&d, stk_asked_folder(endpoint), a->hash))
        endpoint = stk_asked_any(endpoint, wild);
    uint64_t hash = stk_text_payload(endpoint);
    stk_witness_add(&l->subjects[STK_SITE].witness, d.client);
    learn_site(&d, a, endpoint, hash);
    uint32_t id = subject_of(&d, STK_SUBJECT_ENDPOINT, STK_SITE, hash, endpoint);
    if (id != UINT32_MAX) {
        stk_witness_add(&l->subjects[id].witness, d.client);
        learn_endpoint(&d, id, a);
    }
    return d.failed ? stk_fail(err, STK_ERR_MEMORY, "no memory to learn a profile") : STK_OK;
}
