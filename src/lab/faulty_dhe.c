/* SPDX-License-Identifier: Apache-2.0 */
#include "lab/faulty_dhe.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "codec/tls.h"

#include "base/banned.h"

enum {
    SUITE = 0x009e,
    SCSV = 0x00ff,
    PRIME = 256, /* bytes */
    EXPONENT = 32,
    KEY = 16,
    SALT = 4,
    NONCE = 8,
    TAG = 16,
    SECRET = 48,
    VERIFY = 12,
    RANDOM = 32,
    RECORD = 16384,
    EXTENSION_EMS = 23,
    EXTENSION_RENEGOTIATION = 0xff01
};

/* A safe prime of 2041 bits: its first byte is 1, so every second number below it begins with a
 * zero byte when it is written in 256 of them. */
static const uint8_t often_prime[PRIME] = {
    0x01, 0xeb, 0x5e, 0xc5, 0x6d, 0x24, 0xad, 0x30, 0x1a, 0xcc, 0x8f, 0xbb, 0x8a, 0x1c, 0x28, 0xb9,
    0xe0, 0x4d, 0x06, 0x27, 0x46, 0xfe, 0xd1, 0x6b, 0x1a, 0xeb, 0x31, 0x63, 0xed, 0xa4, 0x63, 0x1f,
    0x92, 0x9c, 0x5b, 0xe8, 0x4f, 0x74, 0x2a, 0x21, 0x30, 0x3e, 0x8a, 0x28, 0xd1, 0x5f, 0x41, 0x3e,
    0x7d, 0x2d, 0x7b, 0x00, 0x9a, 0x86, 0xe7, 0xef, 0x3a, 0xdb, 0x6a, 0x1a, 0xab, 0x72, 0x18, 0xd3,
    0xc8, 0x37, 0x72, 0xff, 0xd7, 0xd0, 0x79, 0xb8, 0x90, 0x0f, 0xfc, 0x0c, 0xe5, 0x1e, 0x8a, 0xd4,
    0x34, 0x6f, 0xde, 0x98, 0x09, 0x23, 0xb1, 0xcf, 0x50, 0xb8, 0x40, 0x51, 0x31, 0xcf, 0x63, 0xf7,
    0x00, 0xfa, 0xa8, 0xa1, 0x65, 0xc2, 0xb3, 0xb4, 0xf2, 0xf2, 0x10, 0x97, 0x6d, 0xcf, 0x23, 0x9d,
    0x22, 0x2f, 0xa9, 0xce, 0xf0, 0x04, 0xcc, 0x64, 0x4b, 0xbb, 0xe7, 0x6c, 0x79, 0xcd, 0xf1, 0x6a,
    0xda, 0xca, 0x84, 0x8a, 0x61, 0x3c, 0xdc, 0xf7, 0x4c, 0xbb, 0x6c, 0xc0, 0x7c, 0x6b, 0x5e, 0xcf,
    0xad, 0x41, 0x38, 0x2c, 0x34, 0xc0, 0x97, 0x1b, 0x5e, 0x16, 0x3b, 0x2c, 0xff, 0xa6, 0x17, 0xdb,
    0x52, 0x8a, 0x94, 0x5b, 0x78, 0x5e, 0xfb, 0x47, 0xab, 0xdb, 0x12, 0x2c, 0x02, 0x1b, 0xeb, 0x67,
    0x60, 0xf9, 0x3f, 0xc5, 0x08, 0xcd, 0xba, 0x87, 0x14, 0x26, 0x48, 0xe9, 0xe7, 0xf7, 0x8e, 0x4d,
    0xda, 0xa3, 0xca, 0x5c, 0x00, 0x04, 0xa9, 0x63, 0x8b, 0xf5, 0x23, 0x2e, 0x0d, 0x64, 0x13, 0x80,
    0x43, 0x8f, 0xd1, 0xa6, 0xba, 0xed, 0x7e, 0x35, 0x72, 0x19, 0x2e, 0x66, 0x3e, 0xfa, 0x64, 0xe2,
    0xed, 0xbc, 0xf5, 0xab, 0x88, 0xca, 0xdc, 0x81, 0x96, 0x19, 0xae, 0x8c, 0xe0, 0x81, 0xfc, 0x5c,
    0x8d, 0xd2, 0x4e, 0x9d, 0x76, 0x18, 0x63, 0xbd, 0x3b, 0x2a, 0xa1, 0xf8, 0x4c, 0xd1, 0x0b, 0x5f,
};

