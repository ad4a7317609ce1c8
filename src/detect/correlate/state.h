/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_DETECT_CORRELATE_STATE_H
#define STK_DETECT_CORRELATE_STATE_H
/* What the files of the correlator share. Nothing outside of this folder includes it.
 *
 * A story is an incident being told. The book says whose story goes on: a client's own, a campaign
 * of many clients, or the day's background noise. Everything is bounded; everything is saved. */
#include "detect/correlate.h"

enum {
    STK_STORIES = STK_INCIDENTS_OPEN + STK_BATCH_EVENTS, /* open, or closed and not yet taken */
    STK_STORY_EVIDENCE = 24,    /* rules weighed in one story; further ones count as events only */
    STK_STORY_RULE_STEPS = 24,  /* of STK_INCIDENT_STEPS; the rest is kept for turns of the story */
    STK_STORY_WORDS = 1536,     /* bytes for terms that steps quote */
    STK_STORY_PLACES = 256,     /* bits of the sketch that counts distinct targets */
    STK_UNITS_OPEN = 1 << 20,   /* units named in all open stories together */
    STK_BOOK_ENTRIES = 1 << 17, /* keys that lead to a story */
    STK_BOOK_BUCKETS = 1 << 16,
    STK_SIZES = 8192, /* endpoints whose usual answer is known */
    STK_SIZE_WAYS = 4,
    STK_MINORS = 2048, /* clients of the background noise that are watched */
    STK_MINOR_WAYS = 8,
    STK_MINOR_MENTIONS = 12, /* their findings, kept to be moved into a story of their own */
};
#define STK_NOWHERE UINT32_MAX

typedef struct stk_correlate_config {
    int64_t quiet_us, campaign_quiet_us, span_us;
    int64_t promote_events, promote_targets, repeated_deviations;
} stk_correlate_config;

/* Times are kept where their differences cannot overflow; a hostile stamp stays far away. */
static inline stk_time stk_time_sane(stk_time at)
{
    const stk_time far = INT64_C(1) << 61;
    return at > far ? far : at < -far ? -far : at;
}

/* How a request or sign-in was answered, as far as the log tells. */
typedef enum stk_outcome {
    STK_OUTCOME_UNKNOWN,
    STK_OUTCOME_DENIED,   /* 4xx, a failed sign-in, a declined payment */
    STK_OUTCOME_ERROR,    /* 5xx */
    STK_OUTCOME_REDIRECT, /* 3xx */
    STK_OUTCOME_PLAIN,    /* 2xx of a usual size, or of a size nobody knows */
    STK_OUTCOME_ODD,      /* 2xx much larger than this endpoint's usual answers */
    STK_OUTCOMES,
} stk_outcome;

/* Kinds that one person would tell as one story. */
typedef enum stk_family {
    STK_FAMILY_WEB, /* attacks on the application, and looking around before them */
    STK_FAMILY_LOGIN,
    STK_FAMILY_VOLUME,
    STK_FAMILY_MONEY,
    STK_FAMILY_STAFF,
    STK_FAMILY_SOURCE,
} stk_family;

typedef enum stk_scope {
    STK_SCOPE_OWN,        /* one client's */
    STK_SCOPE_CAMPAIGN,   /* many clients' */
    STK_SCOPE_BACKGROUND, /* the day's noise of one kind */
} stk_scope;

/* One finding about one event, without anything that dies with the batch. */
typedef struct stk_mention {
    stk_meta meta;
    const stk_rule_info *rule;
    double confidence;
    stk_key by;
    stk_key client, endpoint, account; /* type STK_KEY_TYPES: not known */
    stk_outcome outcome;
    int64_t bytes;
} stk_mention;

typedef struct stk_evidence {
    const stk_rule_info *rule;
    double best;
    uint64_t events, odd;
} stk_evidence;

typedef struct stk_story {
    stk_incident incident;
    stk_scope scope;
    stk_family family; /* of what opened it */
    bool open, queued, full, shown;
    uint32_t newer, older; /* by last touch, for closing the quietest */
    uint32_t keys;         /* first of its entries in the book */
    stk_evidence evidence[STK_STORY_EVIDENCE];
    size_t evidence_count, rule_steps;
    uint64_t outcomes[STK_OUTCOMES]; /* of events with findings */
    uint64_t telling;                /* events with findings */
    uint64_t followed;               /* events of its actors without findings */
    uint64_t last_sequence;          /* so that an event with two findings counts once */
    int64_t odd_bytes;
    stk_stage least; /* a stage that what followed has proved */
    bool signed_in;
    uint64_t places[STK_STORY_PLACES / 64];
    char words[STK_STORY_WORDS];
    size_t words_used;
} stk_story;

/* --- book.c: keys that lead to stories --------------------------------- */

typedef enum stk_page {
    STK_PAGE_FOLLOW,     /* a client or account: what it does belongs to this story */
    STK_PAGE_CAMPAIGN,   /* a key that a finding speaks of as a whole */
    STK_PAGE_BACKGROUND, /* a kind */
    STK_PAGE_STAFF,      /* an address that a member of staff acts from */
    STK_PAGE_MARK,       /* something that a campaign's clients share */
} stk_page;

typedef struct stk_entry {
    uint64_t key;
    uint32_t story, next_of_story, before_of_story, next_of_bucket; /* entry + 1; 0: none */
} stk_entry;

typedef struct stk_book {
    uint32_t *buckets;  /* [STK_BOOK_BUCKETS], entry + 1; 0: none */
    stk_entry *entries; /* [STK_BOOK_ENTRIES] */
    uint32_t free_head, used;
} stk_book;

