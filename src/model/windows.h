/* What each Windows does when nobody has configured it: protocols, suites, groups, signature
 * schemes.
 *
 * Const tables made from data/windows_*.csv, data/schannel_*.csv at build time; every pointer is to
 * static storage. Each part keeps the confidence of its rows: it caps the grade of a verdict that
 * rests on it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_MODEL_WINDOWS_H
#define AK_MODEL_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tls_names.h"

/* high: read in the vendor's document or a captured handshake; medium: derived from such a source;
 * low: unconfirmed. The numbers order them. */
enum ak_confidence { AK_CONFIDENCE_LOW = 1, AK_CONFIDENCE_MEDIUM, AK_CONFIDENCE_HIGH };
/* "low", "medium", "high". */
const char *ak_confidence_name(unsigned confidence);

/* In the order of age; the numbers index arrays. */
enum ak_schannel_protocol {
    AK_SCHANNEL_PROTOCOL_PCT10,
    AK_SCHANNEL_PROTOCOL_SSL20,
    AK_SCHANNEL_PROTOCOL_SSL30,
    AK_SCHANNEL_PROTOCOL_TLS10,
    AK_SCHANNEL_PROTOCOL_TLS11,
    AK_SCHANNEL_PROTOCOL_TLS12,
    AK_SCHANNEL_PROTOCOL_TLS13,
    AK_SCHANNEL_PROTOCOL_DTLS10,
    AK_SCHANNEL_PROTOCOL_DTLS12,
    AK_SCHANNEL_PROTOCOLS
};
/* As the registry writes it: "TLS 1.2". */
const char *ak_schannel_protocol_name(enum ak_schannel_protocol protocol);
/* 0x0303 for TLS 1.2; 0x0002 for SSL 2.0; 0 for PCT. DTLS has its own codes. */
uint16_t ak_schannel_protocol_code(enum ak_schannel_protocol protocol);

enum ak_schannel_role { AK_SCHANNEL_CLIENT, AK_SCHANNEL_SERVER, AK_SCHANNEL_ROLES };

/* What Windows does with a protocol as it is installed ("Protocols in TLS/SSL (Schannel SSP)"). */
enum ak_schannel_default {
    AK_SCHANNEL_DEFAULT_UNKNOWN, /* no table speaks of it */
    AK_SCHANNEL_DEFAULT_NOT_SUPPORTED,
    AK_SCHANNEL_DEFAULT_DISABLED,   /* off; whether naming it helps is not told */
    AK_SCHANNEL_DEFAULT_ON_REQUEST, /* off unless the caller names it */
    AK_SCHANNEL_DEFAULT_ENABLED
};

/* Bits of versions for suites and groups. */
enum {
    AK_SCHANNEL_VERSION_SSL30 = 1,
    AK_SCHANNEL_VERSION_TLS10 = 2,
    AK_SCHANNEL_VERSION_TLS11 = 4,
    AK_SCHANNEL_VERSION_TLS12 = 8,
    AK_SCHANNEL_VERSION_TLS13 = 16
};

enum ak_schannel_suite_state {
    AK_SCHANNEL_SUITE_DEFAULT,    /* in the default list, in its order */
    AK_SCHANNEL_SUITE_AVAILABLE,  /* not in the default list; a policy may name it */
    AK_SCHANNEL_SUITE_ON_REQUEST, /* NULL and PSK suites: only when the application asks */
    AK_SCHANNEL_SUITE_HISTORIC    /* default of the unpatched system */
};

struct ak_schannel_suite {
    const char *name; /* as this Windows writes it: with _P256 and so on before 10 */
    uint16_t code;
    uint16_t group;   /* of the name's suffix; 0 without one */
    uint8_t versions; /* bits */
    uint8_t state;    /* enum ak_schannel_suite_state */
    uint8_t confidence;
    bool fips; /* stays when FIPS mode is on */
};

struct ak_schannel_group {
    const char *name; /* "curve25519", "NistP256" */
    uint16_t code;
    uint8_t versions;
    bool by_default;
    bool fips;
    uint8_t confidence;
};

struct ak_schannel_scheme {
    uint16_t code;
    bool unpatched; /* of the system without KB2973337; else of the current one */
    uint8_t confidence;
};

/* Does this Windows take leading zeros out of the DH secret (KB4557473)? */
enum ak_dhe_fix { AK_DHE_FIX_NO, AK_DHE_FIX_FROM_UBR, AK_DHE_FIX_YES };

