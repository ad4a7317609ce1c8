/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of all the notations that logs and proxies write. */
#include "model/address.h"

#include "base/scan.h"

#include <stdint.h>

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

bool stk_address_is_v4(const stk_address *a)
{
    return memcmp(a->byte, mapped, sizeof mapped) == 0;
}

/* A dotted quad at the start: bytes used, 0 for none. "01" is refused: some read it as octal. */
static size_t read_v4(stk_str s, unsigned char out[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t start = at;
        for (; at < s.len && at < start + 3 && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++)
            value = value * 10 + (unsigned)(s.ptr[at] - '0');
        if (at == start || value > 255 || (at - start > 1 && s.ptr[start] == '0'))
            return 0;
        out[part] = (unsigned char)value;
        if (part < 3 && (at == s.len || s.ptr[at++] != '.'))
            return 0;
    }
    return at;
}

/* RFC 4291 section 2.2, the whole of `s`. */
static bool read_v6(stk_str s, unsigned char out[16])
{
    unsigned char words[16] = { 0 };
    size_t filled = 0, gap = SIZE_MAX, at = 0;
    if (s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':')
        gap = 0, at = 2;
    while (at < s.len) {
        if (filled == 16)
            return false;
        unsigned value = 0;
        size_t start = at;
        for (; at < s.len && at < start + 4 && stk_hex_digit(s.ptr[at]) >= 0; at++)
            value = value << 4 | (unsigned)stk_hex_digit(s.ptr[at]);
        if (at == start)
            return false;
        if (at < s.len && s.ptr[at] == '.') { /* the last 32 bits as a dotted quad */
            stk_str rest = { s.ptr + start, s.len - start };
            if (filled > 12 || read_v4(rest, words + filled) != rest.len)
                return false;
            filled += 4;
            break;
        }
        words[filled++] = (unsigned char)(value >> 8);
        words[filled++] = (unsigned char)value;
        if (at == s.len)
            break;
        if (s.ptr[at++] != ':' || at == s.len)
            return false;
        if (s.ptr[at] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = filled;
            at++;
        }
    }
    if (gap == SIZE_MAX ? filled != 16 : filled > 14)
        return false;
    if (gap == SIZE_MAX)
        gap = filled;
    memset(out, 0, 16);
    memcpy(out, words, gap);
    memcpy(out + 16 - (filled - gap), words + gap, filled - gap);
    return true;
}

static bool is_port(stk_str s) /* ":443" */
{
    if (s.len < 2 || s.len > 6 || s.ptr[0] != ':')
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
    return true;
}

bool stk_address_parse(stk_str text, stk_address *ret)
{
    unsigned char out[16];
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t' || text.ptr[0] == '"'))
        text.ptr++, text.len--;
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t' ||
                            text.ptr[text.len - 1] == '"'))
        text.len--;
    if (text.len == 0 || text.len > 64)
        return false;
    size_t n = read_v4(text, out + 12);
    if (n != 0) {
        if (n != text.len && !is_port((stk_str){ text.ptr + n, text.len - n }))
            return false;
        memcpy(out, mapped, sizeof mapped);
        memcpy(ret->byte, out, 16);
        return true;
    }
    if (text.ptr[0] == '[') {
        const char *end = memchr(text.ptr, ']', text.len);
        if (end == NULL)
            return false;
        stk_str port = { end + 1, text.len - (size_t)(end + 1 - text.ptr) };
        if (port.len != 0 && !is_port(port))
            return false;
        text = (stk_str){ text.ptr + 1, (size_t)(end - text.ptr) - 1 };
    }
    const char *zone = memchr(text.ptr, '%', text.len); /* fe80::1%eth0 (RFC 4007) */
    if (zone != NULL)
        text.len = (size_t)(zone - text.ptr);
    if (text.len < 2 || !read_v6(text, out))
        return false;
    memcpy(ret->byte, out, 16);
    return true;
}

