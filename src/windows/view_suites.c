/* SPDX-License-Identifier: Apache-2.0 */
/* Cipher suites, groups and signature schemes: which list counts, and what is taken out of it. */
#include "windows/view.h"

#include <string.h>

#include "base/alloc.h"
#include "model/tls_names.h"

#include "base/banned.h"

#define POLICY_SSL                                                                                 \
    AK_KEY_SOFTWARE "\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"
#define LOCAL_SSL AK_KEY_CONTROL "\\Cryptography\\Configuration\\Local\\SSL\\"

/* A list of suites is 30 to 60 names; a crafted value of 1 MiB would hold half a million. */
enum { MOST_SUITES = 512, MOST_GROUPS = 128, MOST_SCHEMES = 64, POLICY_LIST_LIMIT = 1023 };

struct taking {
    struct ak_viewing *view;
    size_t maximum;
};

/* ---- suites ---- */

static uint8_t versions_of(const struct ak_windows *system, uint16_t code, bool *supported)
{
    const struct ak_schannel_suite *row = ak_windows_suite(system, code);
    const struct ak_cipher_suite *suite = ak_cipher_suite_find(code);
    *supported = system == NULL || system->suite_count == 0 || row != NULL;
    if (row != NULL)
        return row->versions;
    if (suite == NULL)
        return 0;
    uint8_t bits = 0;
    for (uint16_t v = 0x0300; v <= 0x0304; v++)
        if (v >= suite->min_version && v <= suite->max_version)
            bits = (uint8_t)(bits | 1u << (v - 0x0300));
    return bits;
}

static struct ak_host_suite *new_suite(struct ak_host *host)
{
    if (host->suite_count == MOST_SUITES)
        return NULL;
    return &host->suites[host->suite_count++];
}

static void take_suite(void *context, const char *name)
{
    struct taking *t = context;
    struct ak_host *host = t->view->host;
    while (*name == ' ' || *name == '\t')
        name++;
    struct ak_host_suite *s = *name == '\0' ? NULL : new_suite(host);
    if (s == NULL)
        return;
    s->own_name = ak_memdup(name, strlen(name) + 1);
    if (s->own_name == NULL) {
        t->view->failed = true;
        host->suite_count--;
        return;
    }
    for (size_t n = strlen(s->own_name); n != 0 && s->own_name[n - 1] == ' '; n--)
        s->own_name[n - 1] = '\0';
    s->name = s->own_name;
    s->code = ak_schannel_suite_code(s->name, &s->group);
    if (s->code != 0)
        s->versions = versions_of(host->system, s->code, &s->supported);
}

static void default_suites(struct ak_host *host)
{
    const struct ak_windows *w = host->system;
    for (size_t i = 0; i < w->suite_count; i++) {
        struct ak_host_suite *s;
        if (w->suites[i].state != AK_SCHANNEL_SUITE_DEFAULT || (s = new_suite(host)) == NULL)
            continue;
        s->name = w->suites[i].name;
        s->code = w->suites[i].code;
        s->group = w->suites[i].group;
        s->versions = w->suites[i].versions;
        s->supported = true;
        if (host->suites_confidence == 0 || w->suites[i].confidence < host->suites_confidence)
            host->suites_confidence = w->suites[i].confidence;
    }
    if (w->confidence < host->suites_confidence)
        host->suites_confidence = w->confidence;
}

static bool takes_away(const struct ak_host_algorithm *setting, const struct ak_cipher_suite *suite)
{
    const struct ak_schannel_algorithm *a;
    if (!ak_setting_off(&setting->enabled) ||
        (a = ak_schannel_algorithm_find(setting->kind, setting->name)) == NULL)
        return false;
    return ak_schannel_algorithm_takes(a, suite);
}

static void remove_suites(struct ak_host *host)
{
    bool fips = ak_setting_on(&host->fips);
    for (size_t i = 0; i < host->suite_count; i++) {
        struct ak_host_suite *s = &host->suites[i];
        const struct ak_cipher_suite *suite = ak_cipher_suite_find(s->code);
        const struct ak_schannel_suite *row = ak_windows_suite(host->system, s->code);
        s->removed = AK_WHY_OS_DEFAULT;
        if (s->code == 0 || suite == NULL)
            s->removed = AK_WHY_UNKNOWN;
        else if (!s->supported)
            s->removed = AK_WHY_NOT_SUPPORTED;
        else if (row != NULL && row->state == AK_SCHANNEL_SUITE_ON_REQUEST)
            s->removed = AK_WHY_ON_REQUEST;
        else if (fips && row != NULL && !row->fips)
            s->removed = AK_WHY_FIPS;
        for (size_t a = 0; suite != NULL && a < host->algorithm_count; a++)
            if (s->removed == AK_WHY_OS_DEFAULT && takes_away(&host->algorithms[a], suite))
                s->removed = AK_WHY_ALGORITHM_OFF;
    }
}

