/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "predict/readers.h"

int ak_openssl_level_of(struct ak_span string)
{
    int level = -1;
    struct ak_span rule;
    uint32_t number;
    if (ak_words_begin(string, "SUITEB")) /* nothing behind it is looked at */
        return -1;
    while (ak_words_next(&string, ":;, ", &rule))
        if (ak_words_begin(rule, "@SECLEVEL=") &&
            ak_words_number(ak_words_from(rule, 10), 5, &number))
            level = (int)number;
    return level;
}

/* Bits of security of a suite's cipher (ssl_ciph.c, strength_bits). */
static unsigned strength_of(uint8_t cipher)
{
    switch (cipher) {
    case AK_CIPHER_NULL:
        return 0;
    case AK_CIPHER_3DES_EDE_CBC:
        return 112;
    case AK_CIPHER_AES_256_CBC:
    case AK_CIPHER_AES_256_GCM:
    case AK_CIPHER_AES_256_CCM:
    case AK_CIPHER_CAMELLIA_256_CBC:
    case AK_CIPHER_ARIA_256_GCM:
    case AK_CIPHER_CHACHA20_POLY1305:
        return 256;
    default:
        return 128;
    }
}

static bool forward_secret(const struct ak_cipher_suite *suite)
{
    switch (suite->key_exchange) {
    case AK_KX_DHE:
    case AK_KX_ECDHE:
    case AK_KX_DHE_PSK:
    case AK_KX_ECDHE_PSK:
    case AK_KX_TLS13:
        return true;
    default:
        return false;
    }
}

/* ssl_security_default_callback of ssl_cert.c, SSL_SECOP_CIPHER_*. */
static bool suite_secure(uint16_t code, unsigned level, unsigned bits)
{
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    if (suite == NULL || level == 0)
        return true;
    bool anonymous = suite->authentication == AK_AUTH_NULL && suite->key_exchange != AK_KX_SRP;
    return strength_of(suite->cipher) >= bits && !anonymous && suite->hash != AK_HASH_MD5 &&
           !(bits > 160 && suite->hash == AK_HASH_SHA1) &&
           !(level >= 2 && suite->cipher == AK_CIPHER_RC4_128) &&
           !(level >= 3 && !forward_secret(suite));
}

/* Security of a signature: half of its hash, SHA-1 and MD5 by their known attacks
 * (tls1_set_sigalgs and sigalg_security_bits of t1_lib.c). */
static unsigned scheme_security(uint16_t scheme)
{
    struct ak_scheme_parts parts;
    if (!ak_scheme_parts_of(scheme, &parts))
        return 0;
    switch (parts.hash) {
    case AK_SIGN_HASH_MD5:
        return 39;
    case AK_SIGN_HASH_SHA1:
        return 63;
    case AK_SIGN_HASH_SHA224:
        return 112;
    case AK_SIGN_HASH_SHA384:
        return 192;
    case AK_SIGN_HASH_SHA512:
        return 256;
    default:
        return scheme == 0x0808 ? 224 : 128;
    }
}

static unsigned group_security(uint16_t group)
{
    if (ak_group_is_ffdhe(group))
        return group == 0x0100 ? 112 : group == 0x0101 ? 128 : group == 0x0102 ? 152 : 176;
    if (group == 0x001d)
        return 128;
    return group == 0x001e ? 224 : ak_group_bits(group) / 2;
}

static void keep_secure(struct ak_party_list *list, unsigned bits, unsigned (*security)(uint16_t))
{
    for (size_t i = 0; i < list->count; i++)
        if (security(list->entries[i].code) < bits)
            list->entries[i].on = false;
}

/* A client looks at each signature of a chain by its level too (X509_STORE_CTX, auth_level). */
static void chain_by_level(struct ak_party *party, unsigned bits)
{
    memset(&party->chain_schemes, 0, sizeof party->chain_schemes);
    party->chain_schemes.known = true;
    for (unsigned hash = 1; hash <= 6; hash++)
        for (unsigned key = 1; key <= 3; key++)
            if (scheme_security((uint16_t)(hash << 8 | key)) >= bits)
                (void)ak_party_list_add(&party->chain_schemes, (uint16_t)(hash << 8 | key), true);
    for (uint16_t code = 0x0804; code <= 0x080b; code++)
        if (scheme_security(code) >= bits)
            (void)ak_party_list_add(&party->chain_schemes, code, true);
}

void ak_openssl_level_apply(struct ak_party *party, unsigned level)
{
    static const uint16_t bits[] = {0, 80, 112, 128, 192, 256};
    static const uint16_t rsa[] = {0, 1024, 2048, 3072, 7680, 15360};
    static const uint16_t dh[] = {1024, 1024, 2048, 3072, 7680, 15360};
    static const uint16_t ec[] = {0, 160, 224, 256, 384, 512};
    level = level < AK_COUNT(bits) ? level : (unsigned)AK_COUNT(bits) - 1;
    for (size_t i = 0; i < party->suite_count; i++)
        if (!suite_secure(party->suites[i].code, level, bits[level]))
            party->suites[i].on = false;
    keep_secure(&party->groups, bits[level], group_security);
    keep_secure(&party->schemes, bits[level], scheme_security);
    chain_by_level(party, bits[level]);
    party->bounds.rsa_min = rsa[level];
    party->bounds.dh_min = dh[level];
    party->bounds.ec_min = ec[level];
    /* Since 3.0 these signatures count as too weak from level 1 on; the RSA key exchange, which
     * signs nothing, still works for a client. */
    party->no_old_signatures = level > 0 && party->ways[AK_WAY_OLD_VERSIONS_AT_LEVEL_0] != 0;
}
