/* One side of a TLS connection: everything about it that decides a negotiation. */
/* SPDX-License-Identifier: Apache-2.0 */
/* A party is made from what is known of a machine or a program: a captured ClientHello, a
 * configuration text, the settings of a Windows host, a named default (party_*.h). It holds no
 * pointers but to static texts, so copying one by assignment is right; that is how
 * ak_negotiate_changes tries things out.
 *
 * "Not known" is never the same as "none": every list says whether it is known. A party that does
 * not know a part lets negotiate() pass it and lowers the confidence of the answer.
 *
 * Lists are in order of preference. What exceeds a maximum is counted in `left_out`.
 */
#ifndef AK_PREDICT_PARTY_H
#define AK_PREDICT_PARTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "model/stacks.h"
#include "model/tls_names.h"
#include "model/windows.h"
#include "observe/conversation.h"

/* The parts whose confidence is told one by one: an answer is as good as the worst that it used. */
enum ak_party_part {
    AK_PARTY_PART_VERSIONS,
    AK_PARTY_PART_SUITES,
    AK_PARTY_PART_GROUPS,
    AK_PARTY_PART_SCHEMES,
    AK_PARTY_PART_CHAIN_SCHEMES,
    AK_PARTY_PART_KEY_SIZES,
    AK_PARTY_PART_CERTIFICATES,
    AK_PARTY_PART_EXTENSIONS, /* extended master secret, renegotiation */
    AK_PARTY_PART_WAYS,       /* how its software behaves */
    AK_PARTY_PART_SQL,
    AK_PARTY_PARTS
};

/* Places in `versions`, oldest first. */
enum ak_party_version_at {
    AK_PARTY_SSL20,
    AK_PARTY_SSL30,
    AK_PARTY_TLS10,
    AK_PARTY_TLS11,
    AK_PARTY_TLS12,
    AK_PARTY_TLS13,
    AK_PARTY_VERSIONS
};

enum ak_switch {
    AK_SWITCH_ABSENT, /* the software lacks it: no setting brings it */
    AK_SWITCH_OFF,
    AK_SWITCH_NAMED, /* only for callers that ask for it by name */
    AK_SWITCH_ON
};

struct ak_party_version {
    uint8_t state;   /* enum ak_switch */
    const char *why; /* static id of what decided it: "os-default", "registry", "policy", "caller",
                        "configuration", "program-default", "offered", "not-supported"; never NULL
                        in a party that ak_party_init has seen */
};

/* A suite that the party has. One that is off could be switched on without other software. */
struct ak_party_suite {
    uint16_t code;
    bool on;
    bool last_resort; /* a server takes it only when nothing else fits (jdk.tls.legacyAlgorithms) */
    uint8_t versions; /* bit 1 << enum ak_party_version_at; 0: whatever the suite itself allows */
};

struct ak_party_code {
    uint16_t code;
    bool on;
    uint8_t versions; /* of a scheme, as of a suite; 0: any */
};

/* Groups or signature schemes. */
struct ak_party_list {
    bool known;    /* false: say nothing about it, and `count` is 0 */
    bool complete; /* what is not listed cannot be switched on */
    uint16_t count;
    uint16_t left_out;
    struct ak_party_code entries[AK_MAX_PARTY_CODES];
};

/* One certificate of a chain; [0] is the server's own. */
struct ak_party_link {
    uint8_t key;       /* enum ak_key_type */
    bool pss_only;     /* an RSA key that may sign with PSS alone */
    uint16_t bits;     /* 0: not known */
    uint16_t curve;    /* EC: group code; 0: not known */
    uint8_t sign_hash; /* enum ak_sign_hash of its signature; OTHER: not known, or none (Ed25519) */
    uint8_t sign_key;  /* enum ak_key_type of the key that signed it; OTHER: not known */
    bool sign_pss;
    bool self_signed; /* its signature proves nothing, and nobody checks it */
};

/* A certificate that a server can present, with the chain that it sends. */
struct ak_party_chain {
    uint8_t count;
    struct ak_party_link links[AK_MAX_CHAIN];
};

/* Smallest and largest key that a side takes from its peer, in bits; 0: no limit. */
struct ak_key_bounds {
    uint16_t rsa_min, rsa_max; /* of certificates */
    uint16_t dh_min, dh_max;
    uint16_t ec_min;
};

enum ak_need { AK_NEED_UNKNOWN, AK_NEED_NONE, AK_NEED_SUPPORTED, AK_NEED_REQUIRED };

/* Does its Diffie-Hellman keep leading zeros as RFC 5246 8.1.2 asks? */
enum ak_dhe_zero { AK_DHE_ZERO_UNKNOWN, AK_DHE_ZERO_FIXED, AK_DHE_ZERO_FAULTY };

/* What SQL Server and its drivers decide before TLS (MS-TDS 2.2.6.5, TDS 8.0). */
struct ak_party_sql {
    bool known;             /* false: plain TLS, or nobody told */
    uint8_t encryption;     /* enum ak_tds_encryption: what the client sends, what the server is
                               set to (OFF, ON = forced, NOT_SUP = none) */
    bool strict;            /* client: Encrypt=strict; server: answers strict clients */
    bool strict_only;       /* server: Force Strict Encryption */
    bool tls13_only_strict; /* TLS 1.3 is out inside PRELOGIN packets */
};

