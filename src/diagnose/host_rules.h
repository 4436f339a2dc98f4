/* The looks of each family at hosts; host_rule.c puts them in order. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_HOST_RULES_H
#define AK_DIAGNOSE_HOST_RULES_H

#include "diagnose/host_rule.h"
#include "predict/negotiate.h"

/* A rule that looks at hosts alone. */
#define AK_HOST_RULE(name, words, level)                                                           \
    const struct ak_rule ak_rule_##name = {.id = words,                                            \
                                           .severity = level,                                      \
                                           .class = AK_RULE_EXPOSURE,                              \
                                           .proved_on = "synthetic",                               \
                                           .predicates = {&ak_needs_host}}

/* host_rules_lint.c */
extern const struct ak_rule ak_rule_misspelt_registry_key, ak_rule_dead_registry_key;
extern const struct ak_rule ak_rule_unnamed_value_in_protocol_key, ak_rule_enabled_value_1;
extern const struct ak_rule ak_rule_tls13_on_unsupported_os, ak_rule_dirty_hive;
void ak_look_misspelt_registry_key(const struct ak_host_case *c, struct ak_match *m);
void ak_look_dead_registry_key(const struct ak_host_case *c, struct ak_match *m);
void ak_look_unnamed_value_in_protocol_key(const struct ak_host_case *c, struct ak_match *m);
void ak_look_enabled_value_1(const struct ak_host_case *c, struct ak_match *m);
void ak_look_tls13_on_unsupported_os(const struct ak_host_case *c, struct ak_match *m);
void ak_look_dirty_hive(const struct ak_host_case *c, struct ak_match *m);

/* host_rules_tls.c */
extern const struct ak_rule ak_rule_tls12_off_by_default;
extern const struct ak_rule ak_rule_rsa_key_exchange_disabled;
extern const struct ak_rule ak_rule_policy_removed_suites;
extern const struct ak_rule ak_rule_no_suite_for_version;
extern const struct ak_rule ak_rule_fips_mode;
void ak_look_tls12_off_by_default(const struct ak_host_case *c, struct ak_match *m);
void ak_look_rsa_key_exchange_disabled(const struct ak_host_case *c, struct ak_match *m);
void ak_look_policy_removed_suites(const struct ak_host_case *c, struct ak_match *m);
void ak_look_no_suite_for_version(const struct ak_host_case *c, struct ak_match *m);
void ak_look_fips_mode(const struct ak_host_case *c, struct ak_match *m);
void ak_look_dh_group_refused(const struct ak_host_case *c, struct ak_match *m);
void ak_look_rsa_key_too_short(const struct ak_host_case *c, struct ak_match *m);

/* host_rules_dotnet.c */
extern const struct ak_rule ak_rule_dotnet_strong_crypto_missing;
extern const struct ak_rule ak_rule_agent_prerequisites;
extern const struct ak_rule ak_rule_endpoint_strong_crypto_missing;
void ak_look_dotnet_strong_crypto_missing(const struct ak_host_case *c, struct ak_match *m);
/* Shows which programs offer this version at most by .NET's default, and by which values; false:
 * none. */
bool ak_match_dotnet_default(struct ak_match *m, const struct ak_host *host, uint16_t max_version);
void ak_look_agent_prerequisites(const struct ak_host_case *c, struct ak_match *m);
void ak_look_service_requires_tls12(const struct ak_host_case *c, struct ak_match *m);
void ak_look_endpoint_strong_crypto_missing(const struct ak_host_case *c, struct ak_match *m);

/* host_rules_sql.c */
extern const struct ak_rule ak_rule_self_connection_impossible;
extern const struct ak_rule ak_rule_linked_server_encrypt_default;
extern const struct ak_rule ak_rule_satellites_need_tls12;
void ak_look_server_build_too_old(const struct ak_host_case *c, struct ak_match *m);
void ak_look_driver_too_old(const struct ak_host_case *c, struct ak_match *m);
void ak_look_self_connection_impossible(const struct ak_host_case *c, struct ak_match *m);
void ak_look_linked_server_encrypt_default(const struct ak_host_case *c, struct ak_match *m);
void ak_look_server_certificate_not_loaded(const struct ak_host_case *c, struct ak_match *m);
void ak_look_satellites_need_tls12(const struct ak_host_case *c, struct ak_match *m);