static void odd_suites(struct ak_viewing *view, const struct ak_registry_key *key,
                       const struct ak_registry_value *list)
{
    struct ak_host *host = view->host;
    for (size_t i = 0; i < host->suite_count; i++)
        if (host->suites[i].code == 0 && strncmp(host->suites[i].name, "SSL_CK_", 7) != 0)
            ak_view_oddity(view, AK_ODDITY_UNKNOWN_SUITE, key, host->suites[i].name, "");
    if (host->suites_origin == AK_LIST_POLICY && list->type != AK_REGISTRY_TYPE_MULTI_SZ &&
        list->size / 2 > POLICY_LIST_LIMIT + 1)
        ak_view_oddity(view, AK_ODDITY_LIST_TOO_LONG, key, "Functions", "");
}

void ak_view_suites(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    struct taking taking = {view, MOST_SUITES};
    const struct ak_registry_key *key = ak_view_key(view, POLICY_SSL);
    const struct ak_registry_value *list = ak_registry_value(key, "Functions");
    host->suites = ak_alloc(MOST_SUITES, sizeof *host->suites);
    if (host->suites == NULL) {
        view->failed = true;
        return;
    }
    host->suites_origin = list != NULL ? AK_LIST_POLICY : AK_LIST_UNKNOWN;
    if (list == NULL) {
        key = ak_view_key(view, LOCAL_SSL "00010002");
        list = ak_registry_value(key, "Functions");
        host->suites_origin = list != NULL ? AK_LIST_LOCAL : AK_LIST_UNKNOWN;
    }
    if (list != NULL) {
        host->suites_list = ak_view_setting(key, "Functions");
        host->suites_confidence = AK_CONFIDENCE_HIGH;
        (void)ak_registry_strings(list, true, take_suite, &taking);
        odd_suites(view, key, list);
    } else if (host->system != NULL && host->system->suite_count != 0) {
        host->suites_origin = AK_LIST_OS_DEFAULT;
        default_suites(host);
    }
    remove_suites(host);
}

/* ---- groups ---- */

static void add_group(struct ak_host *host, const char *name, uint16_t code, uint8_t versions)
{
    if (host->group_count == MOST_GROUPS)
        return;
    for (size_t i = 0; i < host->group_count; i++)
        if (host->groups[i].code == code && code != 0)
            return;
    struct ak_host_group *g = &host->groups[host->group_count++];
    g->name = name;
    g->code = code;
    g->versions = versions;
}

static const struct ak_schannel_group *group_row(const struct ak_windows *system, uint16_t code)
{
    for (size_t i = 0; system != NULL && i < system->group_count; i++)
        if (system->groups[i].code == code)
            return &system->groups[i];
    return NULL;
}

static const char *known_name(const struct ak_windows *system, uint16_t code)
{
    const struct ak_schannel_group *row = group_row(system, code);
    const char *iana = ak_tls_group_name(code);
    return row != NULL ? row->name : iana != NULL ? iana : "";
}

enum {
    ALL_OLD_VERSIONS =
        AK_SCHANNEL_VERSION_TLS10 | AK_SCHANNEL_VERSION_TLS11 | AK_SCHANNEL_VERSION_TLS12
};

static void take_group(void *context, const char *name)
{
    struct taking *t = context;
    const struct ak_windows *system = t->view->host->system;
    uint16_t code = ak_schannel_group_code(name);
    const struct ak_schannel_group *row = group_row(system, code);
    if (*name != '\0')
        add_group(t->view->host, known_name(system, code), code,
                  row != NULL ? row->versions : (uint8_t)ALL_OLD_VERSIONS);
}

/* Before Windows 10 the suite's suffix names the curve: the set of them is what a client offers. */
static bool groups_of_suites(struct ak_host *host)
{
    static const uint16_t order[] = {0x0017, 0x0018, 0x0019};
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++)
        for (size_t i = 0; i < host->suite_count; i++)
            if (host->suites[i].group == order[k] && host->suites[i].removed == AK_WHY_OS_DEFAULT)
                add_group(host, known_name(host->system, order[k]), order[k], ALL_OLD_VERSIONS);
    return host->group_count != 0;
}

