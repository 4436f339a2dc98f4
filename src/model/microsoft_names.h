/* Which host names are Microsoft's, and who issues certificates for them: data/microsoft_hosts.csv
 * and data/microsoft_issuers.csv. Nothing allocates. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_MICROSOFT_NAMES_H
#define AK_MODEL_MICROSOFT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* A name that equals one of the suffixes or lies below it, without regard to case. */
bool ak_is_microsoft_host(const char *name);
/* How many characters at the name's end make it Microsoft's; 0: it is not. */
size_t ak_microsoft_host_part(const char *name);
/* Is this an organisation that issues certificates for such hosts? */
bool ak_is_microsoft_organisation(const char *organisation);
/* A distinguished name (RFC 4514 text) whose organisation is one of the known ones. */
bool ak_is_microsoft_issuer(const char *distinguished_name);

#endif
