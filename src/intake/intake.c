/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/intake.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf16.h"
#include "intake/file_list.h"
#include "intake/intake_capture.h"
#include "intake/intake_kinds.h"
#include "intake/ring.h"
#include "model/thresholds.h"
#include "os/file.h"

#include "base/banned.h"

enum { PROGRESS_STEP = 32 * 1024 * 1024 };

struct ak_intake *ak_intake_new(struct ak_trace *trace, const struct ak_intake_listener *listener)
{
    struct ak_intake *intake = ak_alloc(1, sizeof *intake);
    if (intake == NULL)
        return NULL;
    intake->trace = trace;
    intake->listener = *listener;
    intake->window = ak_alloc(1, AK_INTAKE_WINDOW);
    intake->archives = ak_archives_new();
    if (intake->window == NULL || intake->archives == NULL) {
        ak_archives_free(intake->archives);
        ak_free(intake->window);
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
        struct ak_intake_name *next = intake->names->next;
        for (size_t i = 0; i < intake->names->source.process_count; i++)
            ak_free(intake->names->processes[i].path);
        ak_free(intake->names->processes);
        ak_free(intake->names);
        intake->names = next;
    }
    ak_certificates_free(intake->certificates); /* names the machines' hosts and files */
    ak_machines_free(intake->machines);
    for (size_t i = 0; i < intake->collected_count; i++)
        ak_collected_free(intake->collected[i]);
    ak_free(intake->collected);
    ak_archives_free(intake->archives);
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

const struct ak_collected *ak_intake_collected(const struct ak_intake *intake, size_t index)
{
    return index < intake->collected_count ? intake->collected[index] : NULL;
}

const struct ak_capture_notes *ak_intake_notes(const struct ak_intake *intake)
{
    return &intake->notes;
}

uint64_t ak_intake_joined(const struct ak_intake *intake)
{
    return intake->joined;
}

void ak_intake_threads(struct ak_intake *intake, unsigned threads)
{
    intake->threads = threads;
}

void ak_intake_separate(struct ak_intake *intake)
{
    intake->separate = true;
}

struct ak_intake_name *ak_intake_keep_name(struct ak_intake *intake, const char *path)
{
    struct ak_span span = {(const uint8_t *)path, strlen(path)};
    size_t room = 3 * span.size + 1; /* a byte that is no UTF-8 becomes U+FFFD */
    struct ak_intake_name *name = ak_alloc(1, sizeof *name + room);
    if (name == NULL)
        return NULL;
    (void)ak_utf8_copy(span, name->text, room);
    name->next = intake->names;
    intake->names = name;
    name->source.file = name->text;
    return name;
}

void ak_intake_progress(struct ak_intake *intake, struct ak_reading *r, const char *path,
                        uint64_t done, uint64_t total)
{
    if (intake->listener.progress == NULL || done - r->told < PROGRESS_STEP)
        return;
    r->told = done;
    intake->listener.progress(intake->listener.context, path, done, total);
}

void ak_intake_own_progress(struct ak_intake *intake, struct ak_reading *r, const char *path)
{
    uint64_t done, total;
    ak_input_progress(r->input, &done, &total);
    ak_intake_progress(intake, r, path, done, total);
}

void ak_intake_tell(struct ak_intake *intake, enum ak_problem problem, const char *path,
                    const struct ak_error *error)
{
    intake->listener.problem(intake->listener.context, problem, path, error);
}

enum ak_err ak_intake_refill(struct ak_intake *intake, struct ak_reading *r, struct ak_error *error)
{
    size_t got;
    if (r->start != 0) {
        memmove(intake->window, intake->window + r->start, r->size);
        r->start = 0;
    }
    size_t room = AK_INTAKE_WINDOW - r->size;
    if (room > AK_READ_BLOCK)
        room = AK_READ_BLOCK;
    enum ak_err err = ak_input_read(r->input, intake->window + r->size, room, &got, error);
    r->size += got;
    r->at_end = err != AK_ERR_NONE || got == 0;
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
    for (size_t i = 0; i < intake->collected_count; i++)
        ak_certificates_tell(c, intake->collected[i]);
    ak_certificates_finish(c, intake->machines);
    for (size_t i = 0; i < ak_certificates_count(c); i++)
        intake->listener.certificate(intake->listener.context, ak_certificates_at(c, i));
}

static void on_machine_problem(void *context, const char *path, const struct ak_error *error)
{
    ak_intake_tell(((struct finishing *)context)->intake, AK_PROBLEM_UNREADABLE, path, error);
}

/* `joins`: the file goes on where the trace stands. *captured: it was a capture. */
static enum ak_err read_file(struct ak_intake *intake, const struct ak_file_entry *entry,
                             bool joins, bool *captured)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_reading r;
    memset(&r, 0, sizeof r);
    *captured = false;
    if (ak_archives_refused(intake->archives, entry->path))
        return AK_ERR_NONE;
    r.input = ak_archives_open(intake->archives, entry->path, &error);
    if (r.input == NULL) {
        ak_intake_tell(intake, AK_PROBLEM_UNREADABLE, entry->path, &error);
        return error.code == AK_ERR_MEMORY ? AK_ERR_MEMORY : AK_ERR_NONE;
    }
    enum ak_err err = ak_intake_any_kind(intake, &r, entry->path, entry->named, joins, captured);
    ak_input_close(r.input);
    return err;
}

/* ---- ring buffers ---- */

/* The time of the file's first frame; false when it has none within the first window. */
static bool first_time(struct ak_intake *intake, const char *path, int64_t *time)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_reading r;
    struct ak_frame frame;
    bool found = false;
    memset(&r, 0, sizeof r);
    r.input = ak_archives_open(intake->archives, path, &error);
    if (r.input == NULL)
        return false;
    ak_capture_file_init(&r.file);
    while (!r.at_end && r.size < AK_READ_BLOCK &&
           ak_intake_refill(intake, &r, &error) == AK_ERR_NONE)
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

static void ignore_problem(void *context, const char *path, bool evidence,
                           const struct ak_error *error)
{
    (void)context;
    (void)path;
    (void)evidence;
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

static void tell_passed_over(void *context, const char *path, bool evidence,
                             const struct ak_error *error)
{
    ak_intake_tell(context, evidence ? AK_PROBLEM_UNREADABLE : AK_PROBLEM_NOT_KNOWN, path, error);
}

static void tell_left_out(struct ak_intake *intake, const char *path, size_t left_out)
{
    struct ak_error error = {AK_ERR_NONE, 0, left_out, ""};
    (void)ak_error_set(&error, AK_ERR_UNSUPPORTED, "too many files: the rest is passed over");
    ak_intake_tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
}

enum ak_err ak_intake_paths(struct ak_intake *intake, char *const *paths, size_t count,
                            struct ak_error *error)
{
    struct ak_file_list list;
    enum ak_err err = AK_ERR_NONE;
    ak_file_list_init(&list);
    for (size_t i = 0; i < count && err == AK_ERR_NONE; i++)
        err = ak_file_list_add(&list, paths[i], tell_passed_over, intake);
    for (size_t i = list.count; intake->leaves_out && i-- > 0;)
        if (is_file(&list.entries[i], intake->left_out))
            ak_file_list_drop(&list, i);
    if (err == AK_ERR_NONE)
        err = ak_archives_unfold(intake->archives, &list, tell_passed_over, intake);
    if (list.left_out != 0)
        tell_left_out(intake, paths[0], list.left_out);
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
