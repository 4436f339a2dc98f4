/* The line of JSON of a host (observe/host.h; its fields are in observe/fields.c). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_HOST_H
#define AK_REPORT_JSONL_HOST_H

#include "base/text.h"
#include "observe/host.h"

/* Appends one line with its line end. */
void ak_jsonl_host(const struct ak_host *host, struct ak_text *out);

/* "1.2" for AK_SCHANNEL_VERSION_TLS12; `index` counts SSL 3.0 to TLS 1.3 from 0. */
const char *ak_schannel_version_text(unsigned index);

#endif
