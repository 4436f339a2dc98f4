/* What `check --write` leaves: the connections that count, as a capture. An experiment (a hello
 * that no client sends) would be judged as a client's failure by whoever reads the file; with --all
 * it is kept too.
 *
 * Frames wait until what their connection was is known, in order of time, in memory that does not
 * grow with the number of connections.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CLI_CHECK_CAPTURE_H
#define AK_CLI_CHECK_CAPTURE_H

#include "library/check.h"

struct ak_check_capture;

/* `path` is borrowed; the file appears when it is complete. NULL with `error` set. */
struct ak_check_capture *ak_check_capture_new(const char *path, bool all, struct ak_error *error);
/* A connection begins, or is over; `check` knows which of them count. */
void ak_check_capture_begin(struct ak_check_capture *capture, uint64_t number);
void ak_check_capture_end(struct ak_check_capture *capture, const struct ak_check *check,
                          uint64_t number);
void ak_check_capture_frame(struct ak_check_capture *capture, const struct ak_check *check,
                            uint64_t number, const struct ak_frame *frame);
/* Writes what waits and completes the file, or abandons it. */
enum ak_err ak_check_capture_finish(struct ak_check_capture *capture, const struct ak_check *check,
                                    struct ak_error *error);
/* What was not finished leaves no file. Accepts NULL. */
void ak_check_capture_free(struct ak_check_capture *capture);

#endif
