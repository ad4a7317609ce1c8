/* SPDX-License-Identifier: Apache-2.0 */
/* The key file: made once, read back, refused when others may read it or when a byte changed,
 * shared by processes, and forgetting what it is told to forget. */
#include "check.h"
#include "vault/keyring.h"
#include "vault/vault.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], path[96];

static bool fresh(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/stk-vault-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return false;
    (void)snprintf(path, sizeof path, "%s/keys", dir);
    return true;
}

static void clear(void)
{
    static const char *const names[] = { "keys", "keys.lock", "keys.new" };
    for (size_t i = 0; i < STK_COUNT(names); i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s/%s", dir, names[i]);
        (void)unlink(name);
    }
    (void)rmdir(dir);
}

static stk_key_name evidence(int64_t day)
{
    return (stk_key_name){ .use = STK_USE_EVIDENCE, .epoch = day };
}

static const char *use_vault(void)
{
    stk_vault *v = NULL;
    stk_error err;
    CHECK(stk_vault_open(path, false, &v, &err) == STK_ERR_MISSING);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    struct stat st;
    CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
    stk_key_name record = { .use = STK_USE_RECORD };
    stk_secret a, b, c;
    uint32_t version = 0;
    CHECK(stk_vault_key(v, &record, false, &a, NULL, &err) == STK_ERR_MISSING);
    CHECK(stk_vault_key(v, &record, true, &a, &version, &err) == STK_OK && version == 1);
    CHECK(stk_vault_key(v, &record, true, &b, NULL, &err) == STK_OK);
    CHECK(stk_equal_secret(&a, &b, sizeof a));
    stk_key_name other = { .use = STK_USE_PSEUDONYM, .purpose = 1, .epoch = -3 };
    CHECK(stk_vault_key(v, &other, true, &c, NULL, &err) == STK_OK);
    CHECK(!stk_equal_secret(&a, &c, sizeof a));
    stk_vault_close(v);
    CHECK(stk_vault_open(path, false, &v, &err) == STK_OK);
    CHECK(stk_vault_key(v, &record, false, &b, NULL, &err) == STK_OK);
    CHECK(stk_equal_secret(&a, &b, sizeof a));
    CHECK(stk_vault_key(v, &other, false, &b, NULL, &err) == STK_OK);
    CHECK(stk_equal_secret(&c, &b, sizeof a));
    stk_vault_close(v);
    return NULL;
}

static const char *use_mode(void)
{
    stk_vault *v = NULL;
    stk_error err;
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    CHECK(chmod(path, 0640) == 0);
    stk_secret a;
    stk_key_name record = { .use = STK_USE_RECORD };
    CHECK(stk_vault_key(v, &record, true, &a, NULL, &err) == STK_ERR_INVALID);
    CHECK(strstr(err.text, "chmod 600") != NULL);
    stk_vault_close(v);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_ERR_INVALID);
    CHECK(strstr(err.text, "0640") != NULL);
    CHECK(chmod(path, 0600) == 0);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    stk_vault_close(v);
    CHECK(unlink(path) == 0 && mkdir(path, 0700) == 0);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_ERR_INVALID);
    CHECK(rmdir(path) == 0);
    return NULL;
}

static const char *use_damage(void)
{
    stk_vault *v = NULL;
    stk_error err;
    stk_secret a;
    stk_key_name record = { .use = STK_USE_RECORD };
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    CHECK(stk_vault_key(v, &record, true, &a, NULL, &err) == STK_OK);
    stk_vault_close(v);
    int fd = open(path, O_RDWR);
    char bytes[1024];
    ssize_t len = read(fd, bytes, sizeof bytes);
    CHECK(len > 100);
    for (ssize_t i = 0; i < len; i += 3) {
        char was = bytes[i], now = (char)(was ^ 4);
        CHECK(pwrite(fd, &now, 1, i) == 1);
        CHECK(stk_vault_open(path, true, &v, &err) == STK_ERR_CRYPT);
        CHECK(pwrite(fd, &was, 1, i) == 1);
    }
    CHECK(ftruncate(fd, len - 1) == 0);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_ERR_CRYPT);
    CHECK(pwrite(fd, bytes, (size_t)len, 0) == len);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    stk_vault_close(v);
    (void)close(fd);
    return NULL;
}

