/* OpenSSL's client and a responder of the lab in one process: PRELOGIN, TLS, login, batches.
 * Include in one file of a test. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_LAB_TALK_H
#define AK_TESTS_SUPPORT_LAB_TALK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ssl.h>

#include "base/text.h"
#include "codec/tds.h"
#include "lab/responder.h"
#include "lab/scenario.h"

enum { MAXIMUM = 1024 * 1024, TODAY = 1795305600, PACKET = 4096, LATER = 1000000000 };
static struct ak_lab_authority authority;

static inline int make_authority(void **state)
{
    (void)state;
    return ak_lab_authority_make(&authority, NULL) == AK_ERR_NONE ? 0 : -1;
}

static inline int free_authority(void **state)
{
    (void)state;
    ak_lab_authority_release(&authority);
    return 0;
}

/* A client with its own end of the wire. */
struct talk {
    struct ak_lab_server *server;
    struct ak_responder *responder;
    SSL_CTX *context;
    SSL *ssl;
    struct ak_text back; /* what the server sent and nobody has read */
    size_t portion;      /* bytes that are given at a time; 0: all */
    int64_t now;
};

static inline void begin(struct talk *t, const struct ak_lab_settings *settings,
                         const char *password)
{
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    memset(t, 0, sizeof *t);
    t->server = ak_lab_server_new(settings, &authority, password, TODAY, &error);
    assert_non_null(t->server);
    t->responder = ak_responder_new(t->server, 0);
    assert_non_null(t->responder);
    t->context = SSL_CTX_new(TLS_client_method());
    assert_non_null(t->context);
    SSL_CTX_set_security_level(t->context, 0);
    ak_text_init(&t->back, MAXIMUM);
}

static inline void end(struct talk *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->context);
    ak_responder_free(t->responder);
    ak_lab_server_free(t->server);
    ak_text_release(&t->back);
}

static inline void take_outgoing(struct talk *t)
{
    const struct ak_span out = ak_responder_outgoing(t->responder);
    ak_text_bytes(&t->back, out.bytes, out.size);
}

static inline void give(struct talk *t, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        size_t part = t->portion != 0 && t->portion < size ? t->portion : size;
        ak_responder_received(t->responder, at, part, t->now);
        take_outgoing(t);
        at += part;
        size -= part;
    }
}

static inline void give_packet(struct talk *t, uint8_t type, const void *body, size_t size)
{
    uint8_t packet[PACKET] = {type, 1, (uint8_t)((size + 8) >> 8), (uint8_t)(size + 8)};
    assert_true(size + 8 <= sizeof packet);
    memcpy(packet + 8, body, size);
    give(t, packet, size + 8);
}

/* The next TDS packet that came back; its size, or 0. */
static inline size_t take_packet(struct talk *t, uint8_t *type, uint8_t body[PACKET])
{
    struct ak_tds_packet packet;
    if (t->back.size < AK_TDS_HEADER)
        return 0;
    assert_true(ak_tds_packet_parse((const uint8_t *)t->back.bytes, &packet));
    assert_true(packet.length <= t->back.size && packet.length <= PACKET);
    *type = packet.type;
    memcpy(body, t->back.bytes + AK_TDS_HEADER, packet.length - AK_TDS_HEADER);
    memmove(t->back.bytes, t->back.bytes + packet.length, t->back.size - packet.length);
    t->back.size -= packet.length;
    return packet.length - AK_TDS_HEADER;
}

/* PRELOGIN with VERSION and this ENCRYPTION; the byte of the reply, or -1. */
static inline int prelogin(struct talk *t, uint8_t encryption)
{
    const uint8_t body[] = {0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 9, 0, 0, 0, 0, 0, encryption};
    struct ak_prelogin reply;
    struct ak_parse parse;
    uint8_t type = 0, back[PACKET];
    give_packet(t, AK_TDS_PRELOGIN, body, sizeof body);
    const struct ak_span span = {back, take_packet(t, &type, back)};
    if (span.size == 0)
        return -1;
    assert_int_equal(type, AK_TDS_RESPONSE);
    assert_int_equal(ak_prelogin_parse(span, &reply, &parse), AK_VERDICT_PARSED);
    assert_true(reply.has_version && reply.has_encryption);
    return reply.encryption;
}

