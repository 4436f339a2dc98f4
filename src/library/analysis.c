/* SPDX-License-Identifier: Apache-2.0 */
#include "library/analysis.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "os/file.h"
#include "trace/trace.h"

#include "base/banned.h"

struct ak_analysis {
    struct ak_analysis_listener listener;
    struct ak_trace *trace;
    struct ak_intake *intake;
    struct ak_diagnosis *diagnosis;
    struct ak_summary summary;
    struct ak_passed_over *passed_over;
    size_t passed_over_room;
    const struct ak_host *hosts[AK_MAX_HOSTS];
    size_t host_count;
    bool machines_done;
    enum ak_weight (*weigh)(void *context, struct ak_conversation *conversation);
    void *weigh_context;
};

static void on_conversation(void *context, const struct ak_conversation *c)
{
    struct ak_analysis *a = context;
    enum ak_weight weight = AK_WEIGHT_JUDGED;
    if (a->weigh != NULL)
        /* The trace lends its own: what is added is released with it. */
        weight = a->weigh(a->weigh_context, (struct ak_conversation *)(uintptr_t)c);
    if (weight == AK_WEIGHT_NONE)
        return;
    a->summary.outcomes[c->outcome]++;
    if (ak_intake_several(a->intake))
        ak_diagnosis_join(a->diagnosis);
    if (weight == AK_WEIGHT_JUDGED)
        ak_diagnosis_add(a->diagnosis, c);
    else
        ak_diagnosis_learn(a->diagnosis, c);
    if (a->weigh != NULL)
        a->listener.conversation(a->listener.context, c);
}

/* Without weights every one is told: of many, some are judged first and then told. */
static void on_judged(void *context, const struct ak_conversation *c)
{
    struct ak_analysis *a = context;
    if (a->weigh == NULL)
        a->listener.conversation(a->listener.context, c);
}

static void on_announced(void *context, const struct ak_conversation *c)
{
    ak_diagnosis_announce(((struct ak_analysis *)context)->diagnosis, c);
}

static const char *passed_over(enum ak_problem problem)
{
    switch (problem) {
    case AK_PROBLEM_UNREADABLE:
        return "not_read";
    case AK_PROBLEM_PARTLY:
        return "read_in_part";
    case AK_PROBLEM_NOT_KNOWN:
        return "no_evidence";
    case AK_PROBLEM_OWN:
        return "own";
    default:
        return NULL;
    }
}

/* Room for one more; what lacks memory is counted all the same. */
static struct ak_passed_over *new_passed_over(struct ak_analysis *a)
{
    size_t n = a->summary.passed_over_listed;
    if (n == AK_SUMMARY_PASSED_OVER)
        return NULL;
    if (n == a->passed_over_room) {
        size_t room = n != 0 ? 2 * n : 16;
        struct ak_passed_over *grown = ak_realloc(a->passed_over, room, sizeof *grown);
        if (grown == NULL)
            return NULL;
        a->summary.passed_over = a->passed_over = grown;
        a->passed_over_room = room;
    }
    return &a->passed_over[n];
}

static void list_passed_over(struct ak_analysis *a, const char *what, const char *path,
                             const struct ak_error *error)
{
    struct ak_span span = {(const uint8_t *)path, strlen(path)};
    a->summary.passed_over_count++;
    struct ak_passed_over *p = new_passed_over(a);
    char *file = p != NULL ? ak_alloc(1, 3 * span.size + 1) : NULL;
    if (file == NULL)
        return;
    (void)ak_utf8_copy(span, file, 3 * span.size + 1);
    p->file = file;
    p->what = what;
    memcpy(p->why, error->text, sizeof p->why);
    a->summary.passed_over_listed++;
}

static void on_problem(void *context, enum ak_problem problem, const char *path,
                       const struct ak_error *error)
{
    struct ak_analysis *a = context;
    a->summary.unreadable_files += problem == AK_PROBLEM_UNREADABLE;
    a->summary.partly_read_files += problem == AK_PROBLEM_PARTLY;
    a->summary.own_files += problem == AK_PROBLEM_OWN;
    a->summary.unknown_files += problem == AK_PROBLEM_NOT_KNOWN;
    if (passed_over(problem) != NULL)
        list_passed_over(a, passed_over(problem), path, error);
    if (problem == AK_PROBLEM_BLOCKS)
        a->summary.bad_blocks += error->offset;
    a->listener.problem(a->listener.context, problem, path, error);
}

static void on_host(void *context, const struct ak_host *host)
{
    struct ak_analysis *a = context;
    a->summary.hosts++;
    if (a->host_count < AK_MAX_HOSTS)
        a->hosts[a->host_count++] = host;
    for (size_t i = 0; i < host->source_count; i++) {
        const struct ak_host_source *s = &host->sources[i];
        a->summary.partly_read_files +=
            s->damaged != 0 || s->too_many || (s->dirty && !s->replayed);
    }
    ak_diagnosis_add_host(a->diagnosis, host);
    if (a->listener.host != NULL)
        a->listener.host(a->listener.context, host);
}

