/* What the rooms of the intake share (intake.c: files of any kind, series of them), and how one of
 * them, a capture, gets into the trace. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_INTAKE_INTAKE_CAPTURE_H
#define AK_INTAKE_INTAKE_CAPTURE_H

#include "base/limits.h"
#include "codec/capture_file.h"
#include "intake/archives.h"
#include "intake/certificates.h"
#include "intake/input.h"
#include "intake/intake.h"
#include "intake/machines.h"

enum { AK_INTAKE_WINDOW = AK_READ_BLOCK + AK_MAX_FRAME + 4096 };

struct ak_intake_name {
    struct ak_source source;
    struct ak_process_note *processes; /* owned, with their paths */
    struct ak_intake_name *next;
    char text[];
};

struct ak_intake {
    struct ak_trace *trace;
    struct ak_intake_listener listener;
    uint8_t *window;
    struct ak_intake_name *names;
    struct ak_archives *archives;
    struct ak_machines *machines;         /* NULL until a registry was met */
    struct ak_certificates *certificates; /* NULL until one was met */
    uint64_t files, joined, registry_files, certificate_files, events;
    struct ak_capture_notes notes;
    struct ak_collected **collected; /* owned */
    size_t collected_count, collected_room;
    unsigned threads; /* that may read one capture; 0 and 1: this one alone */
    bool separate, leaves_out, several;
    uint64_t left_out[2]; /* identity of a file that is passed over */
};

/* The state of reading one file. */
struct ak_reading {
    struct ak_input *input;
    struct ak_capture_file file;
    /* Of a capture: the intake's, one of those that are read ahead, or the file as it is shown. */
    const uint8_t *window;
    size_t start, size; /* of its unused part */
    bool at_end;
    enum ak_err err; /* why no more of a capture could be read */
    struct ak_error error;
    bool begun; /* a frame of a pcapng file was met */
    struct ak_intake_name *name;
    uint64_t told; /* progress */
};

/* More bytes into the window, at most AK_READ_BLOCK; at_end: there are no more. */
enum ak_err ak_intake_refill(struct ak_intake *intake, struct ak_reading *reading,
                             struct ak_error *error);
/* Keeps the path for as long as the intake, as the name of a source; NULL: memory. */
struct ak_intake_name *ak_intake_keep_name(struct ak_intake *intake, const char *path);
/* Tells how far the file was read, now and then. */
void ak_intake_progress(struct ak_intake *intake, struct ak_reading *reading, const char *path,
                        uint64_t done, uint64_t total);
void ak_intake_own_progress(struct ak_intake *intake, struct ak_reading *reading, const char *path);
void ak_intake_tell(struct ak_intake *intake, enum ak_problem problem, const char *path,
                    const struct ak_error *error);
/* Reads the capture whose first bytes are in the window; `joins`: it goes on where the trace
 * stands. Problems are told; an error is want of memory. */
enum ak_err ak_intake_capture(struct ak_intake *intake, struct ak_reading *reading,
                              const char *path, bool joins);

#endif
