/* SPDX-License-Identifier: Apache-2.0 */
#include "predict/readers.h"

#include <string.h>

#include "model/sql_names.h"
#include "model/tls_spellings.h"

/* ------------------------------------------------------------------ suite lists */

static void list_add(struct ak_suite_names *l, uint16_t code, uint16_t curve)
{
    if (curve != 0)
        (void)ak_party_list_add(&l->reading->party->groups, curve, true);
    for (size_t i = 0; i < l->count; i++)
        if (l->codes[i] == code)
            return;
    if (l->count < AK_MAX_PARTY_SUITES)
        l->codes[l->count++] = code;
}

static int nibble(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "0xC0" and then "0x2F", as IANA and OpenSSL write a code. */
static bool half_code(struct ak_suite_names *l, struct ak_span word)
{
    if (word.size != 4 || !ak_words_begin(word, "0x") || nibble(word.bytes[2]) < 0 ||
        nibble(word.bytes[3]) < 0)
        return false;
    uint16_t value = (uint16_t)(nibble(word.bytes[2]) << 4 | nibble(word.bytes[3]));
    if (l->half == 0) {
        l->half = 0x100 | value;
        return true;
    }
    uint16_t code = (uint16_t)((l->half & 0xffu) << 8 | value);
    l->half = 0;
    if (ak_cipher_suite_find(code) != NULL)
        list_add(l, code, 0);
    return true;
}

/* Would somebody who writes a suite write it so? Words of tables and sentences are none. */
static bool looks_like_suite(struct ak_span word)
{
    return ak_words_begin(word, "TLS_") || ak_words_begin(word, "SSL_") ||
           ak_words_begin(word, "0x") || ak_words_has(word, "-SHA") || ak_words_has(word, "_SHA");
}

static void list_word(struct ak_suite_names *l, struct ak_span word)
{
    uint16_t code, curve;
    word = ak_words_unquote(word);
    if (half_code(l, word))
        return;
    /* Four digits alone may be any number of a table: the CipherSuite column is decimal. */
    if ((word.size != 4 || ak_words_begin(word, "0x")) && ak_tls_suite_spelled(word, &code, &curve))
        list_add(l, code, curve);
    else if (looks_like_suite(word) || ak_words_has(word, "TLS_"))
        ak_party_note(l->reading, word);
}

void ak_suite_names_add(struct ak_suite_names *l, struct ak_span text)
{
    struct ak_span word;
    while (ak_words_next(&text, " \t\r\n,;:|\"'(){}[]=", &word))
        list_word(l, word);
}

bool ak_suite_names_end(struct ak_suite_names *l)
{
    struct ak_party *party = l->reading->party;
    if (l->count == 0)
        return false;
    struct ak_party_suite was[AK_MAX_PARTY_SUITES];
    size_t count = party->suite_count;
    memcpy(was, party->suites, count * sizeof was[0]);
    party->suite_count = 0;
    for (size_t i = 0; i < l->count; i++)
        (void)ak_party_suite_add(party, l->codes[i], !ak_cipher_suite_is_signal(l->codes[i]));
    for (size_t i = 0; i < count; i++)
        (void)ak_party_suite_add(party, was[i].code, false);
    return true;
}

bool ak_party_read_suite_list(struct ak_party_reading *r, struct ak_span text)
{
    struct ak_suite_names l = {.reading = r};
    struct ak_span line, word;
    while (ak_words_line(&text, &line)) {
        r->line++;
        (void)ak_words_cut(line, "#", &line, &word);
        ak_suite_names_add(&l, line);
        l.half = 0;
    }
    return ak_suite_names_end(&l);
}

/* ------------------------------------------------------------------ mssql.conf */

static void mssql_protocols(struct ak_party_reading *r, struct ak_span value)
{
    struct ak_party *party = r->party;
    struct ak_span word;
    for (int at = AK_PARTY_SSL30; at < AK_PARTY_VERSIONS; at++)
        if (party->versions[at].state != AK_SWITCH_ABSENT)
            ak_party_version_set(party, (enum ak_party_version_at)at, AK_SWITCH_OFF,
                                 "configuration");
    while (ak_words_next(&value, ", ", &word)) {
        enum ak_party_version_at at = ak_party_version_spelled(word);
        if (at == AK_PARTY_VERSIONS)
            ak_party_note(r, word);
        else
            ak_party_version_set(party, at, AK_SWITCH_ON, "configuration");
    }
}

static bool on(struct ak_span value)
{
    return ak_words_equal(value, "1") || ak_words_equal(value, "true") ||
           ak_words_equal(value, "yes");
}

static bool mssql_setting(struct ak_party_reading *r, struct ak_span key, struct ak_span value)
{
    struct ak_party *party = r->party;
    if (ak_words_equal(key, "tlsprotocols"))
        mssql_protocols(r, value);
    else if (ak_words_equal(key, "tlsciphers"))
        return ak_openssl_ciphers_apply(r, value);
    else if (ak_words_equal(key, "forceencryption"))
        party->sql.encryption = on(value) ? AK_TDS_ENCRYPTION_ON : AK_TDS_ENCRYPTION_OFF;
    else if (ak_words_equal(key, "forcestrict"))
        party->sql.strict_only = on(value);
    else
        return ak_words_equal(key, "tlscert") || ak_words_equal(key, "tlskey");
    return true;
}

/* mssql.conf ("Configure SQL Server on Linux with mssql-conf"): [network] tlsprotocols, tlsciphers,
 * forceencryption, forcestrict. The server answers strict clients from 2022 on; the file does not
 * tell which it is. */
bool ak_party_read_mssql_conf(struct ak_party_reading *r, struct ak_span text)
{
    struct ak_span line, key, value;
    bool network = false, any = false;
    r->party->sql.known = true;
    r->party->sql.encryption = AK_TDS_ENCRYPTION_OFF;
    r->party->sql.strict = true;
    r->party->sql.tls13_only_strict = true;
    r->party->confidence[AK_PARTY_PART_SQL] = AK_CONFIDENCE_MEDIUM;
    while (ak_words_line(&text, &line)) {
        r->line++;
        line = ak_words_trim(line);
        if (line.size > 0 && line.bytes[0] == '[') {
            network = ak_words_equal(line, "[network]");
            any = any || network;
        } else if (network && line.size > 0 && line.bytes[0] != '#' &&
                   ak_words_cut(line, "=", &key, &value)) {
            if (!mssql_setting(r, ak_words_trim(key), ak_words_trim(value)))
                ak_party_note(r, line);
        }
    }
    ak_openssl_level_apply(r->party, (unsigned)r->party->ways[AK_WAY_LEVEL]);
    return any;
}
