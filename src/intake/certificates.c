/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/certificates.h"

#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/words.h"
#include "windows/view_certificates.h"

#include "base/banned.h"

struct found {
    struct ak_found_certificate seen;
    char *path; /* owned; NULL: of a registry */
};

struct ak_certificates {
    struct ak_certificate_store *store;
    struct found *found;
    size_t count, room;
    uint64_t left_out, damaged;
    bool failed;
    /* of the file or store that is being read */
    const char *path, *name;
    const struct ak_host *host;
    enum ak_cert_format format;
    enum ak_cert_place place;
    uint64_t position;
};

struct ak_certificates *ak_certificates_new(void)
{
    struct ak_hash_key key = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd1b54a32d192ed03)};
    struct ak_certificates *c = ak_alloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->store = ak_certificate_store_new(key);
    if (c->store == NULL) {
        ak_free(c);
        return NULL;
    }
    return c;
}

void ak_certificates_free(struct ak_certificates *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->count; i++) {
        ak_certificate_drop(c->found[i].seen.certificate);
        ak_free(c->found[i].path);
    }
    ak_free(c->found);
    ak_certificate_store_free(c->store);
    ak_free(c);
}

static struct found *new_found(struct ak_certificates *c)
{
    if (c->count == AK_MAX_FOUND_CERTIFICATES) {
        c->left_out++;
        return NULL;
    }
    if (c->count == c->room) {
        size_t room = c->room != 0 ? 2 * c->room : 16;
        struct found *grown = ak_realloc(c->found, room, sizeof *grown);
        if (grown == NULL) {
            c->failed = true;
            return NULL;
        }
        c->found = grown;
        c->room = room;
    }
    struct found *f = &c->found[c->count];
    memset(f, 0, sizeof *f);
    return f;
}

static void on_entry(void *context, const struct ak_cert_entry *entry)
{
    struct ak_certificates *c = context;
    c->position++;
    if (entry->der.size > AK_MAX_CERTIFICATE || entry->der.size == 0) {
        c->left_out++;
        return;
    }
    struct found *f = new_found(c);
    if (f == NULL)
        return;
    f->seen.certificate = ak_certificate_of(c->store, entry->der);
    if (c->path != NULL)
        f->path = ak_memdup(c->path, strlen(c->path) + 1);
    if (f->seen.certificate == NULL) {
        ak_free(f->path);
        c->failed = true;
        return;
    }
    c->failed = c->failed || (c->path != NULL && f->path == NULL);
    f->seen.id = ++c->count;
    f->seen.file = c->name;
    f->seen.position = c->position;
    f->seen.format = c->format;
    f->seen.place = c->place;
    f->seen.host = c->host;
    f->seen.properties = entry->properties;
}

enum ak_err ak_certificates_add(struct ak_certificates *c, const char *path, const char *name,
                                enum ak_cert_format format, struct ak_span file,
                                const char *password, enum ak_cert_outcome *outcome)
{
    c->path = path;
    c->name = name;
    c->host = NULL;
    c->format = format;
    c->place = AK_CERT_PLACE_FILE;
    c->position = 0;
    *outcome = ak_cert_file_read(format, file, password, on_entry, c);
    return c->failed ? AK_ERR_MEMORY : AK_ERR_NONE;
}

struct store {
    struct ak_certificates *certificates;
    const char *store;
    const struct ak_registry *registry;
};

static void on_store_entry(void *context, const struct ak_store_certificate *found)
{
    struct store *s = context;
    struct ak_certificates *c = s->certificates;
    if (s->store != found->store)
        c->position = 0;
    s->store = found->store;
    c->name = ak_registry_source_at(s->registry, found->source)->name;
    c->place = strcmp(found->store, "MY") == 0 ? AK_CERT_PLACE_MY : AK_CERT_PLACE_AUTHORITY;
    on_entry(c, &found->entry);
}

enum ak_err ak_certificates_of_host(struct ak_certificates *c, const struct ak_machines *machines,
                                    const struct ak_host *host)
{
    struct store s = {c, NULL, ak_machines_registry(machines, host)};
    if (s.registry == NULL)
        return AK_ERR_NONE;
    c->path = NULL;
    c->host = host;
    c->format = AK_CERT_FORMAT_REGISTRY;
    ak_view_certificates(s.registry, on_store_entry, &s, &c->damaged);
    return c->failed ? AK_ERR_MEMORY : AK_ERR_NONE;
}

/* In one folder, or beside each other in an archive. */
static bool same_folder(const char *a, const char *b)
{
    const char *end_a = strrchr(a, '/'), *end_b = strrchr(b, '/');
    size_t n = end_a != NULL ? (size_t)(end_a - a) : 0;
    return n == (end_b != NULL ? (size_t)(end_b - b) : 0) && memcmp(a, b, n) == 0;
}

static void tell_key(struct ak_cert_properties *p, const struct ak_collected_fact *fact)
{
    const char *has = ak_collected_told(fact, "has_key");
    const char *spec = ak_collected_told(fact, "key_spec");
    const char *provider = ak_collected_told(fact, "provider");
    uint64_t number;
    bool flag;
    if (has == NULL || !ak_collected_flag(has, &flag))
        return;
    p->told = true;
    p->has_key = flag;
    if (flag && spec != NULL && ak_collected_number(spec, &number) && number <= 2) {
        p->has_key_spec = true;
        p->key_spec = (uint32_t)number;
        p->cng = number == 0;
    }
    if (provider != NULL)
        ak_words_copy(ak_words_of(provider), p->provider, sizeof p->provider);
}

void ak_certificates_tell(struct ak_certificates *c, const struct ak_collected *collected)
{
    for (size_t i = 0; !collected->of_sql && i < collected->count; i++) {
        const struct ak_collected_fact *fact = &collected->facts[i];
        const char *thumbprint =
            fact->kind == AK_COLLECTED_CERTIFICATE ? ak_collected_told(fact, "thumbprint") : NULL;
        uint8_t sha1[20];
        bool clean;
        if (thumbprint == NULL || !ak_thumbprint_read(thumbprint, sha1, &clean))
            continue;
        for (size_t k = 0; k < c->count; k++) {
            struct ak_found_certificate *f = &c->found[k].seen;
            if (f->place != AK_CERT_PLACE_FILE || f->properties.told ||
                memcmp(f->certificate->sha1, sha1, sizeof sha1) != 0 ||
                !same_folder(f->file, collected->file))
                continue;
            tell_key(&f->properties, fact);
            f->place = AK_CERT_PLACE_MY;
        }
    }
}

void ak_certificates_finish(struct ak_certificates *c, const struct ak_machines *machines)
{
    for (size_t i = 0; i < c->count && machines != NULL; i++)
        if (c->found[i].path != NULL)
            c->found[i].seen.host = ak_machines_beside(machines, c->found[i].path);
}

size_t ak_certificates_count(const struct ak_certificates *c)
{
    return c->count;
}

const struct ak_found_certificate *ak_certificates_at(const struct ak_certificates *c, size_t index)
{
    return index < c->count ? &c->found[index].seen : NULL;
}

uint64_t ak_certificates_left_out(const struct ak_certificates *c)
{
    return c->left_out;
}

uint64_t ak_certificates_damaged(const struct ak_certificates *c)
{
    return c->damaged;
}
