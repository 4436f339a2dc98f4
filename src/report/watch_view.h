/* A live watch, as it is at one moment: for a terminal, and for Prometheus. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_WATCH_VIEW_H
#define AK_REPORT_WATCH_VIEW_H

#include "observe/tally.h"
#include "report/text_report.h"
#include "report/would_block.h"

struct ak_watch_view {
    const struct ak_summary *summary; /* with `live` set, `would` and `policy` where asked */
    const struct ak_tally *tally;
    const struct ak_finding **findings; /* sorted by whoever makes the view; may be NULL */
    size_t finding_count;
    const struct ak_would_block *would; /* NULL: no policy */
    size_t open;                        /* conversations */
    uint64_t rate;                      /* frames a second, lately */
    int64_t now;                        /* nanoseconds since 1970 */
};

/* Orders findings for the view: the worst first, among them the latest. */
int ak_watch_view_order(const struct ak_finding *a, const struct ak_finding *b);

/* A screen of at most `lines` lines (0: any number) and style->width columns, failures by cause and
 * clients by TLS version; without the escape sequences that place it. */
void ak_text_watch(const struct ak_text_style *style, const struct ak_watch_view *view,
                   unsigned lines, struct ak_text *out);
/* One finding in one line, for a log of them. */
void ak_text_watch_finding(const struct ak_text_style *style, const struct ak_finding *finding,
                           bool first, struct ak_text *out);

/* Everything that is counted in Prometheus' text format (version 0.0.4). */
void ak_metrics(const struct ak_watch_view *view, struct ak_text *out);

#endif
