/* Parties that can be named: systems, drivers, programs; and what clients were observed to offer.
 *
 * Const tables from data/profiles.csv and data/clients.csv; every pointer is to static storage.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_PROFILES_H
#define AK_MODEL_PROFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/windows.h"

/* A ClientHello that was seen on a wire. */
struct ak_client_profile {
    const char *id, *name;
    const char *schannel;     /* os_id when it is Schannel's; "" for other stacks */
    uint16_t lowest, highest; /* versions that it takes: 0x0301 ... (0x0200: SSL 2.0) */
    const uint16_t *suites, *groups, *schemes, *versions, *extensions;
    uint16_t suite_count, group_count, scheme_count, version_count, extension_count;
    int32_t min_dh, max_dh, min_rsa, max_rsa; /* -1: no limit known */
    uint8_t confidence;
};

enum ak_profile_kind {
    AK_PROFILE_WINDOWS,    /* ref: a system */
    AK_PROFILE_CLIENT,     /* ref: an observed client */
    AK_PROFILE_SQL_CLIENT, /* ref: a system; a driver for SQL Server on its Schannel */
    AK_PROFILE_SQL_SERVER  /* ref: a system; SQL Server on it */
};

/* What its PRELOGIN says (MS-TDS 2.2.6.5). */
enum ak_profile_sql {
    AK_PROFILE_SQL_NONE,
    AK_PROFILE_SQL_OFF,
    AK_PROFILE_SQL_ON,
    AK_PROFILE_SQL_STRICT
};

struct ak_profile {
    const char *alias;
    uint8_t kind;                           /* enum ak_profile_kind */
    const struct ak_windows *system;        /* NULL for observed clients */
    const struct ak_client_profile *client; /* NULL for the others */
    bool as_client, as_server;
    uint8_t sql; /* enum ak_profile_sql */
    const char *note;
    uint8_t confidence;
};

/* In the order of the file; NULL past the end. */
const struct ak_profile *ak_profile_at(size_t index);
/* By alias, in any case; also an os_id or a client_id itself. NULL when unknown; then *nearest (may
 * be NULL) is set to the alias most like it, or NULL. */
const struct ak_profile *ak_profile_find(const char *alias, const char **nearest);
const struct ak_client_profile *ak_client_profile_find(const char *id);

#endif
