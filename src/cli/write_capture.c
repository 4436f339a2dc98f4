/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/write_capture.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/message.h"
#include "os/file.h"
#include "report/messages.h"

#include "base/banned.h"

static bool refuse(const char *text)
{
    ak_complain("%s\nTry 'akushu help read'.", text);
    return false;
}

static bool options_allowed(const struct ak_arguments *a)
{
    if (a->write == NULL) {
        if (a->strip)
            return refuse("--strip: only with --write");
        if (a->pseudonymize)
            return refuse("--pseudonymize: only with --write");
        if (a->finding_count != 0)
            return refuse("--finding: only with --write");
    }
    if (a->key != NULL && !a->pseudonymize)
        return refuse("--key: only with --pseudonymize");
    if (a->write != NULL && a->all && a->finding_count != 0)
        return refuse("--finding: not with --all, which writes every conversation");
    if (a->write != NULL && strcmp(a->write, "-") == 0)
        return refuse("--write: the capture needs a file; '-' is the report's output");
    return true;
}

static bool inputs_allowed(const struct ak_arguments *a)
{
    for (int i = 0; i < a->operand_count; i++) {
        int number;
        if (strcmp(a->operands[i], "-") == 0 ||
            ak_path_kind_of(a->operands[i], &number) == AK_PATH_OTHER) {
            ak_complain("%s: --write reads its inputs more than once, which a pipe does not allow; "
                        "save it to a file first",
                        a->operands[i]);
            return false;
        }
    }
    return true;
}

static bool output_allowed(const struct ak_arguments *a)
{
    uint64_t written[2], report[2];
    if (!ak_path_identity(a->write, written))
        return true;
    if (ak_intake_would_read(a->operands, (size_t)a->operand_count, written)) {
        ak_complain("%s: the capture would overwrite this input", a->write);
        return false;
    }
    if (a->output != NULL && ak_path_identity(a->output, report) && report[0] == written[0] &&
        report[1] == written[1]) {
        ak_complain("%s: report and capture cannot be one file", a->write);
        return false;
    }
    return true;
}

bool ak_write_allowed(const struct ak_arguments *a)
{
    if (!options_allowed(a))
        return false;
    if (a->write != NULL && a->output != NULL && strcmp(a->write, a->output) == 0) {
        ak_complain("%s: report and capture cannot be one file", a->write);
        return false;
    }
    return a->write == NULL || (inputs_allowed(a) && output_allowed(a));
}

static enum ak_severity least_severity(const struct ak_arguments *a)
{
    switch (a->fail_on) {
    case AK_FAIL_ON_NOTE:
        return AK_SEVERITY_NOTE;
    case AK_FAIL_ON_WARNING:
        return AK_SEVERITY_WARNING;
    case AK_FAIL_ON_ERROR:
    case AK_FAIL_ON_NEVER:
        break;
    }
    return AK_SEVERITY_ERROR;
}

bool ak_writing_begin(struct ak_writing *w, const struct ak_arguments *a,
                      struct ak_analysis *analysis)
{
    struct ak_handover_options *o = &w->options;
    memset(w, 0, sizeof *w);
    if (a->write == NULL)
        return true;
    (void)snprintf(w->key, sizeof w->key, "%016llx%016llx", (unsigned long long)ak_random_seed(),
                   (unsigned long long)ak_random_seed());
    o->output = a->write;
    o->paths = a->operands;
    o->path_count = (size_t)a->operand_count;
    o->filter = a->filtered ? &a->filter : NULL;
    o->separate = a->separate;
    o->everything = a->all;
    o->findings = a->findings;
    o->finding_count = a->finding_count;
    o->least = least_severity(a);
    o->lang = a->lang;
    o->strip = a->strip;
    if (a->pseudonymize)
        o->key = a->key != NULL ? a->key : w->key;
    w->handover = ak_handover_new(analysis, o);
    return w->handover != NULL;
}

static void say_written(const struct ak_arguments *a, const struct ak_handover_result *r)
{
    if (!a->quiet)
        ak_complain(ak_tr(a->lang, N_("%s: %llu conversations of %llu findings, %llu frames")),
                    a->write, (unsigned long long)r->conversations, (unsigned long long)r->findings,
                    (unsigned long long)r->frames);
    if (r->browser != 0 && !a->quiet)
        ak_complain(ak_tr(a->lang, N_("%s: the talk with SQL Server Browser (%llu requests over "
                                      "UDP) is left out, and so are instance names from it")),
                    a->write, (unsigned long long)r->browser);
    if (r->unnoted != 0)
        ak_complain(ak_tr(a->lang, N_("%s: %llu conversations of findings are left out: too many "
                                      "to remember")),
                    a->write, (unsigned long long)r->unnoted);
    if (r->unplaced != 0)
        ak_complain(ak_tr(a->lang, N_("%s: %llu conversations are left out: too much of them "
                                      "would have to be rewritten at once")),
                    a->write, (unsigned long long)r->unplaced);
}

int ak_writing_finish(struct ak_writing *w, const struct ak_arguments *a)
{
    struct ak_handover_result result;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (w->handover == NULL)
        return 0;
    enum ak_err err = ak_handover_write(w->handover, &result, &error);
    if (err != AK_ERR_NONE) {
        ak_complain("%s: %s", a->write, error.text);
        return AK_EXIT_PARTLY;
    }
    if (result.unknown != NULL) {
        ak_complain("--finding=%s: there is no such finding here; nothing was written",
                    result.unknown);
        return AK_EXIT_USAGE;
    }
    if (result.findings == 0 && !a->all) {
        if (!a->quiet)
            ak_complain(ak_tr(a->lang, N_("%s: there is no finding to hand over; nothing was "
                                          "written")),
                        a->write);
        return 0;
    }
    say_written(a, &result);
    return result.unnoted + result.unplaced != 0 ? AK_EXIT_PARTLY : 0;
}

void ak_writing_release(struct ak_writing *w)
{
    ak_handover_free(w->handover);
    w->handover = NULL;
}
