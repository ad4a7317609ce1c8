/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where a failure becomes a sentence. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static void tell(stk_error *err, stk_status status, const char *fmt, va_list args)
{
    *err = (stk_error){ .status = status };
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    for (char *c = err->text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) /* a message is one line on any terminal */
            *c = '?';
}

stk_status stk_fail(stk_error *err, stk_status status, const char *fmt, ...)
{
    if (err == NULL)
        return status;
    va_list args;
    va_start(args, fmt);
    tell(err, status, fmt, args);
    va_end(args);
    return status;
}

stk_status stk_fail_at(stk_error *err, stk_status status, const char *file, uint32_t line,
                       uint32_t column, const char *fmt, ...)
{
    if (err == NULL)
        return status;
    va_list args;
    va_start(args, fmt);
    tell(err, status, fmt, args);
    va_end(args);
    err->line = line;
    err->column = column;
    (void)snprintf(err->file, sizeof err->file, "%s", file == NULL ? "" : file);
    return status;
}
