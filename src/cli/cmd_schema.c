/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "report/schema.h"

#include "base/banned.h"

int ak_command_schema(const struct ak_arguments *arguments)
{
    struct ak_text out;
    ak_text_init(&out, 1024 * 1024);
    if (arguments->markdown)
        ak_schema_markdown(&out);
    else
        ak_schema_json(&out);
    bool good = ak_print(&out);
    ak_text_release(&out);
    return good ? AK_EXIT_NOTHING : AK_EXIT_PARTLY;
}
