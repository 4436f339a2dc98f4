/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "codec/capture_file.h"
#include "codec/reg_text.h"
#include "intake/certificates.h"
#include "intake/file_list.h"
#include "intake/input.h"
#include "intake/machines.h"
#include "intake/whole_file.h"
#include "logs/log_reader.h"
#include "intake/ring.h"
#include "observe/process.h"
#include "model/thresholds.h"
#include "os/file.h"

#include "base/banned.h"

enum { MANY = 64, WINDOW = AK_READ_BLOCK + AK_MAX_FRAME + 4096, PROGRESS_STEP = 32 * 1024 * 1024 };

struct name {
    struct ak_source source;
    struct ak_process_note *processes; /* owned, with their paths */
    struct name *next;
    char text[];
};

struct ak_intake {
    struct ak_trace *trace;
    struct ak_intake_listener listener;
    uint8_t *window;
    struct name *names;
    struct ak_machines *machines;         /* NULL until a registry was met */
    struct ak_certificates *certificates; /* NULL until one was met */
    uint64_t files, joined, registry_files, certificate_files, events;
    struct ak_capture_notes notes;
    bool separate, leaves_out, several;
    uint64_t left_out[2]; /* identity of a file that is passed over */
};

struct ak_intake *ak_intake_new(struct ak_trace *trace, const struct ak_intake_listener *listener)
{
    struct ak_intake *intake = ak_alloc(1, sizeof *intake);
    if (intake == NULL)
        return NULL;
    intake->trace = trace;
    intake->listener = *listener;
    intake->window = ak_alloc(1, WINDOW);
    if (intake->window == NULL) {
        ak_free(intake);
        return NULL;
    }
    return intake;
}

void ak_intake_free(struct ak_intake *intake)
{
    if (intake == NULL)
        return;
    while (intake->names != NULL) {
        struct name *next = intake->names->next;
        for (size_t i = 0; i < intake->names->source.process_count; i++)
            ak_free(intake->names->processes[i].path);
        ak_free(intake->names->processes);
        ak_free(intake->names);
        intake->names = next;
    }
    ak_certificates_free(intake->certificates); /* names the machines' hosts and files */
    ak_machines_free(intake->machines);
    ak_free(intake->window);
    ak_free(intake);
}

bool ak_intake_several(const struct ak_intake *intake)
{
    return intake->several;
}

uint64_t ak_intake_registry_files(const struct ak_intake *intake)
{
    return intake->registry_files;
}

uint64_t ak_intake_certificate_files(const struct ak_intake *intake)
{
    return intake->certificate_files;
}

uint64_t ak_intake_lost_certificates(const struct ak_intake *intake)
{
    const struct ak_certificates *c = intake->certificates;
    return c != NULL ? ak_certificates_left_out(c) + ak_certificates_damaged(c) : 0;
}

uint64_t ak_intake_files(const struct ak_intake *intake)
{
    return intake->files;
}

const struct ak_capture_notes *ak_intake_notes(const struct ak_intake *intake)
{
    return &intake->notes;
}

uint64_t ak_intake_joined(const struct ak_intake *intake)
{
    return intake->joined;
}

void ak_intake_separate(struct ak_intake *intake)
{
    intake->separate = true;
}

static struct name *keep_name(struct ak_intake *intake, const char *path)
{
    struct ak_span span = {(const uint8_t *)path, strlen(path)};
    size_t room = 3 * span.size + 1; /* a byte that is no UTF-8 becomes U+FFFD */
    struct name *name = ak_alloc(1, sizeof *name + room);
    if (name == NULL)
        return NULL;
    (void)ak_utf8_copy(span, name->text, room);
    name->next = intake->names;
    intake->names = name;
    name->source.file = name->text;
    return name;
}

static void tell(struct ak_intake *intake, enum ak_problem problem, const char *path,
                 const struct ak_error *error)
{
    intake->listener.problem(intake->listener.context, problem, path, error);
}

