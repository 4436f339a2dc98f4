/* A certificate under pseudonyms: same structure, same lengths, other names and another key.
 *
 * Names, addresses, serial and key numbers and the signature are replaced; algorithms, key sizes,
 * curves, dates and usages stay. So its fingerprint is another one, and its signature verifies no
 * more; whether it did is written into it (AK_STAND_IN_SIGNED). Extensions that are not known here
 * become zero.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_REWRITE_CERTIFICATE_H
#define AK_REWRITE_CERTIFICATE_H

#include "base/reader.h"
#include "rewrite/pseudonym.h"

/* In place. What cannot be followed becomes zero. */
void ak_rewrite_certificate(struct ak_pseudonyms *names, uint8_t *der, size_t size);
void ak_rewrite_distinguished_name(struct ak_pseudonyms *names, uint8_t *der, size_t size);

#endif
