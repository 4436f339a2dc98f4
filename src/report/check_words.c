/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check_words.h"

#include <stdio.h>

#include "model/tls_names.h"
#include "report/facts.h"
#include "report/json.h"
#include "report/messages.h"

#include "base/banned.h"

const char *ak_end_name_words(enum ak_lang lang, enum ak_probe_end end)
{
    static const char *const words[] = {[AK_PROBE_END_REACHED] = N_("works"),
                                        [AK_PROBE_END_UNREACHABLE] = N_("not reachable"),
                                        [AK_PROBE_END_REFUSED] = N_("port closed (SYN refused)"),
                                        [AK_PROBE_END_TIMEOUT] = N_("no answer in time"),
                                        [AK_PROBE_END_FIN] = N_("the server closed (FIN)"),
                                        [AK_PROBE_END_RST] = N_("the server reset (RST)"),
                                        [AK_PROBE_END_ALERT] = N_("the server sent an alert"),
                                        [AK_PROBE_END_DECLINED] = N_("the server said no"),
                                        [AK_PROBE_END_REJECTED] = N_("refused by this side"),
                                        [AK_PROBE_END_NONSENSE] =
                                            N_("the server speaks another protocol"),
                                        [AK_PROBE_END_TOO_MUCH] = N_("the server sends too much"),
                                        [AK_PROBE_END_STOPPED] = N_("interrupted"),
                                        [AK_PROBE_END_NOTHING] = N_("nothing to offer")};
    return ak_tr(lang, words[end]);
}

/* Behind which step it ended. */
static const char *stage_words(enum ak_lang lang, enum ak_stage stage)
{
    static const char *const words[] = {[AK_STAGE_P0] = N_("before anything was said"),
                                        [AK_STAGE_P1] = N_("its first word unanswered"),
                                        [AK_STAGE_P2] = N_("after the first answer"),
                                        [AK_STAGE_P3] = N_("after the ClientHello"),
                                        [AK_STAGE_P4] = N_("after the ServerHello"),
                                        [AK_STAGE_P5] = N_("after the client's Finished"),
                                        [AK_STAGE_P5B] = N_("after the handshake"),
                                        [AK_STAGE_P6] = N_("after the login was sent"),
                                        [AK_STAGE_P7] = N_("after the login was answered")};
    return ak_tr(lang, words[stage]);
}

void ak_end_words(const struct ak_text_style *s, const struct ak_probe_result *r,
                  struct ak_text *out)
{
    ak_text_add(out, ak_end_name_words(s->lang, r->end));
    if (r->end == AK_PROBE_END_ALERT || r->end == AK_PROBE_END_REJECTED) {
        uint8_t code = r->end == AK_PROBE_END_ALERT ? r->alert.code : r->own_alert;
        const char *name = ak_tls_alert_name(code);
        if (code != 0)
            ak_text_format(out, " %u (%s)", code, name != NULL ? name : "?");
    }
    if (r->reason[0] != '\0')
        ak_text_format(out, ": %s", r->reason);
    if (r->end == AK_PROBE_END_REACHED || r->end == AK_PROBE_END_NOTHING)
        return;
    bool connected = r->step[AK_STEP_SYN_ACK] != 0;
    ak_text_format(out, ", %s",
                   connected || r->stage != AK_STAGE_P0
                       ? stage_words(s->lang, r->stage)
                       : ak_tr(s->lang, N_("the connection was not made")));
    ak_text_format(out, " (%.1f ms)", (double)(r->ended - r->began) / 1e6);
}

const char *ak_hello_part_words(enum ak_lang lang, enum ak_hello_part part)
{
    static const char *const words[] = {[AK_HELLO_VERSIONS] = N_("TLS versions"),
                                        [AK_HELLO_SUITES] = N_("cipher suites"),
                                        [AK_HELLO_SCHEMES] = N_("signature algorithms"),
                                        [AK_HELLO_GROUPS] = N_("groups"),
                                        [AK_HELLO_EMS] = N_("extended master secret"),
                                        [AK_HELLO_SIGNAL] = N_("secure renegotiation"),
                                        [AK_HELLO_NAME] = N_("server name (SNI)"),
                                        [AK_HELLO_ALPN] = N_("application protocols (ALPN)")};
    return ak_tr(lang, words[part]);
}

