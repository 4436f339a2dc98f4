/* What machines and instances of SQL Server told of themselves (observe/collected.h), found again
 * by the machine that a registry, a log or a conversation names.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_COLLECTED_CASE_H
#define AK_DIAGNOSE_COLLECTED_CASE_H

#include "diagnose/rule.h"
#include "observe/collected.h"

struct ak_collected_set {
    const struct ak_collected *const *items; /* borrowed */
    size_t count;
};

/* The next of an instance of this machine at or behind *at (0 at the beginning); `instance` NULL:
 * whichever. NULL behind the last one, and when the machine is not named. `set` may be NULL. */
const struct ak_collected *ak_collected_next(const struct ak_collected_set *set, const char *host,
                                             const char *instance, size_t *at);
/* The next fact of this kind at or behind *at. */
const struct ak_collected_fact *ak_collected_fact_next(const struct ak_collected *collected,
                                                       enum ak_collected_kind kind, size_t *at);
/* By the key's name in the table; "" when it was not told. */
const char *ak_collected_value(const struct ak_collected_fact *fact, const char *key);
/* What runs under this name in sys.configurations. False: not told, or no number. */
bool ak_collected_setting(const struct ak_collected *collected, const char *name, uint64_t *value);
/* The certificate of master that has this name; NULL: none, or not told. */
const struct ak_collected_fact *ak_collected_certificate(const struct ak_collected *collected,
                                                         const char *name);
/* "sql.txt: endpoint Hadr_endpoint: algorithm=AES, auth=CERTIFICATE": the values of these keys
 * (ended by NULL), the first without its name. */
void ak_match_collected(struct ak_match *m, const struct ak_collected *collected,
                        const struct ak_collected_fact *fact, const char *const *keys);

/* The instance behind this side of a conversation: of the machine that is known by its settings, by
 * an address that it told, or by the log that names the conversation. NULL: none, or several. */
const struct ak_collected *ak_collected_of_side(const struct ak_view *view, enum ak_side side);

#endif
