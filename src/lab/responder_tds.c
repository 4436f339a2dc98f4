/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the responder that speaks TDS: packets, PRELOGIN, login, requests. */
#include "lab/responder_state.h"

#include <stdio.h>
#include <string.h>

#include "codec/tds.h"
#include "model/sql_names.h"

#include "base/banned.h"

enum {
    TURN_MS = 20, /* how often one that waits for its turn looks */
    ATTENTION_ACKNOWLEDGED = 0x20,
};

/* ---- bytes ---- */

static void drop(struct ak_text *text, size_t size)
{
    memmove(text->bytes, text->bytes + size, text->size - size);
    text->size -= size;
}

/* The next TDS packet of `from`: its body goes to `message`. False: not whole yet, or no packet at
 * all, which ends the talk as MS-TDS 3.3.5 asks. */
static bool take_packet(struct ak_responder *r, struct ak_text *from, bool *last)
{
    struct ak_tds_packet packet;
    if (from->size < AK_TDS_HEADER)
        return false;
    if (!ak_tds_packet_parse((const uint8_t *)from->bytes, &packet)) {
        ak_responder_note(r, "no TDS packet (first byte 0x%02x)", (uint8_t)from->bytes[0]);
        ak_responder_end(r, AK_LAB_CLOSE_FIN);
        return false;
    }
    if (from->size < packet.length)
        return false;
    ak_text_bytes(&r->message, from->bytes + AK_TDS_HEADER, packet.length - AK_TDS_HEADER);
    r->message_type = packet.type;
    *last = packet.last;
    drop(from, packet.length);
    return true;
}

/* A server that was written before CBC records were split (X14): a packet is a record. */
static bool stumbles(struct ak_responder *r)
{
    struct ak_tds_packet packet;
    const struct ak_text *plain = &r->plain;
    if (!r->server->settings->whole_records || !ak_responder_is_old(r))
        return false;
    if (plain->size >= AK_TDS_HEADER &&
        ak_tds_packet_parse((const uint8_t *)plain->bytes, &packet) && packet.length <= plain->size)
        return false;
    ak_responder_note(r, "a record with %zu bytes of a packet", plain->size);
    ak_responder_end(r, AK_LAB_CLOSE_SILENT);
    return true;
}

/* The next record, for a packet of which some is lacking. */
static bool more(struct ak_responder *r, bool encrypted)
{
    return r->phase != AK_PHASE_OVER && encrypted && r->tls && ak_responder_decrypt(r) &&
           !stumbles(r);
}

/* A whole message. Where only the login is encrypted, its first packet alone is; the rest, and all
 * that follows, is clear. */
static bool take_message(struct ak_responder *r, bool encrypted)
{
    bool last = false;
    while (!last) {
        struct ak_text *from = encrypted && r->tls ? &r->plain : &r->in;
        if (!take_packet(r, from, &last)) {
            if (!more(r, encrypted))
                return false;
            continue;
        }
        if (encrypted && !r->full)
            r->tls = false;
    }
    return true;
}

static void answer(struct ak_responder *r, struct ak_text *body)
{
    struct ak_text packets;
    ak_text_init(&packets, AK_RESPONDER_HELD);
    ak_tds_packets(&packets, AK_TDS_RESPONSE, body->bytes, body->size);
    if (r->tls)
        ak_responder_encrypt(r, packets.bytes, packets.size);
    else
        ak_text_bytes(&r->out, packets.bytes, packets.size);
    ak_text_release(&packets);
    ak_text_release(body);
    ak_text_clear(&r->message);
}

/* ---- PRELOGIN ---- */

/* MS-TDS 2.2.6.5: what a server of this setting answers to this client. */
static uint8_t encryption_reply(enum ak_lab_encryption setting, uint8_t client, bool *conflict)
{
    bool wants = client == AK_TDS_ENCRYPTION_ON || client == AK_TDS_ENCRYPTION_REQ;
    *conflict = false;
    if (setting == AK_LAB_ENCRYPTION_NONE) {
        *conflict = wants;
        return AK_TDS_ENCRYPTION_NOT_SUP;
    }
    if (wants)
        return AK_TDS_ENCRYPTION_ON;
    if (setting == AK_LAB_ENCRYPTION_FORCED) {
        *conflict = client == AK_TDS_ENCRYPTION_NOT_SUP;
        return AK_TDS_ENCRYPTION_REQ;
    }
    return client;
}

