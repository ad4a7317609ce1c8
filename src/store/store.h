/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_STORE_STORE_H
#define STK_STORE_STORE_H
/* What Stockade remembers: where each source stands, the state of detection, records, findings,
 * incidents, and who looked behind a seal. Only protected forms go in (law 1); all that belongs to
 * one step goes in together or not at all (law 8).
 *
 * Call order of a pipeline: open (STK_STORE_WRITE), source() for each source, then
 *     begin, put_block..., put_finding..., put_incident..., put_position..., put_checkpoint...,
 *     commit
 * again and again. When commit has returned, kill -9 loses none of it; after a loss of power the
 * newest commits may be gone, whole, and their sources are read again from the older position.
 *
 * Sources are named by their index in this run (stk_position.source). The store keeps its own
 * numbers and translates both ways: what is read back carries the run's index when source() named
 * that source in this run, else STK_SOURCES + the store's number.
 *
 * One handle belongs to one thread. One process writes at a time; others may read and audit. */
#include "base/arena.h"
#include "protect/block.h"
#include "protect/protect.h"

typedef enum stk_store_mode {
    STK_STORE_READ,  /* the directory may be read-only */
    STK_STORE_AUDIT, /* read, and add to the audit beside a running writer */
    STK_STORE_WRITE, /* the one writer; makes the directory and upgrades the schema */
} stk_store_mode;

typedef struct stk_store_setup {
    const char *dir; /* mode 0700, files in it 0600 */
    stk_store_mode mode;
    const stk_secret *record; /* STK_USE_RECORD; copied */
    uint32_t key_version;
} stk_store_setup;

typedef struct stk_store stk_store;

/* STK_ERR_MISSING: there is no store (READ, AUDIT). STK_ERR_IO: cannot be read or written, disk
 * full, another process writes, damaged. STK_ERR_CRYPT: written with other keys. STK_ERR_INVALID:
 * made by a newer Stockade. The text names the way out. */
stk_status stk_store_open(const stk_store_setup *setup, stk_store **ret, stk_error *err);
void stk_store_close(stk_store *store); /* NULL is fine; an open transaction is rolled back */

/* --- sources ---------------------------------------------------------------------------------- */
/* Where a source stands. All zero for a new one. */
typedef struct stk_source_state {
    uint64_t unit, offset; /* units and bytes done, all of their effects in the store */
    uint64_t
        stored_unit; /* the last unit in a block: re-read events up to it are not added again */
    uint64_t malformed;
    stk_time last_at;       /* newest time seen; STK_TIME_NONE in a new one */
    unsigned char tail[32]; /* digest of the `tail_bytes` bytes just before `offset` */
    uint32_t tail_bytes;
    bool finished; /* read to its end (replay) */
    stk_str note;  /* the engine's own (format, zone ...), at most STK_STORE_NOTE_BYTES */
} stk_source_state;
enum { STK_STORE_NOTE_BYTES = 64 << 10 };

/* Name the source that is `run_index` in this run; a new one gets a row. `label` is for people (a
 * name from the configuration, or that of the file without its directory); sealed. `ret->note`
 * lives in `arena`. Outside a transaction. */
stk_status stk_store_source(stk_store *store, uint32_t run_index, const stk_source_name *name,
                            stk_str label, stk_arena *arena, stk_source_state *ret, stk_error *err);
/* Another occurrence of a fingerprint that the store knows? How many there are (0: none). */
stk_status stk_store_occurrences(stk_store *store, const unsigned char fingerprint[32],
                                 uint32_t *ret, stk_error *err);

typedef struct stk_source_row {
    uint32_t number; /* the store's */
    uint32_t index;  /* as in positions read back */
    stk_source_name name;
    stk_str label;
    stk_source_state state;
} stk_source_row;
/* All of them, by number; in `arena`. */
stk_status stk_store_sources(stk_store *store, stk_arena *arena, stk_source_row **ret,
                             size_t *ret_count, stk_error *err);

/* --- one step --------------------------------------------------------------------------------- */
stk_status stk_store_begin(stk_store *store, stk_error *err);
/* On failure nothing of the step is in the store, and the step is over. */
stk_status stk_store_commit(stk_store *store, stk_error *err);
void stk_store_rollback(stk_store *store); /* fine when there is no transaction */

/* `run_index`: of the source the block's builder was made for. A block that starts at or before
 * the source's stored_unit is refused (STK_ERR_INVALID): never twice. Moves stored_unit. */
stk_status stk_store_put_block(stk_store *store, uint32_t run_index, const stk_block *block,
                               stk_error *err);
stk_status stk_store_put_finding(stk_store *store, const stk_protected_finding *finding,
                                 stk_error *err); /* upsert by id */
stk_status stk_store_put_incident(stk_store *store, const stk_protected_incident *incident,
                                  stk_error *err); /* upsert by id */
/* Where the source stands now; stored_unit is the store's own affair and ignored here. */
stk_status stk_store_put_position(stk_store *store, uint32_t run_index,
                                  const stk_source_state *state, stk_error *err);
