/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/tds_session.h"

#include "base/alloc.h"
#include "base/utf16.h"
#include "trace/tls_session.h"

#include "base/banned.h"

static char *copy_utf16(struct ak_span span)
{
    char text[AK_MAX_WIRE_TEXT];
    if (span.size == 0)
        return NULL;
    size_t n = ak_utf16le_to_utf8(span, text, sizeof text);
    return ak_memdup(text, n + 1);
}

static void keep_text(char **slot, struct ak_span utf16)
{
    if (*slot == NULL)
        *slot = copy_utf16(utf16);
}

/* ---- PRELOGIN ---- */

static void keep_instance(struct ak_tds_seen *tds, const struct ak_prelogin *p)
{
    struct ak_span name = p->instance;
    char text[AK_MAX_WIRE_TEXT];
    while (name.size != 0 && name.bytes[name.size - 1] == 0)
        name.size--;
    if (tds->instance != NULL || name.size == 0)
        return;
    size_t n = ak_utf8_copy(name, text, sizeof text);
    tds->instance = ak_memdup(text, n + 1);
}

static void client_prelogin(struct ak_dialogue *d, const struct ak_prelogin *p, bool bad)
{
    struct ak_tds_seen *tds = d->seen->tds;
    ak_dialogue_letter(d, AK_SIDE_CLIENT, AK_LETTER_PL, 0);
    ak_dialogue_step(d, AK_STEP_PRELOGIN);
    if (tds->has_prelogin)
        return;
    tds->has_prelogin = true;
    tds->bad_prelogin = bad;
    tds->has_client_encryption = p->has_encryption;
    tds->client_encryption = p->encryption;
    tds->has_client_version = p->has_version;
    tds->client_version[0] = p->major;
    tds->client_version[1] = p->minor;
    tds->client_build[0] = p->build;
    tds->client_build[1] = p->sub_build;
    tds->mars = p->mars != 0;
    tds->client_pid = p->thread;
    keep_instance(tds, p);
}

static void server_prelogin(struct ak_dialogue *d, const struct ak_prelogin *p)
{
    struct ak_tds_seen *tds = d->seen->tds;
    ak_dialogue_letter(d, AK_SIDE_SERVER, AK_LETTER_PR, 0);
    ak_dialogue_step(d, AK_STEP_PRELOGIN_REPLY);
    if (tds->has_reply)
        return;
    tds->has_reply = true;
    tds->has_server_encryption = p->has_encryption;
    tds->server_encryption = p->encryption;
    tds->has_server_version = p->has_version;
    tds->server_version[0] = p->major;
    tds->server_version[1] = p->minor;
    tds->server_build[0] = p->build;
    tds->server_build[1] = p->sub_build;
    tds->fedauth_required = p->fedauth != 0;
    tds->wrong_instance = p->has_instance && p->instance_status == 1;
}

static void prelogin_message(struct ak_dialogue *d, enum ak_side side, struct ak_span body)
{
    struct ak_prelogin prelogin;
    struct ak_parse parse;
    enum ak_verdict verdict = ak_prelogin_parse(body, &prelogin, &parse);
    if (side == AK_SIDE_CLIENT)
        client_prelogin(d, &prelogin, verdict == AK_VERDICT_BAD);
    else
        server_prelogin(d, &prelogin);
}

/* ---- logins in clear ---- */

static void clear_login(struct ak_dialogue *d)
{
    d->login_sent = true;
    d->seen->cleartext_login = true;
    d->seen->tds->clear_login = true;
    ak_dialogue_letter(d, AK_SIDE_CLIENT, AK_LETTER_L7, 0);
    ak_dialogue_step(d, AK_STEP_LOGIN);
    ak_dialogue_step(d, AK_STEP_CLIENT_DATA);
}

