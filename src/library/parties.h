/* From a word on the command line to a party: a profile, a machine's registry, a captured hello, a
 * configuration text.
 *
 *     win7                    a system, driver or program by name (data/profiles.csv)
 *     odbc18@win7             a driver on another system
 *     win10-22h2+client.reg   a system with what an export changes; more files with more '+'
 *     server.hiv  folder/     a machine's registry, when it holds which Windows it is
 *     trace.pcap#7            the ClientHello of a conversation; without a number the first one
 *     openssl.cnf ...         a configuration text (predict/party_text.h), or a cipher string
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_LIBRARY_PARTIES_H
#define AK_LIBRARY_PARTIES_H

#include "base/error.h"
#include "predict/party.h"
#include "predict/party_text.h"

enum { AK_PARTY_EXTENSIONS = 64 };

struct ak_named_party {
    struct ak_party party;
    char about[160];             /* what the name stands for; "" when the name says it all */
    struct ak_party_notes notes; /* of configuration texts */
    bool on_request;             /* has versions that only callers get that name them */
    /* The extensions of a hello that was seen, in their order; 0: none was seen. */
    uint16_t extensions[AK_PARTY_EXTENSIONS];
    size_t extension_count;
};

/* Where a problem is told that did not stop the work: part of a file could not be read. */
struct ak_parties_listener {
    void *context;
    void (*problem)(void *context, const char *path, const char *text);
};

/* Errors: AK_ERR_USAGE (no such name or file: the text names what is most like it, or a part in the
 * wrong role), AK_ERR_FORMAT, AK_ERR_OPEN, AK_ERR_READ, AK_ERR_MEMORY. */
enum ak_err ak_named_party_make(const char *word, enum ak_side role,
                                const struct ak_parties_listener *listener,
                                struct ak_named_party *out, struct ak_error *error);

/* The server's certificate: "rsa2048-sha256", "ec256-sha384", or a file of certificates (PEM or
 * DER), its own first. */
enum ak_err ak_party_certificate(struct ak_party *server, const char *word, struct ak_error *error);

/* Makes two parties speak of the same thing: where one side is of SQL Server and the other does not
 * say, the other becomes its driver, or SQL Server as it is installed; a server without a
 * certificate gets one. What was assumed: bits of enum ak_assumed. */
enum ak_assumed {
    AK_ASSUMED_CERTIFICATE = 1, /* RSA 2048, SHA-256 */
    AK_ASSUMED_SQL_CLIENT = 2,  /* a driver that asks for no encryption */
    AK_ASSUMED_SQL_SERVER = 4   /* SQL Server that does not force encryption */
};
unsigned ak_parties_match(struct ak_party *client, struct ak_party *server);

#endif