static void on_event(void *context, const struct ak_event *event)
{
    struct ak_analysis *a = context;
    a->summary.events++;
    ak_diagnosis_add_event(a->diagnosis, event);
    if (a->listener.event != NULL)
        a->listener.event(a->listener.context, event);
}

static void on_certificate(void *context, const struct ak_found_certificate *found)
{
    struct ak_analysis *a = context;
    a->summary.certificates += found->place != AK_CERT_PLACE_AUTHORITY;
    ak_diagnosis_add_certificate(a->diagnosis, found);
}

static const char *on_password(void *context, const char *path)
{
    struct ak_analysis *a = context;
    return a->listener.password(a->listener.context, path);
}

static void on_log(void *context, const struct ak_log_source *log)
{
    struct ak_analysis *a = context;
    struct ak_summary *s = &a->summary;
    if (s->log_count < AK_SUMMARY_LOGS)
        s->logs[s->log_count] = *log;
    s->log_count++;
    s->log_records += log->records;
    s->bad_log_records += log->bad;
    s->cut_log_lines += log->cut_lines;
}

static void on_progress(void *context, const char *path, uint64_t done, uint64_t total)
{
    struct ak_analysis *a = context;
    a->listener.progress(a->listener.context, path, done, total);
}

struct ak_analysis *ak_analysis_new(const struct ak_analysis_listener *listener)
{
    struct ak_analysis *a = ak_alloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    struct ak_intake_listener heard = {
        a,      on_problem,     listener->progress ? on_progress : NULL, on_host, on_event,
        on_log, on_certificate, listener->password ? on_password : NULL};
    a->listener = *listener;
    a->diagnosis = ak_diagnosis_new(0);
    a->trace = ak_trace_new(ak_random_seed(), on_conversation, a);
    a->intake = a->trace != NULL ? ak_intake_new(a->trace, &heard) : NULL;
    if (a->diagnosis == NULL || a->intake == NULL) {
        ak_analysis_free(a);
        return NULL;
    }
    a->summary.totals = ak_trace_totals_of(a->trace);
    ak_trace_announce(a->trace, on_announced);
    ak_trace_follow(a->trace, on_judged);
    ak_analysis_limit(a, AK_DEFAULT_MEMORY);
    return a;
}

void ak_analysis_limit(struct ak_analysis *a, size_t bytes)
{
    bytes = bytes > AK_MIN_MEMORY ? bytes : AK_MIN_MEMORY;
    ak_trace_limit(a->trace, bytes - bytes / 8 - AK_OWN_MEMORY);
}

void ak_analysis_free(struct ak_analysis *a)
{
    if (a == NULL)
        return;
    ak_diagnosis_free(a->diagnosis);
    ak_trace_free(a->trace);
    ak_intake_free(a->intake);
    for (size_t i = 0; i < a->summary.passed_over_listed; i++)
        ak_free(a->passed_over[i].file);
    ak_free(a->passed_over);
    ak_free(a);
}

void ak_analysis_ask(struct ak_analysis *a, const struct ak_rule *rule, uint64_t conversation,
                     ak_why_not_sink *sink, void *context)
{
    ak_diagnosis_ask(a->diagnosis, rule, conversation, sink, context);
}

enum ak_err ak_analysis_paths(struct ak_analysis *a, char *const *paths, size_t count,
                              struct ak_error *error)
{
    return ak_intake_paths(a->intake, paths, count, error);
}

void ak_analysis_filter(struct ak_analysis *a, const struct ak_filter *filter)
{
    ak_trace_filter(a->trace, filter);
}

void ak_analysis_listen(struct ak_analysis *a, const struct ak_diagnosis_listener *listener)
{
    ak_diagnosis_listen(a->diagnosis, listener);
}

void ak_analysis_separate(struct ak_analysis *a)
{
    ak_intake_separate(a->intake);
}

void ak_analysis_threads(struct ak_analysis *a, unsigned threads)
{
    ak_intake_threads(a->intake, threads);
}

void ak_analysis_roles(struct ak_analysis *a, const char *client, const char *server)
{
    struct ak_roles roles = {{client, server}};
    ak_diagnosis_roles(a->diagnosis, &roles);
}

void ak_analysis_live(struct ak_analysis *a, struct ak_source *source,
                      enum ak_weight (*weigh)(void *context, struct ak_conversation *conversation),
                      void *context)
{
    ak_trace_file(a->trace, source); /* hands out what came before: it is judged as ever */
    a->weigh = weigh;
    a->weigh_context = context;
}

void ak_analysis_frame(struct ak_analysis *a, const struct ak_frame *frame)
{
    ak_trace_frame(a->trace, frame);
}

void ak_analysis_frames(struct ak_analysis *a, const struct ak_frame *frames, size_t count)
{
    ak_trace_frames(a->trace, frames, count);
}

