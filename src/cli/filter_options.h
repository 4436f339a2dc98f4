/* The options that choose frames: --since, --until, --host, --port. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_FILTER_OPTIONS_H
#define AK_CLI_FILTER_OPTIONS_H

#include "trace/filter.h"

enum ak_filter_answer {
    AK_FILTER_OTHER, /* none of these options */
    AK_FILTER_TAKEN,
    AK_FILTER_WRONG /* a message was written */
};

enum ak_filter_answer ak_filter_option(const char *name, const char *value,
                                       struct ak_filter *filter);

#endif
