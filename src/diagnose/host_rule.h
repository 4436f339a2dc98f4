/* Rules that look at hosts: how one machine is configured, or two machines that talk to each other.
 *
 * A host rule has the words, the page and the remedies of an ordinary rule (diagnose/rule.h) and
 * may share one with a rule of conversations. It never sees bytes or registry keys, only the host
 * (observe/host.h). One finding per rule, host and side; its facts name each place.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_HOST_RULE_H
#define AK_DIAGNOSE_HOST_RULE_H

#include "diagnose/case_hosts.h"
#include "diagnose/collected_case.h"
#include "diagnose/rule.h"
#include "observe/host.h"
#include "predict/party.h"

/* What a look may use. */
struct ak_host_case {
    const struct ak_host *host;
    const struct ak_host *const *hosts; /* all of the evidence, `host` among them */
    size_t host_count;
    const struct ak_roles *roles;             /* that the user said; NULL: nothing */
    const struct ak_collected_set *collected; /* what servers told of themselves; may be NULL */
    /* For looks at two: the server that `host` (the client) talks to; NULL in looks at one. Both
     * parties are made; they are known only when the systems are. */
    const struct ak_host *server;
    bool either_way; /* both run SQL Server: that this one calls the other is not known */
    const struct ak_party *client_party, *server_party;
    struct ak_party *scratch; /* overwritten by ak_negotiate_changes */
    int64_t now;              /* the newest time that the evidence knows; 0 when it knows none */
};

/* One of the two is NULL. Leaves match->grade at NONE when there is nothing to say; match->count is
 * the number of places (0 counts as 1). */
struct ak_host_rule {
    const struct ak_rule *rule;
    void (*look)(const struct ak_host_case *hosts, struct ak_match *match);
    void (*look_at_two)(const struct ak_host_case *hosts, struct ak_match *match);
};

/* In the order of the families. */
extern const struct ak_host_rule ak_host_rules[];
extern const size_t ak_host_rule_count;

/* Hears each match; both NULL: memory was lacking for a look at two. */
typedef void ak_host_match_sink(void *context, const struct ak_rule *rule,
                                const struct ak_host_case *hosts, const struct ak_match *match);

/* Puts every host, and two hosts of which one serves the other or both do, to every rule. `roles`
 * and `collected` may be NULL. */
void ak_host_rules_apply(const struct ak_host *const *hosts, size_t count,
                         const struct ak_roles *roles, const struct ak_collected_set *collected,
                         ak_host_match_sink *sink, void *context);

/* Who calls whom. */
struct ak_host_pair {
    const struct ak_host *client, *server;
};
enum { AK_HOST_PAIRS = 2 };

/* Of two hosts the one that serves and its client: as the user said (of more than two, too), or it
 * alone runs SQL Server, or it alone is a server. Where both run SQL Server each calls the other
 * (linked servers, replication, jobs): two pairs. Returns their number; 0: neither is known to call
 * the other. Linked servers that one of them alone told of say who calls. */
size_t ak_host_rules_pairs(const struct ak_host *const *hosts, size_t count,
                           const struct ak_roles *roles, const struct ak_collected_set *collected,
                           struct ak_host_pair pairs[AK_HOST_PAIRS]);

/* For rules that conversations alone never match: asks for the hosts' configuration. */
extern const struct ak_predicate ak_needs_host;

/* The worst of several confidences as the highest grade that may rest on them. */
enum ak_grade ak_grade_cap(enum ak_grade grade, unsigned confidence);

/* ---- facts (report/facts.c has their words) ---- */

/* "HKLM\...\TLS 1.2\Client\Enabled = 0": a setting as it was found, absent ones too. */
void ak_match_setting(struct ak_match *m, const char *key, const char *name,
                      const struct ak_setting *setting);
/* State of a protocol in a role, and why. */
void ak_match_protocol(struct ak_match *m, const struct ak_host *host, enum ak_schannel_role role,
                       enum ak_schannel_protocol protocol);
/* Which Windows it is, and how that is known. */
void ak_match_system(struct ak_match *m, const struct ak_host *host);
/* Something odd: its path, and what was meant. */
void ak_match_oddity(struct ak_match *m, const struct ak_host_oddity *oddity);

#endif
