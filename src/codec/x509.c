/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/x509.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/utf16.h"
#include "codec/x509_plain.h"

#include "base/banned.h"

const char *ak_key_type_name(enum ak_key_type type)
{
    static const char *const names[] = {"other", "rsa", "ec", "dsa", "ed25519", "ed448"};
    return names[type];
}

const char *ak_sign_hash_name(enum ak_sign_hash hash)
{
    static const char *const names[] = {"other",  "md5",    "sha1",  "sha224",
                                        "sha256", "sha384", "sha512"};
    return names[hash];
}

static void copy_text(const char *from, size_t size, char *to, size_t room)
{
    struct ak_span span = {(const uint8_t *)from, size};
    (void)ak_utf8_copy(span, to, room);
}

static void name_text(const X509_NAME *name, char *out, size_t room)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    out[0] = '\0';
    if (bio == NULL)
        return;
    unsigned long flags = (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    if (X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        long size = BIO_get_mem_data(bio, &bytes);
        if (size > 0)
            copy_text(bytes, (size_t)size, out, room);
    }
    BIO_free(bio);
}

static void common_name(const X509_NAME *name, char *out, size_t room)
{
    out[0] = '\0';
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    if (at < 0)
        return;
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    unsigned char *utf8 = NULL;
    int size = ASN1_STRING_to_UTF8(&utf8, value);
    if (size > 0)
        copy_text((const char *)utf8, (size_t)size, out, room);
    OPENSSL_free(utf8);
}

static int64_t unix_time(const ASN1_TIME *time)
{
    int days = 0, seconds = 0;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    if (epoch == NULL || ASN1_TIME_diff(&days, &seconds, epoch, time) != 1)
        days = seconds = 0;
    ASN1_TIME_free(epoch);
    return (int64_t)days * 86400 + seconds;
}

static enum ak_sign_hash hash_of(int nid)
{
    switch (nid) {
    case NID_md5:
        return AK_SIGN_HASH_MD5;
    case NID_sha1:
        return AK_SIGN_HASH_SHA1;
    case NID_sha224:
        return AK_SIGN_HASH_SHA224;
    case NID_sha256:
        return AK_SIGN_HASH_SHA256;
    case NID_sha384:
        return AK_SIGN_HASH_SHA384;
    case NID_sha512:
        return AK_SIGN_HASH_SHA512;
    default:
        return AK_SIGN_HASH_OTHER;
    }
}

static enum ak_key_type key_of(int nid)
{
    switch (nid) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return AK_KEY_RSA;
    case EVP_PKEY_EC:
        return AK_KEY_EC;
    case EVP_PKEY_DSA:
        return AK_KEY_DSA;
    case EVP_PKEY_ED25519:
        return AK_KEY_ED25519;
    case EVP_PKEY_ED448:
        return AK_KEY_ED448;
    default:
        return AK_KEY_OTHER;
    }
}

static void read_signature(X509 *x, struct ak_x509 *c)
{
    int nid = X509_get_signature_nid(x), hash = NID_undef, key = NID_undef;
    const char *name = OBJ_nid2ln(nid);
    if (name != NULL)
        copy_text(name, strlen(name), c->signature_algorithm, sizeof c->signature_algorithm);
    int bits = 0;
    uint32_t flags = 0;
    if (X509_get_signature_info(x, &hash, &key, &bits, &flags) != 1)
        (void)OBJ_find_sigid_algs(nid, &hash, &key);
    c->sign_hash = hash_of(hash);
    c->sign_key = key_of(key);
    c->sign_pss = nid == NID_rsassaPss;
}

static void read_key(X509 *x, struct ak_x509 *c)
{
    EVP_PKEY *key = X509_get0_pubkey(x);
    if (key == NULL)
        return;
    c->key_type = key_of(EVP_PKEY_get_base_id(key));
    c->key_bits = (unsigned)EVP_PKEY_get_bits(key);
    if (c->key_type == AK_KEY_EC)
        (void)EVP_PKEY_get_group_name(key, c->curve, sizeof c->curve, NULL);
}

void ak_x509_add_name(struct ak_x509 *c, size_t *used, const char *prefix, const char *bytes,
                      size_t size)
{
    size_t head = strlen(prefix);
    if (sizeof c->names - *used < head + size + 2)
        return;
    memcpy(c->names + *used, prefix, head);
    struct ak_span span = {(const uint8_t *)bytes, size};
    size_t n = ak_utf8_copy(span, c->names + *used + head, sizeof c->names - *used - head - 1);
    *used += head + n + 1;
    c->name_count++;
}

