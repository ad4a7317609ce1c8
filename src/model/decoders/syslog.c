/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of syslog, as RFC 3164, RFC 5424 and the ISO 8601 stamps of rsyslog have them:
 *
 *   [<pri>]Dec 10 06:55:46 host program[pid]: message
 *   <pri>1 2026-12-10T06:55:46.003Z host program pid msgid [structured data] message
 *   [<pri>]2026-12-10T06:55:46.003+01:00 host program[pid]: message
 *
 * What sshd, PAM, sudo and su say becomes events, and so do access log lines in the combined
 * format that a web server sends through syslog. What other programs say is passed over. */
#include "base/scan.h"
#include "base/time_parse.h"
#include "model/decoders/auth_line.h"
#include "model/decoders/clf.h"
#include "model/decoders/request.h"

typedef struct syslog {
    int year;
    stk_time not_after;
    int32_t zone_s;
    void *combined; /* instance of the reader of access log lines */
} syslog;

typedef struct syslog_line {
    stk_stamp stamp;
    stk_str host, program, module, message;
} syslog_line;

static stk_status open_it(const stk_decoder_setup *setup, stk_arena *life, void **ret,
                          stk_error *err)
{
    syslog *self = stk_arena_array(life, syslog, 1);
    if (self == NULL)
        return stk_fail(err, STK_ERR_MEMORY, "no memory for a decoder");
    *self = (syslog){ .year = setup->assumed_year == 0 ? 1970 : setup->assumed_year,
                      .not_after = setup->not_after,
                      .zone_s = setup->assumed_zone_s };
    STK_TRY(stk_clf_open(STK_CLF_COMBINED, setup, life, &self->combined, err));
    *ret = self;
    return STK_OK;
}

static void pass(stk_str *s, size_t n)
{
    n = n > s->len ? s->len : n;
    s->ptr += n;
    s->len -= n;
}

static stk_str word(stk_str *s)
{
    stk_str w = { s->ptr, stk_scan(*s, 0, ' ') };
    pass(s, w.len + 1);
    return w;
}

static bool name_like(stk_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool fits = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                    (c != 0 && strchr("._-:/@%", c) != NULL);
        if (!fits)
            return false;
    }
    return s.len > 0 && s.len <= 255;
}

/* "program[pid]: ", "program: ", "sshd(pam_unix)[pid]: "; without one the message is all. */
static void take_program(stk_str *s, syslog_line *line)
{
    size_t end = stk_scan2(*s, 0, ' ', '[');
    stk_str head = { s->ptr, end };
    size_t colon = stk_scan(*s, end, ':');
    if (end < s->len && s->ptr[end] == ' ') {
        if (head.len == 0 || head.ptr[head.len - 1] != ':')
            return;
        head.len--;
        colon = end - 1;
    } else if (colon == s->len) {
        return;
    }
    size_t bracket = stk_scan(head, 0, '(');
    stk_str program = { head.ptr, bracket };
    if (!name_like(program))
        return;
    line->program = program;
    if (bracket + 1 < head.len && head.ptr[head.len - 1] == ')')
        line->module = (stk_str){ head.ptr + bracket + 1, head.len - bracket - 2 };
    pass(s, colon + 1);
}

/* Structured data: "-" or [id a="v" ...]..., values with \" \] \\ (RFC 5424 section 6.3). */
static bool pass_structured(stk_str *s)
{
    if (s->len > 0 && s->ptr[0] == '-') {
        pass(s, 2);
        return true;
    }
    size_t at = 0;
    while (at < s->len && s->ptr[at] == '[') {
        bool inside = false;
        for (at++; at < s->len && (inside || s->ptr[at] != ']'); at++) {
            if (s->ptr[at] == '"')
                inside = !inside;
            else if (inside && s->ptr[at] == '\\')
                at++;
        }
        if (at >= s->len)
            return false;
        at++;
    }
    bool some = at > 0;
    pass(s, at + 1);
    return some;
}

