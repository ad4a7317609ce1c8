/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes may be judged as SQL; what is reported lies in the value. */
#include "detect/sql/sql.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_str text = { (const char *)data, size };
    stk_sql_verdict v;
    if (!stk_sql_judge(text, &v))
        return 0;
    if (!(v.confidence > 0 && v.confidence <= 1) || v.sign >= STK_SQL_SIGNS)
        abort();
    if (v.where.ptr < text.ptr || v.where.ptr + v.where.len > text.ptr + text.len)
        abort();
    return 0;
}
