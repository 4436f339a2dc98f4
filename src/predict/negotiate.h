/* What two parties will negotiate, or where exactly and with what it ends. A pure function. */
/* SPDX-License-Identifier: Apache-2.0 */
/* Follows SSL 3.0 to TLS 1.3 (RFC 6101, 2246, 4346, 5246, 7919, 8422, 8446) as the stacks of the
 * two sides do it (model/stacks.h), and what SQL Server decides before TLS
 * (MS-TDS 3.2.5.1, 3.3.5.1; TDS 8.0). Stages and closes have the meaning of docs/architecture.md,
 * so a prediction can be held beside a recording.
 *
 * The answer rests on parts of both parties; its confidence is that of the weakest.
 */
#ifndef AK_PREDICT_NEGOTIATE_H
#define AK_PREDICT_NEGOTIATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/conversation.h"
#include "predict/party.h"

enum ak_refusal {
    AK_REFUSAL_NONE,
    AK_REFUSAL_NOTHING_TO_OFFER, /* the client's own settings leave it no hello to send */
    AK_REFUSAL_NO_COMMON_VERSION,
    AK_REFUSAL_NO_COMMON_SUITE,
    AK_REFUSAL_NO_COMMON_GROUP,
    AK_REFUSAL_SIGNATURE_ALGORITHM_MISMATCH,
    AK_REFUSAL_CERTIFICATE_HASH_REFUSED,
    AK_REFUSAL_RSA_KEY_TOO_SHORT,
    AK_REFUSAL_CERTIFICATE_KEY_REFUSED, /* its type, its curve, or too long */
    AK_REFUSAL_DH_GROUP_REFUSED,
    AK_REFUSAL_EMS_MISMATCH,
    AK_REFUSAL_RENEGOTIATION_INFO,
    AK_REFUSAL_CLIENT_CERTIFICATE_REQUIRED,
    AK_REFUSAL_STRICT_MISMATCH,
    AK_REFUSAL_ENCRYPTION_SETTING_CONFLICT,
    AK_REFUSALS
};

/* What can still go wrong, or be unwelcome, though the handshake is predicted to succeed. */
enum ak_hazard {
    AK_HAZARD_DHE_LEADING_ZERO = 1, /* one of 256 handshakes dies (KB4557473) */
    AK_HAZARD_TLS13_IN_PRELOGIN = 2,
    AK_HAZARD_LOGIN_ONLY = 4,  /* only the login is encrypted, what follows is clear */
    AK_HAZARD_CLEAR_LOGIN = 8, /* no TLS at all */
    AK_HAZARD_OLD_VERSION = 16 /* below TLS 1.2 */
};

struct ak_negotiation {
    bool established;
    bool no_tls; /* both sides agree to go on without TLS; nothing below is set but hazards */
    bool hello_retry, extended_master_secret;
    uint16_t version, suite; /* also set when it ends behind the ServerHello */
    uint16_t group;          /* of ECDHE and TLS 1.3; of DHE when it is one of RFC 7919; else 0 */
    uint16_t scheme;         /* of the server's signature from TLS 1.2 on; 0: none, or not known */
    uint16_t dh_bits;        /* of DHE; 0: none, or not known */
    uint8_t chain;           /* which of the server's certificates */

    enum ak_refusal refusal;
    enum ak_stage stage;    /* last step reached; P5B when established */
    enum ak_side ended_by;  /* AK_SIDE_NONE when established */
    enum ak_close close;    /* how: alert or FIN */
    uint8_t alert;          /* with AK_CLOSE_ALERT */
    uint32_t client_status; /* what a Windows client shows: a SECURITY_STATUS, or 0x2746 (10054)
                               when the server just closes; 0 when established */
    uint16_t missing;       /* the code that decided, where there is one: version, suite, group */

    uint32_t hazards;   /* enum ak_hazard */
    uint8_t confidence; /* enum ak_confidence: of the weakest part that the answer rests on */
    uint32_t rests_on[AK_SIDES]; /* bit 1 << enum ak_party_part */
};

/* `client` has the role AK_SIDE_CLIENT, `server` AK_SIDE_SERVER. */
void ak_negotiate(const struct ak_party *client, const struct ak_party *server,
                  struct ak_negotiation *out);

/* The rule that such an end belongs to (data/rules.csv), or NULL. */
const char *ak_refusal_rule(enum ak_refusal refusal);

#endif
