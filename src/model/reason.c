/* SPDX-License-Identifier: Apache-2.0 */
/* A message id with typed arguments becomes a sentence. What the other side wrote is cut, cleaned
 * of everything that could steer a terminal, and shown only to who may see it. */
#include "base/utf8.h"
#include "model/finding.h"

#include <math.h>
#include <stdio.h>

enum { RAW_BYTES = 80 };

static const char *const texts[STK_MESSAGES + 1][STK_LANGS] = {
#define MESSAGE(id, en, zh) { en, zh },
#include "model/messages.def"
    { "", "" }, /* so that the table is never empty */
};

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

static void grouped(stk_buf *out, int64_t v)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%lld", (long long)v);
    int first = v < 0;
    for (int i = 0; i < n; i++) {
        if (i > first && (n - i) % 3 == 0)
            stk_buf_char(out, ',');
        stk_buf_char(out, text[i]);
    }
}

static void real(stk_buf *out, double r)
{
    if (fabs(r) >= 1000.0 && fabs(r) < 1e15)
        grouped(out, (int64_t)llround(r));
    else
        stk_buf_printf(out, "%.3g", r);
}

struct unit {
    int64_t us;
    const char *name[STK_LANGS];
};
static const struct unit units[] = {
    { STK_DAY, { "d", "天" } },    { STK_HOUR, { "h", "小时" } }, { STK_MINUTE, { "min", "分" } },
    { STK_SECOND, { "s", "秒" } }, { STK_MS, { "ms", "毫秒" } },  { 1, { "µs", "微秒" } },
};

/* The two largest units that matter: "2 h 10 min", "45 s", "3 d". */
static void duration(stk_buf *out, int64_t us, stk_lang lang)
{
    if (us < 0) {
        stk_buf_char(out, '-');
        us = us == INT64_MIN ? INT64_MAX : -us;
    }
    if (us == 0)
        us = STK_SECOND; /* stamps have whole seconds: within one */
    size_t i = 0;
    while (us < units[i].us)
        i++;
    grouped(out, us / units[i].us);
    stk_buf_printf(out, " %s", units[i].name[lang]);
    int64_t rest = us % units[i].us;
    if (i < 3 && rest >= units[i + 1].us)
        stk_buf_printf(out, " %lld %s", (long long)(rest / units[i + 1].us),
                       units[i + 1].name[lang]);
}

static bool steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff;
}

static void cleaned(stk_buf *out, stk_str s, size_t most)
{
    size_t at = 0;
    while (at < s.len) {
        uint32_t code;
        size_t n = stk_utf8_next(s, at, &code);
        if (at + n > most)
            break;
        if (code == STK_UTF8_BAD)
            stk_buf_add(out, STK_S("\xef\xbf\xbd"));
        else if (steers(code))
            stk_buf_char(out, '?');
        else
            stk_buf_add(out, (stk_str){ s.ptr + at, n });
        at += n;
    }
    if (at < s.len)
        stk_buf_add(out, STK_S("…"));
}

static void argument(const stk_arg *arg, stk_lang lang, bool clear, const stk_namer *namer,
                     stk_buf *out)
{
    char text[STK_TIME_TEXT];
    switch (arg->kind) {
    case STK_ARG_NONE:
        break;
    case STK_ARG_INT:
        grouped(out, arg->u.i);
        break;
    case STK_ARG_REAL:
        real(out, arg->u.r);
        break;
    case STK_ARG_TERM:
        cleaned(out, arg->u.term, SIZE_MAX);
        break;
    case STK_ARG_RAW:
        if (clear && arg->u.raw.raw.len != 0)
            cleaned(out, arg->u.raw.raw, RAW_BYTES);
        else
            stk_buf_add(out, STK_S("[…]"));
        break;
    case STK_ARG_DURATION:
        duration(out, arg->u.i, lang);
        break;
    case STK_ARG_TIME:
        stk_buf_add(out, (stk_str){ text, stk_time_text(arg->u.i, text) });
        break;
    case STK_ARG_ENTITY:
        if (namer == NULL || !namer->name(namer->ctx, (size_t)arg->u.i, lang, out))
            stk_buf_printf(out, "[%lld]", (long long)arg->u.i + 1);
        break;
    case STK_ARG_KIND:
        if (arg->u.i >= 0 && arg->u.i < STK_INCIDENT_KINDS)
            stk_buf_add(out, text_of(stk_incident_kind_label((stk_incident_kind)arg->u.i, lang)));
        break;
    case STK_ARG_MESSAGE:
        if (arg->u.i >= 0 && arg->u.i < STK_MESSAGES)
            stk_buf_add(out, text_of(texts[arg->u.i][lang]));
        break;
    }
}

void stk_reason_render_named(const stk_reason *reason, stk_lang lang, bool clear,
                             const stk_namer *namer, stk_buf *out)
{
    if ((unsigned)reason->message >= STK_MESSAGES)
        return;
    for (const char *p = texts[reason->message][lang]; *p != '\0'; p++) {
        bool number = p[0] == '{' && p[1] >= '0' && p[1] < '0' + STK_REASON_ARGS;
        if (number && p[2] == '}') {
            argument(&reason->args[p[1] - '0'], lang, clear, namer, out);
            p += 2;
        } else if (number && p[2] == 's' && p[3] == '}') { /* an s, unless there is one of it */
            if (reason->args[p[1] - '0'].u.i != 1)
                stk_buf_char(out, 's');
            p += 3;
        } else {
            stk_buf_char(out, *p);
        }
    }
}

void stk_reason_render(const stk_reason *reason, stk_lang lang, bool clear, stk_buf *out)
{
    stk_reason_render_named(reason, lang, clear, NULL, out);
}
