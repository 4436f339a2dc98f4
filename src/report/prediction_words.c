/* SPDX-License-Identifier: Apache-2.0 */
#include "report/prediction_words.h"

#include "model/sql_names.h"
#include "model/tls_names.h"
#include "report/facts.h"
#include "report/messages.h"
#include "report/prediction.h"

#include "base/banned.h"

const char *ak_refusal_name(enum ak_refusal refusal)
{
    static const char *const names[AK_REFUSALS] = {
        [AK_REFUSAL_NOTHING_TO_OFFER] = "nothing-to-offer",
        [AK_REFUSAL_CERTIFICATE_KEY_REFUSED] = "certificate-key-refused",
        [AK_REFUSAL_RENEGOTIATION_INFO] = "renegotiation-info-missing",
    };
    const char *rule = ak_refusal_rule(refusal);
    return rule != NULL ? rule : names[refusal] != NULL ? names[refusal] : "";
}

const char *ak_refusal_words(enum ak_refusal refusal)
{
    static const char *const words[AK_REFUSALS] = {
        [AK_REFUSAL_NONE] = "",
        [AK_REFUSAL_NOTHING_TO_OFFER] = N_("the client has nothing to offer"),
        [AK_REFUSAL_NO_COMMON_VERSION] = N_("no TLS version in common"),
        [AK_REFUSAL_NO_COMMON_SUITE] = N_("no cipher suite in common"),
        [AK_REFUSAL_NO_COMMON_GROUP] = N_("no group (curve) in common"),
        [AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH] =
            N_("no signature algorithm in common for the server's key"),
        [AK_REFUSAL_CERTIFICATE_HASH_REFUSED] =
            N_("the certificates are signed in a way that the client does not take"),
        [AK_REFUSAL_RSA_KEY_TOO_SHORT] =
            N_("the certificate's RSA key is too short for the client"),
        [AK_REFUSAL_CERTIFICATE_KEY_REFUSED] =
            N_("the client does not take the certificate's kind of key"),
        [AK_REFUSAL_DH_GROUP_REFUSED] = N_("the client does not take the server's DH group"),
        [AK_REFUSAL_EMS_MISMATCH] = N_("one side demands extended master secret"),
        [AK_REFUSAL_RENEGOTIATION_INFO] = N_("one side demands secure renegotiation (RFC 5746)"),
        [AK_REFUSAL_CLIENT_CERTIFICATE_REQUIRED] =
            N_("the server demands a client certificate, and there is none"),
        [AK_REFUSAL_STRICT_MISMATCH] =
            N_("one side speaks strict TDS 8 only, the other one TDS 7 only"),
        [AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT] =
            N_("the encryption settings of client and server exclude each other"),
    };
    return words[refusal];
}

const char *ak_hazard_words(unsigned hazard)
{
    switch (hazard) {
    case AK_HAZARD_DHE_LEADING_ZERO:
        return N_(
            "one handshake in 256 fails: a TLS_DHE suite between Windows with and without the "
            "fix for leading zeros (KB4557473)");
    case AK_HAZARD_TLS13_IN_PRELOGIN:
        return N_(
            "TLS 1.3 inside PRELOGIN: clients differ in how they wrap it, and SQL Server does "
            "not do it before TDS 8");
    case AK_HAZARD_LOGIN_ONLY:
        return N_("only the login is encrypted; what follows crosses the network in clear");
    case AK_HAZARD_CLEAR_LOGIN:
        return N_("no TLS at all: user name and password can be read on the network");
    case AK_HAZARD_OLD_VERSION:
        return N_("below TLS 1.2: breaks when either side switches old versions off");
    default:
        return "";
    }
}

const char *ak_stage_words(enum ak_stage stage, enum ak_lang lang)
{
    static const char *const words[] = {
        N_("the connection was opened"),
        N_("the client's PRELOGIN"),
        N_("the answer to PRELOGIN"),
        N_("the ClientHello"),
        N_("the server's first flight"),
        N_("the client's Finished"),
        N_("both Finished"),
        N_("the login"),
        N_("the login's answer"),
    };
    return ak_tr(lang, words[stage]);
}

