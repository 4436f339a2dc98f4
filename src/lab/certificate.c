/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "codec/x509.h"

#include "base/banned.h"

enum { DAY = 24 * 3600, PEM_MAXIMUM = 16 * 1024 };

static const char lab_name[] = "akushu lab authority (never trust it elsewhere)";
static const char between_name[] = "akushu lab intermediate";
static const char proxy_name[] = "Contoso TLS Inspection CA";
static const char service_name[] = "akushu lab in place of Microsoft's authority";

/* What one certificate says; issuer NULL: itself. */
struct paper {
    EVP_PKEY *key, *issuer_key;
    X509 *issuer;
    const char *name, *hash;
    const char *organisation; /* NULL: none */
    const char *names;        /* subjectAltName; NULL: none */
    bool authority;
    int64_t from, to;
};

static enum ak_err failed(struct ak_error *error, const char *what)
{
    return ak_error_set(error, AK_ERR_UNSUPPORTED, "OpenSSL made no %s", what);
}

static EVP_PKEY *make_key(const char *kind)
{
    if (strncmp(kind, "ec", 2) == 0) {
        const char *curve = strcmp(kind, "ec384") == 0 ? "P-384" : "P-256";
        return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
    }
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(kind + 3, NULL, 10));
}

static bool extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

