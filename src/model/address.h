/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_MODEL_ADDRESS_H
#define STK_MODEL_ADDRESS_H
/* Internet addresses as one 16-byte value; IPv4 is held mapped (::ffff:a.b.c.d), so that
 * 192.0.2.1 and ::ffff:192.0.2.1 are one actor. Sources: RFC 4291, RFC 5952 (canonical text). */
#include "base/error.h"
#include "base/str.h"

typedef struct stk_address {
    unsigned char byte[16];
} stk_address; /* personal data: not for logs or the store */

/* Read "192.0.2.1", "2001:db8::1", "[2001:db8::1]:443", "192.0.2.1:80", "::ffff:192.0.2.1",
 * quoted or not. False when it is none of these. */
bool stk_address_parse(stk_str text, stk_address *ret);
enum { STK_ADDRESS_TEXT = 46 };
size_t stk_address_text(const stk_address *a,
                        char out[STK_ADDRESS_TEXT]); /* RFC 5952; IPv4 dotted */
bool stk_address_is_v4(const stk_address *a);
/* Keep the first `bits` of 128 (IPv4 /24 is 120), zero the rest. */
stk_address stk_address_prefix(const stk_address *a, unsigned bits);

/* A list of networks ("10.0.0.0/8", "2001:db8::/32", "127.0.0.1"). */
typedef struct stk_network {
    stk_address base;
    unsigned bits; /* of 128 */
} stk_network;
stk_status stk_network_parse(stk_str text, stk_network *ret, stk_error *err);
bool stk_network_holds(const stk_network *list, size_t count, const stk_address *a);
#endif
