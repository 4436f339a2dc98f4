/* TDS packets and the messages that are readable in clear: PRELOGIN, LOGIN7, response tokens, SMP.
 *
 * [MS-TDS] 2.2.3.1 (packet header), 2.2.6.5 (PRELOGIN), 2.2.6.4 (LOGIN7), 2.2.7 (tokens);
 * [MC-SMP] 2.2.1. Spans borrow the message. A LOGIN7 password is never given out, only its length.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_TDS_H
#define AK_CODEC_TDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

enum ak_tds_type {
    AK_TDS_SQL_BATCH = 1,
    AK_TDS_OLD_LOGIN = 2,
    AK_TDS_RPC = 3,
    AK_TDS_RESPONSE = 4,
    AK_TDS_ATTENTION = 6,
    AK_TDS_BULK = 7,
    AK_TDS_FEDAUTH = 8,
    AK_TDS_TRANSACTION = 14,
    AK_TDS_LOGIN7 = 16,
    AK_TDS_SSPI = 17,
    AK_TDS_PRELOGIN = 18
};

enum { AK_TDS_HEADER = 8, AK_SMP_HEADER = 16 };

struct ak_tds_packet {
    uint8_t type, status;
    uint16_t length; /* with the header */
    bool last;       /* status EOM */
};

/* Reads 8 bytes; false when they cannot begin a packet. The packet number is never looked at:
 * clients disagree about it. */
bool ak_tds_packet_parse(const uint8_t header[AK_TDS_HEADER], struct ak_tds_packet *packet);

struct ak_prelogin {
    bool has_version, has_encryption, has_instance, has_mars, has_trace_id, has_fedauth, has_nonce;
    bool has_thread;
    uint8_t major, minor;
    uint16_t build, sub_build;
    uint8_t encryption; /* the raw byte: flags 0x80 client certificate, 0x20, 0x40 */
    struct ak_span instance;
    uint8_t instance_status; /* first byte of the option: the server's answer */
    uint32_t thread;
    uint8_t mars, fedauth;
    struct ak_span trace_id; /* 36 bytes */
    unsigned options, unknown_options;
};

/* The body of a PRELOGIN message (after the 8-byte header). */
enum ak_verdict ak_prelogin_parse(struct ak_span body, struct ak_prelogin *prelogin,
                                  struct ak_parse *parse);

struct ak_login7 {
    uint32_t tds_version, packet_size, client_version, client_pid;
    uint8_t option1, option2, type_flags, option3;
    uint32_t lcid;
    struct ak_span host, user, application, server, library, language, database; /* UTF-16LE */
    size_t password_characters;
    bool integrated_security, federated;
};

/* Body of a LOGIN7 message. SHORT leaves the fixed part usable when `fixed` is true. */
enum ak_verdict ak_login7_parse(struct ak_span body, struct ak_login7 *login, bool *fixed,
                                struct ak_parse *parse);

enum ak_tds_token_kind {
    AK_TDS_TOKEN_OTHER,
    AK_TDS_TOKEN_ERROR,
    AK_TDS_TOKEN_INFO,
    AK_TDS_TOKEN_LOGINACK,
    AK_TDS_TOKEN_ENVCHANGE,
    AK_TDS_TOKEN_ROUTING,
    AK_TDS_TOKEN_SSPI,
    AK_TDS_TOKEN_DONE
};

struct ak_tds_token {
    enum ak_tds_token_kind kind;
    int32_t number; /* ERROR, INFO */
    uint8_t state, severity;
    struct ak_span message; /* UTF-16LE: text; ROUTING: server; LOGINACK: program name */
    struct ak_span server;  /* UTF-16LE */
    uint32_t version;       /* LOGINACK: TDS version */
    uint32_t program_version;
    uint8_t change_type;  /* ENVCHANGE */
    uint32_t packet_size; /* ENVCHANGE 4 */
    uint16_t port;        /* ROUTING */
};

/* Takes the next token of a response; UNKNOWN at a token whose size depends on data not kept
 * (COLMETADATA, ROW ...): nothing after it can be read. */
enum ak_verdict ak_tds_token_parse(struct ak_reader *r, struct ak_tds_token *token);

struct ak_smp {
    uint8_t flags; /* 1 SYN 2 ACK 4 FIN 8 DATA */
    uint16_t session;
    uint32_t length; /* with the header */
};

bool ak_smp_parse(const uint8_t header[AK_SMP_HEADER], struct ak_smp *smp);

#endif