/* The state of reading one capture. */
struct reading {
    struct ak_input *input;
    struct ak_capture_file file;
    size_t start, size; /* of the unused part of the window */
    bool at_end;
    bool begun; /* a frame of a pcapng file was met */
    struct name *name;
    uint64_t told; /* progress */
};

static enum ak_err refill(struct ak_intake *intake, struct reading *r, struct ak_error *error)
{
    size_t got;
    if (r->start != 0) {
        memmove(intake->window, intake->window + r->start, r->size);
        r->start = 0;
    }
    size_t room = WINDOW - r->size;
    if (room > AK_READ_BLOCK)
        room = AK_READ_BLOCK;
    enum ak_err err = ak_input_read(r->input, intake->window + r->size, room, &got, error);
    r->size += got;
    r->at_end = err != AK_ERR_NONE || got == 0;
    return err;
}

static void show_progress(struct ak_intake *intake, struct reading *r, const char *path)
{
    uint64_t done, total;
    if (intake->listener.progress == NULL)
        return;
    ak_input_progress(r->input, &done, &total);
    if (done - r->told < PROGRESS_STEP)
        return;
    r->told = done;
    intake->listener.progress(intake->listener.context, path, done, total);
}

/* Conversations outlive the file's state. */
static void take_processes(struct reading *r)
{
    struct name *name = r->name;
    ak_processes_sort(r->file.processes, r->file.process_count);
    name->processes = r->file.processes;
    name->source.processes = r->file.processes;
    name->source.process_count = r->file.process_count;
    r->file.processes = NULL;
    r->file.process_count = 0;
}

/* A section of a pcapng file whose time goes back is a capture of its own: two captures in one
 * file, as --write makes it of several. */
static void begin_section(struct ak_intake *intake, struct reading *r, const struct ak_frame *frame)
{
    bool first = !r->begun;
    r->file.section_began = false;
    r->begun = true;
    if (r->file.process_count != 0)
        take_processes(r);
    if (first || frame->time >= ak_trace_now(intake->trace))
        return;
    ak_trace_until(intake->trace, r->file.until);
    r->file.until = INT64_MIN;
    ak_trace_section(intake->trace);
}

/* Reads frames until the end or the first thing that cannot be followed. */
static enum ak_err read_frames(struct ak_intake *intake, struct reading *r, const char *path,
                               struct ak_error *error)
{
    struct ak_frame frame, frames[MANY];
    enum ak_err err = AK_ERR_NONE;
    for (;;) {
        size_t used, need;
        size_t count = ak_capture_file_frames(&r->file, intake->window + r->start, r->size, &used,
                                              frames, MANY);
        if (AK_LIKELY(count != 0)) {
            r->start += used;
            r->size -= used;
            ak_trace_frames(intake->trace, frames, count);
            continue;
        }
        enum ak_capture_step step = ak_capture_file_next(&r->file, intake->window + r->start,
                                                         r->size, &used, &need, &frame, error);
        r->start += used;
        r->size -= used;
        if (step == AK_CAPTURE_FRAME) {
            if (AK_UNLIKELY(r->file.section_began))
                begin_section(intake, r, &frame);
            ak_trace_frame(intake->trace, &frame);
        } else if (step == AK_CAPTURE_BAD) {
            return AK_ERR_FORMAT;
        } else if (step == AK_CAPTURE_MORE) {
            if (err != AK_ERR_NONE)
                return err;
            if (r->at_end && ak_capture_file_end(&r->file))
                continue;
            if (r->at_end)
                break;
            err = refill(intake, r, error);
            show_progress(intake, r, path);
        }
    }
    if (r->size == 0 && r->file.skip == 0)
        return AK_ERR_NONE;
    (void)ak_error_set(error, AK_ERR_FORMAT, "the file ends inside a frame (truncated)");
    error->offset = r->file.offset;
    return AK_ERR_FORMAT;
}

/* What an event trace lacks, and how to record it so that it does not. */
static void tell_of_trace(struct ak_intake *intake, const struct reading *r, const char *path,
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
    tell(intake, problem, path, &error);
}

