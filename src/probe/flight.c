/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/utf16.h"
#include "model/tls_names.h"
#include "probe/attempt_state.h"
#include "probe/dhe_keys.h"

#include "base/banned.h"

enum { TLS13 = 0x0304 };

/* The server's messages up to its Finished, whichever engine read them. */

static void nonsense(struct ak_attempt *a, const char *message, const struct ak_parse *parse)
{
    char reason[sizeof a->result.reason];
    (void)snprintf(reason, sizeof reason, "%s: %s", message, parse->field);
    ak_attempt_finish(a, AK_PROBE_END_NONSENSE, reason);
}

static void server_hello(struct ak_attempt *a, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_server_hello hello;
    struct ak_probe_result *result = &a->result;
    if (ak_server_hello_parse(body, &hello, &parse) != AK_VERDICT_PARSED) {
        nonsense(a, "ServerHello", &parse);
        return;
    }
    ak_attempt_note(a, hello.hello_retry ? AK_STEP_HELLO_RETRY : AK_STEP_SERVER_HELLO);
    result->version = a->tls_version = ak_tls_version_normal(hello.version);
    result->suite = hello.cipher_suite;
    result->group = hello.key_share_group != 0 ? hello.key_share_group : result->group;
    if (hello.hello_retry) {
        result->hello_retry = true;
    } else {
        result->has_server_hello = true;
        result->server_ems = hello.extended_master_secret;
        result->renegotiation_info = hello.renegotiation_info;
        if (hello.has_alpn)
            (void)ak_utf8_copy(hello.alpn, result->alpn, sizeof result->alpn);
    }
    bool all = result->version >= TLS13; /* what follows is encrypted */
    if (a->dhe != NULL && ak_dhe_suite_find(result->suite) == NULL)
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "a suite that was not offered");
    if (ak_attempt_deep_enough(a, all ? AK_PROBE_FLIGHT : AK_PROBE_HELLO) || (all && a->own))
        ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
}

static void keep_certificate(struct ak_attempt *a, struct ak_span der)
{
    struct ak_probe_result *result = &a->result;
    result->chain_sent++;
    if (result->chain_count == AK_MAX_CHAIN)
        return;
    struct ak_certificate *certificate = ak_certificate_of(a->certificates, der);
    if (certificate != NULL)
        result->chain[result->chain_count++] = certificate;
    else if (der.size > AK_MAX_CERTIFICATE)
        ak_attempt_finish(a, AK_PROBE_END_TOO_MUCH, "a certificate larger than any honest one");
}

/* TLS 1.3: context<0..255> list<24> { certificate<24> extensions<16> }* (RFC 8446 4.4.2) */
static void certificates13(struct ak_attempt *a, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, &parse);
    (void)ak_read_sub8(&r, "certificate_request_context");
    struct ak_reader list = ak_read_sub24(&r, "certificate_list");
    while (list.left != 0) {
        struct ak_reader one = ak_read_sub24(&list, "certificate");
        (void)ak_read_sub16(&list, "extensions");
        if (ak_reader_ok(&list))
            keep_certificate(a, ak_reader_rest(&one));
    }
    if (!ak_reader_ok(&list))
        nonsense(a, "Certificate", &parse);
}

static void certificates(struct ak_attempt *a, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_certificate_list list;
    if (a->result.step[AK_STEP_CERTIFICATE] != 0)
        return;
    ak_attempt_note(a, AK_STEP_CERTIFICATE);
    if (a->tls_version >= TLS13) {
        certificates13(a, body);
        return;
    }
    if (ak_certificate_list_parse(body, &list, &parse) != AK_VERDICT_PARSED) {
        nonsense(a, "Certificate", &parse);
        return;
    }
    for (size_t i = 0; i < list.count && i < AK_MAX_CHAIN; i++)
        keep_certificate(a, list.entry[i]);
    a->result.chain_sent = list.count;
}

static unsigned bits_of(struct ak_span number)
{
    while (number.size != 0 && number.bytes[0] == 0) {
        number.bytes++;
        number.size--;
    }
    unsigned bits = (unsigned)(8 * number.size);
    for (unsigned top = number.size != 0 ? number.bytes[0] : 0x80; !(top & 0x80); top <<= 1)
        bits--;
    return bits;
}

