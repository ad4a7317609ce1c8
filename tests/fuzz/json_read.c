/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader on any bytes; what it accepts is written and read again unchanged. */
#include "base/json_read.h"

#include "base/json.h"

#include <stdlib.h>

static void put(stk_json *j, const stk_json_value *v)
{
    stk_auto_buf key = stk_buf_init(1 << 20);
    stk_buf_add(&key, v->key);
    stk_buf_char(&key, '\0');
    const char *name = v->key.ptr == NULL ? NULL : key.ptr;
    switch (v->kind) {
    case STK_JSON_STRING:
        stk_json_str(j, name, v->text);
        break;
    case STK_JSON_LIST:
    case STK_JSON_OBJECT:
        stk_json_open(j, name, v->kind == STK_JSON_LIST ? '[' : '{');
        for (const stk_json_value *c = v->child; c != NULL; c = c->next)
            put(j, c);
        stk_json_close(j, v->kind == STK_JSON_LIST ? ']' : '}');
        break;
    default:
        stk_json_int(j, name, v->i);
    }
}

static bool same(const stk_json_value *a, const stk_json_value *b)
{
    if (a->count != b->count || (a->kind == STK_JSON_STRING && !stk_str_eq(a->text, b->text)))
        return false;
    for (a = a->child, b = b->child; a != NULL; a = a->next, b = b->next)
        if (!same(a, b))
            return false;
    return true;
}

/* A key with a NUL in it cannot be handed to the writer, whose keys are terminated. */
static bool plain_keys(const stk_json_value *v)
{
    if (v->key.len != 0 && memchr(v->key.ptr, '\0', v->key.len) != NULL)
        return false;
    for (const stk_json_value *c = v->child; c != NULL; c = c->next)
        if (!plain_keys(c))
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    stk_auto_arena *arena = stk_arena_new(4 << 20);
    const stk_json_value *v, *again;
    stk_error err = { 0 };
    stk_status status = stk_json_read((stk_str){ (const char *)data, size }, "f", arena, &v, &err);
    if (status != STK_OK) {
        if (err.status != status || err.line == 0 || err.column == 0)
            abort();
        return 0;
    }
    stk_auto_buf out = stk_buf_init(4 << 20);
    stk_json j = stk_json_to(&out);
    put(&j, v);
    if (out.failed || !plain_keys(v))
        return 0;
    status = stk_json_read(stk_buf_str(&out), "f", arena, &again, &err);
    if (status != STK_ERR_MEMORY && (status != STK_OK || !same(v, again)))
        abort();
    return 0;
}
