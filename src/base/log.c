/* SPDX-License-Identifier: Apache-2.0 */
/* A log line is made whole before it is handed on, so that lines of several threads never mix. */
#include "base/log.h"

#include "base/json.h"

static void field(stk_json *j, const stk_field *f)
{
    switch (f->kind) {
    case STK_F_STR:
        stk_json_str(j, f->key, f->u.s);
        break;
    case STK_F_INT:
        stk_json_int(j, f->key, f->u.i);
        break;
    case STK_F_REAL:
        stk_json_real(j, f->key, f->u.r, 6);
        break;
    case STK_F_BOOL:
        stk_json_bool(j, f->key, f->u.b);
        break;
    }
}

void stk_log_(const stk_log *log, stk_level level, const char *msg, const stk_field *fields,
              size_t n)
{
    static const char *const levels[] = { "debug", "info", "warn", "error" };
    static const char cut[] = ",\"cut\":true}\n";
    if (log == NULL || log->sink == NULL || level < log->least)
        return;
    stk_auto_buf line = stk_buf_init(STK_LOG_BYTES);
    stk_json j = stk_json_to(&line);
    char at[STK_TIME_TEXT];
    stk_json_open(&j, NULL, '{');
    if (log->now != NULL) {
        size_t len = stk_time_text(log->now(log->to), at);
        stk_json_str(&j, "at", (stk_str){ at, len });
    }
    stk_json_text(&j, "level", levels[level]);
    stk_json_text(&j, "msg", msg);
    size_t whole = line.failed ? 0 : line.len;
    for (size_t i = 0; i < n && !line.failed; i++) {
        field(&j, &fields[i]);
        if (!line.failed && line.len <= STK_LOG_BYTES - sizeof cut)
            whole = line.len;
    }
    if (!line.failed && line.len == whole) {
        stk_buf_add(&line, STK_S("}\n"));
    } else if (whole != 0) {
        line.len = whole; /* the last field that leaves room for saying so */
        line.failed = false;
        stk_buf_add(&line, (stk_str){ cut, sizeof cut - 1 });
    }
    if (line.failed || line.len == 0) /* not even the message: no memory */
        log->sink(log->to, STK_S("{\"level\":\"error\",\"msg\":\"a log line was lost: out of "
                                 "memory\"}\n"));
    else
        log->sink(log->to, stk_buf_str(&line));
}
