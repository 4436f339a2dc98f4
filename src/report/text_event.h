/* The table of events that logs hold, for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_TEXT_EVENT_H
#define AK_REPORT_TEXT_EVENT_H

#include "diagnose/event_book.h"
#include "report/text_report.h"

/* "SQL01\INST", "SQL01", or the file where the log tells no name. */
void ak_origin_words(const struct ak_event_origin *origin, struct ak_text *out);
/* What an event says, with its codes: "SQL Server: ... (0x80090331 SEC_E_ALGORITHM_MISMATCH)". */
void ak_event_words(const struct ak_event *event, enum ak_lang lang, struct ak_text *out);
/* One row for each kind, the earliest first: faults and what may matter; with --all every kind and
 * no limit. `book` may be NULL. */
void ak_text_events(const struct ak_text_style *style, const struct ak_event_book *book,
                    struct ak_text *out);

#endif
