/* SPDX-License-Identifier: Apache-2.0 */
/* Many texts in, the same texts out in any order; full is said. */
#include "dataset/shelf.h"

#include "check.h"

#include <stdlib.h>

enum { TEXTS = 20000, TEXT_ROOM = 4096 };

/* Text number n: of another length each, alike but not equal. */
static stk_str text_of(unsigned n, char room[TEXT_ROOM])
{
    int head = snprintf(room, TEXT_ROOM, "{\"id\":\"%u\",\"summary\":\"", n * 2654435761u);
    size_t len = n % 7 == 0 ? 0 : (size_t)head + n * 31 % 300;
    for (size_t i = (size_t)head; i < len; i++)
        room[i] = (char)('a' + (i * n) % 26);
    return (stk_str){ room, len };
}

static const char *test_what_is_put_is_got(void)
{
    static stk_place places[TEXTS];
    char room[TEXT_ROOM];
    stk_error err = { 0 };
    stk_shelf *shelf = stk_shelf_new();
    CHECK(shelf != NULL);
    for (unsigned n = 0; n < TEXTS; n++)
        CHECK(stk_shelf_put(shelf, text_of(n, room), &places[n], &err) == STK_OK);
    for (unsigned step = 1; step < TEXTS; step += 6421) /* in order, and far apart */
        for (unsigned i = 0, n = 0; i < 3000; i++, n = (n + step) % TEXTS) {
            stk_str got, wanted = text_of(n, room);
            CHECK(stk_shelf_get(shelf, places[n], &got, &err) == STK_OK);
            CHECK(stk_str_eq(got, wanted));
        }
    stk_shelf_free(shelf);
    stk_shelf_free(NULL);
    return NULL;
}

static const char *test_full_is_said(void)
{
    stk_error err = { 0 };
    stk_place place;
    uint32_t random = 1;
    char *noise = malloc(1 << 20);
    stk_shelf *shelf = stk_shelf_new();
    CHECK(shelf != NULL && noise != NULL);
    for (size_t i = 0; i < 1 << 20; i++)
        noise[i] = (char)((random = random * 1664525u + 1013904223u) >> 24);
    unsigned taken = 0;
    stk_status status = STK_OK;
    for (; taken < 200 && status == STK_OK; taken++)
        status = stk_shelf_put(shelf, (stk_str){ noise, 1 << 20 }, &place, &err);
    CHECK(status == STK_ERR_LIMIT && taken > 60 && taken < 70);
    free(noise);
    stk_shelf_free(shelf);
    return NULL;
}

static const check_test tests[] = {
    { "what is put is got", test_what_is_put_is_got },
    { "full is said", test_full_is_said },
};
CHECK_MAIN(tests)
