/* MD5, SHA-1 and SHA-256 by libcrypto, with algorithms fetched once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_BASE_DIGEST_H
#define AK_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ak_digest_kind { AK_DIGEST_MD5, AK_DIGEST_SHA1, AK_DIGEST_SHA256, AK_DIGEST_KINDS };

struct ak_digest; /* not shared between threads */

/* NULL when out of memory. A kind that libcrypto refuses (FIPS) only makes _make fail. */
struct ak_digest *ak_digest_new(void);
void ak_digest_free(struct ak_digest *digest);
/* Writes 16, 20 or 32 bytes to out. */
bool ak_digest_make(struct ak_digest *digest, enum ak_digest_kind kind, const void *bytes,
                    size_t size, uint8_t *out);

#endif