enum expected { CLIENT_HELLO, CLIENT_KEY_EXCHANGE, CHANGE_CIPHER, FINISHED, DATA };

/* One direction's key, and how many records it has protected. */
struct direction {
    uint8_t key[KEY], salt[SALT];
    uint64_t sequence;
};

struct ak_faulty_dhe {
    const struct ak_lab_keys *keys;
    enum ak_lab_fault fault;
    struct ak_faulty_session *session;
    bool resumed;
    enum expected expected;
    const char *reason;
    struct ak_text handshake;  /* of the client, not taken yet */
    struct ak_text transcript; /* all handshake messages */
    uint8_t random[2][RANDOM]; /* client's, server's */
    uint8_t master[SECRET];
    BIGNUM *p, *x;
    uint8_t id[RANDOM]; /* of its session; not sent without that fault */
    bool extended, renegotiation;
    uint16_t scheme;
    struct direction in, out;
};

struct ak_faulty_dhe *ak_faulty_dhe_new(const struct ak_lab_keys *keys, enum ak_lab_fault fault,
                                        bool often, struct ak_faulty_session *session)
{
    uint8_t exponent[EXPONENT];
    struct ak_faulty_dhe *d = ak_alloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->keys = keys;
    d->fault = fault;
    d->session = session;
    d->reason = "";
    ak_text_init(&d->handshake, AK_MAX_HANDSHAKE_MESSAGE);
    ak_text_init(&d->transcript, AK_MAX_HANDSHAKE_MESSAGE);
    d->p = often ? BN_bin2bn(often_prime, PRIME, NULL) : BN_get_rfc3526_prime_2048(NULL);
    if (RAND_bytes(exponent, sizeof exponent) == 1)
        d->x = BN_bin2bn(exponent, sizeof exponent, NULL);
    if (d->p != NULL && d->x != NULL && EVP_PKEY_get_base_id(keys->key) == EVP_PKEY_RSA)
        return d;
    ak_faulty_dhe_free(d);
    return NULL;
}

void ak_faulty_dhe_free(struct ak_faulty_dhe *d)
{
    if (d == NULL)
        return;
    ak_text_release(&d->handshake);
    ak_text_release(&d->transcript);
    BN_free(d->p);
    BN_clear_free(d->x);
    OPENSSL_cleanse(d, sizeof *d);
    ak_free(d);
}

const char *ak_faulty_dhe_reason(const struct ak_faulty_dhe *d)
{
    return d->reason;
}

static enum ak_faulty_state refuse(struct ak_faulty_dhe *d, const char *reason)
{
    d->reason = reason;
    return AK_FAULTY_REFUSED;
}

/* ---- writing ---- */

static void be(struct ak_text *out, uint32_t value, unsigned bytes)
{
    while (bytes-- > 0)
        ak_text_char(out, (char)(uint8_t)(value >> 8 * bytes));
}

static void plain_record(struct ak_text *out, uint8_t type, const void *body, size_t size)
{
    be(out, type, 1);
    be(out, 0x0303, 2);
    be(out, (uint32_t)size, 2);
    ak_text_bytes(out, body, size);
}