static bool read_5424(const syslog *self, stk_str s, syslog_line *line)
{
    stk_str stamp = word(&s);
    if (stk_str_eq(stamp, STK_S("-")))
        line->stamp = (stk_stamp){ STK_TIME_NONE, STK_ZONE_NONE };
    else if (stk_time_iso(stamp, self->zone_s, &line->stamp) != stamp.len || stamp.len == 0)
        return false;
    line->host = stk_log_dash(word(&s));
    line->program = stk_log_dash(word(&s));
    (void)word(&s); /* process id */
    (void)word(&s); /* message id */
    if (!pass_structured(&s))
        return false;
    if (s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0)
        pass(&s, 3);
    line->message = s;
    return true;
}

static bool read_line(const syslog *self, stk_str s, syslog_line *line)
{
    *line = (syslog_line){ 0 };
    bool pri = s.len > 2 && s.ptr[0] == '<';
    if (pri) {
        size_t close = stk_scan(s, 0, '>');
        if (close > 4 || close == s.len)
            return false;
        pass(&s, close + 1);
        if (s.len > 2 && s.ptr[0] == '1' && s.ptr[1] == ' ') {
            pass(&s, 2);
            return read_5424(self, s, line);
        }
    }
    size_t n = stk_time_bsd(s, self->year, self->not_after, self->zone_s, &line->stamp);
    if (n == 0 && s.len > 11 && s.ptr[10] == 'T')
        n = stk_time_iso(s, self->zone_s, &line->stamp);
    if (n == 0 || n >= s.len || s.ptr[n] != ' ')
        return false;
    pass(&s, n + 1);
    line->host = word(&s);
    if (!name_like(line->host))
        return false;
    take_program(&s, line);
    while (s.len > 0 && s.ptr[0] == ' ')
        pass(&s, 1);
    line->message = s;
    return true;
}

static stk_status canonical_client(stk_arena *arena, stk_event *out)
{
    stk_personal ignored = { 0 };
    stk_proxies none = { 0 };
    stk_seen seen = { .peer = out->u.auth.client.raw };
    return stk_request_client(&none, &seen, arena, &out->u.auth.client, &ignored);
}

static stk_status decode(const void *self, stk_str unit, stk_arena *arena, stk_event *out,
                         stk_error *err)
{
    const syslog *s = self;
    bool ignored;
    syslog_line line;
    if (!read_line(s, stk_log_line(unit, &ignored), &line))
        return stk_fail(err, STK_ERR_SYNTAX, "no syslog time and host at the start");
    if (stk_auth_line(line.program, line.module, line.message, out)) {
        out->u.auth.host = line.host;
        if (canonical_client(arena, out) != STK_OK)
            return stk_fail(err, STK_ERR_MEMORY, "no memory for a line");
    } else {
        if (stk_scan(line.message, 0, '"') == line.message.len)
            return STK_ERR_MISSING;
        stk_event request;
        if (stk_clf_decode(s->combined, line.message, arena, &request, NULL) != STK_OK)
            return STK_ERR_MISSING;
        *out = request;
        return STK_OK; /* the stamp inside is the server's own, with its zone */
    }
    out->meta.at = line.stamp.at;
    out->meta.zone_s = line.stamp.zone_s;
    return STK_OK;
}

/* Any syslog is recognised, one that speaks of sign-ins more surely. */
static double score(const void *context, stk_str line, stk_arena *arena)
{
    stk_event event;
    syslog_line parts;
    stk_status status = decode(context, line, arena, &event, NULL);
    if (status != STK_ERR_MISSING)
        return status == STK_OK;
    return read_line(context, line, &parts) && parts.program.len != 0 ? 0.7 : 0;
}

static double guess(stk_str head, const char **ret_argument)
{
    *ret_argument = NULL;
    return stk_guess_opened(head, score, open_it, NULL);
}

const stk_decoder stk_decoder_syslog = {
    .name = "syslog",
    .summary = "sshd, PAM, sudo and su lines in RFC 3164, RFC 5424 or ISO 8601 syslog",
    .open = open_it,
    .frame = stk_frame_line,
    .decode = decode,
    .guess = guess,
};
