/* The evidence of one finding as moments of one clock: frames, records of logs, keys of a registry.
 *
 * Made of the conversation that proves a finding, and only when another source than the capture
 * has something to add. Times are those of the capture's clock.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_TIMELINE_H
#define AK_DIAGNOSE_TIMELINE_H

#include "diagnose/case_join.h"

enum ak_moment_kind {
    AK_MOMENT_STEP,  /* of the wire; a: enum ak_step; b: who (enum ak_side); c: code of an alert */
    AK_MOMENT_EVENT, /* of a log; a: enum ak_log_provider; b: number */
    AK_MOMENT_WRITTEN,  /* a key of the registry was last written; text: the key */
    AK_MOMENT_SHUT_DOWN /* of the machine */
};

struct ak_moment {
    enum ak_moment_kind kind;
    int64_t time;
    int64_t logged;      /* by its own clock */
    const char *file;    /* borrowed; NULL: none */
    const char *machine; /* borrowed; "" not known */
    uint64_t place;      /* frame, line or record; 0: none */
    bool by_line;
    int64_t a, b, c;
    char text[96];
};

enum { AK_TIMELINE_MOMENTS = 24 };

struct ak_timeline {
    struct ak_moment moment[AK_TIMELINE_MOMENTS]; /* in order of time */
    size_t count, left_out;
};

/* Of a finding of `rule` (its id). NULL: nothing but the capture tells of it, or no memory (*failed
 * then). Free with ak_free. */
struct ak_timeline *ak_timeline_new(const struct ak_conversation *conversation,
                                    const struct ak_met *met, const char *rule, bool *failed);

#endif
