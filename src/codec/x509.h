/* Facts of one X.509 certificate (RFC 5280). What is common is read here (x509_plain.h), the rest
 * by libcrypto. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_CODEC_X509_H
#define AK_CODEC_X509_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reader.h"

enum ak_key_type { AK_KEY_OTHER, AK_KEY_RSA, AK_KEY_EC, AK_KEY_DSA, AK_KEY_ED25519, AK_KEY_ED448 };

enum ak_sign_hash {
    AK_SIGN_HASH_OTHER,
    AK_SIGN_HASH_MD5,
    AK_SIGN_HASH_SHA1,
    AK_SIGN_HASH_SHA224,
    AK_SIGN_HASH_SHA256,
    AK_SIGN_HASH_SHA384,
    AK_SIGN_HASH_SHA512
};

enum { AK_X509_TEXT = 256, AK_X509_NAMES = 2048 };

struct ak_x509 {
    char subject[AK_X509_TEXT], issuer[AK_X509_TEXT]; /* RFC 4514 strings, UTF-8 */
    char subject_cn[AK_X509_TEXT], issuer_cn[AK_X509_TEXT];
    char serial[64];               /* hexadecimal */
    int64_t not_before, not_after; /* seconds since 1970, UTC */
    enum ak_key_type key_type;
    unsigned key_bits;
    char curve[32];               /* EC: the group's short name of libcrypto, e.g. prime256v1 */
    char signature_algorithm[48]; /* libcrypto's long name, e.g. sha256WithRSAEncryption */
    enum ak_sign_hash sign_hash;
    enum ak_key_type sign_key; /* of the issuer */
    bool sign_pss;
    bool self_issued;  /* issuer equals subject */
    bool self_signed;  /* and its own key verifies its signature, or a stand-in says that it did */
    bool is_authority; /* basicConstraints CA */
    bool has_extended_usage, server_usage;
    bool has_key_usage, may_encipher_keys, may_sign; /* keyUsage; all true without it */
    unsigned name_count;                             /* subjectAltName entries kept in `names` */
    char names[AK_X509_NAMES];                       /* NUL-separated: "DNS:sql01" "IP:192.0.2.1" */
};

/* The first bytes of a signature that stands in for one that was taken away (a pseudonymised
 * capture). That of a certificate whose own key had verified it says so: nobody can any more. */
#define AK_STAND_IN_SIGNED "akushu:self-sign"
#define AK_STAND_IN_OTHER "akushu:stand-in."

/* BAD when libcrypto cannot read it either. Texts that do not fit are cut. */
enum ak_verdict ak_x509_parse(struct ak_span der, struct ak_x509 *certificate);

const char *ak_key_type_name(enum ak_key_type type);   /* "rsa", "ec", ...; "other" */
const char *ak_sign_hash_name(enum ak_sign_hash hash); /* "sha256" ...; "other" */

/* Does the certificate name this host (RFC 9525 6: subjectAltName, else the common name as Windows
 * and OpenSSL still do)? `host` is a DNS name or an address in text form. */
bool ak_x509_names_host(const struct ak_x509 *certificate, const char *host);

#endif
