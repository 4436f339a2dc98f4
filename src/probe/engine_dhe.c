/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/put.h"
#include "probe/attempt_state.h"
#include "probe/dhe_keys.h"
#include "probe/dhe_zero.h"

#include "base/banned.h"

/* The own engine reads the server's first flight; this one keeps what was said and answers it:
 *
 * C: [Certificate] ClientKeyExchange | ChangeCipherSpec | Finished    S: ChangeCipherSpec Finished
 */

enum { RANDOM = 32, MESSAGE_HEADER = 4, FINISHED_MESSAGE = MESSAGE_HEADER + AK_DHE_FINISHED };

struct ak_dhe_engine {
    struct ak_party party;   /* the plan's, with nothing on but what can be spoken here */
    struct ak_text messages; /* of the handshake, both sides */
    uint8_t client_random[RANDOM], server_random[RANDOM];
    uint8_t numbers[3 * AK_DHE_MOST_BYTES + 8]; /* p, g, Ys */
    struct ak_span p, g, ys;
    struct ak_dhe_keys keys;
    bool answered, changed; /* the answer is out; the server's ChangeCipherSpec is in */
    bool has_exchange;
};

void ak_dhe_free(struct ak_dhe_engine *engine)
{
    if (engine == NULL)
        return;
    ak_text_release(&engine->messages);
    OPENSSL_cleanse(&engine->keys, sizeof engine->keys);
    ak_free(engine);
}

/* False: no suite is left. */
static bool keep_what_can_be_spoken(struct ak_party *party)
{
    size_t left = 0;
    ak_party_version_set(party, AK_PARTY_SSL20, AK_SWITCH_OFF, "probe");
    ak_party_version_set(party, AK_PARTY_SSL30, AK_SWITCH_OFF, "probe");
    ak_party_version_set(party, AK_PARTY_TLS13, AK_SWITCH_OFF, "probe");
    for (size_t i = 0; i < party->suite_count; i++) {
        struct ak_party_suite *suite = &party->suites[i];
        suite->on = suite->on && ak_dhe_suite_find(suite->code) != NULL;
        left += suite->on;
    }
    return left != 0;
}

bool ak_dhe_begin(struct ak_attempt *a)
{
    /* Nothing that would change records or messages: no ticket, no encrypt-then-MAC. */
    static const uint16_t extensions[] = {0, 13, 16, 23, 0xff01};
    struct ak_dhe_engine *engine = a->dhe = ak_alloc(1, sizeof *engine);
    if (engine == NULL)
        return false;
    ak_text_init(&engine->messages, 2 * AK_MAX_HANDSHAKE_MESSAGE);
    engine->party = *a->plan.hello.client;
    if (!keep_what_can_be_spoken(&engine->party)) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "no suite with ephemeral Diffie-Hellman");
        return false;
    }
    a->plan.hello.client = &engine->party;
    a->plan.hello.extensions = extensions;
    a->plan.hello.extension_count = sizeof extensions / sizeof extensions[0];
    a->plan.hello.ssl2_format = a->plan.send_raw = false;
    a->plan.depth = AK_PROBE_FINISH;
    return ak_own_begin(a);
}

void ak_dhe_sent_hello(struct ak_attempt *a, struct ak_span message)
{
    ak_text_bytes(&a->dhe->messages, message.bytes, message.size);
    if (message.size >= MESSAGE_HEADER + 2 + RANDOM)
        memcpy(a->dhe->client_random, message.bytes + MESSAGE_HEADER + 2, RANDOM);
}

static struct ak_span copy_number(struct ak_dhe_engine *engine, size_t slot, struct ak_span number)
{
    struct ak_span none = {NULL, 0};
    while (number.size != 0 && number.bytes[0] == 0) {
        number.bytes++;
        number.size--;
    }
    if (number.size > AK_DHE_MOST_BYTES)
        return none;
    uint8_t *to = engine->numbers + slot * AK_DHE_MOST_BYTES;
    memcpy(to, number.bytes, number.size);
    struct ak_span copy = {to, number.size};
    return copy;
}

