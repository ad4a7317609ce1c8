/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder values. */
#include "check.h"
#include "decoding.h"

static const char *values_become_queries(void)
{
    static const struct {
        const char *line, *target; /* NULL: malformed */
    } rows[] = {
        { "{\"value\":\"plain-1.2_3~\"}", "/?q=plain-1.2_3~" },
        { "{\"value\":\"a&b=c+d#e%41 f\"}", "/?q=a%26b%3Dc%2Bd%23e%2541%20f" },
        { "{\"value\":\"\"}", "/?q=" },
        { "{\"id\":7,\"value\":\"x\",\"more\":[1,{\"value\":2}]}", "/?q=x" },
        { "{\"value\":\"\\u0000\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\n\"}",
          "/?q=%00%C3%A9%F0%9F%98%80%22%5C%2F%0A" },
        { "{\"value\":\"\\ud800x\"}", "/?q=%EF%BF%BDx" },
        { "{\"value\":\"\xc3\xa9\"}\r\n", "/?q=%C3%A9" },
        { "\xef\xbb\xbf{\"value\":\"bom\"}", "/?q=bom" },
        { "{\"value\":1}", NULL },
        { "{\"value\":null}", NULL },
        { "{\"value\":[\"x\"]", NULL },
        { "{\"valu\":\"x\"}", NULL },
        { "{\"value\":\"\\q\"}", NULL },
        { "{\"value\":\"\xff\"}", NULL },
        { "{\"value\":\"x\"} {\"value\":\"y\"}", NULL },
        { "{\"value\":\"x", NULL },
        { "\"value\"", NULL },
        { "[\"value\"]", NULL },
        { "nonsense", NULL },
    };
    stk_decoder_setup setup = { 0 };
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        auto_decoding d;
        CHECK(decode_stream(&d, "values", &setup, (stk_str){ rows[i].line, strlen(rows[i].line) }));
        CHECK(d.count == 1);
        CHECK((d.status[0] == STK_OK) == (rows[i].target != NULL));
        if (rows[i].target == NULL) {
            CHECK(d.status[0] == STK_ERR_SYNTAX && d.error.text[0] != '\0');
            continue;
        }
        CHECK(text_is(d.event[0].u.http.target.raw, rows[i].target));
        CHECK(text_is(d.event[0].u.http.method, "GET"));
        CHECK(d.event[0].meta.at == STK_TIME_NONE);
    }
    return NULL;
}

static const check_test tests[] = {
    { "values become queries", values_become_queries },
};
CHECK_MAIN(tests)
