/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of cipher suites and curves: the one that counts is read, changed and written whole. */
#include "remedy/fix_fill.h"

#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "base/text.h"
#include "base/upcase.h"
#include "model/tls_names.h"

#include "base/banned.h"

#define POLICY "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"
#define LOCAL                                                                                      \
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Configuration\\Local\\SSL\\00010002"

/* As windows/view_suites.c: more names than these are left out there, too. A policy's list may
 * have 1,023 characters ("Manage TLS"). */
enum { MOST = 640, POLICY_LIMIT = 1023, NAME = 128 };

struct list {
    const struct ak_fix_place *place;
    const char *key, *name;
    bool commas; /* one SZ, as policies are */
    char *names[MOST];
    size_t count;
    bool failed;
};

static bool holds(const struct list *l, const char *name)
{
    for (size_t i = 0; i < l->count; i++)
        if (ak_same_name(l->names[i], name))
            return true;
    return false;
}

static void take(void *context, const char *name)
{
    struct list *l = context;
    name += strspn(name, " \t");
    if (*name == '\0' || l->count == MOST)
        return;
    l->names[l->count] = ak_memdup(name, strlen(name) + 1);
    l->failed = l->failed || l->names[l->count] == NULL;
    l->count += l->names[l->count] != NULL;
}

/* The list that counts: policy's, else the local one, else what Windows has by default. */
static void read_list(struct list *l)
{
    const struct ak_host *host = l->place->host;
    const struct ak_registry_value *v =
        ak_registry_value(ak_registry_find(l->place->registry, POLICY), l->name);
    l->key = v != NULL ? POLICY : LOCAL;
    if (v == NULL)
        v = ak_registry_value(ak_registry_find(l->place->registry, LOCAL), l->name);
    l->commas = v != NULL && v->type != AK_REGISTRY_TYPE_MULTI_SZ;
    if (v != NULL) {
        (void)ak_registry_strings(v, true, take, l);
        return;
    }
    bool groups = strcmp(l->name, "EccCurves") == 0;
    for (size_t i = 0; !groups && i < host->suite_count; i++)
        take(l, host->suites[i].name);
    for (size_t i = 0; groups && i < host->group_count; i++)
        take(l, host->groups[i].name);
}

static void write_list(struct list *l, struct ak_fix_set *set)
{
    size_t length = 0;
    for (size_t i = 0; i < l->count; i++)
        length += strlen(l->names[i]) + 1;
    if (l->commas && length > POLICY_LIMIT + 1)
        set->left_out++;
    else if (l->count != 0)
        ak_fix_add_list(set, l->key, l->name, (const char *const *)l->names, l->count, l->commas);
}

/* ---- adding ---- */

/* Under every name that this Windows has for the suite: before 10 one with each curve. */
static void add_suite(struct list *l, const char *name)
{
    const struct ak_windows *w = l->place->host->system;
    uint16_t group, code = ak_schannel_suite_code(name, &group);
    bool found = false;
    for (size_t i = 0; w != NULL && i < w->suite_count; i++) {
        if (w->suites[i].code != code)
            continue;
        found = true;
        if (!holds(l, w->suites[i].name))
            take(l, w->suites[i].name);
    }
    if (!found && (w == NULL || w->suite_count == 0) && !holds(l, name))
        take(l, name);
}

/* Names that no Windows knows only take room. */
static void drop_unknown(struct list *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        uint16_t group;
        if (ak_schannel_suite_code(l->names[i], &group) != 0 ||
            strncmp(l->names[i], "SSL_CK_", 7) == 0)
            l->names[kept++] = l->names[i];
        else
            ak_free(l->names[i]);
    }
    l->count = kept;
}

