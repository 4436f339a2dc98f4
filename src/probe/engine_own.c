/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/limits.h"
#include "base/put.h"
#include "probe/attempt_state.h"

#include "base/banned.h"

/* record   type(1) version(2) length(2) fragment
 * message  type(1) length(3) body, which records cut anywhere
 */

enum { MESSAGE_HEADER = 4, SSL2_MOST = 32767 };

struct ak_own_engine {
    struct ak_text records;   /* bytes of a record that is not whole yet */
    struct ak_text handshake; /* of a message that is not */
    bool ssl2;                /* asked in SSL 2.0's format: the answer may be too */
};

void ak_own_free(struct ak_own_engine *engine)
{
    if (engine == NULL)
        return;
    ak_text_release(&engine->records);
    ak_text_release(&engine->handshake);
    ak_free(engine);
}

bool ak_own_begin(struct ak_attempt *a)
{
    struct ak_text hello;
    struct ak_own_engine *engine = a->own = ak_alloc(1, sizeof *engine);
    if (engine == NULL)
        return false;
    ak_text_init(&engine->records, AK_MAX_PROBE_RECEIVED);
    ak_text_init(&engine->handshake, AK_MAX_HANDSHAKE_MESSAGE + MESSAGE_HEADER + AK_MAX_RECORD);
    ak_text_init(&hello, AK_MAX_HANDSHAKE_MESSAGE);
    bool good = true;
    if (a->plan.send_raw)
        ak_text_bytes(&hello, a->plan.raw, a->plan.raw_size);
    else
        good = ak_hello_build(&a->plan.hello, &a->source, &hello);
    good = good && !hello.failed && hello.size != 0;
    if (good) {
        engine->ssl2 = (hello.bytes[0] & 0x80) != 0;
        ak_tls_send(a, (const uint8_t *)hello.bytes, hello.size);
        a->tls_begun = true;
        if (a->dhe != NULL && hello.size > AK_TLS_RECORD_HEADER) {
            struct ak_span message = {(const uint8_t *)hello.bytes + AK_TLS_RECORD_HEADER,
                                      hello.size - AK_TLS_RECORD_HEADER};
            ak_dhe_sent_hello(a, message);
        }
        ak_attempt_note(a, AK_STEP_CLIENT_HELLO);
    }
    ak_text_release(&hello);
    return good;
}

static void drop_front(struct ak_text *text, size_t size)
{
    memmove(text->bytes, text->bytes + size, text->size - size);
    text->size -= size;
}

/* What an answer needs is kept before the message may call for it. */
static void take_message(struct ak_attempt *a, struct ak_span message, struct ak_span body)
{
    if (a->dhe != NULL)
        ak_dhe_message(a, message);
    ak_flight_message(a, message.bytes[0], body);
}

static void read_messages(struct ak_attempt *a)
{
    struct ak_text *text = &a->own->handshake;
    size_t at = 0;
    while (a->phase != AK_PHASE_OVER && text->size - at >= MESSAGE_HEADER) {
        const uint8_t *p = (const uint8_t *)text->bytes + at;
        size_t size = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (size > AK_MAX_HANDSHAKE_MESSAGE) {
            ak_attempt_finish(a, AK_PROBE_END_TOO_MUCH, "a handshake message larger than any");
            return;
        }
        if (text->size - at - MESSAGE_HEADER < size)
            break;
        struct ak_span body = {p + MESSAGE_HEADER, size}, message = {p, MESSAGE_HEADER + size};
        if (p[0] != AK_TLS_SERVER_HELLO && !a->result.has_server_hello && p[0] != 0)
            ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the server does not begin with its hello");
        else
            take_message(a, message, body);
        at += MESSAGE_HEADER + size;
    }
    if (at != 0)
        drop_front(text, at);
}

static void read_record(struct ak_attempt *a, const struct ak_tls_record *record,
                        const uint8_t *fragment)
{
    struct ak_span whole = {fragment, record->length};
    if (a->dhe != NULL && ak_dhe_record(a, record->type, whole))
        return;
    switch (record->type) {
    case AK_TLS_HANDSHAKE:
        ak_text_bytes(&a->own->handshake, fragment, record->length);
        if (a->own->handshake.failed)
            ak_attempt_finish(a, AK_PROBE_END_NOTHING, "out of memory");
        else
            read_messages(a);
        break;
    case AK_TLS_ALERT:
        if (record->length == 2)
            ak_attempt_alert(a, fragment[0], fragment[1]);
        else
            ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "an alert that is none");
        break;
    default:
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "a record that has no place in a hello");
        break;
    }
}

/* Bytes of the record at the front that were used; 0: it is not whole. */
static size_t next_record(struct ak_attempt *a, struct ak_span bytes)
{
    struct ak_tls_record record;
    const uint8_t *p = bytes.bytes;
    if (a->own->ssl2 && bytes.size >= 3 && (p[0] & 0x80) && (p[2] == 4 || p[2] == 0)) {
        size_t size = (size_t)(ak_be16(p) & SSL2_MOST) + 2;
        struct ak_span whole = {p, size};
        if (bytes.size < size)
            return 0;
        ak_flight_ssl2(a, whole);
        return size;
    }
    if (bytes.size < AK_TLS_RECORD_HEADER)
        return 0;
    if (!ak_tls_record_parse(p, &record)) {
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer to the hello is no TLS record");
        return 0;
    }
    if (bytes.size - AK_TLS_RECORD_HEADER < record.length)
        return 0;
    a->records++;
    read_record(a, &record, p + AK_TLS_RECORD_HEADER);
    return (size_t)AK_TLS_RECORD_HEADER + record.length;
}

void ak_own_received(struct ak_attempt *a, struct ak_span bytes)
{
    struct ak_text *text = &a->own->records;
    size_t at = 0, used = 1;
    ak_text_bytes(text, bytes.bytes, bytes.size);
    if (text->failed) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "out of memory");
        return;
    }
    while (a->phase != AK_PHASE_OVER && used != 0 && at < text->size &&
           a->records <= AK_MAX_PROBE_RECORDS) {
        struct ak_span rest = {(const uint8_t *)text->bytes + at, text->size - at};
        used = next_record(a, rest);
        at += used;
    }
    if (at != 0)
        drop_front(text, at);
}

/* user_canceled, then close_notify (RFC 5246 7.2.2, RFC 8446 6.1). */
void ak_own_close(struct ak_attempt *a)
{
    static const uint8_t alerts[2][7] = {{21, 3, 1, 0, 2, 1, 90}, {21, 3, 1, 0, 2, 1, 0}};
    if ((a->own->ssl2 && a->tls_version == 0) || a->peer_closed ||
        (a->dhe != NULL && ak_dhe_close(a)))
        return;
    uint8_t both[14];
    memcpy(both, alerts, sizeof both);
    uint16_t version = a->tls_version > 0x0303 ? 0x0303 : a->tls_version;
    if (version >= 0x0300)
        both[2] = both[9] = (uint8_t)version;
    ak_tls_send(a, both, sizeof both);
}
