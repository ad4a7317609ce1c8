/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints. Each part has one description that writes it and reads it back, so that the two
 * cannot drift apart. What is read is bounded and checked field by field: bytes of a checkpoint may
 * be damaged, and nothing of them may lead outside of the tables. */
#include "detect/correlate/state.h"

#include <stdlib.h>

enum { MAGIC = 0x53544b43, VERSION = 1 };

struct io {
    stk_buf *out;   /* writing, or */
    stk_cursor *in; /* reading */
    stk_rule_finder finder;
    const void *ctx;
    bool bad;
};

static void io_u64(struct io *io, uint64_t *v)
{
    if (io->out != NULL)
        stk_buf_varint(io->out, *v);
    else
        *v = stk_cursor_varint(io->in);
}

/* An unsigned number of at most `most`, whatever its type is in memory. */
static uint64_t io_most(struct io *io, uint64_t v, uint64_t most)
{
    io_u64(io, &v);
    if (v > most) {
        io->bad = true;
        return 0;
    }
    return v;
}

#define IO(io, field, most) ((field) = (__typeof__(field))io_most((io), (uint64_t)(field), (most)))

static void io_i64(struct io *io, int64_t *v)
{
    if (io->out != NULL)
        stk_buf_zigzag(io->out, *v);
    else
        *v = stk_cursor_zigzag(io->in);
}

static void io_time(struct io *io, stk_time *v)
{
    io_i64(io, v);
    if (io->in != NULL && *v != STK_TIME_NONE)
        *v = stk_time_sane(*v);
}

static void io_bytes(struct io *io, void *bytes, size_t n)
{
    if (io->out != NULL) {
        stk_buf_add(io->out, (stk_str){ bytes, n });
        return;
    }
    stk_str s = stk_cursor_take(io->in, n);
    if (s.len == n)
        memcpy(bytes, s.ptr, n);
}

static void io_share(struct io *io, double *v)
{
    io_bytes(io, v, sizeof *v);
    if (!(*v >= 0.0 && *v <= 1.0)) {
        *v = 0.0;
        io->bad = true;
    }
}

static void io_key(struct io *io, stk_key *key)
{
    IO(io, key->type, STK_KEY_TYPES);
    io_bytes(io, &key->hash, sizeof key->hash);
}

static void io_position(struct io *io, stk_position *p)
{
    IO(io, p->source, UINT32_MAX);
    io_u64(io, &p->unit);
    io_u64(io, &p->offset);
}

static void io_meta(struct io *io, stk_meta *m)
{
    IO(io, m->schema, UINT32_MAX);
    IO(io, m->node, UINT16_MAX);
    IO(io, m->region, UINT8_MAX);
    IO(io, m->purpose, UINT8_MAX);
    IO(io, m->policy, UINT32_MAX);
    IO(io, m->key_version, UINT32_MAX);
    io_bytes(io, &m->snapshot, sizeof m->snapshot);
    io_u64(io, &m->sequence);
    io_position(io, &m->position);
    io_time(io, &m->at);
    io_time(io, &m->seen_at);
    int64_t zone = m->zone_s;
    io_i64(io, &zone);
    m->zone_s = (int32_t)zone;
}

/* NULL after reading: there was none, or it is gone. */
static void io_rule(struct io *io, const stk_rule_info **rule)
{
    if (io->out != NULL) {
        stk_buf_run(io->out, *rule == NULL ? (stk_str){ 0 } : (*rule)->id);
        return;
    }
    stk_str id = stk_cursor_run(io->in);
    *rule = id.len == 0 ? NULL : io->finder(io->ctx, id);
}

static void io_term(struct io *io, stk_story *story, stk_str *term)
{
    if (io->out != NULL) {
        stk_buf_run(io->out, *term);
        return;
    }
    stk_str read = stk_cursor_run(io->in);
    if (read.len > sizeof story->words - story->words_used) {
        io->bad = true;
        read.len = 0;
    }
    *term = (stk_str){ story->words + story->words_used, read.len };
    if (read.len != 0)
        memcpy(story->words + story->words_used, read.ptr, read.len);
    story->words_used += read.len;
}

static void io_reason(struct io *io, stk_story *story, stk_reason *reason)
{
    IO(io, reason->message, STK_MESSAGES - 1);
    for (size_t a = 0; a < STK_REASON_ARGS; a++) {
        stk_arg *arg = &reason->args[a];
        IO(io, arg->kind, STK_ARG_MESSAGE);
        if (arg->kind == STK_ARG_TERM)
            io_term(io, story, &arg->u.term);
        else if (arg->kind == STK_ARG_REAL)
            io_bytes(io, &arg->u.r, sizeof arg->u.r);
        else if (arg->kind != STK_ARG_RAW && arg->kind != STK_ARG_NONE)
            io_i64(io, &arg->u.i);
    }
}