static void add_names(struct list *l, const char *names, bool suites)
{
    char name[NAME];
    for (; *names != '\0'; names += *names == ' ') {
        size_t n = strcspn(names, " ");
        if (n != 0 && n < sizeof name) {
            memcpy(name, names, n);
            name[n] = '\0';
            if (suites)
                add_suite(l, name);
            else if (!holds(l, name))
                take(l, name);
        }
        names += n;
    }
}

/* ---- keeping ---- */

/* What keeps a recorded talk secret when the key leaks, with a cipher that nobody attacks. */
static bool forward_secret(const struct ak_cipher_suite *s, bool cbc)
{
    bool ecdhe = s->key_exchange == AK_KX_ECDHE;
    bool secret = ecdhe || s->key_exchange == AK_KX_DHE || s->key_exchange == AK_KX_TLS13;
    bool aead = s->cipher == AK_CIPHER_AES_128_GCM || s->cipher == AK_CIPHER_AES_256_GCM ||
                s->cipher == AK_CIPHER_CHACHA20_POLY1305;
    bool aes = s->cipher == AK_CIPHER_AES_128_CBC || s->cipher == AK_CIPHER_AES_256_CBC;
    bool sha2 = s->hash == AK_HASH_SHA256 || s->hash == AK_HASH_SHA384;
    return secret && (aead || (cbc && aes && sha2 && ecdhe));
}

static const struct ak_cipher_suite *suite_of(const char *name)
{
    uint16_t group;
    return ak_cipher_suite_find(ak_schannel_suite_code(name, &group));
}

static void drop_dhe(struct list *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct ak_cipher_suite *s = suite_of(l->names[i]);
        if (s == NULL || s->key_exchange != AK_KX_DHE)
            l->names[kept++] = l->names[i];
        else
            ak_free(l->names[i]);
    }
    l->count = kept;
}

/* 8.1 and 2012 R2 have no ECDHE suite with GCM for RSA certificates: there CBC with SHA-2 stays. */
static void keep_forward_secret(struct list *l)
{
    size_t kept = 0;
    bool rsa = false;
    for (size_t i = 0; i < l->count; i++) {
        const struct ak_cipher_suite *s = suite_of(l->names[i]);
        rsa = rsa || (s != NULL && s->key_exchange == AK_KX_ECDHE &&
                      s->authentication == AK_AUTH_RSA && forward_secret(s, false));
    }
    for (size_t i = 0; i < l->count; i++) {
        const struct ak_cipher_suite *s = suite_of(l->names[i]);
        if (s != NULL && forward_secret(s, !rsa))
            l->names[kept++] = l->names[i];
        else
            ak_free(l->names[i]);
    }
    l->count = kept;
}

void ak_fix_list(const struct ak_fix_row *row, const struct ak_fix_place *place,
                 struct ak_fix_set *set)
{
    struct list *l = ak_alloc(1, sizeof *l);
    if (l == NULL) {
        set->failed = true;
        return;
    }
    l->place = place;
    l->name = row->name;
    read_list(l);
    const char *names = strcmp(row->data, "{suite}") == 0   ? place->suite
                        : strcmp(row->data, "{group}") == 0 ? place->group
                                                            : row->data;
    size_t before = l->count;
    if (row->verb == AK_FIX_VERB_SUITES_KEEP)
        keep_forward_secret(l);
    else if (row->verb == AK_FIX_VERB_SUITES_DROP)
        drop_dhe(l);
    else if (row->verb == AK_FIX_VERB_SUITES_ADD)
        drop_unknown(l);
    bool adds = row->verb == AK_FIX_VERB_SUITES_ADD || row->verb == AK_FIX_VERB_GROUPS_ADD;
    bool dropped = l->count != before;
    size_t kept = l->count;
    if (adds && names != NULL)
        add_names(l, names, row->verb == AK_FIX_VERB_SUITES_ADD);
    if (dropped || l->count != kept)
        write_list(l, set);
    set->failed = set->failed || l->failed;
    for (size_t i = 0; i < l->count; i++)
        ak_free(l->names[i]);
    ak_free(l);
}
