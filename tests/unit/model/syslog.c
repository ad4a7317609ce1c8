/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder syslog: stamps of three kinds, and what sshd, PAM, sudo and su say. */
#include "check.h"
#include "decoding.h"

typedef struct row {
    const char *line;
    int kind; /* stk_kind; -1: passed over; -2: malformed */
    const char *client, *account, *target, *outcome, *method, *service, *command;
} row;

enum { PASSED = -1, BAD = -2 };
#define S     "Dec 10 06:55:46 box sshd[24200]: "
#define LOGIN STK_KIND_AUTH_LOGIN
#define PRIV  STK_KIND_AUTH_PRIVILEGE
#define SESS  STK_KIND_AUTH_SESSION

static const row rows[] = {
    { S "Failed password for root from 192.0.2.1 port 22 ssh2", LOGIN, "192.0.2.1", "root", "",
      "failure", "password", "sshd", "" },
    { S "Failed password for invalid user a b from 192.0.2.1 port 22 ssh2", LOGIN, "192.0.2.1",
      "a b", "", "invalid_user", "password", "sshd", "" },
    { S "Failed password for invalid user x from 198.51.100.9 port 1 ssh2 from ::FFFF:192.0.2.1 "
        "port 22 ssh2",
      LOGIN, "192.0.2.1", "x from 198.51.100.9 port 1 ssh2", "", "invalid_user", "password", "sshd",
      "" },
    { S "Accepted publickey for ann from 2001:DB8::7 port 22 ssh2: RSA SHA256:abc", LOGIN,
      "2001:db8::7", "ann", "", "success", "publickey", "sshd", "" },
    { S "Failed keyboard-interactive/pam for ann from 192.0.2.1 port 22 ssh2", LOGIN, "192.0.2.1",
      "ann", "", "failure", "keyboard-interactive", "sshd", "" },
    { S "Invalid user  from 192.0.2.1 port 22", LOGIN, "192.0.2.1", "", "", "invalid_user", "",
      "sshd", "" },
    { S "message repeated 3 times: [ Failed password for root from 192.0.2.1 port 22 ssh2]", LOGIN,
      "192.0.2.1", "root", "", "failure", "password", "sshd", "" },
    { S "Connection closed by authenticating user root 192.0.2.1 port 22 [preauth]", LOGIN,
      "192.0.2.1", "root", "", "disconnect", "", "sshd", "" },
    { S "Disconnected from 192.0.2.1 port 22", LOGIN, "192.0.2.1", "", "", "disconnect", "", "sshd",
      "" },
    { S "Received disconnect from 192.0.2.1: 11: Bye Bye [preauth]", LOGIN, "192.0.2.1", "", "",
      "disconnect", "", "sshd", "" },
    { S "User ann from 192.0.2.1 not allowed because not listed in AllowUsers", LOGIN, "192.0.2.1",
      "ann", "", "failure", "", "sshd", "" },
    { S "error: maximum authentication attempts exceeded for root from 192.0.2.1 port 22 ssh2 "
        "[preauth]",
      LOGIN, "192.0.2.1", "root", "", "failure", "", "sshd", "" },
    { S "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
        "rhost=192.0.2.1  user=root",
      LOGIN, "192.0.2.1", "root", "", "failure", "pam", "sshd", "" },
    { S "pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)", SESS, "", "ann",
      "", "success", "", "sshd", "" },
    { S "Server listening on 0.0.0.0 port 22.", PASSED, "", "", "", "", "", "", "" },
    { S "pam_unix(sshd:auth): check pass; user unknown", PASSED, "", "", "", "", "", "", "" },
    { "Jun  4 15:16:01 box sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 "
      "tty=NODEVssh ruser= rhost=192.0.2.1 ",
      LOGIN, "192.0.2.1", "", "", "failure", "pam", "sshd", "" },
    { "2026-12-10T06:55:46.003+01:00 box sshd-session[1]: Failed none for invalid user y from "
      "192.0.2.1 port 5 ssh2",
      LOGIN, "192.0.2.1", "y", "", "invalid_user", "none", "sshd", "" },
    { "<86>1 2026-12-10T06:55:46.003Z box sudo 12 - [a@1 k=\"v]\\\"\"][b] \xef\xbb\xbf  ann : "
      "TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cat /etc/shadow",
      PRIV, "", "ann", "root", "success", "", "sudo", "/bin/cat /etc/shadow" },
    { "<86>Dec 10 06:55:46 box sudo:   bob : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; "
      "COMMAND=/bin/sh",
      PRIV, "", "bob", "root", "failure", "", "sudo", "/bin/sh" },
    { "Dec 10 06:55:46 box sudo: pam_unix(sudo:auth): authentication failure; logname=ann uid=1 "
      "euid=0 tty=/dev/pts/0 ruser=ann rhost=  user=root",
      PRIV, "", "ann", "root", "failure", "pam", "sudo", "" },
    { "Dec 10 06:55:46 box su[9]: FAILED SU (to root) ann on pts/0", PRIV, "", "ann", "root",
      "failure", "", "su", "" },
    { "Dec 10 06:55:46 box su: Successful su for root by ann", PRIV, "", "ann", "root", "success",
      "", "su", "" },
    { "Dec 10 06:55:46 box su(pam_unix)[7]: session opened for user news by ann(uid=0)", SESS, "",
      "ann", "news", "success", "", "su", "" },
    { "Dec 10 06:55:46 box su: + pts/0 ann:root", PRIV, "", "ann", "root", "success", "", "su",
      "" },
    { "Dec 10 06:55:46 box CRON[7]: (root) CMD (ls)", PASSED, "", "", "", "", "", "", "" },
    { "Dec 10 06:55:46 box kernel: [1.2] IN=ens2 SRC=192.0.2.1", PASSED, "", "", "", "", "", "",
      "" },
    { "Dec 10 06:55:46 box last message repeated 2 times", PASSED, "", "", "", "", "", "", "" },
    { "<86>1 - - - - - -", PASSED, "", "", "", "", "", "", "" },
    { "<86>1 2026-12-10T06:55:46Z box sshd 1 - [a k=\"v", BAD, "", "", "", "", "", "", "" },
    { "Dec 32 06:55:46 box sshd[1]: x", BAD, "", "", "", "", "", "", "" },
    { "Dec 10 06:55:46", BAD, "", "", "", "", "", "", "" },
    { "<", BAD, "", "", "", "", "", "", "" },
    { "hello world", BAD, "", "", "", "", "", "", "" },
};

