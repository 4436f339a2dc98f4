/* A server in memory for the probe's tests: TLS by OpenSSL over memory BIOs, alone, inside PRELOGIN
 * packets, or as strict TDS with PRELOGIN and a login inside. Include in one file of a test. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_TESTS_SUPPORT_TLS_SERVER_H
#define AK_TESTS_SUPPORT_TLS_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/put.h"
#include "base/text.h"
#include "codec/tds.h"

enum ak_test_server_kind { AK_TEST_TLS, AK_TEST_TDS, AK_TEST_STRICT };

struct ak_test_server_options {
    enum ak_test_server_kind kind;
    int low, high; /* versions of OpenSSL */
    const char *suites, *groups, *alpn;
    uint8_t reply; /* encryption byte of the PRELOGIN reply */
    bool no_reply; /* silent after PRELOGIN */
    bool wrong_instance;
    bool wants_certificate; /* asks, and needs one */
    bool login_only;        /* the answer to the login is clear */
    bool raw_alerts;        /* leaves the wrapping to say no */
    const uint8_t *answer;  /* tokens of the login's answer */
    size_t answer_size;
    unsigned chain; /* further certificates that are sent */
};

struct ak_test_server {
    struct ak_test_server_options options;
    SSL_CTX *ctx;
    SSL *ssl;
    struct ak_text in;    /* bytes of the client that are not used yet */
    struct ak_text plain; /* decrypted ones */
    struct ak_text out;
    bool prelogin_done, handshake_done, failed;
    struct ak_text login; /* the LOGIN7 packet as it came */
    bool login_was_clear;
};

struct ak_test_key {
    EVP_PKEY *key;
    X509 *certificate;
};

static inline struct ak_test_key ak_test_key_new(EVP_PKEY *key, const EVP_MD *hash)
{
    struct ak_test_key made = {key, X509_new()};
    X509_NAME *name = X509_get_subject_name(made.certificate);
    (void)X509_set_version(made.certificate, 2);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), 7);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"sql01", -1, -1, 0);
    (void)X509_set_issuer_name(made.certificate, name);
    (void)X509_gmtime_adj(X509_getm_notBefore(made.certificate), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(made.certificate), 86400);
    (void)X509_set_pubkey(made.certificate, key);
    (void)X509_sign(made.certificate, key, hash);
    return made;
}

static inline void ak_test_key_free(struct ak_test_key *key)
{
    X509_free(key->certificate);
    EVP_PKEY_free(key->key);
}

