/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/utf16.h"
#include "probe/attempt_state.h"
#include "probe/openssl_options.h"

#include "base/banned.h"

/* received -> BIO in -> SSL -> BIO out -> ak_tls_send. What passes by, OpenSSL's message callback
 * shows: the server's messages go the way of the own engine's. */

struct ak_openssl_engine {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* of `ssl` */
    uint8_t head[AK_TLS_RECORD_HEADER];
    size_t head_size; /* of the first record's header */
    bool inside;      /* OpenSSL is at work: it may not be asked for anything else */
    bool server_alert;
    uint8_t alert_level, alert_code;
};

enum { FATAL = 2, HEADER_CONTENT = SSL3_RT_HEADER };

void ak_openssl_free(struct ak_openssl_engine *engine)
{
    if (engine == NULL)
        return;
    SSL_free(engine->ssl);
    SSL_CTX_free(engine->ctx);
    ak_free(engine);
}

static void own_message(struct ak_attempt *a, uint8_t type)
{
    static const struct {
        uint8_t type;
        enum ak_step step;
    } rows[] = {{AK_TLS_CLIENT_HELLO, AK_STEP_CLIENT_HELLO},
                {AK_TLS_CERTIFICATE, AK_STEP_CLIENT_CERTIFICATE},
                {AK_TLS_CLIENT_KEY_EXCHANGE, AK_STEP_CLIENT_KEY_EXCHANGE},
                {AK_TLS_FINISHED, AK_STEP_CLIENT_FINISHED}};
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].type == type)
            ak_attempt_note(a, rows[i].step);
}

static void watch(int sent, int version, int content, const void *bytes, size_t size, SSL *ssl,
                  void *context)
{
    struct ak_attempt *a = context;
    const uint8_t *p = bytes;
    (void)version;
    (void)ssl;
    if (a->phase == AK_PHASE_OVER)
        return;
    if (content == HEADER_CONTENT && !sent) {
        a->records++;
    } else if (content == AK_TLS_HANDSHAKE && size >= 4 && sent) {
        own_message(a, p[0]);
    } else if (content == AK_TLS_HANDSHAKE && size >= 4 && !a->result.completed) {
        struct ak_span body = {p + 4, size - 4};
        ak_flight_message(a, p[0], body);
    } else if (content == AK_TLS_ALERT && size == 2 && sent && p[0] == FATAL) {
        a->result.own_alert = p[1];
    } else if (content == AK_TLS_ALERT && size == 2 && !sent) {
        a->openssl->server_alert = true;
        a->openssl->alert_level = p[0];
        a->openssl->alert_code = p[1];
    }
}

static void drain(struct ak_attempt *a)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(a->openssl->out, &bytes);
    if (size > 0)
        ak_tls_send(a, (const uint8_t *)bytes, (size_t)size);
    (void)BIO_reset(a->openssl->out);
}

/* Reasons of OpenSSL that say: this is no TLS. */
static bool is_nonsense(const struct ak_attempt *a, int reason)
{
    return a->result.step[AK_STEP_SERVER_HELLO] == 0 &&
           (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
            reason == SSL_R_UNEXPECTED_MESSAGE || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
            reason == SSL_R_WRONG_SSL_VERSION);
}

static void fail(struct ak_attempt *a)
{
    unsigned long error = ERR_get_error();
    const char *text = ERR_reason_error_string(error);
    int reason = ERR_GET_REASON(error);
    ERR_clear_error();
    if (a->openssl->server_alert)
        ak_attempt_alert(a, a->openssl->alert_level, a->openssl->alert_code);
    if (reason == SSL_R_EXCESSIVE_MESSAGE_SIZE)
        ak_attempt_finish(a, AK_PROBE_END_TOO_MUCH, "a handshake message larger than any");
    else if (is_nonsense(a, reason))
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, text);
    else
        ak_attempt_finish(a, AK_PROBE_END_REJECTED, text != NULL ? text : "OpenSSL gave up");
}

static void complete(struct ak_attempt *a)
{
    const uint8_t *name = NULL;
    unsigned size = 0;
    SSL *ssl = a->openssl->ssl;
    a->result.completed = true;
    a->result.resumed = SSL_session_reused(ssl) == 1;
    SSL_get0_alpn_selected(ssl, &name, &size);
    if (size != 0) {
        struct ak_span alpn = {name, size};
        (void)ak_utf8_copy(alpn, a->result.alpn, sizeof a->result.alpn);
    }
    a->wrap = false;
    /* In TLS 1.3 a server that wants a certificate refuses behind the client's Finished: its next
     * word is waited for. */
    a->last_word = a->result.client_certificate_requested && a->result.version == 0x0304;
    if (!a->last_word)
        ak_attempt_next(a);
}

static void handshake(struct ak_attempt *a)
{
    struct ak_openssl_engine *engine = a->openssl;
    ERR_clear_error();
    engine->inside = true;
    int done = SSL_do_handshake(engine->ssl);
    int why = SSL_get_error(engine->ssl, done);
    engine->inside = false;
    drain(a);
    if (a->phase == AK_PHASE_OVER)
        return;
    if (done == 1)
        complete(a);
    else if (why != SSL_ERROR_WANT_READ)
        fail(a);
}