static void login7_message(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_tds_seen *tds = d->seen->tds;
    struct ak_login7 login;
    struct ak_parse parse;
    bool fixed;
    (void)ak_login7_parse(body, &login, &fixed, &parse);
    if (!fixed)
        return;
    tds->login_tds_version = login.tds_version;
    tds->login_packet_size = login.packet_size;
    tds->client_pid = login.client_pid;
    tds->sspi = login.integrated_security;
    tds->clear_login_password = login.password_characters != 0;
    keep_text(&tds->host, login.host);
    keep_text(&tds->application, login.application);
    keep_text(&tds->library, login.library);
    keep_text(&tds->login_server, login.server);
    keep_text(&tds->database, login.database);
    keep_text(&tds->language, login.language);
}

/* ---- answers in clear ---- */

static void one_token(struct ak_tds_seen *tds, const struct ak_tds_token *token)
{
    switch (token->kind) {
    case AK_TDS_TOKEN_ERROR:
        if (tds->error_number != 0)
            break;
        tds->error_number = token->number;
        tds->error_state = token->state;
        tds->error_severity = token->severity;
        keep_text(&tds->error_text, token->message);
        break;
    case AK_TDS_TOKEN_LOGINACK:
        tds->login_acknowledged = true;
        tds->acknowledged_tds_version = token->version;
        keep_text(&tds->program, token->message);
        break;
    case AK_TDS_TOKEN_ENVCHANGE:
        if (token->packet_size != 0)
            tds->changed_packet_size = token->packet_size;
        break;
    case AK_TDS_TOKEN_ROUTING:
        tds->routing_port = token->port;
        keep_text(&tds->routing_server, token->message);
        break;
    case AK_TDS_TOKEN_SSPI:
        tds->sspi = true;
        break;
    default:
        break;
    }
}

static void response_message(struct ak_dialogue *d, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, &parse);
    struct ak_tds_token token;
    while (r.left != 0 && ak_tds_token_parse(&r, &token) == AK_VERDICT_PARSED)
        one_token(d->seen->tds, &token);
    d->response_read = d->seen->tds->login_acknowledged || d->seen->tds->error_number != 0;
}

/* ---- packets ---- */

static bool looks_like_tls(uint8_t first)
{
    return first >= AK_TLS_CHANGE_CIPHER_SPEC && first <= AK_TLS_HEARTBEAT;
}

/* Login-only encryption: after an encrypted LOGIN7 the stream is clear TDS again. */
static bool after_encrypted_login(const struct ak_dialogue *d)
{
    const struct ak_tls_seen *tls = d->seen->tls;
    return tls != NULL && tls->finished[AK_SIDE_CLIENT] && tls->finished[AK_SIDE_SERVER];
}

static bool wants_message(const struct ak_dialogue *d, enum ak_side side)
{
    const struct ak_tds_packet *packet = &d->half[side].packet;
    switch (packet->type) {
    case AK_TDS_PRELOGIN:
        return true;
    case AK_TDS_LOGIN7:
        return side == AK_SIDE_CLIENT && !after_encrypted_login(d);
    case AK_TDS_RESPONSE:
        return side == AK_SIDE_SERVER && !d->response_read;
    default:
        return false;
    }
}

void ak_tds_packet_begin(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    half->packet_seen = 0;
    half->packet_is_tls = false;
    struct ak_tds_seen *tds = ak_dialogue_tds(d);
    half->collecting = tds != NULL && wants_message(d, side);
    if (tds == NULL || side != AK_SIDE_CLIENT)
        return;
    if (half->packet.type == AK_TDS_OLD_LOGIN && !d->login_sent && !after_encrypted_login(d)) {
        tds->old_login = true;
        tds->clear_login_password = true;
        clear_login(d);
    } else if (half->packet.type == AK_TDS_LOGIN7 && !d->login_sent && !after_encrypted_login(d)) {
        clear_login(d);
    }
}

