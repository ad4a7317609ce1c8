/* SPDX-License-Identifier: Apache-2.0 */
/* Would this value become part of a SQL statement? detect/sql/ decides; here its verdict gets its
 * words. No argument. */
#include "detect/sql/sql.h"

#include "detect/confirm.h"

static const stk_message plain[] = {
#define SIGN(id, message) STK_MSG_SQL_##message,
#include "detect/sql/signs.def"
};
static const stk_message closing[] = {
#define SIGN(id, message) STK_MSG_SQL_CLOSE_##message,
#include "detect/sql/signs.def"
};

/* What the value closes before it goes on: ' or ') and so on. */
static stk_str closed(const stk_sql_verdict *v)
{
    switch (v->quote) {
    case '\'':
        return v->parenthesis ? STK_S("')") : STK_S("'");
    case '"':
        return v->parenthesis ? STK_S("\")") : STK_S("\"");
    case '`':
        return v->parenthesis ? STK_S("`)") : STK_S("`");
    default:
        return v->parenthesis ? STK_S(")") : STK_S("");
    }
}

static bool judge(stk_str text, const char *argument, stk_arena *arena, stk_confirmed *out)
{
    (void)argument;
    (void)arena;
    stk_sql_verdict v;
    if (!stk_sql_judge(text, &v) || v.confidence < STK_SQL_SUSPECT)
        return false;
    stk_str what = closed(&v);
    out->confidence = v.confidence;
    out->reason = (stk_reason){
        .message = what.len > 0 ? closing[v.sign] : plain[v.sign],
        .args = { STK_ARG_T(what), STK_ARG_P((stk_personal){ .raw = v.where }) },
    };
    return true;
}

const stk_confirmer stk_confirmer_sql = {
    .name = "sql",
    .summary = "the value becomes part of a SQL statement",
    .judge = judge,
};