void ak_analysis_tick(struct ak_analysis *a, int64_t time, const struct ak_patience *patience,
                      void (*open)(void *context, const struct ak_conversation *conversation),
                      void *context)
{
    ak_trace_tick(a->trace, time);
    ak_trace_until(a->trace, time);
    ak_trace_survey(a->trace, time - patience->silent, time - patience->lost, open, context);
    ak_diagnosis_settle(a->diagnosis, time - patience->judge);
}

size_t ak_analysis_open(const struct ak_analysis *a)
{
    return ak_trace_open(a->trace);
}

size_t ak_analysis_findings(const struct ak_analysis *a)
{
    return ak_diagnosis_findings(a->diagnosis);
}

enum ak_err ak_analysis_machines(struct ak_analysis *a, struct ak_error *error)
{
    if (a->machines_done)
        return AK_ERR_NONE;
    a->machines_done = true;
    return ak_intake_finish(a->intake, error);
}

void ak_analysis_tell(struct ak_analysis *a, const struct ak_live_totals *live,
                      const struct ak_would_totals *would, const char *policy)
{
    a->summary.live = live;
    a->summary.would = would;
    a->summary.policy = policy;
}

void ak_analysis_offer(struct ak_analysis *a, const struct ak_offer *offer)
{
    ak_diagnosis_add_offer(a->diagnosis, offer);
}

size_t ak_analysis_finish(struct ak_analysis *a)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    ak_trace_flush(a->trace);
    if (ak_analysis_machines(a, &error) != AK_ERR_NONE)
        a->summary.lost_findings++;
    const struct ak_collected *told;
    for (size_t i = 0; (told = ak_intake_collected(a->intake, i)) != NULL; i++)
        ak_diagnosis_add_collected(a->diagnosis, told);
    size_t findings = ak_diagnosis_finish(a->diagnosis);
    a->summary.registry_files = ak_intake_registry_files(a->intake);
    a->summary.lost_certificates = ak_intake_lost_certificates(a->intake);
    a->summary.certificate_files = ak_intake_certificate_files(a->intake);
    a->summary.files = ak_intake_files(a->intake);
    a->summary.join = ak_diagnosis_joined(a->diagnosis);
    a->summary.joined = ak_diagnosis_case(a->diagnosis);
    a->summary.joined_files = ak_intake_joined(a->intake);
    a->summary.notes = *ak_intake_notes(a->intake);
    a->summary.lost_findings = ak_diagnosis_lost(a->diagnosis);
    a->summary.early_judged = ak_diagnosis_early(a->diagnosis);
    for (size_t i = 0; i < findings; i++)
        a->summary.findings[ak_diagnosis_finding(a->diagnosis, i)->severity]++;
    return findings;
}

const struct ak_finding *ak_analysis_finding(const struct ak_analysis *a, size_t index)
{
    return ak_diagnosis_finding(a->diagnosis, index);
}

const struct ak_summary *ak_analysis_summary(const struct ak_analysis *a)
{
    return &a->summary;
}

const struct ak_event_book *ak_analysis_events(const struct ak_analysis *a)
{
    return ak_diagnosis_events(a->diagnosis);
}

const struct ak_certificate_case *ak_analysis_certificate(const struct ak_analysis *a, size_t index)
{
    return ak_diagnosis_certificate(a->diagnosis, index);
}

bool ak_analysis_several(const struct ak_analysis *a)
{
    return ak_intake_several(a->intake);
}

bool ak_analysis_joint(const struct ak_analysis *a, uint64_t conversation, struct ak_joint *joint)
{
    const struct ak_join *join = ak_diagnosis_joined(a->diagnosis);
    return join != NULL && ak_join_find(join, conversation, joint);
}

bool ak_analysis_partly(const struct ak_analysis *a)
{
    const struct ak_summary *s = &a->summary;
    return s->unreadable_files + s->partly_read_files + s->bad_blocks + s->bad_log_records +
               s->totals->unsupported_frames + s->totals->cut_handshakes +
               s->totals->out_of_memory + s->lost_findings !=
           0;
}

bool ak_analysis_nothing(const struct ak_analysis *a)
{
    const struct ak_summary *s = &a->summary;
    return s->files + s->registry_files + s->certificate_files + s->own_files + s->log_records +
                   s->log_count + s->unreadable_files + s->partly_read_files ==
               0 &&
           ak_analysis_collected(a, 0) == NULL;
}

const struct ak_collected *ak_analysis_collected(const struct ak_analysis *a, size_t index)
{
    return ak_intake_collected(a->intake, index);
}

size_t ak_analysis_hosts(const struct ak_analysis *a)
{
    return a->host_count;
}

const struct ak_host *ak_analysis_host(const struct ak_analysis *a, size_t index)
{
    return index < a->host_count ? a->hosts[index] : NULL;
}

struct ak_registry *ak_analysis_registry(const struct ak_analysis *a, const struct ak_host *host)
{
    return ak_intake_registry(a->intake, host);
}
