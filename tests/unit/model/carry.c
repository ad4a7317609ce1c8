/* SPDX-License-Identifier: Apache-2.0 */
/* What a request carries, place by place, with the encodings taken off. */
#include "model/carry.h"

#include "check.h"

#include <stdlib.h>

static stk_str text_of(const char *s)
{
    return (stk_str){ s, strlen(s) };
}

static bool same(stk_personal a, const char *b)
{
    return stk_str_eq(a.raw, text_of(b));
}

static stk_carried carry(stk_arena *arena, const char *target, const char *type, stk_str body)
{
    stk_header *headers = stk_arena_array(arena, stk_header, 2);
    headers[0] = (stk_header){ STK_S("Content-Type"), { text_of(type) } };
    stk_http http = { .target = { text_of(target) }, .body = { body }, .headers = headers };
    http.header_count = type[0] != '\0';
    stk_carried out;
    if (stk_carry(&http, arena, &out) != STK_OK)
        out.count = 0;
    return out;
}

/* The n-th value of a place. */
static const stk_value *nth(const stk_carried *c, stk_place place, size_t n)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->values[i].place == place && n-- == 0)
            return &c->values[i];
    static const stk_value none;
    return &none;
}

static const struct {
    const char *raw, *once, *text;
    uint32_t met;
    unsigned rounds;
} query_rows[] = {
    { "plain", "plain", "plain", 0, 0 },
    { "a+b", "a b", "a b", 0, 1 },
    { "A%F1adir+al",
      "A\xc3\xb1"
      "adir al",
      "A\xc3\xb1"
      "adir al",
      STK_MET_PERCENT | STK_MET_BAD_UTF8, 1 },
    { "%C3%B1", "\xc3\xb1", "\xc3\xb1", STK_MET_PERCENT, 1 },
    { "100%25", "100%", "100%", STK_MET_PERCENT, 1 },
    { "100%", "100%", "100%", STK_MET_PERCENT_BAD, 1 },
    { "%2527", "%27", "'", STK_MET_PERCENT | STK_MET_PERCENT_TWICE, 2 },
    { "%252527", "%2527", "'", STK_MET_PERCENT | STK_MET_PERCENT_TWICE, 3 },
    { "%25252525252527", "%252525252527", "%252527", STK_MET_PERCENT | STK_MET_PERCENT_TWICE, 4 },
    { "%u0027x", "%u0027x", "'x", STK_MET_PERCENT_U, 2 },
    { "%uff1cscript", "%uff1cscript", "<script", STK_MET_PERCENT_U | STK_MET_FULLWIDTH, 2 },
    { "%c0%af", "\xc3\x80\xc2\xaf", "/", STK_MET_PERCENT | STK_MET_BAD_UTF8 | STK_MET_OVERLONG, 1 },
    { "%e0%80%ae%f0%80%80%ae", NULL, "..", STK_MET_PERCENT | STK_MET_BAD_UTF8 | STK_MET_OVERLONG,
      1 },
    { "%26lt%3Bb%26gt%3B", "&lt;b&gt;", "<b>", STK_MET_PERCENT | STK_MET_ENTITY, 2 },
    { "%26%230060%3b%26%23x3C", "&#0060;&#x3C", "<<", STK_MET_PERCENT | STK_MET_ENTITY, 2 },
    { "%26lpar;%26colon;%26nosuch;%26colon", "&lpar;&colon;&nosuch;&colon", "(:&nosuch;&colon",
      STK_MET_PERCENT | STK_MET_ENTITY, 2 },
    { "\\u003cb\\x3E", "\\u003cb\\x3E", "<b>", STK_MET_ESCAPE, 1 },
    { "C:\\users\\xyz", "C:\\users\\xyz", "C:\\users\\xyz", 0, 0 },
    { "%EF%BC%9Cb%EF%BC%9E",
      "\xef\xbc\x9c"
      "b\xef\xbc\x9e",
      "<b>", STK_MET_PERCENT | STK_MET_FULLWIDTH, 2 },
    { "a%00b", NULL, NULL, STK_MET_PERCENT | STK_MET_NUL, 1 },
    { "a%08b", "a\bb", "a\bb", STK_MET_PERCENT | STK_MET_CONTROL, 1 },
    { "a%0D%0Ab", "a\r\nb", "a\r\nb", STK_MET_PERCENT, 1 },
    { "", "", "", 0, 0 },
};

