/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/alloc.h"
#include "codec/tds.h"
#include "lab/responder_state.h"

#include "base/banned.h"

enum { READ_SIZE = 4096, DH_1024 = 1024 };

/* ---- the context ---- */

/* RFC 2409's second group: what servers of 2000 to 2015 sent. */
static bool set_dh_1024(SSL_CTX *context)
{
    BIGNUM *p = BN_get_rfc2409_prime_1024(NULL), *g = BN_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *group = NULL;
    bool good =
        p != NULL && g != NULL && build != NULL && maker != NULL && BN_set_word(g, 2) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_P, p) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_FFC_G, g) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(maker) == 1 &&
        EVP_PKEY_fromdata(maker, &group, EVP_PKEY_KEY_PARAMETERS, params) == 1 &&
        SSL_CTX_set0_tmp_dh_pkey(context, group) == 1;
    if (!good)
        EVP_PKEY_free(group);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(maker);
    BN_free(p);
    BN_free(g);
    return good;
}

static int choose_application(SSL *ssl, const unsigned char **out, unsigned char *size,
                              const unsigned char *in, unsigned in_size, void *arg)
{
    const struct ak_lab_settings *s = arg;
    const char *name = s->application != NULL ? s->application : "tds/8.0";
    size_t n = strlen(name);
    (void)ssl;
    for (unsigned at = 0; at < in_size && in[at] < in_size - at; at += in[at] + 1u) {
        if (in[at] == n && memcmp(in + at + 1, name, n) == 0) {
            *out = in + at + 1;
            *size = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return s->application != NULL ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

/* A certificate of the server's key for the name that is asked for. */
static int answer_any_name(SSL *ssl, int *alert, void *arg)
{
    struct ak_lab_server *server = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    X509 *certificate =
        name != NULL ? ak_lab_certificate_for(&server->keys, name, server->authority, server->day)
                     : NULL;
    (void)alert;
    if (certificate != NULL)
        (void)SSL_use_certificate(ssl, certificate);
    X509_free(certificate);
    return SSL_TLSEXT_ERR_OK;
}

static int take_any_certificate(int good, X509_STORE_CTX *store)
{
    (void)good;
    (void)store;
    return 1;
}

static bool set_up(struct ak_lab_server *server)
{
    const struct ak_lab_settings *s = server->settings;
    SSL_CTX *c = server->context;
    static const unsigned char session_name[] = "akushu lab";
    uint64_t options = SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE;
    if (s->no_extended_master_secret)
        options |= SSL_OP_NO_EXTENDED_MASTER_SECRET;
    SSL_CTX_set_security_level(c, 0);
    (void)SSL_CTX_set_options(c, options | SSL_OP_LEGACY_SERVER_CONNECT);
    (void)SSL_CTX_set_session_cache_mode(c,
                                         s->resumes ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_session_id_context(c, session_name, sizeof session_name - 1);
    SSL_CTX_set_alpn_select_cb(c, choose_application, (void *)(uintptr_t)s);
    if (s->any_name) {
        (void)SSL_CTX_set_tlsext_servername_callback(c, answer_any_name);
        (void)SSL_CTX_set_tlsext_servername_arg(c, server);
    }
    if (s->needs_certificate)
        SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           take_any_certificate);
    if (s->dh_bits == DH_1024 ? !set_dh_1024(c) : SSL_CTX_set_dh_auto(c, 1) != 1)
        return false;
    for (size_t i = 1; i < 2 && server->keys.chain[i] != NULL; i++)
        if (SSL_CTX_add1_chain_cert(c, server->keys.chain[i]) != 1)
            return false;
    return SSL_CTX_set_cipher_list(c, s->suites != NULL ? s->suites : "ALL:!aNULL:!PSK:!SRP") ==
               1 &&
           (s->groups == NULL || SSL_CTX_set1_groups_list(c, s->groups) == 1) &&
           SSL_CTX_use_certificate(c, server->keys.chain[0]) == 1 &&
           SSL_CTX_use_PrivateKey(c, server->keys.key) == 1 &&
           SSL_CTX_set_min_proto_version(c, s->low != 0 ? s->low : TLS1_2_VERSION) == 1;
}

enum ak_err ak_lab_context_make(struct ak_lab_server *server, struct ak_error *error)
{
    server->context = SSL_CTX_new(TLS_server_method());
    if (server->context != NULL && set_up(server))
        return AK_ERR_NONE;
    ERR_clear_error();
    return ak_error_set(error, AK_ERR_UNSUPPORTED, "OpenSSL does not take these settings");
}

bool ak_responder_tls_begin(struct ak_responder *r)
{
    const struct ak_lab_settings *s = r->server->settings;
    if (s->fault != AK_LAB_FAULT_NONE) {
        r->dhe = ak_faulty_dhe_new(&r->server->keys, s->fault, s->fault_often, &r->server->session);
        if (r->dhe == NULL)
            ak_responder_end(r, AK_LAB_CLOSE_RST);
        return r->dhe != NULL;
    }
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    r->ssl = SSL_new(r->server->context);
    if (r->ssl == NULL || in == NULL || out == NULL) {
        BIO_free(in);
        BIO_free(out);
        ak_responder_end(r, AK_LAB_CLOSE_RST);
        return false;
    }
    SSL_set_bio(r->ssl, in, out);
    SSL_set_accept_state(r->ssl);
    uint16_t high = s->high != 0 ? s->high : r->wrapped ? TLS1_2_VERSION : TLS1_3_VERSION;
    (void)SSL_set_max_proto_version(r->ssl, high);
    return true;
}

/* ---- records ---- */

/* Appends what the engine wants to send; returns its size. */
static size_t flush(struct ak_responder *r, bool keep)
{
    char bytes[READ_SIZE];
    struct ak_text all;
    int size;
    ak_text_init(&all, AK_MAX_LINK_WAITING);
    while ((size = BIO_read(SSL_get_wbio(r->ssl), bytes, sizeof bytes)) > 0)
        ak_text_bytes(&all, bytes, (size_t)size);
    size_t made = all.size;
    if (keep && made != 0 && r->wrapped && r->phase == AK_PHASE_HANDSHAKE)
        ak_tds_packets(&r->out, AK_TDS_PRELOGIN, all.bytes, all.size);
    else if (keep && made != 0)
        ak_text_bytes(&r->out, all.bytes, all.size);
    ak_text_release(&all);
    return made;
}

/* Moves what is of TLS from the stream to `records`; in PRELOGIN packets only whole ones. */
static bool gather(struct ak_responder *r)
{
    struct ak_tds_packet packet;
    if (!r->wrapped) {
        bool some = r->in.size != 0;
        ak_text_bytes(&r->records, r->in.bytes, r->in.size);
        ak_text_clear(&r->in);
        return some;
    }
    if (r->in.size < AK_TDS_HEADER)
        return false;
    if (!ak_tds_packet_parse((const uint8_t *)r->in.bytes, &packet) ||
        packet.type != AK_TDS_PRELOGIN) {
        ak_responder_note(r, "no PRELOGIN packet in the handshake");
        ak_responder_end(r, AK_LAB_CLOSE_FIN);
        return false;
    }
    if (r->in.size < packet.length)
        return false;
    ak_text_bytes(&r->records, r->in.bytes + AK_TDS_HEADER, packet.length - AK_TDS_HEADER);
    memmove(r->in.bytes, r->in.bytes + packet.length, r->in.size - packet.length);
    r->in.size -= packet.length;
    return true;
}

/* Size of the first whole record of the text, or 0. What is none at all counts as one, so that the
 * engine sees and refuses it. */
static size_t whole_record(const struct ak_text *text, struct ak_tls_record *record)
{
    static const struct ak_tls_record none;
    *record = none;
    if (text->size < AK_TLS_RECORD_HEADER)
        return 0;
    if (!ak_tls_record_parse((const uint8_t *)text->bytes, record)) {
        *record = none;
        return text->size;
    }
    size_t size = (size_t)AK_TLS_RECORD_HEADER + record->length;
    return size <= text->size ? size : 0;
}

static void drop(struct ak_text *text, size_t size)
{
    memmove(text->bytes, text->bytes + size, text->size - size);
    text->size -= size;
}

/* ---- the handshake ---- */

static void note_hello(struct ak_responder *r, const struct ak_client_hello *hello)
{
    char name[80] = "";
    if (hello->server_name.size != 0 && hello->server_name.size < sizeof name) {
        memcpy(name, hello->server_name.bytes, hello->server_name.size);
        name[hello->server_name.size] = '\0';
    }
    ak_responder_note(r, "ClientHello, %zu suites%s%s", hello->cipher_suites.size / 2,
                      name[0] != '\0' ? " for " : "", name);
}

/* The whole hello is needed before anyone may answer it. False: not yet, or it has ended. */
static bool read_hello(struct ak_responder *r, const struct ak_tls_record *record)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    if (record->type != AK_TLS_HANDSHAKE) {
        r->hello_read = true; /* SSL 2.0 or nonsense: the engine's business */
        return true;
    }
    ak_text_bytes(&r->hello, r->records.bytes + AK_TLS_RECORD_HEADER, record->length);
    if (r->hello.size < 4)
        return true;
    struct ak_reader reader = ak_reader_of(r->hello.bytes + 1, r->hello.size - 1, &parse);
    struct ak_reader body = ak_read_sub24(&reader, "hello");
    if (parse.verdict != AK_VERDICT_PARSED)
        return true;
    r->hello_read = true;
    memset(&hello, 0, sizeof hello);
    (void)ak_client_hello_parse(ak_reader_rest(&body), &hello, &parse);
    note_hello(r, &hello);
    if (ak_responder_step(r, AK_LAB_STEP_CLIENT_HELLO))
        return false;
    return r->server->party == NULL || r->dhe != NULL || ak_responder_choose(r, &hello);
}

static void refuse(struct ak_responder *r, const char *why)
{
    const struct ak_lab_settings *s = r->server->settings;
    bool alert = s->refusal == AK_LAB_CLOSE_ALERT || r->client_alert;
    ak_responder_note(r, "handshake failed: %s", why);
    if (r->ssl != NULL)
        (void)flush(r, alert);
    ak_responder_end(r, r->client_alert ? AK_LAB_CLOSE_FIN : s->refusal);
}

static void finished(struct ak_responder *r)
{
    if (r->ssl != NULL)
        ak_responder_note(r, "TLS %s %s", SSL_get_version(r->ssl), SSL_get_cipher_name(r->ssl));
    else
        ak_responder_note(r, "TLS 1.2, the lab's own DHE");
    r->tls = true;
    r->phase = r->strict ? AK_PHASE_PRELOGIN : r->plain_tls ? AK_PHASE_PLAIN : AK_PHASE_LOGIN;
    (void)ak_responder_step(r, AK_LAB_STEP_HANDSHAKE);
}

static const char *reason_of_openssl(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    ERR_clear_error();
    return reason != NULL ? reason : "closed";
}

static void feed_openssl(struct ak_responder *r, const char *bytes, size_t size)
{
    (void)BIO_write(SSL_get_rbio(r->ssl), bytes, (int)size);
    int done = SSL_do_handshake(r->ssl);
    if (done != 1 && SSL_get_error(r->ssl, done) != SSL_ERROR_WANT_READ) {
        refuse(r, reason_of_openssl());
        return;
    }
    bool answered = flush(r, true) != 0;
    if (done == 1) {
        finished(r);
    } else if (answered && !r->hello_answered) {
        r->hello_answered = true;
        (void)ak_responder_step(r, AK_LAB_STEP_SERVER_HELLO);
    }
}

static void feed_dhe(struct ak_responder *r, const struct ak_tls_record *record, const char *bytes)
{
    struct ak_text made;
    ak_text_init(&made, AK_MAX_LINK_WAITING);
    enum ak_faulty_state state =
        ak_faulty_dhe_take(r->dhe, record->type, (const uint8_t *)bytes + AK_TLS_RECORD_HEADER,
                           record->length, &made, &r->plain);
    if (made.size != 0 && r->wrapped)
        ak_tds_packets(&r->out, AK_TDS_PRELOGIN, made.bytes, made.size);
    else
        ak_text_bytes(&r->out, made.bytes, made.size);
    ak_text_release(&made);
    if (state == AK_FAULTY_DONE)
        finished(r);
    else if (state == AK_FAULTY_REFUSED)
        refuse(r, ak_faulty_dhe_reason(r->dhe));
}

static bool feed(struct ak_responder *r, const struct ak_tls_record *record, size_t size)
{
    bool after_change =
        r->change_cipher && !r->finished && record->type != AK_TLS_CHANGE_CIPHER_SPEC;
    r->client_alert = r->client_alert || (record->type == AK_TLS_ALERT && record->length == 2);
    r->change_cipher = r->change_cipher || record->type == AK_TLS_CHANGE_CIPHER_SPEC;
    if (after_change) {
        r->finished = true;
        if (ak_responder_step(r, AK_LAB_STEP_CLIENT_FINISHED))
            return false;
    }
    if (r->dhe != NULL)
        feed_dhe(r, record, r->records.bytes);
    else
        feed_openssl(r, r->records.bytes, size);
    return r->phase != AK_PHASE_OVER;
}

bool ak_responder_handshake(struct ak_responder *r)
{
    struct ak_tls_record record;
    size_t size = whole_record(&r->records, &record);
    if (size == 0)
        return gather(r);
    if (!r->hello_read && !read_hello(r, &record))
        return false;
    if (!feed(r, &record, size))
        return false;
    drop(&r->records, size);
    if (r->phase != AK_PHASE_HANDSHAKE && r->records.size != 0) {
        /* What came with the Finished belongs to what follows. */
        struct ak_text rest = r->records;
        ak_text_bytes(&rest, r->in.bytes, r->in.size);
        r->records = r->in;
        ak_text_clear(&r->records);
        r->in = rest;
    }
    return true;
}

/* ---- application data ---- */

bool ak_responder_decrypt(struct ak_responder *r)
{
    struct ak_tls_record record;
    char bytes[READ_SIZE];
    int got;
    size_t size = whole_record(&r->in, &record);
    if (size == 0)
        return false;
    if (r->dhe != NULL) {
        if (ak_faulty_dhe_take(r->dhe, record.type, (uint8_t *)r->in.bytes + AK_TLS_RECORD_HEADER,
                               record.length, &r->out, &r->plain) == AK_FAULTY_REFUSED) {
            refuse(r, ak_faulty_dhe_reason(r->dhe));
            return false;
        }
        drop(&r->in, size);
        return true;
    }
    (void)BIO_write(SSL_get_rbio(r->ssl), r->in.bytes, (int)size);
    drop(&r->in, size);
    while ((got = SSL_read(r->ssl, bytes, sizeof bytes)) > 0)
        ak_text_bytes(&r->plain, bytes, (size_t)got);
    OPENSSL_cleanse(bytes, sizeof bytes);
    int error = SSL_get_error(r->ssl, got);
    (void)flush(r, true);
    if (error == SSL_ERROR_WANT_READ)
        return true;
    ak_responder_note(r,
                      error == SSL_ERROR_ZERO_RETURN ? "client says close_notify" : "bad record");
    ERR_clear_error();
    if (r->phase != AK_PHASE_OVER)
        ak_responder_end(r, AK_LAB_CLOSE_FIN);
    return false;
}

bool ak_responder_ask_anew(struct ak_responder *r)
{
    bool asked = r->ssl != NULL && SSL_version(r->ssl) < TLS1_3_VERSION &&
                 SSL_renegotiate(r->ssl) == 1 && SSL_do_handshake(r->ssl) == 1;
    (void)flush(r, true);
    return asked;
}

bool ak_responder_is_anew(struct ak_responder *r)
{
    return SSL_renegotiate_pending(r->ssl) == 0 && SSL_in_init(r->ssl) == 0;
}

bool ak_responder_is_old(const struct ak_responder *r)
{
    return r->ssl != NULL && SSL_version(r->ssl) <= TLS1_VERSION;
}

void ak_responder_farewell(struct ak_responder *r)
{
    if (r->ssl == NULL)
        return;
    (void)SSL_shutdown(r->ssl);
    (void)flush(r, true);
}

void ak_responder_encrypt(struct ak_responder *r, const void *bytes, size_t size)
{
    if (r->dhe != NULL) {
        ak_faulty_dhe_send(r->dhe, bytes, size, &r->out);
        return;
    }
    if (size != 0)
        (void)SSL_write(r->ssl, bytes, (int)size);
    (void)flush(r, true);
}
