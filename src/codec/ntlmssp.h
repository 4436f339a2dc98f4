/* NTLM messages: who wants to log in from where, and who answers. [MS-NLMP] 2.2.1.
 *
 * Spans borrow the message. Challenges, responses and keys are never given out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_NTLMSSP_H
#define AK_CODEC_NTLMSSP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

enum ak_ntlm_type { AK_NTLM_NEGOTIATE = 1, AK_NTLM_CHALLENGE = 2, AK_NTLM_AUTHENTICATE = 3 };

struct ak_ntlm {
    enum ak_ntlm_type type;
    bool unicode;                /* texts are UTF-16LE, else of a code page */
    struct ak_span domain;       /* NEGOTIATE, AUTHENTICATE; CHALLENGE: the target's name */
    struct ak_span user;         /* AUTHENTICATE */
    struct ak_span workstation;  /* NEGOTIATE, AUTHENTICATE */
    struct ak_span dns_computer; /* CHALLENGE, UTF-16LE: the server's name */
};

/* Begins with "NTLMSSP\0". UNKNOWN: another type. A text that lies outside is left empty, since a
 * message may be cut by its carrier; SHORT: the fixed part is. */
enum ak_verdict ak_ntlm_parse(struct ak_span message, struct ak_ntlm *ntlm, struct ak_parse *parse);

#endif