static inline void client_to_wire(struct talk *t, bool wrapped)
{
    uint8_t bytes[PACKET - 8];
    int size;
    while ((size = BIO_read(SSL_get_wbio(t->ssl), bytes, sizeof bytes)) > 0) {
        if (wrapped)
            give_packet(t, AK_TDS_PRELOGIN, bytes, (size_t)size);
        else
            give(t, bytes, (size_t)size);
    }
}

static inline void wire_to_client(struct talk *t, bool wrapped)
{
    uint8_t type, body[PACKET];
    size_t size;
    while (wrapped && (size = take_packet(t, &type, body)) != 0) {
        assert_int_equal(type, AK_TDS_PRELOGIN);
        assert_int_equal(BIO_write(SSL_get_rbio(t->ssl), body, (int)size), (int)size);
    }
    if (t->back.size != 0)
        (void)BIO_write(SSL_get_rbio(t->ssl), t->back.bytes, (int)t->back.size);
    ak_text_clear(&t->back);
}

static inline bool handshake(struct talk *t, bool wrapped)
{
    t->ssl = SSL_new(t->context);
    assert_non_null(t->ssl);
    SSL_set_bio(t->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    for (int round = 0; round < 10; round++) {
        int done = SSL_connect(t->ssl);
        client_to_wire(t, wrapped);
        if (done == 1)
            return true;
        if (SSL_get_error(t->ssl, done) != SSL_ERROR_WANT_READ || t->back.size == 0)
            return false;
        wire_to_client(t, wrapped);
    }
    return false;
}

/* A LOGIN7 of TDS 7.4 with this password. */
static inline size_t make_login(uint8_t body[PACKET], const char *password)
{
    size_t n = strlen(password), size = 94 + 2 * n;
    memset(body, 0, PACKET);
    body[0] = (uint8_t)size;
    body[4] = 4;
    body[7] = 0x74;
    for (size_t at = 36; at < 78; at += 4)
        body[at] = 94;
    body[46] = (uint8_t)n;
    for (size_t i = 0; i < 2 * n; i++) {
        uint8_t c = i % 2 == 0 ? (uint8_t)password[i / 2] : 0;
        body[94 + i] = (uint8_t)(c >> 4 | c << 4) ^ 0xa5;
    }
    return size;
}

/* Through TLS or in clear: the first token of the answer. */
static inline uint8_t ask(struct talk *t, uint8_t type, const uint8_t *body, size_t size, bool tls,
                          bool answer_tls)
{
    uint8_t packet[PACKET] = {type, 1, (uint8_t)((size + 8) >> 8), (uint8_t)(size + 8)};
    uint8_t back[PACKET], kind = 0;
    memcpy(packet + 8, body, size);
    if (tls) {
        assert_true(SSL_write(t->ssl, packet, (int)size + 8) > 0);
        client_to_wire(t, false);
    } else {
        give(t, packet, size + 8);
    }
    if (answer_tls) {
        wire_to_client(t, false);
        int got = SSL_read(t->ssl, back, sizeof back);
        return got > 8 && back[0] == AK_TDS_RESPONSE ? back[8] : 0;
    }
    return take_packet(t, &kind, back) != 0 ? back[0] : 0;
}

enum { ENVCHANGE = 0xe3, ERROR_TOKEN = 0xaa, COLUMNS = 0x81, DONE = 0xfd };

static inline uint8_t login(struct talk *t, const char *password, bool tls, bool answer_tls)
{
    uint8_t body[PACKET];
    size_t size = make_login(body, password);
    return ask(t, AK_TDS_LOGIN7, body, size, tls, answer_tls);
}

static inline uint8_t batch(struct talk *t, const char *text, bool tls)
{
    uint8_t body[PACKET];
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        body[2 * i] = (uint8_t)text[i];
        body[2 * i + 1] = 0;
    }
    return ask(t, AK_TDS_SQL_BATCH, body, 2 * n, tls, tls);
}

#endif
