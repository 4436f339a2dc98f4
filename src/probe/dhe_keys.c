/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/dhe_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "base/attr.h"
#include "base/put.h"

#include "base/banned.h"

/* CBC   [IV(block)] E(data MAC padding)         the IV only from TLS 1.1 on
 * GCM   nonce(8) E(data) tag(16)
 * MAC, AAD: sequence(8) type(1) version(2) length(2)
 */

enum { TLS11 = 0x0302, TLS12 = 0x0303, RANDOM = 32, NONCE = 8, SALT = 4, TAG = 16, AAD = 13 };
enum { MOST_DATA = 256, MOST_PLAIN = 1024 };

static const struct ak_dhe_suite rows[] = {
    {0x009e, "AES-128-GCM", NULL, "SHA256", 16, 0, 16},
    {0x009f, "AES-256-GCM", NULL, "SHA384", 32, 0, 16},
    {0x0067, "AES-128-CBC", "SHA256", "SHA256", 16, 32, 16},
    {0x006b, "AES-256-CBC", "SHA256", "SHA256", 32, 32, 16},
    {0x0033, "AES-128-CBC", "SHA1", "SHA256", 16, 20, 16},
    {0x0039, "AES-256-CBC", "SHA1", "SHA256", 32, 20, 16},
    {0x0016, "DES-EDE3-CBC", "SHA1", "SHA256", 24, 20, 8},
    {0x00a2, "AES-128-GCM", NULL, "SHA256", 16, 0, 16},
    {0x00a3, "AES-256-GCM", NULL, "SHA384", 32, 0, 16},
    {0x0040, "AES-128-CBC", "SHA256", "SHA256", 16, 32, 16},
    {0x006a, "AES-256-CBC", "SHA256", "SHA256", 32, 32, 16},
    {0x0032, "AES-128-CBC", "SHA1", "SHA256", 16, 20, 16},
    {0x0038, "AES-256-CBC", "SHA1", "SHA256", 32, 20, 16},
    {0x0013, "DES-EDE3-CBC", "SHA1", "SHA256", 24, 20, 8},
};

const struct ak_dhe_suite *ak_dhe_suite_find(uint16_t code)
{
    for (size_t i = 0; i < AK_COUNT(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

static const char *prf_hash(const struct ak_dhe_suite *suite, uint16_t version)
{
    return version >= TLS12 ? suite->prf : "MD5-SHA1";
}

static const EVP_MD *digest_of(const char *name)
{
    return strcmp(name, "MD5-SHA1") == 0 ? EVP_md5_sha1() : EVP_get_digestbyname(name);
}

bool ak_dhe_hash(const struct ak_dhe_suite *suite, uint16_t version, struct ak_span messages,
                 uint8_t out[AK_DHE_HASH_MOST], size_t *size)
{
    unsigned made = 0;
    const EVP_MD *digest = digest_of(prf_hash(suite, version));
    bool good =
        digest != NULL && EVP_Digest(messages.bytes, messages.size, out, &made, digest, NULL) == 1;
    *size = made;
    return good;
}

/* PRF(secret, label, a b) (RFC 5246 5, RFC 2246 5). */
static bool prf(const char *hash, struct ak_span secret, const char *label, struct ak_span a,
                struct ak_span b, uint8_t *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    const void *borrowed[] = {hash, secret.bytes, label, a.bytes, b.bytes};
    void *parts[AK_COUNT(borrowed)]; /* OSSL_PARAM knows no const */
    memcpy(parts, borrowed, sizeof parts);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, parts[0], 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, parts[1], secret.size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, parts[2], strlen(label)),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, parts[3], a.size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, parts[4], b.size),
        OSSL_PARAM_construct_end()};
    if (b.size == 0)
        params[4] = OSSL_PARAM_construct_end();
    bool good = ctx != NULL && EVP_KDF_derive(ctx, out, size, params) == 1;
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    return good;
}

static void take(const uint8_t **at, uint8_t *to, size_t size)
{
    memcpy(to, *at, size);
    *at += size;
}

/* client and server: MAC keys, keys, IVs (RFC 5246 6.3). */
static bool key_block(struct ak_dhe_keys *keys, struct ak_span client, struct ak_span server)
{
    uint8_t block[2 * (48 + 32 + 16)];
    const struct ak_dhe_suite *suite = keys->suite;
    size_t iv = suite->mac == NULL ? SALT : suite->block_size;
    size_t size = 2 * (suite->mac_size + suite->key_size + iv);
    struct ak_span master = {keys->master, sizeof keys->master};
    if (!prf(prf_hash(suite, keys->version), master, "key expansion", server, client, block, size))
        return false;
    const uint8_t *at = block;
    for (int side = 0; side < AK_SIDES; side++)
        take(&at, keys->mac[side], suite->mac_size);
    for (int side = 0; side < AK_SIDES; side++)
        take(&at, keys->key[side], suite->key_size);
    for (int side = 0; side < AK_SIDES; side++)
        take(&at, keys->iv[side], iv);
    return true;
}

