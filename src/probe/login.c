/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/put.h"
#include "base/utf16.h"
#include "model/sql_names.h"
#include "probe/attempt_state.h"
#include "probe/login7.h"

#include "base/banned.h"

/* strict: PRELOGIN and its reply inside TLS. Then LOGIN7, through TLS or not at all, and the
 * answer: through TLS, or in clear when only the login is encrypted. */

void ak_inner_prelogin_ask(struct ak_attempt *a)
{
    struct ak_text packet;
    ak_text_init(&packet, AK_MAX_TDS_PACKET);
    ak_prelogin_build(AK_TDS_ENCRYPTION_NOT_SUP, a->plan.instance, &packet);
    bool good = !packet.failed && ak_openssl_write(a, (const uint8_t *)packet.bytes, packet.size);
    ak_text_release(&packet);
    if (!good) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "PRELOGIN could not be sent");
        return;
    }
    ak_attempt_note(a, AK_STEP_PRELOGIN);
    ak_attempt_note(a, AK_STEP_CLIENT_DATA);
}

void ak_login_ask(struct ak_attempt *a)
{
    static const struct ak_probe_login none = {NULL, NULL, NULL, NULL, NULL, NULL};
    const struct ak_probe_login *login = a->plan.login != NULL ? a->plan.login : &none;
    uint8_t packet[AK_LOGIN7_ROOM];
    AK_BUG_ON(a->openssl == NULL || !a->result.completed); /* never in clear */
    size_t size = ak_login7_build(login, a->plan.way == AK_PROBE_STRICT, packet);
    bool good = size != 0 && ak_openssl_write(a, packet, size);
    OPENSSL_cleanse(packet, sizeof packet);
    if (!good) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "the login could not be sent");
        return;
    }
    ak_attempt_note(a, AK_STEP_LOGIN);
}

/* ---- the answer ---- */

static void take_error(struct ak_probe_result *result, const struct ak_tds_token *token)
{
    if (result->login_error != 0)
        return;
    result->login_error = token->number;
    result->login_state = token->state;
    (void)ak_utf16le_to_utf8(token->message, result->login_text, sizeof result->login_text);
}

static void take_token(struct ak_probe_result *result, const struct ak_tds_token *token)
{
    switch (token->kind) {
    case AK_TDS_TOKEN_ERROR:
        take_error(result, token);
        break;
    case AK_TDS_TOKEN_LOGINACK:
        result->login_acknowledged = true;
        (void)ak_utf16le_to_utf8(token->message, result->login_program,
                                 sizeof result->login_program);
        break;
    case AK_TDS_TOKEN_ENVCHANGE:
        if (token->packet_size != 0)
            result->packet_size = token->packet_size;
        break;
    case AK_TDS_TOKEN_ROUTING:
        result->routing_port = token->port;
        (void)ak_utf16le_to_utf8(token->message, result->routing_server,
                                 sizeof result->routing_server);
        break;
    default:
        break;
    }
}

/* As many tokens as can be read. */
static void read_answer(struct ak_attempt *a)
{
    struct ak_parse parse;
    struct ak_tds_token token;
    struct ak_reader r = ak_reader_of(a->message.body.bytes, a->message.body.size, &parse);
    while (r.left != 0 && ak_tds_token_parse(&r, &token) == AK_VERDICT_PARSED)
        take_token(&a->result, &token);
}

static bool is_decided(const struct ak_probe_result *result)
{
    return result->login_acknowledged || result->login_error != 0;
}

static void whole_message(struct ak_attempt *a)
{
    ak_attempt_note(a, AK_STEP_SERVER_RESPONSE);
    if (a->message.type != AK_TDS_RESPONSE && a->message.type != AK_TDS_PRELOGIN) {
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer is none of TDS");
        return;
    }
    if (a->phase == AK_PHASE_INNER_PRELOGIN) {
        ak_prelogin_reply(a);
        return;
    }
    read_answer(a);
    if (is_decided(&a->result))
        ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
    else
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer to the login says nothing");
}

void ak_login_received(struct ak_attempt *a)
{
    size_t used = 1;
    while (used != 0 && a->plain.size != 0 &&
           (a->phase == AK_PHASE_INNER_PRELOGIN || a->phase == AK_PHASE_LOGIN)) {
        enum ak_verdict verdict;
        struct ak_span bytes = {(const uint8_t *)a->plain.bytes, a->plain.size};
        used = ak_tds_message_read(&a->message, bytes, &verdict);
        if (verdict == AK_VERDICT_BAD)
            ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer is none of TDS");
        memmove(a->plain.bytes, a->plain.bytes + used, a->plain.size - used);
        a->plain.size -= used;
        if (a->message.whole)
            whole_message(a);
    }
}

void ak_login_closed(struct ak_attempt *a)
{
    if (a->phase != AK_PHASE_LOGIN)
        return;
    read_answer(a); /* of an answer that is not whole */
    if (!is_decided(&a->result))
        return;
    ak_attempt_note(a, AK_STEP_SERVER_RESPONSE);
    a->peer_closed = true;
    ak_attempt_finish(a, AK_PROBE_END_REACHED, NULL);
}
