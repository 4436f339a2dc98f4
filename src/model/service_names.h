/* Words for the clear talk that goes before TLS: services, the state of STARTTLS, kinds of proxies,
 * and what an RDP server answers ([MS-RDPBCGR] 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2).
 *
 * Names are static text; nothing allocates.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_SERVICE_NAMES_H
#define AK_MODEL_SERVICE_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum ak_service {
    AK_SERVICE_NONE,
    AK_SERVICE_SMTP,
    AK_SERVICE_IMAP,
    AK_SERVICE_POP3,
    AK_SERVICE_FTP,
    AK_SERVICE_LDAP,
    AK_SERVICE_XMPP,
    AK_SERVICE_POSTGRESQL,
    AK_SERVICE_MYSQL,
    AK_SERVICE_RDP,
    AK_SERVICE_MIRRORING, /* SQL Server database mirroring and availability groups */
    AK_SERVICES
};

enum { AK_MIRRORING_PORT = 5022 }; /* by habit; any other may be configured */

enum ak_starttls {
    AK_STARTTLS_NONE,
    AK_STARTTLS_OFFERED, /* the server named it, nobody asked */
    AK_STARTTLS_ASKED,   /* and no answer was seen */
    AK_STARTTLS_ACCEPTED,
    AK_STARTTLS_REFUSED
};

enum ak_proxy_kind {
    AK_PROXY_NONE,
    AK_PROXY_CONNECT, /* HTTP, RFC 9110 9.3.6 */
    AK_PROXY_SOCKS4,  /* 4a too */
    AK_PROXY_SOCKS5,  /* RFC 1928 */
    AK_PROXY_HEADER,  /* HAProxy's PROXY protocol, 1 and 2 */
    AK_PROXY_KINDS
};

const char *ak_service_name(enum ak_service service);    /* "smtp"; "unknown" for NONE */
const char *ak_starttls_name(enum ak_starttls starttls); /* "offered"; "none" for NONE */
const char *ak_proxy_name(enum ak_proxy_kind kind);      /* "connect"; "none" for NONE */

/* The service that an ALPN protocol name stands for (IANA's list), with its bytes. */
enum ak_service ak_service_of_alpn(const char *name, size_t size);

/* "SSL_NOT_ALLOWED_BY_SERVER"; NULL for a code that the document does not name. */
const char *ak_rdp_failure_name(uint32_t code);
/* Security protocols of RDP are bits; 0 is RDP's own ("rdp"). */
enum { AK_RDP_PROTOCOLS = 5 };
/* Name of bit 0 to 4: "ssl", "hybrid", "rdstls", "hybrid_ex", "rdsaad". */
const char *ak_rdp_protocol_name(unsigned bit);

#endif