static enum ak_err read_capture(struct ak_intake *intake, struct reading *r, const char *path,
                                bool joins)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct name *kept = keep_name(intake, path);
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
        tell(intake, AK_PROBLEM_PARTLY, path, &error);
    }
    if (r->file.bad_blocks != 0) {
        (void)ak_error_set(&error, AK_ERR_FORMAT, "packet blocks that contradict themselves");
        error.offset = r->file.bad_blocks;
        tell(intake, AK_PROBLEM_BLOCKS, path, &error);
    }
    ak_capture_notes_add(&intake->notes, &r->file.notes);
    if (r->file.format == AK_CAPTURE_ETL)
        tell_of_trace(intake, r, path, cut);
    return AK_ERR_NONE;
}

/* ---- registries ---- */

/* What the file is of a registry, by its first bytes. */
static enum ak_registry_sniff sniff_registry(struct ak_intake *intake, struct reading *r,
                                             struct ak_error *error)
{
    enum { ENOUGH = 8192 };
    enum ak_err err = AK_ERR_NONE;
    while (err == AK_ERR_NONE && r->size < ENOUGH && !r->at_end)
        err = refill(intake, r, error);
    struct ak_span head = {intake->window, r->size < ENOUGH ? r->size : ENOUGH};
    return ak_registry_sniff(head);
}

/* What `fix` wrote is a change that may never have been made: it says nothing of a machine. */
static bool is_own_fix(const struct ak_intake *intake, const struct reading *r)
{
    struct ak_span head = {intake->window, r->size};
    return ak_reg_text_remarks(head, AK_FIX_REMARK);
}

static void tell_own_fix(struct ak_intake *intake, const char *path)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    (void)ak_error_set(&error, AK_ERR_FORMAT, "written by akushu fix, not read as evidence");
    tell(intake, AK_PROBLEM_OWN, path, &error);
}

/* Takes the whole file; it is looked at when all files are known. */
static enum ak_err read_registry(struct ak_intake *intake, struct reading *r, const char *path,
                                 enum ak_registry_sniff kind)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    uint8_t *bytes;
    size_t size;
    if (intake->listener.host == NULL)
        return AK_ERR_NONE;
    enum ak_err err = ak_whole_file_rest(r->input, intake->window, r->size, AK_MAX_REGISTRY_FILE,
                                         &bytes, &size, &error);
    if (err == AK_ERR_MEMORY)
        return err;
    if (err != AK_ERR_NONE) {
        error.offset = size;
        tell(intake, bytes != NULL ? AK_PROBLEM_PARTLY : AK_PROBLEM_UNREADABLE, path, &error);
    }
    if (bytes == NULL)
        return AK_ERR_NONE;
    if (intake->machines == NULL)
        intake->machines = ak_machines_new();
    if (intake->machines == NULL) {
        ak_free(bytes);
        return AK_ERR_MEMORY;
    }
    intake->registry_files++;
    return ak_machines_add(intake->machines, path, kind, bytes, size);
}

/* ---- logs ---- */

static void on_event(void *context, const struct ak_event *event)
{
    struct ak_intake *intake = context;
    struct ak_event counted = *event;
    counted.id = ++intake->events;
    intake->listener.event(intake->listener.context, &counted);
}

static void tell_log(struct ak_intake *intake, const char *path, enum ak_log_kind kind,
                     const char *file, const struct ak_log_counts *counts)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_log_source log = {
        file,        ak_log_kind_name(kind), counts->records, counts->events,
        counts->bad, counts->cut_lines};
    if (counts->bad != 0) {
        (void)ak_error_set(&error, AK_ERR_FORMAT, "records that contradict their format");
        error.offset = counts->bad;
        tell(intake, AK_PROBLEM_RECORDS, path, &error);
    }
    intake->listener.log(intake->listener.context, &log);
}

