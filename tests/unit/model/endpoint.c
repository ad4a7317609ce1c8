/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths are one endpoint. */
#include "model/endpoint.h"

#include "check.h"

static const char *ids_collapse_and_words_stay(void)
{
    static const struct {
        const char *path, *want;
    } rows[] = {
        { "/", "/" },
        { "/product/1234/reviews", "/product/{}/reviews" },
        { "/product/77.html", "/product/{}.html" },
        { "/tienda1/publico/anadir.jsp", "/tienda1/publico/anadir.jsp" },
        { "/u/550e8400-e29b-41d4-a716-446655440000", "/u/{}" },
        { "/2026/11/20/sale", "/{}/{}/{}/sale" },
        { "/asset/da39a3ee5e6b4b0d3255bfef95601890afd80709.css", "/asset/{}.css" },
        { "/api/v2/cart", "/api/v2/cart" },
        { "/decade/facade", "/decade/facade" },
        { "//x", "//x" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[STK_ENDPOINT_BYTES];
        size_t n = stk_endpoint((stk_str){ rows[i].path, strlen(rows[i].path) }, out);
        CHECK(n == strlen(rows[i].want) && memcmp(out, rows[i].want, n) == 0);
    }
    return NULL;
}

static const char *a_long_path_is_cut_not_overrun(void)
{
    char path[4096], out[STK_ENDPOINT_BYTES];
    memset(path, 'z', sizeof path);
    CHECK(stk_endpoint((stk_str){ path, sizeof path }, out) == STK_ENDPOINT_BYTES);
    return NULL;
}

static const check_test tests[] = {
    { "ids collapse and words stay", ids_collapse_and_words_stay },
    { "a long path is cut, not overrun", a_long_path_is_cut_not_overrun },
};
CHECK_MAIN(tests)