static void io_entities(struct io *io, stk_incident *i)
{
    IO(io, i->entity_count, STK_INCIDENT_ENTITIES);
    for (size_t e = 0; e < i->entity_count; e++) {
        io_key(io, &i->entities[e].key);
        IO(io, i->entities[e].target, 1);
        io_position(io, &i->entities[e].first);
        io_u64(io, &i->entities[e].events);
    }
    IO(io, i->entities_left_out, SIZE_MAX);
    IO(io, i->edge_count, STK_INCIDENT_EDGES);
    for (size_t e = 0; e < i->edge_count; e++) {
        if (io->in != NULL && i->entity_count == 0)
            io->bad = true;
        uint64_t most = i->entity_count == 0 ? 0 : i->entity_count - 1;
        IO(io, i->edges[e].from, most);
        IO(io, i->edges[e].to, most);
        IO(io, i->edges[e].events, UINT32_MAX);
    }
}

/* A step of a rule that is gone is read, and dropped. */
static void io_steps(struct io *io, stk_story *story)
{
    stk_incident *i = &story->incident;
    size_t count = i->step_count, kept = 0;
    IO(io, count, STK_INCIDENT_STEPS);
    IO(io, story->rule_steps, STK_STORY_RULE_STEPS);
    for (size_t s = 0; s < count; s++) {
        stk_step *step = &i->steps[kept];
        io_time(io, &step->at);
        io_position(io, &step->position);
        IO(io, step->stage, STK_STAGE_REACHED);
        bool of_rule = step->rule != NULL;
        IO(io, of_rule, 1);
        io_rule(io, &step->rule);
        io_reason(io, story, &step->reason);
        io_u64(io, &step->events);
        bool gone = of_rule && step->rule == NULL;
        kept += !gone;
        story->rule_steps -= gone && story->rule_steps != 0;
    }
    i->step_count = kept;
}

static void io_evidence(struct io *io, stk_story *story)
{
    size_t count = story->evidence_count, kept = 0;
    IO(io, count, STK_STORY_EVIDENCE);
    stk_incident *i = &story->incident;
    if (io->in != NULL)
        i->technique_count = 0;
    for (size_t e = 0; e < count; e++) {
        stk_evidence *at = &story->evidence[kept];
        io_rule(io, &at->rule);
        io_share(io, &at->best);
        io_u64(io, &at->events);
        io_u64(io, &at->odd);
        if (at->rule == NULL)
            continue;
        kept++;
        if (io->in != NULL)
            stk_tell_techniques(i, at->rule);
    }
    story->evidence_count = kept;
}

static void io_units(struct io *io, stk_correlator *c, stk_story *story)
{
    stk_incident *i = &story->incident;
    size_t count = i->unit_count;
    IO(io, count, STK_INCIDENT_UNITS);
    if (io->in != NULL) {
        /* each takes two bytes at least: a short checkpoint cannot ask for much */
        bool fits = !io->bad && count <= (size_t)(io->in->end - io->in->ptr) / 2;
        i->units = fits ? calloc(count + 16, sizeof *i->units) : NULL;
        if (i->units == NULL) {
            io->bad = true;
            return;
        }
        i->unit_count = count;
        i->unit_room = count + 16;
        c->units_open += story->open ? count : 0;
    }
    for (size_t u = 0; u < count; u++) {
        IO(io, i->units[u].source, UINT32_MAX);
        io_u64(io, &i->units[u].unit);
    }
}

static void io_story(struct io *io, stk_correlator *c, stk_story *story)
{
    stk_incident *i = &story->incident;
    IO(io, story->open, 1);
    IO(io, story->full, 1);
    IO(io, story->shown, 1);
    io_bytes(io, &i->id.v, sizeof i->id.v);
    io_meta(io, &i->meta);
    IO(io, i->kind, STK_INCIDENT_KINDS - 1);
    IO(io, i->severity, STK_CRITICAL);
    io_share(io, &i->confidence);
    IO(io, i->stage, STK_STAGE_REACHED);
    io_time(io, &i->first_at);
    io_time(io, &i->last_at);
    io_u64(io, &i->events);
    IO(io, story->scope, STK_SCOPE_BACKGROUND);
    IO(io, story->family, STK_FAMILY_SOURCE);
    IO(io, story->least, STK_STAGE_REACHED);
    IO(io, story->signed_in, 1);
    for (int o = 0; o < STK_OUTCOMES; o++)
        io_u64(io, &story->outcomes[o]);
    io_u64(io, &story->telling);
    io_u64(io, &story->followed);
    io_u64(io, &story->last_sequence);
    io_i64(io, &story->odd_bytes);
    io_bytes(io, story->places, sizeof story->places);
    io_entities(io, i);
    io_steps(io, story);
    io_evidence(io, story);
    io_units(io, c, story);
}

