/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STK_TESTS_FUZZ_CONFIRMER_H
#define STK_TESTS_FUZZ_CONFIRMER_H
/* Any bytes may be put before a confirmer, with any argument that rules give it: what it says lies
 * in 0..1, and what it quotes lies in the value. */
#include "detect/confirm.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_confirmer(const char *name, const char *argument, const uint8_t *data,
                                  size_t size)
{
    stk_auto_arena *arena = stk_arena_new(16 << 20);
    const stk_confirmer *c = stk_confirmer_named((stk_str){ name, strlen(name) });
    stk_confirmed out = { 0 };
    stk_str text = { (const char *)data, size };
    if (c == NULL || arena == NULL)
        abort();
    if (!c->judge(text, argument, arena, &out))
        return;
    if (!(out.confidence > 0 && out.confidence <= 1))
        abort();
    for (size_t i = 0; i < STK_REASON_ARGS; i++) {
        stk_str raw = out.reason.args[i].u.raw.raw;
        if (out.reason.args[i].kind == STK_ARG_RAW && raw.len > 0 &&
            (raw.ptr < text.ptr || raw.ptr + raw.len > text.ptr + text.len))
            abort();
    }
}

#define FUZZ_CONFIRMER(...)                                                                        \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                   \
    {                                                                                              \
        static const char *const arguments[] = { NULL, __VA_ARGS__ };                              \
        for (size_t i = 1; i < sizeof arguments / sizeof *arguments; i++)                          \
            fuzz_confirmer(arguments[1], i == 1 ? NULL : arguments[i], data, size);                \
        return 0;                                                                                  \
    }
#endif
