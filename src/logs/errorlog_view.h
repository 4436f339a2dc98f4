/* The view of an ERRORLOG or SQLAGENT.OUT: its lines as events.
 *
 * A message with a number is two records of one time and source, which others may come between:
 * "Error: 17806, Severity: 20, State: 14." and its text. Messages of low severity are printed
 * without their number and found by how they begin (data/log_texts.csv). Times become UTC by the
 * "UTC adjustment" that the server writes when it starts; before it, or without it, they are local.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LOGS_ERRORLOG_VIEW_H
#define AK_LOGS_ERRORLOG_VIEW_H

#include "codec/sql_errorlog.h"
#include "observe/event.h"

struct ak_errorlog_view;

/* `file` is borrowed by the events. NULL: out of memory. */
struct ak_errorlog_view *ak_errorlog_view_new(const char *file, enum ak_log_units units,
                                              void (*event)(void *context,
                                                            const struct ak_event *event),
                                              void *context);
void ak_errorlog_view_free(struct ak_errorlog_view *view);
/* As ak_errorlog_feed. */
size_t ak_errorlog_view_feed(struct ak_errorlog_view *view, struct ak_span bytes, bool last);

struct ak_errorlog_counts {
    uint64_t lines, records, cut_lines;
};
struct ak_errorlog_counts ak_errorlog_view_counts(const struct ak_errorlog_view *view);

#endif