static bool fill(X509 *c, const struct paper *p)
{
    uint8_t serial[8];
    X509_NAME *name = X509_get_subject_name(c);
    X509 *issuer = p->issuer != NULL ? p->issuer : c;
    if (RAND_bytes(serial, sizeof serial) != 1)
        return false;
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    bool good = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(c)) != NULL;
    BN_free(number);
    good = good && X509_set_version(c, X509_VERSION_3) == 1 &&
           ASN1_TIME_set(X509_getm_notBefore(c), (time_t)p->from) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(c), (time_t)p->to) != NULL &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)p->name, -1, -1,
                                      0) == 1 &&
           (p->organisation == NULL ||
            X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)p->organisation,
                                       -1, -1, 0) == 1) &&
           X509_set_issuer_name(c, X509_get_subject_name(issuer)) == 1 &&
           X509_set_pubkey(c, p->key) == 1;
    if (p->authority)
        return good && extend(c, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
               extend(c, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               extend(c, issuer, NID_subject_key_identifier, "hash");
    return good && extend(c, issuer, NID_ext_key_usage, "serverAuth") &&
           (p->names == NULL || extend(c, issuer, NID_subject_alt_name, p->names));
}

static X509 *make_paper(const struct paper *p)
{
    X509 *c = X509_new();
    const EVP_MD *hash = EVP_get_digestbyname(p->hash);
    bool good = c != NULL && hash != NULL && fill(c, p) &&
                X509_sign(c, p->issuer_key != NULL ? p->issuer_key : p->key, hash) != 0;
    if (good)
        return c;
    X509_free(c);
    return NULL;
}

enum ak_err ak_lab_authority_make(struct ak_lab_authority *a, struct ak_error *error)
{
    struct paper paper = {.name = lab_name, .hash = "sha256", .authority = true};
    memset(a, 0, sizeof *a);
    paper.from = 1735689600; /* 2025: authorities that are older than any certificate of the lab */
    paper.to = paper.from + (int64_t)DAY * 365 * 20;
    paper.key = a->key = make_key("rsa2048");
    if (a->key == NULL)
        return failed(error, "key");
    a->certificate = make_paper(&paper);
    paper.name = proxy_name;
    a->proxy = make_paper(&paper);
    paper.name = service_name;
    paper.organisation = "Microsoft Corporation";
    a->service = make_paper(&paper);
    if (a->certificate == NULL || a->proxy == NULL || a->service == NULL) {
        ak_lab_authority_release(a);
        return failed(error, "certificate");
    }
    return AK_ERR_NONE;
}

void ak_lab_authority_release(struct ak_lab_authority *a)
{
    EVP_PKEY_free(a->key);
    X509_free(a->certificate);
    X509_free(a->proxy);
    X509_free(a->service);
    memset(a, 0, sizeof *a);
}

/* The intermediate has its authority's key: nobody looks at that. */
static bool issue(struct ak_lab_keys *keys, const struct ak_lab_certificate *wanted,
                  const struct ak_lab_authority *a, struct paper *paper)
{
    const char *weak = paper->hash;
    keys->anchor = wanted->issuer == AK_LAB_ISSUED_BY_PROXY     ? a->proxy
                   : wanted->issuer == AK_LAB_ISSUED_BY_SERVICE ? a->service
                                                                : a->certificate;
    paper->issuer = keys->anchor;
    paper->issuer_key = a->key;
    if (wanted->issuer == AK_LAB_ISSUED_BY_BETWEEN) {
        const struct paper between = {.key = a->key,
                                      .issuer_key = a->key,
                                      .issuer = a->certificate,
                                      .name = between_name,
                                      .hash = weak,
                                      .authority = true,
                                      .from = paper->from,
                                      .to = paper->to};
        paper->hash = "sha256";
        paper->issuer = keys->chain[1] = make_paper(&between);
        if (keys->chain[1] == NULL)
            return false;
    } else if (wanted->issuer == AK_LAB_ISSUED_BY_ITSELF) {
        paper->issuer = NULL;
        paper->issuer_key = NULL;
    }
    keys->chain[0] = make_paper(paper);
    if (wanted->issuer == AK_LAB_ISSUED_BY_ITSELF)
        keys->anchor = keys->chain[0];
    return keys->chain[0] != NULL && X509_up_ref(keys->anchor) == 1;
}

enum ak_err ak_lab_keys_make(struct ak_lab_keys *keys, const struct ak_lab_certificate *wanted,
                             const struct ak_lab_authority *authority, int64_t day,
                             struct ak_error *error)
{
    bool dated = wanted->from_day != 0 || wanted->to_day != 0;
    char names[300];
    struct paper paper = {.name = "localhost",
                          .hash = wanted->hash != NULL ? wanted->hash : "sha256",
                          .names = "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3,IP:::1"};
    memset(keys, 0, sizeof *keys);
    paper.from = day + (int64_t)DAY * (dated ? wanted->from_day : -1);
    paper.to = day + (int64_t)DAY * (dated ? wanted->to_day : 30);
    if (wanted->name != NULL) {
        (void)snprintf(names, sizeof names, "DNS:%s", wanted->name);
        paper.name = wanted->name;
        paper.names = names;
    } else if (wanted->issuer == AK_LAB_ISSUED_BY_ITSELF) {
        paper.name = "SSL_Self_Signed_Fallback";
        paper.names = NULL;
    }
    paper.key = keys->key = make_key(wanted->key != NULL ? wanted->key : "rsa2048");
    if (keys->key == NULL || !issue(keys, wanted, authority, &paper)) {
        keys->anchor = NULL; /* no reference of its own yet */
        ak_lab_keys_release(keys);
        return failed(error, "certificate");
    }
    return AK_ERR_NONE;
}

X509 *ak_lab_certificate_for(const struct ak_lab_keys *keys, const char *name,
                             const struct ak_lab_authority *authority, int64_t day)
{
    char names[300];
    const struct paper paper = {.key = keys->key,
                                .issuer_key = authority->key,
                                .issuer = keys->anchor,
                                .name = strlen(name) <= 64 ? name : "akushu lab",
                                .hash = "sha256",
                                .names = names,
                                .from = day - DAY,
                                .to = day + (int64_t)DAY * 30};
    bool plain = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
                 strlen(name); /* what stands in names is read as a list of them */
    if (!plain || strlen(name) > 253)
        return NULL;
    (void)snprintf(names, sizeof names, "DNS:%s", name);
    return make_paper(&paper);
}

void ak_lab_keys_release(struct ak_lab_keys *keys)
{
    EVP_PKEY_free(keys->key);
    X509_free(keys->chain[0]);
    X509_free(keys->chain[1]);
    X509_free(keys->anchor);
    memset(keys, 0, sizeof *keys);
}

bool ak_lab_keys_anchor(const struct ak_lab_keys *keys, struct ak_text *out)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    long size = 0;
    if (memory != NULL && PEM_write_bio_X509(memory, keys->anchor) == 1)
        size = BIO_get_mem_data(memory, &bytes);
    if (size > 0)
        ak_text_bytes(out, bytes, (size_t)size);
    BIO_free(memory);
    return size > 0 && !out->failed;
}

static void describe(X509 *certificate, struct ak_party_link *link)
{
    struct ak_x509 facts;
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    memset(link, 0, sizeof *link);
    if (size <= 0)
        return;
    const struct ak_span span = {der, (size_t)size};
    if (ak_x509_parse(span, &facts) == AK_VERDICT_PARSED) {
        link->key = (uint8_t)facts.key_type;
        link->bits = (uint16_t)facts.key_bits;
        link->curve = facts.key_type != AK_KEY_EC ? 0 : facts.key_bits == 384 ? 24 : 23;
        link->sign_hash = (uint8_t)facts.sign_hash;
        link->sign_key = (uint8_t)facts.sign_key;
        link->self_signed = facts.self_signed;
    }
    OPENSSL_free(der);
}

void ak_lab_keys_describe(const struct ak_lab_keys *keys, struct ak_party *server)
{
    server->chains_known = true;
    server->chain_count = 1;
    memset(&server->chains[0], 0, sizeof server->chains[0]);
    for (size_t i = 0; i < 2 && keys->chain[i] != NULL; i++) {
        describe(keys->chain[i], &server->chains[0].links[i]);
        server->chains[0].count = (uint8_t)(i + 1);
    }
}
