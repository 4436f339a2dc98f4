/* What a certificate that was found is to the servers of the evidence: configured, loaded, shown,
 * or only lying there.
 *
 * Joined are the value Certificate of SuperSocketNetLib (observe/host.h), the thumbprints that an
 * ERRORLOG names (diagnose/event_book.h) and the leaves that servers showed on the wire
 * (diagnose/knowledge.h).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_DIAGNOSE_CERTIFICATE_CASE_H
#define AK_DIAGNOSE_CERTIFICATE_CASE_H

#include "diagnose/event_book.h"
#include "diagnose/knowledge.h"
#include "observe/found_certificate.h"

enum ak_cert_use {
    AK_CERT_USE_NONE,       /* nobody is known to use it */
    AK_CERT_USE_CANDIDATE,  /* none is configured; it is one that SQL Server could pick */
    AK_CERT_USE_GIVEN,      /* a file among the evidence, and nothing tells of another */
    AK_CERT_USE_SHOWN,      /* a server sent it */
    AK_CERT_USE_CONFIGURED, /* SQL Server is told to use it */
    AK_CERT_USE_LOADED      /* SQL Server said that it loaded it */
};
/* "none", "candidate", "given", "shown", "configured", "loaded". */
const char *ak_cert_use_name(enum ak_cert_use use);

struct ak_certificate_case {
    const struct ak_found_certificate *found;
    enum ak_cert_use use;
    const struct ak_host *host;                /* whose; NULL: not known */
    const struct ak_sql_instance *instance;    /* that is told to use it, or could pick it */
    const struct ak_event_group *loaded;       /* 26013 with its thumbprint */
    const struct ak_event_group *refused;      /* 26014, 26015, 33555 or 33565 with it */
    const struct ak_server_known *server;      /* that showed it */
    const struct ak_found_certificate *issuer; /* of the evidence; NULL: not among it, or itself */
    bool repeated; /* the same certificate was found before, used by the same */
};

/* The parts of the evidence; each may be NULL or empty. */
struct ak_certificate_evidence {
    const struct ak_found_certificate *const *found;
    size_t count;
    const struct ak_host *const *hosts;
    size_t host_count;
    const struct ak_event_book *events; /* finished */
    const struct ak_knowledge *knowledge;
    int64_t now; /* nanoseconds: the newest time that conversations, logs or hosts tell; 0: none */
};

/* Fills cases[count]. */
void ak_certificate_cases(const struct ak_certificate_evidence *evidence,
                          struct ak_certificate_case *cases);

/* "CN=SSL_Self_Signed_Fallback": SQL Server made it itself. */
bool ak_certificate_is_fallback(const struct ak_x509 *certificate);
/* Does any of its names fit this machine: its name, a full name of it, or a wildcard? */
bool ak_certificate_names_machine(const struct ak_x509 *certificate, const char *machine);
/* Is it in the chain of that one of the evidence (itself the first)? NULL behind the last; roots
 * are left out: nobody checks their signature. */
const struct ak_found_certificate *ak_certificate_chain(const struct ak_certificate_evidence *e,
                                                        const struct ak_found_certificate *of,
                                                        size_t index);

#endif