static void io_mention(struct io *io, stk_mention *m)
{
    io_meta(io, &m->meta);
    io_rule(io, &m->rule);
    io_share(io, &m->confidence);
    io_key(io, &m->by);
    io_key(io, &m->client);
    io_key(io, &m->endpoint);
    io_key(io, &m->account);
    IO(io, m->outcome, STK_OUTCOMES - 1);
    io_i64(io, &m->bytes);
}

static void io_minor(struct io *io, stk_minor *minor)
{
    io_key(io, &minor->client);
    IO(io, minor->story, STK_STORIES - 1);
    io_u64(io, &minor->events);
    IO(io, minor->kinds, UINT32_MAX);
    IO(io, minor->targets, UINT32_MAX);
    io_share(io, &minor->best);
    io_time(io, &minor->first_at);
    io_time(io, &minor->last_at);
    size_t count = minor->mention_count, kept = 0;
    IO(io, count, STK_MINOR_MENTIONS);
    for (size_t m = 0; m < count; m++) {
        io_mention(io, &minor->mention[kept]);
        kept += minor->mention[kept].rule != NULL;
    }
    minor->mention_count = (uint32_t)kept;
}

static void io_size(struct io *io, stk_size *size)
{
    io_bytes(io, &size->endpoint, sizeof size->endpoint);
    IO(io, size->answers, UINT32_MAX);
    io_bytes(io, &size->mean, sizeof size->mean);
    io_bytes(io, &size->spread, sizeof size->spread);
}

/* --- writing ---------------------------------------------------------------- */

static void save_keys(const stk_correlator *c, const stk_story *story, stk_buf *out)
{
    uint64_t count = 0;
    for (uint32_t e = story->keys; e != 0; e = c->book.entries[e - 1].next_of_story)
        count++;
    stk_buf_varint(out, count);
    for (uint32_t e = story->keys; e != 0; e = c->book.entries[e - 1].next_of_story)
        stk_buf_add(out, (stk_str){ (const char *)&c->book.entries[e - 1].key, sizeof(uint64_t) });
}

static void save_tables(struct io *io, const stk_correlator *c)
{
    for (uint32_t i = 0; i < STK_SIZES; i++)
        if (c->sizes[i].answers != 0) {
            stk_size size = c->sizes[i];
            stk_buf_varint(io->out, i + 1);
            io_size(io, &size);
        }
    stk_buf_varint(io->out, 0);
    for (uint32_t i = 0; i < STK_MINORS; i++)
        if (c->minors[i].mention_count != 0) {
            stk_minor minor = c->minors[i];
            stk_buf_varint(io->out, i + 1);
            io_minor(io, &minor);
        }
    stk_buf_varint(io->out, 0);
}

void stk_correlator_save(const stk_correlator *c, stk_buf *out)
{
    struct io io = { .out = out };
    stk_buf_varint(out, MAGIC);
    stk_buf_varint(out, VERSION);
    stk_buf_varint(out, STK_MESSAGES);
    stk_buf_varint(out, STK_INCIDENT_KINDS);
    stk_buf_varint(out, c->lost);
    stk_buf_varint(out, c->probes_denied);
    stk_buf_varint(out, c->probes_given);
    stk_correlator *same = (stk_correlator *)c; /* io_units() changes it in reading only */
    for (uint32_t s = 0; s < STK_STORIES; s++) {
        if (c->stories[s] == NULL || s == c->taken)
            continue;
        stk_story *story = c->stories[s];
        stk_buf_varint(out, s + 1);
        io_story(&io, same, story);
        save_keys(c, story, out);
    }
    stk_buf_varint(out, 0);
    for (uint32_t s = c->oldest; s != STK_NOWHERE; s = c->stories[s]->newer)
        stk_buf_varint(out, s);
    stk_buf_varint(out, c->queue_count);
    for (uint32_t q = 0; q < c->queue_count; q++)
        stk_buf_varint(out, c->queue[(c->queue_from + q) % STK_STORIES]);
    save_tables(&io, c);
}