/* Reads on to the end, a window at a time. */
static enum ak_err read_log(struct ak_intake *intake, struct reading *r, const char *path,
                            enum ak_log_kind kind)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct name *kept = keep_name(intake, path);
    struct ak_span head = {intake->window + r->start, r->size};
    struct ak_log_reader *log =
        kept != NULL ? ak_log_reader_new(kind, head, kept->source.file, on_event, intake) : NULL;
    enum ak_err err = log != NULL ? AK_ERR_NONE : AK_ERR_MEMORY, damage = AK_ERR_NONE;
    for (bool last = false; err == AK_ERR_NONE && !last;) {
        size_t used;
        last = r->at_end;
        struct ak_span bytes = {intake->window + r->start, r->size};
        err = ak_log_reader_feed(log, bytes, last, &used);
        r->start += used;
        r->size -= used;
        if (!last && err == AK_ERR_NONE)
            damage = refill(intake, r, &error);
        show_progress(intake, r, path);
    }
    if (damage != AK_ERR_NONE)
        tell(intake, AK_PROBLEM_PARTLY, path, &error);
    if (err == AK_ERR_NONE) {
        struct ak_log_counts counts = ak_log_reader_counts(log);
        tell_log(intake, path, kind, kept->source.file, &counts);
    }
    ak_log_reader_free(log);
    return err;
}

/* After sniff_registry, which filled the window. */
static enum ak_log_kind sniff_log(const struct ak_intake *intake, const struct reading *r)
{
    enum { ENOUGH = 8192 };
    struct ak_span head = {intake->window + r->start, r->size < ENOUGH ? r->size : ENOUGH};
    return intake->listener.event != NULL && intake->listener.log != NULL ? ak_log_sniff(head)
                                                                          : AK_LOG_KIND_NONE;
}

/* ---- certificates ---- */

/* After sniff_registry, which filled the window. */
static enum ak_cert_format sniff_certificates(const struct ak_intake *intake,
                                              const struct reading *r)
{
    enum { ENOUGH = 8192 };
    struct ak_span head = {intake->window + r->start, r->size < ENOUGH ? r->size : ENOUGH};
    return intake->listener.certificate != NULL ? ak_cert_sniff(head) : AK_CERT_FORMAT_NONE;
}

static void outcome_words(enum ak_cert_outcome outcome, struct ak_error *error)
{
    switch (outcome) {
    case AK_CERT_OUTCOME_PARTLY:
        (void)ak_error_set(error, AK_ERR_FORMAT, "not every certificate in it could be read");
        break;
    case AK_CERT_OUTCOME_EMPTY:
        (void)ak_error_set(error, AK_ERR_FORMAT, "there is no certificate in it");
        break;
    case AK_CERT_OUTCOME_NEEDS_PASSWORD:
        (void)ak_error_set(error, AK_ERR_FORMAT,
                           "a PKCS #12 file under a password: give it with "
                           "--certificate-password-file or --certificate-password-env");
        break;
    case AK_CERT_OUTCOME_WRONG_PASSWORD:
        (void)ak_error_set(error, AK_ERR_FORMAT, "the password does not open this PKCS #12 file");
        break;
    case AK_CERT_OUTCOME_UNSUPPORTED:
        (void)ak_error_set(error, AK_ERR_UNSUPPORTED,
                           "a PKCS #12 file encrypted in a way that is not read here");
        break;
    default:
        (void)ak_error_set(error, AK_ERR_FORMAT, "damaged: no certificate in it could be read");
        break;
    }
}

static void tell_outcome(struct ak_intake *intake, const char *path, enum ak_cert_outcome outcome)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (outcome == AK_CERT_OUTCOME_READ)
        return;
    outcome_words(outcome, &error);
    error.offset = 1;
    tell(intake, outcome == AK_CERT_OUTCOME_PARTLY ? AK_PROBLEM_RECORDS : AK_PROBLEM_UNREADABLE,
         path, &error);
}

