/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/intake_kinds.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "codec/reg_text.h"
#include "intake/whole_file.h"
#include "logs/log_reader.h"

#include "base/banned.h"

/* As many bytes as tell a kind, of those that captures do not have. */
enum { ENOUGH = 8192 };

static enum ak_err fill_head(struct ak_intake *intake, struct ak_reading *r, struct ak_error *error)
{
    enum ak_err err = AK_ERR_NONE;
    while (err == AK_ERR_NONE && r->size < ENOUGH && !r->at_end)
        err = ak_intake_refill(intake, r, error);
    return err;
}

/* The whole file, in part when it is damaged, which is told. *bytes is NULL when there is nothing;
 * want of memory is the only error. */
static enum ak_err take_whole(struct ak_intake *intake, struct ak_reading *r, const char *path,
                              size_t most, uint8_t **bytes, size_t *size)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    enum ak_err err =
        ak_whole_file_rest(r->input, intake->window, r->size, most, bytes, size, &error);
    if (err == AK_ERR_NONE || err == AK_ERR_MEMORY)
        return err;
    error.offset = *size;
    ak_intake_tell(intake, *bytes != NULL ? AK_PROBLEM_PARTLY : AK_PROBLEM_UNREADABLE, path,
                   &error);
    return AK_ERR_NONE;
}

/* ---- registries ---- */

/* What `fix` wrote is a change that may never have been made: it says nothing of a machine. */
static void tell_own_fix(struct ak_intake *intake, const char *path)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    (void)ak_error_set(&error, AK_ERR_FORMAT, "written by akushu fix, not read as evidence");
    ak_intake_tell(intake, AK_PROBLEM_OWN, path, &error);
}

/* Takes the whole file; it is looked at when all files are known. */
static enum ak_err read_registry(struct ak_intake *intake, struct ak_reading *r, const char *path,
                                 enum ak_registry_sniff kind)
{
    uint8_t *bytes;
    size_t size;
    if (intake->listener.host == NULL)
        return AK_ERR_NONE;
    enum ak_err err = take_whole(intake, r, path, AK_MAX_REGISTRY_FILE, &bytes, &size);
    if (err != AK_ERR_NONE || bytes == NULL)
        return err;
    if (intake->machines == NULL)
        intake->machines = ak_machines_new(intake->archives);
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
        ak_intake_tell(intake, AK_PROBLEM_RECORDS, path, &error);
    }
    intake->listener.log(intake->listener.context, &log);
}

/* Keeps it; beyond the bound, or without memory, it is freed. */
static void keep_collected(struct ak_intake *intake, struct ak_collected *collected)
{
    if (collected == NULL)
        return;
    if (intake->collected_count == intake->collected_room &&
        intake->collected_room < AK_MAX_COLLECTED) {
        size_t room = intake->collected_room != 0 ? 2 * intake->collected_room : 16;
        struct ak_collected **more = ak_realloc(intake->collected, room, sizeof(*more));
        if (more != NULL) {
            intake->collected = more;
            intake->collected_room = room;
        }
    }
    if (intake->collected_count == intake->collected_room) {
        ak_collected_free(collected);
        return;
    }
    intake->collected[intake->collected_count++] = collected;
    collected->id = intake->collected_count;
}

/* Reads on to the end, a window at a time. */
static enum ak_err read_log(struct ak_intake *intake, struct ak_reading *r, const char *path,
                            enum ak_log_kind kind)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    struct ak_intake_name *kept = ak_intake_keep_name(intake, path);
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
            damage = ak_intake_refill(intake, r, &error);
        ak_intake_own_progress(intake, r, path);
    }
    if (damage != AK_ERR_NONE)
        ak_intake_tell(intake, AK_PROBLEM_PARTLY, path, &error);
    if (err == AK_ERR_NONE) {
        struct ak_log_counts counts = ak_log_reader_counts(log);
        tell_log(intake, path, kind, kept->source.file, &counts);
        keep_collected(intake, ak_log_reader_take_collected(log));
    }
    ak_log_reader_free(log);
    return err;
}

/* ---- certificates ---- */

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
    ak_intake_tell(intake,
                   outcome == AK_CERT_OUTCOME_PARTLY ? AK_PROBLEM_RECORDS : AK_PROBLEM_UNREADABLE,
                   path, &error);
}

