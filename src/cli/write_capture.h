/* akushu read --write: what must be so before, and the writing after the report. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_WRITE_CAPTURE_H
#define AK_CLI_WRITE_CAPTURE_H

#include "cli/options.h"
#include "library/handover.h"

/* False after one message: the options of --write contradict each other or the inputs. */
bool ak_write_allowed(const struct ak_arguments *arguments);

struct ak_writing {
    struct ak_handover_options options;
    struct ak_handover *handover; /* NULL: --write was not given */
    char key[64];
};

/* Before the inputs are read. `arguments` are borrowed. False when out of memory. */
bool ak_writing_begin(struct ak_writing *writing, const struct ak_arguments *arguments,
                      struct ak_analysis *analysis);
/* After ak_analysis_finish: writes and says so on stderr. Returns 0, or an exit status that goes
 * before all others. */
int ak_writing_finish(struct ak_writing *writing, const struct ak_arguments *arguments);
void ak_writing_release(struct ak_writing *writing);

#endif
