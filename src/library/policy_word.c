/* SPDX-License-Identifier: Apache-2.0 */
#include "library/policy_word.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/attr.h"
#include "intake/whole_file.h"
#include "model/profiles.h"
#include "os/address.h"
#include "os/file.h"
#include "predict/party_host.h"
#include "remedy/fix_fill.h"
#include "remedy/fix_undo.h"
#include "windows/host_view.h"
#include "windows/registry_load.h"

#include "base/banned.h"

#define INTERFACES "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces"

/* A change of a registry: a template, or the bytes of an export or policy file. */
struct change {
    const char *word;
    const struct ak_fix_about *about; /* NULL: a file */
    uint8_t *bytes;
    size_t size;
    enum ak_registry_sniff kind;
};

static enum ak_err no_memory(struct ak_error *error)
{
    return ak_error_set(error, AK_ERR_MEMORY, "out of memory");
}

static const struct ak_fix_about *template_of(const char *word)
{
    static const char *const names[] = {"tls12-only", "tls12-compatible", "strict"};
    char id[64];
    for (size_t i = 0; i < AK_COUNT(names); i++) {
        if (strcmp(word, names[i]) != 0)
            continue;
        (void)snprintf(id, sizeof id, "template:%s", word);
        return ak_fix_about_find(id);
    }
    return NULL;
}

static bool is_file(const char *path)
{
    int number;
    return ak_path_kind_of(path, &number) == AK_PATH_FILE;
}

/* False, with no error set: the word names no change of a registry. */
static bool change_of(const char *word, struct change *out, struct ak_error *error)
{
    memset(out, 0, sizeof *out);
    out->word = word;
    out->about = template_of(word);
    if (out->about != NULL)
        return true;
    if (!is_file(word))
        return false;
    if (ak_whole_file(word, AK_MAX_REGISTRY_FILE, &out->bytes, &out->size, error) != AK_ERR_NONE) {
        /* Long, or not readable: whoever takes it for a party tells. */
        ak_free(out->bytes);
        out->bytes = NULL;
        error->code = AK_ERR_NONE;
        return false;
    }
    struct ak_span span = {out->bytes, out->size};
    out->kind = ak_registry_sniff(span);
    if (out->kind == AK_REGISTRY_SNIFF_TEXT || out->kind == AK_REGISTRY_SNIFF_POLICY)
        return true;
    ak_free(out->bytes);
    out->bytes = NULL;
    return false;
}

/* Makes the change in a registry that configures `host`. */
static enum ak_err make_change(const struct change *c, const struct ak_host *host,
                               struct ak_registry *registry, struct ak_error *error)
{
    struct ak_span span = {c->bytes, c->size};
    if (c->about == NULL && c->kind == AK_REGISTRY_SNIFF_TEXT)
        return ak_registry_load_text(registry, c->word, span, error);
    if (c->about == NULL)
        return ak_registry_load_policy(registry, c->word, span, AK_REGISTRY_POLICY_MACHINE, error);
    struct ak_fix_place place = {.host = host, .registry = registry};
    struct ak_fix_set set;
    ak_fix_set_init(&set);
    ak_fix_fill(c->about, &place, &set);
    bool good = !set.failed && ak_fix_apply(&set, registry);
    ak_fix_set_release(&set);
    return good ? AK_ERR_NONE : no_memory(error);
}

/* The server that a registry makes of a system, before and after the change. */
static enum ak_err both_views(const struct change *c, const struct ak_windows *system,
                              struct ak_registry *registry, struct ak_party *now,
                              struct ak_party *then, bool *lists, struct ak_error *error)
{
    struct ak_host *before = ak_alloc(1, sizeof *before), *after = ak_alloc(1, sizeof *after);
    enum ak_err err = before != NULL && after != NULL ? AK_ERR_NONE : no_memory(error);
    if (err == AK_ERR_NONE)
        err = ak_host_view(registry, system, before, error);
    if (err == AK_ERR_NONE)
        err = make_change(c, before, registry, error);
    if (err == AK_ERR_NONE)
        err = ak_host_view(registry, system, after, error);
    if (err == AK_ERR_NONE) {
        (void)ak_party_of_host(before, AK_SIDE_SERVER, c->word, now);
        (void)ak_party_of_host(after, AK_SIDE_SERVER, c->word, then);
        *lists = after->suites_origin != before->suites_origin &&
                 after->suites_origin > AK_LIST_OS_DEFAULT;
    }
    if (before != NULL)
        ak_host_release(before);
    if (after != NULL)
        ak_host_release(after);
    ak_free(before);
    ak_free(after);
    return err;
}

struct two_parties {
    struct ak_party now, then;
};

/* What the change does to systems of three ages: the newest tells the list of suites, the older
 * ones what they have and newer ones lost. */
static enum ak_err of_change(const struct change *c, struct ak_policy *out, struct ak_error *error)
{
    static const char *const systems[] = {"ws2022", "ws2012r2", "ws2008r2"};
    struct ak_hash_key key = {1, 2};
    struct two_parties *p = ak_alloc(1, sizeof *p);
    enum ak_err err = p != NULL ? AK_ERR_NONE : no_memory(error);
    for (size_t i = 0; err == AK_ERR_NONE && i < AK_COUNT(systems); i++) {
        const struct ak_profile *profile = ak_profile_find(systems[i], NULL);
        struct ak_registry *registry = ak_registry_new(key);
        bool lists = false;
        AK_BUG_ON(profile == NULL || profile->system == NULL);
        err = registry == NULL
                  ? no_memory(error)
                  : both_views(c, profile->system, registry, &p->now, &p->then, &lists, error);
        if (err == AK_ERR_NONE)
            ak_policy_of_change(out, &p->now, &p->then, lists);
        ak_registry_free(registry);
    }
    ak_free(p);
    return err;
}

