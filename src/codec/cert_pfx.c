/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS #12 (RFC 7292): a container of safes, each in clear or under the password; safes hold bags:
 * certificates and keys, which name each other by a local key id. */
#include "codec/cert_file.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/utf16.h"

#include "base/banned.h"

enum { KEY_ID = 64 };

struct pfx_key {
    uint8_t id[KEY_ID];
    size_t id_size; /* 0: it names no certificate */
    bool has_spec;
    uint32_t spec;
    char provider[AK_CERT_PROPERTY_TEXT];
};

struct pfx {
    OSSL_LIB_CTX *library; /* with the old ciphers that Windows up to 2016 writes */
    OSSL_PROVIDER *providers[2];
    PKCS12 *file;
    const char *password; /* what opens it; NULL counts as a password of its own */
    int password_size;
    uint64_t rounds; /* spent */
    struct pfx_key keys[AK_MAX_PFX_KEYS];
    size_t key_count;
    STACK_OF(PKCS12_SAFEBAG) * bags[AK_MAX_PFX_SAFES];
    size_t bag_count;
    bool locked;      /* a safe could not be opened */
    bool unsupported; /* ... for its algorithm or price */
};

/* ---- what a password's derivation would cost ---- */

/* Takes the rounds of one derivation from what may be spent. */
static bool affordable(struct pfx *p, const ASN1_INTEGER *rounds)
{
    int64_t n = 1;
    if (rounds != NULL && (ASN1_INTEGER_get_int64(&n, rounds) != 1 || n < 1))
        return false;
    if (n > (int64_t)AK_MAX_PFX_ROUNDS || p->rounds + (uint64_t)n > AK_MAX_PFX_ROUNDS)
        return false;
    p->rounds += (uint64_t)n;
    return true;
}

static void *parameters(const X509_ALGOR *algorithm, const ASN1_ITEM *item)
{
    const void *value = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE || value == NULL)
        return NULL;
    return ASN1_item_unpack((const ASN1_STRING *)value, item);
}

/* PKCS #12's own derivation, or PBES2 with PBKDF2; scrypt is in nobody's exports and asks for
 * memory. */
static bool may_open(struct pfx *p, const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    bool good = false;
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    if (OBJ_obj2nid(oid) != NID_pbes2) {
        PBEPARAM *pbe = parameters(algorithm, ASN1_ITEM_rptr(PBEPARAM));
        good = pbe != NULL && affordable(p, pbe->iter);
        PBEPARAM_free(pbe);
        return good;
    }
    PBE2PARAM *pbe2 = parameters(algorithm, ASN1_ITEM_rptr(PBE2PARAM));
    if (pbe2 != NULL) {
        X509_ALGOR_get0(&oid, NULL, NULL, pbe2->keyfunc);
        PBKDF2PARAM *kdf = OBJ_obj2nid(oid) == NID_id_pbkdf2
                               ? parameters(pbe2->keyfunc, ASN1_ITEM_rptr(PBKDF2PARAM))
                               : NULL;
        good = kdf != NULL && affordable(p, kdf->iter);
        PBKDF2PARAM_free(kdf);
    }
    PBE2PARAM_free(pbe2);
    return good;
}

/* ---- the password ---- */

static bool fits(struct pfx *p, const char *password)
{
    const ASN1_INTEGER *rounds = NULL;
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid = NULL;
    int size = password != NULL ? (int)strlen(password) : 0;
    PKCS12_get0_mac(NULL, &algorithm, NULL, &rounds, p->file);
    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    /* PBMAC1 (RFC 9579) is newer than OpenSSL 3.0. */
    if (OBJ_obj2nid(oid) == NID_pbmac1 || !affordable(p, rounds)) {
        p->unsupported = true;
        return false;
    }
    if (PKCS12_verify_mac(p->file, password, size) != 1)
        return false;
    p->password = password;
    p->password_size = size;
    return true;
}

/* An empty password and none at all are two different ones. */
static enum ak_cert_outcome find_password(struct pfx *p, const char *password)
{
    p->password = password;
    p->password_size = password != NULL ? (int)strlen(password) : 0;
    if (PKCS12_mac_present(p->file) != 1 || (password != NULL && fits(p, password)) ||
        (!p->unsupported && fits(p, NULL)) || (!p->unsupported && fits(p, "")))
        return AK_CERT_OUTCOME_READ;
    if (p->unsupported)
        return AK_CERT_OUTCOME_UNSUPPORTED;
    return password != NULL ? AK_CERT_OUTCOME_WRONG_PASSWORD : AK_CERT_OUTCOME_NEEDS_PASSWORD;
}

/* ---- safes ---- */