static const char *lines_become_events(void)
{
    static char why[300];
    stk_decoder_setup setup = { .assumed_year = 2026 };
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        const row *r = &rows[i];
        auto_decoding d;
        snprintf(why, sizeof why, "%s", r->line);
        CHECK(decode_stream(&d, "syslog", &setup, (stk_str){ r->line, strlen(r->line) }));
        if (d.count != 1)
            return why;
        if (r->kind < 0) {
            if (d.status[0] != (r->kind == BAD ? STK_ERR_SYNTAX : STK_ERR_MISSING))
                return why;
            continue;
        }
        const stk_auth *a = &d.event[0].u.auth;
        if (d.status[0] != STK_OK || (int)d.event[0].kind != r->kind ||
            !text_is(a->client.raw, r->client) || !text_is(a->account.raw, r->account) ||
            !text_is(a->target_account.raw, r->target) || !text_is(a->outcome, r->outcome) ||
            !text_is(a->method, r->method) || !text_is(a->service, r->service) ||
            !text_is(a->command.raw, r->command) || !text_is(a->host, "box"))
            return why;
    }
    return NULL;
}

static const char *years_are_found(void)
{
    static const char text[] = "Dec 31 23:59:59 box su: x\nJan  1 00:00:01 box su: + t a:b\n"
                               "Dec 31 23:59:59 box su: + t a:b\nFeb 29 12:00:00 box su: + t a:b\n";
    /* 2026-01-02T00:00:00Z */
    stk_decoder_setup setup = { .assumed_year = 2026,
                                .not_after = INT64_C(1767312000) * STK_SECOND,
                                .assumed_zone_s = 3600 };
    auto_decoding d;
    CHECK(decode_stream(&d, "syslog", &setup, (stk_str){ text, strlen(text) }));
    CHECK(d.count == 4 && d.status[0] == STK_ERR_MISSING);
    CHECK(d.event[1].meta.at == (INT64_C(1767225601) - 3600) * STK_SECOND); /* 2026-01-01 */
    CHECK(d.event[1].meta.zone_s == INT32_MIN);
    CHECK(d.event[2].meta.at == (INT64_C(1767225599) - 3600) * STK_SECOND); /* 2025-12-31 */
    CHECK(d.event[3].meta.at == (INT64_C(1709208000) - 3600) * STK_SECOND); /* 2024-02-29 */
    setup.not_after = 0;
    auto_decoding e;
    CHECK(decode_stream(&e, "syslog", &setup, (stk_str){ text, strlen(text) }));
    CHECK(e.event[2].meta.at == (INT64_C(1798761599) - 3600) * STK_SECOND); /* 2026-12-31 */
    return NULL;
}

static const char *requests_sent_through_syslog_are_read(void)
{
    static const char text[] =
        "Sep 15 16:13:46 ip-1 nginx[2869]: 192.0.2.1 - - [15/Sep/2021:16:13:47 +0000] "
        "\"POST /wp-login.php HTTP/1.1\" 200 5364 \"-\" \"b\"";
    stk_decoder_setup setup = { .assumed_year = 2021 };
    auto_decoding d;
    CHECK(decode_stream(&d, "syslog", &setup, (stk_str){ text, strlen(text) }));
    CHECK(d.count == 1 && d.status[0] == STK_OK && d.event[0].kind == STK_KIND_HTTP_REQUEST);
    CHECK(text_is(d.event[0].u.http.target.raw, "/wp-login.php"));
    CHECK(d.event[0].meta.at == INT64_C(1631722427) * STK_SECOND);
    return NULL;
}

static const check_test tests[] = {
    { "lines become events", lines_become_events },
    { "years are found", years_are_found },
    { "requests sent through syslog are read", requests_sent_through_syslog_are_read },
};
CHECK_MAIN(tests)