/* Behind the handshake: data for the login, tickets, alerts. */
static void read_data(struct ak_attempt *a)
{
    struct ak_openssl_engine *engine = a->openssl;
    uint8_t bytes[4096];
    int size, why = SSL_ERROR_NONE;
    ERR_clear_error();
    engine->inside = true;
    while ((size = SSL_read(engine->ssl, bytes, sizeof bytes)) > 0)
        ak_text_bytes(&a->plain, bytes, (size_t)size);
    why = SSL_get_error(engine->ssl, size);
    engine->inside = false;
    drain(a);
    if (a->plain.size != 0)
        ak_login_received(a);
    if (a->phase == AK_PHASE_OVER)
        return;
    if (why == SSL_ERROR_WANT_READ)
        return;
    if (why == SSL_ERROR_ZERO_RETURN)
        ak_login_closed(a);
    if (why == SSL_ERROR_ZERO_RETURN)
        ak_attempt_alert(a, 1, 0);
    else
        fail(a);
}

/* OpenSSL says little about bytes that are no TLS at all: the first header is looked at here. */
static bool begins_well(struct ak_attempt *a, struct ak_span bytes)
{
    struct ak_openssl_engine *engine = a->openssl;
    struct ak_tls_record record;
    if (engine->head_size == AK_TLS_RECORD_HEADER)
        return true;
    size_t want = AK_TLS_RECORD_HEADER - engine->head_size;
    size_t part = want < bytes.size ? want : bytes.size;
    memcpy(engine->head + engine->head_size, bytes.bytes, part);
    engine->head_size += part;
    if (engine->head_size < AK_TLS_RECORD_HEADER || ak_tls_record_parse(engine->head, &record))
        return true;
    ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer to the hello is no TLS record");
    return false;
}

void ak_openssl_received(struct ak_attempt *a, struct ak_span bytes)
{
    if (!begins_well(a, bytes))
        return;
    if (BIO_write(a->openssl->in, bytes.bytes, (int)bytes.size) != (int)bytes.size) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "out of memory");
        return;
    }
    bool had = a->result.completed;
    if (!had)
        handshake(a);
    bool before = a->last_word;
    /* What came behind the Finished waits for nobody to send more. */
    if (a->result.completed && a->phase != AK_PHASE_OVER)
        read_data(a);
    if (before && had && a->last_word && a->phase != AK_PHASE_OVER)
        ak_attempt_last_word(a); /* tickets: it is content */
}

bool ak_openssl_begin(struct ak_attempt *a)
{
    const char *reason = "out of memory";
    struct ak_openssl_engine *engine = a->openssl = ak_alloc(1, sizeof *engine);
    if (engine != NULL)
        engine->ctx = ak_openssl_context(&a->plan.hello, &reason);
    if (engine != NULL && engine->ctx != NULL)
        engine->ssl = SSL_new(engine->ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (engine == NULL || engine->ssl == NULL || in == NULL || out == NULL) {
        BIO_free(in);
        BIO_free(out);
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, reason);
        return false;
    }
    engine->in = in;
    engine->out = out;
    (void)BIO_set_mem_eof_return(in, -1);
    SSL_set_bio(engine->ssl, in, out);
    SSL_set_connect_state(engine->ssl);
    SSL_set_msg_callback(engine->ssl, watch);
    SSL_set_msg_callback_arg(engine->ssl, a);
    if (!ak_openssl_connection(engine->ssl, &a->plan.hello))
        return false;
    if (a->plan.session != NULL)
        (void)SSL_set_session(engine->ssl, a->plan.session);
    a->tls_begun = true;
    handshake(a);
    return true;
}

void *ak_attempt_session(const struct ak_attempt *a)
{
    if (a->openssl == NULL || !a->result.completed || a->result.version > 0x0303)
        return NULL;
    SSL_SESSION *session = SSL_get1_session(a->openssl->ssl);
    if (session != NULL && SSL_SESSION_is_resumable(session))
        return session;
    SSL_SESSION_free(session);
    return NULL;
}

void *ak_session_keep(void *session)
{
    if (session != NULL)
        (void)SSL_SESSION_up_ref(session);
    return session;
}

void ak_session_drop(void *session)
{
    SSL_SESSION_free(session);
}

bool ak_openssl_write(struct ak_attempt *a, const uint8_t *bytes, size_t size)
{
    a->openssl->inside = true;
    int done = SSL_write(a->openssl->ssl, bytes, (int)size);
    a->openssl->inside = false;
    drain(a);
    return done == (int)size;
}

void ak_openssl_close(struct ak_attempt *a)
{
    struct ak_openssl_engine *engine = a->openssl;
    if (engine->inside || engine->ssl == NULL || !a->result.completed || a->clear_answer)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(engine->ssl);
    drain(a);
    ERR_clear_error();
}
