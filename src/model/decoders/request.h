/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_DECODERS_REQUEST_H
#define STK_MODEL_DECODERS_REQUEST_H
/* What all decoders of web requests share: how a request line is split, how a logger's escapes
 * are undone, who the client is. Texts are borrowed from what is given, or from the arena. */
#include "base/arena.h"
#include "base/error.h"
#include "model/client.h"
#include "model/decoder.h"

/* One line of a log without its line end, and without the quotes that some tools put around it. */
stk_str stk_log_line(stk_str unit, bool *ret_was_quoted);

/* Undo what nginx and Apache do to bytes inside a logged field: \" \\ \n \r \t \b \v \xHH.
 * Anything else after a backslash stays as it is. */
stk_status stk_log_unescape(stk_str text, stk_arena *arena, stk_str *ret);

/* "-" is how a log says that there was nothing. */
static inline stk_str stk_log_dash(stk_str s)
{
    return s.len == 1 && s.ptr[0] == '-' ? (stk_str){ 0 } : s;
}

/* "GET /a?b HTTP/1.1" into method, target and protocol. HTTP/0.9 has no protocol. What is no
 * request line at all (TLS on a plain port) becomes the target, with an empty method. */
void stk_request_line(stk_str line, stk_http *http);

/* A target in absolute form (RFC 9112 section 3.2.2) becomes path and query; its authority is the
 * host. Does nothing to other targets. */
void stk_request_target(stk_str target, stk_http *http);

/* Is this a request line beyond doubt: METHOD SP target SP HTTP/digit? */
bool stk_request_line_is(stk_str line);

/* What was said about who is on the other side. */
typedef struct stk_seen {
    stk_str peer, forwarded, x_forwarded_for, cf_connecting_ip;
} stk_seen;

/* Resolve the client into canonical text; `ret_peer` is the peer where it is another. A peer that
 * is no address (a host name) stands for itself. */
stk_status stk_request_client(const stk_proxies *proxies, const stk_seen *seen, stk_arena *arena,
                              stk_personal *ret_client, stk_personal *ret_peer);

/* Share of the lines of `head` for which `score` (0..1 each) speaks; blank lines do not count. A
 * last line that is cut does not count unless it is the only one. */
typedef double (*stk_line_score)(const void *context, stk_str line, stk_arena *arena);
double stk_guess_lines(stk_str head, stk_line_score score, const void *context);

/* The same by an instance that `start` (its open) makes of `argument` (NULL: none). */
typedef stk_status (*stk_decoder_open)(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                                       stk_error *err);
double stk_guess_opened(stk_str head, stk_line_score score, stk_decoder_open start,
                        const char *argument);
#endif