void ak_x509_address_text(const uint8_t *p, size_t size, char out[48])
{
    if (size == 4) {
        (void)snprintf(out, 48, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < 16; i += 2)
        n += (size_t)snprintf(out + n, 48 - n, "%s%x", i ? ":" : "", (unsigned)ak_be16(p + i));
}

static void read_names(X509 *x, struct ak_x509 *c)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    size_t used = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            const ASN1_IA5STRING *s = name->d.dNSName;
            ak_x509_add_name(c, &used, "DNS:", (const char *)ASN1_STRING_get0_data(s),
                             (size_t)ASN1_STRING_length(s));
        } else if (name->type == GEN_IPADD) {
            const ASN1_OCTET_STRING *s = name->d.iPAddress;
            size_t size = (size_t)ASN1_STRING_length(s);
            char text[48];
            if (size != 4 && size != 16)
                continue;
            ak_x509_address_text(ASN1_STRING_get0_data(s), size, text);
            ak_x509_add_name(c, &used, "IP:", text, strlen(text));
        }
    }
    GENERAL_NAMES_free(names);
}

static void read_usage(X509 *x, struct ak_x509 *c)
{
    uint32_t flags = X509_get_extension_flags(x);
    c->is_authority = (flags & EXFLAG_CA) != 0;
    c->has_extended_usage = (flags & EXFLAG_XKUSAGE) != 0;
    c->server_usage = !c->has_extended_usage ||
                      (X509_get_extended_key_usage(x) & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
    uint32_t usage = X509_get_key_usage(x); /* none when an extension is damaged */
    c->has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
    c->may_encipher_keys = !c->has_key_usage || (usage & KU_KEY_ENCIPHERMENT) != 0;
    c->may_sign = !c->has_key_usage || (usage & KU_DIGITAL_SIGNATURE) != 0;
}

static void read_serial(X509 *x, struct ak_x509 *c)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    if (hex != NULL)
        copy_text(hex, strlen(hex), c->serial, sizeof c->serial);
    OPENSSL_free(hex);
    BN_free(number);
}

static bool verifies_itself(X509 *x)
{
    const ASN1_BIT_STRING *signature = NULL;
    const size_t size = sizeof AK_STAND_IN_SIGNED - 1;
    X509_get0_signature(&signature, NULL, x);
    if (signature != NULL && (size_t)ASN1_STRING_length(signature) >= size &&
        memcmp(ASN1_STRING_get0_data(signature), AK_STAND_IN_SIGNED, size) == 0)
        return true;
    return X509_self_signed(x, 1) == 1;
}

enum ak_verdict ak_x509_parse(struct ak_span der, struct ak_x509 *c)
{
    return ak_x509_plain(der, c) ? AK_VERDICT_PARSED : ak_x509_by_libcrypto(der, c);
}

enum ak_verdict ak_x509_by_libcrypto(struct ak_span der, struct ak_x509 *c)
{
    memset(c, 0, sizeof *c);
    const unsigned char *p = der.bytes;
    if (der.size == 0 || der.size > 0x7fffffff)
        return AK_VERDICT_BAD;
    ERR_set_mark();
    X509 *x = d2i_X509(NULL, &p, (long)der.size);
    if (x != NULL) {
        name_text(X509_get_subject_name(x), c->subject, sizeof c->subject);
        name_text(X509_get_issuer_name(x), c->issuer, sizeof c->issuer);
        common_name(X509_get_subject_name(x), c->subject_cn, sizeof c->subject_cn);
        common_name(X509_get_issuer_name(x), c->issuer_cn, sizeof c->issuer_cn);
        read_serial(x, c);
        c->not_before = unix_time(X509_get0_notBefore(x));
        c->not_after = unix_time(X509_get0_notAfter(x));
        read_signature(x, c);
        read_key(x, c);
        read_names(x, c);
        read_usage(x, c);
        c->self_issued = X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
        c->self_signed = c->self_issued && verifies_itself(x);
    }
    X509_free(x);
    ERR_pop_to_mark();
    return x != NULL ? AK_VERDICT_PARSED : AK_VERDICT_BAD;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_text(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == '\0' && *b == '\0';
}

/* A wildcard stands for exactly one left-most label. */
static bool dns_matches(const char *pattern, const char *host)
{
    if (pattern[0] == '*' && pattern[1] == '.') {
        const char *dot = strchr(host, '.');
        return dot != NULL && dot != host && same_text(pattern + 1, dot);
    }
    return same_text(pattern, host);
}

/* An address in the spelling of `names`: 2001:db8::1 is 2001:db8:0:0:0:0:0:1 there. */
static bool address_of(const char *host, char out[48])
{
    ERR_set_mark();
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
    ERR_pop_to_mark();
    if (address == NULL)
        return false;
    ak_x509_address_text(ASN1_STRING_get0_data(address), (size_t)ASN1_STRING_length(address), out);
    ASN1_OCTET_STRING_free(address);
    return true;
}

bool ak_x509_names_host(const struct ak_x509 *c, const char *host)
{
    const char *at = c->names;
    char address[48];
    bool is_address = address_of(host, address);
    bool any_dns = false;
    for (unsigned i = 0; i < c->name_count; i++, at += strlen(at) + 1) {
        if (strncmp(at, "DNS:", 4) == 0) {
            any_dns = true;
            if (dns_matches(at + 4, host))
                return true;
        } else if (is_address && same_text(at + 3, address)) {
            return true;
        }
    }
    return !any_dns && c->subject_cn[0] != '\0' && dns_matches(c->subject_cn, host);
}