/* State of detection: any number of parts (one a partition and detector, say), each replaced as a
 * whole; an empty blob removes it. Compressed and sealed. */
stk_status stk_store_put_checkpoint(stk_store *store, uint32_t part, stk_str blob, stk_error *err);
/* STK_ERR_MISSING: there is no such part. Appends to `out`. */
stk_status stk_store_checkpoint(stk_store *store, uint32_t part, stk_buf *out, stk_error *err);

/* --- reading ---------------------------------------------------------------------------------- */
typedef struct stk_store_filter {
    stk_time since, until; /* by last_at; 0 and 0: all */
    stk_severity min_severity;
    int kind;       /* stk_incident_kind; -1: all */
    uint32_t limit; /* 0: all */
} stk_store_filter;

/* Called for each row, newest first. What it is given lives in `arena` until it returns true to go
 * on; false ends the walk. The arena is reset between rows when `reset` was asked for. */
typedef bool (*stk_incident_visit)(void *ctx, const stk_incident *incident);
stk_status stk_store_incidents(stk_store *store, const stk_store_filter *filter, stk_arena *arena,
                               bool reset, stk_incident_visit visit, void *ctx, stk_error *err);

/* One of them, with the sealed names of its entities. All in `arena`. STK_ERR_MISSING. */
typedef struct stk_stored_incident {
    stk_incident incident;
    stk_sealed_name *names;
    size_t name_count;
} stk_stored_incident;
stk_status stk_store_incident(stk_store *store, stk_id id, stk_arena *arena,
                              stk_stored_incident *ret, stk_error *err);

/* A finding as it was stored. Its rule is rebuilt from what was stored (id, kind, severity), in
 * the arena; RAW texts are empty and render as masked until stk_unseal_finding. */
typedef struct stk_stored_finding {
    stk_finding finding;
    stk_sealed_detail detail;
} stk_stored_finding;
typedef bool (*stk_finding_visit)(void *ctx, const stk_stored_finding *finding);
stk_status stk_store_finding(stk_store *store, stk_id id, stk_arena *arena, stk_stored_finding *ret,
                             stk_error *err);
/* The findings of the incident's units, in their order. */
stk_status stk_store_incident_findings(stk_store *store, const stk_incident *incident,
                                       stk_arena *arena, bool reset, stk_finding_visit visit,
                                       void *ctx, stk_error *err);

/* Blocks of one source (an index as in positions read back) that hold units first..last. `info`
 * lives in `arena`. */
typedef bool (*stk_block_visit)(void *ctx, const stk_block_info *info);
stk_status stk_store_blocks(stk_store *store, uint32_t index, uint64_t first, uint64_t last,
                            stk_arena *arena, bool reset, stk_block_visit visit, void *ctx,
                            stk_error *err);

/* --- audit ------------------------------------------------------------------------------------ */
/* Who looked behind a seal, at what and why. Append-only; each entry holds the digest of the one
 * before, so that a changed or missing one shows. */
typedef struct stk_audit_entry {
    uint64_t number; /* from 1; filled by the store */
    stk_time at;
    stk_str actor;  /* the operator, as the system names them */
    stk_str action; /* "reveal" */
    stk_str object; /* "incident 0123456789abcdef" */
    stk_str reason; /* as they gave it */
} stk_audit_entry;
/* On disk, power loss included, when this returns: add first, reveal then. */
stk_status stk_store_audit_add(stk_store *store, const stk_audit_entry *entry, stk_error *err);
typedef bool (*stk_audit_visit)(void *ctx, const stk_audit_entry *entry);
/* Oldest first. STK_ERR_CRYPT: the chain is broken; the text says at which entry. */
stk_status stk_store_audit_list(stk_store *store, stk_arena *arena, stk_audit_visit visit,
                                void *ctx, stk_error *err);

/* --- retention and figures -------------------------------------------------------------------- */
typedef struct stk_retention {
    int64_t today;                                     /* day since 1970, by the wall clock */
    int64_t evidence_days, record_days, incident_days; /* 0 days of records: none are kept */
} stk_retention;
typedef struct stk_retained {
    uint64_t blocks, sealed_parts, findings, incidents; /* removed */
} stk_retained;
/* Remove what is older, by the day on which it was stored. Its own transaction. The evidence keys
 * are vault's: call stk_vault_expire first. */
stk_status stk_store_retain(stk_store *store, const stk_retention *rule, stk_retained *ret,
                            stk_error *err);

typedef struct stk_store_stats {
    uint32_t schema;
    uint64_t sources, blocks, records, findings, incidents, audit_entries;
    uint64_t open_bytes, sealed_bytes, checkpoint_bytes; /* of what is inside */
    uint64_t file_bytes;                                 /* on the disk, all files of the store */
} stk_store_stats;
stk_status stk_store_stats_of(stk_store *store, stk_store_stats *ret, stk_error *err);
#endif
