/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader on any bytes: no crash, no leak, errors with a place. */
#include "base/yaml.h"

#include "base/limits.h"

#include <stdlib.h>

static size_t walk(const stk_yaml *node)
{
    size_t n = 1;
    for (const stk_yaml *c = node->child; c != NULL; c = c->next) {
        if (c->line == 0 || c->column == 0 || (c->kind != STK_YAML_SCALAR && c->text.len != 0))
            abort();
        n += walk(c); /* depth is bounded by STK_NEST_DEPTH */
    }
    return n;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const keys[] = { "id", "severity", NULL };
    stk_auto_arena *arena = stk_arena_new(1 << 20);
    const stk_yaml *root;
    stk_error err = { 0 };
    stk_status status = stk_yaml_parse((stk_str){ (const char *)data, size }, "f", arena, &root,
                                       &err);
    if (status == STK_OK) {
        if (walk(root) > STK_YAML_NODES)
            abort();
        (void)!stk_yaml_only(root, "f", keys, &err);
    } else if (err.status != status || err.text[0] == '\0') {
        abort();
    }
    return 0;
}
