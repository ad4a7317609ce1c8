/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and forwarding headers from hostile bytes: canonical text reads back as the same. */
#include "model/client.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t cut = data[0] % size, second = data[1] % size;
    if (cut > second) {
        size_t swap = cut;
        cut = second;
        second = swap;
    }
    stk_str a = { (const char *)data, cut }, b = { (const char *)data + cut, second - cut },
            c = { (const char *)data + second, size - second };
    stk_network all = { .bits = 0 };
    stk_proxies proxies = { &all, 1 };
    stk_address address, again;
    char text[STK_ADDRESS_TEXT];
    if (stk_client_resolve(&proxies, STK_S("10.0.0.1"), a, b, c, &address)) {
        size_t n = stk_address_text(&address, text);
        if (n >= STK_ADDRESS_TEXT || !stk_address_parse((stk_str){ text, n }, &again) ||
            memcmp(&address, &again, sizeof address) != 0)
            abort();
    }
    (void)stk_address_parse(a, &address);
    stk_network network;
    stk_status status = stk_network_parse(c, &network, NULL);
    stk_client_rule rule;
    status = stk_client_rule_parse(b, &rule, NULL);
    (void)status;
    (void)stk_cookie_value(c, b);
    return 0;
}
