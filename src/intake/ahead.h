/* Reading ahead of the trace on other threads: one reads and unpacks the file, one cuts it into
 * frames and looks at their headers. The trace takes them in the file's order, so what comes out
 * does not depend on the number of threads.
 *
 * Whatever is no plain frame (the begin of a section, a block of another kind, damage, the end) is
 * left to the caller: the other threads rest until it has taken that step.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_AHEAD_H
#define AK_INTAKE_AHEAD_H

#include "intake/intake_capture.h"

struct ak_ahead;

/* From two threads on, for a capture whose first frames are in the window. NULL: one thread is
 * enough, or no more are to be had; then nothing has changed. Nobody else touches `reading` until
 * it is stopped, but for the caller's steps. */
struct ak_ahead *ak_ahead_start(struct ak_intake *intake, struct ak_reading *reading,
                                const char *path);
/* Ends the threads; what was read and not used is lost. NULL may be stopped. */
void ak_ahead_stop(struct ak_ahead *ahead);

/* The trace takes all plain frames up to the next step that is the caller's; `reading` stands
 * there. */
void ak_ahead_frames(struct ak_ahead *ahead);
/* That step is taken. */
void ak_ahead_go_on(struct ak_ahead *ahead);
/* ak_intake_refill, for the caller's step. */
enum ak_err ak_ahead_refill(struct ak_ahead *ahead, struct ak_error *error);

#endif
