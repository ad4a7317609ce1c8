/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be judged by every confirmer of the list (the SQL, HTML, script, path, shell and
 * template tokenizers), with each argument that a rule may give. What is said is in range, lies in
 * memory that may be read, and is the same when asked again. */
#include "detect/confirm.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 4 << 20 };

static uint64_t bytes_read(const stk_confirmed *said)
{
    uint64_t sum = said->reason.message;
    for (size_t a = 0; a < STK_REASON_ARGS; a++) {
        const stk_arg *arg = &said->reason.args[a];
        stk_str text = arg->kind == STK_ARG_TERM  ? arg->u.term
                       : arg->kind == STK_ARG_RAW ? arg->u.raw.raw
                                                  : (stk_str){ 0 };
        for (size_t i = 0; i < text.len; i++)
            sum = sum * 31 + (unsigned char)text.ptr[i];
    }
    return sum;
}

static void judge(const stk_confirmer *confirmer, stk_str text, const char *argument,
                  stk_arena *arena)
{
    stk_confirmed first = { 0 }, again = { 0 };
    bool said = confirmer->judge(text, argument, arena, &first);
    if (said && !(first.confidence > 0 && first.confidence <= 1))
        abort();
    uint64_t sum = said ? bytes_read(&first) : 0;
    if (confirmer->judge(text, argument, arena, &again) != said)
        abort();
    if (said && (again.confidence != first.confidence || bytes_read(&again) != sum))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const arguments[] = { NULL, "strict", "url", "base64", "header", "remote" };
    static stk_arena *arena;
    if (size == 0)
        return 0;
    if (arena == NULL && (arena = stk_arena_new(ARENA_BYTES)) == NULL)
        abort();
    size_t count = 0;
    while (stk_confirmers[count] != NULL)
        count++;
    /* The first byte says who judges, so that what was learned of one grammar stays with it. */
    stk_arena_reset(arena);
    judge(stk_confirmers[data[0] % count], (stk_str){ (const char *)data + 1, size - 1 },
          arguments[data[0] / count % STK_COUNT(arguments)], arena);
    return 0;
}