static enum ak_err take_certificates(struct ak_intake *intake, const char *path,
                                     enum ak_cert_format format, struct ak_span file)
{
    enum ak_cert_outcome outcome;
    struct ak_intake_name *kept = ak_intake_keep_name(intake, path);
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

static enum ak_err read_certificates(struct ak_intake *intake, struct ak_reading *r,
                                     const char *path, enum ak_cert_format format)
{
    uint8_t *bytes;
    size_t size;
    enum ak_err err = take_whole(intake, r, path, AK_MAX_CERTIFICATE_FILE, &bytes, &size);
    if (err != AK_ERR_NONE || bytes == NULL)
        return err;
    struct ak_span file = {bytes, size};
    err = take_certificates(intake, path, format, file);
    ak_free(bytes);
    return err;
}

/* ---- any kind ---- */

static void tell_unknown(struct ak_intake *intake, const struct ak_reading *r, const char *path,
                         bool named)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (r->size == 0)
        (void)ak_error_set(&error, AK_ERR_FORMAT, "the file is empty");
    else if (!named)
        (void)ak_error_set(&error, AK_ERR_FORMAT, "of no kind that is read here");
    else
        (void)ak_error_set(&error, AK_ERR_FORMAT,
                           "not a capture (pcap, pcapng, ETL, Network Monitor, snoop, ERF), "
                           "hive, registry export, policy file, report of SQLCHECK, certificate "
                           "or log (ERRORLOG, "
                           "EVTX, events as XML; each also in gzip, zstd or zip)");
    ak_intake_tell(intake, named ? AK_PROBLEM_UNREADABLE : AK_PROBLEM_NOT_KNOWN, path, &error);
}

/* One that lies in another, or that comes through a pipe; those that are files were unfolded. */
static void tell_inner_zip(struct ak_intake *intake, struct ak_span head, const char *path)
{
    static const char *const firsts[] = {"[Content_Types].xml", "META-INF/", "mimetype"};
    enum { NAME = 30 }; /* in a member's header */
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    for (size_t i = 0; i < AK_COUNT(firsts); i++)
        if (head.size > NAME + strlen(firsts[i]) &&
            memcmp(head.bytes + NAME, firsts[i], strlen(firsts[i])) == 0) {
            (void)ak_zip_obstacle_told(AK_ZIP_DOCUMENT, &error);
            ak_intake_tell(intake, AK_PROBLEM_NOT_KNOWN, path, &error);
            return;
        }
    (void)ak_error_set(&error, AK_ERR_UNSUPPORTED,
                       "a zip archive in another one or from a pipe is not opened: unpack it");
    ak_intake_tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
}

/* Of a file that is no capture. */
static enum ak_err read_other(struct ak_intake *intake, struct ak_reading *r, const char *path,
                              bool named)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    enum ak_err err = fill_head(intake, r, &error);
    if (err != AK_ERR_NONE) {
        ak_intake_tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        return AK_ERR_NONE;
    }
    struct ak_span head = {intake->window, r->size < ENOUGH ? r->size : ENOUGH};
    enum ak_registry_sniff registry = ak_registry_sniff(head);
    if (registry == AK_REGISTRY_SNIFF_TEXT && ak_reg_text_remarks(head, AK_FIX_REMARK)) {
        tell_own_fix(intake, path);
        return AK_ERR_NONE;
    }
    if (registry != AK_REGISTRY_SNIFF_NO)
        return read_registry(intake, r, path, registry);
    bool logs = intake->listener.event != NULL && intake->listener.log != NULL;
    enum ak_log_kind log = logs ? ak_log_sniff(head) : AK_LOG_KIND_NONE;
    if (log != AK_LOG_KIND_NONE)
        return read_log(intake, r, path, log);
    enum ak_cert_format certificates =
        intake->listener.certificate != NULL ? ak_cert_sniff(head) : AK_CERT_FORMAT_NONE;
    if (certificates != AK_CERT_FORMAT_NONE)
        return read_certificates(intake, r, path, certificates);
    if (ak_zip_sniff(head))
        tell_inner_zip(intake, head, path);
    else
        tell_unknown(intake, r, path, named);
    return AK_ERR_NONE;
}

enum ak_err ak_intake_any_kind(struct ak_intake *intake, struct ak_reading *r, const char *path,
                               bool named, bool joins, bool *captured)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    enum ak_err err = AK_ERR_NONE;
    *captured = false;
    while (err == AK_ERR_NONE && r->size < AK_CAPTURE_SNIFF && !r->at_end)
        err = ak_intake_refill(intake, r, &error);
    ak_capture_file_init(&r->file);
    if (ak_capture_sniff(intake->window, r->size) != AK_CAPTURE_UNKNOWN) {
        *captured = true;
        err = ak_intake_capture(intake, r, path, joins);
    } else if (err == AK_ERR_NONE) {
        err = read_other(intake, r, path, named);
    } else {
        ak_intake_tell(intake, AK_PROBLEM_UNREADABLE, path, &error);
        err = AK_ERR_NONE;
    }
    ak_capture_file_release(&r->file);
    return err;
}
