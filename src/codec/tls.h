/* TLS records and handshake messages: bytes to structs, SSL 2.0's hello to TLS 1.3.
 *
 * RFC 6101 (SSL 3.0), 2246, 4346, 5246, 8446; extensions RFC 6066, 7301, 7627, 8422, 7919. All
 * spans borrow the message. A list span holds the list's elements without its length prefix.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_TLS_H
#define AK_CODEC_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/reader.h"

enum ak_tls_content {
    AK_TLS_CHANGE_CIPHER_SPEC = 20,
    AK_TLS_ALERT = 21,
    AK_TLS_HANDSHAKE = 22,
    AK_TLS_APPLICATION_DATA = 23,
    AK_TLS_HEARTBEAT = 24
};

enum ak_tls_message {
    AK_TLS_HELLO_REQUEST = 0,
    AK_TLS_CLIENT_HELLO = 1,
    AK_TLS_SERVER_HELLO = 2,
    AK_TLS_NEW_SESSION_TICKET = 4,
    AK_TLS_CERTIFICATE = 11,
    AK_TLS_SERVER_KEY_EXCHANGE = 12,
    AK_TLS_CERTIFICATE_REQUEST = 13,
    AK_TLS_SERVER_HELLO_DONE = 14,
    AK_TLS_CERTIFICATE_VERIFY = 15,
    AK_TLS_CLIENT_KEY_EXCHANGE = 16,
    AK_TLS_FINISHED = 20,
    AK_TLS_CERTIFICATE_STATUS = 22
};

enum { AK_TLS_RECORD_HEADER = 5 };

struct ak_tls_record {
    uint8_t type;
    uint16_t version;
    uint16_t length;
};

/* Reads 5 bytes; false when they cannot begin a record (type, version, length, RFC 5246 6.2.1). */
bool ak_tls_record_parse(const uint8_t header[AK_TLS_RECORD_HEADER], struct ak_tls_record *record);

struct ak_client_hello {
    bool ssl2_format; /* RFC 5246 appendix E.2 */
    uint16_t legacy_version;
    const uint8_t *random; /* 32 bytes; NULL in SSL 2.0 format */
    struct ak_span session_id;
    struct ak_span cipher_suites; /* pairs; triples in SSL 2.0 format */
    struct ak_span compression;
    bool has_extensions;
    struct ak_span extensions; /* the whole block: type, length, data ... */
    bool has_server_name, has_groups, has_signature_algorithms, has_supported_versions, has_alpn;
    bool extended_master_secret, renegotiation_info, session_ticket, pre_shared_key, early_data;
    struct ak_span server_name; /* host_name bytes */
    struct ak_span groups, point_formats, signature_algorithms, signature_algorithms_cert;
    struct ak_span supported_versions, alpn, key_shares; /* alpn: length-prefixed names */
    unsigned bad_extensions; /* whose inside contradicts their length (left empty above), and 1 for
                                a block that does so itself */
};

/* The body of a ClientHello (after type and length). */
enum ak_verdict ak_client_hello_parse(struct ak_span body, struct ak_client_hello *hello,
                                      struct ak_parse *parse);
enum { AK_CLIENT_HELLO_LOOSE = 24 };
/* The spans of a body whose bytes _parse did not look at: random, session id, the server's name,
 * key shares, and what lies in extensions that are known by their type alone, from 8 bytes on. In
 * the body's order; those beyond the last are left out. Another body of the same length that
 * differs in these bytes only is parsed to the same. Not for SSL 2.0 format. */
size_t ak_client_hello_loose(const struct ak_client_hello *hello,
                             struct ak_span loose[AK_CLIENT_HELLO_LOOSE]);
/* An SSL 2.0 CLIENT-HELLO record with its 2-byte header (SSL 2.0 draft 02, 2.5). */
enum ak_verdict ak_ssl2_client_hello_parse(struct ak_span record, struct ak_client_hello *hello,
                                           struct ak_parse *parse);

struct ak_server_hello {
    uint16_t legacy_version;
    uint16_t version; /* negotiated: supported_versions decides (RFC 8446 4.1.3) */
    const uint8_t *random;
    bool hello_retry; /* RFC 8446 4.1.3: the special random */
    struct ak_span session_id;
    uint16_t cipher_suite;
    bool has_extensions;
    struct ak_span extensions;
    bool extended_master_secret, has_alpn, pre_shared_key, session_ticket, renegotiation_info;
    uint16_t key_share_group; /* 0: none */
    struct ak_span alpn;      /* the one name */
    unsigned bad_extensions;
};

enum ak_verdict ak_server_hello_parse(struct ak_span body, struct ak_server_hello *hello,
                                      struct ak_parse *parse);

struct ak_certificate_list {
    size_t count; /* entries in the message; those beyond AK_MAX_CHAIN are not kept */
    struct ak_span entry[AK_MAX_CHAIN];
};

/* TLS <= 1.2 (RFC 5246 7.4.2). */
enum ak_verdict ak_certificate_list_parse(struct ak_span body, struct ak_certificate_list *list,
                                          struct ak_parse *parse);

struct ak_server_key_exchange {
    bool ephemeral_dh; /* p, g, public_value below; else group of an ECDHE exchange */
    uint16_t group;
    struct ak_span p, g, public_value;
    uint16_t signature_scheme; /* TLS 1.2 only, else 0 */
};

/* `dhe` tells which of the two forms the suite uses; `version` whether a scheme is present. */
enum ak_verdict ak_server_key_exchange_parse(struct ak_span body, bool dhe, uint16_t version,
                                             struct ak_server_key_exchange *exchange,
                                             struct ak_parse *parse);

struct ak_certificate_request {
    struct ak_span types, signature_algorithms;
    size_t authorities;
};

enum ak_verdict ak_certificate_request_parse(struct ak_span body, uint16_t version,
                                             struct ak_certificate_request *request,
                                             struct ak_parse *parse);

#endif
