/* A live watch: the analysis of frames that come while time goes on, and what to tell when. */
/* SPDX-License-Identifier: Apache-2.0 */
/* Without I/O and without a clock of its own: frames come from whoever captures them, time from
 * ak_watch_clock, which is called at least once a second, whether or not frames came. Equal frames
 * at equal times tell the same.
 *
 * Memory is bounded as everywhere (base/limits.h); what was given up is counted in the summary.
 */
#ifndef AK_LIBRARY_WATCH_H
#define AK_LIBRARY_WATCH_H

#include "library/analysis.h"
#include "observe/tally.h"
#include "predict/would_block.h"

struct ak_watch_listener {
    void *context;
    /* A conversation is over. May be NULL. */
    void (*conversation)(void *context, const struct ak_conversation *conversation);
    /* A finding is new, or was told a minute ago or longer and has grown. */
    void (*finding)(void *context, const struct ak_finding *finding, bool first);
    /* A client that would fail under the policy, once. */
    void (*would)(void *context, const struct ak_would_row *row);
    /* As in library/analysis.h, of evidence that is read beside. */
    void (*problem)(void *context, enum ak_problem problem, const char *path,
                    const struct ak_error *error);
};

struct ak_watch_setting {
    const char *interface;          /* its name; borrowed */
    int64_t start;                  /* nanoseconds since 1970 */
    size_t memory;                  /* 0: the default */
    const struct ak_filter *filter; /* NULL: every frame counts */
    char *const *with;              /* evidence to read first: files, folders */
    size_t with_count;
    const char *policy_word;  /* NULL: none */
    struct ak_policy *policy; /* made of it; hosts of the evidence are added. Borrowed */
};

struct ak_watch;

/* Reads the evidence. NULL with `error` set. The listener is copied. */
struct ak_watch *ak_watch_new(const struct ak_watch_setting *setting,
                              const struct ak_watch_listener *listener, struct ak_error *error);
/* Accepts NULL. */
void ak_watch_free(struct ak_watch *watch);

/* Bytes are borrowed for the call. */
void ak_watch_frames(struct ak_watch *watch, const struct ak_frame *frames, size_t count);
/* It is so late; true when a second or more passed since the last time that this did anything. */
bool ak_watch_clock(struct ak_watch *watch, int64_t now);
/* What the capture counted since it was opened. */
void ak_watch_drops(struct ak_watch *watch, uint64_t seen, uint64_t kernel, uint64_t interface);
/* Everything that is still open is handed out and judged; returns the number of findings. */
size_t ak_watch_finish(struct ak_watch *watch);

/* At any time. Findings in the order of their first conversations; after _finish sorted. */
const struct ak_analysis *ak_watch_analysis(const struct ak_watch *watch);
const struct ak_tally *ak_watch_tally(const struct ak_watch *watch);
const struct ak_live_totals *ak_watch_totals(const struct ak_watch *watch);
/* NULL without a policy. */
const struct ak_would_block *ak_watch_would(const struct ak_watch *watch);

#endif
