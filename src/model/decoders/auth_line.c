/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of sshd, PAM, sudo and su, by the words that their sources print (OpenSSH auth.c and
 * sshd.c, Linux-PAM pam_unix, sudo logging.c, shadow and util-linux su).
 *
 * An account name is the attacker's to choose, blanks and all: "Invalid user x from 192.0.2.1
 * from 198.51.100.1 port 22" is about 198.51.100.1. So the fixed words behind a name are looked
 * for from the end of the line. */
#include "model/decoders/auth_line.h"

#include "model/address.h"

static bool starts(stk_str *s, const char *words)
{
    size_t n = strlen(words);
    if (s->len < n || memcmp(s->ptr, words, n) != 0)
        return false;
    s->ptr += n;
    s->len -= n;
    return true;
}

static bool ends(stk_str *s, const char *words)
{
    size_t n = strlen(words);
    if (s->len < n || memcmp(s->ptr + s->len - n, words, n) != 0)
        return false;
    s->len -= n;
    return true;
}

static stk_str trimmed(stk_str s)
{
    while (s.len > 0 && s.ptr[0] == ' ')
        s.ptr++, s.len--;
    while (s.len > 0 && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

static size_t find(stk_str s, const char *words)
{
    const char *at = s.len == 0 ? NULL : memmem(s.ptr, s.len, words, strlen(words));
    return at == NULL ? s.len : (size_t)(at - s.ptr);
}

static stk_str before(stk_str s, const char *words)
{
    return (stk_str){ s.ptr, find(s, words) };
}

/* Cut at the last `words`: what stood behind them stays in *behind, what stood before in *s. */
static bool cut_last(stk_str *s, const char *words, stk_str *behind)
{
    size_t n = strlen(words);
    for (size_t at = s->len; at >= n; at--) {
        if (memcmp(s->ptr + at - n, words, n) != 0)
            continue;
        *behind = (stk_str){ s->ptr + at, s->len - at };
        s->len = at - n;
        return true;
    }
    return false;
}

static stk_str first_word(stk_str *s)
{
    size_t n = find(*s, " ");
    stk_str word = { s->ptr, n };
    s->ptr += n;
    s->len -= n;
    if (s->len > 0)
        s->ptr++, s->len--;
    return word;
}

/* "192.0.2.1 port 22 ssh2: RSA SHA256:..." is about 192.0.2.1; a name of a host is kept. */
static stk_str peer_of(stk_str s)
{
    stk_str word = first_word(&s);
    while (word.len > 0 && (word.ptr[word.len - 1] == ':' || word.ptr[word.len - 1] == ','))
        word.len--;
    return word;
}

/* Take " from ADDRESS[ port N ...]" off the end; false when no address stands there. */
static bool take_peer(stk_str *s, stk_str *ret)
{
    stk_str head = *s, behind;
    stk_address ignored;
    for (int tries = 0; tries < 4 && cut_last(&head, " from ", &behind); tries++) {
        *ret = peer_of(behind);
        if (stk_address_parse(*ret, &ignored)) {
            *s = head;
            return true;
        }
    }
    return false;
}

static bool login(stk_event *out, stk_str account, stk_str client, stk_str outcome, stk_str method)
{
    stk_event_init(out, STK_KIND_AUTH_LOGIN);
    out->u.auth.account.raw = trimmed(account);
    out->u.auth.client.raw = client;
    out->u.auth.outcome = outcome;
    out->u.auth.method = method;
    return true;
}

/* "Failed password for [invalid user ]x from ..."; an attempt that sshd itself judged. */
static bool judged(stk_str s, stk_str outcome, stk_event *out)
{
    stk_str method = first_word(&s), client;
    if (!starts(&s, "for ") || !take_peer(&s, &client))
        return false;
    bool unknown = starts(&s, "invalid user ") || starts(&s, "illegal user ");
    size_t slash = find(method, "/"); /* keyboard-interactive/pam */
    method.len = slash;
    return login(out, s, client, unknown ? STK_S("invalid_user") : outcome, method);
}

/* "... by [authenticating |invalid ]user x ADDRESS port N [preauth]". */
static bool left(stk_str s, stk_event *out)
{
    stk_str port, client, account = { 0 };
    stk_address ignored;
    (void)(starts(&s, "authenticating user ") || starts(&s, "invalid user ") ||
           starts(&s, "user "));
    if (cut_last(&s, " port ", &port)) {
        if (cut_last(&s, " ", &client))
            account = s;
        else
            client = s;
    } else {
        client = peer_of(s);
    }
    return stk_address_parse(client, &ignored) &&
           login(out, account, client, STK_S("disconnect"), (stk_str){ 0 });
}

/* Lines that name an address at once behind fixed words: somebody came and went. */
static bool came_and_went(stk_str s, stk_event *out)
{
    static const char *const openings[] = {
        "Unable to negotiate with ",
        "fatal: Timeout before authentication for ",
        "Did not receive identification string from ",
        "Received disconnect from ",
        "banner exchange: Connection from ",
        "fatal: Unable to negotiate with ",
        "error: kex_exchange_identification: Connection from ",
        "error: Received disconnect from ",
        "ssh_dispatch_run_fatal: Connection from ",
    };
    stk_address ignored;
    for (size_t i = 0; i < STK_COUNT(openings); i++) {
        stk_str rest = s;
        if (!starts(&rest, openings[i]))
            continue;
        stk_str client = peer_of(rest);
        return stk_address_parse(client, &ignored) &&
               login(out, (stk_str){ 0 }, client, STK_S("disconnect"), (stk_str){ 0 });
    }
    stk_str client;
    if (starts(&s, "refused connect from ")) /* libwrap: "NAME (ADDRESS)" */
        return ends(&s, ")") && cut_last(&s, "(", &client) && stk_address_parse(client, &ignored) &&
               login(out, (stk_str){ 0 }, client, STK_S("disconnect"), (stk_str){ 0 });
    bool probe = starts(&s, "Bad protocol version identification ") ||
                 starts(&s, "Magic value check failed ");
    return probe && take_peer(&s, &client) &&
           login(out, (stk_str){ 0 }, client, STK_S("disconnect"), (stk_str){ 0 });
}

static bool from_sshd(stk_str s, stk_event *out)
{
    stk_str client, account;
    s = trimmed(s);
    (void)ends(&s, " [preauth]");
    if (starts(&s, "message repeated ")) /* rsyslog: "message repeated 5 times: [ Failed ...]" */
        s = trimmed((stk_str){ s.ptr + find(s, "["), s.len - find(s, "[") });
    if (starts(&s, "["))
        (void)(s = trimmed(s), ends(&s, "]"));
    if (starts(&s, "Failed "))
        return judged(s, STK_S("failure"), out);
    if (starts(&s, "Accepted "))
        return judged(s, STK_S("success"), out);
    if (starts(&s, "Postponed "))
        return false;
    if (starts(&s, "Invalid user ") || starts(&s, "Illegal user "))
        return take_peer(&s, &client) &&
               login(out, s, client, STK_S("invalid_user"), (stk_str){ 0 });
    if (starts(&s, "error: maximum authentication attempts exceeded for "))
        return take_peer(&s, &client) && (starts(&s, "invalid user "),
                                          login(out, s, client, STK_S("failure"), (stk_str){ 0 }));
    if (starts(&s, "error: PAM: ")) { /* "Authentication failure for x from HOST" */
        size_t at = find(s, " for ");
        if (at == s.len)
            return false;
        account = (stk_str){ s.ptr + at + 5, s.len - at - 5 };
        (void)(starts(&account, "illegal user ") || starts(&account, "invalid user "));
        return cut_last(&account, " from ", &client) &&
               login(out, account, peer_of(client), STK_S("failure"), STK_S("pam"));
    }
    if (starts(&s, "User ")) { /* "x from ADDRESS not allowed because not listed in AllowUsers" */
        size_t at = find(s, " not allowed because ");
        account = (stk_str){ s.ptr, at };
        return at < s.len && cut_last(&account, " from ", &client) &&
               login(out, account, client, STK_S("failure"), (stk_str){ 0 });
    }
    if (starts(&s, "Connection closed by ") || starts(&s, "Connection reset by ") ||
        starts(&s, "Disconnected from ") || starts(&s, "Disconnecting "))
        return left(s, out);
    return came_and_went(s, out);
}

/* The value of " key=" in PAM's list; keys are fixed, values end at a blank. */
static stk_str pam_value(stk_str s, const char *key)
{
    size_t at = find(s, key);
    if (at == s.len)
        return (stk_str){ 0 };
    stk_str value = { s.ptr + at + strlen(key), s.len - at - strlen(key) };
    return first_word(&value);
}

static bool is_service(stk_str service, const char *name)
{
    return stk_str_eq(service, (stk_str){ name, strlen(name) });
}

static bool raises_privilege(stk_str service)
{
    return is_service(service, "sudo") || is_service(service, "su") ||
           is_service(service, "su-l") || is_service(service, "sudo-i");
}

/* "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=ADDRESS  user=x", and
 * "session opened for user x(uid=0) by y(uid=1000)". */
static bool from_pam(stk_str service, stk_str s, stk_event *out)
{
    bool more = starts(&s, "PAM ") && find(s, "more authentication failure") < s.len;
    if (starts(&s, "authentication failure") || more) {
        stk_str account = pam_value(s, " user="), client = pam_value(s, " rhost=");
        (void)login(out, account, client, STK_S("failure"), STK_S("pam"));
        if (raises_privilege(service)) {
            out->kind = STK_KIND_AUTH_PRIVILEGE;
            out->u.auth.target_account.raw = account;
            out->u.auth.account.raw = pam_value(s, " ruser=");
        }
        return true;
    }
    bool opened = starts(&s, "session opened for user ");
    if (!opened && !starts(&s, "session closed for user "))
        return false;
    stk_event_init(out, STK_KIND_AUTH_SESSION);
    stk_str by = { 0 };
    (void)cut_last(&s, " by ", &by);
    out->u.auth.account.raw = trimmed(before(before(s, "("), " "));
    out->u.auth.outcome = opened ? STK_S("success") : STK_S("disconnect");
    if (raises_privilege(service)) {
        out->u.auth.target_account = out->u.auth.account;
        out->u.auth.account.raw = trimmed(before(by, "("));
    }
    return true;
}

/* "alice : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND=/bin/ls", refusals before TTY. */
static bool from_sudo(stk_str s, stk_event *out)
{
    size_t colon = find(s, " : "), user = find(s, " USER=");
    if (colon == s.len || user == s.len || user < colon)
        return false;
    stk_event_init(out, STK_KIND_AUTH_PRIVILEGE);
    stk_auth *a = &out->u.auth;
    a->account.raw = trimmed((stk_str){ s.ptr, colon });
    stk_str target = { s.ptr + user + 6, s.len - user - 6 };
    a->target_account.raw = first_word(&target);
    size_t command = find(s, "COMMAND=");
    if (command < s.len)
        a->command.raw = (stk_str){ s.ptr + command + 8, s.len - command - 8 };
    stk_str rest = { s.ptr + colon + 3, user - colon - 3 };
    a->outcome = starts(&rest, "TTY=") || starts(&rest, "PWD=") || starts(&rest, "HOST=")
                     ? STK_S("success")
                     : STK_S("failure");
    return true;
}

static bool privilege(stk_event *out, stk_str account, stk_str target, bool success)
{
    stk_event_init(out, STK_KIND_AUTH_PRIVILEGE);
    out->u.auth.account.raw = trimmed(account);
    out->u.auth.target_account.raw = trimmed(target);
    out->u.auth.outcome = success ? STK_S("success") : STK_S("failure");
    return true;
}

/* util-linux: "(to root) alice on pts/0", with "FAILED SU " before; shadow: "Successful su for
 * root by alice", "FAILED su for ..."; "+ pts/0 alice:root"; BSD: "BAD SU alice to root on ...". */
static bool from_su(stk_str s, stk_event *out)
{
    bool failed = starts(&s, "FAILED SU ");
    if (starts(&s, "(to ")) {
        size_t close = find(s, ") ");
        stk_str by = { s.ptr + close, s.len - close }, tty;
        if (!starts(&by, ") "))
            return false;
        (void)cut_last(&by, " on ", &tty);
        return privilege(out, by, (stk_str){ s.ptr, close }, !failed);
    }
    bool success = starts(&s, "Successful su for ");
    if (success || starts(&s, "FAILED su for ")) {
        stk_str by = { 0 };
        return cut_last(&s, " by ", &by) && privilege(out, by, s, success);
    }
    bool plus = starts(&s, "+ ");
    if (plus || starts(&s, "- ")) {
        (void)first_word(&s);
        size_t colon = find(s, ":");
        return colon < s.len && privilege(out, (stk_str){ s.ptr, colon },
                                          (stk_str){ s.ptr + colon + 1, s.len - colon - 1 }, plus);
    }
    if (starts(&s, "BAD SU ")) {
        stk_str target = { 0 }, tty;
        (void)cut_last(&s, " on ", &tty);
        return cut_last(&s, " to ", &target) && privilege(out, s, target, false);
    }
    return false;
}

bool stk_auth_line(stk_str program, stk_str module, stk_str message, stk_event *out)
{
    stk_str service = is_service(program, "sshd-session") || is_service(program, "sshd-auth")
                          ? STK_S("sshd")
                          : program;
    stk_str s = trimmed(message);
    bool known = false;
    if (module.len > 0) {
        known = from_pam(service, s, out);
    } else if (s.len > 4 && memcmp(s.ptr, "pam_", 4) == 0 && find(s, "): ") < s.len) {
        stk_str inside = { s.ptr, find(s, "): ") };
        size_t open = find(inside, "("), end = inside.len + 3;
        if (open < inside.len) /* "pam_unix(sshd:auth): ..." names the service better */
            service = before((stk_str){ inside.ptr + open + 1, inside.len - open - 1 }, ":");
        known = from_pam(service, (stk_str){ s.ptr + end, s.len - end }, out);
    } else if (is_service(service, "sshd")) {
        known = from_pam(service, s, out) || from_sshd(s, out);
    } else if (is_service(service, "sudo")) {
        known = from_sudo(s, out);
    } else if (is_service(service, "su")) {
        known = from_su(s, out);
    }
    if (known)
        out->u.auth.service = service;
    return known;
}
