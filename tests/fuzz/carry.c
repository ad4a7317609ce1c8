/* SPDX-License-Identifier: Apache-2.0 */
/* The normaliser on hostile requests: first byte picks the Content-Type, a line is the target, the
 * next one a header, the rest the body. Every value must lie where it says and be UTF-8. */
#include "model/carry.h"

#include "base/utf8.h"

#include <stdlib.h>

static const char *const types[] = {
    "application/x-www-form-urlencoded", "application/json", "text/xml",
    "multipart/form-data; boundary=XX",  "text/plain",       "",
};

static stk_str line_of(stk_str *rest)
{
    const char *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);
    size_t n = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    stk_str line = { rest->ptr, n };
    n += end != NULL;
    rest->ptr += n;
    rest->len -= n;
    return line;
}

static void must_be_utf8(stk_str s)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t code;
        i += stk_utf8_next(s, i, &code);
        if (code == STK_UTF8_BAD)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *type = types[data[0] % STK_COUNT(types)];
    size_t budget = data[0] & 0x80 ? 4096 : 4 << 20;
    stk_str rest = { (const char *)data + 1, size - 1 };
    stk_auto_arena *arena = stk_arena_new(budget);
    stk_http http = { .target = { line_of(&rest) } };
    stk_header headers[] = {
        { STK_S("Content-Type"), { { type, strlen(type) } } },
        { STK_S("Cookie"), { line_of(&rest) } },
        { STK_S("Referer"), { http.target.raw } },
    };
    http.headers = headers;
    http.header_count = 3;
    http.body.raw = rest;
    stk_carried out;
    if (arena == NULL || stk_carry(&http, arena, &out) != STK_OK)
        return 0;
    for (size_t i = 0; i < out.count; i++) {
        const stk_value *v = &out.values[i];
        if (v->rounds > STK_DECODE_ROUNDS)
            abort();
        if (v->place != STK_PLACE_TARGET && !(v->met & STK_MET_CUT)) {
            must_be_utf8(v->once.raw);
            must_be_utf8(v->text.raw);
        }
    }
    return 0;
}
