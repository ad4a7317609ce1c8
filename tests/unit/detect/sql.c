/* SPDX-License-Identifier: Apache-2.0 */
/* What is SQL in a value and what is not, by class. */
#include "detect/sql/sql.h"

#include "check.h"
#include "detect/confirm.h"
#include "detect/sql/words.h"

#include <stdlib.h>

static double judged(const char *text)
{
    stk_sql_verdict v = { 0 };
    return stk_sql_judge((stk_str){ text, strlen(text) }, &v) ? v.confidence : 0;
}

typedef struct row {
    stk_sql_sign sign;
    char quote;
    const char *text;
} row;

/* The sign and the string left are what the reason says, so they are checked as well. */
static const row injections[] = {
    { STK_SQL_SIGN_CONSTANTS, 0, "1 or 1=1" },
    { STK_SQL_SIGN_CONSTANTS, '\'', "' or 'a'='a" },
    { STK_SQL_SIGN_CONSTANTS, '\'', "x') or ('a'='a" },
    { STK_SQL_SIGN_CONSTANTS, '"', "\" || 5<>6 -- " },
    { STK_SQL_SIGN_CONSTANTS, 0, "7 and 3 between 1 and 5" },
    { STK_SQL_SIGN_CONSTANTS, 0, "1 xor 2=2" },
    { STK_SQL_SIGN_CONSTANTS, 0, "if(1=2,3,4)" },
    { STK_SQL_SIGN_COMPARE, 0, "1 and ascii(substr(user(),1,1))>64" },
    { STK_SQL_SIGN_COMPARE, '\'', "x' and userid is null; --" },
    { STK_SQL_SIGN_COMPARE, 0, "1 and version() like 0x35" },
    { STK_SQL_SIGN_COMPARE, '\'', "' or '{\"a\":1}'::jsonb @> version()::jsonb --" },
    { STK_SQL_SIGN_VALUE, '\'', "' or true--" },
    { STK_SQL_SIGN_VALUE, '\'', "admin' or '" },
    { STK_SQL_SIGN_UNION, 0, "1 union select null,null" },
    { STK_SQL_SIGN_UNION, 0, "-1/**/uNiOn/**/aLL/**/sElEcT/**/1,2,3" },
    { STK_SQL_SIGN_UNION, 0, "1e0union select 1,2" },
    { STK_SQL_SIGN_UNION, '\'', "x' union(select(1),2)#" },
    { STK_SQL_SIGN_STACKED, 0, "1;drop table users" },
    { STK_SQL_SIGN_STACKED, '\'', "x'; update t set a=1 where 1 --" },
    { STK_SQL_SIGN_STACKED, 0, "1; shutdown" },
    { STK_SQL_SIGN_STACKED, '\'', "';declare @s varchar(22) set @s=0x41 exec(@s)--" },
    { STK_SQL_SIGN_STACKED, 0, "1;copy t from program 'id'" },
    { STK_SQL_SIGN_STATEMENT, 0, "select * from users where id=1" },
    { STK_SQL_SIGN_STATEMENT, 0, "exec master..xp_cmdshell 'dir'" },
    { STK_SQL_SIGN_STATEMENT, '\'', "') waitfor delay '0:0:20' --" },
    { STK_SQL_SIGN_TRUNCATE, '\'', "admin'--" },
    { STK_SQL_SIGN_TRUNCATE, '\'', "admin')#" },
    { STK_SQL_SIGN_TRUNCATE, '`', "id` -- -" },
    { STK_SQL_SIGN_PROBE, '\'', "1' order by 4 #" },
    { STK_SQL_SIGN_CONSTANTS, '\'', "' having 1=1--" },
    { STK_SQL_SIGN_TIME, 0, "sleep(5)" },
    { STK_SQL_SIGN_ERROR, 0, "extractvalue(1,concat(0x7e,version()))" },
    { STK_SQL_SIGN_ERROR, 0, "1 procedure analyse(extractvalue(1,2),1)" },
    { STK_SQL_SIGN_FILES, 0, "1 into outfile '/tmp/x'" },
    { STK_SQL_SIGN_QUERY, 0, "(select 1 from pg_user)" },
    { STK_SQL_SIGN_CASE, 0, "case when 1=1 then 2 else 3 end" },
    { STK_SQL_SIGN_QUERY, '\'', "'||(select 1 from dual)||'" },
    { STK_SQL_SIGN_CONCAT, '\'', "'||a.f('x')||'" },
    { STK_SQL_SIGN_CONCAT, '\'', "'-0-'" },
    { STK_SQL_SIGN_TEXT, 0, "char(65)+char(66)" },
    { STK_SQL_SIGN_CLOSES, '\'', "1%'))" },
    { STK_SQL_SIGN_CLOSES, 0, "1 ))" },
    { STK_SQL_SIGN_HIDDEN, 0, "0x73656c65637420312066726f6d2074" },
    { STK_SQL_SIGN_HIDDEN, 0, "/*!50000union*/" },
};

