// Names and properties of TLS code points: versions, suites, groups, signatures, alerts and so on.
// SPDX-License-Identifier: Apache-2.0
//
// Everything here is a look-up in const tables that tools/gen_model.py makes from data/tls_*.csv at
// build time. Nothing allocates; every returned pointer is to static storage. A code that the
// tables do not know gives NULL, never a made-up text. Names are those of the IANA "Transport Layer
// Security (TLS) Parameters" registry.
#ifndef AK_MODEL_TLS_NAMES_H
#define AK_MODEL_TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How the keys are agreed upon. AK_KX_TLS13 stands for suites that do not say (TLS 1.3);
// AK_KX_OTHER for GOST, PAKEs and for signalling values that are no suite at all.
enum ak_kx {
    AK_KX_NULL,
    AK_KX_RSA,
    AK_KX_DHE,
    AK_KX_ECDHE,
    AK_KX_DH,
    AK_KX_ECDH,
    AK_KX_PSK,
    AK_KX_DHE_PSK,
    AK_KX_ECDHE_PSK,
    AK_KX_RSA_PSK,
    AK_KX_SRP,
    AK_KX_KRB5,
    AK_KX_TLS13,
    AK_KX_OTHER
};

// How the server proves who it is; for static DH and ECDH the key type that signed its
// certificate. AK_AUTH_NULL is an anonymous exchange.
enum ak_auth {
    AK_AUTH_NULL,
    AK_AUTH_RSA,
    AK_AUTH_ECDSA,
    AK_AUTH_DSS,
    AK_AUTH_PSK,
    AK_AUTH_TLS13,
    AK_AUTH_OTHER
};

// The bulk cipher with its mode.
enum ak_cipher {
    AK_CIPHER_NULL,
    AK_CIPHER_RC2_CBC_40,
    AK_CIPHER_RC2_CBC_56,
    AK_CIPHER_RC4_40,
    AK_CIPHER_RC4_56,
    AK_CIPHER_RC4_128,
    AK_CIPHER_DES40_CBC,
    AK_CIPHER_DES_CBC,
    AK_CIPHER_3DES_EDE_CBC,
    AK_CIPHER_IDEA_CBC,
    AK_CIPHER_SEED_CBC,
    AK_CIPHER_AES_128_CBC,
    AK_CIPHER_AES_256_CBC,
    AK_CIPHER_AES_128_GCM,
    AK_CIPHER_AES_256_GCM,
    AK_CIPHER_AES_128_CCM,
    AK_CIPHER_AES_256_CCM,
    AK_CIPHER_AES_128_OCB,
    AK_CIPHER_AES_256_OCB,
    AK_CIPHER_CAMELLIA_128_CBC,
    AK_CIPHER_CAMELLIA_256_CBC,
    AK_CIPHER_CAMELLIA_128_GCM,
    AK_CIPHER_CAMELLIA_256_GCM,
    AK_CIPHER_ARIA_128_CBC,
    AK_CIPHER_ARIA_256_CBC,
    AK_CIPHER_ARIA_128_GCM,
    AK_CIPHER_ARIA_256_GCM,
    AK_CIPHER_CHACHA20_POLY1305,
    AK_CIPHER_SM4_GCM,
    AK_CIPHER_SM4_CCM,
    AK_CIPHER_AEGIS_128L,
    AK_CIPHER_AEGIS_256,
    AK_CIPHER_GOST,
    AK_CIPHER_OTHER
};

// The hash that the suite's name ends in: the MAC of CBC and stream suites, the PRF hash of AEADs.
enum ak_hash {
    AK_HASH_NULL,
    AK_HASH_MD5,
    AK_HASH_SHA1,
    AK_HASH_SHA256,
    AK_HASH_SHA384,
    AK_HASH_SHA512,
    AK_HASH_SM3,
    AK_HASH_GOST,
    AK_HASH_OTHER
};

struct ak_cipher_suite {
    uint16_t code;          // on the wire
    uint8_t key_exchange;   // enum ak_kx
    uint8_t authentication; // enum ak_auth
    uint8_t cipher;         // enum ak_cipher
    uint8_t hash;           // enum ak_hash
    uint8_t tag_bytes;      // AEAD: authentication tag, 16, or 8 for the CCM_8 suites;
                            // CBC and stream: size of the MAC; NULL suites without one: 0
    uint8_t hash_bytes;     // TLS 1.3: of Finished and secrets (32 or 48; 64 for AEGIS-256); TLS
                            // 1.2: of the PRF; 0 if neither version can use the suite
    uint16_t min_version;   // first and last version that negotiates it in practice: OpenSSL, for
                            // one, uses AES with SSL 3.0 although RFC 3268 speaks of TLS
    uint16_t max_version;
    const char *name; // IANA description, "TLS_..."
};

// "1.2" for 0x0303, "2.0" for SSL 2.0; drafts of TLS 1.3 are "1.3". NULL for any other code, DTLS
// and GREASE included.
const char *ak_tls_version_name(uint16_t code);

// "ssl" for SSL 2.0 and 3.0, "tls" for every other code (the Elastic Common Schema's
// tls.version_protocol). Never NULL.
const char *ak_tls_version_protocol(uint16_t code);

// The code with every TLS 1.3 draft (0x7f00-0x7fff, and 0xfb17 and 0xfb1a of Facebook's stack)
// turned into 0x0304. All others come back as they are.
uint16_t ak_tls_version_normal(uint16_t code);

// NULL if the code is not in the table (GREASE values are not). O(log n). Signalling values
// (0x00FF, 0x5600) are found, with key_exchange AK_KX_OTHER: see ak_cipher_suite_is_signal.
const struct ak_cipher_suite *ak_cipher_suite_find(uint16_t code);

// The code of a suite by its IANA name of `size` bytes, in any case; 0 (the NULL suite) if unknown.
uint16_t ak_cipher_suite_code(const char *name, size_t size);

// The rows one by one, in ascending order of the code; NULL behind the last.
const struct ak_cipher_suite *ak_cipher_suite_at(size_t at);

// True for values that stand in a ClientHello's list and can never be chosen: the two SCSVs and
// GREASE.
bool ak_cipher_suite_is_signal(uint16_t code);

// Name of a three-byte SSL 2.0 cipher kind, "SSL_CK_...". A kind whose first byte is 0 is a TLS
// suite (RFC 5246 appendix E.2) and gives that suite's name. NULL if unknown.
const char *ak_ssl2_cipher_name(uint32_t kind);

// Supported groups ("x25519", "secp256r1", "X25519MLKEM768"). NULL if unknown.
const char *ak_tls_group_name(uint16_t code);

// TLS 1.3 signature schemes and TLS 1.2 pairs of hash and signature, in one naming:
// "rsa_pss_rsae_sha256", "rsa_pkcs1_md5" (0x0101), "dsa_sha1" (0x0202). NULL if unknown.
const char *ak_tls_signature_scheme_name(uint16_t code);

// Alert descriptions from SSL 3.0 to TLS 1.3: "handshake_failure". NULL if unknown.
const char *ak_tls_alert_name(uint8_t code);

// Extension types: "server_name". NULL if unknown.
const char *ak_tls_extension_name(uint16_t code);

// RFC 8701 values of the form 0x?A?A with equal bytes.
bool ak_tls_is_grease(uint16_t code);

// The SECURITY_STATUS with which Schannel reports an alert that it received or sends
// (Microsoft's "Schannel error codes for TLS and SSL alerts"); 0x80090326
// (SEC_E_ILLEGAL_MESSAGE) for every alert that has no status of its own.
uint32_t ak_schannel_status_of_alert(uint8_t alert);

#endif
