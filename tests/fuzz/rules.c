/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be a file of rules. What loads has ids that are found again, and its examples can
 * be run. Patterns are kept short, or the fuzzer would test the compiler of patterns. */
#include "detect/rules.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    const stk_rules_file file = { STK_S("rules/x.yaml"), { (const char *)data, size } };
    stk_rules *rules = NULL;
    stk_error err = { 0 };
    if (stk_rules_load(&file, 1, NULL, NULL, &rules, &err) != STK_OK) {
        if (err.text[0] == '\0')
            abort();
        return 0;
    }
    for (size_t i = 0; i < stk_rules_count(rules); i++)
        if (stk_rules_find(rules, stk_rules_at(rules, i)->id) != stk_rules_at(rules, i))
            abort();
    size_t examples, failed;
    if (stk_rules_check(rules, NULL, NULL, &examples, &failed, &err) == STK_OK && failed > examples)
        abort();
    stk_rules_free(rules);
    return 0;
}
