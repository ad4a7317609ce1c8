/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODERS_ACCESS_H
#define STK_MODEL_DECODERS_ACCESS_H
/* The parts that an access log line may have, whatever its notation, and how an event is made of
 * them. The decoders json, nginx and apache find the texts; what the texts mean is settled here. */
#include "base/time_parse.h"
#include "model/decoders/request.h"

typedef enum stk_part {
    STK_PART_TIME,
    STK_PART_CLIENT,
    STK_PART_FORWARDED,
    STK_PART_X_FORWARDED_FOR,
    STK_PART_CF_CONNECTING_IP,
    STK_PART_USER,
    STK_PART_SESSION,
    STK_PART_COOKIE,
    STK_PART_REQUEST, /* "GET /a?b HTTP/1.1" */
    STK_PART_METHOD,
    STK_PART_HOST,
    STK_PART_TARGET, /* path and query */
    STK_PART_PATH,
    STK_PART_QUERY,
    STK_PART_PROTOCOL,
    STK_PART_STATUS,
    STK_PART_BYTES,
    STK_PART_REFERER,
    STK_PART_AGENT,
    STK_PART_TOOK_S,
    STK_PART_TOOK_MS,
    STK_PART_TOOK_US,
    STK_PART_TOOK_NS,
    STK_PARTS,
} stk_part;

extern const char *const stk_part_names[STK_PARTS]; /* "time", ...: as written in a map of fields */
bool stk_part_named(stk_str name, stk_part *ret);

/* The part that a request header is logged for, by its name (`-` or `_`); the session where the
 * rule names that header. STK_PARTS: none. */
stk_part stk_part_of_header(stk_str name, const stk_client_rule *rule);

/* Make an event of the parts that were found; the others are empty, "-" counts as empty. Fails
 * with STK_ERR_MEMORY only. */
stk_status stk_access_event(const stk_str parts[STK_PARTS], const stk_decoder_setup *setup,
                            const stk_stamp *stamp, stk_arena *arena, stk_event *out);

/* Read a time in any of the usual notations: ISO 8601, Common Log Format, seconds since 1970. */
bool stk_access_time(stk_str text, int32_t assumed_zone_s, stk_stamp *ret);
#endif
