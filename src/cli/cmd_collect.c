/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/message.h"
#include "os/file.h"
#include "report/collect_script.h"

#include "base/banned.h"

enum { SCRIPT_MAXIMUM = 1024 * 1024, HOURS = 24 };

static bool fits(const struct ak_arguments *a)
{
    if (a->instance != NULL && !ak_collect_is_instance(a->instance)) {
        ak_complain("--instance: '%s' is no name of an instance", a->instance);
        return false;
    }
    if (a->collect.folder != NULL && !ak_collect_is_folder(a->collect.folder)) {
        ak_complain("--folder: '%s' holds what a script cannot carry safely, or ends with \\",
                    a->collect.folder);
        return false;
    }
    return true;
}

static bool write_out(const struct ak_arguments *a, const struct ak_text *out)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_file file;
    if (a->output == NULL)
        return ak_print(out);
    enum ak_err err = out->failed ? ak_error_set(&error, AK_ERR_MEMORY, "out of memory")
                                  : ak_file_create(&file, a->output, &error);
    if (err == AK_ERR_NONE) {
        err = ak_file_write(&file, out->bytes, out->size, &error);
        enum ak_err closed = ak_file_close(&file, err == AK_ERR_NONE ? &error : NULL);
        err = err == AK_ERR_NONE ? closed : err;
    }
    if (err != AK_ERR_NONE)
        ak_complain("%s: %s", a->output, error.text);
    return err == AK_ERR_NONE;
}

int ak_command_collect(const struct ak_arguments *a)
{
    struct ak_text out;
    if (!fits(a))
        return AK_EXIT_USAGE;
    const struct ak_collect_wish wish = {
        .form = (enum ak_collect_form)a->collect.form,
        .role = !a->has_role                ? AK_COLLECT_BOTH
                : a->role == AK_ROLE_CLIENT ? AK_COLLECT_CLIENT
                                            : AK_COLLECT_SERVER,
        .instance = a->instance != NULL ? a->instance : "",
        .output = a->collect.folder != NULL ? a->collect.folder : "",
        .hours = a->collect.hours != 0 ? a->collect.hours : HOURS,
    };
    ak_text_init(&out, SCRIPT_MAXIMUM);
    ak_collect_script(&wish, &out);
    bool good = write_out(a, &out);
    ak_text_release(&out);
    return good ? AK_EXIT_NOTHING : AK_EXIT_PARTLY;
}
