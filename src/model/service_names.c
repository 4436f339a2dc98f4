/* SPDX-License-Identifier: Apache-2.0 */
#include "model/service_names.h"

#include <string.h>

#include "base/attr.h"

#include "base/banned.h"

const char *ak_service_name(enum ak_service service)
{
    static const char *const names[AK_SERVICES] = {"unknown", "smtp", "imap",     "pop3",
                                                   "ftp",     "ldap", "xmpp",     "postgresql",
                                                   "mysql",   "rdp",  "mirroring"};
    return names[service];
}

const char *ak_starttls_name(enum ak_starttls starttls)
{
    static const char *const names[] = {"none", "offered", "asked", "accepted", "refused"};
    return names[starttls];
}

const char *ak_proxy_name(enum ak_proxy_kind kind)
{
    static const char *const names[AK_PROXY_KINDS] = {"none", "connect", "socks4", "socks5",
                                                      "proxy-protocol"};
    return names[kind];
}

enum ak_service ak_service_of_alpn(const char *name, size_t size)
{
    static const struct {
        const char *name;
        enum ak_service service;
    } rows[] = {
        {"postgresql", AK_SERVICE_POSTGRESQL},
        {"imap", AK_SERVICE_IMAP},
        {"pop3", AK_SERVICE_POP3},
        {"ftp", AK_SERVICE_FTP},
        {"xmpp-client", AK_SERVICE_XMPP},
        {"xmpp-server", AK_SERVICE_XMPP},
    };
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (strlen(rows[i].name) == size && memcmp(rows[i].name, name, size) == 0)
            return rows[i].service;
    return AK_SERVICE_NONE;
}

const char *ak_rdp_failure_name(uint32_t code)
{
    static const char *const names[] = {NULL,
                                        "SSL_REQUIRED_BY_SERVER",
                                        "SSL_NOT_ALLOWED_BY_SERVER",
                                        "SSL_CERT_NOT_ON_SERVER",
                                        "INCONSISTENT_FLAGS",
                                        "HYBRID_REQUIRED_BY_SERVER",
                                        "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"};
    return code < AK_COUNT(names) ? names[code] : NULL;
}

const char *ak_rdp_protocol_name(unsigned bit)
{
    static const char *const names[AK_RDP_PROTOCOLS] = {"ssl", "hybrid", "rdstls", "hybrid_ex",
                                                        "rdsaad"};
    return bit < AK_RDP_PROTOCOLS ? names[bit] : NULL;
}
