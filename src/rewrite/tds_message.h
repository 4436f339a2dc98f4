/* TDS messages in clear without what must not be handed over.
 *
 * Zero: user, password, SSPI, the new password, the attached file, feature data, the texts of
 * unknown fields. Letters of error texts become "x". With pseudonyms also: host, server, database
 * and instance names, the hardware address, application names that are no driver's.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_TDS_MESSAGE_H
#define AK_REWRITE_TDS_MESSAGE_H

#include "base/reader.h"
#include "rewrite/pseudonym.h"

/* In all of them `to` is zeroed and of the body's size; `names` NULL: names stay. */
void ak_rewrite_prelogin(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to);
void ak_rewrite_login7(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to);
void ak_rewrite_response(struct ak_pseudonyms *names, struct ak_span body, uint8_t *to);

#endif
