/* A log of any kind that is read here, fed in pieces: what it is by its first bytes, and its
 * events.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LOGS_LOG_READER_H
#define AK_LOGS_LOG_READER_H

#include "base/error.h"
#include "observe/collected.h"
#include "observe/event.h"

enum ak_log_kind {
    AK_LOG_KIND_NONE,
    AK_LOG_KIND_ERRORLOG, /* ERRORLOG and SQLAGENT.OUT */
    AK_LOG_KIND_EVTX,
    AK_LOG_KIND_XML,
    AK_LOG_KIND_COLLECTED, /* what `akushu collect` gathered as text */
    AK_LOG_KINDS
};
const char *ak_log_kind_name(enum ak_log_kind kind);

/* By the first 8 KiB, or all of a shorter file. */
enum ak_log_kind ak_log_sniff(struct ak_span head);

struct ak_log_counts {
    uint64_t records;   /* of the log, whatever they say */
    uint64_t events;    /* told */
    uint64_t bad;       /* records, and blocks of an EVTX file, that contradict the format */
    uint64_t cut_lines; /* longer than AK_MAX_LOG_LINE */
};

struct ak_log_reader;

/* `head` as for ak_log_sniff, which must not have said NONE; `file` is borrowed by the events.
 * NULL: out of memory. */
struct ak_log_reader *ak_log_reader_new(enum ak_log_kind kind, struct ak_span head,
                                        const char *file,
                                        void (*event)(void *context, const struct ak_event *event),
                                        void *context);
void ak_log_reader_free(struct ak_log_reader *reader);
/* Takes the next bytes, from the file's beginning on, and says how many it used: the others are to
 * be given again, with more behind them. `last`: there are no more. AK_ERR_MEMORY alone is an
 * error. */
enum ak_err ak_log_reader_feed(struct ak_log_reader *reader, struct ak_span bytes, bool last,
                               size_t *used);
/* Whole after the last piece. */
struct ak_log_counts ak_log_reader_counts(const struct ak_log_reader *reader);

/* After the last piece, of AK_LOG_KIND_COLLECTED: the facts beside the events, which are the
 * caller's from then on. NULL: another kind, or taken before. */
struct ak_collected *ak_log_reader_take_collected(struct ak_log_reader *reader);

#endif
