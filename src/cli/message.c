/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "os/file.h"
#include "report/messages.h"
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

void ak_complain_of(void *context, const char *path, const char *text)
{
    (void)context;
    ak_complain("%s: %s", path, text);
}

void ak_complain_nothing(enum ak_lang lang, char *const *operands, int count)
{
    for (int i = 0; i < count; i++)
        ak_complain(
            "%s: %s", operands[i],
            ak_tr(lang, N_("nothing to read is there: no capture, registry, log, certificate "
                           "or collected file")));
}

bool ak_print(const struct ak_text *text)
{
    if (text->failed)
        ak_complain("out of memory for the output");
    else if (text->size != 0)
        (void)fwrite(text->bytes, 1, text->size, stdout);
    return !text->failed;
}

bool ak_output_arrived(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    if (ak_is_broken_pipe(errno))
        return true;
    ak_complain("stdout: cannot write: %s", strerror(errno));
    return false;
}
