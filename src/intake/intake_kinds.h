/* What an opened file is, by its content, and its way into what is made of its kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_INTAKE_KINDS_H
#define AK_INTAKE_INTAKE_KINDS_H

#include "intake/intake_capture.h"

/* Reads reading->input (opened by the caller, who closes it) to its end as what it is. `named`: by
 * the user, so an unknown kind is a problem. `joins`: it goes on where the trace stands. *captured:
 * it was a capture. Problems are told; want of memory is the only error. */
enum ak_err ak_intake_any_kind(struct ak_intake *intake, struct ak_reading *reading,
                               const char *path, bool named, bool joins, bool *captured);

#endif
