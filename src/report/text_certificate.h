/* The table of certificates that were found, for people, and the words of facts about them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_CERTIFICATE_H
#define AK_REPORT_TEXT_CERTIFICATE_H

#include "diagnose/certificate_case.h"
#include "diagnose/rule.h"
#include "report/text_report.h"

/* "its file, place in it": "certs/sql01.pfx#1". */
void ak_certificate_place(const struct ak_found_certificate *found, struct ak_text *out);
/* One certificate: its names, dates, key and who uses it. Authorities are left out unless all are
 * asked for. Returns whether it was written. */
bool ak_text_certificate(const struct ak_text_style *style, const struct ak_certificate_case *c,
                         bool first, struct ak_text *out);

/* False: the fact is of another kind. */
bool ak_certificate_fact_words(const struct ak_fact *fact, enum ak_lang lang, struct ak_text *out);

#endif