static const char *const ordinary[] = {
    "O'Brien",
    "Marks & Spencer's",
    "rock 'n' roll -- live",
    "select a size from the list",
    "union square or west 4th",
    "western union",
    "drop shipping; update your table",
    "1-2",
    "5' 11\"",
    "5'4\", 120# and petite",
    "18\" x 20\" or 24\"",
    "c/ huertas altas, 114, 3?f",
    "mail@example.com",
    "C# or F# developer",
    "50% and up",
    "2026-11-20T10:00:00Z",
    "[1,2,3]",
    "{\"a\":\"b\",\"c\":[1,2]}",
    "order by phone",
    "group by brand",
    "having fun",
    "where is it?",
    "black and white",
    "true or false",
    "salt and/or pepper",
    "100% cotton (machine wash)",
    "(select one)",
    "please select pair #1",
    "I'd like a refund -- thanks",
    "ladies' and gents'",
    "like new; in the box",
    "the boys' shirts or trousers in size 10",
    "a=1&b=2",
    "x=1&&y=2",
    "https://example.com/?a=1&b=2#top",
    "<b>bold</b>",
    "7 of 9",
    "delete from cart",
    "create an account",
    "table for 4",
    "insert coin (1)",
    "size 8 and 10",
    "4|28940|1014|||TC|",
    "\"pink roses\" -dress -clothes",
    "'90s -- best of",
    "不错，质量很好 'and' 快",
    "!!! wow !!!",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
    "a;b;c",
    "--",
    "",
    "if only",
    "user name",
    "case closed when done",
    "1,2;3,4",
    "version (2)",
    "sleep (8 hours)",
    "type=page and space=DEV",
    "project = A AND status in (\"Open\")",
    "title:\"x\" OR body:\"y\"",
    "what is select count(*) in sql",
    "$('#id').val()",
    "he said 'yes' and 'no'",
    "search \"and\"",
    "i <3 this and love <3",
    "create user account",
    "std::string",
    "the girls' -- sizes",
    "'quoted' and 'quoted'",
    "\"loved by\" and \"made for\"",
    "36\"+X+48\"+FRAME",
    "i am 5'4\" and 120# or so",
    "5'10\" and 160# in size 8",
    "{'a': 'b', 'c': 'd'}",
    "x' * 3 = y'",
    "-",
    "*",
    "'",
    "O''Neil",
    "drop table lamp (white)",
    "(12\")",
    "frame (5x7\")",
    "James' (2)",
    "1) first",
    "the end --",
    "union jack; begin again",
};

static const char *injections_are_seen_for_what_they_are(void)
{
    for (size_t i = 0; i < sizeof injections / sizeof *injections; i++) {
        const row *r = &injections[i];
        stk_sql_verdict v = { 0 };
        bool any = stk_sql_judge((stk_str){ r->text, strlen(r->text) }, &v);
        if (!any || v.confidence < STK_SQL_SUSPECT || v.sign != r->sign || v.quote != r->quote)
            printf("# %s: %.2f, sign %d instead of %d, quote %d\n", r->text, v.confidence,
                   (int)v.sign, (int)r->sign, v.quote);
        CHECK(any && v.confidence >= STK_SQL_SUSPECT);
        CHECK(v.sign == r->sign && v.quote == r->quote);
    }
    return NULL;
}

