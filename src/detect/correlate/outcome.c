/* SPDX-License-Identifier: Apache-2.0 */
/* How the other side fared, as far as one event tells. */
#include "detect/correlate/state.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool stk_word_in(stk_str text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.len; i++) {
        size_t k = 0;
        while (k < n && lower(text.ptr[i + k]) == word[k])
            k++;
        if (k == n)
            return true;
    }
    return false;
}

static bool is(stk_str s, const char *word)
{
    return stk_str_eq(s, (stk_str){ word, strlen(word) });
}

bool stk_signed_in(const stk_event *event)
{
    if (event->kind == STK_KIND_AUTH_LOGIN)
        return is(event->u.auth.outcome, "success");
    return event->kind == STK_KIND_ACCOUNT_LOGIN && is(event->u.shop.outcome, "success");
}

static stk_outcome of_word(stk_str word)
{
    if (word.len == 0)
        return STK_OUTCOME_UNKNOWN;
    return is(word, "success") || is(word, "approved") ? STK_OUTCOME_PLAIN : STK_OUTCOME_DENIED;
}

stk_outcome stk_outcome_of(const stk_correlator *c, const stk_passed *passed)
{
    const stk_event *e = passed->event;
    switch (stk_kinds[e->kind].shape) {
    case STK_SHAPE_auth:
        return of_word(e->u.auth.outcome);
    case STK_SHAPE_shop:
        return of_word(e->u.shop.outcome);
    default:
        break;
    }
    int64_t status = e->u.http.status;
    if (status < 200)
        return STK_OUTCOME_UNKNOWN;
    if (status >= 500)
        return STK_OUTCOME_ERROR;
    if (status >= 400)
        return STK_OUTCOME_DENIED;
    if (status >= 300)
        return STK_OUTCOME_REDIRECT;
    return passed->endpoint_known && e->u.http.bytes > 0 &&
                   stk_size_odd(c->sizes, passed->endpoint.hash, e->u.http.bytes)
               ? STK_OUTCOME_ODD
               : STK_OUTCOME_PLAIN;
}
