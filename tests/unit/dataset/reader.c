/* SPDX-License-Identifier: Apache-2.0 */
/* Files of every packing, whole, damaged at every byte, cut at every byte, and what is no file. */
#include "dataset/reader.h"

#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char dir[] = "/tmp/stockade-reader-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[2][256];
    static unsigned which;
    char *p = path[which++ % 2];
    (void)snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

static void put(const char *name, stk_str bytes)
{
    FILE *f = fopen(in_dir(name), "wb");
    if (f == NULL || fwrite(bytes.ptr, 1, bytes.len, f) != bytes.len || fclose(f) != 0)
        abort();
}

static void gzip_to(stk_buf *out, stk_str plain)
{
    z_stream z = { 0 };
    size_t most = compressBound(plain.len) + 64;
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    char *p = stk_buf_more(out, most);
    z.next_in = (Bytef *)plain.ptr;
    z.avail_in = (uInt)plain.len;
    z.next_out = (Bytef *)p;
    z.avail_out = (uInt)most;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    out->len -= most - z.total_out;
    deflateEnd(&z);
}

static void zstd_to(stk_buf *out, stk_str plain)
{
    size_t most = ZSTD_compressBound(plain.len);
    char *p = stk_buf_more(out, most);
    /* with a checksum, as the zstd command writes */
    ZSTD_CCtx *c = ZSTD_createCCtx();
    (void)ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    size_t n = ZSTD_compress2(c, p, most, plain.ptr, plain.len);
    ZSTD_freeCCtx(c);
    if (ZSTD_isError(n))
        abort();
    out->len -= most - n;
}

/* Read all in pieces of `room`; the bytes are added to `out`, the last status is returned. */
static stk_status drain(stk_reader *r, size_t room, stk_buf *out, stk_error *err)
{
    char piece[4096];
    for (size_t n = 1; n != 0;) {
        stk_status status = stk_reader_read(r, piece, room, &n, err);
        if (status != STK_OK) {
            stk_error again;
            size_t none = 1;
            if (stk_reader_read(r, piece, room, &none, &again) != STK_OK || none != 0)
                abort(); /* after an error comes the end */
            return status;
        }
        stk_buf_add(out, (stk_str){ piece, n });
    }
    return stk_reader_offset(r) == out->len ? STK_OK : STK_ERR_INVALID;
}

static stk_status read_bytes(stk_str packed, size_t room, stk_buf *out, stk_error *err)
{
    stk_auto_reader *r = NULL;
    STK_TRY(stk_reader_open_bytes(packed, &r, err));
    return drain(r, room, out, err);
}

static stk_status read_path(const char *path, uint64_t offset, stk_buf *out, stk_error *err)
{
    stk_auto_reader *r = NULL;
    STK_TRY(stk_reader_open(path, offset, &r, err));
    char piece[4096];
    for (size_t n = 1; n != 0;) {
        STK_TRY(stk_reader_read(r, piece, sizeof piece, &n, err));
        stk_buf_add(out, (stk_str){ piece, n });
    }
    return STK_OK;
}

static stk_str sample(void)
{
    static char text[20000];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        x = x * 1664525 + 1013904223;
        text[i] = "GET /index.php?id=0123456789 HTTP\n"[x >> 27 & 31];
    }
    return (stk_str){ text, sizeof text };
}

static const char *packings(void)
{
    stk_str all = sample(), a = { all.ptr, 7000 }, b = { all.ptr + 7000, all.len - 7000 };
    stk_auto_buf plain = stk_buf_init(1 << 20), gz = stk_buf_init(1 << 20),
                 zs = stk_buf_init(1 << 20);
    stk_buf_add(&plain, all);
    gzip_to(&gz, a);
    gzip_to(&gz, STK_S(""));
    gzip_to(&gz, b);
    stk_buf_add(&gz, STK_S("\0\0\0\0\0"));                  /* padding is no damage */
    stk_buf_add(&zs, STK_S("\x52\x2a\x4d\x18\3\0\0\0abc")); /* a frame to be skipped */
    zstd_to(&zs, a);
    zstd_to(&zs, STK_S(""));
    zstd_to(&zs, b);
    const struct {
        const char *name; /* wrong on purpose: names are not believed */
        stk_buf *bytes;
        stk_packing packing;
    } table[] = {
        { "plain.gz", &plain, STK_PACK_PLAIN },
        { "gzip.zst", &gz, STK_PACK_GZIP },
        { "zstd.log", &zs, STK_PACK_ZSTD },
    };
    for (size_t i = 0; i < STK_COUNT(table); i++) {
        stk_error err;
        for (size_t room = 1; room <= 4096; room *= 8) {
            stk_auto_buf got = stk_buf_init(1 << 20);
            CHECK(read_bytes(stk_buf_str(table[i].bytes), room, &got, &err) == STK_OK);
            CHECK(stk_str_eq(stk_buf_str(&got), all));
        }
        put(table[i].name, stk_buf_str(table[i].bytes));
        static const uint64_t starts[] = { 0, 1, 3, 6999, 7000, 7001, 19999, 20000 };
        for (size_t s = 0; s < STK_COUNT(starts); s++) {
            stk_auto_buf got = stk_buf_init(1 << 20);
            CHECK(read_path(in_dir(table[i].name), starts[s], &got, &err) == STK_OK);
            CHECK(stk_str_eq(stk_buf_str(&got),
                             (stk_str){ all.ptr + starts[s], all.len - starts[s] }));
        }
        stk_auto_reader *r = NULL;
        CHECK(stk_reader_open(in_dir(table[i].name), 20001, &r, &err) == STK_ERR_INVALID);
        CHECK(strstr(err.text, "holds 20000 bytes") != NULL);
        CHECK(stk_reader_open(in_dir(table[i].name), 5, &r, &err) == STK_OK);
        CHECK(stk_reader_packing(r) == table[i].packing && stk_reader_offset(r) == 5);
        CHECK(stk_reader_size(r) == table[i].bytes->len);
    }
    return NULL;
}

