/* From a word on the command line to a policy, and what it makes of machines that were read. */
/* SPDX-License-Identifier: Apache-2.0 */
/*     tls12-only, tls12-compatible, strict   a template of `akushu fix` (data/fix_sets.csv)
 *     change.reg                             what an export or a policy file changes
 *     suites.txt                             a list of cipher suites: no others remain
 *     ws2022+hardening.reg, openssl.cnf ...  whatever stands for a server in `akushu predict`:
 * every server becomes that
 */
#ifndef AK_LIBRARY_POLICY_WORD_H
#define AK_LIBRARY_POLICY_WORD_H

#include "base/error.h"
#include "library/analysis.h"
#include "library/parties.h"
#include "predict/policy.h"

/* `out` is released by the caller, also after an error (those of ak_named_party_make). */
enum ak_err ak_policy_make(const char *word, const struct ak_parties_listener *listener,
                           struct ak_policy *out, struct ak_error *error);
/* Adds the hosts that were read (ak_analysis_machines or _finish), each as it is and as it would
 * be. Their registries in memory are changed. Hosts whose Windows is not known are left out. */
enum ak_err ak_policy_hosts(const char *word, struct ak_policy *policy,
                            struct ak_analysis *analysis, struct ak_error *error);

#endif
