/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "diagnose/case_rules.h"
#include "diagnose/event_rule.h"
#include "diagnose/host_rules.h"
#include "diagnose/rules.h"

#include "base/banned.h"

/* The order decides between causes of equal grade: the more specific one stands first. */
const struct ak_rule *const ak_rules[] = {
    &ak_rule_server_build_too_old,
    &ak_rule_service_requires_tls12,
    &ak_rule_driver_too_old,
    &ak_rule_cluster_nodes_differ,
    &ak_rule_no_common_version,
    &ak_rule_no_common_alpn,
    &ak_rule_no_common_group,
    &ak_rule_tls_inspection,
    &ak_rule_certificate_hash_refused,
    &ak_rule_signature_algorithm_mismatch,
    &ak_rule_client_certificate_required,
    &ak_rule_certificate_expired,
    &ak_rule_dh_group_refused,
    &ak_rule_rsa_key_too_short,
    &ak_rule_certificate_name_mismatch,
    &ak_rule_certificate_untrusted,
    &ak_rule_tls13_in_prelogin,
    &ak_rule_middlebox_reset,
    &ak_rule_encryption_setting_conflict,
    &ak_rule_ems_mismatch,
    &ak_rule_dhe_leading_zero,
    &ak_rule_accept_starvation,
    &ak_rule_strict_mismatch,
    &ak_rule_no_common_suite,
    &ak_rule_no_answer,
    &ak_rule_kerberos_not_tls,
    &ak_rule_login_refused,
    &ak_rule_packet_size_too_large,
    &ak_rule_mars_close,
    &ak_rule_starttls_refused,
    &ak_rule_proxy_denied,
    &ak_rule_endpoint_handshake,
    &ak_rule_host_ignores_packets,
    &ak_rule_idle_drop,
    &ak_rule_record_splitting,
    &ak_rule_reset_after_login,
    &ak_rule_client_timeout_spent,
    &ak_rule_port_exhaustion,
    &ak_rule_slow_connect,
    &ak_rule_login_downgraded,
    &ak_rule_cleartext_login,
    &ak_rule_closed_by_server,
    &ak_rule_closed_by_client,
    &ak_rule_private_key_unusable,
    &ak_rule_server_certificate_not_loaded,
    &ak_rule_no_usable_protocol,
    &ak_rule_rsa_key_exchange_disabled,
    &ak_rule_self_connection_impossible,
    &ak_rule_satellites_need_tls12,
    &ak_rule_tls12_off_by_default,
    &ak_rule_no_suite_for_version,
    &ak_rule_agent_prerequisites,
    &ak_rule_policy_removed_suites,
    &ak_rule_dotnet_strong_crypto_missing,
    &ak_rule_endpoint_strong_crypto_missing,
    &ak_rule_linked_server_encrypt_default,
    &ak_rule_fips_mode,
    &ak_rule_restart_pending,
    &ak_rule_out_of_support,
    &ak_rule_misspelt_registry_key,
    &ak_rule_dead_registry_key,
    &ak_rule_unnamed_value_in_protocol_key,
    &ak_rule_enabled_value_1,
    &ak_rule_tls13_on_unsupported_os,
    &ak_rule_dirty_hive,
};
const size_t ak_rule_count = AK_COUNT(ak_rules);
_Static_assert(AK_COUNT(ak_rules) <= AK_MAX_RULES, "what is noted of each rule has room");

const struct ak_rule *ak_rule_find(const char *id)
{
    for (size_t i = 0; i < ak_rule_count; i++)
        if (strcmp(ak_rules[i]->id, id) == 0)
            return ak_rules[i];
    return NULL;
}