static void send_reply(struct ak_responder *r)
{
    const struct ak_lab_settings *s = r->server->settings;
    bool conflict = false;
    struct ak_text reply;
    r->replied =
        r->strict ? AK_TDS_ENCRYPTION_NOT_SUP
                  : encryption_reply(s->encryption, r->asked & AK_RESPONDER_ENCRYPTION, &conflict);
    ak_text_init(&reply, AK_RESPONDER_HELD);
    ak_tds_prelogin_reply(&reply, r->server->build, r->replied);
    if (r->tls)
        ak_responder_encrypt(r, reply.bytes, reply.size);
    else
        ak_text_bytes(&r->out, reply.bytes, reply.size);
    ak_text_release(&reply);
    if (r->holds_turn)
        r->server->busy--;
    r->holds_turn = false;
    ak_responder_note(r, "replies encryption %u", r->replied);
    r->phase = r->strict ? AK_PHASE_LOGIN : AK_PHASE_REPLIED;
    r->full = r->strict || r->replied != AK_TDS_ENCRYPTION_OFF;
    if (conflict && !s->lenient)
        ak_responder_note(r, "settings contradict each other");
    if (!r->strict)
        (void)ak_responder_step(r, AK_LAB_STEP_REPLY);
}

/* It takes its turn as soon as there is one, then works for `reply_ms`. */
void ak_responder_work(struct ak_responder *r, int64_t now)
{
    const struct ak_lab_settings *s = r->server->settings;
    if (s->at_once != 0 && !r->holds_turn) {
        if (r->server->busy >= s->at_once) {
            r->deadline = now + TURN_MS * AK_MILLISECOND;
            return;
        }
        r->server->busy++;
        r->holds_turn = true;
        r->deadline = now + (int64_t)s->reply_ms * AK_MILLISECOND;
    } else if (r->deadline == INT64_MAX) {
        r->deadline = now + (int64_t)s->reply_ms * AK_MILLISECOND;
    }
    if (now < r->deadline)
        return;
    r->deadline = INT64_MAX;
    send_reply(r);
}

bool ak_responder_prelogin(struct ak_responder *r, int64_t now)
{
    struct ak_prelogin prelogin;
    struct ak_parse parse;
    if (!take_message(r, r->tls))
        return false;
    const struct ak_span body = {(const uint8_t *)r->message.bytes, r->message.size};
    if (r->message_type != AK_TDS_PRELOGIN ||
        ak_prelogin_parse(body, &prelogin, &parse) != AK_VERDICT_PARSED || !prelogin.has_version) {
        ak_responder_note(r, "no PRELOGIN");
        ak_responder_end(r, AK_LAB_CLOSE_FIN);
        return false;
    }
    r->asked = prelogin.has_encryption ? prelogin.encryption : AK_TDS_ENCRYPTION_NOT_SUP;
    ak_responder_note(r, "PRELOGIN %u.%u.%u asks encryption %u", prelogin.major, prelogin.minor,
                      prelogin.build, r->asked & AK_RESPONDER_ENCRYPTION);
    ak_text_clear(&r->message);
    if (!r->strict && ak_responder_step(r, AK_LAB_STEP_PRELOGIN))
        return false;
    if (r->server->settings->flood == AK_LAB_FLOOD_PACKETS) {
        ak_responder_note(r, "talks for ever");
        ak_responder_flood(r, now);
        return false;
    }
    r->phase = AK_PHASE_WORKING;
    r->deadline = INT64_MAX;
    ak_responder_work(r, now);
    return true;
}

/* ---- login and requests ---- */