static STACK_OF(PKCS12_SAFEBAG) * open_safe(struct pfx *p, PKCS7 *safe)
{
    if (PKCS7_type_is_data(safe))
        return PKCS12_unpack_p7data(safe);
    if (!PKCS7_type_is_encrypted(safe) || safe->d.encrypted == NULL ||
        safe->d.encrypted->enc_data == NULL ||
        !may_open(p, safe->d.encrypted->enc_data->algorithm)) {
        p->unsupported = true;
        return NULL;
    }
    STACK_OF(PKCS12_SAFEBAG) *bags = PKCS12_unpack_p7encdata(safe, p->password, p->password_size);
    p->locked = p->locked || bags == NULL;
    return bags;
}

static bool open_safes(struct pfx *p)
{
    STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p->file);
    int count = sk_PKCS7_num(safes);
    for (int i = 0; i < count && p->bag_count < AK_MAX_PFX_SAFES; i++) {
        STACK_OF(PKCS12_SAFEBAG) *bags = open_safe(p, sk_PKCS7_value(safes, i));
        if (bags != NULL)
            p->bags[p->bag_count++] = bags;
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return safes != NULL;
}

/* ---- bags ---- */

static void bmp_text(const ASN1_TYPE *value, char out[AK_CERT_PROPERTY_TEXT])
{
    unsigned char *utf8 = NULL;
    out[0] = '\0';
    if (value == NULL || value->type != V_ASN1_BMPSTRING)
        return;
    int size = ASN1_STRING_to_UTF8(&utf8, value->value.bmpstring);
    if (size > 0) {
        struct ak_span span = {utf8, (size_t)size};
        (void)ak_utf8_copy(span, out, AK_CERT_PROPERTY_TEXT);
    }
    OPENSSL_free(utf8);
}

static size_t key_id(const PKCS12_SAFEBAG *bag, uint8_t out[KEY_ID])
{
    const ASN1_TYPE *value = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
    if (value == NULL || value->type != V_ASN1_OCTET_STRING)
        return 0;
    int size = ASN1_STRING_length(value->value.octet_string);
    if (size <= 0 || size > KEY_ID)
        return 0;
    memcpy(out, ASN1_STRING_get0_data(value->value.octet_string), (size_t)size);
    return (size_t)size;
}

/* Windows writes the key's kind as a key usage among its attributes: 0x10 for AT_KEYEXCHANGE, 0x80
 * for AT_SIGNATURE. */
static void key_usage(const PKCS8_PRIV_KEY_INFO *info, struct pfx_key *key)
{
    const STACK_OF(X509_ATTRIBUTE) *list = PKCS8_pkey_get0_attrs(info);
    int at = X509at_get_attr_by_NID(list, NID_key_usage, -1);
    if (at < 0)
        return;
    const ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(X509at_get_attr(list, at), 0);
    if (value == NULL || value->type != V_ASN1_BIT_STRING ||
        ASN1_STRING_length(value->value.bit_string) < 1)
        return;
    uint8_t bits = ASN1_STRING_get0_data(value->value.bit_string)[0];
    key->has_spec = bits == 0x10 || bits == 0x80;
    key->spec = bits == 0x10 ? AK_KEY_SPEC_EXCHANGE : AK_KEY_SPEC_SIGNATURE;
}

static void take_key(struct pfx *p, const PKCS12_SAFEBAG *bag)
{
    if (p->key_count == AK_MAX_PFX_KEYS)
        return;
    struct pfx_key *key = &p->keys[p->key_count++];
    key->id_size = key_id(bag, key->id);
    bmp_text(PKCS12_SAFEBAG_get0_attr(bag, NID_ms_csp_name), key->provider);
    if (PKCS12_SAFEBAG_get_nid(bag) == NID_keyBag) {
        key_usage(PKCS12_SAFEBAG_get0_p8inf(bag), key);
        return;
    }
    const X509_ALGOR *algorithm = NULL;
    const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
    X509_SIG_get0(sealed, &algorithm, NULL);
    if (!may_open(p, algorithm))
        return;
    PKCS8_PRIV_KEY_INFO *info =
        PKCS12_decrypt_skey_ex(bag, p->password, p->password_size, p->library, NULL);
    if (info != NULL)
        key_usage(info, key);
    PKCS8_PRIV_KEY_INFO_free(info); /* wipes it */
}

static void take_keys(struct pfx *p)
{
    for (size_t s = 0; s < p->bag_count; s++)
        for (int i = 0; i < sk_PKCS12_SAFEBAG_num(p->bags[s]); i++) {
            const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(p->bags[s], i);
            int kind = PKCS12_SAFEBAG_get_nid(bag);
            if (kind == NID_keyBag || kind == NID_pkcs8ShroudedKeyBag)
                take_key(p, bag);
        }
}

static bool is_cng(const char *provider)
{
    return strstr(provider, "Key Storage Provider") != NULL ||
           strcmp(provider, "Microsoft Platform Crypto Provider") == 0;
}