static void default_groups(struct ak_host *host)
{
    const struct ak_windows *w = host->system;
    for (size_t i = 0; i < w->group_count; i++) {
        if (!w->groups[i].by_default)
            continue;
        add_group(host, w->groups[i].name, w->groups[i].code, w->groups[i].versions);
        if (host->groups_confidence == 0 || w->groups[i].confidence < host->groups_confidence)
            host->groups_confidence = w->groups[i].confidence;
    }
    if (w->confidence < host->groups_confidence)
        host->groups_confidence = w->confidence;
}

static void remove_groups(struct ak_host *host)
{
    bool fips = ak_setting_on(&host->fips);
    for (size_t i = 0; i < host->group_count; i++) {
        const struct ak_schannel_group *row = group_row(host->system, host->groups[i].code);
        bool known = host->system != NULL && host->system->group_count != 0;
        host->groups[i].removed = (known && row == NULL) || (fips && row != NULL && !row->fips);
    }
}

/* "RSA/SHA256", "RSAE-PSS/SHA384" of Local\SSL\00010003. */
static uint16_t scheme_code(const char *name)
{
    static const struct {
        const char *name;
        uint16_t code;
    } pss[] = {{"RSAE-PSS/SHA256", 0x0804}, {"RSAE-PSS/SHA384", 0x0805},
               {"RSAE-PSS/SHA512", 0x0806}, {"RSA-PSS/SHA256", 0x0809},
               {"RSA-PSS/SHA384", 0x080a},  {"RSA-PSS/SHA512", 0x080b}};
    static const char *const hashes[] = {"", "MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};
    static const char *const keys[] = {"", "RSA", "DSA", "ECDSA"};
    for (size_t i = 0; i < sizeof pss / sizeof pss[0]; i++)
        if (ak_same_name(pss[i].name, name))
            return pss[i].code;
    const char *slash = strchr(name, '/');
    for (unsigned h = 1; slash != NULL && h < sizeof hashes / sizeof hashes[0]; h++)
        for (unsigned k = 1; k < sizeof keys / sizeof keys[0]; k++)
            if (strlen(keys[k]) == (size_t)(slash - name) &&
                strncmp(keys[k], name, strlen(keys[k])) == 0 && ak_same_name(hashes[h], slash + 1))
                return (uint16_t)(h << 8 | k);
    return 0;
}

static void take_scheme(void *context, const char *name)
{
    struct taking *t = context;
    struct ak_host *host = t->view->host;
    uint16_t code = scheme_code(name);
    if (code != 0 && host->local_scheme_count < MOST_SCHEMES)
        host->local_schemes[host->local_scheme_count++] = code;
}

static void take_schemes(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    struct taking taking = {view, MOST_SCHEMES};
    const struct ak_registry_value *list =
        ak_registry_value(ak_view_key(view, LOCAL_SSL "00010003"), "Functions");
    if (host->system != NULL) {
        host->schemes = host->system->schemes;
        host->scheme_count = host->system->scheme_count;
    }
    if (list == NULL)
        return;
    host->local_schemes = ak_alloc(MOST_SCHEMES, sizeof *host->local_schemes);
    if (host->local_schemes == NULL)
        view->failed = true;
    else
        (void)ak_registry_strings(list, true, take_scheme, &taking);
}

void ak_view_groups(struct ak_viewing *view)
{
    struct ak_host *host = view->host;
    struct taking taking = {view, MOST_GROUPS};
    const struct ak_registry_value *list =
        ak_registry_value(ak_view_key(view, POLICY_SSL), "EccCurves");
    host->groups = ak_alloc(MOST_GROUPS, sizeof *host->groups);
    if (host->groups == NULL) {
        view->failed = true;
        return;
    }
    host->groups_origin = AK_LIST_POLICY;
    host->groups_confidence = list != NULL ? AK_CONFIDENCE_MEDIUM : 0;
    if (list == NULL) {
        list = ak_registry_value(ak_view_key(view, LOCAL_SSL "00010002"), "EccCurves");
        host->groups_origin = AK_LIST_LOCAL;
        host->groups_confidence = list != NULL ? AK_CONFIDENCE_HIGH : 0;
    }
    if (list != NULL) {
        (void)ak_registry_strings(list, true, take_group, &taking);
    } else if (groups_of_suites(host)) {
        host->groups_origin = host->suites_origin;
        host->groups_confidence = host->suites_confidence;
    } else if (host->system != NULL && host->system->group_count != 0) {
        host->groups_origin = AK_LIST_OS_DEFAULT;
        default_groups(host);
    } else {
        host->groups_origin = AK_LIST_UNKNOWN;
    }
    remove_groups(host);
    take_schemes(view);
}
