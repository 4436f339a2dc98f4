/* Lines of conversations that wait for the end of the input: a later capture may show the other
 * side of a connection, which belongs into the line of the first one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REPORT_WAITING_LINES_H
#define AK_REPORT_WAITING_LINES_H

#include "base/text.h"
#include "report/jsonl.h"

struct ak_waiting_lines {
    struct ak_text text;
    struct ak_waiting_line {
        uint64_t id;       /* 0: of no conversation */
        size_t end, place; /* in text: of the line; of what may be added, from there */
    } * lines;
    size_t count, room;
    size_t most;
    size_t next, at; /* first line that was not taken yet; where it begins */
};

/* `most`: bytes of lines from which on no more are taken. Zeroed memory may be released too. */
void ak_waiting_lines_init(struct ak_waiting_lines *waiting, size_t most);
void ak_waiting_lines_release(struct ak_waiting_lines *waiting);

/* Writes the conversation's line behind the others. False: there is no more room or memory, and
 * nothing has changed; all that waits must be taken first. */
bool ak_waiting_lines_add(struct ak_waiting_lines *waiting, struct ak_jsonl *jsonl,
                          const struct ak_conversation *conversation);
/* The same of a line of another kind, which has no other side. */
bool ak_waiting_lines_put(struct ak_waiting_lines *waiting, const void *line, size_t size);
/* The id of the conversation whose line is next, 0 for another kind; false when none waits. */
bool ak_waiting_lines_next(const struct ak_waiting_lines *waiting, uint64_t *id);
/* Moves that line to `out`, with its other side; NULL: without one. */
void ak_waiting_lines_take(struct ak_waiting_lines *waiting, const struct ak_joint *joint,
                           struct ak_text *out);

#endif