bool ak_dhe_keys_make(struct ak_dhe_keys *keys, const struct ak_dhe_suite *suite, uint16_t version,
                      struct ak_span premaster, const uint8_t *client_random,
                      const uint8_t *server_random, struct ak_span session_hash)
{
    const struct ak_span client = {client_random, RANDOM}, server = {server_random, RANDOM};
    const struct ak_span none = {NULL, 0};
    const char *hash = prf_hash(suite, version);
    memset(keys, 0, sizeof *keys);
    keys->suite = suite;
    keys->version = version;
    bool good = session_hash.size != 0 ? prf(hash, premaster, "extended master secret",
                                             session_hash, none, keys->master, sizeof keys->master)
                                       : prf(hash, premaster, "master secret", client, server,
                                             keys->master, sizeof keys->master);
    return good && key_block(keys, client, server);
}

bool ak_dhe_finished(const struct ak_dhe_keys *keys, enum ak_side side, struct ak_span messages,
                     uint8_t out[AK_DHE_FINISHED])
{
    uint8_t hash[AK_DHE_HASH_MOST];
    struct ak_span master = {keys->master, sizeof keys->master}, seed = {hash, 0}, none = {NULL, 0};
    const char *label = side == AK_SIDE_CLIENT ? "client finished" : "server finished";
    return ak_dhe_hash(keys->suite, keys->version, messages, hash, &seed.size) &&
           prf(prf_hash(keys->suite, keys->version), master, label, seed, none, out,
               AK_DHE_FINISHED);
}

static void pseudo_header(const struct ak_dhe_keys *keys, enum ak_side side, uint8_t type,
                          size_t size, uint8_t out[AAD])
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(keys->sequence[side] >> (56 - 8 * i));
    out[8] = type;
    out[9] = (uint8_t)(keys->version >> 8);
    out[10] = (uint8_t)keys->version;
    out[11] = (uint8_t)(size >> 8);
    out[12] = (uint8_t)size;
}

static bool make_mac(const struct ak_dhe_keys *keys, enum ak_side side, uint8_t type,
                     struct ak_span data, uint8_t out[AK_DHE_HASH_MOST])
{
    uint8_t all[AAD + MOST_PLAIN];
    unsigned size = 0;
    const EVP_MD *digest = digest_of(keys->suite->mac);
    if (data.size > MOST_PLAIN || digest == NULL)
        return false;
    pseudo_header(keys, side, type, data.size, all);
    memcpy(all + AAD, data.bytes, data.size);
    return HMAC(digest, keys->mac[side], keys->suite->mac_size, all, AAD + data.size, out, &size) !=
               NULL &&
           size == keys->suite->mac_size;
}

/* One call of a cipher without padding; aad and tag for GCM alone. */
struct cipher_call {
    const struct ak_dhe_keys *keys;
    enum ak_side side;
    bool encrypt;
    const uint8_t *iv;
    const uint8_t *aad;
    uint8_t *tag;
};

static bool run_cipher(const struct cipher_call *call, struct ak_span in, uint8_t *out)
{
    const struct ak_dhe_suite *suite = call->keys->suite;
    const EVP_CIPHER *cipher = EVP_get_cipherbyname(suite->cipher);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int size = 0, last = 0;
    bool gcm = suite->mac == NULL;
    bool good = cipher != NULL && ctx != NULL &&
                EVP_CipherInit_ex(ctx, cipher, NULL, call->keys->key[call->side], call->iv,
                                  call->encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;
    if (good && gcm)
        good = EVP_CipherUpdate(ctx, NULL, &size, call->aad, AAD) == 1;
    if (good && gcm && !call->encrypt)
        good = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, call->tag) == 1;
    good = good && EVP_CipherUpdate(ctx, out, &size, in.bytes, (int)in.size) == 1 &&
           EVP_CipherFinal_ex(ctx, out + size, &last) == 1;
    if (good && gcm && call->encrypt)
        good = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, call->tag) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

/* ---- sealing ---- */

