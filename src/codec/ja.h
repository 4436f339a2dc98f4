/* JA3, JA3S and JA4 fingerprints as text to be hashed, and JA4 whole.
 *
 * JA3 and JA3S: github.com/salesforce/ja3 (BSD 3-clause method). JA4: FoxIO's technical details of
 * JA4 (BSD 3-clause; the other JA4+ methods carry another licence and are not made here).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_JA_H
#define AK_CODEC_JA_H

#include "base/digest.h"
#include "base/text.h"
#include "codec/tls.h"

/* "771,4865-4866,0-23,29-23,0": GREASE left out. */
void ak_ja3_text(const struct ak_client_hello *hello, struct ak_text *out);
/* "771,49200,65281-23" */
void ak_ja3s_text(const struct ak_server_hello *hello, struct ak_text *out);

enum { AK_JA4_SIZE = 37 }; /* "t13d1516h2_8daaf6152771_e5627efa2ab1" and a NUL */

/* JA4 of a hello seen over TCP; "" when the digest fails. `scratch` is cleared and used. */
void ak_ja4(const struct ak_client_hello *hello, struct ak_digest *digest, struct ak_text *scratch,
            char out[AK_JA4_SIZE]);

#endif