static const char *query_values_lose_their_encodings(void)
{
    stk_auto_arena *arena = stk_arena_new(4 << 20);
    CHECK(arena != NULL);
    for (size_t i = 0; i < STK_COUNT(query_rows); i++) {
        char target[128];
        snprintf(target, sizeof target, "/x?v=%s", query_rows[i].raw);
        stk_carried c = carry(arena, target, "", STK_S(""));
        const stk_value *v = nth(&c, STK_PLACE_QUERY, 0);
        if (!same(v->name, "v") ||
            (query_rows[i].once != NULL && !same(v->once, query_rows[i].once)) ||
            (query_rows[i].text != NULL && !same(v->text, query_rows[i].text)) ||
            v->met != query_rows[i].met)
            printf("# %s: once [%" STK_SFMT "] text [%" STK_SFMT "] met %x rounds %u\n",
                   query_rows[i].raw, STK_SARG(v->once.raw), STK_SARG(v->text.raw), v->met,
                   v->rounds);
        CHECK(same(v->name, "v"));
        CHECK(query_rows[i].once == NULL || same(v->once, query_rows[i].once));
        CHECK(query_rows[i].text == NULL || same(v->text, query_rows[i].text));
        CHECK(v->met == query_rows[i].met);
        CHECK(v->rounds == query_rows[i].rounds || (v->met & STK_MET_PERCENT_U) != 0);
        CHECK((v->once.raw.ptr == v->text.raw.ptr) == stk_str_eq(v->once.raw, v->text.raw));
    }
    return NULL;
}

static const char *plain_values_are_borrowed(void)
{
    static const char target[] = "/shop/item?id=17&name=Rioja";
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_carried c = carry(arena, target, "", STK_S(""));
    const stk_value *v = nth(&c, STK_PLACE_QUERY, 1);
    CHECK(v->once.raw.ptr == target + 22 && v->text.raw.ptr == v->once.raw.ptr);
    CHECK(c.path.ptr == target);
    CHECK(same(nth(&c, STK_PLACE_TARGET, 0)->text, target));
    return NULL;
}

static const char *paths_are_mapped_as_nginx_does(void)
{
    static const struct {
        const char *target, *path, *text;
        bool above;
    } rows[] = {
        { "/", "/", "/", false },
        { "/a/b.jsp?x=/../y", "/a/b.jsp", "/a/b.jsp", false },
        { "http://shop.test:80/a/b?c", "/a/b", "/a/b", false },
        { "http://shop.test", "/", "/", false },
        { "http://shop.test?x=1", "/", "", false },
        { "/a//b///c", "/a/b/c", "/a//b///c", false },
        { "/a/./b/.", "/a/b/", "/a/./b/.", false },
        { "/a/b/../c", "/a/c", "/a/b/../c", false },
        { "/a/b/..", "/a/", "/a/b/..", false },
        { "/a/%2e%2e/%2E./etc/passwd", "/etc/passwd", "/a/../../etc/passwd", true },
        { "/a%2f..%2fb", "/b", "/a/../b", false },
        { "/a/%252e%252e/b", "/a/%2e%2e/b", "/a/../b", false },
        { "/a%3fb=c", "/a?b=c", "/a?b=c", false },
        { "/.well-known/x", "/.well-known/x", "/.well-known/x", false },
        { "/...", "/...", "/...", false },
        { "*", "/*", "*", false },
        { "/x#y?z=1", "/x", "/x", false },
        { "/a/..%c0%afetc", NULL, "/a/../etc", false },
    };
    stk_auto_arena *arena = stk_arena_new(4 << 20);
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        stk_carried c = carry(arena, rows[i].target, "", STK_S(""));
        CHECK(c.values[0].place == STK_PLACE_PATH);
        if (rows[i].path != NULL && !stk_str_eq(c.path, text_of(rows[i].path)))
            printf("# %s: %" STK_SFMT "\n", rows[i].target, STK_SARG(c.path));
        CHECK(rows[i].path == NULL || stk_str_eq(c.path, text_of(rows[i].path)));
        CHECK(stk_str_eq(c.values[0].once.raw, c.path));
        CHECK(same(c.values[0].text, rows[i].text));
        CHECK(((c.values[0].met & STK_MET_DOTS_ABOVE_ROOT) != 0) == rows[i].above);
    }
    return NULL;
}

