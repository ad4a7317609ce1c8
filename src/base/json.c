/* SPDX-License-Identifier: Apache-2.0 */
/* JSON out, one item at a time. */
#include "base/json.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

static void quoted(stk_buf *out, stk_str s)
{
    static const char hex[] = "0123456789abcdef";
    stk_buf_char(out, '"');
    for (size_t i = 0; i < s.len;) {
        uint32_t code;
        size_t n = stk_utf8_next(s, i, &code);
        char c = s.ptr[i];
        if (code == STK_UTF8_BAD) {
            stk_buf_add(out, STK_S("\xef\xbf\xbd"));
        } else if (c == '"' || c == '\\') {
            stk_buf_char(out, '\\');
            stk_buf_char(out, c);
        } else if (c == '\n') {
            stk_buf_add(out, STK_S("\\n"));
        } else if (code < 0x20 || code == 0x7f || (code >= 0x80 && code < 0xa0) || code == 0x2028 ||
                   code == 0x2029) {
            char u[6] = {
                '\\',          'u', hex[code >> 12 & 15], hex[code >> 8 & 15], hex[code >> 4 & 15],
                hex[code & 15]
            };
            stk_buf_add(out, (stk_str){ u, sizeof u });
        } else {
            stk_buf_add(out, (stk_str){ s.ptr + i, n });
        }
        i += n;
    }
    stk_buf_char(out, '"');
}

static void before(stk_json *j, const char *key)
{
    if (j->comma)
        stk_buf_char(j->out, ',');
    j->comma = true;
    if (key != NULL) {
        quoted(j->out, (stk_str){ key, strlen(key) });
        stk_buf_char(j->out, ':');
    }
}

void stk_json_open(stk_json *j, const char *key, char bracket)
{
    before(j, key);
    stk_buf_char(j->out, bracket);
    j->comma = false;
}

void stk_json_close(stk_json *j, char bracket)
{
    stk_buf_char(j->out, bracket);
    j->comma = true;
}

void stk_json_key(stk_json *j, const char *key)
{
    before(j, key);
    j->comma = false;
}

void stk_json_str(stk_json *j, const char *key, stk_str s)
{
    before(j, key);
    quoted(j->out, s);
}

void stk_json_text(stk_json *j, const char *key, const char *s)
{
    stk_json_str(j, key, (stk_str){ s, strlen(s) });
}

void stk_json_int(stk_json *j, const char *key, int64_t i)
{
    before(j, key);
    stk_buf_int(j->out, i);
}

void stk_json_real(stk_json *j, const char *key, double r, int digits)
{
    before(j, key);
    if (isfinite(r))
        stk_buf_printf(j->out, "%.*f", digits, r);
    else
        stk_buf_add(j->out, STK_S("null"));
}

void stk_json_bool(stk_json *j, const char *key, bool b)
{
    before(j, key);
    stk_buf_add(j->out, b ? STK_S("true") : STK_S("false"));
}

void stk_json_null(stk_json *j, const char *key)
{
    before(j, key);
    stk_buf_add(j->out, STK_S("null"));
}
