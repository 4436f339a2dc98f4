/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/put.h"
#include "probe/attempt_state.h"

#include "base/banned.h"

/* 12 status length(2) spid(2) number window | TLS records, or a part of one */

enum { MOST_PACKET = 4096, END_OF_MESSAGE = 1 };

static void send_packet(struct ak_attempt *a, const uint8_t *bytes, size_t size, bool last)
{
    ak_put_u8(&a->out, AK_TDS_PRELOGIN);
    ak_put_u8(&a->out, last ? END_OF_MESSAGE : 0);
    ak_put_be(&a->out, size + AK_TDS_HEADER, 2);
    ak_put_be(&a->out, 0, 2);
    ak_put_u8(&a->out, a->packet_number++);
    ak_put_u8(&a->out, 0);
    ak_text_bytes(&a->out, bytes, size);
}

void ak_tls_send(struct ak_attempt *a, const uint8_t *bytes, size_t size)
{
    const size_t most = MOST_PACKET - AK_TDS_HEADER;
    if (!a->wrap) {
        ak_text_bytes(&a->out, bytes, size);
        return;
    }
    for (size_t at = 0; at < size;) {
        size_t part = size - at < most ? size - at : most;
        send_packet(a, bytes + at, part, at + part == size);
        at += part;
    }
}

static bool begins_record(uint8_t byte)
{
    return byte >= AK_TLS_CHANGE_CIPHER_SPEC && byte <= AK_TLS_APPLICATION_DATA;
}

/* The next packet's header, as far as it is there. False: the attempt is over. */
static bool read_header(struct ak_attempt *a)
{
    struct ak_unwrap *u = &a->unwrap;
    struct ak_tds_packet packet;
    size_t want = AK_TDS_HEADER - u->header_size;
    size_t part = want < a->in.size ? want : a->in.size;
    memcpy(u->header + u->header_size, a->in.bytes, part);
    u->header_size += part;
    ak_attempt_consume(a, part);
    if (u->header_size < AK_TDS_HEADER)
        return true;
    u->header_size = 0;
    bool good = ak_tds_packet_parse(u->header, &packet) &&
                (packet.type == AK_TDS_PRELOGIN || packet.type == AK_TDS_RESPONSE);
    if (!good) {
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "no PRELOGIN packet with TLS inside");
        return false;
    }
    u->left = packet.length - AK_TDS_HEADER;
    return true;
}

bool ak_tls_unwrap(struct ak_attempt *a, struct ak_span *run, size_t *used)
{
    struct ak_unwrap *u = &a->unwrap;
    while (u->on && u->left == 0 && a->in.size != 0) {
        if (u->header_size == 0 && begins_record((uint8_t)a->in.bytes[0]))
            u->on = false; /* the wrapping ends with the handshake */
        else if (!read_header(a))
            return false;
    }
    if (a->in.size == 0)
        return false;
    run->bytes = (const uint8_t *)a->in.bytes;
    run->size = u->on && u->left < a->in.size ? u->left : a->in.size;
    u->left -= u->on ? run->size : 0;
    *used = run->size;
    return true;
}

void ak_tds_message_begin(struct ak_tds_message *message)
{
    ak_text_clear(&message->body);
    message->type = 0;
    message->whole = false;
}

size_t ak_tds_message_read(struct ak_tds_message *message, struct ak_span bytes,
                           enum ak_verdict *verdict)
{
    struct ak_tds_packet packet;
    *verdict = AK_VERDICT_SHORT;
    if (bytes.size < AK_TDS_HEADER)
        return 0;
    if (!ak_tds_packet_parse(bytes.bytes, &packet)) {
        *verdict = AK_VERDICT_BAD;
        return 0;
    }
    if (bytes.size < packet.length)
        return 0;
    size_t size = packet.length - AK_TDS_HEADER, room = AK_MAX_TDS_MESSAGE - message->body.size;
    ak_text_bytes(&message->body, bytes.bytes + AK_TDS_HEADER, size < room ? size : room);
    message->type = packet.type;
    message->whole = packet.last;
    *verdict = AK_VERDICT_PARSED;
    return packet.length;
}
