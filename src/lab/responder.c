/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/responder.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "codec/tds.h"
#include "lab/responder_state.h"
#include "model/sql_names.h"

#include "base/banned.h"

enum {
    HELD_MAXIMUM = 256 * 1024, /* of each buffer of one talk: the longest honest one is a login */
    STORY_MAXIMUM = 512,
    TURN_MS = 20, /* how often one that waits for its turn looks */
    ENCRYPTION_MASK = 0x03,
    CLIENT_CERTIFICATE = 0x80,
    END_OF_MESSAGE = 1,
    ATTENTION_ACKNOWLEDGED = 0x20
};
static const int64_t millisecond = 1000000;

/* ---- what the other files use ---- */

void ak_responder_note(struct ak_responder *r, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
            *p = '?';
    if (r->story.size != 0)
        ak_text_add(&r->story, "; ");
    ak_text_add(&r->story, text);
}

void ak_responder_end(struct ak_responder *r, enum ak_lab_close how)
{
    static const char *const words[] = {"closes with FIN", "closes with RST", "closes",
                                        "says no more"};
    r->phase = AK_PHASE_OVER;
    r->wish = how == AK_LAB_CLOSE_RST      ? AK_RESPONDER_RST
              : how == AK_LAB_CLOSE_SILENT ? AK_RESPONDER_SILENT
                                           : AK_RESPONDER_FIN;
    r->deadline = INT64_MAX;
    ak_responder_note(r, "%s", words[how]);
}

static void send_alert(struct ak_responder *r, uint8_t code)
{
    const uint8_t record[] = {AK_TLS_ALERT, 3, 3, 0, 2, 2, code};
    ak_responder_note(r, "alert %u", code);
    if (r->wrapped)
        ak_tds_packets(&r->out, AK_TDS_PRELOGIN, record, sizeof record);
    else
        ak_text_bytes(&r->out, record, sizeof record);
}

bool ak_responder_step(struct ak_responder *r, enum ak_lab_step step)
{
    const struct ak_lab_settings *s = r->server->settings;
    if (s->stop != step)
        return false;
    ak_responder_note(r, "stops here");
    if (s->stop_how == AK_LAB_CLOSE_ALERT)
        send_alert(r, s->alert);
    ak_responder_end(r, s->stop_how);
    return true;
}

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
    ak_text_init(&packets, HELD_MAXIMUM);
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
    r->replied = r->strict ? AK_TDS_ENCRYPTION_NOT_SUP
                           : encryption_reply(s->encryption, r->asked & ENCRYPTION_MASK, &conflict);
    ak_text_init(&reply, HELD_MAXIMUM);
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
static void work(struct ak_responder *r, int64_t now)
{
    const struct ak_lab_settings *s = r->server->settings;
    if (s->at_once != 0 && !r->holds_turn) {
        if (r->server->busy >= s->at_once) {
            r->deadline = now + TURN_MS * millisecond;
            return;
        }
        r->server->busy++;
        r->holds_turn = true;
        r->deadline = now + (int64_t)s->reply_ms * millisecond;
    } else if (r->deadline == INT64_MAX) {
        r->deadline = now + (int64_t)s->reply_ms * millisecond;
    }
    if (now < r->deadline)
        return;
    r->deadline = INT64_MAX;
    send_reply(r);
}

static bool read_prelogin(struct ak_responder *r, int64_t now)
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
                      prelogin.build, r->asked & ENCRYPTION_MASK);
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
    work(r, now);
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
    ak_text_init(&body, HELD_MAXIMUM);
    ak_tds_error(&body, r->tds, number, text);
    answer(r, &body);
    ak_responder_note(r, "refuses with error %ld", (long)number);
    ak_responder_end(r, AK_LAB_CLOSE_FIN);
}