static const char *ordinary_values_stay_quiet(void)
{
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++) {
        double confidence = judged(ordinary[i]);
        if (confidence >= STK_SQL_SUSPECT)
            printf("# %s: %.2f\n", ordinary[i], confidence);
        CHECK(confidence < STK_SQL_SUSPECT);
    }
    return NULL;
}

static const char *dialects_are_read_apart(void)
{
    CHECK(judged("\\' or 1=1 -- ") >= STK_SQL_SUSPECT); /* only MySQL reads \' as a quote */
    CHECK(judged("1--\nunion select 1,2") >= STK_SQL_SUSPECT);
    CHECK(judged("1#\nunion select 1,2") >= STK_SQL_SUSPECT);
    CHECK(judged("1+union+select+1,2,3--") >= STK_SQL_SUSPECT);
    CHECK(judged("1 /* a */ or /* b */ 1=1") >= STK_SQL_SUSPECT);
    CHECK(judged("1 or $$a$$=$$a$$") >= STK_SQL_SUSPECT);
    CHECK(judged("1 or N'a'=N'a'") >= STK_SQL_SUSPECT);
    CHECK(judged("1\xc2\xa0or\xc2\xa0"
                 "1=1") >= STK_SQL_SUSPECT);
    CHECK(judged("\xe2\x80\x99 or \xe2\x80\x98"
                 "1\xe2\x80\x99=\xe2\x80\x98"
                 "1") >= STK_SQL_SUSPECT);
    CHECK(judged("1 or [a]=[a]") >= STK_SQL_SUSPECT);
    CHECK(judged("1' 1.e.or 1.e(1)=1.e(1) -- ") >= STK_SQL_SUSPECT);
    return NULL;
}

/* Twice the bytes may take about twice the time, whatever they are. */
static const char *hostile_values_take_linear_time(void)
{
    static const char *const parts[] = { "((((",    "and(", "(select ", "case when ",
                                         "'a' or ", "$a$",  "/*!1",     "union select (",
                                         "1 or (",  "a.b.", "@@x:=(",   "`" };
    enum { SIZE = 1 << 20 };
    char *text = malloc(SIZE);
    CHECK(text != NULL);
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        size_t n = strlen(parts[p]);
        for (size_t i = 0; i < SIZE; i++)
            text[i] = parts[p][i % n];
        stk_sql_verdict v;
        (void)stk_sql_judge((stk_str){ text, SIZE }, &v); /* the test's time limit is the claim */
    }
    free(text);
    return NULL;
}

static const char *words_are_found_by_their_letter(void)
{
    for (int w = 1; w < STK_SQL_WORDS; w++) {
        stk_str text = stk_sql_word_text((stk_sql_word)w);
        CHECK(stk_sql_word_of(text.ptr, text.len) == (stk_sql_word)w);
    }
    CHECK(stk_sql_word_of("nonsense", 8) == STK_SQL_W_NONE);
    return NULL;
}

static const char *the_reason_tells_what_is_closed(void)
{
    const stk_confirmer *sql = stk_confirmer_named(STK_S("sql"));
    CHECK(sql != NULL);
    stk_auto_arena *arena = stk_arena_new(1 << 16);
    CHECK(arena != NULL);
    stk_confirmed c;
    CHECK(sql->judge(STK_S("x') or 1=1 -- "), NULL, arena, &c));
    stk_auto_buf out = stk_buf_init(400);
    stk_reason_render(&c.reason, STK_EN, true, &out);
    stk_str want = STK_S("closes ') and compares two constants: “or 1=1 -- ”");
    if (!stk_str_eq(stk_buf_str(&out), want))
        printf("# %.*s\n", (int)out.len, out.ptr);
    CHECK(stk_str_eq(stk_buf_str(&out), want));
    CHECK(!sql->judge(STK_S("O'Brien"), NULL, arena, &c));
    return NULL;
}

static const check_test tests[] = {
    { "injections are seen for what they are", injections_are_seen_for_what_they_are },
    { "ordinary values stay quiet", ordinary_values_stay_quiet },
    { "dialects are read apart", dialects_are_read_apart },
    { "hostile values take linear time", hostile_values_take_linear_time },
    { "words are found by their letter", words_are_found_by_their_letter },
    { "the reason tells what is closed", the_reason_tells_what_is_closed },
};
CHECK_MAIN(tests)
