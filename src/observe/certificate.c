/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/certificate.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/limits.h"

#include "base/banned.h"

enum { FIRST_ROOM = 64 };

struct ak_certificate_store {
    struct ak_hash_key key;
    struct ak_digest *digest;
    struct ak_certificate **bucket; /* open addressing, at most half full */
    size_t room;
    uint32_t count;
};

struct ak_certificate_store *ak_certificate_store_new(struct ak_hash_key key)
{
    struct ak_certificate_store *store = ak_alloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    store->key = key;
    store->digest = ak_digest_new();
    store->room = FIRST_ROOM;
    if (store->digest != NULL)
        store->bucket = ak_alloc(store->room, sizeof(struct ak_certificate *));
    if (store->bucket == NULL) {
        ak_certificate_store_free(store);
        return NULL;
    }
    return store;
}

void ak_certificate_store_free(struct ak_certificate_store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; store->bucket != NULL && i < store->room; i++)
        ak_certificate_drop(store->bucket[i]);
    ak_free(store->bucket);
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

/* The whole certificate is compared; for the table its ends are enough: the last bytes are the
 * signature. A crafted flood of equal ends only fills PROBES slots. */
static uint64_t ends_hash(const struct ak_certificate_store *store, struct ak_span der)
{
    enum { END = 64 };
    uint8_t ends[2 * END + 8] = {0};
    size_t n = der.size < END ? der.size : END;
    memcpy(ends, der.bytes, n);
    memcpy(ends + END, der.bytes + der.size - n, n);
    memcpy(ends + 2 * END, &der.size, sizeof der.size);
    return ak_hash_bytes(store->key, ends, sizeof ends);
}

enum { PROBES = 64 };

/* The slot that holds it or could; SIZE_MAX when neither is near. */
static size_t find_slot(const struct ak_certificate_store *store, struct ak_span der, uint64_t hash)
{
    size_t at = hash & (store->room - 1);
    for (size_t i = 0; i < PROBES; i++, at = (at + 1) & (store->room - 1)) {
        const struct ak_certificate *c = store->bucket[at];
        if (c == NULL ||
            (c->hash == hash && c->size == der.size && memcmp(c->der, der.bytes, der.size) == 0))
            return at;
    }
    return SIZE_MAX;
}

static bool make_room(struct ak_certificate_store *store)
{
    if (store->count < store->room / 2)
        return true;
    size_t room = store->room * 2;
    struct ak_certificate **grown = ak_alloc(room, sizeof(struct ak_certificate *));
    if (grown == NULL)
        return false;
    for (size_t i = 0; i < store->room; i++) {
        struct ak_certificate *c = store->bucket[i];
        if (c == NULL)
            continue;
        size_t at = c->hash & (room - 1);
        while (grown[at] != NULL)
            at = (at + 1) & (room - 1);
        grown[at] = c;
    }
    ak_free(store->bucket);
    store->bucket = grown;
    store->room = room;
    return true;
}

struct ak_certificate *ak_certificate_of(struct ak_certificate_store *store, struct ak_span der)
{
    if (der.size == 0 || der.size > AK_MAX_CERTIFICATE)
        return NULL;
    uint64_t hash = ends_hash(store, der);
    size_t at = find_slot(store, der, hash);
    if (at != SIZE_MAX && store->bucket[at] != NULL) {
        store->bucket[at]->references++;
        return store->bucket[at];
    }
    struct ak_certificate *c = make(store, der, hash);
    if (c == NULL || store->count >= AK_MAX_CERTIFICATES || !make_room(store))
        return c;
    at = find_slot(store, der, hash);
    if (at == SIZE_MAX)
        return c;
    c->id = ++store->count;
    c->references++;
    store->bucket[at] = c;
    return c;
}