static enum ak_err take_certificates(struct ak_intake *intake, const char *path,
                                     enum ak_cert_format format, struct ak_span file)
{
    enum ak_cert_outcome outcome;
    struct name *kept = keep_name(intake, path);
    if (intake->certificates == NULL)
        intake->certificates = ak_certificates_new();
    if (intake->certificates == NULL || kept == NULL)
        return AK_ERR_MEMORY;
    enum ak_err err =
        ak_certificates_add(intake->certificates, path, kept->text, format, file, NULL, &outcome);
    const char *password =
        outcome == AK_CERT_OUTCOME_NEEDS_PASSWORD && intake->listener.password != NULL
            ? intake->listener.password(intake->listener.context, path)
            : NULL;
    if (password != NULL)
        err = ak_certificates_add(intake->certificates, path, kept->text, format, file, password,
                                  &outcome);
    intake->certificate_files +=
        outcome == AK_CERT_OUTCOME_READ || outcome == AK_CERT_OUTCOME_PARTLY;
    if (err == AK_ERR_NONE)
        tell_outcome(intake, path, outcome);
    return err;
}

static enum ak_err read_certificates(struct ak_intake *intake, struct reading *r, const char *path,
                                     enum ak_cert_format format)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    uint8_t *bytes;
    size_t size;
    enum ak_err err = ak_whole_file_rest(r->input, intake->window, r->size, AK_MAX_CERTIFICATE_FILE,
                                         &bytes, &size, &error);
    if (err == AK_ERR_MEMORY)
        return err;
    if (err != AK_ERR_NONE) {
        error.offset = size;
        tell(intake, bytes != NULL ? AK_PROBLEM_PARTLY : AK_PROBLEM_UNREADABLE, path, &error);
    }
    if (bytes == NULL)
        return AK_ERR_NONE;
    struct ak_span file = {bytes, size};
    err = take_certificates(intake, path, format, file);
    ak_free(bytes);
    return err;
}

struct finishing {
    struct ak_intake *intake;
    bool failed;
};

static void on_host(void *context, const struct ak_host *host)
{
    struct finishing *f = context;
    struct ak_intake *intake = f->intake;
    intake->listener.host(intake->listener.context, host);
    if (intake->listener.certificate == NULL)
        return;
    if (intake->certificates == NULL)
        intake->certificates = ak_certificates_new();
    f->failed =
        f->failed || intake->certificates == NULL ||
        ak_certificates_of_host(intake->certificates, intake->machines, host) != AK_ERR_NONE;
}

static void give_certificates(struct ak_intake *intake)
{
    struct ak_certificates *c = intake->certificates;
    if (c == NULL)
        return;
    ak_certificates_finish(c, intake->machines);
    for (size_t i = 0; i < ak_certificates_count(c); i++)
        intake->listener.certificate(intake->listener.context, ak_certificates_at(c, i));
}

static void on_machine_problem(void *context, const char *path, const struct ak_error *error)
{
    tell(((struct finishing *)context)->intake, AK_PROBLEM_UNREADABLE, path, error);
}

/* `joins`: the file goes on where the trace stands. *captured: it was a capture. */
static enum ak_err read_file(struct ak_intake *intake, const struct ak_file_entry *entry,
                             bool joins, bool *captured)
{
    const char *path = entry->path;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct reading r;
    memset(&r, 0, sizeof r);
    *captured = false;
    r.input = ak_input_open(path, &error);
    if (r.input == NULL) {
        tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        return error.code == AK_ERR_MEMORY ? AK_ERR_MEMORY : AK_ERR_NONE;
    }
    ak_capture_file_init(&r.file);
    enum ak_registry_sniff registry;
    enum ak_log_kind log;
    enum ak_cert_format certificates;
    enum ak_err err = AK_ERR_NONE, result = AK_ERR_NONE;
    while (err == AK_ERR_NONE && r.size < AK_CAPTURE_SNIFF && !r.at_end)
        err = refill(intake, &r, &error);
    if (ak_capture_sniff(intake->window, r.size) != AK_CAPTURE_UNKNOWN) {
        *captured = true;
        result = read_capture(intake, &r, path, joins);
    } else if (err == AK_ERR_NONE &&
               (registry = sniff_registry(intake, &r, &error)) != AK_REGISTRY_SNIFF_NO) {
        if (registry == AK_REGISTRY_SNIFF_TEXT && is_own_fix(intake, &r))
            tell_own_fix(intake, path);
        else
            result = read_registry(intake, &r, path, registry);
    } else if (err == AK_ERR_NONE && (log = sniff_log(intake, &r)) != AK_LOG_KIND_NONE) {
        result = read_log(intake, &r, path, log);
    } else if (err == AK_ERR_NONE &&
               (certificates = sniff_certificates(intake, &r)) != AK_CERT_FORMAT_NONE) {
        result = read_certificates(intake, &r, path, certificates);
    } else {
        if (err == AK_ERR_NONE)
            (void)ak_error_set(&error, AK_ERR_FORMAT,
                               r.size == 0
                                   ? "the file is empty"
                                   : "not a capture (pcap, pcapng, ETL, Network Monitor, "
                                     "snoop, ERF), hive, registry export, policy file, "
                                     "certificate or log (ERRORLOG, EVTX, events as XML; each "
                                     "also in gzip or zstd)");
        tell(intake,
             entry->named || err != AK_ERR_NONE ? AK_PROBLEM_UNREADABLE : AK_PROBLEM_NOT_KNOWN,
             path, &error);
    }
    ak_capture_file_release(&r.file);
    ak_input_close(r.input);
    return result;
}

