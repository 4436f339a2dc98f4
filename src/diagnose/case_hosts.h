/* Which machines of the evidence the two sides of a conversation are.
 *
 * By what the user said, by an address that the registry gives the machine, by the certificate that
 * an instance is set to use, by its name, or because no other machine is left. Whoever asks is told
 * which it was: the last two can be wrong. A machine whose SQL Server is of another version than
 * the one on the wire is none of them, whatever else fits, unless the user said so.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CASE_HOSTS_H
#define AK_DIAGNOSE_CASE_HOSTS_H

#include "diagnose/knowledge.h"
#include "observe/host.h"

enum ak_met_by {
    AK_MET_BY_NOTHING,
    AK_MET_BY_ELIMINATION,
    AK_MET_BY_NAME,
    AK_MET_BY_CERTIFICATE,
    AK_MET_BY_ADDRESS,
    AK_MET_BY_USER
};
const char *ak_met_by_name(enum ak_met_by by);

struct ak_met_host {
    const struct ak_host *host; /* NULL: none */
    enum ak_met_by by;
};

/* Which folders hold a side's evidence, as the user said. */
struct ak_roles {
    const char *folder[AK_SIDES]; /* borrowed; NULL: nothing was said */
};
/* AK_SIDE_NONE: the file lies in neither. */
enum ak_side ak_roles_of(const struct ak_roles *roles, const char *file);

/* Of a machine: where its first file lies. */
enum ak_side ak_case_role(const struct ak_host *host, const struct ak_roles *roles);

struct ak_case_hosts {
    const struct ak_host *const *hosts; /* borrowed */
    size_t count;
    struct ak_roles roles;
    /* Of all conversations that may have failed: is there but one address of each side? */
    bool one[AK_SIDES];
};

/* `known` is the conversation's server, or NULL. */
void ak_case_hosts_meet(const struct ak_case_hosts *hosts,
                        const struct ak_conversation *conversation,
                        const struct ak_server_known *known, struct ak_met_host side[AK_SIDES]);

/* Has it SQL Server, but none of the version that the conversation's server tells? */
bool ak_case_runs_another(const struct ak_host *host, const struct ak_conversation *conversation);
/* The instance that the conversation's server is: by its version, else the one that decides. NULL:
 * the machine has none. */
const struct ak_sql_instance *ak_case_instance(const struct ak_host *host,
                                               const struct ak_conversation *conversation);

#endif
