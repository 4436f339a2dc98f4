/* The readers of single formats, and what they share. Private to src/predict/.
 *
 * Each reader gets a party that holds the defaults already and returns whether it understood
 * anything.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AK_PREDICT_READERS_H
#define AK_PREDICT_READERS_H

#include "base/words.h"
#include "predict/party_text.h"

struct ak_party_reading {
    struct ak_party *party;
    struct ak_party_notes *notes;
    const struct ak_party_input *input;
    unsigned line;
};

void ak_party_note(struct ak_party_reading *r, struct ak_span text);

/* Replaces the list by these names; those that are none are noted. */
enum ak_party_names { AK_PARTY_NAMES_GROUPS, AK_PARTY_NAMES_SCHEMES };
void ak_party_names_set(struct ak_party_reading *r, enum ak_party_names kind, struct ak_span names,
                        const char *separators);
/* "TLSv1.2", "tls1.2", "TLS 1.2", "VERS-TLS1.2", "SSLv3"; AK_PARTY_VERSIONS: none of them. */
enum ak_party_version_at ak_party_version_spelled(struct ak_span name);

/* OpenSSL: replaces all suites up to TLS 1.2 by what the string expands to and applies its security
 * level. False: nothing in it matches, and no such suite is left: OpenSSL, too, has replaced its
 * list before it reports the error. */
bool ak_openssl_ciphers_apply(struct ak_party_reading *r, struct ak_span string);
/* Takes away what the security level forbids (SSL_CTX_set_security_level(3)). */
void ak_openssl_level_apply(struct ak_party *party, unsigned level);
/* Is this a word of cipher strings: an alias, a suite, DEFAULT? */
bool ak_openssl_name_known(struct ak_span name);
/* The level of a cipher string's "@SECLEVEL=", or -1. */
int ak_openssl_level_of(struct ak_span string);

/* Suites in the order of a text, as they are found. Zeroed but for `reading`. */
struct ak_suite_names {
    struct ak_party_reading *reading;
    uint16_t codes[AK_MAX_PARTY_SUITES];
    size_t count;
    uint16_t half; /* of "0xC0,0x2F": the first half, with 0x100 set */
};
/* Names and codes among other words; what would be a suite and is none is noted. */
void ak_suite_names_add(struct ak_suite_names *names, struct ak_span text);
/* They become the party's, in order; its old ones are what else it could do. False: there are none.
 */
bool ak_suite_names_end(struct ak_suite_names *names);

bool ak_party_read_openssl_cnf(struct ak_party_reading *r, struct ak_span text);
bool ak_party_read_gnutls_priority(struct ak_party_reading *r, struct ak_span text);
bool ak_party_read_gnutls_config(struct ak_party_reading *r, struct ak_span text);
bool ak_party_read_java_security(struct ak_party_reading *r, struct ak_span text);
bool ak_party_read_mssql_conf(struct ak_party_reading *r, struct ak_span text);
bool ak_party_read_suite_list(struct ak_party_reading *r, struct ak_span text);
bool ak_party_read_iis_crypto(struct ak_party_reading *r, struct ak_span text);

#endif