static void take_exchange(struct ak_attempt *a, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_server_key_exchange exchange;
    struct ak_dhe_engine *engine = a->dhe;
    if (ak_dhe_suite_find(a->result.suite) == NULL ||
        ak_server_key_exchange_parse(body, true, a->tls_version, &exchange, &parse) !=
            AK_VERDICT_PARSED)
        return;
    engine->p = copy_number(engine, 0, exchange.p);
    engine->g = copy_number(engine, 1, exchange.g);
    engine->ys = copy_number(engine, 2, exchange.public_value);
    engine->has_exchange = engine->p.size != 0 && engine->g.size != 0 && engine->ys.size != 0;
}

void ak_dhe_message(struct ak_attempt *a, struct ak_span message)
{
    struct ak_dhe_engine *engine = a->dhe;
    struct ak_span body = {message.bytes + MESSAGE_HEADER, message.size - MESSAGE_HEADER};
    if (message.bytes[0] == AK_TLS_HELLO_REQUEST)
        return; /* never part of the hashes (RFC 5246 7.4.1.1) */
    ak_text_bytes(&engine->messages, message.bytes, message.size);
    if (message.bytes[0] == AK_TLS_SERVER_HELLO && body.size >= 2 + RANDOM)
        memcpy(engine->server_random, body.bytes + 2, RANDOM);
    if (message.bytes[0] == AK_TLS_SERVER_KEY_EXCHANGE)
        take_exchange(a, body);
}

static struct ak_span span_of(const struct ak_text *text)
{
    struct ak_span span = {(const uint8_t *)text->bytes, text->size};
    return span;
}

static void put_record(const struct ak_attempt *a, uint8_t type, const void *bytes, size_t size,
                       struct ak_text *out)
{
    ak_put_u8(out, type);
    ak_put_be(out, a->tls_version, 2);
    ak_put_be(out, size, 2);
    ak_text_bytes(out, bytes, size);
}

/* [Certificate with nothing in it] ClientKeyExchange with Yc (RFC 5246 7.4.6, 7.4.7.2). */
static void put_exchange(struct ak_attempt *a, const struct ak_dhe_values *values,
                         struct ak_text *out)
{
    static const uint8_t no_certificate[] = {AK_TLS_CERTIFICATE, 0, 0, 3, 0, 0, 0};
    struct ak_text *messages = &a->dhe->messages;
    size_t before = messages->size;
    if (a->result.client_certificate_requested)
        ak_text_bytes(messages, no_certificate, sizeof no_certificate);
    ak_put_u8(messages, AK_TLS_CLIENT_KEY_EXCHANGE);
    ak_put_be(messages, values->public_size + 2, 3);
    ak_put_be(messages, values->public_size, 2);
    ak_text_bytes(messages, values->public_value, values->public_size);
    if (!messages->failed)
        put_record(a, AK_TLS_HANDSHAKE, messages->bytes + before, messages->size - before, out);
}

static bool make_keys(struct ak_attempt *a, const struct ak_dhe_values *values)
{
    uint8_t hash[AK_DHE_HASH_MOST];
    struct ak_span session = {hash, 0}, premaster = {values->secret, values->secret_size};
    struct ak_dhe_engine *engine = a->dhe;
    const struct ak_dhe_suite *suite = ak_dhe_suite_find(a->result.suite);
    if (suite == NULL || a->tls_version < 0x0301 || a->tls_version > 0x0303)
        return false;
    if (a->result.server_ems &&
        !ak_dhe_hash(suite, a->tls_version, span_of(&engine->messages), hash, &session.size))
        return false;
    return ak_dhe_keys_make(&engine->keys, suite, a->tls_version, premaster, engine->client_random,
                            engine->server_random, session);
}

/* A record under the client's keys. */
static bool put_sealed(struct ak_attempt *a, uint8_t type, struct ak_span data, struct ak_text *out)
{
    uint8_t random[16];
    a->source.random(a->source.context, random, sizeof random);
    return ak_dhe_seal(&a->dhe->keys, AK_SIDE_CLIENT, type, data, random, out);
}