struct ak_windows {
    const char *id;   /* "win81_2012r2": stable */
    const char *name; /* "Windows 8.1 / Server 2012 R2" */
    uint8_t nt_major, nt_minor;
    struct {
        uint8_t state; /* enum ak_schannel_default */
        uint8_t confidence;
    } protocols[AK_SCHANNEL_ROLES][AK_SCHANNEL_PROTOCOLS];
    const struct ak_schannel_suite *suites; /* all states; defaults first, in their order */
    size_t suite_count;                     /* 0: not known */
    const struct ak_schannel_group *groups;
    size_t group_count;
    const struct ak_schannel_scheme *schemes; /* as offered by a client, in order */
    size_t scheme_count;                      /* 0: not known */
    uint8_t dhe_fix;                          /* enum ak_dhe_fix */
    uint32_t dhe_fix_ubr;
    bool certificate_only_one; /* a server sends its only certificate whatever the client lists
                                  (10 and 2016 on); older ones send none that is not listed */
    uint16_t dh_server_bits;   /* of the DH prime that a server makes by default */
    uint16_t winhttp_default;  /* WINHTTP_OPTION_SECURE_PROTOCOLS as installed; 0: not told */
    uint8_t confidence;        /* of the row itself */
};

/* Every system, oldest first. */
const struct ak_windows *ak_windows_at(size_t index); /* NULL past the end */
const struct ak_windows *ak_windows_find(const char *id);

/* One product on one build: the support dates differ by edition. */
struct ak_windows_release {
    const struct ak_windows *system;
    const char *name; /* "Windows Server 2019" */
    uint32_t build;
    bool server;
    const char *support_end; /* "2029-01-09" */
    const char *esu_end;     /* "" when there is none */
    uint8_t confidence;
};

const struct ak_windows_release *ak_windows_release_at(size_t index);
/* The release of a build: server or client edition; the one whose support ends last, since the
 * edition's servicing channel cannot be read. A build of one kind alone stands for both; NULL when
 * it is not in the table. */
const struct ak_windows_release *ak_windows_release_find(uint32_t build, bool server);

/* A suite by the name that Windows or IANA gives it, a curve suffix included ("..._P256"). 0 when
 * unknown; *group is 0 without suffix. `system` may be NULL. */
uint16_t ak_schannel_suite_code(const char *name, uint16_t *group);
const struct ak_schannel_suite *ak_windows_suite(const struct ak_windows *system, uint16_t code);
/* A curve by Schannel's name in any case; 0 when unknown. */
uint16_t ak_schannel_group_code(const char *name);

/* What a key under SCHANNEL\Ciphers, Hashes or KeyExchangeAlgorithms takes away with Enabled=0. */
enum ak_algorithm_word { AK_ALGORITHM_CIPHER, AK_ALGORITHM_HASH, AK_ALGORITHM_KEY_EXCHANGE };

struct ak_schannel_algorithm {
    const char *kind, *name; /* the two keys */
    uint8_t word;            /* enum ak_algorithm_word */
    uint8_t code;            /* enum ak_cipher, ak_hash or ak_kx of model/tls_names.h */
    uint8_t confidence;
};

/* NULL when Schannel is not known to read such a key. */
const struct ak_schannel_algorithm *ak_schannel_algorithm_find(const char *kind, const char *name);
/* Does the suite go with it? The AES keys name a key size: GCM goes with CBC. */
bool ak_schannel_algorithm_takes(const struct ak_schannel_algorithm *algorithm,
                                 const struct ak_cipher_suite *suite);

/* Release numbers of .NET Framework 4.5 and later, ascending. */
struct ak_dotnet_release {
    uint32_t release;
    const char *version; /* "4.7.2" */
    bool exact;          /* a number that a system carries; else only the least of a version */
};

/* The row of the number, or the last one below it ("this version or later"); NULL below 4.5. */
const struct ak_dotnet_release *ak_dotnet_release_find(uint32_t release);

/* What programs ask Schannel for by default, by the version that they target. */
struct ak_dotnet_rule {
    const char *target; /* "4.6-4.6.2" */
    uint32_t
        minimum_release; /* a framework that can run them has this Release; 0: older ones too */
    bool strong_crypto, system_default; /* when no value is set */
    uint8_t asked_weak, asked_strong;   /* bits of AK_SCHANNEL_VERSION */
    uint8_t confidence;
};
const struct ak_dotnet_rule *ak_dotnet_rule_at(size_t index); /* NULL past the end */

#endif