/* ---- ring buffers ---- */

/* The time of the file's first frame; false when it has none within the first window. */
static bool first_time(struct ak_intake *intake, const char *path, int64_t *time)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct reading r;
    struct ak_frame frame;
    bool found = false;
    memset(&r, 0, sizeof r);
    r.input = ak_input_open(path, &error);
    if (r.input == NULL)
        return false;
    ak_capture_file_init(&r.file);
    while (!r.at_end && r.size < AK_READ_BLOCK && refill(intake, &r, &error) == AK_ERR_NONE)
        ;
    enum ak_capture_step step = ak_capture_sniff(intake->window, r.size) != AK_CAPTURE_UNKNOWN
                                    ? AK_CAPTURE_OTHER
                                    : AK_CAPTURE_BAD;
    while (step == AK_CAPTURE_OTHER) {
        size_t used, need;
        step = ak_capture_file_next(&r.file, intake->window + r.start, r.size, &used, &need, &frame,
                                    &error);
        r.start += used;
        r.size -= used;
    }
    found = step == AK_CAPTURE_FRAME;
    if (found)
        *time = frame.time;
    ak_capture_file_release(&r.file);
    ak_input_close(r.input);
    return found;
}
static bool same_series(const struct ak_file_entry *a, const struct ak_file_entry *b)
{
    return a->series != NULL && b->series != NULL && strcmp(a->series, b->series) == 0;
}

/* A file of a series, and when it begins. */
struct member {
    const struct ak_file_entry *entry;
    int64_t time; /* without a frame: that of a neighbour */
    bool timeless;
};

static int by_time(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->entry->order > y->entry->order) - (x->entry->order < y->entry->order);
}

static void order_members(struct ak_intake *intake, struct member *members, size_t count)
{
    int64_t before = INT64_MIN;
    for (size_t i = 0; i < count; i++) {
        members[i].timeless = !first_time(intake, members[i].entry->path, &members[i].time);
        if (members[i].timeless)
            members[i].time = before;
        before = members[i].time;
    }
    qsort(members, count, sizeof *members, by_time);
}

/* Does `next` go on where the trace stands after `last`? */
static bool goes_on(const struct ak_intake *intake, const struct member *last,
                    const struct member *next)
{
    enum ak_ring_step step = ak_ring_follows(last->entry->path, next->entry->path);
    int64_t now = ak_trace_now(intake->trace);
    if (step == AK_RING_NO)
        return false;
    if (next->timeless || now == INT64_MIN)
        return step == AK_RING_YES;
    int64_t overlap = ak_threshold_get(AK_THRESHOLD_RING_OVERLAP_MS) * 1000000;
    int64_t gap = ak_threshold_get(AK_THRESHOLD_RING_GAP_MS) * 1000000;
    if (step == AK_RING_YES)
        return next->time >= now - overlap;
    return next->time >= now && next->time <= now + gap; /* names alone may count by accident */
}

