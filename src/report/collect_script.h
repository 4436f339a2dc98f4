/* Scripts that gather on a Windows machine what `akushu read` takes, made from
 * data/collect_keys.csv and the templates of data/collect/. ASCII, lines ended by CR LF.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_COLLECT_SCRIPT_H
#define AK_REPORT_COLLECT_SCRIPT_H

#include <stdbool.h>

#include "base/text.h"
#include "report/collect_tables.h"

enum ak_collect_form { AK_COLLECT_POWERSHELL, AK_COLLECT_CMD, AK_COLLECT_SQL };

struct ak_collect_wish {
    enum ak_collect_form form;
    enum ak_collect_role role;
    const char *instance; /* "": all of them */
    const char *output;   /* folder on that machine; "": its folder for temporary files */
    unsigned hours;       /* of event logs */
};

/* Can it stand in a script as it is? Letters of ASCII, and nothing that a shell or PowerShell gives
 * a meaning to. */
bool ak_collect_is_instance(const char *name);
bool ak_collect_is_folder(const char *path);

void ak_collect_script(const struct ak_collect_wish *wish, struct ak_text *out);

#endif
