/* From names to observations: opens files and directories and feeds captures to the trace engine.
 *
 * What a file is, is decided by its content. What cannot be read is told through `problem`, once
 * for each file, and the rest of the work goes on.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_INTAKE_H
#define AK_INTAKE_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "observe/collected.h"
#include "observe/event.h"
#include "observe/found_certificate.h"
#include "observe/host.h"
#include "trace/trace.h"

enum ak_problem {
    AK_PROBLEM_UNREADABLE, /* nothing came of this file */
    AK_PROBLEM_PARTLY,     /* read up to error.offset */
    AK_PROBLEM_NOT_KNOWN,  /* found in a directory, and no kind of evidence that is read */
    AK_PROBLEM_OWN,        /* a file that `akushu fix` wrote: no evidence */
    AK_PROBLEM_HINT,       /* it was read; how to record it better */
    AK_PROBLEM_BLOCKS,     /* error.offset packet blocks contradicted themselves and were skipped */
    AK_PROBLEM_RECORDS     /* error.offset records of a log contradicted the format */
};

struct ak_intake_listener {
    void *context;
    void (*problem)(void *context, enum ak_problem problem, const char *path,
                    const struct ak_error *error);
    /* Called now and then while a file is read; total is 0 when unknown. May be NULL. */
    void (*progress)(void *context, const char *path, uint64_t done, uint64_t total);
    /* A machine whose registry was among the files: after all of them were read; it lives as long
     * as the intake. May be NULL. */
    void (*host)(void *context, const struct ak_host *host);
    /* A record of a log that says something of connections, while it is read; then the log, when it
     * was read. `file` lives as long as the intake. May be NULL. */
    void (*event)(void *context, const struct ak_event *event);
    void (*log)(void *context, const struct ak_log_source *log);
    /* A certificate of a file or of a machine's store: after the hosts; it lives as long as the
     * intake. May be NULL. */
    void (*certificate)(void *context, const struct ak_found_certificate *found);
    /* The password of a PKCS #12 file that needs one; NULL: there is none. May be NULL. */
    const char *(*password)(void *context, const char *path);
};

struct ak_intake;

/* `trace` is borrowed. NULL when out of memory. */
struct ak_intake *ak_intake_new(struct ak_trace *trace, const struct ak_intake_listener *listener);
/* Frees the names that conversations borrow: only after the trace was flushed. */
void ak_intake_free(struct ak_intake *intake);

/* Files, directories (walked in byte order, depth bounded) and "-". The files of one ring buffer
 * among them (names that count on, times that join) are one capture. Only running out of memory is
 * an error; everything else goes to the listener. */
enum ak_err ak_intake_paths(struct ak_intake *intake, char *const *paths, size_t count,
                            struct ak_error *error);
/* When all paths were read: puts registries together and hands out the hosts. Running out of memory
 * is the only error. */
enum ak_err ak_intake_finish(struct ak_intake *intake, struct ak_error *error);
/* While reading: may the paths hold more than one capture? */
bool ak_intake_several(const struct ak_intake *intake);
/* Before reading: every file is a capture of its own. */
void ak_intake_separate(struct ak_intake *intake);
/* So many threads may read one capture: up to three have work. What is read is the same. */
void ak_intake_threads(struct ak_intake *intake, unsigned threads);

/* Before reading: leaves out this file (ak_path_identity) wherever it is found. */
void ak_intake_leave_out(struct ak_intake *intake, const uint64_t identity[2]);
/* Would reading these paths read this file? */
bool ak_intake_would_read(char *const *paths, size_t count, const uint64_t identity[2]);

/* The registry of a host that was handed out, as ak_machines_registry. */
struct ak_registry *ak_intake_registry(const struct ak_intake *intake, const struct ak_host *host);
/* Files of registries among those that were read. */
uint64_t ak_intake_registry_files(const struct ak_intake *intake);
/* What the scripts of `akushu collect` wrote as text, in the order of reading; NULL: no more. They
 * live as long as the intake. */
const struct ak_collected *ak_intake_collected(const struct ak_intake *intake, size_t index);
/* Files of certificates that were read; certificates that were left out: too many, too large, or
 * entries of a store without one. */
uint64_t ak_intake_certificate_files(const struct ak_intake *intake);
uint64_t ak_intake_lost_certificates(const struct ak_intake *intake);
/* Captures that were read at least in part. */
uint64_t ak_intake_files(const struct ak_intake *intake);
/* What recorders told of all captures. */
const struct ak_capture_notes *ak_intake_notes(const struct ak_intake *intake);
/* Files that went on where another one ended. */
uint64_t ak_intake_joined(const struct ak_intake *intake);

#endif