static void note_login(struct ak_responder *r, const struct ak_login7 *login)
{
    char program[64];
    size_t n = 0;
    for (; n + 1 < sizeof program && 2 * n + 1 < login->application.size; n++)
        program[n] = (char)login->application.bytes[2 * n];
    program[n] = '\0';
    ak_responder_note(r, "LOGIN7 %s of \"%s\"",
                      r->ssl != NULL || r->dhe != NULL ? "encrypted" : "in clear", program);
}

static void refuse_login(struct ak_responder *r, int32_t number)
{
    const char *name = ak_sql_error_name(number);
    struct ak_text body;
    char text[120];
    if (number == 18456)
        (void)snprintf(text, sizeof text, "Login failed for user 'sa'.");
    else
        (void)snprintf(text, sizeof text, "Login failed: %s.", name != NULL ? name : "error");
    ak_text_init(&body, AK_RESPONDER_HELD);
    ak_tds_error(&body, r->tds, number, text);
    answer(r, &body);
    ak_responder_note(r, "refuses with error %ld", (long)number);
    ak_responder_end(r, AK_LAB_CLOSE_FIN);
}

static bool grant(struct ak_responder *r)
{
    const struct ak_lab_settings *s = r->server->settings;
    struct ak_text body;
    ak_text_init(&body, AK_RESPONDER_HELD);
    ak_tds_login_answer(&body, r->tds, r->server->build, s->packet_size, s->route,
                        (uint16_t)(r->server->port + s->route_port_after));
    answer(r, &body);
    ak_responder_note(r, "logged in");
    r->phase = AK_PHASE_REQUESTS;
    return !ak_responder_step(r, AK_LAB_STEP_ANSWER);
}

/* What comes is the client's new hello, or its no. */
bool ak_responder_renegotiated(struct ak_responder *r)
{
    if (!ak_responder_decrypt(r))
        return false;
    return !ak_responder_is_anew(r) || grant(r);
}

bool ak_responder_login(struct ak_responder *r)
{
    const struct ak_lab_settings *s = r->server->settings;
    struct ak_login7 login;
    struct ak_parse parse;
    bool fixed = false, encrypted = r->tls;
    if (!take_message(r, r->tls || r->message.size != 0))
        return false;
    const struct ak_span span = {(const uint8_t *)r->message.bytes, r->message.size};
    (void)ak_login7_parse(span, &login, &fixed, &parse);
    if (r->message_type != AK_TDS_LOGIN7 || !fixed) {
        ak_responder_note(r, "no LOGIN7 (packet type 0x%02x)", r->message_type);
        ak_responder_end(r, AK_LAB_CLOSE_FIN);
        return false;
    }
    bool right = r->server->password == NULL || ak_tds_password_is(span, r->server->password);
    r->tds = login.tds_version;
    r->full = r->full && encrypted;
    note_login(r, &login);
    memset(r->message.bytes, 0, r->message.size);
    ak_text_clear(&r->message);
    if (ak_responder_step(r, AK_LAB_STEP_LOGIN))
        return false;
    if (s->login_error != 0 || !right) {
        refuse_login(r, s->login_error != 0 ? s->login_error : 18456);
        return false;
    }
    if (s->renegotiates && ak_responder_ask_anew(r)) {
        ak_responder_note(r, "asks for a new handshake");
        r->phase = AK_PHASE_RENEGOTIATING;
        return true;
    }
    return grant(r);
}

bool ak_responder_request(struct ak_responder *r)
{
    struct ak_text body;
    if (!take_message(r, r->tls))
        return false;
    const struct ak_span span = {(const uint8_t *)r->message.bytes, r->message.size};
    if (ak_responder_step(r, AK_LAB_STEP_REQUEST))
        return false;
    ak_text_init(&body, AK_RESPONDER_HELD);
    if (r->message_type == AK_TDS_ATTENTION)
        ak_tds_done(&body, r->tds, ATTENTION_ACKNOWLEDGED);
    else
        ak_tds_batch_answer(&body, r->tds, span, r->server->build);
    answer(r, &body);
    return true;
}
