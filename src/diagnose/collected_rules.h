/* What rules make of the facts that SQL Server told of itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_COLLECTED_RULES_H
#define AK_DIAGNOSE_COLLECTED_RULES_H

#include "diagnose/collected_case.h"
#include "diagnose/event_rule.h"

/* Looks of event rules: the origin is the instance that told. */
void ak_events_packet_size_too_large(const struct ak_event_case *c, struct ak_match *match);
void ak_events_linked_server_encrypt_default(const struct ak_event_case *c, struct ak_match *match);
/* Adds to what the logs say: the certificate of the endpoint is outside of its dates; the endpoints
 * of both nodes have no algorithm, or no way of authentication, in common. */
void ak_collected_endpoint_handshake(const struct ak_event_case *c, struct ak_match *match);

/* The answer of a rule about this conversation with these facts in view. */
enum ak_answer ak_collected_weigh(const struct ak_view *view, const struct ak_rule *rule,
                                  enum ak_answer answer, struct ak_match *match);
/* Do two endpoints share no algorithm, or no way of authentication? False when it is not told. */
bool ak_endpoints_disjoint(const struct ak_collected_fact *a, const struct ak_collected_fact *b);

/* The packet size that runs, in bytes; 0: not told. `collected` may be NULL. */
uint32_t ak_collected_packet_size(const struct ak_collected *collected);
/* Shows it. */
void ak_match_packet_size(struct ak_match *m, const struct ak_collected *collected);

/* Are the linked servers of this machine told? *checked: one of them encrypts and checks the
 * certificate by its provider's default. */
bool ak_collected_links_told(const struct ak_collected_set *set, const char *host, bool *checked);
/* Has this machine a linked server on that one? */
bool ak_collected_calls(const struct ak_collected_set *set, const char *host, const char *server);

#endif