static enum ak_err read_series(struct ak_intake *intake, const struct ak_file_entry *entries,
                               size_t count)
{
    struct member *members = ak_alloc(count, sizeof *members);
    enum ak_err err = members != NULL ? AK_ERR_NONE : AK_ERR_MEMORY;
    for (size_t i = 0; i < count && err == AK_ERR_NONE; i++)
        members[i].entry = &entries[i];
    if (err == AK_ERR_NONE && count > 1)
        order_members(intake, members, count);
    const struct member *last = NULL;
    for (size_t i = 0; i < count && err == AK_ERR_NONE; i++) {
        bool joins = last != NULL && goes_on(intake, last, &members[i]);
        if (!joins)
            ak_trace_flush(intake->trace);
        bool captured;
        err = read_file(intake, members[i].entry, joins, &captured);
        last = captured ? &members[i] : NULL;
        intake->joined += joins && captured;
    }
    ak_trace_flush(intake->trace);
    ak_free(members);
    return err;
}

void ak_intake_leave_out(struct ak_intake *intake, const uint64_t identity[2])
{
    intake->leaves_out = true;
    memcpy(intake->left_out, identity, sizeof intake->left_out);
}

static bool is_file(const struct ak_file_entry *entry, const uint64_t identity[2])
{
    uint64_t own[2];
    return strcmp(entry->path, "-") != 0 && ak_path_identity(entry->path, own) &&
           own[0] == identity[0] && own[1] == identity[1];
}

static void ignore_problem(void *context, const char *path, const struct ak_error *error)
{
    (void)context;
    (void)path;
    (void)error;
}

bool ak_intake_would_read(char *const *paths, size_t count, const uint64_t identity[2])
{
    struct ak_file_list list;
    bool found = false;
    ak_file_list_init(&list);
    for (size_t i = 0; i < count; i++)
        if (ak_file_list_add(&list, paths[i], ignore_problem, NULL) != AK_ERR_NONE)
            break;
    for (size_t i = 0; i < list.count && !found; i++)
        found = is_file(&list.entries[i], identity);
    ak_file_list_release(&list);
    return found;
}

static void tell_unreadable(void *context, const char *path, const struct ak_error *error)
{
    tell(context, AK_PROBLEM_UNREADABLE, path, error);
}

enum ak_err ak_intake_paths(struct ak_intake *intake, char *const *paths, size_t count,
                            struct ak_error *error)
{
    struct ak_file_list list;
    enum ak_err err = AK_ERR_NONE;
    ak_file_list_init(&list);
    for (size_t i = 0; i < count && err == AK_ERR_NONE; i++)
        err = ak_file_list_add(&list, paths[i], tell_unreadable, intake);
    for (size_t i = list.count; intake->leaves_out && i-- > 0;)
        if (is_file(&list.entries[i], intake->left_out))
            ak_file_list_drop(&list, i);
    if (!intake->separate)
        ak_file_list_sort(&list);
    for (size_t i = 0, next; i < list.count && err == AK_ERR_NONE; i = next) {
        for (next = i + 1; next < list.count && !intake->separate; next++)
            if (!same_series(&list.entries[i], &list.entries[next]))
                break;
        intake->several = intake->several || next < list.count;
        err = read_series(intake, &list.entries[i], next - i);
    }
    ak_file_list_release(&list);
    if (err == AK_ERR_MEMORY)
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    return err;
}

enum ak_err ak_intake_finish(struct ak_intake *intake, struct ak_error *error)
{
    struct finishing finishing = {intake, false};
    struct ak_machines_listener listener = {&finishing, on_machine_problem, on_host};
    if (intake->machines != NULL && ak_machines_finish(intake->machines, &listener) != AK_ERR_NONE)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory for registries");
    give_certificates(intake);
    if (finishing.failed)
        return ak_error_set(error, AK_ERR_MEMORY, "out of memory for certificates");
    return AK_ERR_NONE;
}

struct ak_registry *ak_intake_registry(const struct ak_intake *intake, const struct ak_host *host)
{
    return intake->machines != NULL ? ak_machines_registry(intake->machines, host) : NULL;
}