/* Cut anywhere: all that could be unpacked comes, then one error with the place. */
static const char *cut(void)
{
    stk_str all = sample(), a = { all.ptr, 3000 }, b = { all.ptr + 3000, 2000 };
    for (int zstd = 0; zstd < 2; zstd++) {
        stk_auto_buf packed = stk_buf_init(1 << 20);
        (zstd ? zstd_to : gzip_to)(&packed, a);
        size_t first = packed.len;
        (zstd ? zstd_to : gzip_to)(&packed, b);
        size_t most = 0;
        for (size_t len = 5; len < packed.len; len++) {
            stk_error err = { 0 };
            stk_auto_buf got = stk_buf_init(1 << 20);
            stk_status status = read_bytes((stk_str){ packed.ptr, len }, 512, &got, &err);
            CHECK(status == (len == first ? STK_OK : STK_ERR_SYNTAX));
            CHECK(got.len <= 5000 && memcmp(got.ptr == NULL ? "" : got.ptr, all.ptr, got.len) == 0);
            CHECK(len < first || got.len >= 3000);
            CHECK(got.len >= most); /* more bytes never give less */
            most = got.len;
            CHECK(status == STK_OK || strstr(err.text, "at packed byte") != NULL);
        }
        CHECK(zstd || most > 4900); /* gzip streams; nearly all had come */
    }
    return NULL;
}

static const char *damaged(void)
{
    stk_str all = sample(), a = { all.ptr, 3000 };
    for (int zstd = 0; zstd < 2; zstd++) {
        stk_auto_buf packed = stk_buf_init(1 << 20);
        (zstd ? zstd_to : gzip_to)(&packed, a);
        size_t errors = 0;
        for (size_t i = 4; i < packed.len; i++) {
            packed.ptr[i] ^= 0x20;
            stk_error err = { 0 };
            stk_auto_buf got = stk_buf_init(1 << 20);
            stk_status status = read_bytes(stk_buf_str(&packed), 100, &got, &err);
            errors += status != STK_OK;
            CHECK(status == STK_OK || status == STK_ERR_SYNTAX || status == STK_ERR_LIMIT);
            CHECK(status != STK_OK || stk_str_eq(stk_buf_str(&got), a));
            packed.ptr[i] ^= 0x20;
        }
        CHECK(errors > packed.len * 9 / 10);
        stk_buf_add(&packed, STK_S("\0\0garbage"));
        stk_error err = { 0 };
        stk_auto_buf got = stk_buf_init(1 << 20);
        CHECK(read_bytes(stk_buf_str(&packed), 100, &got, &err) == STK_ERR_SYNTAX);
        CHECK(stk_str_eq(stk_buf_str(&got), a) && strstr(err.text, "follow the packed") != NULL);
    }
    return NULL;
}

