/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "os/file.h"
#include "report/wrap.h"

#include "base/banned.h"

enum { MESSAGE = 16384 };

void ak_complain(const char *format, ...)
{
    char line[MESSAGE];
    struct ak_text out;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    ak_text_init(&out, 4 * MESSAGE);
    ak_text_add(&out, "akushu: ");
    char *part = line;
    for (char *end; (end = strchr(part, '\n')) != NULL; part = end + 1) {
        *end = '\0';
        ak_safe_text(&out, part);
        ak_text_char(&out, '\n');
    }
    ak_safe_text(&out, part);
    ak_text_char(&out, '\n');
    (void)fputs(ak_text_string(&out), stderr);
    ak_text_release(&out);
}

int ak_output_arrived(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 1;
    if (ak_is_broken_pipe(errno))
        return 1;
    ak_complain("stdout: cannot write: %s", strerror(errno));
    return 0;
}
