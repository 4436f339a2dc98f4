/* One analysis from names of files to findings: intake, trace engine and diagnosis joined, and
 * everything counted. The command line and the installed interface both stand on it.
 *
 * Conversations go to the listener while files are read; findings exist after _finish. What the
 * listener is handed is valid during the call.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_ANALYSIS_H
#define AK_LIBRARY_ANALYSIS_H

#include "codec/capture_file.h"
#include "diagnose/diagnosis.h"
#include "intake/intake.h"
#include "report/jsonl.h"

struct ak_analysis_listener {
    void *context;
    void (*conversation)(void *context, const struct ak_conversation *conversation);
    /* As in intake/intake.h; already counted in the summary. */
    void (*problem)(void *context, enum ak_problem problem, const char *path,
                    const struct ak_error *error);
    /* As in intake/intake.h. May be NULL. */
    void (*progress)(void *context, const char *path, uint64_t done, uint64_t total);
    /* A machine whose registry was read, during _finish; lives as long as the analysis. May be
     * NULL. */
    void (*host)(void *context, const struct ak_host *host);
    /* A record of a log, while it is read; valid during the call. May be NULL. */
    void (*event)(void *context, const struct ak_event *event);
    /* The password of a PKCS #12 file, as in intake/intake.h. May be NULL. */
    const char *(*password)(void *context, const char *path);
};

struct ak_analysis;

/* The listener is copied. NULL when out of memory. */
struct ak_analysis *ak_analysis_new(const struct ak_analysis_listener *listener);
/* Accepts NULL. Findings and conversations' file names end here. */
void ak_analysis_free(struct ak_analysis *analysis);
/* Memory that the process may take, in bytes; at least AK_MIN_MEMORY. Default: AK_DEFAULT_MEMORY.
 */
void ak_analysis_limit(struct ak_analysis *analysis, size_t bytes);

/* Asks about one rule, as ak_diagnosis_ask; answers come during _finish. */
void ak_analysis_ask(struct ak_analysis *analysis, const struct ak_rule *rule,
                     uint64_t conversation, ak_why_not_sink *sink, void *context);
/* Reads files, directories and "-", as ak_intake_paths. Only running out of memory is an error; all
 * else is a problem. */
enum ak_err ak_analysis_paths(struct ak_analysis *analysis, char *const *paths, size_t count,
                              struct ak_error *error);
/* Before reading: hears which conversations findings rest on, as ak_diagnosis_listen. */
void ak_analysis_listen(struct ak_analysis *analysis, const struct ak_diagnosis_listener *listener);
/* Before reading: frames that count. */
void ak_analysis_filter(struct ak_analysis *analysis, const struct ak_filter *filter);
/* Before reading: files that count on are captures of their own all the same. */
void ak_analysis_separate(struct ak_analysis *analysis);
/* Before reading: as ak_intake_threads. */
void ak_analysis_threads(struct ak_analysis *analysis, unsigned threads);
/* Before reading: whose evidence lies below these paths; borrowed, NULL: nothing was said. */
void ak_analysis_roles(struct ak_analysis *analysis, const char *client, const char *server);
/* What a conversation counts for. */
enum ak_weight {
    AK_WEIGHT_JUDGED,  /* evidence, like one of a capture */
    AK_WEIGHT_LEARNED, /* shows what works; nobody closed it for a fault */
    AK_WEIGHT_NONE     /* an experiment: neither told nor counted */
};

/* Frames that come while they happen, as a capture of their own named by `source` (borrowed until
 * the analysis is freed). `weigh` says what each of its conversations counts for, and may add what
 * the wire hides. */
void ak_analysis_live(struct ak_analysis *analysis, struct ak_source *source,
                      enum ak_weight (*weigh)(void *context, struct ak_conversation *conversation),
                      void *context);
void ak_analysis_frame(struct ak_analysis *analysis, const struct ak_frame *frame);
/* The same as one call for each of them, faster. */
void ak_analysis_frames(struct ak_analysis *analysis, const struct ak_frame *frames, size_t count);
/* How long a live analysis waits, in nanoseconds. */
struct ak_patience {
    int64_t judge;  /* for what later conversations tell, before a conversation is judged */
    int64_t silent; /* for a handshake to go on */
    int64_t lost;   /* for an established connection to say something */
};
/* Time has come so far: what is over is handed out, what waited is judged, and conversations whose
 * handshake is over are told once to `open` (as in trace/trace.h). */
void ak_analysis_tick(struct ak_analysis *analysis, int64_t time,
                      const struct ak_patience *patience,
                      void (*open)(void *context, const struct ak_conversation *conversation),
                      void *context);
/* Open now. */
size_t ak_analysis_open(const struct ak_analysis *analysis);
/* What `akushu collect` gathered as text; NULL: no more. They live as long as the analysis. */
const struct ak_collected *ak_analysis_collected(const struct ak_analysis *analysis, size_t index);
/* Findings so far, at any time; their order changes in _finish. */
size_t ak_analysis_findings(const struct ak_analysis *analysis);
/* Hosts of what was read so far, before _finish (which then finds no more of them); they are judged
 * in _finish all the same. AK_ERR_MEMORY is the only error. */
enum ak_err ak_analysis_machines(struct ak_analysis *analysis, struct ak_error *error);
/* What the summary tells beside its own counts; each may be NULL, all are borrowed. */
void ak_analysis_tell(struct ak_analysis *analysis, const struct ak_live_totals *live,
                      const struct ak_would_totals *would, const char *policy);
/* What a server accepts; borrowed until the analysis is freed, and read during _finish. */
void ak_analysis_offer(struct ak_analysis *analysis, const struct ak_offer *offer);
/* Judges. Returns the number of findings; afterwards nothing more can be read. */
size_t ak_analysis_finish(struct ak_analysis *analysis);

/* NULL past the end; the pointer lives as long as the analysis. */
const struct ak_finding *ak_analysis_finding(const struct ak_analysis *analysis, size_t index);
/* After _finish: the hosts, and the registry of each, in memory (as ak_machines_registry). */
size_t ak_analysis_hosts(const struct ak_analysis *analysis);
const struct ak_host *ak_analysis_host(const struct ak_analysis *analysis, size_t index);
struct ak_registry *ak_analysis_registry(const struct ak_analysis *analysis,
                                         const struct ak_host *host);
/* After _finish: the certificates that were found in files and stores, and who uses each; NULL
 * behind the last. */
const struct ak_certificate_case *ak_analysis_certificate(const struct ak_analysis *analysis,
                                                          size_t index);
/* After _finish: all events of logs by kind; NULL: there were none. */
const struct ak_event_book *ak_analysis_events(const struct ak_analysis *analysis);
/* While reading: may a later capture show the other side of a conversation? */
bool ak_analysis_several(const struct ak_analysis *analysis);
/* After _finish: what another capture says of this conversation. False: there is none. */
bool ak_analysis_joint(const struct ak_analysis *analysis, uint64_t conversation,
                       struct ak_joint *joint);
/* Whole after _finish. */
const struct ak_summary *ak_analysis_summary(const struct ak_analysis *analysis);
/* Whether input was unreadable, only partly read, or lost for want of memory (exit status 3). */
bool ak_analysis_partly(const struct ak_analysis *analysis);
/* Whether there was no evidence at all, and nothing that could not be read either: a folder without
 * any. */
bool ak_analysis_nothing(const struct ak_analysis *analysis);

#endif
