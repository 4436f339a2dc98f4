/* The view of what `akushu collect` gathered as text: facts of a server, and the records of its
 * connectivity ring buffer as events, like the lines of an ERRORLOG.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LOGS_COLLECTED_VIEW_H
#define AK_LOGS_COLLECTED_VIEW_H

#include "codec/log_text.h"
#include "observe/collected.h"

struct ak_collected_view;

/* Does such a file begin so? `head` is without its mark. */
bool ak_collected_is(enum ak_log_units units, struct ak_span head);

/* `file` is borrowed by events and facts. NULL: out of memory. */
struct ak_collected_view *ak_collected_view_new(const char *file, enum ak_log_units units,
                                                void (*event)(void *context,
                                                              const struct ak_event *event),
                                                void *context);
void ak_collected_view_free(struct ak_collected_view *view);
/* As ak_errorlog_feed. */
size_t ak_collected_view_feed(struct ak_collected_view *view, struct ak_span bytes, bool last);
/* So far; the caller's from _take on. */
const struct ak_collected *ak_collected_view_facts(const struct ak_collected_view *view);
struct ak_collected *ak_collected_view_take(struct ak_collected_view *view);

#endif
