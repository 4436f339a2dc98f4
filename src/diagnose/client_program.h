/* Whose fault an old ClientHello is: a driver's, .NET Framework's, or the system's. The wire shows
 * none of the three; the program behind a connection, and the registry of its machine, do.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CLIENT_PROGRAM_H
#define AK_DIAGNOSE_CLIENT_PROGRAM_H

#include "diagnose/case_join.h"
#include "diagnose/rule.h"

/* Path of the client's program, where the recorder noted it on the client; NULL: not known. */
const char *ak_client_program(const struct ak_conversation *conversation);
/* Is the client a machine whose registry is known, by address or better? NULL: no. */
const struct ak_host *ak_client_host(const struct ak_view *view);
/* Can Windows itself speak TLS 1.2 there? By the registry, by another program that is known to
 * speak Windows' own TLS, or by a handshake that the machine logged. */
bool ak_client_windows_can(const struct ak_view *view);
/* The version list of the host holds the hello's suites, in this order: it is Schannel's own. */
bool ak_hello_is_of(const struct ak_hello_shape *hello, const struct ak_host *host);
/* An installed driver without TLS 1.2 ("SQLNCLI10 10.50.1600.1 (64)"); false: none is listed. */
bool ak_host_old_driver(const struct ak_host *host, char *text, size_t room);

/* driver-too-old: the list of installed drivers says which one may have been taken. */
void ak_weigh_driver(const struct ak_view *view, struct ak_match *match);
/* dotnet-strong-crypto-missing: the hello is what .NET Framework offers there by default. */
enum ak_answer ak_weigh_dotnet(const struct ak_view *view, enum ak_answer answer,
                               struct ak_match *match);

#endif