/* A handshake message into the transcript and, as a record, out. */
static void message(struct ak_faulty_dhe *d, uint8_t type, struct ak_text *body,
                    struct ak_text *out)
{
    size_t at = d->transcript.size;
    be(&d->transcript, type, 1);
    be(&d->transcript, (uint32_t)body->size, 3);
    ak_text_bytes(&d->transcript, body->bytes, body->size);
    if (!d->transcript.failed)
        plain_record(out, AK_TLS_HANDSHAKE, d->transcript.bytes + at, d->transcript.size - at);
    ak_text_clear(body);
}

/* ---- keys ---- */

/* P_SHA256 (RFC 5246 5). */
static void prf(const uint8_t *secret, size_t secret_size, const char *label, const uint8_t *seed,
                size_t seed_size, uint8_t *out, size_t size)
{
    uint8_t block[EVP_MAX_MD_SIZE + 256];
    size_t label_size = strlen(label);
    unsigned n = 0;
    uint8_t a[EVP_MAX_MD_SIZE], made[EVP_MAX_MD_SIZE], first[256];
    AK_BUG_ON(label_size + seed_size > sizeof first);
    memcpy(first, label, label_size);
    memcpy(first + label_size, seed, seed_size);
    (void)HMAC(EVP_sha256(), secret, (int)secret_size, first, label_size + seed_size, a, &n);
    for (size_t at = 0; at < size;) {
        memcpy(block, a, n);
        memcpy(block + n, first, label_size + seed_size);
        (void)HMAC(EVP_sha256(), secret, (int)secret_size, block, n + label_size + seed_size, made,
                   &n);
        size_t part = size - at < n ? size - at : n;
        memcpy(out + at, made, part);
        at += part;
        (void)HMAC(EVP_sha256(), secret, (int)secret_size, a, n, made, &n);
        memcpy(a, made, n);
    }
}

static void transcript_hash(const struct ak_faulty_dhe *d, uint8_t hash[32])
{
    (void)EVP_Digest(d->transcript.bytes, d->transcript.size, hash, NULL, EVP_sha256(), NULL);
}

/* The keys of both directions (RFC 5246 6.3). */
static void expand(struct ak_faulty_dhe *d)
{
    uint8_t seed[2 * RANDOM], block[2 * (KEY + SALT)];
    memcpy(seed, d->random[1], RANDOM);
    memcpy(seed + RANDOM, d->random[0], RANDOM);
    prf(d->master, SECRET, "key expansion", seed, sizeof seed, block, sizeof block);
    memcpy(d->in.key, block, KEY);
    memcpy(d->out.key, block + KEY, KEY);
    memcpy(d->in.salt, block + 2 * KEY, SALT);
    memcpy(d->out.salt, block + 2 * KEY + SALT, SALT);
    OPENSSL_cleanse(block, sizeof block);
}

static void derive(struct ak_faulty_dhe *d, const uint8_t *premaster, size_t size)
{
    uint8_t seed[2 * RANDOM];
    if (d->extended) {
        transcript_hash(d, seed);
        prf(premaster, size, "extended master secret", seed, 32, d->master, SECRET);
    } else {
        memcpy(seed, d->random[0], RANDOM);
        memcpy(seed + RANDOM, d->random[1], RANDOM);
        prf(premaster, size, "master secret", seed, sizeof seed, d->master, SECRET);
    }
    expand(d);
}

/* ---- records under protection (RFC 5288 3, RFC 5246 6.2.3.3) ---- */

static void additional_data(uint64_t sequence, uint8_t type, size_t size, uint8_t out[13])
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(sequence >> (56 - 8 * i));
    out[8] = type;
    out[9] = out[10] = 3;
    out[11] = (uint8_t)(size >> 8);
    out[12] = (uint8_t)size;
}