stk_status stk_book_init(stk_book *book, stk_error *err);
void stk_book_done(stk_book *book);
void stk_book_clear(stk_book *book);
uint64_t stk_page_key(stk_page page, uint64_t a, uint64_t b);
static inline uint64_t stk_page_key_of(stk_page page, stk_key key)
{
    return stk_page_key(page, key.hash, key.type);
}

/* --- sizes.c: the usual size of an endpoint's answers ------------------- */

typedef struct stk_size {
    uint64_t endpoint;
    uint32_t answers;
    float mean, spread; /* of log2(bytes + 1); spread is the variance */
} stk_size;
void stk_size_learn(stk_size *sizes, uint64_t endpoint, int64_t bytes);
bool stk_size_odd(const stk_size *sizes, uint64_t endpoint, int64_t bytes);

/* --- place.c: the background's clients ---------------------------------- */

typedef struct stk_minor {
    stk_key client;
    uint32_t story, mention_count; /* 0 mentions: free */
    uint64_t events;               /* bad bots' left out */
    uint32_t kinds, targets;       /* mask of kinds; distinct targets among the mentions */
    double best;
    stk_time first_at, last_at;
    stk_mention mention[STK_MINOR_MENTIONS];
} stk_minor;

struct stk_correlator {
    stk_hash_key secret;
    stk_correlate_config config;
    stk_book book;
    stk_story **stories;  /* [STK_STORIES], NULL: free */
    uint32_t *free_slots; /* [STK_STORIES], a stack; the lowest slot is on top at the start */
    uint32_t free_count, open_count;
    uint32_t newest, oldest; /* by last touch */
    uint32_t *queue;         /* [STK_STORIES] ring of stories to be taken */
    uint32_t queue_from, queue_count;
    uint32_t taken; /* closed and handed out: forgotten on the next call */
    uint64_t units_open;
    uint64_t lost;                        /* findings that found no slot */
    uint64_t probes_denied, probes_given; /* does this site tell what it does not have? */
    stk_size *sizes;                      /* [STK_SIZES] */
    stk_minor *minors;                    /* [STK_MINORS] */
};

stk_story *stk_book_find(const stk_correlator *c, uint64_t key, uint32_t *ret_story);
void stk_book_put(stk_correlator *c, uint64_t key, uint32_t story);
void stk_book_drop_story(stk_correlator *c, stk_story *story);

/* --- stories.c ------------------------------------------------------------ */

/* NULL: no memory, or no slot left. */
stk_story *stk_story_open(stk_correlator *c, const stk_mention *first, stk_scope scope,
                          uint32_t *ret_slot);
void stk_story_close(stk_correlator *c, uint32_t slot);
void stk_story_forget(stk_correlator *c, uint32_t slot);
void stk_story_touch(stk_correlator *c, uint32_t slot);
void stk_story_queue(stk_correlator *c, uint32_t slot);
int64_t stk_story_quiet_us(const stk_correlator *c, const stk_story *story);
/* Is an event at `at` still part of it? */
bool stk_story_holds(const stk_correlator *c, const stk_story *story, stk_time at);

/* --- tell.c ---------------------------------------------------------------- */

/* Add one finding's event. `reason` NULL: it is no longer known. True: a reader sees a change. */
bool stk_tell(stk_correlator *c, stk_story *story, const stk_mention *m, const stk_reason *reason);
/* Add an event without findings. */
void stk_tell_event(stk_correlator *c, stk_story *story, const stk_meta *meta);
void stk_tell_turn(stk_story *story, const stk_meta *meta, stk_stage stage,
                   const stk_reason *reason);
size_t stk_tell_entity(stk_story *story, stk_key key, bool target, const stk_position *position);
void stk_tell_techniques(stk_incident *i, const stk_rule_info *rule);
/* Take the mentions of a client back out of a background story. */
void stk_untell(stk_correlator *c, stk_story *story, const stk_mention *mentions, size_t count);
uint64_t stk_story_places(const stk_story *story);

/* --- judge.c --------------------------------------------------------------- */

stk_family stk_family_of(stk_incident_kind kind);
bool stk_kind_is_attack(stk_incident_kind kind); /* something that could work by itself */
/* Weigh kind, stage, severity and confidence anew. True: one of the first three changed. */
bool stk_judge(const stk_correlator *c, stk_story *story);

/* --- outcome.c --------------------------------------------------------------- */

stk_outcome stk_outcome_of(const stk_correlator *c, const stk_passed *passed);
bool stk_signed_in(const stk_event *event);
bool stk_word_in(stk_str text, const char *lower); /* case of ASCII ignored */

/* --- place.c, follow.c --------------------------------------------------------- */

/* The story that a key leads to, if an event at `at` is still part of it; else it is closed. */
stk_story *stk_story_at(stk_correlator *c, uint64_t key, stk_time at, uint32_t *ret_slot);

/* What a campaign's clients share, as keys of the book; returns how many. */
enum { STK_MARKS = 6 };
typedef struct stk_mark {
    uint64_t key;
    bool scans_only; /* leads to a story only when that is a scan */
} stk_mark;
size_t stk_marks_of(const stk_correlator *c, const stk_passed *passed, const stk_mention *m,
                    stk_mark out[STK_MARKS]);

/* Bring one finding to its story. True: a reader sees a change. */
bool stk_place_finding(stk_correlator *c, const stk_passed *passed, const stk_finding *finding,
                       stk_outcome outcome);
/* `*ret_followed`: its client or account has a story. */
bool stk_follow(stk_correlator *c, const stk_passed *passed, bool *ret_followed);
bool stk_speaks_of_many(const stk_finding *finding);

void stk_correlator_reset(stk_correlator *c); /* as new */

#endif