/* 512 MiB of zeros out of half a megabyte: memory stays where it was. */
static const char *bomb(void)
{
    stk_auto_buf packed = stk_buf_init(4 << 20);
    z_stream z = { 0 };
    static char zeros[1 << 20];
    CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    for (int i = 0; i <= 512; i++) {
        z.next_in = (Bytef *)zeros;
        z.avail_in = i < 512 ? sizeof zeros : 0;
        do {
            char out[4096];
            z.next_out = (Bytef *)out;
            z.avail_out = sizeof out;
            (void)deflate(&z, i < 512 ? Z_NO_FLUSH : Z_FINISH);
            stk_buf_add(&packed, (stk_str){ out, sizeof out - z.avail_out });
        } while (z.avail_out == 0);
    }
    deflateEnd(&z);
    struct rusage before, after;
    (void)getrusage(RUSAGE_SELF, &before);
    stk_auto_reader *r = NULL;
    CHECK(stk_reader_open_bytes(stk_buf_str(&packed), &r, NULL) == STK_OK);
    for (size_t n = 1; n != 0;)
        CHECK(stk_reader_read(r, zeros, sizeof zeros, &n, NULL) == STK_OK);
    (void)getrusage(RUSAGE_SELF, &after);
    CHECK(stk_reader_offset(r) == 512u << 20);
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return NULL; /* a sanitizer's own shadow of what was touched is resident too */
#else
    CHECK(after.ru_maxrss - before.ru_maxrss < 4096); /* KiB */
    return NULL;
#endif
}

static const char *no_files(void)
{
    stk_error err;
    stk_reader *r = NULL;
    CHECK(stk_reader_open(in_dir("absent"), 0, &r, &err) == STK_ERR_IO);
    CHECK(strstr(err.text, "No such file") != NULL);
    CHECK(stk_reader_open(dir, 0, &r, &err) == STK_ERR_IO);
    CHECK(strstr(err.text, "is a directory") != NULL);
    CHECK(stk_reader_open("/dev/zero", 0, &r, &err) == STK_ERR_IO);
    CHECK(strstr(err.text, "is a device") != NULL);
    put("secret", STK_S("x"));
    CHECK(chmod(in_dir("secret"), 0) == 0);
    if (geteuid() != 0) { /* root may read everything */
        CHECK(stk_reader_open(in_dir("secret"), 0, &r, &err) == STK_ERR_IO);
        CHECK(strstr(err.text, "Permission denied") != NULL);
    }
    CHECK(r == NULL);
    put("empty", STK_S(""));
    stk_auto_buf got = stk_buf_init(64);
    CHECK(read_path(in_dir("empty"), 0, &got, &err) == STK_OK && got.len == 0);
    CHECK(read_bytes(STK_S(""), 10, &got, &err) == STK_OK && got.len == 0);
    return NULL;
}

/* A FIFO whose writer comes late, and standard input in the middle of a file. */
static const char *streams(void)
{
    stk_error err;
    CHECK(mkfifo(in_dir("fifo"), 0600) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        usleep(50000);
        int fd = open(in_dir("fifo"), O_WRONLY);
        ssize_t n = write(fd, "ab", 2);
        usleep(20000);
        n += write(fd, "cdef", 4);
        _exit(n == 6 ? 0 : 1);
    }
    stk_auto_buf got = stk_buf_init(64);
    CHECK(read_path(in_dir("fifo"), 1, &got, &err) == STK_OK);
    CHECK(stk_str_eq(stk_buf_str(&got), STK_S("bcdef")));

    put("file", STK_S("0123456789"));
    int saved = dup(0), fd = open(in_dir("file"), O_RDONLY);
    CHECK(saved >= 0 && fd >= 0 && lseek(fd, 4, SEEK_SET) == 4 && dup2(fd, 0) == 0);
    stk_auto_buf rest = stk_buf_init(64);
    stk_status status = read_path("-", 0, &rest, &err);
    (void)lseek(fd, 4, SEEK_SET);
    stk_auto_buf later = stk_buf_init(64);
    stk_status skipped = read_path("-", 2, &later, &err);
    (void)dup2(saved, 0);
    close(saved);
    close(fd);
    CHECK(status == STK_OK && stk_str_eq(stk_buf_str(&rest), STK_S("456789")));
    CHECK(skipped == STK_OK && stk_str_eq(stk_buf_str(&later), STK_S("6789")));
    return NULL;
}

static const char *whole(void)
{
    stk_error err;
    put("conf", STK_S("a: 1\n"));
    stk_auto_buf out = stk_buf_init(5), small = stk_buf_init(4);
    CHECK(stk_read_whole(in_dir("conf"), &out, &err) == STK_OK);
    CHECK(stk_str_eq(stk_buf_str(&out), STK_S("a: 1\n")));
    CHECK(stk_read_whole(in_dir("conf"), &small, &err) == STK_ERR_LIMIT);
    return NULL;
}

static const check_test tests[] = {
    { "plain, gzip and zstd, from any offset", packings },
    { "cut at every byte", cut },
    { "damaged at every byte", damaged },
    { "a bomb does not grow memory", bomb },
    { "what is no file", no_files },
    { "FIFO and standard input", streams },
    { "a whole small file", whole },
};

int main(void)
{
    if (mkdtemp(dir) == NULL)
        return 3;
    int failed = check_main(tests, STK_COUNT(tests));
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 ? failed : 3;
}