const char *ak_zero_words(enum ak_lang lang, enum ak_zero_verdict verdict)
{
    static const char *const words[] = {
        [AK_ZERO_NOT_TRIED] = "",
        [AK_ZERO_NO_DHE] = N_("not applicable: the server chooses no TLS_DHE suite"),
        [AK_ZERO_CORRECT] =
            N_("the server takes leading zeros out of the secret, as RFC 5246 asks"),
        [AK_ZERO_KEEPS] =
            N_("FAULT: the server keeps leading zeros of the secret; one handshake of 256 fails"),
        [AK_ZERO_REFUSES_YC] =
            N_("FAULT: the server refuses a public value that begins with a zero byte"),
        [AK_ZERO_NOT_SHOWN] = N_("the fault was not shown")};
    return ak_tr(lang, words[verdict]);
}

void ak_purpose_words(const struct ak_text_style *s, enum ak_purpose purpose,
                      enum ak_hello_part part, uint16_t code, struct ak_text *out)
{
    char version[32];
    struct ak_text word;
    ak_text_init(&word, 64);
    ak_version_words(code, &word);
    (void)snprintf(version, sizeof version, "%s", ak_text_string(&word));
    ak_text_release(&word);
    switch (purpose) {
    case AK_PURPOSE_CLIENT:
        ak_text_add(out, ak_tr(s->lang, N_("as the client")));
        break;
    case AK_PURPOSE_COMPLETE:
        ak_text_add(out, ak_tr(s->lang, N_("as the client, to the end")));
        break;
    case AK_PURPOSE_RESUME:
        ak_text_add(out, ak_tr(s->lang, N_("as the client, session resumed")));
        break;
    case AK_PURPOSE_SETTING:
        ak_text_add(out, ak_tr(s->lang, N_("is encryption forced?")));
        break;
    case AK_PURPOSE_OLD:
        ak_text_add(out, ak_tr(s->lang, N_("TLS 1.0 and 1.1 alone")));
        break;
    case AK_PURPOSE_FORM:
        ak_text_add(out, ak_tr(s->lang, N_("the other form of TDS")));
        break;
    case AK_PURPOSE_VERSION:
        ak_phrase(out, ak_tr(s->lang, N_("{1} alone, all else wide")), version, NULL);
        break;
    case AK_PURPOSE_SUITE:
        ak_phrase(out, ak_tr(s->lang, N_("which suite next, {1}")), version, NULL);
        break;
    case AK_PURPOSE_WIDEN:
        if (part >= AK_HELLO_EMS) {
            ak_phrase(out,
                      ak_tr(s->lang, part >= AK_HELLO_NAME ? N_("the client without {1}")
                                                           : N_("the client with {1}")),
                      ak_hello_part_words(s->lang, part), NULL);
            break;
        }
        ak_phrase(out, ak_tr(s->lang, N_("the client with all {1}")),
                  ak_hello_part_words(s->lang, part), NULL);
        break;
    case AK_PURPOSE_PROOF:
        ak_phrase(out, ak_tr(s->lang, N_("the client with one change: {1}")),
                  ak_hello_part_words(s->lang, part), NULL);
        break;
    case AK_PURPOSE_RARE:
        ak_text_add(out, ak_tr(s->lang, N_("cipher suites that hardly anyone has")));
        break;
    case AK_PURPOSE_ZERO:
        ak_text_format(out, ak_tr(s->lang, N_("leading-zero probe, variant %u")), code);
        break;
    }
}

void ak_certificate_words(const struct ak_text_style *s, const struct ak_certificate *leaf,
                          struct ak_text *out)
{
    const struct ak_x509 *x = &leaf->facts;
    ak_text_add(out, x->subject);
    ak_text_add(out, x->self_signed ? ak_tr(s->lang, N_(", self-signed")) : "");
    if (!x->self_signed)
        ak_phrase(out, ak_tr(s->lang, N_(", issued by {1}")), x->issuer, NULL);
    ak_text_format(out, ", %s %u, %s", x->key_type == AK_KEY_RSA ? "RSA" : "EC", x->key_bits,
                   x->signature_algorithm);
    ak_text_add(out, ak_tr(s->lang, N_(", valid until ")));
    ak_text_date(out, x->not_after, false);
}

const char *ak_unasked_words(enum ak_lang lang, const struct ak_check_node *node)
{
    bool begun = node != NULL && node->offer != NULL && node->offer->attempts != 0;
    return begun ? ak_end_name_words(lang, AK_PROBE_END_STOPPED) : ak_tr(lang, N_("not asked"));
}