static size_t put_v4(const unsigned char *byte, char *out)
{
    char *p = out;
    for (int i = 0; i < 4; i++) {
        unsigned v = byte[i];
        if (v >= 100)
            *p++ = (char)('0' + v / 100);
        if (v >= 10)
            *p++ = (char)('0' + v / 10 % 10);
        *p++ = (char)('0' + v % 10);
        *p++ = '.';
    }
    *--p = '\0';
    return (size_t)(p - out);
}

/* The longest run of two or more zero words, the first of equals (RFC 5952 section 4.2). */
static void longest_zeros(const unsigned words[8], int *ret_start, int *ret_len)
{
    *ret_start = -1;
    *ret_len = 1;
    for (int i = 0; i < 8; i++) {
        int run = 0;
        while (i + run < 8 && words[i + run] == 0)
            run++;
        if (run > *ret_len) {
            *ret_start = i;
            *ret_len = run;
        }
        i += run;
    }
}

size_t stk_address_text(const stk_address *a, char out[STK_ADDRESS_TEXT])
{
    if (stk_address_is_v4(a))
        return put_v4(a->byte + 12, out);
    unsigned words[8];
    for (int i = 0; i < 8; i++)
        words[i] = (unsigned)a->byte[2 * i] << 8 | a->byte[2 * i + 1];
    int start, len;
    longest_zeros(words, &start, &len);
    char *p = out;
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            *p++ = ':';
            *p++ = ':';
            i += len - 1;
            continue;
        }
        if (i != 0 && i != start + len)
            *p++ = ':';
        bool begun = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            unsigned digit = words[i] >> shift & 15;
            begun = begun || digit != 0 || shift == 0;
            if (begun)
                *p++ = "0123456789abcdef"[digit];
        }
    }
    *p = '\0';
    return (size_t)(p - out);
}

stk_address stk_address_prefix(const stk_address *a, unsigned bits)
{
    stk_address cut = { { 0 } };
    if (bits > 128)
        bits = 128;
    memcpy(cut.byte, a->byte, bits / 8);
    if (bits % 8 != 0)
        cut.byte[bits / 8] = (unsigned char)(a->byte[bits / 8] & (0xff00u >> bits % 8));
    return cut;
}

stk_status stk_network_parse(stk_str text, stk_network *ret, stk_error *err)
{
    const char *slash = text.len == 0 ? NULL : memchr(text.ptr, '/', text.len);
    stk_str address = { text.ptr, slash == NULL ? text.len : (size_t)(slash - text.ptr) };
    stk_address base;
    if (!stk_address_parse(address, &base))
        return stk_fail(err, STK_ERR_SYNTAX,
                        "'%.*s' is no network (write 10.0.0.0/8 or 2001:db8::/32)",
                        (int)(text.len < 60 ? text.len : 60), text.len == 0 ? "" : text.ptr);
    bool dotted = memchr(address.ptr, '.', address.len) != NULL &&
                  memchr(address.ptr, ':', address.len) == NULL;
    unsigned most = dotted ? 32 : 128, bits = most;
    if (slash != NULL) {
        stk_str digits = { slash + 1, text.len - address.len - 1 };
        bits = 0;
        for (size_t i = 0; i < digits.len && i < 4; i++)
            bits = digits.ptr[i] >= '0' && digits.ptr[i] <= '9'
                       ? bits * 10 + (unsigned)(digits.ptr[i] - '0')
                       : 1000;
        if (digits.len == 0 || digits.len > 3 || bits > most)
            return stk_fail(err, STK_ERR_INVALID,
                            "the length of a network's prefix is 0 to %u here", most);
    }
    bits += 128 - most;
    *ret = (stk_network){ .base = stk_address_prefix(&base, bits), .bits = bits };
    return STK_OK;
}

bool stk_network_holds(const stk_network *list, size_t count, const stk_address *a)
{
    for (size_t i = 0; i < count; i++) {
        stk_address cut = stk_address_prefix(a, list[i].bits);
        if (memcmp(cut.byte, list[i].base.byte, sizeof cut.byte) == 0)
            return true;
    }
    return false;
}
