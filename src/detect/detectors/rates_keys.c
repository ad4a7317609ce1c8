/* SPDX-License-Identifier: Apache-2.0 */
/* An event becomes tuples. Everything that needs the event's texts happens here; what travels is
 * hashes, ids and flags. This runs for every line, so each text is walked once. */
#include "detect/detectors/rates.h"
#include "model/endpoint.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool starts_with(stk_str s, size_t at, const char *word)
{
    size_t i = at;
    for (; *word != '\0'; word++, i++)
        if (i >= s.len || lower(s.ptr[i]) != *word)
            return false;
    return true;
}

/* Does one of the words, NULL-terminated, start a part of the path? Parts are parted by / - _ and
 * dots; a word may also follow "wp" or "my", as in wp-login and myaccount. */
static bool names(stk_str path, const char *const *words)
{
    for (size_t i = 0; i < path.len && i < STK_ENDPOINT_BYTES; i++) {
        char before = i == 0 ? '/' : path.ptr[i - 1];
        if (before != '/' && before != '-' && before != '_' && before != '.')
            continue;
        if (starts_with(path, i, "my"))
            i += 2;
        for (const char *const *w = words; *w != NULL; w++)
            if (starts_with(path, i, *w))
                return true;
    }
    return false;
}

static const char *const sign_in_words[] = { "login",   "logon", "signin", "sign-in",
                                             "sign_in", "auth",  "sso",    "xmlrpc",
                                             "session", "token", "passwd", NULL };
static const char *const sign_out_words[] = { "logout", "signout", "sign-out", "logoff", NULL };
static const char *const account_words[] = { "signup",  "sign-up", "regist", "forgot", "reset",
                                             "recover", "lostp",   "join",   NULL };
static const char *const code_words[] = { "coupon", "vouch", "gift", "promo", "redeem", NULL };
static const char *const private_words[] = { "order",   "invo",  "account", "user", "profil",
                                             "custom",  "addr",  "ticket",  "docu", "receipt",
                                             "payment", "messa", "member",  NULL };

static bool is_asset(stk_str path)
{
    static const char *const kinds[] = { "css",   "js",  "png",  "jpg",  "jpeg", "gif",
                                         "svg",   "ico", "webp", "avif", "map",  "woff",
                                         "woff2", "ttf", "eot",  "mp4",  "webm", "mjs" };
    size_t dot = path.len;
    for (size_t back = 1; back <= 6 && back <= path.len; back++)
        if (path.ptr[path.len - back] == '.') {
            dot = path.len - back;
            break;
        }
    if (dot == path.len)
        return false;
    stk_str end = { path.ptr + dot + 1, path.len - dot - 1 };
    for (size_t i = 0; i < STK_COUNT(kinds); i++)
        if (strlen(kinds[i]) == end.len && starts_with(end, 0, kinds[i]))
            return true;
    return false;
}

