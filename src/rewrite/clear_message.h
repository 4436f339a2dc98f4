/* Clear talk before TLS, and NTLM messages, without what must not be handed over.
 *
 * What the parser decides by stays: commands, reply codes, the words of an offer, lengths. In lines
 * and elements everything else becomes "x", in packets zero. Names and addresses of proxies and of
 * NTLM stay, or become pseudonyms.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_CLEAR_MESSAGE_H
#define AK_REWRITE_CLEAR_MESSAGE_H

#include "rewrite/pseudonym.h"
#include "trace/tap.h"

/* In both of them `to` is zeroed and of the body's size; `names` NULL: names stay. */
void ak_rewrite_clear(struct ak_pseudonyms *names, const struct ak_tap_part *part, uint8_t *to);
/* How many bytes of `to` it filled: what follows is not of the message. User names become "x" when
 * names stay. */
size_t ak_rewrite_ntlm(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to);

#endif
