/* SPDX-License-Identifier: Apache-2.0 */
/* The traces that an action leaves in the shop's logs, and the truth about those of attackers. */
#include "base/json.h"
#include "drill/world.h"

#include <stdio.h>

#define HOST "shop.example"

static void stamp(stk_time at, int zone_hours, int64_t *year, int *month, int *day, int clock[3])
{
    stk_time local = at + zone_hours * STK_HOUR;
    stk_civil_from_days(local / STK_DAY, year, month, day);
    int64_t second = local % STK_DAY / STK_SECOND;
    clock[0] = (int)(second / 3600);
    clock[1] = (int)(second / 60 % 60);
    clock[2] = (int)(second % 60);
}

/* One chunk of `file` begins; end_chunk() closes it. */
static size_t begin_chunk(stk_drill *d)
{
    return d->out.len;
}

static void note_unit(stk_drill *d, stk_drill_file file, int32_t scenario)
{
    uint64_t unit = ++d->unit[file];
    if (scenario < 0)
        return;
    stk_drill_truth *t = &d->truths[scenario];
    if (t->events++ == 0)
        t->first_at = d->now;
    t->last_at = d->now;
    stk_buf *list = &t->units[file];
    stk_buf_printf(list, list->len ? ",%llu" : "%llu", (unsigned long long)unit);
}

static void end_chunk(stk_drill *d, stk_drill_file file, size_t offset, int32_t scenario)
{
    if (d->pending_count == STK_DRILL_PENDING) {
        d->failed = true; /* a step that leaves more than STK_DRILL_PENDING traces is our bug */
        return;
    }
    d->pending[d->pending_count].file = file;
    d->pending[d->pending_count].offset = offset;
    d->pending[d->pending_count++].len = d->out.len - offset;
    note_unit(d, file, scenario);
}

static void access_line(stk_drill *d, const stk_drill_actor *a, const stk_drill_request *r)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t year;
    int month, day, clock[3];
    stamp(d->now, 1, &year, &month, &day, clock);
    size_t offset = begin_chunk(d);
    stk_buf_printf(&d->out,
                   "%s - - [%02d/%s/%04d:%02d:%02d:%02d +0100] \"%s %s HTTP/1.1\" %d %lld ",
                   a->address.text, day, months[month - 1], (int)year, clock[0], clock[1], clock[2],
                   r->method ? r->method : "GET", r->target, r->status, (long long)r->bytes);
    stk_buf_printf(&d->out, "\"%s%s\" \"%s\"\n",
                   r->referer && r->referer[0] == '/' ? "https://" HOST : "",
                   r->referer && r->referer[0] ? r->referer : "-", a->agent);
    end_chunk(d, STK_DRILL_ACCESS, offset, a->scenario);
}

static void whole_request(stk_drill *d, const stk_drill_actor *a, const stk_drill_request *r)
{
    size_t offset = begin_chunk(d);
    stk_buf_printf(&d->out,
                   "%s %s HTTP/1.1\r\nHost: " HOST "\r\nUser-Agent: %s\r\n"
                   "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
                   "Accept-Language: en-GB,en;q=0.7\r\nAccept-Encoding: gzip, br\r\n"
                   "X-Forwarded-For: %s\r\nCookie: basket=%s\r\n",
                   r->method ? r->method : "GET", r->target, a->agent, a->address.text, a->session);
    if (r->referer && r->referer[0])
        stk_buf_printf(&d->out, "Referer: %s%s\r\n", r->referer[0] == '/' ? "https://" HOST : "",
                       r->referer);
    if (r->body)
        stk_buf_printf(&d->out,
                       "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
                       strlen(r->body));
    stk_buf_printf(&d->out, "Connection: keep-alive\r\n\r\n%s", r->body ? r->body : "");
    if (r->body)
        stk_buf_printf(&d->out, "\r\n"); /* a blank line parts it from the next */
    end_chunk(d, STK_DRILL_REQUESTS, offset, a->scenario);
}

void stk_drill_ask(stk_drill *d, stk_drill_actor *a, const stk_drill_request *request)
{
    access_line(d, a, request);
    if (a->whole)
        whole_request(d, a, request);
}

static void text_field(stk_json *j, const char *key, const char *value)
{
    if (value && value[0])
        stk_json_text(j, key, value);
}

