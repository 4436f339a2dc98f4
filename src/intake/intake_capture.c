/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/intake_capture.h"

#include "intake/ahead.h"
#include "observe/process.h"

#include "base/banned.h"

/* Conversations outlive the file's state. */
static void take_processes(struct ak_reading *r)
{
    struct ak_intake_name *name = r->name;
    ak_processes_sort(r->file.processes, r->file.process_count);
    name->processes = r->file.processes;
    name->source.processes = r->file.processes;
    name->source.process_count = r->file.process_count;
    r->file.processes = NULL;
    r->file.process_count = 0;
}

/* A section of a pcapng file is a capture of its own where it says so, as --write makes one file of
 * several, and where its time goes back. */
static void begin_section(struct ak_intake *intake, struct ak_reading *r,
                          const struct ak_frame *frame)
{
    bool first = !r->begun, apart = r->file.section_apart;
    r->file.section_began = r->file.section_apart = false;
    r->begun = true;
    if (r->file.process_count != 0)
        take_processes(r);
    intake->several = intake->several || apart; /* this one is the first of them */
    if (first || (!apart && frame->time >= ak_trace_now(intake->trace)))
        return;
    ak_trace_until(intake->trace, r->file.until);
    r->file.until = INT64_MIN;
    ak_trace_section(intake->trace);
}

/* The window as far as the file is shown; false: it is read. */
static bool show(struct ak_intake *intake, struct ak_reading *r, enum ak_err *err)
{
    const uint8_t *bytes;
    size_t size;
    bool shown = r->window != intake->window;
    if (intake->threads > 1 ||
        (r->file.format != AK_CAPTURE_PCAP && r->file.format != AK_CAPTURE_PCAPNG))
        return false;
    *err = ak_input_show(r->input, r->file.offset, &bytes, &size, &r->error);
    if (size != 0) {
        r->window = bytes;
        r->start = 0;
        r->size = size;
    } else if (shown) {
        r->window = intake->window;
        r->start = r->size = 0;
    }
    r->at_end = *err != AK_ERR_NONE;
    return size != 0;
}

static enum ak_err refill(struct ak_intake *intake, struct ak_reading *r, struct ak_ahead *ahead,
                          const char *path)
{
    if (ahead != NULL)
        return ak_ahead_refill(ahead, &r->error);
    enum ak_err err = AK_ERR_NONE;
    if (!show(intake, r, &err) && err == AK_ERR_NONE)
        err = ak_intake_refill(intake, r, &r->error);
    ak_intake_own_progress(intake, r, path);
    return err;
}

enum going { GOING_ON, GOING_END, GOING_BAD };

/* Whatever is no plain frame among others. */
static enum going take_step(struct ak_intake *intake, struct ak_reading *r, struct ak_ahead *ahead,
                            const char *path)
{
    struct ak_frame frame;
    size_t used, need;
    enum ak_capture_step step = ak_capture_file_next(&r->file, r->window + r->start, r->size, &used,
                                                     &need, &frame, &r->error);
    r->start += used;
    r->size -= used;
    switch (step) {
    case AK_CAPTURE_FRAME:
        if (AK_UNLIKELY(r->file.section_began))
            begin_section(intake, r, &frame);
        ak_trace_frame(intake->trace, &frame);
        return GOING_ON;
    case AK_CAPTURE_OTHER:
        return GOING_ON;
    case AK_CAPTURE_BAD:
        r->err = AK_ERR_FORMAT;
        return GOING_BAD;
    case AK_CAPTURE_MORE:
        break;
    }
    if (r->err != AK_ERR_NONE)
        return GOING_BAD;
    if (r->at_end)
        return ak_capture_file_end(&r->file) ? GOING_ON : GOING_END;
    r->err = refill(intake, r, ahead, path);
    return GOING_ON;
}

/* The plain frames that the window begins with; false: there is none. */
static bool take_window(struct ak_intake *intake, struct ak_reading *r)
{
    struct ak_span window = {r->window + r->start, r->size};
    size_t used, count = ak_trace_capture(intake->trace, &r->file, window, &used);
    r->start += used;
    r->size -= used;
    return count != 0;
}

