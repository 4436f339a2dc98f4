/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "base/put.h"
#include "base/utf16.h"
#include "model/sql_names.h"
#include "probe/attempt_state.h"

#include "base/banned.h"

/* header(8) { token(1) offset(2) length(2) }* ff | data; offsets count from behind the header */

enum { VERSION, ENCRYPTION, INSTOPT, THREADID, MARS, OPTIONS, TERMINATOR = 0xff };
enum { ENCRYPTION_VALUE = 0x1f }; /* the rest are flags (MS-TDS 2.2.6.5) */

void ak_prelogin_build(uint8_t encryption, const char *instance, struct ak_text *out)
{
    /* The version that FreeTDS sends: of TDS 7.2 and later. */
    static const uint8_t version[] = {9, 0, 0, 0, 0, 0};
    instance = instance != NULL ? instance : "";
    const size_t sizes[OPTIONS] = {sizeof version, 1, strlen(instance) + 1, 4, 1};
    ak_put_u8(out, AK_TDS_PRELOGIN);
    ak_put_u8(out, 1);
    size_t total = AK_TDS_HEADER + OPTIONS * 5 + 1, offset = OPTIONS * 5 + 1;
    for (unsigned i = 0; i < OPTIONS; i++)
        total += sizes[i];
    ak_put_be(out, total, 2);
    ak_put_zeros(out, 4);
    for (unsigned i = 0; i < OPTIONS; i++) {
        ak_put_u8(out, i);
        ak_put_be(out, offset, 2);
        ak_put_be(out, sizes[i], 2);
        offset += sizes[i];
    }
    ak_put_u8(out, TERMINATOR);
    ak_text_bytes(out, version, sizeof version);
    ak_put_u8(out, encryption);
    ak_text_bytes(out, instance, sizes[INSTOPT]);
    ak_put_zeros(out, sizes[THREADID] + sizes[MARS]);
}

void ak_prelogin_ask(struct ak_attempt *a)
{
    if (a->plan.instance != NULL && strlen(a->plan.instance) > AK_MAX_WIRE_TEXT) {
        ak_attempt_finish(a, AK_PROBE_END_NOTHING, "the instance's name is too long");
        return;
    }
    ak_prelogin_build(a->plan.encryption, a->plan.instance, &a->out);
    ak_attempt_note(a, AK_STEP_PRELOGIN);
}

/* A server that wants TLS first reads a PRELOGIN as a bad record, and may say so. */
static bool read_alert(struct ak_attempt *a)
{
    struct ak_tls_record record;
    const uint8_t *at = (const uint8_t *)a->in.bytes;
    if (a->in.size < AK_TLS_RECORD_HEADER + 2)
        return false;
    if (!ak_tls_record_parse(at, &record) || record.length != 2)
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer to PRELOGIN is no TDS packet");
    else
        ak_attempt_alert(a, at[AK_TLS_RECORD_HEADER], at[AK_TLS_RECORD_HEADER + 1]);
    ak_attempt_consume(a, AK_TLS_RECORD_HEADER + 2);
    return true;
}

bool ak_prelogin_read(struct ak_attempt *a)
{
    enum ak_verdict verdict;
    if (a->in.bytes[0] == AK_TLS_ALERT)
        return read_alert(a);
    struct ak_span in = {(const uint8_t *)a->in.bytes, a->in.size};
    size_t used = ak_tds_message_read(&a->message, in, &verdict);
    if (verdict == AK_VERDICT_BAD)
        ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer to PRELOGIN is no TDS packet");
    ak_attempt_consume(a, used);
    if (a->message.whole)
        ak_prelogin_reply(a);
    return used != 0;
}

/* Some refuse with an ERROR token. */
static bool read_error(struct ak_attempt *a, struct ak_span body)
{
    struct ak_parse parse;
    struct ak_tds_token token;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, &parse);
    if (ak_tds_token_parse(&r, &token) != AK_VERDICT_PARSED || token.kind != AK_TDS_TOKEN_ERROR)
        return false;
    a->result.login_error = token.number;
    a->result.login_state = token.state;
    (void)ak_utf16le_to_utf8(token.message, a->result.login_text, sizeof a->result.login_text);
    ak_attempt_finish(a, AK_PROBE_END_DECLINED, "the server answered PRELOGIN with an error");
    return true;
}

/* What the two bytes mean (MS-TDS 2.2.6.5, 3.2.5.2); NULL: TLS follows. */
static const char *no_tls(struct ak_attempt *a, const struct ak_prelogin *reply)
{
    uint8_t server = reply->encryption & ENCRYPTION_VALUE;
    uint8_t client = a->plan.encryption & ENCRYPTION_VALUE;
    bool none = !reply->has_encryption || server == AK_TDS_ENCRYPTION_NOT_SUP;
    if (none && client == AK_TDS_ENCRYPTION_NOT_SUP)
        return "both sides would go on in clear, which is never done here";
    if (none)
        return "the server has no encryption";
    if (client == AK_TDS_ENCRYPTION_NOT_SUP)
        return "the server wants encryption, this client has none";
    if (server != AK_TDS_ENCRYPTION_OFF)
        return NULL;
    a->login_only = client == AK_TDS_ENCRYPTION_OFF;
    return a->login_only ? NULL : "the server would go on without encryption";
}

void ak_prelogin_reply(struct ak_attempt *a)
{
    struct ak_parse parse;
    struct ak_prelogin reply;
    struct ak_span body = {(const uint8_t *)a->message.body.bytes, a->message.body.size};
    enum ak_verdict verdict = ak_prelogin_parse(body, &reply, &parse);
    ak_attempt_note(a, AK_STEP_PRELOGIN_REPLY);
    if (verdict == AK_VERDICT_BAD || !reply.has_version) {
        if (!read_error(a, body))
            ak_attempt_finish(a, AK_PROBE_END_NONSENSE, "the answer to PRELOGIN is none");
        return;
    }
    a->result.has_reply = true;
    a->result.has_encryption = reply.has_encryption;
    a->result.encryption = reply.encryption;
    a->result.version_major = reply.major;
    a->result.version_minor = reply.minor;
    a->result.build = reply.build;
    a->result.wrong_instance = reply.has_instance && reply.instance_status == 1;
    bool inside = a->phase == AK_PHASE_INNER_PRELOGIN;
    if (!inside && !ak_attempt_deep_enough(a, AK_PROBE_ASK)) {
        const char *why = no_tls(a, &reply);
        if (why != NULL)
            ak_attempt_finish(a, AK_PROBE_END_DECLINED, why);
    }
    if (a->phase != AK_PHASE_OVER)
        ak_attempt_next(a);
}
