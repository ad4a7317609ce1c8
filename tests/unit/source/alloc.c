/* SPDX-License-Identifier: Apache-2.0 */
/* Bookmarks, tails and watches with every allocation failing in turn. A tail goes on with what it
 * has: a failure may keep it from finding rotated files, never from the file at its path. */
#include "alloc.h"

#include "source/tail.h"
#include "source/watch.h"

#include <openssl/err.h>

static stk_status bookmark(void *ctx)
{
    (void)ctx;
    stk_bookmark mark;
    STK_TRY(stk_bookmark_of_path("LICENSE", 5000, &mark, NULL));
    return stk_bookmark_of_path("LICENSE", 10, &mark, NULL);
}

static stk_status tail(void *ctx)
{
    (void)ctx;
    stk_tail *t = NULL;
    stk_tail_setup setup = { .path = "LICENSE" };
    STK_TRY(stk_tail_open(&setup, &t, NULL));
    stk_tail_piece piece;
    stk_status status = stk_tail_poll(t, 0, &piece, NULL);
    if (status == STK_OK && piece.news != STK_TAIL_BYTES)
        status = STK_ERR_INVALID;
    stk_bookmark mark;
    if (status == STK_OK)
        status = stk_tail_bookmark(t, piece.file, 100, &mark, NULL);
    stk_tail_close(t);
    return status;
}

static stk_status watch(void *ctx)
{
    (void)ctx;
    stk_watch_config config;
    stk_spec_defaults(stk_watch_spec, stk_watch_spec_count, &config);
    stk_watch *w = stk_watch_new(&config, false, (stk_key){ 0 });
    if (w == NULL)
        return STK_ERR_MEMORY;
    stk_meta meta = { .position = { 0, 1, 0 } };
    for (int i = 0; i < 100; i++)
        stk_watch_bad(w, &meta, STK_S("{\"a\":1}\n"), 0);
    stk_finding said;
    stk_status status = stk_watch_next(w, &said) ? STK_OK : STK_ERR_MISSING;
    stk_watch_free(w);
    return status;
}

/* OpenSSL does not say that memory was short, and keeps its errors in a queue. */
static stk_status plain(stk_status status)
{
    ERR_clear_error();
    return status == STK_ERR_CRYPT ? STK_ERR_MEMORY : status;
}

static stk_status bookmark_plain(void *ctx)
{
    return plain(bookmark(ctx));
}

static stk_status tail_plain(void *ctx)
{
    return plain(tail(ctx));
}

static const char *all(void)
{
    const char *why = alloc_torture(bookmark_plain, NULL, STK_OK);
    if (why == NULL)
        why = alloc_torture(tail_plain, NULL, STK_OK);
    return why != NULL ? why : alloc_torture(watch, NULL, STK_OK);
}

static const check_test tests[] = { { "bookmarks, tails, watches", all } };
CHECK_MAIN(tests)