struct ak_party {
    char name[AK_MAX_PARTY_NAME];
    const char *program; /* static: whose defaults it began with, "openssl-3.0"; "" when none */
    uint8_t role;        /* enum ak_side: a party has one role, since stacks differ by it */
    uint8_t stack;       /* enum ak_stack */
    uint8_t confidence[AK_PARTY_PARTS];
    struct ak_party_version versions[AK_PARTY_VERSIONS];
    bool names_versions; /* the caller asks for versions by name, so NAMED ones count as on */

    bool suites_known, suites_complete;
    uint16_t suite_count, suites_left_out;
    struct ak_party_suite suites[AK_MAX_PARTY_SUITES];

    struct ak_party_list groups;
    struct ak_party_list key_shares; /* client: of which groups it sends shares in its first hello;
                                        not known: the first AK_WAY_KEY_SHARES of its groups */
    struct ak_party_list schemes;    /* client: offered; server: what it signs with */
    struct ak_party_list chain_schemes; /* signature_algorithms_cert; not known: as `schemes` */

    struct ak_key_bounds bounds;
    uint16_t dh_bits;               /* server: size of the group that it sends; 0: has none */
    bool dh_bits_known;             /* false: some size, not known which */
    uint8_t extended_master_secret; /* enum ak_need */
    uint8_t renegotiation_info;     /* enum ak_need */
    bool prefers_own_order;         /* server */
    bool asks_certificate, needs_certificate; /* server; the client's own: has_certificate */
    bool has_certificate;
    bool no_old_signatures; /* neither makes nor takes those of MD5 and SHA-1 that (EC)DHE needs
                               below TLS 1.2 */
    uint8_t dhe_zero;       /* enum ak_dhe_zero */

    bool chains_known;
    uint8_t chain_count; /* server: certificates to choose from, best first */
    struct ak_party_chain chains[AK_MAX_PARTY_CHAINS];

    struct ak_party_sql sql;
    int16_t ways[AK_WAYS]; /* as its software behaves (model/stacks.h); may be changed after init */
};

/* Nothing known, versions absent, the ways of the stack. `name` is copied and may be cut. */
void ak_party_init(struct ak_party *party, const char *name, enum ak_side role,
                   enum ak_stack stack);

/* 0x0303 for AK_PARTY_TLS12, and back; AK_PARTY_VERSIONS for a code that is no version. */
uint16_t ak_party_version_code(enum ak_party_version_at at);
enum ak_party_version_at ak_party_version_of(uint16_t code);

/* Sets one version, or all from `low` to `high` to ON and the others that are not absent to OFF. */
void ak_party_version_set(struct ak_party *party, enum ak_party_version_at at, enum ak_switch state,
                          const char *why);
void ak_party_version_range(struct ak_party *party, enum ak_party_version_at low,
                            enum ak_party_version_at high, const char *why);
/* On, or NAMED with a caller that names versions. */
bool ak_party_version_on(const struct ak_party *party, enum ak_party_version_at at);

/* Appends; a code that is there already is switched on and keeps its place. False: no room. Makes
 * the list known. */
bool ak_party_suite_add(struct ak_party *party, uint16_t code, bool on);
/* The same for a code that the caller knows not to be there. */
bool ak_party_suite_append(struct ak_party *party, uint16_t code, bool on);
bool ak_party_list_add(struct ak_party_list *list, uint16_t code, bool on);
/* The same for certain versions alone; what is there already gains them. */
bool ak_party_list_add_for(struct ak_party_list *list, uint16_t code, uint8_t versions);
/* The suite's place, or NULL. */
const struct ak_party_suite *ak_party_suite_find(const struct ak_party *party, uint16_t code);
/* Is the suite on, and may this version use it? */
bool ak_party_suite_fits(const struct ak_party_suite *suite, enum ak_party_version_at at);
/* True when the code is listed and on. */
bool ak_party_list_has(const struct ak_party_list *list, uint16_t code);
/* Its entry, or NULL. */
const struct ak_party_code *ak_party_list_find(const struct ak_party_list *list, uint16_t code);

/* Adds a certificate of one link. NULL: no room. */
struct ak_party_chain *ak_party_chain_add(struct ak_party *party, enum ak_key_type key,
                                          unsigned bits, uint16_t curve,
                                          enum ak_sign_hash sign_hash, enum ak_key_type sign_key);

/* What a signature scheme is made of. */
struct ak_scheme_parts {
    uint8_t key;    /* enum ak_key_type that can sign with it */
    uint8_t hash;   /* enum ak_sign_hash; OTHER for Ed25519 and Ed448 */
    uint16_t curve; /* that TLS 1.3 binds it to; 0: none */
    bool pss;
    bool pss_only; /* for keys that may sign with PSS alone */
};
/* False for a code that is not known. RFC 8446 4.2.3, RFC 5246 7.4.1.4.1. */
bool ak_scheme_parts_of(uint16_t scheme, struct ak_scheme_parts *parts);
/* Size of a group in bits (P-256: 256, ffdhe2048: 2048); 0 when not known. */
unsigned ak_group_bits(uint16_t group);
/* ffdhe2048 and its kin (RFC 7919). */
bool ak_group_is_ffdhe(uint16_t group);

#endif
