/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that ship, text and automaton both inside the program (cmake/rules.cmake). */
#include "detect/rules/rule.h"

stk_status stk_rules_load_embedded(stk_rules **ret, stk_error *err)
{
    return stk_rules_load_with(stk_rules_embedded, stk_rules_embedded_count,
                               &stk_rules_prebuilt_database, NULL, NULL, ret, err);
}