/* Not a defence of a table, only a name for a page: eight bytes a step, keyed. */
static uint64_t fast_hash(const stk_hash_key *key, stk_str s)
{
    uint64_t h = key->k0 ^ s.len * UINT64_C(0xc4ceb9fe1a85ec53), w;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        memcpy(&w, s.ptr + i, 8);
        h = (h ^ w) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    w = 0;
    if (i < s.len)
        memcpy(&w, s.ptr + i, s.len - i);
    return stk_mix64((h ^ w) + key->k1);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The number that ends at `end`; its value in the lower 32 bits. */
static bool number_before(stk_str s, size_t end, uint32_t *ret)
{
    size_t from = end;
    while (from > 0 && is_digit(s.ptr[from - 1]) && end - from < 18)
        from--;
    uint64_t v = 0;
    for (size_t i = from; i < end; i++)
        v = v * 10 + (uint64_t)(s.ptr[i] - '0');
    *ret = (uint32_t)v;
    return from != end;
}

/* The id that a parameter's value starts with: digits behind at most four letters and a dash, as
 * order numbers are written. Returns where its digits end; 0: none. */
static size_t id_in_value(stk_str query, size_t from)
{
    size_t at = from;
    while (at < query.len && at - from < 5 &&
           (query.ptr[at] == '-' || (lower(query.ptr[at]) >= 'a' && lower(query.ptr[at]) <= 'z')))
        at++;
    size_t digits = at;
    while (at < query.len && is_digit(query.ptr[at]))
        at++;
    bool ends = at == query.len || query.ptr[at] == '&' || query.ptr[at] == ';';
    return at > digits && ends ? at : 0;
}

/* An id in the path's last part ("/order/1234", "/order-1234.pdf"), or in a parameter whose name
 * ends like an id's ("order_id=1234", "no=A-7"). Page numbers are no ids. */
static bool find_id(stk_str path, stk_str query, uint32_t *ret)
{
    size_t end = path.len, back = 0;
    while (end > 0 && !is_digit(path.ptr[end - 1]) && path.ptr[end - 1] != '/' && back++ < 8)
        end--;
    if (end > 0 && number_before(path, end, ret))
        return true;
    static const char *const endings[] = { "id",     "no",    "num",  "nr",
                                           "number", "order", "user", "code" };
    for (size_t i = 1; i + 1 < query.len && i < STK_ENDPOINT_BYTES; i++) {
        size_t stop = query.ptr[i] != '=' ? 0 : id_in_value(query, i + 1);
        for (size_t w = 0; stop != 0 && w < STK_COUNT(endings); w++) {
            size_t n = strlen(endings[w]);
            if (n <= i && starts_with(query, i - n, endings[w]))
                return number_before(query, stop, ret);
        }
    }
    return false;
}

static uint64_t hash_of(const stk_rates *r, stk_key_type type, stk_str text)
{
    return text.len == 0 ? 0 : stk_key_of(&r->secret, type, text).hash;
}

/* Whom a sign-in form names, when the body was seen. */
static uint64_t account_in_form(const stk_rates *r, const stk_unit *unit)
{
    static const char *const fields[] = { "user",    "login", "email", "mail",  "log",
                                          "account", "uname", "phone", "j_user" };
    if (unit->account_known)
        return unit->account.hash;
    for (size_t i = 0; unit->carried != NULL && i < unit->carried->count; i++) {
        const stk_value *v = &unit->carried->values[i];
        if (v->place != STK_PLACE_BODY || v->text.raw.len == 0)
            continue;
        for (size_t f = 0; f < STK_COUNT(fields); f++)
            if (starts_with(v->name.raw, 0, fields[f]))
                return hash_of(r, STK_KEY_ACCOUNT, v->text.raw);
    }
    return 0;
}

struct sending {
    stk_tuple *out;
    size_t count, room;
};

static void send(struct sending *s, stk_key key, uint32_t what, uint64_t a, uint64_t b)
{
    if (s->count < s->room)
        s->out[s->count++] = (stk_tuple){ .key = key, .what = what, .a = a, .b = b };
}

static void send_login(const stk_rates *r, const stk_unit *unit, struct sending *s, stk_key at,
                       stk_str agent, uint64_t account, uint32_t flags)
{
    uint64_t client = unit->client_known ? unit->client.hash : 0;
    if (unit->client_known)
        send(s, unit->client, STK_RATES_LOGIN | flags, account, at.hash);
    if (flags & STK_RATES_SYSTEM)
        return; /* every sshd of the world is guessed at by thousands: they are told one by one */
    send(s, at, STK_RATES_LOGIN_AT | flags, client, account);
    if (agent.len > 1)
        send(s, stk_key_of(&r->secret, STK_KEY_AGENT, agent), STK_RATES_LOGIN_AT | flags, client,
             account);
    if (account != 0)
        send(s, (stk_key){ .hash = account, .type = STK_KEY_ACCOUNT }, STK_RATES_LOGIN_TO | flags,
             client, 0);
}

static uint32_t form_outcome(int64_t status)
{
    if (status >= 200 && status < 300)
        return STK_RATES_SHOWN;
    if (status >= 300 && status < 400)
        return STK_RATES_SENT_ON;
    return status >= 400 && status < 500 && status != 404 && status != 405 ? STK_RATES_FAILED : 0;
}

/* The flags of a request, beside those of a sign-in. */
static uint32_t flags_of(const stk_http *http, stk_str path, stk_str query, bool post,
                         uint32_t *ret_id)
{
    int64_t status = http->status;
    uint32_t flags = 0;
    if (status == 401 || status == 403 || status == 404 || status == 410)
        flags |= STK_RATES_DENIED;
    if (status >= 500)
        flags |= STK_RATES_ERROR;
    if (is_asset(path))
        return flags | STK_RATES_ASSET;
    if (find_id(path, query, ret_id)) {
        flags |= STK_RATES_HAS_ID;
        if (names(path, private_words))
            flags |= STK_RATES_PRIVATE;
    }
    stk_str agent = http->agent.raw;
    if (agent.len > 3 && memmem(agent.ptr, agent.len, "://", 3) != NULL)
        flags |= STK_RATES_CRAWLER;
    if ((post || query.len != 0) && names(path, code_words))
        flags |= STK_RATES_CODE;
    if (post && names(path, account_words))
        flags |= STK_RATES_ACCOUNTS;
    return flags;
}

static void http_keys(const stk_rates *r, const stk_unit *unit, struct sending *s)
{
    const stk_http *http = &unit->event->u.http;
    stk_str target = http->target.raw, path = target, query = { 0 };
    const char *mark = target.len == 0 ? NULL : memchr(target.ptr, '?', target.len);
    if (mark != NULL) {
        path.len = (size_t)(mark - target.ptr);
        query = (stk_str){ mark + 1, target.len - path.len - 1 };
    }
    if (unit->carried != NULL && unit->carried->path.len != 0)
        path = unit->carried->path;
    bool post = http->method.len >= 3 && http->method.ptr[0] == 'P' && http->method.ptr[1] != 'R';
    uint32_t id = 0, flags = flags_of(http, path, query, post, &id);
    uint64_t page = fast_hash(&r->secret, target);
    stk_key endpoint = unit->endpoint;
    if (!unit->endpoint_known) {
        char template[STK_ENDPOINT_BYTES];
        size_t n = stk_endpoint(path, template);
        endpoint = stk_key_of(&r->secret, STK_KEY_ENDPOINT, (stk_str){ template, n });
    }
    uint32_t agent = (uint32_t)(fast_hash(&r->secret, http->agent.raw) >> 52)
                     << STK_RATES_AGENT_SHIFT;
    bool sampled = page % STK_RATES_SAMPLE == 0;
    if (unit->client_known)
        send(s, unit->client, STK_RATES_REQUEST | flags | agent, page,
             (endpoint.hash & ~UINT64_C(0xffffffff)) | id);
    if (sampled && unit->address_known && !(flags & (STK_RATES_ASSET | STK_RATES_CRAWLER)))
        send(s, stk_key_of_address(&r->secret, STK_KEY_SUBNET, &unit->address),
             STK_RATES_SUBNET_PAGE | agent, page, unit->client.hash);
    if (unit->event->meta.position.unit % STK_RATES_SAMPLE == 0 && !(flags & STK_RATES_ASSET))
        send(s, endpoint, STK_RATES_HIT | flags, 0, 0);

    uint32_t outcome = 0;
    if (post && names(path, sign_in_words) && !names(path, sign_out_words))
        outcome = form_outcome(http->status);
    else if (http->status == 401 && http->user.raw.len > 1)
        outcome = STK_RATES_FAILED; /* a name and a wrong password; without one it is a question */
    if (outcome != 0)
        send_login(r, unit, s, endpoint, http->agent.raw, account_in_form(r, unit),
                   outcome | agent | STK_RATES_FORM);
}

static bool is(stk_str s, const char *word)
{
    return stk_str_eq(s, (stk_str){ word, strlen(word) });
}

static void auth_keys(const stk_rates *r, const stk_unit *unit, struct sending *s)
{
    const stk_auth *auth = &unit->event->u.auth;
    uint32_t outcome = is(auth->outcome, "success") ? STK_RATES_SUCCEEDED
                       : is(auth->outcome, "failure") || is(auth->outcome, "invalid_user")
                           ? STK_RATES_FAILED
                           : 0;
    if (outcome == 0)
        return;
    stk_key service = stk_key_of(&r->secret, STK_KEY_HOST, auth->service);
    send_login(r, unit, s, service, (stk_str){ 0 }, hash_of(r, STK_KEY_ACCOUNT, auth->account.raw),
               outcome | STK_RATES_SYSTEM);
}

static void shop_keys(const stk_rates *r, const stk_unit *unit, struct sending *s)
{
    const stk_shop *shop = &unit->event->u.shop;
    bool failed = shop->outcome.len != 0 && !is(shop->outcome, "success");
    uint32_t agent = (uint32_t)(fast_hash(&r->secret, shop->agent.raw) >> 52)
                     << STK_RATES_AGENT_SHIFT;
    stk_str who = shop->account.raw.len != 0 ? shop->account.raw : shop->email.raw;
    switch (unit->event->kind) {
    case STK_KIND_ACCOUNT_LOGIN:
        send_login(r, unit, s, stk_key_of(&r->secret, STK_KEY_SITE, STK_S("sign-in")),
                   shop->agent.raw, hash_of(r, STK_KEY_ACCOUNT, who),
                   agent | (failed ? STK_RATES_FAILED : STK_RATES_SUCCEEDED));
        break;
    case STK_KIND_ACCOUNT_SIGNUP:
        if (unit->client_known)
            send(s, unit->client, STK_RATES_REQUEST | STK_RATES_ASSET | STK_RATES_ACCOUNTS | agent,
                 0, 0);
        break;
    case STK_KIND_CART_CHANGE:
        if (unit->client_known && failed && names(shop->action, code_words))
            send(s, unit->client, STK_RATES_REQUEST | STK_RATES_ASSET | STK_RATES_CODE | agent, 0,
                 0);
        break;
    default:
        break;
    }
}

size_t stk_rates_keys(const void *self, const stk_unit *unit, const stk_findings *of_unit,
                      stk_tuple *out, size_t room)
{
    (void)of_unit;
    struct sending s = { .out = out, .room = room };
    switch (stk_kinds[unit->event->kind].shape) {
    case STK_SHAPE_http:
        http_keys(self, unit, &s);
        break;
    case STK_SHAPE_auth:
        if (unit->event->kind == STK_KIND_AUTH_LOGIN)
            auth_keys(self, unit, &s);
        break;
    default:
        shop_keys(self, unit, &s);
        break;
    }
    return s.count;
}