static bool grant(struct ak_responder *r)
{
    const struct ak_lab_settings *s = r->server->settings;
    struct ak_text body;
    ak_text_init(&body, HELD_MAXIMUM);
    ak_tds_login_answer(&body, r->tds, r->server->build, s->packet_size, s->route,
                        (uint16_t)(r->server->port + s->route_port_after));
    answer(r, &body);
    ak_responder_note(r, "logged in");
    r->phase = AK_PHASE_REQUESTS;
    return !ak_responder_step(r, AK_LAB_STEP_ANSWER);
}

/* What comes is the client's new hello, or its no. */
static bool renegotiate(struct ak_responder *r)
{
    if (!ak_responder_decrypt(r))
        return false;
    return !ak_responder_is_anew(r) || grant(r);
}

static bool read_login(struct ak_responder *r)
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

static bool read_request(struct ak_responder *r)
{
    struct ak_text body;
    if (!take_message(r, r->tls))
        return false;
    const struct ak_span span = {(const uint8_t *)r->message.bytes, r->message.size};
    if (ak_responder_step(r, AK_LAB_STEP_REQUEST))
        return false;
    ak_text_init(&body, HELD_MAXIMUM);
    if (r->message_type == AK_TDS_ATTENTION)
        ak_tds_done(&body, r->tds, ATTENTION_ACKNOWLEDGED);
    else
        ak_tds_batch_answer(&body, r->tds, span, r->server->build);
    answer(r, &body);
    return true;
}

/* Plain TLS: whatever was asked, one answer that curl and a person can read. */
static bool read_plain(struct ak_responder *r)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n"
        "Connection: close\r\n\r\nakushu lab\n";
    if (!ak_responder_decrypt(r))
        return false;
    if (r->plain.size == 0)
        return true;
    ak_text_clear(&r->plain);
    ak_responder_encrypt(r, text, sizeof text - 1);
    ak_responder_farewell(r);
    ak_responder_note(r, "answered");
    ak_responder_end(r, AK_LAB_CLOSE_FIN);
    return false;
}

/* ---- the dialogue ---- */

/* The protocol of endpoints is not published: these bytes mean nothing to anyone. The client speaks
 * next, of its own or TLS. */
static bool greet_peer(struct ak_responder *r)
{
    static const uint8_t greeting[] = {0x09, 0x00, 0x00, 0x18, 0x01, 0x00, 0x5e, 0xa1,
                                       0x02, 0x07, 0x44, 0x13, 0x6c, 0x61, 0x62, 0x00,
                                       0x31, 0x9d, 0x08, 0x00, 0x00, 0x52, 0xc4, 0x0b};
    ak_responder_note(r, "%zu bytes of an endpoint", r->in.size);
    ak_text_clear(&r->in);
    ak_text_bytes(&r->out, greeting, sizeof greeting);
    return false;
}

static void speak_tls(struct ak_responder *r, bool wrapped)
{
    r->wrapped = wrapped;
    r->full = r->full || !wrapped;
    r->phase = AK_PHASE_HANDSHAKE;
    (void)ak_responder_tls_begin(r);
}

static bool first_byte(struct ak_responder *r)
{
    unsigned ways = r->server->settings->ways;
    uint8_t first = (uint8_t)r->in.bytes[0];
    ways = ways != 0 ? ways : AK_LAB_TDS7 | AK_LAB_TDS8;
    if (ways & AK_LAB_ENDPOINT && first != AK_TLS_HANDSHAKE)
        return greet_peer(r);
    if (first == AK_TDS_PRELOGIN && ways & AK_LAB_TDS7) {
        r->phase = AK_PHASE_PRELOGIN;
    } else if (first == AK_TDS_LOGIN7 && ways & AK_LAB_TDS7 &&
               r->server->settings->encryption != AK_LAB_ENCRYPTION_FORCED) {
        r->phase = AK_PHASE_LOGIN;
    } else if ((first == AK_TLS_HANDSHAKE || first & 0x80) && ways & ~(unsigned)AK_LAB_TDS7) {
        r->plain_tls = (ways & AK_LAB_TDS8) == 0 || (ways & AK_LAB_TLS) != 0;
        r->strict = !r->plain_tls;
        speak_tls(r, false);
    } else {
        ak_responder_note(r, "first byte 0x%02x is not spoken here", first);
        ak_responder_end(r, r->server->settings->refusal == AK_LAB_CLOSE_RST ? AK_LAB_CLOSE_RST
                                                                             : AK_LAB_CLOSE_FIN);
        return false;
    }
    return r->phase != AK_PHASE_OVER;
}

