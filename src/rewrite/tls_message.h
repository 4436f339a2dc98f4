/* Handshake messages without what must not be handed over.
 *
 * Stay: versions, suites, groups, signature algorithms, ALPN, the presence and length of all else.
 * Tickets, cookies, identities, encrypted secrets and unknown extensions become zero. With
 * pseudonyms also: server names, session ids, randoms, key shares, certificates, public values.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_TLS_MESSAGE_H
#define AK_REWRITE_TLS_MESSAGE_H

#include "observe/conversation.h"
#include "rewrite/pseudonym.h"

/* `to` is zeroed and of the body's size. `names` NULL: names stay. */
void ak_rewrite_tls(struct ak_pseudonyms *names, const struct ak_tls_seen *tls, enum ak_side side,
                    uint8_t type, struct ak_span body, uint8_t *to);
/* A ClientHello in an SSL 2.0 record, with its 2-byte header. */
void ak_rewrite_ssl2(struct ak_pseudonyms *names, enum ak_side side, struct ak_span record,
                     uint8_t *to);

#endif
