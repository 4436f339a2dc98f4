/* PEM (RFC 7468): the DER inside "-----BEGIN CERTIFICATE-----". */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_PEM_H
#define AK_CODEC_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/reader.h"

/* Finds the next block of this label from *at on, moves *at behind it and decodes its base64 into
 * `out` (room bytes); *size is what it takes. False: there is no further one, or it does not fit or
 * is damaged (then *at is behind its begin line, and the next call goes on). */
bool ak_pem_next(struct ak_span text, const char *label, size_t *at, uint8_t *out, size_t room,
                 size_t *size);

#endif
