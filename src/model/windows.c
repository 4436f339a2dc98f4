/* SPDX-License-Identifier: Apache-2.0 */
#include "model/windows.h"

#include <string.h>

#include "base/attr.h"
#include "base/upcase.h"
#include "model/tls_names.h"
#include "model/windows_tables.h"

#include "base/banned.h"

static const struct {
    const char *name;
    uint16_t code;
} protocols[AK_SCHANNEL_PROTOCOLS] = {
    {"PCT 1.0", 0},      {"SSL 2.0", 0x0002},  {"SSL 3.0", 0x0300},
    {"TLS 1.0", 0x0301}, {"TLS 1.1", 0x0302},  {"TLS 1.2", 0x0303},
    {"TLS 1.3", 0x0304}, {"DTLS 1.0", 0xfeff}, {"DTLS 1.2", 0xfefd},
};

const char *ak_confidence_name(unsigned confidence)
{
    static const char *const names[] = {"low", "low", "medium", "high"};
    return names[confidence < AK_COUNT(names) ? confidence : 0];
}

const char *ak_schannel_protocol_name(enum ak_schannel_protocol protocol)
{
    return protocols[protocol].name;
}

uint16_t ak_schannel_protocol_code(enum ak_schannel_protocol protocol)
{
    return protocols[protocol].code;
}

const struct ak_windows *ak_windows_at(size_t index)
{
    return index < ak_windows_row_count ? &ak_windows_rows[index] : NULL;
}

const struct ak_windows *ak_windows_find(const char *id)
{
    for (size_t i = 0; i < ak_windows_row_count; i++)
        if (strcmp(ak_windows_rows[i].id, id) == 0)
            return &ak_windows_rows[i];
    return NULL;
}

const struct ak_windows_release *ak_windows_release_at(size_t index)
{
    return index < ak_windows_release_row_count ? &ak_windows_release_rows[index] : NULL;
}

const struct ak_windows_release *ak_windows_release_find(uint32_t build, bool server)
{
    const struct ak_windows_release *best = NULL;
    for (size_t i = 0; i < ak_windows_release_row_count; i++) {
        const struct ak_windows_release *r = &ak_windows_release_rows[i];
        if (r->build != build)
            continue;
        bool better = best == NULL || (best->server != server && r->server == server) ||
                      (best->server == r->server && strcmp(r->support_end, best->support_end) > 0);
        if (better)
            best = r;
    }
    return best;
}

/* Of `size` bytes each. */
static bool equal_names(const char *a, const char *b, size_t size)
{
    struct ak_span x = {(const uint8_t *)a, size}, y = {(const uint8_t *)b, size};
    return ak_upcase_equal(x, y);
}

/* Takes a curve suffix off: what remains is a name as IANA writes it. */
static size_t without_suffix(const char *name, size_t size, uint16_t *group)
{
    static const struct {
        const char *text;
        uint16_t group;
    } suffixes[] = {{"_P256", 0x0017}, {"_P384", 0x0018}, {"_P521", 0x0019}};
    *group = 0;
    for (size_t i = 0; i < AK_COUNT(suffixes); i++) {
        if (size > 5 && equal_names(name + size - 5, suffixes[i].text, 5)) {
            *group = suffixes[i].group;
            return size - 5;
        }
    }
    return size;
}

uint16_t ak_schannel_suite_code(const char *name, uint16_t *group)
{
    uint16_t suffix;
    size_t size = without_suffix(name, strlen(name), &suffix);
    if (group != NULL)
        *group = suffix;
    for (size_t i = 0; i < ak_windows_row_count; i++) {
        const struct ak_windows *w = &ak_windows_rows[i];
        for (size_t n = 0; n < w->suite_count; n++) {
            uint16_t unused;
            const struct ak_schannel_suite *s = &w->suites[n];
            size_t length = without_suffix(s->name, strlen(s->name), &unused);
            if (length == size && equal_names(s->name, name, size))
                return s->code;
        }
    }
    return ak_cipher_suite_code(name, size);
}

const struct ak_schannel_suite *ak_windows_suite(const struct ak_windows *system, uint16_t code)
{
    if (system == NULL)
        return NULL;
    for (size_t i = 0; i < system->suite_count; i++)
        if (system->suites[i].code == code)
            return &system->suites[i];
    return NULL;
}

uint16_t ak_schannel_group_code(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < ak_windows_row_count; i++) {
        const struct ak_windows *w = &ak_windows_rows[i];
        for (size_t n = 0; n < w->group_count; n++)
            if (strlen(w->groups[n].name) == size && equal_names(w->groups[n].name, name, size))
                return w->groups[n].code;
    }
    return 0;
}

const struct ak_schannel_algorithm *ak_schannel_algorithm_find(const char *kind, const char *name)
{
    size_t kind_size = strlen(kind), size = strlen(name);
    for (size_t i = 0; i < ak_schannel_algorithm_row_count; i++) {
        const struct ak_schannel_algorithm *a = &ak_schannel_algorithm_rows[i];
        if (strlen(a->kind) == kind_size && strlen(a->name) == size &&
            equal_names(a->kind, kind, kind_size) && equal_names(a->name, name, size))
            return a;
    }
    return NULL;
}

bool ak_schannel_algorithm_takes(const struct ak_schannel_algorithm *a,
                                 const struct ak_cipher_suite *suite)
{
    switch (a->word) {
    case AK_ALGORITHM_KEY_EXCHANGE:
        return suite->key_exchange == a->code;
    case AK_ALGORITHM_HASH:
        return suite->hash == a->code && suite->key_exchange != AK_KX_TLS13;
    default:
        return suite->cipher == a->code ||
               (a->code == AK_CIPHER_AES_128_CBC && suite->cipher == AK_CIPHER_AES_128_GCM) ||
               (a->code == AK_CIPHER_AES_256_CBC && suite->cipher == AK_CIPHER_AES_256_GCM);
    }
}

const struct ak_dotnet_release *ak_dotnet_release_find(uint32_t release)
{
    const struct ak_dotnet_release *found = NULL;
    for (size_t i = 0; i < ak_dotnet_release_row_count; i++)
        if (ak_dotnet_release_rows[i].release <= release)
            found = &ak_dotnet_release_rows[i];
    return found;
}

const struct ak_dotnet_rule *ak_dotnet_rule_at(size_t index)
{
    return index < ak_dotnet_rule_row_count ? &ak_dotnet_rule_rows[index] : NULL;
}