static bool put_finished(struct ak_attempt *a, struct ak_text *out)
{
    static const uint8_t change = 1;
    uint8_t message[FINISHED_MESSAGE] = {AK_TLS_FINISHED, 0, 0, AK_DHE_FINISHED};
    struct ak_span span = {message, sizeof message};
    struct ak_text *messages = &a->dhe->messages;
    if (messages->failed || !ak_dhe_finished(&a->dhe->keys, AK_SIDE_CLIENT, span_of(messages),
                                             message + MESSAGE_HEADER))
        return false;
    ak_text_bytes(messages, message, sizeof message);
    put_record(a, AK_TLS_CHANGE_CIPHER_SPEC, &change, 1, out);
    return put_sealed(a, AK_TLS_HANDSHAKE, span, out);
}

void ak_dhe_answer(struct ak_attempt *a)
{
    struct ak_dhe_values values;
    struct ak_text out;
    struct ak_dhe_engine *engine = a->dhe;
    uint8_t exponent[32];
    a->source.random(a->source.context, exponent, sizeof exponent);
    exponent[0] |= 0x80;
    if (!engine->has_exchange ||
        !ak_dhe_zero_find(a->dhe_form, engine->p, engine->g, engine->ys, exponent, &values)) {
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "no Diffie-Hellman exchange that can be used");
        return;
    }
    ak_text_init(&out, AK_MAX_RECORD);
    put_exchange(a, &values, &out);
    bool good = make_keys(a, &values) && put_finished(a, &out) && !out.failed;
    if (good) {
        a->result.dhe_zero_tries = values.tries;
        engine->answered = true;
        ak_tls_send(a, (const uint8_t *)out.bytes, out.size);
        ak_attempt_note(a, AK_STEP_CLIENT_KEY_EXCHANGE);
        ak_attempt_note(a, AK_STEP_CLIENT_FINISHED);
    } else {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "the answer could not be made");
    }
    OPENSSL_cleanse(&values, sizeof values);
    ak_text_release(&out);
}

static void take_finished(struct ak_attempt *a, struct ak_span fragment)
{
    uint8_t plain[FINISHED_MESSAGE],
        wanted[FINISHED_MESSAGE] = {AK_TLS_FINISHED, 0, 0, AK_DHE_FINISHED};
    size_t size = 0;
    struct ak_dhe_engine *engine = a->dhe;
    bool good = ak_dhe_finished(&engine->keys, AK_SIDE_SERVER, span_of(&engine->messages),
                                wanted + MESSAGE_HEADER) &&
                ak_dhe_open(&engine->keys, AK_SIDE_SERVER, AK_TLS_HANDSHAKE, fragment, plain,
                            sizeof plain, &size) &&
                size == sizeof plain && memcmp(plain, wanted, size) == 0;
    if (!good) {
        ak_attempt_finish(a, AK_PROBE_END_REJECTED, "the server's Finished is wrong");
        return;
    }
    ak_attempt_note(a, AK_STEP_SERVER_FINISHED);
    a->result.completed = true;
    a->wrap = false;
    ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
}

bool ak_dhe_record(struct ak_attempt *a, uint8_t type, struct ak_span fragment)
{
    struct ak_dhe_engine *engine = a->dhe;
    if (!engine->answered)
        return false;
    if (type == AK_TLS_CHANGE_CIPHER_SPEC && !engine->changed) {
        engine->changed = true;
        return true;
    }
    if (type == AK_TLS_HANDSHAKE && engine->changed) {
        take_finished(a, fragment);
        return true;
    }
    return false;
}

bool ak_dhe_close(struct ak_attempt *a)
{
    static const uint8_t close_notify[] = {1, 0};
    struct ak_span alert = {close_notify, sizeof close_notify};
    struct ak_text out;
    if (!a->dhe->answered)
        return false;
    ak_text_init(&out, AK_MAX_RECORD);
    if (put_sealed(a, AK_TLS_ALERT, alert, &out))
        ak_tls_send(a, (const uint8_t *)out.bytes, out.size);
    ak_text_release(&out);
    return true;
}
