/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_BENCH_PEERS_MODSECURITY_H
#define STK_BENCH_PEERS_MODSECURITY_H
/* libmodsecurity 3 as a peer: the Core Rule Set of the Debian package modsecurity-crs at paranoia 1
 * as it comes, or libinjection alone (two rules with its operators). Measuring only: no part of the
 * product uses it.
 *
 * Accept-Charset is taken off the rule set's restricted headers: it refuses every request of CSIC
 * 2010 for that header otherwise. */
#include "model/event.h"

#include <modsecurity/intervention.h>
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct peer {
    ModSecurity *lib;
    RulesSet *rules;
} peer;

static const char peer_crs_rules[] =
    "SecRuleEngine On\nSecRequestBodyAccess On\nSecAuditEngine Off\n"
    "SecRule REQUEST_HEADERS:Content-Type \"^(?:application(?:/soap\\+|/)|text/)xml\" "
    "\"id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML\"\n"
    "SecRule REQUEST_HEADERS:Content-Type \"^application/json\" "
    "\"id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON\"\n"
    "SecDefaultAction \"phase:1,nolog,auditlog,pass\"\n"
    "SecDefaultAction \"phase:2,nolog,auditlog,pass\"\n"
    "SecAction \"id:900250,phase:1,nolog,pass,t:none,setvar:'tx.restricted_headers="
    "/content-encoding/ /proxy/ /lock-token/ /content-range/ /if/'\"\n"
    "SecAction \"id:900990,phase:1,nolog,pass,t:none,setvar:tx.crs_setup_version=334\"\n"
    "Include /usr/share/modsecurity-crs/rules/REQUEST-*.conf\n";

static const char peer_libinjection_rules[] =
    "SecRuleEngine On\nSecRequestBodyAccess On\nSecAuditEngine Off\n"
    "SecRule ARGS|ARGS_NAMES|REQUEST_COOKIES \"@detectSQLi\" "
    "\"id:1,phase:2,deny,status:403,t:none,t:utf8toUnicode,t:urlDecodeUni,nolog\"\n"
    "SecRule ARGS|ARGS_NAMES|REQUEST_COOKIES \"@detectXSS\" "
    "\"id:2,phase:2,deny,status:403,t:none,t:utf8toUnicode,t:urlDecodeUni,nolog\"\n";

static void peer_quiet(void *data, const void *message)
{
    (void)data;
    (void)message;
}

static bool peer_open(peer *p, const char *which)
{
    const char *rules = strcmp(which, "crs") == 0            ? peer_crs_rules
                        : strcmp(which, "libinjection") == 0 ? peer_libinjection_rules
                                                             : NULL;
    const char *why = NULL;
    if (rules == NULL)
        return false;
    p->lib = msc_init();
    msc_set_log_cb(p->lib, peer_quiet);
    p->rules = msc_create_rules_set();
    if (msc_rules_add(p->rules, rules, &why) < 0) {
        fprintf(stderr, "the peer's rules do not load: %s\n", why != NULL ? why : "?");
        return false;
    }
    return true;
}

static bool peer_refuses(Transaction *t)
{
    ModSecurityIntervention i = { .status = 200 };
    bool refused = msc_intervention(t, &i) && i.disruptive;
    free(i.url);
    free(i.log);
    return refused;
}

/* `text` as a C string in `out`. */
static const char *peer_text(stk_str text, char *out, size_t room)
{
    snprintf(out, room, "%.*s", (int)(text.len < room ? text.len : room - 1), text.ptr);
    return out;
}

/* One request through phases 1 and 2. Log lines and bare values get the headers of a browser. */
static bool peer_flags(const peer *p, const stk_http *http, char *target, size_t room)
{
    char method[32], version[16];
    Transaction *t = msc_new_transaction(p->lib, p->rules, NULL);
    msc_process_connection(t, "192.0.2.1", 40000, "192.0.2.2", 80);
    peer_text(http->method.len > 0 ? http->method : STK_S("GET"), method, sizeof method);
    stk_str protocol = http->protocol.len > 5 ? http->protocol : STK_S("HTTP/1.1");
    peer_text((stk_str){ protocol.ptr + 5, protocol.len - 5 }, version, sizeof version);
    msc_process_uri(t, peer_text(http->target.raw, target, room), method, version);
    if (!http->whole) {
        msc_add_request_header(t, (const unsigned char *)"Host",
                               (const unsigned char *)"shop.example");
        msc_add_request_header(t, (const unsigned char *)"User-Agent",
                               (const unsigned char *)"Mozilla/5.0 (X11; Linux x86_64)");
        msc_add_request_header(t, (const unsigned char *)"Accept", (const unsigned char *)"*/*");
    }
    for (uint32_t i = 0; i < http->header_count; i++) {
        const stk_header *h = &http->headers[i];
        msc_add_n_request_header(t, (const unsigned char *)h->name.ptr, h->name.len,
                                 (const unsigned char *)h->value.raw.ptr, h->value.raw.len);
    }
    bool refused = msc_process_request_headers(t) >= 0 && peer_refuses(t);
    if (!refused) {
        if (http->body.raw.len > 0)
            msc_append_request_body(t, (const unsigned char *)http->body.raw.ptr,
                                    http->body.raw.len);
        msc_process_request_body(t);
        refused = peer_refuses(t);
    }
    msc_transaction_cleanup(t);
    return refused;
}

static void peer_close(peer *p)
{
    msc_rules_cleanup(p->rules);
    msc_cleanup(p->lib);
}
#endif
