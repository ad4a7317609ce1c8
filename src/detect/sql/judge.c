/* SPDX-License-Identifier: Apache-2.0 */
/* Which readings are worth it, and which of them says most. */
#include "detect/sql/signs.h"

enum { WHERE_BYTES = 60 };

/* What occurs in the value, and so which readings can differ. */
typedef struct marks {
    bool single, doubled, back, disagree, blank, plus;
} marks;

static marks marks_of(stk_str text)
{
    marks m = { 0 };
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c > '`' && c < 0x80 && c != '\\')
            continue;
        switch (c) {
        case '\'':
            m.single = true;
            break;
        case '"':
            m.doubled = true;
            break;
        case '`':
            m.back = true;
            break;
        case '\\':
        case '#':
            m.disagree = true;
            break;
        case '-':
            m.disagree |= i + 1 < text.len && text.ptr[i + 1] == '-';
            break;
        case ' ':
        case '\t':
            m.blank = true;
            break;
        case '+':
            m.plus = true;
            break;
        case 0xe2:
            m.single |= i + 2 < text.len && (unsigned char)text.ptr[i + 1] == 0x80;
            break;
        case 0xca:
            m.single = true;
            break;
        default:
            break;
        }
    }
    return m;
}

static void read_once(stk_str text, char quote, stk_sql_dialect dialect, bool plus_is_blank,
                      stk_sql_verdict *best)
{
    stk_sql_reader reader;
    if (!stk_sql_read(&reader, text, quote, dialect, plus_is_blank))
        return;
    stk_sql_walk w = { .r = &reader, .quote = quote };
    stk_sql_walk_all(&w);
    stk_sql_sign sign = STK_SQL_SIGNS;
    double weight = stk_sql_walk_weight(&w, &sign);
    if (weight <= best->confidence)
        return;
    size_t at = w.token[sign], left = text.len - at;
    *best = (stk_sql_verdict){ .confidence = weight,
                               .sign = sign,
                               .quote = quote,
                               .parenthesis = w.parenthesis,
                               .where = { text.ptr + at,
                                          left < WHERE_BYTES ? left : WHERE_BYTES } };
}

static void read_places(stk_str text, const marks *m, stk_sql_dialect dialect, bool plus,
                        stk_sql_verdict *best)
{
    read_once(text, 0, dialect, plus, best);
    if (m->single)
        read_once(text, '\'', dialect, plus, best);
    if (m->doubled)
        read_once(text, '"', dialect, plus, best);
    if (m->back)
        read_once(text, '`', dialect, plus, best);
}

bool stk_sql_judge(stk_str text, stk_sql_verdict *out)
{
    marks m = marks_of(text);
    stk_sql_verdict best = { 0 };
    read_places(text, &m, STK_SQL_MYSQL, false, &best);
    if (m.disagree)
        read_places(text, &m, STK_SQL_ANSI, false, &best);
    if (m.plus && !m.blank && best.confidence < STK_SQL_SUSPECT)
        read_places(text, &m, STK_SQL_MYSQL, true, &best);
    if (best.confidence <= 0)
        return false;
    *out = best;
    return true;
}
