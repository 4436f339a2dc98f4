/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fix_program.h"

#include <stdio.h>

#include "cli/message.h"
#include "report/fix_program.h"

#include "base/banned.h"

enum { ROOM = 65536 };

static struct ak_program_fix fix_of(const struct ak_arguments *a, size_t index)
{
    static const char *const names[] = {"tls12-only", "tls12-compatible", "strict",
                                        "legacy-temporary"};
    struct ak_program_fix fix = {names[a->template], a->programs[index], a->until, a->lang};
    return fix;
}

bool ak_fix_programs_allowed(const struct ak_arguments *a)
{
    for (size_t i = 0; i < a->program_count; i++)
        if (!ak_program_fix_allowed(a->programs[i])) {
            ak_complain(
                "--program=%s: openssl:UNIT or java:NAME is needed, NAME of letters, digits "
                "and . _ @ -\nTry 'akushu help fix'.",
                a->programs[i]);
            return false;
        }
    return true;
}

void ak_fix_program_files(const struct ak_arguments *a, struct ak_fix_output *output)
{
    for (size_t i = 0; i < a->program_count; i++) {
        struct ak_program_fix fix = fix_of(a, i);
        for (size_t k = 0; k < ak_program_fix_files(&fix); k++) {
            struct ak_text name, bytes;
            ak_text_init(&name, ROOM);
            ak_text_init(&bytes, ROOM);
            ak_program_fix_file(&fix, k, &name, &bytes);
            struct ak_text *file = ak_fix_output_add(output, ak_text_string(&name));
            if (file != NULL)
                ak_text_bytes(file, bytes.bytes, bytes.size);
            output->failed = output->failed || name.failed || bytes.failed;
            ak_text_release(&name);
            ak_text_release(&bytes);
        }
    }
}

void ak_fix_program_print(const struct ak_arguments *a)
{
    for (size_t i = 0; i < a->program_count && a->format == AK_FORMAT_TEXT; i++) {
        struct ak_program_fix fix = fix_of(a, i);
        for (size_t k = 0; k < ak_program_fix_files(&fix); k++) {
            struct ak_text name, bytes;
            ak_text_init(&name, ROOM);
            ak_text_init(&bytes, ROOM);
            ak_program_fix_file(&fix, k, &name, &bytes);
            (void)printf("==> %s <==\n%s\n", ak_text_string(&name), ak_text_string(&bytes));
            ak_text_release(&name);
            ak_text_release(&bytes);
        }
    }
}
