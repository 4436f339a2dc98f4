/* Rules that look at the events of logs: what one machine, or one instance of SQL Server, wrote.
 *
 * An event rule has the words, the page and the remedies of an ordinary rule (diagnose/rule.h) and
 * mostly shares one with a rule of conversations. One finding per rule, origin and side. A log
 * names no connection that a capture shows: grades stay below what the wire alone may reach, except
 * where the server itself says what is wrong.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_EVENT_RULE_H
#define AK_DIAGNOSE_EVENT_RULE_H

#include "diagnose/collected_case.h"
#include "diagnose/event_book.h"
#include "diagnose/rule.h"
#include "observe/host.h"

/* Of the events that a finding rests on. */
struct ak_event_tally {
    uint64_t count;
    int64_t first, last;
    size_t clients;
    uint64_t told;      /* of `count`: with findings about conversations */
    uint8_t told_least; /* the lowest grade of these */
};

/* What else there is beside the logs; each may be NULL or empty. */
struct ak_event_evidence {
    const struct ak_collected_set *collected;
    const struct ak_host *const *hosts;
    size_t host_count;
};

struct ak_event_case {
    const struct ak_event_origin *origin;
    const struct ak_event_book *book;
    const struct ak_event_evidence *evidence;
    struct ak_event_tally *tally; /* ak_match_event adds to it */
};

struct ak_event_rule {
    const struct ak_rule *rule;
    /* Leaves match->grade at NONE when there is nothing to say. */
    void (*look)(const struct ak_event_case *c, struct ak_match *match);
};

extern const struct ak_event_rule ak_event_rules[];
extern const size_t ak_event_rule_count;

typedef void ak_event_match_sink(void *context, const struct ak_rule *rule,
                                 const struct ak_event_case *c, const struct ak_match *match);
/* Puts every origin to every rule. The book must be finished. */
void ak_event_rules_apply(const struct ak_event_book *book,
                          const struct ak_event_evidence *evidence, ak_event_match_sink *sink,
                          void *context);

/* For rules that neither conversations nor hosts match: asks for the server's logs. */
extern const struct ak_predicate ak_needs_log;

/* ---- for looks ---- */

/* The next group of the origin with this number behind *at (0 at the beginning), or NULL. */
const struct ak_event_group *ak_event_next(const struct ak_event_case *c,
                                           enum ak_log_provider provider, uint32_t code,
                                           size_t *at);
/* The same for the whole machine, whatever the instance: Schannel and SQL Server log under
 * different origins. */
const struct ak_event_group *ak_event_on_machine(const struct ak_event_case *c,
                                                 enum ak_log_provider provider, uint32_t code,
                                                 size_t *at);
/* "0x80090331, status code 0x80, alert 40, state 1205, ERRORLOG:27" */
void ak_event_describe(const struct ak_event *event, char *out, size_t room);
/* Adds the group as a fact, and its events to the tally. */
void ak_match_event(const struct ak_event_case *c, struct ak_match *m,
                    const struct ak_event_group *group);

/* event_rules_server.c: what keeps a server from accepting anybody */
extern const struct ak_rule ak_rule_private_key_unusable;
extern const struct ak_rule ak_rule_server_certificate_not_loaded;
extern const struct ak_rule ak_rule_no_usable_protocol;
void ak_events_private_key_unusable(const struct ak_event_case *c, struct ak_match *m);
void ak_events_server_certificate_not_loaded(const struct ak_event_case *c, struct ak_match *m);
void ak_events_no_usable_protocol(const struct ak_event_case *c, struct ak_match *m);
void ak_events_server_build_too_old(const struct ak_event_case *c, struct ak_match *m);
void ak_events_agent_prerequisites(const struct ak_event_case *c, struct ak_match *match);
void ak_events_self_connection_impossible(const struct ak_event_case *c, struct ak_match *m);
/* event_rules_connection.c: why connections failed */
void ak_events_no_common_version(const struct ak_event_case *c, struct ak_match *m);
void ak_events_no_common_suite(const struct ak_event_case *c, struct ak_match *m);
void ak_events_no_suite_for_version(const struct ak_event_case *c, struct ak_match *m);
void ak_events_certificate_untrusted(const struct ak_event_case *c, struct ak_match *m);
void ak_events_certificate_expired(const struct ak_event_case *c, struct ak_match *m);
void ak_events_certificate_name_mismatch(const struct ak_event_case *c, struct ak_match *m);
void ak_events_strict_mismatch(const struct ak_event_case *c, struct ak_match *m);
void ak_events_encryption_setting_conflict(const struct ak_event_case *c, struct ak_match *m);
void ak_events_kerberos_not_tls(const struct ak_event_case *c, struct ak_match *m);
void ak_events_login_refused(const struct ak_event_case *c, struct ak_match *m);
void ak_events_accept_starvation(const struct ak_event_case *c, struct ak_match *m);
void ak_events_slow_connect(const struct ak_event_case *c, struct ak_match *m);
void ak_events_endpoint_handshake(const struct ak_event_case *c, struct ak_match *m);

#endif
