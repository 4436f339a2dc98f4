/* Lines of JSON: conversations, findings, the summary (observe/fields.h is their schema). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_JSONL_H
#define AK_REPORT_JSONL_H

#include "base/text.h"
#include "diagnose/diagnosis.h"
#include "observe/conversation.h"
#include "observe/totals.h"
#include "predict/would_block.h"
#include "report/words.h"

struct ak_jsonl; /* remembers fragments of shapes and certificates already written */

struct ak_jsonl *ak_jsonl_new(void);
void ak_jsonl_free(struct ak_jsonl *jsonl);

/* Each appends one line with its line end. */
void ak_jsonl_conversation(struct ak_jsonl *jsonl, const struct ak_conversation *conversation,
                           struct ak_text *out);
/* Where in the line that was written last its other side belongs (ak_jsonl_other_side): counted
 * from the end of that line. */
size_t ak_jsonl_place(const struct ak_jsonl *jsonl);
/* What belongs there. */
void ak_jsonl_other_side(const struct ak_joint *joint, struct ak_text *out);
void ak_jsonl_finding(const struct ak_finding *finding, struct ak_text *out);

/* A file, or a part of one, that was not read, and why. */
struct ak_passed_over {
    char *file;       /* owned by the analysis; valid UTF-8 */
    const char *what; /* "not_read", "read_in_part", "no_evidence", "own" */
    char why[240];    /* English; the text report translates it */
};

enum { AK_SUMMARY_PASSED_OVER = 1000 }; /* listed; more are only counted */
enum { AK_SUMMARY_LOGS = 256 };         /* logs listed; more are only counted */

struct ak_summary {
    const struct ak_totals *totals;
    const struct ak_join *join;   /* NULL: one capture; not of several readings as one */
    const struct ak_case *joined; /* logs and captures; NULL: there is nothing to join; likewise */
    uint64_t files, joined_files; /* joined: went on where another one ended */
    uint64_t registry_files, hosts, certificate_files, certificates;
    uint64_t lost_certificates; /* too many, too large, or not to be read */
    uint64_t outcomes[6];       /* by enum ak_outcome */
    uint64_t findings[3];       /* by enum ak_severity */
    uint64_t unreadable_files, partly_read_files, unknown_files, bad_blocks;
    uint64_t own_files; /* written by akushu fix */
    uint64_t log_records, events, bad_log_records, cut_log_lines;
    uint64_t lost_findings, early_judged;
    struct ak_capture_notes notes;
    uint64_t early_lines; /* written before their other side could be known */
    /* Of one reading; a sum of several has none. */
    struct ak_log_source logs[AK_SUMMARY_LOGS];
    size_t log_count;                         /* may be more than the room */
    const struct ak_passed_over *passed_over; /* files that were not read; NULL: none */
    size_t passed_over_listed, passed_over_count;
    const struct ak_would_totals *would; /* of --would-block; NULL: not asked */
    const char *policy;                  /* its name */
    const struct ak_live_totals *live;   /* of watch; NULL: files */
};
void ak_jsonl_summary(const struct ak_summary *summary, struct ak_text *out);
/* Several readings as one: `sum`, which begins zeroed, has `room` for its totals. */
void ak_summary_add(struct ak_summary *sum, struct ak_totals *room, const struct ak_summary *one);

/* Everything that was not understood, one call each with its count; also used by the text report.
 */
typedef void ak_not_understood_sink(void *context, const char *what, uint64_t count);
void ak_not_understood_each(const struct ak_summary *summary, ak_not_understood_sink *sink,
                            void *context);

enum { AK_REMEDIES = 8 };
/* The remedies of a finding: those for the side that must change, those for both, the others.
 * Returns their number; *fitting counts the first two kinds. */
size_t ak_remedies_of(const struct ak_finding *finding,
                      const struct ak_remedy_words *list[AK_REMEDIES], size_t *fitting);

#endif
