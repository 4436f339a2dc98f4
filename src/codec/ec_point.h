/* Another public key on the same curve, for a certificate that is shown without its own.
 *
 * A point that lies on no curve would make the certificate's key unreadable.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_EC_POINT_H
#define AK_CODEC_EC_POINT_H

#include <stdbool.h>

#include "base/reader.h"

/* Writes a point of the same curve and form (compressed or not) over `point`, which lies in a copy
 * of the key. `key` is a SubjectPublicKeyInfo (RFC 5480); `seed` decides the point. False, and
 * nothing is written: the curve or the form is not known to libcrypto. */
bool ak_ec_point_stand_in(struct ak_span key, struct ak_span seed, uint8_t *point, size_t size);

#endif
