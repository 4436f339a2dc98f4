/* Certificates as authorities issue them for servers, read without libcrypto, some hundred times as
 * fast: libcrypto sets up a decoder for each public key.
 *
 * RFC 5280, version 3, issued by another name; RSA keys, and keys on P-256, P-384 and P-521; names
 * of plain ASCII. False: anything else, anything odd, anything damaged. libcrypto then tells, and
 * of what this reads it tells the same (fuzz_x509 and the unit test compare), but for one thing: it
 * says nothing of a key whose point does not lie on its curve.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_X509_PLAIN_H
#define AK_CODEC_X509_PLAIN_H

#include "codec/x509.h"

bool ak_x509_plain(struct ak_span der, struct ak_x509 *certificate);

/* x509.c: by libcrypto, whatever the certificate. */
enum ak_verdict ak_x509_by_libcrypto(struct ak_span der, struct ak_x509 *certificate);
/* x509.c: adds "DNS:" or "IP:" and a name; *used grows. */
void ak_x509_add_name(struct ak_x509 *certificate, size_t *used, const char *prefix,
                      const char *bytes, size_t size);
void ak_x509_address_text(const uint8_t *address, size_t size, char out[48]);

#endif
