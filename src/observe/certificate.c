/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/certificate.h"

#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/index.h"
#include "base/limits.h"

#include "base/banned.h"

struct ak_certificate_store {
    struct ak_hash_key key;
    struct ak_digest *digest;
    struct ak_index certificates; /* struct ak_certificate, one reference each */
    size_t bytes;                 /* of those */
};

struct ak_certificate_store *ak_certificate_store_new(struct ak_hash_key key)
{
    struct ak_certificate_store *store = ak_alloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    store->key = key;
    store->digest = ak_digest_new();
    if (store->digest == NULL || !ak_index_init(&store->certificates, AK_MAX_CERTIFICATES)) {
        ak_certificate_store_free(store);
        return NULL;
    }
    return store;
}

void ak_certificate_store_free(struct ak_certificate_store *store)
{
    if (store == NULL)
        return;
    struct ak_certificate *c;
    for (size_t at = 0; (c = ak_index_each(&store->certificates, &at)) != NULL;)
        ak_certificate_drop(c);
    ak_index_release(&store->certificates);
    ak_digest_free(store->digest);
    ak_free(store);
}

struct ak_certificate *ak_certificate_keep(struct ak_certificate *certificate)
{
    certificate->references++;
    return certificate;
}

void ak_certificate_drop(struct ak_certificate *certificate)
{
    if (certificate != NULL && --certificate->references == 0)
        ak_free(certificate);
}

static struct ak_certificate *make(struct ak_certificate_store *store, struct ak_span der)
{
    struct ak_certificate *c = ak_alloc(1, sizeof *c + der.size);
    if (c == NULL)
        return NULL;
    uint8_t *copy = (uint8_t *)(c + 1);
    memcpy(copy, der.bytes, der.size);
    c->der = copy;
    c->size = der.size;
    c->references = 1;
    c->readable = ak_x509_parse(der, &c->facts) == AK_VERDICT_PARSED;
    (void)ak_digest_make(store->digest, AK_DIGEST_SHA256, der.bytes, der.size, c->sha256);
    (void)ak_digest_make(store->digest, AK_DIGEST_SHA1, der.bytes, der.size, c->sha1);
    return c;
}

/* The whole certificate is compared; for the index its ends are enough: the last bytes are the
 * signature. */
static uint64_t ends_hash(const struct ak_certificate_store *store, struct ak_span der)
{
    enum { END = 64 };
    uint8_t ends[2 * END + 8] = {0};
    size_t n = der.size < END ? der.size : END;
    memcpy(ends, der.bytes, n);
    memcpy(ends + END, der.bytes + der.size - n, n);
    memcpy(ends + 2 * END, &der.size, sizeof der.size);
    return ak_hash_content(store->key, ends, sizeof ends);
}

enum { SAME_ENDS = 64 }; /* certificates with equal ends: more exist only as attacks */

struct ak_certificate *ak_certificate_of(struct ak_certificate_store *store, struct ak_span der)
{
    if (der.size == 0 || der.size > AK_MAX_CERTIFICATE)
        return NULL;
    uint64_t hash = ends_hash(store, der), at = hash;
    struct ak_certificate *c;
    unsigned others = 0;
    while (others < SAME_ENDS && (c = ak_index_next(&store->certificates, hash, &at)) != NULL) {
        if (c->size == der.size && memcmp(c->der, der.bytes, der.size) == 0) {
            if (!AK_MEMO)
                ak_certificate_drop(make(store, der));
            c->references++;
            return c;
        }
        others++;
    }
    c = make(store, der);
    size_t size = sizeof *c + der.size;
    if (c != NULL && others < SAME_ENDS && store->bytes + size <= AK_MAX_CERTIFICATE_BYTES &&
        ak_index_add(&store->certificates, hash, c)) {
        store->bytes += size;
        c->id = (uint32_t)store->certificates.count;
        c->references++;
    }
    return c;
}

/* ---- thumbprints ---- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* U+200E, which MMC puts before a thumbprint that is copied, and blanks between its bytes. */
static size_t mark(const char *text)
{
    if (strncmp(text, "\xe2\x80\x8e", 3) == 0)
        return 3;
    return *text == ' ' || *text == ':' ? 1 : 0;
}

bool ak_thumbprint_read(const char *text, uint8_t sha1[20], bool *clean)
{
    size_t digits = 0;
    memset(sha1, 0, 20);
    *clean = true;
    for (size_t skip; *text != '\0'; text += skip) {
        int value = digit(*text);
        skip = value >= 0 ? 1 : mark(text);
        if (skip == 0 || (value >= 0 && digits == 40))
            return false;
        if (value < 0) {
            *clean = false;
            continue;
        }
        sha1[digits / 2] = (uint8_t)(sha1[digits / 2] << 4 | value);
        digits++;
    }
    return digits == 40;
}
