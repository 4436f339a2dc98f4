/* Fuzzes what a file is taken for: the bytes as a file of any kind, packed or not, an archive too,
 * with everything that its kind is made into. Each file is one conversation with the listener: it
 * was read as something, or a problem says why not. */
/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf16.h"
#include "intake/intake.h"

#include "fuzz_target.h"

struct seen {
    size_t problems, events, logs, hosts, certificates;
};

static void on_conversation(void *context, const struct ak_conversation *c)
{
    (void)context;
    FUZZ_CHECK(c->source != NULL && c->source->file != NULL);
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct ak_span text = {(const uint8_t *)error->text, strlen(error->text)};
    (void)problem;
    FUZZ_CHECK(path[0] != '\0' && text.size != 0 && ak_utf8_valid(text));
    ((struct seen *)context)->problems++;
}

static void on_host(void *context, const struct ak_host *host)
{
    FUZZ_CHECK(host->source_count != 0);
    ((struct seen *)context)->hosts++;
}

static void on_event(void *context, const struct ak_event *event)
{
    FUZZ_CHECK(event->id == ++((struct seen *)context)->events);
}

static void on_log(void *context, const struct ak_log_source *log)
{
    FUZZ_CHECK(log->file != NULL && log->kind[0] != '\0');
    ((struct seen *)context)->logs++;
}

static void on_certificate(void *context, const struct ak_found_certificate *found)
{
    FUZZ_CHECK(found->certificate != NULL && found->id != 0);
    ((struct seen *)context)->certificates++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    struct seen seen = {0, 0, 0, 0, 0};
    struct ak_intake_listener listener = {&seen,    on_problem, NULL,           on_host,
                                          on_event, on_log,     on_certificate, NULL};
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    char path[64];
    char *paths[] = {path};
    if (size > FUZZ_MAX_INPUT)
        return 0;
    if (file < 0)
        file = memfd_create("input", 0);
    FUZZ_CHECK(file >= 0 && ftruncate(file, 0) == 0);
    FUZZ_CHECK(pwrite(file, data, size, 0) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct ak_trace *trace = ak_trace_new(1, on_conversation, &seen);
    struct ak_intake *intake = ak_intake_new(trace, &listener);
    FUZZ_CHECK(ak_intake_paths(intake, paths, 1, &error) == AK_ERR_NONE);
    FUZZ_CHECK(ak_intake_finish(intake, &error) == AK_ERR_NONE);
    FUZZ_CHECK(seen.problems + seen.logs + ak_intake_files(intake) +
                   ak_intake_registry_files(intake) + ak_intake_certificate_files(intake) !=
               0);
    ak_trace_free(trace);
    ak_intake_free(intake);
    return 0;
}