static bool after_reply(struct ak_responder *r)
{
    bool forced = r->replied == AK_TDS_ENCRYPTION_REQ || r->replied == AK_TDS_ENCRYPTION_ON;
    uint8_t first = (uint8_t)r->in.bytes[0];
    if (first == AK_TDS_PRELOGIN && r->replied != AK_TDS_ENCRYPTION_NOT_SUP) {
        speak_tls(r, true);
        return r->phase != AK_PHASE_OVER;
    }
    bool asked = (r->asked & ENCRYPTION_MASK) != AK_TDS_ENCRYPTION_NOT_SUP &&
                 (r->asked & ENCRYPTION_MASK) != AK_TDS_ENCRYPTION_OFF;
    if (first != AK_TDS_LOGIN7 || (!r->server->settings->lenient && (forced || asked))) {
        ak_responder_note(r, "packet type 0x%02x is out of place", first);
        ak_responder_end(r, AK_LAB_CLOSE_FIN);
        return false;
    }
    r->full = false;
    r->phase = AK_PHASE_LOGIN;
    return true;
}

static bool advance(struct ak_responder *r, int64_t now)
{
    switch (r->phase) {
    case AK_PHASE_FIRST:
        return r->in.size != 0 && first_byte(r);
    case AK_PHASE_PRELOGIN:
        return read_prelogin(r, now);
    case AK_PHASE_REPLIED:
        return r->in.size != 0 && after_reply(r);
    case AK_PHASE_HANDSHAKE:
        if (!ak_responder_handshake(r))
            return false;
        if (r->hello_read && r->server->settings->flood == AK_LAB_FLOOD_CERTIFICATE) {
            ak_responder_note(r, "sends a certificate of 16 MB");
            ak_text_clear(&r->out);
            ak_responder_flood(r, now);
        }
        return r->phase != AK_PHASE_FLOOD;
    case AK_PHASE_LOGIN:
        return read_login(r);
    case AK_PHASE_RENEGOTIATING:
        return renegotiate(r);
    case AK_PHASE_REQUESTS:
        return read_request(r);
    case AK_PHASE_PLAIN:
        return read_plain(r);
    case AK_PHASE_WORKING:
    case AK_PHASE_FLOOD:
    case AK_PHASE_OVER:
        break;
    }
    return false;
}

/* ---- the server ---- */

struct ak_lab_server *ak_lab_server_new(const struct ak_lab_settings *settings,
                                        const struct ak_lab_authority *authority,
                                        const char *password, int64_t day, struct ak_error *error)
{
    static const struct ak_lab_build sql2022 = {16, 0, 4135};
    struct ak_lab_server *server = ak_alloc(1, sizeof *server);
    if (server == NULL) {
        ak_error_set(error, AK_ERR_MEMORY, "out of memory");
        return NULL;
    }
    server->settings = settings;
    server->password = password;
    server->authority = authority;
    server->day = day;
    server->build.major = settings->major;
    server->build.minor = settings->minor;
    server->build.build = settings->build;
    if (settings->major == 0)
        server->build = sql2022;
    if (ak_lab_keys_make(&server->keys, &settings->certificate, authority, day, error) ==
            AK_ERR_NONE &&
        ak_lab_context_make(server, error) == AK_ERR_NONE &&
        (settings->party == NULL || ak_lab_party_make(server, error) == AK_ERR_NONE))
        return server;
    ak_lab_server_free(server);
    return NULL;
}

void ak_lab_server_free(struct ak_lab_server *server)
{
    if (server == NULL)
        return;
    SSL_CTX_free(server->context);
    ak_lab_keys_release(&server->keys);
    ak_hello_store_free(server->hellos);
    ak_free(server->party);
    ak_free(server->client);
    ak_free(server->now);
    ak_free(server);
}