/* Rows of "place name=text", in order, without path and target. */
static const char *expect(const stk_carried *c, const char *wanted)
{
    static char got[4096];
    size_t n = 0;
    for (size_t i = 1; i + 1 < c->count; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s %" STK_SFMT "=%" STK_SFMT "\n",
                              stk_place_name(c->values[i].place), STK_SARG(c->values[i].name.raw),
                              STK_SARG(c->values[i].text.raw));
    got[n] = '\0';
    if (strcmp(got, wanted) != 0)
        printf("# wanted:\n%s# got:\n%s", wanted, got);
    return strcmp(got, wanted) == 0 ? NULL : "values differ";
}

static const char *bodies_are_read_in_their_form(void)
{
    static const struct {
        const char *type, *body, *values;
        stk_body_form form;
        bool broken;
    } rows[] = {
        { "application/x-www-form-urlencoded", "a=1&b=x+y&&c&a=%27",
          "body a=1\nbody b=x y\nbody c=\nbody a='\n", STK_BODY_FORM, false },
        { "application/json; charset=utf-8",
          "{\"a\": {\"b\": [7, \"x\\u0027y\\n\", true]}, \"c\":null, \"d\":{}}",
          "body a.b.0=7\nbody a.b.1=x'y\n\nbody a.b.2=true\nbody c=null\n", STK_BODY_JSON, false },
        { "application/json", "[\"\\ud83d\\ude00\", \"\\ud83d\"]",
          "body 0=\xf0\x9f\x98\x80\nbody 1=\xef\xbf\xbd\n", STK_BODY_JSON, false },
        { "application/json", "{\"a\":\"%27 &lt;\"}", "body a=' <\n", STK_BODY_JSON, false },
        { "application/json", "{\"a' or\":1}", "name a' or=a' or\nbody a' or=1\n", STK_BODY_JSON,
          false },
        { "application/json", "{\"a\":1,'b':2}", "body a=1\nbody ='b':2}\n", STK_BODY_JSON, true },
        { "application/json", "{\"a\":1", "body a=1\nbody =\n", STK_BODY_JSON, true },
        { "application/json", "{\"a\":\"x", "body =\n", STK_BODY_JSON, true },
        { "text/xml",
          "<?xml version='1.0'?><o id=\"7\"><i>a &lt; b &foo;</i><!-- c "
          "--><i><![CDATA[x<y]]></i></o>",
          "body o@id=7\nbody o.i=a < b &foo;\nbody o.i=x<y\n", STK_BODY_XML, false },
        { "application/soap+xml",
          "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><r>&x;</r>",
          "body !DOCTYPE=<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\nbody r=&x;\n",
          STK_BODY_XML, false },
        { "text/xml", "<a><b/><c>1", "body a.c=1\n", STK_BODY_XML, true },
        { "multipart/form-data; boundary=\"XX\"",
          "--XX\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nit's\r\n"
          "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.php\"\r\n"
          "Content-Type: image/png\r\n\r\n<?php\r\n--XX--\r\n",
          "body q=it's\nfile f=a.php\nbody f=<?php\n", STK_BODY_MULTIPART, false },
        { "multipart/form-data; boundary=XX",
          "--XX\r\nContent-Disposition: form-data; name=f; "
          "filename*=UTF-8''..%2fx\r\n\r\n\x89PNG\x01",
          "file f=../x\n", STK_BODY_MULTIPART, true },
        { "multipart/form-data", "a=1", "body =a=1\n", STK_BODY_MULTIPART, true },
        { "text/plain", "hello %27", "body =hello '\n", STK_BODY_OTHER, false },
        { "", "a=1", "body a=1\n", STK_BODY_FORM, false },
        { "", " {\"a\":1}", "body a=1\n", STK_BODY_JSON, false },
    };
    stk_auto_arena *arena = stk_arena_new(4 << 20);
    for (size_t i = 0; i < STK_COUNT(rows); i++) {
        stk_carried c = carry(arena, "/", rows[i].type, text_of(rows[i].body));
        stk_carried shown = c;
        shown.count -= rows[i].type[0] != '\0'; /* the Content-Type header itself */
        CHECK(expect(&shown, rows[i].values) == NULL);
        CHECK(c.body == rows[i].form);
        CHECK(c.body_broken == rows[i].broken);
    }
    return NULL;
}