/* host_rules_state.c */
extern const struct ak_rule ak_rule_restart_pending;
extern const struct ak_rule ak_rule_out_of_support;
void ak_look_restart_pending(const struct ak_host_case *c, struct ak_match *m);
void ak_look_out_of_support(const struct ak_host_case *c, struct ak_match *m);
void ak_look_cluster_nodes_differ(const struct ak_host_case *c, struct ak_match *m);

/* host_rules_two.c: `host` is the client of `server` */
void ak_look_two_no_common_version(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_no_common_suite(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_no_common_group(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_signature_algorithm_mismatch(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_encryption_setting_conflict(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_strict_mismatch(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_dhe_leading_zero(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_dh_group_refused(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_server_build_too_old(const struct ak_host_case *c, struct ak_match *m);
void ak_look_two_rsa_key_exchange_disabled(const struct ak_host_case *c, struct ak_match *m);

/* host_talk.c: what is known of a machine's role in a conversation with SQL Server. */

/* What an instance adds to its machine: a build without TLS 1.2 takes versions away, and its
 * certificate has an RSA key ("Certificate requirements for SQL Server"), of a usual size. */
void ak_talk_server(const struct ak_sql_instance *instance, struct ak_party *server);
/* The instance that decides: with strict encryption, else with forced one, else the first. NULL:
 * the machine has none. */
const struct ak_sql_instance *ak_talk_instance(const struct ak_host *host);
/* What the drivers of the client tell: none of them can begin with TLS, or there is no TLS. */
void ak_talk_client(const struct ak_host *host, struct ak_party *client);
/* `host` as the client of `server`, with all of the above. False: a system is not known. */
bool ak_talk_parties(const struct ak_host *host, const struct ak_host *server,
                     struct ak_party *client_party, struct ak_party *server_party);
/* Can this installed build speak TLS 1.2? */
struct ak_build_verdict ak_talk_build(const struct ak_sql_instance *instance);

/* ---- shared by looks ---- */

/* How sure it is that a setting which was not found is not set: the system's confidence when the
 * SCHANNEL key is in the evidence, else low. */
unsigned ak_host_told(const struct ak_host *host);
/* Is the list of suites (groups) the one that counts, whatever else the machine may hold? A local
 * one is when the whole SOFTWARE hive is there: a policy would stand in it. */
bool ak_host_list_told(const struct ak_host *host, unsigned origin);
/* KeyExchangeAlgorithms\\PKCS when it is switched off; else NULL. */
const struct ak_host_algorithm *ak_host_rsa_off(const struct ak_host *host);
bool ak_setting_is(const struct ak_setting *setting, uint32_t value);
bool ak_host_speaks(const struct ak_host *host, enum ak_schannel_role role,
                    enum ak_schannel_protocol protocol);
/* "TLS 1.0, TLS 1.2" of bits of AK_SCHANNEL_VERSION; "" for none. */
void ak_versions_text(unsigned bits, char *out, size_t room);
/* Versions that are on in this role, as bits of AK_SCHANNEL_VERSION; `named` counts those too that
 * only callers get that name them. */
unsigned ak_host_versions(const struct ak_host *host, enum ak_schannel_role role, bool named);
/* Are the lists that such a refusal rests on the ones that count? */
bool ak_talk_lists_told(const struct ak_host *client, const struct ak_host *server,
                        enum ak_refusal refusal);
/* Where it will end, by whom, and what a Windows client will show. */
void ak_match_predicted(struct ak_match *m, const struct ak_negotiation *n);
void ak_match_instance(struct ak_match *m, const struct ak_sql_instance *instance);
/* "HKLM\\...\\TLS 1.2\\Client": both values, with what stands there. */
void ak_match_pair(struct ak_match *m, const struct ak_host *host, enum ak_schannel_role role,
                   enum ak_schannel_protocol protocol);

#endif
