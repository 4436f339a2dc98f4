/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/banned.h"

enum ak_err ak_error_set(struct ak_error *error, enum ak_err code, const char *format, ...)
{
    if (error == NULL)
        return code;
    va_list args;
    va_start(args, format);
    error->code = code;
    error->system = 0;
    (void)vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return code;
}

enum ak_err ak_error_system(struct ak_error *error, enum ak_err code, int number, const char *what)
{
    (void)ak_error_set(error, code, "%s: %s", what, strerror(number));
    if (error != NULL)
        error->system = number;
    return code;
}
