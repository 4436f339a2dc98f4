/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/intake.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/utf16.h"
#include "codec/capture_file.h"
#include "intake/input.h"
#include "os/file.h"

#include "base/banned.h"

enum { WINDOW = AK_READ_BLOCK + AK_MAX_FRAME + 4096, PROGRESS_STEP = 32 * 1024 * 1024 };

struct name {
    struct ak_source source;
    struct name *next;
    char text[];
};

struct ak_intake {
    struct ak_trace *trace;
    struct ak_intake_listener listener;
    uint8_t *window;
    struct name *names;
    uint64_t files;
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
        ak_free(intake->names);
        intake->names = next;
    }
    ak_free(intake->window);
    ak_free(intake);
}

uint64_t ak_intake_files(const struct ak_intake *intake)
{
    return intake->files;
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

/* Reads frames until the end or the first thing that cannot be followed. */
static enum ak_err read_frames(struct ak_intake *intake, struct reading *r, const char *path,
                               struct ak_error *error)
{
    struct ak_frame frame;
    enum ak_err err = AK_ERR_NONE;
    for (;;) {
        size_t used, need;
        enum ak_capture_step step = ak_capture_file_next(&r->file, intake->window + r->start,
                                                         r->size, &used, &need, &frame, error);
        r->start += used;
        r->size -= used;
        if (step == AK_CAPTURE_FRAME) {
            ak_trace_frame(intake->trace, &frame);
        } else if (step == AK_CAPTURE_BAD) {
            return AK_ERR_FORMAT;
        } else if (step == AK_CAPTURE_MORE) {
            if (err != AK_ERR_NONE)
                return err;
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

static enum ak_err read_capture(struct ak_intake *intake, struct reading *r, const char *path)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct name *kept = keep_name(intake, path);
    if (kept == NULL)
        return AK_ERR_MEMORY;
    intake->files++;
    ak_trace_file(intake->trace, &kept->source);
    enum ak_err err = read_frames(intake, r, kept->text, &error);
    ak_trace_flush(intake->trace);
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
    return AK_ERR_NONE;
}

static enum ak_err read_file(struct ak_intake *intake, const char *path, bool named)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct reading r;
    memset(&r, 0, sizeof r);
    r.input = ak_input_open(path, &error);
    if (r.input == NULL) {
        tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        return error.code == AK_ERR_MEMORY ? AK_ERR_MEMORY : AK_ERR_NONE;
    }
    ak_capture_file_init(&r.file);
    enum ak_err err = AK_ERR_NONE, result = AK_ERR_NONE;
    while (err == AK_ERR_NONE && r.size < 12 && !r.at_end)
        err = refill(intake, &r, &error);
    if (ak_capture_sniff(intake->window, r.size) != AK_CAPTURE_UNKNOWN) {
        result = read_capture(intake, &r, path);
    } else {
        if (err == AK_ERR_NONE)
            (void)ak_error_set(&error, AK_ERR_FORMAT,
                               r.size == 0
                                   ? "the file is empty"
                                   : "not a capture (pcap or pcapng, also in gzip or zstd)");
        tell(intake, named || err != AK_ERR_NONE ? AK_PROBLEM_UNREADABLE : AK_PROBLEM_NOT_KNOWN,
             path, &error);
    }
    ak_capture_file_release(&r.file);
    ak_input_close(r.input);
    return result;
}

/* The directories above the one that is walked: a link back to one of them is not followed. */
struct trail {
    const struct trail *above;
    uint64_t identity[2];
    bool known;
};

static bool on_trail(const struct trail *trail, const uint64_t identity[2])
{
    for (; trail != NULL; trail = trail->above)
        if (trail->known && trail->identity[0] == identity[0] && trail->identity[1] == identity[1])
            return true;
    return false;
}

static enum ak_err walk(struct ak_intake *intake, const char *path, unsigned depth, bool named,
                        const struct trail *above)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    int number;
    enum ak_path_kind kind = ak_path_kind_of(path, &number);
    if (strcmp(path, "-") == 0 && named)
        return read_file(intake, path, true);
    if (kind == AK_PATH_MISSING) {
        (void)ak_error_system(&error, AK_ERR_OPEN, number, "cannot open");
        tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        return AK_ERR_NONE;
    }
    if (kind != AK_PATH_DIRECTORY) /* devices and pipes only when the user named them */
        return kind == AK_PATH_FILE || named ? read_file(intake, path, named) : AK_ERR_NONE;
    struct trail here = {above, {0, 0}, false};
    here.known = ak_path_identity(path, here.identity);
    if (here.known && on_trail(above, here.identity))
        return AK_ERR_NONE;
    if (depth == AK_MAX_DIRECTORY_DEPTH) {
        (void)ak_error_set(&error, AK_ERR_UNSUPPORTED, "directories are nested too deeply");
        tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        return AK_ERR_NONE;
    }
    char **names;
    size_t count;
    enum ak_err err = ak_directory_names(path, &names, &count, &error);
    if (err != AK_ERR_NONE && err != AK_ERR_MEMORY) {
        tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        err = AK_ERR_NONE;
    }
    struct ak_text full;
    ak_text_init(&full, 65536);
    for (size_t i = 0; i < count && err == AK_ERR_NONE; i++) {
        ak_text_clear(&full);
        ak_text_add(&full, path);
        if (full.size != 0 && full.bytes[full.size - 1] != '/')
            ak_text_char(&full, '/');
        ak_text_add(&full, names[i]);
        err = walk(intake, ak_text_string(&full), depth + 1, false, &here);
    }
    ak_text_release(&full);
    ak_names_free(names, count);
    return err;
}

enum ak_err ak_intake_path(struct ak_intake *intake, const char *path, struct ak_error *error)
{
    enum ak_err err = walk(intake, path, 0, true, NULL);
    if (err == AK_ERR_MEMORY)
        (void)ak_error_set(error, AK_ERR_MEMORY, "out of memory");
    return err;
}