static void server_key_exchange(struct ak_attempt *a, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_server_key_exchange exchange;
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(a->result.suite);
    ak_attempt_note(a, AK_STEP_SERVER_KEY_EXCHANGE);
    bool anonymous = suite != NULL && suite->authentication == AK_AUTH_NULL;
    bool dhe = suite != NULL &&
               (suite->key_exchange == AK_KX_DHE || (suite->key_exchange == AK_KX_DH && anonymous));
    bool ecdhe = suite != NULL && (suite->key_exchange == AK_KX_ECDHE ||
                                   (suite->key_exchange == AK_KX_ECDH && anonymous));
    if (!dhe && !ecdhe)
        return; /* PSK hints, SRP, export keys: nothing here needs them */
    enum ak_verdict verdict =
        ak_server_key_exchange_parse(body, dhe, a->tls_version, &exchange, &parse);
    if (verdict == AK_VERDICT_SHORT || verdict == AK_VERDICT_BAD) {
        nonsense(a, "ServerKeyExchange", &parse);
        return;
    }
    a->result.group = dhe ? a->result.group : exchange.group;
    a->result.scheme = anonymous ? 0 : exchange.signature_scheme;
    if (dhe) {
        size_t size = (bits_of(exchange.p) + 7) / 8;
        struct ak_span y = exchange.public_value;
        a->result.dh_bits = bits_of(exchange.p);
        a->result.dh_leading_zero = y.size < size || (y.size != 0 && y.bytes[0] == 0);
    }
}

/* TLS 1.3 CertificateVerify: scheme(2) signature<16> (RFC 8446 4.4.3) */
static void certificate_verify(struct ak_attempt *a, struct ak_span body)
{
    if (a->tls_version >= TLS13 && body.size >= 2)
        a->result.scheme = ak_be16(body.bytes);
}

void ak_flight_message(struct ak_attempt *a, uint8_t type, struct ak_span body)
{
    switch (type) {
    case AK_TLS_SERVER_HELLO:
        server_hello(a, body);
        break;
    case AK_TLS_CERTIFICATE:
        certificates(a, body);
        break;
    case AK_TLS_SERVER_KEY_EXCHANGE:
        server_key_exchange(a, body);
        break;
    case AK_TLS_CERTIFICATE_REQUEST:
        a->result.client_certificate_requested = true;
        ak_attempt_note(a, AK_STEP_CERTIFICATE_REQUEST);
        break;
    case AK_TLS_SERVER_HELLO_DONE:
        ak_attempt_note(a, AK_STEP_SERVER_HELLO_DONE);
        if (a->dhe != NULL)
            ak_dhe_answer(a);
        else if (a->own != NULL)
            ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
        break;
    case AK_TLS_CERTIFICATE_VERIFY:
        certificate_verify(a, body);
        break;
    case AK_TLS_FINISHED:
        ak_attempt_note(a, AK_STEP_SERVER_FINISHED);
        break;
    default:
        break;
    }
}

/* 04 session hit(1) certificate type(1) version(2) certificate length(2) ciphers length(2)
 * connection id length(2) certificate ciphers connection id | 00 error(2) */
void ak_flight_ssl2(struct ak_attempt *a, struct ak_span record)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(record.bytes, record.size, &parse);
    ak_read_skip(&r, 2, "record header");
    uint8_t type = ak_read_u8(&r, "message type");
    if (type == 0) {
        char reason[40];
        (void)snprintf(reason, sizeof reason, "SSL 2.0 error %u", ak_read_be16(&r, "error"));
        ak_attempt_finish(a, AK_PROBE_END_DECLINED, reason);
        return;
    }
    if (type != 4)
        ak_reader_fail(&r, AK_VERDICT_BAD, "message type");
    ak_read_skip(&r, 2, "session hit");
    uint16_t version = ak_read_be16(&r, "version");
    size_t certificate = ak_read_be16(&r, "certificate length");
    size_t ciphers = ak_read_be16(&r, "ciphers length");
    ak_read_skip(&r, 2, "connection id length");
    struct ak_span der = ak_read_span(&r, certificate, "certificate");
    ak_read_skip(&r, ciphers, "ciphers");
    if (!ak_reader_ok(&r)) {
        nonsense(a, "SSL 2.0 SERVER-HELLO", &parse);
        return;
    }
    a->result.version = version;
    a->result.has_server_hello = true;
    a->result.ssl2_suites = (uint32_t)(ciphers / 3);
    ak_attempt_note(a, AK_STEP_SERVER_HELLO);
    if (der.size != 0) {
        keep_certificate(a, der);
        ak_attempt_note(a, AK_STEP_CERTIFICATE);
    }
    ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
}
