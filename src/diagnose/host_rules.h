/* The looks of each family at hosts; host_rule.c puts them in order. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_HOST_RULES_H
#define AK_DIAGNOSE_HOST_RULES_H

#include "diagnose/host_rule.h"

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

#endif
