/* The logs that SQL Server (ERRORLOG) and SQL Server Agent (SQLAGENT.OUT) write, line by line.
 *
 *   2024-05-01 12:00:00.12 Logon       Error: 18456, Severity: 14, State: 8.
 *   2024-05-01 12:00:00 - ! [298] SQLServer Error: 10054, ...
 *   lines that do not begin with a time go on with the record before them
 *
 * Words differ by the language of the instance, so none is looked for: times, columns and numbers
 * tell what a line is. Times are local ones of the server. No document describes the files; sources
 * are samples (docs/formats/logs.md).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_SQL_ERRORLOG_H
#define AK_CODEC_SQL_ERRORLOG_H

#include "codec/log_text.h"

/* All spans lie in the bytes that were fed and hold units. */
struct ak_errorlog_line {
    uint64_t number; /* from 1 */
    bool record;     /* begins with a time; else `text` alone is set, and is the whole line */
    bool agent;
    struct ak_span stamp;  /* equal spans are equal times */
    struct ak_span source; /* "spid7s"; of an agent's record its number: "298" */
    struct ak_span text;
    bool cut; /* the line is longer than AK_MAX_LOG_LINE, this is its beginning */
};
typedef void ak_errorlog_sink(void *context, const struct ak_errorlog_line *line);

struct ak_errorlog {
    enum ak_log_units units;
    uint64_t lines, records, cut_lines;
    bool skipping; /* the rest of a line that was cut */
};

void ak_errorlog_init(struct ak_errorlog *log, enum ak_log_units units);
/* Tells the whole lines of `bytes` and returns how many bytes they are; the rest is to be given
 * again, with more behind it. `last`: there is no more, so the rest is a line. */
size_t ak_errorlog_feed(struct ak_errorlog *log, struct ak_span bytes, bool last,
                        ak_errorlog_sink *sink, void *context);

/* Nanoseconds since 1970 of the local clock. False: no time of the calendar. */
bool ak_errorlog_time(enum ak_log_units units, struct ak_span stamp, int64_t *local);
/* "Error: 18456, Severity: 14, State: 8." in any language: three numbers, each behind a colon, and
 * nothing behind the last but a full stop. numbers: number, severity, state. */
bool ak_errorlog_is_error(enum ak_log_units units, struct ak_span text, uint32_t numbers[3]);
/* The ERRORLOG or SQLAGENT.OUT that begins so? Asks for a source that is known ("Server", "spid7s",
 * ...) or an agent's record among the first lines. `head` is without its mark. */
bool ak_errorlog_is(enum ak_log_units units, struct ak_span head);

#endif
