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
typedef enum stk_client_by { STK_CLIENT_ADDRESS, STK_CLIENT_NONE, STK_CLIENT_COOKIE, STK_CLIENT_HEADER } stk_client_by;
typedef struct stk_client_rule {
    stk_client_by by;
    stk_str name; /* of the cookie or header */
} stk_client_rule;
/* "none", "cookie:NAME", "header:NAME". */
stk_status stk_client_rule_parse(stk_str text, stk_client_rule *ret, stk_error *err);
#endif
