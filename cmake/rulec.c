/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles the rules that ship while the program is built: rulec OUT.c NAME=FILE... writes the
 * automaton as C, so that the program starts in a few milliseconds. It is built from the rules'
 * loader alone; confirmers are not needed to compile patterns, so any name of one will do here
 * (the program's own loader is strict about them). */
#include "detect/rules/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILES = 64 };

static const stk_confirmer any = { .name = "any" };
const stk_confirmer *const stk_confirmers[] = { &any, NULL };

const stk_confirmer *stk_confirmer_named(stk_str name)
{
    return name.len > 0 ? &any : NULL;
}

static void tell(void *ctx, const stk_error *err)
{
    (void)ctx;
    fprintf(stderr, "%s:%u:%u: %s\n", err->file, err->line, err->column, err->text);
}

static bool read_whole(const char *name, stk_buf *out)
{
    FILE *file = fopen(name, "rb");
    char part[1 << 14];
    size_t n = 0;
    while (file != NULL && (n = fread(part, 1, sizeof part, file)) > 0)
        stk_buf_add(out, (stk_str){ part, n });
    if (file == NULL || ferror(file) || out->failed) {
        perror(name);
        return false;
    }
    fclose(file);
    return true;
}

static bool write_c(const char *name, const char *bytes, size_t len, uint64_t hash)
{
    FILE *out = fopen(name, "w");
    if (out == NULL)
        return false;
    fputs("/* Written by cmake/rulec.c from rules/. */\n#include \"detect/rules/rule.h\"\n\n"
          "static const uint64_t words[] = {",
          out);
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, bytes + i, len - i < sizeof word ? len - i : sizeof word);
        fprintf(out, "%s0x%" PRIx64 ",", i % 64 ? "" : "\n", word);
    }
    fprintf(out,
            "\n};\nconst stk_rules_prebuilt stk_rules_prebuilt_database = {\n"
            "    .hash = UINT64_C(0x%" PRIx64 "), .bytes = words, .len = %zu,\n};\n",
            hash, len);
    return fclose(out) == 0;
}

int main(int count, char **arguments)
{
    stk_buf bytes[FILES];
    stk_rules_file files[FILES];
    if (count < 2 || count - 2 > FILES) {
        fprintf(stderr, "rulec OUT.c NAME=FILE... (at most %d)\n", FILES);
        return 2;
    }
    for (int i = 2; i < count; i++) {
        char *file = strchr(arguments[i], '=');
        bytes[i - 2] = stk_buf_init(STK_YAML_BYTES);
        if (file == NULL || !read_whole(file + 1, &bytes[i - 2]))
            return 3;
        files[i - 2] = (stk_rules_file){ { arguments[i], (size_t)(file - arguments[i]) },
                                         stk_buf_str(&bytes[i - 2]) };
    }
    stk_rules *rules = NULL;
    stk_error err;
    if (stk_rules_load(files, (size_t)count - 2, tell, NULL, &rules, &err) != STK_OK)
        return 1;
    char *database = NULL;
    size_t len = 0;
    if (rules->database != NULL &&
        hs_serialize_database(rules->database, &database, &len) != HS_SUCCESS)
        return 3;
    bool ok = write_c(arguments[1], database, len, stk_rules_hash(rules));
    free(database);
    stk_rules_free(rules);
    for (int i = 2; i < count; i++)
        stk_buf_done(&bytes[i - 2]);
    return ok ? 0 : 3;
}
