/* OpenSSL set to offer what a party offers, as far as this OpenSSL has it.
 *
 * Nothing of the system's configuration of OpenSSL stays in force, no security level refuses
 * anything, and no certificate is verified: an attempt reports facts.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PROBE_OPENSSL_OPTIONS_H
#define AK_PROBE_OPENSSL_OPTIONS_H

#include <openssl/ssl.h>

#include "probe/hello.h"

/* A client's context, or NULL with *reason (static text): out of memory, or nothing that the party
 * offers is there. */
SSL_CTX *ak_openssl_context(const struct ak_hello_plan *plan, const char **reason);
/* What belongs to one connection: the server's name and ALPN. */
bool ak_openssl_connection(SSL *ssl, const struct ak_hello_plan *plan);

#endif
