/* The diagnosis: conversations in, findings out.
 *
 * Each conversation first adds to what is known of its server. Those that need a judgement wait
 * until the end (a bounded number; beyond it they are judged with what is known so far), are put to
 * every rule, and end in one cause each. Findings are grouped by rule, server and side.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_DIAGNOSIS_H
#define AK_DIAGNOSE_DIAGNOSIS_H

#include <stddef.h>
#include <stdint.h>

#include "diagnose/certificate_case.h"
#include "diagnose/collected_case.h"
#include "diagnose/event_rule.h"
#include "diagnose/host_rule.h"
#include "diagnose/rule.h"
#include "diagnose/timeline.h"

enum {
    AK_FINDING_FACTS = AK_MATCH_FACTS,
    AK_FINDING_RULES = 8,
    AK_FINDING_LACKS = 6,
    AK_FINDING_CLIENTS = 256
};

struct ak_finding {
    char id[20]; /* "f-" and 16 hexadecimal digits */
    const struct ak_rule *rule;
    enum ak_grade grade;       /* of the best proved conversation */
    enum ak_severity severity; /* the worst */
    enum ak_change_side side;
    /* NULL for findings about conversations. Else the machine that is configured so, and for two
     * machines the one that serves; then there is no server address, no time and no client. */
    const struct ak_host *host, *other_host;
    /* Of findings about the events of a log: whose they are. Then there is no server address and no
     * conversation, but `count`, `first` and `last` are of events; else NULL. */
    const struct ak_event_origin *origin;
    /* Of findings about a certificate that was found: it; `host` is whose, NULL: not known. Else
     * NULL. */
    const struct ak_certificate_case *certificate;
    struct ak_endpoint server;
    uint64_t count, clients;
    bool clients_more; /* more than AK_FINDING_CLIENTS: `clients` is a lower bound */
    int64_t first, last;
    uint64_t samples[AK_MAX_SAMPLES];
    size_t sample_count;
    /* Of the best proved conversation: */
    const struct ak_source *source;
    const struct ak_source *other_source; /* another capture of it, for facts; NULL: none */
    uint64_t sample;                      /* its id */
    struct ak_endpoint client;
    enum ak_stage stage;
    enum ak_close close;
    enum ak_protocol protocol;
    struct ak_fact facts[AK_FINDING_FACTS];
    size_t fact_count;
    const struct ak_rule *explains[AK_FINDING_RULES];
    size_t explain_count;
    const char *rivals[AK_FINDING_RULES];
    size_t rival_count;
    const char *lacks[AK_FINDING_LACKS];
    size_t lack_count;
    uint32_t client_hash[AK_FINDING_CLIENTS];
    struct ak_met_host
        machine[AK_SIDES];         /* of the best proved conversation; host NULL: not known */
    const char *told_by[AK_SIDES]; /* the same of what servers told; borrowed, NULL: none */
    const char *logs_of; /* machine whose log its conversations met; borrowed, NULL: none */
    /* The same, as the settings of the machines tell it: what can be changed. Owned; NULL: nothing.
     */
    struct ak_finding *by_settings;
    struct ak_timeline *timeline; /* of the best proved conversation; NULL: one source tells all */
};

/* Why a rule did or did not match one conversation, or one machine. */
struct ak_why_not {
    /* Of machines: LACK means that the rule does not look at them; the machine itself as
     * `other_host`, that it looks at two of which one serves, and there are no such. */
    const struct ak_host *host, *other_host;
    uint64_t conversation;
    const char *file;
    enum ak_answer answer;
    enum ak_grade grade;               /* YES */
    const struct ak_predicate *failed; /* NO: the first that did not hold; LACK: what it needs */
    const char *lack;
    const struct ak_rule *preferred; /* YES, but this rule explained it */
};
typedef void ak_why_not_sink(void *context, const struct ak_why_not *why);

struct ak_diagnosis;

/* Hears which conversations a finding rests on, while they are judged. */
struct ak_diagnosis_listener {
    void *context;
    void (*noted)(void *context, const struct ak_finding *finding,
                  const struct ak_conversation *conversation);
    /* The conversation taught something about its server that was not known before; `wide`: about
     * its client, or about its server's name, which matters at other servers too. */
    void (*news)(void *context, const struct ak_conversation *conversation, bool wide);
};