static const char *use_expiry(void)
{
    stk_vault *v = NULL, *w = NULL;
    stk_error err;
    stk_secret first, again;
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    CHECK(stk_vault_open(path, false, &w, &err) == STK_OK);
    stk_key_name record = { .use = STK_USE_RECORD };
    CHECK(stk_vault_key(v, &record, true, &first, NULL, &err) == STK_OK);
    for (int64_t day = 100; day < 110; day++) {
        stk_key_name name = evidence(day);
        CHECK(stk_vault_key(v, &name, true, &first, NULL, &err) == STK_OK);
    }
    stk_key_name old = evidence(102), kept = evidence(103);
    CHECK(stk_vault_key(v, &old, false, &first, NULL, &err) == STK_OK);
    size_t destroyed = 0;
    CHECK(stk_vault_expire(w, 109, 7, &destroyed, &err) == STK_OK && destroyed == 3);
    CHECK(stk_vault_key(v, &old, false, &again, NULL, &err) == STK_ERR_MISSING); /* seen by v */
    CHECK(strstr(err.text, "destroyed") != NULL);
    CHECK(stk_vault_key(v, &kept, false, &again, NULL, &err) == STK_OK);
    CHECK(stk_vault_key(v, &old, true, &again, NULL, &err) == STK_OK); /* another key */
    CHECK(!stk_equal_secret(&first, &again, sizeof first));
    CHECK(stk_vault_destroy_day(v, 103, &err) == STK_OK);
    CHECK(stk_vault_key(w, &kept, false, &again, NULL, &err) == STK_ERR_MISSING);
    CHECK(stk_vault_expire(w, 109, 0, &destroyed, &err) == STK_OK && destroyed == 7);
    CHECK(stk_vault_key(v, &record, false, &again, NULL, &err) == STK_OK); /* not evidence */
    stk_vault_close(v);
    stk_vault_close(w);
    return NULL;
}

/* Four processes make keys at once; all end in the file, and all agree on a shared one. */
static const char *use_processes(void)
{
    enum { PROCESSES = 4, EACH = 6 };
    pid_t child[PROCESSES];
    for (int p = 0; p < PROCESSES; p++) {
        child[p] = fork();
        if (child[p] != 0)
            continue;
        stk_vault *v = NULL;
        stk_secret key;
        bool good = stk_vault_open(path, true, &v, NULL) == STK_OK;
        for (int i = 0; good && i < EACH; i++) {
            stk_key_name name = evidence(p * 100 + i);
            good = stk_vault_key(v, &name, true, &key, NULL, NULL) == STK_OK;
        }
        _exit(good ? 0 : 1);
    }
    for (int p = 0; p < PROCESSES; p++) {
        int status;
        CHECK(waitpid(child[p], &status, 0) == child[p] && status == 0);
    }
    stk_vault *v = NULL;
    stk_secret key;
    CHECK(stk_vault_open(path, false, &v, NULL) == STK_OK);
    for (int p = 0; p < PROCESSES; p++)
        for (int i = 0; i < EACH; i++) {
            stk_key_name name = evidence(p * 100 + i);
            CHECK(stk_vault_key(v, &name, false, &key, NULL, NULL) == STK_OK);
        }
    stk_vault_close(v);
    return NULL;
}

/* What a process that died between writing and renaming leaves does not stand in the way. */
static const char *use_leftover(void)
{
    char left[128];
    (void)snprintf(left, sizeof left, "%s.new", path);
    int fd = open(left, O_WRONLY | O_CREAT, 0644);
    CHECK(fd >= 0 && write(fd, "half", 4) == 4 && close(fd) == 0);
    stk_vault *v = NULL;
    stk_error err;
    stk_secret key;
    stk_key_name name = evidence(1);
    CHECK(stk_vault_open(path, true, &v, &err) == STK_OK);
    CHECK(stk_vault_key(v, &name, true, &key, NULL, &err) == STK_OK);
    stk_vault_close(v);
    CHECK(access(left, F_OK) != 0);
    return NULL;
}

static const char *use_limit(void)
{
    stk_keyring ring;
    stk_error err;
    CHECK(stk_keyring_init(&ring, &stk_entropy_system, &err) == STK_OK);
    stk_status status = STK_OK;
    for (int64_t i = 0; i < 300 && status == STK_OK; i++) {
        stk_key_name name = evidence(i);
        status = stk_keyring_make(&ring, &name, &stk_entropy_system, &err);
    }
    stk_keyring back;
    stk_auto_buf bytes = stk_buf_init(STK_KEYRING_BYTES);
    if (status == STK_OK)
        status = stk_keyring_save(&ring, &stk_entropy_system, &bytes, &err);
    if (status == STK_OK)
        status = stk_keyring_load(&back, stk_buf_str(&bytes), &err);
    bool same = status == STK_OK && back.count == ring.count;
    if (status == STK_OK)
        stk_keyring_done(&back);
    stk_keyring_done(&ring);
    CHECK(same);
    return NULL;
}

#define WITH_DIRECTORY(use)                                                                        \
    static const char *in_##use(void)                                                              \
    {                                                                                              \
        CHECK(fresh());                                                                            \
        const char *why = use();                                                                   \
        clear();                                                                                   \
        return why;                                                                                \
    }
WITH_DIRECTORY(use_vault)
WITH_DIRECTORY(use_mode)
WITH_DIRECTORY(use_damage)
WITH_DIRECTORY(use_expiry)
WITH_DIRECTORY(use_processes)
WITH_DIRECTORY(use_leftover)

static const check_test tests[] = {
    { "keys are made, kept and told apart", in_use_vault },
    { "a file that others can read is refused", in_use_mode },
    { "any changed byte is noticed", in_use_damage },
    { "evidence keys are destroyed, for every handle", in_use_expiry },
    { "processes do not undo each other's keys", in_use_processes },
    { "a dead process's half file is harmless", in_use_leftover },
    { "a ring of many keys survives its bytes", use_limit },
};
CHECK_MAIN(tests)
