/* A capture fit to hand over: the conversations of chosen findings, taken out of the inputs.
 *
 * It listens to an analysis and notes which conversations each finding rests on. Then it reads the
 * inputs again: once to make sure that what is chosen gives the same findings alone (else all
 * conversations of the server are taken), and once to write. So inputs must be files. What is
 * remembered is bounded; what is left out for that is counted.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_HANDOVER_H
#define AK_LIBRARY_HANDOVER_H

#include "library/analysis.h"
#include "report/words.h"

struct ak_handover_options {
    const char *output;
    char *const *paths; /* of the analysis, as were filter and separate */
    size_t path_count;
    const struct ak_filter *filter; /* NULL: none */
    bool separate;
    bool everything;             /* every conversation */
    const char *const *findings; /* ids or rules; with none, those of at least `least` */
    size_t finding_count;
    enum ak_severity least;
    enum ak_lang lang; /* of the comments */
    bool strip;        /* what was said is zeroed */
    const char *key;   /* names and addresses become pseudonyms under this key; NULL: they stay */
};

struct ak_handover_result {
    uint64_t findings, conversations, frames;
    uint64_t unnoted;    /* conversations of findings that could not be remembered */
    uint64_t unplaced;   /* conversations left out because what was to change could not be held */
    uint64_t browser;    /* requests to SQL Server Browser: UDP is not written */
    const char *unknown; /* a wanted finding that does not exist: nothing was written */
};

struct ak_handover;

/* Options are borrowed. Listens to the analysis, which must not have begun to read. NULL when out
 * of memory. */
struct ak_handover *ak_handover_new(struct ak_analysis *analysis,
                                    const struct ak_handover_options *options);
/* Before the analysis is freed. */
void ak_handover_free(struct ak_handover *handover);
/* After ak_analysis_finish. With no finding chosen nothing is written. On an error nothing is left
 * behind. */
enum ak_err ak_handover_write(struct ak_handover *handover, struct ak_handover_result *result,
                              struct ak_error *error);

#endif