static bool crypt(struct direction *way, bool seal, uint8_t type, const uint8_t nonce[NONCE],
                  const uint8_t *from, size_t size, uint8_t *to, uint8_t tag[TAG])
{
    uint8_t iv[SALT + NONCE], extra[13];
    int n = 0;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    memcpy(iv, way->salt, SALT);
    memcpy(iv + SALT, nonce, NONCE);
    additional_data(way->sequence++, type, size, extra);
    bool good = c != NULL &&
                EVP_CipherInit_ex(c, EVP_aes_128_gcm(), NULL, way->key, iv, seal) == 1 &&
                (seal || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1) &&
                EVP_CipherUpdate(c, NULL, &n, extra, sizeof extra) == 1 &&
                (size == 0 || EVP_CipherUpdate(c, to, &n, from, (int)size) == 1) &&
                EVP_CipherFinal_ex(c, to + size, &n) == 1 &&
                (!seal || EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1);
    EVP_CIPHER_CTX_free(c);
    return good;
}

static void sealed_record(struct ak_faulty_dhe *d, uint8_t type, const uint8_t *bytes, size_t size,
                          struct ak_text *out)
{
    uint8_t body[NONCE + RECORD + TAG];
    for (unsigned i = 0; i < NONCE; i++)
        body[i] = (uint8_t)(d->out.sequence >> (56 - 8 * i));
    if (crypt(&d->out, true, type, body, bytes, size, body + NONCE, body + NONCE + size))
        plain_record(out, type, body, NONCE + size + TAG);
    else
        ak_text_fail(out);
}

/* Into `out`, which has room for size bytes; the size of what was inside, or SIZE_MAX. */
static size_t opened(struct ak_faulty_dhe *d, uint8_t type, const uint8_t *body, size_t size,
                     uint8_t *out)
{
    uint8_t tag[TAG];
    if (size < NONCE + TAG)
        return SIZE_MAX;
    size_t inside = size - NONCE - TAG;
    memcpy(tag, body + NONCE + inside, TAG);
    return crypt(&d->in, false, type, body, body + NONCE, inside, out, tag) ? inside : SIZE_MAX;
}

void ak_faulty_dhe_send(struct ak_faulty_dhe *d, const void *bytes, size_t size,
                        struct ak_text *out)
{
    const uint8_t *at = bytes;
    while (size != 0) {
        size_t part = size < RECORD ? size : RECORD;
        sealed_record(d, AK_TLS_APPLICATION_DATA, at, part, out);
        at += part;
        size -= part;
    }
}

/* ---- the first flight ---- */

static bool has_code(struct ak_span list, uint16_t code)
{
    for (size_t i = 0; i + 1 < list.size; i += 2)
        if (ak_be16(list.bytes + i) == code)
            return true;
    return false;
}

static void server_hello(struct ak_faulty_dhe *d, struct ak_text *body)
{
    unsigned extensions = (d->extended ? 4u : 0u) + (d->renegotiation ? 5u : 0u);
    be(body, 0x0303, 2);
    ak_text_bytes(body, d->random[1], RANDOM);
    if (d->fault == AK_LAB_FAULT_RESUMES) {
        be(body, RANDOM, 1);
        ak_text_bytes(body, d->id, RANDOM);
    } else {
        be(body, 0, 1);
    }
    be(body, SUITE, 2);
    be(body, 0, 1);
    if (extensions != 0)
        be(body, extensions, 2);
    if (d->renegotiation) {
        be(body, EXTENSION_RENEGOTIATION, 2);
        be(body, 1, 2);
        be(body, 0, 1);
    }
    if (d->extended) {
        be(body, EXTENSION_EMS, 2);
        be(body, 0, 2);
    }
}

static void certificates(struct ak_faulty_dhe *d, struct ak_text *body)
{
    struct ak_text list;
    ak_text_init(&list, AK_MAX_HANDSHAKE_MESSAGE);
    for (size_t i = 0; i < 2 && d->keys->chain[i] != NULL; i++) {
        uint8_t *der = NULL;
        int size = i2d_X509(d->keys->chain[i], &der);
        if (size <= 0)
            continue;
        be(&list, (uint32_t)size, 3);
        ak_text_bytes(&list, der, (size_t)size);
        OPENSSL_free(der);
    }
    be(body, (uint32_t)list.size, 3);
    ak_text_bytes(body, list.bytes, list.size);
    ak_text_release(&list);
}