static bool changes_nothing(const struct ak_policy *p)
{
    bool any = p->lists_suites || p->off_count != 0 || p->dh_bits != 0;
    for (unsigned at = 0; at < AK_PARTY_VERSIONS; at++)
        any = any || p->versions[at] != AK_POLICY_KEEPS;
    return !any;
}

static bool is_suite_list(const char *word)
{
    uint8_t *bytes;
    size_t size;
    struct ak_error error = {AK_ERR_NONE, 0, 0, ""};
    if (!is_file(word) ||
        ak_whole_file(word, AK_MAX_PARTY_TEXT, &bytes, &size, &error) != AK_ERR_NONE)
        return strncmp(word, "TLS_", 4) == 0;
    struct ak_span text = {bytes, size};
    bool is = ak_party_format_of(text, word) == AK_PARTY_FORMAT_SUITE_LIST;
    ak_free(bytes);
    return is;
}

static enum ak_err of_party(const char *word, const struct ak_parties_listener *listener,
                            struct ak_policy *out, struct ak_error *error)
{
    struct ak_named_party *named = ak_alloc(1, sizeof *named);
    if (named == NULL)
        return no_memory(error);
    enum ak_err err = ak_named_party_make(word, AK_SIDE_SERVER, listener, named, error);
    if (err == AK_ERR_NONE) {
        out->party = named->party;
        out->lists_suites = is_suite_list(word);
        out->whole = !out->lists_suites;
    }
    ak_free(named);
    return err;
}

enum ak_err ak_policy_make(const char *word, const struct ak_parties_listener *listener,
                           struct ak_policy *out, struct ak_error *error)
{
    struct change change;
    memset(out, 0, sizeof *out);
    (void)snprintf(out->name, sizeof out->name, "%s", word);
    if (!change_of(word, &change, error))
        return of_party(word, listener, out, error);
    enum ak_err err = of_change(&change, out, error);
    ak_free(change.bytes);
    if (err == AK_ERR_NONE && changes_nothing(out) && strcmp(word, "tls12-compatible") != 0)
        return ak_error_set(error, AK_ERR_USAGE,
                            "changes nothing that decides about TLS on a server");
    return err;
}

/* ---- hosts ---- */

static void add_address(void *context, const char *text)
{
    struct ak_policy_host *host = context;
    if (host->address_count == AK_POLICY_ADDRESSES)
        return;
    struct ak_endpoint *end = &host->addresses[host->address_count];
    memset(end, 0, sizeof *end);
    static const uint8_t any[16];
    if (ak_address_parse(text, &end->version, end->address) &&
        memcmp(end->address, any, sizeof any) != 0)
        host->address_count++;
}

static void addresses(const struct ak_registry *registry, struct ak_policy_host *host)
{
    const struct ak_registry_key *interfaces = ak_registry_find(registry, INTERFACES);
    for (size_t i = 0; i < ak_registry_key_count(interfaces); i++) {
        const struct ak_registry_key *key = ak_registry_key_at(interfaces, i);
        (void)ak_registry_strings(ak_registry_value(key, "IPAddress"), false, add_address, host);
        (void)ak_registry_strings(ak_registry_value(key, "DhcpIPAddress"), false, add_address,
                                  host);
    }
}

static void speak_sql(const struct ak_host *host, struct ak_party *party)
{
    if (host->instance_count != 0)
        ak_party_sql_server(party, &host->instances[0]);
}

static enum ak_err add_host(const struct change *change, struct ak_policy *policy,
                            const struct ak_host *host, struct ak_registry *registry,
                            struct ak_error *error)
{
    struct ak_policy_host *h = &policy->hosts[policy->host_count];
    bool lists;
    memset(h, 0, sizeof *h);
    if (host->system == NULL || registry == NULL)
        return AK_ERR_NONE;
    (void)snprintf(h->name, sizeof h->name, "%s", host->name);
    addresses(registry, h);
    enum ak_err err = AK_ERR_NONE;
    if (change != NULL) {
        err = both_views(change, host->system, registry, &h->now, &h->then, &lists, error);
    } else {
        (void)ak_party_of_host(host, AK_SIDE_SERVER, host->name, &h->now);
        h->then = h->now;
        ak_policy_apply(policy, &h->then);
    }
    speak_sql(host, &h->now);
    speak_sql(host, &h->then);
    policy->host_count += err == AK_ERR_NONE;
    return err;
}

enum ak_err ak_policy_hosts(const char *word, struct ak_policy *policy,
                            struct ak_analysis *analysis, struct ak_error *error)
{
    struct change change;
    size_t count = ak_analysis_hosts(analysis);
    if (count == 0 || policy->whole)
        return AK_ERR_NONE;
    policy->hosts = ak_alloc(count, sizeof *policy->hosts);
    if (policy->hosts == NULL)
        return no_memory(error);
    bool changes = change_of(word, &change, error);
    enum ak_err err = AK_ERR_NONE;
    for (size_t i = 0; err == AK_ERR_NONE && i < count; i++) {
        const struct ak_host *host = ak_analysis_host(analysis, i);
        err = add_host(changes ? &change : NULL, policy, host, ak_analysis_registry(analysis, host),
                       error);
    }
    ak_free(change.bytes);
    return err;
}
