/* Certificates seen on the wire, each kept once however often a server sends it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_OBSERVE_CERTIFICATE_H
#define AK_OBSERVE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/reader.h"
#include "codec/x509.h"

struct ak_certificate {
    uint32_t references;
    uint32_t id;   /* 1, 2, 3 ...; 0: not interned */
    bool readable; /* libcrypto could parse it; else only size and hashes are valid */
    struct ak_x509 facts;
    uint8_t sha256[32];
    uint8_t sha1[20]; /* what Windows shows as the thumbprint */
    size_t size;
    const uint8_t *der; /* owned, behind the struct */
};

struct ak_certificate_store;

struct ak_certificate_store *ak_certificate_store_new(struct ak_hash_key key);
void ak_certificate_store_free(struct ak_certificate_store *store);

/* One more reference, or NULL (out of memory, or larger than AK_MAX_CERTIFICATE). */
struct ak_certificate *ak_certificate_of(struct ak_certificate_store *store, struct ak_span der);
/* One more reference. */
struct ak_certificate *ak_certificate_keep(struct ak_certificate *certificate);
void ak_certificate_drop(struct ak_certificate *certificate);

/* The 40 digits of a thumbprint as it stands in the registry: blanks and marks that MMC copies
 * along are left out. False: it is none; *clean: nothing was left out. */
bool ak_thumbprint_read(const char *text, uint8_t sha1[20], bool *clean);

#endif