static const char *headers_and_cookies_are_carried(void)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_header headers[] = {
        { STK_S("Cookie"), { STK_S("a=1; b=%27x; c") } },
        { STK_S("Referer"), { STK_S("http://x.test/?q=a+b%3c") } },
        { STK_S("User-Agent"), { STK_S("Mozilla/5.0 (+http://bot.test)") } },
    };
    stk_http http = { .target = { STK_S("/") }, .headers = headers, .header_count = 3 };
    stk_carried c;
    CHECK(stk_carry(&http, arena, &c) == STK_OK);
    CHECK(expect(&c, "cookie a=1\ncookie b='x\ncookie c=\n"
                     "header Referer=http://x.test/?q=a b<\n"
                     "header User-Agent=Mozilla/5.0 (+http://bot.test)\n") == NULL);
    CHECK(same(nth(&c, STK_PLACE_HEADER, 0)->once, "http://x.test/?q=a+b%3c"));

    stk_http line = { .target = { STK_S("/") },
                      .agent = { STK_S("curl") },
                      .referer = { STK_S("x") } };
    CHECK(stk_carry(&line, arena, &c) == STK_OK);
    CHECK(expect(&c, "header Referer=x\nheader User-Agent=curl\n") == NULL);
    return NULL;
}

static const char *names_that_are_no_words_are_values(void)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    stk_carried c = carry(arena, "/?a[0].b-c=1&%61b=2&x%27or=3&%2527=4", "", STK_S(""));
    return expect(&c, "query a[0].b-c=1\nquery ab=2\nname x'or=x'or\nquery x'or=3\n"
                      "name %27='\nquery %27=4\n");
}

static const char *everything_is_bounded(void)
{
    stk_auto_arena *arena = stk_arena_new(16 << 20);
    size_t n = 400000;
    char *bytes = malloc(n + 1);
    CHECK(bytes != NULL);
    stk_carried many, deep, tags;
    for (size_t i = 0; i < n; i++)
        bytes[i] = "a=1&"[i % 4];
    many = carry(arena, "/", "application/x-www-form-urlencoded", (stk_str){ bytes, n });
    memset(bytes, '[', n);
    deep = carry(arena, "/", "application/json", (stk_str){ bytes, n });
    for (size_t i = 0; i < n; i++)
        bytes[i] = "<a>"[i % 3];
    tags = carry(arena, "/", "text/xml", (stk_str){ bytes, n });
    free(bytes);
    CHECK(many.count == STK_VALUES && many.cut);
    CHECK(deep.body_broken && deep.cut && deep.count < 8);
    CHECK(tags.body_broken && tags.cut);
    return NULL;
}

static const char *a_spent_budget_leaves_raw_values(void)
{
    for (size_t budget = 0; budget < 8192; budget += 64) {
        stk_auto_arena *arena = stk_arena_new(budget);
        stk_http http = { .target = { STK_S("/a%41?x=%2527&y=%41&z%27=<") } };
        stk_carried c;
        stk_status status = stk_carry(&http, arena, &c);
        CHECK(status == STK_OK || status == STK_ERR_MEMORY);
        CHECK(status != STK_OK || c.count == 6 || c.cut);
        for (size_t i = 0; status == STK_OK && i < c.count; i++)
            CHECK(c.values[i].text.raw.ptr != NULL);
    }
    return NULL;
}

static const check_test tests[] = {
    { "query values lose their encodings", query_values_lose_their_encodings },
    { "plain values are borrowed", plain_values_are_borrowed },
    { "paths are mapped as nginx does", paths_are_mapped_as_nginx_does },
    { "bodies are read in their form", bodies_are_read_in_their_form },
    { "headers and cookies are carried", headers_and_cookies_are_carried },
    { "names that are no words are values", names_that_are_no_words_are_values },
    { "everything is bounded", everything_is_bounded },
    { "a spent budget leaves raw values", a_spent_budget_leaves_raw_values },
};
CHECK_MAIN(tests)
