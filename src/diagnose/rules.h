/* The rules of each family; diagnosis.c puts them in order. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_RULES_H
#define AK_DIAGNOSE_RULES_H

#include "diagnose/rule.h"

/* rules_negotiation.c */
extern const struct ak_rule ak_rule_no_common_version, ak_rule_server_build_too_old;
extern const struct ak_rule ak_rule_no_common_suite, ak_rule_no_common_group;
extern const struct ak_rule ak_rule_no_common_alpn, ak_rule_signature_algorithm_mismatch;
extern const struct ak_rule ak_rule_certificate_hash_refused;
/* rules_certificate.c */
extern const struct ak_rule ak_rule_certificate_expired, ak_rule_certificate_untrusted;
extern const struct ak_rule ak_rule_certificate_name_mismatch, ak_rule_rsa_key_too_short;
extern const struct ak_rule ak_rule_client_certificate_required;
extern const struct ak_rule ak_rule_tls_inspection;
/* A certificate for a host of Microsoft from an issuer that issues none of theirs. */
bool ak_inspected(const struct ak_conversation *c);
/* rules_exchange.c */
extern const struct ak_rule ak_rule_dhe_leading_zero, ak_rule_dh_group_refused;
extern const struct ak_rule ak_rule_ems_mismatch;
/* rules_tds.c */
extern const struct ak_rule ak_rule_strict_mismatch, ak_rule_encryption_setting_conflict;
extern const struct ak_rule ak_rule_tls13_in_prelogin, ak_rule_cleartext_login;
extern const struct ak_rule ak_rule_login_downgraded, ak_rule_login_refused;
extern const struct ak_rule ak_rule_reset_after_login;
/* rules_tcp.c */
extern const struct ak_rule ak_rule_no_answer, ak_rule_accept_starvation;
extern const struct ak_rule ak_rule_middlebox_reset, ak_rule_closed_by_server;
extern const struct ak_rule ak_rule_closed_by_client, ak_rule_idle_drop;
extern const struct ak_rule ak_rule_host_ignores_packets;
/* rules_service.c */
extern const struct ak_rule ak_rule_starttls_refused, ak_rule_proxy_denied;
extern const struct ak_rule ak_rule_endpoint_handshake;
/* rules_estate.c */
extern const struct ak_rule ak_rule_driver_too_old, ak_rule_cluster_nodes_differ;
extern const struct ak_rule ak_rule_service_requires_tls12, ak_rule_port_exhaustion;
/* rules_session.c */
extern const struct ak_rule ak_rule_mars_close, ak_rule_packet_size_too_large,
    ak_rule_record_splitting;
extern const struct ak_rule ak_rule_kerberos_not_tls, ak_rule_slow_connect;
extern const struct ak_rule ak_rule_client_timeout_spent;

#endif
