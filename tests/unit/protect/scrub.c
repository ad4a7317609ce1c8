/* SPDX-License-Identifier: Apache-2.0 */
/* Card numbers and secrets are blotted out; what only looks like them is not. The card numbers are
 * those that issuers publish for tests. */
#include "protect/scrub.h"

#include "check.h"

static const char *test_cases(void)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "card 4111111111111111 end", "card XXXXXXXXXXXXXXXX end" },
        { "4111-1111-1111-1111", "XXXX-XXXX-XXXX-XXXX" },
        { "n=4111+1111+1111+1111&x=1", "n=XXXX+XXXX+XXXX+XXXX&x=1" },
        { "n=4111%201111%201111%201111", "n=XXXX%20XXXX%20XXXX%20XXXX" },
        { "2016-12-22 5555555555554444.", "2016-12-22 XXXXXXXXXXXXXXXX." },
        { "12 34 378282246310005 1", "12 34 XXXXXXXXXXXXXXX 1" },
        { "30569309025904", "XXXXXXXXXXXXXX" },
        { "6011111111111117x3530111333300000", "XXXXXXXXXXXXXXXXxXXXXXXXXXXXXXXXX" },
        { "4222222222222", "XXXXXXXXXXXXX" },
        { "4111111111111112", "4111111111111112" },               /* wrong check digit */
        { "1482409852123", "1482409852123" },                     /* milliseconds */
        { "1111111111111117", "1111111111111117" },               /* nobody issues these */
        { "41111111111111111111111", "41111111111111111111111" }, /* too long */
        { "4111  1111 1111 1111", "4111  1111 1111 1111" },       /* two blanks */
        { "?cvv=123&a=1", "?cvv=X&a=1" },
        { "{\"cvv2\": \"123\", \"pin\":4711}", "{\"cvv2\": \"X\", \"pin\":X}" },
        { "user=a&PassWord=hunter2&new_password=x y", "user=a&PassWord=X&new_password=X y" },
        { "card[cvc]=999;card-code=1", "card[cvc]=X;card-code=X" },
        { "pinned=yes&surpass=1&password=", "pinned=yes&surpass=1&password=" },
        { "password=%27+OR+1", "password=X" },
        { "=", "=" },
        { ":", ":" },
        { "", "" },
        { "cvv=", "cvv=" },
        { "9", "9" },
    };
    for (size_t i = 0; i < STK_COUNT(cases); i++) {
        stk_auto_buf out = stk_buf_init(256);
        stk_buf_add(&out, STK_S("before "));
        bool good = stk_scrub((stk_str){ cases[i].in, strlen(cases[i].in) }, &out) &&
                    out.len == 7 + strlen(cases[i].out) &&
                    memcmp(out.ptr + 7, cases[i].out, out.len - 7) == 0;
        if (!good)
            printf("# %s became %.*s\n", cases[i].in, (int)out.len, out.ptr);
        CHECK(good);
    }
    CHECK(stk_has_card_number(STK_S("x 4111 1111 1111 1111")));
    CHECK(!stk_has_card_number(STK_S("x 4111 1111 1111 1112")));
    stk_auto_buf full = stk_buf_init(4);
    CHECK(!stk_scrub(STK_S("longer than room"), &full));
    return NULL;
}

static const check_test tests[] = { { "card numbers and secrets", test_cases } };
CHECK_MAIN(tests)
