/* SPDX-License-Identifier: Apache-2.0 */
/* Readers with every allocation failing in turn, those of zlib and libzstd included. */
#include "alloc.h"

#include "dataset/reader.h"

/* "stockade\n" packed by gzip -n and by zstd. */
static const unsigned char gzip_bytes[] = { 0x1f, 0x8b, 8,    0,    0,    0,    0,    0,    0,    3,
                                            0x2b, 0x2e, 0xc9, 0x4f, 0xce, 0x4e, 0x4c, 0x49, 0xe5, 2,
                                            0,    0x16, 0xf6, 0x5a, 0x2e, 9,    0,    0,    0 };
static const unsigned char zstd_bytes[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 9,   0x49, 0,   0,
                                            's',  't',  'o',  'c',  'k',  'a', 'd',  'e', '\n' };

static stk_status unpack(void *ctx)
{
    const stk_str *packed = ctx;
    stk_auto_reader *r = NULL;
    STK_TRY(stk_reader_open_bytes(*packed, &r, NULL));
    char piece[4], all[16];
    size_t len = 0;
    for (size_t n = 1; n != 0;) {
        STK_TRY(stk_reader_read(r, piece, sizeof piece, &n, NULL));
        if (len + n > sizeof all)
            return STK_ERR_LIMIT;
        memcpy(all + len, piece, n);
        len += n;
    }
    return len == 9 && memcmp(all, "stockade\n", 9) == 0 ? STK_OK : STK_ERR_INVALID;
}

static stk_status whole(void *ctx)
{
    stk_auto_buf out = stk_buf_init(1 << 20);
    return stk_read_whole(ctx, &out, NULL);
}

static const char *packings(void)
{
    stk_str table[] = { { (const char *)gzip_bytes, sizeof gzip_bytes },
                        { (const char *)zstd_bytes, sizeof zstd_bytes },
                        STK_S("stockade\n") };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        const char *why = alloc_torture(unpack, &table[i], STK_OK);
        if (why != NULL)
            printf("# packing %zu\n", i);
        if (why != NULL)
            return why;
    }
    return NULL;
}

static const char *files(void)
{
    const char *why = alloc_torture(whole, (void *)"CMakeLists.txt", STK_OK);
    return why != NULL ? why : alloc_torture(whole, (void *)"no/such/file", STK_ERR_IO);
}

static const check_test tests[] = {
    { "packings", packings },
    { "files", files },
};
CHECK_MAIN(tests)
