/* What the parts of the diagnosis share: diagnosis*.c; nobody else includes it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_DIAGNOSIS_STATE_H
#define AK_DIAGNOSE_DIAGNOSIS_STATE_H

#include "base/digest.h"
#include "base/index.h"
#include "base/text.h"
#include "diagnose/case_join.h"
#include "diagnose/collected_case.h"
#include "diagnose/diagnosis.h"
#include "diagnose/estate.h"
#include "diagnose/knowledge.h"
#include "diagnose/suspect.h"

struct question {
    const struct ak_rule *rule;
    uint64_t conversation;
    ak_why_not_sink *sink;
    void *context;
};

struct ak_diagnosis {
    struct ak_hash_key key;
    struct ak_knowledge *knowledge;
    struct ak_estate *estate;
    struct ak_digest *digest;
    struct ak_suspect **suspect; /* owned */
    size_t suspect_count, suspect_room;
    struct ak_suspect *witness[AK_MAX_CASE_WITNESSES]; /* owned: some that worked */
    size_t witness_count;
    struct ak_finding **finding; /* owned */
    size_t finding_count, finding_room;
    struct ak_index index; /* of finding[] */
    const struct ak_host *hosts[AK_MAX_HOSTS];
    size_t host_count;
    struct ak_roles roles;
    struct ak_event_book *events;        /* NULL until one came */
    struct ak_case *joined;              /* NULL: there is nothing to join */
    struct ak_conversation_room *opened; /* of it: the suspects, then the witnesses; or NULL */
    const struct ak_collected **told;    /* owned array */
    size_t told_room;
    struct ak_collected_set collected; /* of `told` */
    const struct ak_offer *offer[AK_MAX_OFFERS];
    size_t offer_count;
    const struct ak_found_certificate **found;
    size_t found_count, found_room;
    struct ak_certificate_case *certificates; /* found_count of them, after _finish; may be NULL */
    int64_t newest;                           /* last frame of any conversation; 0: there is none */
    uint64_t lost, early;
    struct ak_join *join;  /* NULL: all is one capture so far */
    uint32_t capture;      /* of the last conversation; 0: none yet */
    struct ak_index twins; /* suspects that have another side, by their id, during _finish */
    struct question question;
    struct ak_diagnosis_listener listener;
    bool listened;
};

/* An array of pointers with room for one more, or NULL: then it is still valid as it was. */
void *ak_diagnosis_room(void *array, size_t count, size_t *room);

/* A finding of this rule at the end of the list. NULL: memory; it is counted as lost. */
struct ak_finding *ak_diagnosis_new_finding(struct ak_diagnosis *diagnosis,
                                            const struct ak_rule *rule, enum ak_change_side side);
/* Takes over the match's grade, facts, rivals and lacks. */
void ak_finding_take(struct ak_finding *finding, const struct ak_match *match);
/* Another rule that this finding's cause explains. */
void ak_finding_explains(struct ak_finding *finding, const struct ak_rule *rule);
/* Counts this conversation in the finding of its server and of the side that must change; the best
 * match is its proof. NULL: memory; it is counted as lost. */
struct ak_finding *ak_diagnosis_note(struct ak_diagnosis *diagnosis, const struct ak_rule *rule,
                                     const struct ak_view *view, const struct ak_match *match);

/* "f-" and the first 16 hexadecimal digits of the key's SHA-256. */
void ak_diagnosis_id(struct ak_digest *digest, const struct ak_text *key, char id[20]);

/* Puts a conversation to the rules; two that are one connection give one finding. */
void ak_diagnosis_judge(struct ak_diagnosis *d, const struct ak_conversation *c);
void ak_diagnosis_judge_twins(struct ak_diagnosis *d, const struct ak_conversation *one,
                              const struct ak_conversation *other);
/* What is true although everything worked. */
void ak_diagnosis_judge_working(struct ak_diagnosis *d, const struct ak_conversation *c);

/* Puts the events of logs to the rules. */
void ak_diagnosis_judge_events(struct ak_diagnosis *d);

/* Joins certificates with hosts, logs and what the wire showed; then puts them to the rules. */
void ak_diagnosis_join_certificates(struct ak_diagnosis *d);
void ak_diagnosis_judge_certificates(struct ak_diagnosis *d);

/* Puts the machines to the rules and, when a question was asked, answers it. */
void ak_diagnosis_judge_hosts(struct ak_diagnosis *d);

#endif
