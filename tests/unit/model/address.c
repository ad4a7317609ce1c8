/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses: every notation in, one canonical text out. */
#include "model/address.h"

#include "check.h"

#include <string.h>

static const char *texts_become_canonical(void)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
    } rows[] = {
        { "192.0.2.1", "192.0.2.1" },
        { "::ffff:192.0.2.1", "192.0.2.1" },
        { "::FFFF:c000:0201", "192.0.2.1" },
        { "\"[2001:DB8::1]:443\"", "2001:db8::1" },
        { "192.0.2.1:80", "192.0.2.1" },
        { " 192.0.2.1\t", "192.0.2.1" },
        { "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
        { "2001:0db8::0001", "2001:db8::1" },
        { "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
        { "::", "::" },
        { "::1", "::1" },
        { "1::", "1::" },
        { "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
        { "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
        { "fe80::1%eth0", "fe80::1" },
        { "[::1]", "::1" },
        { "", NULL },
        { "-", NULL },
        { "example.test", NULL },
        { "192.0.2", NULL },
        { "192.0.2.256", NULL },
        { "192.0.2.01", NULL },
        { "192.0.2.1.5", NULL },
        { "192.0.2.1:", NULL },
        { "192.0.2.1:port", NULL },
        { "1::2::3", NULL },
        { "1:2:3:4:5:6:7", NULL },
        { "1:2:3:4:5:6:7:8:9", NULL },
        { "1:2:3:4:5:6:7:192.0.2.1", NULL },
        { ":1", NULL },
        { "1:", NULL },
        { "12345::", NULL },
        { "[::1", NULL },
        { "[::1]x", NULL },
        { "unix:", NULL },
        { "unknown", NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stk_address a;
        char text[STK_ADDRESS_TEXT];
        bool ok = stk_address_parse((stk_str){ rows[i].in, strlen(rows[i].in) }, &a);
        CHECK(ok == (rows[i].out != NULL));
        if (!ok)
            continue;
        CHECK(stk_address_text(&a, text) == strlen(rows[i].out));
        CHECK(strcmp(text, rows[i].out) == 0);
    }
    return NULL;
}

static const char *text_and_bytes_round_trip(void)
{
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        stk_address a, b;
        char text[STK_ADDRESS_TEXT];
        for (size_t j = 0; j < 16; j++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            a.byte[j] = (x >> 40 & 3) == 0 ? (unsigned char)x : 0;
        }
        size_t n = stk_address_text(&a, text);
        CHECK(n < STK_ADDRESS_TEXT && stk_address_parse((stk_str){ text, n }, &b));
        CHECK(memcmp(&a, &b, sizeof a) == 0);
    }
    return NULL;
}

static const char *networks_hold_what_is_in_them(void)
{
    static const struct {
        const char *network, *inside, *outside;
    } rows[] = {
        { "10.0.0.0/8", "10.255.1.2", "11.0.0.0" },
        { "192.0.2.7", "192.0.2.7", "192.0.2.8" },
        { "192.0.2.130/25", "192.0.2.255", "192.0.2.127" },
        { "2001:db8::/32", "2001:db8:ffff::1", "2001:db9::" },
        { "::1", "::1", "::2" },
        { "0.0.0.0/0", "255.1.2.3", "::1" },
        { "2001:db8::/33", "2001:db8:7fff::", "2001:db8:8000::" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stk_network n;
        stk_address in, out;
        CHECK(stk_network_parse((stk_str){ rows[i].network, strlen(rows[i].network) }, &n, NULL) ==
              STK_OK);
        CHECK(stk_address_parse((stk_str){ rows[i].inside, strlen(rows[i].inside) }, &in));
        CHECK(stk_address_parse((stk_str){ rows[i].outside, strlen(rows[i].outside) }, &out));
        CHECK(stk_network_holds(&n, 1, &in) && !stk_network_holds(&n, 1, &out));
    }
    static const char *const bad[] = { "",           "/8",     "10.0.0.0/33", "10.0.0.0/",
                                       "10.0.0.0/x", "::/129", "ten" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        stk_network n;
        CHECK(stk_network_parse((stk_str){ bad[i], strlen(bad[i]) }, &n, NULL) != STK_OK);
    }
    return NULL;
}

static const check_test tests[] = {
    { "texts become canonical", texts_become_canonical },
    { "text and bytes round-trip", text_and_bytes_round_trip },
    { "networks hold what is in them", networks_hold_what_is_in_them },
};
CHECK_MAIN(tests)