struct ak_diagnosis *ak_diagnosis_new(uint64_t seed);
void ak_diagnosis_free(struct ak_diagnosis *diagnosis);

/* Asks one rule about every conversation (id 0) or one: answers come during _finish. */
void ak_diagnosis_ask(struct ak_diagnosis *diagnosis, const struct ak_rule *rule,
                      uint64_t conversation, ak_why_not_sink *sink, void *context);

/* Before the first conversation; copied. */
void ak_diagnosis_listen(struct ak_diagnosis *diagnosis,
                         const struct ak_diagnosis_listener *listener);

/* The id that a finding of this rule would have. */
void ak_finding_id(const struct ak_rule *rule, const struct ak_endpoint *server,
                   enum ak_change_side side, char id[20]);

/* Conversations of several captures will come: what is one connection counts once. Without this
 * call it is so from the second capture on, and for those that waited until then. */
void ak_diagnosis_join(struct ak_diagnosis *diagnosis);
/* After _finish: the pairs; NULL when all was one capture. */
const struct ak_join *ak_diagnosis_joined(const struct ak_diagnosis *diagnosis);

/* This conversation is likely to be added soon: asks memory for what that will need. */
void ak_diagnosis_announce(struct ak_diagnosis *diagnosis,
                           const struct ak_conversation *conversation);
/* Takes in one conversation (copied when it must wait). */
void ak_diagnosis_add(struct ak_diagnosis *diagnosis, const struct ak_conversation *conversation);
/* Takes in one conversation that ended as its maker wished: it teaches, nothing is judged. */
void ak_diagnosis_learn(struct ak_diagnosis *diagnosis, const struct ak_conversation *conversation);
/* Takes in one host; borrowed until the diagnosis is freed. */
void ak_diagnosis_add_host(struct ak_diagnosis *diagnosis, const struct ak_host *host);
/* Takes in one certificate that was found; borrowed until the diagnosis is freed. */
void ak_diagnosis_add_certificate(struct ak_diagnosis *diagnosis,
                                  const struct ak_found_certificate *found);
/* After _finish: each of them in the order of adding, and who uses it; NULL behind the last. */
const struct ak_certificate_case *ak_diagnosis_certificate(const struct ak_diagnosis *diagnosis,
                                                           size_t index);
/* Takes in what a machine or an instance told of itself; borrowed until the diagnosis is freed. */
void ak_diagnosis_add_collected(struct ak_diagnosis *diagnosis,
                                const struct ak_collected *collected);
/* Before _finish: whose evidence lies where (copied; the paths are borrowed). */
void ak_diagnosis_roles(struct ak_diagnosis *diagnosis, const struct ak_roles *roles);
/* Takes in one event of a log (copied). */
void ak_diagnosis_add_event(struct ak_diagnosis *diagnosis, const struct ak_event *event);
/* After _finish: how the clocks of logs and captures are apart; NULL: nothing was joined. */
const struct ak_case *ak_diagnosis_case(const struct ak_diagnosis *diagnosis);
/* After _finish: all events by kind; NULL: there were none. */
const struct ak_event_book *ak_diagnosis_events(const struct ak_diagnosis *diagnosis);
/* Takes in what a server accepts; borrowed until the diagnosis is freed. Judges see it as it is
 * during _finish. */
void ak_diagnosis_add_offer(struct ak_diagnosis *diagnosis, const struct ak_offer *offer);
/* Judges those that were over before this time, with what is known now; later news of their servers
 * comes too late for them. Findings grow, and keep their places and pointers until _finish. */
void ak_diagnosis_settle(struct ak_diagnosis *diagnosis, int64_t before);
/* Findings so far, in the order of their first conversations until _finish. */
size_t ak_diagnosis_findings(const struct ak_diagnosis *diagnosis);
/* Judges all that waited and sorts: severity, grade, rule, server. Returns their number. */
size_t ak_diagnosis_finish(struct ak_diagnosis *diagnosis);
/* NULL past the end; the pointer lives as long as the diagnosis. */
const struct ak_finding *ak_diagnosis_finding(const struct ak_diagnosis *diagnosis, size_t index);
/* Conversations that could not be kept or judged for want of memory. */
uint64_t ak_diagnosis_lost(const struct ak_diagnosis *diagnosis);
/* Conversations judged before the end because too many waited. */
uint64_t ak_diagnosis_early(const struct ak_diagnosis *diagnosis);

#endif
