/* What a user writes to name a server: which host, which port, and what goes before TLS there.
 *
 *     sql01  sql01\INSTANCE  sql01,1433  tcp:sql01,1433  .\SQLEXPRESS    as SQL Server's clients
 *     sql01:1433  192.0.2.5:443  [2001:db8::5]:443                      host and port
 *     https://host/  ldap://host  ldaps://host:3269  tds8://sql01       a scheme tells the way
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_TARGET_H
#define AK_LIBRARY_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "probe/attempt.h"

struct ak_target {
    char host[256];    /* a name or an address without brackets */
    char instance[64]; /* "" for none */
    uint16_t port;     /* 0: SQL Server Browser must tell, or 1433 */
    bool dac;          /* "admin:": the administrator connection */
    bool guessed;      /* the way was guessed from the port, or nothing told it */
    enum ak_probe_way way;
    enum ak_service service;
    const char *alpn;   /* static; NULL: none */
    const char *scheme; /* static: "tds", "https" ... */
};

/* AK_ERR_USAGE with a text that says what was expected. */
enum ak_err ak_target_parse(const char *text, struct ak_target *out, struct ak_error *error);

/* The schemes one by one, for help and completion; NULL behind the last. */
const char *ak_target_scheme(size_t index);

#endif
