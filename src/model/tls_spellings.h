/* The names by which configuration texts call suites, groups and signature schemes, as codes.
 *
 * Read are IANA's names, those of OpenSSL, GnuTLS, Java (SSL_ for TLS_) and Windows (a curve behind
 * the suite, NistP256), and hexadecimal codes. Case, hyphens and underscores do not matter.
 * Generated from data/tls_cipher_suites.csv, data/openssl_suites.csv and data/tls_aliases.csv.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_TLS_SPELLINGS_H
#define AK_MODEL_TLS_SPELLINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reader.h"

/* A suite as OpenSSL lists it; the rows stand in OpenSSL's order of preference. */
struct ak_openssl_suite {
    uint16_t code, min_version;
    uint8_t strength; /* 0 none (NULL), 1 medium, 2 high */
    bool in_default;  /* in DEFAULT */
    bool weak_build;  /* only in builds with enable-weak-ssl-ciphers, and before 1.1.0 */
    const char *name;
};
extern const struct ak_openssl_suite ak_openssl_suite_rows[];
extern const size_t ak_openssl_suite_row_count;

/* False, and nothing written, for a name that is none. `curve` gets the group of a Windows suffix
 * (_P256), else 0; it may be NULL. */
bool ak_tls_suite_spelled(struct ak_span name, uint16_t *code, uint16_t *curve);
bool ak_tls_group_spelled(struct ak_span name, uint16_t *code);
bool ak_tls_scheme_spelled(struct ak_span name, uint16_t *code);

#endif
