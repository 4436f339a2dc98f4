/* The party that a Windows host is: Schannel as the host's registry sets it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PREDICT_PARTY_HOST_H
#define AK_PREDICT_PARTY_HOST_H

#include "observe/host.h"
#include "predict/party.h"

/* False, and `party` is only initialised: which Windows it is, is not known, so nothing is. Texts
 * of the party are static; nothing of the host is borrowed. Certificates are not known. */
bool ak_party_of_host(const struct ak_host *host, enum ak_side role, const char *name,
                      struct ak_party *party);

/* SQL Server's part of a server, from an instance that the registry names (NULL: an instance as it
 * is installed): forced and strict encryption. It closes without an alert. */
void ak_party_sql_server(struct ak_party *party, const struct ak_sql_instance *instance);

/* The greatest part of the version: 15 for "15.0.2000.5"; 0 when it is not known. */
unsigned ak_sql_instance_major(const struct ak_sql_instance *instance);

#endif
