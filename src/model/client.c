/* SPDX-License-Identifier: Apache-2.0 */
/* Who the client is. Only what a trusted proxy appended is believed, so the lists are read from
 * their right end and reading stops at the first address that nobody of ours vouches for.
 *
 * X-Forwarded-For is asked first because it is what nearly every proxy appends to; where it is
 * there, a forged Forwarded or CF-Connecting-IP that the proxy passed on does no harm. */
#include "model/client.h"

/* Take the last element off a comma-separated list. */
static stk_str last_of(stk_str *list)
{
    size_t start = list->len;
    while (start > 0 && list->ptr[start - 1] != ',')
        start--;
    stk_str element = { list->ptr + start, list->len - start };
    list->len = start == 0 ? 0 : start - 1;
    return stk_header_trim(element);
}

static bool same_word(stk_str a, const char *lower)
{
    size_t n = strlen(lower);
    if (a.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = a.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower[i])
            return false;
    }
    return true;
}

/* The value of for= in one forwarded-element (RFC 7239 section 4). */
static stk_str forwarded_for(stk_str element)
{
    while (element.len > 0) {
        const char *semicolon = memchr(element.ptr, ';', element.len);
        size_t n = semicolon == NULL ? element.len : (size_t)(semicolon - element.ptr);
        stk_str pair = stk_header_trim((stk_str){ element.ptr, n });
        const char *equals = pair.len == 0 ? NULL : memchr(pair.ptr, '=', pair.len);
        if (equals != NULL && same_word((stk_str){ pair.ptr, (size_t)(equals - pair.ptr) }, "for"))
            return (stk_str){ equals + 1, pair.len - (size_t)(equals + 1 - pair.ptr) };
        n += semicolon != NULL;
        element = (stk_str){ element.ptr + n, element.len - n };
    }
    return (stk_str){ 0 };
}

bool stk_client_resolve(const stk_proxies *proxies, stk_str peer, stk_str forwarded,
                        stk_str x_forwarded_for, stk_str cf_connecting_ip, stk_address *ret)
{
    stk_address client, next;
    if (!stk_address_parse(peer, &client))
        return false;
    bool pairs = x_forwarded_for.len == 0 && forwarded.len != 0;
    stk_str list = x_forwarded_for.len != 0 ? x_forwarded_for
                   : forwarded.len != 0     ? forwarded
                                            : cf_connecting_ip;
    while (list.len > 0 && stk_network_holds(proxies->trusted, proxies->count, &client)) {
        stk_str element = last_of(&list);
        if (element.len == 0)
            continue;
        if (!stk_address_parse(pairs ? forwarded_for(element) : element, &next))
            break; /* "unknown", "_hidden": the nearest that is known stands for it */
        client = next;
    }
    *ret = client;
    return true;
}

stk_status stk_client_rule_parse(stk_str text, stk_client_rule *ret, stk_error *err)
{
    static const struct {
        const char *word;
        stk_client_by by;
    } rules[] = { { "cookie:", STK_CLIENT_COOKIE }, { "header:", STK_CLIENT_HEADER } };
    if (stk_str_eq(text, STK_S("none"))) {
        *ret = (stk_client_rule){ .by = STK_CLIENT_NONE };
        return STK_OK;
    }
    if (stk_str_eq(text, STK_S("address"))) {
        *ret = (stk_client_rule){ .by = STK_CLIENT_ADDRESS };
        return STK_OK;
    }
    for (size_t i = 0; i < STK_COUNT(rules); i++) {
        size_t n = strlen(rules[i].word);
        if (text.len > n && memcmp(text.ptr, rules[i].word, n) == 0) {
            *ret = (stk_client_rule){ .by = rules[i].by, .name = { text.ptr + n, text.len - n } };
            return STK_OK;
        }
    }
    return stk_fail(err, STK_ERR_SYNTAX,
                    "a client is known by 'address', 'none', 'cookie:NAME' or 'header:NAME'");
}

bool stk_header_is(stk_str name, stk_str wanted)
{
    if (name.len != wanted.len)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char a = (unsigned char)name.ptr[i], b = (unsigned char)wanted.ptr[i];
        if (a == '_') /* names of variables of nginx and CGI */
            a = '-';
        if (b == '_')
            b = '-';
        if ((a >= 'A' && a <= 'Z' ? a + 32 : a) != (b >= 'A' && b <= 'Z' ? b + 32 : b))
            return false;
    }
    return true;
}

stk_str stk_cookie_value(stk_str cookies, stk_str name)
{
    while (cookies.len > 0) {
        const char *semicolon = memchr(cookies.ptr, ';', cookies.len);
        size_t n = semicolon == NULL ? cookies.len : (size_t)(semicolon - cookies.ptr);
        stk_str pair = stk_header_trim((stk_str){ cookies.ptr, n });
        if (pair.len > name.len && pair.ptr[name.len] == '=' &&
            memcmp(pair.ptr, name.ptr, name.len) == 0)
            return stk_header_trim((stk_str){ pair.ptr + name.len + 1, pair.len - name.len - 1 });
        n += semicolon != NULL;
        cookies = (stk_str){ cookies.ptr + n, cookies.len - n };
    }
    return (stk_str){ 0 };
}

stk_str stk_client_session(const stk_client_rule *rule, const stk_header *headers, size_t count)
{
    bool cookie = rule->by == STK_CLIENT_COOKIE;
    if (!cookie && rule->by != STK_CLIENT_HEADER)
        return (stk_str){ 0 };
    for (size_t i = 0; i < count; i++) {
        if (!stk_header_is(headers[i].name, cookie ? STK_S("cookie") : rule->name))
            continue;
        stk_str value = headers[i].value.raw;
        value = cookie ? stk_cookie_value(value, rule->name) : value;
        if (value.len != 0)
            return value;
    }
    return (stk_str){ 0 };
}