/* Plain frames, up to what is none. `ahead` may begin with the first of them. */
static void take_frames(struct ak_intake *intake, struct ak_reading *r, struct ak_ahead **ahead,
                        const char *path)
{
    if (*ahead != NULL)
        ak_ahead_go_on(*ahead);
    while (*ahead == NULL && take_window(intake, r))
        *ahead = ak_ahead_start(intake, r, path);
    if (*ahead != NULL)
        ak_ahead_frames(*ahead);
}

/* Reads frames until the end or the first thing that cannot be followed. */
static enum ak_err read_frames(struct ak_intake *intake, struct ak_reading *r, const char *path,
                               struct ak_error *error)
{
    struct ak_ahead *ahead = NULL;
    enum going going = GOING_ON;
    r->window = intake->window;
    while (going == GOING_ON) {
        take_frames(intake, r, &ahead, path);
        going = take_step(intake, r, ahead, path);
    }
    ak_ahead_stop(ahead);
    if (going == GOING_BAD) {
        *error = r->error;
        return r->err;
    }
    if (r->size == 0 && r->file.skip == 0)
        return AK_ERR_NONE;
    (void)ak_error_set(error, AK_ERR_FORMAT, "the file ends inside a frame (truncated)");
    error->offset = r->file.offset;
    return AK_ERR_FORMAT;
}

/* What an event trace lacks, and how to record it so that it does not. */
static void tell_of_trace(struct ak_intake *intake, const struct ak_reading *r, const char *path,
                          uint64_t cut_before)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    const struct ak_capture_notes *notes = &r->file.notes;
    enum ak_problem problem = AK_PROBLEM_UNREADABLE;
    if (notes->packet_events == 0 && notes->compressed_buffers != 0) {
        (void)ak_error_set(
            &error, AK_ERR_UNSUPPORTED,
            "an event trace in compressed buffers, which are not read: convert it on "
            "Windows with \"pktmon etl2pcap FILE\"");
    } else if (notes->packet_events == 0) {
        (void)ak_error_set(&error, AK_ERR_FORMAT,
                           "an event trace without packets: record with \"netsh trace start "
                           "capture=yes\" or \"pktmon start --capture --pkt-size 0\"");
    } else if (ak_trace_totals_of(intake->trace)->cut_frames != cut_before) {
        problem = AK_PROBLEM_HINT;
        (void)ak_error_set(&error, AK_ERR_FORMAT,
                           "the recorder cut packets: record whole ones with \"pktmon start "
                           "--capture --pkt-size 0\"");
    } else {
        return;
    }
    intake->files -= notes->packet_events == 0;
    ak_intake_tell(intake, problem, path, &error);
}

enum ak_err ak_intake_capture(struct ak_intake *intake, struct ak_reading *r, const char *path,
                              bool joins)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_intake_name *kept = ak_intake_keep_name(intake, path);
    if (kept == NULL)
        return AK_ERR_MEMORY;
    r->name = kept;
    uint64_t cut = ak_trace_totals_of(intake->trace)->cut_frames;
    intake->files++;
    if (joins)
        ak_trace_next_file(intake->trace, &kept->source);
    else
        ak_trace_file(intake->trace, &kept->source);
    enum ak_err err = read_frames(intake, r, kept->text, &error);
    ak_trace_until(intake->trace, r->file.until);
    if (err != AK_ERR_NONE) {
        if (error.offset == 0)
            error.offset = r->file.offset;
        ak_intake_tell(intake, AK_PROBLEM_PARTLY, path, &error);
    }
    if (r->file.bad_blocks != 0) {
        (void)ak_error_set(&error, AK_ERR_FORMAT, "packet blocks that contradict themselves");
        error.offset = r->file.bad_blocks;
        ak_intake_tell(intake, AK_PROBLEM_BLOCKS, path, &error);
    }
    ak_capture_notes_add(&intake->notes, &r->file.notes);
    if (r->file.format == AK_CAPTURE_ETL)
        tell_of_trace(intake, r, path, cut);
    return AK_ERR_NONE;
}