static bool seal_cbc(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type, struct ak_span data,
                     const uint8_t *random, struct ak_text *out)
{
    uint8_t plain[MOST_DATA + AK_DHE_HASH_MOST + 16], mac[AK_DHE_HASH_MOST], made[sizeof plain];
    const size_t block = keys->suite->block_size;
    bool explicit_iv = keys->version >= TLS11;
    size_t size = data.size + keys->suite->mac_size;
    if (!make_mac(keys, side, type, data, mac))
        return false;
    memcpy(plain, data.bytes, data.size);
    memcpy(plain + data.size, mac, keys->suite->mac_size);
    size_t padding = block - size % block;
    memset(plain + size, (int)(padding - 1), padding);
    size += padding;
    if (explicit_iv)
        memcpy(keys->iv[side], random, block);
    struct cipher_call call = {keys, side, true, keys->iv[side], NULL, NULL};
    struct ak_span in = {plain, size};
    if (!run_cipher(&call, in, made))
        return false;
    ak_put_be(out, size + (explicit_iv ? block : 0), 2);
    ak_text_bytes(out, keys->iv[side], explicit_iv ? block : 0);
    ak_text_bytes(out, made, size);
    memcpy(keys->iv[side], made + size - block, block); /* of the next record in TLS 1.0 */
    return true;
}

static bool seal_gcm(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type, struct ak_span data,
                     struct ak_text *out)
{
    uint8_t aad[AAD], nonce[SALT + NONCE], made[MOST_DATA], tag[TAG];
    pseudo_header(keys, side, type, data.size, aad);
    memcpy(nonce, keys->iv[side], SALT);
    memcpy(nonce + SALT, aad, NONCE); /* the sequence number never repeats */
    struct cipher_call call = {keys, side, true, nonce, aad, tag};
    if (!run_cipher(&call, data, made))
        return false;
    ak_put_be(out, NONCE + data.size + TAG, 2);
    ak_text_bytes(out, nonce + SALT, NONCE);
    ak_text_bytes(out, made, data.size);
    ak_text_bytes(out, tag, TAG);
    return true;
}

bool ak_dhe_seal(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type, struct ak_span data,
                 const uint8_t random[16], struct ak_text *out)
{
    if (data.size > MOST_DATA)
        return false;
    ak_put_u8(out, type);
    ak_put_be(out, keys->version, 2);
    bool good = keys->suite->mac == NULL ? seal_gcm(keys, side, type, data, out)
                                         : seal_cbc(keys, side, type, data, random, out);
    keys->sequence[side]++;
    return good && !out->failed;
}

/* ---- opening ---- */

static bool open_cbc(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type,
                     struct ak_span fragment, uint8_t *plain, struct ak_span *data)
{
    uint8_t mac[AK_DHE_HASH_MOST];
    const size_t block = keys->suite->block_size, mac_size = keys->suite->mac_size;
    if (keys->version >= TLS11) {
        if (fragment.size < block)
            return false;
        memcpy(keys->iv[side], fragment.bytes, block);
        fragment.bytes += block;
        fragment.size -= block;
    }
    if (fragment.size == 0 || fragment.size % block != 0 || fragment.size > MOST_PLAIN)
        return false;
    struct cipher_call call = {keys, side, false, keys->iv[side], NULL, NULL};
    if (!run_cipher(&call, fragment, plain))
        return false;
    memcpy(keys->iv[side], fragment.bytes + fragment.size - block, block);
    size_t padding = plain[fragment.size - 1] + 1u;
    if (padding + mac_size > fragment.size)
        return false;
    data->bytes = plain;
    data->size = fragment.size - padding - mac_size;
    return make_mac(keys, side, type, *data, mac) && memcmp(mac, plain + data->size, mac_size) == 0;
}

static bool open_gcm(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type,
                     struct ak_span fragment, uint8_t *plain, struct ak_span *data)
{
    uint8_t aad[AAD], nonce[SALT + NONCE], tag[TAG];
    if (fragment.size < NONCE + TAG || fragment.size > MOST_PLAIN)
        return false;
    size_t size = fragment.size - NONCE - TAG;
    pseudo_header(keys, side, type, size, aad);
    memcpy(nonce, keys->iv[side], SALT);
    memcpy(nonce + SALT, fragment.bytes, NONCE);
    memcpy(tag, fragment.bytes + NONCE + size, TAG);
    struct cipher_call call = {keys, side, false, nonce, aad, tag};
    struct ak_span in = {fragment.bytes + NONCE, size};
    data->bytes = plain;
    data->size = size;
    return run_cipher(&call, in, plain);
}

bool ak_dhe_open(struct ak_dhe_keys *keys, enum ak_side side, uint8_t type, struct ak_span fragment,
                 uint8_t *out, size_t room, size_t *size)
{
    uint8_t plain[MOST_PLAIN + 16];
    struct ak_span data = {NULL, 0};
    bool good = keys->suite->mac == NULL ? open_gcm(keys, side, type, fragment, plain, &data)
                                         : open_cbc(keys, side, type, fragment, plain, &data);
    keys->sequence[side]++;
    if (!good || data.size > room)
        return false;
    memcpy(out, data.bytes, data.size);
    *size = data.size;
    return true;
}
