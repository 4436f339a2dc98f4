/* Certificates with their properties, as Windows keeps them: the serialized store (.sst) and the
 * blobs below SystemCertificates in a registry.
 *
 * A store is the number 0, "CERT", then elements: property, encoding, length (32 bits each, little
 * endian) and the value. Property 32 is the certificate itself and ends its entry, 33 a revocation
 * list, 34 a trust list; 0 is the end. A blob is one such entry without the header. The properties
 * are those of [MS-GPEF] 2.2.1.1.1.1 and wincrypt.h. What contradicts itself inside of a property
 * is left out and told by `damaged`.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_CERT_STORE_H
#define AK_CODEC_CERT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

enum ak_key_spec {
    AK_KEY_SPEC_NONE = 0, /* a key of CNG has none */
    AK_KEY_SPEC_EXCHANGE = 1,
    AK_KEY_SPEC_SIGNATURE = 2
};

enum { AK_CERT_PROPERTY_TEXT = 96 };

/* What is told beside the certificate. */
struct ak_cert_properties {
    bool told;         /* the source has properties at all: a store, a blob, a PFX */
    bool has_key;      /* it says where the private key lies, or holds it */
    bool has_key_spec; /* `key_spec` counts */
    bool cng;          /* the key lies with CNG, not with a legacy provider */
    bool has_usage;    /* purposes were chosen by hand (MMC): the property says which are left */
    bool server_usage; /* server authentication is among them */
    bool archived;     /* MMC hides it */
    bool damaged;      /* a property contradicts its format */
    uint32_t key_spec;
    uint32_t provider_type;
    char provider[AK_CERT_PROPERTY_TEXT]; /* "Microsoft RSA SChannel Cryptographic Provider" */
    char friendly_name[AK_CERT_PROPERTY_TEXT];
};

struct ak_cert_entry {
    struct ak_span der; /* borrows the input */
    struct ak_cert_properties properties;
};

typedef void ak_cert_sink(void *context, const struct ak_cert_entry *entry);

/* Does it begin as a store? Eight bytes are enough. */
bool ak_cert_store_is(struct ak_span head);
/* Tells every certificate of a store. The record says what is wrong with it; what came before was
 * told. A store that ends without an end mark is whole when an entry ended there. */
enum ak_verdict ak_cert_store_read(struct ak_span store, ak_cert_sink *sink, void *context,
                                   struct ak_parse *parse);
/* One blob of a registry. Empty `der`: it holds no certificate. */
enum ak_verdict ak_cert_blob_parse(struct ak_span blob, struct ak_cert_entry *entry,
                                   struct ak_parse *parse);

/* Is server authentication among the purposes of a DER SEQUENCE OF OBJECT IDENTIFIER (RFC 5280
 * 4.2.1.12)? *valid becomes false when it is no such sequence. */
bool ak_cert_usage_serves(struct ak_span der, bool *valid);

#endif
