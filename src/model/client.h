/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_CLIENT_H
#define STK_MODEL_CLIENT_H
/* Law 10: one resolver of who the client is, for detection and enforcement alike.
 *
 * From the peer inwards: while the nearest address is a trusted proxy, the next one to the left
 * in Forwarded (RFC 7239), X-Forwarded-For or CF-Connecting-IP is believed. The first that is
 * not trusted is the client; what an untrusted peer claims is ignored. */
#include "model/address.h"
#include "model/event.h"

typedef struct stk_proxies {
    const stk_network *trusted; /* borrowed */
    size_t count;
} stk_proxies;

/* The client of a connection from `peer` that carried these header values (each may be empty).
 * Returns false when `peer` is no address (a host name, a unix socket, "-"). */
bool stk_client_resolve(const stk_proxies *proxies, stk_str peer, stk_str forwarded,
                        stk_str x_forwarded_for, stk_str cf_connecting_ip, stk_address *ret);

/* How the client of whole requests is known when there is no address (`--client`). */
typedef enum stk_client_by {
    STK_CLIENT_ADDRESS,
    STK_CLIENT_NONE,
    STK_CLIENT_COOKIE,
    STK_CLIENT_HEADER
} stk_client_by;
typedef struct stk_client_rule {
    stk_client_by by;
    stk_str name; /* of the cookie or header */
} stk_client_rule;
/* "address", "none", "cookie:NAME", "header:NAME"; the name is borrowed from `text`. */
stk_status stk_client_rule_parse(stk_str text, stk_client_rule *ret, stk_error *err);

/* The session of a request by the rule: the first non-empty cookie or header of that name; empty
 * when there is none, or when the rule asks for neither. Borrowed from the headers. */
stk_str stk_client_session(const stk_client_rule *rule, const stk_header *headers, size_t count);
stk_str stk_cookie_value(stk_str cookies, stk_str name); /* of one Cookie header (RFC 6265) */
bool stk_header_is(stk_str name, stk_str wanted); /* case aside, `_` as `-` (x_forwarded_for) */

/* A header's value without the blanks around it. */
static inline stk_str stk_header_trim(stk_str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s.ptr++, s.len--;
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}
#endif
