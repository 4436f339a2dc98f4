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

enum { STORY_MAXIMUM = 512 };

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

/* ---- plain TLS ---- */

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
    bool asked = (r->asked & AK_RESPONDER_ENCRYPTION) != AK_TDS_ENCRYPTION_NOT_SUP &&
                 (r->asked & AK_RESPONDER_ENCRYPTION) != AK_TDS_ENCRYPTION_OFF;
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
        return ak_responder_prelogin(r, now);
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
        return ak_responder_login(r);
    case AK_PHASE_RENEGOTIATING:
        return ak_responder_renegotiated(r);
    case AK_PHASE_REQUESTS:
        return ak_responder_request(r);
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
        ak_text_init(texts[i], AK_RESPONDER_HELD);
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
        r->deadline = now + (int64_t)r->server->settings->forgets_ms * AK_MILLISECOND;
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
        ak_responder_work(r, now);
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
