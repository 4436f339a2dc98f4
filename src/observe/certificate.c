/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/certificate.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/limits.h"

#include "base/banned.h"

enum { BUCKETS = 8192 };

struct ak_certificate_store {
    struct ak_hash_key key;
    struct ak_digest *digest;
    struct ak_certificate *bucket[BUCKETS];
    uint32_t count;
};

struct ak_certificate_store *ak_certificate_store_new(struct ak_hash_key key)
{
    struct ak_certificate_store *store = ak_alloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    store->key = key;
    store->digest = ak_digest_new();
    if (store->digest == NULL) {
        ak_free(store);
        return NULL;
    }
    return store;
}

void ak_certificate_store_free(struct ak_certificate_store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        ak_certificate_drop(store->bucket[i]);
    ak_digest_free(store->digest);
    ak_free(store);
}

void ak_certificate_drop(struct ak_certificate *certificate)
{
    if (certificate != NULL && --certificate->references == 0)
        ak_free(certificate);
}

static struct ak_certificate *make(struct ak_certificate_store *store, struct ak_span der,
                                   uint64_t hash)
{
    struct ak_certificate *c = ak_alloc(1, sizeof *c + der.size);
    if (c == NULL)
        return NULL;
    uint8_t *copy = (uint8_t *)(c + 1);
    memcpy(copy, der.bytes, der.size);
    c->der = copy;
    c->size = der.size;
    c->references = 1;
    c->hash = hash;
    c->readable = ak_x509_parse(der, &c->facts) == AK_VERDICT_PARSED;
    (void)ak_digest_make(store->digest, AK_DIGEST_SHA256, der.bytes, der.size, c->sha256);
    (void)ak_digest_make(store->digest, AK_DIGEST_SHA1, der.bytes, der.size, c->sha1);
    return c;
}

struct ak_certificate *ak_certificate_of(struct ak_certificate_store *store, struct ak_span der)
{
    if (der.size == 0 || der.size > AK_MAX_CERTIFICATE)
        return NULL;
    uint64_t hash = ak_hash_bytes(store->key, der.bytes, der.size);
    size_t at = hash % BUCKETS;
    for (size_t i = 0; i < BUCKETS; i++, at = (at + 1) % BUCKETS) {
        struct ak_certificate *found = store->bucket[at];
        if (found == NULL)
            break;
        if (found->hash == hash && found->size == der.size &&
            memcmp(found->der, der.bytes, der.size) == 0) {
            found->references++;
            return found;
        }
    }
    struct ak_certificate *c = make(store, der, hash);
    if (c == NULL || store->count >= AK_MAX_CERTIFICATES)
        return c;
    c->id = ++store->count;
    c->references++;
    store->bucket[at] = c;
    return c;
}