static void join_key(const struct pfx *p, const PKCS12_SAFEBAG *bag, struct ak_cert_properties *out)
{
    uint8_t id[KEY_ID];
    size_t size = key_id(bag, id);
    for (size_t i = 0; size != 0 && i < p->key_count; i++) {
        const struct pfx_key *key = &p->keys[i];
        if (key->id_size != size || memcmp(key->id, id, size) != 0)
            continue;
        out->has_key = true;
        out->has_key_spec = key->has_spec;
        out->key_spec = key->has_spec ? key->spec : 0;
        out->cng = is_cng(key->provider);
        (void)snprintf(out->provider, sizeof out->provider, "%s", key->provider);
        return;
    }
}

static bool tell_certificate(const struct pfx *p, const PKCS12_SAFEBAG *bag, ak_cert_sink *sink,
                             void *context)
{
    struct ak_cert_entry entry;
    unsigned char *bytes = NULL;
    if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
        return false;
    X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
    int size = x != NULL ? i2d_X509(x, &bytes) : 0;
    X509_free(x);
    if (size <= 0)
        return false;
    memset(&entry, 0, sizeof entry);
    entry.der.bytes = bytes;
    entry.der.size = (size_t)size;
    entry.properties.told = true;
    bmp_text(PKCS12_SAFEBAG_get0_attr(bag, NID_friendlyName), entry.properties.friendly_name);
    join_key(p, bag, &entry.properties);
    sink(context, &entry);
    OPENSSL_free(bytes);
    return true;
}

static size_t tell_certificates(const struct pfx *p, ak_cert_sink *sink, void *context)
{
    size_t told = 0;
    for (size_t s = 0; s < p->bag_count; s++)
        for (int i = 0; i < sk_PKCS12_SAFEBAG_num(p->bags[s]); i++) {
            const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(p->bags[s], i);
            if (told < AK_MAX_FILE_CERTIFICATES && PKCS12_SAFEBAG_get_nid(bag) == NID_certBag)
                told += tell_certificate(p, bag, sink, context);
        }
    return told;
}

/* ---- the whole ---- */

static bool is_whole(struct ak_span file)
{
    const unsigned char *at = file.bytes;
    PKCS12 *whole = d2i_PKCS12(NULL, &at, (long)file.size);
    PKCS12_free(whole);
    return whole != NULL;
}

/* A library context of its own: the old ciphers stay out of everybody else's. It costs some
 * milliseconds. */
static bool set_up(struct pfx *p, struct ak_span file)
{
    const unsigned char *at = file.bytes;
    memset(p, 0, sizeof *p);
    if (!is_whole(file))
        return false;
    p->library = OSSL_LIB_CTX_new();
    if (p->library == NULL)
        return false;
    p->providers[0] = OSSL_PROVIDER_load(p->library, "default");
    p->providers[1] = OSSL_PROVIDER_load(p->library, "legacy"); /* where it is installed */
    p->file = PKCS12_init_ex(NID_pkcs7_data, p->library, NULL);
    return p->file != NULL && d2i_PKCS12(&p->file, &at, (long)file.size) != NULL;
}

static void tear_down(struct pfx *p)
{
    for (size_t i = 0; i < p->bag_count; i++)
        sk_PKCS12_SAFEBAG_pop_free(p->bags[i], PKCS12_SAFEBAG_free);
    PKCS12_free(p->file);
    for (size_t i = 0; i < AK_COUNT(p->providers); i++)
        if (p->providers[i] != NULL)
            (void)OSSL_PROVIDER_unload(p->providers[i]);
    OSSL_LIB_CTX_free(p->library);
}

static enum ak_cert_outcome outcome_of(const struct pfx *p, size_t told, const char *password)
{
    if (told != 0)
        return p->locked || p->unsupported ? AK_CERT_OUTCOME_PARTLY : AK_CERT_OUTCOME_READ;
    if (p->unsupported)
        return AK_CERT_OUTCOME_UNSUPPORTED;
    if (p->locked && PKCS12_mac_present(p->file) == 1)
        return AK_CERT_OUTCOME_UNSUPPORTED; /* the password is right */
    if (p->locked)
        return password != NULL ? AK_CERT_OUTCOME_WRONG_PASSWORD : AK_CERT_OUTCOME_NEEDS_PASSWORD;
    return AK_CERT_OUTCOME_EMPTY;
}

enum ak_cert_outcome ak_cert_pfx_read(struct ak_span file, const char *password, ak_cert_sink *sink,
                                      void *context)
{
    struct pfx p;
    enum ak_cert_outcome outcome = AK_CERT_OUTCOME_BAD;
    ERR_set_mark();
    if (set_up(&p, file)) {
        outcome = find_password(&p, password);
        if (outcome == AK_CERT_OUTCOME_READ && !open_safes(&p))
            outcome = AK_CERT_OUTCOME_BAD;
        if (outcome == AK_CERT_OUTCOME_READ) {
            take_keys(&p);
            outcome = outcome_of(&p, tell_certificates(&p, sink, context), password);
        }
    }
    tear_down(&p);
    ERR_pop_to_mark();
    return outcome;
}