void stk_drill_trade(stk_drill *d, stk_drill_actor *a, const stk_drill_deal *deal)
{
    char at[STK_TIME_TEXT];
    stk_time_text(d->now / STK_MS * STK_MS, at);
    size_t offset = begin_chunk(d);
    stk_json j = stk_json_to(&d->out);
    stk_json_open(&j, NULL, '{');
    stk_json_int(&j, "v", 1);
    stk_json_text(&j, "time", at);
    stk_json_text(&j, "event", deal->kind);
    text_field(&j, "client", a->address.text);
    text_field(&j, "account", deal->account);
    text_field(&j, "session", a->session);
    text_field(&j, "device", deal->device ? deal->device : a->device);
    text_field(&j, "card", deal->card);
    text_field(&j, "address_hash", deal->street);
    text_field(&j, "staff", deal->staff);
    text_field(&j, "subject", deal->subject);
    text_field(&j, "order", deal->order);
    text_field(&j, "product", deal->product);
    text_field(&j, "outcome", deal->outcome);
    text_field(&j, "action", deal->action);
    if (deal->amount_minor) {
        stk_json_int(&j, "amount_minor", deal->amount_minor);
        stk_json_text(&j, "currency", "EUR");
    }
    if (deal->quantity)
        stk_json_int(&j, "quantity", deal->quantity);
    if (deal->records)
        stk_json_int(&j, "records", deal->records);
    stk_json_close(&j, '}');
    stk_buf_char(&d->out, '\n');
    end_chunk(d, STK_DRILL_COMMERCE, offset, a->scenario);
}

void stk_drill_syslog(stk_drill *d, int32_t scenario, const char *text)
{
    int64_t year;
    int month, day, clock[3];
    stamp(d->now, 1, &year, &month, &day, clock);
    size_t offset = begin_chunk(d);
    stk_buf_printf(&d->out, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+01:00 %s\n", (int)year, month, day,
                   clock[0], clock[1], clock[2], (int)(d->now % STK_SECOND), text);
    end_chunk(d, STK_DRILL_AUTH, offset, scenario);
}

static void tell_truth(stk_drill *d, const stk_drill_truth *t)
{
    char first[STK_TIME_TEXT], last[STK_TIME_TEXT];
    stk_time_text(t->first_at / STK_MS * STK_MS, first);
    stk_time_text(t->last_at / STK_MS * STK_MS, last);
    size_t offset = begin_chunk(d);
    stk_buf_printf(&d->out, "{\"v\":1,\"scenario\":\"%s\",\"kinds\":[", t->scenario->name);
    for (const char *k = t->scenario->kinds; *k; k += strcspn(k, ",") + (strchr(k, ',') != NULL))
        stk_buf_printf(&d->out, "%s\"%.*s\"", k == t->scenario->kinds ? "" : ",",
                       (int)strcspn(k, ","), k);
    stk_buf_printf(&d->out, "],\"first_at\":\"%s\",\"last_at\":\"%s\",\"events\":%llu,\"actors\":[",
                   first, last, (unsigned long long)t->events);
    stk_buf_add(&d->out, stk_buf_str(&t->actors));
    stk_buf_printf(&d->out, "],\"targets\":[");
    stk_buf_add(&d->out, stk_buf_str(&t->targets));
    stk_buf_printf(&d->out, "],\"units\":{");
    const char *comma = "";
    for (int f = 0; f < STK_DRILL_TRUTH; f++) {
        if (t->units[f].len == 0)
            continue;
        stk_buf_printf(&d->out, "%s\"%s\":[", comma, stk_drill_file_names[f]);
        stk_buf_add(&d->out, stk_buf_str(&t->units[f]));
        stk_buf_char(&d->out, ']');
        comma = ",";
    }
    stk_buf_printf(&d->out, "}}\n");
    d->failed |= t->actors.failed || t->targets.failed;
    end_chunk(d, STK_DRILL_TRUTH, offset, -1);
}

void stk_drill_tell_truths(stk_drill *d)
{
    d->now = d->end;
    while (d->truth_told < d->truth_count && d->pending_count < STK_DRILL_PENDING) {
        const stk_drill_truth *t = &d->truths[d->truth_told++];
        if (t->events > 0)
            tell_truth(d, t);
    }
}