static inline int ak_test_choose_alpn(SSL *ssl, const uint8_t **out, uint8_t *size,
                                      const uint8_t *in, unsigned in_size, void *context)
{
    const char *wanted = context;
    (void)ssl;
    for (unsigned at = 0; at < in_size; at += in[at] + 1u) {
        if (in[at] == strlen(wanted) && memcmp(in + at + 1, wanted, in[at]) == 0) {
            *out = in + at + 1;
            *size = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static inline void ak_test_server_init(struct ak_test_server *s,
                                       const struct ak_test_server_options *options,
                                       const struct ak_test_key *key)
{
    memset(s, 0, sizeof *s);
    s->options = *options;
    s->ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(s->ctx, 0);
    (void)SSL_CTX_set_min_proto_version(s->ctx, options->low);
    (void)SSL_CTX_set_max_proto_version(s->ctx, options->high);
    (void)SSL_CTX_set_cipher_list(s->ctx, options->suites ? options->suites : "ALL:@SECLEVEL=0");
    if (options->groups != NULL)
        (void)SSL_CTX_set1_groups_list(s->ctx, options->groups);
    if (options->alpn != NULL)
        SSL_CTX_set_alpn_select_cb(s->ctx, ak_test_choose_alpn, (void *)(uintptr_t)options->alpn);
    if (options->wants_certificate)
        SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    (void)SSL_CTX_set_dh_auto(s->ctx, 1);
    (void)SSL_CTX_use_certificate(s->ctx, key->certificate);
    (void)SSL_CTX_use_PrivateKey(s->ctx, key->key);
    for (unsigned i = 0; i < options->chain; i++)
        (void)SSL_CTX_add_extra_chain_cert(s->ctx, X509_dup(key->certificate));
    s->ssl = SSL_new(s->ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    (void)BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(s->ssl, in, out);
    SSL_set_accept_state(s->ssl);
    ak_text_init(&s->in, 1 << 20);
    ak_text_init(&s->plain, 1 << 20);
    ak_text_init(&s->out, 1 << 20);
    ak_text_init(&s->login, 65536);
}

static inline void ak_test_server_release(struct ak_test_server *s)
{
    SSL_free(s->ssl);
    SSL_CTX_free(s->ctx);
    ak_text_release(&s->in);
    ak_text_release(&s->plain);
    ak_text_release(&s->out);
    ak_text_release(&s->login);
}

static inline void ak_test_packet(struct ak_text *out, uint8_t type, const void *bytes, size_t size,
                                  bool last)
{
    ak_put_u8(out, type);
    ak_put_u8(out, last);
    ak_put_be(out, size + 8, 2);
    ak_put_be(out, 0, 4);
    ak_text_bytes(out, bytes, size);
}

static inline void ak_test_prelogin_reply(const struct ak_test_server *s, struct ak_text *out)
{
    const uint8_t body[] = {0,
                            0,
                            16,
                            0,
                            6,
                            1,
                            0,
                            22,
                            0,
                            1,
                            2,
                            0,
                            23,
                            0,
                            1,
                            0xff,
                            15,
                            0,
                            7,
                            0xd0,
                            0,
                            0,
                            s->options.reply,
                            s->options.wrong_instance};
    ak_test_packet(out, AK_TDS_RESPONSE, body, sizeof body, true);
}

static inline void ak_test_drain(struct ak_test_server *s)
{
    uint8_t bytes[3000]; /* packets cut records anywhere */
    int size;
    bool wrap = s->options.kind == AK_TEST_TDS && !s->handshake_done &&
                !(s->failed && s->options.raw_alerts);
    while ((size = BIO_read(SSL_get_wbio(s->ssl), bytes, sizeof bytes)) > 0) {
        if (wrap)
            ak_test_packet(&s->out, AK_TDS_PRELOGIN, bytes, (size_t)size, true);
        else
            ak_text_bytes(&s->out, bytes, (size_t)size);
    }
}

/* One TDS packet of the client, in clear or decrypted. */
static inline bool ak_test_request(struct ak_test_server *s, struct ak_text *from, bool clear)
{
    struct ak_text reply;
    if (from->size < 8 || from->size < ak_be16((const uint8_t *)from->bytes + 2))
        return false;
    size_t size = ak_be16((const uint8_t *)from->bytes + 2);
    uint8_t type = (uint8_t)from->bytes[0];
    ak_text_init(&reply, 65536);
    if (type == AK_TDS_PRELOGIN && !s->options.no_reply) {
        ak_test_prelogin_reply(s, &reply);
        s->prelogin_done = true;
    } else if (type == AK_TDS_LOGIN7) {
        s->login_was_clear = clear;
        ak_text_bytes(&s->login, from->bytes, size);
        ak_test_packet(&reply, AK_TDS_RESPONSE, s->options.answer, s->options.answer_size, true);
        clear = clear || s->options.login_only;
    }
    memmove(from->bytes, from->bytes + size, from->size - size);
    from->size -= size;
    if (clear)
        ak_text_bytes(&s->out, reply.bytes, reply.size);
    else if (reply.size != 0)
        (void)SSL_write(s->ssl, reply.bytes, (int)reply.size);
    ak_text_release(&reply);
    return true;
}

static inline void ak_test_tls(struct ak_test_server *s, const void *bytes, size_t size)
{
    char data[4096];
    int got;
    (void)BIO_write(SSL_get_rbio(s->ssl), bytes, (int)size);
    ERR_clear_error();
    if (!s->handshake_done) {
        int done = SSL_do_handshake(s->ssl);
        s->failed = done != 1 && SSL_get_error(s->ssl, done) != SSL_ERROR_WANT_READ;
        ak_test_drain(s);
        s->handshake_done = done == 1;
    }
    while (s->handshake_done && (got = SSL_read(s->ssl, data, sizeof data)) > 0)
        ak_text_bytes(&s->plain, data, (size_t)got);
    while (ak_test_request(s, &s->plain, false))
        continue;
    ak_test_drain(s);
}

static inline void ak_test_server_feed(struct ak_test_server *s, struct ak_span bytes)
{
    ak_text_bytes(&s->in, bytes.bytes, bytes.size);
    while (s->options.kind == AK_TEST_TDS && !s->handshake_done && s->in.size >= 8) {
        const uint8_t *p = (const uint8_t *)s->in.bytes;
        size_t size = ak_be16(p + 2);
        if (s->in.size < size || size < 8)
            return;
        if (!s->prelogin_done) {
            (void)ak_test_request(s, &s->in, true);
            continue;
        }
        ak_test_tls(s, p + 8, size - 8);
        memmove(s->in.bytes, s->in.bytes + size, s->in.size - size);
        s->in.size -= size;
    }
    if (s->in.size == 0 || (s->options.kind == AK_TEST_TDS && !s->handshake_done))
        return;
    ak_test_tls(s, s->in.bytes, s->in.size);
    s->in.size = 0;
}

#endif