static const char *code_name(const struct ak_change *c)
{
    const struct ak_cipher_suite *suite;
    const char *name = NULL;
    if (c->kind == AK_CHANGE_SUITE) {
        suite = ak_cipher_suite_find(c->code);
        name = suite != NULL ? suite->name : NULL;
    } else if (c->kind == AK_CHANGE_GROUP) {
        name = ak_tls_group_name(c->code);
    } else if (c->kind == AK_CHANGE_SCHEME) {
        name = ak_tls_signature_scheme_name(c->code);
    }
    return name != NULL ? name : "?";
}

static const char *encryption_words(uint16_t code)
{
    switch (code) {
    case AK_TDS_ENCRYPTION_OFF:
        return N_("do not ask for encryption beyond the login (Encrypt=no; server: not forced)");
    case AK_TDS_ENCRYPTION_ON:
        return N_("ask for encryption (Encrypt=yes; server: Force Encryption)");
    case AK_TDS_ENCRYPTION_NOT_SUP:
        return N_("use no encryption");
    default:
        return N_("require encryption");
    }
}

void ak_change_words(const struct ak_change *c, enum ak_lang lang, struct ak_text *out)
{
    switch (c->kind) {
    case AK_CHANGE_VERSION: {
        struct ak_text version;
        ak_text_init(&version, 64);
        ak_version_words(c->code, &version);
        ak_text_format(out, ak_tr(lang, N_("switch %s on")), ak_text_string(&version));
        ak_text_release(&version);
        break;
    }
    case AK_CHANGE_SUITE:
        ak_text_format(out, ak_tr(lang, N_("add the cipher suite %s")), code_name(c));
        break;
    case AK_CHANGE_GROUP:
        ak_text_format(out, ak_tr(lang, N_("add the group (curve) %s")), code_name(c));
        break;
    case AK_CHANGE_SCHEME:
        ak_text_format(out, ak_tr(lang, N_("add the signature algorithm %s")), code_name(c));
        break;
    case AK_CHANGE_CERTIFICATE:
        ak_text_format(out,
                       ak_tr(lang, N_("a certificate with an RSA key of %u bits, signed with "
                                      "SHA-256 throughout")),
                       (unsigned)c->bits);
        break;
    case AK_CHANGE_CERTIFICATE_EC:
        ak_text_add(out, ak_tr(lang, N_("a certificate with a P-256 key beside the one that is "
                                        "there")));
        break;
    case AK_CHANGE_DH_BITS:
        ak_text_format(out, ak_tr(lang, N_("send a DH group of %u bits")), (unsigned)c->bits);
        break;
    case AK_CHANGE_BOUND_RSA:
        ak_text_format(out, ak_tr(lang, N_("accept RSA keys of %u bits")), (unsigned)c->bits);
        break;
    case AK_CHANGE_BOUND_DH:
        ak_text_format(out, ak_tr(lang, N_("accept DH groups of %u bits")), (unsigned)c->bits);
        break;
    case AK_CHANGE_EMS:
        ak_text_add(out, ak_tr(lang, N_("speak extended master secret, or demand it no longer")));
        break;
    case AK_CHANGE_RENEGOTIATION:
        ak_text_add(out, ak_tr(lang, N_("send renegotiation_info, or demand it no longer")));
        break;
    case AK_CHANGE_CLIENT_CERTIFICATE:
        ak_text_add(out,
                    ak_tr(lang, c->side == AK_SIDE_CLIENT ? N_("give the client a certificate")
                                                          : N_("demand no client certificate")));
        break;
    case AK_CHANGE_STRICT:
        ak_text_add(out, ak_tr(lang, c->side == AK_SIDE_SERVER
                                         ? N_("switch Force Strict Encryption over, or use a "
                                              "version that answers strict clients")
                                     : c->code != 0 ? N_("Encrypt=strict")
                                                    : N_("Encrypt=mandatory instead of strict")));
        break;
    case AK_CHANGE_ENCRYPTION:
        ak_text_add(out, ak_tr(lang, encryption_words(c->code)));
        break;
    }
}