/* --- reading ---------------------------------------------------------------- */

static bool fine(const struct io *io)
{
    return !io->bad && !io->in->failed;
}

static void load_keys(struct io *io, stk_correlator *c, uint32_t slot)
{
    uint64_t count = io_most(io, 0, STK_BOOK_ENTRIES);
    uint64_t *keys = fine(io) && count <= (size_t)(io->in->end - io->in->ptr) / sizeof *keys
                         ? calloc(count + 1, sizeof *keys)
                         : NULL;
    if (keys == NULL) {
        io->bad = true;
        return;
    }
    io_bytes(io, keys, count * sizeof *keys);
    while (count-- > 0) /* backwards: each is put in front of the story's list */
        stk_book_put(c, keys[count], slot);
    free(keys);
}

static void load_stories(struct io *io, stk_correlator *c)
{
    for (uint64_t at; fine(io) && (at = io_most(io, 0, STK_STORIES)) != 0;) {
        uint32_t slot = (uint32_t)at - 1;
        if (c->stories[slot] != NULL || (c->stories[slot] = calloc(1, sizeof(stk_story))) == NULL) {
            io->bad = true;
            return;
        }
        stk_story *story = c->stories[slot];
        story->newer = story->older = STK_NOWHERE;
        io_story(io, c, story);
        load_keys(io, c, slot);
        c->open_count += story->open;
        if (!story->open && story->keys != 0)
            io->bad = true;
    }
    c->free_count = 0;
    for (uint32_t s = STK_STORIES; s-- > 0;)
        if (c->stories[s] == NULL)
            c->free_slots[c->free_count++] = s;
    io->bad |= c->open_count > STK_INCIDENTS_OPEN;
}

static void load_order(struct io *io, stk_correlator *c)
{
    for (uint32_t n = 0; n < c->open_count && fine(io); n++) {
        uint32_t slot = (uint32_t)io_most(io, 0, STK_STORIES - 1);
        stk_story *story = c->stories[slot];
        if (story == NULL || !story->open || story->older != STK_NOWHERE || slot == c->oldest) {
            io->bad = true;
            return;
        }
        story->older = c->newest;
        if (c->newest != STK_NOWHERE)
            c->stories[c->newest]->newer = slot;
        else
            c->oldest = slot;
        c->newest = slot;
    }
    uint64_t queued = io_most(io, 0, STK_STORIES);
    for (uint64_t q = 0; q < queued && fine(io); q++) {
        uint32_t slot = (uint32_t)io_most(io, 0, STK_STORIES - 1);
        if (c->stories[slot] == NULL || c->stories[slot]->queued)
            io->bad = true;
        else
            stk_story_queue(c, slot);
    }
    for (uint32_t s = 0; s < STK_STORIES && fine(io); s++) /* closed ones wait to be taken */
        if (c->stories[s] != NULL && !c->stories[s]->open && !c->stories[s]->queued)
            io->bad = true;
}

static void load_tables(struct io *io, stk_correlator *c)
{
    for (uint64_t at; fine(io) && (at = io_most(io, 0, STK_SIZES)) != 0;)
        io_size(io, &c->sizes[at - 1]);
    for (uint64_t at; fine(io) && (at = io_most(io, 0, STK_MINORS)) != 0;)
        io_minor(io, &c->minors[at - 1]);
}

stk_status stk_correlator_load(stk_correlator *c, stk_cursor *in, stk_rule_finder finder,
                               const void *ctx, stk_error *err)
{
    stk_correlator_reset(c);
    struct io io = { .in = in, .finder = finder, .ctx = ctx };
    bool ours = stk_cursor_varint(in) == MAGIC && stk_cursor_varint(in) == VERSION &&
                stk_cursor_varint(in) == STK_MESSAGES &&
                stk_cursor_varint(in) == STK_INCIDENT_KINDS;
    if (ours) {
        io_u64(&io, &c->lost);
        io_u64(&io, &c->probes_denied);
        io_u64(&io, &c->probes_given);
        load_stories(&io, c);
        load_order(&io, c);
        load_tables(&io, c);
    }
    if (ours && fine(&io))
        return STK_OK;
    stk_correlator_reset(c);
    return stk_fail(err, STK_ERR_SYNTAX,
                    "the saved state of correlation is damaged, or not of this version");
}