void ak_tds_packet_bytes(struct ak_dialogue *d, enum ak_side side, struct ak_span bytes)
{
    struct ak_dialogue_half *half = &d->half[side];
    bool first = half->packet_seen == 0;
    half->packet_seen += (uint32_t)bytes.size;
    if (first && half->packet.type == AK_TDS_PRELOGIN) {
        bool inside = half->tls.in_record || half->tls.header_size != 0;
        half->packet_is_tls = inside || looks_like_tls(bytes.bytes[0]);
    }
    if (half->packet_is_tls) {
        half->lost = false;
        ak_tls_wrapped_bytes(d, side, bytes);
        half->lost = false; /* the packet's own border stays known */
    } else if (half->collecting && half->message.size < AK_MAX_TDS_MESSAGE) {
        size_t room = AK_MAX_TDS_MESSAGE - half->message.size;
        size_t size = bytes.size < room ? bytes.size : room;
        if (ak_dialogue_is_tapped(d))
            ak_dialogue_tell(d, side, AK_TAP_TDS_PART, bytes.bytes, size, half->message.size);
        ak_dialogue_keep(d, &half->message, (struct ak_span){bytes.bytes, size});
    }
}

static bool is_prelogin_reply(const struct ak_dialogue *d, enum ak_side side, struct ak_span body)
{
    if (d->half[side].packet.type == AK_TDS_PRELOGIN)
        return true;
    const struct ak_tds_seen *tds = d->seen->tds;
    return side == AK_SIDE_SERVER && tds->has_prelogin && !tds->has_reply && !d->login_sent &&
           body.size != 0 && body.bytes[0] == 0;
}

static void message_end(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    struct ak_span body = {(const uint8_t *)half->message.bytes, half->message.size};
    bool prelogin = is_prelogin_reply(d, side, body);
    if (ak_dialogue_is_tapped(d))
        ak_dialogue_tell_message(d, side,
                                 prelogin                             ? AK_TAP_TDS_PRELOGIN
                                 : half->packet.type == AK_TDS_LOGIN7 ? AK_TAP_TDS_LOGIN
                                                                      : AK_TAP_TDS_RESPONSE,
                                 half->packet.type, body);
    if (prelogin)
        prelogin_message(d, side, body);
    else if (half->packet.type == AK_TDS_LOGIN7)
        login7_message(d, body);
    else if (half->packet.type == AK_TDS_RESPONSE)
        response_message(d, body);
    ak_dialogue_let_go(d, &half->message);
}

static void clear_data(struct ak_dialogue *d, enum ak_side side)
{
    const struct ak_tds_packet *packet = &d->half[side].packet;
    struct ak_tds_seen *tds = d->seen->tds;
    if (packet->type == AK_TDS_PRELOGIN ||
        (packet->type == AK_TDS_RESPONSE && !tds->has_reply && tds->has_prelogin && !d->login_sent))
        return;
    if (side == AK_SIDE_CLIENT && packet->type != AK_TDS_LOGIN7 && packet->type != AK_TDS_OLD_LOGIN)
        ak_dialogue_letter(d, side, AK_LETTER_AP, 0);
    if (side == AK_SIDE_SERVER)
        ak_dialogue_letter(d, side, AK_LETTER_RE, 0);
    if (!after_encrypted_login(d)) {
        ak_dialogue_data(d, side);
        return;
    }
    if (side == AK_SIDE_SERVER && d->seen->step[AK_STEP_CLIENT_DATA].frame != 0)
        tds->login_only = true;
    ak_tls_data_turn(d, side, packet->length);
}

void ak_tds_packet_end(struct ak_dialogue *d, enum ak_side side)
{
    struct ak_dialogue_half *half = &d->half[side];
    if (d->seen->tds == NULL || half->packet_is_tls)
        return;
    bool reply_before = d->seen->tds->has_reply;
    if (half->collecting && half->packet.last)
        message_end(d, side);
    bool was_reply = d->seen->tds->has_reply && !reply_before;
    if (!was_reply)
        clear_data(d, side);
}

void ak_tds_smp_frame(struct ak_dialogue *d, enum ak_side side, const struct ak_smp *smp)
{
    struct ak_tds_seen *tds = ak_dialogue_tds(d);
    if (tds == NULL)
        return;
    tds->smp = true;
    if (smp->flags == 4)
        tds->smp_fin[side] = true;
    if (smp->flags == 8)
        ak_dialogue_letter(d, side, side == AK_SIDE_CLIENT ? AK_LETTER_AP : AK_LETTER_RE, 0);
}
