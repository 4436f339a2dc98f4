/* A line of JSON for a certificate that was found in a file or in a machine's store. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_CERTIFICATE_H
#define AK_REPORT_JSONL_CERTIFICATE_H

#include "base/text.h"
#include "diagnose/certificate_case.h"

/* Authorities of a machine's stores have no line: nothing is written then. */
void ak_jsonl_found_certificate(const struct ak_certificate_case *c, struct ak_text *out);

#endif