static bool sign(const struct ak_faulty_dhe *d, const struct ak_text *params, uint8_t *out,
                 size_t *size)
{
    EVP_PKEY_CTX *way = NULL;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good = c != NULL && EVP_DigestSignInit(c, &way, EVP_sha256(), NULL, d->keys->key) == 1 &&
                (d->scheme == 0x0401 ||
                 (EVP_PKEY_CTX_set_rsa_padding(way, RSA_PKCS1_PSS_PADDING) == 1 &&
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(way, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
                EVP_DigestSignUpdate(c, d->random[0], RANDOM) == 1 &&
                EVP_DigestSignUpdate(c, d->random[1], RANDOM) == 1 &&
                EVP_DigestSignUpdate(c, params->bytes, params->size) == 1 &&
                EVP_DigestSignFinal(c, out, size) == 1;
    EVP_MD_CTX_free(c);
    return good;
}

static bool key_exchange(struct ak_faulty_dhe *d, struct ak_text *body)
{
    uint8_t number[PRIME], signature[1024];
    size_t size = sizeof signature;
    BN_CTX *room = BN_CTX_new();
    BIGNUM *g = BN_new(), *y = BN_new();
    bool good = room != NULL && g != NULL && y != NULL && BN_set_word(g, 2) == 1 &&
                BN_mod_exp(y, g, d->x, d->p, room) == 1;
    if (good) {
        be(body, PRIME, 2);
        (void)BN_bn2binpad(d->p, number, PRIME);
        ak_text_bytes(body, number, PRIME);
        be(body, 1, 2);
        be(body, 2, 1);
        be(body, PRIME, 2);
        (void)BN_bn2binpad(y, number, PRIME);
        ak_text_bytes(body, number, PRIME);
        good = sign(d, body, signature, &size);
    }
    if (good) {
        be(body, d->scheme, 2);
        be(body, (uint32_t)size, 2);
        ak_text_bytes(body, signature, size);
    }
    BN_CTX_free(room);
    BN_free(g);
    BN_free(y);
    return good;
}

/* The server's Finished under its new keys. */
static void send_finished(struct ak_faulty_dhe *d, struct ak_text *out)
{
    static const uint8_t change[] = {1};
    uint8_t hash[32], mine[4 + VERIFY] = {AK_TLS_FINISHED, 0, 0, VERIFY};
    transcript_hash(d, hash);
    prf(d->master, SECRET, "server finished", hash, sizeof hash, mine + 4, VERIFY);
    ak_text_bytes(&d->transcript, mine, sizeof mine);
    plain_record(out, AK_TLS_CHANGE_CIPHER_SPEC, change, sizeof change);
    sealed_record(d, AK_TLS_HANDSHAKE, mine, sizeof mine, out);
}

/* The fault: the session was made with extended master secret, its resumption does not say so. */
static enum ak_faulty_state resume(struct ak_faulty_dhe *d, struct ak_text *out)
{
    struct ak_text text;
    d->resumed = true;
    d->extended = false;
    memcpy(d->id, d->session->id, RANDOM);
    memcpy(d->master, d->session->master, SECRET);
    ak_text_init(&text, AK_MAX_HANDSHAKE_MESSAGE);
    server_hello(d, &text);
    message(d, AK_TLS_SERVER_HELLO, &text, out);
    ak_text_release(&text);
    expand(d);
    send_finished(d, out);
    d->expected = CHANGE_CIPHER;
    return AK_FAULTY_TALKING;
}

static enum ak_faulty_state take_hello(struct ak_faulty_dhe *d, struct ak_span body,
                                       struct ak_text *out)
{
    struct ak_client_hello hello;
    struct ak_parse parse;
    struct ak_text text;
    if (ak_client_hello_parse(body, &hello, &parse) != AK_VERDICT_PARSED || hello.random == NULL)
        return refuse(d, "no ClientHello");
    if (hello.legacy_version < 0x0303)
        return refuse(d, "the client has no TLS 1.2");
    if (!has_code(hello.cipher_suites, SUITE))
        return refuse(d, "the client has no TLS_DHE_RSA_WITH_AES_128_GCM_SHA256");
    bool plain = !hello.has_signature_algorithms || has_code(hello.signature_algorithms, 0x0401);
    d->scheme = plain ? 0x0401 : 0x0804;
    d->extended = hello.extended_master_secret;
    d->renegotiation = hello.renegotiation_info || has_code(hello.cipher_suites, SCSV);
    memcpy(d->random[0], hello.random, RANDOM);
    if (RAND_bytes(d->random[1], RANDOM) != 1 || RAND_bytes(d->id, RANDOM) != 1)
        return refuse(d, "no random numbers");
    if (d->fault == AK_LAB_FAULT_RESUMES && d->session->used && hello.session_id.size == RANDOM &&
        memcmp(hello.session_id.bytes, d->session->id, RANDOM) == 0)
        return resume(d, out);
    ak_text_init(&text, AK_MAX_HANDSHAKE_MESSAGE);
    server_hello(d, &text);
    message(d, AK_TLS_SERVER_HELLO, &text, out);
    certificates(d, &text);
    message(d, AK_TLS_CERTIFICATE, &text, out);
    bool good = key_exchange(d, &text);
    message(d, AK_TLS_SERVER_KEY_EXCHANGE, &text, out);
    message(d, AK_TLS_SERVER_HELLO_DONE, &text, out);
    ak_text_release(&text);
    d->expected = CLIENT_KEY_EXCHANGE;
    return good ? AK_FAULTY_TALKING : refuse(d, "no key exchange");
}

/* ---- the second flight ---- */

/* What RFC 5246 8.1.2 asks, or what the fault makes of it. */
static enum ak_faulty_state take_key(struct ak_faulty_dhe *d, struct ak_span body)
{
    uint8_t shared[PRIME];
    struct ak_parse parse;
    struct ak_reader r = ak_reader_of(body.bytes, body.size, &parse);
    struct ak_reader value = ak_read_sub16(&r, "Yc");
    struct ak_span yc = ak_reader_rest(&value);
    if (parse.verdict != AK_VERDICT_PARSED || yc.size == 0 || yc.size > PRIME)
        return refuse(d, "no ClientKeyExchange");
    if (d->fault == AK_LAB_FAULT_YC_PADDED && yc.bytes[0] == 0)
        return refuse(d, "fault: Yc begins with a zero byte");
    if (d->fault == AK_LAB_FAULT_YC_UNPADDED && yc.size < PRIME)
        return refuse(d, "fault: Yc is shorter than p");
    BN_CTX *room = BN_CTX_new();
    BIGNUM *y = BN_bin2bn(yc.bytes, (int)yc.size, NULL), *z = BN_new();
    bool good = room != NULL && y != NULL && z != NULL && BN_cmp(y, d->p) < 0 &&
                BN_mod_exp(z, y, d->x, d->p, room) == 1 && BN_bn2binpad(z, shared, PRIME) == PRIME;
    BN_CTX_free(room);
    BN_free(y);
    BN_clear_free(z);
    if (!good)
        return refuse(d, "Yc is no number below p");
    size_t zeros = 0;
    while (d->fault != AK_LAB_FAULT_Z_UNSTRIPPED && zeros < PRIME - 1 && shared[zeros] == 0)
        zeros++;
    derive(d, shared + zeros, PRIME - zeros);
    OPENSSL_cleanse(shared, sizeof shared);
    d->expected = CHANGE_CIPHER;
    return AK_FAULTY_TALKING;
}

static enum ak_faulty_state take_finished(struct ak_faulty_dhe *d, const uint8_t *bytes,
                                          size_t size, struct ak_text *out)
{
    uint8_t plain[AK_MAX_RECORD], hash[32], verify[VERIFY];
    size_t inside =
        size <= sizeof plain ? opened(d, AK_TLS_HANDSHAKE, bytes, size, plain) : SIZE_MAX;
    if (inside != 4 + VERIFY)
        return refuse(d, "the client's Finished is under another key: the secrets differ");
    transcript_hash(d, hash);
    prf(d->master, SECRET, "client finished", hash, sizeof hash, verify, VERIFY);
    if (CRYPTO_memcmp(verify, plain + 4, VERIFY) != 0)
        return refuse(d, "the client's Finished is wrong");
    ak_text_bytes(&d->transcript, plain, inside);
    if (!d->resumed)
        send_finished(d, out);
    if (!d->resumed && d->fault == AK_LAB_FAULT_RESUMES) {
        d->session->used = true;
        memcpy(d->session->id, d->id, RANDOM);
        memcpy(d->session->master, d->master, SECRET);
    }
    d->expected = DATA;
    return AK_FAULTY_DONE;
}

/* ---- records in ---- */

static enum ak_faulty_state take_messages(struct ak_faulty_dhe *d, const uint8_t *bytes,
                                          size_t size, struct ak_text *out)
{
    enum ak_faulty_state state = AK_FAULTY_TALKING;
    ak_text_bytes(&d->handshake, bytes, size);
    while (state == AK_FAULTY_TALKING && d->handshake.size >= 4) {
        const uint8_t *at = (const uint8_t *)d->handshake.bytes;
        const struct ak_span body = {at + 4, (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]};
        if (body.size > d->handshake.size - 4)
            break;
        ak_text_bytes(&d->transcript, at, 4 + body.size);
        if (at[0] == AK_TLS_CLIENT_HELLO && d->expected == CLIENT_HELLO)
            state = take_hello(d, body, out);
        else if (at[0] == AK_TLS_CLIENT_KEY_EXCHANGE && d->expected == CLIENT_KEY_EXCHANGE)
            state = take_key(d, body);
        else
            state = refuse(d, "a handshake message out of place");
        size_t used = 4 + body.size;
        memmove(d->handshake.bytes, d->handshake.bytes + used, d->handshake.size - used);
        d->handshake.size -= used;
    }
    if (d->handshake.failed || d->transcript.failed)
        return refuse(d, "too long a handshake");
    return state;
}

static enum ak_faulty_state take_data(struct ak_faulty_dhe *d, uint8_t type, const uint8_t *body,
                                      size_t size, struct ak_text *plain)
{
    uint8_t bytes[AK_MAX_RECORD];
    size_t inside = size <= sizeof bytes ? opened(d, type, body, size, bytes) : SIZE_MAX;
    if (inside == SIZE_MAX)
        return refuse(d, "a record that cannot be opened");
    if (type != AK_TLS_APPLICATION_DATA)
        return refuse(d, type == AK_TLS_ALERT ? "the client says close_notify"
                                              : "no renegotiation here");
    ak_text_bytes(plain, bytes, inside);
    OPENSSL_cleanse(bytes, inside);
    return AK_FAULTY_TALKING;
}

enum ak_faulty_state ak_faulty_dhe_take(struct ak_faulty_dhe *d, uint8_t type, const uint8_t *body,
                                        size_t size, struct ak_text *out, struct ak_text *plain)
{
    if (d->expected == DATA)
        return take_data(d, type, body, size, plain);
    if (type == AK_TLS_CHANGE_CIPHER_SPEC && d->expected == CHANGE_CIPHER) {
        d->expected = FINISHED;
        return AK_FAULTY_TALKING;
    }
    if (type == AK_TLS_HANDSHAKE && d->expected == FINISHED)
        return take_finished(d, body, size, out);
    if (type == AK_TLS_HANDSHAKE)
        return take_messages(d, body, size, out);
    return refuse(d, type == AK_TLS_ALERT ? "the client refuses" : "a record out of place");
}