const struct ak_lab_keys *ak_lab_server_keys(const struct ak_lab_server *server)
{
    return &server->keys;
}

void ak_lab_server_at(struct ak_lab_server *server, uint16_t port)
{
    server->port = port;
}

/* ---- one talk ---- */

struct ak_responder *ak_responder_new(struct ak_lab_server *server, int64_t now)
{
    struct ak_responder *r = ak_alloc(1, sizeof *r);
    (void)now;
    if (r == NULL)
        return NULL;
    r->server = server;
    r->deadline = INT64_MAX;
    struct ak_text *const texts[] = {&r->in,    &r->held,    &r->records, &r->hello,
                                     &r->plain, &r->message, &r->out};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ak_text_init(texts[i], HELD_MAXIMUM);
    ak_text_init(&r->story, STORY_MAXIMUM);
    (void)ak_responder_step(r, AK_LAB_STEP_CONNECT);
    return r;
}

void ak_responder_free(struct ak_responder *r)
{
    if (r == NULL)
        return;
    if (r->holds_turn)
        r->server->busy--;
    SSL_free(r->ssl);
    ak_faulty_dhe_free(r->dhe);
    if (r->plain.bytes != NULL)
        memset(r->plain.bytes, 0, r->plain.room);
    struct ak_text *const texts[] = {&r->in,    &r->held,    &r->records, &r->hello,
                                     &r->plain, &r->message, &r->out,     &r->story};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ak_text_release(texts[i]);
    ak_free(r);
}

static void go_on(struct ak_responder *r, int64_t now)
{
    while (advance(r, now))
        continue;
    bool failed = r->in.failed || r->records.failed || r->hello.failed || r->plain.failed ||
                  r->message.failed || r->out.failed;
    if (failed && r->phase != AK_PHASE_OVER) {
        ak_responder_note(r, "too much");
        ak_responder_end(r, AK_LAB_CLOSE_RST);
    }
}

void ak_responder_received(struct ak_responder *r, const uint8_t *bytes, size_t size, int64_t now)
{
    ak_text_clear(&r->out);
    if (r->phase == AK_PHASE_OVER || r->phase == AK_PHASE_FLOOD)
        return;
    ak_text_bytes(&r->in, bytes, size);
    go_on(r, now);
    if (r->phase == AK_PHASE_REQUESTS && r->server->settings->forgets_ms != 0)
        r->deadline = now + (int64_t)r->server->settings->forgets_ms * millisecond;
    ak_responder_drip(r, now);
}

void ak_responder_tick(struct ak_responder *r, int64_t now)
{
    ak_text_clear(&r->out);
    if (r->phase == AK_PHASE_FLOOD && now >= r->deadline)
        ak_responder_flood(r, now);
    if (r->phase == AK_PHASE_REQUESTS && now >= r->deadline) {
        ak_responder_end(r, AK_LAB_CLOSE_SILENT);
        r->wish = AK_RESPONDER_DEAF;
    }
    if (r->phase == AK_PHASE_WORKING && now >= r->deadline) {
        work(r, now);
        go_on(r, now);
    }
    ak_responder_drip(r, now);
}

struct ak_span ak_responder_outgoing(struct ak_responder *r)
{
    const struct ak_span span = {(const uint8_t *)r->out.bytes, r->out.failed ? 0 : r->out.size};
    return span;
}

int64_t ak_responder_deadline(const struct ak_responder *r)
{
    if (r->held.size != 0)
        return r->next_drop;
    bool waits =
        r->phase == AK_PHASE_WORKING || r->phase == AK_PHASE_FLOOD || r->phase == AK_PHASE_REQUESTS;
    return waits ? r->deadline : INT64_MAX;
}

enum ak_responder_wish ak_responder_wants(const struct ak_responder *r)
{
    return r->held.size == 0 ? r->wish : AK_RESPONDER_GOES_ON;
}

const char *ak_responder_story(struct ak_responder *r)
{
    return ak_text_string(&r->story);
}
